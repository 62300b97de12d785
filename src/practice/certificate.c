/* Makes one certificate from a description. */
#include "practice/certificate.h"

#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "pki/ossl.h"

#define SERIAL_MAX 20

mdm_time mdm_template_year_after(mdm_time when)
{
    time_t seconds = (time_t)when;
    struct tm date;

    if (gmtime_r(&seconds, &date) == NULL)
        return when + 365 * MDM_DAY;
    return mdm_time_from_civil(date.tm_year + 1901, date.tm_mon + 1, date.tm_mday, date.tm_hour, date.tm_min,
                               date.tm_sec);
}

int mdm_template_attribute(X509_NAME *name, int nid, int type, const char *text, size_t size, struct mdm_error *err)
{
    /* A type in place of MBSTRING_UTF8 stores the bytes as they are: no length limit, no character checks. */
    if (X509_NAME_add_entry_by_NID(name, nid, type, (const unsigned char *)text, (int)size, -1, 0) != 1)
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

static bool set_validity(X509 *cert, mdm_time not_before, mdm_time not_after)
{
    /* ASN1_TIME_set takes UTCTime until 2049 and GeneralizedTime after it (RFC 5280, 4.1.2.5). */
    return ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)not_before) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)not_after) != NULL;
}

static CONF *read_extensions(const struct mdm_template *from)
{
    const size_t pieces = sizeof from->extensions / sizeof from->extensions[0];
    BIO *text = BIO_new(BIO_s_mem());
    CONF *conf = NCONF_new(NULL);
    bool good = text != NULL && conf != NULL && BIO_printf(text, "ca = %s\n", from->ca_name) > 0;

    for (size_t i = 0; good && i < pieces && from->extensions[i] != NULL; i++)
        good = BIO_puts(text, from->extensions[i]) > 0;
    if (!good || NCONF_load_bio(conf, text, NULL) != 1) {
        NCONF_free(conf);
        conf = NULL;
    }
    BIO_free(text);
    return conf;
}

static bool add_extensions(X509 *cert, X509 *issuer, const struct mdm_template *from)
{
    CONF *conf = read_extensions(from);
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

X509 *mdm_template_sign(const struct mdm_template *from, const struct mdm_authority *issuer, struct mdm_error *err)
{
    X509 *cert = X509_new();
    X509 *above = issuer->cert != NULL ? issuer->cert : cert;

    if (cert == NULL || X509_set_version(cert, X509_VERSION_3) != 1 ||
        X509_set_subject_name(cert, from->subject) != 1 ||
        X509_set_issuer_name(cert, X509_get_subject_name(above)) != 1 || X509_set_pubkey(cert, from->public_key) != 1 ||
        !set_validity(cert, from->not_before, from->not_after) || !add_extensions(cert, above, from)) {
        mdm_ossl_error(err, MDM_E_FAILED, "cannot put the certificate together");
        goto fail;
    }
    if (set_serial(cert, from->serial_size, err) != 0)
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
