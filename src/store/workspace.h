/* A work folder: inputs/, outputs/, outputs/archive/, and the names of the files in them. */
#ifndef MDM_STORE_WORKSPACE_H
#define MDM_STORE_WORKSPACE_H

#include "base/date.h"
#include "store/file.h"

/* Names below outputs/. */
#define MDM_NAME_VENDOR_KEY   "vendor.key"
#define MDM_NAME_VENDOR_CSR   "vendor.csr"
#define MDM_NAME_CUSTOMER_KEY "customer.key"
#define MDM_NAME_CUSTOMER_CSR "customer.csr"
#define MDM_NAME_REQUEST      "plist_encode"
#define MDM_NAME_REQUEST_TXT  "plist_encode.txt" /* the same bytes: the portal accepts .txt */
#define MDM_NAME_PFX          "MDM_APNSCert.pfx"
#define MDM_NAME_RECORD       "MDM_APNSCert.crt" /* the push certificate that the pfx holds */
/* A request for another customer, in a folder that has a customer key of its own. */
#define MDM_NAME_OTHER_REQUEST "customer.plist_encode.txt"
#define MDM_NAME_ACCOUNT       "apple-account.txt"
#define MDM_NAME_ARCHIVE       "archive"
/* Names below inputs/. */
#define MDM_NAME_VENDOR_CERT "mdm.cer"
#define MDM_NAME_PUSH_CERT   "MDM_Certificate.pem"
#define MDM_NAME_INPUT_CSR   "customer.csr" /* another customer's */

/* Below the work folder itself: the CAs of the practice Apple. */
#define MDM_NAME_PRACTICE_CA "practice-ca.pem"

enum mdm_workspace_mode {
    MDM_WORKSPACE_LOOK, /* reads only: makes nothing, locks nothing, works on a read-only folder */
    MDM_WORKSPACE_WORK, /* makes inputs/ and outputs/ when missing, refuses an outputs/ that others can write to,
                           locks, removes what an interrupted run left */
};

/* The folders are held open. */
struct mdm_workspace {
    enum mdm_workspace_mode mode;
    struct mdm_dir *root;
    struct mdm_dir *inputs, *outputs; /* with MDM_WORKSPACE_LOOK, NULL when they do not exist */
};

/* Opens the work folder `path`, which must exist. Errors: it is missing, not private, or locked, and by whom. */
struct mdm_workspace *mdm_workspace_open(const char *path, enum mdm_workspace_mode mode, struct mdm_error *err);
/* Before a change: error when outputs/ is another folder now, the lock is no longer ours, or inputs/ or outputs/ cannot
 * be written to. */
int mdm_workspace_check(const struct mdm_workspace *workspace, struct mdm_error *err);
/* Opens inputs/ again: it may have been replaced while we waited. */
int mdm_workspace_refresh(struct mdm_workspace *workspace, struct mdm_error *err);
void mdm_workspace_close(struct mdm_workspace **workspace);

/* Names below the work folder. */
#define MDM_FOLDER_INPUTS  "inputs"
#define MDM_FOLDER_OUTPUTS "outputs"

/*
 * The archive: for each change a folder outputs/archive/YYYYMMDDTHHMMSSZ/ with what it replaced in outputs/, and in its
 * folder inputs/ what it took from inputs/, under their old names.
 */

/* The names of the archive's folders, oldest first; there may be none. */
int mdm_archive_list(const struct mdm_workspace *workspace, struct mdm_names *names, struct mdm_error *err);
/* Opens archive folder `name` and, when there is one, its inputs/ (else *inputs is NULL). */
int mdm_archive_folder(const struct mdm_workspace *workspace, const char *name, struct mdm_dir **outputs,
                       struct mdm_dir **inputs, struct mdm_error *err);

/* What a change did, for people and programs: see flow/change.h. */
#define MDM_NAME_LIST "list.txt"
/* The same while the change is being made. */
#define MDM_NAME_LIST_PENDING "list.pending"

/* The archive folder of a change that begins; it is made at once, under the first free name. */
struct mdm_archive {
    const struct mdm_workspace *workspace;
    char name[MDM_TIME_TEXT_MAX + 8]; /* "20261123T120000Z", or with a number when that is taken */
    struct mdm_dir *all;              /* outputs/archive */
    struct mdm_dir *outputs;          /* outputs/archive/NAME */
    struct mdm_dir *inputs;           /* outputs/archive/NAME/inputs, NULL until the first file */
};
int mdm_archive_begin(const struct mdm_workspace *workspace, mdm_time now, struct mdm_archive *archive,
                      struct mdm_error *err);
/* Moves inputs/NAME into the archive. */
int mdm_archive_move_input(struct mdm_archive *archive, const char *name, struct mdm_error *err);
/* A change that was given up leaves no empty folders. */
void mdm_archive_end(struct mdm_archive *archive);

#endif
