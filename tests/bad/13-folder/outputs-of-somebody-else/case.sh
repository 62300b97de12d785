about='outputs/ belongs to somebody else'
prepare() { mkdir -m 700 outputs; mkdir inputs; chown 65534 outputs 2>/dev/null || skip "only root can give a folder away"; }
err='outputs'
