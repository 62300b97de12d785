/* The commands, each in a cmd_NAME.c: main calls them with the options read. They return the exit status, or -1 with
 * *err set. */
#ifndef MDM_CLI_CMD_H
#define MDM_CLI_CMD_H

#include "base/text.h"
#include "cli/opt.h"
#include "flow/flow.h"
#include "pki/trust.h"

#define MDM_ROLES    2
#define CMD_PATH_MAX 8192 /* more than any system takes: a path that is cut off is still too long */

/* What every command gets. */
struct mdm_session {
    struct mdm_callbacks callbacks; /* ask.c, wait.c; their ctx is the session */
    struct mdm_trust *trust[2];     /* see cmd_trust; [true]: of what lies in the folder that a rehearsal left */
    bool at_terminal;               /* at the start */
    bool can_ask;                   /* there is somebody who can be asked */
    struct given_password {
        bool loaded;              /* the file was read */
        bool crlf;                /* its line ended with CR LF; openssl takes the CR as part of the password */
        struct mdm_secret *given; /* from a file or variable, or NULL; of can_reread, only until it is needed */
    } passwords[MDM_ROLES];       /* by enum mdm_role */
    /* Waiting for Apple's file. */
    char downloads[CMD_PATH_MAX]; /* a folder to look for it as well, or "" */
    struct mdm_names seen;        /* versions of files there that were looked at already */
    int guided;                   /* the step whose upload was explained already */
    double began;                 /* when the waiting for its file began; 0: it does not wait */
};

/* Also steps 1-4, csr, renew, undo and import. */
int cmd_run(struct mdm_session *session, struct mdm_error *err);
int cmd_sign(struct mdm_session *session, struct mdm_error *err);
int cmd_status(struct mdm_session *session, struct mdm_error *err);
struct mdm_status;
/* Appends one JSON object with a newline at the end; `failed` (may be NULL, or none) becomes its member "error". */
int status_json(const struct mdm_status *status, const struct mdm_error *failed, struct mdm_bytes *out,
                struct mdm_error *err);
/* Reads the work folder and prints that object to stdout. */
int status_print_json(const struct mdm_error *failed, struct mdm_error *err);
int cmd_verify(struct mdm_session *session, struct mdm_error *err);
int cmd_export(struct mdm_session *session, struct mdm_error *err);
int cmd_rehearse(struct mdm_session *session, struct mdm_error *err);
int cmd_help(struct mdm_session *session, struct mdm_error *err);
/* Prints the help of a command; MDM_COMMAND_RUN: all of it. */
int cmd_help_about(enum mdm_command command);
/* What to put in for {name} in a page of data/help/. The last one has no name. */
struct help_value {
    const char *name;
    const char *text;
};
/* Says what a person is to do next, in the words of a page of data/help/ (its name without ".txt"). */
void cmd_guide(const char *page, const struct help_value *values);

/*
 * The person at this terminal, or the files and variables that answer instead (ask.c).
 *
 * Begins a session: reads (and wipes) the two environment variables; passwords in files are read when they are needed.
 * Fills in the callbacks but wait(). Error: MDM_E_FAILED. End it with ask_end, also after an error.
 */
int ask_begin(struct mdm_session *session, struct mdm_error *err);
void ask_end(struct mdm_session *session);
/* The answer to a question, to be freed: `preset` for an empty one, and where nobody can be asked. `option` would have
 * answered it (NULL: none). */
char *ask_question(const struct mdm_session *session, const char *question, const char *preset, const char *option,
                   struct mdm_error *err);
/* Asks for y or n. 1 yes, also where nobody can be asked; 0 no, -1 error. */
int ask_whether(const struct mdm_session *session, const char *question, struct mdm_error *err);

/*
 * Fills in the callbacks for passwords (password.c), and takes the variables out of the environment, where they are
 * wiped. Of the callbacks: MDM_E_FAILED: a new password is too short, holds a control character, or is the customer's
 * and not printable ASCII. MDM_E_PASSWORD: the given one does not open the file; the error names where it came from.
 */
int passwords_begin(struct mdm_session *session, struct mdm_error *err);

/* Fills in the callback that waits for Apple's file (wait.c). Error MDM_E_USAGE: there is no folder for --downloads. */
int wait_begin(struct mdm_session *session, struct mdm_error *err);
/* What a person does while it is Apple's turn, as the error's hint. `folder` ends with a slash, or is "" where it has
 * been said which one it is; `again` ends the hint and says what to run. */
int wait_hint(const char *folder, const struct mdm_wait *what, const char *again, struct mdm_error *err);
/* The same at length: where to upload what, where to put the download, and how to go on. */
void wait_guide(const struct mdm_wait *what);

/* common.c. */

/* The CAs of --ca-file, or of a rehearsal's folder, or Apple's, for the work folder, or for a file that is named: only
 * what lies in a rehearsal's folder is judged by its CAs. Belongs to the session. */
const struct mdm_trust *cmd_trust(struct mdm_session *session, const char *file, struct mdm_error *err);
#define NAGIOS_UNKNOWN 3 /* the exit status of a plug-in that cannot tell */
/* Prints a plug-in's line: a sentence, and performance data or "". Returns `status`. */
int cmd_nagios(int status, const char *sentence, const char *data);
struct json;
/* Writes the member "error" of an object. */
void cmd_write_error(struct json *json, const struct mdm_error *err);
/* --at, or the time now. */
mdm_time cmd_time(void);
/* A clock that nobody sets, to measure durations. */
double cmd_seconds(void);
/* The path of a file in a folder; the current one, mdm_here, is left out. Returns `out`. */
const char *cmd_path(const char *directory, const char *name, char out[CMD_PATH_MAX]);
/* The absolute path of the work folder, for use in a browser, safe to print; good until the next call. */
const char *cmd_root(void);

#endif
