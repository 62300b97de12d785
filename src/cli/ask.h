/*
 * The person at this terminal, or the files and variables that stand in for them: fills the callbacks of callbacks.h.
 *
 * A password comes from --X-password-file, else from MDMVENDOR_X_PASSWORD, else from the terminal (when stdin is one
 * and --no-input is not given), else the error MDM_E_UNANSWERED names the option.
 */
#ifndef MDM_CLI_ASK_H
#define MDM_CLI_ASK_H

#include "cli/opt.h"
#include "flow/callbacks.h"

struct ask;

/* Reads (and wipes) the two environment variables; passwords in files are read when they are needed. Fills the
 * callbacks, which also guide: notify() prints a heading for every step, wait() where to upload what; what comes before
 * the first step and after the last is for the command to say (words.h). `options` must live as long. Errors:
 * MDM_E_USAGE (--downloads), MDM_E_FAILED. */
struct ask *ask_new(const struct mdm_options *options, struct mdm_callbacks *callbacks, struct mdm_error *err);

/* Is there somebody who can be asked? */
bool ask_can(const struct ask *ask);
/* The answer to a question, or `preset` for an empty one and where nobody can be asked; free() it. NULL as the
 * callbacks. */
char *ask_question(const struct ask *ask, const char *question, const char *preset, struct mdm_error *err);

/* A question to be answered with y or n. 1 yes, also where nobody can be asked; 0 no, -1 error. */
int ask_whether(const struct ask *ask, const char *question, struct mdm_error *err);

void ask_free(struct ask **ask);

#endif
