#!/bin/sh
# Compiles and links the program for macOS with zig, which has macOS's headers (but for include/) and link stubs; nothing is
# run. libcrypto and libplist for macOS are not here: their names, as this system's libraries have them, get empty bodies, and
# every other name that is missing is an error.
#   compile.sh ZIG SOURCE_DIR BUILD_DIR SYSTEM    SYSTEM: aarch64-macos or x86_64-macos
set -eu
zig=$1
source_dir=$2
build=$3
system=$4
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# headers MODULE FOLDER: those of a library, without the rest of /usr/include around them.
headers() {
    from=$(pkg-config --variable=includedir "$1")
    mkdir -p "$scratch/include/$2"
    for part in "$from/$2" "$from/$(cc -print-multiarch)/$2"; do
        [ ! -d "$part" ] || cp "$part"/*.h "$scratch/include/$2/"
    done
}

# names MODULE: an empty body for every name that the library exports.
names() {
    nm -D --defined-only --no-demangle --without-symbol-versions "$(pkg-config --variable=libdir "$1")/$1.so" |
        awk '$2 ~ /[TRDBVW]/ { print "void " $3 "(void); void " $3 "(void) {}" }'
}

headers libcrypto openssl
headers libplist-2.0 plist
features='' # what CMakeLists.txt asks for
! grep -q libplist_version "$scratch/include/plist/plist.h" || features=-DHAVE_LIBPLIST_VERSION
{
    names libcrypto
    names libplist-2.0
} >"$scratch/libraries.c"
[ "$(wc -l <"$scratch/libraries.c")" -gt 1000 ]

# shellcheck disable=SC2046,SC2086 # find's names hold no spaces, seen from there; and several words
(cd "$source_dir" && "$zig" cc -target "$system" -std=c11 \
    -Wall -Wextra -Wconversion -Wshadow -Wcast-qual -Wwrite-strings -Wmissing-prototypes -Wstrict-prototypes -Wformat=2 -Wundef -Wvla -Werror \
    -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 -D_DARWIN_C_SOURCE -DOPENSSL_API_COMPAT=30000 -DOPENSSL_NO_DEPRECATED \
    -DMDM_VERSION='"0"' -DPLIST_BUILT_WITH='"0"' $features -Isrc -Iinclude -isystem tests/macos/include -isystem "$scratch/include" \
    $(find src -name '*.c') "$build"/anchors.c "$build"/help.c "$build"/practice.c "$scratch/libraries.c" -o "$scratch/mdmvendor")
file "$scratch/mdmvendor"
