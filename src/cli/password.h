/* Passwords from files, standard input, variables or the keyboard; and the rules for new ones. */
#ifndef MDM_CLI_PASSWORD_H
#define MDM_CLI_PASSWORD_H

#include "cli/opt.h"
#include "flow/flow.h"

#define PASSWORD_ROLES 2

struct passwords {
    struct password_source {
        const char *file;         /* --X-password-file, or NULL */
        bool loaded;              /* the file was read */
        bool crlf;                /* its line ended with CR LF; openssl takes the CR as part of the password */
        struct mdm_secret *given; /* the password, or NULL */
    } of[PASSWORD_ROLES];         /* by enum mdm_role */
    bool can_ask;
    bool imports; /* the imported file may have another password than the one given for the new files */
};

/* Notes the names of the files, and takes the variables out of the environment, where they are wiped. */
int passwords_begin(struct passwords *passwords, const struct mdm_options *options, bool can_ask,
                    struct mdm_error *err);

/* As new_password and password of struct mdm_callbacks. MDM_E_FAILED: a new one is too short, holds a control
 * character, or is the customer's and not printable ASCII. MDM_E_PASSWORD: the given one does not open the file; the
 * error names where it came from. */
struct mdm_secret *passwords_new(struct passwords *passwords, enum mdm_role role, struct mdm_error *err);
struct mdm_secret *passwords_existing(struct passwords *passwords, enum mdm_role role, const char *path,
                                      unsigned attempt, struct mdm_error *err);

void passwords_end(struct passwords *passwords);

#endif
