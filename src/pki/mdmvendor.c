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
    struct mdm_bytes bytes;

    if (buffer == NULL)
        return;
    bytes = (struct mdm_bytes){.data = buffer->data, .size = buffer->size};
    mdm_bytes_free(&bytes);
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

static struct mdm_key *read_key(struct mdmvendor_view view, const char *text, struct mdm_error *err)
{
    const struct mdm_bytes file = bytes_of(view);
    MDM_OWNED(mdm_secret_free) struct mdm_secret *password = NULL;

    if (text != NULL && (password = mdm_secret_new(text, strlen(text), err)) == NULL)
        return NULL;
    return mdm_key_from_bytes(&file, "the key", password, NULL, err);
}

static int read_certs(struct mdmvendor_view view, struct mdm_certs *certs, struct mdm_error *err)
{
    const struct mdm_bytes file = bytes_of(view);

    return mdm_certs_from_bytes(&file, "the certificate", certs, err);
}

/* The key's certificate, or the first when none is. */
static const struct mdm_cert *pick(const struct mdm_certs *certs, const struct mdm_key *key)
{
    const struct mdm_cert *found = mdm_certs_find(certs, &key->id);

    return found != NULL ? found : certs->items[0];
}

/* struct mdmvendor_signer is struct mdm_signer under another name. */
struct mdmvendor_signer *mdmvendor_signer_new(const struct mdmvendor_vendor *vendor, struct mdmvendor_error *err)
{
    struct mdm_error why = {0};
    MDM_OWNED(mdm_trust_free) struct mdm_trust *trust = read_trust(vendor->ca, &why);
    MDM_OWNED(mdm_certs_free) struct mdm_certs certs = {0};
    MDM_OWNED(mdm_key_free) struct mdm_key *key = NULL;
    struct mdm_signer *made = NULL;

    if (trust != NULL && read_certs(vendor->certificate, &certs, &why) == 0 &&
        (key = read_key(vendor->key, vendor->key_password, &why)) != NULL)
        made = mdm_signer_new(key, "the key", pick(&certs, key), "the certificate", trust, &certs, vendor->at, &why);
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

/* Reports every check; the first that failed becomes the error. */
static void give_checks(const struct mdm_report *checks, void (*report)(void *ctx, const struct mdmvendor_check *check),
                        void *ctx, struct mdm_error *why)
{
    _Static_assert((int)MDM_SKIPPED == (int)MDMVENDOR_SKIPPED && (int)MDM_WARN == (int)MDMVENDOR_WARN &&
                       (int)MDM_FAIL == (int)MDMVENDOR_FAIL,
                   "verdicts have the same numbers");

    for (size_t i = 0; i < checks->count; i++) {
        const struct mdm_check *item = &checks->items[i];
        const struct mdmvendor_check check = {item->name, (enum mdmvendor_verdict)item->verdict, item->detail,
                                              item->hint};

        if (item->verdict == MDM_FAIL)
            mdm_error_set(why, checks->code, "%s" MDM_HINT "%s", item->detail, item->hint);
        if (report != NULL)
            report(ctx, &check);
    }
}

int mdmvendor_verify(struct mdmvendor_view request, struct mdmvendor_view ca, int64_t at,
                     void (*report)(void *ctx, const struct mdmvendor_check *check), void *ctx,
                     struct mdmvendor_error *err)
{
    struct mdm_error why = {0};
    const struct mdm_bytes file = bytes_of(request);
    MDM_OWNED(mdm_report_free) struct mdm_report checks = {0};
    MDM_OWNED(mdm_trust_free) struct mdm_trust *trust = read_trust(ca, &why);

    if (trust == NULL || mdm_request_verify(&file, trust, at, &checks, &why) != 0)
        return give_error(&why, err);
    give_checks(&checks, report, ctx, &why);
    return checks.code == MDM_OK ? 0 : give_error(&why, err);
}

int mdmvendor_make_pfx(const struct mdmvendor_pfx *made_of, struct mdmvendor_buffer *pfx, struct mdmvendor_error *err)
{
    const enum mdm_p12_form form = made_of->form == MDMVENDOR_PFX_MODERN ? MDM_P12_MODERN : MDM_P12_COMPAT;
    struct mdm_error why = {0};
    MDM_OWNED(mdm_secret_free)
    struct mdm_secret *password = mdm_secret_new(made_of->password, strlen(made_of->password), &why);
    MDM_OWNED(mdm_certs_free) struct mdm_certs certs = {0};
    MDM_OWNED(mdm_key_free) struct mdm_key *key = NULL;
    struct mdm_bytes made = {0};

    if (password == NULL || read_certs(made_of->certificate, &certs, &why) != 0 ||
        (key = read_key(made_of->key, made_of->key_password, &why)) == NULL ||
        mdm_p12_make(key, pick(&certs, key), password, form, &made, &why) != 0)
        return give_error(&why, err);
    *pfx = (struct mdmvendor_buffer){made.data, made.size};
    return 0;
}

/* The texts are the certificate's own. */
struct shown {
    struct mdmvendor_certificate facts;
    struct mdm_cert *cert;
};

struct mdmvendor_certificate *mdmvendor_certificate_read(struct mdmvendor_view file, struct mdmvendor_error *err)
{
    static const enum mdmvendor_kind kinds[] = {[MDM_CERT_OTHER] = MDMVENDOR_KIND_OTHER,
                                                [MDM_CERT_VENDOR] = MDMVENDOR_KIND_VENDOR,
                                                [MDM_CERT_PUSH] = MDMVENDOR_KIND_PUSH,
                                                [MDM_CERT_INTERMEDIATE] = MDMVENDOR_KIND_CA,
                                                [MDM_CERT_ROOT] = MDMVENDOR_KIND_CA};
    struct mdm_error why = {0};
    MDM_OWNED(mdm_certs_free) struct mdm_certs certs = {0};
    struct shown *made = NULL;
    const struct mdm_cert_facts *facts;

    if (read_certs(file, &certs, &why) != 0 || (made = mdm_new(sizeof *made, &why)) == NULL) {
        (void)give_error(&why, err);
        return NULL;
    }
    made->cert = mdm_cert_ref(certs.items[0]);
    facts = mdm_cert_facts(made->cert);
    made->facts = (struct mdmvendor_certificate){
        .kind = kinds[facts->kind],
        .subject = facts->subject,
        .issuer = facts->issuer,
        .serial = facts->serial,
        .topic = facts->topic,
        .sha256 = facts->sha256,
        .not_before = facts->not_before,
        .not_after = facts->not_after,
    };
    return &made->facts;
}

void mdmvendor_certificate_free(struct mdmvendor_certificate **certificate)
{
    struct shown *shown = certificate != NULL ? (struct shown *)*certificate : NULL; /* the facts are its beginning */

    if (shown == NULL)
        return;
    mdm_cert_free(&shown->cert);
    free(shown);
    *certificate = NULL;
}
