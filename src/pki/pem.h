/* What files are made of: DER (X.690), read in place, because copies of a private key would have to be wiped; PEM
 * blocks (RFC 7468), found by their marks in one pass, whatever is around them; base64. */
#ifndef MDM_PKI_PEM_H
#define MDM_PKI_PEM_H

#include "base/bytes.h"

/* Bytes that belong to something else. */
struct mdm_der {
    const unsigned char *data;
    size_t size;
};
struct mdm_der mdm_der_of(const struct mdm_bytes *bytes);

/* Takes the element at the front off `rest`: *content is what is inside, *whole has its header, too; each may be NULL.
 * False, and `rest` is as it was, when its tag is not `tag` (V_ASN1_..., or V_ASN1_CONTEXT_SPECIFIC | number) or its
 * length is indefinite or too large. */
bool mdm_der_take(struct mdm_der *rest, int tag, struct mdm_der *content, struct mdm_der *whole);

/* True when the bytes begin with a SEQUENCE in the long form of length: all DER files that are read here do, and no
 * text does. */
bool mdm_der_begins(const unsigned char *data, size_t size);

/* One block. It points into the text that was scanned. */
struct mdm_pem_block {
    const char *label; /* "CERTIFICATE"; not NUL-terminated */
    size_t label_size;
    const char *body; /* what is between the marks */
    size_t body_size;
    bool complete; /* false: its END mark is missing or has another label */
};

/* Finds the next block from *at on, and moves *at behind it. False when there is none. */
bool mdm_pem_next(const struct mdm_bytes *text, size_t *at, struct mdm_pem_block *block);

bool mdm_pem_is(const struct mdm_pem_block *block, const char *label);
/* True when the label ends with `ending`, as those of all private keys with "PRIVATE KEY". */
bool mdm_pem_ends(const struct mdm_pem_block *block, const char *ending);

/* The first `needle` in `size` bytes; NULL when there is none. */
const char *mdm_pem_find(const void *text, size_t size, const char *needle);

/* Decodes a block, however it was indented or its line ends were written. If it is encrypted in the traditional way,
 * the header lines (RFC 1421) that say how go to *header, unless that is NULL. Appends to both. */
int mdm_pem_decode(const struct mdm_pem_block *block, struct mdm_bytes *der, struct mdm_bytes *header,
                   struct mdm_error *err);

/* How many bytes of white space are at the front. */
size_t mdm_space(const void *text, size_t size);

/* Lower-case hexadecimal of at least one byte; `out` has room for two digits a byte and the NUL. */
void mdm_hex(const void *data, size_t size, char *out);
/* SHA-256 in lower-case hexadecimal. */
#define MDM_SHA256_TEXT 65
int mdm_sha256_text(const void *data, size_t size, char out[MDM_SHA256_TEXT], struct mdm_error *err);

/* Base64 in one line, no newline. Appends to *out. */
int mdm_base64_encode(const void *data, size_t size, struct mdm_bytes *out, struct mdm_error *err);
/* Base64 with white space anywhere. Appends to *out. The error names the offending byte. */
int mdm_base64_decode(const void *text, size_t size, struct mdm_bytes *out, struct mdm_error *err);

#endif
