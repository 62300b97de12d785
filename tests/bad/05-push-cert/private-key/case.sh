about="the customer's key"
prepare() { cp outputs/customer.key inputs/; }
err="'inputs/customer.key' is a private key, but $DUE"
