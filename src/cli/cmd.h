/* The commands: each in its own cmd_NAME.c, called by main with the options read; returns the exit status. */
#ifndef MDM_CLI_CMD_H
#define MDM_CLI_CMD_H

#include "cli/ask.h"
#include "cli/opt.h"
#include "flow/callbacks.h"
#include "pki/trust.h"

/* What every command gets besides its options. */
struct mdm_session {
    struct ask *ask;
    struct mdm_callbacks callbacks; /* ask's callbacks */
    struct mdm_trust *trust;        /* of --ca-file, of a rehearsal's folder, or Apple's: see cmd_trust */
    bool ca_file_read;
};

/* Also steps 1-4, csr, renew, undo and import. */
int cmd_run(const struct mdm_options *options, struct mdm_session *session);
int cmd_sign(const struct mdm_options *options, struct mdm_session *session);
int cmd_status(const struct mdm_options *options, struct mdm_session *session);
int cmd_verify(const struct mdm_options *options, struct mdm_session *session);
int cmd_export(const struct mdm_options *options, struct mdm_session *session);
int cmd_rehearse(const struct mdm_options *options, struct mdm_session *session);
int cmd_help(const struct mdm_options *options, struct mdm_session *session);
/* The text of --help; MDM_COMMAND_RUN: of all of it. */
int cmd_help_about(enum mdm_command command);

/* Shared by several (common.c). */

/* --ca-file, or the practice CAs of a rehearsal's folder, or Apple's built-in CAs. Belongs to the session. */
const struct mdm_trust *cmd_trust(const struct mdm_options *options, struct mdm_session *session,
                                  struct mdm_error *err);
/* The options for flow.h, and whom to trust (as cmd_trust). */
struct mdm_flow_options;
int cmd_flow_options(const struct mdm_options *options, struct mdm_session *session, struct mdm_flow_options *flow,
                     struct mdm_error *err);
/* Recognises a rehearsal's folder, and says so. */
void cmd_notice_practice(const struct mdm_options *options, struct mdm_session *session);
bool cmd_is_practice(const struct mdm_session *session);
/* Says the error in the form that was asked for: with --json also as an object on stdout, with --format nagios as an
 * unknown state. Returns the exit status. */
int cmd_fail(const struct mdm_options *options, const struct mdm_error *err);
#define NAGIOS_UNKNOWN 3
/* The member "error" of an object. */
struct json;
void cmd_write_error(struct json *json, const struct mdm_error *err);
/* --at, or else the clock. */
mdm_time cmd_time(const struct mdm_options *options, const struct mdm_session *session);

#endif
