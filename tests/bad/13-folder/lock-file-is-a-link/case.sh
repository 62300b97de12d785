about='the lock file is a link to somewhere else'
reports=system   # the system's words say it all
from=step1
prepare() { find . -name .lock -exec rm {} +; ln -s "$ROOM/victim" outputs/.lock; }
err='lock'
check() { [ ! -e "$ROOM/victim" ]; }
