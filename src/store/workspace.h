/* A work folder: inputs/, outputs/, outputs/archive/, and the names of the files in them. */
#ifndef MDM_STORE_WORKSPACE_H
#define MDM_STORE_WORKSPACE_H

#include "base/bytes.h"
#include "base/date.h"
#include "store/file.h"

/* Names below outputs/. */
#define MDM_NAME_VENDOR_KEY   "vendor.key"
#define MDM_NAME_VENDOR_CSR   "vendor.csr"
#define MDM_NAME_CUSTOMER_KEY "customer.key"
#define MDM_NAME_CUSTOMER_CSR "customer.csr"
#define MDM_NAME_REQUEST      "plist_encode"
#define MDM_NAME_REQUEST_TXT  "plist_encode.txt" /* the same bytes: the portal's list of extensions has .txt */
#define MDM_NAME_PFX          "MDM_APNSCert.pfx"
#define MDM_NAME_RECORD       "MDM_APNSCert.crt" /* the push certificate that the pfx holds */
#define MDM_NAME_ARCHIVE      "archive"
/* Names below inputs/. */
#define MDM_NAME_VENDOR_CERT "mdm.cer"
#define MDM_NAME_PUSH_CERT   "MDM_Certificate.pem"

struct mdm_workspace;

enum mdm_workspace_mode {
    MDM_WORKSPACE_LOOK, /* reads only: makes nothing, locks nothing, works on a read-only folder */
    MDM_WORKSPACE_WORK, /* makes inputs/ and outputs/ when missing, refuses an outputs/ that others can write, locks,
                           sweeps away temporaries of an interrupted run */
};

/* Opens the work folder `path` (which must exist). Errors: MDM_E_FAILED (missing, not private, locked by whom). */
struct mdm_workspace *mdm_workspace_open(const char *path, enum mdm_workspace_mode mode, struct mdm_error *err);
const char *mdm_workspace_path(const struct mdm_workspace *workspace);
void mdm_workspace_close(struct mdm_workspace **workspace);

/* Names below the work folder. */
#define MDM_FOLDER_INPUTS  "inputs"
#define MDM_FOLDER_OUTPUTS "outputs"

/* The folders, held open. With MDM_WORKSPACE_LOOK each may be NULL when it does not exist. */
const struct mdm_dir *mdm_workspace_root(const struct mdm_workspace *workspace);
const struct mdm_dir *mdm_workspace_inputs(const struct mdm_workspace *workspace);
const struct mdm_dir *mdm_workspace_outputs(const struct mdm_workspace *workspace);

/*
 * The archive: outputs/archive/YYYYMMDDTHHMMSSZ/ holds what came from outputs/, its folder inputs/ what came from
 * inputs/, under their old names, so that all of it can be put back.
 */
#define MDM_ARCHIVE_INPUTS MDM_FOLDER_INPUTS

/* The names of the archive's folders, oldest first (none is fine). */
int mdm_archive_list(const struct mdm_workspace *workspace, struct mdm_names *names, struct mdm_error *err);
/* Opens archive folder `name` and, when there is one, its inputs/ (else *inputs is NULL). */
int mdm_archive_folder(const struct mdm_workspace *workspace, const char *name, struct mdm_dir **outputs,
                       struct mdm_dir **inputs, struct mdm_error *err);

/* One act of archiving: its folder is made at the first file, so that an act without files leaves nothing. */
struct mdm_archive;
struct mdm_archive *mdm_archive_begin(const struct mdm_workspace *workspace, mdm_time now, struct mdm_error *err);
/* Puts outputs/NAME (or inputs/NAME) into the archive as well; the file stays where it is. Absent is fine. Durable. */
int mdm_archive_keep_output(struct mdm_archive *archive, const char *name, struct mdm_error *err);
int mdm_archive_keep_input(struct mdm_archive *archive, const char *name, struct mdm_error *err);
/* The folder relative to the work folder ("outputs/archive/20261123T120000Z"), or NULL when nothing was kept. */
const char *mdm_archive_path(const struct mdm_archive *archive);
void mdm_archive_free(struct mdm_archive **archive);

#endif
