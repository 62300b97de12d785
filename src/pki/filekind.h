/* What a file is, told from its first bytes and its form: for telling a person what was found where something else is
 * due. */
#ifndef MDM_PKI_FILEKIND_H
#define MDM_PKI_FILEKIND_H

#include <stdbool.h>

#include "pki/cert.h"

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
    MDM_FILEKIND_RTF,
    MDM_FILEKIND_JSON,
    MDM_FILEKIND_MAIL,
    MDM_FILEKIND_SHORTCUT, /* to a web page or a file elsewhere, of Windows or a Linux desktop */
    MDM_FILEKIND_JKS,
    MDM_FILEKIND_JCEKS,
    MDM_FILEKIND_PUTTY,
    MDM_FILEKIND_KEYCHAIN,
    MDM_FILEKIND_ENCRYPTED, /* a CMS message (DER or its hexadecimal digits) that only its recipient can read */
    MDM_FILEKIND_UTF16,     /* text with two bytes a character, as Windows can save it */
    MDM_FILEKIND_DAMAGED,   /* begins like a certificate (PEM or DER) and is broken or cut off */
};

/* `file` may be of any size; what is over 1 MiB is told by its first bytes alone. */
enum mdm_filekind mdm_filekind_of(const struct mdm_bytes *file);
/* EnvelopedData (RFC 5652 section 6), in DER or, as mdmcert.download mails it, in hexadecimal digits. */
bool mdm_filekind_is_encrypted(const struct mdm_bytes *file);
/* "a web page (HTML)", "a certificate signing request (CSR)", ... */
const char *mdm_filekind_words(enum mdm_filekind kind);

/* mdm_certs_scan with an error (MDM_E_FAILED) also for a file without certificates: what it is instead. `name` is for
 * messages. */
int mdm_certs_from_bytes(const struct mdm_bytes *file, const char *name, struct mdm_certs *out, struct mdm_error *err);

#endif
