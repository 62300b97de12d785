about="a request that is right, and was not made of the CSR of the folder that it is checked in"
prepare() { mdm csr; cp "$SHELF/step2/outputs/plist_encode.txt" request.txt; }
status=0
out='! this folder: it was not made for outputs/customer.csr: the certificate would not match the key here'
