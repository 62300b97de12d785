/* The CAs of a practice Apple, made when they are first needed; how a certificate is made, and how each kind looks. */
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/objects.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

#include "pki/ossl.h"
#include "practice/issue.h"

/*
 * How each kind of certificate looks, after Apple's own: Apple Root CA, WWDR G3 (AppleIncRootCertificate.cer,
 * AppleWWDRCAG3.cer from https://www.apple.com/certificateauthority/), vendor certificates of 2025 and 2026, and push
 * certificates of 2021 (micromdm/nanomdm test/e2e/testdata/push.pem) to 2026. Apple's OIDs lie
 * below 1.2.840.113635.100.
 */
#define NOTICE                                                                                                         \
    "[notice]\n"                                                                                                       \
    "explicitText = UTF8:PRACTICE ONLY. Made on this machine for a rehearsal. Nobody vouches for this certificate "    \
    "and "                                                                                                             \
    "no service accepts it.\n"

const char mdm_profile_vendor[] = "[extensions]\n"
                                  "basicConstraints = critical, CA:FALSE\n"
                                  "authorityKeyIdentifier = keyid:always\n"
                                  "authorityInfoAccess = caIssuers;URI:http://certs.practice.invalid/${ca}.der, "
                                  "OCSP;URI:http://ocsp.practice.invalid/ocsp03-${ca}10\n"
                                  "certificatePolicies = @policy\n"
                                  "subjectKeyIdentifier = hash\n"
                                  "keyUsage = critical, digitalSignature\n";
const char mdm_profile_vendor_marker[] = "1.2.840.113635.100.4.12 = DER:0500\n";
const char mdm_profile_vendor_policy[] = "[policy]\n"
                                         "policyIdentifier = 1.2.840.113635.100.5.1\n"
                                         "userNotice.1 = @notice\n"
                                         "CPS.1 = https://practice.invalid/certificateauthority/\n" NOTICE;

const char mdm_profile_push[] = "[extensions]\n"
                                "basicConstraints = CA:FALSE\n"
                                "authorityKeyIdentifier = keyid:always\n"
                                "certificatePolicies = @policy\n"
                                "extendedKeyUsage = clientAuth\n"
                                "crlDistributionPoints = URI:http://crl.practice.invalid/${ca}ca.crl\n"
                                "subjectKeyIdentifier = hash\n"
                                "keyUsage = digitalSignature\n";
const char mdm_profile_push_marker[] = "1.2.840.113635.100.6.3.2 = DER:0500\n";
const char mdm_profile_push_policy[] = "[policy]\n"
                                       "policyIdentifier = 1.2.840.113635.100.5.1\n"
                                       "userNotice.1 = @notice\n"
                                       "CPS.1 = http://practice.invalid/certificateauthority\n" NOTICE;

static const char root_extensions[] = "[extensions]\n"
                                      "keyUsage = critical, keyCertSign, cRLSign\n"
                                      "basicConstraints = critical, CA:TRUE\n"
                                      "subjectKeyIdentifier = hash\n"
                                      "authorityKeyIdentifier = keyid:always\n"
                                      "certificatePolicies = @policy\n"
                                      "[policy]\n"
                                      "policyIdentifier = 1.2.840.113635.100.5.1\n"
                                      "CPS.1 = https://practice.invalid/appleca/\n"
                                      "userNotice.1 = @notice\n" NOTICE;

#define INTERMEDIATE_EXTENSIONS(marker)                                                                                \
    "[extensions]\n"                                                                                                   \
    "basicConstraints = critical, CA:TRUE, pathlen:0\n"                                                                \
    "authorityKeyIdentifier = keyid:always\n"                                                                          \
    "authorityInfoAccess = OCSP;URI:http://ocsp.practice.invalid/ocsp03-applerootca\n"                                 \
    "crlDistributionPoints = URI:http://crl.practice.invalid/${ca}.crl\n"                                              \
    "subjectKeyIdentifier = hash\n"                                                                                    \
    "keyUsage = critical, keyCertSign, cRLSign\n" marker " = DER:0500\n"

static const char wwdr_extensions[] = INTERMEDIATE_EXTENSIONS("1.2.840.113635.100.6.2.1");
static const char push_ca_extensions[] = INTERMEDIATE_EXTENSIONS("1.2.840.113635.100.6.2.3");

#define ORGANISATION "Practice Apple Inc."
#define DEPARTMENT   "PRACTICE Certification Authority"
#define YEARS(n)     ((n)*365)

#define WWDR_SUBJECT(generation)                                                                                       \
    {                                                                                                                  \
        {NID_commonName, V_ASN1_UTF8STRING, "PRACTICE Worldwide Developer Relations Certification Authority"},         \
            {NID_organizationalUnitName, V_ASN1_UTF8STRING, generation},                                               \
            {NID_organizationName, V_ASN1_UTF8STRING, ORGANISATION},                                                   \
        {                                                                                                              \
            NID_countryName, V_ASN1_PRINTABLESTRING, "US"                                                              \
        }                                                                                                              \
    }

const struct mdm_ca_profile mdm_ca_profiles[MDM_PRACTICE_CA_COUNT] = {
    [MDM_PRACTICE_ROOT] = {"root",
                           {{NID_countryName, V_ASN1_PRINTABLESTRING, "US"},
                            {NID_organizationName, V_ASN1_PRINTABLESTRING, ORGANISATION},
                            {NID_organizationalUnitName, V_ASN1_PRINTABLESTRING, DEPARTMENT},
                            {NID_commonName, V_ASN1_PRINTABLESTRING, "PRACTICE Root CA"}},
                           1,
                           YEARS(15),
                           YEARS(15),
                           root_extensions},
    [MDM_PRACTICE_WWDR] = {"wwdrg3", WWDR_SUBJECT("G3"), 16, YEARS(5), YEARS(5), wwdr_extensions},
    [MDM_PRACTICE_WWDR_OTHER] = {"wwdrg4", WWDR_SUBJECT("G4"), 20, YEARS(5), YEARS(5), wwdr_extensions},
    [MDM_PRACTICE_PUSH] = {"aai2",
                           {{NID_commonName, V_ASN1_UTF8STRING,
                             "PRACTICE Application Integration 2 Certification Authority"},
                            {NID_organizationalUnitName, V_ASN1_UTF8STRING, DEPARTMENT},
                            {NID_organizationName, V_ASN1_UTF8STRING, ORGANISATION},
                            {NID_countryName, V_ASN1_PRINTABLESTRING, "US"}},
                           8,
                           YEARS(5),
                           YEARS(5),
                           push_ca_extensions},
    [MDM_PRACTICE_WWDR_UNKNOWN] = {"wwdrg9", WWDR_SUBJECT("G9"), 16, YEARS(1), YEARS(10), wwdr_extensions},
    [MDM_PRACTICE_WWDR_EXPIRED] = {"wwdrg1", WWDR_SUBJECT("G1"), 8, YEARS(10), -30, wwdr_extensions},
};

#define SERIAL_MAX 20

int mdm_draft_attribute(X509_NAME *name, int nid, int type, const char *text, struct mdm_error *err)
{
    /* A type in place of MBSTRING_UTF8 stores the bytes as they are: no length limit, no character checks. */
    if (X509_NAME_add_entry_by_NID(name, nid, type, (const unsigned char *)text, -1, -1, 0) != 1)
        return mdm_ossl_error(err, MDM_E_FAILED, "cannot add to the certificate's subject");
    return 0;
}

static int set_serial(X509 *cert, size_t size, struct mdm_error *err)
{
    unsigned char bytes[SERIAL_MAX];
    BIGNUM *number = NULL;
    int result = -1;

    if (size == 0 || size > sizeof bytes || RAND_bytes(bytes, (int)size) != 1)
        return mdm_ossl_error(err, MDM_E_FAILED, "cannot make a serial number");
    /* Positive, and no leading zero byte: the encoding has exactly `size` bytes. */
    bytes[0] = (unsigned char)((bytes[0] & 0x3f) | 0x40);
    number = BN_bin2bn(bytes, (int)size, NULL);
    if (number == NULL || BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) == NULL)
        mdm_ossl_error(err, MDM_E_FAILED, "cannot make a serial number");
    else
        result = 0;
    BN_free(number);
    return result;
}

static CONF *read_extensions(const struct mdm_practice_draft *draft)
{
    const size_t pieces = sizeof draft->extensions / sizeof draft->extensions[0];
    BIO *text = BIO_new(BIO_s_mem());
    CONF *conf = NCONF_new(NULL);
    bool good = text != NULL && conf != NULL && BIO_printf(text, "ca = %s\n", draft->ca_name) > 0;

    for (size_t i = 0; good && i < pieces && draft->extensions[i] != NULL; i++)
        good = BIO_puts(text, draft->extensions[i]) > 0;
    if (!good || NCONF_load_bio(conf, text, NULL) != 1) {
        NCONF_free(conf);
        conf = NULL;
    }
    BIO_free(text);
    return conf;
}

static bool add_extensions(X509 *cert, X509 *issuer, const struct mdm_practice_draft *draft)
{
    CONF *conf = read_extensions(draft);
    STACK_OF(CONF_VALUE) * lines;
    X509V3_CTX context;
    bool good;

    if (conf == NULL)
        return false;
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    X509V3_set_nconf(&context, conf);
    /* One by one: X509V3_EXT_add_nconf() of OpenSSL 3.5 puts the subject key identifier first. */
    lines = NCONF_get_section(conf, "extensions");
    good = lines != NULL;
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

    if (cert == NULL || X509_set_version(cert, X509_VERSION_3) != 1 ||
        X509_set_subject_name(cert, draft->subject) != 1 ||
        X509_set_issuer_name(cert, X509_get_subject_name(above)) != 1 || X509_set_pubkey(cert, draft->key) != 1 ||
        /* ASN1_TIME_set takes UTCTime until 2049 and GeneralizedTime after it (RFC 5280, 4.1.2.5). */
        ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)draft->not_before) == NULL ||
        ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)draft->not_after) == NULL ||
        !add_extensions(cert, above, draft)) {
        mdm_ossl_error(err, MDM_E_FAILED, "cannot put the certificate together");
        goto fail;
    }
    if (set_serial(cert, draft->serial_size, err) != 0)
        goto fail;
    /* The length of the signature comes back, 0 on failure. */
    if (X509_sign(cert, issuer->key, EVP_sha256()) <= 0) {
        mdm_ossl_error(err, MDM_E_FAILED, "cannot sign the certificate");
        goto fail;
    }
    return cert;
fail:
    X509_free(cert);
    return NULL;
}

/* What --ca-file and the trust hold; the first two are made when they are missing. */
static const enum mdm_practice_ca bundled[] = {MDM_PRACTICE_ROOT, MDM_PRACTICE_WWDR, MDM_PRACTICE_WWDR_OTHER};
#define BUNDLED        (sizeof bundled / sizeof bundled[0])
#define BUNDLED_ALWAYS 2

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

const char *mdm_practice_ca_name(enum mdm_practice_ca ca)
{
    return mdm_ca_profiles[ca].name;
}

X509_NAME *mdm_practice_ca_subject(enum mdm_practice_ca ca, struct mdm_error *err)
{
    X509_NAME *subject = X509_NAME_new();

    if (subject == NULL)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "out of memory");
    for (size_t i = 0; subject != NULL && i < MDM_CA_ATTRIBUTES; i++) {
        const struct mdm_attribute *attribute = &mdm_ca_profiles[ca].subject[i];

        if (mdm_draft_attribute(subject, attribute->nid, attribute->type, attribute->text, err) != 0) {
            X509_NAME_free(subject);
            subject = NULL;
        }
    }
    return subject;
}

/* Fills an empty authority. `issuer` NULL: it signs itself. */
static int make_authority(struct mdm_practice *practice, enum mdm_practice_ca ca, const struct mdm_authority *issuer,
                          struct mdm_error *err)
{
    const struct mdm_ca_profile *profile = &mdm_ca_profiles[ca];
    struct mdm_authority made = {.key = EVP_RSA_gen(MDM_KEY_BITS)};
    struct mdm_practice_draft draft = {
        .subject = mdm_practice_ca_subject(ca, err),
        .key = made.key,
        .serial_size = profile->serial_size,
        .not_before = practice->now - profile->days_before * MDM_DAY,
        .not_after = practice->now + profile->days_after * MDM_DAY,
        .ca_name = profile->name,
        .extensions = {profile->extensions},
    };

    if (made.key == NULL)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "cannot make the key of practice CA %s", profile->name);
    else if (draft.subject != NULL)
        made.cert = mdm_draft_sign(&draft, issuer != NULL ? issuer : &made, err);
    X509_NAME_free(draft.subject);
    if (made.cert == NULL) {
        EVP_PKEY_free(made.key);
        return -1;
    }
    practice->authorities[ca] = made; /* certificate and key belong to the practice now */
    return 0;
}

const struct mdm_authority *mdm_practice_authority(struct mdm_practice *practice, enum mdm_practice_ca ca,
                                                   struct mdm_error *err)
{
    struct mdm_authority *authority = &practice->authorities[ca];
    const struct mdm_authority *root = NULL;

    if (authority->cert != NULL)
        return authority;
    if (ca != MDM_PRACTICE_ROOT) {
        root = mdm_practice_authority(practice, MDM_PRACTICE_ROOT, err);
        if (root == NULL)
            return NULL;
    }
    return make_authority(practice, ca, root, err) == 0 ? authority : NULL;
}

int mdm_practice_complete(struct mdm_practice *practice, struct mdm_error *err)
{
    for (size_t i = 0; i < BUNDLED; i++)
        if (mdm_practice_authority(practice, bundled[i], err) == NULL)
            return -1;
    return mdm_practice_authority(practice, MDM_PRACTICE_PUSH, err) != NULL ? 0 : -1;
}

struct mdm_cert *mdm_practice_ca_cert(struct mdm_practice *practice, enum mdm_practice_ca ca, struct mdm_error *err)
{
    const struct mdm_authority *authority = mdm_practice_authority(practice, ca, err);

    if (authority == NULL)
        return NULL;
    if (X509_up_ref(authority->cert) != 1) {
        mdm_ossl_error(err, MDM_E_FAILED, "cannot hand out the certificate of practice CA %s",
                       mdm_practice_ca_name(ca));
        return NULL;
    }
    return mdm_cert_wrap(authority->cert, err);
}

int mdm_practice_bundle(struct mdm_practice *practice, struct mdm_bytes *pem, struct mdm_error *err)
{
    int result = 0;

    for (size_t i = 0; result == 0 && i < BUNDLED_ALWAYS; i++)
        result = mdm_practice_authority(practice, bundled[i], err) != NULL ? 0 : -1;
    for (size_t i = 0; result == 0 && i < BUNDLED; i++) {
        struct mdm_cert *cert;

        if (practice->authorities[bundled[i]].cert == NULL)
            continue;
        cert = mdm_practice_ca_cert(practice, bundled[i], err);
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
