#!/bin/sh
# The shared library exports what the public headers declare (MDM_API), no name more and none less; what the static one
# defines for the linker begins with mdm_.
# exports.sh SOURCE_DIR SHARED_LIBRARY STATIC_LIBRARY
set -u
source_dir=$1
shared=$2
static=$3
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failures=0
number=0

# verdict STATUS TEXT [FILE]: a line of TAP; FILE tells why it failed.
verdict() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        [ $# -lt 3 ] || sed 's/^/#   /' "$3"
        failures=$((failures + 1))
    fi
}

# The name after each MDM_API: the last word before a parameter list, an array's size or the end.
declared() {
    sed 's/^#.*//' "$source_dir"/include/mdmvendor/*.h | tr '\n' ' ' | awk '{ gsub(/MDM_API/, "\n&"); print }' |
        sed -n 's/^MDM_API \([^;([]*\).*/\1/p' | grep -oE '[A-Za-z0-9_]+ *$' | tr -d ' ' | sort
}

exported() {
    if [ "$(uname -s)" = Darwin ]; then
        nm -gU "$shared" | awk '{ sub(/^_/, "", $NF); print $NF }' | sort
    else
        nm -D --defined-only "$shared" | awk '{ print $NF }' | sort
    fi
}

foreign_in_archive() {
    nm -g "$static" 2>/dev/null | awk 'NF == 3 && $2 != "U" { sub(/^_/, "", $3); print $3 }' | grep -v '^mdm_' | sort -u
}

declared >"$scratch/declared"
exported >"$scratch/exported"
names=$(wc -l <"$scratch/declared" | tr -d ' ')
[ "$names" -gt 50 ]
verdict $? "the public headers declare names: $names"
grep -v '^mdm_' "$scratch/exported" >"$scratch/foreign"
[ ! -s "$scratch/foreign" ]
verdict $? "the shared library exports mdm_ names only" "$scratch/foreign"
diff "$scratch/declared" "$scratch/exported" >"$scratch/difference"
verdict $? "it exports exactly what the headers declare (<), nothing else (>)" "$scratch/difference"
foreign_in_archive >"$scratch/foreign"
[ ! -s "$scratch/foreign" ]
verdict $? "the static library defines mdm_ names only" "$scratch/foreign"
echo "1..$number"
[ "$failures" -eq 0 ]
