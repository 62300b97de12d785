/* Passwords: from files, standard input or variables when they are given, else typed; and the rules for new ones. */
#ifndef MDM_CLI_PASSWORD_H
#define MDM_CLI_PASSWORD_H

#include "cli/opt.h"
#include "flow/flow.h"

#define PASSWORD_ROLES 2

/* What is given instead of typing. */
struct passwords {
    struct password_source {
        const char *file; /* --X-password-file, or NULL */
        bool loaded;      /* it was read */
        bool crlf;        /* its line ended with CR LF; openssl takes the CR for a part of the password */
        struct mdm_secret *given;
    } of[PASSWORD_ROLES]; /* by enum mdm_role */
    bool can_ask;
    bool imports; /* a file from elsewhere may have another password than the one that is given for the new files */
};

/* Takes the file names and, out of the environment, the variables, which are wiped there. */
int passwords_begin(struct passwords *passwords, const struct mdm_options *options, bool can_ask,
                    struct mdm_error *err);

/* As new_password and password of struct mdm_callbacks. A new one is refused (MDM_E_FAILED, with the reason) when it is
 * too short, holds a control character, or is for the customer not printable ASCII. A given password that does not open
 * the file is an error that names where it came from (MDM_E_PASSWORD). */
struct mdm_secret *passwords_new(struct passwords *passwords, enum mdm_role role, struct mdm_error *err);
struct mdm_secret *passwords_existing(struct passwords *passwords, enum mdm_role role, const char *path,
                                      unsigned attempt, struct mdm_error *err);

void passwords_end(struct passwords *passwords);

#endif
