/* What the two portals share: their way of refusing, and issuing to an order with its faults. */
#include "practice/portal.h"

#include <openssl/rsa.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pki/ossl.h"
#include "practice/profile.h"

int mdm_portal_refuse(struct mdm_error *err, enum mdm_code code, const char *says, const char *format, ...)
{
    char reason[MDM_ERROR_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return mdm_error_set(err, code, "the practice portal says \"%s\": %s", says, reason);
}

int mdm_portal_check_faults(const struct mdm_practice_order *order, unsigned excluded, const char *kind,
                            struct mdm_error *err)
{
    const char *name;

    for (size_t i = 0; (name = mdm_practice_fault_name(i)) != NULL; i++)
        if ((order->faults & excluded & mdm_practice_fault_named(name)) != 0)
            return mdm_error_set(err, MDM_E_USAGE, "the fault \"%s\" is none of a %s certificate", name, kind);
    return 0;
}

mdm_time mdm_leaf_length(const struct mdm_practice_order *order)
{
    return order->days != 0 ? order->days * MDM_DAY : mdm_template_year_after(order->at) - order->at;
}

int mdm_leaf_common_name(X509_NAME *subject, const char *prefix, const char *text,
                         const struct mdm_practice_order *order, struct mdm_error *err)
{
    /* Clear the screen, ring, a C1 control; a right-to-left override, as in "exe.fdp"; a NUL before another name. */
    static const char control[] = "\033[2J\a\r\n\xc2\x9b";
    static const char bidi[] = "\xe2\x80\xae"
                               "gnp\xe2\x80\xac";
    static const char nul[] = "\0.example";
    struct mdm_bytes value = {0};
    int result = -1;

    if (mdm_bytes_append_text(&value, prefix, err) == 0 && mdm_bytes_append_text(&value, text, err) == 0 &&
        ((order->faults & MDM_PRACTICE_CN_CONTROL) == 0 ||
         mdm_bytes_append(&value, control, sizeof control - 1, err) == 0) &&
        ((order->faults & MDM_PRACTICE_CN_BIDI) == 0 || mdm_bytes_append(&value, bidi, sizeof bidi - 1, err) == 0) &&
        ((order->faults & MDM_PRACTICE_CN_NUL) == 0 || mdm_bytes_append(&value, nul, sizeof nul - 1, err) == 0))
        result = mdm_template_attribute(subject, NID_commonName, V_ASN1_UTF8STRING, (const char *)value.data,
                                        value.size, err);
    mdm_bytes_free(&value);
    return result;
}

static enum mdm_practice_ca choose_issuer(const struct mdm_leaf *leaf, unsigned faults)
{
    if ((faults & MDM_PRACTICE_OTHER_ISSUER) != 0)
        return MDM_PRACTICE_WWDR_OTHER;
    if ((faults & MDM_PRACTICE_UNKNOWN_ISSUER) != 0)
        return MDM_PRACTICE_WWDR_UNKNOWN;
    if ((faults & MDM_PRACTICE_CA_EXPIRED) != 0)
        return MDM_PRACTICE_WWDR_EXPIRED;
    return leaf->issuer;
}

static mdm_time choose_start(const struct mdm_leaf *leaf, const struct mdm_practice_order *order)
{
    if ((order->faults & MDM_PRACTICE_EXPIRED) != 0)
        return order->at - MDM_DAY - leaf->length;
    if ((order->faults & MDM_PRACTICE_NOT_YET_VALID) != 0)
        return order->at + MDM_DAY;
    return order->at;
}

/* The signature is the last thing in a certificate's DER, so its last bit is the last bit of all. */
static X509 *flip_signature(X509 *cert)
{
    unsigned char *der = NULL;
    int size = i2d_X509(cert, &der);
    const unsigned char *at = der;

    X509_free(cert);
    if (size <= 0)
        return NULL;
    der[size - 1] ^= 1;
    cert = d2i_X509(NULL, &at, size);
    OPENSSL_free(der);
    return cert;
}

X509 *mdm_leaf_issue(struct mdm_practice *practice, const struct mdm_leaf *leaf, const struct mdm_practice_order *order,
                     struct mdm_error *err)
{
    const unsigned faults = order->faults;
    const enum mdm_practice_ca ca = choose_issuer(leaf, faults);
    const struct mdm_authority *issuer = mdm_practice_authority(practice, ca, err);
    const char *critical = (faults & MDM_PRACTICE_CRITICAL_APPLE) != 0     ? mdm_profile_critical_apple
                           : (faults & MDM_PRACTICE_CRITICAL_FOREIGN) != 0 ? mdm_profile_critical_foreign
                                                                           : "\n";
    struct mdm_template from = {
        .subject = leaf->subject,
        .public_key = leaf->key,
        .serial_size = leaf->serial_size,
        .not_before = choose_start(leaf, order),
        .ca_name = mdm_practice_ca_name(ca),
        .extensions = {leaf->extensions, (faults & MDM_PRACTICE_NO_MARKER) != 0 ? "\n" : leaf->marker, critical,
                       leaf->policy},
    };
    EVP_PKEY *stranger = NULL;
    X509 *cert = NULL;

    if (issuer == NULL)
        return NULL;
    from.not_after = from.not_before + leaf->length;
    if ((faults & MDM_PRACTICE_WRONG_KEY) != 0) {
        stranger = EVP_RSA_gen(MDM_KEY_BITS);
        if (stranger == NULL) {
            mdm_ossl_error(err, MDM_E_FAILED, "cannot make a key");
            return NULL;
        }
        from.public_key = stranger;
    }
    cert = mdm_template_sign(&from, issuer, err);
    if (cert != NULL && (faults & MDM_PRACTICE_BAD_SIGNATURE) != 0) {
        cert = flip_signature(cert);
        if (cert == NULL)
            mdm_ossl_error(err, MDM_E_FAILED, "cannot damage the certificate's signature");
    }
    EVP_PKEY_free(stranger);
    return cert;
}
