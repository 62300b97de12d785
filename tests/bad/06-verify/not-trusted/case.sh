about="a whole chain to a root that is none of Apple's"
prepare() { request | encode >request.txt; }
run() { plain verify request.txt; }
out='✗ chain trust: 
PRACTICE Root CA'
