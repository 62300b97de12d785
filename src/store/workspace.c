/* A work folder, its lock, and its archive. */
#include "store/workspace.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Removes what an interrupted run left. The caller holds the lock. */
static int sweep(const struct mdm_workspace *workspace, struct mdm_error *err)
{
    MDM_OWNED(mdm_names_free) struct mdm_names names = {0};

    mdm_dir_sweep(workspace->inputs);
    mdm_dir_sweep(workspace->outputs);
    if (mdm_archive_list(workspace, &names, err) != 0)
        return -1;
    for (size_t i = 0; i < names.count; i++) {
        MDM_OWNED(mdm_dir_close) struct mdm_dir *outputs = NULL, *inputs = NULL;

        if (mdm_archive_folder(workspace, names.items[i], &outputs, &inputs, err) != 0)
            return -1;
        mdm_dir_sweep(outputs);
        mdm_dir_sweep(inputs);
    }
    return 0;
}

/* Refuses the folders inside a work folder: people change into outputs/ to look, and run the program there. Further up,
 * only the lock tells that an outputs/ is one of ours. */
static int check_not_inside(const struct mdm_dir *root, struct mdm_error *err)
{
    static const char *const parts[] = {MDM_FOLDER_INPUTS, MDM_FOLDER_OUTPUTS};
    const char *path = mdm_dir_path(root);
    char at[PATH_MAX] = ".", up[PATH_MAX] = "..", part[PATH_MAX], other[PATH_MAX], lock[PATH_MAX], work[2 * PATH_MAX];

    for (bool beside = true; strlen(up) + 64 < sizeof up && !mdm_dir_same(root, at, root, up); beside = false) {
        (void)snprintf(lock, sizeof lock, "%s/" MDM_FOLDER_OUTPUTS "/" MDM_LOCK_NAME, up);
        (void)snprintf(work, sizeof work, "%s/%s", path, up);
        for (size_t i = 0; i < 2; i++) {
            (void)snprintf(part, sizeof part, "%s/%s", up, parts[i]);
            (void)snprintf(other, sizeof other, "%s/%s", up, parts[1 - i]);
            if (mdm_dir_same(root, at, root, part) && mdm_file_stat(root, other, NULL) == MDM_FILE_FOLDER &&
                (beside || mdm_file_stat(root, lock, NULL) == MDM_FILE_READ))
                return mdm_error_set(err, MDM_E_REFUSED,
                                     "this folder is %s'%s' of a work folder, not a work folder itself" MDM_HINT
                                     "Run it for the work folder: `mdmvendor -C %s`.",
                                     beside ? "" : "a folder in ", parts[i],
                                     MDM_QUOTED(strcmp(path, ".") == 0 ? up : work));
        }
        memcpy(at, up, sizeof at);
        memcpy(up + strlen(up), "/..", sizeof "/..");
    }
    return 0;
}

struct mdm_workspace *mdm_workspace_open(const char *path, enum mdm_workspace_mode mode, struct mdm_error *err)
{
    MDM_OWNED(mdm_workspace_close) struct mdm_workspace *workspace = mdm_new(sizeof *workspace, err);

    if (workspace == NULL)
        return NULL;
    workspace->mode = mode;
    workspace->root = mdm_dir_open(path, err);
    if (workspace->root == NULL || check_not_inside(workspace->root, err) != 0)
        return NULL;
    if (mode == MDM_WORKSPACE_LOOK) {
        if (mdm_workspace_refresh(workspace, err) != 0 ||
            mdm_dir_sub(workspace->root, MDM_FOLDER_OUTPUTS, &workspace->outputs, err) < 0)
            return NULL;
    } else if (mdm_dir_sub_make(workspace->root, MDM_FOLDER_OUTPUTS, &workspace->outputs, err) != 0 ||
               mdm_dir_check_private(workspace->outputs, MDM_DIR_PROBE, err) != 0 ||
               mdm_dir_lock(workspace->outputs, err) != 0 || mdm_workspace_refresh(workspace, err) != 0 ||
               sweep(workspace, err) != 0) {
        return NULL;
    }
    return mdm_take_at(&workspace);
}

int mdm_workspace_check(const struct mdm_workspace *workspace, struct mdm_error *err)
{
    if (!mdm_dir_same(workspace->outputs, ".", workspace->root, MDM_FOLDER_OUTPUTS))
        return mdm_error_set(err, MDM_E_FAILED,
                             "the folder '%s' was moved or replaced while mdmvendor was running" MDM_HINT
                             "Nothing was written. Make sure that the right folder has that name, then run the command "
                             "again.",
                             mdm_dir_path(workspace->outputs));
    return mdm_dir_check_usable(workspace->outputs, err) == 0 ? mdm_dir_check_usable(workspace->inputs, err) : -1;
}

int mdm_workspace_refresh(struct mdm_workspace *workspace, struct mdm_error *err)
{
    struct mdm_dir *inputs = NULL;
    int found = (workspace->mode == MDM_WORKSPACE_WORK ? mdm_dir_sub_make
                                                       : mdm_dir_sub)(workspace->root, MDM_FOLDER_INPUTS, &inputs, err);

    if (found < 0)
        return -1;
    mdm_dir_close(&workspace->inputs);
    workspace->inputs = inputs;
    return 0;
}

void mdm_workspace_close(struct mdm_workspace **workspace)
{
    if (*workspace == NULL)
        return;
    mdm_dir_close(&(*workspace)->inputs);
    mdm_dir_close(&(*workspace)->outputs);
    mdm_dir_close(&(*workspace)->root);
    free(mdm_take_at(workspace));
}

/* "20261123T120000Z" */
#define STAMP_SIZE 16
/* Of several changes in one second, the second is called STAMP-2, and so on. */
#define MOST_IN_A_SECOND 9999

/* True for the name of a change's folder: a stamp, alone or with a number from 2 to MOST_IN_A_SECOND. */
static bool is_change(const char *name)
{
    int stamp = 0, numbered = 0;

    (void)sscanf(name, "%*8[0-9]T%*6[0-9]Z%n-%*4[0-9]%n", &stamp, &numbered);
    if (stamp != STAMP_SIZE || name[stamp] == '\0')
        return stamp == STAMP_SIZE;
    return numbered > 0 && name[numbered] == '\0' && name[stamp + 1] != '0' && strcmp(name + stamp, "-1") != 0;
}

/* Within one second, the longer number is the later one. */
static int compare_age(const void *a, const void *b)
{
    const char *left = *(char *const *)a, *right = *(char *const *)b;
    int stamps = strncmp(left, right, STAMP_SIZE);

    if (stamps == 0 && strlen(left) != strlen(right))
        return strlen(left) < strlen(right) ? -1 : 1;
    return stamps != 0 ? stamps : strcmp(left, right);
}

int mdm_archive_list(const struct mdm_workspace *workspace, struct mdm_names *names, struct mdm_error *err)
{
    MDM_OWNED(mdm_dir_close) struct mdm_dir *all = NULL;
    int found = workspace->outputs == NULL ? 0 : mdm_dir_sub(workspace->outputs, MDM_NAME_ARCHIVE, &all, err);
    size_t kept = 0;

    *names = (struct mdm_names){0};
    if (found != 1)
        return found;
    if (mdm_dir_list(all, names, err) != 0)
        return -1;
    for (size_t i = 0; i < names->count; i++) { /* only folders of ours stay */
        char *name = names->items[i];
        enum mdm_file_outcome outcome = is_change(name) ? mdm_file_stat(all, name, NULL) : MDM_FILE_ABSENT;

        if (outcome == MDM_FILE_FOLDER || outcome == MDM_FILE_UNREADABLE) /* opening it will say why */
            names->items[kept++] = name;
        else
            free(name);
    }
    names->count = kept;
    if (names->count > 1)
        qsort(names->items, names->count, sizeof *names->items, compare_age);
    return 0;
}

int mdm_archive_folder(const struct mdm_workspace *workspace, const char *name, struct mdm_dir **outputs,
                       struct mdm_dir **inputs, struct mdm_error *err)
{
    MDM_OWNED(mdm_dir_close) struct mdm_dir *all = NULL;
    int found = is_change(name) ? mdm_dir_sub(workspace->outputs, MDM_NAME_ARCHIVE, &all, err) : 0;

    *outputs = *inputs = NULL;
    if (found == 1)
        found = mdm_dir_sub(all, name, outputs, err);
    if (found == 0)
        return mdm_error_set(err, MDM_E_FAILED, "there is no folder '%s' in the archive", name);
    return found < 0 || mdm_dir_sub(*outputs, MDM_FOLDER_INPUTS, inputs, err) < 0 ? -1 : 0;
}

int mdm_archive_begin(const struct mdm_workspace *workspace, mdm_time now, struct mdm_archive *archive,
                      struct mdm_error *err)
{
    struct mdm_time_text stamp = mdm_time_format_stamp(now);

    *archive = (struct mdm_archive){.workspace = workspace};
    if (mdm_dir_sub_make(workspace->outputs, MDM_NAME_ARCHIVE, &archive->all, err) != 0 ||
        mdm_dir_check_private(archive->all, MDM_DIR_PROBE, err) != 0)
        return -1;
    (void)snprintf(archive->name, sizeof archive->name, "%s", stamp.text);
    for (unsigned number = 2;; number++) {
        struct mdm_error refused = {0};

        if (mdm_dir_sub_new(archive->all, archive->name, &archive->outputs, &refused) == 0)
            return 0;
        if (refused.code != MDM_E_EXISTS || number > MOST_IN_A_SECOND)
            return mdm_error_copy(err, &refused);
        (void)snprintf(archive->name, sizeof archive->name, "%s-%u", stamp.text, number);
    }
}

int mdm_archive_move_input(struct mdm_archive *archive, const char *name, struct mdm_error *err)
{
    if (archive->inputs == NULL && mdm_dir_sub_make(archive->outputs, MDM_FOLDER_INPUTS, &archive->inputs, err) != 0)
        return -1;
    return mdm_file_move(archive->workspace->inputs, name, archive->inputs, name, err);
}

void mdm_archive_end(struct mdm_archive *archive)
{
    if (archive->outputs != NULL) {
        mdm_dir_remove_empty(archive->outputs, MDM_FOLDER_INPUTS);
        mdm_dir_remove_empty(archive->all, archive->name);
    }
    if (archive->all != NULL)
        mdm_dir_remove_empty(archive->workspace->outputs, MDM_NAME_ARCHIVE);
    mdm_dir_close(&archive->inputs);
    mdm_dir_close(&archive->outputs);
    mdm_dir_close(&archive->all);
}
