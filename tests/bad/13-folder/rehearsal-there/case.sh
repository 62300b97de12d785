about='a rehearsal where one has been'
prepare() { mkdir -p trial/outputs; : >trial/outputs/vendor.key; }
run() { plain rehearse trial; }
err='trial'
