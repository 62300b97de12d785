/* What files are made of: DER (X.690) read in place, without copies that would have to be wiped where a private key
 * passes by; PEM blocks (RFC 7468) in text from anywhere, found by their marks alone in one pass; base64. */
#ifndef MDM_PKI_PEM_H
#define MDM_PKI_PEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

/* Bytes of somebody else. */
struct mdm_der {
    const unsigned char *data;
    size_t size;
};
struct mdm_der mdm_der_of(const struct mdm_bytes *bytes);

/* Takes the element at the front off `rest` when it has the tag `tag` (V_ASN1_..., or V_ASN1_CONTEXT_SPECIFIC | number)
 * and a definite length that fits; *content is what is inside. Else false, and `rest` is as it was. */
bool mdm_der_take(struct mdm_der *rest, int tag, struct mdm_der *content);

/* The same, but *whole is the element with its header. */
bool mdm_der_take_whole(struct mdm_der *rest, int tag, struct mdm_der *whole);

/* True when an element with the universal tag `tag` is at the front. */
bool mdm_der_at(const struct mdm_der *rest, int tag);

/* Bytes in the secure heap, for the DER of clear private keys. */
struct mdm_locked {
    unsigned char *data;
    size_t size;
};
void mdm_locked_free(struct mdm_locked *locked);

/* True when the bytes begin with a SEQUENCE of a length that takes bytes of its own: everything we meet in DER does,
 * and no text does. */
bool mdm_der_begins(const unsigned char *data, size_t size);

/* One block. The pointers lie in the text that was scanned. */
struct mdm_pem_block {
    const char *label; /* "CERTIFICATE"; not NUL-terminated */
    size_t label_size;
    const char *body; /* what stands between the marks */
    size_t body_size;
    bool complete; /* false: its END mark is missing or has another label */
};

/* Takes the next block at or behind *at, which moves behind it. False when there is none. */
bool mdm_pem_next(const struct mdm_bytes *text, size_t *at, struct mdm_pem_block *block);

/* True when the label is `label`. */
bool mdm_pem_is(const struct mdm_pem_block *block, const char *label);
/* True when the label ends with `ending`: "PRIVATE KEY" for all sorts of them. */
bool mdm_pem_ends(const struct mdm_pem_block *block, const char *ending);
/* True for the labels that certificates stand under, alone or in a PKCS#7. */
bool mdm_pem_is_certificate(const struct mdm_pem_block *block);

/* The first place of `needle` in `size` bytes; NULL when it is not there. */
const void *mdm_find(const void *data, size_t size, const void *needle, size_t length);
const char *mdm_pem_find(const void *text, size_t size, const char *needle);
/* How often `word` stands in the text, counted up to `limit`. */
size_t mdm_count(const struct mdm_bytes *text, const char *word, size_t limit);

/* Decodes a block into locked memory. `header` (may be NULL) gets the RFC 1421 header lines ("" without any), in locked
 * memory too. Returns -1 when it fails: libcrypto's queue says why, and is empty for a block without an end. */
int mdm_pem_decode(const struct mdm_pem_block *block, struct mdm_locked *der, struct mdm_locked *header);

/* How many bytes of white space are at the front. */
size_t mdm_space(const void *text, size_t size);

/* Lower-case hexadecimal; `out` has room for two digits a byte and the NUL. */
void mdm_hex(const void *data, size_t size, char *out);
/* SHA-256 in lower-case hexadecimal. */
#define MDM_SHA256_TEXT 65
int mdm_sha256_text(const void *data, size_t size, char out[MDM_SHA256_TEXT], struct mdm_error *err);

/* Base64 in one line, no newline. Appends to *out. */
int mdm_base64_encode(const void *data, size_t size, struct mdm_bytes *out, struct mdm_error *err);
/* Base64, wrapped in any width, white space anywhere. Appends to *out. Error MDM_E_FAILED names the offending byte. */
int mdm_base64_decode(const void *text, size_t size, struct mdm_bytes *out, struct mdm_error *err);

#endif
