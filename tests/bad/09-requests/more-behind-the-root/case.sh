about='a certificate behind the root that does not belong there: a warning'
prepare() {
    cat "$SHELF/chain.pem" "$SHELF/ca/wwdrg4.pem" >chain.pem
    request chain=chain.pem | encode >request.txt
}
out="! chain order: 
OU=G4
request.txt: Apple's portal should accept it"
