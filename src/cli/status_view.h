/* What `status` knows, and its JSON. */
#ifndef MDM_CLI_STATUS_VIEW_H
#define MDM_CLI_STATUS_VIEW_H

#include "cli/cmd.h"
#include "flow/status.h"

/* A private key in one of the files. */
struct status_key {
    const char *path; /* an operand */
    struct mdm_key_id id;
};

struct status_view {
    const struct mdm_options *options;
    struct mdm_status status; /* with `files`: certificates and warnings alone */
    bool files;               /* about FILE..., of which all but CAs count as in use */
    struct status_key *keys;  /* with `files`: those in them */
    size_t key_count;
    struct mdm_error problem; /* with `files`: the first with the greatest status, or none */
};

enum status_validity {
    STATUS_VALID,
    STATUS_EXPIRING, /* within --days */
    STATUS_EXPIRED,
    STATUS_NOT_YET_VALID,
};
enum status_validity status_validity(const struct status_view *view, const struct mdm_cert_facts *facts);

/* Reads the work folder. Free the view with status_view_free, also after an error. */
int status_read(struct mdm_session *session, struct status_view *view, struct mdm_error *err);
/* Reads the operands. What is wrong with a file is reported at once, and noted in warnings and problem. */
int status_read_files(struct mdm_session *session, struct status_view *view, struct mdm_error *err);
/* The file that has the certificate's private key, or NULL. */
const char *status_key_path(const struct status_view *view, const struct mdm_cert_facts *facts);
void status_view_free(struct status_view *view);

/* Appends one JSON object with a newline at the end; `failed` (may be NULL) becomes its member "error". */
int status_json(const struct status_view *view, const struct mdm_error *failed, struct mdm_bytes *out,
                struct mdm_error *err);
/* Reads the work folder and prints that object to stdout. False: the folder cannot be read. */
bool status_print_json(struct mdm_session *session, const struct mdm_error *failed);

#endif
