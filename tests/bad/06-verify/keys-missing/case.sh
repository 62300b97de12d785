about='one of the three keys is missing'
prepare() { for part in csr chain sig; do order='csr chain sig'; request order="${order/$part/}" | encode >$part.txt; done; }
run() { mdm verify csr.txt chain.txt sig.txt; }
status=1
out="✗ keys: the key PushCertRequestCSR is missing
✗ keys: the key PushCertCertificateChain is missing
✗ keys: the key PushCertSignature is missing
csr.txt: Apple's portal would refuse it
chain.txt: Apple's portal would refuse it
sig.txt: Apple's portal would refuse it"
