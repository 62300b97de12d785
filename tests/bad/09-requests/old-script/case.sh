about='the old script: newlines around every value, one line'
prepare() { request around='
' | encode >request.txt; }
