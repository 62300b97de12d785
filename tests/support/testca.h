/* A throwaway CA for unit tests: certificates and CSRs made with libcrypto alone, as right or as wrong as a test wants.
 */
#ifndef MDM_TEST_TESTCA_H
#define MDM_TEST_TESTCA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/date.h"
#include "pki/cert.h"

#define TESTCA_VENDOR_MARKER "1.2.840.113635.100.4.12"
#define TESTCA_PUSH_MARKER   "1.2.840.113635.100.6.3.2"
/* The day on which the tests take place. */
#define TESTCA_NOW (mdm_time_from_civil(2026, 11, 23, 12, 0, 0))

/* What to issue. Members that are 0 or NULL take the usual value. */
struct testca_spec {
    const char *cn;
    size_t cn_size; /* for a CN with a NUL in it */
    const char *uid;
    const char *uid2;
    bool ca;
    mdm_time not_before; /* a year before TESTCA_NOW */
    mdm_time not_after;  /* a year after */
    const char *aia;
    const char *marker;       /* an extension of this OID with the value NULL */
    const char *critical_oid; /* the same, critical */
    const char *constraints;  /* critical,CA:TRUE or critical,CA:FALSE */
    const char *key_usage;    /* keyCertSign,cRLSign or digitalSignature, critical */
    const EVP_MD *md;         /* SHA-256 */
    bool broken_signature;
};

static inline EVP_PKEY *testca_key(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);

    assert_non_null(key);
    return key;
}

static inline void testca_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static inline void testca_mark(X509 *x509, const char *oid, int critical)
{
    static const unsigned char null[] = {0x05, 0x00};
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    X509_EXTENSION *extension;

    assert_int_equal(ASN1_OCTET_STRING_set(value, null, sizeof null), 1);
    extension = X509_EXTENSION_create_by_OBJ(NULL, object, critical, value);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
}

static inline void testca_name(X509_NAME *name, int nid, const char *value, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)value;

    if (value != NULL)
        assert_int_equal(
            X509_NAME_add_entry_by_NID(name, nid, V_ASN1_UTF8STRING, bytes, size == 0 ? -1 : (int)size, -1, 0), 1);
}

static inline void testca_extensions(X509 *x509, X509 *issuer, const struct testca_spec *spec)
{
    char aia[256];

    testca_extension(x509, issuer, NID_basic_constraints,
                     spec->constraints != NULL ? spec->constraints
                     : spec->ca                ? "critical,CA:TRUE"
                                               : "critical,CA:FALSE");
    testca_extension(x509, issuer, NID_subject_key_identifier, "hash");
    testca_extension(x509, issuer, NID_authority_key_identifier, "keyid:always");
    testca_extension(x509, issuer, NID_key_usage,
                     spec->key_usage != NULL ? spec->key_usage
                     : spec->ca              ? "critical,keyCertSign,cRLSign"
                                             : "critical,digitalSignature");
    if (spec->aia != NULL) {
        (void)snprintf(aia, sizeof aia, "caIssuers;URI:%s", spec->aia);
        testca_extension(x509, issuer, NID_info_access, aia);
    }
    if (spec->marker != NULL)
        testca_mark(x509, spec->marker, 0);
    if (spec->critical_oid != NULL)
        testca_mark(x509, spec->critical_oid, 1);
}

/* Issues a certificate for `key`; `issuer` NULL: it signs itself. */
static inline X509 *testca_issue(EVP_PKEY *key, const struct testca_spec *spec, X509 *issuer, EVP_PKEY *issuer_key)
{
    static long serial = 0x1000;
    mdm_time not_before = spec->not_before != 0 ? spec->not_before : TESTCA_NOW - 365 * MDM_DAY;
    mdm_time not_after = spec->not_after != 0 ? spec->not_after : TESTCA_NOW + 365 * MDM_DAY;
    X509 *x509 = X509_new();
    X509_NAME *name = X509_get_subject_name(x509);

    assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++), 1);
    testca_name(name, NID_userId, spec->uid, 0);
    testca_name(name, NID_userId, spec->uid2, 0);
    testca_name(name, NID_commonName, spec->cn, spec->cn_size);
    testca_name(name, NID_organizationName, "Test", 0);
    assert_int_equal(X509_set_issuer_name(x509, X509_get_subject_name(issuer == NULL ? x509 : issuer)), 1);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x509), (time_t)not_before));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x509), (time_t)not_after));
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    testca_extensions(x509, issuer == NULL ? x509 : issuer, spec);
    assert_true(X509_sign(x509, issuer == NULL ? key : issuer_key, spec->md != NULL ? spec->md : EVP_sha256()) > 0);
    return x509;
}

static inline void testca_append_der(X509 *x509, struct mdm_bytes *out)
{
    unsigned char *der = NULL;
    int size = i2d_X509(x509, &der);

    assert_true(size > 0);
    assert_int_equal(mdm_bytes_append(out, der, (size_t)size, NULL), 0);
    OPENSSL_free(der);
}

static inline void testca_append_pem(X509 *x509, struct mdm_bytes *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long size;

    assert_int_equal(PEM_write_bio_X509(bio, x509), 1);
    size = BIO_get_mem_data(bio, &text);
    assert_int_equal(mdm_bytes_append(out, text, (size_t)size, NULL), 0);
    BIO_free(bio);
}

/* The certificate as the library reads it from a file. */
static inline struct mdm_cert *testca_read(X509 *x509, bool broken_signature)
{
    struct mdm_bytes der = {0};
    struct mdm_certs certs = {0};
    struct mdm_cert *cert;
    struct mdm_error err = {0};

    testca_append_der(x509, &der);
    if (broken_signature)
        der.data[der.size - 1] ^= 1; /* the last byte belongs to the signature */
    if (mdm_certs_from_bytes(&der, "test.cer", &certs, &err) != 0)
        fail_msg("%s", err.text);
    cert = mdm_cert_ref(certs.items[0]);
    mdm_certs_free(&certs);
    mdm_bytes_free(&der);
    return cert;
}

/* testca_issue and testca_read in one. */
static inline struct mdm_cert *testca_cert(EVP_PKEY *key, const struct testca_spec *spec, X509 *issuer,
                                           EVP_PKEY *issuer_key)
{
    X509 *x509 = testca_issue(key, spec, issuer, issuer_key);
    struct mdm_cert *cert = testca_read(x509, spec->broken_signature);

    X509_free(x509);
    return cert;
}

/* OpenSSL 3.5 refuses to make a CSR of a version that there is not, so it is patched and signed again. `der` is a
 * signed CSR for the RSA key `key`, whose certification request info is longer than 255 bytes. */
static inline void set_csr_version(EVP_PKEY *key, unsigned char *der, size_t size, unsigned char version)
{
    /* SEQUENCE { SEQUENCE { INTEGER version, ... }, algorithm, BIT STRING }, both lengths in two bytes */
    enum { HEADER = 4, VERSION = 2 };
    unsigned char *info = der + HEADER;
    size_t signature_size = (size_t)EVP_PKEY_get_size(key);
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    assert_true(der[1] == 0x82 && info[0] == 0x30 && info[1] == 0x82 && info[HEADER] == 0x02);
    info[HEADER + VERSION] = version;
    assert_int_equal(EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL), 1);
    assert_int_equal(EVP_DigestSign(context, der + size - signature_size, &signature_size, info,
                                    HEADER + (size_t)(info[2] << 8 | info[3])),
                     1);
    EVP_MD_CTX_free(context);
}

/* DER of a CSR with CN "Test"; X509_REQ_VERSION_1 is the one version there is. */
static inline void testca_append_csr_version(EVP_PKEY *key, long version, struct mdm_bytes *out)
{
    X509_REQ *req = X509_REQ_new();
    unsigned char *der = NULL;
    int size;

    assert_int_equal(X509_REQ_set_version(req, X509_REQ_VERSION_1), 1);
    testca_name(X509_REQ_get_subject_name(req), NID_commonName, "Test", 0);
    assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
    assert_true(X509_REQ_sign(req, key, EVP_sha256()) > 0);
    size = i2d_X509_REQ(req, &der);
    assert_true(size > 0);
    if (version != X509_REQ_VERSION_1)
        set_csr_version(key, der, (size_t)size, (unsigned char)version);
    assert_int_equal(mdm_bytes_append(out, der, (size_t)size, NULL), 0);
    OPENSSL_free(der);
    X509_REQ_free(req);
}

static inline void testca_append_csr(EVP_PKEY *key, struct mdm_bytes *out)
{
    testca_append_csr_version(key, X509_REQ_VERSION_1, out);
}

static inline struct mdm_bytes testca_text(const char *text)
{
    struct mdm_bytes bytes = {0};

    assert_int_equal(mdm_bytes_append_text(&bytes, text, NULL), 0);
    return bytes;
}

/* A copy of `text` in which every `what` has become `with`. */
static inline struct mdm_bytes testca_replace(const struct mdm_bytes *text, const char *what, const char *with)
{
    struct mdm_bytes out = {0};
    const char *at = (const char *)text->data;
    const char *hit;

    while ((hit = strstr(at, what)) != NULL) {
        assert_int_equal(mdm_bytes_append(&out, at, (size_t)(hit - at), NULL), 0);
        assert_int_equal(mdm_bytes_append_text(&out, with, NULL), 0);
        at = hit + strlen(what);
    }
    assert_int_equal(mdm_bytes_append_text(&out, at, NULL), 0);
    return out;
}

#define assert_contains(text, part)                                                                                    \
    do {                                                                                                               \
        if (strstr((text), (part)) == NULL)                                                                            \
            fail_msg("'%s' does not contain '%s'", (text), (part));                                                    \
    } while (0)

#endif
