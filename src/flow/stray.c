/* Apple's file in a wrong place. */
#include <stdio.h>
#include <string.h>

#include "flow/state.h"

/* So many files are read in each folder: a work folder may be somebody's home. */
#define FILES_MAX 256

struct search {
    const struct mdm_state *state;
    enum mdm_role role;
    struct mdm_error *why;
};

/* Not to be opened. Hidden files are nobody's download, and to close the lock file would give up the lock (fcntl). */
static bool is_passed_over(const char *name)
{
    size_t size = strlen(name);

    return name[0] == '.' || strcmp(name, MDM_NAME_RECORD) == 0 || strcmp(name, MDM_NAME_ARCHIVE) == 0 ||
           (size > 4 && strcmp(name + size - 4, ".pfx") == 0);
}

/* Does the file hold what is expected in inputs/? */
static bool fits(const struct search *search, const struct mdm_file *file)
{
    const struct mdm_side *side = mdm_state_side(search->state, search->role);

    for (size_t i = 0; i < file->certs.count; i++) {
        const struct mdm_cert_facts *facts = mdm_cert_facts(file->certs.items[i]);

        if (file->kind == MDM_FILEKIND_CERTIFICATE && !mdm_state_is_spent(search->state, file->certs.items[i]) &&
            (side->id_known ? mdm_key_id_equal(&facts->key_id, &side->id)
                            : facts->kind == mdm_roles[search->role].kind))
            return true;
    }
    return false;
}

static bool search_folder(const struct search *search, const struct mdm_dir *dir, const char *shown)
{
    struct mdm_names names = {0};
    bool found = false;
    size_t count = dir != NULL && mdm_dir_list(dir, &names, NULL) == 0 ? names.count : 0;

    for (size_t i = 0; !found && i < count && i < FILES_MAX; i++) {
        struct mdm_files files = {0};
        const struct mdm_file *file = NULL;

        if (!is_passed_over(names.items[i]) && mdm_file_stat(dir, names.items[i], NULL) == MDM_FILE_READ)
            file = mdm_files_add(&files, dir, names.items[i], shown, NULL);
        found = file != NULL && file->outcome == MDM_FILE_READ && fits(search, file);
        if (found) {
            mdm_error_set(search->why, MDM_E_WAITING, "%s lies in the wrong place: '%s' is not in 'inputs/'",
                          mdm_roles[search->role].what, file->path);
            mdm_error_hint(search->why, "Move it there, and run `mdmvendor` again.");
        }
        mdm_files_free(&files);
    }
    mdm_names_free(&names);
    return found;
}

/* Folders directly below inputs/. */
static bool search_below(const struct search *search, const struct mdm_dir *inputs)
{
    struct mdm_names names = {0};
    bool found = false;
    size_t count = inputs != NULL && mdm_dir_list(inputs, &names, NULL) == 0 ? names.count : 0;

    for (size_t i = 0; !found && i < count && i < FILES_MAX; i++) {
        struct mdm_dir *dir = NULL;
        char shown[512];

        if (mdm_file_stat(inputs, names.items[i], NULL) != MDM_FILE_FOLDER ||
            mdm_dir_sub(inputs, names.items[i], &dir, NULL) != 1)
            continue;
        (void)snprintf(shown, sizeof shown, MDM_FOLDER_INPUTS "/%.480s", names.items[i]);
        found = search_folder(search, dir, shown);
        mdm_dir_close(&dir);
    }
    mdm_names_free(&names);
    return found;
}

/* iCloud keeps ".NAME.icloud" in the place of a file that it has not downloaded. */
static bool is_placeholder(const char *name)
{
    size_t size = strlen(name);

    return size > 8 && name[0] == '.' && strcmp(name + size - 7, ".icloud") == 0;
}

static bool search_placeholder(const struct search *search)
{
    const struct mdm_files *inputs = &search->state->inputs;

    for (size_t i = 0; i < inputs->count; i++) {
        if (!is_placeholder(inputs->items[i].name))
            continue;
        mdm_error_set(search->why, MDM_E_WAITING,
                      "'%s' only stands for a file that iCloud has not downloaded to this machine",
                      inputs->items[i].path);
        mdm_error_hint(search->why,
                       "Click the cloud beside the file in Finder, or download it from Apple again, and run "
                       "`mdmvendor` again.");
        return true;
    }
    return false;
}

bool mdm_state_find_stray(const struct mdm_state *state, const struct mdm_workspace *workspace, enum mdm_role role,
                          struct mdm_error *why)
{
    struct search search = {state, role, why};

    mdm_error_clear(why);
    return search_placeholder(&search) || search_below(&search, mdm_workspace_inputs(workspace)) ||
           search_folder(&search, mdm_workspace_root(workspace), "") ||
           search_folder(&search, mdm_workspace_outputs(workspace), MDM_FOLDER_OUTPUTS);
}
