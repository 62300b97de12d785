/* DER, PEM blocks and base64. */
#include "pki/pem.h"

#include <limits.h>
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

/* The longest body that is decoded: an RSA key of 16,384 bits has 13,000 characters. */
#define BODY_MAX 65536

struct mdm_der mdm_der_of(const struct mdm_bytes *bytes)
{
    return (struct mdm_der){bytes->data, bytes->size};
}

bool mdm_der_take(struct mdm_der *rest, int tag, struct mdm_der *content)
{
    const unsigned char *p = rest->data;
    long size = 0;
    int found = -1, class = 0, flags;

    if (rest->size == 0 || rest->size > LONG_MAX)
        return false;
    (void)ERR_set_mark();
    flags = ASN1_get_object(&p, &size, &found, &class, (long)rest->size);
    (void)ERR_pop_to_mark();
    if ((flags & (HEADER_BROKEN | LENGTH_INDEFINITE)) != 0 || found >= 0x40 || (found | class) != tag)
        return false;
    *content = (struct mdm_der){p, (size_t)size};
    rest->size -= (size_t)(p - rest->data) + (size_t)size;
    rest->data = p + size;
    return true;
}

bool mdm_der_take_sequence(struct mdm_der *rest, struct mdm_der *whole)
{
    struct mdm_der before = *rest, content;

    if (!mdm_der_take(rest, V_ASN1_SEQUENCE, &content))
        return false;
    *whole = (struct mdm_der){before.data, before.size - rest->size};
    return true;
}

bool mdm_der_at(const struct mdm_der *rest, int tag)
{
    struct mdm_der copy = *rest, content;

    return mdm_der_take(&copy, tag, &content);
}

void mdm_locked_free(struct mdm_locked *locked)
{
    OPENSSL_secure_clear_free(locked->data, locked->size);
    *locked = (struct mdm_locked){0};
}

bool mdm_der_begins(const unsigned char *data, size_t size)
{
    return size >= 2 && data[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED) && data[1] >= 0x80 && data[1] <= 0x84;
}

const void *mdm_find(const void *data, size_t size, const void *needle, size_t length)
{
    const unsigned char *at = data, *end = at + size;

    while ((size_t)(end - at) >= length) {
        at = memchr(at, *(const unsigned char *)needle, (size_t)(end - at) - length + 1);
        if (at == NULL || memcmp(at, needle, length) == 0)
            return at;
        at++;
    }
    return NULL;
}

const char *mdm_pem_find(const void *text, size_t size, const char *needle)
{
    return mdm_find(text, size, needle, strlen(needle));
}

size_t mdm_count(const struct mdm_bytes *text, const char *word, size_t limit)
{
    const char *end = (const char *)text->data + text->size;
    const char *hit = mdm_pem_find(text->data, text->size, word);
    size_t count = 0;

    while (hit != NULL && ++count < limit)
        hit = mdm_pem_find(hit + 1, (size_t)(end - hit - 1), word);
    return count;
}

/* The label at `text`, up to its closing dashes; false when there are none on this line. */
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

/* Finds the end of the body. Only the next dashes can be the END mark, so each byte of a file is looked at once. */
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

bool mdm_pem_is_certificate(const struct mdm_pem_block *block)
{
    static const char *const labels[] = {"CERTIFICATE", "X509 CERTIFICATE",    "TRUSTED CERTIFICATE",
                                         "PKCS7",       "PKCS #7 SIGNED DATA", "CMS"};

    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (mdm_pem_is(block, labels[i]))
            return true;
    return false;
}

static bool is_digit(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/* Copies the text without white space; *used says how much is left. */
static int compact(const unsigned char *text, size_t size, unsigned char *out, size_t *used, struct mdm_error *err)
{
    bool padded = false;

    *used = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = text[i];

        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            continue;
        if (c != '=' && !is_digit(c))
            return c > 0x20 && c < 0x7f
                       ? mdm_error_set(err, MDM_E_FAILED, "the character '%c' at byte %zu is not allowed in base64", c,
                                       i + 1)
                       : mdm_error_set(err, MDM_E_FAILED, "the byte 0x%02x at byte %zu is not allowed in base64", c,
                                       i + 1);
        if (c == '=' ? *used % 4 < 2 : padded)
            return mdm_error_set(err, MDM_E_FAILED, "the base64 text has '=' in the wrong place before byte %zu",
                                 i + 1);
        padded = c == '=';
        out[(*used)++] = c;
    }
    if (*used % 4 == 0)
        return 0;
    return mdm_error_set(err, MDM_E_FAILED, "the base64 text is cut off: its last group of four is not full");
}

/* Decodes base64 into out->data, which has room for three bytes for four characters. `plain` gets the text without
 * white space and may be `text` itself. */
static int decode(const unsigned char *text, size_t size, unsigned char *plain, struct mdm_locked *out,
                  struct mdm_error *err)
{
    size_t used;

    if (compact(text, size, plain, &used, err) != 0)
        return -1;
    if (used > INT_MAX || EVP_DecodeBlock(out->data, plain, (int)used) < 0)
        return mdm_error_set(err, MDM_E_FAILED, "the base64 text is too long");
    for (out->size = used / 4 * 3; used > 0 && plain[used - 1] == '='; used--)
        out->size--; /* '=' was decoded as a digit */
    return 0;
}

/* Copies a body and makes every line begin with its first character and end with "\n": people have blocks that are
 * indented, with the line ends of old Macs, or with "\\n" for them, as in JSON and in variables of CI systems, and with
 * no-break spaces, as web pages and word processors write them. Returns the size. */
static size_t tidy(const char *body, size_t size, unsigned char *out)
{
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        bool escaped = body[i] == '\\' && i + 1 < size && (body[i + 1] == 'n' || body[i + 1] == 'r');
        char c = escaped ? body[++i] : body[i];
        bool returns = c == (escaped ? 'r' : '\r'), ends = returns || c == (escaped ? 'n' : '\n');

        if (size - i >= 2 && memcmp(body + i, "\xC2\xA0", 2) == 0) {
            i++;
            continue;
        }
        if (returns && i + 1 < size && (body[i + 1] == '\n' || (escaped && body[i + 1] == '\\')))
            continue; /* the second half of the line end follows */
        if (ends ? used == 0 : (c == ' ' || c == '\t') && (used == 0 || out[used - 1] == '\n'))
            continue;
        out[used++] = ends ? '\n' : (unsigned char)c;
    }
    return used;
}

int mdm_pem_decode(const struct mdm_pem_block *block, struct mdm_locked *der, struct mdm_bytes *header,
                   struct mdm_error *err)
{
    const size_t room = block->body_size + 1;
    unsigned char *text;
    const char *end;
    size_t size, skip; /* the header */
    int result;

    if (!block->complete || room > BODY_MAX)
        return mdm_error_set(err, MDM_E_FAILED, "%s",
                             block->complete ? "it is too long" : "its END line is missing or damaged");
    text = OPENSSL_secure_malloc(room);
    *der = (struct mdm_locked){OPENSSL_secure_malloc(room), room};
    result = text != NULL && der->data != NULL ? 0 : mdm_error_memory(err);
    if (result == 0) {
        size = tidy(block->body, block->body_size, text);
        end = memchr(text, ':', size) != NULL ? mdm_pem_find(text, size, "\n\n") : NULL;
        skip = end != NULL ? (size_t)(end - (const char *)text) + 1 : 0;
        result = mdm_bytes_append(header, text, skip, err);
        if (result == 0)
            result = decode(text + skip, size - skip, text + skip, der, err);
    }
    OPENSSL_secure_clear_free(text, room);
    if (result == 0 && der->size == 0)
        result = mdm_error_set(err, MDM_E_FAILED, "it is empty");
    if (result != 0)
        mdm_locked_free(der);
    return result;
}

void mdm_hex(const void *data, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *p = data;

    for (; size > 0; size--, p++) {
        *out++ = digits[*p >> 4];
        *out++ = digits[*p & 0xf];
    }
    *out = '\0';
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
    unsigned char *text;

    if (size == 0)
        return 0;
    if (size > INT_MAX / 2)
        return mdm_error_set(err, MDM_E_FAILED, "%zu bytes are too many to encode as base64", size);
    text = mdm_bytes_extend(out, (size + 2) / 3 * 4, err);
    if (text == NULL)
        return -1;
    (void)EVP_EncodeBlock(text, data, (int)size);
    return 0;
}

int mdm_base64_decode(const void *text, size_t size, struct mdm_bytes *out, struct mdm_error *err)
{
    const size_t before = out->size;
    unsigned char *plain = malloc(size + 1);
    struct mdm_locked bytes = {plain != NULL ? mdm_bytes_extend(out, size / 4 * 3 + 1, err) : NULL, 0};
    int result = -1;

    if (plain == NULL)
        return mdm_error_memory(err);
    if (bytes.data != NULL) {
        result = decode(text, size, plain, &bytes, err);
        mdm_bytes_cut(out, before + bytes.size);
    }
    OPENSSL_cleanse(plain, size);
    free(plain);
    return result;
}
