/* Certificate signing requests: made, read, checked. The DER bytes are the request; libcrypto's object is a view of it.
 */
#include "mdmvendor/csr.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "crypto/ossl.h"
#include "crypto/pem_scan.h"
#include "mdmvendor/filekind.h"

struct mdm_csr {
    struct mdm_bytes der;
    X509_REQ *req;
    char *subject;
    struct mdm_key_id key_id;
};

void mdm_csr_free(struct mdm_csr **csr)
{
    if (*csr == NULL)
        return;
    mdm_bytes_free(&(*csr)->der);
    X509_REQ_free((*csr)->req);
    free((*csr)->subject);
    OPENSSL_free(*csr);
    *csr = NULL;
}

X509_REQ *mdm_csr_req(const struct mdm_csr *csr)
{
    return csr->req;
}

const struct mdm_bytes *mdm_csr_der(const struct mdm_csr *csr)
{
    return &csr->der;
}

const char *mdm_csr_subject(const struct mdm_csr *csr)
{
    return csr->subject;
}

const struct mdm_key_id *mdm_csr_key_id(const struct mdm_csr *csr)
{
    return &csr->key_id;
}

/* Key id of a request: of the key as libcrypto reads it, or of its bytes when libcrypto does not know its kind. */
static int read_key_id(struct mdm_csr *csr, struct mdm_error *err)
{
    EVP_PKEY *pkey = X509_REQ_get0_pubkey(csr->req);
    unsigned char *spki = NULL;
    int size, result = 0;

    if (pkey != NULL)
        return mdm_ossl_key_id(pkey, &csr->key_id, err);
    size = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(csr->req), &spki);
    if (size <= 0 || EVP_Q_digest(NULL, "SHA256", NULL, spki, (size_t)size, csr->key_id.sha256, NULL) != 1)
        result = mdm_ossl_error(err, MDM_E_FAILED, "the public key of the request cannot be read");
    OPENSSL_free(spki);
    ERR_clear_error();
    return result;
}

/* A request of `req` (taken) and its DER (copied). */
static struct mdm_csr *wrap(X509_REQ *req, const unsigned char *der, size_t size, struct mdm_error *err)
{
    struct mdm_csr *csr = OPENSSL_zalloc(sizeof *csr);

    if (csr == NULL) {
        X509_REQ_free(req);
        (void)mdm_ossl_error(err, MDM_E_FAILED, "out of memory");
        return NULL;
    }
    csr->req = req;
    csr->subject = mdm_ossl_name_text(X509_REQ_get_subject_name(req));
    if (csr->subject == NULL)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the subject of the request cannot be read");
    if (csr->subject == NULL || mdm_bytes_append(&csr->der, der, size, err) != 0 || read_key_id(csr, err) != 0)
        mdm_csr_free(&csr);
    return csr;
}

static int sign(X509_REQ *req, EVP_PKEY *pkey)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int result = -1;

    if (ctx != NULL && EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, pkey, NULL) == 1 &&
        X509_REQ_sign_ctx(req, ctx) > 0)
        result = 0;
    EVP_MD_CTX_free(ctx);
    return result;
}

struct mdm_csr *mdm_csr_make(const struct mdm_key *key, const struct mdm_subject *subject, struct mdm_error *err)
{
    X509_NAME *name = mdm_subject_to_name(subject, err);
    EVP_PKEY *pkey = mdm_key_pkey(key);
    X509_REQ *req = NULL;
    struct mdm_csr *csr = NULL;
    unsigned char *der = NULL;
    int size = -1;

    if (name == NULL)
        return NULL;
    ERR_clear_error();
    req = X509_REQ_new_ex(NULL, NULL);
    if (req != NULL && X509_REQ_set_version(req, X509_REQ_VERSION_1) == 1 &&
        X509_REQ_set_subject_name(req, name) == 1 && X509_REQ_set_pubkey(req, pkey) == 1 && sign(req, pkey) == 0)
        size = i2d_X509_REQ(req, &der);
    if (size > 0) {
        csr = wrap(req, der, (size_t)size, err);
        req = NULL; /* taken */
    } else {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the certificate signing request could not be made");
    }
    OPENSSL_free(der);
    X509_REQ_free(req);
    X509_NAME_free(name);
    return csr;
}

/* Reads DER; NULL without an error when it is no request. */
static struct mdm_csr *from_der(const unsigned char *der, size_t size, const char *name, struct mdm_error *err)
{
    const unsigned char *p = der;
    X509_REQ *req = size == 0 || size > LONG_MAX ? NULL : d2i_X509_REQ(NULL, &p, (long)size);

    if (req == NULL)
        return NULL;
    if (p != der + size) {
        X509_REQ_free(req);
        (void)mdm_error_set(err, MDM_E_FAILED, "'%s' has %zu bytes behind its certificate signing request", name,
                            (size_t)(der + size - p));
        return NULL;
    }
    return wrap(req, der, size, err);
}

static bool is_request(const struct mdm_pem_block *block)
{
    return mdm_pem_is(block, PEM_STRING_X509_REQ) || mdm_pem_is(block, PEM_STRING_X509_REQ_OLD);
}

/* Finds the request among the blocks of a file: how many there are, and the first. */
static int find_requests(const struct mdm_bytes *file, struct mdm_pem_block *first)
{
    struct mdm_pem_block block;
    size_t at = 0;
    int count = 0;

    while (mdm_pem_next(file, &at, &block))
        if (is_request(&block) && count++ == 0)
            *first = block;
    return count;
}

static struct mdm_csr *from_pem(const struct mdm_pem_block *block, const char *name, struct mdm_error *err)
{
    struct mdm_bytes der = {0};
    struct mdm_csr *csr = NULL;

    if (!block->complete)
        (void)mdm_error_set(err, MDM_E_FAILED, "the certificate signing request '%s' is cut off", name);
    else if (mdm_base64_decode(block->body, block->body_size, &der, err) != 0)
        (void)mdm_error_context(err, "the certificate signing request '%s' is damaged", name);
    else if ((csr = from_der(der.data, der.size, name, err)) == NULL)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the certificate signing request '%s' is damaged", name);
    mdm_bytes_free(&der);
    return csr;
}

struct mdm_csr *mdm_csr_from_bytes(const struct mdm_bytes *file, const char *name, struct mdm_error *err)
{
    struct mdm_pem_block block;
    struct mdm_csr *csr;
    int count = find_requests(file, &block);

    ERR_clear_error();
    if (count == 1)
        return from_pem(&block, name, err);
    if (count > 1) {
        (void)mdm_error_set(err, MDM_E_FAILED, "'%s' holds %d certificate signing requests: expected one", name, count);
        return NULL;
    }
    csr = from_der(file->data, file->size, name, err);
    ERR_clear_error();
    if (csr == NULL)
        (void)mdm_error_set(err, MDM_E_FAILED, "'%s' is not a certificate signing request: it is %s", name,
                            mdm_filekind_words(mdm_filekind_of(file)));
    return csr;
}

static int check_key(const struct mdm_csr *csr, const char *name, struct mdm_error *err)
{
    EVP_PKEY *pkey = X509_REQ_get0_pubkey(csr->req);
    const char *kind;

    if (pkey == NULL)
        return mdm_ossl_error(err, MDM_E_REFUSED, "the key of '%s' cannot be read: expected RSA of %d bits", name,
                              MDM_KEY_BITS);
    kind = EVP_PKEY_get0_type_name(pkey);
    if (EVP_PKEY_is_a(pkey, "RSA") != 1)
        return mdm_error_set(err, MDM_E_REFUSED, "the key of '%s' is of the kind %s: expected RSA of %d bits", name,
                             kind == NULL ? "unknown" : kind, MDM_KEY_BITS);
    if (EVP_PKEY_get_bits(pkey) != MDM_KEY_BITS)
        return mdm_error_set(err, MDM_E_REFUSED, "the key of '%s' is RSA of %d bits: Apple's portals take %d", name,
                             EVP_PKEY_get_bits(pkey), MDM_KEY_BITS);
    return 0;
}

/* Only RSASSA-PKCS1-v1_5: its identifiers have no parameters but NULL (RFC 4055 section 5), which nothing signs. */
static int check_signature_algorithm(const struct mdm_csr *csr, const char *name, struct mdm_error *err)
{
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *type;
    const void *value;
    char shown[64];
    int kind;

    X509_REQ_get0_signature(csr->req, NULL, &algorithm);
    X509_ALGOR_get0(&type, &kind, &value, algorithm);
    if (kind == V_ASN1_NULL || kind == V_ASN1_UNDEF)
        return 0;
    (void)OBJ_obj2txt(shown, sizeof shown, type, 0);
    return mdm_error_set(err, MDM_E_REFUSED, "'%s' is signed by %s with parameters: expected sha256WithRSAEncryption",
                         name, shown);
}

int mdm_csr_check(const struct mdm_csr *csr, const char *name, struct mdm_error *err)
{
    long version = X509_REQ_get_version(csr->req);

    ERR_clear_error();
    if (version != X509_REQ_VERSION_1)
        return mdm_error_set(err, MDM_E_REFUSED,
                             "'%s' is a request of version %ld: expected %ld (PKCS#10 knows no other)", name, version,
                             (long)X509_REQ_VERSION_1);
    if (check_key(csr, name, err) != 0 || check_signature_algorithm(csr, name, err) != 0)
        return -1;
    if (X509_REQ_verify_ex(csr->req, X509_REQ_get0_pubkey(csr->req), NULL, NULL) == 1)
        return 0;
    (void)mdm_ossl_error(err, MDM_E_REFUSED, "the signature of '%s' does not belong to its key", name);
    return mdm_error_hint(err, "The file was changed or damaged: ask its maker for a new certificate signing request.");
}

int mdm_csr_to_pem(const struct mdm_csr *csr, struct mdm_bytes *pem, struct mdm_error *err)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int result = -1;

    if (bio != NULL && PEM_write_bio(bio, PEM_STRING_X509_REQ, "", csr->der.data, (long)csr->der.size) > 0)
        result = mdm_ossl_append_bio(pem, bio, err);
    else
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the certificate signing request could not be written");
    BIO_free(bio);
    return result;
}
