/*
 * Moves in where vendor_script.sh lived before: its keys, CSRs, request and pfx are imported by copy, the keys
 * encrypted anew in our form under their old password. What the script left unencrypted is named, never touched.
 */
#include <stdio.h>
#include <string.h>

#include "flow/run.h"

/* Passwords and clear keys that the script wrote to disk. */
static const char *const clear_files[] = {"vendorPrivateKey.txt", "noPasswordVendorPrivate.key",
                                          "customerPrivateKey.txt", "customerKeyNoPass.pem", "MDM_APNSCert.pem"};

/* Imports dir/OLD as outputs/NAME: a key, opened with its password (three tries), in our form, and the run keeps it
 * unlocked; another file as it is, unless there is one already. False: there is none, or it is the change's problem. */
static bool take(struct mdm_run *run, struct mdm_change *change, const struct mdm_dir *dir, const char *old,
                 const char *name)
{
    struct mdm_error *problem = &change->problem;
    bool vendor = strcmp(name, MDM_NAME_VENDOR_KEY) == 0, key = vendor || strcmp(name, MDM_NAME_CUSTOMER_KEY) == 0;
    enum mdm_role role = vendor ? MDM_ROLE_VENDOR : MDM_ROLE_CUSTOMER;
    uint32_t mode = strcmp(name, MDM_NAME_PFX) == 0 ? MDM_MODE_PRIVATE : MDM_MODE_PUBLIC;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes bytes = {0};
    struct mdm_file_info info;

    if (problem->code != MDM_OK ||
        (key ? mdm_state_has_had(run->state, name) : mdm_state_output(run->state, name) != NULL))
        return false;
    enum mdm_file_outcome outcome = mdm_file_read(dir, old, &bytes, &info);
    if (outcome == MDM_FILE_ABSENT)
        return false;
    if (outcome != MDM_FILE_READ)
        mdm_error_set(problem, MDM_E_FAILED,
                      "'%s' %s, and would be imported from the old script" MDM_HINT
                      "Make it readable, or move it away if it is no longer needed.",
                      old, info.words);
    else if (info.foreign)
        mdm_error_set(problem, MDM_E_REFUSED,
                      "'%s' belongs to another user, and would be imported from the old script" MDM_HINT
                      "If it is yours, copy it as yourself and remove the original; if not, work in a folder that "
                      "others cannot write to.",
                      old);
    else if (!key)
        mdm_change_put(change, MDM_OUTPUTS, name, &bytes, mode);
    else if (mdm_run_unlock_bytes(run, role, &bytes, old, problem) == 0)
        mdm_run_put_key(run, change, role, NULL);
    if (problem->code == MDM_E_PASSWORD)
        mdm_error_hint(problem, "If it is lost, move '%s' out of this folder and run the command again: %s", old,
                       vendor ? "it then makes a new vendor key, for which Apple has to issue a new mdm.cer."
                              : "a new customer key is made then. Have its request signed by Apple with Renew on the "
                                "row of the certificate in use, and the topic stays.");
    if (problem->code != MDM_OK)
        return false;
    mdm_notify(run->callbacks, MDM_EVENT_DID, "Imported the old script's %s as outputs/%s", old, name);
    return true;
}

int mdm_old_script_leftover(const struct mdm_workspace *workspace, size_t number, struct mdm_error *err)
{
    for (size_t i = 0; i < sizeof clear_files / sizeof clear_files[0]; i++)
        if (mdm_file_stat(workspace->root, clear_files[i], NULL) != MDM_FILE_ABSENT && number-- == 0)
            return mdm_error_set(err, MDM_E_REFUSED,
                                 "'%s' holds an unencrypted password or key, left by the old script" MDM_HINT
                                 "Delete it once the folder works without the old script.",
                                 clear_files[i]);
    return 0;
}

int mdm_run_import_old_script(struct mdm_run *run, struct mdm_error *err)
{
    const struct mdm_dir *root = run->workspace->root;
    MDM_OWNED(mdm_dir_close) struct mdm_dir *output = NULL, *helper = NULL;
    struct mdm_change change = mdm_run_begin(run);

    (void)snprintf(change.list.command, sizeof change.list.command, "import");
    if (run->options.vendor_key == NULL &&
        take(run, &change, root, mdm_roles[MDM_ROLE_VENDOR].old_key, MDM_NAME_VENDOR_KEY))
        (void)take(run, &change, root, "vendor.csr", MDM_NAME_VENDOR_CSR);
    /* The script's pfx lies in output/ and beside it. The request is taken from the first place that has it: where the
     * script was started, or where its helper stood. */
    if (take(run, &change, root, mdm_roles[MDM_ROLE_CUSTOMER].old_key, MDM_NAME_CUSTOMER_KEY) &&
        mdm_dir_sub(root, "output", &output, &change.problem) >= 0 &&
        mdm_dir_sub(root, "mdmvendorsign-master", &helper, &change.problem) >= 0) {
        const struct mdm_dir *dir = mdm_file_stat(root, "plist_encoded", NULL) != MDM_FILE_ABSENT ? root : helper;

        (void)take(run, &change, root, "customer.csr", MDM_NAME_CUSTOMER_CSR);
        (void)take(run, &change, output != NULL ? output : root, MDM_NAME_PFX, MDM_NAME_PFX);
        if (dir != NULL) {
            (void)take(run, &change, dir, "plist_encoded", MDM_NAME_REQUEST);
            (void)take(run, &change, dir, "plist_encoded", MDM_NAME_REQUEST_TXT);
        }
    }
    if (change.list.file_count == 0 && change.problem.code == MDM_OK)
        return 0;
    if (mdm_run_commit(run, &change, err) != 0)
        return -1;
    for (size_t i = 0; mdm_old_script_leftover(run->workspace, i, &run->found) != 0; i++)
        mdm_run_tell(run, MDM_EVENT_WARNING, -1);
    return mdm_run_look(run, err);
}
