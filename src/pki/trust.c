/* Which CAs are trusted: Apple's, built in, or those of a bundle. libcrypto finds the chain to them and judges it; this
 * says what is missing or wrong. */
#include "pki/trust.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pki/ossl.h"

/* Apple's chains have three certificates. */
#define LENGTH_MAX 8
/* 112 bits: RSA 2048 and SHA-256 pass, SHA-1 signatures do not (a root's own signature is not judged). */
#define AUTH_LEVEL 2
#define APPLE_ARC  "1.2.840.113635.100."

/* Apple's certificates are read when they are needed: a chain needs two of them, and with all eight `mdmvendor sign`
 * takes a third more time. Those read are a cache, so the trust stays const. */
struct mdm_trust {
    struct mdm_certs *certs;
    bool *read; /* which of Apple's were read; NULL with a bundle, which has none of them */
};

struct mdm_trust *mdm_trust_apple(struct mdm_error *err)
{
    MDM_OWNED(mdm_trust_free) struct mdm_trust *trust = mdm_new(sizeof *trust, err);

    return trust != NULL && (trust->certs = mdm_new(sizeof *trust->certs, err)) != NULL &&
                   (trust->read = mdm_new(mdm_anchor_count * sizeof *trust->read, err)) != NULL
               ? mdm_take_at(&trust)
               : NULL;
}

struct mdm_trust *mdm_trust_from_bytes(const struct mdm_bytes *bundle, const char *name, struct mdm_error *err)
{
    MDM_OWNED(mdm_trust_free) struct mdm_trust *trust = mdm_trust_apple(err);

    if (trust == NULL || mdm_certs_from_bytes(bundle, name, trust->certs, err) != 0)
        return NULL;
    free(trust->read); /* the bundle is in place of Apple's */
    trust->read = NULL;
    for (size_t i = 0; i < trust->certs->count; i++)
        if (trust->certs->items[i]->facts.kind == MDM_CERT_ROOT)
            return mdm_take_at(&trust);
    mdm_error_set(err, MDM_E_FAILED,
                  "there is no root CA among the certificates in '%s'" MDM_HINT
                  "Add the self-signed CA certificate: trust begins there.",
                  name);
    return NULL;
}

void mdm_trust_free(struct mdm_trust **trust)
{
    if (trust == NULL || *trust == NULL)
        return;
    mdm_certs_free((*trust)->certs);
    free((*trust)->certs);
    free((*trust)->read);
    free(*trust);
    *trust = NULL;
}

/* Is the subject, found in the certificate's DER (RFC 5280 section 4.1), this name? */
static bool is_of(const struct mdm_embedded *anchor, const X509_NAME *name)
{
    struct mdm_der rest = {anchor->data, anchor->size}, cert, body, subject, named = {0};

    return mdm_der_take(&rest, V_ASN1_SEQUENCE, &cert, NULL) && mdm_der_take(&cert, V_ASN1_SEQUENCE, &body, NULL) &&
           mdm_der_take(&body, V_ASN1_CONTEXT_SPECIFIC | 0, NULL, NULL) && /* version */
           mdm_der_take(&body, V_ASN1_INTEGER, NULL, NULL) &&              /* serialNumber */
           mdm_der_take(&body, V_ASN1_SEQUENCE, NULL, NULL) &&             /* signature */
           mdm_der_take(&body, V_ASN1_SEQUENCE, NULL, NULL) &&             /* issuer */
           mdm_der_take(&body, V_ASN1_SEQUENCE, NULL, NULL) &&             /* validity */
           mdm_der_take(&body, V_ASN1_SEQUENCE, NULL, &subject) &&
           X509_NAME_get0_der(name, &named.data, &named.size) == 1 && subject.size == named.size &&
           memcmp(subject.data, named.data, named.size) == 0;
}

/* Reads those of Apple's certificates, if they are trusted, that are of this name; NULL: all. */
static int read_anchors(const struct mdm_trust *trust, const X509_NAME *name, struct mdm_error *err)
{
    for (size_t i = 0; trust->read != NULL && i < mdm_anchor_count; i++) {
        MDM_OWNED(mdm_bytes_free) struct mdm_bytes der = {0};

        if (trust->read[i] || (name != NULL && !is_of(&mdm_anchors[i], name)))
            continue;
        if (mdm_bytes_append(&der, mdm_anchors[i].data, mdm_anchors[i].size, err) != 0 ||
            mdm_certs_from_bytes(&der, mdm_anchors[i].name, trust->certs, err) != 0)
            return -1;
        trust->read[i] = true;
    }
    return 0;
}

const struct mdm_certs *mdm_trust_certs(const struct mdm_trust *trust)
{
    (void)read_anchors(trust, NULL, NULL); /* when memory runs out, those that could be read */
    return trust->certs;
}

/* A search for a chain. */
struct search {
    const struct mdm_cert *leaf;
    const struct mdm_trust *trust;
    const struct mdm_certs *lists[2]; /* where to look for issuers, in this order */
};

/* Reads those of Apple's certificates that a chain can consist of; the lists grow meanwhile. */
static int read_towards_root(const struct search *search, struct mdm_error *err)
{
    int result = read_anchors(search->trust, X509_get_issuer_name(search->leaf->x509), err);

    for (size_t list = 0; list < 3; list++) /* the first again: the second may have added to it */
        for (size_t i = 0; result == 0 && i < search->lists[list % 2]->count; i++)
            result = read_anchors(search->trust, X509_get_issuer_name(search->lists[list % 2]->items[i]->x509), err);
    return result;
}

/* The certificate of an X509. libcrypto builds chains of the objects that it was given. */
static const struct mdm_cert *cert_of(const struct search *search, const X509 *x509)
{
    for (size_t list = 0; list < 2; list++)
        for (size_t i = 0; i < search->lists[list]->count; i++)
            if (search->lists[list]->items[i]->x509 == x509)
                return search->lists[list]->items[i];
    return search->leaf;
}

/* Says where to download it: at the first caIssuers URL (RFC 5280 section 4.2.2.1), if there is one. Returns -1. */
static int missing_issuer(const struct mdm_cert *cert, struct mdm_error *err)
{
    AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(cert->x509, NID_info_access, NULL, NULL);
    MDM_OWNED(mdm_free_at) char *url = NULL;

    for (int i = 0; url == NULL && i < sk_ACCESS_DESCRIPTION_num(access); i++) {
        const ACCESS_DESCRIPTION *item = sk_ACCESS_DESCRIPTION_value(access, i);

        if (OBJ_obj2nid(item->method) == NID_ad_ca_issuers && item->location->type == GEN_URI) {
            const ASN1_IA5STRING *uri = item->location->d.uniformResourceIdentifier;

            url = mdm_text_safe(ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri));
        }
    }
    AUTHORITY_INFO_ACCESS_free(access);
    return mdm_ossl_error_plain(err, MDM_E_REFUSED,
                                "the certificate '%s' was issued by '%s', and that CA certificate is missing" MDM_HINT
                                "%s %s and put it into inputs/.",
                                cert->facts.subject, cert->facts.issuer,
                                url != NULL ? "Download it from" : "Look for it at",
                                url != NULL ? url : "https://www.apple.com/certificateauthority/");
}

/* Dates are left to mdm_cert_check_dates, which says whose; and critical extensions that libcrypto does not know may
 * be Apple's. */
static int admit(int ok, X509_STORE_CTX *ctx)
{
    const X509 *x509 = X509_STORE_CTX_get_current_cert(ctx);
    const int reason = X509_STORE_CTX_get_error(ctx);
    char oid[sizeof APPLE_ARC]; /* longer ones are cut off */

    if (ok == 1)
        return ok;
    if (reason == X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION) {
        for (int i = 0; i < X509_get_ext_count(x509); i++) {
            X509_EXTENSION *extension = X509_get_ext(x509, i);

            if (X509_EXTENSION_get_critical(extension) != 0 && X509_supported_extension(extension) != 1 &&
                (OBJ_obj2txt(oid, sizeof oid, X509_EXTENSION_get_object(extension), 1) <= 0 ||
                 strncmp(oid, APPLE_ARC, strlen(APPLE_ARC)) != 0))
                return ok;
        }
    } else if (reason != X509_V_ERR_CERT_HAS_EXPIRED && reason != X509_V_ERR_CERT_NOT_YET_VALID) {
        return ok;
    }
    X509_STORE_CTX_set_error(ctx, X509_V_OK);
    return 1;
}

static int refuse(X509_STORE_CTX *ctx, const struct search *search, struct mdm_error *err)
{
    const struct mdm_cert *cert = cert_of(search, X509_STORE_CTX_get_current_cert(ctx));
    const char *subject = cert->facts.subject;
    const X509 *above = X509_find_by_subject(X509_STORE_CTX_get0_chain(ctx), X509_get_issuer_name(cert->x509));
    const int reason = X509_STORE_CTX_get_error(ctx);

    switch (reason) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        if (above == NULL || above == cert->x509)
            return missing_issuer(cert, err);
        break; /* two CAs that issued each other */
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        /* Somebody made it with `openssl req -x509`. */
        return mdm_ossl_error_plain(err, MDM_E_REFUSED,
                                    "the certificate '%s' is self-signed: Apple did not issue it" MDM_HINT
                                    "Use the certificate that developer.apple.com issues for the vendor CSR "
                                    "(certificate type \"MDM CSR\").",
                                    subject);
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return mdm_ossl_error_plain(err, MDM_E_REFUSED,
                                    "the chain ends at '%s', which is self-signed and not a trusted root" MDM_HINT
                                    "Apple's root CAs are built in; name others with --ca-file.",
                                    subject);
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        return mdm_ossl_error_plain(err, MDM_E_REFUSED,
                                    "the signature of the certificate '%s' does not match its issuer '%s'" MDM_HINT
                                    "The certificate was damaged or forged: download it again from Apple's portal.",
                                    subject, cert->facts.issuer);
    case X509_V_OK: /* nothing was verified */
    case X509_V_ERR_OUT_OF_MEM:
    case X509_V_ERR_UNSPECIFIED:
    case X509_V_ERR_INVALID_CALL:
    case X509_V_ERR_STORE_LOOKUP:
        return mdm_ossl_error(err, MDM_E_FAILED, "the chain of '%s' cannot be verified", subject);
    }
    return mdm_ossl_error_plain(err, MDM_E_REFUSED,
                                "the certificate '%s' is not acceptable: %s" MDM_HINT
                                "Use Apple's certificates unchanged: download them again from its portal and "
                                "https://www.apple.com/certificateauthority/.",
                                subject, X509_verify_cert_error_string(reason));
}

/* For MDM_OWNED: the list alone. */
static void free_others(STACK_OF(X509) * *others)
{
    sk_X509_free(*others);
}

static int find_chain(const struct search *search, mdm_time at, struct mdm_certs *chain, struct mdm_error *err)
{
    MDM_OWNED(mdm_free_X509_STORE) X509_STORE *store = X509_STORE_new();
    MDM_OWNED(free_others) STACK_OF(X509) *others = sk_X509_new_null();
    MDM_OWNED(mdm_free_X509_STORE_CTX) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    const struct mdm_certs *trusted = search->trust->certs;
    bool good = store != NULL && others != NULL && ctx != NULL;

    if (read_towards_root(search, err) != 0)
        return -1;
    ERR_clear_error();
    /* libcrypto gets the roots to trust and the certificates to choose from, which stay ours. */
    for (size_t i = 0; good && i < trusted->count; i++)
        good =
            trusted->items[i]->facts.kind != MDM_CERT_ROOT || X509_STORE_add_cert(store, trusted->items[i]->x509) == 1;
    for (size_t list = 0; list < 2; list++)
        for (size_t i = 0; good && i < search->lists[list]->count; i++)
            good = sk_X509_push(others, search->lists[list]->items[i]->x509) > 0;
    if (!good || X509_STORE_CTX_init(ctx, store, search->leaf->x509, others) != 1)
        return mdm_ossl_error(err, MDM_E_MEMORY, "out of memory");
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
    X509_VERIFY_PARAM_set_depth(param, LENGTH_MAX - 2); /* leaf and root do not count */
    X509_VERIFY_PARAM_set_time(param, (time_t)at);
    X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT);
    X509_STORE_CTX_set_verify_cb(ctx, admit);
    if (X509_verify_cert(ctx) != 1)
        return refuse(ctx, search, err);
    ERR_clear_error();
    STACK_OF(X509) *found = X509_STORE_CTX_get0_chain(ctx);
    for (int i = 0; good && i < sk_X509_num(found); i++)
        good = mdm_certs_add(chain, cert_of(search, sk_X509_value(found, i)), err) == 0;
    if (good)
        return 0;
    mdm_certs_free(chain);
    return -1;
}

int mdm_trust_path(const struct mdm_trust *trust, const struct mdm_cert *leaf, const struct mdm_certs *certs,
                   mdm_time at, struct mdm_certs *chain, struct mdm_error *err)
{
    return find_chain(&(const struct search){leaf, trust, {certs, trust->certs}}, at, chain, err);
}

int mdm_trust_chain(const struct mdm_trust *trust, const struct mdm_cert *leaf, const struct mdm_certs *extra,
                    mdm_time at, struct mdm_certs *chain, struct mdm_error *err)
{
    /* The trusted certificates come first: what is in inputs/ can add to them, but not get in their way. */
    int result = find_chain(&(const struct search){leaf, trust, {trust->certs, extra}}, at, chain, err);

    for (size_t i = 0; result == 0 && i < chain->count; i++)
        result = mdm_cert_check_dates(chain->items[i], at, err);
    if (result != 0)
        mdm_certs_free(chain);
    return result;
}

int mdm_cert_check_dates(const struct mdm_cert *cert, mdm_time at, struct mdm_error *err)
{
    const struct mdm_cert_facts *facts = &cert->facts;

    if (at < facts->not_before)
        return mdm_error_set(
            err, MDM_E_REFUSED,
            "the %s '%s' is not valid before %s" MDM_HINT
            "Check the date and time of this computer, or the day that --at gives: it is judged as of %s.",
            mdm_cert_words(facts->kind), facts->subject, mdm_time_format(facts->not_before).text,
            mdm_time_format(at).text);
    if (at <= facts->not_after)
        return 0;
    mdm_error_set(err, MDM_E_EXPIRED, "the %s '%s' expired on %s", mdm_cert_words(facts->kind), facts->subject,
                  facts->last_day);
    if (facts->kind == MDM_CERT_INTERMEDIATE)
        return mdm_error_hint(err, "Look for a newer one at https://www.apple.com/certificateauthority/ and put it "
                                   "into inputs/, or have Apple issue your certificate again.");
    if (facts->kind == MDM_CERT_ROOT)
        return mdm_error_hint(err, "Install a newer mdmvendor, or name the new root with --ca-file.");
    return -1;
}
