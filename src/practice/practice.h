/*
 * A practice Apple: CAs, developer portal and push portal in memory, for `mdmvendor rehearse` and for tests. What it
 * issues has the form of Apple's own certificates of 2021 to 2026 field by field, under names that say PRACTICE; what
 * it refuses is what the portals are known to refuse. One difference: its root signs itself with SHA-256, Apple's of
 * 2006 with SHA-1, which current systems no longer let anybody make.
 */
#ifndef MDM_PRACTICE_PRACTICE_H
#define MDM_PRACTICE_PRACTICE_H

#include "base/bytes.h"
#include "base/date.h"
#include "pki/cert.h"
#include "pki/trust.h"

/* Its CAs. Each costs an RSA-2048 key, so it is made when it is first needed. The first three are in the bundle. */
enum mdm_practice_ca {
    MDM_PRACTICE_ROOT,         /* as Apple Root CA */
    MDM_PRACTICE_WWDR,         /* as WWDR G3: issues vendor certificates */
    MDM_PRACTICE_WWDR_OTHER,   /* as WWDR G4: the CN of the G3, another key */
    MDM_PRACTICE_PUSH,         /* as Application Integration 2: issues push certificates */
    MDM_PRACTICE_WWDR_UNKNOWN, /* as a WWDR that came later ("G9"): never in the bundle */
    MDM_PRACTICE_WWDR_EXPIRED, /* as WWDR G1: expired, never in the bundle */
    MDM_PRACTICE_CA_COUNT
};

struct mdm_practice;

/* CAs are valid for years before and after `now`. Makes no key yet. */
struct mdm_practice *mdm_practice_new(mdm_time now, struct mdm_error *err);
void mdm_practice_free(struct mdm_practice **practice);

/* The certificate of a CA, which is made if it is missing; it belongs to the practice. */
const struct mdm_cert *mdm_practice_ca_cert(struct mdm_practice *practice, enum mdm_practice_ca ca,
                                            struct mdm_error *err);

/* Appends the PEM bundle for --ca-file: root and WWDR intermediate, and the other WWDR when it was made. The push CA is
 * not in it, as it is not among Apple's CAs built into mdmvendor. */
int mdm_practice_bundle(struct mdm_practice *practice, struct mdm_bytes *pem, struct mdm_error *err);
/* The trust that mdm_practice_bundle describes; the caller's. */
struct mdm_trust *mdm_practice_trust(struct mdm_practice *practice, struct mdm_error *err);

struct mdm_practice_draft; /* see practice/issue.h */

/* An order. Zero-initialise it and set at least `at`. */
struct mdm_practice_order {
    mdm_time at;             /* when the portal is visited: the certificate is valid from then on */
    unsigned days;           /* days of validity; 0: a year, as Apple gives */
    const char *account;     /* vendor: the account's name, in CN and O, as in config(5); NULL: "Practice Vendor" */
    const char *upload_name; /* push: name of the uploaded file, whose extension is checked; NULL: not checked */
    const struct mdm_cert *renew; /* push: the certificate whose row is renewed; NULL: "Create a Certificate" */
    const char *uuid;             /* push, new topic: its UUID; NULL: a random one */
    /* For tests: changes what is about to be issued. 0 or -1. */
    int (*alter)(void *ctx, struct mdm_practice_draft *draft, struct mdm_error *err);
    void *alter_ctx;
};

/*
 * The developer portal, certificate type "MDM CSR": takes vendor.csr, appends mdm.cer (DER). Refusals (MDM_E_REFUSED)
 * quote the portal where its words are known: anything but a CSR, version other than 0, key other than RSA 2048, wrong
 * signature.
 */
int mdm_practice_issue_vendor(struct mdm_practice *practice, const struct mdm_bytes *upload,
                              const struct mdm_practice_order *order, struct mdm_bytes *der, struct mdm_error *err);

/*
 * The push portal: takes a plist_encode, appends MDM_Certificate.pem (PEM without a newline at the end, as Apple's).
 * Judges the request by mdm_request_verify against its own CAs. Refuses (MDM_E_REFUSED): file extensions other than
 * .txt, .rtf, .plist, .b64 or none; what is not base64 of a request; a bad signature or chain; renewing a certificate
 * that this Apple did not issue. MDM_E_EXPIRED: the vendor certificate is. A renewal has the same topic, a new serial
 * and the CSR's key.
 */
int mdm_practice_issue_push(struct mdm_practice *practice, const struct mdm_bytes *upload,
                            const struct mdm_practice_order *order, struct mdm_bytes *pem, struct mdm_error *err);

#endif
