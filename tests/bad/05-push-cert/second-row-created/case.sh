about='"Create a Certificate" was pressed again with the same request: a second row, another topic'
from=step3
prepare() {
    "$PRACTICE_APPLE" push "$APPLE" outputs/plist_encode.txt inputs/second.pem --days 400
}
err='the topic changed
inputs/second.pem
press Renew on the row'
