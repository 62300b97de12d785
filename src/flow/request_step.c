/* Step 2 (and 4, and `csr`): the customer's key and CSR as far as they are missing, and the request that Apple's push
 * portal takes. */
#include <string.h>

#include "flow/batch.h"
#include "flow/run.h"

#define OUT_KEY "outputs/" MDM_NAME_CUSTOMER_KEY
#define OUT_CSR "outputs/" MDM_NAME_CUSTOMER_CSR

/* Everything that is asked and made before the first file is touched. */
struct request_material {
    struct mdm_signer *signer;
    struct mdm_csr *made_csr;  /* owned; NULL when an existing one is signed */
    const struct mdm_csr *csr; /* the one that is signed */
    const char *csr_name;
    struct mdm_bytes key_pem; /* empty: no new key */
    struct mdm_bytes csr_pem; /* empty: no new CSR */
    struct mdm_bytes request;
};

static void free_material(struct request_material *made)
{
    mdm_signer_free(&made->signer);
    mdm_csr_free(&made->made_csr);
    mdm_bytes_free(&made->key_pem);
    mdm_bytes_free(&made->csr_pem);
    mdm_bytes_free(&made->request);
}

enum key_source {
    NEW_KEY,
    KEY_IN_PLACE,
};

/* Last year's CSR, for the defaults of this year's questions. */
static const struct mdm_csr *last_csr(const struct mdm_state *state)
{
    if (state->customer.csr != NULL)
        return state->customer.csr->csr;
    for (size_t i = state->archive.count; i-- > 0;) {
        const struct mdm_file *file = &state->archive.items[i];

        if (!file->from_inputs && file->csr != NULL && strcmp(file->name, MDM_NAME_CUSTOMER_CSR) == 0)
            return file->csr;
    }
    return NULL;
}

static int make_customer_csr(struct mdm_run *run, enum key_source source, struct request_material *made,
                             struct mdm_error *err)
{
    struct mdm_unlocked *unlocked = &run->unlocked[MDM_ROLE_CUSTOMER];
    const struct mdm_callbacks *callbacks = run->callbacks;
    struct mdm_secret *password = NULL;
    struct mdm_subject *subject = NULL;
    int result = -1;

    if (source == NEW_KEY && (password = callbacks->new_password(callbacks->ctx, MDM_ROLE_CUSTOMER, err)) == NULL)
        return -1;
    subject = callbacks->subject(callbacks->ctx, MDM_ROLE_CUSTOMER, last_csr(run->state), err);
    if (subject == NULL)
        goto out;
    if (source == NEW_KEY
            ? mdm_run_new_key(run, MDM_ROLE_CUSTOMER, &password, &made->key_pem, err) != 0
            : mdm_run_unlock(run, MDM_ROLE_CUSTOMER, err) != 0 || mdm_key_check(unlocked->key, OUT_KEY, err) != 0)
        goto out;
    made->made_csr = mdm_csr_make(unlocked->key, subject, err);
    if (made->made_csr == NULL || mdm_csr_to_pem(made->made_csr, &made->csr_pem, err) != 0)
        goto out;
    made->csr = made->made_csr;
    made->csr_name = OUT_CSR;
    result = 0;
out:
    mdm_secret_free(&password);
    mdm_subject_free(&subject);
    return result;
}

static int take_other_csr(const struct mdm_run *run, struct request_material *made, struct mdm_error *err)
{
    const struct mdm_file *file = run->state->other_csr;
    bool unreadable =
        file->kind == MDM_FILEKIND_UNKNOWN || file->kind == MDM_FILEKIND_EMPTY || file->kind == MDM_FILEKIND_UTF16;
    char text[256];

    if (file->outcome == MDM_FILE_READ && file->kind == MDM_FILEKIND_CSR && file->csr != NULL) {
        made->csr = file->csr;
        made->csr_name = file->path;
        if (file->key.is_key)
            mdm_run_notify(run, MDM_EVENT_WARNING, file->path, MDM_KEY_SENT_ALONG, file->path);
        return 0;
    }
    if (file->outcome != MDM_FILE_READ) {
        mdm_file_outcome_text(file->outcome, &file->info, text, sizeof text);
        mdm_error_set(err, MDM_E_FAILED, "'%s' %s", file->path, text);
    } else if (file->kind == MDM_FILEKIND_DAMAGED) {
        mdm_error_set(
            err, MDM_E_FAILED,
            "'%s' is damaged or cut off, but the customer's certificate signing request (CSR) is expected here",
            file->path);
    } else if (file->kind == MDM_FILEKIND_CSR) {
        mdm_error_set(err, MDM_E_FAILED, "%s", file->trouble.text);
    } else {
        mdm_error_set(err, unreadable ? MDM_E_FAILED : MDM_E_REFUSED,
                      "'%s' is %s, but the customer's certificate signing request (CSR) is expected here", file->path,
                      mdm_filekind_words(file->kind));
    }
    if (file->key.is_key)
        return mdm_error_hint(err, "A private key stays with its owner: delete this file, and ask the customer for a "
                                   "new key's CSR, for one that was sent around is not private any more.");
    return mdm_error_hint(err, "Put the customer's CSR there, or remove the file to have key and CSR made here.");
}

static int put_request(struct mdm_change *change, const struct mdm_bytes *request, struct mdm_error *err)
{
    return mdm_change_put(change, MDM_OUTPUTS, MDM_NAME_REQUEST, request, MDM_MODE_PUBLIC, err) != 0
               ? -1
               : mdm_change_put(change, MDM_OUTPUTS, MDM_NAME_REQUEST_TXT, request, MDM_MODE_PUBLIC, err);
}

/* A new key in a folder whose push certificate is in force begins a renewal, whatever the command is called. */
static bool begins_renewal(const struct mdm_run *run, enum mdm_redo redo, const struct request_material *made)
{
    return redo == MDM_RENEW || (run->state->record.cert != NULL && made->key_pem.size > 0);
}

static int commit(struct mdm_run *run, enum mdm_redo redo, const struct request_material *made, struct mdm_error *err)
{
    struct mdm_change *change = mdm_change_new(run->command, err);
    int result = -1;

    if (change == NULL)
        return -1;
    if (made->key_pem.size > 0 &&
        mdm_change_put(change, MDM_OUTPUTS, MDM_NAME_CUSTOMER_KEY, &made->key_pem, MDM_MODE_PRIVATE, err) != 0)
        goto out;
    if (made->csr_pem.size > 0 &&
        mdm_change_put(change, MDM_OUTPUTS, MDM_NAME_CUSTOMER_CSR, &made->csr_pem, MDM_MODE_PUBLIC, err) != 0)
        goto out;
    if (made->request.size > 0 && put_request(change, &made->request, err) != 0)
        goto out;
    if (begins_renewal(run, redo, made)
            ? mdm_run_replace_round(run, change, err) != 0
            : made->key_pem.size > 0 && mdm_run_remove_inputs_of(run, change, MDM_ROLE_CUSTOMER, err) != 0)
        goto out;
    result = mdm_run_commit(run, &change, err);
out:
    mdm_change_free(&change);
    return result;
}

/* Whose CSR is signed, and made before if it is not there. */
static int settle_csr(struct mdm_run *run, enum mdm_redo redo, struct request_material *made, struct mdm_error *err)
{
    const struct mdm_state *state = run->state;
    bool have_csr = (state->facts & MDM_FACT_CUSTOMER_CSR) != 0;
    bool keep = state->customer.key != NULL && (redo == MDM_AS_MISSING || run->options->keep_key);

    if (state->signs_other_csr)
        return take_other_csr(run, made, err);
    if (state->other_csr != NULL)
        mdm_run_notify(run, MDM_EVENT_NOTE, state->other_csr->path,
                       "'%s' is another customer's: it is left alone here (`mdmvendor 4` signs it)",
                       state->other_csr->path);
    if (have_csr && redo == MDM_AS_MISSING) {
        made->csr = state->customer.csr->csr;
        made->csr_name = OUT_CSR;
        return 0;
    }
    return make_customer_csr(run, keep ? KEY_IN_PLACE : NEW_KEY, made, err);
}

int mdm_run_request_step(struct mdm_run *run, enum mdm_redo redo, struct mdm_error *err)
{
    struct request_material made = {0};
    int result = -1;

    if (redo == MDM_AS_MISSING && !run->state->signs_other_csr &&
        mdm_state_check_key(run->state, MDM_ROLE_CUSTOMER, err) != 0)
        return -1;
    mdm_run_notify_step(run, MDM_EVENT_STEP_BEGINS, 2, NULL);
    if ((made.signer = mdm_run_signer(run, err)) == NULL || settle_csr(run, redo, &made, err) != 0 ||
        mdm_signer_sign(made.signer, made.csr, made.csr_name, &made.request, err) != 0 ||
        commit(run, redo, &made, err) != 0)
        goto out;
    mdm_run_notify_step(run, MDM_EVENT_STEP_DONE, 2, NULL);
    result = 0;
out:
    free_material(&made);
    return result;
}

/* The request of another customer: beside the folder's own, or in its place where the folder has none. */
static int write_other_request(struct mdm_run *run, const struct mdm_bytes *request, struct mdm_error *err)
{
    struct mdm_change *change = mdm_change_new("4", err);
    int result = -1;

    if (change == NULL)
        return -1;
    if (run->state->signs_other_csr)
        result = put_request(change, request, err);
    else
        result = mdm_change_put(change, MDM_OUTPUTS, MDM_NAME_OTHER_REQUEST, request, MDM_MODE_PUBLIC, err);
    if (result == 0)
        result = mdm_run_commit(run, &change, err);
    mdm_change_free(&change);
    return result;
}

int mdm_run_sign_customer(struct mdm_run *run, struct mdm_error *err)
{
    struct request_material made = {0};
    int result = -1;

    mdm_run_notify_step(run, MDM_EVENT_STEP_BEGINS, 4, NULL);
    if (run->state->other_csr == NULL) {
        mdm_error_set(err, MDM_E_FAILED, "'inputs/%s' is missing: step 4 signs the customer's own CSR",
                      MDM_NAME_INPUT_CSR);
        mdm_error_hint(err, "Put the customer's CSR (PEM or DER) there under that name.");
        goto out;
    }
    if (take_other_csr(run, &made, err) != 0 || mdm_csr_check(made.csr, made.csr_name, err) != 0 ||
        (made.signer = mdm_run_signer(run, err)) == NULL ||
        mdm_signer_sign(made.signer, made.csr, made.csr_name, &made.request, err) != 0 ||
        write_other_request(run, &made.request, err) != 0)
        goto out;
    mdm_run_notify_step(run, MDM_EVENT_STEP_DONE, 4, NULL);
    result = 0;
out:
    free_material(&made);
    return result;
}

int mdm_run_customer_side(struct mdm_run *run, enum mdm_redo redo, struct mdm_error *err)
{
    struct request_material made = {0};
    const struct mdm_side *side = &run->state->customer;
    bool keep = side->key != NULL && (redo == MDM_AS_MISSING || run->options->keep_key);
    int result = -1;

    if (redo == MDM_AS_MISSING && side->key != NULL && side->csr != NULL && side->id_known &&
        mdm_key_id_equal(mdm_csr_key_id(side->csr->csr), &side->id)) {
        mdm_run_notify(run, MDM_EVENT_NOTE, OUT_CSR, "%s and %s are here already and belong together: nothing to do",
                       OUT_KEY, OUT_CSR);
        return 0;
    }
    if ((redo == MDM_AS_MISSING && mdm_state_check_key(run->state, MDM_ROLE_CUSTOMER, err) != 0) ||
        make_customer_csr(run, keep ? KEY_IN_PLACE : NEW_KEY, &made, err) != 0 || commit(run, redo, &made, err) != 0)
        goto out;
    result = 0;
out:
    free_material(&made);
    return result;
}
