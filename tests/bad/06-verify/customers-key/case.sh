about="signed with the customer's key"
prepare() { request sign="$SHELF/customer.clear" | encode >request.txt; }
status=5
out="✗ signature: it was made with the customer's key, where the vendor's is due
$REFUSED"
