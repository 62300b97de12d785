about='the chain as CDATA'
prepare() { request | sed 's|<string>-----BEGIN|<string><![CDATA[-----BEGIN|' | perl -0pe 's|(-----END CERTIFICATE-----\n)</string>|$1]]></string>|' | encode >request.txt; }
