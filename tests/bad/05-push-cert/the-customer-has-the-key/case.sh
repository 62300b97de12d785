about="step 3 for a customer who made the CSR: the key is theirs, and so is the pfx"
from=signing
prepare() {
    cp "$SHELF/step2/outputs/customer.csr" inputs/
    mdm
}
run() { mdm 3; }
err="step 3 needs the customer's key
the customer made 'inputs/customer.csr' and has the key"
