/* Certificates as values: references, comparison, encodings, and lists of them. */
#include "pki/cert.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/ossl.h"

/* What all references to one certificate share. */
struct cert_body {
    X509 *x509;
    struct mdm_cert_facts facts;
    atomic_size_t references;
};

/* One reference. */
struct mdm_cert {
    struct cert_body *body;
};

static void free_body(struct cert_body *body)
{
    mdm_cert_facts_free(&body->facts);
    X509_free(body->x509);
    free(body);
}

struct mdm_cert *mdm_cert_wrap(X509 *x509, struct mdm_error *err)
{
    struct mdm_cert *cert = malloc(sizeof *cert);
    struct cert_body *body = calloc(1, sizeof *body);

    if (cert == NULL || body == NULL) {
        (void)mdm_error_set(err, MDM_E_FAILED, "out of memory");
        free(cert);
        free(body);
        X509_free(x509);
        return NULL;
    }
    body->x509 = x509; /* the body owns it now */
    atomic_init(&body->references, 1);
    if (mdm_cert_facts_read(x509, &body->facts, err) != 0) {
        free_body(body);
        free(cert);
        return NULL;
    }
    cert->body = body;
    return cert;
}

struct mdm_cert *mdm_cert_ref(const struct mdm_cert *cert)
{
    struct mdm_cert *ref = malloc(sizeof *ref);

    if (ref == NULL)
        return NULL;
    ref->body = cert->body;
    (void)atomic_fetch_add(&ref->body->references, 1);
    return ref;
}

void mdm_cert_free(struct mdm_cert **cert)
{
    if (cert == NULL || *cert == NULL)
        return;
    if (atomic_fetch_sub(&(*cert)->body->references, 1) == 1)
        free_body((*cert)->body);
    free(*cert);
    *cert = NULL;
}

X509 *mdm_cert_x509(const struct mdm_cert *cert)
{
    return cert->body->x509;
}

const struct mdm_cert_facts *mdm_cert_facts(const struct mdm_cert *cert)
{
    return &cert->body->facts;
}

bool mdm_cert_equal(const struct mdm_cert *a, const struct mdm_cert *b)
{
    return strcmp(a->body->facts.sha256, b->body->facts.sha256) == 0;
}

int mdm_cert_append_der(const struct mdm_cert *cert, struct mdm_bytes *der, struct mdm_error *err)
{
    unsigned char *encoded = NULL;
    int size = i2d_X509(cert->body->x509, &encoded);
    int result;

    if (size <= 0)
        return mdm_ossl_error(err, MDM_E_FAILED, "the certificate cannot be encoded");
    result = mdm_bytes_append(der, encoded, (size_t)size, err);
    OPENSSL_free(encoded);
    return result;
}

int mdm_cert_append_pem(const struct mdm_cert *cert, struct mdm_bytes *pem, struct mdm_error *err)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int result = -1;

    /* libcrypto breaks PEM lines at 64 columns, as RFC 7468 and Apple demand. */
    if (bio == NULL || PEM_write_bio_X509(bio, cert->body->x509) != 1)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the certificate cannot be encoded");
    else
        result = mdm_ossl_append_bio(pem, bio, err);
    BIO_free(bio);
    return result;
}

int mdm_certs_take(struct mdm_certs *certs, struct mdm_cert *cert, struct mdm_error *err)
{
    struct mdm_cert **grown = NULL;

    if (cert == NULL)
        return mdm_error_set(err, MDM_E_FAILED, "out of memory");
    if (certs->count < SIZE_MAX / sizeof *grown - 1)
        grown = realloc(certs->items, (certs->count + 1) * sizeof *grown);
    if (grown == NULL) {
        mdm_cert_free(&cert);
        return mdm_error_set(err, MDM_E_FAILED, "out of memory");
    }
    certs->items = grown;
    certs->items[certs->count++] = cert; /* the list owns it now */
    return 0;
}

int mdm_certs_add(struct mdm_certs *certs, const struct mdm_cert *cert, struct mdm_error *err)
{
    return mdm_certs_take(certs, mdm_cert_ref(cert), err);
}

const struct mdm_cert *mdm_certs_end_entity(const struct mdm_certs *certs)
{
    for (size_t i = 0; i < certs->count; i++) {
        enum mdm_cert_kind kind = mdm_cert_facts(certs->items[i])->kind;

        if (kind != MDM_CERT_ROOT && kind != MDM_CERT_INTERMEDIATE)
            return certs->items[i];
    }
    return NULL;
}

void mdm_certs_free(struct mdm_certs *certs)
{
    if (certs == NULL)
        return;
    for (size_t i = 0; i < certs->count; i++)
        mdm_cert_free(&certs->items[i]);
    free(certs->items);
    *certs = (struct mdm_certs){0};
}
