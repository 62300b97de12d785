/* Certificate signing requests, and that what passes the check also passes libcrypto's own reader and verification. */
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

#include "fuzz.h"
#include "pki/cert.h"
#include "pki/csr.h"

static void check_equal(const struct mdm_csr *csr, struct mdm_csr *again)
{
    FUZZ_REQUIRE(again != NULL);
    FUZZ_REQUIRE(mdm_bytes_equal(&mdm_csr_facts(csr)->der, &mdm_csr_facts(again)->der));
    FUZZ_REQUIRE(mdm_key_id_equal(&mdm_csr_facts(csr)->key_id, &mdm_csr_facts(again)->key_id));
    FUZZ_REQUIRE(strcmp(mdm_csr_facts(csr)->subject, mdm_csr_facts(again)->subject) == 0);
    mdm_csr_free(&again);
}

static void check_by_libcrypto(const struct mdm_bytes *der)
{
    const unsigned char *p = der->data;
    X509_REQ *req = d2i_X509_REQ(NULL, &p, (long)der->size);
    EVP_PKEY *key;

    FUZZ_REQUIRE(req != NULL && p == der->data + der->size);
    key = X509_REQ_get0_pubkey(req);
    FUZZ_REQUIRE(key != NULL && EVP_PKEY_is_a(key, "RSA") == 1 && EVP_PKEY_get_bits(key) == MDM_KEY_BITS);
    FUZZ_REQUIRE(X509_REQ_get_version(req) == X509_REQ_VERSION_1);
    FUZZ_REQUIRE(X509_REQ_verify(req, key) == 1);
    X509_REQ_free(req);
}

static void check_csr(const struct mdm_csr *csr)
{
    struct mdm_bytes pem = {0};
    struct mdm_error err = {0};

    FUZZ_REQUIRE(fuzz_is_safe(mdm_csr_facts(csr)->subject));
    check_equal(csr, mdm_csr_from_bytes(&mdm_csr_facts(csr)->der, "again", &err));
    FUZZ_REQUIRE(mdm_csr_to_pem(csr, &pem, &err) == 0);
    check_equal(csr, mdm_csr_from_bytes(&pem, "again", &err));
    mdm_bytes_free(&pem);
    if (mdm_csr_check(csr, "the input", NULL, &err) == 0)
        check_by_libcrypto(&mdm_csr_facts(csr)->der);
    else
        fuzz_check_error(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mdm_bytes file = fuzz_bytes(data, size);
    struct mdm_error err = {0};
    struct mdm_csr *csr = mdm_csr_from_bytes(&file, "the input", &err);

    if (csr == NULL)
        fuzz_check_error(&err);
    else
        check_csr(csr);
    mdm_csr_free(&csr);
    (void)mdm_filekind_of(&file);
    FUZZ_REQUIRE(ERR_peek_error() == 0);
    return 0;
}
