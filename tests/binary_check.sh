#!/bin/sh
# Looks at what was linked: hardening of the program, writable data of the library. ELF only.
# binary_check.sh PROGRAM STATIC_LIBRARY OPTIMISED(0|1)
set -u
program=$1
static=$2
optimised=$3
number=0
failures=0

if ! command -v readelf >/dev/null 2>&1 || ! command -v objdump >/dev/null 2>&1; then
    echo "skip: readelf is not installed"
    [ "${CI:-}" = true ] && exit 1
    exit 77
fi

# check TEXT COMMAND...
check() {
    text=$1
    shift
    number=$((number + 1))
    if "$@"; then
        echo "ok $number - $text"
    else
        echo "not ok $number - $text"
        failures=$((failures + 1))
    fi
}

shows() {
    readelf -W "$1" "$2" 2>/dev/null | grep -q "$3"
}

stack_not_executable() {
    ! shows -l "$program" 'GNU_STACK.*RWE'
}

# A static table of ours that is written to would be a global. .data.rel.ro is const with pointers in it.
no_globals() {
    found=$(objdump -t "$static" 2>/dev/null | awk '($4 == ".data" || $4 == ".bss" || $4 ~ /^\.(data|bss)\.[^r]/) && $5 !~ /^0+$/')
    [ -z "$found" ] || {
        printf '%s\n' "$found" | sed 's/^/#   /'
        return 1
    }
}

check "the program is position independent" shows -h "$program" 'DYN'
check "relocations are read-only" shows -l "$program" GNU_RELRO
check "relocations are bound at start" shows -d "$program" 'BIND_NOW\|Flags:.* NOW'
check "the stack is not executable" stack_not_executable
check "stack protector" shows --dyn-syms "$program" __stack_chk_fail
if [ "$optimised" = 1 ] && readelf -W --dyn-syms "$program" | grep -q GLIBC; then
    check "fortified calls" shows --dyn-syms "$program" '_chk@\|_chk '
fi
check "the library has no globals" no_globals
echo "1..$number"
[ "$failures" -eq 0 ]
