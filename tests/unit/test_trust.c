/* Chains from a certificate up to a trusted root, and every way in which they can be wrong. */
#include "testca.h"

#include "pki/trust.h"

#define OLD    (TESTCA_NOW - 1000 * MDM_DAY)
#define PAST   (TESTCA_NOW - 10 * MDM_DAY)
#define FUTURE (TESTCA_NOW + 10 * MDM_DAY)

enum who { ROOT, WWDR, OTHER, LEAF, KEYS };

static EVP_PKEY *keys[KEYS];
static X509 *root, *wwdr;
static struct mdm_trust *trust;       /* root and wwdr */
static struct mdm_trust *trust_alone; /* root */

static struct mdm_trust *trust_in(X509 *a, X509 *b)
{
    struct mdm_bytes pem = {0};
    struct mdm_trust *made;
    struct mdm_error err = {0};

    testca_append_pem(a, &pem);
    if (b != NULL)
        testca_append_pem(b, &pem);
    made = mdm_trust_from_bytes(&pem, "ca.pem", &err);
    if (made == NULL)
        fail_msg("%s", err.text);
    mdm_bytes_free(&pem);
    return made;
}

static const struct testca_spec root_spec = {.cn = "Test Root", .ca = true};
static const struct testca_spec wwdr_spec = {.cn = "Test WWDR", .ca = true};

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEYS; i++)
        keys[i] = testca_key();
    root = testca_issue(keys[ROOT], &root_spec, NULL, NULL);
    wwdr = testca_issue(keys[WWDR], &wwdr_spec, root, keys[ROOT]);
    trust = trust_in(wwdr, root);
    trust_alone = trust_in(root, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEYS; i++)
        EVP_PKEY_free(keys[i]);
    X509_free(root);
    X509_free(wwdr);
    mdm_trust_free(&trust);
    mdm_trust_free(&trust_alone);
    return 0;
}

/* Looks for the chain of a leaf issued as `spec` says by `issuer`, whose key is keys[who]. */
static int find(const struct mdm_trust *in, struct testca_spec spec, X509 *issuer, enum who who,
                const struct mdm_certs *extra, struct mdm_certs *chain, struct mdm_error *err)
{
    struct mdm_cert *leaf;
    int result;

    spec.cn = spec.cn != NULL ? spec.cn : "MDM Vendor: Leaf";
    leaf = testca_cert(keys[LEAF], &spec, issuer, keys[who]);
    result = mdm_trust_chain(in, leaf, extra, TESTCA_NOW, chain, err);
    assert_int_equal(result == 0, chain->count > 0);
    mdm_cert_free(&leaf);
    return result;
}

static void assert_found(const struct mdm_trust *in, struct testca_spec spec, const struct mdm_certs *extra)
{
    struct mdm_certs chain = {0};
    struct mdm_error err = {0};

    if (find(in, spec, wwdr, WWDR, extra, &chain, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(chain.count, 3);
    assert_string_equal(mdm_cert_facts(chain.items[0])->common_name, "MDM Vendor: Leaf");
    assert_string_equal(mdm_cert_facts(chain.items[1])->common_name, "Test WWDR");
    assert_string_equal(mdm_cert_facts(chain.items[2])->common_name, "Test Root");
    mdm_certs_free(&chain);
}

static void assert_error(const struct mdm_trust *in, struct testca_spec spec, X509 *issuer, enum who who,
                         const struct mdm_certs *extra, enum mdm_code code, const char *words)
{
    struct mdm_certs chain = {0};
    struct mdm_error err = {0};

    assert_int_equal(find(in, spec, issuer, who, extra, &chain, &err), -1);
    assert_contains(err.text, words);
    assert_int_equal(err.code, code);
}

static struct mdm_certs list_of(X509 *x509)
{
    struct mdm_cert *cert = testca_read(x509, false);
    struct mdm_certs certs = {0};

    assert_int_equal(mdm_certs_add(&certs, cert, NULL), 0);
    mdm_cert_free(&cert);
    return certs;
}

static void chain_is_leaf_intermediate_root(void **state)
{
    (void)state;
    assert_found(trust, (struct testca_spec){0}, NULL);
}

static void intermediate_from_outside_is_used(void **state)
{
    struct mdm_certs extra = list_of(wwdr);

    (void)state;
    assert_found(trust_alone, (struct testca_spec){0}, &extra);
    mdm_certs_free(&extra);
}

static void validity_includes_its_first_and_last_second(void **state)
{
    struct testca_spec spec = {.not_before = TESTCA_NOW, .not_after = TESTCA_NOW};

    (void)state;
    assert_found(trust, spec, NULL);
    spec.not_before = TESTCA_NOW + 1;
    spec.not_after = TESTCA_NOW + 2;
    assert_error(trust, spec, wwdr, WWDR, NULL, MDM_E_REFUSED, "not valid before");
    spec.not_before = TESTCA_NOW - 2;
    spec.not_after = TESTCA_NOW - 1;
    assert_error(trust, spec, wwdr, WWDR, NULL, MDM_E_EXPIRED, "expired");
}

static void renewed_intermediate_replaces_the_expired_one(void **state)
{
    /* As Apple renewed WWDR of 2008 in 2013: the same name and key, other dates. */
    struct testca_spec old = wwdr_spec;
    X509 *old_wwdr;
    struct mdm_trust *old_trust;
    struct mdm_certs extra = list_of(wwdr);

    (void)state;
    old.not_before = OLD;
    old.not_after = PAST;
    old_wwdr = testca_issue(keys[WWDR], &old, root, keys[ROOT]);
    old_trust = trust_in(old_wwdr, root);
    assert_found(old_trust, (struct testca_spec){0}, &extra);
    assert_error(old_trust, (struct testca_spec){0}, wwdr, WWDR, NULL, MDM_E_EXPIRED, "intermediate");
    mdm_trust_free(&old_trust);
    mdm_certs_free(&extra);
    X509_free(old_wwdr);
}

static void lax_intermediate_is_refused(void **state)
{
    /* RFC 5280 section 4.2.1.9: a CA's basicConstraints are critical. Only the strict rules see it. */
    X509 *lax = testca_issue(keys[OTHER], &(struct testca_spec){.cn = "Lax", .ca = true, .constraints = "CA:TRUE"},
                             root, keys[ROOT]);
    struct mdm_certs extra = list_of(lax);

    (void)state;
    assert_error(trust, (struct testca_spec){0}, lax, OTHER, &extra, MDM_E_REFUSED,
                 "'CN=Lax,O=Test' is not acceptable");
    mdm_certs_free(&extra);
    X509_free(lax);
}

static const struct mdm_cert *apple(const struct mdm_trust *apples, const char *what)
{
    const struct mdm_certs *certs = mdm_trust_certs(apples);

    for (size_t i = 0; i < certs->count; i++)
        if (strstr(mdm_cert_facts(certs->items[i])->subject, what) != NULL)
            return certs->items[i];
    fail_msg("no %s", what);
    return NULL;
}

static void apples_intermediates_reach_their_roots(void **state)
{
    static const char *const ways[][2] = {{"OU=G3", "Apple Root CA"},
                                          {"OU=G4", "Apple Root CA"},
                                          {"OU=G5", "Apple Root CA"},
                                          {"Relations CA - G2", "Apple Root CA - G3"},
                                          {"OU=G6", "Apple Root CA - G3"}};
    struct mdm_trust *apples = mdm_trust_apple(NULL);

    (void)state;
    assert_non_null(apples);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct mdm_certs chain = {0};
        struct mdm_error err = {0};

        if (mdm_trust_chain(apples, apple(apples, ways[i][0]), NULL, TESTCA_NOW, &chain, &err) != 0)
            fail_msg("%s: %s", ways[i][0], err.text);
        assert_int_equal(chain.count, 2);
        assert_string_equal(mdm_cert_facts(chain.items[1])->common_name, ways[i][1]);
        mdm_certs_free(&chain);
    }
    mdm_trust_free(&apples);
    assert_null(apples);
}

static void strangers_are_not_apples(void **state)
{
    struct mdm_trust *apples = mdm_trust_apple(NULL);

    (void)state;
    assert_error(apples, (struct testca_spec){0}, wwdr, WWDR, NULL, MDM_E_REFUSED, "missing");
    mdm_trust_free(&apples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chain_is_leaf_intermediate_root),
        cmocka_unit_test(intermediate_from_outside_is_used),
        cmocka_unit_test(validity_includes_its_first_and_last_second),
        cmocka_unit_test(renewed_intermediate_replaces_the_expired_one),
        cmocka_unit_test(lax_intermediate_is_refused),
        cmocka_unit_test(apples_intermediates_reach_their_roots),
        cmocka_unit_test(strangers_are_not_apples),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
