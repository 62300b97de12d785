#!/bin/sh
# Each public header compiles alone and twice, in C11 and (where there is a C++ compiler) in C++17; each private one in C11.
# include_check.sh SOURCE_DIR CC [OPTIONS for the private headers...]
set -u
source_dir=$1
cc=$2
shift 2
private_options=$*
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
    "$@" $warnings -I "$source_dir/include" -fsyntax-only - <<C || {
#include "$header"
#include "$header"
extern int not_empty;
C
        echo "failed: $header in $language"
        failures=$((failures + 1))
    }
}

cxx=
for candidate in "${CXX:-}" g++ clang++; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1; then
        cxx=$candidate
        break
    fi
done

for path in "$source_dir"/include/mdmvendor/*.h; do
    try "mdmvendor/${path##*/}" C11 "$cc" -x c -std=c11
    [ -z "$cxx" ] || try "mdmvendor/${path##*/}" C++17 "$cxx" -x c++ -std=c++17
done
for path in "$source_dir"/src/*/*.h; do
    # shellcheck disable=SC2086
    try "${path#"$source_dir"/src/}" C11 "$cc" -x c -std=c11 -D_POSIX_C_SOURCE=200809L -I "$source_dir/src" $private_options
done

echo "1..2"
if [ "$failures" -eq 0 ]; then
    echo "ok 1 - $count compilations of one header alone"
else
    echo "not ok 1 - $failures of $count compilations of one header alone"
fi
if [ -n "$cxx" ]; then
    echo "ok 2 - C++17 by $cxx"
elif [ "${CI:-}" = true ]; then
    echo "not ok 2 - no C++ compiler is installed"
    failures=$((failures + 1))
else
    echo "ok 2 - C++17 # skip no C++ compiler is installed"
fi
[ "$failures" -eq 0 ]
