/*
 * cheap KEY PASSWORD-FILE CERT CA-BUNDLE CSR: as straight.c, as cheaply as libcrypto allows: no configuration file, no
 * tables by name, the key's numbers handed over instead of searching a decoder for them. It is a floor, not an example:
 * it checks less.
 * With NARROW defined it is cheaper than that: see narrow.c. scripts/bench links that form with libcrypto's archive,
 * too.
 */
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "narrow.h"

/* The first PEM block of a file as DER; the caller frees it with OPENSSL_free. */
static unsigned char *read_pem(BIO *bio, long *size)
{
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;

    if (PEM_read_bio(bio, &name, &header, &der, size) != 1)
        return NULL;
    OPENSSL_free(name);
    OPENSSL_free(header);
    return der;
}

static EVP_PKEY *make_key(const unsigned char *der, int size)
{
    static const char *const names[] = {OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
                                        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
                                        OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
                                        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
    STACK_OF(ASN1_TYPE) *numbers = d2i_ASN1_SEQUENCE_ANY(NULL, &der, size);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *held[8];
    OSSL_PARAM *params;
    EVP_PKEY *key = NULL;

    if (sk_ASN1_TYPE_num(numbers) != 9)
        die("key");
    for (int i = 0; i < 8; i++) {
        held[i] = ASN1_INTEGER_to_BN(sk_ASN1_TYPE_value(numbers, i + 1)->value.integer, NULL);
        OSSL_PARAM_BLD_push_BN(builder, names[i], held[i]);
    }
    params = OSSL_PARAM_BLD_to_param(builder);
    if (EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
        die("key");
    for (int i = 0; i < 8; i++)
        BN_clear_free(held[i]);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(ctx);
    sk_ASN1_TYPE_pop_free(numbers, ASN1_TYPE_free);
    return key;
}

static EVP_PKEY *read_key(const char *path, const char *secret)
{
    BIO *bio = BIO_new_file(path, "rb");
    long size = 0;
    unsigned char *der = bio != NULL ? read_pem(bio, &size) : NULL;
    const unsigned char *p = der, *inner = NULL;
    X509_SIG *sealed = d2i_X509_SIG(NULL, &p, size);
    PKCS8_PRIV_KEY_INFO *open = sealed != NULL ? PKCS8_decrypt(sealed, secret, (int)strlen(secret)) : NULL;
    EVP_PKEY *key;
    int inner_size = 0;

    if (open == NULL || PKCS8_pkey_get0(NULL, &inner, &inner_size, NULL, open) != 1)
        die("key");
    key = make_key(inner, inner_size);
    PKCS8_PRIV_KEY_INFO_free(open);
    X509_SIG_free(sealed);
    OPENSSL_free(der);
    BIO_free(bio);
    return key;
}

static STACK_OF(X509) * read_cas(const char *path)
{
    BIO *bio = BIO_new_file(path, "rb");
    STACK_OF(X509) *cas = sk_X509_new_null();
    unsigned char *der;
    long size;

    while ((der = read_pem(bio, &size)) != NULL) {
        const unsigned char *p = der;

        sk_X509_push(cas, d2i_X509(NULL, &p, size));
        OPENSSL_free(der);
    }
    BIO_free(bio);
    return cas;
}

int main(int argc, char *argv[])
{
    struct job job = {0};
    unsigned char *cert;
    const unsigned char *p;
    BIO *bio;
    char *secret, *text;
    long size;

    if (argc != 6)
        return 2;
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
                            OPENSSL_INIT_NO_ADD_ALL_DIGESTS,
                        NULL);
    EVP_add_digest(EVP_sha256()); /* X509_verify_cert looks for these by name */
    EVP_add_digest(EVP_sha1());
#ifdef NARROW
    narrow_provider();
#endif
    secret = (char *)read_file(argv[2], &size);
    secret[strcspn(secret, "\r\n")] = '\0';
    job.key = read_key(argv[1], secret);
    p = cert = read_file(argv[3], &size);
    job.cert = d2i_X509(NULL, &p, size);
    job.cas = read_cas(argv[4]);
    bio = BIO_new_file(argv[5], "rb");
    job.csr = read_pem(bio, &size);
    job.csr_size = (int)size;
    if (job.cert == NULL || job.csr == NULL)
        die("certificate or csr");
    text = make_request(&job);
    fputs(text, stdout);
    (void)fflush(stdout);
    _Exit(0); /* the system frees faster */
}
