#!/usr/bin/env bats
# Key and certificate at work: TLS clients with what we exported, at a server that lets in only who comes from the push CA.

load common

setup_file() {
    apple_opens
    export SERVER="$BATS_FILE_TMPDIR/server.pem"
    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2 \
        -keyout "$SERVER.key" -out "$SERVER" 2>/dev/null
    { "$PRACTICE_APPLE" ca "$APPLE" aai2 && "$PRACTICE_APPLE" ca "$APPLE" root; } >"$BATS_FILE_TMPDIR/push-ca.pem"
    folder_of_the_file
    serve
}

teardown_file() { kill "$SERVER_PID"; }

# One finished folder for all tests, which only read it.
folder_of_the_file() {
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
    fresh_folder
    step3
    cp outputs/MDM_APNSCert.pfx "$BATS_FILE_TMPDIR/compat.pfx"
    mdm 3 --pfx modern >/dev/null
    cp outputs/MDM_APNSCert.pfx "$BATS_FILE_TMPDIR/modern.pfx"
    mdm export --pem "$BATS_FILE_TMPDIR/pkcs8.pem"
    mdm export --pkcs1 --pem "$BATS_FILE_TMPDIR/pkcs1.pem"
    topic <<<"$output" >"$BATS_FILE_TMPDIR/topic"
}

# Its status page names the client's certificate and what came of verifying it.
serve() {
    openssl s_server -accept 127.0.0.1:0 -cert "$SERVER" -key "$SERVER.key" -Verify 2 -verify_return_error \
        -CAfile "$BATS_FILE_TMPDIR/push-ca.pem" -www >"$BATS_FILE_TMPDIR/server.log" 2>&1 3>&- &
    export SERVER_PID=$!
    for _ in $(seq 100); do
        PORT=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$BATS_FILE_TMPDIR/server.log")
        [ -n "$PORT" ] && break
        sleep 0.1
    done
    export PORT
    [ -n "$PORT" ]
}

setup() {
    printf '%s\n' "$CUSTOMER_PASSWORD" >"$BATS_TEST_TMPDIR/pass"
    TOPIC=$(cat "$BATS_FILE_TMPDIR/topic")
    [ -n "$TOPIC" ]
}

# by_openssl WORDS...: asks the server for its page, as the client that the words describe.
by_openssl() {
    printf 'GET / HTTP/1.0\r\n\r\n' |
        openssl s_client -quiet -connect "127.0.0.1:$PORT" -servername localhost -CAfile "$SERVER" -verify_return_error "$@"
}

# The server's page knows us as who the certificate says.
let_in() {
    echo "$output" | head -n 40
    [[ "$output" == *"HTTP/1.0 200"* ]]
    [[ "$output" == *"$TOPIC"* ]]
    [[ "$output" == *"Verify return code: 0 (ok)"* ]]
}

kept_out() {
    echo "$output" | head -n 40
    [[ "$output" != *"HTTP/1.0 200"* ]]
    [[ "$output" == *"$1"* ]]
}

@test "openssl s_client with the pfx: TLS 1.3 and 1.2" {
    for version in -tls1_3 -tls1_2; do
        for form in compat modern; do
            run by_openssl $version -cert "$BATS_FILE_TMPDIR/$form.pfx" -key "$BATS_FILE_TMPDIR/$form.pfx" \
                -pass "file:$BATS_TEST_TMPDIR/pass"
            let_in
        done
    done
}

@test "openssl s_client with the PEM of export, PKCS#8 and PKCS#1" {
    for form in pkcs8 pkcs1; do
        run by_openssl -cert "$BATS_FILE_TMPDIR/$form.pem" -key "$BATS_FILE_TMPDIR/$form.pem"
        let_in
    done
}

@test "Node with the pfx: TLS 1.3 and 1.2" {
    needs node
    for version in TLSv1.3 TLSv1.2; do
        for form in compat modern; do
            run node "$BATS_TEST_DIRNAME/readers/client.js" "$PORT" "$SERVER" "$version" "$BATS_FILE_TMPDIR/$form.pfx" \
                "$BATS_TEST_TMPDIR/pass"
            let_in
        done
    done
}

@test "Python's ssl with the PEM of export" {
    needs python3
    for form in pkcs8 pkcs1; do
        run python3 "$BATS_TEST_DIRNAME/readers/client.py" "$PORT" "$SERVER" "$BATS_FILE_TMPDIR/$form.pem"
        let_in
    done
}

@test "the server does look: nobody, and who comes from another CA, is kept out" {
    run by_openssl -tls1_2
    kept_out "handshake failure"
    openssl req -x509 -newkey rsa:2048 -nodes -subj "/UID=$TOPIC/CN=APSP" -keyout "$BATS_TEST_TMPDIR/key" \
        -out "$BATS_TEST_TMPDIR/cert" 2>/dev/null
    run by_openssl -tls1_2 -cert "$BATS_TEST_TMPDIR/cert" -key "$BATS_TEST_TMPDIR/key"
    kept_out "alert"
}
