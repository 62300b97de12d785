/* Step 1: the vendor's key and CSR. */
#include "flow/run.h"

/* Everything that is asked and made before the first file is touched. */
struct vendor_material {
    struct mdm_subject *subject;
    struct mdm_csr *csr;
    struct mdm_bytes key_pem; /* empty: the key stays */
    struct mdm_bytes csr_pem;
};

static int make_key(struct mdm_run *run, struct vendor_material *made, struct mdm_error *err)
{
    const struct mdm_callbacks *callbacks = run->callbacks;
    struct mdm_unlocked fresh = {0};

    fresh.password = callbacks->new_password(callbacks->self, MDM_ROLE_VENDOR, err);
    if (fresh.password == NULL)
        return -1;
    made->subject = callbacks->subject(callbacks->self, MDM_ROLE_VENDOR, err);
    if (made->subject == NULL)
        goto failed;
    mdm_run_tell(run, MDM_EVENT_WORKING, NULL, "making the vendor's 2048-bit RSA key");
    fresh.key = mdm_key_generate(err);
    if (fresh.key == NULL || mdm_key_to_encrypted_pem(fresh.key, fresh.password, &made->key_pem, err) != 0)
        goto failed;
    mdm_key_free(&run->vendor.key);
    mdm_secret_free(&run->vendor.password);
    run->vendor = fresh; /* the run owns key and password now */
    return 0;
failed:
    mdm_key_free(&fresh.key);
    mdm_secret_free(&fresh.password);
    return -1;
}

static int keep_key(struct mdm_run *run, struct vendor_material *made, struct mdm_error *err)
{
    const char *shown = run->options->vendor_key != NULL ? run->options->vendor_key : "outputs/" MDM_NAME_VENDOR_KEY;

    if (mdm_run_unlock(run, MDM_ROLE_VENDOR, err) != 0 || mdm_key_check(run->vendor.key, shown, err) != 0)
        return -1;
    made->subject = run->callbacks->subject(run->callbacks->self, MDM_ROLE_VENDOR, err);
    return made->subject != NULL ? 0 : -1;
}

/* What the new files replace. The request was signed by the old key: it is of no use beside the new one. */
static int archive_old(struct mdm_run *run, bool new_key, struct mdm_error *err)
{
    struct mdm_archive *archive;
    int result = -1;

    if (run->renewing)
        return mdm_run_archive_round(run, err);
    archive = mdm_archive_begin(run->workspace, mdm_run_now(run), err);
    if (archive == NULL)
        return -1;
    if (mdm_archive_keep_output(archive, MDM_NAME_VENDOR_CSR, err) != 0)
        goto out;
    if (new_key && (mdm_archive_keep_output(archive, MDM_NAME_VENDOR_KEY, err) != 0 ||
                    mdm_archive_keep_output(archive, MDM_NAME_REQUEST, err) != 0 ||
                    mdm_archive_keep_output(archive, MDM_NAME_REQUEST_TXT, err) != 0))
        goto out;
    if (new_key && mdm_run_keep_inputs_of(run, archive, MDM_ROLE_VENDOR, err) != 0)
        goto out;
    result = 0;
out:
    mdm_run_archived(run, &archive);
    return result;
}

/* The order matters when we are interrupted: until the old certificate has left inputs/, a new start finds it, sees
 * that it fits the archived key, and brings that key back; nobody has seen the new one yet. A renewal clears up by
 * itself. */
static int replace(struct mdm_run *run, const struct vendor_material *made, struct mdm_error *err)
{
    const struct mdm_dir *outputs = mdm_workspace_outputs(run->workspace);
    bool new_key = made->key_pem.size > 0;

    if (new_key && mdm_run_write(run, MDM_NAME_VENDOR_KEY, &made->key_pem, MDM_MODE_PRIVATE, err) != 0)
        return -1;
    if (mdm_run_write(run, MDM_NAME_VENDOR_CSR, &made->csr_pem, MDM_MODE_PUBLIC, err) != 0)
        return -1;
    if (!new_key || run->renewing)
        return 0;
    if (mdm_run_remove_inputs_of(run, MDM_ROLE_VENDOR, err) != 0)
        return -1;
    if (mdm_file_remove(outputs, MDM_NAME_REQUEST, err) != 0)
        return -1;
    return mdm_file_remove(outputs, MDM_NAME_REQUEST_TXT, err);
}

int mdm_run_vendor_step(struct mdm_run *run, bool redo, struct mdm_error *err)
{
    struct vendor_material made = {0};
    bool has_key = (run->survey->facts & MDM_FACT_VENDOR_KEY) != 0;
    bool keep = has_key && (!redo || run->options->keep_key || run->options->vendor_key != NULL);
    struct mdm_event begins = {.kind = MDM_EVENT_STEP_BEGINS, .step = 1};
    struct mdm_event done = {.kind = MDM_EVENT_STEP_DONE, .step = 1};
    int result = -1;

    if (!redo && !has_key && mdm_survey_check_key(run->survey, MDM_ROLE_VENDOR, err) != 0)
        return -1;
    run->callbacks->tell(run->callbacks->self, &begins);
    if ((keep ? keep_key(run, &made, err) : make_key(run, &made, err)) != 0)
        goto out;
    made.csr = mdm_csr_make(run->vendor.key, made.subject, err);
    if (made.csr == NULL || mdm_csr_check(made.csr, "outputs/" MDM_NAME_VENDOR_CSR, err) != 0 ||
        mdm_csr_to_pem(made.csr, &made.csr_pem, err) != 0)
        goto out;
    if (archive_old(run, !keep, err) != 0 || replace(run, &made, err) != 0)
        goto out;
    run->callbacks->tell(run->callbacks->self, &done);
    result = 0;
out:
    mdm_subject_free(&made.subject);
    mdm_csr_free(&made.csr);
    mdm_bytes_free(&made.key_pem);
    mdm_bytes_free(&made.csr_pem);
    return result;
}
