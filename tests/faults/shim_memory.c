/* Allocations: counted, refused on demand, followed until they are freed, and searched then. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim.h"

/* glibc's own, under their second names: dlsym() itself allocates. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void __libc_free(void *memory);

unsigned long shim_allocations, shim_crypto_calls;

/* Live allocations by address: open addressing, a power of two. */
#define TABLE_SIZE (1u << 15)
#define GONE       ((void *)1)
static struct entry {
    void *memory;
    uint32_t size;
    int frames;
} table[TABLE_SIZE];
static void *frames[TABLE_SIZE][SHIM_FRAMES]; /* with `trace`: how each was reached */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* What must not be found in freed memory: a byte that tells the size, the bytes, and so on. */
static unsigned char needles[1u << 16];
static size_t needles_size;

static bool is_following(void)
{
    return shim_order.counts == 'm' || shim_order.counts == 'c';
}

static struct entry *slot_of(const void *memory, bool vacant)
{
    uint32_t index = (uint32_t)(((uintptr_t)memory >> 4) * 2654435761u);

    for (uint32_t i = 0; i < TABLE_SIZE; i++, index++) {
        struct entry *entry = &table[index & (TABLE_SIZE - 1)];

        if (entry->memory == memory || (vacant && (entry->memory == NULL || entry->memory == GONE)))
            return entry;
        if (entry->memory == NULL)
            return NULL;
    }
    return NULL;
}

static bool fails(void)
{
    if (!shim_on || shim_is_busy || !is_following())
        return false;
    if (shim_order.counts == 'm' && shim_order.trace && shim_order.at == 0)
        shim_keep_path(1, 1);
    return shim_is_due('m', &shim_allocations, "allocation");
}

static void *follow(void *memory, size_t size)
{
    struct entry *entry;

    if (memory == NULL || !shim_on || shim_is_busy || !is_following())
        return memory;
    (void)pthread_mutex_lock(&mutex);
    entry = slot_of(memory, true);
    if (entry != NULL)
        *entry = (struct entry){memory, (uint32_t)size, 0};
    if (entry != NULL && shim_order.trace && shim_order.at > 0)
        entry->frames = shim_take_frames(frames[entry - table]);
    (void)pthread_mutex_unlock(&mutex);
    return memory;
}

static void unfollow(void *memory)
{
    struct entry *entry;

    if (!is_following())
        return;
    (void)pthread_mutex_lock(&mutex);
    entry = slot_of(memory, false);
    if (entry != NULL)
        entry->memory = GONE;
    (void)pthread_mutex_unlock(&mutex);
}

static void search(const void *memory)
{
    size_t size = malloc_usable_size((void *)(uintptr_t)memory);

    for (size_t at = 0; at < needles_size; at += 1u + needles[at])
        if (size >= needles[at] && memmem(memory, size, needles + at + 1, needles[at]) != NULL) {
            shim_tell("found %zu in a block of %zu bytes", at, size);
            shim_story("freed");
        }
}

SHIM_EXPORT void *malloc(size_t size)
{
    return fails() ? errno = ENOMEM, NULL : follow(__libc_malloc(size), size);
}

SHIM_EXPORT void *calloc(size_t count, size_t size)
{
    return fails() ? errno = ENOMEM, NULL : follow(__libc_calloc(count, size), count * size);
}

SHIM_EXPORT void *realloc(void *memory, size_t size)
{
    if (fails())
        return errno = ENOMEM, NULL;
    if (memory != NULL) {
        unfollow(memory);
        if (shim_on && !shim_is_busy)
            search(memory); /* it may be moved, and nobody wipes the old place */
    }
    return follow(__libc_realloc(memory, size), size);
}

SHIM_EXPORT void free(void *memory)
{
    if (memory == NULL)
        return;
    if (shim_is_busy) /* the shim's own copies of keys are not to be found */
        explicit_bzero(memory, malloc_usable_size(memory));
    else if (shim_on)
        search(memory);
    unfollow(memory);
    __libc_free(memory);
}

void shim_memory_begin(void)
{
    long fd, got;

    if (shim_order.needles[0] == '-')
        return;
    fd = syscall(SYS_open, shim_order.needles, 0, 0);
    while ((got = syscall(SYS_read, fd, needles + needles_size, sizeof needles - needles_size)) > 0)
        needles_size += (size_t)got;
    (void)syscall(SYS_close, fd);
}

void shim_memory_end(void)
{
    size_t live = 0, bytes = 0;

    for (uint32_t i = 0; i < TABLE_SIZE; i++)
        if (table[i].memory != NULL && table[i].memory != GONE) {
            live++;
            bytes += table[i].size;
            if (table[i].frames > 0)
                shim_tell_frames("left", frames[i], table[i].frames);
        }
    shim_tell("count %lu %lu %zu %zu", shim_allocations, shim_crypto_calls, live, bytes);
}
