about="the vendor's own CSR"
run() { mdm sign outputs/vendor.csr -o x.txt; }
status=5
err="holds the vendor's own key"
