/* Step 1: the vendor's key and CSR. */
#include "flow/run.h"

/* Everything that is asked and made before the first file is touched. */
struct vendor_material {
    struct mdm_subject *subject;
    struct mdm_csr *csr;
    struct mdm_bytes key_pem; /* empty: the key stays */
    struct mdm_bytes csr_pem;
};

static int ask_subject(struct mdm_run *run, struct vendor_material *made, struct mdm_error *err)
{
    const struct mdm_file *last = run->state->vendor.csr;

    made->subject = run->callbacks->subject(run->callbacks->ctx, MDM_ROLE_VENDOR, last != NULL ? last->csr : NULL, err);
    return made->subject != NULL ? 0 : -1;
}

static int keep_key(struct mdm_run *run, struct mdm_error *err)
{
    const char *shown = run->options->vendor_key != NULL ? run->options->vendor_key : "outputs/" MDM_NAME_VENDOR_KEY;

    return mdm_run_unlock(run, MDM_ROLE_VENDOR, err) != 0
               ? -1
               : mdm_key_check(run->unlocked[MDM_ROLE_VENDOR].key, shown, err);
}

static int make(struct mdm_run *run, enum mdm_redo redo, struct vendor_material *made, struct mdm_error *err)
{
    bool has_key = (run->state->facts & MDM_FACT_VENDOR_KEY) != 0;
    bool keep = has_key && (redo == MDM_AS_MISSING || run->options->keep_key || run->options->vendor_key != NULL);
    const struct mdm_callbacks *callbacks = run->callbacks;
    struct mdm_secret *password = NULL;

    if (!keep && (password = callbacks->new_password(callbacks->ctx, MDM_ROLE_VENDOR, err)) == NULL)
        return -1;
    if (ask_subject(run, made, err) != 0 ||
        (keep ? keep_key(run, err) : mdm_run_new_key(run, MDM_ROLE_VENDOR, &password, &made->key_pem, err)) != 0) {
        mdm_secret_free(&password);
        return -1;
    }
    made->csr = mdm_csr_make(run->unlocked[MDM_ROLE_VENDOR].key, made->subject, err);
    return made->csr != NULL && mdm_csr_check(made->csr, "outputs/" MDM_NAME_VENDOR_CSR, err) == 0
               ? mdm_csr_to_pem(made->csr, &made->csr_pem, err)
               : -1;
}

static int remove_request(struct mdm_change *change, struct mdm_error *err)
{
    return mdm_change_remove(change, MDM_OUTPUTS, MDM_NAME_REQUEST, err) != 0
               ? -1
               : mdm_change_remove(change, MDM_OUTPUTS, MDM_NAME_REQUEST_TXT, err);
}

/* The request was signed with the old key: it is of no use beside the new one. */
static int replace_vendor(const struct mdm_run *run, struct mdm_change *change, const struct vendor_material *made,
                          struct mdm_error *err)
{
    bool new_key = made->key_pem.size > 0;

    if (new_key && mdm_change_put(change, MDM_OUTPUTS, MDM_NAME_VENDOR_KEY, &made->key_pem, MDM_MODE_PRIVATE, err) != 0)
        return -1;
    if (mdm_change_put(change, MDM_OUTPUTS, MDM_NAME_VENDOR_CSR, &made->csr_pem, MDM_MODE_PUBLIC, err) != 0)
        return -1;
    if (!new_key)
        return 0;
    return remove_request(change, err) != 0 ? -1 : mdm_run_remove_inputs_of(run, change, MDM_ROLE_VENDOR, err);
}

/* A renewal takes the customer's round along: it waits for the vendor's new certificate. */
static int replace_customer(const struct mdm_run *run, struct mdm_change *change, struct mdm_error *err)
{
    const struct mdm_cert *vendor = run->state->vendor_cert.cert;

    if (vendor != NULL && mdm_change_spend(change, mdm_cert_facts(vendor)->sha256, err) != 0)
        return -1;
    if (remove_request(change, err) != 0)
        return -1;
    if (!run->options->keep_key && (mdm_change_remove(change, MDM_OUTPUTS, MDM_NAME_CUSTOMER_KEY, err) != 0 ||
                                    mdm_change_remove(change, MDM_OUTPUTS, MDM_NAME_CUSTOMER_CSR, err) != 0))
        return -1;
    return mdm_run_replace_round(run, change, err);
}

int mdm_run_vendor_step(struct mdm_run *run, enum mdm_redo redo, struct mdm_error *err)
{
    struct vendor_material made = {0};
    struct mdm_change *change = NULL;
    int result = -1;

    if (redo == MDM_AS_MISSING && (run->state->facts & MDM_FACT_VENDOR_KEY) == 0 &&
        mdm_state_check_key(run->state, MDM_ROLE_VENDOR, err) != 0)
        return -1;
    mdm_run_notify_step(run, MDM_EVENT_STEP_BEGINS, 1, NULL);
    if (make(run, redo, &made, err) != 0 || (change = mdm_change_new(run->command, err)) == NULL ||
        replace_vendor(run, change, &made, err) != 0 ||
        (redo == MDM_RENEW && replace_customer(run, change, err) != 0) || mdm_run_commit(run, &change, err) != 0)
        goto out;
    mdm_run_notify_step(run, MDM_EVENT_STEP_DONE, 1, NULL);
    result = 0;
out:
    mdm_change_free(&change);
    mdm_subject_free(&made.subject);
    mdm_csr_free(&made.csr);
    mdm_bytes_free(&made.key_pem);
    mdm_bytes_free(&made.csr_pem);
    return result;
}
