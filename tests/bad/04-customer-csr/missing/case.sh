about='step 4 without a CSR'
run() { mdm 4; }
status=1
err="'inputs/customer.csr' is missing
Put the customer's CSR"
