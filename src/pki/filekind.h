/* What a file is, told from its first bytes and its form: for telling a person what was found where something else is
 * due. */
#ifndef MDM_PKI_FILEKIND_H
#define MDM_PKI_FILEKIND_H

#include "base/bytes.h"

enum mdm_filekind {
    MDM_FILEKIND_UNKNOWN,
    MDM_FILEKIND_EMPTY,
    MDM_FILEKIND_CERTIFICATE, /* X.509 or PKCS#7, PEM or DER, whole */
    MDM_FILEKIND_CSR,
    MDM_FILEKIND_PRIVATE_KEY,
    MDM_FILEKIND_PUBLIC_KEY,
    MDM_FILEKIND_PKCS12,
    MDM_FILEKIND_REQUEST, /* base64 of a push certificate request plist (a plist_encode) */
    MDM_FILEKIND_PLIST,   /* XML or binary plist, not encoded */
    MDM_FILEKIND_HTML,
    MDM_FILEKIND_ZIP,
    MDM_FILEKIND_UTF16,   /* PEM text with two bytes a character, as Windows can save it */
    MDM_FILEKIND_DAMAGED, /* begins like a certificate (PEM or DER) and is broken or cut off */
};

enum mdm_filekind mdm_filekind_of(const struct mdm_bytes *file);
/* "a web page (HTML)", "a certificate signing request (CSR)", ... */
const char *mdm_filekind_words(enum mdm_filekind kind);

#endif
