about="the customer's password was given for the vendor's key"
run() { with_password "$SHELF/customer.pass"; }
err="outputs/vendor.key
password"
