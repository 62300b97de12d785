/* PKCS#12 (.pfx, .p12): keys and certificates behind one password. */
#ifndef MDM_PKI_P12_H
#define MDM_PKI_P12_H

#include "pki/cert.h"
#include "pki/key.h"

enum mdm_p12_form {
    MDM_P12_COMPAT, /* PBE-SHA1-3DES, HMAC-SHA-1, 2048 iterations, 8-byte salts: what most readers take */
    MDM_P12_MODERN, /* AES-256-CBC, PBKDF2-HMAC-SHA-256 and HMAC-SHA-256 MAC, 600,000 iterations, 8-byte MAC salt */
};

/*
 * Makes a PKCS#12 with the key and the one certificate (no chain: Go's x/crypto/pkcs12, so MicroMDM, refuses more), no
 * friendly name, and opens it again with the password to prove it before it returns. Error MDM_E_REFUSED: the key does
 * not belong to the certificate.
 */
int mdm_p12_make(const struct mdm_key *key, const struct mdm_cert *cert, const struct mdm_secret *password,
                 enum mdm_p12_form form, struct mdm_bytes *out, struct mdm_error *err);

/* All that could be read of one, in the order of the file. */
struct mdm_p12 {
    struct mdm_keys keys;
    struct mdm_certs certs;
    struct mdm_error key_problem;  /* the first key that could not be read, or no error */
    struct mdm_error cert_problem; /* the same of certificates: old Keychains lock them by RC2, for example */
};

/*
 * Opens one, bag by bag, so that the work each asks for is bounded before it is done. A file without a password (the
 * empty one, or none at all) opens with any and with NULL. Errors: MDM_E_PASSWORD, MDM_E_FAILED; also when nothing in
 * it could be read, but not when there is nothing in it. Free *p12 with mdm_p12_free, after an error too.
 */
int mdm_p12_read(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password, struct mdm_p12 *p12,
                 struct mdm_error *err);
void mdm_p12_free(struct mdm_p12 *p12);

/* True when the bytes are the outer structure of a PKCS#12. */
bool mdm_p12_is(const struct mdm_bytes *file);

/* What a PKCS#12 shows without its password. */
struct mdm_p12_facts {
    bool has_key;       /* a key bag can be seen */
    bool encrypted;     /* a password is needed for it */
    char cert_sha1[41]; /* of the certificate that the first key belongs to, or "" */
};
void mdm_p12_describe(const struct mdm_bytes *file, struct mdm_p12_facts *facts);

/*
 * The SHA-1 fingerprint (lower-case hexadecimal) of the certificate that the key in the file belongs to, without the
 * password: the key bag's localKeyID attribute is in clear, and OpenSSL (like us) puts the certificate's SHA-1 there.
 * False when the file does not tell.
 */
bool mdm_p12_cert_sha1(const struct mdm_bytes *file, char sha1[41]);

#endif
