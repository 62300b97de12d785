/* What the files of this folder share about libcrypto: its error queue, password-based encryption, and the inside of
 * our opaque types. */
#ifndef MDM_PKI_OSSL_H
#define MDM_PKI_OSSL_H

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>

#include "base/bytes.h"
#include "base/error.h"
#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/key.h"
#include "pki/pem.h"

/* For MDM_OWNED, as libcrypto's free functions take the object itself:
 * `MDM_OWNED(mdm_free_BIO) BIO *bio = BIO_new(BIO_s_mem());`. NULL is fine. */
#define FREES(type, function)                                                                                          \
    static inline void mdm_free_##type(type **object) /* NOLINT(bugprone-macro-parentheses): a type */                 \
    {                                                                                                                  \
        function(*object);                                                                                             \
    }
FREES(ASN1_OBJECT, ASN1_OBJECT_free)
FREES(BIGNUM, BN_free)
FREES(BIO, BIO_free)
FREES(CONF, NCONF_free)
FREES(EVP_MD_CTX, EVP_MD_CTX_free)
FREES(OSSL_LIB_CTX, OSSL_LIB_CTX_free)
FREES(OSSL_PROVIDER, (void)OSSL_PROVIDER_unload)
FREES(PBE2PARAM, PBE2PARAM_free)
FREES(PBKDF2PARAM, PBKDF2PARAM_free)
FREES(PKCS12, PKCS12_free)
FREES(PKCS7, PKCS7_free)
FREES(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)
FREES(SCRYPT_PARAMS, SCRYPT_PARAMS_free)
FREES(X509, X509_free)
FREES(X509_ATTRIBUTE, X509_ATTRIBUTE_free)
FREES(X509_EXTENSION, X509_EXTENSION_free)
FREES(X509_PUBKEY, X509_PUBKEY_free)
FREES(X509_REQ, X509_REQ_free)
FREES(X509_SIG, X509_SIG_free)
FREES(X509_STORE, X509_STORE_free)
FREES(X509_STORE_CTX, X509_STORE_CTX_free)
#undef FREES

/* Sets *err to our sentence, for mdm_ossl_error followed by libcrypto's first reason in parentheses: later ones only
 * say where it came up. Drains libcrypto's error queue into err->detail. Returns -1. */
int mdm_ossl_report(struct mdm_error *err, enum mdm_code code, bool with_reason, const char *format, ...)
    MDM_PRINTF(4, 5);
#define mdm_ossl_error(err, code, ...)       mdm_ossl_report(err, code, true, __VA_ARGS__)
#define mdm_ossl_error_plain(err, code, ...) mdm_ossl_report(err, code, false, __VA_ARGS__)

int mdm_ossl_sha256(const void *data, size_t size, unsigned char digest[32], struct mdm_error *err);

/* The id of a public key, from its usual encoding, however the file encodes it. */
int mdm_ossl_key_id(const EVP_PKEY *pkey, struct mdm_key_id *id, struct mdm_error *err);

/* The SubjectPublicKeyInfo (RFC 5280 section 4.1) of all RSA keys with 2048 bits begins so; an RSAPublicKey follows. */
#define MDM_SPKI_RSA_2048                                                                                              \
    "\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\x82\x01\x0f\x00"

/* Refuses (MDM_E_REFUSED) what Apple's portals refuse: keys other than RSA of MDM_KEY_BITS; and exponents that are 1,
 * with which anybody makes the key's signatures, or even. `pkey` may be NULL. The message begins with `what` and the
 * name: "the key of 'x.csr'". */
int mdm_ossl_check_rsa(const EVP_PKEY *pkey, const char *what, const char *name, struct mdm_error *err);

/* Appends what was written into a memory BIO. */
int mdm_ossl_append_bio(struct mdm_bytes *out, BIO *bio, struct mdm_error *err);
/* Appends PEM with lines of 64 columns and a newline at the end. */
int mdm_ossl_append_pem(struct mdm_bytes *out, const char *label, const struct mdm_bytes *der, struct mdm_error *err);
/* Appends the DER form of an object: `type` is ASN1_ITEM_rptr(X509) for an X509. */
int mdm_ossl_append_der(struct mdm_bytes *out, const ASN1_ITEM *type, const void *object, struct mdm_error *err);

/* A name for people: RFC 4514, order as encoded, safe to print, cut after some hundred characters; free() it. */
char *mdm_ossl_name_text(const X509_NAME *name);

/* True when `signature` over `data` is RSASSA-PKCS1-v1_5 by this key; else libcrypto's queue may say why. */
bool mdm_ossl_verifies(EVP_PKEY *key, const char *digest, struct mdm_der data, struct mdm_der signature);

/* The inside of our types. */
struct mdm_key {
    EVP_PKEY *pkey;
    struct mdm_key_id id;
};
struct mdm_cert {
    X509 *x509;
    struct mdm_cert_facts facts;
    atomic_size_t references;
};
struct mdm_csr {
    struct mdm_csr_facts facts;
    struct mdm_der info; /* certificationRequestInfo with its header, which is signed; in the DER of the facts, as are
                            the others */
    X509_NAME *name;
    EVP_PKEY *pkey; /* NULL when libcrypto does not know its type */
    X509_ALGOR *algorithm;
    struct mdm_der signature;
};
struct mdm_subject {
    X509_NAME *name;
};

/* True when its signature is RSASSA-PKCS1-v1_5 by its own key. */
bool mdm_csr_verify(const struct mdm_csr *csr);

/* Takes over a libcrypto object; frees it on failure. */
struct mdm_key *mdm_key_wrap(EVP_PKEY *pkey, struct mdm_error *err);
/* Reads an RSAPrivateKey. Error MDM_E_FAILED: it is damaged. */
struct mdm_key *mdm_key_from_pkcs1(struct mdm_der der, const char *name, struct mdm_error *err);
struct mdm_cert *mdm_cert_wrap(X509 *x509, struct mdm_error *err);
/* The same, appended to the certificates of one file, of which there is a limit. */
int mdm_certs_wrap(struct mdm_certs *certs, X509 *x509, struct mdm_error *err);

/* The form of a PKCS#12 file, or of a key in DER, told by the types of its first elements. libcrypto's readers that try
 * all types compute with the numbers, and the public half of a DSA key can cost days. */
enum mdm_key_form mdm_key_form_of(const struct mdm_bytes *der);

/* Password-based encryption in files from others. */

/* The most key derivation rounds for one file: two to seven seconds. Files in use have up to one million. It can be
 * set lower at compile time. */
#ifndef MDM_PBE_ITERATIONS_MAX
#define MDM_PBE_ITERATIONS_MAX 10000000
#endif
/* libcrypto counts the characters of a password itself. */
#define MDM_PBE_TERMINATED (-1)

/* The encryption of one file. */
struct mdm_pbe {
    const char *name;     /* the file's, for messages */
    const char *password; /* NULL: none is known; in PKCS#12 that is another password than "" */
    int64_t rounds;       /* of key derivation that are left */
};
/* Refuses (MDM_E_FAILED) an algorithm (PBES1, PBES2, PBMAC1, PKCS#12) that asks for more work than is left. */
int mdm_pbe_check(struct mdm_pbe *pbe, const X509_ALGOR *algorithm, struct mdm_error *err);

#endif
