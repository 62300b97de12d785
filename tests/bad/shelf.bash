# Makes what the cases begin with, once: a practice Apple, keys, and a work folder at each stage of the work.
set -eu
# shellcheck source=tests/bad/lib.bash
. "$HERE/lib.bash"

mkdir "$SHELF" "$SHELF/ca"
cd "$SHELF"
ROOM="$SHELF"
printf '%s\n' "$VENDOR_PASSWORD" >vendor.pass
printf '%s\n' "$CUSTOMER_PASSWORD" >customer.pass
chmod 600 ./*.pass

# Keys, at the same time as the CAs. Three primes and more make a large key quickly.
(
    openssl genrsa -out vendor.clear 2048
    openssl genrsa -out customer.clear 2048
    openssl genrsa -out other.clear 2048
    openssl genrsa -out rsa1024.clear 1024
) 2>/dev/null &
(
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -pkeyopt rsa_keygen_primes:3 -out rsa3072.clear
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:4096 -pkeyopt rsa_keygen_primes:4 -out rsa4096.clear
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.clear
    openssl genpkey -algorithm ED25519 -out ed25519.clear
) 2>/dev/null &
"$PRACTICE_APPLE" init apple
"$PRACTICE_APPLE" ca apple wwdrg9 ca/wwdrg9.pem
"$PRACTICE_APPLE" ca apple wwdrg1 ca/wwdrg1.pem
"$PRACTICE_APPLE" bundle apple ca.pem
wait

# The practice Apple's state is certificate, key, certificate, key...: taken apart, for cases that issue by hand.
awk '/BEGIN CERTIFICATE/ { n++ } /BEGIN CERTIFICATE/, /END CERTIFICATE/ { print >("ca/" n ".crt") }
    /BEGIN PRIVATE KEY/, /END PRIVATE KEY/ { print >("ca/" n ".key") }' apple/practice-apple.pem
for crt in ca/*.crt; do
    for ca in root wwdrg3 wwdrg4 aai2 wwdrg9 wwdrg1; do
        [ -f "ca/$ca.pem" ] || "$PRACTICE_APPLE" ca apple "$ca" "ca/$ca.pem"
        if cmp -s "$crt" "ca/$ca.pem"; then
            mv "${crt%.crt}.key" "ca/$ca.key"
        fi
    done
    rm "$crt"
done

# locked CLEAR PASSWORD OUT: as mdmvendor writes keys, but quick to open.
locked() {
    openssl pkcs8 -topk8 -in "$1" -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 2048 -passout "pass:$2" -out "$3"
    chmod 600 "$3"
}

# Before step 1 there is nothing. step1: vendor.csr is at Apple's.
mkdir -m 700 step1 step1/outputs
mkdir step1/inputs
locked vendor.clear "$VENDOR_PASSWORD" step1/outputs/vendor.key
openssl req -new -key vendor.clear -subj '/CN=MDM Vendor' -out step1/outputs/vendor.csr

# signing: mdm.cer is there, and nothing of a customer.
cp -pR step1 signing
(cd signing && vendor_cert)

# step2: plist_encode is at Apple's.
cp -pR signing step2
locked customer.clear "$CUSTOMER_PASSWORD" step2/outputs/customer.key
openssl req -new -key customer.clear -subj '/CN=MDM Push' -out step2/outputs/customer.csr
(
    cd step2
    mdm || [ $? -eq 3 ]
    [ -f outputs/plist_encode.txt ]
)

# step3: finished.
cp -pR step2 step3
(
    cd step3
    push_cert
    mdm
    [ -f outputs/MDM_APNSCert.pfx ]
)

# What files of the wrong kind are made of.
openssl req -in step2/outputs/customer.csr -outform DER -out customer.der
cp step3/inputs/MDM_Certificate.pem push.pem
cp step2/inputs/mdm.cer vendor.cer
pem_of vendor.cer >vendor.pem
cat vendor.pem ca/wwdrg3.pem ca/root.pem >chain.pem
openssl base64 -d -A -in step2/outputs/plist_encode.txt -out request.plist
openssl pkey -in vendor.clear -pubout -out vendor.pub
request >request.part
mv request.part request.xml
openssl req -x509 -key other.clear -subj '/CN=www.example.com' -days 90 -addext basicConstraints=CA:FALSE -out website.pem
cat >page.html <<'HTML'
<!DOCTYPE html>
<html lang="en"><head><title>Sign In</title></head><body><p>Your session has ended. Sign in again.</p></body></html>
HTML
# An archive that holds one stored file, without a program that makes archives.
printf 'PK\003\004\012\000\000\000\000\000\000\000\041\130\000\000\000\000\000\000\000\000\000\000\000\000\007\000\000\000mdm.cer' >one.zip
