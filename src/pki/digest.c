/* Base64 as the portal's files have it, and RSA signatures with SHA-256. */
#include "pki/digest.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/ossl.h"

#define BASE64_PAD   64u
#define BASE64_SPACE 65u
#define BASE64_BAD   66u

int mdm_base64_encode(const void *data, size_t size, struct mdm_bytes *out, struct mdm_error *err)
{
    unsigned char *text;
    int length, result;

    if (size == 0)
        return 0;
    if (size > INT_MAX / 2)
        return mdm_error_set(err, MDM_E_FAILED, "%zu bytes are too many to encode as base64", size);
    text = malloc((size + 2) / 3 * 4 + 1);
    if (text == NULL)
        return mdm_error_set(err, MDM_E_FAILED, "out of memory");
    length = EVP_EncodeBlock(text, data, (int)size);
    result = mdm_bytes_append(out, text, (size_t)length, err);
    free(text);
    return result;
}

/* For every byte: the value of a base64 digit (RFC 4648 table 1), or one of the BASE64_ classes. */
static void fill_classes(unsigned char classes[256])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char spaces[] = " \t\r\n";

    memset(classes, BASE64_BAD, 256);
    for (unsigned char i = 0; digits[i] != '\0'; i++)
        classes[(unsigned char)digits[i]] = i;
    for (size_t i = 0; spaces[i] != '\0'; i++)
        classes[(unsigned char)spaces[i]] = BASE64_SPACE;
    classes['='] = BASE64_PAD;
}

static int bad_byte(unsigned char c, size_t offset, struct mdm_error *err)
{
    if (c > 0x20 && c < 0x7f)
        return mdm_error_set(err, MDM_E_FAILED, "the character '%c' at byte %zu is not allowed in base64", c,
                             offset + 1);
    return mdm_error_set(err, MDM_E_FAILED, "the byte 0x%02x at byte %zu is not allowed in base64", c, offset + 1);
}

/* Decodes into `bytes`, which has room for size / 4 * 3 + 3; *used says how many it became. */
static int decode_into(const unsigned char *text, size_t size, unsigned char *bytes, size_t *used,
                       struct mdm_error *err)
{
    uint32_t group = 0;
    unsigned digits = 0, pads = 0;
    unsigned char classes[256];

    fill_classes(classes);
    *used = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned class = classes[text[i]];

        if (class == BASE64_SPACE)
            continue;
        if (class == BASE64_BAD)
            return bad_byte(text[i], i, err);
        if (class == BASE64_PAD ? digits < 2 || digits + pads >= 4 : pads > 0)
            return mdm_error_set(err, MDM_E_FAILED, "the base64 text has '=' in the wrong place before byte %zu",
                                 i + 1);
        if (class == BASE64_PAD) {
            pads++;
            continue;
        }
        group = group << 6 | class;
        if (++digits < 4)
            continue;
        bytes[(*used)++] = (unsigned char)(group >> 16);
        bytes[(*used)++] = (unsigned char)(group >> 8 & 0xff);
        bytes[(*used)++] = (unsigned char)(group & 0xff);
        group = 0;
        digits = 0;
    }
    if (digits == 0 && pads == 0)
        return 0;
    if (digits + pads != 4)
        return mdm_error_set(err, MDM_E_FAILED, "the base64 text is cut off: its last group of four is not full");
    group <<= 6 * pads;
    bytes[(*used)++] = (unsigned char)(group >> 16 & 0xff);
    if (digits == 3)
        bytes[(*used)++] = (unsigned char)(group >> 8 & 0xff);
    return 0;
}

/* The same by libcrypto, four times as fast, for text in one line without anything wrong; else false. */
static bool decode_line(const unsigned char *text, size_t size, unsigned char *bytes, size_t *used)
{
    const unsigned char *pad = memchr(text, '=', size);
    size_t pads = pad != NULL ? size - (size_t)(pad - text) : 0;
    int decoded;

    /* EVP_DecodeBlock() takes '=' for a digit, wherever it stands, and passes over white space at both ends. */
    if (size < 4 || size % 4 != 0 || size > INT_MAX || pads > 2 || (pads == 2 && text[size - 1] != '=') ||
        text[0] <= ' ' || text[size - 1] <= ' ')
        return false;
    decoded = EVP_DecodeBlock(bytes, text, (int)size);
    if (decoded < 0 || (size_t)decoded != size / 4 * 3)
        return false;
    *used = (size_t)decoded - pads;
    return true;
}

int mdm_base64_decode(const void *text, size_t size, struct mdm_bytes *out, struct mdm_error *err)
{
    unsigned char *bytes = malloc(size / 4 * 3 + 3);
    size_t used;
    int result = -1;

    if (bytes == NULL)
        return mdm_error_set(err, MDM_E_FAILED, "out of memory");
    if (decode_line(text, size, bytes, &used) || decode_into(text, size, bytes, &used, err) == 0)
        result = mdm_bytes_append(out, bytes, used, err);
    OPENSSL_cleanse(bytes, size / 4 * 3 + 3);
    free(bytes);
    return result;
}

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
        (void)mdm_error_set(err, MDM_E_FAILED, "out of memory");
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
