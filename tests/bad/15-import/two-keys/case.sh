about='two keys and no certificate'
prepare() { cp "$SHELF/customer.clear" one.key; cp "$SHELF/other.clear" two.key; }
WHAT='one.key two.key'
err="'one.key' and 'two.key' hold different private keys, and no certificate says which"
