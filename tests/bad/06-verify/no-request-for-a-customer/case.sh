about="verify without a file in a customer's folder: the request is the vendor's to make"
reports=error
prepare() { mdm csr 2>/dev/null; }
run() { mdm verify; }
status=1
err="Step 2 makes it, or your vendor does"
