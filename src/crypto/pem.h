/* PEM blocks in a file, wherever they begin: behind a byte order mark, text, or another block's end on the same line.
 */
#ifndef MDM_CRYPTO_PEM_H
#define MDM_CRYPTO_PEM_H

#include "crypto/der.h"
#include "mdmvendor/bytes.h"

#define MDM_PEM_LABEL_MAX 64

struct mdm_pem_block {
    char label[MDM_PEM_LABEL_MAX]; /* "PRIVATE KEY"; printable ASCII */
    const unsigned char *text;     /* from "-----BEGIN" to behind the end line, inside the file */
    size_t size;
};

/* Finds the next block at or behind *offset and moves *offset behind it; false when there is none. A block without an
 * end line reaches to the end of the file. */
bool mdm_pem_next(const struct mdm_bytes *file, size_t *offset, struct mdm_pem_block *block);

/* Decodes a block into locked memory. `header` (may be NULL) gets the RFC 1421 header lines ("" without any), in locked
 * memory too. libcrypto's queue says why it failed. */
int mdm_pem_decode(const struct mdm_pem_block *block, struct mdm_locked *der, struct mdm_locked *header);

#endif
