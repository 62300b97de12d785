about='nothing has been downloaded yet: Apple has the turn'
status=3
err='inputs/MDM_Certificate.pem
identity.apple.com/pushcert
Create a Certificate'
