/* The push certificate with its key in clear, for MDM servers that read no PKCS#12. */
#ifndef MDM_FLOW_EXPORT_H
#define MDM_FLOW_EXPORT_H

#include "flow/flow.h"
#include "pki/key.h"

/*
 * Appends PEM: the push certificate, then the customer's private key, NOT encrypted. Asks people for the customer
 * key's password; looks only and takes no lock. Errors: MDM_E_REFUSED when step 3 is not done (its checks, the topic's
 * above all, come first) or the key is the customer's own; those of the password. An expired certificate is told as a
 * warning.
 */
int mdm_export_pem(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                   enum mdm_key_form form, struct mdm_bytes *pem, struct mdm_error *err);

/* Writes it to `path`, mode 0600, whole or not at all. An existing file is left as it is: MDM_E_FAILED. */
int mdm_export_write(const char *path, const struct mdm_bytes *pem, struct mdm_error *err);

#endif
