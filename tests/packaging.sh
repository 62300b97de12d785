#!/bin/sh
# What is in packaging/ and .github/ agrees with the tree and can be read by the tools it is for. (scripts/package-check
# builds from it.)
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
    [ "$found" = "mdmvendor $version " ] || {
        echo "packages: $found"
        false
    }
}

formula_is_read() {
    sed 's/@[A-Z0-9]*@/x/' "$source_dir/packaging/mdmvendor.rb.in" | ruby -c
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
with rpmspec "rpm reads the spec" spec_is_read
with ruby "ruby reads the formula" formula_is_read
echo "1..$number"
[ "$failures" -eq 0 ]
