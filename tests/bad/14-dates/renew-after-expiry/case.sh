about='the push certificate is past its year: it can be renewed all the same, in its row (project-imas#52)'
from=step2
reports=error
prepare() { push_cert --fault expired; }
run() { mdm renew; }
status=3
err='Renew
APSP:
identity.apple.com/pushcert'
