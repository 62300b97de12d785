/* The parts of a CSR, found in its DER. */
#include "pki/csr_parse.h"

#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <string.h>

void mdm_csr_parts_free(struct mdm_csr_parts *parts)
{
    X509_NAME_free(parts->name);
    EVP_PKEY_free(parts->pkey);
    X509_ALGOR_free(parts->algorithm);
    *parts = (struct mdm_csr_parts){0};
}

static bool take_version(struct mdm_der *rest, long *version)
{
    struct mdm_der content;

    if (!mdm_der_take(rest, V_ASN1_INTEGER, &content) || content.size != 1)
        return false;
    *version = content.data[0];
    return true;
}

static bool take_name(struct mdm_der *rest, X509_NAME **name)
{
    struct mdm_der whole;
    const unsigned char *p;

    if (!mdm_der_take_whole(rest, V_ASN1_SEQUENCE, &whole))
        return false;
    p = whole.data;
    *name = d2i_X509_NAME(NULL, &p, (long)whole.size);
    return *name != NULL && p == whole.data + whole.size;
}

/* AlgorithmIdentifier of rsaEncryption with NULL (RFC 8017 appendix C: no other parameters). */
static const unsigned char rsa_algorithm[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                              0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};

/* A non-negative INTEGER; NULL when there is none. */
static BIGNUM *take_number(struct mdm_der *rest)
{
    struct mdm_der content;

    if (mdm_der_take(rest, V_ASN1_INTEGER, &content) && content.size > 0 && content.size <= INT_MAX &&
        (content.data[0] & 0x80) == 0)
        return BN_bin2bn(content.data, (int)content.size, NULL);
    return NULL;
}

/* Bytes of an INTEGER: one zero more when the highest bit would make it negative. */
static int number_size(const BIGNUM *number)
{
    return ASN1_object_size(0, BN_num_bits(number) / 8 + 1, V_ASN1_INTEGER);
}

/* The size of the one SubjectPublicKeyInfo that is DER; every other encoding of the numbers is longer. */
static size_t spki_size(const BIGNUM *modulus, const BIGNUM *exponent)
{
    int numbers = number_size(modulus) + number_size(exponent);
    int key = ASN1_object_size(0, 1 + ASN1_object_size(1, numbers, V_ASN1_SEQUENCE), V_ASN1_BIT_STRING);
    int algorithm = ASN1_object_size(1, (int)sizeof rsa_algorithm, V_ASN1_SEQUENCE);

    return (size_t)ASN1_object_size(1, algorithm + key, V_ASN1_SEQUENCE);
}

static EVP_PKEY *make_public(const BIGNUM *modulus, const BIGNUM *exponent)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *pkey = NULL;

    if (builder != NULL && ctx != NULL && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
        params = OSSL_PARAM_BLD_to_param(builder);
    if (params != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

/* The public key in a SubjectPublicKeyInfo of the plain kind rsaEncryption, in DER; NULL without an error for all
 * others. d2i_X509_PUBKEY's search through all decoders makes a batch take one and a half times as long. */
static EVP_PKEY *rsa_from_spki(struct mdm_der spki)
{
    const size_t size = spki.size;
    struct mdm_der body, algorithm, bits, key;
    BIGNUM *modulus, *exponent;
    EVP_PKEY *pkey = NULL;

    if (!mdm_der_take(&spki, V_ASN1_SEQUENCE, &body) || !mdm_der_take(&body, V_ASN1_SEQUENCE, &algorithm) ||
        algorithm.size != sizeof rsa_algorithm || memcmp(algorithm.data, rsa_algorithm, sizeof rsa_algorithm) != 0 ||
        !mdm_der_take(&body, V_ASN1_BIT_STRING, &bits) || body.size != 0 || bits.size < 1 || bits.data[0] != 0)
        return NULL;
    bits = (struct mdm_der){bits.data + 1, bits.size - 1}; /* the first byte counts unused bits */
    if (!mdm_der_take(&bits, V_ASN1_SEQUENCE, &key) || bits.size != 0)
        return NULL;
    modulus = take_number(&key);
    exponent = take_number(&key);
    if (modulus != NULL && exponent != NULL && key.size == 0 && spki_size(modulus, exponent) == size)
        pkey = make_public(modulus, exponent);
    BN_free(modulus);
    BN_free(exponent);
    return pkey;
}

/* The key: RSA directly, others by libcrypto's search. One that libcrypto does not know is no error of form. */
static bool take_key(struct mdm_der *rest, struct mdm_csr_parts *parts)
{
    const unsigned char *p;
    X509_PUBKEY *spki;

    if (!mdm_der_take_whole(rest, V_ASN1_SEQUENCE, &parts->spki))
        return false;
    parts->pkey = rsa_from_spki(parts->spki);
    parts->spki_is_der = parts->pkey != NULL;
    if (parts->spki_is_der)
        return true;
    p = parts->spki.data;
    spki = d2i_X509_PUBKEY(NULL, &p, (long)parts->spki.size);
    if (spki != NULL)
        parts->pkey = X509_PUBKEY_get(spki);
    X509_PUBKEY_free(spki);
    return spki != NULL;
}

/* The extensions that a CSR asks for. */
static bool are_extensions(const ASN1_TYPE *value)
{
    const unsigned char *p;
    X509_EXTENSIONS *extensions;

    if (value == NULL || value->type != V_ASN1_SEQUENCE)
        return false;
    p = value->value.sequence->data;
    extensions = d2i_X509_EXTENSIONS(NULL, &p, value->value.sequence->length);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    return extensions != NULL;
}

/* Attributes that cannot be read make no difference to a signature, and the portal reads them all the same. */
static bool are_attributes(struct mdm_der rest)
{
    bool ok = true;

    while (ok && rest.size > 0) {
        const unsigned char *p = rest.data;
        X509_ATTRIBUTE *attribute = d2i_X509_ATTRIBUTE(NULL, &p, (long)rest.size);

        ok = attribute != NULL && X509_ATTRIBUTE_count(attribute) > 0;
        if (ok && OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute)) == NID_ext_req)
            ok = are_extensions(X509_ATTRIBUTE_get0_type(attribute, 0));
        X509_ATTRIBUTE_free(attribute);
        rest.size -= (size_t)(p - rest.data);
        rest.data = p;
    }
    return ok;
}

static bool read_info(struct mdm_csr_parts *parts)
{
    struct mdm_der rest = parts->info, body, attributes;

    if (!mdm_der_take(&rest, V_ASN1_SEQUENCE, &body) || !take_version(&body, &parts->version) ||
        !take_name(&body, &parts->name) || !take_key(&body, parts))
        return false;
    /* The attributes must be there, but some makers leave them out when they have none. */
    parts->attributes_ok = body.size == 0;
    if (body.size > 0 && mdm_der_take_context(&body, 0, &attributes) && body.size == 0)
        parts->attributes_ok = are_attributes(attributes);
    return true;
}

static bool take_signature(struct mdm_der *rest, struct mdm_csr_parts *parts)
{
    struct mdm_der whole, bits;
    const unsigned char *p;

    if (!mdm_der_take_whole(rest, V_ASN1_SEQUENCE, &whole) || !mdm_der_take(rest, V_ASN1_BIT_STRING, &bits))
        return false;
    p = whole.data;
    parts->algorithm = d2i_X509_ALGOR(NULL, &p, (long)whole.size);
    if (parts->algorithm == NULL || p != whole.data + whole.size || bits.size < 1 || bits.data[0] != 0)
        return false;
    parts->signature = (struct mdm_der){bits.data + 1, bits.size - 1}; /* the first byte counts unused bits */
    return true;
}

bool mdm_csr_parse(struct mdm_der *der, struct mdm_csr_parts *parts)
{
    struct mdm_der body;

    *parts = (struct mdm_csr_parts){0};
    return mdm_der_take(der, V_ASN1_SEQUENCE, &body) && mdm_der_take_whole(&body, V_ASN1_SEQUENCE, &parts->info) &&
           take_signature(&body, parts) && body.size == 0 && read_info(parts);
}
