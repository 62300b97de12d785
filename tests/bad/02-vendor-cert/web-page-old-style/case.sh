about='a web page in capitals, behind a comment and a byte order mark'
prepare() { printf '\357\273\277<!-- page -->\r\n<HTML><HEAD><TITLE>502 Bad Gateway</TITLE></HEAD></HTML>' >inputs/mdm.cer; }
err="is a web page (HTML), but $DUE"
