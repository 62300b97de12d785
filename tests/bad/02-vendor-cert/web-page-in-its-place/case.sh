about='the session at the portal had ended: a sign-in page was saved as mdm.cer'
prepare() { cp "$SHELF/page.html" inputs/mdm.cer; }
err="is a web page (HTML), but $DUE"
