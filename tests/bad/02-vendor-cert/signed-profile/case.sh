about='a signed profile (CMS), which holds the certificates of its signer'
prepare() {
    echo '<plist/>' >"$ROOM/profile"
    openssl cms -sign -in "$ROOM/profile" -signer "$SHELF/website.pem" -inkey "$SHELF/other.clear" -nodetach -outform DER -out inputs/mdm.cer
}
err="is a certificate of another kind ('CN=www.example.com'
the MDM vendor certificate is expected here"
