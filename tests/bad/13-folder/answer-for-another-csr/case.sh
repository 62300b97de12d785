about="the vendor's answer was made of another CSR than this folder's"
prepare() { mdm csr; cp "$SHELF/step2/outputs/plist_encode.txt" inputs/; }
status=5
err="'inputs/plist_encode.txt' is a request that was not made for this folder's CSR
hint: Do not upload it: the certificate would not match"
