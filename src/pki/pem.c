/* DER, PEM blocks and base64. */
#if defined(__linux__)
#define _GNU_SOURCE /* memmem() */
#endif
#include "pki/pem.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/ossl.h"

/* Flags that ASN1_get_object() returns. */
#define HEADER_BROKEN     0x80
#define LENGTH_INDEFINITE 0x01

#define BEGIN_MARK "-----BEGIN "
#define END_MARK   "-----END "
#define DASHES     "-----"
#define LABEL_MAX  64

struct mdm_der mdm_der_of(const struct mdm_bytes *bytes)
{
    return (struct mdm_der){bytes->data, bytes->size};
}

bool mdm_der_take(struct mdm_der *rest, int tag, struct mdm_der *content, struct mdm_der *whole)
{
    const unsigned char *start = rest->data, *p = start;
    long size = 0;
    int found = -1, class = 0;

    if (rest->size == 0 || rest->size > LONG_MAX)
        return false;
    (void)ERR_set_mark();
    const int flags = ASN1_get_object(&p, &size, &found, &class, (long)rest->size);
    (void)ERR_pop_to_mark();
    if ((flags & (HEADER_BROKEN | LENGTH_INDEFINITE)) != 0 || found >= 0x40 || (found | class) != tag)
        return false;
    *rest = (struct mdm_der){p + size, rest->size - (size_t)(p - start) - (size_t)size};
    if (content != NULL)
        *content = (struct mdm_der){p, (size_t)size};
    if (whole != NULL)
        *whole = (struct mdm_der){start, (size_t)(p - start) + (size_t)size};
    return true;
}

bool mdm_der_begins(const unsigned char *data, size_t size)
{
    return size >= 2 && data[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED) && data[1] >= 0x80 && data[1] <= 0x84;
}

const char *mdm_pem_find(const void *text, size_t size, const char *needle)
{
    const size_t length = strlen(needle);

    return size < length ? NULL : memmem(text, size, needle, length); /* `text` may be NULL */
}

bool mdm_pem_next(const struct mdm_bytes *text, size_t *at, struct mdm_pem_block *block)
{
    char due[sizeof END_MARK + LABEL_MAX + sizeof DASHES]; /* the END mark for this label */
    const char *mark;

    if (*at >= text->size)
        return false;
    const char *start = (const char *)text->data, *end = start + text->size, *p = start + *at;
    do { /* a label has its closing dashes on its line */
        p = mdm_pem_find(p, (size_t)(end - p), BEGIN_MARK);
        if (p == NULL) {
            *at = text->size;
            return false;
        }
        p += strlen(BEGIN_MARK);
        mark = mdm_pem_find(p, end - p < LABEL_MAX ? (size_t)(end - p) : LABEL_MAX, DASHES);
    } while (mark == NULL || memchr(p, '\n', (size_t)(mark - p)) != NULL);
    *block = (struct mdm_pem_block){.label = p, .label_size = (size_t)(mark - p), .body = mark + strlen(DASHES)};
    /* Only the next dashes can be the END mark, so each byte of a file is looked at once. */
    mark = mdm_pem_find(block->body, (size_t)(end - block->body), DASHES);
    if (mark == NULL)
        mark = end;
    block->body_size = (size_t)(mark - block->body);
    const size_t size = (size_t)snprintf(due, sizeof due, END_MARK "%.*s" DASHES, (int)block->label_size, block->label);
    block->complete = (size_t)(end - mark) >= size && memcmp(mark, due, size) == 0;
    *at = (size_t)(mark - start) + (block->complete ? size : 0);
    return true;
}

bool mdm_pem_is(const struct mdm_pem_block *block, const char *label)
{
    return block->label_size == strlen(label) && memcmp(block->label, label, block->label_size) == 0;
}

bool mdm_pem_ends(const struct mdm_pem_block *block, const char *ending)
{
    size_t size = strlen(ending);

    return block->label_size >= size && memcmp(block->label + block->label_size - size, ending, size) == 0;
}

static bool is_digit(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

int mdm_base64_decode(const void *text, size_t size, struct mdm_bytes *out, struct mdm_error *err)
{
    const unsigned char *in = text;
    const size_t before = out->size, room = size / 4 * 3 + 3;
    size_t used = 0, padding = 0;
    int result = 0;

    if (size > INT_MAX / 2)
        return mdm_error_set(err, MDM_E_FAILED, "the base64 text is too long");
    unsigned char *bytes = mdm_bytes_extend(out, NULL, room + size, err);
    if (bytes == NULL)
        return -1;
    unsigned char *plain = bytes + room; /* the text without white space */
    for (size_t i = 0; result == 0 && i < size; i++) {
        const unsigned char c = in[i];

        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            continue;
        if (c != '=' && !is_digit(c))
            result = mdm_error_set(err, MDM_E_FAILED,
                                   c > 0x20 && c < 0x7f ? "the character '%c' at byte %zu is not allowed in base64"
                                                        : "the byte 0x%02x at byte %zu is not allowed in base64",
                                   c, i + 1);
        else if (c == '=' ? used % 4 < 2 : padding > 0)
            result =
                mdm_error_set(err, MDM_E_FAILED, "the base64 text has '=' in the wrong place before byte %zu", i + 1);
        padding += c == '=';
        plain[used++] = c;
    }
    if (result == 0 && used % 4 != 0)
        result = mdm_error_set(err, MDM_E_FAILED, "the base64 text is cut off: its last group of four is not full");
    else if (result == 0 && EVP_DecodeBlock(bytes, plain, (int)used) < 0)
        result = mdm_error_set(err, MDM_E_FAILED, "the base64 text cannot be decoded");
    mdm_bytes_cut(out, before + (result == 0 ? used / 4 * 3 - padding : 0)); /* '=' was decoded as a digit */
    return result;
}

/* The base64 text of a block may be indented, with the line ends of old Macs, or with "\\n" for them, as in JSON and in
 * variables of CI systems, and with no-break spaces, as web pages and word processors write them. */
int mdm_pem_decode(const struct mdm_pem_block *block, struct mdm_bytes *der, struct mdm_bytes *header,
                   struct mdm_error *err)
{
    static const char encryption[] = "DEK-Info:";
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};

    if (!block->complete)
        return mdm_error_set(err, MDM_E_FAILED, "it is cut off: its END line is missing or damaged");
    if (block->body_size == 0)
        return mdm_error_set(err, MDM_E_FAILED, "it is empty");
    if (mdm_bytes_append(&text, block->body, block->body_size, err) != 0)
        return -1;
    for (char *at = (char *)text.data; (at = strpbrk(at, "\\\xC2")) != NULL; at++)
        if (at[0] == '\\' ? at[1] == 'n' || at[1] == 'r' : at[1] == '\xA0')
            memcpy(at, "  ", 2);
    const char *begin = (const char *)text.data, *end = begin + text.size;
    const char *mark = header != NULL ? mdm_pem_find(begin, text.size, encryption) : NULL;
    if (mark != NULL) {
        mark += strlen(encryption);
        mark += mdm_space(mark, (size_t)(end - mark));
        begin = mark + strcspn(mark, " \t\r\n");
        if (mdm_bytes_format(header, err, "Proc-Type: 4,ENCRYPTED\nDEK-Info: %.*s\n", (int)(begin - mark), mark) != 0)
            return -1;
    }
    if (mdm_base64_decode(begin, (size_t)(end - begin), der, err) != 0)
        return -1;
    return der->size > 0 ? 0 : mdm_error_set(err, MDM_E_FAILED, "it is empty");
}

void mdm_hex(const void *data, size_t size, char *out)
{
    for (const unsigned char *p = data; size > 0; size--, p++, out += 2)
        (void)snprintf(out, 3, "%02x", *p);
}

size_t mdm_space(const void *text, size_t size)
{
    size_t used = 0;

    while (used < size && memchr(" \t\r\n", ((const unsigned char *)text)[used], 4) != NULL)
        used++;
    return used;
}

int mdm_sha256_text(const void *data, size_t size, char out[MDM_SHA256_TEXT], struct mdm_error *err)
{
    unsigned char digest[32];

    if (mdm_ossl_sha256(data, size, digest, err) != 0)
        return -1;
    mdm_hex(digest, sizeof digest, out);
    return 0;
}

int mdm_base64_encode(const void *data, size_t size, struct mdm_bytes *out, struct mdm_error *err)
{
    if (size == 0)
        return 0;
    if (size > INT_MAX / 2)
        return mdm_error_set(err, MDM_E_FAILED, "%zu bytes are too many to encode as base64", size);
    unsigned char *text = mdm_bytes_extend(out, NULL, (size + 2) / 3 * 4, err);
    if (text == NULL)
        return -1;
    (void)EVP_EncodeBlock(text, data, (int)size);
    return 0;
}
