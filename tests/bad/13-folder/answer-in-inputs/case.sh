about="the vendor's answer was put where Apple's certificate goes"
from=step2
prepare() { rm -r outputs/archive outputs/vendor.* outputs/plist_encode* inputs/mdm.cer; cp "$SHELF/step2/outputs/plist_encode.txt" inputs/; }
status=5
err="'inputs/plist_encode.txt' is the request that was signed for the key here, and has to be uploaded
hint: Upload it at identity.apple.com/pushcert"
