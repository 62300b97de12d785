/* Step 2 (and 4): the customer's key and CSR as far as they are missing, and the request that Apple's push portal
 * takes. */
#include <stdio.h>

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

/* A new customer key, with its password. The run keeps both for step 3. */
static int make_customer_key(struct mdm_run *run, struct mdm_bytes *key_pem, struct mdm_subject **subject,
                             struct mdm_error *err)
{
    const struct mdm_callbacks *callbacks = run->callbacks;
    struct mdm_unlocked fresh = {0};

    fresh.password = callbacks->new_password(callbacks->self, MDM_ROLE_CUSTOMER, err);
    if (fresh.password == NULL)
        return -1;
    *subject = callbacks->subject(callbacks->self, MDM_ROLE_CUSTOMER, err);
    if (*subject == NULL)
        goto failed;
    mdm_run_tell(run, MDM_EVENT_WORKING, NULL, "making the customer's 2048-bit RSA key");
    fresh.key = mdm_key_generate(err);
    if (fresh.key == NULL || mdm_key_to_encrypted_pem(fresh.key, fresh.password, key_pem, err) != 0)
        goto failed;
    mdm_key_free(&run->customer.key);
    mdm_secret_free(&run->customer.password);
    run->customer = fresh; /* the run owns key and password now */
    return 0;
failed:
    mdm_key_free(&fresh.key);
    mdm_secret_free(&fresh.password);
    return -1;
}

/* Key and CSR of the customer: what exists stays, unless it is to be replaced. */
static int make_customer_csr(struct mdm_run *run, bool new_key, struct request_material *made, struct mdm_error *err)
{
    struct mdm_subject *subject = NULL;
    int result = -1;

    if (new_key) {
        if (make_customer_key(run, &made->key_pem, &subject, err) != 0)
            goto out;
    } else {
        if (mdm_run_unlock(run, MDM_ROLE_CUSTOMER, err) != 0 || mdm_key_check(run->customer.key, OUT_KEY, err) != 0)
            goto out;
        subject = run->callbacks->subject(run->callbacks->self, MDM_ROLE_CUSTOMER, err);
        if (subject == NULL)
            goto out;
    }
    made->made_csr = mdm_csr_make(run->customer.key, subject, err);
    if (made->made_csr == NULL || mdm_csr_to_pem(made->made_csr, &made->csr_pem, err) != 0)
        goto out;
    made->csr = made->made_csr;
    made->csr_name = OUT_CSR;
    result = 0;
out:
    mdm_subject_free(&subject);
    return result;
}

static int take_own_csr(const struct mdm_run *run, struct request_material *made, struct mdm_error *err)
{
    const struct mdm_item *own = run->survey->own_csr;
    char text[256];

    if (own->outcome != MDM_FILE_READ) {
        mdm_file_outcome_text(own->outcome, &own->info, text, sizeof text);
        mdm_error_set(err, MDM_E_FAILED, "'%s' %s", own->path, text);
    } else if (own->kind == MDM_FILEKIND_DAMAGED) {
        mdm_error_set(err, MDM_E_FAILED,
                      "'%s' is damaged or cut off, but the customer's certificate signing request (CSR) is due here",
                      own->path);
    } else if (own->csr == NULL && own->kind == MDM_FILEKIND_CSR) {
        mdm_error_set(err, MDM_E_FAILED, "%s", own->trouble.text);
    } else if (own->csr == NULL) {
        mdm_error_set(err,
                      own->kind == MDM_FILEKIND_UNKNOWN || own->kind == MDM_FILEKIND_EMPTY ||
                              own->kind == MDM_FILEKIND_UTF16
                          ? MDM_E_FAILED
                          : MDM_E_REFUSED,
                      "'%s' is %s, but the customer's certificate signing request (CSR) is due here", own->path,
                      mdm_filekind_words(own->kind));
    } else {
        made->csr = own->csr;
        made->csr_name = own->path;
        return 0;
    }
    if (own->key.is_key)
        return mdm_error_hint(err, "A private key stays with its owner: delete this file, and ask the customer for a "
                                   "new key's CSR, for one that was sent around is not private any more.");
    return mdm_error_hint(err, "Put the customer's CSR there, or remove the file to have key and CSR made here.");
}

/* What the new files replace. The pfx stays until step 3 has a new one. */
static int archive_old(struct mdm_run *run, const struct request_material *made, struct mdm_error *err)
{
    const struct mdm_item *request = run->survey->request;
    struct mdm_archive *archive;
    int result = -1;

    if (run->renewing)
        return mdm_run_archive_round(run, err);
    archive = mdm_archive_begin(run->workspace, mdm_run_now(run), err);
    if (archive == NULL)
        return -1;
    if (request == NULL || !mdm_bytes_equal(&request->bytes, &made->request)) {
        if (mdm_archive_keep_output(archive, MDM_NAME_REQUEST, err) != 0 ||
            mdm_archive_keep_output(archive, MDM_NAME_REQUEST_TXT, err) != 0)
            goto out;
    }
    if (made->csr_pem.size > 0 && mdm_archive_keep_output(archive, MDM_NAME_CUSTOMER_CSR, err) != 0)
        goto out;
    if (made->key_pem.size > 0 && (mdm_archive_keep_output(archive, MDM_NAME_CUSTOMER_KEY, err) != 0 ||
                                   mdm_run_keep_inputs_of(run, archive, MDM_ROLE_CUSTOMER, err) != 0))
        goto out;
    result = 0;
out:
    mdm_run_archived(run, &archive);
    return result;
}

/* Key, CSR, request, and last the old certificate leaves inputs/: see replace() of step 1 for the order. */
static int replace(struct mdm_run *run, const struct request_material *made, struct mdm_error *err)
{
    if (made->key_pem.size > 0 && mdm_run_write(run, MDM_NAME_CUSTOMER_KEY, &made->key_pem, MDM_MODE_PRIVATE, err) != 0)
        return -1;
    if (made->csr_pem.size > 0 && mdm_run_write(run, MDM_NAME_CUSTOMER_CSR, &made->csr_pem, MDM_MODE_PUBLIC, err) != 0)
        return -1;
    if (made->request.size > 0 && mdm_run_write_request(run, &made->request, err) != 0)
        return -1;
    if (made->key_pem.size > 0 || run->renewing)
        return mdm_run_remove_inputs_of(run, MDM_ROLE_CUSTOMER, err);
    return 0;
}

static int sign_and_write(struct mdm_run *run, struct request_material *made, struct mdm_error *err)
{
    if (mdm_signer_sign(made->signer, made->csr, made->csr_name, &made->request, err) != 0)
        return -1;
    if (archive_old(run, made, err) != 0)
        return -1;
    return replace(run, made, err);
}

int mdm_run_request_step(struct mdm_run *run, bool redo, struct mdm_error *err)
{
    struct request_material made = {0};
    const struct mdm_survey *survey = run->survey;
    bool have_csr = (survey->facts & MDM_FACT_CUSTOMER_CSR) != 0;
    bool new_key = survey->customer.key == NULL || (redo && !run->options->keep_key);
    struct mdm_event begins = {.kind = MDM_EVENT_STEP_BEGINS, .step = 2};
    struct mdm_event done = {.kind = MDM_EVENT_STEP_DONE, .step = 2};
    int result = -1;

    if (!redo && survey->own_csr == NULL && mdm_survey_check_key(run->survey, MDM_ROLE_CUSTOMER, err) != 0)
        return -1;
    run->callbacks->tell(run->callbacks->self, &begins);
    if ((made.signer = mdm_run_signer(run, err)) == NULL)
        goto out;
    if (survey->own_csr != NULL) {
        if (take_own_csr(run, &made, err) != 0)
            goto out;
    } else if (have_csr && !redo) {
        made.csr = survey->customer.csr->csr;
        made.csr_name = OUT_CSR;
    } else if (make_customer_csr(run, new_key, &made, err) != 0) {
        goto out;
    }
    if (sign_and_write(run, &made, err) != 0)
        goto out;
    run->callbacks->tell(run->callbacks->self, &done);
    result = 0;
out:
    free_material(&made);
    return result;
}

int mdm_run_sign_customer(struct mdm_run *run, struct mdm_error *err)
{
    struct request_material made = {0};
    struct mdm_event begins = {.kind = MDM_EVENT_STEP_BEGINS, .step = 4};
    struct mdm_event done = {.kind = MDM_EVENT_STEP_DONE, .step = 4};
    int result = -1;

    run->callbacks->tell(run->callbacks->self, &begins);
    if (run->survey->own_csr == NULL) {
        mdm_error_set(err, MDM_E_FAILED, "'inputs/%s' is missing: step 4 signs the customer's own CSR",
                      MDM_NAME_CUSTOMER_CSR);
        mdm_error_hint(err, "Put the customer's CSR (PEM or DER) there under that name.");
        goto out;
    }
    if (take_own_csr(run, &made, err) != 0 || mdm_csr_check(made.csr, made.csr_name, err) != 0 ||
        (made.signer = mdm_run_signer(run, err)) == NULL || sign_and_write(run, &made, err) != 0)
        goto out;
    run->callbacks->tell(run->callbacks->self, &done);
    result = 0;
out:
    free_material(&made);
    return result;
}

int mdm_run_customer_side(struct mdm_run *run, struct mdm_error *err)
{
    struct request_material made = {0};
    const struct mdm_side *side = &run->survey->customer;
    int result = -1;

    if (side->key != NULL && (run->survey->facts & MDM_FACT_CUSTOMER_CSR) != 0 && run->survey->own_csr == NULL) {
        mdm_run_tell(run, MDM_EVENT_NOTE, OUT_CSR, "%s and %s are here already and belong together: nothing to do",
                     OUT_KEY, OUT_CSR);
        return 0;
    }
    if (mdm_survey_check_key(run->survey, MDM_ROLE_CUSTOMER, err) != 0 ||
        make_customer_csr(run, side->key == NULL, &made, err) != 0 || archive_old(run, &made, err) != 0 ||
        replace(run, &made, err) != 0)
        goto out;
    result = 0;
out:
    free_material(&made);
    return result;
}
