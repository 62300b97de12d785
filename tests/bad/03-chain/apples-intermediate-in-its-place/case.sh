about="Apple's own G3 saved as mdm.cer"
prepare() { cp "$HERE/../../data/apple/AppleWWDRCAG3.cer" inputs/mdm.cer; }
run() { built_in; }
err="is a CA certificate (an intermediate), but the MDM vendor certificate is expected here"
