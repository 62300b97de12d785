/* Reading PKCS#12 (RFC 7292) bag by bag, so that the work each part asks for is bounded before it is done. */
#ifndef MDM_PKI_P12_READ_H
#define MDM_PKI_P12_READ_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/bytes.h"

struct mdm_p12_contents {
    EVP_PKEY *pkey;         /* the first private key, or NULL */
    STACK_OF(X509) * certs; /* in the order of the file; NULL when none was asked for */
};

enum mdm_p12_want {
    MDM_P12_KEY,           /* the key alone: parts of others that cannot be decrypted (RC2) are left out */
    MDM_P12_KEY_AND_CERTS, /* everything */
};

/* True when the bytes are the outer structure of a PKCS#12. */
bool mdm_p12_is(const struct mdm_bytes *file);

/* Opens one and reads what is wanted. `password` may be NULL. Free *contents with mdm_p12_contents_free. */
int mdm_p12_read(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                 enum mdm_p12_want want, struct mdm_p12_contents *contents, struct mdm_error *err);
void mdm_p12_contents_free(struct mdm_p12_contents *contents);

/* True when a key bag can be seen without the password; its localKeyID, if of 20 bytes, goes into `sha1` in
 * hexadecimal, else "". */
bool mdm_p12_shows_key(const struct mdm_bytes *file, char sha1[41]);

#endif
