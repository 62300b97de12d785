about='the intermediate that was fetched is a web page: it is still missing, and the page is named'
prepare() {
    vendor_cert --fault unknown-issuer
    cp "$SHELF/page.html" inputs/wwdrg9.der
}
err='OU=G9,
that CA certificate is missing
wwdrg9.der'
