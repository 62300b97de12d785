about='the vendor certificate was issued for another key (micromdm: CSR made twice, the first one uploaded)'
prepare() { vendor_cert --fault wrong-key; }
err="'inputs/mdm.cer' was not issued for outputs/vendor.key
certificate type \"MDM CSR\""
