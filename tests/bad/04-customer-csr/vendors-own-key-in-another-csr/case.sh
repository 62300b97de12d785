about="another CSR for the vendor's key"
prepare() { own vendor; }
run() { mdm 4; }
err="'inputs/customer.csr' holds the vendor's own key"
