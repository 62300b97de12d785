/* The first bytes of DER (X.690): how long it says it is, and whether it begins like a certificate. */
#ifndef MDM_PKI_DER_SCAN_H
#define MDM_PKI_DER_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* True when the bytes begin with a SEQUENCE of a length that takes bytes of its own: everything we meet in DER does,
 * and no text does. */
bool mdm_der_begins(const unsigned char *data, size_t size);

/* The size that the outer SEQUENCE claims, header included; 0 when it is indefinite or its header is cut off. */
size_t mdm_der_claims(const unsigned char *data, size_t size);

/* True when it is cut off: its header is, or claims more bytes than there are. */
bool mdm_der_cut_off(const unsigned char *data, size_t size);

/* True when it begins as every X.509 certificate of version 2 or 3 does: SEQUENCE, SEQUENCE, [0] { INTEGER }. */
bool mdm_der_like_certificate(const unsigned char *data, size_t size);

#endif
