/* What the files of this folder share about libcrypto. */
#include "pki/ossl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define REASON_MAX     256
#define NAME_SHOWN_MAX 600

int mdm_ossl_report(struct mdm_error *err, enum mdm_code code, bool with_reason, const char *format, ...)
{
    char detail[MDM_ERROR_TEXT_MAX] = "", reason[REASON_MAX] = "";
    const char *file, *function, *data;
    bool exhausted = false;
    int line, flags;

    for (unsigned long entry; (entry = ERR_get_error_all(&file, &line, &function, &data, &flags)) != 0;) {
        const char *name = ERR_SYSTEM_ERROR(entry) ? strerror(ERR_GET_REASON(entry)) : ERR_reason_error_string(entry);
        const bool has_data = data != NULL && (flags & ERR_TXT_STRING) != 0 && data[0] != '\0';
        const size_t used = strlen(detail);
        char words[REASON_MAX];

        (void)snprintf(words, sizeof words, "%s%s%s", name == NULL ? "unknown reason" : name, has_data ? ": " : "",
                       has_data ? data : "");
        (void)snprintf(detail + used, sizeof detail - used, "%s%s (%s:%d, %08lx)", used == 0 ? "" : "; ", words,
                       function, line, entry);
        if (reason[0] == '\0')
            memcpy(reason, words, sizeof words);
        exhausted |= !ERR_SYSTEM_ERROR(entry) && ERR_GET_REASON(entry) == ERR_R_MALLOC_FAILURE;
    }
    if (err == NULL || err->code != MDM_OK)
        return -1;
    memcpy(err->detail, detail, sizeof err->detail);
    if (exhausted) /* so nothing is known about the data */
        return mdm_error_memory(err);
    va_list arguments;
    va_start(arguments, format);
    (void)mdm_error_vset(err, code, format, arguments);
    va_end(arguments);
    const size_t used = strlen(err->text);
    if (with_reason && reason[0] != '\0')
        (void)snprintf(err->text + used, sizeof err->text - used, " (%s)", reason);
    return -1;
}

int mdm_ossl_sha256(const void *data, size_t size, unsigned char digest[32], struct mdm_error *err)
{
    if (EVP_Q_digest(NULL, "SHA256", NULL, data, size, digest, NULL) == 1)
        return 0;
    return mdm_ossl_error(err, MDM_E_FAILED, "the digest SHA-256 cannot be computed");
}

/* A SubjectPublicKeyInfo with the exponent 65537: this, the modulus, and the exponent. */
#define SPKI_HEAD MDM_SPKI_RSA_2048 "\x30\x82\x01\x0a\x02\x82\x01\x01\x00"
#define SPKI_TAIL "\x02\x03\x01\x00\x01"
#define HEAD_SIZE (sizeof SPKI_HEAD - 1)
#define TAIL_SIZE (sizeof SPKI_TAIL - 1)
#define N_SIZE    256

int mdm_ossl_key_id(const EVP_PKEY *pkey, struct mdm_key_id *id, struct mdm_error *err)
{
    unsigned char usual[HEAD_SIZE + N_SIZE + TAIL_SIZE] = SPKI_HEAD, *spki = NULL;
    MDM_OWNED(mdm_free_BIGNUM) BIGNUM *n = NULL, *e = NULL;

    ERR_clear_error();
    /* Without i2d_PUBKEY, which searches the encoders of all providers: that would be a twelfth of one request. */
    if (EVP_PKEY_is_a(pkey, "RSA") == 1 && EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
        EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_num_bits(n) == 8 * N_SIZE &&
        BN_is_word(e, 65537) && BN_bn2binpad(n, usual + HEAD_SIZE, N_SIZE) == N_SIZE) {
        memcpy(usual + HEAD_SIZE + N_SIZE, SPKI_TAIL, TAIL_SIZE);
        return mdm_ossl_sha256(usual, sizeof usual, id->sha256, err);
    }
    int size = i2d_PUBKEY(pkey, &spki);
    int result = size > 0 ? mdm_ossl_sha256(spki, (size_t)size, id->sha256, err)
                          : mdm_ossl_error(err, MDM_E_FAILED, "the public key cannot be encoded");
    OPENSSL_free(spki);
    return result;
}

bool mdm_ossl_is_forgeable(const EVP_PKEY *pkey)
{
    MDM_OWNED(mdm_free_BIGNUM) BIGNUM *e = NULL;

    return EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && (!BN_is_odd(e) || BN_is_one(e));
}

int mdm_ossl_check_rsa(const EVP_PKEY *pkey, const char *what, const char *name, struct mdm_error *err)
{
    const char *type = pkey != NULL ? EVP_PKEY_get0_type_name(pkey) : NULL;
    int bits = pkey != NULL ? EVP_PKEY_get_bits(pkey) : 0;

    if (pkey == NULL || EVP_PKEY_is_a(pkey, "RSA") != 1)
        return mdm_error_set(err, MDM_E_REFUSED, "%s '%s' is of type %s: expected RSA with %d bits", what, name,
                             type != NULL ? type : "unknown", MDM_KEY_BITS);
    if (bits != MDM_KEY_BITS)
        return mdm_error_set(err, MDM_E_REFUSED, "%s '%s' has %d bits: Apple's portals accept only RSA with %d bits",
                             what, name, bits, MDM_KEY_BITS);
    if (mdm_ossl_is_forgeable(pkey))
        return mdm_error_set(err, MDM_E_REFUSED,
                             "%s '%s' has a public exponent that is 1 or even: signatures by it prove nothing", what,
                             name);
    return 0;
}

int mdm_ossl_append_bio(struct mdm_bytes *out, BIO *bio, struct mdm_error *err)
{
    char *data = NULL;
    long size = BIO_get_mem_data(bio, &data);

    if (size < 0)
        return mdm_ossl_error(err, MDM_E_MEMORY, "out of memory");
    return mdm_bytes_append(out, data, (size_t)size, err);
}

int mdm_ossl_append_pem(struct mdm_bytes *out, const char *label, const struct mdm_bytes *der, struct mdm_error *err)
{
    MDM_OWNED(mdm_free_BIO) BIO *bio = BIO_new(BIO_s_mem());

    /* libcrypto breaks PEM lines at 64 columns, as RFC 7468 and Apple demand. */
    if (bio == NULL || PEM_write_bio(bio, label, "", der->data, (long)der->size) <= 0)
        return mdm_ossl_error(err, MDM_E_MEMORY, "out of memory");
    return mdm_ossl_append_bio(out, bio, err);
}

int mdm_ossl_append_der(struct mdm_bytes *out, const ASN1_ITEM *type, const void *object, struct mdm_error *err)
{
    unsigned char *der = NULL;
    int size = ASN1_item_i2d(object, &der, type);
    int result = size > 0 ? mdm_bytes_append(out, der, (size_t)size, err)
                          : mdm_ossl_error(err, MDM_E_FAILED, "its DER form cannot be made");

    OPENSSL_free(der);
    return result;
}

bool mdm_ossl_verifies(EVP_PKEY *key, const char *digest, struct mdm_der data, struct mdm_der signature)
{
    MDM_OWNED(mdm_free_EVP_MD_CTX) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    /* A wrong signature may give 0 or a negative number; only 1 means right. */
    return ctx != NULL && EVP_DigestVerifyInit_ex(ctx, NULL, digest, NULL, NULL, key, NULL) == 1 &&
           EVP_DigestVerify(ctx, signature.data, signature.size, data.data, data.size) == 1;
}

char *mdm_ossl_name_text(const X509_NAME *name)
{
    /* XN_FLAG_RFC2253 would reverse the order; ASN1_STRFLGS_ESC_MSB would escape all that is not ASCII. */
    const unsigned long form = XN_FLAG_SEP_COMMA_PLUS | XN_FLAG_FN_SN | ASN1_STRFLGS_ESC_2253 |
                               ASN1_STRFLGS_UTF8_CONVERT | ASN1_STRFLGS_DUMP_UNKNOWN | ASN1_STRFLGS_DUMP_DER;
    static const char dots[] = "...";
    MDM_OWNED(mdm_free_BIO) BIO *out = BIO_new(BIO_s_mem());
    char *text = NULL, *safe;
    size_t at = NAME_SHOWN_MAX;
    long size;

    if (out == NULL || X509_NAME_print_ex(out, name, 0, form) < 0 || (size = BIO_get_mem_data(out, &text)) < 0)
        return NULL;
    safe = mdm_text_safe(text == NULL ? "" : text, (size_t)size);
    /* Real names have at most a few hundred characters (RFC 5280 appendix A.1 bounds each part); an endless one would
     * push the rest out of a message. */
    if (safe != NULL && strlen(safe) >= NAME_SHOWN_MAX + sizeof dots) {
        while (((unsigned char)safe[at] & 0xc0u) == 0x80u) /* not within a UTF-8 character */
            at--;
        memcpy(safe + at, dots, sizeof dots);
    }
    return safe;
}
