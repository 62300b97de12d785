about='an address with terminal escapes in it'
prepare() {
    issue wwdrg9 "$SHELF/vendor.clear" "$VENDOR_SUBJECT" "${VENDOR_MARKS[@]}" \
        "authorityInfoAccess=caIssuers;URI:http://a.invalid/$(printf '\033[2J\033]0;owned\007')x.der" >inputs/mdm.cer
}
err='http://a.invalid/\x1B[2J'
