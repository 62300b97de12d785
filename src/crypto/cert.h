/* What cert.c, cert_facts.c and cert_read.c share. */
#ifndef MDM_CRYPTO_CERT_H
#define MDM_CRYPTO_CERT_H

#include <openssl/x509.h>

#include "mdmvendor/cert.h"

/* Reads what a certificate says. Error MDM_E_FAILED: a field that is malformed, no memory. Free with
 * mdm_cert_facts_free, after an error as well. */
int mdm_cert_facts_read(X509 *x509, struct mdm_cert_facts *facts, struct mdm_error *err);
void mdm_cert_facts_free(struct mdm_cert_facts *facts);

/* Appends `cert` itself, not another reference; frees it on failure. NULL is "out of memory". */
int mdm_certs_take(struct mdm_certs *certs, struct mdm_cert *cert, struct mdm_error *err);

enum mdm_certs_outcome {
    MDM_CERTS_READ,   /* at least one, all of them whole */
    MDM_CERTS_NONE,   /* nothing in it looks like a certificate; *err is untouched */
    MDM_CERTS_BROKEN, /* something does, and is damaged or cut off, or there is no memory; *err says which */
};
/* mdm_certs_from_bytes without words for a file of another kind. Appends to *out only when all are whole. */
enum mdm_certs_outcome mdm_certs_scan(const struct mdm_bytes *file, struct mdm_certs *out, struct mdm_error *err);

#endif
