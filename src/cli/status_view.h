/* What `status` knows, and its JSON. */
#ifndef MDM_CLI_STATUS_VIEW_H
#define MDM_CLI_STATUS_VIEW_H

#include "cli/cmd.h"
#include "flow/status.h"

enum status_validity {
    STATUS_VALID,
    STATUS_EXPIRING, /* within --days */
    STATUS_EXPIRED,
    STATUS_NOT_YET_VALID,
};
enum status_validity status_validity(const struct mdm_status *status, const struct mdm_cert_facts *facts);

/* Reads the work folder. */
int status_read(struct mdm_session *session, struct mdm_status *status, struct mdm_error *err);
/* Reads the operands: certificates, of which all but CAs count as in use, and warnings. What is wrong with a file is
 * reported at once, and is a warning; *problem is the first with the greatest exit status, or none. Free *status also
 * after an error. */
int status_read_files(struct mdm_session *session, struct mdm_status *status, struct mdm_error *problem,
                      struct mdm_error *err);

/* Appends one JSON object with a newline at the end; `failed` (may be NULL, or none) becomes its member "error". */
int status_json(const struct mdm_status *status, const struct mdm_error *failed, struct mdm_bytes *out,
                struct mdm_error *err);
/* Reads the work folder and prints that object to stdout. False: the folder cannot be read. */
bool status_print_json(struct mdm_session *session, const struct mdm_error *failed);

#endif
