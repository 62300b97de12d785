/*
 * libmdmvendor: Apple MDM push certificate requests, in memory. No files, no network, no clock: what is read, and the
 * time, is handed in.
 *
 * Functions return 0, or a pointer, on success; -1, or NULL, on failure, and then fill *err when it is not NULL. What
 * is handed in stays the caller's and is not kept. What is handed out is the caller's and is freed with the function
 * that is named. Different threads may call at the same time; one signer may be used by several.
 */
#ifndef MDMVENDOR_H
#define MDMVENDOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What went wrong. The numbers are the exit statuses of the program. */
enum mdmvendor_code {
    MDMVENDOR_OK = 0,
    MDMVENDOR_FAILED = 1,  /* malformed input, wrong password, out of memory, libcrypto */
    MDMVENDOR_REFUSED = 5, /* does not belong together, is not trusted, not yet valid or of the wrong kind */
    MDMVENDOR_EXPIRED = 6, /* a certificate has expired */
    MDMVENDOR_PASSWORD = 7 /* a password is needed and missing, or wrong (the program ends with 1) */
};

/* One error. Texts end with a NUL, are cut when too long and safe to print. */
struct mdmvendor_error {
    enum mdmvendor_code code;
    char text[2048]; /* what was found and what was expected: lower case, no full stop */
    char hint[1024]; /* what to do about it, or "" */
};

/* Bytes to read. {NULL, 0} for none. */
struct mdmvendor_view {
    const void *data;
    size_t size;
};

/* Bytes that were made. A NUL that does not count follows them. Freed with mdmvendor_buffer_free. */
struct mdmvendor_buffer {
    unsigned char *data;
    size_t size;
};

/* Wipes and frees the bytes and makes the buffer empty. NULL is fine. */
void mdmvendor_buffer_free(struct mdmvendor_buffer *buffer);

/* The release, "1.2.3". */
const char *mdmvendor_version(void);

/*
 * Protects a process that handles private keys. Optional; to be called first, before any other use of libcrypto. Gives
 * libcrypto locked memory for private numbers and passwords, has it wipe what it frees, keeps it from reading
 * openssl.cnf, turns core dumps and tracing off, and sets the umask to 077. What the system does not grant is left out.
 */
void mdmvendor_process_begin(void);
/* Ends libcrypto, which no longer ends by itself then, and with it the module of a token. To be called last, before
 * main returns: SoftHSM crashes when it is ended later, at exit. */
void mdmvendor_process_end(void);

/*
 * The vendor's side. Key and certificate are files as they are: PEM or DER, the key as PKCS #1, PKCS #8 or PKCS #12,
 * encrypted or not; the certificate's file may hold its chain, too.
 */
struct mdmvendor_vendor {
    struct mdmvendor_view key;
    const char *key_password; /* UTF-8; NULL when the key is not encrypted */
    struct mdmvendor_view certificate;
    struct mdmvendor_view ca; /* PEM of the CAs to trust; none: Apple's, which are built in */
    int64_t at;               /* seconds since 1970-01-01T00:00:00Z: the time to judge dates by */
};

/* Signs customers' CSRs. */
struct mdmvendor_signer;

/* Opens the key and checks everything about the vendor once: that the certificate is an MDM vendor certificate, for
 * this key, valid, and chained to a trusted root. Codes: any. */
struct mdmvendor_signer *mdmvendor_signer_new(const struct mdmvendor_vendor *vendor, struct mdmvendor_error *err);

/*
 * Checks a customer's CSR (PEM or DER), signs it and makes the push certificate request, one line of base64, that the
 * customer uploads at identity.apple.com/pushcert. It is read back and verified before it is handed out. *request must
 * be empty; it stays so on failure. Codes: MDMVENDOR_FAILED; MDMVENDOR_REFUSED for a CSR that Apple would refuse (its
 * own signature is wrong, its key is not RSA 2048) or that has the vendor's own key.
 */
int mdmvendor_sign(const struct mdmvendor_signer *signer, struct mdmvendor_view csr, struct mdmvendor_buffer *request,
                   struct mdmvendor_error *err);

/* Frees the signer and sets *signer to NULL. */
void mdmvendor_signer_free(struct mdmvendor_signer **signer);

enum mdmvendor_verdict {
    MDMVENDOR_PASS,
    MDMVENDOR_FAIL,
    MDMVENDOR_WARN,   /* works, and should be known */
    MDMVENDOR_SKIPPED /* cannot be told because an earlier check failed */
};

/* One check of a request. Texts live as long as the call that hands them out. */
struct mdmvendor_check {
    const char *name; /* stable: "base64", "csr signature" */
    enum mdmvendor_verdict verdict;
    const char *detail; /* what was found */
    const char *hint;   /* with MDMVENDOR_FAIL: what to do about it; else NULL */
};

/*
 * Judges a push certificate request, from any tool, as Apple's portal would at the time `at`. `ca` as in struct
 * mdmvendor_vendor. Every check goes to `report` with `ctx`, in order; `report` may be NULL. Returns 0 when Apple
 * should accept it. The error is the first check that failed.
 */
int mdmvendor_verify(struct mdmvendor_view request, struct mdmvendor_view ca, int64_t at,
                     void (*report)(void *ctx, const struct mdmvendor_check *check), void *ctx,
                     struct mdmvendor_error *err);

enum mdmvendor_pfx_form {
    MDMVENDOR_PFX_COMPAT, /* 3DES and SHA-1, which most servers read */
    MDMVENDOR_PFX_MODERN  /* AES-256 and SHA-256 */
};

/* What a PKCS #12 (.pfx) is made of. Key and certificate as in struct mdmvendor_vendor; of several certificates, the
 * one for the key is taken. */
struct mdmvendor_pfx {
    struct mdmvendor_view key;
    const char *key_password;
    struct mdmvendor_view certificate;
    const char *password; /* of the new file */
    enum mdmvendor_pfx_form form;
};

/* Makes one, and opens it again with its password before it is handed out. *pfx must be empty; it stays so on failure.
 * Codes: MDMVENDOR_REFUSED when no certificate is for the key, MDMVENDOR_PASSWORD, MDMVENDOR_FAILED. */
int mdmvendor_make_pfx(const struct mdmvendor_pfx *made_of, struct mdmvendor_buffer *pfx, struct mdmvendor_error *err);

enum mdmvendor_kind {
    MDMVENDOR_KIND_OTHER,
    MDMVENDOR_KIND_VENDOR, /* signs requests */
    MDMVENDOR_KIND_PUSH,   /* what identity.apple.com issues */
    MDMVENDOR_KIND_CA
};

/* What a certificate says. Texts are owned by the object and safe to print. */
struct mdmvendor_certificate {
    enum mdmvendor_kind kind;
    const char *subject; /* RFC 4514 */
    const char *issuer;  /* RFC 4514 */
    const char *serial;  /* upper-case hexadecimal */
    const char *topic;   /* of a push certificate: com.apple.mgmt.External...; else NULL */
    const char *sha256;  /* fingerprint, lower-case hexadecimal */
    int64_t not_before;  /* seconds since 1970-01-01T00:00:00Z */
    int64_t not_after;
};

/* Reads the first certificate of a file (PEM, DER or PKCS #7). Freed with mdmvendor_certificate_free. Code:
 * MDMVENDOR_FAILED. */
struct mdmvendor_certificate *mdmvendor_certificate_read(struct mdmvendor_view file, struct mdmvendor_error *err);
/* Frees it and sets *certificate to NULL. */
void mdmvendor_certificate_free(struct mdmvendor_certificate **certificate);

#ifdef __cplusplus
}
#endif

#endif
