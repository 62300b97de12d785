/* Certificate signing requests (PKCS#10, RFC 2986). */
#ifndef MDM_PKI_CSR_H
#define MDM_PKI_CSR_H

#include "pki/key.h"
#include "pki/subject.h"

struct mdm_csr;

/* A CSR as Apple's portals take it: version 0, signed with SHA-256. */
struct mdm_csr *mdm_csr_make(const struct mdm_key *key, const struct mdm_subject *subject, struct mdm_error *err);

/* Reads PEM ("CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST", text around it allowed) or DER. The original DER bytes
 * are kept: they are what is signed and sent. `name` is for messages. Checks nothing but the form: see mdm_csr_check.
 */
struct mdm_csr *mdm_csr_from_bytes(const struct mdm_bytes *file, const char *name, struct mdm_error *err);

/* Refuses (MDM_E_REFUSED) what the portal refuses: a signature of its own that fails, a key that is not RSA 2048, a
 * version other than 0. */
int mdm_csr_check(const struct mdm_csr *csr, const char *name, struct mdm_error *err);

/* The DER bytes; they belong to the CSR. */
const struct mdm_bytes *mdm_csr_der(const struct mdm_csr *csr);
/* PEM with lines of 64 columns. */
int mdm_csr_to_pem(const struct mdm_csr *csr, struct mdm_bytes *pem, struct mdm_error *err);
/* The subject for people (RFC 4514 order as in the CSR, safe to print); belongs to the CSR. */
const char *mdm_csr_subject(const struct mdm_csr *csr);
/* How long its RSA key is; 0 when it has one of another kind. */
int mdm_csr_rsa_bits(const struct mdm_csr *csr);
const struct mdm_key_id *mdm_csr_key_id(const struct mdm_csr *csr);

void mdm_csr_free(struct mdm_csr **csr);

#endif
