/* What a certificate says: names, dates, marks, and from these what kind it is. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pki/cert.h"
#include "pki/ossl.h"
#include "pki/verify_cost.h"

/* Markers are extensions whose value is an ASN.1 NULL. Source: the certificates that Apple issues. */
#define OID_VENDOR_MARKER "1.2.840.113635.100.4.12"
#define OID_PUSH_MARKER   "1.2.840.113635.100.6.3.2"

#define TOPIC_PREFIX  "com.apple.mgmt."
#define VENDOR_PREFIX "MDM Vendor:"

/* Copies a string of a name as UTF-8. 1: it is no text; -1: libcrypto or memory failed. */
static int string_text(const ASN1_STRING *value, struct mdm_bytes *text)
{
    unsigned char *utf8 = NULL;
    int size = mdm_ossl_utf8(value, &utf8);
    int result = size == MDM_OSSL_NO_TEXT ? 1 : -1;

    if (size >= 0)
        result = mdm_bytes_append(text, utf8, (size_t)size, NULL);
    OPENSSL_free(utf8);
    return result;
}

/* The first entry of type `nid`, or NULL; *count says how many there are. */
static const ASN1_STRING *name_entry(const X509_NAME *name, int nid, int *count)
{
    const ASN1_STRING *first = NULL;
    int at = X509_NAME_get_index_by_NID(name, nid, -1);

    if (at >= 0)
        first = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    for (*count = 0; at >= 0; at = X509_NAME_get_index_by_NID(name, nid, at))
        (*count)++;
    return first;
}

/* The first CN, or "". */
static char *common_name(X509 *x509)
{
    struct mdm_bytes text = {0};
    int count;
    const ASN1_STRING *value = name_entry(X509_get_subject_name(x509), NID_commonName, &count);
    char *safe;

    if (value != NULL && string_text(value, &text) < 0)
        return NULL;
    safe = mdm_text_safe(text.size == 0 ? "" : (const char *)text.data, text.size);
    mdm_bytes_free(&text);
    return safe;
}

/* The topic of a push certificate: its one subject UID (0.9.2342.19200300.100.1.1). Two UIDs, or a NUL inside one,
 * could mean one thing to us and another to Apple: such a certificate has no topic. */
static int read_topic(X509 *x509, char **topic)
{
    struct mdm_bytes text = {0};
    size_t prefix = strlen(TOPIC_PREFIX);
    int count;
    const ASN1_STRING *value = name_entry(X509_get_subject_name(x509), NID_userId, &count);
    int result = 0;

    *topic = NULL;
    if (count == 1)
        result = string_text(value, &text);
    if (result < 0)
        return -1;
    result = 0;
    if (text.size > prefix && memcmp(text.data, TOPIC_PREFIX, prefix) == 0 &&
        memchr(text.data, '\0', text.size) == NULL) {
        *topic = mdm_text_safe(text.data, text.size);
        result = *topic == NULL ? -1 : 0;
    }
    mdm_bytes_free(&text);
    return result;
}

static char *serial_text(X509 *x509)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), NULL);
    char *hex = number == NULL ? NULL : BN_bn2hex(number);
    char *text = hex == NULL ? NULL : mdm_text_safe(hex, strlen(hex));

    OPENSSL_free(hex);
    BN_free(number);
    return text;
}

/* Where the issuer's certificate can be downloaded: the first caIssuers URL (RFC 5280 section 4.2.2.1), or NULL. */
static char *issuer_url(X509 *x509)
{
    AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(x509, NID_info_access, NULL, NULL);
    char *url = NULL;

    for (int i = 0; url == NULL && i < sk_ACCESS_DESCRIPTION_num(access); i++) {
        const ACCESS_DESCRIPTION *item = sk_ACCESS_DESCRIPTION_value(access, i);
        const ASN1_IA5STRING *uri;

        if (OBJ_obj2nid(item->method) != NID_ad_ca_issuers || item->location->type != GEN_URI)
            continue;
        uri = item->location->d.uniformResourceIdentifier;
        url = mdm_text_safe(ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri));
    }
    AUTHORITY_INFO_ACCESS_free(access);
    return url;
}

static bool has_extension(X509 *x509, const char *oid)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    bool found = object != NULL && X509_get_ext_by_OBJ(x509, object, -1) >= 0;

    ASN1_OBJECT_free(object);
    return found;
}

/* `hex` has room for two digits a byte and the NUL. */
static int fingerprint(X509 *x509, const EVP_MD *md, char *hex)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (X509_digest(x509, md, digest, &size) != 1)
        return -1;
    for (unsigned i = 0; i < size; i++)
        (void)snprintf(hex + 2 * (size_t)i, 3, "%02x", digest[i]);
    return 0;
}

static enum mdm_cert_kind kind_of(X509 *x509, const struct mdm_cert_facts *facts)
{
    if ((X509_get_extension_flags(x509) & EXFLAG_CA) != 0)
        return mdm_verifies_soon(X509_get0_pubkey(x509)) && X509_self_signed(x509, 1) == 1 ? MDM_CERT_ROOT
                                                                                           : MDM_CERT_INTERMEDIATE;
    if (facts->topic != NULL)
        return MDM_CERT_PUSH;
    if (facts->vendor_marker || strncmp(facts->common_name, VENDOR_PREFIX, strlen(VENDOR_PREFIX)) == 0)
        return MDM_CERT_VENDOR;
    return MDM_CERT_OTHER;
}

static int read_texts(X509 *x509, struct mdm_cert_facts *facts, struct mdm_error *err)
{
    facts->subject = mdm_ossl_name_text(X509_get_subject_name(x509));
    facts->issuer = mdm_ossl_name_text(X509_get_issuer_name(x509));
    facts->common_name = common_name(x509);
    facts->serial = serial_text(x509);
    facts->issuer_url = issuer_url(x509);
    if (facts->subject == NULL || facts->issuer == NULL || facts->common_name == NULL || facts->serial == NULL ||
        read_topic(x509, &facts->topic) != 0)
        return mdm_ossl_error(err, MDM_E_FAILED, "the certificate's names cannot be read");
    return 0;
}

int mdm_cert_facts_read(X509 *x509, struct mdm_cert_facts *facts, struct mdm_error *err)
{
    EVP_PKEY *pkey = X509_get0_pubkey(x509);

    if (pkey == NULL)
        return mdm_ossl_error(err, MDM_E_FAILED, "the certificate's public key cannot be read");
    if (mdm_ossl_key_id(pkey, &facts->key_id, err) != 0 || read_texts(x509, facts, err) != 0)
        return -1;
    if (mdm_ossl_time(X509_get0_notBefore(x509), &facts->not_before) != 0 ||
        mdm_ossl_time(X509_get0_notAfter(x509), &facts->not_after) != 0)
        return mdm_ossl_error(err, MDM_E_FAILED, "the certificate's dates are malformed");
    if (fingerprint(x509, EVP_sha256(), facts->sha256) != 0 || fingerprint(x509, EVP_sha1(), facts->sha1) != 0)
        return mdm_ossl_error(err, MDM_E_FAILED, "the certificate's fingerprint cannot be computed");
    facts->vendor_marker = has_extension(x509, OID_VENDOR_MARKER);
    facts->push_marker = has_extension(x509, OID_PUSH_MARKER);
    facts->has_purposes = (X509_get_extension_flags(x509) & EXFLAG_XKUSAGE) != 0;
    facts->kind = kind_of(x509, facts);
    ERR_clear_error();
    return 0;
}

void mdm_cert_facts_free(struct mdm_cert_facts *facts)
{
    free(facts->subject);
    free(facts->issuer);
    free(facts->common_name);
    free(facts->serial);
    free(facts->topic);
    free(facts->issuer_url);
    *facts = (struct mdm_cert_facts){0};
}
