/* What the checks of a push certificate request share: what is known of it so far, and how a check says its word. */
#ifndef MDM_PKI_REQUEST_JUDGE_H
#define MDM_PKI_REQUEST_JUDGE_H

#include <stdbool.h>

#include "pki/request.h"
#include "pki/request_parts.h"

struct mdm_judge {
    const struct mdm_bytes *file;
    const struct mdm_trust *trust;
    mdm_time at;
    /* Filled by one check after the other; what a later check needs and does not find, it skips. */
    struct mdm_request_parts parts;
    struct mdm_bytes csr_der;
    struct mdm_csr *csr;
    struct mdm_bytes pem;          /* the chain as text */
    struct mdm_certs certs;        /* as they stand in the request */
    const struct mdm_cert *vendor; /* one of certs */
    struct mdm_certs chain;        /* as it should be: found by issuer and signature */
    bool expired;
    char detail[MDM_ERROR_TEXT_MAX]; /* of the check that runs now */
    char hint[MDM_ERROR_HINT_MAX];   /* the same; empty: what is usually to be done when this check fails */
};

/* Sets the sentence and returns `verdict`. */
enum mdm_verdict mdm_judge_says(struct mdm_judge *judge, enum mdm_verdict verdict, const char *format, ...)
    MDM_PRINTF(3, 4);
/* MDM_FAIL with the sentence and the hint of an error. */
enum mdm_verdict mdm_judge_fails(struct mdm_judge *judge, const struct mdm_error *err);

/* About the CSR and the signature over it. */
enum mdm_verdict mdm_judge_csr(struct mdm_judge *judge);
enum mdm_verdict mdm_judge_csr_signature(struct mdm_judge *judge);
enum mdm_verdict mdm_judge_csr_key(struct mdm_judge *judge);
enum mdm_verdict mdm_judge_signature(struct mdm_judge *judge);
enum mdm_verdict mdm_judge_keys_differ(struct mdm_judge *judge);

/* Why a certificate cannot be a vendor's, as the rest of a sentence that begins with its name; NULL when it can.
 * Signing and verifying judge by this alone. */
const char *mdm_cert_not_for_requests(const struct mdm_cert *cert);

/* About the certificates. */
enum mdm_verdict mdm_judge_chain(struct mdm_judge *judge);
enum mdm_verdict mdm_judge_pem_lines(struct mdm_judge *judge);
enum mdm_verdict mdm_judge_chain_order(struct mdm_judge *judge);
enum mdm_verdict mdm_judge_vendor(struct mdm_judge *judge);
enum mdm_verdict mdm_judge_trust(struct mdm_judge *judge);
enum mdm_verdict mdm_judge_dates(struct mdm_judge *judge);

#endif
