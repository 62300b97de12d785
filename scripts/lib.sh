# shellcheck shell=sh
# Shared by the scripts beside it: where the tree is, how to speak, how to configure and build a preset. POSIX sh.

root=$(cd "$(dirname "$0")/.." && pwd)
build=${MDM_BUILD:-"$root/build"} # everything that is made; nothing is written beside the sources
case $build in
/*) ;;
*) build=$PWD/$build ;;
esac
export MDM_BUILD="$build"
# shellcheck disable=SC2034 # for scripts/package and scripts/package-check
version=$(sed -n 's/^project(mdmvendor VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "$(basename "$0"): error: $*"
    exit 1
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# clang can link a program with libFuzzer.
have_fuzzer() {
    have clang && [ -n "$(find "$(clang -print-resource-dir)" -name '*clang_rt.fuzzer*' -print -quit 2>/dev/null)" ]
}

in_ci() {
    [ "${CI:-}" = true ]
}

processors() {
    getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}

# Homebrew keeps OpenSSL out of the default search paths.
use_homebrew_openssl() {
    if [ "$(uname -s)" = Darwin ] && have brew; then
        prefix=$(brew --prefix openssl@3 2>/dev/null) || return 0
        export PKG_CONFIG_PATH="$prefix/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
        export OPENSSL_ROOT_DIR="$prefix"
    fi
}

make_build_folder() {
    mkdir -p "$build" 2>/dev/null && [ -w "$build" ] && return
    say "$(basename "$0"): error: nothing can be written to '$build'"
    say "hint: MDM_BUILD=/another/folder $0 $* builds there."
    exit 1
}

# A build folder that was made for another place (the tree was moved or copied) is of no use.
discard_foreign_build() {
    cache="$build/$1/CMakeCache.txt"
    [ -f "$cache" ] || return 0
    grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache" || rm -rf "${build:?}/$1"
}

# build_preset PRESET [cmake cache options...]: configures when needed and builds what changed. Its noise goes to stdout.
build_preset() {
    preset=$1
    shift
    discard_foreign_build "$preset"
    if [ ! -f "$build/$preset/Makefile" ] && [ ! -f "$build/$preset/build.ninja" ] || [ $# -gt 0 ]; then
        (cd "$root" && cmake --preset "$preset" -B "$build/$preset" "$@") || return 1
    fi
    cmake --build "$build/$preset" --parallel "$(processors)"
}

# The date that packages carry, so that two builds of one commit are alike: the commit's, or, without a history, that of the files.
source_date() {
    echo "${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date -r "$root/CMakeLists.txt" +%s)}"
}

# quietly LOG COMMAND...: the command's output is shown, on stderr, only when it fails.
quietly() {
    log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null && return 0
    status=$?
    cat "$log" >&2
    return $status
}
