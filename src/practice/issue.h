/* Inside the practice Apple: its CAs, and a certificate before it is signed. The tests reach in here as well. */
#ifndef MDM_PRACTICE_ISSUE_H
#define MDM_PRACTICE_ISSUE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "practice/practice.h"

/* How each kind of certificate looks: data only. */

/*
 * Extensions in the order of encoding, in the language of x509v3_config(5): section [extensions] and what it refers to.
 * ${ca} is the name of the issuing CA. Those of end entities have their marker OID apart, so that a test can leave it
 * out.
 */
extern const char mdm_profile_vendor[];
extern const char mdm_profile_vendor_marker[];
extern const char mdm_profile_push[];
extern const char mdm_profile_push_marker[];
/* Sections that the extensions of end entities refer to; they go behind. */
extern const char mdm_profile_vendor_policy[];
extern const char mdm_profile_push_policy[];

/* One attribute of a distinguished name. */
struct mdm_attribute {
    int nid;
    int type; /* V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING */
    const char *text;
};
#define MDM_CA_ATTRIBUTES 4

struct mdm_ca_profile {
    const char *name;                                /* on the command line, and in URLs */
    struct mdm_attribute subject[MDM_CA_ATTRIBUTES]; /* in the order of encoding */
    size_t serial_size;                              /* bytes */
    int days_before;                                 /* validity around the practice Apple's "now" */
    int days_after;
    const char *extensions;
};
extern const struct mdm_ca_profile mdm_ca_profiles[MDM_PRACTICE_CA_COUNT];

/* A CA: its certificate and its key. Both are NULL until it is made. */
struct mdm_authority {
    X509 *cert;
    EVP_PKEY *key;
};

struct mdm_practice {
    mdm_time now;
    struct mdm_authority authorities[MDM_PRACTICE_CA_COUNT];
};

/* The CA, made now when it is the first time; it stays with the practice. NULL on failure. */
const struct mdm_authority *mdm_practice_authority(struct mdm_practice *practice, enum mdm_practice_ca ca,
                                                   struct mdm_error *err);
/* The subject of a CA's certificate; the caller's. */
X509_NAME *mdm_practice_ca_subject(enum mdm_practice_ca ca, struct mdm_error *err);

/* What to put into a certificate. Nothing of it is taken. */
struct mdm_practice_draft {
    X509_NAME *subject;
    EVP_PKEY *key; /* the subject's */
    enum mdm_practice_ca issuer;
    size_t serial_size; /* bytes, at most 20 (RFC 5280, 4.1.2.2); the number is random and has exactly that size */
    mdm_time not_before;
    mdm_time not_after;
    const char *ca_name;       /* ${ca} in the extensions */
    const char *extensions[4]; /* pieces of one x509v3_config(5) text; NULL ends them early */
};
/* Places in it, for end entities. */
enum { MDM_DRAFT_EXTENSIONS, MDM_DRAFT_MARKER, MDM_DRAFT_EXTRA, MDM_DRAFT_POLICY };

/* Signs with SHA-256. issuer->cert may be NULL: then the certificate is self-signed with issuer->key. */
X509 *mdm_draft_sign(const struct mdm_practice_draft *draft, const struct mdm_authority *issuer, struct mdm_error *err);

/* Appends an attribute with exactly this string type and these bytes, whether they are well-formed or not. */
int mdm_draft_attribute(X509_NAME *name, int nid, int type, const char *text, struct mdm_error *err);

#endif
