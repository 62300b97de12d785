/* Decoding one PEM block where nothing of it may stay behind in ordinary memory. */
#ifndef MDM_PKI_PEM_H
#define MDM_PKI_PEM_H

#include "pki/der.h"
#include "pki/pem_scan.h"

/* Decodes a block into locked memory. `header` (may be NULL) gets the RFC 1421 header lines ("" without any), in locked
 * memory too. Returns -1 when it fails: libcrypto's queue says why, and is empty for a block without an end. */
int mdm_pem_decode(const struct mdm_pem_block *block, struct mdm_locked *der, struct mdm_locked *header);

#endif
