about='carriage returns alone, as old editors on the Mac wrote'
prepare() { tr '\n' '\r' <"$SHELF/vendor.pem" | saved mdm.cer; }
