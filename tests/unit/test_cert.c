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
        cmocka_unit_test(openssls_trust_settings_are_passed_over), cmocka_unit_test(many_begin_marks_take_no_time),
        cmocka_unit_test(facts_are_what_the_certificate_says),     cmocka_unit_test(only_one_clean_uid_is_a_topic),
        cmocka_unit_test(encodings_come_back_as_they_were),        cmocka_unit_test(references_outlive_their_list),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
