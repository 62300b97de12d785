about='a file name that is not UTF-8'
prepare() { cp "$SHELF/page.html" "inputs/$(printf 'M\374ller.cer')" || skip "this file system takes UTF-8 alone"; }
err="inputs/M\\xFCller.cer"
