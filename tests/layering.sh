#!/bin/sh
# Who may know what: the dependency picture of CONTRIBUTING.md, held by reading #include lines and calls.
# layering.sh SOURCE_DIR
set -u
cd "$1" || exit 1
number=0
failures=0

# rule TEXT FINDINGS: holds when there are none.
rule() {
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        printf '%s\n' "$2" | sed 's/^/#   /'
        failures=$((failures + 1))
    fi
}

sources() {
    find "$@" -name '*.[ch]' | sort
}

# includes FOLDER...: "path:line:#include ..." of every include there.
includes() {
    sources "$@" | xargs grep -n '^ *# *include' /dev/null
}

# calls NAMES FOLDER...: calls of the functions NAMES (a|b|c), comments left out, members and longer names not meant.
calls() {
    names=$1
    shift
    sources "$@" | while read -r path; do
        awk -v path="$path" -v names="$names" '
            BEGIN { call = "(^|[^A-Za-z0-9_>.])(" names ") *[(]" }
            {
                line = $0
                if (inside) { if (!sub(/^.*\*\//, "", line)) next; inside = 0 }
                gsub(/\/\*([^*]|\*[^\/])*\*\//, "", line)
                if (sub(/\/\*.*$/, "", line)) inside = 1
                gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
                if (line ~ call) print path ":" FNR ": " $0
            }' "$path"
    done
}

echo "1..11"
rule "OpenSSL is known in src/crypto and src/practice alone" \
    "$(includes include src | grep '<openssl/' | grep -v -e '^src/crypto/' -e '^src/practice/')"
rule "libplist is known in src/crypto/plist_xml.c alone" \
    "$(includes include src | grep '<plist/' | grep -v '^src/crypto/plist_xml\.c:')"
rule "public headers include public headers only" \
    "$(includes include | grep '"' | grep -v '"mdmvendor/')"
rule "src/crypto stands on the public headers alone" \
    "$(includes src/crypto | grep '"' | grep -v -e '"crypto/' -e '"mdmvendor/')"
rule "src/crypto knows no work folder, no flow and no practice" \
    "$(includes src/crypto | grep -e '"mdmvendor/workspace' -e '"mdmvendor/flow' -e '"mdmvendor/batch' -e '"mdmvendor/practice')"
rule "src/practice stands on src/crypto" \
    "$(includes src/practice | grep '"' | grep -v -e '"practice/' -e '"crypto/' -e '"mdmvendor/')"
rule "src/work stands on src/crypto" \
    "$(includes src/work | grep '"' | grep -v -e '"work/' -e '"crypto/' -e '"mdmvendor/')"
rule "src/cli includes what is ours by folder and name" \
    "$(includes src/cli | grep '"' | grep -v -e '"cli/' -e '"work/' -e '"practice/' -e '"crypto/' -e '"mdmvendor/')"

printing='printf|vprintf|fprintf|vfprintf|dprintf|puts|fputs|putchar|perror|syslog'
rule "the library never prints" \
    "$(calls "$printing" src/crypto src/work src/practice; includes src/crypto src/work src/practice | grep '<err\.h>')"
world='getenv|secure_getenv|setenv|exit|_exit|abort|system|popen|fork|isatty|tcgetattr|tcsetattr|time|gettimeofday|clock_gettime'
rule "the library reads no environment, terminal or clock and never exits" \
    "$(calls "$world" src/crypto src/work src/practice)"
files='open|openat|creat|fopen|rename|renameat|link|linkat|unlink|unlinkat|fsync|fdatasync|mkdir|mkdirat|BIO_new_file'
rule "files are opened, renamed, removed and synced in src/work/file*.c alone" \
    "$(calls "$files" src/crypto src/practice src/work | grep -v '^src/work/file')"
[ "$failures" -eq 0 ]
