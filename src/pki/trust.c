/* Which CAs are trusted: Apple's, built in, or those of a bundle. */
#include "pki/trust.h"

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pki/anchors.h"
#include "pki/chain.h"
#include "pki/der.h"
#include "pki/ossl.h"

/* Apple's certificates are read when they are needed: a chain needs two of them, and reading all takes longer than the
 * rest of a signature. What is read stands behind a pointer, for trust itself never changes by it. */
struct loaded {
    struct mdm_certs certs;
    bool *anchors; /* which of Apple's are among them; NULL for a bundle */
    bool complete;
};

struct mdm_trust {
    struct loaded *loaded;
};

static struct mdm_trust *new_trust(struct mdm_error *err)
{
    struct mdm_trust *trust = calloc(1, sizeof *trust);

    if (trust != NULL)
        trust->loaded = calloc(1, sizeof *trust->loaded);
    if (trust == NULL || trust->loaded == NULL) {
        (void)mdm_error_set(err, MDM_E_FAILED, "out of memory");
        mdm_trust_free(&trust);
    }
    return trust;
}

static bool has_root(const struct mdm_certs *certs)
{
    for (size_t i = 0; i < certs->count; i++)
        if (mdm_cert_facts(certs->items[i])->kind == MDM_CERT_ROOT)
            return true;
    return false;
}

struct mdm_trust *mdm_trust_apple(struct mdm_error *err)
{
    struct mdm_trust *trust = new_trust(err);

    if (trust == NULL)
        return NULL;
    trust->loaded->anchors = calloc(mdm_anchor_count, sizeof *trust->loaded->anchors);
    if (trust->loaded->anchors == NULL) {
        (void)mdm_error_set(err, MDM_E_FAILED, "out of memory");
        mdm_trust_free(&trust);
    }
    return trust;
}

static int load(struct loaded *loaded, size_t i, struct mdm_error *err)
{
    struct mdm_bytes der = {0};
    int result = -1;

    if (loaded->anchors[i])
        return 0;
    if (mdm_bytes_append(&der, mdm_anchors[i].der, mdm_anchors[i].size, err) == 0 &&
        mdm_certs_from_bytes(&der, mdm_anchors[i].name, &loaded->certs, err) == 0) {
        loaded->anchors[i] = true;
        result = 0;
    }
    mdm_bytes_free(&der);
    return result;
}

static int load_all(struct loaded *loaded, struct mdm_error *err)
{
    for (size_t i = 0; !loaded->complete && i < mdm_anchor_count; i++)
        if (load(loaded, i, err) != 0)
            return -1;
    loaded->complete = true;
    return 0;
}

/* The subject of a certificate, found in its DER (RFC 5280 section 4.1). */
static bool find_subject(const struct mdm_anchor *anchor, struct mdm_der *subject)
{
    struct mdm_der rest = {anchor->der, anchor->size}, cert, body, skipped;

    return mdm_der_take(&rest, V_ASN1_SEQUENCE, &cert) && mdm_der_take(&cert, V_ASN1_SEQUENCE, &body) &&
           mdm_der_take_context(&body, 0, &skipped) &&       /* version */
           mdm_der_take(&body, V_ASN1_INTEGER, &skipped) &&  /* serialNumber */
           mdm_der_take(&body, V_ASN1_SEQUENCE, &skipped) && /* signature */
           mdm_der_take(&body, V_ASN1_SEQUENCE, &skipped) && /* issuer */
           mdm_der_take(&body, V_ASN1_SEQUENCE, &skipped) && /* validity */
           mdm_der_take_whole(&body, V_ASN1_SEQUENCE, subject);
}

/* Reads the anchors that have the name of the certificate's issuer. */
static int load_issuers(struct loaded *loaded, const struct mdm_cert *cert, struct mdm_error *err)
{
    const unsigned char *issuer = NULL;
    size_t size = 0;

    if (X509_NAME_get0_der(X509_get_issuer_name(mdm_cert_x509(cert)), &issuer, &size) != 1)
        return mdm_ossl_error(err, MDM_E_FAILED, "the issuer of '%s' cannot be read", mdm_cert_facts(cert)->subject);
    for (size_t i = 0; i < mdm_anchor_count; i++) {
        struct mdm_der subject;

        if (find_subject(&mdm_anchors[i], &subject) && subject.size == size &&
            memcmp(subject.data, issuer, size) == 0 && load(loaded, i, err) != 0)
            return -1;
    }
    return 0;
}

/* Reads what a chain from `leaf` can consist of, and what that can, until nothing new comes. */
static int load_towards_root(struct loaded *loaded, const struct mdm_cert *leaf, struct mdm_error *err)
{
    if (load_issuers(loaded, leaf, err) != 0)
        return -1;
    for (size_t i = 0; i < loaded->certs.count; i++)
        if (load_issuers(loaded, loaded->certs.items[i], err) != 0)
            return -1;
    return 0;
}

struct mdm_trust *mdm_trust_from_bytes(const struct mdm_bytes *bundle, const char *name, struct mdm_error *err)
{
    struct mdm_trust *trust = new_trust(err);

    if (trust == NULL || mdm_certs_from_bytes(bundle, name, &trust->loaded->certs, err) != 0)
        goto fail;
    if (!has_root(&trust->loaded->certs)) {
        (void)mdm_error_set(err, MDM_E_FAILED, "there is no root CA among the certificates in '%s'", name);
        (void)mdm_error_hint(err, "Add the CA certificate that signed itself: trust begins there.");
        goto fail;
    }
    trust->loaded->complete = true;
    return trust;
fail:
    mdm_trust_free(&trust);
    return NULL;
}

const struct mdm_certs *mdm_trust_certs(const struct mdm_trust *trust)
{
    /* Without memory for all of them, those that are there. */
    (void)load_all(trust->loaded, NULL);
    return &trust->loaded->certs;
}

const struct mdm_certs *mdm_trust_loaded(const struct mdm_trust *trust)
{
    return &trust->loaded->certs;
}

/* mdm_trust_chain with the certificates that are loaded now. */
static int find_chain(const struct mdm_trust *trust, const struct mdm_cert *leaf, const struct mdm_certs *extra,
                      mdm_time at, struct mdm_certs *chain, struct mdm_error *err)
{
    struct mdm_certs found = {0};
    int result = -1;

    /* The trusted certificates come first: what lies in inputs/ can add to them and never stand in their way. */
    if (mdm_chain_find(trust, leaf, &trust->loaded->certs, extra, at, &found, err) == 0 &&
        mdm_chain_dates(&found, at, err) == 0) {
        *chain = found; /* the caller's now */
        found = (struct mdm_certs){0};
        result = 0;
    }
    mdm_certs_free(&found);
    return result;
}

int mdm_trust_chain(const struct mdm_trust *trust, const struct mdm_cert *leaf, const struct mdm_certs *extra,
                    mdm_time at, struct mdm_certs *chain, struct mdm_error *err)
{
    if (!trust->loaded->complete) {
        if (load_towards_root(trust->loaded, leaf, err) != 0)
            return -1;
        if (find_chain(trust, leaf, extra, at, chain, NULL) == 0)
            return 0;
        /* All of them have their say before anything is refused. */
        if (load_all(trust->loaded, err) != 0)
            return -1;
    }
    return find_chain(trust, leaf, extra, at, chain, err);
}

void mdm_trust_free(struct mdm_trust **trust)
{
    if (trust == NULL || *trust == NULL)
        return;
    if ((*trust)->loaded != NULL) {
        mdm_certs_free(&(*trust)->loaded->certs);
        free((*trust)->loaded->anchors);
    }
    free((*trust)->loaded);
    free(*trust);
    *trust = NULL;
}
