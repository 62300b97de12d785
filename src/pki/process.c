/* Keeps what a process holds in memory from being written to disk or read by others. */
#include "pki/process.h"

#include <openssl/crypto.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "pki/algorithms.h"
#include "pki/wiping_heap.h"

#if defined(__linux__)
#include <sys/prctl.h>
#elif defined(__APPLE__)
#include <sys/ptrace.h>
#endif

/* A password takes 1 KiB, an RSA-2048 key about 1.2 KiB, a key file in the making some more; a signer has one key for
 * each of its threads at most. Once the heap is there, libcrypto has no other for secrets. */
#define SECURE_HEAP     ((size_t)512 * 1024)
#define SECURE_SMALLEST ((size_t)32)

/* gdb, strace and other processes of the same user cannot attach, and /proc/PID/mem is root's. */
static void refuse_tracing(void)
{
#if defined(__linux__)
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#elif defined(__APPLE__)
    (void)ptrace(PT_DENY_ATTACH, 0, NULL, 0);
#endif
}

void mdm_process_harden(void)
{
    const struct rlimit none = {0, 0};

    (void)umask(077);
    (void)setrlimit(RLIMIT_CORE, &none);
    refuse_tracing();
    mdm_wiping_heap_install();
    mdm_algorithms_begin();
    (void)CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_SMALLEST);
}

void mdm_process_end(void)
{
    OPENSSL_cleanup();
}
