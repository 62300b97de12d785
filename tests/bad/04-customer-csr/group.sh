# Steps 2 and 4: the customer's own CSR, inputs/customer.csr, is not what can be signed.
status=5
from=signing
own() { openssl req -new -key "$SHELF/$1.clear" -subj '/CN=Customer' -out inputs/customer.csr; }
DUE="but the customer's certificate signing request (CSR) is expected here
hint: Put the customer's CSR there"
