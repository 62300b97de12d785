about='a folder that we may not write to'
reports=system   # the system's words say it all
prepare() {
    chmod 500 .
    drop_root
}
run() { unprivileged; }
err='Permission denied'
