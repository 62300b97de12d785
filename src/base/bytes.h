/* Owned memory: plain bytes, and secrets in locked memory. Both are wiped when they are freed. */
#ifndef MDM_BASE_BYTES_H
#define MDM_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* An owned buffer. Zero-initialise it: `struct mdm_bytes b = {0};`. data is NULL when size is 0. A NUL that does not
 * count follows the data of every buffer these functions make, so that text can be passed on as a C string. */
struct mdm_bytes {
    unsigned char *data;
    size_t size;
    size_t room; /* bytes at data, for mdm_bytes_append(); 0: as many as size */
};

/* Appends `size` bytes, in time that does not grow with what is there; the old memory is wiped when the buffer moves.
 * Error: out of memory. */
int mdm_bytes_append(struct mdm_bytes *bytes, const void *data, size_t size, struct mdm_error *err);

/* Makes the buffer longer by `size` (not 0) bytes, which are returned to be filled; NULL: out of memory. */
unsigned char *mdm_bytes_extend(struct mdm_bytes *bytes, size_t size, struct mdm_error *err);
/* Wipes what is behind the first `size` bytes and takes it off. */
void mdm_bytes_cut(struct mdm_bytes *bytes, size_t size);

/* Appends the characters of a C string. */
int mdm_bytes_append_text(struct mdm_bytes *bytes, const char *text, struct mdm_error *err);

/* Appends formatted text: nothing that is secret. */
int mdm_bytes_format(struct mdm_bytes *bytes, struct mdm_error *err, const char *format, ...) MDM_PRINTF(3, 4);

/* True when both hold the same bytes. Not constant-time: not for secrets. */
bool mdm_bytes_equal(const struct mdm_bytes *a, const struct mdm_bytes *b);

/* Wipes and frees the memory and makes *bytes empty. NULL is fine. */
void mdm_bytes_free(struct mdm_bytes *bytes);

/* Makes room for one more behind `count` items of `size` bytes, none of them secret. NULL, and `items` as they were:
 * out of memory. */
void *mdm_grow(void *items, size_t count, size_t size, struct mdm_error *err);

/* The longest password that is taken, in bytes (OpenSSL's PEM passphrase buffer holds 1024). */
#define MDM_SECRET_MAX 1023

/* A password: UTF-8 text in libcrypto's secure heap, never in ordinary memory of ours. */
struct mdm_secret;

/* Copies `size` bytes of text. Errors: longer than MDM_SECRET_MAX, holds a NUL, no memory. The caller wipes its own
 * copy. */
struct mdm_secret *mdm_secret_new(const char *text, size_t size, struct mdm_error *err);

/* An empty secret with room for MDM_SECRET_MAX bytes, to be filled character by character. */
struct mdm_secret *mdm_secret_empty(struct mdm_error *err);

/* Appends one byte; -1 without an error object when it is full. */
int mdm_secret_push(struct mdm_secret *secret, char c);

/* Takes the last UTF-8 character off again; does nothing when empty. */
void mdm_secret_pop(struct mdm_secret *secret);

/* The NUL-terminated text; it belongs to the secret. */
const char *mdm_secret_text(const struct mdm_secret *secret);
size_t mdm_secret_size(const struct mdm_secret *secret);

/* True when both are the same text; takes the same time wherever they differ. */
bool mdm_secret_equal(const struct mdm_secret *a, const struct mdm_secret *b);

/* Wipes, frees and sets *secret to NULL. */
void mdm_secret_free(struct mdm_secret **secret);

/* Wipes memory in a way that the compiler does not leave out. */
void mdm_wipe(void *data, size_t size);

/*
 * Wipes what copying a secret leaves in vector registers, and the stack below the caller. A dynamic loader that looks a
 * function up at its first call saves those registers to the stack, the last copied bytes with them.
 */
void mdm_wipe_traces(void);

#endif
