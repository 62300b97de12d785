/* The push certificate and its key in the forms that MDM servers load. */
#ifndef MDM_FLOW_EXPORT_H
#define MDM_FLOW_EXPORT_H

#include "flow/flow.h"
#include "pki/key.h"

enum mdm_export_kind {
    MDM_EXPORT_PEM, /* certificate, then the key, NOT encrypted */
    MDM_EXPORT_KEY, /* the key alone, NOT encrypted */
    MDM_EXPORT_P12, /* the pfx as it is */
    MDM_EXPORT_KINDS,
};

struct mdm_export {
    bool wanted[MDM_EXPORT_KINDS];
    enum mdm_key_form form;
    struct mdm_bytes files[MDM_EXPORT_KINDS]; /* what was wanted; PEM or PKCS #12 */
};

/*
 * Makes what is wanted. Asks for the customer key's password unless only the pfx is wanted; looks only and takes no
 * lock. Errors: MDM_E_REFUSED when step 3 is not done (its checks, the topic's above all, come first) or the key is the
 * customer's own; those of the password. An expired certificate is told as a warning.
 */
int mdm_export_make(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                    struct mdm_export *wanted, struct mdm_error *err);
void mdm_export_free(struct mdm_export *exported);

/* Writes it to `path`, mode 0600, whole or not at all. An existing file is left as it is: MDM_E_FAILED. */
int mdm_export_write(const char *path, const struct mdm_bytes *bytes, struct mdm_error *err);

#endif
