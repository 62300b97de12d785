/* Makes one certificate from a description. */
#ifndef MDM_PRACTICE_CERTIFICATE_H
#define MDM_PRACTICE_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/date.h"
#include "base/error.h"

/* A CA: its certificate and its key. Both are NULL until the CA is made. */
struct mdm_authority {
    X509 *cert;
    EVP_PKEY *key;
};

/* What to put into a certificate. Nothing of it is taken. */
struct mdm_template {
    const X509_NAME *subject;
    EVP_PKEY *public_key;
    size_t serial_size; /* bytes, at most 20 (RFC 5280, 4.1.2.2); the number is random and has exactly that size */
    mdm_time not_before;
    mdm_time not_after;
    const char *ca_name;       /* ${ca} in the extensions */
    const char *extensions[4]; /* pieces of one x509v3_config(5) text; NULL ends them early */
};

/* Signs with SHA-256. issuer->cert may be NULL: then the certificate is self-signed with issuer->key. */
X509 *mdm_template_sign(const struct mdm_template *from, const struct mdm_authority *issuer, struct mdm_error *err);

/* Appends an attribute with exactly this string type and these bytes, whether they are well-formed or not. */
int mdm_template_attribute(X509_NAME *name, int nid, int type, const char *text, size_t size, struct mdm_error *err);

/* A year later by the calendar. */
mdm_time mdm_template_year_after(mdm_time when);

#endif
