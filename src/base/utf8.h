/* UTF-8, one character at a time. */
#ifndef MDM_BASE_UTF8_H
#define MDM_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at `p` (size > 0) and its code point; 0 when there is none: RFC 3629, so no overlong forms, no
 * surrogates, nothing over U+10FFFF. */
size_t mdm_utf8_read(const unsigned char *p, size_t size, uint32_t *c);

/* C0, DEL and C1. */
bool mdm_utf8_is_control(uint32_t c);

#endif
