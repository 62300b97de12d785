/* The CAs of a practice Apple, each made when it is first needed, and what each kind of certificate looks like. */
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/objects.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

#include "pki/ossl.h"
#include "practice/issue.h"

#define SERIAL_MAX 20
#define ATTRIBUTES 5

/*
 * What each kind of certificate looks like, after Apple's own: Apple Root CA, WWDR G3 (AppleIncRootCertificate.cer,
 * AppleWWDRCAG3.cer from https://www.apple.com/certificateauthority/), vendor certificates of 2025 and 2026, and push
 * certificates of 2021 (micromdm/nanomdm test/e2e/testdata/push.pem) to 2026.
 */
struct profile {
    const char *name; /* of a CA: on the command line, and in URLs */
    struct {
        int nid, type;
        const char *text;  /* "*" at its end: the name that goes into the subject */
    } subject[ATTRIBUTES]; /* in the order of encoding */
    enum mdm_practice_ca issuer;
    size_t serial_size;          /* bytes */
    int days_before, days_after; /* of a CA: validity around the practice Apple's "now" */
    const char *extensions;      /* file in data/practice/: x509v3_config(5), in the order of encoding */
    const char *marker;          /* the extension that marks this kind, which comes last, or "" */
};

#define UTF8         V_ASN1_UTF8STRING
#define PRINTABLE    V_ASN1_PRINTABLESTRING
#define ORGANISATION "Practice Apple Inc."
#define DEPARTMENT   "PRACTICE Certification Authority"
#define TEAM_ID      "PRACTICE01"          /* Apple's have ten characters as well */
#define MARKER       "1.2.840.113635.100." /* Apple's OIDs */
#define YEARS(n)     ((n)*365)

#define WWDR(short_name, generation, size, before, after)                                                              \
    {                                                                                                                  \
        .name = (short_name),                                                                                          \
        .subject = {{NID_commonName, UTF8, "PRACTICE Worldwide Developer Relations Certification Authority"},          \
                    {NID_organizationalUnitName, UTF8, (generation)},                                                  \
                    {NID_organizationName, UTF8, ORGANISATION},                                                        \
                    {NID_countryName, PRINTABLE, "US"}},                                                               \
        .serial_size = (size), .days_before = (before), .days_after = (after), .extensions = "intermediate.cnf",       \
        .marker = MARKER "6.2.1 = DER:0500",                                                                           \
    }

static const struct profile profiles[MDM_PRACTICE_KINDS] = {
    [MDM_PRACTICE_ROOT] = {.name = "root",
                           .subject = {{NID_countryName, PRINTABLE, "US"},
                                       {NID_organizationName, PRINTABLE, ORGANISATION},
                                       {NID_organizationalUnitName, PRINTABLE, DEPARTMENT},
                                       {NID_commonName, PRINTABLE, "PRACTICE Root CA"}},
                           .serial_size = 1,
                           .days_before = YEARS(15),
                           .days_after = YEARS(15),
                           .extensions = "root.cnf",
                           .marker = ""},
    [MDM_PRACTICE_WWDR] = WWDR("wwdrg3", "G3", 16, YEARS(5), YEARS(5)),
    [MDM_PRACTICE_WWDR_OTHER] = WWDR("wwdrg4", "G4", 20, YEARS(5), YEARS(5)),
    [MDM_PRACTICE_PUSH] = {.name = "aai2",
                           .subject = {{NID_commonName, UTF8,
                                        "PRACTICE Application Integration 2 Certification Authority"},
                                       {NID_organizationalUnitName, UTF8, DEPARTMENT},
                                       {NID_organizationName, UTF8, ORGANISATION},
                                       {NID_countryName, PRINTABLE, "US"}},
                           .serial_size = 8,
                           .days_before = YEARS(5),
                           .days_after = YEARS(5),
                           .extensions = "intermediate.cnf",
                           .marker = MARKER "6.2.3 = DER:0500"},
    [MDM_PRACTICE_WWDR_UNKNOWN] = WWDR("wwdrg9", "G9", 16, YEARS(1), YEARS(10)),
    [MDM_PRACTICE_WWDR_EXPIRED] = WWDR("wwdrg1", "G1", 8, YEARS(10), -30),
    /* The name is the account's, not the CSR's. */
    [MDM_PRACTICE_VENDOR_CERT] = {.subject = {{NID_userId, UTF8, TEAM_ID},
                                              {NID_commonName, UTF8, "MDM Vendor: *"},
                                              {NID_organizationalUnitName, UTF8, TEAM_ID},
                                              {NID_organizationName, UTF8, "*"},
                                              {NID_countryName, PRINTABLE, "US"}},
                                  .issuer = MDM_PRACTICE_WWDR,
                                  .serial_size = 16,
                                  .extensions = "vendor.cnf",
                                  .marker = MARKER "4.12 = DER:0500"},
    /* Of the CSR's subject Apple keeps the country alone, behind these. */
    [MDM_PRACTICE_PUSH_CERT] = {.subject = {{NID_userId, UTF8, "com.apple.mgmt.External.*"},
                                            {NID_commonName, UTF8, "APSP:*"}},
                                .issuer = MDM_PRACTICE_PUSH,
                                .serial_size = 8,
                                .extensions = "push.cnf",
                                .marker = MARKER "6.3.2 = DER:0500"},
};

/* A file of data/practice/. */
static const char *text_of(const char *name)
{
    for (size_t i = 0; i < mdm_practice_text_count; i++)
        if (strcmp(mdm_practice_texts[i].name, name) == 0)
            return (const char *)mdm_practice_texts[i].text;
    return "";
}

static X509_NAME *make_subject(int kind, const char *name, struct mdm_error *err)
{
    X509_NAME *subject = X509_NAME_new();
    struct mdm_bytes text = {0};
    bool good = subject != NULL;

    for (size_t i = 0; good && i < ATTRIBUTES && profiles[kind].subject[i].nid != 0; i++) {
        const char *form = profiles[kind].subject[i].text;
        const size_t fixed = strcspn(form, "*");

        mdm_bytes_free(&text);
        /* A type in place of MBSTRING_UTF8 stores the bytes as they are: no length limit, no character checks. */
        good = mdm_bytes_format(&text, err, "%.*s%s", (int)fixed, form, form[fixed] == '*' ? name : "") == 0 &&
               X509_NAME_add_entry_by_NID(subject, profiles[kind].subject[i].nid, profiles[kind].subject[i].type,
                                          text.data, -1, -1, 0) == 1;
    }
    mdm_bytes_free(&text);
    if (good)
        return subject;
    (void)mdm_ossl_error(err, MDM_E_FAILED, "cannot make the certificate's subject");
    X509_NAME_free(subject);
    return NULL;
}

X509_NAME *mdm_practice_ca_subject(enum mdm_practice_ca ca, struct mdm_error *err)
{
    return make_subject((int)ca, "", err);
}

const char *mdm_practice_ca_name(enum mdm_practice_ca ca)
{
    return profiles[ca].name;
}

int mdm_draft_begin(struct mdm_practice_draft *draft, int kind, const char *name, struct mdm_error *err)
{
    const struct profile *profile = &profiles[kind];

    *draft = (struct mdm_practice_draft){
        .subject = make_subject(kind, name, err),
        .issuer = profile->issuer,
        .serial_size = profile->serial_size,
        .extensions = text_of(profile->extensions),
        .marker = profile->marker,
        .extra = "",
    };
    return draft->subject != NULL ? 0 : -1;
}

static int set_serial(X509 *cert, size_t size)
{
    unsigned char bytes[SERIAL_MAX];
    BIGNUM *number;
    int good;

    if (size == 0 || size > sizeof bytes || RAND_bytes(bytes, (int)size) != 1)
        return 0;
    /* Positive, and no leading zero byte: the encoding has exactly `size` bytes. */
    bytes[0] = (unsigned char)((bytes[0] & 0x3f) | 0x40);
    number = BN_bin2bn(bytes, (int)size, NULL);
    good = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
    BN_free(number);
    return good;
}

static CONF *read_extensions(const struct mdm_practice_draft *draft, const char *ca_name)
{
    BIO *text = BIO_new(BIO_s_mem());
    CONF *conf = NCONF_new(NULL);

    if (text == NULL || conf == NULL ||
        BIO_printf(text, "ca = %s\n%s\n[extensions]\n%s\n%s\n%s", ca_name, draft->extensions, draft->marker,
                   draft->extra, text_of("notice.cnf")) <= 0 ||
        NCONF_load_bio(conf, text, NULL) != 1) {
        NCONF_free(conf);
        conf = NULL;
    }
    BIO_free(text);
    return conf;
}

static bool add_extensions(X509 *cert, X509 *issuer, const struct mdm_practice_draft *draft, const char *ca_name)
{
    CONF *conf = read_extensions(draft, ca_name);
    STACK_OF(CONF_VALUE) *lines = conf != NULL ? NCONF_get_section(conf, "extensions") : NULL;
    X509V3_CTX context;
    bool good = lines != NULL;

    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    X509V3_set_nconf(&context, conf);
    /* One by one: X509V3_EXT_add_nconf() of OpenSSL 3.5 puts the subject key identifier first. */
    for (int i = 0; good && i < sk_CONF_VALUE_num(lines); i++) {
        const CONF_VALUE *line = sk_CONF_VALUE_value(lines, i);
        X509_EXTENSION *extension = X509V3_EXT_nconf(conf, &context, line->name, line->value);

        good = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
        X509_EXTENSION_free(extension);
    }
    NCONF_free(conf);
    return good;
}

X509 *mdm_draft_sign(const struct mdm_practice_draft *draft, const struct mdm_authority *issuer, struct mdm_error *err)
{
    X509 *cert = X509_new();
    X509 *above = issuer->cert != NULL ? issuer->cert : cert;

    if (cert != NULL && X509_set_version(cert, X509_VERSION_3) == 1 &&
        X509_set_subject_name(cert, draft->subject) == 1 &&
        X509_set_issuer_name(cert, X509_get_subject_name(above)) == 1 && X509_set_pubkey(cert, draft->key) == 1 &&
        /* ASN1_TIME_set takes UTCTime until 2049 and GeneralizedTime after it (RFC 5280, 4.1.2.5). */
        ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)draft->not_before) != NULL &&
        ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)draft->not_after) != NULL &&
        set_serial(cert, draft->serial_size) && add_extensions(cert, above, draft, profiles[draft->issuer].name) &&
        /* The length of the signature comes back, 0 on failure. */
        X509_sign(cert, issuer->key, EVP_sha256()) > 0)
        return cert;
    (void)mdm_ossl_error(err, MDM_E_FAILED, "cannot make the certificate");
    X509_free(cert);
    return NULL;
}

struct mdm_practice *mdm_practice_new(mdm_time now, struct mdm_error *err)
{
    struct mdm_practice *practice = OPENSSL_zalloc(sizeof *practice);

    if (practice == NULL)
        mdm_error_memory(err);
    else
        practice->now = now;
    return practice;
}

void mdm_practice_free(struct mdm_practice **practice)
{
    if (practice == NULL || *practice == NULL)
        return;
    for (size_t i = 0; i < MDM_PRACTICE_CA_COUNT; i++) {
        X509_free((*practice)->authorities[i].cert);
        EVP_PKEY_free((*practice)->authorities[i].key);
    }
    OPENSSL_free(*practice);
    *practice = NULL;
}

const struct mdm_authority *mdm_practice_authority(struct mdm_practice *practice, enum mdm_practice_ca ca,
                                                   struct mdm_error *err)
{
    struct mdm_authority *authority = &practice->authorities[ca], made = {0};
    const struct mdm_authority *issuer = &made; /* the root signs itself */
    struct mdm_practice_draft draft;

    if (authority->cert != NULL)
        return authority;
    if (ca != MDM_PRACTICE_ROOT)
        issuer = mdm_practice_authority(practice, MDM_PRACTICE_ROOT, err);
    if (issuer == NULL || mdm_draft_begin(&draft, (int)ca, "", err) != 0)
        return NULL;
    draft.key = made.key = EVP_RSA_gen(MDM_KEY_BITS);
    draft.issuer = ca; /* its own name is in its URLs */
    draft.not_before = practice->now - profiles[ca].days_before * MDM_DAY;
    draft.not_after = practice->now + profiles[ca].days_after * MDM_DAY;
    if (made.key == NULL)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "cannot make the key of practice CA %s", profiles[ca].name);
    else
        made.cert = mdm_draft_sign(&draft, issuer, err);
    X509_NAME_free(draft.subject);
    if (made.cert == NULL) {
        EVP_PKEY_free(made.key);
        return NULL;
    }
    *authority = made;
    return authority;
}

int mdm_practice_complete(struct mdm_practice *practice, struct mdm_error *err)
{
    for (int ca = MDM_PRACTICE_ROOT; ca <= MDM_PRACTICE_PUSH; ca++)
        if (mdm_practice_authority(practice, (enum mdm_practice_ca)ca, err) == NULL)
            return -1;
    return 0;
}

struct mdm_cert *mdm_practice_ca_cert(struct mdm_practice *practice, enum mdm_practice_ca ca, struct mdm_error *err)
{
    const struct mdm_authority *authority = mdm_practice_authority(practice, ca, err);

    if (authority == NULL)
        return NULL;
    if (X509_up_ref(authority->cert) != 1) {
        (void)mdm_error_memory(err);
        return NULL;
    }
    return mdm_cert_wrap(authority->cert, err);
}

int mdm_practice_bundle(struct mdm_practice *practice, struct mdm_bytes *pem, struct mdm_error *err)
{
    int result = 0;

    for (int ca = MDM_PRACTICE_ROOT; result == 0 && ca <= MDM_PRACTICE_WWDR_OTHER; ca++) {
        struct mdm_cert *cert;

        if (ca == MDM_PRACTICE_WWDR_OTHER && practice->authorities[ca].cert == NULL)
            continue;
        cert = mdm_practice_ca_cert(practice, (enum mdm_practice_ca)ca, err);
        result = cert != NULL ? mdm_cert_append_pem(cert, pem, err) : -1;
        mdm_cert_free(&cert);
    }
    return result;
}

struct mdm_trust *mdm_practice_trust(struct mdm_practice *practice, struct mdm_error *err)
{
    struct mdm_bytes pem = {0};
    struct mdm_trust *trust = NULL;

    if (mdm_practice_bundle(practice, &pem, err) == 0)
        trust = mdm_trust_from_bytes(&pem, "the practice CA certificates", err);
    mdm_bytes_free(&pem);
    return trust;
}
