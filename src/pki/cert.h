/* X.509 certificates: what they are and what they say. */
#ifndef MDM_PKI_CERT_H
#define MDM_PKI_CERT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/date.h"
#include "pki/key.h"

enum mdm_cert_kind {
    MDM_CERT_OTHER,
    MDM_CERT_VENDOR,       /* CN "MDM Vendor: ..." or marker OID 1.2.840.113635.100.4.12 */
    MDM_CERT_PUSH,         /* subject UID (0.9.2342.19200300.100.1.1) begins "com.apple.mgmt." */
    MDM_CERT_INTERMEDIATE, /* a CA that another one issued */
    MDM_CERT_ROOT,         /* a CA that signed itself */
};

/* What a certificate says. All text is safe to print (mdmvendor/text.h). */
struct mdm_cert_facts {
    enum mdm_cert_kind kind;
    char *subject;     /* RFC 4514 style, order as encoded */
    char *issuer;      /* the same of the issuer */
    char *common_name; /* first CN of the subject, or "" */
    char *serial;      /* upper-case hexadecimal */
    char *topic;       /* push certificates: the one subject UID; else NULL */
    char *issuer_url;  /* first caIssuers URL of authorityInfoAccess, or NULL */
    char sha256[65];   /* fingerprint of the DER, lower-case hexadecimal */
    char sha1[41];
    mdm_time not_before;
    mdm_time not_after;
    bool vendor_marker; /* has 1.2.840.113635.100.4.12 */
    bool push_marker;   /* has 1.2.840.113635.100.6.3.2 (production push) */
    bool has_purposes;  /* has an extended key usage, as all of Apple's end certificates but the vendors' */
    struct mdm_key_id key_id;
};

struct mdm_cert;

/* Some certificates. Zero-initialise it; it owns its members. */
struct mdm_certs {
    struct mdm_cert **items;
    size_t count;
};

/* Adds another reference to `cert`. */
int mdm_certs_add(struct mdm_certs *certs, const struct mdm_cert *cert, struct mdm_error *err);
/* Adds those of CAs: to complete a chain. */
int mdm_certs_add_cas(const struct mdm_certs *from, struct mdm_certs *to, struct mdm_error *err);
/* The first that is none of a CA; it stays with the list. NULL when there is none. */
const struct mdm_cert *mdm_certs_end_entity(const struct mdm_certs *certs);
void mdm_certs_free(struct mdm_certs *certs);

/* The facts, read once when the certificate was parsed; they belong to it. */
const struct mdm_cert_facts *mdm_cert_facts(const struct mdm_cert *cert);
/* True when `issuer` issued `cert`: its name, and its key verifies the signature. Dates and rights are not judged. */
bool mdm_cert_issued(const struct mdm_cert *issuer, const struct mdm_cert *cert);
bool mdm_cert_equal(const struct mdm_cert *a, const struct mdm_cert *b);
/* Appends the certificate as PEM, 64 columns, newline at the end. */
int mdm_cert_append_pem(const struct mdm_cert *cert, struct mdm_bytes *pem, struct mdm_error *err);
/* Appends the DER bytes. */
int mdm_cert_append_der(const struct mdm_cert *cert, struct mdm_bytes *der, struct mdm_error *err);
/* Another reference to it; free it with mdm_cert_free. */
struct mdm_cert *mdm_cert_ref(const struct mdm_cert *cert);
void mdm_cert_free(struct mdm_cert **cert);

/* Appends `cert` itself, not another reference; frees it on failure. NULL is "out of memory". */
int mdm_certs_take(struct mdm_certs *certs, struct mdm_cert *cert, struct mdm_error *err);

enum mdm_certs_outcome {
    MDM_CERTS_READ,   /* at least one, all of them whole */
    MDM_CERTS_NONE,   /* nothing in it looks like a certificate; *err is untouched */
    MDM_CERTS_BROKEN, /* something does, and is damaged or cut off, or there is no memory; *err says which */
};
/* Reads every certificate in a file: PEM (CRLF, BOM, no last newline, blocks glued to each other, other blocks between
 * them), DER, PKCS#7 (PEM or DER). Appends to *out only when all are whole. */
enum mdm_certs_outcome mdm_certs_scan(const struct mdm_bytes *file, struct mdm_certs *out, struct mdm_error *err);

#endif
