/* X.509 certificates: what they are and what they say. */
#ifndef MDM_PKI_CERT_H
#define MDM_PKI_CERT_H

#include "base/bytes.h"
#include "base/date.h"
#include "pki/key.h"

enum mdm_cert_kind {
    MDM_CERT_OTHER,
    MDM_CERT_VENDOR,       /* CN "MDM Vendor: ..." or marker OID 1.2.840.113635.100.4.12 */
    MDM_CERT_PUSH,         /* subject UID (0.9.2342.19200300.100.1.1) begins "com.apple.mgmt." */
    MDM_CERT_INTERMEDIATE, /* a CA certificate that another CA issued */
    MDM_CERT_ROOT,         /* a self-signed CA certificate */
};

/* What a certificate says. All text is safe to print. */
struct mdm_cert_facts {
    enum mdm_cert_kind kind;
    char *subject;     /* RFC 4514 style, order as encoded */
    char *issuer;      /* the same for the issuer */
    char *common_name; /* first CN of the subject, or "" */
    char *serial;      /* upper-case hexadecimal */
    char *topic;       /* push certificates: the one subject UID; else NULL */
    char sha256[65];   /* fingerprint, lower-case hexadecimal */
    char sha1[41];
    mdm_time not_before;
    mdm_time not_after;
    char last_day[MDM_TIME_TEXT_MAX]; /* the day of not_after: "2026-11-23" */
    bool vendor_marker;               /* has 1.2.840.113635.100.4.12 */
    bool has_purposes; /* has an extended key usage, as all of Apple's end certificates do except vendor certificates */
    struct mdm_key_id key_id;
};

/* "vendor certificate", "root CA certificate", ... */
const char *mdm_cert_words(enum mdm_cert_kind kind);

struct mdm_cert;

/* Owned certificates. Zero-initialise it. */
struct mdm_certs {
    struct mdm_cert **items;
    size_t count;
};

/* Adds another reference to `cert`. */
int mdm_certs_add(struct mdm_certs *certs, const struct mdm_cert *cert, struct mdm_error *err);
/* Adds the CA certificates of `from`. */
int mdm_certs_add_cas(const struct mdm_certs *from, struct mdm_certs *to, struct mdm_error *err);
/* The one for this key; NULL when there is none. */
const struct mdm_cert *mdm_certs_find(const struct mdm_certs *certs, const struct mdm_key_id *id);
bool mdm_certs_have(const struct mdm_certs *certs, const struct mdm_cert *cert);
void mdm_certs_free(struct mdm_certs *certs);

/* The facts; they belong to the certificate. */
const struct mdm_cert_facts *mdm_cert_facts(const struct mdm_cert *cert);
/* True when `issuer` issued `cert`: the names match, and its key verifies the signature. Validity and extensions are
 * not judged. */
bool mdm_cert_issued(const struct mdm_cert *issuer, const struct mdm_cert *cert);
bool mdm_cert_is_ca(const struct mdm_cert *cert);
/* False when one is NULL. */
bool mdm_cert_equal(const struct mdm_cert *a, const struct mdm_cert *b);
/* Appends PEM in lines of 64 columns, with a newline at the end. */
int mdm_cert_append_pem(const struct mdm_cert *cert, struct mdm_bytes *pem, struct mdm_error *err);
/* Another reference to it; free it with mdm_cert_free. */
struct mdm_cert *mdm_cert_ref(const struct mdm_cert *cert);
void mdm_cert_free(struct mdm_cert **cert);

/* Reads every certificate in a file: PEM (CRLF, BOM, no last newline, blocks glued to each other, other blocks between
 * them), DER, PKCS#7 (PEM or DER). Appends to *out only if all are whole, and nothing when nothing in it looks like a
 * certificate. Error: something does, and is damaged or cut off. */
int mdm_certs_scan(const struct mdm_bytes *file, struct mdm_certs *out, struct mdm_error *err);

/* What a file is, whatever its name (filekind.c). */

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
    MDM_FILEKIND_ENCRYPTED, /* a CMS message (DER or its hexadecimal digits) for one recipient */
    MDM_FILEKIND_UTF16,     /* text with two bytes per character, as Windows can save it */
    MDM_FILEKIND_DAMAGED,   /* begins like a certificate (PEM or DER) and is broken or cut off */
};

/* `file` may be of any size; of one over 1 MiB only the first bytes are looked at. */
enum mdm_filekind mdm_filekind_of(const struct mdm_bytes *file);
/* The same, and keeps what it reads: with MDM_FILEKIND_CERTIFICATE the certificates, with MDM_FILEKIND_DAMAGED the
 * reader's reason in *err, if it has one; the caller names the file. */
enum mdm_filekind mdm_filekind_read(const struct mdm_bytes *file, struct mdm_certs *certs, struct mdm_error *err);
/* True for EnvelopedData (RFC 5652 section 6), in DER or, as mdmcert.download mails it, in hexadecimal digits. */
bool mdm_filekind_is_encrypted(const struct mdm_bytes *file);
/* "a web page (HTML)", "a certificate signing request (CSR)", ... */
const char *mdm_filekind_words(enum mdm_filekind kind);

/* mdm_certs_scan, with an error (MDM_E_FAILED) also for a file without certificates, which says what it is instead.
 * `name` is for messages. */
int mdm_certs_from_bytes(const struct mdm_bytes *file, const char *name, struct mdm_certs *out, struct mdm_error *err);

/* PKCS#12 (.pfx, .p12): keys and certificates under one password (key_load.c). */

enum mdm_p12_form {
    MDM_P12_COMPAT, /* PBE-SHA1-3DES, HMAC-SHA-1, 2048 iterations, 8-byte salts: what most programs read */
    MDM_P12_MODERN, /* AES-256-CBC, PBKDF2-HMAC-SHA-256 and HMAC-SHA-256 MAC, 600,000 iterations, 8-byte MAC salt */
};

/*
 * Makes a PKCS#12 file of the key and one certificate (Go's x/crypto/pkcs12, and so MicroMDM, refuses a chain) without
 * a friendly name, and proves that the password opens it. Error MDM_E_REFUSED: the key does not belong to the
 * certificate.
 */
int mdm_p12_make(const struct mdm_key *key, const struct mdm_cert *cert, const struct mdm_secret *password,
                 enum mdm_p12_form form, struct mdm_bytes *out, struct mdm_error *err);

/* What could be read of a file with keys, in its order (mdm_keys_from_bytes). */
struct mdm_p12 {
    struct mdm_keys keys;
    struct mdm_certs certs;
    struct mdm_error key_problem;  /* the first key that could not be read, or no error */
    struct mdm_error cert_problem; /* the same for certificates: old Keychains, for example, encrypt them with RC2 */
    struct mdm_key_facts shown;    /* of a PKCS#12 file's first key, without its id */
};
/* Frees keys and certificates; the errors stay. */
void mdm_p12_free(struct mdm_p12 *p12);

#endif
