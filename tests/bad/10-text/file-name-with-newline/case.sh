about='a newline in the name of a file: no second line of ours comes out of it'
prepare() { cp "$SHELF/page.html" "inputs/$(printf 'a\nmdmvendor: done\n.cer')"; }
err='inputs/a\x0Amdmvendor: done'
