/* PKCS#12, with and without its password. */
#include <openssl/err.h>
#include <string.h>

#include "fuzz.h"
#include "pki/filekind.h"
#include "pki/p12.h"

static void open_with(const struct mdm_bytes *file, const struct mdm_secret *password)
{
    struct mdm_key *key = NULL;
    struct mdm_certs certs = {0};
    struct mdm_error err = {0};
    struct mdm_key_id id;

    if (mdm_p12_open(file, "the input", password, &key, &certs, &err) != 0) {
        fuzz_check_error(&err);
        FUZZ_REQUIRE(key == NULL);
    }
    FUZZ_REQUIRE(key == NULL || mdm_key_get_id(key, &id, &err) == 0);
    for (size_t i = 0; i < certs.count; i++)
        fuzz_check_facts(mdm_cert_facts(certs.items[i]));
    mdm_key_free(&key);
    mdm_certs_free(&certs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mdm_bytes file = fuzz_bytes(data, size);
    struct mdm_secret *password = mdm_secret_new(FUZZ_PASSWORD, strlen(FUZZ_PASSWORD), NULL);
    struct mdm_secret *empty = mdm_secret_empty(NULL);
    struct mdm_key_facts facts;
    char sha1[41] = "";

    FUZZ_REQUIRE(password != NULL && empty != NULL);
    if (mdm_p12_cert_sha1(&file, sha1))
        FUZZ_REQUIRE(strlen(sha1) == 40 && strspn(sha1, "0123456789abcdef") == 40);
    mdm_key_describe(&file, &facts);
    (void)mdm_filekind_of(&file);
    open_with(&file, NULL);
    open_with(&file, empty);
    open_with(&file, password);
    mdm_secret_free(&password);
    mdm_secret_free(&empty);
    ERR_clear_error();
    return 0;
}
