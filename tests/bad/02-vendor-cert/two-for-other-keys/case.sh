about='the wrong file under another name: it is named, not the missing one'
prepare() { "$PRACTICE_APPLE" vendor "$APPLE" outputs/vendor.csr "inputs/mdm (1).cer" --fault wrong-key; }
err="'inputs/mdm (1).cer' was not issued for outputs/vendor.key"
