/*
 * Moves in where vendor_script.sh lived before: its keys, CSRs, request and pfx are imported by copy, the keys
 * encrypted anew in our form under their old password. What the script left unencrypted is named, never touched.
 */
#include <string.h>

#include "flow/run.h"

/* One side of an old folder: the script's names, all in the work folder itself. */
struct old_side {
    enum mdm_role role;
    const char *key_name; /* of ours, below outputs/ */
    const char *old_key;
    const char *csr_name;
    const char *old_csr;
};

static const struct old_side sides[] = {
    {MDM_ROLE_VENDOR, MDM_NAME_VENDOR_KEY, "vendorPrivateKey.pem", MDM_NAME_VENDOR_CSR, "vendor.csr"},
    {MDM_ROLE_CUSTOMER, MDM_NAME_CUSTOMER_KEY, "customerPrivateKey.pem", MDM_NAME_CUSTOMER_CSR, "customer.csr"},
};

/* Passwords and clear keys that the script wrote to disk. */
static const char *const clear_files[] = {"vendorPrivateKey.txt", "noPasswordVendorPrivate.key",
                                          "customerPrivateKey.txt", "customerKeyNoPass.pem", "MDM_APNSCert.pem"};

/* A side that has, or ever had, a key of ours is settled: an old file beside it must not come back. */
static bool is_settled(const struct mdm_state *state, const char *key_name)
{
    if (mdm_state_output(state, key_name) != NULL)
        return true;
    for (size_t i = 0; i < state->archive.count; i++) {
        const struct mdm_file *file = &state->archive.items[i];

        if (!file->from_inputs && strcmp(file->name, key_name) == 0)
            return true;
    }
    return false;
}

static void notify(const struct mdm_run *run, const char *old, const char *name)
{
    mdm_run_notify(run, MDM_EVENT_IMPORTED, old, "outputs/%s", name);
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
    int found = 0;

    if (mdm_state_output(run->state, name) == NULL)
        found = read_old(dir, old, &bytes, err);
    if (found == 1) {
        mdm_change_put(change, MDM_OUTPUTS, name, &bytes, mode);
        notify(run, old, name);
    }
    mdm_bytes_free(&bytes);
    return found < 0 ? -1 : 0;
}

/* Opens the old key with its password (three tries) and encrypts it in our form. The run keeps it unlocked. */
static int take_key(struct mdm_run *run, struct mdm_change *change, const struct old_side *side,
                    const struct mdm_bytes *file, struct mdm_error *err)
{
    if (mdm_run_unlock_bytes(run, side->role, file, side->old_key, err) != 0 ||
        mdm_run_put_key(run, change, side->role, err) != 0)
        return -1;
    notify(run, side->old_key, side->key_name);
    return 0;
}

/* 1: the side was taken, 0: there is none, -1: error. */
static int take_side(struct mdm_run *run, struct mdm_change *change, const struct old_side *side, struct mdm_error *err)
{
    const struct mdm_dir *root = mdm_workspace_root(run->workspace);
    struct mdm_bytes file = {0};
    int found = is_settled(run->state, side->key_name) ? 0 : read_old(root, side->old_key, &file, err);

    if (found == 1 && (copy(run, change, root, side->old_csr, side->csr_name, err) != 0 ||
                       take_key(run, change, side, &file, err) != 0))
        found = -1;
    mdm_bytes_free(&file);
    return found;
}

/* The request is taken from the first place that has it: where the script was started, or where its helper stood. */
static int take_request(struct mdm_run *run, struct mdm_change *change, const struct mdm_dir *root,
                        const struct mdm_dir *helper, struct mdm_error *err)
{
    const struct mdm_dir *dir = mdm_file_stat(root, "plist_encoded", NULL) != MDM_FILE_ABSENT ? root : helper;

    if (dir == NULL)
        return 0;
    return copy(run, change, dir, "plist_encoded", MDM_NAME_REQUEST, err) != 0
               ? -1
               : copy(run, change, dir, "plist_encoded", MDM_NAME_REQUEST_TXT, err);
}

/* The script's pfx lies in output/ and beside it. */
static int take_products(struct mdm_run *run, struct mdm_change *change, struct mdm_error *err)
{
    const struct mdm_dir *root = mdm_workspace_root(run->workspace);
    struct mdm_dir *output = NULL;
    struct mdm_dir *helper = NULL;
    int result = -1;

    if (mdm_dir_sub(root, "output", &output, err) >= 0 &&
        mdm_dir_sub(root, "mdmvendorsign-master", &helper, err) >= 0 &&
        copy(run, change, output != NULL ? output : root, MDM_NAME_PFX, MDM_NAME_PFX, err) == 0)
        result = take_request(run, change, root, helper, err);
    mdm_dir_close(&output);
    mdm_dir_close(&helper);
    return result;
}

int mdm_old_script_leftover(const struct mdm_workspace *workspace, size_t number, const char **name)
{
    for (size_t i = 0; i < sizeof clear_files / sizeof clear_files[0]; i++) {
        if (mdm_file_stat(mdm_workspace_root(workspace), clear_files[i], NULL) == MDM_FILE_ABSENT || number-- != 0)
            continue;
        *name = clear_files[i];
        return 1;
    }
    return 0;
}

bool mdm_old_script_has_key(const struct mdm_workspace *workspace, const struct mdm_state *state, enum mdm_role role,
                            const char **name)
{
    *name = sides[role].old_key;
    return !is_settled(state, sides[role].key_name) &&
           mdm_file_stat(mdm_workspace_root(workspace), *name, NULL) == MDM_FILE_READ;
}

int mdm_run_import_old_script(struct mdm_run *run, struct mdm_error *err)
{
    struct mdm_change *change = mdm_change_new("import");
    const char *name;
    int vendor = 0, customer = 0, result = -1;

    if (run->options->vendor_key == NULL && (vendor = take_side(run, change, &sides[0], err)) < 0)
        goto out;
    if ((customer = take_side(run, change, &sides[1], err)) < 0 ||
        (customer == 1 && take_products(run, change, err) != 0))
        goto out;
    if (vendor == 0 && customer == 0) {
        result = 0;
        goto out;
    }
    if (mdm_run_commit(run, &change, err) != 0)
        goto out;
    for (size_t i = 0; mdm_old_script_leftover(run->workspace, i, &name) == 1; i++)
        mdm_run_notify(run, MDM_EVENT_WARNING, name,
                       "'%s' holds an unencrypted password or key, left by the old script: delete it", name);
    result = mdm_run_look(run, err);
out:
    mdm_change_free(&change);
    return result;
}
