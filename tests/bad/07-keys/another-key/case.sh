about="another key lies at vendor.key: it fits neither vendor.csr nor mdm.cer"
prepare() { instead "$SHELF/other.clear"; }
status=5
err="'inputs/mdm.cer' was not issued for outputs/vendor.key"
writes=yes
