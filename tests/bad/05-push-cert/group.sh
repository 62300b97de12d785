# Step 3: something else lies where Apple's push certificate is due. plist_encode is at Apple's.
status=5
from=step2
DUE='the MDM push certificate is expected here
hint: At identity.apple.com/pushcert, upload outputs/plist_encode.txt if you have not yet; then download'
CERT=inputs/MDM_Certificate.pem
push_marks=('basicConstraints=CA:FALSE' 'extendedKeyUsage=clientAuth' 'keyUsage=digitalSignature' '1.2.840.113635.100.6.3.2=DER:0500')
