/* Decoding one PEM block. */
#include "pki/pem.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <string.h>

int mdm_pem_decode(const struct mdm_pem_block *block, struct mdm_locked *der, struct mdm_locked *header)
{
    const char *begin = block->label - strlen("-----BEGIN ");
    const char *end = block->body + block->body_size + strlen("-----END -----") + block->label_size;
    char *label = NULL, *lines = NULL;
    unsigned char *data = NULL;
    BIO *bio = NULL;
    long size = 0;
    int result = -1;

    if (block->complete && end - begin <= INT_MAX)
        bio = BIO_new_mem_buf(begin, (int)(end - begin));
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
