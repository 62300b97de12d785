/* SHA-256, and RSA signatures with it. */
#ifndef MDM_PKI_DIGEST_H
#define MDM_PKI_DIGEST_H

#include <openssl/evp.h>

#include "base/bytes.h"

/* SHA-256 in lower-case hexadecimal. */
#define MDM_SHA256_TEXT 65
int mdm_sha256_text(const void *data, size_t size, char out[MDM_SHA256_TEXT], struct mdm_error *err);

/* RSASSA-PKCS1-v1_5 with SHA-256 over `data`; appends the signature to *out. */
int mdm_sign_sha256(EVP_PKEY *key, const struct mdm_bytes *data, struct mdm_bytes *out, struct mdm_error *err);
/* 1 the signature is right, 0 it is not, -1 libcrypto failed. `digest` is "SHA256" or "SHA1". */
int mdm_verify_signature(EVP_PKEY *key, const char *digest, const struct mdm_bytes *data,
                         const struct mdm_bytes *signature, struct mdm_error *err);

#endif
