/*
 * The three steps, in the order the files call for: from a new vendor key to the .pfx. Every function looks at the work
 * folder by content, does what comes next, and looks again; nothing but the files is remembered between two runs.
 */
#ifndef MDM_FLOW_FLOW_H
#define MDM_FLOW_FLOW_H

#include "base/date.h"
#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/trust.h"

/* How the flow asks and tells: callbacks that the caller supplies. The library never prints and reads no clock. */

enum mdm_role {
    MDM_ROLE_VENDOR,
    MDM_ROLE_CUSTOMER,
};

enum mdm_event_kind {
    MDM_EVENT_STEP,       /* `step` begins */
    MDM_EVENT_DID,        /* text, to be shown as it is */
    MDM_EVENT_WRONG_FILE, /* text, hint: another file in the place of Apple's */
    MDM_EVENT_WARNING,    /* text, worded like an error, as that of a note is */
    MDM_EVENT_NOTE,
};

/* Something that happened. Unused members are 0; pointers live only during the call. */
struct mdm_event {
    enum mdm_event_kind kind;
    int step;
    const char *text;
    const char *hint;
};

/* What is being waited for. */
struct mdm_wait {
    int step;                           /* the step that needs it: 2 (mdm.cer) or 3 (MDM_Certificate.pem) */
    const char *path;                   /* relative to the work folder: "inputs/mdm.cer" */
    const struct mdm_key_id *key_id;    /* whose certificate it is, or NULL when that is not known */
    const char *upload;                 /* what the person uploads: "outputs/vendor.csr"; NULL: a key without a CSR */
    const struct mdm_cert_facts *renew; /* step 3: the push certificate whose row is to be renewed, or NULL */
    bool row_is_lost;                   /* the same, and nothing here tells any more which row */
    const struct mdm_error *trouble;    /* why what would be uploaded would be refused, or NULL */
    const char *portal;                 /* where it is uploaded, and as whom to sign in */
    const char *account;                /* the Apple account to sign in with, or "" */
    bool practice;                      /* nobody answers here, and nothing is to be uploaded */
    bool customer_only;                 /* a vendor elsewhere signs `upload` first */
};

struct mdm_callbacks {
    void *ctx; /* handed to every callback */
    mdm_time (*now)(void);
    void (*notify)(void *ctx, const struct mdm_event *event);
    /* A new password, already checked and repeated. NULL: MDM_E_UNANSWERED, MDM_E_INTERRUPTED, ... */
    struct mdm_secret *(*new_password)(void *ctx, enum mdm_role role, struct mdm_error *err);
    /* Asks for the password of an existing file, in place of *password, while *why (set to MDM_E_PASSWORD at first)
     * says that one is needed, and for three at most: *attempt counts them. False: there is none, and *why says so.
     * Else it is cleared. */
    bool (*password)(void *ctx, enum mdm_role role, const char *path, unsigned *attempt, struct mdm_secret **password,
                     struct mdm_error *why);
    /* By role: the password can be had again without asking a person. Then it is not kept while waiting. */
    bool can_reread[2];
    /* The subject for a new CSR. `last` is last year's, or NULL. */
    struct mdm_subject *(*subject)(void *ctx, enum mdm_role role, const struct mdm_csr *last, struct mdm_error *err);
    /* The topic changed: 1 go on all the same, 0 no, -1 error. `portal`: where "Renew" would have kept it. */
    int (*accept_topic)(void *ctx, const char *old_topic, const char *new_topic, const char *portal,
                        struct mdm_error *err);
    /* Which Apple account is used at identity.apple.com: 1 with *name to be freed ("": not to be remembered), 0 when
     * nobody can be asked, -1 error. */
    int (*apple_account)(void *ctx, char **name, struct mdm_error *err);
    /* Something that is finished is about to be replaced: `what`, and how to go back. 1 go on, 0 no, -1 error. */
    int (*confirm)(void *ctx, const char *what, struct mdm_error *err);
    /* Called again and again while Apple's file is missing; sleeps a little. 0: look again. -1: give up, with *err set
     * (MDM_E_WAITING, MDM_E_INTERRUPTED). */
    int (*wait)(void *ctx, const struct mdm_wait *what, struct mdm_error *err);
};

/* Tells of something in one sentence. */
void mdm_notify(const struct mdm_callbacks *callbacks, enum mdm_event_kind kind, const char *format, ...)
    MDM_PRINTF(3, 4);

/* The longest name of an Apple account, which is an address of e-mail, in bytes; and of a portal with one. */
#define MDM_ACCOUNT_MAX 254
#define MDM_PORTAL_MAX  (MDM_ACCOUNT_MAX + 64)

struct mdm_flow_options {
    const char *directory;         /* the work folder; must exist */
    const char *vendor_key;        /* path or pkcs11: URI in place of outputs/vendor.key, or NULL */
    const char *vendor_cert;       /* path in place of inputs/mdm.cer, or NULL */
    const struct mdm_trust *trust; /* which roots the vendor certificate must reach */
    bool practice;                 /* they are the practice Apple's: nothing here is to be uploaded */
    const char *apple_account;     /* to be remembered, or NULL */
    enum mdm_p12_form pfx;
    bool keep_key; /* with a redo or renewal: keep the existing key */
    bool accept_new_topic;
    const char *const *files; /* of an import; cli: the operands of any command */
    size_t file_count;
    int warn_days; /* warn about (renew: replace) certificates that expire within so many days; cli: 30 */
};

/* How it ended. Zero-initialise it. */
struct mdm_flow_result {
    bool made_pfx;           /* step 3 was done by this run */
    const char *delivered;   /* the file below outputs/ that goes to the customer, who keeps the key; or NULL */
    struct mdm_cert *push;   /* the push certificate, when finished; the result's */
    struct mdm_state *state; /* as it was left; the result's; NULL when it could not be taken */
};
void mdm_flow_result_free(struct mdm_flow_result *result);

/* Is there nothing of ours in the folder, nor of the old script, so that a run would begin anew there? */
bool mdm_flow_is_new(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks);

enum mdm_flow_command {
    /* Goes on from wherever the files say we are, through step 3, as far as possible: ends early with MDM_E_WAITING
     * when it is Apple's turn and callbacks->wait does not wait. */
    MDM_FLOW_RUN,
    MDM_FLOW_STEP_1, /* redoes step 1, 2 or 3 and then goes on; what it replaces moves to the archive */
    MDM_FLOW_STEP_2,
    MDM_FLOW_STEP_3,
    MDM_FLOW_STEP_4,   /* signs inputs/customer.csr into outputs/plist_encode; makes no key and goes no further */
    MDM_FLOW_CUSTOMER, /* a customer's side alone: outputs/customer.key and .csr, made unless they are there */
    /* The yearly renewal: archives what the new round replaces (the customer's key and CSR unless keep_key, the push
     * certificate, the request; the vendor's key, CSR and certificate when the certificate ends within warn_days), and
     * goes on. The pfx stays until step 3 has the new one. MDM_E_REFUSED: there is no push certificate to renew. */
    MDM_FLOW_RENEW,
    /* Brings in key and certificate of another tool or server, the key encrypted anew. A certificate alone says which
     * topic is in force. MDM_E_REFUSED: they do not belong together, are of another kind, or would replace something.
     */
    MDM_FLOW_IMPORT,
    MDM_FLOW_UNDO,    /* undoes the newest command or renewal that archived or imported something: see change.h */
    MDM_FLOW_ABANDON, /* the same for a renewal under way; MDM_E_REFUSED: none is */
};
int mdm_flow_do(enum mdm_flow_command command, const struct mdm_flow_options *options,
                const struct mdm_callbacks *callbacks, struct mdm_flow_result *result, struct mdm_error *err);

/* The push certificate and its key in the forms that MDM servers load. */
enum mdm_export_kind {
    MDM_EXPORT_PEM, /* certificate, then the key, NOT encrypted */
    MDM_EXPORT_KEY, /* the key alone, NOT encrypted */
    MDM_EXPORT_P12, /* the pfx as it is */
    MDM_EXPORT_KINDS,
};

struct mdm_export {
    bool wanted[MDM_EXPORT_KINDS];
    enum mdm_key_form form;
    struct mdm_bytes files[MDM_EXPORT_KINDS]; /* what was wanted; PEM or PKCS #12 */
};

/*
 * Makes what is wanted. Asks for the customer key's password unless only the pfx is wanted; looks only and takes no
 * lock. Errors: MDM_E_REFUSED when step 3 is not done (its checks, the topic's above all, come first) or the key is the
 * customer's own; those of the password. An expired certificate is told as a warning.
 */
int mdm_export_make(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                    struct mdm_export *wanted, struct mdm_error *err);
void mdm_export_free(struct mdm_export *exported);

/*
 * Recognises the work folder that a rehearsal left: the practice CAs of the folder, marked as practice, when it holds
 * certificates and every one of them, in inputs/, outputs/ and the archive, was issued by these CAs, all of which name
 * themselves PRACTICE. NULL for every other folder: a file of that name, put beside something real, changes nothing.
 * `vendor_cert`: one that is used in place of the folder's, or NULL.
 */
struct mdm_trust *mdm_rehearsal_trust(const char *directory, const char *vendor_cert, mdm_time now);

#endif
