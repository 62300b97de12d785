/* X.509 certificates: what they say, and how files of them (PEM, DER, PKCS#7) are read, whatever shape they are in. */
#include "pki/cert.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pki/ossl.h"

/* An extension whose value is an ASN.1 NULL. Source: the certificates that Apple issues. */
#define OID_VENDOR_MARKER "1.2.840.113635.100.4.12"

#define RSA_BITS_MAX 8192
/* In use are 3 and 65537; libcrypto accepts exponents as long as the modulus. */
#define RSA_EXPONENT_BITS_MAX 64

/* The largest bundles in use (all of a system's CAs) hold about 150. Reading one costs a signature verification, and
 * searching for a chain some more. */
#define CERTS_MAX 256
/* Those in use have about 1.5 KB. A larger one would take many times its size. */
#define CERT_SIZE_MAX (1 << 17)

#define TOPIC_PREFIX  "com.apple.mgmt."
#define VENDOR_PREFIX "MDM Vendor:"

#define TEXT_TYPES (B_ASN1_DIRECTORYSTRING | B_ASN1_IA5STRING)

/* The first value of type `nid` in the subject, safe to print; "" when there is none, or it is not text. *count is how
 * many there are. NULL: out of memory. */
static char *subject_text(X509 *x509, int nid, int *count)
{
    const X509_NAME *name = X509_get_subject_name(x509);
    const ASN1_STRING *value = NULL;
    unsigned char *utf8 = NULL;
    char *text = NULL;

    *count = 0;
    for (int at = -1; (at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0; (*count)++)
        if (value == NULL)
            value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    ERR_clear_error();
    const int size = value != NULL ? ASN1_STRING_to_UTF8(&utf8, value) : 0;
    /* Bytes that are not valid for their type leave an error that is not fatal; want of memory leaves a fatal one. */
    const unsigned long error = ERR_peek_error();
    if (size >= 0 || (ASN1_tag2bit(ASN1_STRING_type(value)) & TEXT_TYPES) == 0 ||
        (error != 0 && !ERR_FATAL_ERROR(error)))
        text = mdm_text_safe(size > 0 ? (const char *)utf8 : "", size > 0 ? (size_t)size : 0);
    OPENSSL_free(utf8);
    return text;
}

/* True for keys whose signatures are verified within about a millisecond: ordinary RSA keys, and the curves that
 * libcrypto has special code for. Others can cost ten times as much, and a file can hold hundreds. No CA in use has
 * such a key, and nothing counts as signed by one. */
static bool verifies_soon(const EVP_PKEY *key)
{
    MDM_OWNED(mdm_free_BIGNUM) BIGNUM *exponent = NULL;
    char curve[64] = "";

    if (EVP_PKEY_is_a(key, "RSA") != 1)
        return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, curve, sizeof curve, NULL) == 1 &&
               (strcmp(curve, SN_X9_62_prime256v1) == 0 || strcmp(curve, SN_secp384r1) == 0 ||
                strcmp(curve, SN_secp521r1) == 0);
    return EVP_PKEY_get_bits(key) <= RSA_BITS_MAX &&
           EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
           BN_num_bits(exponent) <= RSA_EXPONENT_BITS_MAX;
}

static enum mdm_cert_kind kind_of(X509 *x509, const struct mdm_cert_facts *facts)
{
    if ((X509_get_extension_flags(x509) & EXFLAG_CA) != 0)
        return verifies_soon(X509_get0_pubkey(x509)) && X509_self_signed(x509, 1) == 1 ? MDM_CERT_ROOT
                                                                                       : MDM_CERT_INTERMEDIATE;
    if (facts->topic != NULL)
        return MDM_CERT_PUSH;
    if (facts->vendor_marker || strncmp(facts->common_name, VENDOR_PREFIX, strlen(VENDOR_PREFIX)) == 0)
        return MDM_CERT_VENDOR;
    return MDM_CERT_OTHER;
}

/* Seconds since 1970 of an ASN.1 time; -1 when it is malformed. */
static int read_time(const ASN1_TIME *time, mdm_time *out)
{
    struct tm tm = {0};

    /* ASN1_TIME_to_tm() takes NULL for "now". */
    if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
        return -1;
    *out = mdm_time_from_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    return 0;
}

static int facts_read(X509 *x509, struct mdm_cert_facts *facts, struct mdm_error *err)
{
    const EVP_PKEY *pkey = X509_get0_pubkey(x509);
    MDM_OWNED(mdm_free_ASN1_OBJECT) ASN1_OBJECT *marker = OBJ_txt2obj(OID_VENDOR_MARKER, 1);
    MDM_OWNED(mdm_free_BIGNUM) BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), NULL);
    unsigned char sha256[32], sha1[20];
    int count;

    if (pkey == NULL)
        return mdm_ossl_error(err, MDM_E_FAILED, "the certificate's public key cannot be read");
    if (mdm_ossl_key_id(pkey, &facts->key_id, err) != 0)
        return -1;
    facts->subject = mdm_ossl_name_text(X509_get_subject_name(x509));
    facts->issuer = mdm_ossl_name_text(X509_get_issuer_name(x509));
    facts->common_name = subject_text(x509, NID_commonName, &count);
    char *digits = serial != NULL ? BN_bn2hex(serial) : NULL;
    facts->serial = digits != NULL ? mdm_text_safe(digits, strlen(digits)) : NULL;
    OPENSSL_free(digits);
    MDM_OWNED(mdm_free_at) char *topic = subject_text(x509, NID_userId, &count);
    if (facts->subject == NULL || facts->issuer == NULL || facts->common_name == NULL || facts->serial == NULL ||
        topic == NULL || marker == NULL)
        return mdm_ossl_error(err, MDM_E_FAILED, "the certificate's names cannot be read");
    /* Two UIDs, or a NUL inside one, could mean one thing to us and another to Apple: that is no topic. */
    if (count == 1 && strlen(topic) > strlen(TOPIC_PREFIX) && strncmp(topic, TOPIC_PREFIX, strlen(TOPIC_PREFIX)) == 0 &&
        strstr(topic, "\\x00") == NULL)
        facts->topic = mdm_take_at(&topic);
    if (read_time(X509_get0_notBefore(x509), &facts->not_before) != 0 ||
        read_time(X509_get0_notAfter(x509), &facts->not_after) != 0)
        return mdm_ossl_error(err, MDM_E_FAILED, "the certificate's dates are malformed");
    (void)snprintf(facts->last_day, sizeof facts->last_day, "%.10s", mdm_time_format(facts->not_after).text);
    if (X509_digest(x509, EVP_sha256(), sha256, NULL) != 1 || X509_digest(x509, EVP_sha1(), sha1, NULL) != 1)
        return mdm_ossl_error(err, MDM_E_FAILED, "the certificate's fingerprint cannot be computed");
    mdm_hex(sha256, sizeof sha256, facts->sha256);
    mdm_hex(sha1, sizeof sha1, facts->sha1);
    facts->vendor_marker = X509_get_ext_by_OBJ(x509, marker, -1) >= 0;
    facts->has_purposes = (X509_get_extension_flags(x509) & EXFLAG_XKUSAGE) != 0;
    facts->kind = kind_of(x509, facts);
    ERR_clear_error();
    return 0;
}

struct mdm_cert *mdm_cert_wrap(X509 *x509, struct mdm_error *err)
{
    struct mdm_cert *cert = mdm_new(sizeof *cert, err);

    if (cert == NULL) {
        X509_free(x509);
        return NULL;
    }
    cert->x509 = x509; /* the certificate owns it now */
    atomic_init(&cert->references, 1);
    if (i2d_X509(x509, NULL) > CERT_SIZE_MAX)
        mdm_error_set(err, MDM_E_FAILED,
                      "the certificate is larger than %d bytes" MDM_HINT
                      "Ordinary certificates have one or two thousand: check where it came from.",
                      CERT_SIZE_MAX);
    else if (facts_read(x509, &cert->facts, err) == 0)
        return cert;
    mdm_cert_free(&cert);
    return cert;
}

struct mdm_cert *mdm_cert_ref(const struct mdm_cert *cert)
{
    struct mdm_cert *shared;

    (void)memcpy(&shared, &cert, sizeof shared); /* casts const away: only the count changes */
    (void)atomic_fetch_add(&shared->references, 1);
    return shared;
}

void mdm_cert_free(struct mdm_cert **cert)
{
    if (cert == NULL || *cert == NULL)
        return;
    if (atomic_fetch_sub(&(*cert)->references, 1) == 1) {
        struct mdm_cert_facts *facts = &(*cert)->facts;

        free(facts->subject); /* NOLINT(clang-analyzer-unix.Malloc): it does not understand the reference count */
        free(facts->issuer);
        free(facts->common_name);
        free(facts->serial);
        free(facts->topic);
        X509_free((*cert)->x509);
        free(*cert);
    }
    *cert = NULL;
}

const char *mdm_cert_words(enum mdm_cert_kind kind)
{
    static const char *const words[] = {
        [MDM_CERT_ROOT] = "root CA certificate",  [MDM_CERT_INTERMEDIATE] = "intermediate CA certificate",
        [MDM_CERT_VENDOR] = "vendor certificate", [MDM_CERT_PUSH] = "push certificate",
        [MDM_CERT_OTHER] = "certificate",
    };

    return words[kind];
}

const struct mdm_cert_facts *mdm_cert_facts(const struct mdm_cert *cert)
{
    return &cert->facts;
}

bool mdm_cert_equal(const struct mdm_cert *a, const struct mdm_cert *b)
{
    return a != NULL && b != NULL && strcmp(a->facts.sha256, b->facts.sha256) == 0;
}

bool mdm_cert_issued(const struct mdm_cert *issuer, const struct mdm_cert *cert)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer->x509);
    X509 *x509 = cert->x509;
    bool yes = X509_NAME_cmp(X509_get_subject_name(issuer->x509), X509_get_issuer_name(x509)) == 0 &&
               verifies_soon(key) && X509_verify(x509, key) == 1;

    ERR_clear_error();
    return yes;
}

int mdm_cert_append_pem(const struct mdm_cert *cert, struct mdm_bytes *pem, struct mdm_error *err)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes der = {0};

    return mdm_ossl_append_der(&der, ASN1_ITEM_rptr(X509), cert->x509, err) == 0
               ? mdm_ossl_append_pem(pem, PEM_STRING_X509, &der, err)
               : -1;
}

/* Appends `cert` itself, not another reference; frees it on failure. The error for NULL is "out of memory". */
static int take_cert(struct mdm_certs *certs, struct mdm_cert *cert, struct mdm_error *err)
{
    struct mdm_cert **grown = cert != NULL ? mdm_grow(certs->items, certs->count, sizeof *grown, err) : NULL;

    if (grown == NULL) {
        mdm_cert_free(&cert);
        return mdm_error_memory(err);
    }
    certs->items = grown;
    certs->items[certs->count++] = cert; /* the list owns it now */
    return 0;
}

int mdm_certs_add(struct mdm_certs *certs, const struct mdm_cert *cert, struct mdm_error *err)
{
    return take_cert(certs, mdm_cert_ref(cert), err);
}

bool mdm_cert_is_ca(const struct mdm_cert *cert)
{
    return cert->facts.kind == MDM_CERT_ROOT || cert->facts.kind == MDM_CERT_INTERMEDIATE;
}

int mdm_certs_add_cas(const struct mdm_certs *from, struct mdm_certs *to, struct mdm_error *err)
{
    for (size_t i = 0; i < from->count; i++)
        if (mdm_cert_is_ca(from->items[i]) && mdm_certs_add(to, from->items[i], err) != 0)
            return -1;
    return 0;
}

const struct mdm_cert *mdm_certs_find(const struct mdm_certs *certs, const struct mdm_key_id *id)
{
    for (size_t i = 0; i < certs->count; i++)
        if (mdm_key_id_equal(&certs->items[i]->facts.key_id, id))
            return certs->items[i];
    return NULL;
}

bool mdm_certs_have(const struct mdm_certs *certs, const struct mdm_cert *cert)
{
    for (size_t i = 0; i < certs->count; i++)
        if (mdm_cert_equal(certs->items[i], cert))
            return true;
    return false;
}

void mdm_certs_free(struct mdm_certs *certs)
{
    if (certs == NULL)
        return;
    for (size_t i = 0; i < certs->count; i++)
        mdm_cert_free(&certs->items[i]);
    free(certs->items);
    *certs = (struct mdm_certs){0};
}

int mdm_certs_wrap(struct mdm_certs *out, X509 *x509, struct mdm_error *err)
{
    if (out->count < CERTS_MAX)
        return take_cert(out, mdm_cert_wrap(x509, err), err);
    X509_free(x509);
    return mdm_error_set(err, MDM_E_FAILED, "there are more than %d certificates in it", CERTS_MAX);
}

/* Refuses what is neither a certificate nor PKCS#7 if it is damaged, and not another kind of file. */
static int judge_der(const struct mdm_bytes *der, struct mdm_error *err)
{
    const unsigned char *p = der->data;
    long length = 0;
    int tag, class;

    if (mdm_der_begins(der->data, der->size)) {
        /* Is the header cut off, or does it claim more bytes than there are? */
        if ((ASN1_get_object(&p, &length, &tag, &class, (long)der->size) & 0x80) != 0) {
            ERR_clear_error();
            return mdm_error_set(err, MDM_E_FAILED, "it is cut off after %zu bytes", der->size);
        }
        /* This begins every X.509 certificate of version 2 or 3, after two headers of at most six bytes: SEQUENCE,
         * SEQUENCE, [0] { INTEGER }. */
        if (mdm_pem_find(der->data, der->size < 16 ? der->size : 16, "\xa0\x03\x02\x01") != NULL)
            return mdm_ossl_error(err, MDM_E_FAILED, "it begins like a certificate but is damaged");
    }
    ERR_clear_error();
    return 0;
}

static int scan_der(const struct mdm_bytes *der, struct mdm_certs *out, struct mdm_error *err)
{
    const unsigned char *p = der->data;
    MDM_OWNED(mdm_free_PKCS7) PKCS7 *p7 = NULL;

    ERR_clear_error();
    MDM_OWNED(mdm_free_X509) X509 *x509 = d2i_X509(NULL, &p, (long)der->size);
    if (x509 == NULL) {
        p = der->data;
        p7 = d2i_PKCS7(NULL, &p, (long)der->size);
        if (p7 == NULL)
            return judge_der(der, err); /* by the first reason in libcrypto's queue: why it is not a certificate */
        ERR_clear_error();
    }
    const size_t left = der->size - (size_t)(p - der->data);
    /* Editors and shells add newlines to DER; with anything else after it, the file is not what it seems. */
    if (mdm_space(p, left) != left)
        return mdm_error_set(err, MDM_E_FAILED, "%zu bytes of something else follow the DER data", left);
    if (x509 != NULL)
        return mdm_certs_wrap(out, mdm_take_at(&x509), err);
    STACK_OF(X509) *certs = PKCS7_type_is_signed(p7) && p7->d.sign != NULL ? p7->d.sign->cert : NULL;
    if (sk_X509_num(certs) <= 0)
        return mdm_error_set(err, MDM_E_FAILED, "it is PKCS#7, but has no certificate in it");
    for (int i = 0; i < sk_X509_num(certs); i++)
        if (X509_up_ref(sk_X509_value(certs, i)) != 1 || mdm_certs_wrap(out, sk_X509_value(certs, i), err) != 0)
            return mdm_error_memory(err);
    return 0;
}

/* Whether the label is one of certificates or of PKCS#7. */
static bool is_certificate(const struct mdm_pem_block *block)
{
    static const char *const labels[] = {"CERTIFICATE", "X509 CERTIFICATE", "PKCS7", "PKCS #7 SIGNED DATA", "CMS"};

    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (mdm_pem_is(block, labels[i]))
            return true;
    return false;
}

static int scan_pem(const struct mdm_bytes *text, struct mdm_certs *out, struct mdm_error *err)
{
    struct mdm_pem_block block;
    size_t at = 0, number = 0, blocks = 0;

    for (; mdm_pem_next(text, &at, &block); blocks++) {
        MDM_OWNED(mdm_bytes_free) struct mdm_bytes der = {0};
        const size_t before = out->count;

        if (!is_certificate(&block))
            continue;
        number++;
        if (mdm_pem_decode(&block, &der, NULL, err) == 0 && scan_der(&der, out, err) == 0 && out->count > before)
            continue;
        (void)mdm_error_set(err, MDM_E_FAILED, "the PEM block does not contain a certificate"); /* if nothing is said */
        return mdm_error_context(err, "certificate %zu", number);
    }
    /* A copy without its first line. */
    if (blocks == 0 && text->size > 0 && mdm_pem_find(text->data, text->size, "-----END CERTIFICATE-----") != NULL)
        return mdm_error_set(err, MDM_E_FAILED, "its BEGIN line is missing or damaged");
    return 0;
}

int mdm_certs_scan(const struct mdm_bytes *file, struct mdm_certs *out, struct mdm_error *err)
{
    const size_t before = out->count;

    if (file->size > INT_MAX)
        return mdm_error_set(err, MDM_E_FAILED, "it is too large");
    const int result = mdm_der_begins(file->data, file->size) ? scan_der(file, out, err) : scan_pem(file, out, err);
    while (result != 0 && out->count > before)
        mdm_cert_free(&out->items[--out->count]);
    return result;
}
