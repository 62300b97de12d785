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

# uses: "USER DEFINER" of source files, wherever one has the name of a function that another one defines; comments and strings
# left out.
uses() {
    # shellcheck disable=SC2016 # awk expands it
    find src -name '*.c' | sort | xargs awk '
        FNR == 1 { inside = 0; defines = "" }
        {
            line = $0
            if (inside) { if (!sub(/^.*\*\//, "", line)) next; inside = 0 }
            gsub(/"([^"\\]|\\.)*"/, " ", line)
            gsub(/\/\*([^*]|\*[^\/])*\*\//, " ", line)
            if (sub(/\/\*.*$/, "", line)) inside = 1
            if (line ~ /^[A-Za-z].*[(]/ && line !~ /^static /) {
                defines = line
                sub(/[(].*$/, "", defines)
                sub(/^.*[^A-Za-z0-9_]/, "", defines)
            }
            else if (line == "{" && defines != "") { definer[defines] = FILENAME; defines = "" }
            else if (line ~ /^static |^}/) defines = ""
            while (match(line, /[a-z_][a-z0-9_]*/)) {
                used[FILENAME " " substr(line, RSTART, RLENGTH)] = 1
                line = substr(line, RSTART + RLENGTH)
            }
        }
        END {
            for (pair in used) {
                split(pair, part, " ")
                if (part[2] in definer && definer[part[2]] != part[1]) print part[1], definer[part[2]]
            }
        }' | sort -u
}

# below FOLDER NAMES: FOLDER includes nothing of ours but from itself and the folders NAMES (and the public interface where it
# is implemented, and where the program starts).
below() {
    rule "src/$1 stands on $2 alone" "$(includes "src/$1" | grep '"' | grep -Ev -e "\"($1|$(echo "$2" | tr ' ' '|'))/" \
        -e '^src/(pki/(mdmvendor|ossl)|cli/main)\.c:.*"mdmvendor\.h"')"
}

echo "1..12"
rule "OpenSSL is known in src/pki and src/practice, and in src/base for wiping and locked memory" \
    "$(includes src | grep '<openssl/' | grep -v -e '^src/base/.*<openssl/crypto.h>' -e '^src/pki/' -e '^src/practice/')"
rule "libplist is known in src/pki/plist.c alone" \
    "$(includes src | grep '<plist/' | grep -v '^src/pki/plist\.c:')"
below base base
below pki base
below store base
below practice "pki base"
below flow "store pki base"
below cli "practice flow store pki base"

printing='printf|vprintf|fprintf|vfprintf|dprintf|puts|fputs|putchar|perror|syslog'
rule "the library never prints" \
    "$(calls "$printing" src/base src/pki src/store src/flow src/practice; includes src/base src/pki src/store src/flow src/practice | grep '<err\.h>')"
world='getenv|secure_getenv|setenv|exit|_exit|abort|system|popen|fork|isatty|tcgetattr|tcsetattr|time|gettimeofday|clock_gettime|tzset|gmtime|gmtime_r|localtime|localtime_r|mktime|timegm'
rule "the library reads no environment, terminal or clock and never exits" \
    "$(calls "$world" src/base src/pki src/store src/flow src/practice)"
files='open|openat|creat|fopen|rename|renameat|link|linkat|unlink|unlinkat|fsync|fdatasync|mkdir|mkdirat|BIO_new_file'
rule "files are opened, renamed, removed and synced in src/store/file.c alone" \
    "$(calls "$files" src/base src/pki src/flow src/practice src/store | grep -v '^src/store/file\.c:')"
rule "no files call each other in a circle" "$(uses | tsort 2>&1 >/dev/null)"
[ "$failures" -eq 0 ]
