/* Push certificate requests: made, read back, and judged, whatever tool made them. */
#include "testca.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <pthread.h>
#include <unistd.h>

#include "pki/digest.h"
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

static struct mdm_bytes pem_of(X509 *a, X509 *b, X509 *c)
{
    X509 *all[] = {a, b, c};
    struct mdm_bytes pem = {0};

    for (size_t i = 0; i < 3; i++)
        if (all[i] != NULL)
            testca_append_pem(all[i], &pem);
    return pem;
}

static struct mdm_bytes wrapped(const struct mdm_bytes *text, size_t width, const char *newline)
{
    struct mdm_bytes out = {0};

    for (size_t i = 0; i < text->size; i += width) {
        size_t rest = text->size - i;

        assert_int_equal(mdm_bytes_append(&out, text->data + i, rest < width ? rest : width, NULL), 0);
        assert_int_equal(mdm_bytes_append_text(&out, newline, NULL), 0);
    }
    return out;
}

/* ---- Judging ---- */

static const struct mdm_check *check_of(const struct mdm_report *report, const char *name)
{
    for (size_t i = 0; i < report->count; i++)
        if (strcmp(report->items[i].name, name) == 0)
            return &report->items[i];
    fail_msg("no check '%s'", name);
    return NULL;
}

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

/* Takes `file`; the check `name` must come to `verdict` with `words`, and the whole to `code`. `alone`: no other check
 * finds anything. */
static void assert_judged(struct mdm_bytes file, const char *name, enum mdm_verdict verdict, const char *words,
                          enum mdm_code code, bool alone)
{
    struct mdm_report report = {0};
    const struct mdm_check *check;

    assert_int_equal(mdm_request_verify(&file, trust, TESTCA_NOW, &report, NULL), 0);
    assert_int_equal(report.count, 14);
    check = check_of(&report, name);
    assert_contains(check->detail, words);
    assert_int_equal(check->verdict, verdict);
    if (alone)
        assert_no_other_failure(&report, name);
    assert_int_equal(report.code, code);
    mdm_report_free(&report);
    mdm_bytes_free(&file);
}

static void assert_fails(struct mdm_bytes file, const char *name, const char *words)
{
    assert_judged(file, name, MDM_FAIL, words, MDM_E_REFUSED, true);
}

/* A request by the key `who`, under a certificate made as `spec` says, for the usual CSR. */
static struct mdm_bytes request_under(struct testca_spec spec, X509 *issuer, enum who issuer_key)
{
    X509 *x509 = testca_issue(keys[VENDOR], &spec, issuer, keys[issuer_key]);
    struct texts texts = take_apart(&request);
    struct mdm_bytes file;

    change(&texts.chain, pem_of(x509, issuer, root));
    file = put_together(&texts);
    X509_free(x509);
    return file;
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
    assert_true(mdm_bytes_equal(&der, mdm_csr_der(csr)));
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

static void save(const char *folder, const char *name, const struct mdm_bytes *bytes)
{
    char path[256];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes->data, 1, bytes->size, file), bytes->size);
    assert_int_equal(fclose(file), 0);
}

static void openssl_confirms_signature_and_chain(void **state)
{
    char folder[] = "/tmp/test-request-XXXXXX", command[1024];
    struct texts texts = take_apart(&request);
    struct mdm_bytes signature = {0}, roots = pem_of(root, NULL, NULL);

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(mdm_base64_decode(texts.signature.data, texts.signature.size, &signature, NULL), 0);
    save(folder, "csr.der", mdm_csr_der(csr));
    save(folder, "signature", &signature);
    save(folder, "chain.pem", &texts.chain);
    save(folder, "root.pem", &roots);
    (void)snprintf(command, sizeof command,
                   "cd %s && openssl x509 -in chain.pem -noout -pubkey >key.pem && "
                   "openssl dgst -sha256 -verify key.pem -signature signature csr.der >log 2>&1 && "
                   "openssl verify -attime 1795435200 -x509_strict -no-CApath -no-CAstore -CAfile root.pem "
                   "-untrusted chain.pem chain.pem >>log 2>&1",
                   folder);
    assert_int_equal(system(command), 0);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    mdm_bytes_free(&signature);
    mdm_bytes_free(&roots);
    mdm_bytes_free(&texts.csr);
    mdm_bytes_free(&texts.chain);
    mdm_bytes_free(&texts.signature);
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

static void assert_no_signer(struct testca_spec spec, X509 *issuer, enum who issuer_key, enum who key,
                             enum mdm_code code, const char *words, const char *hint)
{
    struct mdm_cert *cert = testca_cert(keys[key], &spec, issuer, keys[issuer_key]);
    struct mdm_error err = {0};

    assert_null(mdm_signer_new(vendor_key, "vendor.key", cert, "mdm.cer", trust, NULL, TESTCA_NOW, &err));
    assert_contains(err.text, words);
    assert_contains(err.hint, hint);
    assert_int_equal(err.code, code);
    mdm_cert_free(&cert);
}

static void signer_refuses_what_is_no_vendor_certificate(void **state)
{
    (void)state;
    assert_no_signer((struct testca_spec){.cn = "APSP", .uid = "com.apple.mgmt.External.1"}, wwdr, WWDR, VENDOR,
                     MDM_E_REFUSED, "is a push certificate, where the vendor certificate is due", "MDM CSR");
    assert_no_signer((struct testca_spec){.cn = "MDM Vendor: Acme", .ca = true}, wwdr, WWDR, VENDOR, MDM_E_REFUSED,
                     "is an intermediate CA certificate, where the vendor certificate is due", "MDM CSR");
    assert_no_signer((struct testca_spec){.cn = "Root", .ca = true}, NULL, VENDOR, VENDOR, MDM_E_REFUSED,
                     "is a root CA certificate, where the vendor certificate is due", "MDM CSR");
    assert_no_signer((struct testca_spec){.cn = "MDM Vendor: Acme", .key_usage = "critical,keyAgreement"}, wwdr, WWDR,
                     VENDOR, MDM_E_REFUSED, "not for digital signatures", "");
}

static void signer_refuses_a_certificate_for_another_key(void **state)
{
    char id[MDM_KEY_ID_TEXT_MAX];

    (void)state;
    mdm_key_id_format(&mdm_cert_facts(vendor)->key_id, id);
    assert_no_signer(vendor_spec, wwdr, WWDR, OTHER, MDM_E_REFUSED, "'mdm.cer' was not issued for 'vendor.key'", "");
    assert_no_signer(vendor_spec, wwdr, WWDR, OTHER, MDM_E_REFUSED, id, "'vendor.key'");
    /* The wrong key comes before the dates. */
    assert_no_signer((struct testca_spec){.cn = "MDM Vendor: A", .not_before = OLD, .not_after = PAST}, wwdr, WWDR,
                     OTHER, MDM_E_REFUSED, "not issued for", "");
}

static void signer_refuses_wrong_dates_and_chains(void **state)
{
    (void)state;
    assert_no_signer((struct testca_spec){.cn = "MDM Vendor: A", .not_before = OLD, .not_after = PAST}, wwdr, WWDR,
                     VENDOR, MDM_E_EXPIRED, "expired on 2026-11-13", "in place of 'mdm.cer'");
    assert_no_signer((struct testca_spec){.cn = "MDM Vendor: A", .not_before = FUTURE}, wwdr, WWDR, VENDOR,
                     MDM_E_REFUSED, "not valid before 2026-12-03", "date and time");
    assert_no_signer((struct testca_spec){.cn = "MDM Vendor: A"}, NULL, VENDOR, VENDOR, MDM_E_REFUSED, "signed itself",
                     "");
}

static void signer_takes_a_certificate_without_marks(void **state)
{
    struct mdm_cert *cert = testca_cert(keys[VENDOR], &(struct testca_spec){.cn = "Renamed"}, wwdr, keys[WWDR]);
    struct mdm_signer *other = mdm_signer_new(vendor_key, "vendor.key", cert, "mdm.cer", trust, NULL, TESTCA_NOW, NULL);

    (void)state;
    assert_non_null(other);
    mdm_cert_free(&cert); /* the signer has a reference of its own */
    assert_string_equal(mdm_cert_facts(mdm_signer_chain(other)->items[0])->common_name, "Renamed");
    mdm_signer_free(&other);
    assert_null(other);
}

static void signer_refuses_the_vendors_own_key(void **state)
{
    struct mdm_csr *own = csr_of(keys[VENDOR]);
    struct mdm_bytes out = {0};
    struct mdm_error err = {0};

    (void)state;
    assert_int_equal(mdm_signer_sign(signer, own, "own.csr", &out, &err), -1);
    assert_int_equal(err.code, MDM_E_REFUSED);
    assert_contains(err.text, "'own.csr' carries the vendor's own key");
    assert_int_equal(out.size, 0);
    mdm_csr_free(&own);
}

static void signer_refuses_a_changed_csr(void **state)
{
    struct mdm_bytes der = {0}, out = {0};
    struct mdm_error err = {0};
    struct mdm_csr *changed;

    (void)state;
    testca_append_csr(keys[CUSTOMER], &der);
    der.data[der.size - 1] ^= 1;
    changed = mdm_csr_from_bytes(&der, "customer.csr", NULL);
    assert_non_null(changed);
    assert_int_equal(mdm_signer_sign(signer, changed, "customer.csr", &out, &err), -1);
    assert_int_equal(err.code, MDM_E_REFUSED);
    assert_int_equal(out.size, 0);
    mdm_csr_free(&changed);
    mdm_bytes_free(&der);
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
    assert_contains(err.text, "does not stand its own check");
    assert_int_equal(out.size, 0);
    mdm_signer_free(&faulty);
    mdm_key_free(&key);
}

/* ---- Verifying ---- */

static void forms_of_other_tools_pass(void **state)
{
    struct texts texts = take_apart(&request);
    struct mdm_bytes file, xml;

    (void)state;
    assert_passes(put_together(&texts)); /* alphabetical keys */
    texts = take_apart(&request);
    change(&texts.csr, wrapped(&texts.csr, 76, "\n"));
    change(&texts.signature, wrapped(&texts.signature, 76, "\n"));
    file = put_together(&texts);
    assert_passes(wrapped(&file, 76, "\n")); /* mdmcert.download */
    assert_passes(wrapped(&file, 64, "\r\n"));
    mdm_bytes_free(&file);
    texts = take_apart(&request); /* Apple's sample: a newline on both sides of every value */
    change(&texts.csr, testca_replace(&texts.csr, "MII", "\n MII"));
    change(&texts.chain, testca_replace(&texts.chain, "-----BEGIN", "\n-----BEGIN"));
    assert_passes(put_together(&texts));
    file = (struct mdm_bytes){0};
    assert_int_equal(mdm_base64_decode(request.data, request.size, &file, NULL), 0);
    xml = testca_replace(&file, "-//Apple//DTD", "-//Apple Inc//DTD");
    assert_passes(encode(&xml));
    mdm_bytes_free(&file);
    mdm_bytes_free(&xml);
}

static void what_is_no_request_is_named(void **state)
{
    struct mdm_bytes xml = {0}, der = {0}, pem = {0}, wrong;

    (void)state;
    assert_judged((struct mdm_bytes){0}, "base64", MDM_FAIL, "empty", MDM_E_FAILED, true);
    assert_judged(testca_text("<html>"), "base64", MDM_FAIL, "a web page", MDM_E_FAILED, true);
    assert_judged(testca_text("hello world!"), "base64", MDM_FAIL, "'!'", MDM_E_FAILED, true);
    assert_int_equal(mdm_base64_decode(request.data, request.size, &xml, NULL), 0);
    wrong = testca_replace(&xml, "PushCertSignature", "PushCertSig");
    assert_judged(xml, "base64", MDM_FAIL, "only its base64 form", MDM_E_FAILED, true);
    assert_judged(encode(&wrong), "keys", MDM_FAIL, "PushCertSignature is missing", MDM_E_FAILED, true);
    mdm_bytes_free(&wrong);
    assert_int_equal(mdm_csr_to_pem(csr, &pem, NULL), 0);
    assert_judged(pem, "base64", MDM_FAIL, "certificate signing request", MDM_E_FAILED, true);
    testca_append_csr(keys[CUSTOMER], &der);
    assert_judged(encode(&der), "plist", MDM_FAIL, "certificate signing request", MDM_E_FAILED, true);
    mdm_bytes_free(&der);
    wrong = (struct mdm_bytes){.data = calloc(1, 1100000), .size = 1100000};
    memset(wrong.data, 'A', wrong.size);
    assert_judged(wrong, "base64", MDM_FAIL, "1 MiB", MDM_E_FAILED, true);
}

static void data_in_place_of_a_string_is_named(void **state)
{
    struct mdm_bytes xml = {0}, half, wrong;

    (void)state;
    assert_int_equal(mdm_base64_decode(request.data, request.size, &xml, NULL), 0);
    half = testca_replace(&xml, "<key>PushCertRequestCSR</key>\n\t<string>", "<key>PushCertRequestCSR</key><data>");
    wrong = testca_replace(&half, "</string>\n\t<key>PushCertCertificateChain", "</data><key>PushCertCertificateChain");
    assert_judged(encode(&wrong), "keys", MDM_FAIL, "PushCertRequestCSR is not a <string>", MDM_E_FAILED, true);
    mdm_bytes_free(&xml);
    mdm_bytes_free(&half);
    mdm_bytes_free(&wrong);
}

static void wrong_csrs_are_named(void **state)
{
    struct texts texts = take_apart(&request);
    struct mdm_bytes pem = {0}, der = {0};

    (void)state;
    assert_int_equal(mdm_csr_to_pem(csr, &pem, NULL), 0);
    change(&texts.csr, pem);
    assert_judged(put_together(&texts), "csr", MDM_FAIL, "PEM text", MDM_E_REFUSED, true);
    texts = take_apart(&request);
    assert_int_equal(mdm_csr_to_pem(csr, &der, NULL), 0);
    change(&texts.csr, encode(&der)); /* base64 of PEM is base64 twice */
    mdm_bytes_free(&der);
    assert_judged(put_together(&texts), "csr", MDM_FAIL, "more than the DER", MDM_E_REFUSED, false);
    texts = take_apart(&request);
    testca_append_csr_version(keys[CUSTOMER], 1, &der);
    change(&texts.csr, encode(&der));
    mdm_bytes_free(&der);
    assert_judged(put_together(&texts), "csr", MDM_FAIL, "version field is 1", MDM_E_REFUSED, false);
    texts = take_apart(&request);
    texts.csr.data[100] = '!';
    assert_judged(put_together(&texts), "csr", MDM_FAIL, "'!'", MDM_E_REFUSED, true);
    texts = take_apart(&request);
    testca_append_csr(keys[CUSTOMER], &der);
    der.data[der.size - 1] ^= 1;
    change(&texts.csr, encode(&der));
    mdm_bytes_free(&der);
    assert_judged(put_together(&texts), "csr signature", MDM_FAIL, "damaged or was changed", MDM_E_REFUSED, false);
}

/* Takes `key`; a request for it that is otherwise right. */
static struct mdm_bytes request_for(EVP_PKEY *key)
{
    struct texts texts = take_apart(&request);
    struct mdm_bytes der = {0}, signature = {0};

    testca_append_csr(key, &der);
    assert_int_equal(mdm_sign_sha256(keys[VENDOR], &der, &signature, NULL), 0);
    change(&texts.csr, encode(&der));
    change(&texts.signature, encode(&signature));
    mdm_bytes_free(&der);
    mdm_bytes_free(&signature);
    EVP_PKEY_free(key);
    return put_together(&texts);
}

static void only_rsa_2048_keys_pass(void **state)
{
    (void)state;
    assert_fails(request_for(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)3072)), "csr key", "RSA 3072");
    assert_fails(request_for(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024)), "csr key", "RSA 1024");
    assert_fails(request_for(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256")), "csr key", "not RSA");
}

static void roles_mixed_up_are_named(void **state)
{
    (void)state;
    assert_int_equal(EVP_PKEY_up_ref(keys[VENDOR]), 1);
    assert_fails(request_for(keys[VENDOR]), "keys differ", "the vendor's own key");
}

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

static void wrong_signatures_are_explained(void **state)
{
    struct texts texts = take_apart(&request);
    struct mdm_bytes pem = {0};

    (void)state;
    assert_int_equal(mdm_csr_to_pem(csr, &pem, NULL), 0);
    assert_fails(signed_by(keys[VENDOR], EVP_sha1(), mdm_csr_der(csr)), "signature", "SHA-1");
    assert_fails(signed_by(keys[VENDOR], EVP_sha256(), &pem), "signature", "PEM text");
    assert_fails(signed_by(keys[CUSTOMER], EVP_sha256(), mdm_csr_der(csr)), "signature", "customer's key");
    assert_fails(signed_by(keys[OTHER], EVP_sha256(), mdm_csr_der(csr)), "signature", "another key");
    change(&texts.signature, testca_text("   "));
    assert_fails(put_together(&texts), "signature", "empty");
    mdm_bytes_free(&pem);
}

static struct mdm_bytes with_chain(struct mdm_bytes chain)
{
    struct texts texts = take_apart(&request);

    change(&texts.chain, chain);
    return put_together(&texts);
}

static void wrong_chains_are_named(void **state)
{
    X509 *x509 = mdm_cert_x509(vendor);
    X509 *old_spec_wwdr =
        testca_issue(keys[OTHER], &(struct testca_spec){.cn = "Test WWDR G1", .ca = true}, root, keys[ROOT]);
    struct mdm_bytes glued = pem_of(x509, wwdr, root), long_lines;

    (void)state;
    assert_judged(with_chain(pem_of(wwdr, x509, root)), "chain order", MDM_WARN,
                  "the first certificate is 'CN=Test WWDR", MDM_OK, true);
    assert_judged(with_chain(pem_of(root, wwdr, x509)), "chain order", MDM_WARN,
                  "the first certificate is 'CN=Test Root", MDM_OK, true);
    assert_judged(with_chain(pem_of(x509, root, wwdr)), "chain order", MDM_WARN, "was not issued by the one behind it",
                  MDM_OK, true);
    assert_judged(with_chain(pem_of(x509, wwdr, NULL)), "chain trust", MDM_FAIL, "lacks 'CN=Test Root", MDM_E_REFUSED,
                  true);
    assert_judged(with_chain(pem_of(x509, root, NULL)), "chain trust", MDM_FAIL, "lacks 'CN=Test WWDR", MDM_E_REFUSED,
                  false);
    assert_judged(with_chain(pem_of(x509, old_spec_wwdr, root)), "chain trust", MDM_FAIL, "lacks 'CN=Test WWDR,",
                  MDM_E_REFUSED, false);
    assert_judged(with_chain(pem_of(wwdr, root, NULL)), "chain order", MDM_FAIL, "no vendor certificate", MDM_E_REFUSED,
                  true);
    assert_judged(with_chain(testca_text("none")), "chain", MDM_FAIL, "no certificate", MDM_E_REFUSED, true);
    testca_append_pem(old_spec_wwdr, &glued);
    assert_judged(with_chain(glued), "chain order", MDM_WARN, "behind the root", MDM_OK, true);
    glued = pem_of(x509, wwdr, root);
    change(&glued, testca_replace(&glued, "-----\n-----BEGIN", "----------BEGIN"));
    assert_fails(with_chain(glued), "pem lines", "lines of their own");
    long_lines = pem_of(x509, wwdr, root);
    for (size_t i = 0; i < 3; i++) /* the line breaks within the first lines of the vendor certificate */
        memmove(long_lines.data + 28 + 64 + i * 64, long_lines.data + 28 + 64 + i * 64 + 1,
                long_lines.size-- - (28 + 64 + i * 64));
    assert_fails(with_chain(long_lines), "pem lines", "line 1 of certificate 1 has 256 characters");
    X509_free(old_spec_wwdr);
}

static void renewed_intermediate_in_the_request_is_taken(void **state)
{
    /* The same CA with another serial and other dates than the one we know: what the request carries counts. */
    X509 *x509 = mdm_cert_x509(vendor);
    X509 *renewed = testca_issue(
        keys[WWDR], &(struct testca_spec){.cn = "Test WWDR", .ca = true, .not_after = TESTCA_NOW + 9 * 365 * MDM_DAY},
        root, keys[ROOT]);
    X509 *expired = testca_issue(
        keys[WWDR], &(struct testca_spec){.cn = "Test WWDR", .ca = true, .not_before = OLD, .not_after = PAST}, root,
        keys[ROOT]);

    (void)state;
    assert_passes(with_chain(pem_of(x509, renewed, root)));
    assert_fails(with_chain(pem_of(x509, expired, root)), "chain trust", "lacks 'CN=Test WWDR");
    X509_free(renewed);
    X509_free(expired);
}

static void wrong_vendor_certificates_are_named(void **state)
{
    X509 *other_root = testca_issue(keys[OTHER], &(struct testca_spec){.cn = "Other", .ca = true}, NULL, NULL);

    (void)state;
    assert_fails(request_under((struct testca_spec){.cn = "APSP", .uid = "com.apple.mgmt.External.1"}, wwdr, WWDR),
                 "vendor certificate", "is a push certificate");
    assert_fails(
        request_under(
            (struct testca_spec){.cn = "MDM Vendor: A", .marker = TESTCA_VENDOR_MARKER, .key_usage = "keyAgreement"},
            wwdr, WWDR),
        "vendor certificate", "not for digital signatures");
    assert_judged(request_under((struct testca_spec){.cn = "MDM Vendor: Acme"}, wwdr, WWDR), "vendor certificate",
                  MDM_WARN, "lacks the marker", MDM_OK, true);
    assert_judged(request_under(vendor_spec, other_root, OTHER), "chain trust", MDM_FAIL, "not a trusted root",
                  MDM_E_REFUSED, false);
    X509_free(other_root);
}

static void expiry_is_a_verdict_of_its_own(void **state)
{
    struct testca_spec old = vendor_spec, young = vendor_spec;
    struct texts texts;
    struct mdm_bytes expired;

    (void)state;
    old.not_before = OLD;
    old.not_after = PAST;
    young.not_before = FUTURE;
    assert_judged(request_under(old, wwdr, WWDR), "dates", MDM_FAIL, "expired on 2026-11-13", MDM_E_EXPIRED, true);
    assert_judged(request_under(young, wwdr, WWDR), "dates", MDM_FAIL, "not valid before", MDM_E_REFUSED, true);
    expired = request_under(old, wwdr, WWDR);
    texts = take_apart(&expired);
    texts.signature.data[10] = texts.signature.data[10] == 'A' ? 'B' : 'A';
    assert_judged(put_together(&texts), "dates", MDM_FAIL, "expired", MDM_E_REFUSED, false);
    mdm_bytes_free(&expired);
}

/* ---- Short questions ---- */

static void matches_tells_which_step_was_done(void **state)
{
    struct mdm_csr *other_csr = csr_of(keys[OTHER]);
    struct mdm_cert *renewed = testca_cert(keys[VENDOR], &vendor_spec, wwdr, keys[WWDR]);
    struct mdm_bytes forged = signed_by(keys[OTHER], EVP_sha256(), mdm_csr_der(csr));
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
    assert_true(mdm_bytes_equal(mdm_csr_der(out), mdm_csr_der(csr)));
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
        cmocka_unit_test(openssl_confirms_signature_and_chain),
        cmocka_unit_test(threads_share_a_signer),
        cmocka_unit_test(signer_refuses_what_is_no_vendor_certificate),
        cmocka_unit_test(signer_refuses_a_certificate_for_another_key),
        cmocka_unit_test(signer_refuses_wrong_dates_and_chains),
        cmocka_unit_test(signer_takes_a_certificate_without_marks),
        cmocka_unit_test(signer_refuses_the_vendors_own_key),
        cmocka_unit_test(signer_refuses_a_changed_csr),
        cmocka_unit_test(wrong_signature_is_never_handed_out),
        cmocka_unit_test(forms_of_other_tools_pass),
        cmocka_unit_test(what_is_no_request_is_named),
        cmocka_unit_test(data_in_place_of_a_string_is_named),
        cmocka_unit_test(wrong_csrs_are_named),
        cmocka_unit_test(only_rsa_2048_keys_pass),
        cmocka_unit_test(roles_mixed_up_are_named),
        cmocka_unit_test(wrong_signatures_are_explained),
        cmocka_unit_test(wrong_chains_are_named),
        cmocka_unit_test(renewed_intermediate_in_the_request_is_taken),
        cmocka_unit_test(wrong_vendor_certificates_are_named),
        cmocka_unit_test(expiry_is_a_verdict_of_its_own),
        cmocka_unit_test(matches_tells_which_step_was_done),
        cmocka_unit_test(csr_comes_out_as_it_went_in),
        cmocka_unit_test(one_changed_byte_never_passes),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
