/*
 * The one way to write to a work folder. A step describes what it wants (put, remove); the commit checks that all of it
 * can be done, archives what is replaced or removed, and makes the change; it leaves a list in the archive, also where
 * it only adds files: undo takes back a command as a whole. A commit that replaces something and is cut short is put
 * back at the next start (mdm_change_recover).
 */
#ifndef MDM_FLOW_CHANGE_H
#define MDM_FLOW_CHANGE_H

#include "flow/flow.h"
#include "pki/pem.h"
#include "store/workspace.h"

/*
 * The lists of changes: outputs/archive/FOLDER/list.txt says what one change did, so that `undo` can put it back and
 * the state can tell which certificates are done with and whether a renewal is under way. A person can read it:
 *
 *     mdmvendor list 2
 *     command renew
 *     number 3
 *     unit SHA-256
 *     record SHA-256
 *     spent SHA-256
 *     undoes SHA-256
 *     file BEFORE AFTER outputs/customer.key
 *     used SHA-256 inputs/MDM_Certificate.pem
 *
 * Lists name each other by the digest of their text, so that their folders can be renamed, taken away and brought
 * back. BEFORE and AFTER are SHA-256 digests of contents, or "-" where there is no file. In paths, "%" and control
 * characters are written as %XX.
 */
#define MDM_LIST_FOLDER_MAX  40
#define MDM_LIST_COMMAND_MAX 24

enum mdm_place {
    MDM_OUTPUTS,
    MDM_INPUTS,
};

#define MDM_LIST_NONE "-"
#define MDM_LIST_UNDO "undo" /* the command of a list that undoes others */

struct mdm_list_file {
    enum mdm_place place;
    char *name;
    char before[MDM_SHA256_TEXT]; /* MDM_LIST_NONE: there was none */
    char after[MDM_SHA256_TEXT];
    bool used; /* only read: the certificate that a step took from inputs/ ("before" and "after" are its digest) */
    /* Of a change that is being made, what it becomes: */
    struct mdm_bytes bytes;
    uint32_t mode;
    struct mdm_staged staged;
};

struct mdm_list {
    char folder[MDM_LIST_FOLDER_MAX]; /* of the archive */
    bool pending;                     /* the change was cut short */
    bool undone;                      /* by a later list */
    char command[MDM_LIST_COMMAND_MAX];
    unsigned number;              /* from 1; grows by one with each list, whatever the clock says */
    char id[MDM_SHA256_TEXT];     /* digest of its text; "" before it is written */
    char unit[MDM_SHA256_TEXT];   /* id of the first list of the command or renewal; "-" in the text of that one */
    char record[MDM_SHA256_TEXT]; /* the certificate that is in force until the renewal begun here is done; or "" */
    struct mdm_names spent;       /* certificates that are done with: they move nothing any more */
    struct mdm_names undoes;
    struct mdm_list_file *files;
    size_t file_count;
};

/* All lists of an archive, oldest first. Zero-initialise it. */
struct mdm_lists {
    struct mdm_list *items;
    size_t count;
    char damaged[MDM_LIST_FOLDER_MAX + 16]; /* below the archive, a list that cannot be read; or "" */
    bool pending_is_damaged;                /* it is that of a change that was cut short */
};
/* Adds a file of an archive folder if it is a list, and uses its text up. One that makes no sense is remembered as
 * damaged. */
int mdm_lists_add(struct mdm_lists *lists, const char *folder, const char *name, struct mdm_bytes *text,
                  struct mdm_error *err);
/* To be called once all of them are added: finds out which ones are undone. */
void mdm_lists_end(struct mdm_lists *lists);
void mdm_lists_free(struct mdm_lists *lists);
/* Error: one of them is damaged. */
int mdm_lists_check(const struct mdm_lists *lists, struct mdm_error *err);
/* The list of an archive folder, or NULL. */
const struct mdm_list *mdm_lists_find(const struct mdm_lists *lists, const char *folder);
/* Is it in effect: complete, not undone, and no undo itself? */
bool mdm_list_is_open(const struct mdm_list *list);

/* Begin it with mdm_run_begin, describe it, and commit it with mdm_run_commit. What goes wrong while it is described is
 * told by the commit, so that nothing needs to be asked before. */
struct mdm_change {
    const struct mdm_workspace *workspace;
    const struct mdm_callbacks *callbacks;
    const struct mdm_lists *lists;
    /* What of it is known before the commit; `unit` is "" for a change that no other one goes before. A digest in
     * `before` is what the file had when the change was decided on: it must be the same now. */
    struct mdm_list list;
    struct mdm_error problem; /* the first; the commit tells it */
};

/* A new content for a file; the bytes are copied (NULL: there is to be no such file). A file that has it already is
 * left alone. */
void mdm_change_put(struct mdm_change *change, enum mdm_place place, const char *name, const struct mdm_bytes *bytes,
                    uint32_t mode);
/* The same for a content that a folder of the archive has, with its mode; it must still be the one with this digest. */
void mdm_change_put_archived(struct mdm_change *change, const char *folder, enum mdm_place place, const char *name,
                             const char *digest);
void mdm_change_remove(struct mdm_change *change, enum mdm_place place, const char *name);
/* Notes in the list that a certificate of inputs/ was used, so that undo takes it away. */
void mdm_change_use(struct mdm_change *change, const char *name, const char *digest);
/* Removes what was staged and not put, too: to be called before the folder is closed. */
void mdm_change_free(struct mdm_change *change);

/*
 * Makes the change; the id of its list is in change->list then, or "" when nothing changed. Errors before anything is
 * changed: the lock is lost, a folder cannot be written to, a file is not as it was, no space. After an error in the
 * middle, see mdm_change_recover.
 */
int mdm_change_commit(struct mdm_change *change, struct mdm_error *err);

/* Puts back a change that was cut short, and says so; one that only added files counts as made. 1: there was one, 0:
 * none, -1: error. */
int mdm_change_recover(struct mdm_change *change, struct mdm_error *err);

/* Undoes the newest command or renewal that archived or imported something, and says so. Error MDM_E_REFUSED: there is
 * none, or a file of outputs/ is neither as it was before nor as the change left it, or the archive lost it. */
int mdm_change_undo(struct mdm_change *change, struct mdm_error *err);

#endif
