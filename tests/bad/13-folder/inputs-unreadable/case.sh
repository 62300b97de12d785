about='inputs/ that we may not look into'
reports=system   # the system's words say it all
from=step1
prepare() {
    chmod 000 inputs
    drop_root
}
run() { unprivileged; }
err="inputs
Permission denied"
check() { chmod 700 inputs; }
