about='--vendor-key names a key that inputs/mdm.cer was not issued for'
from=signing
run() { mdm --vendor-key "$SHELF/other.clear" 2; }
status=5
err="'inputs/mdm.cer' was not issued for
other.clear: its public key"
