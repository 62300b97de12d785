/* The archive of a work folder: what a redo or a renewal replaces is kept here under its old name. */
#include "store/workspace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAMP_SIZE 16 /* YYYYMMDDTHHMMSSZ */
/* Several acts may fall into one second: the second is called STAMP-2, and so on. */
#define MOST_IN_A_SECOND 9999
#define FOLDER_NAME_MAX  (MDM_TIME_TEXT_MAX + 8)

struct mdm_archive {
    const struct mdm_workspace *workspace;
    char stamp[MDM_TIME_TEXT_MAX];
    char name[FOLDER_NAME_MAX]; /* the stamp, with a number when that was taken */
    char path[FOLDER_NAME_MAX + 32];
    struct mdm_dir *all;     /* outputs/archive */
    struct mdm_dir *outputs; /* outputs/archive/NAME */
    struct mdm_dir *inputs;  /* outputs/archive/NAME/inputs, NULL until the first file */
};

/* Which act of its second a folder name stands for: 1 for the stamp alone, 0 when it is not one of our names. */
static unsigned long ordinal(const char *name)
{
    static const char form[] = "ddddddddTddddddZ";
    unsigned long number;

    for (size_t i = 0; i < STAMP_SIZE; i++) {
        if (form[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != form[i])
            return 0;
    }
    name += STAMP_SIZE;
    if (name[0] == '\0')
        return 1;
    if (name[0] != '-' || name[1] < '1' || name[1] > '9' || strlen(name) > 5 ||
        strspn(name + 1, "0123456789") != strlen(name + 1))
        return 0;
    number = strtoul(name + 1, NULL, 10);
    return number >= 2 ? number : 0;
}

static int compare_age(const void *a, const void *b)
{
    const char *left = *(char *const *)a, *right = *(char *const *)b;
    int stamps = strncmp(left, right, STAMP_SIZE);
    unsigned long left_number = ordinal(left), right_number = ordinal(right);

    if (stamps != 0)
        return stamps;
    return (left_number > right_number) - (left_number < right_number);
}

/* Drops every name that is not one of our folders. */
static void keep_folders(const struct mdm_dir *all, struct mdm_names *names)
{
    size_t kept = 0;

    for (size_t i = 0; i < names->count; i++) {
        enum mdm_file_outcome outcome = MDM_FILE_ABSENT;

        if (ordinal(names->items[i]) > 0)
            outcome = mdm_file_stat(all, names->items[i], NULL);
        if (outcome == MDM_FILE_FOLDER || outcome == MDM_FILE_UNREADABLE) /* opening that one tells the reason */
            names->items[kept++] = names->items[i];
        else
            free(names->items[i]);
    }
    names->count = kept;
}

/* As mdm_dir_sub for outputs/archive. */
static int open_all(const struct mdm_workspace *workspace, struct mdm_dir **all, struct mdm_error *err)
{
    const struct mdm_dir *outputs = mdm_workspace_outputs(workspace);

    *all = NULL;
    return outputs == NULL ? 0 : mdm_dir_sub(outputs, MDM_NAME_ARCHIVE, all, err);
}

int mdm_archive_list(const struct mdm_workspace *workspace, struct mdm_names *names, struct mdm_error *err)
{
    struct mdm_dir *all;
    int result = open_all(workspace, &all, err);

    *names = (struct mdm_names){0};
    if (result != 1)
        return result;
    result = mdm_dir_list(all, names, err);
    if (result == 0)
        keep_folders(all, names);
    if (names->count > 1)
        qsort(names->items, names->count, sizeof *names->items, compare_age);
    mdm_dir_close(&all);
    return result;
}

int mdm_archive_folder(const struct mdm_workspace *workspace, const char *name, struct mdm_dir **outputs,
                       struct mdm_dir **inputs, struct mdm_error *err)
{
    struct mdm_dir *all = NULL;
    int found = 0;

    *outputs = *inputs = NULL;
    if (ordinal(name) > 0)
        found = open_all(workspace, &all, err);
    if (found == 1)
        found = mdm_dir_sub(all, name, outputs, err);
    if (found == 0)
        (void)mdm_error_set(err, MDM_E_FAILED, "there is no folder '%s' in the archive", name);
    if (found == 1 && mdm_dir_sub(*outputs, MDM_ARCHIVE_INPUTS, inputs, err) < 0) {
        mdm_dir_close(outputs);
        found = -1;
    }
    mdm_dir_close(&all);
    return found == 1 ? 0 : -1;
}

/* Makes the folder of this act under the first name that is free. */
static int make_folder(struct mdm_archive *archive, struct mdm_error *err)
{
    bool exists = true;

    (void)snprintf(archive->name, sizeof archive->name, "%s", archive->stamp);
    for (unsigned number = 2; exists; number++) {
        struct mdm_error refused = {0};

        if (mdm_dir_sub_new(archive->all, archive->name, &archive->outputs, &exists, &refused) == 0)
            break;
        if (!exists || number > MOST_IN_A_SECOND)
            return mdm_error_set(err, refused.code, "%s", refused.text);
        (void)snprintf(archive->name, sizeof archive->name, "%s-%u", archive->stamp, number);
    }
    (void)snprintf(archive->path, sizeof archive->path, MDM_FOLDER_OUTPUTS "/" MDM_NAME_ARCHIVE "/%s", archive->name);
    return 0;
}

static int make_ready(struct mdm_archive *archive, struct mdm_error *err)
{
    if (mdm_dir_sub_make(mdm_workspace_outputs(archive->workspace), MDM_NAME_ARCHIVE, &archive->all, err) != 0 ||
        mdm_dir_check_private(archive->all, mdm_dir_path(archive->all), MDM_DIR_PROBE, err) != 0)
        return -1;
    return make_folder(archive, err);
}

struct mdm_archive *mdm_archive_begin(const struct mdm_workspace *workspace, mdm_time now, struct mdm_error *err)
{
    struct mdm_archive *archive = calloc(1, sizeof *archive);

    if (archive == NULL) {
        (void)mdm_error_set(err, MDM_E_FAILED, "out of memory");
        return NULL;
    }
    archive->workspace = workspace;
    mdm_time_format_stamp(now, archive->stamp);
    if (make_ready(archive, err) != 0)
        mdm_archive_free(&archive);
    return archive;
}

int mdm_archive_copy_output(struct mdm_archive *archive, const char *name, struct mdm_error *err)
{
    return mdm_file_copy(mdm_workspace_outputs(archive->workspace), name, archive->outputs, name, NULL, err);
}

int mdm_archive_move_input(struct mdm_archive *archive, const char *name, struct mdm_error *err)
{
    if (archive->inputs == NULL && mdm_dir_sub_make(archive->outputs, MDM_ARCHIVE_INPUTS, &archive->inputs, err) != 0)
        return -1;
    return mdm_file_move(mdm_workspace_inputs(archive->workspace), name, archive->inputs, name, err);
}

int mdm_archive_return_input(struct mdm_archive *archive, const char *name, struct mdm_error *err)
{
    return mdm_file_move(archive->inputs, name, mdm_workspace_inputs(archive->workspace), name, err);
}

const struct mdm_dir *mdm_archive_dir(const struct mdm_archive *archive)
{
    return archive->outputs;
}

const struct mdm_dir *mdm_archive_inputs(const struct mdm_archive *archive)
{
    return archive->inputs;
}

const char *mdm_archive_name(const struct mdm_archive *archive)
{
    return archive->name;
}

const char *mdm_archive_path(const struct mdm_archive *archive)
{
    return archive->path;
}

/* Leaves no empty folders of an act that was given up before it kept anything. */
static void remove_empty(const struct mdm_archive *archive)
{
    if (archive->outputs != NULL) {
        mdm_dir_remove_empty(archive->outputs, MDM_ARCHIVE_INPUTS);
        mdm_dir_remove_empty(archive->all, archive->name);
    }
    if (archive->all != NULL)
        mdm_dir_remove_empty(mdm_workspace_outputs(archive->workspace), MDM_NAME_ARCHIVE);
}

void mdm_archive_free(struct mdm_archive **archive)
{
    if (archive == NULL || *archive == NULL)
        return;
    remove_empty(*archive);
    mdm_dir_close(&(*archive)->inputs);
    mdm_dir_close(&(*archive)->outputs);
    mdm_dir_close(&(*archive)->all);
    free(*archive);
    *archive = NULL;
}
