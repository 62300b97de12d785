about='a chain with nothing in it (a download that failed unnoticed)'
prepare() {
    echo >chain.pem
    request chain=chain.pem | encode >request.txt
}
status=5
out="✗ chain: "
