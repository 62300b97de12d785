/* Decoding one PEM block. */
#include "pki/pem.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <string.h>

/* The longest body that is decoded: an RSA key of 16,384 bits has 13,000 characters. */
#define BODY_MAX 65536

/* Copies a body with the line ends that libcrypto reads: people have blocks that are indented, on one line, with the
 * line ends of old Macs, or with "\n" for them, as JSON and variables of CI systems write them. Header lines
 * (RFC 1421) keep their lines, and base64 gets new ones of 64 characters. Returns the size; `out` has room for it. */
static size_t tidy(const char *body, size_t size, char *out)
{
    bool headers = memchr(body, ':', size) != NULL;
    size_t used = 0, column = 0;

    for (size_t i = 0; i < size; i++) {
        bool escaped = body[i] == '\\' && i + 1 < size && (body[i + 1] == 'n' || body[i + 1] == 'r');
        char c = escaped ? body[++i] : body[i];
        bool returns = c == (escaped ? 'r' : '\r'), ends = returns || c == (escaped ? 'n' : '\n');

        if (returns && i + 1 < size && (body[i + 1] == '\n' || (escaped && body[i + 1] == '\\')))
            continue; /* the other half of the line end follows */
        if (ends ? !headers || used == 0 : (c == ' ' || c == '\t') && (!headers || column == 0))
            continue;
        out[used++] = ends ? '\n' : c;
        column = ends ? 0 : column + 1;
        if (!headers && column == 64) {
            out[used++] = '\n';
            column = 0;
        }
    }
    while (used > 0 && out[used - 1] == '\n')
        used--;
    return used;
}

/* A BIO over the block, tidied, in locked memory. */
static BIO *open_block(const struct mdm_pem_block *block)
{
    size_t room = block->body_size + block->body_size / 64 + 1;
    char *text = block->complete && room <= BODY_MAX ? OPENSSL_secure_malloc(room) : NULL;
    BIO *bio = text != NULL ? BIO_new(BIO_s_secmem()) : NULL;
    int label = (int)block->label_size;

    if (bio != NULL && (BIO_printf(bio, "-----BEGIN %.*s-----\n", label, block->label) <= 0 ||
                        BIO_write(bio, text, (int)tidy(block->body, block->body_size, text)) < 0 ||
                        BIO_printf(bio, "\n-----END %.*s-----\n", label, block->label) <= 0)) {
        BIO_free(bio);
        bio = NULL;
    }
    OPENSSL_secure_clear_free(text, room);
    return bio;
}

int mdm_pem_decode(const struct mdm_pem_block *block, struct mdm_locked *der, struct mdm_locked *header)
{
    char *label = NULL, *lines = NULL;
    unsigned char *data = NULL;
    BIO *bio = open_block(block);
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
