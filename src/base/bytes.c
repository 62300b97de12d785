/* Owned bytes: they grow into new memory, and the old is wiped. */
#include "base/bytes.h"

#include <openssl/crypto.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int mdm_bytes_append(struct mdm_bytes *bytes, const void *data, size_t size, struct mdm_error *err)
{
    unsigned char *grown;

    if (size == 0)
        return 0;
    if (size >= SIZE_MAX - bytes->size)
        return mdm_error_memory(err);
    grown = malloc(bytes->size + size + 1);
    if (grown == NULL)
        return mdm_error_memory(err);
    if (bytes->size > 0)
        memcpy(grown, bytes->data, bytes->size);
    memcpy(grown + bytes->size, data, size);
    grown[bytes->size + size] = '\0';
    OPENSSL_cleanse(bytes->data, bytes->size);
    free(bytes->data);
    bytes->data = grown;
    bytes->size += size;
    return 0;
}

int mdm_bytes_append_text(struct mdm_bytes *bytes, const char *text, struct mdm_error *err)
{
    return mdm_bytes_append(bytes, text, strlen(text), err);
}

bool mdm_bytes_equal(const struct mdm_bytes *a, const struct mdm_bytes *b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

void mdm_bytes_free(struct mdm_bytes *bytes)
{
    if (bytes == NULL)
        return;
    OPENSSL_cleanse(bytes->data, bytes->size);
    free(bytes->data);
    *bytes = (struct mdm_bytes){0};
}

void mdm_wipe(void *data, size_t size)
{
    OPENSSL_cleanse(data, size);
}

/* The loader saves up to 11 KiB of registers, below the frames of whoever makes the call. */
#define TRACES ((size_t)24 * 1024)

/* No compiler sees which function that is, and that the copies are of no use. */
static void *(*const volatile copy)(void *to, const void *from, size_t size) = memcpy;

void mdm_wipe_traces(void)
{
    unsigned char below[TRACES];

    OPENSSL_cleanse(below, sizeof below);
    for (size_t size = 1; size <= sizeof below / 2; size *= 2) /* each size class has registers of its own */
        (void)copy(below + sizeof below / 2, below, size);
}
