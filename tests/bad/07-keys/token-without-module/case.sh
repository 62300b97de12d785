about='a key in a token, and nothing here that reads tokens'
run() { mdm 2 --vendor-key 'pkcs11:token=none;object=vendor'; }
err='pkcs11:'
