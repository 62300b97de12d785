about='<data> where <string> is due, as property list libraries write bytes'
prepare() { request tag=data | encode >request.txt; }
status=1
out='✗ keys: the value of PushCertRequestCSR is not a <string>
<data>'
