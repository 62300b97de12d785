/*
 * What is wrong in a work folder, or should be known about it. Each is found and worded in one function, and nowhere
 * else: a step stops at it or warns of it, and `status` lists it. They return 0, or -1 with the finding in *err.
 */
#ifndef MDM_FLOW_FINDINGS_H
#define MDM_FLOW_FINDINGS_H

#include "flow/state.h"

/* Why the push certificate that would be put in force is not: its topic, or its dates. */
int mdm_check_push(const struct mdm_state *state, struct mdm_error *err);

/* A role's key file is there and is no private key, or is gone and something of it is there: Apple's certificate, the
 * vendor's CSR, the request. To make another one in its place would hide the loss. */
int mdm_check_key(const struct mdm_state *state, enum mdm_role role, struct mdm_error *err);

/* The customer made the CSR that is signed here, and has the key. The hint is the caller's. */
int mdm_check_customer_key(const struct mdm_state *state, struct mdm_error *err);

/* A renewal is under way. */
int mdm_check_renewal(const struct mdm_state *state, struct mdm_error *err);

/* It is not known which certificate the pfx holds. */
int mdm_check_pfx(const struct mdm_state *state, struct mdm_error *err);

/* outputs/MDM_APNSCert.crt is not what the pfx holds. */
int mdm_check_record(const struct mdm_state *state, struct mdm_error *err);

/* inputs/customer.csr cannot be signed; fine when it is missing. */
int mdm_check_other_csr(const struct mdm_state *state, struct mdm_error *err);
/* It is there, and is another customer's. */
int mdm_check_other_customer(const struct mdm_state *state, struct mdm_error *err);

/* The certificate (NULL is fine) expires within `days`, or has expired: MDM_E_EXPIRED. */
int mdm_check_expiry(const struct mdm_state *state, const struct mdm_cert_facts *cert, int days, struct mdm_error *err);

/* The vendor certificate lacks Apple's mark. `name` is its file. */
int mdm_check_marker(const struct mdm_cert *cert, const char *name, struct mdm_error *err);

/* There was a choice: more than one certificate of inputs/ would do. */
int mdm_check_choice(const struct mdm_choice *choice, enum mdm_role role, struct mdm_error *err);

/* The file is not one that can be read. */
int mdm_check_readable(const struct mdm_file *file, struct mdm_error *err);

/* Others can read the file, whose mode this is. */
int mdm_check_mode(const char *path, uint32_t mode, struct mdm_error *err);

/* The key in the file is not encrypted. */
int mdm_check_encrypted(const char *path, const struct mdm_key_facts *key, struct mdm_error *err);

#endif
