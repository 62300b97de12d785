# Requests as other tools write them, and Apple takes: verify must not refuse them.
run() { mdm verify request.txt; }
status=0
out="request.txt: Apple's portal should accept it"
not='✗'
