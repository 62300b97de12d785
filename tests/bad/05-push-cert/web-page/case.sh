about='"The page you are looking for cannot be found" was saved'
prepare() { cp "$SHELF/page.html" "inputs/MDM_ Practice_Certificate.pem"; }
err="'inputs/MDM_ Practice_Certificate.pem' is a web page (HTML), but $DUE"
