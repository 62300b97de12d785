# A software token for the tests: SoftHSM2 behind pkcs11-provider, in a folder of the file's own. What is set up is exported:
# TOKEN_CONF, an openssl.cnf that knows the token and its PIN, TOKEN_PIN, and SOFTHSM2_CONF. Nothing else sees that openssl.cnf.

TOKEN_PIN=135792

# Why there can be no token here; nothing: there can. What could be installed and is not says so in these words.
token_lacks() {
    if [ ! -e "$(openssl version -m | cut -d '"' -f 2)/pkcs11.so" ]; then
        if apt-cache policy pkcs11-provider 2>/dev/null | grep -q 'Candidate: [^(]'; then
            echo "pkcs11-provider is not installed"
        else
            echo "this system has no package pkcs11-provider (Debian has it from 13 on)"
        fi
        return
    fi
    command -v softhsm2-util >/dev/null || echo "softhsm2-util is not installed"
    command -v p11tool >/dev/null || echo "p11tool is not installed"
}

softhsm_module() {
    ls /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so /usr/lib*/pkcs11/libsofthsm2.so \
        /usr/lib*/softhsm/libsofthsm2.so 2>/dev/null | head -n 1
}

# openssl_cnf [SED_COMMANDS]: the one that docs/tokens.md tells people to write, with the paths that are right here.
openssl_cnf() {
    sed -n '/^```ini$/,/^```$/p' "$BATS_TEST_DIRNAME/../../docs/tokens.md" |
        sed -e '/^```/d' -e "s|/usr/lib/softhsm/libsofthsm2.so|$(softhsm_module)|" -e "s|/home/mdm/token.pin|$PIN_FILE|" -e "${1-}"
}

# p11 WORDS...: p11tool, logged in at the token.
p11() {
    p11tool --provider "$(softhsm_module)" --login --set-pin "$TOKEN_PIN" "$@"
}

# key_in_token LABEL WORDS...: a new key, which never leaves the token.
key_in_token() {
    local label=$1
    shift
    p11 --generate-privkey "$@" --label "$label" --outfile /dev/null pkcs11:token=vendor >/dev/null
}

# Called by setup_file.
token_opens() {
    local folder="$BATS_FILE_TMPDIR/token"
    mkdir -p "$folder/objects"
    export SOFTHSM2_CONF="$folder/softhsm2.conf" TOKEN_CONF="$folder/openssl.cnf" TOKEN_PIN
    printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$folder/objects" >"$SOFTHSM2_CONF"
    softhsm2-util --init-token --free --label vendor --so-pin 97531 --pin "$TOKEN_PIN"
    key_in_token mdm rsa --bits 2048
    key_in_token next rsa --bits 2048
    (umask 077 && printf %s "$TOKEN_PIN" >"$folder/pin")
    export PIN_FILE="$folder/pin"
    openssl_cnf >"$TOKEN_CONF"
}
