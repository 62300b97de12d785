/* PEM blocks in text from anywhere: glued to each other, with a byte order mark, CRLF or other text around them. */
#include "pki/pem_scan.h"

#include <string.h>

#define BEGIN_MARK "-----BEGIN "
#define END_MARK   "-----END "
#define DASHES     "-----"
#define LABEL_MAX  64

const char *mdm_pem_find(const char *text, size_t size, const char *needle)
{
    size_t length = strlen(needle);
    const char *end = text + size;

    while (size >= length) {
        const char *hit = memchr(text, needle[0], size - length + 1);

        if (hit == NULL)
            return NULL;
        if (memcmp(hit, needle, length) == 0)
            return hit;
        text = hit + 1;
        size = (size_t)(end - text);
    }
    return NULL;
}

/* The label that begins at `text` and its closing dashes; false when there is none on this line. */
static bool take_label(const char *text, const char *end, const char **label, size_t *size)
{
    size_t room = (size_t)(end - text);
    const char *dashes = mdm_pem_find(text, room < LABEL_MAX ? room : LABEL_MAX, DASHES);

    if (dashes == NULL || memchr(text, '\n', (size_t)(dashes - text)) != NULL)
        return false;
    *label = text;
    *size = (size_t)(dashes - text);
    return true;
}

/* The END mark must be the next dashes behind the body: so every byte is looked at once, whatever is in the file. */
static const char *take_end(struct mdm_pem_block *block, const char *end)
{
    const char *mark = mdm_pem_find(block->body, (size_t)(end - block->body), DASHES);
    const char *label;
    size_t size;

    block->complete = false;
    block->body_size = (size_t)((mark == NULL ? end : mark) - block->body);
    if (mark == NULL)
        return end;
    if ((size_t)(end - mark) < strlen(END_MARK) || memcmp(mark, END_MARK, strlen(END_MARK)) != 0)
        return mark;
    if (!take_label(mark + strlen(END_MARK), end, &label, &size))
        return mark;
    block->complete = size == block->label_size && memcmp(label, block->label, size) == 0;
    return block->complete ? label + size + strlen(DASHES) : mark + strlen(END_MARK);
}

bool mdm_pem_next(const struct mdm_bytes *text, size_t *at, struct mdm_pem_block *block)
{
    const char *start = (const char *)text->data;
    const char *end;
    const char *p;

    if (text->size == 0 || *at >= text->size)
        return false;
    end = start + text->size;
    p = start + *at;
    while ((p = mdm_pem_find(p, (size_t)(end - p), BEGIN_MARK)) != NULL) {
        p += strlen(BEGIN_MARK);
        if (!take_label(p, end, &block->label, &block->label_size))
            continue;
        block->body = block->label + block->label_size + strlen(DASHES);
        *at = (size_t)(take_end(block, end) - start);
        return true;
    }
    *at = text->size;
    return false;
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

bool mdm_pem_is_pkcs7(const struct mdm_pem_block *block)
{
    return mdm_pem_is(block, "PKCS7") || mdm_pem_is(block, "PKCS #7 SIGNED DATA") || mdm_pem_is(block, "CMS");
}

bool mdm_pem_is_certificate(const struct mdm_pem_block *block)
{
    return mdm_pem_is(block, "CERTIFICATE") || mdm_pem_is(block, "X509 CERTIFICATE") ||
           mdm_pem_is(block, "TRUSTED CERTIFICATE") || mdm_pem_is_pkcs7(block);
}
