/* Private keys in all forms, with and without a password, and what is told of them without one. */
#include <openssl/err.h>
#include <string.h>

#include "fuzz.h"
#include "pki/cert.h"
#include "pki/key.h"

/* A key that was read, written in clear, is the same when it is read again. */
static void check_written(const struct mdm_key *key, enum mdm_key_form form, const struct mdm_key_id *id)
{
    struct mdm_bytes pem = {0};
    struct mdm_error err = {0};
    struct mdm_key_facts facts;
    struct mdm_key *again;

    FUZZ_REQUIRE(mdm_key_to_pem(key, form, NULL, &pem, &err) == 0);
    mdm_key_describe(&pem, &facts);
    FUZZ_REQUIRE(facts.is_key && !facts.encrypted && facts.id_known && mdm_key_id_equal(&facts.id, id));
    again = mdm_key_from_bytes(&pem, "again", NULL, NULL, &err);
    FUZZ_REQUIRE(again != NULL && mdm_key_id_equal(mdm_key_get_id(again), id));
    mdm_key_free(&again);
    mdm_bytes_free(&pem);
}

static void check_key(struct mdm_key *key, const struct mdm_key_facts *facts)
{
    struct mdm_error err = {0};
    struct mdm_key_id id;

    FUZZ_REQUIRE(facts->is_key);
    id = *mdm_key_get_id(key);
    FUZZ_REQUIRE(!facts->id_known || mdm_key_id_equal(&id, &facts->id));
    if (mdm_key_check(key, "the input", &err) != 0)
        fuzz_check_error(&err);
    check_written(key, MDM_KEY_PKCS8, &id);
    check_written(key, MDM_KEY_PKCS1, &id);
    mdm_key_free(&key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mdm_bytes file = fuzz_bytes(data, size);
    struct mdm_error err = {0}, second = {0};
    struct mdm_secret *password = mdm_secret_new(FUZZ_PASSWORD, strlen(FUZZ_PASSWORD), &err);
    struct mdm_key_facts facts;
    struct mdm_key *clear, *unlocked;

    FUZZ_REQUIRE(password != NULL);
    mdm_key_describe(&file, &facts);
    FUZZ_REQUIRE(facts.is_key || (!facts.encrypted && !facts.id_known));
    clear = mdm_key_from_bytes(&file, "the input", NULL, NULL, &err);
    unlocked = mdm_key_from_bytes(&file, "the input", password, NULL, &second);
    if (clear == NULL)
        fuzz_check_error(&err);
    else
        check_key(clear, &facts);
    if (unlocked == NULL)
        fuzz_check_error(&second);
    else
        check_key(unlocked, &facts);
    mdm_secret_free(&password);
    (void)mdm_filekind_of(&file);
    FUZZ_REQUIRE(ERR_peek_error() == 0);
    return 0;
}
