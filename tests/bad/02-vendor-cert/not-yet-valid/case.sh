about='the vendor certificate is not valid yet: the clock of this machine is behind'
prepare() { vendor_cert --fault not-yet-valid; }
err='is not valid before
date and time of this computer'
