/*
 * Moves in where vendor_script.sh lived before: its keys, CSRs, request and pfx are imported by copy, the keys
 * encrypted anew in our form under their old password. What the script left unencrypted is named, never touched.
 */
#include <string.h>

#include "flow/run.h"

/* The script's names, all in the work folder itself, by role. */
static const char *const old_keys[] = {"vendorPrivateKey.pem", "customerPrivateKey.pem"};
static const char *const old_csrs[] = {"vendor.csr", "customer.csr"};

/* Passwords and clear keys that the script wrote to disk. */
static const char *const clear_files[] = {"vendorPrivateKey.txt", "noPasswordVendorPrivate.key",
                                          "customerPrivateKey.txt", "customerKeyNoPass.pem", "MDM_APNSCert.pem"};

/* A side that has, or ever had, a key of ours is settled: an old file beside it must not come back. */
static bool is_settled(const struct mdm_state *state, enum mdm_role role)
{
    const char *name = mdm_roles[role].key_name;
    size_t at = state->archive.count;

    return mdm_state_output(state, name) != NULL || mdm_state_before(state, name, &at) != NULL;
}

/* Reads an old file. 1: *bytes holds it, 0: there is none, -1: error. */
static int read_old(const struct mdm_dir *dir, const char *old, struct mdm_bytes *bytes, struct mdm_error *err)
{
    struct mdm_file_info info;
    enum mdm_file_outcome outcome = mdm_file_read(dir, old, MDM_FILE_LIMIT, bytes, &info);
    char words[256];

    if (outcome == MDM_FILE_READ && info.foreign) {
        mdm_error_set(err, MDM_E_REFUSED, "'%s' belongs to another user, and would be imported from the old script",
                      old);
        return mdm_error_hint(err, "If it is yours, copy it as yourself and remove the original; if not, work in a "
                                   "folder that others cannot write to.");
    }
    if (outcome == MDM_FILE_READ || outcome == MDM_FILE_ABSENT)
        return outcome == MDM_FILE_READ ? 1 : 0;
    mdm_file_outcome_text(outcome, &info, words, sizeof words);
    mdm_error_set(err, MDM_E_FAILED, "'%s' %s, and would be imported from the old script", old, words);
    return mdm_error_hint(err, "Make it readable, or move it away if it is no longer needed.");
}

/* Copies dir/OLD to outputs/NAME unless there is one already; an old file that is missing is fine. */
static int copy(struct mdm_run *run, struct mdm_change *change, const struct mdm_dir *dir, const char *old,
                const char *name, struct mdm_error *err)
{
    uint32_t mode = strcmp(name, MDM_NAME_PFX) == 0 ? MDM_MODE_PRIVATE : MDM_MODE_PUBLIC;
    struct mdm_bytes bytes = {0};
    int found = mdm_state_output(run->state, name) == NULL ? read_old(dir, old, &bytes, err) : 0;

    if (found == 1) {
        mdm_change_put(change, MDM_OUTPUTS, name, &bytes, mode);
        mdm_run_notify(run, MDM_EVENT_DID, "Imported the old script\'s %s as outputs/%s", old, name);
    }
    mdm_bytes_free(&bytes);
    return found < 0 ? -1 : 0;
}

/* Opens the old key with its password (three tries) and encrypts it in our form. The run keeps it unlocked. 1: the side
 * was taken, 0: there is none, -1: error. */
static int take_side(struct mdm_run *run, struct mdm_change *change, enum mdm_role role, struct mdm_error *err)
{
    const struct mdm_dir *root = mdm_workspace_root(run->workspace);
    struct mdm_bytes file = {0};
    int found = is_settled(run->state, role) ? 0 : read_old(root, old_keys[role], &file, err);

    if (found == 1 && (copy(run, change, root, old_csrs[role], mdm_roles[role].csr_name, err) != 0 ||
                       mdm_run_unlock_bytes(run, role, &file, old_keys[role], err) != 0))
        found = -1;
    if (found == 1)
        mdm_run_put_key(run, change, role);
    if (found == 1 && change->problem.code != MDM_OK)
        found = mdm_error_copy(err, &change->problem);
    else if (found == 1)
        mdm_run_notify(run, MDM_EVENT_DID, "Imported the old script\'s %s as outputs/%s", old_keys[role],
                       mdm_roles[role].key_name);
    mdm_bytes_free(&file);
    return found;
}

/* The script's pfx lies in output/ and beside it. The request is taken from the first place that has it: where the
 * script was started, or where its helper stood. */
static int take_products(struct mdm_run *run, struct mdm_change *change, struct mdm_error *err)
{
    const struct mdm_dir *root = mdm_workspace_root(run->workspace);
    struct mdm_dir *output = NULL, *helper = NULL;
    const struct mdm_dir *dir;
    int result = -1;

    if (mdm_dir_sub(root, "output", &output, err) >= 0 &&
        mdm_dir_sub(root, "mdmvendorsign-master", &helper, err) >= 0 &&
        copy(run, change, output != NULL ? output : root, MDM_NAME_PFX, MDM_NAME_PFX, err) == 0) {
        dir = mdm_file_stat(root, "plist_encoded", NULL) != MDM_FILE_ABSENT ? root : helper;
        result = dir != NULL && (copy(run, change, dir, "plist_encoded", MDM_NAME_REQUEST, err) != 0 ||
                                 copy(run, change, dir, "plist_encoded", MDM_NAME_REQUEST_TXT, err) != 0)
                     ? -1
                     : 0;
    }
    mdm_dir_close(&output);
    mdm_dir_close(&helper);
    return result;
}

const char *mdm_old_script_leftover(const struct mdm_workspace *workspace, size_t number)
{
    for (size_t i = 0; i < sizeof clear_files / sizeof clear_files[0]; i++) {
        if (mdm_file_stat(mdm_workspace_root(workspace), clear_files[i], NULL) != MDM_FILE_ABSENT && number-- == 0)
            return clear_files[i];
    }
    return NULL;
}

const char *mdm_old_script_key(const struct mdm_workspace *workspace, const struct mdm_state *state, enum mdm_role role)
{
    return !is_settled(state, role) &&
                   mdm_file_stat(mdm_workspace_root(workspace), old_keys[role], NULL) == MDM_FILE_READ
               ? old_keys[role]
               : NULL;
}

int mdm_run_import_old_script(struct mdm_run *run, struct mdm_error *err)
{
    struct mdm_change change = {.command = "import"};
    const char *name;
    int vendor = run->options.vendor_key == NULL ? take_side(run, &change, MDM_ROLE_VENDOR, err) : 0;
    int customer = vendor >= 0 ? take_side(run, &change, MDM_ROLE_CUSTOMER, err) : -1;
    int result = customer == 1 ? take_products(run, &change, err) : customer;

    if (result == 0 && (vendor == 1 || customer == 1)) {
        result = mdm_run_commit(run, &change, err);
        for (size_t i = 0; result == 0 && (name = mdm_old_script_leftover(run->workspace, i)) != NULL; i++)
            mdm_run_notify(run, MDM_EVENT_WARNING,
                           "'%s' holds an unencrypted password or key, left by the old script: delete it", name);
        if (result == 0)
            result = mdm_run_look(run, err);
    }
    mdm_change_free(&change);
    return result;
}
