/* Keeps what a process holds in memory from being written to disk or read by others. */
#include "mdmvendor.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "pki/request.h"

#if defined(__APPLE__)
#include <malloc/malloc.h>
#include <sys/ptrace.h>
#define malloc_usable_size malloc_size
#else
#include <malloc.h>
#include <sys/prctl.h>
#endif

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
    size_t old = memory != NULL ? malloc_usable_size(memory) : 0;
    void *to;

    if (size > 0 && size <= old)
        return memory;
    to = size > 0 ? malloc(size) : NULL;
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
