# One case, in a folder of its own: one.bash GROUP/CASE. Leaves its verdict in $SUITE/done, and always ends with 0.
set -u
# shellcheck source=tests/bad/lib.bash
. "$HERE/lib.bash"

name=$1
ROOM="$SUITE/room/$name"
mkdir -p "$ROOM/work"

# What a case may set, and what holds when it does not.
about=
from=nothing    # the work folder that it begins with
status=
err=            # each line is to be found on standard error
out=            # the same on standard output
not=            # no line of it may be found on either

writes=no       # yes: the run may change the work folder although it fails
reports=error   # error: a failure ends with an error and a hint; system: the hint may be a general one; marks: the
                # result itself tells it
prepare() { :; }
run() { mdm; }
check() { :; }

if [ -f "$HERE/${name%%/*}/group.sh" ]; then
    # shellcheck disable=SC1090
    . "$HERE/${name%%/*}/group.sh"
fi
# shellcheck disable=SC1090
. "$HERE/$name/case.sh"

complaints=
complain() { complaints="$complaints$*"$'\n'; }

# has TEXT WORD
has() {
    case $1 in
    *"$2"*) return 0 ;;
    esac
    return 1
}

# judge_text WHICH TEXT WORDS: every line of WORDS is somewhere in TEXT.
judge_text() {
    local word
    while IFS= read -r word; do
        [ -z "$word" ] || has "$2" "$word" || complain "$1 lacks: $word"
    done <<<"$3"
}

judge_absence() {
    local word
    while IFS= read -r word; do
        [ -z "$word" ] || ! has "$stdout$stderr" "$word" || complain "it says what it should not: $word"
    done <<<"$not"
}

# What holds for every run, whatever goes wrong.
judge_manners() {
    local raw
    raw=$(LC_ALL=C tr -d '\n -~\200-\377' <"$ROOM/both" | wc -c)
    [ "$raw" -eq 0 ] || complain "control characters on the screen"
    if LC_ALL=C grep -q $'\xC2[\x80-\x9F]\|\xE2\x80[\x8B-\x8F\xA8-\xAE]\|\xE2\x81[\xA0-\xAF]' "$ROOM/both"; then
        complain "characters on the screen that hide or turn around text"
    fi
    for raw in "$VENDOR_PASSWORD" "$CUSTOMER_PASSWORD"; do
        ! has "$stdout$stderr" "$raw" || complain "a password on the screen"
    done
    for raw in 'error:0' 'routines' '(null)' 'asn1 encoding' 'runtime error' 'Sanitizer'; do
        ! has "$stdout$stderr" "$raw" || complain "words that tell a person nothing: $raw"
    done
    [ -z "$(find "$ROOM/work" -name '*.tmp' 2>/dev/null)" ] || complain "a temporary file was left behind"
    case $status:$reports in
    [12456]:error | [12456]:system)
        has "$stderr" 'mdmvendor: error: ' || complain "no line that begins with 'mdmvendor: error: '"
        has "$stderr" 'hint: ' || complain "no line that begins with 'hint: '"
        ;;
    esac
    if [ "$reports" = error ]; then
        ! has "$stderr" 'hint: Set this right' || complain "a hint that says nothing"
        ! has "$stderr" 'hint: The same command with --debug' || complain "a hint that says nothing"
    fi
}

judge_folder() {
    [ "$status" -ne 0 ] && [ "$status" -ne 3 ] && [ "$writes" = no ] || return
    [ "$before" = "$(listing)" ] ||
        complain "something was written:"$'\n'"$(diff <(printf '%s\n' "$before") <(listing))"
}

verdict() {
    local file
    file="$SUITE/done/$(printf '%s' "$name" | tr / .)"
    printf '%s %s: %s%s\n' "$1" "$name" "$about" "$2" >"$file.part"
    if [ "$1" != ok ]; then
        {
            printf '%s' "$complaints"
            echo "--- status $got, standard error:"
            cat "$ROOM/err"
            echo "--- standard output:"
            cat "$ROOM/out"
        } 2>/dev/null | LC_ALL=C tr -c '\n -~\200-\377' '?' | sed 's/^/# /' >>"$file.part"
    fi
    mv "$file.part" "$file"
    exit 0
}

got=-
if [ -z "$about" ] || [ -z "$status" ]; then
    complain "the case names no status or does not say what it is about"
    verdict "not ok" ""
fi
[ "$from" = nothing ] || cp -pR "$SHELF/$from/." "$ROOM/work/"
cd "$ROOM/work" || exit 0
(set -e && prepare) >"$ROOM/prepare.log" 2>&1 </dev/null
case $? in
0) ;;
77) verdict ok " # SKIP $(tail -n 1 "$ROOM/prepare.log")" ;;
*)
    complain "prepare failed: $(cat "$ROOM/prepare.log")"
    verdict "not ok" ""
    ;;
esac
before=$(listing)
(run) >"$ROOM/out" 2>"$ROOM/err" </dev/null
got=$?
cat "$ROOM/out" "$ROOM/err" >"$ROOM/both"
stdout=$(tr -d '\000' <"$ROOM/out")
stderr=$(tr -d '\000' <"$ROOM/err")
[ "$got" -eq "$status" ] || complain "status is $got, expected $status"
judge_text "standard error" "$stderr" "$err"
judge_text "standard output" "$stdout" "$out"
judge_absence
judge_manners
judge_folder
(set -e && check) >"$ROOM/check.log" 2>&1 </dev/null || complain "check failed: $(cat "$ROOM/check.log")"
if [ -z "$complaints" ]; then
    verdict ok ""
fi
verdict "not ok" ""
