/* Push certificate requests: what no request from outside can show. */
#include "issued.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "pki/ossl.h"
#include "pki/pem.h"

/* The vendor's key with another private exponent: what a broken token or a flipped bit in memory would be. */
static struct mdm_key *faulty_key(void)
{
    static const char *const parts[] = {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D};
    BIGNUM *numbers[3] = {NULL};
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *pkey = NULL;

    for (int i = 0; i < 3; i++) {
        assert_int_equal(EVP_PKEY_get_bn_param(world->vendor[0].key->pkey, parts[i], &numbers[i]), 1);
        if (i == 2)
            assert_int_equal(BN_sub_word(numbers[i], 2), 1);
        assert_int_equal(OSSL_PARAM_BLD_push_BN(build, parts[i], numbers[i]), 1);
    }
    params = OSSL_PARAM_BLD_to_param(build);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    for (int i = 0; i < 3; i++)
        BN_clear_free(numbers[i]);
    return mdm_key_wrap(pkey, NULL);
}

static struct mdm_signer *signer_of(const struct mdm_key *key, const struct mdm_cert *cert)
{
    return mdm_signer_new(key, "vendor.key", cert, "mdm.cer", world->trust, &(struct mdm_certs){0}, issued_at(), NULL);
}

static void wrong_signature_is_never_handed_out(void **state)
{
    struct mdm_key *key = faulty_key();
    struct mdm_signer *faulty = signer_of(key, world->vendor[0].cert);
    struct mdm_bytes out = {0};
    struct mdm_error err = {0};

    (void)state;
    assert_non_null(faulty);
    assert_int_equal(mdm_signer_sign(faulty, world->customer[0].csr, "customer.csr", &out, &err), -1);
    assert_int_equal(err.code, MDM_E_FAILED);
    assert_non_null(strstr(err.text, "failed its own check"));
    assert_int_equal(out.size, 0);
    mdm_signer_free(&faulty);
    mdm_key_free(&key);
}

static bool matches(const struct mdm_bytes *file, const struct mdm_cert *vendor, const struct mdm_csr *csr)
{
    struct mdm_signer *signer = signer_of(world->vendor[0].key, vendor);
    struct mdm_request request = {0};
    bool result;

    (void)mdm_request_read(file, &request, NULL);
    result = mdm_signer_made(signer, &request, csr);
    mdm_request_free(&request);
    mdm_signer_free(&signer);
    return result;
}

static void matches_tells_which_step_was_done(void **state)
{
    const struct mdm_bytes *request = &world->request[0];
    const struct issued *vendor = &world->vendor[0];
    struct mdm_bytes file = {0}, noise = {.data = (unsigned char *)(uintptr_t) "noise", .size = 5}, xml = {0},
                     forged = {0};
    struct mdm_cert *renewed;
    char *digit;

    (void)state;
    issued_order_vendor(vendor, (struct mdm_practice_order){.days = 90}, &file);
    renewed = issued_read(&file);
    assert_true(matches(request, vendor->cert, world->customer[0].csr));
    assert_true(matches(request, vendor->cert, NULL));
    assert_false(matches(request, vendor->cert, world->customer[1].csr));
    assert_false(matches(request, renewed, world->customer[0].csr));
    assert_false(matches(&noise, vendor->cert, NULL));
    assert_int_equal(mdm_base64_decode(request->data, request->size, &xml, NULL), 0);
    digit = strstr(strstr((const char *)xml.data, "PushCertSignature"), "<string>") + 20;
    *digit = *digit == 'A' ? 'B' : 'A';
    assert_int_equal(mdm_base64_encode(xml.data, xml.size, &forged, NULL), 0);
    assert_false(matches(&forged, vendor->cert, world->customer[0].csr));
    mdm_cert_free(&renewed);
    mdm_bytes_free(&file);
    mdm_bytes_free(&xml);
    mdm_bytes_free(&forged);
}

/* Every 97th character of the base64 text, another digit in its place: either the verdict or the bytes it is about must
 * change. */
static void one_changed_byte_never_passes(void **state)
{
    const struct mdm_bytes *request = &world->request[0];

    (void)state;
    for (size_t i = 0; i < request->size; i += 97) {
        struct mdm_bytes changed = {0};
        struct mdm_report report = {0};

        assert_int_equal(mdm_bytes_append(&changed, request->data, request->size, NULL), 0);
        changed.data[i] = changed.data[i] == 'Q' ? 'R' : 'Q';
        assert_int_equal(mdm_request_verify(&changed, world->trust, issued_at(), &report, NULL), 0);
        if (report.code == MDM_OK)
            assert_true(matches(&changed, world->vendor[0].cert, world->customer[0].csr));
        mdm_report_free(&report);
        mdm_bytes_free(&changed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_signature_is_never_handed_out),
        cmocka_unit_test(matches_tells_which_step_was_done),
        cmocka_unit_test(one_changed_byte_never_passes),
    };

    return cmocka_run_group_tests(tests, issued_open, issued_close);
}
