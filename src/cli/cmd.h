/* The commands: each in its own cmd_NAME.c, called by main with the options read; returns the exit status. */
#ifndef MDM_CLI_CMD_H
#define MDM_CLI_CMD_H

#include <limits.h>

#include "base/text.h"
#include "cli/opt.h"
#include "cli/password.h"
#include "flow/flow.h"
#include "pki/trust.h"

/* What every command gets. */
struct mdm_session {
    const struct mdm_options *options;
    struct mdm_callbacks callbacks; /* ask.c, wait.c; their ctx is the session */
    struct mdm_trust *trust;        /* of --ca-file, of a rehearsal's folder, or Apple's: see cmd_trust */
    bool practice;                  /* the work folder is a rehearsal's */
    bool at_terminal;               /* when we began */
    bool can_ask;                   /* there is somebody who can be asked */
    struct passwords passwords;
    struct rehearsal *rehearsal; /* cmd_rehearse.c, or NULL */
    /* Waiting for Apple's file. */
    char *downloads;       /* where it is looked for as well, or NULL */
    struct mdm_names seen; /* versions of files there that were looked at already */
    int guided;            /* the step whose upload was explained already */
    int waiting;           /* the step that is waited for, 0 for none */
    double began;
};

/* Also steps 1-4, csr, renew, undo and import. */
int cmd_run(struct mdm_session *session);
int cmd_sign(struct mdm_session *session);
int cmd_status(struct mdm_session *session);
int cmd_verify(struct mdm_session *session);
int cmd_export(struct mdm_session *session);
int cmd_rehearse(struct mdm_session *session);
int cmd_help(struct mdm_session *session);
/* The text of --help; MDM_COMMAND_RUN: of all of it. */
int cmd_help_about(enum mdm_command command);
/* What to put in for {name} in a page of data/help/. The last one has no name. */
struct help_value {
    const char *name;
    const char *text;
};
/* Says what a person is to do next, in the words of a page of data/help/. */
void cmd_guide(const char *page, const struct help_value *values);

/*
 * The person at this terminal, or the files and variables that stand in for them (ask.c).
 *
 * Begins a session: reads (and wipes) the two environment variables; passwords in files are read when they are needed.
 * Fills the callbacks but wait(). They also guide: notify() prints a heading for every step, wait() where to upload
 * what; what comes before the first step and after the last is for the command to say. Error: MDM_E_FAILED. End it with
 * ask_end, also after an error.
 */
int ask_begin(struct mdm_session *session, const struct mdm_options *options, struct mdm_error *err);
void ask_end(struct mdm_session *session);
/* The answer to a question, or `preset` for an empty one and where nobody can be asked; free() it. NULL as the
 * callbacks. */
char *ask_question(const struct mdm_session *session, const char *question, const char *preset, struct mdm_error *err);
/* A question to be answered with y or n. 1 yes, also where nobody can be asked; 0 no, -1 error. */
int ask_whether(const struct mdm_session *session, const char *question, struct mdm_error *err);

/* Waiting for Apple's file (wait.c). */

/* Fills the callback. Error MDM_E_USAGE: there is no folder for --downloads. */
int wait_begin(struct mdm_session *session, struct mdm_error *err);
/* Where to upload what, where to put the download, and how to go on. */
void wait_guide(const char *directory, const struct mdm_wait *what);

/* Shared by several (common.c). */

/* --ca-file, or the practice CAs of a rehearsal's folder, or Apple's built-in CAs. Belongs to the session. */
const struct mdm_trust *cmd_trust(struct mdm_session *session, struct mdm_error *err);
/* The options for flow.h, and whom to trust (as cmd_trust). */
int cmd_flow_options(struct mdm_session *session, struct mdm_flow_options *flow, struct mdm_error *err);
/* Recognises a rehearsal's folder, and says so. */
void cmd_notice_practice(struct mdm_session *session);
/* Says the error in the form that was asked for: with --json also as an object on stdout, with --format nagios as an
 * unknown state. Returns the exit status. */
int cmd_fail(const struct mdm_options *options, const struct mdm_error *err);
#define NAGIOS_UNKNOWN 3
/* The member "error" of an object. */
struct json;
void cmd_write_error(struct json *json, const struct mdm_error *err);
/* --at, or else the clock. */
mdm_time cmd_time(const struct mdm_session *session);
/* Of a clock that nobody sets, for how long something took. */
double cmd_seconds(void);
/* The work folder from the root: a browser's dialogue does not begin there. */
const char *cmd_root(const char *directory, char out[PATH_MAX]);
/* The result on stdout: "Topic ID: com.apple.mgmt.External...."; with -q the bare topic. */
void cmd_say_topic(const char *topic);

#endif
