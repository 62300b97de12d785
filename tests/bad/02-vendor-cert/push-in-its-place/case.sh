about='the push certificate lies where the vendor certificate is expected'
from=step1
prepare() { cp "$SHELF/push.pem" inputs/mdm.cer; }
status=5
err='is an MDM push certificate
the MDM vendor certificate is expected here
developer.apple.com'
