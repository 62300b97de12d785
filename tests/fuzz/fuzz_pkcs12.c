/* PKCS#12, with and without its password. */
#include <openssl/err.h>
#include <string.h>

#include "fuzz.h"
#include "pki/cert.h"

static void open_with(const struct mdm_bytes *file, const struct mdm_secret *password)
{
    struct mdm_p12 p12;
    struct mdm_error err = {0};

    if (mdm_keys_from_bytes(file, "the input", password, &p12, &err) != 0) {
        fuzz_check_error(&err);
        FUZZ_REQUIRE(p12.keys.count == 0 && p12.certs.count == 0);
    }
    for (size_t i = 0; i < p12.keys.count; i++)
        FUZZ_REQUIRE(p12.keys.items[i] != NULL);
    for (size_t i = 0; i < p12.certs.count; i++)
        fuzz_check_facts(mdm_cert_facts(p12.certs.items[i]));
    mdm_p12_free(&p12);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mdm_bytes file = fuzz_bytes(data, size);
    struct mdm_secret *password = mdm_secret_new(FUZZ_PASSWORD, strlen(FUZZ_PASSWORD), NULL);
    struct mdm_secret *empty = mdm_secret_new("", 0, NULL);
    struct mdm_key_facts facts;

    FUZZ_REQUIRE(password != NULL && empty != NULL);
    mdm_key_describe(&file, &facts);
    FUZZ_REQUIRE(facts.cert_sha1[0] == '\0' || strlen(facts.cert_sha1) == 40);
    FUZZ_REQUIRE(strspn(facts.cert_sha1, "0123456789abcdef") == strlen(facts.cert_sha1));
    (void)mdm_filekind_of(&file);
    open_with(&file, NULL);
    open_with(&file, empty);
    open_with(&file, password);
    mdm_secret_free(&password);
    mdm_secret_free(&empty);
    ERR_clear_error();
    return 0;
}
