/* Text from outside, made safe to print; and lists of strings. */
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

/* The longest escape for one byte of input: "\xNN". Longer characters need less per byte: "\u{2028}" for three,
 * "\u{10FFFF}" for four. */
#define ESCAPE_MAX 4

/* Invisible characters that reorder, hide or break the text around them (Unicode 15: bidirectional
 * controls, default ignorables that are not letters or emoji parts, separators, annotations, tags, noncharacters). */
static const uint32_t deceptive[][2] = {
    {0x00ad, 0x00ad},   /* soft hyphen */
    {0x034f, 0x034f},   /* combining grapheme joiner */
    {0x061c, 0x061c},   /* Arabic letter mark */
    {0x115f, 0x1160},   /* Hangul fillers */
    {0x17b4, 0x17b5},   /* Khmer inherent vowels */
    {0x180b, 0x180f},   /* Mongolian selectors */
    {0x200b, 0x200f},   /* zero-width space, joiners, direction marks */
    {0x2028, 0x202e},   /* line and paragraph separator, embeddings, overrides */
    {0x2060, 0x206f},   /* word joiner, invisible operators, isolates */
    {0x3164, 0x3164},   /* Hangul filler */
    {0xfdd0, 0xfdef},   /* noncharacters */
    {0xfeff, 0xfeff},   /* byte order mark */
    {0xffa0, 0xffa0},   /* halfwidth Hangul filler */
    {0xfff0, 0xfffb},   /* annotations */
    {0x1d173, 0x1d17a}, /* musical controls */
    {0xe0000, 0xe0fff}, /* tags, selectors */
};

static bool is_deceptive(uint32_t c)
{
    if ((c & 0xfffeu) == 0xfffeu)
        return true; /* the last two of every plane are noncharacters */
    for (size_t i = 0; i < sizeof deceptive / sizeof deceptive[0]; i++)
        if (c >= deceptive[i][0] && c <= deceptive[i][1])
            return true;
    return false;
}

bool mdm_utf8_is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

size_t mdm_utf8_read(const unsigned char *p, size_t size, uint32_t *c)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length;

    if (p[0] < 0x80) {
        *c = p[0];
        return 1;
    }
    length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || length > size)
        return 0;
    *c = p[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0u) != 0x80)
            return 0;
        *c = *c << 6 | (p[i] & 0x3fu);
    }
    if (*c < smallest[length] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
        return 0;
    return length;
}

char *mdm_text_safe(const void *text, size_t size)
{
    const unsigned char *p = text;
    char *safe = size <= (SIZE_MAX - 1) / ESCAPE_MAX ? malloc(size * ESCAPE_MAX + 1) : NULL;
    char *out = safe;
    const char *end;

    if (safe == NULL)
        return NULL;
    end = safe + size * ESCAPE_MAX + 1;
    while (size > 0) {
        uint32_t c = 0;
        size_t length = mdm_utf8_read(p, size, &c), used = length == 0 ? 1 : length;
        bool as_bytes = length == 0 || mdm_utf8_is_control(c);

        for (size_t i = 0; as_bytes && i < used; i++)
            out += snprintf(out, (size_t)(end - out), "\\x%02X", p[i]);
        if (!as_bytes && is_deceptive(c)) {
            out += snprintf(out, (size_t)(end - out), "\\u{%04X}", (unsigned)c);
        } else if (!as_bytes) {
            memcpy(out, p, used);
            out += used;
        }
        p += used;
        size -= used;
    }
    *out = '\0';
    return safe;
}

size_t mdm_text_mark(const void *text, size_t size)
{
    return size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

bool mdm_text_is_utf16(const void *text, size_t size)
{
    return size >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0);
}

const char *mdm_text_shell_word(const char *text, char *out, size_t size)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+:@%=-";
    const char *quote = text[0] == '\0' || text[strspn(text, plain)] != '\0' ? "'" : "";
    size_t used = (size_t)snprintf(out, size, "%s", quote);

    for (; *text != '\0' && used < size; text++)
        used += (size_t)(*text == '\'' ? snprintf(out + used, size - used, "'\\''")
                                       : snprintf(out + used, size - used, "%c", *text));
    if (used < size)
        used += (size_t)snprintf(out + used, size - used, "%s", quote);
    return used < size ? out : "PATH";
}

int mdm_names_add(struct mdm_names *names, const char *name, struct mdm_error *err)
{
    char **grown = mdm_grow(names->items, names->count, sizeof *grown, err);

    if (grown == NULL)
        return -1;
    names->items = grown;
    names->items[names->count] = strdup(name);
    if (names->items[names->count] == NULL)
        return mdm_error_memory(err);
    names->count++;
    return 0;
}

bool mdm_names_have(const struct mdm_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return true;
    return false;
}

void mdm_names_free(struct mdm_names *names)
{
    if (names == NULL)
        return;
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    *names = (struct mdm_names){0};
}
