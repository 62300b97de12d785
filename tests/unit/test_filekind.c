/* What a file is, told from its contents. */
#include "testca.h"

#include <openssl/pkcs12.h>

#include "pki/filekind.h"
#include "pki/pem.h"

static EVP_PKEY *key;
static X509 *x509;

static int setup(void **state)
{
    const struct testca_spec spec = {.cn = "MDM Vendor: A"};

    (void)state;
    key = testca_key();
    x509 = testca_issue(key, &spec, NULL, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    X509_free(x509);
    return 0;
}

/* Takes `file`. */
static void assert_kind(struct mdm_bytes file, enum mdm_filekind kind)
{
    assert_string_equal(mdm_filekind_words(mdm_filekind_of(&file)), mdm_filekind_words(kind));
    mdm_bytes_free(&file);
}

static struct mdm_bytes certificate(bool pem)
{
    struct mdm_bytes file = {0};

    if (pem)
        testca_append_pem(x509, &file);
    else
        testca_append_der(x509, &file);
    return file;
}

static struct mdm_bytes from_bio(BIO *bio)
{
    struct mdm_bytes file = {0};
    char *text;
    long size = BIO_get_mem_data(bio, &text);

    assert_int_equal(mdm_bytes_append(&file, text, (size_t)size, NULL), 0);
    BIO_free(bio);
    return file;
}

static void certificates_are_known(void **state)
{
    (void)state;
    assert_kind(certificate(true), MDM_FILEKIND_CERTIFICATE);
    assert_kind(certificate(false), MDM_FILEKIND_CERTIFICATE);
}

static void half_a_certificate_is_damaged_at_every_length(void **state)
{
    struct mdm_bytes pem = certificate(true);
    struct mdm_bytes der = certificate(false);

    (void)state;
    /* The last two bytes of PEM, a dash and the newline, are where it turns whole. */
    for (size_t size = 1; size + 2 < pem.size; size += size < 64 ? 1 : 31) {
        struct mdm_bytes part = {.data = pem.data, .size = size};

        assert_string_equal(mdm_filekind_words(mdm_filekind_of(&part)), mdm_filekind_words(MDM_FILEKIND_DAMAGED));
    }
    for (size_t size = 2; size < der.size; size += size < 64 ? 1 : 31) {
        struct mdm_bytes part = {.data = der.data, .size = size};

        assert_string_equal(mdm_filekind_words(mdm_filekind_of(&part)), mdm_filekind_words(MDM_FILEKIND_DAMAGED));
    }
    mdm_bytes_free(&pem);
    mdm_bytes_free(&der);
}

static void requests_for_certificates_are_known(void **state)
{
    struct mdm_bytes der = {0};

    (void)state;
    testca_append_csr(key, &der);
    assert_kind(der, MDM_FILEKIND_CSR);
    assert_kind(testca_text("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"),
                MDM_FILEKIND_CSR);
    assert_kind(testca_text("-----BEGIN NEW CERTIFICATE REQUEST-----\nAAAA\n-----END NEW CERTIFICATE REQUEST-----\n"),
                MDM_FILEKIND_CSR);
}

static void keys_are_known(void **state)
{
    BIO *bio = BIO_new(BIO_s_mem());
    PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(key);

    (void)state;
    assert_int_equal(i2d_PrivateKey_bio(bio, key), 1);
    assert_kind(from_bio(bio), MDM_FILEKIND_PRIVATE_KEY);
    bio = BIO_new(BIO_s_mem());
    assert_int_equal(i2d_PKCS8_PRIV_KEY_INFO_bio(bio, p8), 1);
    assert_kind(from_bio(bio), MDM_FILEKIND_PRIVATE_KEY);
    PKCS8_PRIV_KEY_INFO_free(p8);
    bio = BIO_new(BIO_s_mem());
    assert_int_equal(i2d_PKCS8PrivateKey_bio(bio, key, EVP_aes_256_cbc(), "password", 8, NULL, NULL), 1);
    assert_kind(from_bio(bio), MDM_FILEKIND_PRIVATE_KEY);
    bio = BIO_new(BIO_s_mem());
    assert_int_equal(i2d_PUBKEY_bio(bio, key), 1);
    assert_kind(from_bio(bio), MDM_FILEKIND_PUBLIC_KEY);
    /* Our key files carry the public key behind the encrypted one. */
    assert_kind(testca_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
                            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
                MDM_FILEKIND_PRIVATE_KEY);
    assert_kind(
        testca_text("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAA\n-----END RSA PRIVATE KEY-----"),
        MDM_FILEKIND_PRIVATE_KEY);
    assert_kind(testca_text("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), MDM_FILEKIND_PUBLIC_KEY);
}

static void pkcs12_is_known_without_its_password(void **state)
{
    BIO *bio = BIO_new(BIO_s_mem());
    PKCS12 *p12 = PKCS12_create("password", NULL, key, x509, NULL, 0, 0, 0, 0, 0);

    (void)state;
    assert_int_equal(i2d_PKCS12_bio(bio, p12), 1);
    assert_kind(from_bio(bio), MDM_FILEKIND_PKCS12);
    PKCS12_free(p12);
}

static void property_lists_are_told_from_their_base64(void **state)
{
    static const char *const xml = "<?xml version=\"1.0\"?>\n<!DOCTYPE plist>\n<plist version=\"1.0\"><dict>\n"
                                   "<key>PushCertRequestCSR</key><string>A</string></dict></plist>\n";
    struct mdm_bytes encoded = {0};
    struct mdm_bytes other = {0};

    (void)state;
    assert_kind(testca_text(xml), MDM_FILEKIND_PLIST);
    assert_kind(testca_text("bplist00abc"), MDM_FILEKIND_PLIST);
    assert_int_equal(mdm_base64_encode(xml, strlen(xml), &encoded, NULL), 0);
    assert_kind(encoded, MDM_FILEKIND_REQUEST);
    assert_int_equal(mdm_base64_encode("hello", 5, &other, NULL), 0);
    assert_kind(other, MDM_FILEKIND_UNKNOWN);
}

static void what_browsers_save_is_known(void **state)
{
    (void)state;
    assert_kind(testca_text("\n\n<!DOCTYPE html PUBLIC \"x\">\n<html></html>"), MDM_FILEKIND_HTML);
    assert_kind(testca_text("<!doctype HTML><head>"), MDM_FILEKIND_HTML);
    assert_kind(testca_text("\xEF\xBB\xBF<!-- saved from url -->\n<html lang=\"en\">"), MDM_FILEKIND_HTML);
    assert_kind(testca_text("<?xml version=\"1.0\"?><html xmlns=\"x\">"), MDM_FILEKIND_HTML);
    assert_kind(testca_text("PK\x03\x04rest"), MDM_FILEKIND_ZIP);
}

static void nothing_and_noise_are_known(void **state)
{
    (void)state;
    assert_kind((struct mdm_bytes){0}, MDM_FILEKIND_EMPTY);
    assert_kind(testca_text(" \r\n\t\n"), MDM_FILEKIND_EMPTY);
    assert_kind(testca_text("just text"), MDM_FILEKIND_UNKNOWN);
    assert_kind(testca_text("0\x82"), MDM_FILEKIND_DAMAGED);
    assert_kind(testca_text("<svg/>"), MDM_FILEKIND_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_are_known),
        cmocka_unit_test(half_a_certificate_is_damaged_at_every_length),
        cmocka_unit_test(requests_for_certificates_are_known),
        cmocka_unit_test(keys_are_known),
        cmocka_unit_test(pkcs12_is_known_without_its_password),
        cmocka_unit_test(property_lists_are_told_from_their_base64),
        cmocka_unit_test(what_browsers_save_is_known),
        cmocka_unit_test(nothing_and_noise_are_known),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
