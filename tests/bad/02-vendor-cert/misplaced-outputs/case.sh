about='the right certificate was put into outputs/'
prepare() { mkdir -p "$(dirname outputs/mdm.cer)"; cp "$SHELF/vendor.cer" outputs/mdm.cer; }
run() { mdm status; mdm; }
status=3
out="the MDM vendor certificate is in the wrong place"
err="the MDM vendor certificate is in the wrong place: 'outputs/mdm.cer' is not in 'inputs/'
Move it there"
