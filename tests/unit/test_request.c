/* Push certificate requests: made, read back, and judged, whatever tool made them. */
#include "testca.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <pthread.h>
#include <unistd.h>

#include "pki/ossl.h"
#include "pki/pem.h"
#include "pki/plist.h"
#include "pki/request.h"

#define OLD    (TESTCA_NOW - 1000 * MDM_DAY)
#define PAST   (TESTCA_NOW - 10 * MDM_DAY)
#define FUTURE (TESTCA_NOW + 10 * MDM_DAY)

enum who { ROOT, WWDR, VENDOR, CUSTOMER, OTHER, KEYS };

static EVP_PKEY *keys[KEYS];
static struct mdm_key *vendor_key;
static X509 *root, *wwdr;
static struct mdm_cert *vendor;
static struct mdm_trust *trust;
static struct mdm_signer *signer;
static struct mdm_csr *csr;
static struct mdm_bytes request; /* a good one */

static const struct testca_spec vendor_spec = {
    .cn = "MDM Vendor: Acme", .uid = "TEAM123456", .marker = TESTCA_VENDOR_MARKER};

static struct mdm_csr *csr_of(EVP_PKEY *key)
{
    struct mdm_bytes der = {0};
    struct mdm_csr *made;

    testca_append_csr(key, &der);
    made = mdm_csr_from_bytes(&der, "customer.csr", NULL);
    assert_non_null(made);
    mdm_bytes_free(&der);
    return made;
}

static int setup(void **state)
{
    struct mdm_bytes pem = {0};

    (void)state;
    for (size_t i = 0; i < KEYS; i++)
        keys[i] = testca_key();
    root = testca_issue(keys[ROOT], &(struct testca_spec){.cn = "Test Root", .ca = true}, NULL, NULL);
    wwdr = testca_issue(keys[WWDR], &(struct testca_spec){.cn = "Test WWDR", .ca = true}, root, keys[ROOT]);
    testca_append_pem(root, &pem);
    testca_append_pem(wwdr, &pem);
    trust = mdm_trust_from_bytes(&pem, "ca.pem", NULL);
    mdm_bytes_free(&pem);
    assert_int_equal(EVP_PKEY_up_ref(keys[VENDOR]), 1);
    vendor_key = mdm_key_wrap(keys[VENDOR], NULL);
    vendor = testca_cert(keys[VENDOR], &vendor_spec, wwdr, keys[WWDR]);
    signer = mdm_signer_new(vendor_key, "vendor.key", vendor, "mdm.cer", trust, NULL, TESTCA_NOW, NULL);
    assert_non_null(signer);
    csr = csr_of(keys[CUSTOMER]);
    assert_int_equal(mdm_signer_sign(signer, csr, "customer.csr", &request, NULL), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEYS; i++)
        EVP_PKEY_free(keys[i]);
    mdm_key_free(&vendor_key);
    X509_free(root);
    X509_free(wwdr);
    mdm_cert_free(&vendor);
    mdm_trust_free(&trust);
    mdm_signer_free(&signer);
    mdm_csr_free(&csr);
    mdm_bytes_free(&request);
    return 0;
}

/* ---- Taking requests apart and putting wrong ones together ---- */

/* The texts of a request, to be changed. */
struct texts {
    struct mdm_bytes csr, chain, signature;
};

static struct mdm_plist *open_request(const struct mdm_bytes *file)
{
    struct mdm_bytes xml = {0};
    struct mdm_plist *plist;

    assert_int_equal(mdm_base64_decode(file->data, file->size, &xml, NULL), 0);
    plist = mdm_plist_read(&xml, NULL);
    assert_non_null(plist);
    mdm_bytes_free(&xml);
    return plist;
}

static struct texts take_apart(const struct mdm_bytes *file)
{
    struct mdm_plist *plist = open_request(file);
    struct texts texts;
    const char *value;

    assert_int_equal(mdm_plist_string(plist, "PushCertRequestCSR", &value), MDM_PLIST_STRING);
    texts.csr = testca_text(value);
    assert_int_equal(mdm_plist_string(plist, "PushCertCertificateChain", &value), MDM_PLIST_STRING);
    texts.chain = testca_text(value);
    assert_int_equal(mdm_plist_string(plist, "PushCertSignature", &value), MDM_PLIST_STRING);
    texts.signature = testca_text(value);
    mdm_plist_free(&plist);
    return texts;
}

static struct mdm_bytes encode(const struct mdm_bytes *xml)
{
    struct mdm_bytes out = {0};

    assert_int_equal(mdm_base64_encode(xml->data, xml->size, &out, NULL), 0);
    return out;
}

/* Takes the texts; the keys in alphabetical order, as mdmctl writes them. */
static struct mdm_bytes put_together(struct texts *texts)
{
    const struct mdm_plist_entry entries[] = {{"PushCertCertificateChain", (const char *)texts->chain.data},
                                              {"PushCertRequestCSR", (const char *)texts->csr.data},
                                              {"PushCertSignature", (const char *)texts->signature.data}};
    struct mdm_bytes xml = {0}, file;

    assert_int_equal(mdm_plist_write(entries, 3, &xml, NULL), 0);
    file = encode(&xml);
    mdm_bytes_free(&xml);
    mdm_bytes_free(&texts->csr);
    mdm_bytes_free(&texts->chain);
    mdm_bytes_free(&texts->signature);
    return file;
}

/* Puts `with` (taken) in the place of `old`. */
static void change(struct mdm_bytes *old, struct mdm_bytes with)
{
    mdm_bytes_free(old);
    *old = with;
}

/* ---- Judging ---- */

static void assert_no_other_failure(const struct mdm_report *report, const char *name)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct mdm_check *check = &report->items[i];

        if (strcmp(check->name, name) != 0 && (check->verdict == MDM_FAIL || check->verdict == MDM_WARN))
            fail_msg("%s: %s", check->name, check->detail);
    }
}

/* Takes `file`; all checks must pass. */
static void assert_passes(struct mdm_bytes file)
{
    struct mdm_report report = {0};

    assert_int_equal(mdm_request_verify(&file, trust, TESTCA_NOW, &report, NULL), 0);
    assert_no_other_failure(&report, "");
    assert_int_equal(report.count, 14);
    assert_int_equal(report.code, MDM_OK);
    for (size_t i = 0; i < report.count; i++)
        assert_int_equal(report.items[i].verdict, MDM_PASS);
    mdm_report_free(&report);
    mdm_bytes_free(&file);
}

/* ---- Making ---- */

static void signed_request_passes_every_check(void **state)
{
    struct mdm_bytes copy = {0};

    (void)state;
    assert_int_equal(mdm_bytes_append(&copy, request.data, request.size, NULL), 0);
    assert_passes(copy);
}

static void request_is_one_line_with_keys_in_apples_order(void **state)
{
    struct mdm_bytes xml = {0};
    const char *text, *csr_at, *chain_at, *signature_at;

    (void)state;
    assert_null(memchr(request.data, '\n', request.size));
    assert_int_equal(mdm_base64_decode(request.data, request.size, &xml, NULL), 0);
    text = (const char *)xml.data;
    csr_at = strstr(text, "PushCertRequestCSR");
    chain_at = strstr(text, "PushCertCertificateChain");
    signature_at = strstr(text, "PushCertSignature");
    assert_true(csr_at != NULL && csr_at < chain_at && chain_at < signature_at);
    mdm_bytes_free(&xml);
}

static void request_holds_the_original_der_and_the_whole_chain(void **state)
{
    struct texts texts = take_apart(&request);
    struct mdm_bytes der = {0}, chain = {0};

    (void)state;
    assert_int_equal(mdm_base64_decode(texts.csr.data, texts.csr.size, &der, NULL), 0);
    assert_true(mdm_bytes_equal(&der, &mdm_csr_facts(csr)->der));
    assert_int_equal(mdm_cert_append_pem(vendor, &chain, NULL), 0);
    testca_append_pem(wwdr, &chain);
    testca_append_pem(root, &chain);
    assert_true(mdm_bytes_equal(&chain, &texts.chain));
    assert_int_equal(mdm_signer_chain(signer)->count, 3);
    mdm_bytes_free(&der);
    mdm_bytes_free(&chain);
    change(&texts.csr, (struct mdm_bytes){0});
    change(&texts.chain, (struct mdm_bytes){0});
    change(&texts.signature, (struct mdm_bytes){0});
}

static void *sign_some(void *out)
{
    bool *good = out;

    *good = true;
    for (int i = 0; i < 25 && *good; i++) {
        struct mdm_bytes made = {0};

        *good = mdm_signer_sign(signer, csr, "customer.csr", &made, NULL) == 0 && mdm_bytes_equal(&made, &request);
        mdm_bytes_free(&made);
    }
    return NULL;
}

static void threads_share_a_signer(void **state)
{
    pthread_t threads[4];
    bool good[4] = {false};

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_some, &good[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(good[i]);
    }
}

/* The vendor's key with another private exponent: what a broken token or a flipped bit in memory would be. */
static struct mdm_key *faulty_key(void)
{
    BIGNUM *n = NULL, *e = NULL, *d = NULL;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *pkey = NULL;

    assert_int_equal(EVP_PKEY_get_bn_param(keys[VENDOR], OSSL_PKEY_PARAM_RSA_N, &n), 1);
    assert_int_equal(EVP_PKEY_get_bn_param(keys[VENDOR], OSSL_PKEY_PARAM_RSA_E, &e), 1);
    assert_int_equal(EVP_PKEY_get_bn_param(keys[VENDOR], OSSL_PKEY_PARAM_RSA_D, &d), 1);
    assert_int_equal(BN_sub_word(d, 2), 1);
    assert_int_equal(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n), 1);
    assert_int_equal(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e), 1);
    assert_int_equal(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_D, d), 1);
    params = OSSL_PARAM_BLD_to_param(build);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    BN_free(n);
    BN_free(e);
    BN_clear_free(d);
    return mdm_key_wrap(pkey, NULL);
}

static void wrong_signature_is_never_handed_out(void **state)
{
    struct mdm_key *key = faulty_key();
    struct mdm_signer *faulty = mdm_signer_new(key, "vendor.key", vendor, "mdm.cer", trust, NULL, TESTCA_NOW, NULL);
    struct mdm_bytes out = {0};
    struct mdm_error err = {0};

    (void)state;
    assert_non_null(faulty);
    assert_int_equal(mdm_signer_sign(faulty, csr, "customer.csr", &out, &err), -1);
    assert_int_equal(err.code, MDM_E_FAILED);
    assert_contains(err.text, "failed its own check");
    assert_int_equal(out.size, 0);
    mdm_signer_free(&faulty);
    mdm_key_free(&key);
}

/* ---- Verifying ---- */

/* The request with a signature by `key` with `md` over `data`. */
static struct mdm_bytes signed_by(EVP_PKEY *key, const EVP_MD *md, const struct mdm_bytes *data)
{
    struct texts texts = take_apart(&request);
    struct mdm_bytes signature = {.data = calloc(1, 257), .size = 256};
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    assert_int_equal(EVP_DigestSignInit(ctx, NULL, md, NULL, key), 1);
    assert_int_equal(EVP_DigestSign(ctx, signature.data, &signature.size, data->data, data->size), 1);
    EVP_MD_CTX_free(ctx);
    change(&texts.signature, encode(&signature));
    mdm_bytes_free(&signature);
    return put_together(&texts);
}

/* ---- Short questions ---- */

static void matches_tells_which_step_was_done(void **state)
{
    struct mdm_csr *other_csr = csr_of(keys[OTHER]);
    struct mdm_cert *renewed = testca_cert(keys[VENDOR], &vendor_spec, wwdr, keys[WWDR]);
    struct mdm_bytes forged = signed_by(keys[OTHER], EVP_sha256(), &mdm_csr_facts(csr)->der);
    struct mdm_bytes noise = testca_text("noise");

    (void)state;
    assert_true(mdm_request_matches(&request, vendor, csr));
    assert_true(mdm_request_matches(&request, vendor, NULL));
    assert_false(mdm_request_matches(&request, vendor, other_csr));
    assert_false(mdm_request_matches(&request, renewed, csr));
    assert_false(mdm_request_matches(&forged, vendor, csr));
    assert_false(mdm_request_matches(&noise, vendor, NULL));
    mdm_bytes_free(&forged);
    mdm_bytes_free(&noise);
    mdm_cert_free(&renewed);
    mdm_csr_free(&other_csr);
}

static void csr_comes_out_as_it_went_in(void **state)
{
    struct mdm_csr *out = mdm_request_csr(&request, "plist_encode", NULL);
    struct mdm_bytes noise = testca_text("noise");
    struct mdm_error err = {0};

    (void)state;
    assert_non_null(out);
    assert_true(mdm_bytes_equal(&mdm_csr_facts(out)->der, &mdm_csr_facts(csr)->der));
    mdm_csr_free(&out);
    assert_null(mdm_request_csr(&noise, "plist_encode", &err));
    assert_int_equal(err.code, MDM_E_FAILED);
    assert_contains(err.text, "'plist_encode'");
    mdm_bytes_free(&noise);
}

static void one_changed_byte_never_passes(void **state)
{
    /* Every 97th character of the base64 text, another digit in its place: either the verdict or the bytes it is about
     * must change. */
    (void)state;
    for (size_t i = 0; i < request.size; i += 97) {
        struct mdm_bytes changed = {0};
        struct mdm_report report = {0};

        assert_int_equal(mdm_bytes_append(&changed, request.data, request.size, NULL), 0);
        changed.data[i] = changed.data[i] == 'Q' ? 'R' : 'Q';
        assert_int_equal(mdm_request_verify(&changed, trust, TESTCA_NOW, &report, NULL), 0);
        if (report.code == MDM_OK)
            assert_true(mdm_request_matches(&changed, vendor, csr));
        mdm_report_free(&report);
        mdm_bytes_free(&changed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_request_passes_every_check),
        cmocka_unit_test(request_is_one_line_with_keys_in_apples_order),
        cmocka_unit_test(request_holds_the_original_der_and_the_whole_chain),
        cmocka_unit_test(threads_share_a_signer),
        cmocka_unit_test(wrong_signature_is_never_handed_out),
        cmocka_unit_test(matches_tells_which_step_was_done),
        cmocka_unit_test(csr_comes_out_as_it_went_in),
        cmocka_unit_test(one_changed_byte_never_passes),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
