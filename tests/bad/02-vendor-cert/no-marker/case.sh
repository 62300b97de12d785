about='a vendor certificate without the marker OID is used, with a warning'
prepare() { vendor_cert --fault no-marker; }
status=3
err='mdmvendor: warning: 
lacks the mark of an MDM vendor certificate (OID 1.2.840.113635.100.4.12)'
