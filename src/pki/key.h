/* Private keys. Ours are RSA 2048, in PKCS#8 files encrypted with AES-256-CBC and PBKDF2-HMAC-SHA-256. */
#ifndef MDM_PKI_KEY_H
#define MDM_PKI_KEY_H

#include "base/bytes.h"

/* The one size that Apple's portals accept ("Expected: RSA(2048)"). */
#define MDM_KEY_BITS 2048
/* PBKDF2 rounds of the files that are written (OWASP's figure for HMAC-SHA-256, 2023). */
#define MDM_KEY_ITERATIONS 600000
/* The shortest new password, in characters. */
#define MDM_PASSWORD_MIN 8

struct mdm_key;

/* The forms of keys in files. */
enum mdm_key_form {
    MDM_KEY_NONE,
    MDM_KEY_PUBLIC,
    MDM_KEY_OTHER, /* EC as openssl wrote it before PKCS#8 */
    /* Those that are read: */
    MDM_KEY_PKCS8_ENCRYPTED,
    MDM_KEY_PKCS8, /* "PRIVATE KEY" */
    MDM_KEY_PKCS1, /* "RSA PRIVATE KEY", the only form that mdmctl reads; PEM can be encrypted (RFC 1421, "DEK-Info") */
    MDM_KEY_PKCS12,
    MDM_KEY_FOREIGN, /* a PEM block that is refused for its label */
};

/* Identifies a key pair: SHA-256 of the DER SubjectPublicKeyInfo. */
struct mdm_key_id {
    unsigned char sha256[32];
};

bool mdm_key_id_equal(const struct mdm_key_id *a, const struct mdm_key_id *b);
/* The first eight bytes, for people: "1a2b 3c4d 5e6f 7081". */
struct mdm_key_id_text {
    char text[24];
} mdm_key_id_format(const struct mdm_key_id *id);

/* A new RSA-2048 key (e = 65537). */
struct mdm_key *mdm_key_generate(struct mdm_error *err);

/* Owned keys, as many of one file as are opened: each may cost as much as a signature. */
#define MDM_KEYS_MAX 64
struct mdm_keys {
    struct mdm_key *items[MDM_KEYS_MAX];
    size_t count;
};
struct mdm_p12;
/*
 * Reads every private key in a file that the password opens: PEM, DER or the base64 of DER alone; PKCS#1 and PKCS#8,
 * encrypted (PBES1/2, traditional "DEK-Info") or not; PKCS#12, with its certificates. One without a password (an empty
 * one, or none at all) opens with any `password` and with NULL. `name` is the file's name for messages.
 * held->key_problem is why a key could not be read, and when nothing could, the error: MDM_E_PASSWORD when a password
 * is needed and missing or wrong, or the file is damaged (which of the two cannot always be told), MDM_E_UNSUPPORTED,
 * MDM_E_REFUSED when it is not RSA, MDM_E_FAILED when there is no private key in the file; a PKCS#12 file with nothing
 * in it is no error. Free *held with mdm_p12_free, after an error too.
 */
int mdm_keys_from_bytes(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                        struct mdm_p12 *held, struct mdm_error *err);

/* Of these the expected one. The first when `expected` is NULL, or when the expected one is not there and all could be
 * read: the caller will say what does not belong together. */
struct mdm_key *mdm_key_from_bytes(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                                   const struct mdm_key_id *expected, struct mdm_error *err);

/* A key in a token, by "pkcs11:" URI (RFC 7512), through the provider configured in openssl.cnf. */
struct mdm_key *mdm_key_from_uri(const char *uri, struct mdm_error *err);

/* What a file shows of a private key without its password. */
struct mdm_key_facts {
    bool is_key;    /* there is one */
    bool encrypted; /* a password is needed */
    bool id_known;  /* of ours, by the public key that follows the encrypted one, and when no password is needed */
    struct mdm_key_id id;
    char cert_sha1[41]; /* of PKCS #12: the SHA-1 of the key's certificate, or "" when the file does not say; OpenSSL,
                           as we do, puts it in the localKeyID attribute, which is not encrypted */
};
/* Of the first key. */
void mdm_key_describe(const struct mdm_bytes *file, struct mdm_key_facts *facts);

/* Its id; it belongs to the key. */
const struct mdm_key_id *mdm_key_get_id(const struct mdm_key *key);

/* Refuses (MDM_E_REFUSED) what Apple's portals refuse: anything but RSA of MDM_KEY_BITS. */
int mdm_key_check(const struct mdm_key *key, const char *name, struct mdm_error *err);

/* Appends PEM. MDM_KEY_PKCS8_ENCRYPTED is the form of our key files: behind the key follows its "PUBLIC KEY", which
 * identifies it without the password. MDM_KEY_PKCS8 and MDM_KEY_PKCS1 are unencrypted, for `export` alone. */
int mdm_key_to_pem(const struct mdm_key *key, enum mdm_key_form form, const struct mdm_secret *password,
                   struct mdm_bytes *pem, struct mdm_error *err);

void mdm_key_free(struct mdm_key **key);

#endif
