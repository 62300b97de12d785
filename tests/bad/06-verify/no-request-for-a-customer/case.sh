about="verify without a file in a customer's folder: the request is the vendor's to make"
reports=error
prepare() { mdm csr 2>/dev/null; }
run() { mdm verify; }
status=1
err="Your vendor makes the request from outputs/customer.csr"
