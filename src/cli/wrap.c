/* See wrap.h. */
#include "cli/wrap.h"

#include <string.h>

size_t wrap_columns(const char *text, size_t size)
{
    size_t columns = 0;

    for (size_t i = 0; i < size; i++)
        columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    return columns;
}

static size_t word_size(const char *text)
{
    size_t size = 0;

    while (text[size] != '\0' && text[size] != ' ') {
        const char *end = text[size] == '`' ? strchr(text + size + 1, '`') : NULL;

        size = end != NULL ? (size_t)(end - text) + 1 : size + 1;
    }
    return size;
}

static int new_line(struct mdm_bytes *out, size_t indent, struct mdm_error *err)
{
    if (mdm_bytes_append(out, "\n", 1, err) != 0)
        return -1;
    for (size_t i = 0; i < indent; i++) {
        if (mdm_bytes_append(out, " ", 1, err) != 0)
            return -1;
    }
    return 0;
}

int wrap_append(struct mdm_bytes *out, const char *text, struct wrap at, struct mdm_error *err)
{
    for (bool first = true; *text != '\0'; first = false) {
        const size_t gap = strspn(text, " ");
        const size_t size = word_size(text + gap);
        const size_t columns = wrap_columns(text + gap, size);
        const bool fits = first || at.width == 0 || at.column + gap + columns <= at.width;

        if ((fits ? mdm_bytes_append(out, text, gap, err) : new_line(out, at.indent, err)) != 0 ||
            mdm_bytes_append(out, text + gap, size, err) != 0)
            return -1;
        at.column = (fits ? at.column + gap : at.indent) + columns;
        text += gap + size;
    }
    return 0;
}
