/* What the files of this folder share about libcrypto, and its set-up, which keeps what a process holds in memory from
 * being written to disk or read by others. */
#include "pki/ossl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/text.h"
#include "mdmvendor.h"
#include "pki/request.h"

#if defined(__APPLE__)
#include <malloc/malloc.h>
#include <sys/ptrace.h>
#define malloc_usable_size malloc_size
#else
#include <malloc.h>
#include <sys/prctl.h>
#endif

#define REASON_MAX     256
#define NAME_SHOWN_MAX 400 /* before what is not safe to print is escaped */

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

int mdm_ossl_check_rsa(const EVP_PKEY *pkey, const char *what, const char *name, struct mdm_error *err)
{
    const char *type = pkey != NULL ? EVP_PKEY_get0_type_name(pkey) : NULL;
    MDM_OWNED(mdm_free_BIGNUM) BIGNUM *e = NULL;

    if (pkey == NULL || EVP_PKEY_is_a(pkey, "RSA") != 1)
        return mdm_error_set(err, MDM_E_REFUSED, "%s '%s' is of type %s: expected RSA with %d bits", what, name,
                             type != NULL ? type : "unknown", MDM_KEY_BITS);
    if (EVP_PKEY_get_bits(pkey) != MDM_KEY_BITS)
        return mdm_error_set(err, MDM_E_REFUSED, "%s '%s' has %d bits: Apple's portals accept only RSA with %d bits",
                             what, name, EVP_PKEY_get_bits(pkey), MDM_KEY_BITS);
    if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && (!BN_is_odd(e) || BN_is_one(e)))
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
    char *text = NULL;

    if (out == NULL || X509_NAME_print_ex(out, name, 0, form) < 0)
        return NULL;
    long size = BIO_get_mem_data(out, &text);
    /* Real names have at most a few hundred characters (RFC 5280 appendix A.1 bounds each part); an endless one would
     * push the rest out of a message. */
    if (size > NAME_SHOWN_MAX) {
        size = NAME_SHOWN_MAX;
        memcpy(text + size - strlen(dots), dots, strlen(dots));
    }
    return mdm_text_safe(text, (size_t)size);
}

/* A password takes 1 KiB, an RSA-2048 key about 1.2 KiB, writing a key file some more. libcrypto has no other heap for
 * secrets when this one is full. */
#define SECURE_HEAP     ((size_t)512 * 1024)
#define SECURE_SMALLEST ((size_t)32)

/* libcrypto keeps private numbers and keys derived from passwords in its ordinary heap too, and does not wipe all of
 * them. */
static void wiping_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    if (memory != NULL)
        OPENSSL_cleanse(memory, malloc_usable_size(memory));
    free(memory);
}

/* Not by realloc(), which may move the memory without wiping the old place. */
static void *wiping_realloc(void *memory, size_t size, const char *file, int line)
{
    const size_t old = memory != NULL ? malloc_usable_size(memory) : 0;

    if (size > 0 && size <= old)
        return memory;
    void *to = size > 0 ? malloc(size) : NULL;
    if (to == NULL && size > 0)
        return NULL;
    if (memory != NULL && to != NULL)
        (void)memcpy(to, memory, old);
    wiping_free(memory, file, line);
    return to;
}

void mdmvendor_process_begin(void)
{
    /* The digests of signatures of certificates and CSRs, which libcrypto looks up by name in a table: to fill it with
     * all digests would be a twentieth of one request. */
    static const EVP_MD *(*const digests[])(void) = {EVP_md5, EVP_sha1, EVP_sha224, EVP_sha256, EVP_sha384, EVP_sha512};
    const struct rlimit none = {0, 0};

    (void)umask(077);
    (void)setrlimit(RLIMIT_CORE, &none);
    /* gdb, strace and other processes of the same user cannot attach, and /proc/PID/mem is root's. */
#if defined(__APPLE__)
    (void)ptrace(PT_DENY_ATTACH, 0, NULL, 0);
#else
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    /* Has an effect only before any other use of libcrypto. */
    (void)CRYPTO_set_mem_functions(NULL, wiping_realloc, wiping_free);
    /* A configuration file could change algorithms and load code; only mdm_key_from_uri loads it. Not freeing
     * libcrypto's memory at exit saves a twentieth of one request. */
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_ATEXIT,
                              NULL);
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++)
        (void)EVP_add_digest(digests[i]());
    (void)CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_SMALLEST);
}

void mdmvendor_process_end(void)
{
    OPENSSL_cleanup();
}

const char *mdm_libcrypto_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
