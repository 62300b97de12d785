#!/usr/bin/env bats
# README, manual page, --help and completions speak of the same commands, options and statuses.

bats_require_minimum_version 1.5.0

setup() {
    table=$("$MDMVENDOR" help --table)
    commands=$(awk -F'\t' '$1 == "command" && $2 != "-" { gsub(/[|]/, "\n", $2); print $2 }' <<<"$table")
    options=$(awk -F'\t' '$1 == "option" { print $3 }' <<<"$table")
    [ "$(wc -l <<<"$commands")" -ge 12 ]
    [ "$(wc -l <<<"$options")" -ge 25 ]
    manual=$(sed 's/\\//g' "$SOURCE_DIR/man/mdmvendor.1")
    readme=$(cat "$SOURCE_DIR/README.md")
    help=$("$MDMVENDOR" --help)
}

# Long options as a document writes them.
written() { grep -oE -- '(^|[^-[:alnum:]])--[a-z][a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+' | sed 's/^--//' | sort -u; }

@test "every command is in README, manual page and --help" {
    for command in $commands; do
        grep -qE "\`$command([ \`]|\$)" <<<"$readme" || { echo "README: $command"; false; }
        grep -qE "(^\.It|^) ?.*Cm .*$command" <<<"$manual" || { echo "man: $command"; false; }
        grep -qE "^  .*\b$command\b" <<<"$help" || { echo "help: $command"; false; }
    done
}

@test "every command and step has a page, and so has help itself" {
    for command in $commands; do
        case $command in [1-4]) begins="Step $command: " ;; *) begins="Usage: mdmvendor .*$command" ;; esac
        page=$("$MDMVENDOR" help "$command")
        grep -qE "^$begins" <<<"$page"
        [[ $command == [1-4] ]] || grep -q '^Example:' <<<"$page"
    done
    grep -q '^Example:' <<<"$("$MDMVENDOR" 2 --help)"
    grep -q '^Example:' <<<"$help"
    grep -q '^Exit status: 0 done' <<<"$help"
}

@test "every page of help is one of the program's, and so is every name in it that a value replaces" {
    { printf '%s\n' $commands step capability servers; grep -h -oE '("guide|page\(")[a-z0-9-]+' "$SOURCE_DIR"/src/cli/*.c | sed 's/.*"//'; } | sort -u >"$BATS_TEST_TMPDIR/named"
    for page in "$SOURCE_DIR"/data/help/*.txt; do
        name=${page##*/}
        grep -qxF "${name%.txt}" "$BATS_TEST_TMPDIR/named" || { echo "$page"; false; }
        for name in $(grep -oE '\{[a-z]+\}' "$page" | tr -d '{}'); do
            grep -qF "{\"$name\", " "$SOURCE_DIR"/src/cli/*.c || { echo "$page: $name"; false; }
        done
    done
    while read -r name; do
        [ -e "$SOURCE_DIR/data/help/$name.txt" ] || { echo "$name"; false; }
    done <"$BATS_TEST_TMPDIR/named"
}

@test "every option but --table has its words in help, and no other has" {
    rows=$(sed -n '/opt_options\[\] = {/,/^};/s/^    {[^"]*"\([a-z0-9-]*\)".*/\1/p' "$SOURCE_DIR/src/cli/opt_table.c" | grep -vx table)
    [ "$(sort <<<"$rows")" = "$(sort <<<"$options")" ]
    ! awk -F'\t' '$1 == "option" && length($6) < 9' <<<"$table" | grep .
}

@test "every option is in the manual page and --help" {
    for option in $options; do
        grep -qE "Fl -$option( |\$)" <<<"$manual" || { echo "man: $option"; false; }
        grep -q -- "--$option\b" <<<"$help" || { echo "help: $option"; false; }
    done
}

@test "README and manual page name no option that does not exist" {
    # Options of CMake, rpmbuild and our own scripts, in the building section.
    others='preset build install prefix define'
    for option in $(written <<<"$readme"); do
        grep -qx -- "$option" <<<"$options" || [[ " $others " == *" $option "* ]] || { echo "README: --$option"; false; }
    done
    for option in $(grep -oE 'Fl -[a-z][a-z0-9-]+' <<<"$manual" | sed 's/Fl -//' | sort -u); do
        grep -qx -- "$option" <<<"$options" || { echo "man: --$option"; false; }
    done
}

@test "help into head ends quietly, as if by SIGPIPE" {
    for command in help 'help --table' --version; do
        # shellcheck disable=SC2086 # words
        { sleep 0.2; status=0; "$MDMVENDOR" $command 2>"$BATS_TEST_TMPDIR/err" || status=$?
            echo $status >"$BATS_TEST_TMPDIR/status"; } | true
        [ "$(cat "$BATS_TEST_TMPDIR/status")" -eq 141 ]
        [ ! -s "$BATS_TEST_TMPDIR/err" ]
    done
}

@test "the exit statuses are the same everywhere" {
    for status in 0 1 2 3 4 5 6 128+n; do
        grep -qF "| $status |" <<<"$readme" || { echo "README: $status"; false; }
        grep -qF ".It $status" <<<"$manual" || { echo "man: $status"; false; }
        grep -qE "(^|[ ;])${status/+/\\+} " <<<"$help" || { echo "help: $status"; false; }
    done
}

@test "the manual page is clean" {
    command -v mandoc >/dev/null || skip "mandoc is not installed"
    run -0 mandoc -Tlint -Wstyle "$SOURCE_DIR/man/mdmvendor.1"
    [ -z "$output" ]
}

@test "the completions are made from the tables" {
    "$SOURCE_DIR/scripts/completions" "$MDMVENDOR" "$BATS_TEST_TMPDIR/completions"
    diff -r "$SOURCE_DIR/completions" "$BATS_TEST_TMPDIR/completions"
    bash -n "$SOURCE_DIR/completions/mdmvendor.bash"
}

@test "bash completes commands, options and forms" {
    # shellcheck disable=SC1091
    source "$SOURCE_DIR/completions/mdmvendor.bash"
    complete_words() {
        COMP_WORDS=("$@")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _mdmvendor
        echo "${COMPREPLY[*]}"
    }
    [ "$(complete_words mdmvendor re)" = "renew rehearse" ]
    [ "$(complete_words mdmvendor renew --ab)" = "--abandon" ]
    [ "$(complete_words mdmvendor status --ab)" = "" ]
    [ "$(complete_words mdmvendor --pfx c)" = "compat" ]
}

@test "links inside the documents lead somewhere" {
    for document in "$SOURCE_DIR"/*.md "$SOURCE_DIR"/docs/*.md; do
        grep -oE '\]\([^)#]+' "$document" | sed 's/](//' | grep -v '^http' | while read -r link; do
            [ -e "$(dirname "$document")/$link" ] || { echo "$document: $link"; exit 1; }
        done
    done
}

@test "help capability has the words to ask Apple with, help servers names commands that exist" {
    run -0 "$MDMVENDOR" help capability
    [[ "$output" == *"https://developer.apple.com/contact/request/mdm-capability"*"  We run our own MDM server"* ]]
    run -0 "$MDMVENDOR" help servers
    grep -o '^    mdmvendor.*' <<<"${output//$MDMVENDOR/mdmvendor}" | while read -r _ words; do
        # shellcheck disable=SC2086 # words; without a folder each is refused, but none as a mistyped command
        run -5 "$MDMVENDOR" -C "$BATS_TEST_TMPDIR" $words
    done
}

# Types a line as a document prints it; HOME is the test's.
as_printed() {
    mkdir -p "$BATS_TEST_TMPDIR/bin"
    ln -sf "$MDMVENDOR" "$BATS_TEST_TMPDIR/bin/mdmvendor"
    HOME="$BATS_TEST_TMPDIR" PATH="$BATS_TEST_TMPDIR/bin:$PATH" sh -c "$1" </dev/null
}

# The code block of README that has the text in it.
block() { awk -v RS='```[a-z]*\n' -v text="$1" 'index($0, text)' "$SOURCE_DIR/README.md"; }

@test "every command that a document names is one, with options that go with it" {
    count=0
    mkdir "$BATS_TEST_TMPDIR/empty"
    while read -r command; do
        cd "$(mktemp -d "$BATS_TEST_TMPDIR/empty/XXXX")"
        status=0
        as_printed "$command" >"$BATS_TEST_TMPDIR/said" 2>&1 || status=$?
        [[ "$status" =~ ^[01345]$ ]] || { echo "$status: $command"; cat "$BATS_TEST_TMPDIR/said"; false; }
        count=$((count + 1))
    done < <({ grep -ohE '`mdmvendor [^`]*`' "$SOURCE_DIR"/*.md "$SOURCE_DIR"/{docs,packaging}/*.md
        cat "$SOURCE_DIR"/*.md "$SOURCE_DIR"/docs/*.md | awk '/^```/ { code = !code } code' | grep -E '^(\$ )?mdmvendor '
    } | sed -E 's/^[`$ ]*//; s/`$//; s/ +[#|>&].*//; s/…//g; s/COMMAND/renew/' | grep -vE ' (export|import|sign)$' | sort -u)
    [ "$count" -ge 35 ]
}

@test "README's examples do what they say" {
    rehearsed="$BATS_TEST_TMPDIR/mdm-push"
    run -4 as_printed "$(block 'mkdir -m 700')"
    [ "$(stat -c %a "$rehearsed" 2>/dev/null || stat -f %Lp "$rehearsed")" = 700 ]
    rm -r "$rehearsed"
    as_printed 'mdmvendor rehearse ~/mdm-push'
    script=$(block 'case $?')
    mkdir "$BATS_TEST_TMPDIR/new"
    for folder in "$BATS_TEST_TMPDIR/new" "$rehearsed"; do
        cd "$folder"
        echo rehearsal | tee vendor.pass >customer.pass
        run -0 --separate-stderr as_printed "$script"
        echo "$output" >said
    done
    grep -q 'upload the file' "$BATS_TEST_TMPDIR/new/said"
    grep -q finished said
    cp outputs/MDM_APNSCert.crt some-certificate.pem
    run -0 --separate-stderr as_printed "set -e; $(block 'format nagios')"
    [[ "$output" == "MDM PUSH OK"*push*"days left"* ]]
}
