/* The state of a work folder for the command line: read as its options say, written as JSON (cli contract, "JSON"). */
#ifndef MDM_CLI_STATUS_JSON_H
#define MDM_CLI_STATUS_JSON_H

#include "cli/cmd.h"
#include "flow/status.h"

/* mdm_status_read with the options' folder, vendor's side, CAs, days and time. */
int status_read(const struct mdm_options *options, const struct mdm_session *session, struct mdm_status *status,
                struct mdm_error *err);

/* Appends one JSON object with a newline at the end. */
int status_json(const struct mdm_status *status, struct mdm_bytes *out, struct mdm_error *err);

/* Reads the folder's state and prints it to stdout. Returns 0, or the exit status of the error that was said. */
int status_print_json(const struct mdm_options *options, const struct mdm_session *session);

#endif
