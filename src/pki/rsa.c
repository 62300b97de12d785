/* RSA private keys between DER and libcrypto. */
#include "pki/rsa.h"

#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <string.h>

#include "pki/ossl.h"

/* The numbers of RSAPrivateKey in their order there. */
enum { N, E, D, P, Q, DP, DQ, QINV, NUMBERS };

static const char *const parameters[NUMBERS] = {
    OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
    OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
    OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

/* The largest modulus that libcrypto computes with (OPENSSL_RSA_MAX_MODULUS_BITS). */
#define MODULUS_BITS_MAX 16384

static void free_numbers(BIGNUM *numbers[NUMBERS])
{
    for (int i = 0; i < NUMBERS; i++)
        BN_clear_free(numbers[i]);
}

/* A non-negative INTEGER, straight into `number`, which comes back, or NULL when it was freed because there is none. */
static BIGNUM *take_number(struct mdm_der *rest, BIGNUM *number)
{
    struct mdm_der content;

    if (number != NULL && mdm_der_take(rest, V_ASN1_INTEGER, &content) && content.size > 0 && content.size <= INT_MAX &&
        (content.data[0] & 0x80) == 0 && BN_bin2bn(content.data, (int)content.size, number) != NULL)
        return number;
    BN_clear_free(number);
    return NULL;
}

static const char *read_numbers(struct mdm_der der, BIGNUM *numbers[NUMBERS])
{
    struct mdm_der body, version;

    if (!mdm_der_take(&der, V_ASN1_SEQUENCE, &body) || der.size != 0 ||
        !mdm_der_take(&body, V_ASN1_INTEGER, &version) || version.size != 1)
        return "it is not the structure of an RSA private key";
    if (version.data[0] != 0)
        return "it is an RSA key of more than two primes, which no portal takes";
    for (int i = 0; i < NUMBERS; i++) {
        numbers[i] = take_number(&body, BN_secure_new());
        if (numbers[i] == NULL)
            return "one of its numbers is missing or malformed";
        BN_set_flags(numbers[i], BN_FLG_CONSTTIME);
    }
    return body.size == 0 ? NULL : "there are bytes behind its last number";
}

/* True when `exponent` is d modulo (prime - 1), and the inverse of e there. */
static bool exponent_fits(const BIGNUM *prime, const BIGNUM *exponent, BIGNUM *const numbers[NUMBERS], BN_CTX *ctx)
{
    bool fits = false;
    BIGNUM *order, *result;

    BN_CTX_start(ctx);
    order = BN_CTX_get(ctx);
    result = BN_CTX_get(ctx);
    if (result != NULL && BN_sub(order, prime, BN_value_one()) == 1) {
        BN_set_flags(order, BN_FLG_CONSTTIME);
        fits = BN_mod(result, numbers[D], order, ctx) == 1 && BN_cmp(result, exponent) == 0 &&
               BN_mod_mul(result, exponent, numbers[E], order, ctx) == 1 && BN_is_one(result);
    }
    BN_CTX_end(ctx);
    return fits;
}

/* Everything that a signature depends on, so that a damaged key is found before it signs; the primality of the factors
 * is left out, because it costs more than the signature. */
static bool numbers_fit(BIGNUM *const numbers[NUMBERS])
{
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *product;
    bool fits = false;

    if (ctx == NULL)
        return false;
    BN_CTX_start(ctx);
    product = BN_CTX_get(ctx);
    if (product != NULL && BN_is_odd(numbers[N]) && BN_is_odd(numbers[E]) && !BN_is_one(numbers[E]) &&
        !BN_is_one(numbers[P]) && !BN_is_one(numbers[Q]) && BN_cmp(numbers[QINV], numbers[P]) < 0)
        fits = BN_mul(product, numbers[P], numbers[Q], ctx) == 1 && BN_cmp(product, numbers[N]) == 0 &&
               exponent_fits(numbers[P], numbers[DP], numbers, ctx) &&
               exponent_fits(numbers[Q], numbers[DQ], numbers, ctx) &&
               BN_mod_mul(product, numbers[QINV], numbers[Q], numbers[P], ctx) == 1 && BN_is_one(product);
    BN_CTX_end(ctx);
    BN_CTX_free(ctx);
    return fits;
}

/* Of the first `count` numbers: all of them, or the two that are public. */
static EVP_PKEY *make_key(BIGNUM *const numbers[], int count)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *pkey = NULL;
    bool ok = builder != NULL && ctx != NULL;

    for (int i = 0; i < count && ok; i++)
        ok = OSSL_PARAM_BLD_push_BN(builder, parameters[i], numbers[i]) == 1;
    if (ok)
        params = OSSL_PARAM_BLD_to_param(builder);
    if (params != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &pkey, count == NUMBERS ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    OSSL_PARAM_free(params); /* wipes: the numbers come from the secure heap */
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

EVP_PKEY *mdm_rsa_from_der(struct mdm_der der, const char **problem)
{
    BIGNUM *numbers[NUMBERS] = {NULL};
    EVP_PKEY *pkey = NULL;

    *problem = read_numbers(der, numbers);
    if (*problem == NULL && BN_num_bits(numbers[N]) > MODULUS_BITS_MAX)
        *problem = "its modulus is too large";
    if (*problem == NULL && !numbers_fit(numbers))
        *problem = "its numbers contradict each other";
    if (*problem == NULL) {
        pkey = make_key(numbers, NUMBERS);
        if (pkey == NULL)
            *problem = "libcrypto does not take it";
    }
    free_numbers(numbers);
    return pkey;
}

EVP_PKEY *mdm_rsa_from_pkcs8(const PKCS8_PRIV_KEY_INFO *pkcs8, const char *name, struct mdm_error *err)
{
    const ASN1_OBJECT *type = NULL;
    const unsigned char *key = NULL;
    const char *problem = NULL;
    EVP_PKEY *pkey;
    int size = 0;

    if (PKCS8_pkey_get0(&type, &key, &size, NULL, pkcs8) != 1 || size < 0) {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the private key in '%s' cannot be read", name);
        return NULL;
    }
    if (OBJ_obj2nid(type) != NID_rsaEncryption) {
        char kind[64];

        (void)OBJ_obj2txt(kind, sizeof kind, type, 0);
        (void)mdm_error_set(err, MDM_E_REFUSED, "the private key in '%s' is of the kind %s: expected RSA", name,
                            OBJ_obj2nid(type) == NID_X9_62_id_ecPublicKey ? "EC" : kind);
        return NULL;
    }
    pkey = mdm_rsa_from_der((struct mdm_der){key, (size_t)size}, &problem);
    if (pkey == NULL)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the private key in '%s' is damaged: %s", name, problem);
    return pkey;
}

/* AlgorithmIdentifier of rsaEncryption with NULL (RFC 8017 appendix C: no other parameters). */
static const unsigned char rsa_algorithm[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                              0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};

/* Bytes of an INTEGER's content: one zero more when the highest bit would make it negative. */
static int content_size(const BIGNUM *number)
{
    return BN_num_bits(number) / 8 + 1;
}

/* The size of the one SubjectPublicKeyInfo that is DER; every other encoding of the numbers is longer. */
static size_t spki_size(const BIGNUM *modulus, const BIGNUM *exponent)
{
    int numbers = ASN1_object_size(0, content_size(modulus), V_ASN1_INTEGER) +
                  ASN1_object_size(0, content_size(exponent), V_ASN1_INTEGER);
    int key = ASN1_object_size(0, 1 + ASN1_object_size(1, numbers, V_ASN1_SEQUENCE), V_ASN1_BIT_STRING);
    int algorithm = ASN1_object_size(1, (int)sizeof rsa_algorithm, V_ASN1_SEQUENCE);

    return (size_t)ASN1_object_size(1, algorithm + key, V_ASN1_SEQUENCE);
}

EVP_PKEY *mdm_rsa_from_spki(struct mdm_der spki)
{
    const size_t size = spki.size;
    struct mdm_der body, algorithm, bits, key;
    BIGNUM *numbers[2] = {NULL};
    EVP_PKEY *pkey = NULL;

    if (!mdm_der_take(&spki, V_ASN1_SEQUENCE, &body) || !mdm_der_take(&body, V_ASN1_SEQUENCE, &algorithm) ||
        algorithm.size != sizeof rsa_algorithm || memcmp(algorithm.data, rsa_algorithm, sizeof rsa_algorithm) != 0 ||
        !mdm_der_take(&body, V_ASN1_BIT_STRING, &bits) || body.size != 0 || bits.size < 1 || bits.data[0] != 0)
        return NULL;
    bits = (struct mdm_der){bits.data + 1, bits.size - 1}; /* the first byte counts unused bits */
    if (!mdm_der_take(&bits, V_ASN1_SEQUENCE, &key) || bits.size != 0)
        return NULL;
    numbers[N] = take_number(&key, BN_new());
    numbers[E] = take_number(&key, BN_new());
    if (numbers[N] != NULL && numbers[E] != NULL && key.size == 0 && spki_size(numbers[N], numbers[E]) == size)
        pkey = make_key(numbers, 2);
    BN_free(numbers[N]);
    BN_free(numbers[E]);
    return pkey;
}

static int get_numbers(const EVP_PKEY *pkey, BIGNUM *numbers[NUMBERS])
{
    for (int i = 0; i < NUMBERS; i++) {
        numbers[i] = BN_secure_new();
        if (numbers[i] == NULL || EVP_PKEY_get_bn_param(pkey, parameters[i], &numbers[i]) != 1)
            return -1;
    }
    return 0;
}

static unsigned char *put_number(unsigned char *p, const BIGNUM *number)
{
    int size = content_size(number);

    ASN1_put_object(&p, 0, size, V_ASN1_INTEGER, V_ASN1_UNIVERSAL);
    (void)BN_bn2binpad(number, p, size);
    return p + size;
}

static int encode_numbers(BIGNUM *const numbers[NUMBERS], struct mdm_locked *der)
{
    static const unsigned char version[] = {V_ASN1_INTEGER, 1, 0};
    int inner = (int)sizeof version, whole;
    unsigned char *p;

    for (int i = 0; i < NUMBERS; i++)
        inner += ASN1_object_size(0, content_size(numbers[i]), V_ASN1_INTEGER);
    whole = ASN1_object_size(1, inner, V_ASN1_SEQUENCE);
    p = whole > 0 ? OPENSSL_secure_malloc((size_t)whole) : NULL;
    if (p == NULL)
        return -1;
    *der = (struct mdm_locked){p, (size_t)whole};
    ASN1_put_object(&p, 1, inner, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    for (size_t i = 0; i < sizeof version; i++)
        *p++ = version[i];
    for (int i = 0; i < NUMBERS; i++)
        p = put_number(p, numbers[i]);
    return 0;
}

int mdm_rsa_to_der(const EVP_PKEY *pkey, struct mdm_locked *der, struct mdm_error *err)
{
    BIGNUM *numbers[NUMBERS] = {NULL};
    int result = -1;

    ERR_clear_error();
    if (get_numbers(pkey, numbers) != 0)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the private key does not come out of where it is kept");
    else if ((result = encode_numbers(numbers, der)) != 0)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "no locked memory is left for the private key");
    free_numbers(numbers);
    return result;
}

/* libcrypto's own encoder leaves a part of the key on the stack. */
static int wrap_in_pkcs8(const struct mdm_locked *inner, struct mdm_locked *der)
{
    static const unsigned char version[] = {V_ASN1_INTEGER, 1, 0};
    int algorithm = ASN1_object_size(1, (int)sizeof rsa_algorithm, V_ASN1_SEQUENCE);
    int key = ASN1_object_size(0, (int)inner->size, V_ASN1_OCTET_STRING);
    int body = (int)sizeof version + algorithm + key, whole = ASN1_object_size(1, body, V_ASN1_SEQUENCE);
    unsigned char *p = whole > 0 ? OPENSSL_secure_malloc((size_t)whole) : NULL;

    if (p == NULL)
        return -1;
    *der = (struct mdm_locked){p, (size_t)whole};
    ASN1_put_object(&p, 1, body, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    (void)memcpy(p, version, sizeof version);
    p += sizeof version;
    ASN1_put_object(&p, 1, (int)sizeof rsa_algorithm, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    (void)memcpy(p, rsa_algorithm, sizeof rsa_algorithm);
    p += sizeof rsa_algorithm;
    ASN1_put_object(&p, 0, (int)inner->size, V_ASN1_OCTET_STRING, V_ASN1_UNIVERSAL);
    (void)memcpy(p, inner->data, inner->size);
    return 0;
}

int mdm_rsa_to_pkcs8_der(const EVP_PKEY *pkey, struct mdm_locked *der, struct mdm_error *err)
{
    struct mdm_locked inner = {0};
    int result = mdm_rsa_to_der(pkey, &inner, err);

    if (result == 0 && (result = wrap_in_pkcs8(&inner, der)) != 0)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "no locked memory is left for the private key");
    mdm_locked_free(&inner);
    return result;
}

PKCS8_PRIV_KEY_INFO *mdm_rsa_to_pkcs8(const EVP_PKEY *pkey, struct mdm_error *err)
{
    struct mdm_locked der = {0};
    PKCS8_PRIV_KEY_INFO *pkcs8 = NULL;
    unsigned char *copy;

    if (mdm_rsa_to_der(pkey, &der, err) != 0)
        return NULL;
    copy = OPENSSL_memdup(der.data, der.size);
    pkcs8 = PKCS8_PRIV_KEY_INFO_new();
    if (copy != NULL && pkcs8 != NULL &&
        PKCS8_pkey_set0(pkcs8, OBJ_nid2obj(NID_rsaEncryption), 0, V_ASN1_NULL, NULL, copy, (int)der.size) == 1) {
        copy = NULL; /* belongs to pkcs8, which wipes it */
    } else {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "out of memory");
        PKCS8_PRIV_KEY_INFO_free(pkcs8);
        pkcs8 = NULL;
    }
    OPENSSL_clear_free(copy, der.size);
    mdm_locked_free(&der);
    return pkcs8;
}
