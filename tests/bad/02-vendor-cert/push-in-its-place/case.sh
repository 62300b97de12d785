about='the push certificate lies where the vendor certificate is expected'
prepare() { cp "$SHELF/push.pem" inputs/mdm.cer; }
err='is an MDM push certificate
the MDM vendor certificate is expected here
developer.apple.com'
