/* Inside the practice Apple: its CAs, and a certificate before it is signed. The tests reach in here as well. */
#ifndef MDM_PRACTICE_ISSUE_H
#define MDM_PRACTICE_ISSUE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "practice/practice.h"

/* A CA: its certificate and its key. Both are NULL until it is made. */
struct mdm_authority {
    struct mdm_cert *cert;
    EVP_PKEY *key;
};

struct mdm_practice {
    mdm_time now;
    struct mdm_authority authorities[MDM_PRACTICE_CA_COUNT];
};

/* The files of data/practice/. */
extern const struct mdm_embedded mdm_practice_texts[];
extern const size_t mdm_practice_text_count;

/* Kinds of certificates: those of enum mdm_practice_ca, and these. */
enum { MDM_PRACTICE_VENDOR_CERT = MDM_PRACTICE_CA_COUNT, MDM_PRACTICE_PUSH_CERT, MDM_PRACTICE_KINDS };

/* What to put into a certificate. Nothing of it is taken. */
struct mdm_practice_draft {
    X509_NAME *subject;
    EVP_PKEY *key; /* the subject's */
    enum mdm_practice_ca issuer;
    size_t serial_size; /* bytes, at most 20 (RFC 5280, 4.1.2.2); the number is random and has exactly that size */
    mdm_time not_before;
    mdm_time not_after;
    const char *extensions; /* x509v3_config(5): section [extensions] and what it refers to; ${ca} is the issuer */
    const char *marker;     /* another line of that section, or "": apart, so that a test can leave it out */
    const char *extra;      /* one for tests, or "" */
};

/* Fills in subject (to be freed, after an error too), issuer, serial size and extensions. `name` goes into an end
 * entity's subject: the account's name, or the UUID of the topic. */
int mdm_draft_begin(struct mdm_practice_draft *draft, int kind, const char *name, struct mdm_error *err);

#endif
