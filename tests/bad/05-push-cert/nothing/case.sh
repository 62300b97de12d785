about='nothing has been downloaded yet: Apple has the turn'
status=3
err='inputs/MDM_Certificate.pem
plist_encode.txt
identity.apple.com/pushcert
Create a Certificate'
