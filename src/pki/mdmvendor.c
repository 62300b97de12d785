/* The public interface: a thin layer over this folder. mdmvendor_process_begin and _end are in ossl.c. */
#include "mdmvendor.h"

#include <stdlib.h>
#include <string.h>

#include "pki/ossl.h"
#include "pki/request.h"

/* Returns -1. */
static int give_error(const struct mdm_error *from, struct mdmvendor_error *to)
{
    if (to == NULL)
        return -1;
    memset(to, 0, sizeof *to);
    to->code = from->code == MDM_E_REFUSED    ? MDMVENDOR_REFUSED
               : from->code == MDM_E_EXPIRED  ? MDMVENDOR_EXPIRED
               : from->code == MDM_E_PASSWORD ? MDMVENDOR_PASSWORD
                                              : MDMVENDOR_FAILED;
    memcpy(to->text, from->text, sizeof to->text);
    memcpy(to->hint, from->hint, sizeof to->hint);
    return -1;
}

_Static_assert(sizeof((struct mdmvendor_error *)0)->text == MDM_ERROR_TEXT_MAX, "error texts are copied whole");
_Static_assert(sizeof((struct mdmvendor_error *)0)->hint == MDM_ERROR_HINT_MAX, "hints are copied whole");

/* The same bytes, not copied. Readers of files do not change them. */
static struct mdm_bytes bytes_of(struct mdmvendor_view view)
{
    struct mdm_bytes bytes = {.size = view.size};

    if (view.size > 0)
        memcpy(&bytes.data, &view.data, sizeof bytes.data); /* casts const away */
    return bytes;
}

void mdmvendor_buffer_free(struct mdmvendor_buffer *buffer)
{
    if (buffer == NULL)
        return;
    mdm_bytes_free(&(struct mdm_bytes){.data = buffer->data, .size = buffer->size});
    *buffer = (struct mdmvendor_buffer){NULL, 0};
}

const char *mdmvendor_version(void)
{
    return MDM_VERSION;
}

static struct mdm_trust *read_trust(struct mdmvendor_view ca, struct mdm_error *err)
{
    const struct mdm_bytes bundle = bytes_of(ca);

    return ca.size == 0 ? mdm_trust_apple(err) : mdm_trust_from_bytes(&bundle, "the CA bundle", err);
}

static int read_certs(struct mdmvendor_view view, struct mdm_certs *certs, struct mdm_error *err)
{
    const struct mdm_bytes file = bytes_of(view);

    return mdm_certs_from_bytes(&file, "the certificate", certs, err);
}

/* Reads a certificate's file and opens its key. Returns the key's certificate, or the first when none is. */
static const struct mdm_cert *read_pair(const struct mdmvendor_vendor *from, struct mdm_certs *certs,
                                        struct mdm_key **key, struct mdm_error *err)
{
    const struct mdm_bytes file = bytes_of(from->key);
    const char *text = from->key_password;
    MDM_OWNED(mdm_secret_free) struct mdm_secret *password = NULL;

    if (read_certs(from->certificate, certs, err) != 0 ||
        (text != NULL && (password = mdm_secret_new(text, strlen(text), err)) == NULL) ||
        (*key = mdm_key_from_bytes(&file, "the key", password, NULL, err)) == NULL)
        return NULL;
    const struct mdm_cert *found = mdm_certs_find(certs, &(*key)->id);
    return found != NULL ? found : certs->items[0];
}

/* struct mdmvendor_signer is struct mdm_signer under another name. */
struct mdmvendor_signer *mdmvendor_signer_new(const struct mdmvendor_vendor *vendor, struct mdmvendor_error *err)
{
    struct mdm_error why = {0};
    MDM_OWNED(mdm_trust_free) struct mdm_trust *trust = read_trust(vendor->ca, &why);
    MDM_OWNED(mdm_certs_free) struct mdm_certs certs = {0};
    MDM_OWNED(mdm_key_free) struct mdm_key *key = NULL;
    const struct mdm_cert *cert = trust != NULL ? read_pair(vendor, &certs, &key, &why) : NULL;
    struct mdm_signer *made =
        cert != NULL ? mdm_signer_new(key, "the key", cert, "the certificate", trust, &certs, vendor->at, &why) : NULL;

    if (made == NULL)
        (void)give_error(&why, err);
    return (struct mdmvendor_signer *)made;
}

int mdmvendor_sign(const struct mdmvendor_signer *signer, struct mdmvendor_view csr, struct mdmvendor_buffer *request,
                   struct mdmvendor_error *err)
{
    const struct mdm_bytes file = bytes_of(csr);
    struct mdm_error why = {0};
    MDM_OWNED(mdm_csr_free) struct mdm_csr *read = mdm_csr_from_bytes(&file, "the CSR", &why);
    struct mdm_bytes made = {0};

    if (read == NULL || mdm_signer_sign((const struct mdm_signer *)signer, read, "the CSR", &made, &why) != 0)
        return give_error(&why, err);
    *request = (struct mdmvendor_buffer){made.data, made.size};
    return 0;
}

void mdmvendor_signer_free(struct mdmvendor_signer **signer)
{
    struct mdm_signer *own = signer != NULL ? mdm_take_at(signer) : NULL;

    mdm_signer_free(&own);
}

int mdmvendor_verify(struct mdmvendor_view request, struct mdmvendor_view ca, int64_t at,
                     void (*report)(void *ctx, const struct mdmvendor_check *check), void *ctx,
                     struct mdmvendor_error *err)
{
    _Static_assert((int)MDM_SKIPPED == (int)MDMVENDOR_SKIPPED && (int)MDM_WARN == (int)MDMVENDOR_WARN &&
                       (int)MDM_FAIL == (int)MDMVENDOR_FAIL,
                   "verdicts have the same numbers");
    struct mdm_error why = {0};
    const struct mdm_bytes file = bytes_of(request);
    MDM_OWNED(mdm_report_free) struct mdm_report checks = {0};
    MDM_OWNED(mdm_trust_free) struct mdm_trust *trust = read_trust(ca, &why);

    if (trust == NULL || mdm_request_verify(&file, trust, at, &checks, &why) != 0)
        return give_error(&why, err);
    for (size_t i = 0; report != NULL && i < checks.count; i++) {
        const struct mdm_check *item = &checks.items[i];

        report(ctx, &(const struct mdmvendor_check){item->name, (enum mdmvendor_verdict)item->verdict, item->detail,
                                                    item->hint});
    }
    if (checks.code == MDM_OK)
        return 0;
    mdm_error_set(&why, checks.code, "%s" MDM_HINT "%s", checks.failed->detail, checks.failed->hint);
    return give_error(&why, err);
}

int mdmvendor_make_pfx(const struct mdmvendor_pfx *made_of, struct mdmvendor_buffer *pfx, struct mdmvendor_error *err)
{
    const enum mdm_p12_form form = made_of->form == MDMVENDOR_PFX_MODERN ? MDM_P12_MODERN : MDM_P12_COMPAT;
    struct mdm_error why = {0};
    MDM_OWNED(mdm_secret_free)
    struct mdm_secret *password = mdm_secret_new(made_of->password, strlen(made_of->password), &why);
    MDM_OWNED(mdm_certs_free) struct mdm_certs certs = {0};
    MDM_OWNED(mdm_key_free) struct mdm_key *key = NULL;
    const struct mdmvendor_vendor pair = {
        .key = made_of->key, .key_password = made_of->key_password, .certificate = made_of->certificate};
    const struct mdm_cert *cert = password != NULL ? read_pair(&pair, &certs, &key, &why) : NULL;
    struct mdm_bytes made = {0};

    if (cert == NULL || mdm_p12_make(key, cert, password, form, &made, &why) != 0)
        return give_error(&why, err);
    *pfx = (struct mdmvendor_buffer){made.data, made.size};
    return 0;
}

/* The texts are the certificate's own. */
struct shown {
    struct mdmvendor_certificate facts;
    struct mdm_certs certs;
};

struct mdmvendor_certificate *mdmvendor_certificate_read(struct mdmvendor_view file, struct mdmvendor_error *err)
{
    _Static_assert((int)MDM_CERT_VENDOR == (int)MDMVENDOR_KIND_VENDOR && (int)MDM_CERT_PUSH == (int)MDMVENDOR_KIND_PUSH,
                   "kinds have the same numbers");
    struct mdm_error why = {0};
    MDM_OWNED(mdm_certs_free) struct mdm_certs certs = {0};
    struct shown *made = read_certs(file, &certs, &why) == 0 ? mdm_new(sizeof *made, &why) : NULL;

    if (made == NULL) {
        (void)give_error(&why, err);
        return NULL;
    }
    const struct mdm_cert_facts *facts = mdm_cert_facts(certs.items[0]);
    made->facts = (struct mdmvendor_certificate){
        .kind = mdm_cert_is_ca(certs.items[0]) ? MDMVENDOR_KIND_CA : (enum mdmvendor_kind)facts->kind,
        .subject = facts->subject,
        .issuer = facts->issuer,
        .serial = facts->serial,
        .topic = facts->topic,
        .sha256 = facts->sha256,
        .not_before = facts->not_before,
        .not_after = facts->not_after,
    };
    made->certs = certs;
    certs = (struct mdm_certs){0}; /* theirs now */
    return &made->facts;
}

void mdmvendor_certificate_free(struct mdmvendor_certificate **certificate)
{
    struct shown *shown = certificate != NULL ? (struct shown *)*certificate : NULL;

    if (shown == NULL)
        return;
    mdm_certs_free(&shown->certs);
    free(shown);
    *certificate = NULL;
}
