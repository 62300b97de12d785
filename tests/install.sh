#!/bin/sh
# Installs into a DESTDIR, as a packager does: the parts are there, nothing in them points to where they were built, the
# header is C11 and C++17, and the example, built against that tree by pkg-config alone, signs.
# install.sh SOURCE_DIR BUILD_DIR CC PRACTICE_APPLE
set -u
source_dir=$1
build_dir=$2
cc=$3
practice_apple=$4
number=0
failures=0
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/tree/usr/local

# check TEXT COMMAND...: a line of TAP; what the command prints is shown when it fails.
check() {
    text=$1
    shift
    number=$((number + 1))
    if "$@" >"$scratch/log" 2>&1; then
        echo "ok $number - $text"
    else
        echo "not ok $number - $text"
        tail -n 30 "$scratch/log" | sed 's/^/#   /'
        failures=$((failures + 1))
    fi
}

parts_are_there() {
    library=$(find "$prefix" -name libmdmvendor.a) && [ -n "$library" ] && pc=$(dirname "$library")/pkgconfig &&
        [ -f "$pc/mdmvendor.pc" ] && [ -x "$prefix/bin/mdmvendor" ] && [ "$(ls "$prefix/include")" = mdmvendor.h ] &&
        ! grep -rnF -e "$build_dir" -e "$source_dir" "$prefix/include" "$prefix/share" "$pc"
}

header_compiles() { # header_compiles COMPILER -x LANGUAGE -std=STANDARD
    echo '#include <mdmvendor.h>
int main(void) { return mdmvendor_version() == NULL; }' |
        "$@" -Wall -Wextra -Werror -pedantic -I "$prefix/include" -fsyntax-only -
}

example_builds() {
    # shellcheck disable=SC2046 # pkg-config answers with one option a word
    "$cc" "$source_dir/examples/sign_csr.c" \
        $(PKG_CONFIG_PATH="$pc${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}" pkg-config --cflags --libs mdmvendor) \
        -o "$scratch/sign_csr" && [ "$(wc -l <"$source_dir/examples/sign_csr.c")" -lt 80 ]
}

# The request passes every check; with a wrong password there is an error and no request.
example_signs() {
    cd "$scratch" && echo 'correct horse' >password && chmod 600 password && "$practice_apple" init apple &&
        "$practice_apple" bundle apple >ca.pem || return
    "$prefix/bin/mdmvendor" -C . --ca-file ca.pem --vendor-password-file password </dev/null
    [ $? -eq 3 ] && "$practice_apple" vendor apple outputs/vendor.csr inputs/mdm.cer &&
        openssl req -new -newkey rsa:2048 -nodes -keyout customer.key -subj /CN=Customer -out customer.csr &&
        ./sign_csr outputs/vendor.key inputs/mdm.cer customer.csr ca.pem <password >request &&
        "$prefix/bin/mdmvendor" --ca-file ca.pem verify request || return
    echo wrong | ./sign_csr outputs/vendor.key inputs/mdm.cer customer.csr ca.pem >nothing
    [ $? -eq 1 ] && [ ! -s nothing ]
}

check "it installs" env DESTDIR="$scratch/tree" cmake --install "$build_dir" --prefix /usr/local
check "program, header, library and pkg-config file, and no path of the build" parts_are_there
check "the header in C11" header_compiles "$cc" -x c -std=c11
if command -v c++ >/dev/null; then
    check "the header in C++17" header_compiles c++ -x c++ -std=c++17
else
    echo "ok $((number += 1)) - the header in C++17 # skip no c++ here"
    [ "${CI:-}" != true ] || failures=1
fi
check "the example, by pkg-config" example_builds
check "it signs" example_signs
echo "1..$number"
[ "$failures" -eq 0 ]
