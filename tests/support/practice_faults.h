/* What can be wrong with a certificate of the practice Apple, at will. */
#ifndef MDM_TEST_PRACTICE_FAULTS_H
#define MDM_TEST_PRACTICE_FAULTS_H

#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "practice/issue.h"

enum practice_fault {
    PRACTICE_EXPIRED = 1 << 0,          /* ended a day ago */
    PRACTICE_NOT_YET_VALID = 1 << 1,    /* begins in a day */
    PRACTICE_NO_MARKER = 1 << 2,        /* without the marker OID */
    PRACTICE_WRONG_KEY = 1 << 3,        /* for another key than the CSR's */
    PRACTICE_OTHER_ISSUER = 1 << 4,     /* vendor: issued by MDM_PRACTICE_WWDR_OTHER */
    PRACTICE_UNKNOWN_ISSUER = 1 << 5,   /* vendor: issued by MDM_PRACTICE_WWDR_UNKNOWN, which its AIA URL names */
    PRACTICE_CA_EXPIRED = 1 << 6,       /* vendor: issued by MDM_PRACTICE_WWDR_EXPIRED */
    PRACTICE_BAD_SIGNATURE = 1 << 7,    /* vendor: see practice_spoil_signature */
    PRACTICE_CRITICAL_APPLE = 1 << 8,   /* an unknown critical extension in Apple's arc 1.2.840.113635.100 */
    PRACTICE_CRITICAL_FOREIGN = 1 << 9, /* an unknown critical extension outside it */
    PRACTICE_CN_CONTROL = 1 << 10,      /* terminal control characters in the CN */
    PRACTICE_CN_BIDI = 1 << 11,         /* a right-to-left override in the CN */
    PRACTICE_CN_NUL = 1 << 12,          /* a NUL in the CN */
    PRACTICE_TOPIC_FOREIGN = 1 << 13,   /* push: UID without com.apple.mgmt. */
    PRACTICE_TOPIC_TWO = 1 << 14,       /* push: two UIDs */
    PRACTICE_TOPIC_OTHER = 1 << 15, /* push: a renewal that gives another topic all the same; see practice_apple.c */
};

static const char *const practice_fault_names[] = {
    "expired",    "not-yet-valid", "no-marker",      "wrong-key",        "other-issuer", "unknown-issuer",
    "ca-expired", "bad-signature", "critical-apple", "critical-foreign", "cn-control",   "cn-bidi",
    "cn-nul",     "topic-foreign", "topic-two",      "topic-other",
};
#define PRACTICE_FAULTS (sizeof practice_fault_names / sizeof practice_fault_names[0])

/* The bit of a fault by name, 0 when there is none. */
static inline unsigned practice_fault_named(const char *name)
{
    for (size_t i = 0; i < PRACTICE_FAULTS; i++)
        if (strcmp(practice_fault_names[i], name) == 0)
            return 1u << i;
    return 0;
}

/* Replaces the value of the subject's first `nid`, or adds one more behind it. */
static inline int practice_edit_name(X509_NAME *name, int nid, const void *value, size_t size, bool one_more)
{
    int at = X509_NAME_get_index_by_NID(name, nid, -1);

    if (!one_more)
        X509_NAME_ENTRY_free(X509_NAME_delete_entry(name, at));
    return X509_NAME_add_entry_by_NID(name, nid, V_ASN1_UTF8STRING, value, (int)size, at + one_more, 0) == 1 ? 0 : -1;
}

/* Appends to the CN. */
static inline int practice_extend_cn(X509_NAME *name, const char *text, size_t size)
{
    const ASN1_STRING *old =
        X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, X509_NAME_get_index_by_NID(name, NID_commonName, -1)));
    struct mdm_bytes value = {0};
    int result = mdm_bytes_append(&value, ASN1_STRING_get0_data(old), (size_t)ASN1_STRING_length(old), NULL) |
                 mdm_bytes_append(&value, text, size, NULL);

    if (result == 0)
        result = practice_edit_name(name, NID_commonName, value.data, value.size, false);
    mdm_bytes_free(&value);
    return result;
}

static inline int practice_spoil_subject(X509_NAME *subject, unsigned faults)
{
    /* Clear the screen, ring, a C1 control; a right-to-left override, as in "exe.fdp"; a NUL before another name. */
    static const char control[] = "\033[2J\a\r\n\xc2\x9b";
    static const char bidi[] = "\xe2\x80\xae"
                               "gnp\xe2\x80\xac";
    static const char nul[] = "\0.example";
    static const char foreign[] = "com.example.push.00000000-0000-4000-8000-000000000000";
    static const char second[] = "com.apple.mgmt.External.00000000-0000-4000-8000-000000000000";
    int result = 0;

    if ((faults & PRACTICE_CN_CONTROL) != 0)
        result |= practice_extend_cn(subject, control, sizeof control - 1);
    if ((faults & PRACTICE_CN_BIDI) != 0)
        result |= practice_extend_cn(subject, bidi, sizeof bidi - 1);
    if ((faults & PRACTICE_CN_NUL) != 0)
        result |= practice_extend_cn(subject, nul, sizeof nul - 1);
    if ((faults & PRACTICE_TOPIC_FOREIGN) != 0)
        result |= practice_edit_name(subject, NID_userId, foreign, sizeof foreign - 1, false);
    if ((faults & PRACTICE_TOPIC_TWO) != 0)
        result |= practice_edit_name(subject, NID_userId, second, sizeof second - 1, true);
    return result;
}

static inline void practice_move_dates(struct mdm_practice_draft *draft, unsigned faults)
{
    mdm_time length = draft->not_after - draft->not_before, move = 0;

    if ((faults & PRACTICE_EXPIRED) != 0)
        move = -MDM_DAY - length;
    else if ((faults & PRACTICE_NOT_YET_VALID) != 0)
        move = MDM_DAY;
    draft->not_before += move;
    draft->not_after += move;
}

/* `alter` of an order: `ctx` points to an unsigned of faults. */
static inline int practice_alter(void *ctx, struct mdm_practice_draft *draft, struct mdm_error *err)
{
    static EVP_PKEY *stranger; /* stays until the program ends */
    const unsigned faults = *(const unsigned *)ctx;

    practice_move_dates(draft, faults);
    if ((faults & PRACTICE_OTHER_ISSUER) != 0)
        draft->issuer = MDM_PRACTICE_WWDR_OTHER;
    if ((faults & PRACTICE_UNKNOWN_ISSUER) != 0)
        draft->issuer = MDM_PRACTICE_WWDR_UNKNOWN;
    if ((faults & PRACTICE_CA_EXPIRED) != 0)
        draft->issuer = MDM_PRACTICE_WWDR_EXPIRED;
    if ((faults & PRACTICE_NO_MARKER) != 0)
        draft->marker = "";
    /* Numbers that Apple is not known to use, and an example arc (RFC 5612: 1.3.6.1.4.1.32473). */
    if ((faults & PRACTICE_CRITICAL_APPLE) != 0)
        draft->extra = "1.2.840.113635.100.99.1 = critical, DER:0500";
    if ((faults & PRACTICE_CRITICAL_FOREIGN) != 0)
        draft->extra = "1.3.6.1.4.1.32473.1 = critical, DER:0500";
    if ((faults & PRACTICE_WRONG_KEY) != 0)
        draft->key = stranger != NULL ? stranger : (stranger = EVP_RSA_gen(2048));
    if (draft->key == NULL || practice_spoil_subject(draft->subject, faults) != 0)
        return mdm_error_set(err, MDM_E_FAILED, "cannot spoil the certificate");
    return 0;
}

/* The signature is the last thing in a certificate's DER, so its last bit is the last bit of all. */
static inline void practice_spoil_signature(struct mdm_bytes *der)
{
    der->data[der->size - 1] ^= 1;
}

#endif
