about='a CSR, a certificate and a key with "\n" for their line ends, as JSON has them'
prepare() {
    requests a
    openssl x509 -inform DER -in inputs/mdm.cer -out pem
    cat pem >inputs/mdm.cer
    for file in a.csr inputs/mdm.cer outputs/vendor.key; do
        awk '{ printf "%s\\n", $0 }' "$file" >escaped
        cat escaped >"$file"
    done
}
run() { mdm sign a.csr -o a.txt; }
status=0
