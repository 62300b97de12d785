/* PKCS#12 (.pfx): the customer's key and push certificate, for the MDM server. */
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

/* Opens one. *key may come back NULL and *certs empty when the file has none. Errors: MDM_E_PASSWORD, MDM_E_FAILED. */
int mdm_p12_open(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                 struct mdm_key **key, struct mdm_certs *certs, struct mdm_error *err);

/*
 * The SHA-1 fingerprint (lower-case hexadecimal) of the certificate that the key in the file belongs to, without the
 * password: the key bag's localKeyID attribute is in clear, and OpenSSL (like us) puts the certificate's SHA-1 there.
 * False when the file does not tell.
 */
bool mdm_p12_cert_sha1(const struct mdm_bytes *file, char sha1[41]);

#endif
