#!/bin/sh
# Installs into a DESTDIR, as a packager does, and looks at the tree: what is there and with which modes, that nothing in it
# points to where it was built, that the program runs from there, and that the example is built against it by pkg-config and
# by find_package, with the shared library and the static one, and signs.
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

cache() {
    sed -n "s/^$1:[A-Z]*=//p" "$build_dir/CMakeCache.txt"
}

version=$(cache CMAKE_PROJECT_VERSION)
minor=${version%.*}
destination=$scratch/destination
prefix=$destination/usr/local
libdir=$(cache CMAKE_INSTALL_LIBDIR)
if [ "$(uname -s)" = Darwin ]; then
    shared="libmdmvendor.$version.dylib libmdmvendor.$minor.dylib libmdmvendor.dylib"
    export DYLD_LIBRARY_PATH="$prefix/$libdir"
else
    shared="libmdmvendor.so.$version libmdmvendor.so.$minor libmdmvendor.so"
    export LD_LIBRARY_PATH="$prefix/$libdir"
fi
export PKG_CONFIG_PATH="$prefix/$libdir/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

expected() {
    cat <<FILES
bin/mdmvendor
$libdir/cmake/mdmvendor/mdmvendorConfig.cmake
$libdir/cmake/mdmvendor/mdmvendorConfigVersion.cmake
$libdir/cmake/mdmvendor/mdmvendorTargets-$(cache CMAKE_BUILD_TYPE | tr '[:upper:]' '[:lower:]').cmake
$libdir/cmake/mdmvendor/mdmvendorTargets.cmake
$libdir/libmdmvendor.a
$libdir/pkgconfig/mdmvendor.pc
share/bash-completion/completions/mdmvendor
share/fish/vendor_completions.d/mdmvendor.fish
share/man/man1/mdmvendor.1
share/zsh/site-functions/_mdmvendor
share/doc/mdmvendor/copyright
FILES
    for library in $shared; do echo "$libdir/$library"; done
    cd "$source_dir" || return
    for header in include/mdmvendor/*.h; do echo "$header"; done
    for document in README.md CHANGELOG.md SECURITY.md docs/*.md docs/*.svg examples/*; do
        [ ! -e "$document" ] || echo "share/doc/mdmvendor/$document"
    done
}

same_files() {
    expected | sort >"$scratch/expected"
    (cd "$prefix" && find . \( -type f -o -type l \) | sed 's,^\./,,' | sort) >"$scratch/found"
    diff "$scratch/expected" "$scratch/found"
}

right_modes() {
    find "$destination" ! -type l -perm -g+w -o ! -type l -perm -o+w
    [ -z "$(find "$destination" ! -type l \( -perm -g+w -o -perm -o+w \))" ] && [ -x "$prefix/bin/mdmvendor" ] &&
        [ -z "$(find "$prefix/share" "$prefix/include" -type f -perm -u+x)" ]
}

no_path_of_the_build() {
    ! grep -rnF -e "$build_dir" -e "$source_dir" -e "$destination" "$prefix/share" "$prefix/include" "$prefix/$libdir/pkgconfig" \
        "$prefix/$libdir/cmake"
}

runs() {
    "$prefix/bin/mdmvendor" --version && "$prefix/bin/mdmvendor" --version | grep -qxF "mdmvendor $version"
}

# What the example needs: a vendor's key and certificate, a customer's CSR, the practice Apple's CAs.
prepare() {
    mkdir "$scratch/work" && cd "$scratch/work" && echo 'correct horse' >password && chmod 600 password &&
        "$practice_apple" init apple && "$practice_apple" bundle apple ca.pem || return
    "$prefix/bin/mdmvendor" --ca-file ca.pem --vendor-password-file password </dev/null
    [ $? -eq 3 ] && "$practice_apple" vendor apple outputs/vendor.csr inputs/mdm.cer &&
        openssl req -new -newkey rsa:2048 -nodes -keyout customer.key -subj /CN=Customer -out customer.csr
}

# signs EXAMPLE: its request passes every check, and with a wrong password it gives an error and no request.
signs() {
    cd "$scratch/work" && "$1" outputs/vendor.key inputs/mdm.cer customer.csr ca.pem <password >request &&
        "$prefix/bin/mdmvendor" --ca-file ca.pem verify request || return
    echo wrong | "$1" outputs/vendor.key inputs/mdm.cer customer.csr ca.pem >nothing
    [ $? -eq 1 ] && [ ! -s nothing ]
}

# shellcheck disable=SC2046 # pkg-config answers with one option a word
by_pkg_config() {
    "$cc" "$source_dir/examples/sign_csr.c" $(pkg-config --cflags --libs mdmvendor) -o "$scratch/pc_shared" &&
        signs "$scratch/pc_shared"
}

# Of the library alone: libcrypto and libplist are the system's.
# shellcheck disable=SC2046
by_pkg_config_static() {
    "$cc" "$source_dir/examples/sign_csr.c" $(pkg-config --cflags mdmvendor) \
        $(pkg-config --static --libs mdmvendor | sed "s,-lmdmvendor,$prefix/$libdir/libmdmvendor.a,") -o "$scratch/pc_static" &&
        LD_LIBRARY_PATH='' DYLD_LIBRARY_PATH='' signs "$scratch/pc_static"
}

# by_cmake shared|static
by_cmake() {
    mkdir "$scratch/cmake_$1" && sed "s/mdmvendor::shared)/mdmvendor::$1)/" "$source_dir/examples/CMakeLists.txt" \
        >"$scratch/cmake_$1/CMakeLists.txt" && cp "$source_dir/examples/sign_csr.c" "$scratch/cmake_$1/" &&
        cmake -S "$scratch/cmake_$1" -B "$scratch/cmake_$1/build" -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$prefix" &&
        cmake --build "$scratch/cmake_$1/build" && signs "$scratch/cmake_$1/build/sign_csr"
}

asks_for_the_minor_release() {
    if [ "$(uname -s)" = Darwin ]; then
        otool -L "$scratch/pc_shared"
        otool -L "$scratch/pc_shared" | grep -q "libmdmvendor\.$minor\.dylib"
    else
        readelf -d "$scratch/pc_shared"
        readelf -d "$scratch/pc_shared" | grep -q "NEEDED.*\[libmdmvendor\.so\.$minor\]"
    fi
}

check "it installs" env DESTDIR="$destination" cmake --install "$build_dir" --prefix /usr/local
check "every file is there and no other" same_files
check "modes" right_modes
check "nothing in it points to where it was built" no_path_of_the_build
check "the program runs from there" runs
check "a vendor's key and certificate, made by it" prepare
check "the example: pkg-config, shared" by_pkg_config
check "it asks for the library by its minor release" asks_for_the_minor_release
check "the example: pkg-config, static" by_pkg_config_static
check "the example: find_package, shared" by_cmake shared
check "the example: find_package, static" by_cmake static
check "the example is under 80 lines" [ "$(wc -l <"$source_dir/examples/sign_csr.c")" -lt 80 ]
echo "1..$number"
[ "$failures" -eq 0 ]
