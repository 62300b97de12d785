about='nothing has been downloaded yet: Apple has the turn'
status=3
err='inputs/mdm.cer
developer.apple.com
MDM CSR'
