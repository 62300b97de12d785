/* Text from outside, made fit for a screen. */
#ifndef MDM_BASE_TEXT_H
#define MDM_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * A copy of `size` bytes that can be shown: valid UTF-8, and every byte or character that could deceive or command a
 * terminal is written as an escape: control characters (C0, C1, DEL) and bytes that are not UTF-8 as "\xNN";
 * bidirectional controls, zero-width and line separator characters as "\u{NNNN}"; a NUL as "\x00". The caller frees it
 * with free(). Returns NULL when there is no memory.
 */
char *mdm_text_safe(const void *text, size_t size);

/*
 * Writes `text` as one word for a POSIX shell: as it is when it has letters, digits and "_./+:@%=-" only, else in
 * single quotes. `out` is terminated by a NUL. Returns 0, or -1 when `size` bytes are too few.
 */
int mdm_text_shell_word(const char *text, char *out, size_t size);

/* Some strings. Zero-initialise it; it owns them. */
struct mdm_names {
    char **items;
    size_t count;
};
int mdm_names_add(struct mdm_names *names, const char *name, struct mdm_error *err);
bool mdm_names_have(const struct mdm_names *names, const char *name);
void mdm_names_free(struct mdm_names *names);

/* Bytes of the UTF-8 character at `p` (size > 0) and its code point; 0 when there is none: RFC 3629, so no overlong
 * forms, no surrogates, nothing over U+10FFFF. */
size_t mdm_utf8_read(const unsigned char *p, size_t size, uint32_t *c);

/* C0, DEL and C1. */
bool mdm_utf8_is_control(uint32_t c);

#endif
