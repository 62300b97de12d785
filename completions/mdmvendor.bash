# bash completion for mdmvendor, made by scripts/completions from the program's tables.
# shellcheck shell=bash disable=SC2207,SC2194 # no word that is offered holds a space; the list of commands is constant
_mdmvendor() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' word options
    COMPREPLY=()
    case $previous in
    -C | --directory | --output-dir)
        COMPREPLY=($(compgen -d -- "$current"))
        return
        ;;
    --vendor-password-file | --customer-password-file | --vendor-cert | --ca-file | -o | --output | --p12 | --pem | --key | --from | --vendor-key)
        COMPREPLY=($(compgen -f -- "$current"))
        return
        ;;
    --pfx)
        COMPREPLY=($(compgen -W 'compat modern' -- "$current"))
        return
        ;;
    --vendor-subject | --customer-subject | --at | --days | -j | --jobs) return ;;
    esac
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case " 1 2 3 4 csr renew undo status verify sign import export rehearse help " in
        *" $word "*)
            command=$word
            break
            ;;
        esac
    done
    case $command in
    1 | 2 | 3 | 4) options='-C --directory --vendor-password-file --customer-password-file --vendor-subject --customer-subject --apple-account --vendor-key --vendor-cert --no-input --wait --no-wait --downloads --keep-key --pfx --accept-new-topic --ca-file --days --json -q --quiet --no-color --debug -h --help ' ;;
    csr) options='-C --directory --customer-password-file --customer-subject --apple-account --no-input --json -q --quiet --no-color --debug -h --help ' ;;
    renew) options='-C --directory --vendor-password-file --customer-password-file --vendor-subject --customer-subject --apple-account --vendor-key --vendor-cert --no-input --wait --no-wait --downloads --keep-key --pfx --accept-new-topic --abandon --ca-file --days --json -q --quiet --no-color --debug -h --help ' ;;
    undo) options='-C --directory -q --quiet --no-color --debug -h --help ' ;;
    status) options='-C --directory --customer-password-file --vendor-key --vendor-cert --no-input --ca-file --at --days --json --format -q --quiet --no-color --debug -h --help ' ;;
    verify) options='-C --directory --ca-file --at --json -q --quiet --no-color --debug -h --help ' ;;
    sign) options='-C --directory --vendor-password-file --vendor-key --vendor-cert --no-input --ca-file -o --output --output-dir --from -j --jobs --json -q --quiet --no-color --debug -h --help ' ;;
    import) options='-C --directory --vendor-password-file --customer-password-file --no-input --pfx --json -q --quiet --no-color --debug -h --help ' ;;
    export) options='-C --directory --customer-password-file --no-input --p12 --pem --key --pkcs1 -q --quiet --no-color --debug -h --help ' ;;
    rehearse) options='-C --directory --vendor-password-file --customer-password-file --vendor-subject --customer-subject --no-input --pfx --renew -q --quiet --no-color --debug -h --help ' ;;
    help) options='-h --help ' ;;
    *) options='1 2 3 4 csr renew undo status verify sign import export rehearse help -C --directory --vendor-password-file --customer-password-file --vendor-subject --customer-subject --apple-account --vendor-key --vendor-cert --no-input --wait --no-wait --downloads --pfx --accept-new-topic --ca-file --days --json -q --quiet --no-color --debug -h --help -V --version ' ;;
    esac
    case $current in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *)
        case $command in
        sign | verify) COMPREPLY=($(compgen -f -- "$current")) ;;
        rehearse) COMPREPLY=($(compgen -d -- "$current")) ;;
        help) COMPREPLY=($(compgen -W '1 2 3 4 csr renew undo status verify sign import export rehearse help ' -- "$current")) ;;
        '') COMPREPLY=($(compgen -W '1 2 3 4 csr renew undo status verify sign import export rehearse help ' -- "$current")) ;;
        esac
        ;;
    esac
}
complete -o filenames -F _mdmvendor mdmvendor
