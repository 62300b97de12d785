about='the right certificate was put into the work folder'
prepare() { mkdir -p "$(dirname mdm.cer)"; cp "$SHELF/vendor.cer" mdm.cer; }
run() { mdm status; mdm; }
status=3
out="the MDM vendor certificate is in the wrong place"
err="the MDM vendor certificate is in the wrong place: 'mdm.cer' is not in 'inputs/'
Move it there"
