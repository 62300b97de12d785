about='terminal escapes in a request that is verified'
reports=marks
prepare() {
    openssl req -new -utf8 -key "$SHELF/customer.clear" -subj "/CN=$(printf '\033[31mred\342\200\256')" -outform DER -out c.der
    request csr=c.der | encode >request.txt
}
run() { mdm verify request.txt; mdm verify --json request.txt >"$ROOM/json"; }
status=0
out='\x1B[31mred\u{202E}'
check() { is_json "$ROOM/json"; }
