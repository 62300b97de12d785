about='line ends of Windows in the property list'
prepare() { request | crlf | encode >request.txt; }
