/* Which Apple account a work folder's push certificate belongs to: outputs/apple-account.txt, plain text for people. */
#ifndef MDM_FLOW_ACCOUNT_H
#define MDM_FLOW_ACCOUNT_H

#include "store/workspace.h"

#define MDM_ACCOUNT_MAX 254 /* bytes; the longest address of e-mail */
#define MDM_PORTAL_MAX  (MDM_ACCOUNT_MAX + 64)

struct mdm_account {
    enum mdm_account_state {
        MDM_ACCOUNT_UNKNOWN, /* there is no file: nobody was asked yet */
        MDM_ACCOUNT_NAMED,
        MDM_ACCOUNT_DECLINED, /* the file is empty */
        MDM_ACCOUNT_UNUSABLE, /* the file holds no name, and is left alone */
    } state;
    char name[MDM_ACCOUNT_MAX + 1]; /* "" when it is not known */
};

/* Error MDM_E_USAGE: the name is too long, or holds characters that cannot be seen. "" is fine. */
int mdm_account_check(const char *name, struct mdm_error *err);
void mdm_account_read(const struct mdm_workspace *workspace, struct mdm_account *account);
/* The same of the work folder `directory`, with or without one. */
void mdm_account_of(const char *directory, struct mdm_account *account);
/* The portal for push certificates, and as whom to sign in there, for sentences. */
void mdm_account_portal(const struct mdm_account *account, char out[MDM_PORTAL_MAX]);
/* Replaces the file. "": declined. */
int mdm_account_write(const struct mdm_workspace *workspace, const char *name, struct mdm_error *err);

#endif
