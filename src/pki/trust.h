/* Which CAs are trusted, and the chains to them. Neither the system's store nor the network is used. */
#ifndef MDM_PKI_TRUST_H
#define MDM_PKI_TRUST_H

#include "pki/cert.h"

struct mdm_trust;

/* Apple's roots and WWDR intermediates, built in from data/apple/. */
struct mdm_trust *mdm_trust_apple(struct mdm_error *err);

/* The CAs of a PEM bundle in place of Apple's: self-signed ones are roots, the others intermediates. Error
 * MDM_E_FAILED: there is no certificate, or no root among them. */
struct mdm_trust *mdm_trust_from_bytes(const struct mdm_bytes *bundle, const char *name, struct mdm_error *err);

/* All its roots and intermediates; they belong to it. */
const struct mdm_certs *mdm_trust_certs(const struct mdm_trust *trust);

/*
 * Finds and verifies the chain from `leaf` to a trusted root at time `at`. Issuers are the trust's intermediates and
 * those in `extra` (self-signed ones are not trusted). *chain must be empty, and receives leaf,
 * intermediates, root in this order; after an error it is empty. Checks are strict (RFC 5280, security level 2); an
 * unknown critical extension is refused unless it is one of Apple's (1.2.840.113635.100).
 *
 * Errors, each naming the certificate: MDM_E_EXPIRED; MDM_E_REFUSED (not yet valid; issuer missing, and where to
 * download it; bad signature; not a CA; a root that is not trusted).
 */
int mdm_trust_chain(const struct mdm_trust *trust, const struct mdm_cert *leaf, const struct mdm_certs *extra,
                    mdm_time at, struct mdm_certs *chain, struct mdm_error *err);

/* The same for a chain that should be among `certs`, which are preferred to the trust's own intermediates. Validity
 * periods are not judged; `at` only chooses between two certificates of one CA. */
int mdm_trust_path(const struct mdm_trust *trust, const struct mdm_cert *leaf, const struct mdm_certs *certs,
                   mdm_time at, struct mdm_certs *chain, struct mdm_error *err);

/* Judges a validity period. Errors: MDM_E_EXPIRED, MDM_E_REFUSED (not yet valid). */
int mdm_cert_check_dates(const struct mdm_cert *cert, mdm_time at, struct mdm_error *err);

void mdm_trust_free(struct mdm_trust **trust);

/* Apple's CA certificates: the files of data/apple/, as DER. */
extern const struct mdm_embedded mdm_anchors[];
extern const size_t mdm_anchor_count;

#endif
