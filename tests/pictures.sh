#!/bin/sh
# The pictures in docs/ still show what they are drawn from; `scripts/pictures` draws them anew.
# pictures.sh SOURCE_DIR PROGRAM
set -u
source_dir=$1
program=$2
number=0
failures=0

# check TEXT COMMAND...
check() {
    text=$1
    shift
    number=$((number + 1))
    if output=$("$@" 2>&1); then
        echo "ok $number - $text"
    else
        echo "not ok $number - $text"
        printf '%s\n' "$output" | sed 's/^/#   /'
        failures=$((failures + 1))
    fi
}

linked() {
    grep -q "($1)" "$source_dir/$2"
}

check "README shows the demo" linked docs/demo.svg README.md
text="demo.svg shows what the program says today"
if command -v python3 >/dev/null 2>&1; then
    check "$text" python3 "$source_dir/tools/terminal_picture.py" --check "$program" "$source_dir/docs/demo.svg"
elif [ "${CI:-}" = true ]; then
    check "$text (python3 is not installed)" false
else
    number=$((number + 1))
    echo "ok $number - $text # skip python3 is not installed"
fi
echo "1..$number"
[ "$failures" -eq 0 ]
