about='terminal escapes in the name of the work folder'
run() { plain -C "$(printf '/no\033[2Jwhere')" status; }
status=1
err='/no\x1B[2Jwhere'
