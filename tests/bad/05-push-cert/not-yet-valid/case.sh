about='a push certificate that is not valid yet: the clock of this machine is behind'
prepare() { push_cert --fault not-yet-valid; }
err="the push certificate 'inputs/MDM_Certificate.pem' is not valid before
clock"
