/* What the two portals share: their way of refusing, and issuing to an order with its faults. */
#ifndef MDM_PRACTICE_PORTAL_H
#define MDM_PRACTICE_PORTAL_H

#include "practice/authority.h"

/* Sets `the practice portal says "SAYS": REASON`. Returns -1. */
int mdm_portal_refuse(struct mdm_error *err, enum mdm_code code, const char *says, const char *format, ...)
    MDM_PRINTF(4, 5);

/* MDM_E_USAGE when the order has a fault of `excluded`, which certificates of this `kind` cannot have. */
int mdm_portal_check_faults(const struct mdm_practice_order *order, unsigned excluded, const char *kind,
                            struct mdm_error *err);

/* An end entity's certificate before the order's faults. Nothing of it is taken. */
struct mdm_leaf {
    X509_NAME *subject;
    EVP_PKEY *key;
    enum mdm_practice_ca issuer;
    size_t serial_size;
    mdm_time length;        /* seconds of validity, both ends included */
    const char *extensions; /* see practice/profile.h */
    const char *marker;
    const char *policy;
};

/* Seconds of validity: the order's days or a year by the calendar. */
mdm_time mdm_leaf_length(const struct mdm_practice_order *order);
/* Appends the CN, with what the order's faults put behind it. */
int mdm_leaf_common_name(X509_NAME *subject, const char *prefix, const char *text,
                         const struct mdm_practice_order *order, struct mdm_error *err);
/* Issues with the order's faults. */
X509 *mdm_leaf_issue(struct mdm_practice *practice, const struct mdm_leaf *leaf, const struct mdm_practice_order *order,
                     struct mdm_error *err);

#endif
