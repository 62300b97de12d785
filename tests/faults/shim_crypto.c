/*
 * libcrypto's functions as the program calls them: refused on demand, and, for tests of other things, made cheap: keys
 * come out of a folder and are encrypted with one round of key derivation.
 *
 * One wrapper fits all: on the processors that Linux runs on, ten words passed on are what any function of up to ten
 * integer and pointer arguments expects, and an int comes back in the lower half of a long.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#include "shim.h"

/* Not from libcrypto's headers, whose declarations contradict the wrappers below. */
extern void *BIO_new_file(const char *path, const char *mode);
extern int BIO_free(void *bio);

typedef long any_function(long, long, long, long, long, long, long, long, long, long);

static uintptr_t program_begin, program_end;

/* Where the program itself lies; libcrypto calls its own functions the same way. */
static void find_program(void)
{
    const Elf64_Phdr *headers = (const Elf64_Phdr *)getauxval(AT_PHDR);
    unsigned long count = getauxval(AT_PHNUM);
    uintptr_t base = 0;

    for (unsigned long i = 0; i < count; i++)
        if (headers[i].p_type == PT_PHDR)
            base = (uintptr_t)headers - headers[i].p_vaddr;
    program_begin = UINTPTR_MAX;
    for (unsigned long i = 0; i < count; i++) {
        uintptr_t begin = base + headers[i].p_vaddr, end = begin + headers[i].p_memsz;

        if (headers[i].p_type != PT_LOAD)
            continue;
        program_begin = begin < program_begin ? begin : program_begin;
        program_end = end > program_end ? end : program_end;
    }
}

static bool is_due(const char *name, const void *caller)
{
    uintptr_t from = (uintptr_t)caller;

    if (shim_plan == NULL || shim_is_busy || shim_plan->left)
        return false;
    if (program_end == 0)
        find_program();
    if (from < program_begin || from >= program_end)
        return false;
    if (shim_plan->trace && shim_plan->subject == PLAN_CRYPTO && shim_plan->at == 0)
        shim_keep_path(shim_plan->crypto + 1);
    return shim_is_due(PLAN_CRYPTO, &shim_plan->crypto, name);
}

static any_function *find(const char *name)
{
    any_function *found;

    *(void **)&found = shim_next(name);
    return found;
}

/* In place of EVP_PKEY_Q_keygen. */
static long next_key(void)
{
    char path[PLAN_PATH_MAX + 16];
    long pkey = 0;
    void *bio;

    shim_is_busy = true;
    (void)snprintf(path, sizeof path, "%s/%u.pem", shim_plan->keys, shim_plan->next_key++);
    bio = BIO_new_file(path, "r");
    if (bio != NULL)
        pkey = find("PEM_read_bio_PrivateKey")((long)bio, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    (void)BIO_free(bio);
    shim_is_busy = false;
    return pkey;
}

static bool is_cheap(void)
{
    return shim_plan != NULL && !shim_is_busy && shim_plan->cheap;
}

#define WORDS_DECLARED long a, long b, long c, long d, long e, long f, long g, long h, long i, long j
#define WORDS          a, b, c, d, e, f, g, h, i, j

/* As libcrypto leaves it behind: its error queue says why. */
static void leave_error(const char *name)
{
    static void (*begin)(void), (*place)(const char *, int, const char *), (*set)(int, int, const char *, ...);
    const int of_memory = 256 | 0x01 << 18 | 0x02 << 18; /* ERR_R_MALLOC_FAILURE */
    const int asn1 = 13;                                 /* ERR_LIB_ASN1, one of many */

    if (begin == NULL) {
        *(void **)&begin = shim_next("ERR_new");
        *(void **)&place = shim_next("ERR_set_debug");
        *(void **)&set = shim_next("ERR_set_error");
    }
    begin();
    place("", 0, name);
    set(asn1, of_memory, NULL);
}

/* A function that says by `failure` that it failed. */
#define WRAP_WITH(name, failure, first)                                                                                \
    SHIM_EXPORT long name(WORDS_DECLARED);                                                                             \
    SHIM_EXPORT long name(WORDS_DECLARED)                                                                              \
    {                                                                                                                  \
        static any_function *real;                                                                                     \
                                                                                                                       \
        if (is_due(#name, __builtin_return_address(0))) {                                                              \
            leave_error(#name);                                                                                        \
            return failure;                                                                                            \
        }                                                                                                              \
        first;                                                                                                         \
        if (real == NULL)                                                                                              \
            real = find(#name);                                                                                        \
        return real(WORDS);                                                                                            \
    }
#define WRAP(name, failure) WRAP_WITH(name, failure, (void)0)

/* NULL or 0. */
WRAP(ASN1_TYPE_new, 0)
WRAP(ASN1_TYPE_unpack_sequence, 0)
WRAP(ASN1_INTEGER_to_BN, 0)
WRAP(BIO_new, 0)
WRAP(BIO_new_mem_buf, 0)
WRAP(BN_CTX_secure_new, 0)

WRAP(BN_bin2bn, 0)
WRAP(BN_bn2hex, 0)
WRAP(BN_secure_new, 0)
WRAP(BN_to_ASN1_INTEGER, 0)
WRAP(CRYPTO_malloc, 0)
WRAP(CRYPTO_zalloc, 0)
WRAP(CRYPTO_memdup, 0)
WRAP(CRYPTO_strdup, 0)
WRAP(CRYPTO_realloc, 0)
WRAP(CRYPTO_secure_malloc, 0)
WRAP(CRYPTO_secure_zalloc, 0)
WRAP(EVP_MD_CTX_new, 0)
WRAP(EVP_PKEY_CTX_new_from_name, 0)
WRAP(OBJ_txt2obj, 0)
WRAP(OPENSSL_sk_new_null, 0)
WRAP(OSSL_PARAM_BLD_new, 0)
WRAP(OSSL_PARAM_BLD_to_param, 0)
WRAP(PEM_read_bio_X509, 0)
WRAP(PKCS12_SAFEBAG_create_cert, 0)
WRAP(PKCS12_SAFEBAG_create_pkcs8_encrypt_ex, 0)
WRAP(PKCS12_SAFEBAG_get1_cert, 0)
WRAP(PKCS12_add_safes_ex, 0)
WRAP(PKCS12_decrypt_skey, 0)
WRAP(PKCS12_unpack_authsafes, 0)
WRAP(PKCS12_unpack_p7data, 0)
WRAP(PKCS12_unpack_p7encdata, 0)
WRAP(PKCS8_PRIV_KEY_INFO_new, 0)
WRAP(PKCS8_decrypt, 0)
WRAP(X509_NAME_dup, 0)
WRAP(X509_NAME_new, 0)
WRAP(X509_PUBKEY_new, 0)
WRAP(X509_REQ_new_ex, 0)
WRAP(X509_REQ_get0_pubkey, 0)
WRAP(X509_STORE_CTX_new, 0)
WRAP(X509_STORE_new, 0)
WRAP(X509_get0_pubkey, 0)
WRAP(X509_get_ext_d2i, 0)
WRAP(X509_new, 0)
WRAP(d2i_PKCS12, 0)
WRAP(d2i_PKCS8_PRIV_KEY_INFO, 0)
WRAP(d2i_PUBKEY, 0)
WRAP(d2i_X509, 0)
WRAP(d2i_X509_AUX, 0)
WRAP(d2i_X509_REQ, 0)
WRAP(d2i_X509_SIG, 0)
WRAP(d2i_ASN1_OBJECT, 0)
WRAP(d2i_PKCS7, 0)
WRAP(ASN1_INTEGER_get_int64, 0)
WRAP(ASN1_TIME_to_tm, 0)
WRAP(BN_sub, 0)
WRAP(BN_mul, 0)
WRAP(BN_mod_mul, 0)
WRAP(BN_div, 0)
WRAP(CRYPTO_secure_malloc_init, 0)
WRAP(EVP_DigestSign, 0)
WRAP(EVP_DigestSignInit_ex, 0)
WRAP(EVP_DigestVerifyInit_ex, 0)
WRAP(EVP_PKEY_fromdata, 0)
WRAP(EVP_PKEY_fromdata_init, 0)
WRAP(EVP_PKEY_get_bn_param, 0)
WRAP(EVP_PKEY_up_ref, 0)
WRAP(EVP_Q_digest, 0)
WRAP(OPENSSL_init_crypto, 0)
WRAP(OPENSSL_sk_push, 0)
WRAP(OSSL_PARAM_BLD_push_BN, 0)
WRAP(PEM_do_header, 0)
WRAP(PEM_get_EVP_CIPHER_INFO, 0)
WRAP(PEM_read_bio_ex, 0)
WRAP(PEM_write_bio, 0)
WRAP(PEM_write_bio_PKCS8, 0)
WRAP(PEM_write_bio_PKCS8_PRIV_KEY_INFO, 0)
WRAP(PEM_write_bio_X509, 0)
WRAP(PKCS12_add_localkeyid, 0)
WRAP(PKCS12_add_safe_ex, 0)
WRAP(PKCS12_set_mac, 0)
WRAP(PKCS12_verify_mac, 0)
WRAP(PKCS8_pkey_get0, 0)
WRAP(PKCS8_pkey_set0, 0)
WRAP(RAND_bytes, 0)
WRAP(X509_NAME_add_entry_by_NID, 0)
WRAP(X509_NAME_add_entry_by_OBJ, 0)
WRAP(X509_PUBKEY_set0_param, 0)
WRAP(X509_REQ_set_pubkey, 0)
WRAP(X509_REQ_set_subject_name, 0)
WRAP(X509_REQ_set_version, 0)
WRAP(X509_REQ_sign_ctx, 0)
WRAP(X509_STORE_CTX_init, 0)
WRAP(X509_STORE_add_cert, 0)
WRAP(X509_digest, 0)
WRAP(X509_up_ref, 0)
WRAP(X509_verify_cert, 0)
/* A negative number: not even tried. */
WRAP(EVP_DigestVerify, -1)
WRAP(ASN1_STRING_to_UTF8, -1)
WRAP(BIO_puts, -1)
WRAP(BIO_write, -1)
WRAP(X509_NAME_print_ex, -1)
WRAP(X509_REQ_verify_ex, -1)
WRAP(i2d_ASN1_SEQUENCE_ANY, -1)
WRAP(i2d_PKCS12, -1)
WRAP(i2d_PUBKEY, -1)
WRAP(i2d_X509, -1)
WRAP(i2d_X509_PUBKEY, -1)
WRAP(i2d_X509_REQ, -1)

/* Keys and their encryption cost nearly all of the time of a run. */
WRAP_WITH(EVP_PKEY_Q_keygen, 0, if (is_cheap()) return next_key())
WRAP_WITH(PKCS8_encrypt_ex, 0, if (is_cheap()) g = 1)
