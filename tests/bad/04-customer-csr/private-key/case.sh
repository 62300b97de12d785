about='the customer sent the private key instead of the CSR'
prepare() { cp "$SHELF/other.clear" inputs/customer.csr; }
err="'inputs/customer.csr' is a private key, but the customer's certificate signing request (CSR) is expected here
hint: A private key stays with its owner: delete this file"
