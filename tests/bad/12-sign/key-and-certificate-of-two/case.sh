about='--vendor-key and --vendor-cert that do not belong together'
prepare() { requests a; }
run() { mdm sign --vendor-key "$SHELF/other.clear" --vendor-cert inputs/mdm.cer a.csr -o a.txt; }
status=5
err="'inputs/mdm.cer' was not issued for"
