/* The CA certificates that are compiled in are Apple's, byte for byte: each is pinned by its SHA-256; and they make
 * chains. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "pki/cert.h"
#include "pki/trust.h"

/* As data/apple/README.md lists them. */
static const struct {
    const char *name;
    const char *sha256;
} pinned[] = {
    {"AppleRootCA.cer", "b0b1730ecbc7ff4505142c49f1295e6eda6bcaed7e2c68c5be91b5a11001f024"},
    {"AppleRootCA-G2.cer", "c2b9b042dd57830e7d117dac55ac8ae19407d38e41d88f3215bc3a890444a050"},
    {"AppleRootCA-G3.cer", "63343abfb89a6a03ebb57e9b3f5fa7be7c4f5c756f3017b3a8c488c3653e9179"},
    {"AppleWWDRCAG2.cer", "9ed4b3b88c6a339cf1387895bda9ca6ea31a6b5ce9edf7511845923b0c8ac94c"},
    {"AppleWWDRCAG3.cer", "dcf21878c77f4198e4b4614f03d696d89c66c66008d4244e1b99161aac91601f"},
    {"AppleWWDRCAG4.cer", "ea4757885538dd8cb59ff4556f676087d83c85e70902c122e42c0808b5bce14c"},
    {"AppleWWDRCAG5.cer", "53fd008278e5a595fe1e908ae9c5e5675f26243264a5a6438c023e3ce2870760"},
    {"AppleWWDRCAG6.cer", "bdd4ed6e74691f0c2bfd01be0296197af1379e0418e2d300efa9c3bef642ca30"},
};

enum { PINNED = sizeof pinned / sizeof pinned[0] };

static void hex_sha256(const unsigned char *data, size_t size, char hex[2 * EVP_MAX_MD_SIZE + 1])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;

    assert_int_equal(EVP_Digest(data, size, digest, &length, EVP_sha256(), NULL), 1);
    for (unsigned int i = 0; i < length; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static const struct mdm_embedded *find(const char *name)
{
    for (size_t i = 0; i < mdm_anchor_count; i++)
        if (strcmp(mdm_anchors[i].name, name) == 0)
            return &mdm_anchors[i];
    return NULL;
}

static void each_pinned_certificate_is_compiled_in_unchanged(void **state)
{
    (void)state;
    for (size_t i = 0; i < PINNED; i++) {
        const struct mdm_embedded *anchor = find(pinned[i].name);
        char hex[2 * EVP_MAX_MD_SIZE + 1] = "";

        assert_non_null(anchor);
        hex_sha256(anchor->data, anchor->size, hex);
        assert_string_equal(hex, pinned[i].sha256);
    }
}

static const struct mdm_cert *apples(const struct mdm_trust *trust, const char *what)
{
    const struct mdm_certs *certs = mdm_trust_certs(trust);

    for (size_t i = 0; i < certs->count; i++)
        if (strstr(mdm_cert_facts(certs->items[i])->subject, what) != NULL)
            return certs->items[i];
    fail_msg("no %s", what);
    return NULL;
}

static void intermediates_reach_their_roots(void **state)
{
    static const char *const ways[][2] = {{"OU=G3", "Apple Root CA"},
                                          {"OU=G4", "Apple Root CA"},
                                          {"OU=G5", "Apple Root CA"},
                                          {"Relations CA - G2", "Apple Root CA - G3"},
                                          {"OU=G6", "Apple Root CA - G3"}};
    struct mdm_trust *trust = mdm_trust_apple(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct mdm_certs chain = {0};
        struct mdm_error err = {0};

        if (mdm_trust_chain(trust, apples(trust, ways[i][0]), &(struct mdm_certs){0},
                            mdm_time_from_civil(2026, 11, 23, 12, 0, 0), &chain, &err) != 0)
            fail_msg("%s: %s", ways[i][0], err.text);
        assert_int_equal(chain.count, 2);
        assert_string_equal(mdm_cert_facts(chain.items[1])->common_name, ways[i][1]);
        mdm_certs_free(&chain);
    }
    mdm_trust_free(&trust);
}

static void nothing_else_is_compiled_in(void **state)
{
    (void)state;
    assert_int_equal(mdm_anchor_count, PINNED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pinned_certificate_is_compiled_in_unchanged),
        cmocka_unit_test(intermediates_reach_their_roots),
        cmocka_unit_test(nothing_else_is_compiled_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
