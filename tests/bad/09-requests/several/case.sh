about='several at once'
prepare() { request | encode >request.txt; cp request.txt second.txt; }
run() { mdm verify request.txt second.txt; }
out="request.txt: Apple's portal should accept it
second.txt: Apple's portal should accept it"
