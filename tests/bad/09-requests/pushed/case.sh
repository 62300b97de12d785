about='what verify takes, the practice portal takes as well'
from=step2
prepare() { request order='chain csr sig' wrap=76 | encode 76 >outputs/plist_encode.txt; push_cert; cp outputs/plist_encode.txt request.txt; }
