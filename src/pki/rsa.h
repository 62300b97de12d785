/* RSA private keys between DER and libcrypto, past its search through the decoders and encoders of all providers: that
 * search costs a cold start more than the signature that it is for. */
#ifndef MDM_PKI_RSA_H
#define MDM_PKI_RSA_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/error.h"
#include "pki/der.h"

/* Makes a key of an RSAPrivateKey (RFC 8017 A.1.2) whose numbers fit together. NULL: *problem is what is wrong with it,
 * to stand behind the file's name and a colon. */
EVP_PKEY *mdm_rsa_from_der(struct mdm_der der, const char **problem);

/* The same out of PKCS#8. Errors: MDM_E_REFUSED when the key is no RSA key, MDM_E_FAILED when it is damaged. */
EVP_PKEY *mdm_rsa_from_pkcs8(const PKCS8_PRIV_KEY_INFO *pkcs8, const char *name, struct mdm_error *err);

/* The public key in a SubjectPublicKeyInfo of the plain kind rsaEncryption, in DER; NULL without an error for all
 * others. */
EVP_PKEY *mdm_rsa_from_spki(struct mdm_der spki);

/* The RSAPrivateKey of a key. Error: it does not come out of its token. */
int mdm_rsa_to_der(const EVP_PKEY *pkey, struct mdm_locked *der, struct mdm_error *err);

/* The same inside PKCS#8 (PrivateKeyInfo, RFC 5208 5). */
int mdm_rsa_to_pkcs8_der(const EVP_PKEY *pkey, struct mdm_locked *der, struct mdm_error *err);

/* The same as libcrypto's object; the caller's. */
PKCS8_PRIV_KEY_INFO *mdm_rsa_to_pkcs8(const EVP_PKEY *pkey, struct mdm_error *err);

#endif
