/* Apple's CA certificates as they are compiled in. */
#ifndef MDM_PKI_ANCHORS_H
#define MDM_PKI_ANCHORS_H

#include <stddef.h>

struct mdm_anchor {
    const char *name;         /* file name in data/apple/ */
    const unsigned char *der; /* the certificate's bytes as Apple publishes them */
    size_t size;
};

extern const struct mdm_anchor mdm_anchors[];
extern const size_t mdm_anchor_count;

#endif
