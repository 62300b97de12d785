/* How the core asks and tells: callbacks that the caller supplies. The core itself never prints and never reads the
 * clock. */
#ifndef MDM_FLOW_CALLBACKS_H
#define MDM_FLOW_CALLBACKS_H

#include <stdbool.h>

#include "base/date.h"
#include "pki/cert.h"
#include "pki/csr.h"

enum mdm_role {
    MDM_ROLE_VENDOR,
    MDM_ROLE_CUSTOMER,
};

enum mdm_event_kind {
    MDM_EVENT_STEP,    /* `step` begins */
    MDM_EVENT_DID,     /* text, to be shown as it is */
    MDM_EVENT_UNFIT,   /* text, hint: a file that lies where Apple's is due and is not it */
    MDM_EVENT_WARNING, /* text, worded like an error, as that of a note is */
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
    const char *upload;                 /* what the person uploads: "outputs/vendor.csr"; NULL: a key without a CSR */
    const struct mdm_cert_facts *renew; /* step 3: the push certificate whose row is to be renewed, or NULL */
    const struct mdm_error *trouble;    /* why what would be uploaded would be refused, or NULL */
    const char *portal;                 /* where it is uploaded, and as whom to sign in */
    const char *account;                /* the Apple account to sign in with, or "" */
    bool practice;                      /* nobody answers here, and nothing is to be uploaded */
    bool customer_only;                 /* a vendor elsewhere signs `upload` first */
};

struct mdm_callbacks {
    void *ctx; /* handed to every callback */
    mdm_time (*now)(void *ctx);
    void (*notify)(void *ctx, const struct mdm_event *event);
    /* A new password, already checked and repeated. NULL: MDM_E_UNANSWERED, MDM_E_INTERRUPTED, ... */
    struct mdm_secret *(*new_password)(void *ctx, enum mdm_role role, struct mdm_error *err);
    /* The password of an existing file; attempt is 1, 2, 3. NULL as above, also when a given password was wrong and
     * there is no terminal to ask for another (then without touching *err). */
    struct mdm_secret *(*password)(void *ctx, enum mdm_role role, const char *path, unsigned attempt,
                                   struct mdm_error *err);
    /* Can the password of this role be had again without asking a person? Then it is not kept while waiting. */
    bool (*can_reread)(void *ctx, enum mdm_role role);
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

#endif
