about="a key as ssh-keygen writes it"
prepare() {
    printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n' >k
    instead k
    rm k
}
status=5
err="outputs/vendor.key
OPENSSH PRIVATE KEY
RSA"
not='is not encrypted'
