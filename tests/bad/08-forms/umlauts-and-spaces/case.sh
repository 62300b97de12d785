about='a name with spaces and umlauts'
prepare() { cp "$SHELF/vendor.cer" 'inputs/Kopie von mdm für Müller & Söhne (2).cer'; }
