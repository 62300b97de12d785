/*
 * Signing customers' own CSRs, one or a hundred thousand, with one vendor key: every request is verified before it is
 * written, lasts on the disk before it is reported, and never takes the name of another file.
 */
#ifndef MDM_FLOW_BATCH_H
#define MDM_FLOW_BATCH_H

#include "flow/flow.h"
#include "pki/pem.h"
#include "pki/request.h"
#include "store/file.h"

/*
 * The vendor's side: unlocks the key (callbacks->password) and checks the certificate, both once. With vendor_key and
 * vendor_cert in the options no work folder is touched; intermediates that the trust lacks are then looked for beside
 * the certificate. Else they come from the work folder, which is only read: it is not locked. Errors: those of
 * mdm_signer_new, of the password, of a file that is missing.
 */
struct mdm_signer *mdm_vendor_signer(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                                     struct mdm_error *err);

/* The warning about a CSR's file; its name goes in. */
#define MDM_KEY_SENT_ALONG                                                                                             \
    "'%s' also holds a private key: it should have stayed with its owner, and is no longer private; ask the customer " \
    "for a CSR with a new key"

enum mdm_batch_outcome {
    MDM_BATCH_SIGNED,
    MDM_BATCH_PRESENT, /* its request is in the folder already, and verifies */
    MDM_BATCH_FAILED,  /* this CSR is skipped; the others are signed */
};

/* What became of one CSR. It lives only during the call. */
struct mdm_batch_result {
    enum mdm_batch_outcome outcome;
    const char *input;
    const char *output;               /* file name in the folder; "" when failed */
    unsigned number;                  /* 1; from 2 on the name carries it because the plain one is another CSR's */
    struct mdm_error *error;          /* when failed: MDM_E_REFUSED, or MDM_E_FAILED when it cannot be read */
    bool holds_key;                   /* a private key lies in the CSR's file */
    char *subject;                    /* of the CSR; NULL when it is none */
    char csr_sha256[MDM_SHA256_TEXT]; /* of the CSR's file; "" when it cannot be read */
};
/* Reads a CSR, and fills in holds_key, subject (to be freed) and csr_sha256. */
struct mdm_csr *mdm_batch_read(const char *path, enum mdm_path_kind kind, struct mdm_batch_result *result,
                               struct mdm_error *err);

/* What the caller sets. */
struct mdm_batch_caller {
    void *ctx;
    void (*report)(void *ctx, const struct mdm_batch_result *result); /* in the order of the paths */
    bool (*enough)(void *ctx); /* true: begin no more CSRs in this call; asked by several threads */
    unsigned jobs;             /* CSRs that are signed at a time; not 0 */
};

/*
 * Signs CSRs into `directory` (which must exist) as NAME.plist_encode. A name that another CSR's request of this vendor
 * certificate has gets a number ("acme-2.plist_encode"); one that any other file has fails. So the same batch made
 * again finds what is there and signs what is missing. Memory grows only with the CSRs that share a name, by some 150
 * bytes each.
 */
struct mdm_batch *mdm_batch_new(const struct mdm_signer *signer, const char *directory,
                                const struct mdm_batch_caller *caller, struct mdm_error *err);
void mdm_batch_free(struct mdm_batch **batch);

/* Adds the CSR of a path, which must be a regular file, and last until it is reported. No more than these may wait to
 * be signed. */
#define MDM_BATCH_MAX 1024
void mdm_batch_add(struct mdm_batch *batch, const char *path);

/*
 * Signs those that wait, and reports them; after `enough` the rest goes on waiting. Reported requests last; no other
 * whole or half file is left, also after an error. Errors: a disk that takes no more, no memory.
 */
int mdm_batch_sign(struct mdm_batch *batch, struct mdm_error *err);

/* The largest file name that is made: what Linux and macOS take. */
#define MDM_BATCH_NAME_MAX 255
struct mdm_batch_name {
    char text[MDM_BATCH_NAME_MAX + 1];
};
/* "in/acme.csr" and 1 become "acme.plist_encode", and 2 "acme-2.plist_encode". What is too long is cut at its end. */
struct mdm_batch_name mdm_batch_name(const char *input, unsigned number);

#endif
