about='a CSR for an Ed25519 key'
prepare() { own ed25519; }
err='inputs/customer.csr
ED25519
2048'
