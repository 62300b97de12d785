about='Windows saved the PEM text as UTF-16'
prepare() { { printf '\377\376'; perl -pe 's/(.)/$1\0/gs' "$SHELF/vendor.pem"; } >inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is UTF-16 text
the MDM vendor certificate is expected here
Save it as plain text (UTF-8 or ASCII), or download it again"
