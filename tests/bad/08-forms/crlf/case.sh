about='line ends of Windows'
prepare() { crlf <"$SHELF/vendor.pem" | saved mdm.cer; }
