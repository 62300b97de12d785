about='--output-dir that we may not write to'
prepare() {
    requests a
    mkdir -m 500 out
    ! : 2>/dev/null >out/x || { rm out/x; skip "root writes everywhere"; }
}
run() { mdm sign --output-dir out a.csr; }
status=1
err='Permission denied'
