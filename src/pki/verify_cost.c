/* What it costs to verify a signature: see verify_cost.h. */
#include "pki/verify_cost.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <string.h>

#define RSA_BITS_MAX 8192
/* Public exponents are 3 or 65537; libcrypto takes them as long as the modulus. */
#define RSA_EXPONENT_BITS_MAX 64

static bool is_usual_rsa(const EVP_PKEY *key)
{
    BIGNUM *exponent = NULL;
    bool usual = EVP_PKEY_get_bits(key) <= RSA_BITS_MAX &&
                 EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
                 BN_num_bits(exponent) <= RSA_EXPONENT_BITS_MAX;

    BN_free(exponent);
    return usual;
}

/* The curves of FIPS 186-4 for which libcrypto has code of their own; parameters of somebody's choice have no name. */
static bool is_usual_curve(const EVP_PKEY *key)
{
    static const char *const usual[] = {SN_X9_62_prime256v1, SN_secp384r1, SN_secp521r1};
    char name[64] = "";
    size_t size;

    if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, &size) != 1)
        return false;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (strcmp(name, usual[i]) == 0)
            return true;
    return false;
}

bool mdm_verifies_soon(const EVP_PKEY *key)
{
    if (key == NULL)
        return false;
    if (EVP_PKEY_is_a(key, "RSA") == 1)
        return is_usual_rsa(key);
    return EVP_PKEY_is_a(key, "EC") == 1 && is_usual_curve(key);
}
