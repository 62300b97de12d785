/* Certificates out of files as people have them: PEM in any state, DER, PKCS#7. Nothing here can ask for a password. */
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/der_scan.h"
#include "pki/digest.h"
#include "pki/filekind.h"
#include "pki/ossl.h"
#include "pki/pem_scan.h"

/* The largest bundles in use (all of a system's CAs) hold about 150. Each costs a verification when it is read, and
 * some more when a chain is looked for. */
#define CERTS_MAX 256

static int take(struct mdm_certs *out, X509 *x509, struct mdm_error *err)
{
    struct mdm_cert *cert;

    if (out->count >= CERTS_MAX) {
        X509_free(x509);
        return mdm_error_set(err, MDM_E_FAILED, "there are more than %d certificates in it", CERTS_MAX);
    }
    cert = mdm_cert_wrap(x509, err); /* takes the X509 in any case */
    return cert == NULL ? -1 : mdm_certs_take(out, cert, err);
}

static bool is_blank(const unsigned char *p, size_t size)
{
    while (size > 0 && memchr(" \t\r\n", *p, 4) != NULL) {
        p++;
        size--;
    }
    return size == 0;
}

/* Editors and shells add newlines to DER; anything else behind it means that the file is not what it seems. */
static int check_rest(const unsigned char *rest, size_t size, struct mdm_error *err)
{
    if (is_blank(rest, size))
        return 0;
    return mdm_error_set(err, MDM_E_FAILED, "the DER data ends %zu bytes before the file does: something else follows",
                         size);
}

static int take_pkcs7(PKCS7 *p7, struct mdm_certs *out, struct mdm_error *err)
{
    STACK_OF(X509) *certs = NULL;

    if (PKCS7_type_is_signed(p7) && p7->d.sign != NULL)
        certs = p7->d.sign->cert;
    if (sk_X509_num(certs) <= 0)
        return mdm_error_set(err, MDM_E_FAILED, "it is PKCS#7, but has no certificate in it");
    for (int i = 0; i < sk_X509_num(certs); i++) {
        X509 *x509 = sk_X509_value(certs, i);

        if (X509_up_ref(x509) != 1 || take(out, x509, err) != 0)
            return mdm_error_set(err, MDM_E_FAILED, "out of memory");
    }
    return 0;
}

/* What is neither a certificate nor PKCS#7: tells damage from another kind of file. */
static enum mdm_certs_outcome judge_der(const struct mdm_bytes *der, struct mdm_error *err)
{
    if (mdm_der_cut_off(der->data, der->size)) {
        size_t claims = mdm_der_claims(der->data, der->size);

        ERR_clear_error();
        if (claims == 0)
            (void)mdm_error_set(err, MDM_E_FAILED, "it is cut off after %zu bytes", der->size);
        else
            (void)mdm_error_set(err, MDM_E_FAILED, "it is cut off: %zu bytes of %zu are there", der->size, claims);
        return MDM_CERTS_BROKEN;
    }
    if (mdm_der_like_certificate(der->data, der->size)) {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "it begins like a certificate and is damaged");
        return MDM_CERTS_BROKEN;
    }
    ERR_clear_error();
    return MDM_CERTS_NONE;
}

/* `trusted`: OpenSSL's "TRUSTED CERTIFICATE", which has settings of its own behind the certificate. */
static enum mdm_certs_outcome scan_der(const struct mdm_bytes *der, bool trusted, struct mdm_certs *out,
                                       struct mdm_error *err)
{
    const unsigned char *p = der->data;
    const unsigned char *end = der->data + der->size;
    X509 *x509;
    PKCS7 *p7;
    int result;

    ERR_clear_error();
    x509 = trusted ? d2i_X509_AUX(NULL, &p, (long)der->size) : d2i_X509(NULL, &p, (long)der->size);
    if (x509 != NULL) {
        if (check_rest(p, (size_t)(end - p), err) != 0) {
            X509_free(x509);
            return MDM_CERTS_BROKEN;
        }
        return take(out, x509, err) == 0 ? MDM_CERTS_READ : MDM_CERTS_BROKEN;
    }
    p = der->data;
    (void)ERR_set_mark();
    p7 = d2i_PKCS7(NULL, &p, (long)der->size);
    (void)ERR_pop_to_mark(); /* the reasons why it is no certificate say more */
    if (p7 == NULL)
        return judge_der(der, err);
    ERR_clear_error(); /* that it is no certificate is no longer of interest */
    result = check_rest(p, (size_t)(end - p), err) == 0 ? take_pkcs7(p7, out, err) : -1;
    PKCS7_free(p7);
    return result == 0 ? MDM_CERTS_READ : MDM_CERTS_BROKEN;
}

static int scan_block(const struct mdm_pem_block *block, struct mdm_certs *out, struct mdm_error *err)
{
    struct mdm_bytes der = {0};
    enum mdm_certs_outcome outcome = MDM_CERTS_BROKEN;

    if (!block->complete)
        return mdm_error_set(err, MDM_E_FAILED, "it is cut off: its END line is missing or damaged");
    if (mdm_base64_decode(block->body, block->body_size, &der, err) == 0 && der.size > 0)
        outcome = scan_der(&der, mdm_pem_is(block, "TRUSTED CERTIFICATE"), out, err);
    mdm_bytes_free(&der);
    if (outcome == MDM_CERTS_READ)
        return 0;
    return mdm_error_set(err, MDM_E_FAILED, "what stands in the PEM block is not a certificate");
}

/* A copy that lost its first line. */
static bool has_end_alone(const struct mdm_bytes *text)
{
    return text->size > 0 && mdm_pem_find((const char *)text->data, text->size, "-----END CERTIFICATE-----") != NULL;
}

static enum mdm_certs_outcome scan_pem(const struct mdm_bytes *text, struct mdm_certs *out, struct mdm_error *err)
{
    struct mdm_pem_block block;
    size_t at = 0, number = 0, blocks = 0;

    for (; mdm_pem_next(text, &at, &block); blocks++) {
        if (!mdm_pem_is_certificate(&block))
            continue;
        number++;
        if (scan_block(&block, out, err) != 0) {
            (void)mdm_error_context(err, "certificate %zu", number);
            return MDM_CERTS_BROKEN;
        }
    }
    if (blocks == 0 && has_end_alone(text)) {
        (void)mdm_error_set(err, MDM_E_FAILED, "its BEGIN line is missing or damaged");
        return MDM_CERTS_BROKEN;
    }
    return number > 0 ? MDM_CERTS_READ : MDM_CERTS_NONE;
}

enum mdm_certs_outcome mdm_certs_scan(const struct mdm_bytes *file, struct mdm_certs *out, struct mdm_error *err)
{
    struct mdm_certs found = {0};
    enum mdm_certs_outcome outcome;

    if (file->size > INT_MAX) {
        (void)mdm_error_set(err, MDM_E_FAILED, "it is too large");
        return MDM_CERTS_BROKEN;
    }
    outcome = mdm_der_begins(file->data, file->size) ? scan_der(file, false, &found, err) : scan_pem(file, &found, err);
    for (size_t i = 0; outcome == MDM_CERTS_READ && i < found.count; i++)
        if (mdm_certs_add(out, found.items[i], err) != 0)
            outcome = MDM_CERTS_BROKEN;
    mdm_certs_free(&found);
    return outcome;
}

int mdm_certs_from_bytes(const struct mdm_bytes *file, const char *name, struct mdm_certs *out, struct mdm_error *err)
{
    switch (mdm_certs_scan(file, out, err)) {
    case MDM_CERTS_READ:
        return 0;
    case MDM_CERTS_NONE:
        return mdm_error_set(err, MDM_E_FAILED, "there is no certificate in '%s': it is %s", name,
                             mdm_filekind_words(mdm_filekind_of(file)));
    case MDM_CERTS_BROKEN:
        break;
    }
    (void)mdm_error_context(err, "'%s'", name);
    return mdm_error_hint(err, "Download the file again and copy it as it is, without opening it in an editor.");
}
