#!/bin/sh
# What is in packaging/ and .github/ agrees with the tree and can be read by the tools it is for. (scripts/package-check
# builds from it.)
# packaging.sh SOURCE_DIR BUILD_DIR
set -u
source_dir=$1
schemas=$2/../interop/node_modules/@cyclonedx/cyclonedx-library/res/schema
version=$(sed -n 's/^project(mdmvendor VERSION \([0-9.]*\).*/\1/p' "$source_dir/CMakeLists.txt")
number=0
failures=0

# check TEXT COMMAND...
check() {
    text=$1
    shift
    number=$((number + 1))
    if output=$("$@" 2>&1); then
        echo "ok $number - $text"
    else
        echo "not ok $number - $text"
        printf '%s\n' "$output" | sed 's/^/#   /'
        failures=$((failures + 1))
    fi
}

# with TOOL TEXT COMMAND...: skipped, visibly, where the tool is missing.
with() {
    tool=$1
    shift
    if command -v "$tool" >/dev/null 2>&1; then
        check "$@"
    else
        number=$((number + 1))
        echo "ok $number - $1 # skip no $tool here"
    fi
}

spec_is_read() {
    found=$(rpmspec -q --qf '%{name} %{version}\n' "$source_dir/packaging/mdmvendor.spec" | sort | tr '\n' ' ')
    [ "$found" = "mdmvendor $version " ] || {
        echo "packages: $found"
        false
    }
}

formula_is_read() {
    sed 's/@[A-Z0-9]*@/x/' "$source_dir/packaging/mdmvendor.rb.in" | ruby -c
}

# Each kind of part in it, with versions as Debian has them.
sbom_is_valid() {
    python=python3
    "$python" -c 'import jsonschema' 2>/dev/null || python=/usr/bin/python3
    "$python" "$source_dir/tools/sbom.py" "$version" 1700000000 "$source_dir/data/apple" openssl=3.0.20-1~deb12u2 libplist=2.2.0-6 glibc=2.36-9 |
        "$python" -W ignore "$source_dir/tests/support/check_sbom.py" "$schemas"
}

# What continuous integration runs can be run anywhere: scripts that are there.
workflows_call_scripts() {
    called=$(sed -n 's/^ *- run: //p' "$source_dir"/.github/workflows/*.yml | sed 's/^sudo //; s/ .*//' | sort -u)
    [ -n "$called" ] || return
    for script in $called; do
        case $script in
        scripts/* | .ci/*) [ -x "$source_dir/$script" ] || { echo "not there: $script" && return 1; } ;;
        *) echo "not a script of ours: $script" && return 1 ;;
        esac
    done
}

check "a version" [ -n "$version" ]
check "the changelog speaks of this version" grep -q "^## $version" "$source_dir/CHANGELOG.md"
check "the RPM's version is ours" grep -qx "Version: *$version" "$source_dir/packaging/mdmvendor.spec"
check "so is its changelog's" grep -q "^\* .* - $version-" "$source_dir/packaging/mdmvendor.spec"
check "the workflows only call scripts" workflows_call_scripts
check "the manual page is of this version" grep -qx ".Os mdmvendor $version" "$source_dir/man/mdmvendor.1"
if [ -d "$schemas" ]; then
    check "the list of the static program's parts is valid CycloneDX" sbom_is_valid
else
    echo "ok $((number += 1)) - the list of the static program's parts is valid CycloneDX # skip its schema is not installed"
fi
with rpmspec "rpm reads the spec" spec_is_read
with ruby "ruby reads the formula" formula_is_read
echo "1..$number"
[ "$failures" -eq 0 ]
