/* Puts a key, and the CSR that belongs to it, back into place: Apple's certificate shows that it is the one in use. */
#include <stdio.h>
#include <string.h>

#include "flow/run.h"
#include "pki/p12.h"

static bool is_private(const char *name)
{
    return strcmp(name, MDM_NAME_VENDOR_KEY) == 0 || strcmp(name, MDM_NAME_CUSTOMER_KEY) == 0;
}

/* Adds a file of the archive to the change. */
static int put_archived(struct mdm_run *run, struct mdm_change *change, const struct mdm_file *file,
                        struct mdm_error *err)
{
    struct mdm_dir *outputs = NULL, *inputs = NULL;
    struct mdm_bytes bytes = {0};
    int result = -1;

    if (mdm_archive_folder(run->workspace, file->archive, &outputs, &inputs, err) != 0)
        return -1;
    if (mdm_file_read(outputs, file->name, MDM_FILE_LIMIT, &bytes, NULL) != MDM_FILE_READ)
        mdm_error_set(err, MDM_E_FAILED, "cannot read '%s' any more", file->path);
    else
        result = mdm_change_put(change, MDM_OUTPUTS, file->name, &bytes,
                                is_private(file->name) ? MDM_MODE_PRIVATE : MDM_MODE_PUBLIC, err);
    mdm_bytes_free(&bytes);
    mdm_dir_close(&outputs);
    mdm_dir_close(&inputs);
    return result;
}

/* The customer's key was lost, and the pfx has it. */
static int put_key_of_pfx(struct mdm_run *run, struct mdm_change *change, struct mdm_error *err)
{
    const struct mdm_file *pfx = run->state->pfx;
    struct mdm_unlocked *unlocked = &run->unlocked[MDM_ROLE_CUSTOMER];
    struct mdm_bytes pem = {0};
    int result = -1;

    if (mdm_run_unlock_bytes(run, MDM_ROLE_CUSTOMER, &pfx->bytes, pfx->path, err) != 0)
        return -1;
    if (unlocked->password == NULL)
        unlocked->password = run->callbacks->new_password(run->callbacks->ctx, MDM_ROLE_CUSTOMER, err);
    if (unlocked->password != NULL && mdm_key_to_encrypted_pem(unlocked->key, unlocked->password, &pem, err) == 0)
        result = mdm_change_put(change, MDM_OUTPUTS, MDM_NAME_CUSTOMER_KEY, &pem, MDM_MODE_PRIVATE, err);
    mdm_bytes_free(&pem);
    return result;
}

int mdm_run_restore(struct mdm_run *run, enum mdm_role role, struct mdm_error *err)
{
    const struct mdm_archived *found = &run->state->restore[role];
    bool from_pfx = found->key != NULL && found->key->archive == NULL;
    struct mdm_change *change = mdm_change_new(run->command, err);
    struct mdm_event event = {.kind = MDM_EVENT_RESTORED, .role = role};
    char path[128] = "outputs/" MDM_NAME_PFX;
    int result = -1;

    if (!from_pfx)
        (void)snprintf(path, sizeof path, "outputs/" MDM_NAME_ARCHIVE "/%s",
                       found->key != NULL ? found->key->archive : found->csr->archive);
    if (change == NULL)
        return -1;
    if ((found->csr == NULL || put_archived(run, change, found->csr, err) == 0) &&
        (found->key == NULL ||
         (from_pfx ? put_key_of_pfx(run, change, err) : put_archived(run, change, found->key, err)) == 0))
        result = mdm_run_commit(run, &change, err);
    mdm_change_free(&change);
    event.path = path;
    if (result == 0)
        run->callbacks->notify(run->callbacks->ctx, &event);
    return result;
}
