/* The push portal: a plist_encode in, MDM_Certificate.pem out. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "pki/ossl.h"
#include "pki/request.h"
#include "practice/portal.h"
#include "practice/profile.h"

#define TOPIC_PREFIX   "com.apple.mgmt.External."
#define FOREIGN_PREFIX "com.example.push."
#define UUID_MAX       64

/* The portal's words as people reported them (micromdm#723, #796, #833, #1067). */
#define SAYS_FILE_TYPE     "You have uploaded an invalid file type. Supported file extensions are .txt, .rtf, .plist, .b64"
#define SAYS_NOT_A_REQUEST "Invalid Certificate Signing Request"
#define SAYS_EXPIRED       "Certificate Signature Verification failed because the signing certificate is expired."
#define SAYS_SIGNATURE     "Certificate Signature Verification failed because the signature is invalid."
#define SAYS_RENEW         "This certificate cannot be renewed" /* our words */

/* A name without an extension passes: this check is the web page's, and its list has changed over the years. */
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
    return mdm_portal_refuse(err, MDM_E_REFUSED, SAYS_FILE_TYPE, "the upload is named \"%s\"", base);
}

static int refuse_request(const struct mdm_report *report, struct mdm_error *err)
{
    const char *says = report->code == MDM_E_FAILED    ? SAYS_NOT_A_REQUEST
                       : report->code == MDM_E_EXPIRED ? SAYS_EXPIRED
                                                       : SAYS_SIGNATURE;
    enum mdm_code code = report->code == MDM_E_FAILED ? MDM_E_REFUSED : report->code;

    for (size_t i = 0; i < report->count; i++)
        if (report->items[i].verdict == MDM_FAIL)
            return mdm_portal_refuse(err, code, says, "%s: %s", report->items[i].name, report->items[i].detail);
    return mdm_portal_refuse(err, code, says, "no check of it failed by itself");
}

/* The CSR of a request that passes every check; NULL when it is refused. */
static struct mdm_csr *take_csr(struct mdm_practice *practice, const struct mdm_bytes *upload, mdm_time at,
                                struct mdm_error *err)
{
    struct mdm_trust *trust = mdm_practice_trust(practice, err);
    struct mdm_report report = {0};
    struct mdm_csr *csr = NULL;

    if (trust == NULL || mdm_request_verify(upload, trust, at, &report, err) != 0)
        goto done;
    if (report.code != MDM_OK)
        refuse_request(&report, err);
    else
        csr = mdm_request_csr(upload, "the upload", err);
done:
    mdm_report_free(&report);
    mdm_trust_free(&trust);
    return csr;
}

/* RFC 4122, version 4. */
static int make_uuid(char uuid[UUID_MAX], struct mdm_error *err)
{
    unsigned char b[16];

    if (RAND_bytes(b, sizeof b) != 1)
        return mdm_ossl_error(err, MDM_E_FAILED, "cannot make a UUID");
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    (void)snprintf(uuid, UUID_MAX, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
                   b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
    return 0;
}

/* The UUID of the certificate whose row is renewed. */
static int renewed_uuid(struct mdm_practice *practice, const struct mdm_cert *old, char uuid[UUID_MAX],
                        struct mdm_error *err)
{
    const struct mdm_authority *issuer = mdm_practice_authority(practice, MDM_PRACTICE_PUSH, err);
    const char *topic = mdm_cert_facts(old)->topic;

    if (issuer == NULL)
        return -1;
    if (X509_verify(mdm_cert_x509(old), issuer->key) != 1) {
        ERR_clear_error();
        return mdm_portal_refuse(err, MDM_E_REFUSED, SAYS_RENEW, "it was not issued by this practice Apple");
    }
    if (topic == NULL || strncmp(topic, TOPIC_PREFIX, strlen(TOPIC_PREFIX)) != 0)
        return mdm_portal_refuse(err, MDM_E_REFUSED, SAYS_RENEW, "it is not a push certificate");
    (void)snprintf(uuid, UUID_MAX, "%s", topic + strlen(TOPIC_PREFIX));
    return 0;
}

static int choose_uuid(struct mdm_practice *practice, const struct mdm_practice_order *order, char uuid[UUID_MAX],
                       struct mdm_error *err)
{
    if (order->renew != NULL) {
        if (renewed_uuid(practice, order->renew, uuid, err) != 0)
            return -1;
        return (order->faults & MDM_PRACTICE_TOPIC_OTHER) != 0 ? make_uuid(uuid, err) : 0;
    }
    if (order->uuid == NULL)
        return make_uuid(uuid, err);
    (void)snprintf(uuid, UUID_MAX, "%s", order->uuid);
    return 0;
}

static int add_topic(X509_NAME *subject, const char *prefix, const char *uuid, struct mdm_error *err)
{
    char topic[sizeof TOPIC_PREFIX + UUID_MAX];

    (void)snprintf(topic, sizeof topic, "%s%s", prefix, uuid);
    return mdm_template_attribute(subject, NID_userId, V_ASN1_UTF8STRING, topic, strlen(topic), err);
}

/* The CSR's country is all of it that Apple keeps. */
static int add_country(X509_NAME *subject, const X509_NAME *requested, struct mdm_error *err)
{
    int index = X509_NAME_get_index_by_NID(requested, NID_countryName, -1);
    unsigned char *country = NULL;
    int size, result;

    if (index < 0)
        return 0;
    size = ASN1_STRING_to_UTF8(&country, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(requested, index)));
    if (size < 0)
        return mdm_ossl_error(err, MDM_E_FAILED, "cannot read the country in the CSR");
    result = mdm_template_attribute(subject, NID_countryName, V_ASN1_PRINTABLESTRING, (const char *)country,
                                    (size_t)size, err);
    OPENSSL_free(country);
    return result;
}

static X509_NAME *make_subject(const struct mdm_csr *csr, const struct mdm_practice_order *order, const char *uuid,
                               struct mdm_error *err)
{
    X509_NAME *subject = X509_NAME_new();
    const bool foreign = (order->faults & MDM_PRACTICE_TOPIC_FOREIGN) != 0;
    const bool two = (order->faults & MDM_PRACTICE_TOPIC_TWO) != 0;

    if (subject == NULL) {
        mdm_ossl_error(err, MDM_E_FAILED, "out of memory");
        return NULL;
    }
    if (add_topic(subject, foreign ? FOREIGN_PREFIX : TOPIC_PREFIX, uuid, err) != 0 ||
        (two && add_topic(subject, TOPIC_PREFIX, "00000000-0000-4000-8000-000000000000", err) != 0) ||
        mdm_leaf_common_name(subject, "APSP:", uuid, order, err) != 0 ||
        add_country(subject, mdm_csr_name(csr), err) != 0) {
        X509_NAME_free(subject);
        subject = NULL;
    }
    return subject;
}

/* PEM as the portal gives it: no newline behind the last line. */
static int append_pem(X509 *cert, struct mdm_bytes *out, struct mdm_error *err)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int result = -1;

    if (bio == NULL || PEM_write_bio_X509(bio, cert) != 1)
        mdm_ossl_error(err, MDM_E_FAILED, "cannot encode the certificate");
    else
        result = mdm_ossl_append_bio(out, bio, err);
    BIO_free(bio);
    if (result == 0)
        out->data[--out->size] = '\0';
    return result;
}

int mdm_practice_issue_push(struct mdm_practice *practice, const struct mdm_bytes *upload,
                            const struct mdm_practice_order *order, struct mdm_bytes *pem, struct mdm_error *err)
{
    char uuid[UUID_MAX];
    struct mdm_csr *csr = NULL;
    X509_NAME *subject = NULL;
    X509 *cert = NULL;
    int result = -1;

    if (mdm_portal_check_faults(order, MDM_PRACTICE_VENDOR_FAULTS_ONLY, "push", err) != 0 ||
        check_extension(order->upload_name, err) != 0 || choose_uuid(practice, order, uuid, err) != 0)
        return -1;
    csr = take_csr(practice, upload, order->at, err);
    subject = csr != NULL ? make_subject(csr, order, uuid, err) : NULL;
    if (subject == NULL)
        goto done;
    cert = mdm_leaf_issue(practice,
                          &(struct mdm_leaf){
                              .subject = subject,
                              .key = mdm_csr_pkey(csr),
                              .issuer = MDM_PRACTICE_PUSH,
                              .serial_size = 8,
                              .length = mdm_leaf_length(order),
                              .extensions = mdm_profile_push,
                              .marker = mdm_profile_push_marker,
                              .policy = mdm_profile_push_policy,
                          },
                          order, err);
    if (cert != NULL)
        result = append_pem(cert, pem, err);
done:
    X509_free(cert);
    X509_NAME_free(subject);
    mdm_csr_free(&csr);
    return result;
}
