/* Text from outside, made fit for a screen. */
#ifndef MDM_BASE_TEXT_H
#define MDM_BASE_TEXT_H

#include <stddef.h>

#include "base/api.h"

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

#endif
