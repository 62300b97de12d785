/* A push certificate request taken apart: base64, property list, three strings. Judges nothing but the form. */
#ifndef MDM_PKI_REQUEST_PARTS_H
#define MDM_PKI_REQUEST_PARTS_H

#include "base/bytes.h"
#include "pki/cert.h"
#include "pki/plist_xml.h"

#define MDM_REQUEST_CSR       "PushCertRequestCSR"
#define MDM_REQUEST_CHAIN     "PushCertCertificateChain"
#define MDM_REQUEST_SIGNATURE "PushCertSignature"

/* Zero-initialise it. The texts belong to the property list. */
struct mdm_request_parts {
    struct mdm_bytes xml;
    struct mdm_plist *plist;
    const char *csr;       /* base64 of DER */
    const char *chain;     /* PEM */
    const char *signature; /* base64 */
};

/* The three stages, in this order. Error MDM_E_FAILED says what was found instead. */
int mdm_parts_decode(const struct mdm_bytes *file, struct mdm_request_parts *parts, struct mdm_error *err);
int mdm_parts_parse(struct mdm_request_parts *parts, struct mdm_error *err);
int mdm_parts_pick(struct mdm_request_parts *parts, struct mdm_error *err);

/* All three. */
int mdm_parts_read(const struct mdm_bytes *file, struct mdm_request_parts *parts, struct mdm_error *err);

/* Appends the decoded CSR, or the decoded signature, or the certificates of the chain in their order. */
int mdm_parts_csr_der(const struct mdm_request_parts *parts, struct mdm_bytes *der, struct mdm_error *err);
int mdm_parts_signature(const struct mdm_request_parts *parts, struct mdm_bytes *signature, struct mdm_error *err);
int mdm_parts_certs(const struct mdm_request_parts *parts, struct mdm_certs *certs, struct mdm_error *err);

void mdm_parts_free(struct mdm_request_parts *parts);

#endif
