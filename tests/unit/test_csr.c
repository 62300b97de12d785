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
    assert_true(mdm_key_id_equal(&mdm_csr_facts(csr)->key_id, &id));
    assert_string_equal(mdm_csr_facts(csr)->subject, "C=US,O=Acme\\, Inc.,CN=x");
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
        assert_true(mdm_bytes_equal(&mdm_csr_facts(csr)->der, &original));
        mdm_csr_free(&csr);
    }
    mdm_bytes_free(&original);
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
    assert_true(read > 256); /* most changes leave a request , so that the check was what refused it */
    mdm_bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_verifies_what_we_make),
        cmocka_unit_test(our_pem_has_the_lines_of_openssl),
        cmocka_unit_test(requests_carry_their_key_and_subject),
        cmocka_unit_test(all_envelopes_give_the_original_bytes),
        cmocka_unit_test(every_changed_byte_breaks_the_signature),
    };

    return cmocka_run_group_tests(tests, make_key, free_key);
}
