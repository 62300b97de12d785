# `mdmvendor verify`: a request that Apple's portal would refuse, whatever tool made it. The file is called request.txt.
reports=marks
run() { mdm verify request.txt; }
REFUSED="request.txt: Apple's portal would refuse it"
# A chain of the certificates named, with whatever stands in for the vendor's.
chain_of() { cat "$@" >chain.pem; }
LEAF() { issue wwdrg3 "$SHELF/vendor.clear" "$VENDOR_SUBJECT" "${VENDOR_MARKS[@]}" "$@"; }
