/* SHA-256, and RSA signatures with it. */
#include "pki/digest.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>

#include "pki/ossl.h"

int mdm_sha256_text(const void *data, size_t size, char out[MDM_SHA256_TEXT], struct mdm_error *err)
{
    unsigned char digest[32];

    if (EVP_Q_digest(NULL, "SHA256", NULL, data, size, digest, NULL) != 1)
        return mdm_ossl_error(err, MDM_E_FAILED, "cannot compute a SHA-256 digest");
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return 0;
}

int mdm_sign_sha256(EVP_PKEY *key, const struct mdm_bytes *data, struct mdm_bytes *out, struct mdm_error *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char *signature = NULL;
    size_t size = 0;
    int result = -1;

    /* RSA signatures default to PKCS#1 v1.5, which is what the portal takes. */
    if (ctx == NULL || EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL) != 1 ||
        EVP_DigestSign(ctx, NULL, &size, data->data, data->size) != 1) {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the key cannot sign");
        goto out;
    }
    signature = malloc(size);
    if (signature == NULL) {
        (void)mdm_error_memory(err);
        goto out;
    }
    if (EVP_DigestSign(ctx, signature, &size, data->data, data->size) != 1) {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the key cannot sign");
        goto out;
    }
    result = mdm_bytes_append(out, signature, size, err);
out:
    free(signature);
    EVP_MD_CTX_free(ctx);
    return result;
}

int mdm_verify_signature(EVP_PKEY *key, const char *digest, const struct mdm_bytes *data,
                         const struct mdm_bytes *signature, struct mdm_error *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int result = -1;

    if (ctx == NULL || EVP_DigestVerifyInit_ex(ctx, NULL, digest, NULL, NULL, key, NULL) != 1) {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "signatures with %s cannot be verified", digest);
    } else {
        /* A wrong signature may come back as 0 or as a negative number: only 1 means right. */
        result = EVP_DigestVerify(ctx, signature->data, signature->size, data->data, data->size) == 1;
        ERR_clear_error();
    }
    EVP_MD_CTX_free(ctx);
    return result;
}
