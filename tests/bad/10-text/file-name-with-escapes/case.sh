about='terminal escapes in the name of a file in inputs/'
prepare() { cp "$SHELF/page.html" "inputs/$(printf 'a\033[2J\033]0;owned\007.cer')"; }
err="inputs/a\\x1B[2J
is a web page (HTML)"
