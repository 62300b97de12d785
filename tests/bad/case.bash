# Goes through the cases that run.py names on standard input, each in a subshell, and waits for it before and behind the command.
set -u
# shellcheck source=tests/bad/lib.bash
. "$HERE/lib.bash"
exec 3>&1 >/dev/null

# tell WORD...: says where the case has come to.
tell() {
    printf '%s\0' $# "$@" >&3
}

# pause WORD...: the same, and waits.
pause() {
    tell "$@"
    read -r _
}

one() {
    name=$1
    ROOM="$SUITE/room/$name"

    # What a case may set, and what holds when it does not: see README.md.
    about='' from=nothing status='' err='' out='' not='' writes=no reports=error
    run() { mdm; }
    if [ -f "$HERE/${name%%/*}/group.sh" ]; then
        # shellcheck disable=SC1090
        . "$HERE/${name%%/*}/group.sh"
    fi
    # shellcheck disable=SC1090
    . "$HERE/$name/case.sh"

    pause case "$about" "$from" "$status" "$err" "$out" "$not" "$writes" "$reports"
    cd "$ROOM/work" || exit
    prepared=0
    if declare -F prepare; then
        (set -e && prepare) >"$ROOM/prepare.log" 2>&1 </dev/null 3>&-
        prepared=$?
    fi
    pause prepared $prepared
    [ $prepared -ne 0 ] || (run) >"$ROOM/out" 2>"$ROOM/err" </dev/null 3>&-
    pause ran $?
    if [ $prepared -eq 0 ] && declare -F check; then
        (set -e && check) >"$ROOM/check.log" 2>&1 </dev/null 3>&-
    fi
    tell checked $?
}

while read -r case; do
    (one "$case")
    tell end
done
