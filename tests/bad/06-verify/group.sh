# `mdmvendor verify`: a request that Apple's portal would refuse, whatever tool made it. The file is called request.txt.
status=5
reports=marks
run() { mdm verify request.txt; }
REFUSED="request.txt: Apple's portal would refuse it"
# issuers [INTERMEDIATE]: it and the root. with_chain [FILE...]: the request, with a chain of these files or of standard input.
issuers() { cat "$SHELF/ca/${1:-wwdrg3}.pem" "$SHELF/ca/root.pem"; }
with_chain() { cat "$@" >chain.pem; request chain=chain.pem | encode >request.txt; }
# with_fault FAULT [INTERMEDIATE]: the request with a vendor certificate like that.
with_fault() {
    "$PRACTICE_APPLE" vendor "$APPLE" "$SHELF/step1/outputs/vendor.csr" v.cer --fault "$1"
    { pem_of v.cer; issuers "${@:2}"; } | with_chain
}
