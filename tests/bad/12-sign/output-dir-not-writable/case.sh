about='--output-dir that we may not write to'
prepare() {
    requests a
    mkdir -m 500 out
    drop_root
}
run() { unprivileged sign --output-dir out a.csr; }
err='Permission denied'
