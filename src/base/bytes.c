/* Owned bytes, and passwords. */
#include "base/bytes.h"

#include <openssl/crypto.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned char *mdm_bytes_extend(struct mdm_bytes *bytes, const void *data, size_t size, struct mdm_error *err)
{
    unsigned char *old = bytes->data, *grown = old;
    const size_t used = bytes->size;
    size_t room = bytes->room;

    if (size >= SIZE_MAX / 2 - used || used + size >= room) {
        room = (used == 0 ? 1 : 2) * (used + size + 1);
        grown = size < SIZE_MAX / 2 - used ? malloc(room) : NULL;
        if (grown == NULL) {
            mdm_error_memory(err);
            return NULL;
        }
        if (used > 0)
            memcpy(grown, old, used);
    }
    if (data != NULL)
        memcpy(grown + used, data, size);
    grown[used + size] = '\0';
    if (grown != old)
        mdm_bytes_free(bytes);
    *bytes = (struct mdm_bytes){grown, used + size, room};
    return grown + used;
}

void mdm_bytes_cut(struct mdm_bytes *bytes, size_t size)
{
    if (size >= bytes->size)
        return;
    OPENSSL_cleanse(bytes->data + size, bytes->size - size);
    bytes->data[size] = '\0';
    bytes->size = size;
    if (size == 0)
        mdm_bytes_free(bytes);
}

int mdm_bytes_append(struct mdm_bytes *bytes, const void *data, size_t size, struct mdm_error *err)
{
    return size == 0 || mdm_bytes_extend(bytes, data, size, err) != NULL ? 0 : -1;
}

int mdm_bytes_append_text(struct mdm_bytes *bytes, const char *text, struct mdm_error *err)
{
    return mdm_bytes_append(bytes, text, strlen(text), err);
}

int mdm_bytes_vformat(struct mdm_bytes *bytes, struct mdm_error *err, const char *format, va_list arguments)
{
    va_list again;

    va_copy(again, arguments);
    const int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (size <= 0)
        return size == 0 ? 0 : mdm_error_memory(err);
    unsigned char *to = mdm_bytes_extend(bytes, NULL, (size_t)size, err);
    if (to != NULL)
        (void)vsnprintf((char *)to, (size_t)size + 1, format, arguments);
    return to != NULL ? 0 : -1;
}

int mdm_bytes_format(struct mdm_bytes *bytes, struct mdm_error *err, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const int result = mdm_bytes_vformat(bytes, err, format, arguments);
    va_end(arguments);
    return result;
}

bool mdm_bytes_equal(const struct mdm_bytes *a, const struct mdm_bytes *b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

void mdm_bytes_free(struct mdm_bytes *bytes)
{
    if (bytes == NULL)
        return;
    OPENSSL_cleanse(bytes->data, bytes->room > bytes->size ? bytes->room : bytes->size);
    free(bytes->data);
    *bytes = (struct mdm_bytes){0};
}

void *mdm_new(size_t size, struct mdm_error *err)
{
    void *made = calloc(1, size);

    if (made == NULL)
        mdm_error_memory(err);
    return made;
}

void *mdm_take_at(void *pointer)
{
    void *memory, *none = NULL;

    memcpy(&memory, pointer, sizeof memory);
    memcpy(pointer, &none, sizeof none);
    return memory;
}

void mdm_free_at(void *pointer)
{
    free(mdm_take_at(pointer));
}

void *mdm_grow(void *items, size_t count, size_t size, struct mdm_error *err)
{
    /* The room is a power of two. */
    void *grown = (count & (count - 1)) == 0 ? realloc(items, (count == 0 ? 1 : 2 * count) * size) : items;

    if (grown == NULL)
        mdm_error_memory(err);
    return grown;
}

const char *mdm_embedded_text(const struct mdm_embedded *files, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(files[i].name, name) == 0)
            return (const char *)files[i].data;
    return "";
}

void mdm_wipe(void *data, size_t size)
{
    OPENSSL_cleanse(data, size);
}

/* The loader saves up to 11 KiB of registers below the caller's frame. */
#define TRACES ((size_t)24 * 1024)

/* volatile, so that the compiler cannot leave the useless copies out. */
static void *(*const volatile copy)(void *to, const void *from, size_t size) = memcpy;

void mdm_wipe_traces(void)
{
    unsigned char below[TRACES];

    OPENSSL_cleanse(below, sizeof below);
    for (size_t size = 1; size <= sizeof below / 2; size *= 2) /* memcpy() uses other registers for each size */
        (void)copy(below + sizeof below / 2, below, size);
}

struct mdm_secret *mdm_secret_new(const char *text, size_t size, struct mdm_error *err)
{
    struct mdm_secret *secret = NULL;

    if (size > MDM_SECRET_MAX)
        mdm_error_set(err, MDM_E_FAILED, "the password is longer than %d bytes", MDM_SECRET_MAX);
    else if (size > 0 && memchr(text, '\0', size) != NULL)
        mdm_error_set(err, MDM_E_FAILED, "the password holds a NUL byte");
    else if ((secret = OPENSSL_secure_zalloc(sizeof *secret)) == NULL)
        mdm_error_set(err, MDM_E_FAILED, "no locked memory is left for a password");
    else if (size > 0)
        memcpy(secret->text, text, size);
    return secret;
}

int mdm_secret_push(struct mdm_secret *secret, char c)
{
    size_t size = strlen(secret->text);

    if (c == '\0' || size == MDM_SECRET_MAX)
        return -1;
    secret->text[size] = c;
    return 0;
}

void mdm_secret_free(struct mdm_secret **secret)
{
    OPENSSL_secure_clear_free(*secret, sizeof **secret);
    *secret = NULL;
}
