/*
 * The lists of changes: outputs/archive/FOLDER/list.txt says what one change did, so that `undo` can put it back and
 * the state can tell which certificates are done with and whether a renewal is under way. A person can read it:
 *
 *     mdmvendor list 1
 *     command renew
 *     number 3
 *     follows 20261124T120000Z
 *     unit 20261125T081500Z
 *     record SHA-256
 *     spent SHA-256
 *     undoes FOLDER
 *     file BEFORE AFTER outputs/customer.key
 *     used SHA-256 inputs/MDM_Certificate.pem
 *
 * BEFORE and AFTER are SHA-256 digests of contents, or "-" where there is no file. In paths, "%" and control characters
 * are written as %XX.
 */
#ifndef MDM_FLOW_LIST_H
#define MDM_FLOW_LIST_H

#include <stdbool.h>

#include "pki/pem.h"
#include "store/workspace.h"

#define MDM_LIST_FOLDER_MAX  40
#define MDM_LIST_COMMAND_MAX 24

enum mdm_place {
    MDM_OUTPUTS,
    MDM_INPUTS,
};

struct mdm_list_file {
    enum mdm_place place;
    char *name;
    char before[MDM_SHA256_TEXT]; /* "-": there was none */
    char after[MDM_SHA256_TEXT];
    bool used; /* only read: the certificate that a step took from inputs/ ("before" and "after" are its digest) */
};

struct mdm_list {
    char folder[MDM_LIST_FOLDER_MAX]; /* of the archive */
    bool pending;                     /* the change was cut short */
    bool undone;                      /* by a later list */
    char command[MDM_LIST_COMMAND_MAX];
    unsigned number; /* grows by one with each list, whatever the clock says */
    char follows[MDM_LIST_FOLDER_MAX];
    char unit[MDM_LIST_FOLDER_MAX]; /* the first folder of the command or renewal that this change is a part of */
    char record[MDM_SHA256_TEXT];   /* the certificate that is in force until the renewal begun here is done; or "" */
    struct mdm_strings {
        char **items;
        size_t count;
    } spent, undoes;
    struct mdm_list_file *files;
    size_t file_count;
};

/* All lists of an archive, oldest first. Zero-initialise it. */
struct mdm_lists {
    struct mdm_list *items;
    size_t count;
    char damaged[MDM_LIST_FOLDER_MAX]; /* a folder whose list cannot be read, or "" */
};
int mdm_lists_read(const struct mdm_workspace *workspace, struct mdm_lists *lists, struct mdm_error *err);
void mdm_lists_free(struct mdm_lists *lists);

/* The list of an archive folder, or NULL. */
const struct mdm_list *mdm_lists_find(const struct mdm_lists *lists, const char *folder);
/* Is it in effect: complete, not undone, and no undo itself? */
bool mdm_list_is_open(const struct mdm_list *list);

int mdm_list_add_file(struct mdm_list *list, const struct mdm_list_file *file, struct mdm_error *err);
int mdm_strings_add(struct mdm_strings *strings, const char *text, struct mdm_error *err);
bool mdm_strings_have(const struct mdm_strings *strings, const char *text);
void mdm_list_free(struct mdm_list *list);

int mdm_list_format(const struct mdm_list *list, struct mdm_bytes *out, struct mdm_error *err);

/* "outputs" or "inputs". */
const char *mdm_place_name(enum mdm_place place);

#endif
