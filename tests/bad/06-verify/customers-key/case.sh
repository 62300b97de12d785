about="signed with the customer's key"
prepare() { request sign="$SHELF/customer.clear" | encode >request.txt; }
out="✗ signature: it was made with the customer's key, but the vendor's is expected
$REFUSED"
