/* A work folder: which folders it has, and whose turn it is in it. */
#include "store/workspace.h"

#include <stdlib.h>
#include <string.h>

#define NAME_LOCK ".lock"

struct mdm_workspace {
    struct mdm_dir *root, *inputs, *outputs;
    struct mdm_lock *lock; /* NULL when we only look */
};

/* Takes away what an interrupted run left. Whoever calls this holds the lock. */
static int sweep(const struct mdm_workspace *workspace, struct mdm_error *err)
{
    struct mdm_names names;
    int result;

    mdm_dir_sweep(workspace->inputs);
    mdm_dir_sweep(workspace->outputs);
    result = mdm_archive_list(workspace, &names, err);
    for (size_t i = 0; result == 0 && i < names.count; i++) {
        struct mdm_dir *outputs = NULL, *inputs = NULL;

        result = mdm_archive_folder(workspace, names.items[i], &outputs, &inputs, err);
        if (outputs != NULL)
            mdm_dir_sweep(outputs);
        if (inputs != NULL)
            mdm_dir_sweep(inputs);
        mdm_dir_close(&outputs);
        mdm_dir_close(&inputs);
    }
    mdm_names_free(&names);
    return result;
}

static int open_to_work(struct mdm_workspace *workspace, struct mdm_error *err)
{
    if (mdm_dir_sub_make(workspace->root, MDM_FOLDER_OUTPUTS, &workspace->outputs, err) != 0 ||
        mdm_dir_check_private(workspace->outputs, mdm_dir_path(workspace->outputs), MDM_DIR_PROBE, err) != 0 ||
        mdm_lock_take(workspace->outputs, NAME_LOCK, &workspace->lock, err) != 0 ||
        mdm_dir_sub_make(workspace->root, MDM_FOLDER_INPUTS, &workspace->inputs, err) != 0)
        return -1;
    return sweep(workspace, err);
}

static int open_to_look(struct mdm_workspace *workspace, struct mdm_error *err)
{
    if (mdm_dir_sub(workspace->root, MDM_FOLDER_INPUTS, &workspace->inputs, err) < 0)
        return -1;
    return mdm_dir_sub(workspace->root, MDM_FOLDER_OUTPUTS, &workspace->outputs, err) < 0 ? -1 : 0;
}

/* Refuses a folder that is a part of a work folder: people change into outputs/ to look, and run the program there. */
static int check_not_inside(const struct mdm_dir *root, struct mdm_error *err)
{
    static const struct {
        const char *self, *sibling, *work;
    } parts[] = {
        {"../" MDM_FOLDER_INPUTS, "../" MDM_FOLDER_OUTPUTS, ".."},
        {"../" MDM_FOLDER_OUTPUTS, "../" MDM_FOLDER_INPUTS, ".."},
        {"../../" MDM_FOLDER_OUTPUTS "/" MDM_NAME_ARCHIVE, "../../" MDM_FOLDER_INPUTS, "../.."},
    };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!mdm_dir_is(root, parts[i].self) || mdm_file_stat(root, parts[i].sibling, NULL) != MDM_FILE_FOLDER)
            continue;
        (void)mdm_error_set(err, MDM_E_REFUSED, "this folder is '%s' of a work folder, not a work folder itself",
                            parts[i].self + strlen(parts[i].work) + 1);
        return mdm_error_hint(err, "Run it for the work folder: `mdmvendor -C %s%s%s`.",
                              strcmp(mdm_dir_path(root), ".") == 0 ? "" : mdm_dir_path(root),
                              strcmp(mdm_dir_path(root), ".") == 0 ? "" : "/", parts[i].work);
    }
    return 0;
}

struct mdm_workspace *mdm_workspace_open(const char *path, enum mdm_workspace_mode mode, struct mdm_error *err)
{
    struct mdm_workspace *workspace = calloc(1, sizeof *workspace);
    int result = -1;

    if (workspace == NULL) {
        (void)mdm_error_set(err, MDM_E_FAILED, "out of memory");
        return NULL;
    }
    workspace->root = mdm_dir_open(path, err);
    if (workspace->root != NULL && check_not_inside(workspace->root, err) == 0)
        result = mode == MDM_WORKSPACE_WORK ? open_to_work(workspace, err) : open_to_look(workspace, err);
    if (result != 0)
        mdm_workspace_close(&workspace);
    return workspace;
}

int mdm_workspace_check(const struct mdm_workspace *workspace, struct mdm_error *err)
{
    if (mdm_lock_check(workspace->lock, workspace->outputs, NAME_LOCK, err) != 0 ||
        mdm_dir_check_writable(workspace->outputs, err) != 0)
        return -1;
    return mdm_dir_check_writable(workspace->inputs, err);
}

int mdm_workspace_refresh(struct mdm_workspace *workspace, struct mdm_error *err)
{
    struct mdm_dir *inputs = NULL;
    int found = workspace->lock != NULL ? mdm_dir_sub_make(workspace->root, MDM_FOLDER_INPUTS, &inputs, err)
                                        : mdm_dir_sub(workspace->root, MDM_FOLDER_INPUTS, &inputs, err);

    if (found < 0)
        return -1;
    mdm_dir_close(&workspace->inputs);
    workspace->inputs = inputs;
    return 0;
}

const char *mdm_workspace_path(const struct mdm_workspace *workspace)
{
    return mdm_dir_path(workspace->root);
}

const struct mdm_dir *mdm_workspace_root(const struct mdm_workspace *workspace)
{
    return workspace->root;
}

const struct mdm_dir *mdm_workspace_inputs(const struct mdm_workspace *workspace)
{
    return workspace->inputs;
}

const struct mdm_dir *mdm_workspace_outputs(const struct mdm_workspace *workspace)
{
    return workspace->outputs;
}

void mdm_workspace_close(struct mdm_workspace **workspace)
{
    if (workspace == NULL || *workspace == NULL)
        return;
    mdm_lock_release(&(*workspace)->lock);
    mdm_dir_close(&(*workspace)->inputs);
    mdm_dir_close(&(*workspace)->outputs);
    mdm_dir_close(&(*workspace)->root);
    free(*workspace);
    *workspace = NULL;
}
