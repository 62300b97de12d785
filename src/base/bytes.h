/* Owned memory: plain bytes, and secrets in locked memory. Both are wiped when they move and when they are freed. */
#ifndef MDM_BASE_BYTES_H
#define MDM_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Of a variable that owns something: `MDM_OWNED(mdm_bytes_free) struct mdm_bytes der = {0};` is freed wherever its
 * block is left, in the order from last to first. Empty it when the contents are handed on. */
#define MDM_OWNED(free_function) __attribute__((__cleanup__(free_function)))

/* An owned buffer. Zero-initialise it. data is NULL when size is 0. These functions put a NUL after the data, which
 * size does not count, so that text can be used as a C string. */
struct mdm_bytes {
    unsigned char *data;
    size_t size;
    size_t room; /* bytes allocated; 0: as many as size */
};

/* Appends bytes, or the characters of a C string. Error: out of memory. */
int mdm_bytes_append(struct mdm_bytes *bytes, const void *data, size_t size, struct mdm_error *err);
int mdm_bytes_append_text(struct mdm_bytes *bytes, const char *text, struct mdm_error *err);
/* Appends formatted text, which must not be secret. */
int mdm_bytes_format(struct mdm_bytes *bytes, struct mdm_error *err, const char *format, ...) MDM_PRINTF(3, 4);
int mdm_bytes_vformat(struct mdm_bytes *bytes, struct mdm_error *err, const char *format, va_list arguments)
    MDM_PRINTF(3, 0);

/* Appends `size` (not 0) bytes, which may be its own, or with NULL for the caller to fill. Returns where they are now;
 * NULL: out of memory. */
unsigned char *mdm_bytes_extend(struct mdm_bytes *bytes, const void *data, size_t size, struct mdm_error *err);
/* Shortens it to `size` bytes and wipes the rest. */
void mdm_bytes_cut(struct mdm_bytes *bytes, size_t size);
/* Not constant-time: not for secrets. */
bool mdm_bytes_equal(const struct mdm_bytes *a, const struct mdm_bytes *b);
/* Wipes and frees the memory and makes *bytes empty. NULL is fine. */
void mdm_bytes_free(struct mdm_bytes *bytes);

/* Zeroed memory for `size` bytes, none of them secret; free it with free(). NULL: out of memory. */
void *mdm_new(size_t size, struct mdm_error *err);

/* For MDM_OWNED: frees what a pointer of any type points to. */
void mdm_free_at(void *pointer);
/* Of a pointer of any type: sets it to NULL and returns what it was. `return mdm_take_at(&made);` hands on what
 * MDM_OWNED would free. */
void *mdm_take_at(void *pointer);

/* Makes room for one more item after `count` items of `size` bytes, none of them secret. NULL: out of memory, and
 * `items` are as they were. */
void *mdm_grow(void *items, size_t count, size_t size, struct mdm_error *err);

/* A file of data/, compiled in by cmake/embed.cmake. A NUL that does not count follows it. */
struct mdm_embedded {
    const char *name; /* without its folder */
    const unsigned char *data;
    size_t size;
};
/* The text of the file `name` among these; "" when there is none. */
const char *mdm_embedded_text(const struct mdm_embedded *files, size_t count, const char *name);

/* The longest password, in bytes (OpenSSL's PEM passphrase buffer holds 1024). */
#define MDM_SECRET_MAX 1023

/* A password, in libcrypto's secure heap. */
struct mdm_secret {
    char text[MDM_SECRET_MAX + 1]; /* UTF-8; zero behind it */
};

/* Copies `size` bytes of text. Errors: longer than MDM_SECRET_MAX, holds a NUL, no memory. The caller wipes its own
 * copy. */
struct mdm_secret *mdm_secret_new(const char *text, size_t size, struct mdm_error *err);
/* Appends one byte; -1 without an error object when it is full. */
int mdm_secret_push(struct mdm_secret *secret, char c);
/* Wipes, frees and sets *secret to NULL. */
void mdm_secret_free(struct mdm_secret **secret);

/* Wipes memory; the compiler cannot leave that out. */
void mdm_wipe(void *data, size_t size);

/* Wipes what copying a secret leaves in vector registers and on the stack below the caller. A dynamic loader that
 * resolves a function at its first call saves those registers there. */
void mdm_wipe_traces(void);

#endif
