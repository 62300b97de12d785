/*
 * The way from a certificate up to a trusted root.
 *
 * It is walked here, by name and signature, so that what is missing can be named; then libcrypto judges exactly the
 * certificates that were found, with RFC 5280's strict rules. Apple's roots and intermediates pass these rules as they
 * are (test_trust).
 */
#include "pki/chain.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "pki/ossl.h"
#include "pki/verify_cost.h"

/* Apple's chains have three certificates. */
#define DEPTH_MAX 8
/* 112 bits: RSA 2048 and SHA-256 pass, SHA-1 signatures do not (a root's own signature is not judged). */
#define AUTH_LEVEL 2
#define APPLE_ARC  "1.2.840.113635.100."
/* Longer OIDs are cut off. */
#define OID_TEXT_MAX 128

bool mdm_chain_issued(const struct mdm_cert *issuer, const struct mdm_cert *cert)
{
    X509 *issuer_x509 = mdm_cert_x509(issuer);
    X509 *x509 = mdm_cert_x509(cert);
    bool yes = X509_NAME_cmp(X509_get_subject_name(issuer_x509), X509_get_issuer_name(x509)) == 0 &&
               mdm_verifies_soon(X509_get0_pubkey(issuer_x509)) &&
               X509_verify(x509, X509_get0_pubkey(issuer_x509)) == 1;

    ERR_clear_error();
    return yes;
}

/* True when `cert` names `issuer` as its issuer, by DN and key identifier (RFC 5280 section 4.2.1.1). */
static bool names_issuer(const struct mdm_cert *cert, const struct mdm_cert *issuer)
{
    X509 *x509 = mdm_cert_x509(cert);
    X509 *issuer_x509 = mdm_cert_x509(issuer);
    const ASN1_OCTET_STRING *wanted = X509_get0_authority_key_id(x509);
    const ASN1_OCTET_STRING *found = X509_get0_subject_key_id(issuer_x509);

    return X509_NAME_cmp(X509_get_subject_name(issuer_x509), X509_get_issuer_name(x509)) == 0 && wanted != NULL &&
           found != NULL && ASN1_OCTET_STRING_cmp(wanted, found) == 0;
}

bool mdm_chain_may_sign(const struct mdm_cert *cert)
{
    /* UINT32_MAX, all bits, when there is no such extension. */
    return (X509_get_key_usage(mdm_cert_x509(cert)) & KU_DIGITAL_SIGNATURE) != 0;
}

static bool is_valid_at(const struct mdm_cert *cert, mdm_time at)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert);

    return facts->not_before <= at && at <= facts->not_after;
}

/* Prefers what is valid at `at`; among these, and among those that are not, the first. */
static const struct mdm_cert *better(const struct mdm_cert *old, const struct mdm_cert *candidate, mdm_time at)
{
    if (old == NULL)
        return candidate;
    return !is_valid_at(old, at) && is_valid_at(candidate, at) ? candidate : old;
}

/* The issuer of `cert` among `certs`, or NULL. One that the certificate names, and whose key did not sign it, is left
 * in *impostor. */
static const struct mdm_cert *issuer_among(const struct mdm_certs *certs, const struct mdm_cert *cert, mdm_time at,
                                           const struct mdm_cert **impostor)
{
    const struct mdm_cert *best = NULL;

    for (size_t i = 0; certs != NULL && i < certs->count; i++) {
        if (mdm_chain_issued(certs->items[i], cert))
            best = better(best, certs->items[i], at);
        else if (names_issuer(cert, certs->items[i]))
            *impostor = certs->items[i];
    }
    return best;
}

static bool is_trusted_root(const struct mdm_trust *trust, const struct mdm_cert *cert)
{
    const struct mdm_certs *certs = mdm_trust_loaded(trust);

    if (mdm_cert_facts(cert)->kind != MDM_CERT_ROOT)
        return false;
    for (size_t i = 0; i < certs->count; i++)
        if (mdm_cert_equal(certs->items[i], cert))
            return true;
    return false;
}

static int missing_issuer(const struct mdm_cert *cert, struct mdm_error *err)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert);

    (void)mdm_error_set(err, MDM_E_REFUSED,
                        "the certificate '%s' was issued by '%s', and that CA certificate is missing", facts->subject,
                        facts->issuer);
    if (facts->issuer_url != NULL)
        return mdm_error_hint(err, "Download it from %s and put it into inputs/.", facts->issuer_url);
    return mdm_error_hint(err, "Look for it at https://www.apple.com/certificateauthority/ and put it into inputs/.");
}

/* The end certificate itself was made by somebody with `openssl req -x509`, not by Apple. */
static int signed_itself(const struct mdm_cert *cert, struct mdm_error *err)
{
    (void)mdm_error_set(err, MDM_E_REFUSED, "the certificate '%s' signed itself: Apple did not issue it",
                        mdm_cert_facts(cert)->subject);
    return mdm_error_hint(err, "Use the certificate that developer.apple.com issues for the vendor CSR (certificate "
                               "type \"MDM CSR\").");
}

static int untrusted_root(const struct mdm_cert *cert, struct mdm_error *err)
{
    (void)mdm_error_set(err, MDM_E_REFUSED, "the chain ends at '%s', which signed itself and is not a trusted root",
                        mdm_cert_facts(cert)->subject);
    return mdm_error_hint(err, "Apple's root CAs are built in; name others with --ca-file.");
}

static int bad_signature(const struct mdm_cert *cert, const struct mdm_cert *issuer, struct mdm_error *err)
{
    (void)mdm_error_set(err, MDM_E_REFUSED, "the signature of the certificate '%s' does not fit its issuer '%s'",
                        mdm_cert_facts(cert)->subject, mdm_cert_facts(issuer)->subject);
    return mdm_error_hint(err, "The certificate was damaged or forged: download it again from Apple's portal.");
}

static int too_long(const struct mdm_cert *first, struct mdm_error *err)
{
    (void)mdm_error_set(err, MDM_E_REFUSED, "the chain of '%s' is longer than %d certificates",
                        mdm_cert_facts(first)->subject, DEPTH_MAX);
    return mdm_error_hint(err, "Apple's chains have three. Take CA certificates that are none of Apple's out of "
                               "inputs/.");
}

/* Appends the issuer of chain's last certificate. */
static int climb(const struct mdm_certs *first, const struct mdm_certs *second, mdm_time at, struct mdm_certs *chain,
                 struct mdm_error *err)
{
    const struct mdm_cert *last = chain->items[chain->count - 1];
    const struct mdm_cert *impostor = NULL;
    const struct mdm_cert *issuer;

    if (mdm_chain_issued(last, last))
        return chain->count == 1 ? signed_itself(last, err) : untrusted_root(last, err);
    if (chain->count >= DEPTH_MAX)
        return too_long(chain->items[0], err);
    issuer = issuer_among(first, last, at, &impostor);
    if (issuer == NULL || !is_valid_at(issuer, at)) {
        const struct mdm_cert *other = issuer_among(second, last, at, &impostor);

        issuer = other == NULL ? issuer : better(issuer, other, at);
    }
    if (issuer == NULL)
        return impostor != NULL ? bad_signature(last, impostor, err) : missing_issuer(last, err);
    return mdm_certs_add(chain, issuer, err);
}

/* The first critical extension that neither libcrypto knows nor is one of Apple's own marks; false when there is none.
 */
static bool foreign_extension(const X509 *x509, char *oid, int size)
{
    for (int i = 0; i < X509_get_ext_count(x509); i++) {
        X509_EXTENSION *extension = X509_get_ext(x509, i);

        if (X509_EXTENSION_get_critical(extension) == 0 || X509_supported_extension(extension) == 1)
            continue;
        if (OBJ_obj2txt(oid, size, X509_EXTENSION_get_object(extension), 1) <= 0 ||
            strncmp(oid, APPLE_ARC, strlen(APPLE_ARC)) != 0)
            return true;
    }
    return false;
}

static int admit_apples_marks(int ok, X509_STORE_CTX *ctx)
{
    char oid[OID_TEXT_MAX];

    if (ok == 1 || X509_STORE_CTX_get_error(ctx) != X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION ||
        foreign_extension(X509_STORE_CTX_get_current_cert(ctx), oid, sizeof oid))
        return ok;
    X509_STORE_CTX_set_error(ctx, X509_V_OK);
    return 1;
}

/* What is wrong in libcrypto's eyes, for callbacks. `words` has room for an OID. */
static const char *refusal_words(int reason, const X509 *x509, char *words, size_t size)
{
    char oid[OID_TEXT_MAX] = "";

    switch (reason) {
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
        (void)foreign_extension(x509, oid, sizeof oid);
        (void)snprintf(words, size, "it has the critical extension %s, which is not known here", oid);
        return words;
    case X509_V_ERR_CA_MD_TOO_WEAK:
        (void)snprintf(words, size, "its signature was made with %s, which is too weak and no longer taken",
                       OBJ_nid2sn(X509_get_signature_nid(x509)));
        return words;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
        return "its key is too short";
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
        return "it is not a CA certificate, and must not issue others";
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
        return "it must not issue certificates that issue others";
    default:
        return X509_verify_cert_error_string(reason);
    }
}

static int refused_by_libcrypto(X509_STORE_CTX *ctx, const struct mdm_certs *chain, struct mdm_error *err)
{
    int depth = X509_STORE_CTX_get_error_depth(ctx);
    size_t index = depth < 0 || (size_t)depth >= chain->count ? 0 : (size_t)depth;
    const struct mdm_cert *cert = chain->items[index];
    char words[OID_TEXT_MAX + 80];

    ERR_clear_error();
    (void)mdm_error_set(err, MDM_E_REFUSED, "the certificate '%s' is not acceptable: %s", mdm_cert_facts(cert)->subject,
                        refusal_words(X509_STORE_CTX_get_error(ctx), mdm_cert_x509(cert), words, sizeof words));
    return mdm_error_hint(err, "Use the certificates as Apple issues them: download them again from its portal and "
                               "https://www.apple.com/certificateauthority/.");
}

/* Judges a walked chain: its last certificate is the one trusted root, what lies between is offered as untrusted. */
static int judge(const struct mdm_certs *chain, struct mdm_error *err)
{
    X509_STORE *store = X509_STORE_new();
    STACK_OF(X509) *between = sk_X509_new_null();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    bool ready = store != NULL && between != NULL && ctx != NULL;
    int result = -1;

    for (size_t i = 1; ready && i + 1 < chain->count; i++)
        ready = sk_X509_push(between, mdm_cert_x509(chain->items[i])) > 0; /* stays the chain's */
    if (!ready || X509_STORE_add_cert(store, mdm_cert_x509(chain->items[chain->count - 1])) != 1 ||
        X509_STORE_CTX_init(ctx, store, mdm_cert_x509(chain->items[0]), between) != 1) {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "out of memory");
        goto out;
    }
    /* Dates are judged by mdm_chain_dates, which can say whose. */
    X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT | X509_V_FLAG_NO_CHECK_TIME);
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(ctx), AUTH_LEVEL);
    X509_STORE_CTX_set_verify_cb(ctx, admit_apples_marks);
    result = X509_verify_cert(ctx) == 1 ? 0 : refused_by_libcrypto(ctx, chain, err);
out:
    X509_STORE_CTX_free(ctx);
    sk_X509_free(between);
    X509_STORE_free(store);
    return result;
}

int mdm_chain_find(const struct mdm_trust *trust, const struct mdm_cert *leaf, const struct mdm_certs *first,
                   const struct mdm_certs *second, mdm_time at, struct mdm_certs *chain, struct mdm_error *err)
{
    if (mdm_certs_add(chain, leaf, err) != 0)
        return -1;
    while (!is_trusted_root(trust, chain->items[chain->count - 1]))
        if (climb(first, second, at, chain, err) != 0)
            goto fail;
    if (judge(chain, err) == 0)
        return 0;
fail:
    mdm_certs_free(chain);
    return -1;
}

/* What a certificate is within its chain, for callbacks. */
static const char *place_words(const struct mdm_cert *cert)
{
    switch (mdm_cert_facts(cert)->kind) {
    case MDM_CERT_ROOT:
        return "root CA certificate";
    case MDM_CERT_INTERMEDIATE:
        return "intermediate CA certificate";
    case MDM_CERT_VENDOR:
        return "vendor certificate";
    case MDM_CERT_PUSH:
        return "push certificate";
    case MDM_CERT_OTHER:
        break;
    }
    return "certificate";
}

static int expired(const struct mdm_cert *cert, struct mdm_error *err)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert);
    char day[MDM_TIME_TEXT_MAX];

    mdm_time_format_day(facts->not_after, day);
    (void)mdm_error_set(err, MDM_E_EXPIRED, "the %s '%s' expired on %s", place_words(cert), facts->subject, day);
    if (facts->kind == MDM_CERT_INTERMEDIATE)
        return mdm_error_hint(err,
                              "Look for a newer one at https://www.apple.com/certificateauthority/ and put it into "
                              "inputs/, or let Apple issue your certificate again.");
    if (facts->kind == MDM_CERT_ROOT)
        return mdm_error_hint(err, "Install a newer mdmvendor, or name the new root with --ca-file.");
    return -1;
}

static int not_yet_valid(const struct mdm_cert *cert, struct mdm_error *err)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert);
    char begin[MDM_TIME_TEXT_MAX];

    mdm_time_format(facts->not_before, begin);
    (void)mdm_error_set(err, MDM_E_REFUSED, "the %s '%s' is not valid before %s", place_words(cert), facts->subject,
                        begin);
    return mdm_error_hint(err, "Check the date and time of this computer.");
}

int mdm_chain_dates(const struct mdm_certs *chain, mdm_time at, struct mdm_error *err)
{
    for (size_t i = 0; i < chain->count; i++) {
        if (at > mdm_cert_facts(chain->items[i])->not_after)
            return expired(chain->items[i], err);
        if (at < mdm_cert_facts(chain->items[i])->not_before)
            return not_yet_valid(chain->items[i], err);
    }
    return 0;
}
