/* The two halves of mdm_trust_chain: the way to a root whatever the date, and the dates. */
#ifndef MDM_PKI_CHAIN_H
#define MDM_PKI_CHAIN_H

#include "pki/trust.h"

/*
 * As mdm_trust_chain, but validity periods are not judged; `at` only chooses between two certificates of one CA.
 * Issuers are looked for in `first`, then in `second` (each may be NULL); the root must be one of the trust's. *chain
 * must be empty and stays so on failure. Error: MDM_E_REFUSED.
 */
int mdm_chain_find(const struct mdm_trust *trust, const struct mdm_cert *leaf, const struct mdm_certs *first,
                   const struct mdm_certs *second, mdm_time at, struct mdm_certs *chain, struct mdm_error *err);

/* The certificates of a trust that were read so far: all that the chain being looked for can consist of. */
const struct mdm_certs *mdm_trust_loaded(const struct mdm_trust *trust);

/* Judges the validity period of every certificate of a chain in its order. Errors: MDM_E_EXPIRED, MDM_E_REFUSED (not
 * yet valid), for the first one that is not valid at `at`. */
int mdm_chain_dates(const struct mdm_certs *chain, mdm_time at, struct mdm_error *err);

/* True when the certificate's key may sign data: keyUsage has digitalSignature, or there is no keyUsage. */
bool mdm_chain_may_sign(const struct mdm_cert *cert);

/* True when `issuer` issued `cert`: its name, and its key verifies the signature. Dates and rights are not judged. */
bool mdm_chain_issued(const struct mdm_cert *issuer, const struct mdm_cert *cert);

#endif
