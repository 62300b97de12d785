/* Certificate signing requests (PKCS#10, RFC 2986), and their subjects. */
#ifndef MDM_PKI_CSR_H
#define MDM_PKI_CSR_H

#include "pki/key.h"

/* The subject (distinguished name) of a CSR. */
struct mdm_subject;

/*
 * Reads "C=US,O=Acme,CN=MDM Push,emailAddress=a@b.c": RFC 4514 escapes (\, \+ \" \\ \< \> \; \# \HH), UTF-8, names
 * case-insensitive (C ST L O OU CN emailAddress/E UID DC SN GN serialNumber title street postalCode) or dotted OIDs.
 * The order is that in the CSR. Errors (MDM_E_USAGE): an unknown name, an empty value, a country that is not two
 * letters, a value that is too long (RFC 5280 upper bounds) or not of its type, text that is not UTF-8, control
 * characters.
 */
struct mdm_subject *mdm_subject_parse(const char *text, struct mdm_error *err);

/* An empty one, to be filled by mdm_subject_add in the order of the CSR. */
struct mdm_subject *mdm_subject_new(struct mdm_error *err);

/* Adds one value ("CN", "MDM Push"), unescaped, with the checks of mdm_subject_parse. C is written in upper case. */
int mdm_subject_add(struct mdm_subject *subject, const char *name, const char *value, struct mdm_error *err);

/* The value of the first entry of this name ("CN"), or NULL. */
const char *mdm_subject_find(const struct mdm_subject *subject, const char *name);

void mdm_subject_free(struct mdm_subject **subject);

/* What a CSR says. */
struct mdm_csr_facts {
    struct mdm_bytes der;
    char *subject; /* for people: RFC 4514, order as in the CSR, safe to print */
    struct mdm_key_id key_id;
    int rsa_bits;       /* of its key; 0 when it is not an RSA key */
    long version;       /* the value of the field, 0 for version 1 */
    bool attributes_ok; /* libcrypto, and so probably Apple, can read them */
};

struct mdm_csr;
const struct mdm_csr_facts *mdm_csr_facts(const struct mdm_csr *csr);

/* Makes a CSR as Apple's portals accept it: version 0, signed with SHA-256. */
struct mdm_csr *mdm_csr_make(const struct mdm_key *key, const struct mdm_subject *subject, struct mdm_error *err);

/* Reads PEM ("CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST", with text around it or not) or DER. The DER bytes are
 * kept: they are what is signed and sent. `name` is for messages. */
struct mdm_csr *mdm_csr_from_bytes(const struct mdm_bytes *file, const char *name, struct mdm_error *err);

/* Refuses (MDM_E_REFUSED) what the portal refuses: a version other than 0, a key that is not RSA 2048, a signature that
 * does not match it; and the key `vendor`, which is the vendor's own (NULL: not known, or it may be that). */
int mdm_csr_check(const struct mdm_csr *csr, const char *name, const struct mdm_key_id *vendor, struct mdm_error *err);

/* PEM with lines of 64 columns. */
int mdm_csr_to_pem(const struct mdm_csr *csr, struct mdm_bytes *pem, struct mdm_error *err);

void mdm_csr_free(struct mdm_csr **csr);

#endif
