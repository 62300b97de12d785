/* A practice Apple: its CAs, each made when it is first needed; what each kind of certificate looks like; and the two
 * portals, of which one turns a vendor's CSR into mdm.cer, the other a plist_encode into MDM_Certificate.pem. */
#include <openssl/conf.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
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

/*
 * What each kind of certificate looks like, after Apple's own: Apple Root CA, WWDR G3 (AppleIncRootCertificate.cer,
 * AppleWWDRCAG3.cer from https://www.apple.com/certificateauthority/), vendor certificates of 2025 and 2026, and push
 * certificates of 2021 (micromdm/nanomdm test/e2e/testdata/push.pem) to 2026.
 */
struct profile {
    const char *name;       /* of a CA: in URLs */
    const char *subject;    /* section of data/practice/subjects.cnf */
    const char *generation; /* of a CA, for its subject */
    enum mdm_practice_ca issuer;
    size_t serial_size;          /* bytes */
    int days_before, days_after; /* of a CA: validity around the practice Apple's "now" */
    const char *extensions;      /* file in data/practice/: x509v3_config(5), in the order of encoding */
    const char *marker;          /* the extension that marks this kind, which comes last, or "" */
};

#define YEARS(n)    ((n)*365)
#define ROOT        MDM_PRACTICE_ROOT
#define WWDR_MARKER "1.2.840.113635.100.6.2.1 = DER:0500"
#define AAI_MARKER  "1.2.840.113635.100.6.2.3 = DER:0500"
static const struct profile profiles[MDM_PRACTICE_KINDS] = {
    [MDM_PRACTICE_ROOT] = {"root", "root", "", ROOT, 1, YEARS(15), YEARS(15), "root.cnf", ""},
    [MDM_PRACTICE_WWDR] = {"wwdrg3", "wwdr", "G3", ROOT, 16, YEARS(5), YEARS(5), "intermediate.cnf", WWDR_MARKER},
    [MDM_PRACTICE_WWDR_OTHER] = {"wwdrg4", "wwdr", "G4", ROOT, 20, YEARS(5), YEARS(5), "intermediate.cnf", WWDR_MARKER},
    [MDM_PRACTICE_PUSH] = {"aai2", "aai", "2", ROOT, 8, YEARS(5), YEARS(5), "intermediate.cnf", AAI_MARKER},
    [MDM_PRACTICE_WWDR_UNKNOWN] = {"wwdrg9", "wwdr", "G9", ROOT, 16, YEARS(1), YEARS(10), "intermediate.cnf",
                                   WWDR_MARKER},
    [MDM_PRACTICE_WWDR_EXPIRED] = {"wwdrg1", "wwdr", "G1", ROOT, 8, YEARS(10), -30, "intermediate.cnf", WWDR_MARKER},
    [MDM_PRACTICE_VENDOR_CERT] = {NULL, "vendor", NULL, MDM_PRACTICE_WWDR, 16, 0, 0, "vendor.cnf",
                                  "1.2.840.113635.100.4.12 = DER:0500"},
    [MDM_PRACTICE_PUSH_CERT] = {NULL, "push", NULL, MDM_PRACTICE_PUSH, 8, 0, 0, "push.cnf",
                                "1.2.840.113635.100.6.3.2 = DER:0500"},
};

static const char *text_of(const char *name)
{
    return mdm_embedded_text(mdm_practice_texts, mdm_practice_text_count, name);
}

static CONF *MDM_PRINTF(1, 2) read_conf(const char *format, ...)
{
    MDM_OWNED(mdm_free_BIO) BIO *bio = BIO_new(BIO_s_mem());
    MDM_OWNED(mdm_free_CONF) CONF *conf = NCONF_new(NULL);
    va_list arguments;

    va_start(arguments, format);
    const bool written = bio != NULL && BIO_vprintf(bio, format, arguments) > 0;
    va_end(arguments);
    return written && conf != NULL && NCONF_load_bio(conf, bio, NULL) == 1 ? mdm_take_at(&conf) : NULL;
}

/* For MDM_OWNED. */
static void free_draft(struct mdm_practice_draft *draft)
{
    X509_NAME_free(draft->subject);
}

int mdm_draft_begin(struct mdm_practice_draft *draft, int kind, const char *name, struct mdm_error *err)
{
    const struct profile *profile = &profiles[kind];
    MDM_OWNED(mdm_free_CONF)
    CONF *conf =
        read_conf("name = %s\n%s", profile->generation != NULL ? profile->generation : name, text_of("subjects.cnf"));

    *draft = (struct mdm_practice_draft){
        .subject = X509_NAME_new(),
        .issuer = profile->issuer,
        .serial_size = profile->serial_size,
        .extensions = text_of(profile->extensions),
        .marker = profile->marker,
        .extra = "",
    };
    /* The root has PrintableStrings, all others UTF-8 where RFC 5280 has nothing else. */
    if (conf != NULL &&
        X509V3_NAME_from_section(draft->subject, NCONF_get_section(conf, profile->subject),
                                 kind == MDM_PRACTICE_ROOT ? V_ASN1_PRINTABLESTRING : MBSTRING_UTF8) == 1)
        return 0;
    return mdm_ossl_error(err, MDM_E_FAILED, "cannot make the certificate's subject");
}

static bool add_extensions(X509 *cert, X509 *issuer, const struct mdm_practice_draft *draft)
{
    MDM_OWNED(mdm_free_CONF)
    CONF *conf = read_conf("ca = %s\n%s\n[extensions]\n%s\n%s\n%s", profiles[draft->issuer].name, draft->extensions,
                           draft->marker, draft->extra, text_of("notice.cnf"));
    STACK_OF(CONF_VALUE) *lines = conf != NULL ? NCONF_get_section(conf, "extensions") : NULL;
    X509V3_CTX context;

    if (lines == NULL)
        return false;
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    X509V3_set_nconf(&context, conf);
    /* One by one: X509V3_EXT_add_nconf() of OpenSSL 3.5 puts the subject key identifier first. */
    for (int i = 0; i < sk_CONF_VALUE_num(lines); i++) {
        const CONF_VALUE *line = sk_CONF_VALUE_value(lines, i);
        MDM_OWNED(mdm_free_X509_EXTENSION)
        X509_EXTENSION *extension = X509V3_EXT_nconf(conf, &context, line->name, line->value);

        if (extension == NULL || X509_add_ext(cert, extension, -1) != 1)
            return false;
    }
    return true;
}

/* Signs with SHA-256. issuer->cert may be NULL: then the certificate is self-signed with issuer->key. */
static struct mdm_cert *sign(const struct mdm_practice_draft *draft, const struct mdm_authority *issuer,
                             struct mdm_error *err)
{
    MDM_OWNED(mdm_free_BIGNUM) BIGNUM *serial = BN_new();
    MDM_OWNED(mdm_free_X509) X509 *cert = X509_new();
    X509 *above = issuer->cert != NULL ? issuer->cert->x509 : cert;

    if (cert != NULL && serial != NULL && X509_set_version(cert, X509_VERSION_3) == 1 &&
        X509_set_subject_name(cert, draft->subject) == 1 &&
        X509_set_issuer_name(cert, X509_get_subject_name(above)) == 1 && X509_set_pubkey(cert, draft->key) == 1 &&
        /* ASN1_TIME_set takes UTCTime until 2049 and GeneralizedTime after it (RFC 5280, 4.1.2.5). */
        ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)draft->not_before) != NULL &&
        ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)draft->not_after) != NULL &&
        /* Positive, and the encoding has exactly that size. */
        BN_rand(serial, (int)draft->serial_size * 8 - 1, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
        BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert)) != NULL && add_extensions(cert, above, draft) &&
        /* The length of the signature comes back, 0 on failure. */
        X509_sign(cert, issuer->key, EVP_sha256()) > 0)
        return mdm_cert_wrap(mdm_take_at(&cert), err);
    mdm_ossl_error(err, MDM_E_FAILED, "cannot make the certificate");
    return NULL;
}

struct mdm_practice *mdm_practice_new(mdm_time now, struct mdm_error *err)
{
    struct mdm_practice *practice = mdm_new(sizeof *practice, err);

    if (practice != NULL)
        practice->now = now;
    return practice;
}

void mdm_practice_free(struct mdm_practice **practice)
{
    if (practice == NULL || *practice == NULL)
        return;
    for (size_t i = 0; i < MDM_PRACTICE_CA_COUNT; i++) {
        mdm_cert_free(&(*practice)->authorities[i].cert);
        EVP_PKEY_free((*practice)->authorities[i].key);
    }
    free(*practice);
    *practice = NULL;
}

/* The CA, which is made if it is missing; it belongs to the practice. NULL: error. */
static const struct mdm_authority *authority(struct mdm_practice *practice, enum mdm_practice_ca ca,
                                             struct mdm_error *err)
{
    struct mdm_authority *made = &practice->authorities[ca];
    const struct mdm_authority *issuer = made; /* the root signs itself */
    MDM_OWNED(free_draft) struct mdm_practice_draft draft = {0};

    if (made->cert != NULL)
        return made;
    if (ca != MDM_PRACTICE_ROOT)
        issuer = authority(practice, MDM_PRACTICE_ROOT, err);
    if (issuer == NULL || mdm_draft_begin(&draft, (int)ca, "", err) != 0)
        return NULL;
    if (made->key == NULL && (made->key = EVP_RSA_gen(MDM_KEY_BITS)) == NULL) {
        mdm_ossl_error(err, MDM_E_FAILED, "cannot make the key of practice CA %s", profiles[ca].name);
        return NULL;
    }
    draft.key = made->key;
    draft.issuer = ca; /* its own name is in its URLs */
    draft.not_before = practice->now - profiles[ca].days_before * MDM_DAY;
    draft.not_after = practice->now + profiles[ca].days_after * MDM_DAY;
    made->cert = sign(&draft, issuer, err);
    return made->cert != NULL ? made : NULL;
}

const struct mdm_cert *mdm_practice_ca_cert(struct mdm_practice *practice, enum mdm_practice_ca ca,
                                            struct mdm_error *err)
{
    const struct mdm_authority *made = authority(practice, ca, err);

    return made != NULL ? made->cert : NULL;
}

int mdm_practice_bundle(struct mdm_practice *practice, struct mdm_bytes *pem, struct mdm_error *err)
{
    for (enum mdm_practice_ca ca = MDM_PRACTICE_ROOT; ca <= MDM_PRACTICE_WWDR_OTHER; ca++) {
        if (ca == MDM_PRACTICE_WWDR_OTHER && practice->authorities[ca].cert == NULL)
            continue;
        const struct mdm_cert *cert = mdm_practice_ca_cert(practice, ca, err);
        if (cert == NULL || mdm_cert_append_pem(cert, pem, err) != 0)
            return -1;
    }
    return 0;
}

struct mdm_trust *mdm_practice_trust(struct mdm_practice *practice, struct mdm_error *err)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes pem = {0};

    if (mdm_practice_bundle(practice, &pem, err) != 0)
        return NULL;
    return mdm_trust_from_bytes(&pem, "the practice CA certificates", err);
}

/* The certificate of a CSR. `name` as for mdm_draft_begin. */
static struct mdm_cert *issue(struct mdm_practice *practice, int kind, const char *name, const struct mdm_csr *csr,
                              const struct mdm_practice_order *order, struct mdm_error *err)
{
    const int country = X509_NAME_get_index_by_NID(csr->name, NID_countryName, -1);
    const struct mdm_authority *issuer = NULL;
    MDM_OWNED(free_draft) struct mdm_practice_draft draft = {0};

    if (mdm_draft_begin(&draft, kind, name, err) != 0)
        return NULL;
    draft.key = csr->pkey;
    draft.not_before = order->at;
    draft.not_after = order->at + (order->days != 0 ? order->days : 365) * MDM_DAY;
    if (kind == MDM_PRACTICE_VENDOR_CERT)
        draft.not_after--; /* Apple's are a second shorter */
    if (kind == MDM_PRACTICE_PUSH_CERT && country >= 0 &&
        X509_NAME_add_entry(draft.subject, X509_NAME_get_entry(csr->name, country), -1, 0) != 1)
        mdm_ossl_error(err, MDM_E_FAILED, "cannot take the country of the CSR");
    else if (order->alter == NULL || order->alter(order->alter_ctx, &draft, err) == 0)
        issuer = authority(practice, draft.issuer, err);
    return issuer != NULL ? sign(&draft, issuer, err) : NULL;
}

int mdm_practice_issue_vendor(struct mdm_practice *practice, const struct mdm_bytes *upload,
                              const struct mdm_practice_order *order, struct mdm_bytes *der, struct mdm_error *err)
{
    const char *account = order->account != NULL ? order->account : "Practice Vendor";
    struct mdm_error why = {0};
    MDM_OWNED(mdm_csr_free) struct mdm_csr *csr = mdm_csr_from_bytes(upload, "upload", &why);

    if (csr == NULL)
        return mdm_error_set(err, MDM_E_REFUSED, PORTAL(SAYS_NOT_A_REQUEST) "%s", why.text);
    if (csr->pkey != NULL && csr->facts.rsa_bits != MDM_KEY_BITS)
        return mdm_error_set(err, MDM_E_REFUSED, PORTAL(SAYS_KEY) "found %s(%d)", EVP_PKEY_get0_type_name(csr->pkey),
                             EVP_PKEY_get_bits(csr->pkey));
    if (mdm_csr_check(csr, "upload", NULL, &why) != 0)
        return mdm_error_set(err, MDM_E_REFUSED, PORTAL(SAYS_CSR) "%s", why.text);
    MDM_OWNED(mdm_cert_free)
    struct mdm_cert *cert = issue(practice, MDM_PRACTICE_VENDOR_CERT, account, csr, order, err);
    return cert != NULL ? mdm_ossl_append_der(der, ASN1_ITEM_rptr(X509), cert->x509, err) : -1;
}

/* This check is the web page's. Its list has changed over the years; a name without an extension passes. */
static int check_extension(const char *name, struct mdm_error *err)
{
    static const char *const known[] = {".txt", ".rtf", ".plist", ".b64"};
    const char *base = name != NULL && strchr(name, '/') != NULL ? strrchr(name, '/') + 1 : name;
    const char *dot = base != NULL ? strrchr(base, '.') : NULL;

    if (dot == NULL)
        return 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcasecmp(dot, known[i]) == 0)
            return 0;
    return mdm_error_set(err, MDM_E_REFUSED, PORTAL(SAYS_FILE_TYPE) "the upload is named \"%s\"", base);
}

/* The UUID of the certificate that is renewed, or the order's, or a new one (RFC 4122, version 4). */
static int choose_uuid(struct mdm_practice *practice, const struct mdm_practice_order *order, char uuid[UUID_MAX],
                       struct mdm_error *err)
{
    const char *chosen = order->uuid;
    unsigned char random[15];
    char hex[2 * sizeof random + 1];

    if (order->renew != NULL) {
        const char *topic = mdm_cert_facts(order->renew)->topic;
        const struct mdm_cert *ca = mdm_practice_ca_cert(practice, MDM_PRACTICE_PUSH, err);

        if (ca == NULL)
            return -1;
        if (!mdm_cert_issued(ca, order->renew))
            return mdm_error_set(err, MDM_E_REFUSED, PORTAL(SAYS_RENEW) "it was not issued by this practice Apple");
        if (topic == NULL || strncmp(topic, TOPIC_PREFIX, strlen(TOPIC_PREFIX)) != 0)
            return mdm_error_set(err, MDM_E_REFUSED, PORTAL(SAYS_RENEW) "it is not a push certificate");
        chosen = topic + strlen(TOPIC_PREFIX);
    }
    if (chosen != NULL) {
        (void)snprintf(uuid, UUID_MAX, "%s", chosen);
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
    MDM_OWNED(mdm_trust_free) struct mdm_trust *trust = NULL;
    MDM_OWNED(mdm_report_free) struct mdm_report report = {0};
    char uuid[UUID_MAX];

    if (check_extension(order->upload_name, err) != 0 || choose_uuid(practice, order, uuid, err) != 0 ||
        (trust = mdm_practice_trust(practice, err)) == NULL ||
        mdm_request_verify(upload, trust, order->at, &report, err) != 0)
        return -1;
    if (report.code != MDM_OK)
        return mdm_error_set(err, report.code == MDM_E_EXPIRED ? MDM_E_EXPIRED : MDM_E_REFUSED, PORTAL("%s") "%s: %s",
                             report.code == MDM_E_FAILED    ? SAYS_NOT_A_REQUEST
                             : report.code == MDM_E_EXPIRED ? SAYS_EXPIRED
                                                            : SAYS_SIGNATURE,
                             report.failed->name, report.failed->detail);
    MDM_OWNED(mdm_cert_free)
    struct mdm_cert *cert = issue(practice, MDM_PRACTICE_PUSH_CERT, uuid, report.csr, order, err);
    if (cert == NULL || mdm_cert_append_pem(cert, pem, err) != 0)
        return -1;
    pem->data[--pem->size] = '\0'; /* the portal's file has no newline at its end */
    return 0;
}
