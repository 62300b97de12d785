/* See export.h. */
#include "flow/export.h"

#include "flow/run.h"

/* Step 3 has checked certificate and topic: nothing leaves the folder past it. */
static int check_finished(const struct mdm_survey *survey, struct mdm_error *err)
{
    if ((survey->facts & MDM_FACT_PFX) != 0 && survey->customer.key != NULL)
        return 0;
    if (survey->own_csr != NULL && (survey->facts & MDM_FACT_CUSTOMER_KEY) == 0) {
        mdm_error_set(err, MDM_E_REFUSED, "there is no private key to export: the customer made '%s' and has the key",
                      survey->own_csr->path);
        return mdm_error_hint(err, "The customer joins the push certificate and their own key.");
    }
    if (survey->push_cert.cert == NULL) {
        mdm_error_set(err, MDM_E_REFUSED, "there is nothing to export: inputs/ holds no push certificate for '%s' yet",
                      "outputs/" MDM_NAME_CUSTOMER_KEY);
        return mdm_error_hint(err, "Run `mdmvendor`, which says what is next, then export again.");
    }
    mdm_error_set(err, MDM_E_REFUSED, "step 3 is not done: '%s' does not hold the push certificate '%s'",
                  "outputs/" MDM_NAME_PFX, survey->push_cert.item->path);
    return mdm_error_hint(err, "Run `mdmvendor` first: it checks the certificate and its topic.");
}

static void warn_of_end(const struct mdm_run *run)
{
    const struct mdm_choice *push = &run->survey->push_cert;
    char day[MDM_TIME_TEXT_MAX];

    if (mdm_run_now(run) <= mdm_cert_facts(push->cert)->not_after)
        return;
    mdm_time_format_day(mdm_cert_facts(push->cert)->not_after, day);
    mdm_run_tell(run, MDM_EVENT_WARNING, push->item->path,
                 "the push certificate '%s' expired on %s: Apple takes no push with it", push->item->path, day);
}

/* A customer's key from elsewhere tells only now whose it is. */
static int check_key(const struct mdm_run *run, struct mdm_error *err)
{
    const struct mdm_choice *push = &run->survey->push_cert;
    struct mdm_key_id id;

    if (mdm_key_get_id(run->customer.key, &id, err) != 0)
        return -1;
    if (mdm_key_id_equal(&id, &mdm_cert_facts(push->cert)->key_id))
        return 0;
    mdm_error_set(err, MDM_E_REFUSED, "'%s' was not issued for '%s'", push->item->path,
                  run->survey->customer.key->path);
    return mdm_error_hint(err, "Run `mdmvendor status` to see what belongs together.");
}

static int make_files(const struct mdm_run *run, struct mdm_export *wanted, struct mdm_error *err)
{
    struct mdm_bytes *files = wanted->files;
    const struct mdm_bytes *pfx = &run->survey->pfx->bytes;
    int result = -1;

    if (wanted->wanted[MDM_EXPORT_PEM] &&
        (mdm_cert_append_pem(run->survey->push_cert.cert, &files[MDM_EXPORT_PEM], err) != 0 ||
         mdm_key_to_clear_pem(run->customer.key, wanted->form, &files[MDM_EXPORT_PEM], err) != 0))
        goto out;
    if (wanted->wanted[MDM_EXPORT_KEY] &&
        mdm_key_to_clear_pem(run->customer.key, wanted->form, &files[MDM_EXPORT_KEY], err) != 0)
        goto out;
    if (wanted->wanted[MDM_EXPORT_P12] && mdm_bytes_append(&files[MDM_EXPORT_P12], pfx->data, pfx->size, err) != 0)
        goto out;
    result = 0;
out:
    mdm_wipe_traces();
    return result;
}

int mdm_export_make(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                    struct mdm_export *wanted, struct mdm_error *err)
{
    struct mdm_run run = {.options = options, .callbacks = callbacks};
    int result = -1;

    run.workspace = mdm_workspace_open(options->directory, MDM_WORKSPACE_LOOK, err); /* nothing in it changes */
    if (run.workspace == NULL || mdm_run_look(&run, err) != 0 || mdm_run_check_inputs(&run, err) != 0 ||
        check_finished(run.survey, err) != 0)
        goto out;
    warn_of_end(&run);
    if ((wanted->wanted[MDM_EXPORT_PEM] || wanted->wanted[MDM_EXPORT_KEY]) &&
        (mdm_run_unlock(&run, MDM_ROLE_CUSTOMER, err) != 0 || check_key(&run, err) != 0))
        goto out;
    result = make_files(&run, wanted, err);
out:
    if (result != 0)
        mdm_export_free(wanted);
    mdm_run_end(&run);
    return result;
}

void mdm_export_free(struct mdm_export *exported)
{
    for (size_t i = 0; i < MDM_EXPORT_KINDS; i++)
        mdm_bytes_free(&exported->files[i]);
}

int mdm_export_write(const char *path, const struct mdm_bytes *bytes, struct mdm_error *err)
{
    if (mdm_path_write(path, bytes, MDM_MODE_PRIVATE, MDM_FILE_NEW, err) == 0)
        return 0;
    return mdm_error_hint(err, "Name a file that does not exist yet: an existing one is never replaced.");
}
