about='the right certificate was put into a folder below inputs/'
prepare() { mkdir -p "$(dirname inputs/certs/other.crt)"; cp "$SHELF/vendor.cer" inputs/certs/other.crt; }
run() { mdm status; mdm; }
status=3
out="the MDM vendor certificate is in the wrong place"
err="the MDM vendor certificate is in the wrong place: 'inputs/certs/other.crt' lies in a folder below 'inputs/'
Move it into 'inputs/' itself"
