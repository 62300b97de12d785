about='signed with SHA-1, which old instructions ask for (micromdm#723, ErrorCode -80018)'
prepare() { request digest=sha1 | encode >request.txt; }
out="✗ signature: it is a SHA-1 signature; Apple now accepts only SHA-256
$REFUSED"
