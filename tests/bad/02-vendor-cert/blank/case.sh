about='a file with nothing but line ends'
prepare() { printf '\r\n\n  \n' >inputs/mdm.cer; }
status=1
err="is an empty file, but $DUE"
