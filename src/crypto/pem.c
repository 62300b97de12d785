/* PEM blocks in a file, wherever they begin. */
#include "crypto/pem.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

static const char begin_mark[] = "-----BEGIN ";
static const char tail_mark[] = "-----";

/* The place of `mark` in the text, or NULL. (memmem() is not in POSIX.) */
static const unsigned char *find(const unsigned char *text, size_t size, const char *mark)
{
    size_t length = strlen(mark);

    while (size >= length) {
        const unsigned char *first = memchr(text, mark[0], size - length + 1);

        if (first == NULL)
            return NULL;
        if (memcmp(first, mark, length) == 0)
            return first;
        size -= (size_t)(first - text) + 1;
        text = first + 1;
    }
    return NULL;
}

static bool read_label(const unsigned char *text, size_t size, char label[MDM_PEM_LABEL_MAX])
{
    size_t length = 0;

    while (length < size && text[length] >= ' ' && text[length] <= '~' && text[length] != '-')
        length++;
    if (length == 0 || length >= MDM_PEM_LABEL_MAX || size - length < strlen(tail_mark) ||
        memcmp(text + length, tail_mark, strlen(tail_mark)) != 0)
        return false;
    memcpy(label, text, length);
    label[length] = '\0';
    return true;
}

bool mdm_pem_next(const struct mdm_bytes *file, size_t *offset, struct mdm_pem_block *block)
{
    while (*offset < file->size) {
        const unsigned char *text = find(file->data + *offset, file->size - *offset, begin_mark);
        char end_line[MDM_PEM_LABEL_MAX + 16];
        const unsigned char *end;
        size_t rest;

        if (text == NULL)
            return false;
        rest = file->size - (size_t)(text - file->data);
        *offset = (size_t)(text - file->data) + strlen(begin_mark);
        if (!read_label(text + strlen(begin_mark), rest - strlen(begin_mark), block->label))
            continue;
        (void)snprintf(end_line, sizeof end_line, "-----END %s-----", block->label);
        end = find(text, rest, end_line);
        block->text = text;
        block->size = end == NULL ? rest : (size_t)(end - text) + strlen(end_line);
        *offset = (size_t)(text - file->data) + block->size;
        return true;
    }
    return false;
}

int mdm_pem_decode(const struct mdm_pem_block *block, struct mdm_locked *der, struct mdm_locked *header)
{
    BIO *bio = block->size > INT_MAX ? NULL : BIO_new_mem_buf(block->text, (int)block->size);
    char *label = NULL, *lines = NULL;
    unsigned char *data = NULL;
    long size = 0;
    int result = -1;

    /* EAY_COMPATIBLE takes lines of any width up to 255, as all of libcrypto's own readers do. */
    if (bio != NULL &&
        PEM_read_bio_ex(bio, &label, &lines, &data, &size, PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) == 1) {
        *der = (struct mdm_locked){data, (size_t)size};
        if (header != NULL) {
            *header = (struct mdm_locked){(unsigned char *)lines, strlen(lines)};
            lines = NULL; /* belongs to *header now */
        }
        result = 0;
    }
    OPENSSL_secure_free(lines);
    OPENSSL_secure_free(label);
    BIO_free(bio);
    return result;
}
