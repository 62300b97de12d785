/* libcrypto's heap, wiped as it is freed: see wiping_heap.h. */
#include "pki/wiping_heap.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#if defined(__APPLE__)
#include <malloc/malloc.h>
#elif defined(__FreeBSD__)
#include <malloc_np.h>
#else
#include <malloc.h>
#endif

/* libcrypto gives its heap no argument that this could stand in. */
static _Thread_local unsigned depth;

/* How much there is to wipe: what was asked for, or more. */
static size_t size_of(void *memory)
{
#if defined(__APPLE__)
    return malloc_size(memory);
#else
    return malloc_usable_size(memory);
#endif
}

static void *plain_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return size > 0 ? malloc(size) : NULL;
}

static void wiping_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    if (depth > 0 && memory != NULL)
        OPENSSL_cleanse(memory, size_of(memory));
    free(memory);
}

/* realloc() may move, and nobody could wipe the old place. */
static void *move(void *memory, size_t size)
{
    size_t old = size_of(memory);
    void *to = malloc(size);

    if (to == NULL)
        return NULL;
    (void)memcpy(to, memory, old < size ? old : size);
    OPENSSL_cleanse(memory, old);
    free(memory);
    return to;
}

static void *wiping_realloc(void *memory, size_t size, const char *file, int line)
{
    if (memory == NULL)
        return plain_malloc(size, file, line);
    if (size == 0) {
        wiping_free(memory, file, line);
        return NULL;
    }
    return depth > 0 ? move(memory, size) : realloc(memory, size);
}

void mdm_wiping_heap_install(void)
{
    (void)CRYPTO_set_mem_functions(plain_malloc, wiping_realloc, wiping_free);
}

void mdm_wiping_begin(void)
{
    depth++;
}

void mdm_wiping_end(void)
{
    depth--;
}
