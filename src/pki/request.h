/*
 * The push certificate request ("plist_encode"): base64, in one line, of an XML plist of three strings:
 * PushCertRequestCSR (base64 of the CSR's DER), PushCertCertificateChain (PEM: vendor certificate, intermediate, root)
 * and PushCertSignature (base64 of RSASSA-PKCS1-v1_5 with SHA-256 over the CSR's DER). Source:
 * https://developer.apple.com/documentation/devicemanagement/setting-up-push-notifications-for-your-device-management-customers
 */
#ifndef MDM_PKI_REQUEST_H
#define MDM_PKI_REQUEST_H

#include "pki/csr.h"
#include "pki/pem.h"
#include "pki/trust.h"

/* Makes requests: a vendor key, its certificate and the verified chain. Used from several threads at once. */
struct mdm_signer;

/*
 * Checks everything about the vendor's side once. Errors: MDM_E_REFUSED (not a vendor certificate: what it is instead;
 * not for this key; not yet valid; chain incomplete or untrusted), MDM_E_EXPIRED. The key and certificate are
 * referenced, not taken. `cert_name` and `key_name` are for messages.
 */
struct mdm_signer *mdm_signer_new(const struct mdm_key *key, const char *key_name, const struct mdm_cert *cert,
                                  const char *cert_name, const struct mdm_trust *trust, const struct mdm_certs *extra,
                                  mdm_time at, struct mdm_error *err);
/* Vendor certificate, intermediates, root; belongs to the signer. */
const struct mdm_certs *mdm_signer_chain(const struct mdm_signer *signer);
/* Checks the CSR (mdm_csr_check), signs it, builds the request, reads it back and verifies it. Appends nothing to *out
 * unless all of it holds. `csr_name` is for messages. */
int mdm_signer_sign(const struct mdm_signer *signer, const struct mdm_csr *csr, const char *csr_name,
                    struct mdm_bytes *out, struct mdm_error *err);
void mdm_signer_free(struct mdm_signer **signer);

enum mdm_verdict {
    MDM_PASS,
    MDM_FAIL,    /* Apple is known to refuse it, or nobody should upload it */
    MDM_WARN,    /* odd, and nobody has seen it refused */
    MDM_SKIPPED, /* cannot be told because an earlier check failed */
};

struct mdm_check {
    const char *name; /* one word or two, stable: "base64", "csr signature" */
    enum mdm_verdict verdict;
    char *detail; /* a sentence for callbacks, safe to print */
    char *hint;   /* with MDM_FAIL: what to do about it, safe to print; else NULL */
};

/* What a request says and which checks it passes. Zero-initialise it. */
#define MDM_CHECKS 14 /* that are made; there is room for one of the caller's own */
struct mdm_report {
    struct mdm_check items[MDM_CHECKS + 1];
    size_t count;
    const struct mdm_check *failed; /* the first; NULL: none */
    enum mdm_code code;             /* MDM_OK, MDM_E_REFUSED, MDM_E_EXPIRED, or MDM_E_FAILED: not a request at all */
    struct mdm_csr *csr;            /* the request's; NULL: it has none */
};

/* A request taken apart, whatever tool made it. A part is empty when the file does not say it. */
enum mdm_part {
    MDM_PART_CSR,       /* DER */
    MDM_PART_CHAIN,     /* PEM */
    MDM_PART_SIGNATURE, /* bytes; with it, all parts are there */
    MDM_PARTS
};
struct mdm_request {
    struct mdm_bytes parts[MDM_PARTS];
};
/* Takes any file apart as far as it goes. Error MDM_E_FAILED: what it is instead, or which part it lacks. */
int mdm_request_read(const struct mdm_bytes *file, struct mdm_request *request, struct mdm_error *err);
void mdm_request_free(struct mdm_request *request);

/*
 * Checks any file as Apple's portal would check a request at time `at`: every check is made that can be made, and each
 * gets its line. Returns -1 only when out of memory; what is wrong with the request is in the report.
 */
int mdm_request_verify(const struct mdm_bytes *file, const struct mdm_trust *trust, mdm_time at,
                       struct mdm_report *report, struct mdm_error *err);
void mdm_report_free(struct mdm_report *report);

/* True for what mdm_signer_sign makes for this CSR (for any when NULL), all of the chain included. Dates and trust are
 * not looked at: this tells what was done, not whether it still holds. */
bool mdm_signer_made(const struct mdm_signer *signer, const struct mdm_request *request, const struct mdm_csr *csr);

/* Why a certificate cannot be a vendor's, as the rest of a sentence that begins with its name; NULL when it can.
 * Signing and verifying go by this alone. */
const char *mdm_cert_not_for_requests(const struct mdm_cert *cert);

/* The property list of a request: a dictionary in XML of a string for each part (plist.c, the one user of libplist). */

/* "PushCertRequestCSR", ... */
extern const char *const mdm_plist_keys[MDM_PARTS];
/* Appends the XML. */
int mdm_plist_write(const char *const values[MDM_PARTS], struct mdm_bytes *xml, struct mdm_error *err);

struct mdm_plist; /* libplist's own node */
/* Reads an XML property list (not empty) whose top is a dictionary. Error MDM_E_FAILED says what it is instead. */
struct mdm_plist *mdm_plist_read(const struct mdm_bytes *xml, struct mdm_error *err);
/* The strings, which are the plist's. Error MDM_E_FAILED: one is missing (NULL), or a value of another type; the others
 * are there. */
int mdm_plist_strings(struct mdm_plist *plist, const char *values[MDM_PARTS], struct mdm_error *err);
void mdm_plist_free(struct mdm_plist **plist);
/* The version of the libplist that runs, where it can tell (2.3 and later), else of the one it was built with. */
const char *mdm_plist_version(void);
/* The libcrypto that runs, in its own words: "OpenSSL 3.0.19 27 Jan 2026". */
const char *mdm_libcrypto_version(void);

#endif
