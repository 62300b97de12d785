about='white space at line ends and empty lines between'
prepare() { sed 's/$/  /; 3G' "$SHELF/vendor.pem" | saved mdm.cer; }
