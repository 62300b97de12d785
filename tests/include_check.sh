#!/bin/sh
# Each header compiles alone and twice, in C11.
# include_check.sh SOURCE_DIR CC [OPTIONS...]
set -u
source_dir=$1
cc=$2
shift 2
options=$*
warnings="-Wall -Wextra -Wconversion -Wundef -Werror -pedantic"
count=0
failures=0

# try HEADER LANGUAGE COMPILER OPTIONS...
try() {
    header=$1
    language=$2
    shift 2
    count=$((count + 1))
    # shellcheck disable=SC2086 # one option a word
    "$@" $warnings -fsyntax-only - <<C || {
#include "$header"
#include "$header"
extern int not_empty;
C
        echo "failed: $header in $language"
        failures=$((failures + 1))
    }
}

for path in "$source_dir"/src/*/*.h; do
    # shellcheck disable=SC2086
    try "${path#"$source_dir"/src/}" C11 "$cc" -x c -std=c11 -D_POSIX_C_SOURCE=200809L -I "$source_dir/src" $options
done

# shellcheck disable=SC2086
try mdmvendor.h C11 "$cc" -x c -std=c11 -I "$source_dir/include"

echo "1..1"
if [ "$failures" -eq 0 ]; then
    echo "ok 1 - $count headers compile alone"
else
    echo "not ok 1 - $failures of $count headers do not compile alone"
fi
[ "$failures" -eq 0 ]
