about="the MDM server's Java keystore was copied there"
prepare() { printf '\376\355\376\355\000\000\000\002' >inputs/mdm.cer; }
err="is a Java keystore (JKS), but $DUE"
