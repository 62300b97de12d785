about='of several files, the worst counts, and each has its verdict'
prepare() {
    request | encode >good.txt
    : >empty.txt
    request digest=sha1 | encode >request.txt
}
run() { mdm verify good.txt empty.txt request.txt; }
out="good.txt: Apple's portal should accept it
empty.txt: Apple's portal would refuse it
request.txt: Apple's portal would refuse it"
