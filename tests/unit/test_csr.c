/* mdmvendor/csr.h: signing requests made, read and checked. */
#include "pki/csr.h"

#include <openssl/err.h>

#include "command.h"
#include "pki/ossl.h"

static struct mdm_key *group_key;

static int make_key(void **state)
{
    struct mdm_bytes file;

    if (scratch_setup(state) != 0)
        return -1;
    run("openssl genrsa -out k.pem 2048 && openssl req -new -key k.pem -subj '/C=US/O=Acme, Inc./CN=x' -out r.pem");
    run("openssl req -in r.pem -outform DER -out r.der");
    file = slurp("k.pem");
    group_key = mdm_key_from_bytes(&file, "k.pem", NULL, NULL);
    mdm_bytes_free(&file);
    return group_key == NULL ? -1 : 0;
}

static int free_key(void **state)
{
    mdm_key_free(&group_key);
    return scratch_teardown(state);
}

static struct mdm_csr *make(const char *subject_text)
{
    struct mdm_error err = {0};
    struct mdm_subject *subject = mdm_subject_parse(subject_text, &err);
    struct mdm_csr *csr = subject == NULL ? NULL : mdm_csr_make(group_key, subject, &err);

    if (csr == NULL)
        fail_msg("%s: %s [%s]", subject_text, err.text, err.detail);
    mdm_subject_free(&subject);
    return csr;
}

static struct mdm_csr *read_csr(const char *path, struct mdm_error *err)
{
    struct mdm_bytes file = slurp(path);
    struct mdm_csr *csr = mdm_csr_from_bytes(&file, path, err);

    mdm_bytes_free(&file);
    return csr;
}

static struct mdm_csr *must_read(const char *path)
{
    struct mdm_error err = {0};
    struct mdm_csr *csr = read_csr(path, &err);

    if (csr == NULL)
        fail_msg("%s: %s [%s]", path, err.text, err.detail);
    return csr;
}

static void assert_unreadable(const char *path, const char *words)
{
    struct mdm_error err = {0};

    assert_null(read_csr(path, &err));
    assert_int_equal(err.code, MDM_E_FAILED);
    if (strstr(err.text, words) == NULL)
        fail_msg("%s: \"%s\", expected \"%s\"", path, err.text, words);
}

static void assert_refused(const char *path, const char *words)
{
    struct mdm_error err = {0};
    struct mdm_csr *csr = must_read(path);

    assert_int_equal(mdm_csr_check(csr, path, &err), -1);
    assert_int_equal(err.code, MDM_E_REFUSED);
    if (strstr(err.text, words) == NULL)
        fail_msg("%s: \"%s\", expected \"%s\"", path, err.text, words);
    mdm_csr_free(&csr);
}

static void openssl_verifies_what_we_make(void **state)
{
    struct mdm_csr *csr = make("C=us,O=Acme\\, Inc.,CN=S\303\266hne,emailAddress=a@b.c");
    struct mdm_bytes pem = {0};

    (void)state;
    assert_int_equal(mdm_csr_check(csr, "new", NULL), 0);
    assert_int_equal(mdm_csr_to_pem(csr, &pem, NULL), 0);
    spit("ours.pem", &pem);
    run("openssl req -in ours.pem -verify -noout && grep -q 'verify OK' out.txt err.txt");
    run("openssl req -in ours.pem -noout -text | grep -q 'Signature Algorithm: sha256WithRSAEncryption'");
    run("openssl req -in ours.pem -noout -text | grep -q 'Version: 1 (0x0)'");
    run("openssl req -in ours.pem -noout -subject -nameopt RFC2253,-dn_rev,utf8,-esc_msb "
        "| grep -qF 'subject=C=US,O=Acme\\, Inc.,CN=S\303\266hne,emailAddress=a@b.c'");
    run("openssl req -in ours.pem -noout -pubkey > req.pub; openssl rsa -in k.pem -pubout | cmp - req.pub");
    mdm_bytes_free(&pem);
    mdm_csr_free(&csr);
    assert_null(csr);
    mdm_csr_free(&csr);
}

static void our_pem_has_the_lines_of_openssl(void **state)
{
    struct mdm_csr *csr = must_read("r.der");
    struct mdm_bytes pem = {0};

    (void)state;
    assert_int_equal(mdm_csr_to_pem(csr, &pem, NULL), 0);
    spit("again.pem", &pem);
    run("cmp again.pem r.pem");
    mdm_bytes_free(&pem);
    mdm_csr_free(&csr);
}

static void requests_carry_their_key_and_subject(void **state)
{
    struct mdm_csr *csr = must_read("r.pem");
    struct mdm_key_id id;

    (void)state;
    assert_int_equal(mdm_key_get_id(group_key, &id, NULL), 0);
    assert_true(mdm_key_id_equal(mdm_csr_key_id(csr), &id));
    assert_string_equal(mdm_csr_subject(csr), "C=US,O=Acme\\, Inc.,CN=x");
    assert_int_equal(mdm_csr_check(csr, "r.pem", NULL), 0);
    mdm_csr_free(&csr);
}

static void all_envelopes_give_the_original_bytes(void **state)
{
    static const char *const forms[][2] = {
        {"r.der", ":"},
        {"r.pem", ":"},
        {"new.pem", "sed 's/CERTIFICATE REQ/NEW CERTIFICATE REQ/' r.pem > new.pem"},
        {"crlf.pem", "sed 's/$/\\r/' r.pem > crlf.pem"},
        {"text.pem", "openssl req -in r.pem -text > text.pem"},
        {"bom.pem", "{ printf '\\357\\273\\277'; cat r.pem; } > bom.pem"},
        {"bare.pem", "head -c -1 r.pem > bare.pem"},
        {"wide.pem", "{ head -n 1 r.pem; sed '/---/d' r.pem | tr -d '\\n'; echo; tail -n 1 r.pem; } > wide.pem"},
        {"key.pem", "cat k.pem r.pem > key.pem"},
    };
    struct mdm_bytes original = slurp("r.der");

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct mdm_csr *csr;

        run(forms[i][1]);
        csr = must_read(forms[i][0]);
        assert_true(mdm_bytes_equal(mdm_csr_der(csr), &original));
        mdm_csr_free(&csr);
    }
    mdm_bytes_free(&original);
}

static void what_is_no_request_says_what_it_is(void **state)
{
    (void)state;
    run("openssl req -new -x509 -key k.pem -subj /CN=x -out c.pem; : > nothing; echo '<html></html>' > page");
    run("cat r.pem r.pem > two.pem; openssl x509 -in c.pem -outform DER -out c.der");
    assert_unreadable("c.pem", "is not a certificate signing request: it is a certificate");
    assert_unreadable("c.der", "is not a certificate signing request: it is a certificate");
    assert_unreadable("k.pem", "is not a certificate signing request: it is a private key");
    assert_unreadable("nothing", "it is an empty file");
    assert_unreadable("page", "it is a web page");
    assert_unreadable("two.pem", "holds 2 certificate signing requests: expected one");
}

static void damage_is_named(void **state)
{
    (void)state;
    run("head -n 5 r.pem > cut.pem; head -c 300 r.der > cut.der; { cat r.der; echo x; } > long.der");
    run("sed '3s/^....../!!!!!!/' r.pem > bad.pem; { head -n 1 r.pem; echo AAAA; tail -n 1 r.pem; } > junk.pem");
    assert_unreadable("cut.pem", "'cut.pem' is cut off");
    assert_unreadable("cut.der", "is not a certificate signing request");
    assert_unreadable("long.der", "has 2 bytes behind");
    assert_unreadable("bad.pem", "the certificate signing request 'bad.pem' is damaged");
    assert_unreadable("junk.pem", "'junk.pem' is damaged");
}

static void keys_that_the_portal_refuses_are_refused(void **state)
{
    (void)state;
    run("openssl req -new -newkey rsa:3072 -nodes -keyout k3.pem -subj /CN=x -out r3072.pem");
    run("openssl req -new -newkey rsa:1024 -nodes -keyout k1.pem -subj /CN=x -out r1024.pem");
    run("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ke.pem -subj /CN=x -out ec.pem");
    run("openssl req -new -newkey ed25519 -nodes -keyout kd.pem -subj /CN=x -out ed.pem");
    assert_refused("r3072.pem", "is RSA of 3072 bits: Apple's portals take 2048");
    assert_refused("r1024.pem", "is RSA of 1024 bits");
    assert_refused("ec.pem", "of the kind EC: expected RSA of 2048 bits");
    assert_refused("ed.pem", "of the kind ED25519: expected RSA");
}

/* No byte of what is signed, and none of the signature, may change unseen. */
static void every_changed_byte_breaks_the_signature(void **state)
{
    struct mdm_bytes file = slurp("r.der");
    size_t read = 0;

    (void)state;
    for (size_t i = 0; i < file.size; i++) {
        struct mdm_csr *csr;

        file.data[i] ^= 0x01;
        csr = mdm_csr_from_bytes(&file, "r.der", NULL);
        if (csr != NULL && mdm_csr_check(csr, "r.der", NULL) == 0)
            fail_msg("byte %zu may change unseen", i);
        read += csr != NULL;
        mdm_csr_free(&csr);
        file.data[i] ^= 0x01;
    }
    assert_true(read > 256); /* most changes leave a request that can be read, so that the check was what refused it */
    mdm_bytes_free(&file);
}

static X509_REQ *to_libcrypto(const struct mdm_csr *csr)
{
    const unsigned char *p = mdm_csr_der(csr)->data;
    X509_REQ *req = d2i_X509_REQ(NULL, &p, (long)mdm_csr_der(csr)->size);

    assert_non_null(req);
    return req;
}

static void a_request_signed_by_another_key_is_refused(void **state)
{
    struct mdm_csr *csr = must_read("r.pem");
    struct mdm_bytes file = {0};
    struct mdm_error err = {0};
    X509_REQ *req = to_libcrypto(csr);
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    unsigned char *der = NULL;
    struct mdm_csr *forged;

    (void)state;
    assert_true(X509_REQ_sign(req, other, EVP_sha256()) > 0);
    file.size = (size_t)i2d_X509_REQ(req, &der);
    file.data = der;
    forged = mdm_csr_from_bytes(&file, "forged", NULL);
    assert_non_null(forged);
    assert_int_equal(mdm_csr_check(forged, "forged", &err), -1);
    assert_int_equal(err.code, MDM_E_REFUSED);
    assert_non_null(strstr(err.text, "the signature of 'forged' does not belong to its key"));
    assert_int_equal(ERR_peek_error(), 0);
    mdm_csr_free(&forged);
    mdm_csr_free(&csr);
    OPENSSL_free(der);
    EVP_PKEY_free(other);
    X509_REQ_free(req);
}

static void pss_signatures_are_refused(void **state)
{
    (void)state;
    run("openssl req -new -key k.pem -subj /CN=x -sigopt rsa_padding_mode:pss -out pss.pem");
    assert_refused("pss.pem", "is signed by rsassaPss");
}

static void versions_other_than_0_are_refused(void **state)
{
    struct mdm_bytes file = slurp("r.der");
    struct mdm_error err = {0};
    struct mdm_csr *csr;

    (void)state;
    assert_memory_equal(file.data + 8, "\2\1\0", 3);
    file.data[10] = 2;
    csr = mdm_csr_from_bytes(&file, "r.der", &err);
    assert_non_null(csr);
    assert_int_equal(mdm_csr_check(csr, "r.der", &err), -1);
    assert_int_equal(err.code, MDM_E_REFUSED);
    assert_non_null(strstr(err.text, "version 2"));
    mdm_csr_free(&csr);
    mdm_bytes_free(&file);
}

static void subjects_from_outside_are_safe_to_print(void **state)
{
    struct mdm_csr *csr;

    (void)state;
    run("openssl req -new -key k.pem -utf8 -subj \"$(printf '/CN=a\\033[2Jb\\342\\200\\256c')\" -out evil.pem");
    csr = must_read("evil.pem");
    assert_string_equal(mdm_csr_subject(csr), "CN=a\\x1B[2Jb\\u{202E}c");
    mdm_csr_free(&csr);
    run("openssl req -new -key k.pem -subj '/CN=a/title=z+O=y' -multivalue-rdn -out multi.pem");
    csr = must_read("multi.pem");
    assert_string_equal(mdm_csr_subject(csr), "CN=a,O=y+title=z");
    mdm_csr_free(&csr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_verifies_what_we_make),
        cmocka_unit_test(our_pem_has_the_lines_of_openssl),
        cmocka_unit_test(requests_carry_their_key_and_subject),
        cmocka_unit_test(all_envelopes_give_the_original_bytes),
        cmocka_unit_test(what_is_no_request_says_what_it_is),
        cmocka_unit_test(damage_is_named),
        cmocka_unit_test(keys_that_the_portal_refuses_are_refused),
        cmocka_unit_test(every_changed_byte_breaks_the_signature),
        cmocka_unit_test(a_request_signed_by_another_key_is_refused),
        cmocka_unit_test(pss_signatures_are_refused),
        cmocka_unit_test(versions_other_than_0_are_refused),
        cmocka_unit_test(subjects_from_outside_are_safe_to_print),
    };

    return cmocka_run_group_tests(tests, make_key, free_key);
}
