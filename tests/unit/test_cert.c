/* Certificates read from files as people have them, and what they say. */
#include "testca.h"

#include <openssl/pkcs7.h>

struct fixture {
    EVP_PKEY *key;
    EVP_PKEY *leaf_key;
    X509 *root;
    X509 *leaf;
    struct mdm_bytes root_pem, leaf_pem, leaf_der;
};
static struct fixture fx;

static int setup(void **state)
{
    const struct testca_spec root = {.cn = "Root", .ca = true};
    const struct testca_spec leaf = {.cn = "MDM Vendor: Acme, Inc.",
                                     .uid = "TEAM123456",
                                     .marker = TESTCA_VENDOR_MARKER,
                                     .aia = "http://certs.example/ca.der",
                                     .not_before = mdm_time_from_civil(2026, 2, 3, 4, 5, 6),
                                     .not_after = mdm_time_from_civil(2027, 2, 3, 4, 5, 5)};

    (void)state;
    fx.key = testca_key();
    fx.leaf_key = testca_key();
    fx.root = testca_issue(fx.key, &root, NULL, NULL);
    fx.leaf = testca_issue(fx.leaf_key, &leaf, fx.root, fx.key);
    testca_append_pem(fx.root, &fx.root_pem);
    testca_append_pem(fx.leaf, &fx.leaf_pem);
    testca_append_der(fx.leaf, &fx.leaf_der);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    EVP_PKEY_free(fx.key);
    EVP_PKEY_free(fx.leaf_key);
    X509_free(fx.root);
    X509_free(fx.leaf);
    mdm_bytes_free(&fx.root_pem);
    mdm_bytes_free(&fx.leaf_pem);
    mdm_bytes_free(&fx.leaf_der);
    return 0;
}

/* Takes `file`; expects `count` certificates, the first of them the vendor's. */
static void assert_reads(struct mdm_bytes file, size_t count)
{
    struct mdm_certs certs = {0};
    struct mdm_error err = {0};

    if (mdm_certs_from_bytes(&file, "x.pem", &certs, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(certs.count, count);
    assert_int_equal(mdm_cert_facts(certs.items[0])->kind, MDM_CERT_VENDOR);
    mdm_certs_free(&certs);
    mdm_bytes_free(&file);
}

/* Takes `file`; expects an error that names the file and says `words`, and nothing in the list. */
static void assert_breaks(struct mdm_bytes file, const char *words)
{
    struct mdm_certs certs = {0};
    struct mdm_error err = {0};

    assert_int_equal(mdm_certs_from_bytes(&file, "x.pem", &certs, &err), -1);
    assert_int_equal(err.code, MDM_E_FAILED);
    assert_contains(err.text, "'x.pem'");
    assert_contains(err.text, words);
    assert_int_equal(certs.count, 0);
    mdm_certs_free(&certs);
    mdm_bytes_free(&file);
}

static struct mdm_bytes joined(const char *before, const struct mdm_bytes *a, const char *between,
                               const struct mdm_bytes *b)
{
    struct mdm_bytes out = {0};

    assert_int_equal(mdm_bytes_append_text(&out, before, NULL), 0);
    assert_int_equal(mdm_bytes_append(&out, a->data, a->size, NULL), 0);
    assert_int_equal(mdm_bytes_append_text(&out, between, NULL), 0);
    if (b != NULL)
        assert_int_equal(mdm_bytes_append(&out, b->data, b->size, NULL), 0);
    return out;
}

static void pem_is_read_in_any_state(void **state)
{
    struct mdm_bytes bare = joined("", &fx.leaf_pem, "", NULL);

    (void)state;
    bare.size--; /* Apple's push certificates end without a newline */
    bare.data[bare.size] = '\0';
    assert_reads(joined("", &bare, "", NULL), 1);
    assert_reads(joined("", &bare, "", &fx.root_pem), 2); /* glued */
    assert_reads(joined("\xEF\xBB\xBF", &fx.leaf_pem, "", NULL), 1);
    assert_reads(joined("Bag Attributes\n  friendlyName: x\n", &fx.leaf_pem, "junk -----\n", &fx.root_pem), 2);
    assert_reads(testca_replace(&fx.leaf_pem, "\n", "\r\n"), 1);
    mdm_bytes_free(&bare);
}

static void other_labels_and_blocks_are_known(void **state)
{
    static const char *const key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    static const char *const traditional = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
                                           "DEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";

    (void)state;
    assert_reads(testca_replace(&fx.leaf_pem, " CERTIFICATE", " X509 CERTIFICATE"), 1);
    assert_reads(testca_replace(&fx.leaf_pem, " CERTIFICATE", " TRUSTED CERTIFICATE"), 1);
    /* Never a prompt: this test would hang. */
    assert_reads(joined(key, &fx.leaf_pem, traditional, NULL), 1);
}

static void openssls_trust_settings_are_passed_over(void **state)
{
    BIO *bio = BIO_new(BIO_s_mem());
    struct mdm_bytes file = {0};
    X509 *x509 = X509_dup(fx.leaf);
    char *text;
    long size;

    (void)state;
    assert_int_equal(X509_alias_set1(x509, (const unsigned char *)"alias", 5), 1);
    assert_int_equal(PEM_write_bio_X509_AUX(bio, x509), 1);
    size = BIO_get_mem_data(bio, &text);
    assert_int_equal(mdm_bytes_append(&file, text, (size_t)size, NULL), 0);
    assert_contains((const char *)file.data, "TRUSTED");
    assert_reads(file, 1);
    BIO_free(bio);
    X509_free(x509);
}

static void der_is_read_with_newlines_behind_it(void **state)
{
    (void)state;
    assert_reads(joined("", &fx.leaf_der, "", NULL), 1);
    assert_reads(joined("", &fx.leaf_der, "\r\n\n", NULL), 1);
}

static void der_that_is_cut_off_or_padded_is_named(void **state)
{
    struct mdm_bytes cut = joined("", &fx.leaf_der, "", NULL);

    (void)state;
    cut.size -= 100;
    assert_breaks(cut, "cut off");
    for (size_t size = 2; size < 40; size++) {
        cut = joined("", &fx.leaf_der, "", NULL);
        cut.size = size;
        assert_breaks(cut, "cut off");
    }
    assert_breaks(joined("", &fx.leaf_der, "garbage", NULL), "something else follows");
    assert_breaks(joined("", &fx.leaf_der, "", &fx.leaf_der), "something else follows");
}

static void damaged_der_is_named(void **state)
{
    struct mdm_bytes bad = joined("", &fx.leaf_der, "", NULL);

    (void)state;
    bad.data[15] = 0x7f; /* the tag of the serial number or its length */
    bad.data[14] = 0x7f;
    assert_breaks(bad, "damaged");
}

static void damaged_pem_is_named_with_its_number(void **state)
{
    struct mdm_bytes text = joined("", &fx.root_pem, "", &fx.leaf_pem);

    (void)state;
    text.data[fx.root_pem.size + 100] = '!';
    assert_breaks(text, "certificate 2: the character '!'");
    text = joined("", &fx.leaf_pem, "", NULL);
    text.size -= 40;
    assert_breaks(text, "certificate 1: it is cut off");
    assert_breaks(testca_replace(&fx.leaf_pem, "END CERTIFICATE", "END CERTIFICATF"), "certificate 1: it is cut off");
    assert_breaks(testca_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"), "certificate 1");
    assert_breaks(testca_text("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), "certificate 1");
}

static void other_files_are_named(void **state)
{
    struct mdm_bytes csr = {0};

    (void)state;
    testca_append_csr(fx.leaf_key, &csr);
    assert_breaks(csr, "certificate signing request");
    assert_breaks(testca_text("<!DOCTYPE html>\n<html>Sign in</html>"), "web page");
    assert_breaks(testca_text("hello"), "unknown kind");
    assert_breaks((struct mdm_bytes){0}, "empty");
}

static void pkcs7_is_read(void **state)
{
    PKCS7 *p7 = PKCS7_new();
    struct mdm_bytes file = {0};
    unsigned char *der = NULL;
    char *text;
    int size;
    BIO *bio = BIO_new(BIO_s_mem());

    (void)state;
    assert_int_equal(PKCS7_set_type(p7, NID_pkcs7_signed), 1);
    assert_int_equal(PKCS7_content_new(p7, NID_pkcs7_data), 1);
    assert_int_equal(PKCS7_add_certificate(p7, fx.leaf), 1);
    assert_int_equal(PKCS7_add_certificate(p7, fx.root), 1);
    size = i2d_PKCS7(p7, &der);
    assert_true(size > 0);
    assert_int_equal(mdm_bytes_append(&file, der, (size_t)size, NULL), 0);
    assert_reads(file, 2);
    file = (struct mdm_bytes){0};
    assert_int_equal(PEM_write_bio_PKCS7(bio, p7), 1);
    size = (int)BIO_get_mem_data(bio, &text);
    assert_int_equal(mdm_bytes_append(&file, text, (size_t)size, NULL), 0);
    assert_reads(file, 2);
    BIO_free(bio);
    OPENSSL_free(der);
    PKCS7_free(p7);
}

static void many_begin_marks_take_no_time(void **state)
{
    struct mdm_bytes one = testca_text("-----BEGIN X-----\n"), all = {0};
    struct mdm_certs certs = {0};

    (void)state;
    all.size = one.size * 50000;
    all.data = calloc(all.size + 1, 1);
    assert_non_null(all.data);
    for (size_t i = 0; i < 50000; i++)
        memcpy(all.data + i * one.size, one.data, one.size);
    assert_int_equal(mdm_certs_from_bytes(&all, "x.pem", &certs, NULL), -1);
    mdm_bytes_free(&all);
    mdm_bytes_free(&one);
}

static void facts_are_what_the_certificate_says(void **state)
{
    struct mdm_cert *cert = testca_read(fx.leaf, false);
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert);

    (void)state;
    assert_string_equal(facts->subject, "UID=TEAM123456,CN=MDM Vendor: Acme\\, Inc.,O=Test");
    assert_string_equal(facts->issuer, "CN=Root,O=Test");
    assert_string_equal(facts->common_name, "MDM Vendor: Acme, Inc.");
    assert_string_equal(facts->issuer_url, "http://certs.example/ca.der");
    assert_int_equal(facts->not_before, mdm_time_from_civil(2026, 2, 3, 4, 5, 6));
    assert_int_equal(facts->not_after, mdm_time_from_civil(2027, 2, 3, 4, 5, 5));
    assert_true(facts->vendor_marker);
    assert_false(facts->push_marker);
    assert_null(facts->topic);
    assert_int_equal(strlen(facts->sha256), 64);
    assert_int_equal(strlen(facts->sha1), 40);
    assert_true(strlen(facts->serial) == 4);
    mdm_cert_free(&cert);
}

static void assert_kind(struct testca_spec spec, enum mdm_cert_kind kind, const char *topic)
{
    struct mdm_cert *cert = testca_cert(fx.leaf_key, &spec, fx.root, fx.key);

    assert_int_equal(mdm_cert_facts(cert)->kind, kind);
    if (topic == NULL)
        assert_null(mdm_cert_facts(cert)->topic);
    else
        assert_string_equal(mdm_cert_facts(cert)->topic, topic);
    mdm_cert_free(&cert);
}

static void kinds_are_told_apart(void **state)
{
    struct mdm_cert *root = testca_read(fx.root, false);
    struct mdm_cert *forged = testca_read(fx.root, true);

    (void)state;
    assert_int_equal(mdm_cert_facts(root)->kind, MDM_CERT_ROOT);
    assert_int_equal(mdm_cert_facts(forged)->kind, MDM_CERT_INTERMEDIATE); /* its signature is not its own */
    mdm_cert_free(&root);
    mdm_cert_free(&forged);
    assert_kind((struct testca_spec){.cn = "MDM Vendor: A"}, MDM_CERT_VENDOR, NULL);
    assert_kind((struct testca_spec){.cn = "A", .marker = TESTCA_VENDOR_MARKER}, MDM_CERT_VENDOR, NULL);
    assert_kind((struct testca_spec){.cn = "MDM Vendor: A", .ca = true}, MDM_CERT_INTERMEDIATE, NULL);
    assert_kind((struct testca_spec){.cn = "A"}, MDM_CERT_OTHER, NULL);
    assert_kind((struct testca_spec){.cn = "APSP:1", .uid = "com.apple.mgmt.External.1"}, MDM_CERT_PUSH,
                "com.apple.mgmt.External.1");
}

static void only_one_clean_uid_is_a_topic(void **state)
{
    struct mdm_bytes der = {0};
    struct mdm_certs certs = {0};
    const struct testca_spec spec = {.cn = "A", .uid = "com.apple.mgmt.External.1"};
    X509 *x509 = testca_issue(fx.leaf_key, &spec, fx.root, fx.key);
    unsigned char *uid;

    (void)state;
    assert_kind((struct testca_spec){.cn = "A", .uid = "com.apple.mgmt.a", .uid2 = "com.apple.mgmt.b"}, MDM_CERT_OTHER,
                NULL);
    assert_kind((struct testca_spec){.cn = "A", .uid = "com.example.mgmt.a"}, MDM_CERT_OTHER, NULL);
    assert_kind((struct testca_spec){.cn = "A", .uid = "com.apple.mgmt."}, MDM_CERT_OTHER, NULL);
    assert_kind((struct testca_spec){.cn = "com.apple.mgmt.a"}, MDM_CERT_OTHER, NULL);
    testca_append_der(x509, &der);
    uid = der.data;
    while (memcmp(uid, "com.apple.mgmt", 14) != 0)
        uid++;
    uid[20] = '\0';
    assert_int_equal(mdm_certs_from_bytes(&der, "x", &certs, NULL), 0);
    assert_null(mdm_cert_facts(certs.items[0])->topic);
    mdm_certs_free(&certs);
    mdm_bytes_free(&der);
    X509_free(x509);
}

static void names_cannot_command_the_terminal(void **state)
{
    const struct testca_spec escape = {.cn = "A\x1b[2J\xe2\x80\xae"
                                             "B"};
    const struct testca_spec nul = {.cn = "A\0B", .cn_size = 3};
    struct mdm_cert *cert = testca_cert(fx.leaf_key, &escape, fx.root, fx.key);

    (void)state;
    assert_string_equal(mdm_cert_facts(cert)->common_name, "A\\x1B[2J\\u{202E}B");
    assert_null(strchr(mdm_cert_facts(cert)->subject, '\x1b'));
    mdm_cert_free(&cert);
    cert = testca_cert(fx.leaf_key, &nul, fx.root, fx.key);
    assert_string_equal(mdm_cert_facts(cert)->common_name, "A\\x00B");
    mdm_cert_free(&cert);
}

static void encodings_come_back_as_they_were(void **state)
{
    struct mdm_cert *cert = testca_read(fx.leaf, false);
    struct mdm_bytes pem = {0}, der = {0};

    (void)state;
    assert_int_equal(mdm_cert_append_pem(cert, &pem, NULL), 0);
    assert_int_equal(mdm_cert_append_der(cert, &der, NULL), 0);
    assert_true(mdm_bytes_equal(&pem, &fx.leaf_pem));
    assert_true(mdm_bytes_equal(&der, &fx.leaf_der));
    mdm_bytes_free(&pem);
    mdm_bytes_free(&der);
    mdm_cert_free(&cert);
}

static void references_outlive_their_list(void **state)
{
    struct mdm_certs certs = {0};
    struct mdm_cert *cert = testca_read(fx.leaf, false);
    struct mdm_cert *root = testca_read(fx.root, false);
    struct mdm_cert *ref;

    (void)state;
    assert_int_equal(mdm_certs_add(&certs, cert, NULL), 0);
    mdm_cert_free(&cert);
    assert_null(cert);
    ref = mdm_cert_ref(certs.items[0]);
    mdm_certs_free(&certs);
    assert_string_equal(mdm_cert_facts(ref)->issuer, "CN=Root,O=Test");
    assert_true(mdm_cert_equal(ref, ref));
    assert_false(mdm_cert_equal(ref, root));
    mdm_cert_free(&ref);
    mdm_cert_free(&root);
    mdm_cert_free(&root); /* NULL is fine */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pem_is_read_in_any_state),
        cmocka_unit_test(other_labels_and_blocks_are_known),
        cmocka_unit_test(openssls_trust_settings_are_passed_over),
        cmocka_unit_test(der_is_read_with_newlines_behind_it),
        cmocka_unit_test(der_that_is_cut_off_or_padded_is_named),
        cmocka_unit_test(damaged_der_is_named),
        cmocka_unit_test(damaged_pem_is_named_with_its_number),
        cmocka_unit_test(other_files_are_named),
        cmocka_unit_test(pkcs7_is_read),
        cmocka_unit_test(many_begin_marks_take_no_time),
        cmocka_unit_test(facts_are_what_the_certificate_says),
        cmocka_unit_test(kinds_are_told_apart),
        cmocka_unit_test(only_one_clean_uid_is_a_topic),
        cmocka_unit_test(names_cannot_command_the_terminal),
        cmocka_unit_test(encodings_come_back_as_they_were),
        cmocka_unit_test(references_outlive_their_list),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
