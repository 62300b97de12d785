/* Which CAs are trusted: Apple's, built in, or those of a bundle. */
#include "mdmvendor/trust.h"

#include <openssl/x509.h>
#include <stdlib.h>

#include "crypto/anchors.h"
#include "crypto/chain.h"
#include "crypto/ossl.h"

struct mdm_trust {
    struct mdm_certs certs;
};

static struct mdm_trust *new_trust(struct mdm_error *err)
{
    struct mdm_trust *trust = calloc(1, sizeof *trust);

    if (trust == NULL)
        (void)mdm_error_set(err, MDM_E_FAILED, "out of memory");
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

    for (size_t i = 0; trust != NULL && i < mdm_anchor_count; i++) {
        struct mdm_bytes der = {0};

        if (mdm_bytes_append(&der, mdm_anchors[i].der, mdm_anchors[i].size, err) != 0 ||
            mdm_certs_from_bytes(&der, mdm_anchors[i].name, &trust->certs, err) != 0)
            mdm_trust_free(&trust);
        mdm_bytes_free(&der);
    }
    return trust;
}

struct mdm_trust *mdm_trust_from_bytes(const struct mdm_bytes *bundle, const char *name, struct mdm_error *err)
{
    struct mdm_trust *trust = new_trust(err);

    if (trust == NULL || mdm_certs_from_bytes(bundle, name, &trust->certs, err) != 0)
        goto fail;
    if (!has_root(&trust->certs)) {
        (void)mdm_error_set(err, MDM_E_FAILED, "there is no root CA among the certificates in '%s'", name);
        (void)mdm_error_hint(err, "Add the CA certificate that signed itself: trust begins there.");
        goto fail;
    }
    return trust;
fail:
    mdm_trust_free(&trust);
    return NULL;
}

const struct mdm_certs *mdm_trust_certs(const struct mdm_trust *trust)
{
    return &trust->certs;
}

int mdm_trust_chain(const struct mdm_trust *trust, const struct mdm_cert *leaf, const struct mdm_certs *extra,
                    mdm_time at, struct mdm_certs *chain, struct mdm_error *err)
{
    struct mdm_certs found = {0};
    int result = -1;

    /* The trusted certificates come first: what lies in inputs/ can add to them and never stand in their way. */
    if (mdm_chain_find(trust, leaf, &trust->certs, extra, at, &found, err) == 0 &&
        mdm_chain_dates(&found, at, err) == 0) {
        *chain = found; /* the caller's now */
        found = (struct mdm_certs){0};
        result = 0;
    }
    mdm_certs_free(&found);
    return result;
}

void mdm_trust_free(struct mdm_trust **trust)
{
    if (trust == NULL || *trust == NULL)
        return;
    mdm_certs_free(&(*trust)->certs);
    free(*trust);
    *trust = NULL;
}
