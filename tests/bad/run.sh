#!/usr/bin/env bash
# Every case of this folder, several at a time, with TAP on standard output: see README.md for what a case is.
#   run.sh               all of them
#   run.sh -k WORD...    those whose path has one of the words; what they leave behind is kept, and named
# MDMVENDOR and PRACTICE_APPLE name the two programs; ctest sets them.
set -u

HERE=$(cd "$(dirname "$0")" && pwd)
export HERE
: "${MDMVENDOR:?is to name the program}" "${PRACTICE_APPLE:?is to name the practice Apple}"

if ! command -v perl >/dev/null 2>&1; then
    echo "skip: perl is not installed"
    [ "${CI:-}" = true ] && exit 1
    exit 77
fi
keep=
if [ "${1:-}" = -k ]; then
    keep=yes
    shift
fi
SUITE=$(mktemp -d "${TMPDIR:-/tmp}/mdmvendor-bad.XXXXXX") || exit 1
export SUITE
if [ -n "$keep" ]; then
    echo "# kept: $SUITE"
else
    trap 'chmod -R u+rwx "$SUITE" 2>/dev/null; rm -rf "$SUITE"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
fi

wanted() {
    [ $# -eq 1 ] && return
    local path=$1 word
    shift
    for word; do
        case $path in
        *"$word"*) return ;;
        esac
    done
    return 1
}

find "$HERE" -name case.sh | sed "s|^$HERE/||; s|/case.sh\$||" | LC_ALL=C sort >"$SUITE/all"
while read -r path; do
    wanted "$path" "$@" && echo "$path"
done <"$SUITE/all" >"$SUITE/cases"
count=$(wc -l <"$SUITE/cases" | tr -d ' ')
[ "$count" -gt 0 ] || {
    echo "Bail out! no such case: $*"
    exit 1
}

if ! bash "$HERE/shelf.bash" >"$SUITE/shelf.log" 2>&1; then
    echo "Bail out! the folders that the cases begin with could not be made"
    sed 's/^/# /' "$SUITE/shelf.log"
    exit 1
fi

mkdir "$SUITE/done" || exit 1
echo "1..$count"
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
xargs -P "$jobs" -n 1 bash "$HERE/one.bash" <"$SUITE/cases"

# In the order of their names, whatever order they ended in.
number=0
failed=0
while read -r path; do
    number=$((number + 1))
    verdict="$SUITE/done/$(printf '%s' "$path" | tr / .)"
    if [ -f "$verdict" ]; then
        sed "1s/ok /ok $number /" "$verdict"
        case $(head -n 1 "$verdict") in
        not*) failed=$((failed + 1)) ;;
        esac
    else
        echo "not ok $number $path"
        failed=$((failed + 1))
    fi
done <"$SUITE/cases"
[ "$failed" -eq 0 ]
