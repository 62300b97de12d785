about="the customer's CSR with a challenge password and extensions"
from=signing
prepare() {
    printf '[req]\ndistinguished_name=dn\nattributes=at\nprompt=no\nreq_extensions=ext\n[dn]\nCN=Customer\n[at]\nchallengePassword=secret\n[ext]\nkeyUsage=digitalSignature\n' >"$ROOM/req.cnf"
    openssl req -new -key "$SHELF/other.clear" -config "$ROOM/req.cnf" -out inputs/customer.csr
}
run() { mdm 4; }
status=0
