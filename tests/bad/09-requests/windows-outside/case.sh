about='line ends of Windows around the base64'
prepare() { request | encode 64 | crlf >request.txt; }
