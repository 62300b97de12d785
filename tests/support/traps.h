/*
 * Files of the largest size that is read, made to cost as much as a file can: nested without end, of countless parts,
 * with numbers of a million digits, or with signatures that are slow to verify. Nothing in them is anybody's.
 */
#ifndef MDM_TEST_TRAPS_H
#define MDM_TEST_TRAPS_H

#include "store/file.h"
#include "testca.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

/* A buffer that grows in place: appending to struct mdm_bytes copies all of it each time. */
struct trap {
    unsigned char *data;
    size_t size;
    size_t room;
};

static inline void trap_add(struct trap *trap, const void *data, size_t size)
{
    if (size > trap->room - trap->size) {
        trap->room = 2 * trap->room + size + 4096;
        trap->data = realloc(trap->data, trap->room);
        assert_non_null(trap->data);
    }
    if (size > 0)
        memcpy(trap->data + trap->size, data, size);
    trap->size += size;
}

static inline void trap_text(struct trap *trap, const char *text)
{
    trap_add(trap, text, strlen(text));
}

/* Repeats `unit` until `size` bytes are there (not beyond). */
static inline void trap_fill(struct trap *trap, const void *unit, size_t unit_size, size_t size)
{
    while (trap->size + unit_size <= size)
        trap_add(trap, unit, unit_size);
}

static inline void trap_free(struct trap *trap)
{
    free(trap->data);
    *trap = (struct trap){0};
}

/* Appends an element with `content`, which is freed. */
static inline void trap_element(struct trap *trap, unsigned char tag, struct trap content)
{
    unsigned char header[5] = {tag};
    size_t used = 1;

    if (content.size < 0x80) {
        header[used++] = (unsigned char)content.size;
    } else {
        header[used++] = 0x83;
        for (int shift = 16; shift >= 0; shift -= 8)
            header[used++] = (unsigned char)(content.size >> shift & 0xff);
    }
    trap_add(trap, header, used);
    trap_add(trap, content.data, content.size);
    trap_free(&content);
}

static inline struct trap trap_of(const void *data, size_t size)
{
    struct trap trap = {0};

    trap_add(&trap, data, size);
    return trap;
}

/* An INTEGER of so many bytes, odd, with the highest bits set. */
static inline void trap_number(struct trap *trap, size_t bytes)
{
    struct trap content = {0};

    trap_fill(&content, "\x6b", 1, bytes - 1);
    trap_add(&content, "\x6b", 1);
    trap_element(trap, 0x02, content);
}

/* One RDN "CN=..." with a printable value of so many bytes. */
static inline struct trap trap_rdn(const char *value, size_t size)
{
    static const unsigned char common_name[] = {0x06, 0x03, 0x55, 0x04, 0x03};
    struct trap pair = trap_of(common_name, sizeof common_name), set = {0}, rdn = {0};

    trap_element(&pair, 0x0c, trap_of(value, size));
    trap_element(&set, 0x30, pair);
    trap_element(&rdn, 0x31, set);
    return rdn;
}

/* What a certificate is made of; what is empty is filled with something short. */
struct trap_cert {
    struct trap serial; /* INTEGERs */
    struct trap issuer; /* RDNs */
    struct trap subject;
    struct trap spki;       /* the whole element */
    struct trap extensions; /* extension after extension */
};

/* The base point of P-256 (SEC 2, 2.4.2) as a public key: a point that nobody has the private key of. */
static inline struct trap trap_point(void)
{
    static const unsigned char spki[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                                         0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
                                         0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5,
                                         0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4,
                                         0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a,
                                         0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
                                         0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};

    return trap_of(spki, sizeof spki);
}

/* sha256WithRSAEncryption or ecdsa-with-SHA256. */
static inline struct trap trap_algorithm(const EVP_PKEY *key)
{
    static const unsigned char rsa[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                        0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00};
    static const unsigned char ecdsa[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
    bool is_ec = key != NULL && EVP_PKEY_is_a(key, "EC") == 1;

    return is_ec ? trap_of(ecdsa, sizeof ecdsa) : trap_of(rsa, sizeof rsa);
}

/* TBSCertificate (RFC 5280 section 4.1). */
static inline struct trap trap_tbs(struct trap_cert cert, const struct trap *algorithm)
{
    static const unsigned char version[] = {0xa0, 0x03, 0x02, 0x01, 0x02};
    struct trap inner = trap_of(version, sizeof version), dates = {0}, list = {0}, tbs = {0};

    if (cert.serial.size == 0)
        trap_number(&cert.serial, 8);
    trap_add(&inner, cert.serial.data, cert.serial.size);
    trap_free(&cert.serial);
    trap_add(&inner, algorithm->data, algorithm->size);
    trap_element(&inner, 0x30, cert.issuer.size > 0 ? cert.issuer : trap_rdn("S", 1));
    trap_element(&dates, 0x17, trap_of("200101000000Z", 13));
    trap_element(&dates, 0x17, trap_of("401231235959Z", 13));
    trap_element(&inner, 0x30, dates);
    trap_element(&inner, 0x30, cert.subject.size > 0 ? cert.subject : trap_rdn("S", 1));
    if (cert.spki.size == 0)
        cert.spki = trap_point();
    trap_add(&inner, cert.spki.data, cert.spki.size);
    trap_free(&cert.spki);
    if (cert.extensions.size > 0) {
        trap_element(&list, 0x30, cert.extensions);
        trap_element(&inner, 0xa3, list);
    }
    trap_element(&tbs, 0x30, inner);
    return tbs;
}

/* A certificate, signed by `key`; for NULL the signature is nonsense. */
static inline struct trap trap_certificate(struct trap_cert cert, EVP_PKEY *key)
{
    struct trap algorithm = trap_algorithm(key), inner = trap_tbs(cert, &algorithm), bits = trap_of("\0", 1),
                whole = {0};
    unsigned char signature[512] = {1};
    size_t size = sizeof signature;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    if (key != NULL) {
        assert_int_equal(EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL), 1);
        assert_int_equal(EVP_DigestSign(ctx, signature, &size, inner.data, inner.size), 1);
    } else {
        size = 256;
    }
    EVP_MD_CTX_free(ctx);
    trap_add(&bits, signature, size);
    trap_add(&inner, algorithm.data, algorithm.size);
    trap_free(&algorithm);
    trap_element(&inner, 0x03, bits);
    trap_element(&whole, 0x30, inner);
    return whole;
}

/* An extension of `oid` (the whole element) with `value`. */
static inline struct trap trap_extension(const void *oid, size_t oid_size, struct trap value)
{
    struct trap inner = trap_of(oid, oid_size), extension = {0};

    trap_element(&inner, 0x04, value);
    trap_element(&extension, 0x30, inner);
    return extension;
}

/* Base64 in lines of 64 between PEM marks. */
static inline void trap_pem(struct trap *trap, const char *label, const struct trap *der)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long size;

    assert_true(PEM_write_bio(bio, label, "", der->data, (long)der->size) > 0);
    size = BIO_get_mem_data(bio, &text);
    trap_add(trap, text, (size_t)size);
    BIO_free(bio);
}

/* A key whose public exponent is as long as its modulus, so that a verification costs as much as a signature without
 * its shortcuts: libcrypto allows that up to 3072 bits (OPENSSL_RSA_SMALL_MODULUS_BITS). */
static inline EVP_PKEY *trap_slow_key(void)
{
    EVP_PKEY *usual = EVP_RSA_gen(3072), *slow = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *n = NULL, *e = NULL, *d = NULL;
    OSSL_PARAM *params;

    assert_int_equal(EVP_PKEY_get_bn_param(usual, OSSL_PKEY_PARAM_RSA_N, &n), 1);
    assert_int_equal(EVP_PKEY_get_bn_param(usual, OSSL_PKEY_PARAM_RSA_E, &e), 1);
    assert_int_equal(EVP_PKEY_get_bn_param(usual, OSSL_PKEY_PARAM_RSA_D, &d), 1);
    assert_int_equal(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n), 1);
    assert_int_equal(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, d), 1);
    assert_int_equal(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_D, e), 1);
    params = OSSL_PARAM_BLD_to_param(builder);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &slow, EVP_PKEY_KEYPAIR, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(usual);
    BN_free(n);
    BN_free(e);
    BN_clear_free(d);
    return slow;
}

static inline struct trap trap_spki(EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int size = i2d_PUBKEY(key, &der);
    struct trap spki;

    assert_true(size > 0);
    spki = trap_of(der, (size_t)size);
    OPENSSL_free(der);
    return spki;
}

#endif
