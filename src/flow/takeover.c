/*
 * Moves in where vendor_script.sh lived before: its keys, CSRs, request and pfx are taken over by copy, the keys
 * encrypted anew in our form under their old password. What the script left in clear is named, never touched.
 */
#include <stdio.h>
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
static bool is_settled(const struct mdm_survey *survey, const char *key_name)
{
    if (mdm_survey_output(survey, key_name) != NULL)
        return true;
    for (size_t i = 0; i < survey->archive.count; i++) {
        const struct mdm_item *item = &survey->archive.items[i];

        if (!item->from_inputs && strcmp(item->name, key_name) == 0)
            return true;
    }
    return false;
}

static void tell(const struct mdm_run *run, const char *old, const char *name)
{
    mdm_run_tell(run, MDM_EVENT_TAKEN_OVER, old, "outputs/%s", name);
}

/* Reads an old file. 1: *bytes holds it, 0: there is none, -1: error. */
static int read_old(const struct mdm_dir *dir, const char *old, struct mdm_bytes *bytes, struct mdm_error *err)
{
    struct mdm_file_info info;
    enum mdm_file_outcome outcome = mdm_file_read(dir, old, MDM_FILE_LIMIT, bytes, &info);
    char words[256];

    if (outcome == MDM_FILE_READ || outcome == MDM_FILE_ABSENT)
        return outcome == MDM_FILE_READ ? 1 : 0;
    mdm_file_outcome_text(outcome, &info, words, sizeof words);
    mdm_error_set(err, MDM_E_FAILED, "'%s' %s, and would be taken over from the old script", old, words);
    return mdm_error_hint(err, "Make it a file that can be read, or move it away if it is of no use any more.");
}

/* Copies dir/OLD to outputs/NAME unless there is one already; an old file that is missing is fine. */
static int copy(struct mdm_run *run, const struct mdm_dir *dir, const char *old, const char *name, uint32_t mode,
                struct mdm_error *err)
{
    struct mdm_bytes bytes = {0};
    int found = 0, result = 0;

    if (mdm_survey_output(run->survey, name) == NULL)
        found = read_old(dir, old, &bytes, err);
    if (found == 1)
        result = mdm_run_write(run, name, &bytes, mode, err);
    if (found == 1 && result == 0)
        tell(run, old, name);
    mdm_bytes_free(&bytes);
    return found < 0 ? -1 : result;
}

/* Opens the old key with its password (three tries) and writes it in our form. The run keeps it unlocked. */
static int take_key(struct mdm_run *run, const struct old_side *side, const struct mdm_bytes *file,
                    struct mdm_error *err)
{
    struct mdm_unlocked *unlocked = side->role == MDM_ROLE_VENDOR ? &run->vendor : &run->customer;
    struct mdm_bytes pem = {0};
    int result = -1;

    if (mdm_run_unlock_bytes(run, side->role, file, side->old_key, err) != 0)
        return -1;
    if (unlocked->password == NULL)
        unlocked->password = run->callbacks->new_password(run->callbacks->self, side->role, err);
    if (unlocked->password != NULL && mdm_key_to_encrypted_pem(unlocked->key, unlocked->password, &pem, err) == 0 &&
        mdm_run_write(run, side->key_name, &pem, MDM_MODE_PRIVATE, err) == 0) {
        tell(run, side->old_key, side->key_name);
        result = 0;
    }
    mdm_bytes_free(&pem);
    return result;
}

/* The key comes last: it is what says that a side is settled. */
static int take_side(struct mdm_run *run, const struct old_side *side, bool *took, struct mdm_error *err)
{
    const struct mdm_dir *root = mdm_workspace_root(run->workspace);
    struct mdm_bytes file = {0};
    int found, result = -1;

    if (is_settled(run->survey, side->key_name))
        return 0;
    found = read_old(root, side->old_key, &file, err);
    if (found != 1)
        return found;
    *took = true;
    if (copy(run, root, side->old_csr, side->csr_name, MDM_MODE_PUBLIC, err) == 0)
        result = take_key(run, side, &file, err);
    mdm_bytes_free(&file);
    return result;
}

/* The script's pfx lies in output/ and beside it; its request where it was started or where its helper stood. */
static int take_products(struct mdm_run *run, struct mdm_error *err)
{
    const struct mdm_dir *root = mdm_workspace_root(run->workspace);
    struct mdm_dir *output = NULL;
    struct mdm_dir *helper = NULL;
    int result = -1;

    if (mdm_dir_sub(root, "output", &output, err) < 0 || mdm_dir_sub(root, "mdmvendorsign-master", &helper, err) < 0)
        goto out;
    if (copy(run, output != NULL ? output : root, MDM_NAME_PFX, MDM_NAME_PFX, MDM_MODE_PRIVATE, err) != 0)
        goto out;
    for (int i = 0; i < 2; i++) {
        const char *name = i == 0 ? MDM_NAME_REQUEST : MDM_NAME_REQUEST_TXT;

        if (copy(run, root, "plist_encoded", name, MDM_MODE_PUBLIC, err) != 0 ||
            (helper != NULL && copy(run, helper, "plist_encoded", name, MDM_MODE_PUBLIC, err) != 0))
            goto out;
    }
    result = 0;
out:
    mdm_dir_close(&output);
    mdm_dir_close(&helper);
    return result;
}

static void warn_about_clear_files(const struct mdm_run *run)
{
    for (size_t i = 0; i < sizeof clear_files / sizeof clear_files[0]; i++) {
        if (mdm_file_stat(mdm_workspace_root(run->workspace), clear_files[i], NULL) != MDM_FILE_ABSENT)
            mdm_run_tell(run, MDM_EVENT_WARNING, clear_files[i],
                         "'%s' holds a password or key in clear, left by the old script: delete it", clear_files[i]);
    }
}

int mdm_run_take_over(struct mdm_run *run, struct mdm_error *err)
{
    bool took[2] = {false, false};

    if (run->options->vendor_key == NULL && take_side(run, &sides[0], &took[0], err) != 0)
        return -1;
    if (take_side(run, &sides[1], &took[1], err) != 0)
        return -1;
    if (!took[0] && !took[1])
        return 0;
    if (took[1] && take_products(run, err) != 0)
        return -1;
    warn_about_clear_files(run);
    return mdm_run_look(run, err);
}
