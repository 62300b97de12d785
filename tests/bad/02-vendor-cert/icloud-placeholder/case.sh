about='iCloud Drive keeps only a placeholder of the file on this Mac (micromdm/micromdm#625 is of the kind: the file lies elsewhere)'
prepare() { printf 'bplist00\324' >inputs/.mdm.cer.icloud; }
status=3
err="'inputs/.mdm.cer.icloud' is a placeholder for a file that iCloud has not downloaded
Click the cloud"
