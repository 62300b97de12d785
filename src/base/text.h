/* Text from outside, made safe to print; and lists of strings. */
#ifndef MDM_BASE_TEXT_H
#define MDM_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * A copy of `size` bytes that is safe to print: UTF-8 in which whatever could deceive a reader or command a terminal is
 * escaped. Control characters (NUL, C0, C1, DEL) and bytes that are not UTF-8 become "\xNN"; bidirectional controls,
 * zero-width characters and line separators "\u{NNNN}". Free it with free(). NULL: out of memory.
 */
char *mdm_text_safe(const void *text, size_t size);

/*
 * Writes `text` as one word for a POSIX shell: as it is when it has only letters, digits and "_./+:@%=-", else in
 * single quotes. Returns `out`; when `size` bytes are too few, "PATH", which stands for it.
 */
const char *mdm_text_shell_word(const char *text, char *out, size_t size);

/* A name in a command that people paste: an argument of a message, which lasts until its block ends. */
#define MDM_QUOTED_MAX   1024
#define MDM_QUOTED(name) mdm_text_shell_word((name), (char[MDM_QUOTED_MAX]){""}, MDM_QUOTED_MAX)

/* The size of a byte order mark at the front of UTF-8 text: 3, or 0. */
size_t mdm_text_mark(const void *text, size_t size);
/* Does it begin like UTF-16 text, which Windows calls "Unicode"? */
bool mdm_text_is_utf16(const void *text, size_t size);

/* Owned strings. Zero-initialise it. */
struct mdm_names {
    char **items;
    size_t count;
};
int mdm_names_add(struct mdm_names *names, const char *name, struct mdm_error *err);
bool mdm_names_have(const struct mdm_names *names, const char *name);
void mdm_names_free(struct mdm_names *names);

/* The UTF-8 character at `p` (size > 0): its code point and how many bytes it has, 0 when it is not valid (RFC 3629:
 * overlong forms, surrogates and what is over U+10FFFF are not). */
size_t mdm_utf8_read(const unsigned char *p, size_t size, uint32_t *c);

/* True for C0, DEL and C1. */
bool mdm_utf8_is_control(uint32_t c);

#endif
