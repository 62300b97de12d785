#!/bin/sh
# What is in packaging/ agrees with the tree and can be read by the tools it is for. (scripts/package-check builds from it.)
# packaging.sh SOURCE_DIR
set -u
source_dir=$1
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
    [ "$found" = "mdmvendor $version mdmvendor-devel $version mdmvendor-libs $version " ] || {
        echo "packages: $found"
        false
    }
}

formula_is_read() {
    sed 's/@[A-Z0-9]*@/x/' "$source_dir/packaging/mdmvendor.rb.in" | ruby -c
}

check "a version" [ -n "$version" ]
check "the changelog speaks of this version" grep -q "^## $version" "$source_dir/CHANGELOG.md"
check "the RPM's version is ours" grep -qx "Version: *$version" "$source_dir/packaging/mdmvendor.spec"
check "so is its changelog's" grep -q "^\* .* - $version-" "$source_dir/packaging/mdmvendor.spec"
with rpmspec "rpm reads the spec: three packages" spec_is_read
with ruby "ruby reads the formula" formula_is_read
echo "1..$number"
[ "$failures" -eq 0 ]
