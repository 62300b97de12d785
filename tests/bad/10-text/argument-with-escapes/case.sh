about='terminal escapes in an argument'
run() { plain "$(printf 'stat\033[2Jus')"; }
status=2
err="unknown command 'stat\\x1B[2Jus'"
