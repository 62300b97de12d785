about="zentral and other tools by Python's plistlib: alphabetical, tabs, one line"
prepare() { request order='chain csr sig' indent='	' | encode >request.txt; }
