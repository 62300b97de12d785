about='two CSRs of one name do not overwrite each other'
prepare() {
    mkdir x y
    requests acme
    cp acme.csr x/
    openssl req -new -key "$SHELF/customer.clear" -subj /CN=acme -out y/acme.csr
}
run() { mdm sign --output-dir out x/acme.csr y/acme.csr; }
status=0
check() { [ "$(ls out | wc -l)" -eq 2 ]; }
