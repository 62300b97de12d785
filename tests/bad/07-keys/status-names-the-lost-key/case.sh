about='status says it as well'
prepare() { rm outputs/vendor.key; }
run() { mdm status; }
status=0
out="'outputs/vendor.key' is missing, but 'inputs/mdm.cer' was"
