/* How each kind of certificate looks: data only. */
#ifndef MDM_PRACTICE_PROFILE_H
#define MDM_PRACTICE_PROFILE_H

#include <stddef.h>

#include "practice/practice.h"

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

#endif
