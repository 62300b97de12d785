about='a vendor certificate without the marker: a warning'
prepare() { { issue wwdrg3 "$SHELF/vendor.clear" "$VENDOR_SUBJECT" "${VENDOR_MARKS[@]:0:2}"; issuers; } | with_chain; }
status=0
out='! vendor certificate: 
lacks the marker 1.2.840.113635.100.4.12'
