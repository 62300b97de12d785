about='two copies of it'
prepare() { vendor_cert; cp inputs/mdm.cer 'inputs/mdm (1).cer'; }
