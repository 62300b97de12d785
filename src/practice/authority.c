/* The CAs of a practice Apple, each made when it is first needed, and what each kind of certificate looks like. */
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pki/ossl.h"
#include "practice/issue.h"

/*
 * What each kind of certificate looks like, after Apple's own: Apple Root CA, WWDR G3 (AppleIncRootCertificate.cer,
 * AppleWWDRCAG3.cer from https://www.apple.com/certificateauthority/), vendor certificates of 2025 and 2026, and push
 * certificates of 2021 (micromdm/nanomdm test/e2e/testdata/push.pem) to 2026.
 */
struct profile {
    const char *name;       /* of a CA: on the command line, and in URLs */
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

/* For MDM_OWNED. */
static void free_conf(CONF **conf)
{
    NCONF_free(*conf);
}

static CONF *read_conf(const char *text)
{
    MDM_OWNED(mdm_free_BIO) BIO *bio = BIO_new_mem_buf(text, -1);
    CONF *conf = NCONF_new(NULL);

    if (bio != NULL && conf != NULL && NCONF_load_bio(conf, bio, NULL) == 1)
        return conf;
    NCONF_free(conf);
    return NULL;
}

static bool add_attribute(X509_NAME *subject, const CONF_VALUE *line, const char *name, struct mdm_error *err)
{
    static const char prefix[] = "PRINTABLE:";
    const bool printable = strncmp(line->value, prefix, strlen(prefix)) == 0;
    const char *form = line->value + (printable ? strlen(prefix) : 0);
    const size_t star = strcspn(form, "*");
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};

    /* A type in place of MBSTRING_UTF8 stores the bytes as they are: no length limit, no character checks. */
    return mdm_bytes_format(&text, err, "%.*s%s%s", (int)star, form, form[star] == '*' ? name : "",
                            form[star] == '*' ? form + star + 1 : "") == 0 &&
           X509_NAME_add_entry_by_txt(subject, line->name, printable ? V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING,
                                      text.data, -1, -1, 0) == 1;
}

static X509_NAME *make_subject(const char *section, const char *name, struct mdm_error *err)
{
    MDM_OWNED(free_conf) CONF *conf = read_conf(text_of("subjects.cnf"));
    STACK_OF(CONF_VALUE) *lines = conf != NULL ? NCONF_get_section(conf, section) : NULL;
    X509_NAME *subject = lines != NULL ? X509_NAME_new() : NULL;
    bool good = subject != NULL;

    for (int i = 0; good && i < sk_CONF_VALUE_num(lines); i++)
        good = add_attribute(subject, sk_CONF_VALUE_value(lines, i), name, err);
    if (good)
        return subject;
    mdm_ossl_error(err, MDM_E_FAILED, "cannot make the certificate's subject");
    X509_NAME_free(subject);
    return NULL;
}

const char *mdm_practice_ca_name(enum mdm_practice_ca ca)
{
    return profiles[ca].name;
}

int mdm_draft_begin(struct mdm_practice_draft *draft, int kind, const char *name, struct mdm_error *err)
{
    const struct profile *profile = &profiles[kind];

    *draft = (struct mdm_practice_draft){
        .subject = make_subject(profile->subject, profile->generation != NULL ? profile->generation : name, err),
        .issuer = profile->issuer,
        .serial_size = profile->serial_size,
        .extensions = text_of(profile->extensions),
        .marker = profile->marker,
        .extra = "",
    };
    return draft->subject != NULL ? 0 : -1;
}

/* A random number that is positive and whose encoding has exactly `size` bytes. */
static bool set_serial(X509 *cert, size_t size)
{
    MDM_OWNED(mdm_free_BIGNUM) BIGNUM *number = BN_new();

    return number != NULL && BN_rand(number, (int)size * 8 - 1, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
}

static bool add_extensions(X509 *cert, X509 *issuer, const struct mdm_practice_draft *draft)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};
    MDM_OWNED(free_conf) CONF *conf = NULL;
    STACK_OF(CONF_VALUE) * lines;
    X509V3_CTX context;

    if (mdm_bytes_format(&text, NULL, "ca = %s\n%s\n[extensions]\n%s\n%s\n%s", profiles[draft->issuer].name,
                         draft->extensions, draft->marker, draft->extra, text_of("notice.cnf")) != 0 ||
        (conf = read_conf((const char *)text.data)) == NULL || (lines = NCONF_get_section(conf, "extensions")) == NULL)
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
        set_serial(cert, draft->serial_size) && add_extensions(cert, above, draft) &&
        /* The length of the signature comes back, 0 on failure. */
        X509_sign(cert, issuer->key, EVP_sha256()) > 0)
        return cert;
    mdm_ossl_error(err, MDM_E_FAILED, "cannot make the certificate");
    X509_free(cert);
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
        X509_free((*practice)->authorities[i].cert);
        EVP_PKEY_free((*practice)->authorities[i].key);
    }
    free(*practice);
    *practice = NULL;
}

const struct mdm_authority *mdm_practice_authority(struct mdm_practice *practice, enum mdm_practice_ca ca,
                                                   struct mdm_error *err)
{
    struct mdm_authority *authority = &practice->authorities[ca];
    const struct mdm_authority *issuer = authority; /* the root signs itself */
    struct mdm_practice_draft draft;

    if (authority->cert != NULL)
        return authority;
    if (ca != MDM_PRACTICE_ROOT)
        issuer = mdm_practice_authority(practice, MDM_PRACTICE_ROOT, err);
    if (issuer == NULL || mdm_draft_begin(&draft, (int)ca, "", err) != 0)
        return NULL;
    if (authority->key == NULL)
        authority->key = EVP_RSA_gen(MDM_KEY_BITS);
    draft.key = authority->key;
    draft.issuer = ca; /* its own name is in its URLs */
    draft.not_before = practice->now - profiles[ca].days_before * MDM_DAY;
    draft.not_after = practice->now + profiles[ca].days_after * MDM_DAY;
    if (authority->key == NULL)
        mdm_ossl_error(err, MDM_E_FAILED, "cannot make the key of practice CA %s", profiles[ca].name);
    else
        authority->cert = mdm_draft_sign(&draft, issuer, err);
    X509_NAME_free(draft.subject);
    return authority->cert != NULL ? authority : NULL;
}

struct mdm_cert *mdm_practice_ca_cert(struct mdm_practice *practice, enum mdm_practice_ca ca, struct mdm_error *err)
{
    const struct mdm_authority *authority = mdm_practice_authority(practice, ca, err);

    if (authority == NULL)
        return NULL;
    if (X509_up_ref(authority->cert) != 1) {
        mdm_error_memory(err);
        return NULL;
    }
    return mdm_cert_wrap(authority->cert, err);
}

int mdm_practice_bundle(struct mdm_practice *practice, struct mdm_bytes *pem, struct mdm_error *err)
{
    for (enum mdm_practice_ca ca = MDM_PRACTICE_ROOT; ca <= MDM_PRACTICE_WWDR_OTHER; ca++) {
        MDM_OWNED(mdm_cert_free) struct mdm_cert *cert = NULL;

        if (ca == MDM_PRACTICE_WWDR_OTHER && practice->authorities[ca].cert == NULL)
            continue;
        cert = mdm_practice_ca_cert(practice, ca, err);
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
