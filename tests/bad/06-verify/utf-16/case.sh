about="PowerShell's > wrote the request as UTF-16 (PowerShell/PowerShell#1923)"
prepare() { request | encode >plain.txt; { printf '\377\376'; iconv -f UTF-8 -t UTF-16LE plain.txt; } >request.txt; }
status=1
out="✗ base64: it is UTF-16 text (two bytes per character), not a push
$REFUSED"
