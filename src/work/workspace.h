/* A work folder from the inside: its folders, and the archive. */
#ifndef MDM_WORK_WORKSPACE_H
#define MDM_WORK_WORKSPACE_H

#include "mdmvendor/workspace.h"
#include "work/file.h"

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
