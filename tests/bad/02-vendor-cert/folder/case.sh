about='a folder of that name'
prepare() { mkdir inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is a folder, not a file
the MDM vendor certificate is expected here"
