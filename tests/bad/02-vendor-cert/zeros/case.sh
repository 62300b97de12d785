about='a file that begins with a zero byte, as after a power failure'
prepare() { printf '\000{' >inputs/mdm.cer; }
status=1
err="is a file of unknown type, but $DUE"
