about='a socket'
prepare() { perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un("inputs/mdm.cer")) or exit 1' || skip "no UNIX sockets here"; }
status=1
err="'inputs/mdm.cer' is a symbolic link, pipe, socket or device, not a regular file"
