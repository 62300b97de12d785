/*
 * For cheap.c: a provider that offers a dozen of the default provider's algorithms, so that libcrypto builds no tables
 * of the hundreds that one signature does not need. It takes libcrypto's word for it that an implementation may be lent
 * from one library context to another, which is more than a program should rely on: this is a floor, not an example.
 */
#include "narrow.h"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <string.h>

#include "job.h"

#define OPERATIONS 32 /* OSSL_OP_* are below */
#define LENT_MAX   16

struct wish {
    int operation;
    const char *name;       /* an algorithm's first name */
    const char *properties; /* what its properties must contain */
};

static const struct wish wishes[] = {
    {OSSL_OP_DIGEST, "SHA2-256", ""}, {OSSL_OP_DIGEST, "SHA1", ""},   {OSSL_OP_CIPHER, "AES-256-CBC", ""},
    {OSSL_OP_MAC, "HMAC", ""},        {OSSL_OP_KDF, "PBKDF2", ""},    {OSSL_OP_RAND, "HASH-DRBG", ""},
    {OSSL_OP_KEYMGMT, "RSA", ""},     {OSSL_OP_SIGNATURE, "RSA", ""}, {OSSL_OP_DECODER, "RSA", "SubjectPublicKeyInfo"},
};

static OSSL_PROVIDER *lender;
static OSSL_ALGORITHM lent[OPERATIONS][LENT_MAX + 1];

static int is_wished(int operation, const OSSL_ALGORITHM *algorithm)
{
    size_t size = strcspn(algorithm->algorithm_names, ":");

    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++)
        if (wishes[i].operation == operation && strlen(wishes[i].name) == size &&
            strncmp(algorithm->algorithm_names, wishes[i].name, size) == 0 &&
            strstr(algorithm->property_definition, wishes[i].properties) != NULL)
            return 1;
    return 0;
}

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache)
{
    const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(lender, operation, no_cache);
    size_t count = 0;

    (void)provider;
    if (all == NULL || operation >= OPERATIONS)
        return NULL;
    for (; all->algorithm_names != NULL && count < LENT_MAX; all++)
        if (is_wished(operation, all))
            lent[operation][count++] = *all;
    return lent[operation];
}

static int begin(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **context)
{
    static const OSSL_DISPATCH functions[] = {
        {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
        {0, NULL},
    };

    (void)handle;
    (void)in;
    *out = functions;
    *context = OSSL_PROVIDER_get0_provider_ctx(lender);
    return 1;
}

void narrow_provider(void)
{
    OSSL_LIB_CTX *elsewhere = OSSL_LIB_CTX_new();

    lender = OSSL_PROVIDER_load(elsewhere, "default");
    if (lender == NULL || OSSL_PROVIDER_add_builtin(NULL, "narrow", begin) != 1 ||
        OSSL_PROVIDER_load(NULL, "narrow") == NULL ||
        RAND_set_DRBG_type(NULL, "HASH-DRBG", NULL, NULL, "SHA2-256") != 1) /* the usual one wants every cipher */
        die("provider");
}
