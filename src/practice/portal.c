/* The two portals: one turns a vendor's CSR into mdm.cer, the other a plist_encode into MDM_Certificate.pem. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pki/ossl.h"
#include "pki/request.h"
#include "practice/issue.h"

#define TOPIC_PREFIX "com.apple.mgmt.External."
#define UUID_MAX     64

/* The portals' words as people reported them (rileytestut/AltSign#46; micromdm#723, #796, #833, #1067). */
#define SAYS_NOT_A_REQUEST "Invalid Certificate Signing Request"
#define SAYS_KEY           "CSR algorithm/size incorrect. Expected: RSA(2048)"
#define SAYS_CSR           "The certificate request is invalid"
#define SAYS_FILE_TYPE     "You have uploaded an invalid file type. Supported file extensions are .txt, .rtf, .plist, .b64"
#define SAYS_EXPIRED       "Certificate Signature Verification failed because the signing certificate is expired."
#define SAYS_SIGNATURE     "Certificate Signature Verification failed because the signature is invalid."
#define SAYS_RENEW         "This certificate cannot be renewed" /* our words */

#define PORTAL(says) "the practice portal says \"" says "\": "

/* For MDM_OWNED. */
static void free_draft(struct mdm_practice_draft *draft)
{
    X509_NAME_free(draft->subject);
}

/* The certificate of a CSR, as DER. `name` as for mdm_draft_begin. */
static int issue(struct mdm_practice *practice, int kind, const char *name, const struct mdm_csr *csr,
                 const struct mdm_practice_order *order, struct mdm_bytes *out, struct mdm_error *err)
{
    const int country = X509_NAME_get_index_by_NID(csr->name, NID_countryName, -1);
    MDM_OWNED(free_draft) struct mdm_practice_draft draft = {0};
    MDM_OWNED(mdm_free_X509) X509 *cert = NULL;
    const struct mdm_authority *issuer;

    if (mdm_draft_begin(&draft, kind, name, err) != 0)
        return -1;
    draft.key = csr->pkey;
    draft.not_before = order->at;
    draft.not_after = order->at + (order->days != 0 ? order->days : 365) * MDM_DAY;
    if (kind == MDM_PRACTICE_VENDOR_CERT)
        draft.not_after--; /* Apple's are a second shorter */
    if (kind == MDM_PRACTICE_PUSH_CERT && country >= 0 &&
        X509_NAME_add_entry(draft.subject, X509_NAME_get_entry(csr->name, country), -1, 0) != 1)
        return mdm_ossl_error(err, MDM_E_FAILED, "cannot take the country of the CSR");
    if ((order->alter != NULL && order->alter(order->alter_ctx, &draft, err) != 0) ||
        (issuer = mdm_practice_authority(practice, draft.issuer, err)) == NULL ||
        (cert = mdm_draft_sign(&draft, issuer, err)) == NULL)
        return -1;
    return mdm_ossl_append_der(out, ASN1_ITEM_rptr(X509), cert, err);
}

int mdm_practice_issue_vendor(struct mdm_practice *practice, const struct mdm_bytes *upload,
                              const struct mdm_practice_order *order, struct mdm_bytes *der, struct mdm_error *err)
{
    const char *account = order->account != NULL ? order->account : "Practice Vendor";
    struct mdm_error why = {0};
    MDM_OWNED(mdm_csr_free) struct mdm_csr *csr = mdm_csr_from_bytes(upload, "upload", &why);

    if (csr == NULL)
        return mdm_error_set(err, MDM_E_REFUSED, PORTAL(SAYS_NOT_A_REQUEST) "%s", why.text);
    if (csr->pkey == NULL)
        return mdm_error_set(err, MDM_E_REFUSED, PORTAL(SAYS_KEY) "the CSR's public key cannot be read");
    if (EVP_PKEY_is_a(csr->pkey, "RSA") != 1 || EVP_PKEY_get_bits(csr->pkey) != MDM_KEY_BITS)
        return mdm_error_set(err, MDM_E_REFUSED, PORTAL(SAYS_KEY) "found %s(%d)", EVP_PKEY_get0_type_name(csr->pkey),
                             EVP_PKEY_get_bits(csr->pkey));
    if (mdm_csr_check(csr, "upload", NULL, &why) != 0)
        return mdm_error_set(err, MDM_E_REFUSED, PORTAL(SAYS_CSR) "%s", why.text);
    return issue(practice, MDM_PRACTICE_VENDOR_CERT, account, csr, order, der, err);
}

/* This check is the web page's. Its list has changed over the years; a name without an extension passes. */
static int check_extension(const char *name, struct mdm_error *err)
{
    static const char *const known[] = {".txt", ".rtf", ".plist", ".b64"};
    const char *slash = name != NULL ? strrchr(name, '/') : NULL;
    const char *base = slash != NULL ? slash + 1 : name;
    const char *dot = base != NULL ? strrchr(base, '.') : NULL;

    if (dot == NULL)
        return 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcasecmp(dot, known[i]) == 0)
            return 0;
    return mdm_error_set(err, MDM_E_REFUSED, PORTAL(SAYS_FILE_TYPE) "the upload is named \"%s\"", base);
}

static int refuse_request(const struct mdm_report *report, struct mdm_error *err)
{
    const char *says = report->code == MDM_E_FAILED    ? SAYS_NOT_A_REQUEST
                       : report->code == MDM_E_EXPIRED ? SAYS_EXPIRED
                                                       : SAYS_SIGNATURE;
    enum mdm_code code = report->code == MDM_E_FAILED ? MDM_E_REFUSED : report->code;

    return mdm_error_set(err, code, PORTAL("%s") "%s: %s", says, report->failed->name, report->failed->detail);
}

/* The CSR of a request that passes every check; NULL when it is refused. */
static struct mdm_csr *take_request(struct mdm_practice *practice, const struct mdm_bytes *upload, mdm_time at,
                                    struct mdm_error *err)
{
    MDM_OWNED(mdm_trust_free) struct mdm_trust *trust = mdm_practice_trust(practice, err);
    MDM_OWNED(mdm_request_free) struct mdm_request request = {0};
    MDM_OWNED(mdm_report_free) struct mdm_report report = {0};

    if (trust == NULL || mdm_request_verify(upload, trust, at, &report, err) != 0)
        return NULL;
    if (report.code != MDM_OK)
        refuse_request(&report, err);
    else if (mdm_request_read(upload, &request, err) == 0)
        return mdm_csr_from_bytes(&request.parts[MDM_PART_CSR], "the upload", err);
    return NULL;
}

/* The UUID of the certificate that is renewed, or the order's, or a new one (RFC 4122, version 4). */
static int choose_uuid(struct mdm_practice *practice, const struct mdm_practice_order *order, char uuid[UUID_MAX],
                       struct mdm_error *err)
{
    const struct mdm_authority *issuer;
    const char *topic = NULL;
    unsigned char random[15];
    char hex[2 * sizeof random + 1];

    if (order->renew != NULL) {
        issuer = mdm_practice_authority(practice, MDM_PRACTICE_PUSH, err);
        if (issuer == NULL)
            return -1;
        topic = mdm_cert_facts(order->renew)->topic;
        if (X509_verify(order->renew->x509, issuer->key) != 1) {
            ERR_clear_error();
            return mdm_error_set(err, MDM_E_REFUSED, PORTAL(SAYS_RENEW) "it was not issued by this practice Apple");
        }
        if (topic == NULL || strncmp(topic, TOPIC_PREFIX, strlen(TOPIC_PREFIX)) != 0)
            return mdm_error_set(err, MDM_E_REFUSED, PORTAL(SAYS_RENEW) "it is not a push certificate");
        topic += strlen(TOPIC_PREFIX);
    }
    if (topic != NULL || order->uuid != NULL) {
        (void)snprintf(uuid, UUID_MAX, "%s", topic != NULL ? topic : order->uuid);
        return 0;
    }
    if (RAND_bytes(random, sizeof random) != 1)
        return mdm_ossl_error(err, MDM_E_FAILED, "cannot make a UUID");
    mdm_hex(random, sizeof random, hex);
    (void)snprintf(uuid, UUID_MAX, "%.8s-%.4s-4%.3s-a%.3s-%.12s", hex, hex + 8, hex + 12, hex + 15, hex + 18);
    return 0;
}

int mdm_practice_issue_push(struct mdm_practice *practice, const struct mdm_bytes *upload,
                            const struct mdm_practice_order *order, struct mdm_bytes *pem, struct mdm_error *err)
{
    MDM_OWNED(mdm_csr_free) struct mdm_csr *csr = NULL;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes der = {0};
    char uuid[UUID_MAX];

    if (check_extension(order->upload_name, err) != 0 || choose_uuid(practice, order, uuid, err) != 0 ||
        (csr = take_request(practice, upload, order->at, err)) == NULL ||
        issue(practice, MDM_PRACTICE_PUSH_CERT, uuid, csr, order, &der, err) != 0 ||
        mdm_ossl_append_pem(pem, PEM_STRING_X509, &der, err) != 0)
        return -1;
    pem->data[--pem->size] = '\0'; /* the portal's file has no newline at its end */
    return 0;
}
