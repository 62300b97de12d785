about='line ends of the chain as entities, as some libraries write them'
prepare() { request | perl -0pe 's|(?<=[\w=+/-])\n(?=[\w+/-])|&#xD;&#10;|g' | encode >request.txt; }
check() { base64 -d request.txt | grep -q 'CERTIFICATE-----&#xD;&#10;MII'; }
