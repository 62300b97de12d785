/* How a work folder stands: its steps, what is next, its certificates, what to watch. Looks only; needs no password. */
#ifndef MDM_FLOW_STATUS_H
#define MDM_FLOW_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/state.h"

enum mdm_finding_code {
    MDM_FINDING_TOPIC,
    MDM_FINDING_PUSH_DATES,
    MDM_FINDING_PUSH_EXPIRED,
    MDM_FINDING_PUSH_EXPIRES,
    MDM_FINDING_VENDOR_EXPIRED,
    MDM_FINDING_VENDOR_EXPIRES,
    MDM_FINDING_VENDOR_CHAIN,
    MDM_FINDING_VENDOR_MARKER,
    MDM_FINDING_ODD_RECORD,
    MDM_FINDING_CLOSED_PFX,
    MDM_FINDING_RENEWAL,
    MDM_FINDING_SEVERAL,
    MDM_FINDING_INPUTS,
    MDM_FINDING_PUSH_ELSEWHERE,
    MDM_FINDING_OTHER_CSR,
    MDM_FINDING_FOLDER,
    MDM_FINDING_UNREADABLE,
    MDM_FINDING_MODE,
    MDM_FINDING_UNENCRYPTED,
    MDM_FINDING_APPLE_ACCOUNT,
    MDM_FINDING_OLD_SCRIPT,
    MDM_FINDING_LOCKED, /* of a file that `status` was given */
};

/* What a person should know: see findings.h. */
struct mdm_finding {
    enum mdm_finding_code code;
    char *text;     /* worded like an error: lower case, no final stop */
    char *hint;     /* or NULL */
    bool is_reason; /* a step that is not done has it as its reason */
};

struct mdm_findings {
    struct mdm_finding *items;
    size_t count;
    bool incomplete; /* memory ran out */
};
/* Adds a copy. */
void mdm_findings_add(struct mdm_findings *findings, enum mdm_finding_code code, const struct mdm_error *why,
                      bool is_reason);

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
    long days_left;        /* whole days; negative once it has expired */
    bool in_use;           /* the vendor or push certificate that counts, or a CA above the vendor's */
};

/* Zero-initialise it; free it with mdm_status_free. Texts that are not said to be owned are the state's, the options'
 * or a certificate's. */
struct mdm_status {
    struct mdm_state *state; /* owned; NULL: not of a folder */
    struct mdm_status_step steps[3];
    enum mdm_action next;
    struct mdm_status_cert *certificates; /* those in use first: vendor, push, CAs; then what else inputs/ holds */
    size_t certificate_count;
    struct mdm_findings warnings;
    bool expiring; /* the push certificate in force, or without one the vendor's, has expired or expires within the days
                      asked for */
};

/* Adds a certificate, with the role of its kind; whether it is in use is left to the caller. NULL without memory. */
struct mdm_status_cert *mdm_status_add(struct mdm_status *status, const struct mdm_cert *cert, const char *path,
                                       mdm_time at);
/*
 * Looks at the folder as of a time; of the options those that say where things are, and warn_days, count. Makes
 * nothing, locks nothing, works on a read-only folder and beside a run that holds the lock. Errors: the folder is
 * missing or cannot be read, a file given by option cannot be read, out of memory.
 */
int mdm_status_read(const struct mdm_flow_options *options, mdm_time at, struct mdm_status *out, struct mdm_error *err);
void mdm_status_free(struct mdm_status *status);

#endif
