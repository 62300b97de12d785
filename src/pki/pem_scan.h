/* PEM blocks (RFC 7468) in text from anywhere: found by their marks alone, in one pass, decoding nothing. */
#ifndef MDM_PKI_PEM_SCAN_H
#define MDM_PKI_PEM_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

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
bool mdm_pem_is_pkcs7(const struct mdm_pem_block *block);

/* The first place of `needle` in `size` bytes; NULL when it is not there. */
const char *mdm_pem_find(const char *text, size_t size, const char *needle);

#endif
