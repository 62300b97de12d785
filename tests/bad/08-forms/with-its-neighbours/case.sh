about="the certificate beside all of Apple's CA certificates"
prepare() { vendor_cert; cp "$HERE"/../../data/apple/*.cer inputs/; }
