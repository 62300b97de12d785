# What is brought in from another tool or server: `mdmvendor import FILE...`.
status=5
WHAT='push.pem'
run() {
    local files
    read -ra files <<<"$WHAT"
    mdm import "${files[@]}"
}
prepare() { cp "$SHELF/push.pem" push.pem; cp "$SHELF/customer.clear" push.key; }
# p12 PASSWORD OUT [OPTION...]: the pair, locked.
p12() { openssl pkcs12 -export -inkey "$SHELF/customer.clear" -in "$SHELF/push.pem" -passout "pass:$1" "${@:3}" -out "$2"; }
