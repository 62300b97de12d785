about='a download that failed left an empty file'
prepare() { : >inputs/mdm.cer; }
status=1
err="is an empty file, but $DUE"
