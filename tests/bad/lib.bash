# What cases are written with. WORK folders and the SHELF (shelf.bash) are throwaway; no key is kept anywhere.

SHELF="$SUITE/shelf"
APPLE="$SHELF/apple"
CA="$SHELF/ca.pem"
VENDOR_PASSWORD='vendor pass 1'
CUSTOMER_PASSWORD='customer-pass-1'

unset MDMVENDOR_VENDOR_PASSWORD MDMVENDOR_CUSTOMER_PASSWORD
export LC_ALL=C.UTF-8 NO_COLOR=1
umask 022

# The program with both passwords at hand, trusting the practice Apple; without a terminal.
mdm() {
    "$MDMVENDOR" --ca-file "$CA" --vendor-password-file "$SHELF/vendor.pass" \
        --customer-password-file "$SHELF/customer.pass" "$@" </dev/null
}

# Without any answer at hand.
bare() {
    "$MDMVENDOR" --ca-file "$CA" "$@" </dev/null
}

# As installed: with Apple's own CAs.
built_in() {
    "$MDMVENDOR" --vendor-password-file "$SHELF/vendor.pass" \
        --customer-password-file "$SHELF/customer.pass" "$@" </dev/null
}

# The program alone.
plain() {
    "$MDMVENDOR" "$@" </dev/null
}

# A mode of 000 says nothing to root. drop_root, at the end of prepare(): the work folder becomes that of an account
# without rights, if we are root; or the case is skipped. unprivileged: mdm as that account.
NOBODY=65534
drop_root() {
    [ "$(id -u)" -eq 0 ] || return 0
    command -v setpriv >/dev/null 2>&1 || skip "root reads and writes everything, and there is no setpriv"
    cp "$SHELF/vendor.pass" "$SHELF/customer.pass" "$CA" "$ROOM/"
    chmod a+x "$SUITE" "$SUITE/room" "$ROOM/.."
    chown -R "$NOBODY:$NOBODY" "$ROOM"
    as_nobody "$MDMVENDOR" --version >/dev/null 2>&1 || skip "root reads and writes everything, and others cannot run the program"
}

as_nobody() { setpriv --reuid="$NOBODY" --regid="$NOBODY" --clear-groups "$@"; }

unprivileged() {
    if [ "$(id -u)" -ne 0 ]; then
        mdm "$@"
    else
        setpriv --reuid="$NOBODY" --regid="$NOBODY" --clear-groups "$MDMVENDOR" --ca-file "$ROOM/ca.pem" \
            --vendor-password-file "$ROOM/vendor.pass" --customer-password-file "$ROOM/customer.pass" "$@" </dev/null
    fi
}

# vendor_cert [FAULTS...]: the developer portal's answer to outputs/vendor.csr, in inputs/mdm.cer.
vendor_cert() {
    "$PRACTICE_APPLE" vendor "$APPLE" outputs/vendor.csr inputs/mdm.cer "$@"
}

# push_cert [FAULTS...]: the push portal's answer to outputs/plist_encode.txt, in inputs/MDM_Certificate.pem.
push_cert() {
    "$PRACTICE_APPLE" push "$APPLE" outputs/plist_encode.txt inputs/MDM_Certificate.pem "$@"
}

# pem_of FILE.cer: the vendor's certificate as PEM.
pem_of() {
    openssl x509 -inform DER -in "$1"
}

# issue CA KEY SUBJECT [EXTENSION...]: a certificate (PEM) by one of the practice CAs for a key, with fields that the
# portals themselves never give.
issue() {
    local ca=$1 key=$2 subject=$3
    shift 3
    printf '%s\n' "[ext]" "authorityKeyIdentifier=keyid" "$@" >"$ROOM/issue.cnf"
    openssl pkey -in "$key" -pubout -out "$ROOM/issue.pub"
    openssl x509 -new -force_pubkey "$ROOM/issue.pub" -subj "$subject" -days 300 -extfile "$ROOM/issue.cnf" -extensions ext \
        -CA "$SHELF/ca/$ca.pem" -CAkey "$SHELF/ca/$ca.key" -set_serial "0x40$(openssl rand -hex 8)"
}

# The marks that make a certificate a vendor's.
VENDOR_MARKS=('basicConstraints=critical,CA:FALSE' 'keyUsage=critical,digitalSignature' '1.2.840.113635.100.4.12=DER:0500')
VENDOR_SUBJECT='/UID=PRACTICE01/CN=MDM Vendor: Practice Vendor/OU=PRACTICE01/O=Practice Vendor/C=US'

# request KEY=VALUE...: a push certificate request as other tools write it, its property list before base64:
#   csr=FILE.der  chain=FILE.pem  sign=KEY  digest=sha256  over=FILE (what is signed; csr)  order="csr chain sig"
#   wrap=N (base64 columns of CSR and signature; 0: one line)  head=FILE (what stands before <plist>)  tag=string
request() {
    local csr="$SHELF/customer.der" chain="$SHELF/chain.pem" sign="$SHELF/vendor.clear" digest=sha256 over='' \
        order='csr chain sig' wrap=0 head='' tag=string indent='' around='' part
    if [ $# -eq 0 ] && [ -f "$SHELF/request.xml" ]; then
        cat "$SHELF/request.xml"
        return
    fi
    [ $# -eq 0 ] || local "$@"
    [ -n "$over" ] || over=$csr
    if [ -n "$head" ]; then
        cat "$head"
    else
        echo '<?xml version="1.0" encoding="UTF-8"?>'
        echo '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">'
    fi
    printf '<plist version="1.0">\n%s<dict>\n' "$indent"
    for part in $order; do
        case $part in
        csr) printf '%s<key>PushCertRequestCSR</key>\n%s<%s>%s' "$indent" "$indent" "$tag" "$around" && base64_of "$csr" "$wrap" ;;
        chain) printf '%s<key>PushCertCertificateChain</key>\n%s<string>%s' "$indent" "$indent" "$around" && cat "$chain" ;;
        sig)
            openssl dgst "-$digest" -sign "$sign" -out "$ROOM/signature" "$over"
            printf '%s<key>PushCertSignature</key>\n%s<%s>%s' "$indent" "$indent" "$tag" "$around" && base64_of "$ROOM/signature" "$wrap"
            ;;
        esac
        case $part in
        chain) printf '%s</string>\n' "$around" ;;
        *) printf '%s</%s>\n' "$around" "$tag" ;;
        esac
    done
    printf '%s</dict>\n</plist>\n' "$indent"
}

# csr_with_attributes HEX KEY [TAG]: the customer's CSR (DER) with these bytes as its attributes, signed again. Their tag is [0].
csr_with_attributes() {
    HEX=$1 TAG=${3:-a0} perl -0777 -ne 'my $info = substr $_, 8, unpack "n", substr $_, 6, 2; $info =~ s/\xa0\x00$// or die;
        my $attributes = pack "H*", $ENV{HEX}; $info .= pack("H*", $ENV{TAG}) . chr(length $attributes) . $attributes;
        print "\x30\x82", pack("n", length $info), $info' <"$SHELF/customer.der" >"$ROOM/info"
    openssl dgst -sha256 -sign "$2" -out "$ROOM/info.sig" "$ROOM/info"
    perl -e 'undef $/; my @parts = map { open my $f, "<:raw", $_ or die; <$f> } @ARGV;
        my $body = $parts[0] . pack("H*", "300d06092a864886f70d01010b05000382010100") . $parts[1];
        print "\x30\x82", pack("n", length $body), $body' "$ROOM/info" "$ROOM/info.sig"
}

# base64_of FILE COLUMNS: 0 is one line without a newline behind it.
base64_of() {
    if [ "$2" -eq 0 ]; then
        openssl base64 -A -in "$1"
    else
        openssl base64 -A -in "$1" | fold -w "$2"
        echo
    fi
}

# encode [COLUMNS]: standard input as base64, in one line or wrapped.
encode() { base64_of /dev/stdin "${1:-0}"; }

crlf() { sed 's/$/\r/'; }

# skip REASON: leaves prepare().
skip() {
    echo "$*"
    exit 77
}

is_json() { python3 -m json.tool "$1" >/dev/null; }
