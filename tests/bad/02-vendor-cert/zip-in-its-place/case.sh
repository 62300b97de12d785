about='the download is still packed in a zip'
prepare() { cp "$SHELF/one.zip" inputs/mdm.cer; }
err="is a ZIP archive, but $DUE"
