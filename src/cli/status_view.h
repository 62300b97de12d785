/* What `status` knows, and the forms it is written in. */
#ifndef MDM_CLI_STATUS_VIEW_H
#define MDM_CLI_STATUS_VIEW_H

#include "cli/cmd.h"
#include "flow/status.h"

/* A private key that one of the files has. */
struct status_key {
    const char *path; /* an operand */
    struct mdm_key_id id;
};

struct status_view {
    const struct mdm_options *options;
    struct mdm_status status; /* of a folder; or, with `files`, certificates and warnings alone */
    mdm_time at;
    bool files;              /* of FILE...: everything that is no CA counts as in use */
    struct status_key *keys; /* with files: those in them */
    size_t key_count;
    int exit_code; /* with files: the worst that was met, or 0 */
};

enum status_life {
    STATUS_VALID,
    STATUS_EXPIRING, /* within --days */
    STATUS_EXPIRED,
    STATUS_NOT_YET_VALID,
};
enum status_life status_life(const struct status_view *view, const struct mdm_status_cert *cert);

/* Is it one that monitoring is about: in use, and no CA? */
bool status_counts(const struct mdm_status_cert *cert);

/* The certificate that monitoring is about: the push certificate in force, without one the vendor's; of files the one
 * that expires first. NULL: none. */
const struct mdm_status_cert *status_in_force(const struct status_view *view);

/* Reads the folder that the options name. Free the view with status_view_free, also after an error. */
int status_read(struct mdm_session *session, struct status_view *view, struct mdm_error *err);
/* Reads the operands. What is wrong with a file is said, and goes into warnings and exit_code. */
int status_read_files(struct mdm_session *session, struct status_view *view, struct mdm_error *err);
/* The file that has the certificate's private key, or NULL. */
const char *status_key_path(const struct status_view *view, const struct mdm_status_cert *cert);
void status_view_free(struct status_view *view);

/* Appends one JSON object with a newline at the end; `failed` (may be NULL) becomes its member "error". */
int status_json(const struct status_view *view, const struct mdm_error *failed, struct mdm_bytes *out,
                struct mdm_error *err);
/* Reads the folder's state and prints it to stdout, with the error that ended a run, or NULL. False: it cannot be
 * read. */
bool status_print_json(struct mdm_session *session, const struct mdm_error *failed);

#endif
