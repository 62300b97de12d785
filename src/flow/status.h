/* How a work folder stands: its steps, what is next, its certificates, what to watch. Looks only; needs no password. */
#ifndef MDM_FLOW_STATUS_H
#define MDM_FLOW_STATUS_H

#include "flow/state.h"

struct mdm_status_step {
    enum mdm_step_state state;
    const char *files[5];    /* what it made, as far as it is there, up to a NULL: "outputs/vendor.key" */
    const char *waiting_for; /* Apple's file: "inputs/mdm.cer", or NULL; static */
    struct mdm_error why;    /* why it is not done, and what to do about it */
};

struct mdm_status_cert {
    const char *role;      /* "vendor", "push", "intermediate", "root" or "other"; static */
    const char *path;      /* relative to the work folder, or as the user gave it; NULL: of the trust's CAs */
    struct mdm_cert *cert; /* owned; what it says: mdm_cert_facts() */
    bool in_use;           /* the vendor or push certificate that counts, or a CA above the vendor's */
    const char *key_path;  /* of files alone: the one that has its private key, or NULL */
};

/* What a person should know: see state.h. */
struct mdm_warning {
    const char *code; /* for programs: short and stable; static */
    struct mdm_error why;
};
/* The code of what is news and nothing wrong. */
#define MDM_WARNING_RENEWAL "renewal"

/* Zero-initialise it; free it with mdm_status_free. Texts that are not said to be owned are the state's, the options'
 * or a certificate's. */
struct mdm_status {
    struct mdm_state *state; /* owned; NULL: not of a folder */
    mdm_time now;
    struct mdm_status_step steps[3];
    enum mdm_action next;
    struct mdm_status_cert *certificates; /* those in use first: vendor, push, CAs; then what else inputs/ holds */
    size_t certificate_count;
    const char *topic; /* that devices are enrolled with, or NULL */
    struct mdm_warning *warnings;
    size_t warning_count;
    bool expiring; /* the push certificate in force, or without one the vendor's, has expired or expires within the days
                      asked for */
};

/* Adds a certificate, with the role of its kind; those of a folder once. `path` may be NULL. */
enum mdm_use {
    MDM_BESIDE,
    MDM_IN_USE,
};
int mdm_status_add(struct mdm_status *status, const struct mdm_cert *cert, const char *path, enum mdm_use use,
                   struct mdm_error *err);
/* Adds a copy of what was found. */
int mdm_status_warn(struct mdm_status *status, const char *code, const struct mdm_error *why, struct mdm_error *err);
/*
 * Looks at the folder as of a time; of the options those that say where things are, and warn_days, count. Makes
 * nothing, locks nothing, works on a read-only folder and beside a run that holds the lock. Errors: the folder is
 * missing or cannot be read, a file given by option cannot be read, out of memory.
 */
int mdm_status_read(const struct mdm_flow_options *options, mdm_time at, struct mdm_status *out, struct mdm_error *err);
void mdm_status_free(struct mdm_status *status);

#endif
