/* `renew` and `renew --abandon`: see flow.h and renewal.h. */
#include "flow/renewal.h"

#include <stdio.h>
#include <string.h>

#include "flow/run.h"
#include "flow/wait.h"

static bool holds(const struct mdm_item *item, const char *sha1)
{
    for (size_t i = 0; i < item->certs.count; i++) {
        if (strcmp(mdm_cert_facts(item->certs.items[i])->sha1, sha1) == 0)
            return true;
    }
    return false;
}

static bool holds_push_cert(const struct mdm_item *item)
{
    for (size_t i = 0; i < item->certs.count; i++) {
        if (mdm_cert_facts(item->certs.items[i])->kind == MDM_CERT_PUSH)
            return true;
    }
    return false;
}

const char *mdm_renewal_folder(const struct mdm_survey *survey)
{
    const char *sha1 = survey->pfx != NULL ? survey->pfx->pfx_sha1 : "";
    const char *folder = NULL;

    for (size_t i = 0; i < survey->inputs.count; i++) {
        if (sha1[0] != '\0' ? holds(&survey->inputs.items[i], sha1) : holds_push_cert(&survey->inputs.items[i]))
            return NULL;
    }
    for (size_t i = 0; i < survey->archive.count; i++) { /* the newest folder that has it */
        const struct mdm_item *item = &survey->archive.items[i];

        if (item->from_inputs && (sha1[0] != '\0' ? holds(item, sha1) : holds_push_cert(item)))
            folder = item->archive;
    }
    return folder;
}

/* Does the vendor's certificate end before the customer's new one can be fetched with it? */
static bool vendor_is_due(const struct mdm_run *run)
{
    const struct mdm_cert *cert = run->survey->vendor_cert.cert;

    if (run->options->vendor_cert != NULL || run->options->vendor_key != NULL)
        return false;
    return cert != NULL && mdm_time_days(mdm_run_now(run), mdm_cert_facts(cert)->not_after) < run->options->warn_days;
}

static int keep_vendor_side(struct mdm_run *run, struct mdm_archive *archive, struct mdm_error *err)
{
    if (mdm_archive_keep_output(archive, MDM_NAME_VENDOR_KEY, err) != 0 ||
        mdm_archive_keep_output(archive, MDM_NAME_VENDOR_CSR, err) != 0)
        return -1;
    return mdm_run_keep_inputs_of(run, archive, MDM_ROLE_VENDOR, err);
}

/* --keep-key keeps a key that is there. */
static bool keeps_key(const struct mdm_run *run)
{
    return run->options->keep_key && run->survey->customer.key != NULL;
}

static int keep_customer_side(struct mdm_run *run, struct mdm_archive *archive, struct mdm_error *err)
{
    if ((!keeps_key(run) && mdm_archive_keep_output(archive, MDM_NAME_CUSTOMER_KEY, err) != 0) ||
        mdm_archive_keep_output(archive, MDM_NAME_CUSTOMER_CSR, err) != 0 ||
        mdm_archive_keep_output(archive, MDM_NAME_REQUEST, err) != 0 ||
        mdm_archive_keep_output(archive, MDM_NAME_REQUEST_TXT, err) != 0)
        return -1;
    return mdm_run_keep_inputs_of(run, archive, MDM_ROLE_CUSTOMER, err);
}

int mdm_run_archive_round(struct mdm_run *run, struct mdm_error *err)
{
    struct mdm_archive *archive = mdm_archive_begin(run->workspace, mdm_run_now(run), err);
    int result = -1;

    if (archive == NULL)
        return -1;
    if (keep_customer_side(run, archive, err) == 0 && (!run->renews_vendor || keep_vendor_side(run, archive, err) == 0))
        result = 0;
    mdm_run_archived(run, &archive);
    return result;
}

/* The round is in the archive and makes room. The push certificate goes last: from then on the renewal counts as under
 * way. */
static int clear_round(struct mdm_run *run, struct mdm_error *err)
{
    const struct mdm_dir *outputs = mdm_workspace_outputs(run->workspace);

    if (mdm_file_remove(outputs, MDM_NAME_REQUEST, err) != 0 ||
        mdm_file_remove(outputs, MDM_NAME_REQUEST_TXT, err) != 0)
        return -1;
    if (!keeps_key(run) && (mdm_file_remove(outputs, MDM_NAME_CUSTOMER_CSR, err) != 0 ||
                            mdm_file_remove(outputs, MDM_NAME_CUSTOMER_KEY, err) != 0))
        return -1;
    if (run->renews_vendor && mdm_run_remove_inputs_of(run, MDM_ROLE_VENDOR, err) != 0)
        return -1;
    return mdm_run_remove_inputs_of(run, MDM_ROLE_CUSTOMER, err);
}

/* A redo or renewal that was cut short has left a new key that nobody has seen, and Apple's certificate of the old one:
 * that one comes back before it is renewed. */
static int settle(struct mdm_run *run, struct mdm_error *err)
{
    static const struct {
        enum mdm_role role;
        unsigned there, archived;
    } sides[] = {
        {MDM_ROLE_VENDOR, MDM_FACT_VENDOR_CERT, MDM_FACT_VENDOR_ARCHIVED},
        {MDM_ROLE_CUSTOMER, MDM_FACT_PUSH_CERT, MDM_FACT_CUSTOMER_ARCHIVED},
    };

    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        if ((run->survey->facts & sides[i].there) == 0 && (run->survey->facts & sides[i].archived) != 0 &&
            (mdm_run_bring_back(run, sides[i].role, err) != 0 || mdm_run_look(run, err) != 0))
            return -1;
    }
    return 0;
}

static int check_renewable(const struct mdm_run *run, struct mdm_error *err)
{
    const struct mdm_survey *survey = run->survey;

    if (survey->own_csr != NULL && (survey->facts & MDM_FACT_CUSTOMER_KEY) == 0) {
        mdm_error_set(err, MDM_E_REFUSED, "there is nothing to renew here: the key of 'inputs/%s' is the customer's",
                      MDM_NAME_CUSTOMER_CSR);
        return mdm_error_hint(err, "Let the customer make a new CSR, put it into inputs/, and run `mdmvendor 4`.");
    }
    if (survey->push_cert.cert == NULL || !survey->customer.id_known) {
        mdm_error_set(err, MDM_E_REFUSED, "there is nothing to renew: inputs/ holds no push certificate for outputs/%s",
                      MDM_NAME_CUSTOMER_KEY);
        return mdm_error_hint(err, "Run `mdmvendor` to go through the three steps first.");
    }
    return 0;
}

/* What is renewed makes room: the vendor's side first when it is due, and the customer's at once when the vendor's
 * certificate is still to come, so that the renewal counts as under way. */
static int replace_round(struct mdm_run *run, struct mdm_error *err)
{
    if (run->renews_vendor) {
        mdm_run_tell(run, MDM_EVENT_NOTE, NULL, "the vendor certificate '%s' ends soon: it is renewed first",
                     mdm_cert_facts(run->survey->vendor_cert.cert)->common_name);
        return mdm_run_vendor_step(run, true, err) != 0 ? -1 : clear_round(run, err);
    }
    if ((run->survey->facts & MDM_FACT_VENDOR_CERT) == 0)
        return mdm_run_archive_round(run, err) != 0 ? -1 : clear_round(run, err);
    return mdm_run_request_step(run, true, err);
}

static int begin_renewal(struct mdm_run *run, struct mdm_error *err)
{
    int status;

    if (mdm_run_check_inputs(run, err) != 0 || settle(run, err) != 0 || check_renewable(run, err) != 0)
        return -1;
    run->renewing = true;
    run->renews_vendor = vendor_is_due(run);
    status = replace_round(run, err);
    run->renewing = false;
    return status != 0 ? -1 : mdm_run_look(run, err);
}

int mdm_flow_renew(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                   struct mdm_flow_result *result, struct mdm_error *err)
{
    struct mdm_run run;
    int status = mdm_run_begin(&run, options, callbacks, err);

    if (status == 0) {
        const char *folder = mdm_renewal_folder(run.survey);

        if (folder != NULL)
            mdm_run_tell(&run, MDM_EVENT_NOTE, NULL,
                         "going on with the renewal that began when outputs/archive/%s was made", folder);
        else
            status = begin_renewal(&run, err);
    }
    if (status == 0)
        status = mdm_run_through(&run, result, err);
    mdm_run_end(&run);
    return status;
}

static bool lies_in(const struct mdm_item *item, const char *folder)
{
    return folder != NULL && item->archive != NULL && strcmp(item->archive, folder) == 0;
}

/* Did the renewal replace this role's key? */
static bool was_replaced(const struct mdm_survey *survey, const char *folder, enum mdm_role role)
{
    const char *name = role == MDM_ROLE_VENDOR ? MDM_NAME_VENDOR_KEY : MDM_NAME_CUSTOMER_KEY;

    for (size_t i = 0; i < survey->archive.count; i++) {
        const struct mdm_item *item = &survey->archive.items[i];

        if (lies_in(item, folder) && !item->from_inputs && strcmp(item->name, name) == 0)
            return true;
    }
    return false;
}

/* Keeps what the renewal has made so far. */
static int archive_unfinished(struct mdm_run *run, const char *folder, struct mdm_error *err)
{
    struct mdm_archive *archive = mdm_archive_begin(run->workspace, mdm_run_now(run), err);
    const struct mdm_survey *survey = run->survey;
    int result = -1;

    if (archive == NULL)
        return -1;
    for (size_t i = 0; i < survey->outputs.count; i++) {
        const char *name = survey->outputs.items[i].name;
        bool vendors = strcmp(name, MDM_NAME_VENDOR_KEY) == 0 || strcmp(name, MDM_NAME_VENDOR_CSR) == 0;

        if (strcmp(name, MDM_NAME_PFX) == 0 || (vendors && !was_replaced(survey, folder, MDM_ROLE_VENDOR)))
            continue;
        if (mdm_archive_keep_output(archive, name, err) != 0)
            goto out;
    }
    if (was_replaced(survey, folder, MDM_ROLE_VENDOR) &&
        mdm_run_keep_inputs_of(run, archive, MDM_ROLE_VENDOR, err) != 0)
        goto out;
    if (mdm_run_keep_inputs_of(run, archive, MDM_ROLE_CUSTOMER, err) != 0)
        goto out;
    result = 0;
out:
    mdm_run_archived(run, &archive);
    return result;
}

static int restore_all(struct mdm_run *run, const char *folder, bool inputs, struct mdm_error *err)
{
    for (size_t i = 0; i < run->survey->archive.count; i++) {
        const struct mdm_item *item = &run->survey->archive.items[i];

        if (lies_in(item, folder) && item->from_inputs == inputs && mdm_run_restore(run, item, err) != 0)
            return -1;
    }
    return 0;
}

/* The files in outputs/ first, the old push certificate last: until it is back, the renewal counts as under way and can
 * be abandoned again. */
static int abandon(struct mdm_run *run, const char *folder, struct mdm_error *err)
{
    const struct mdm_survey *survey = run->survey;

    if (mdm_run_check_inputs(run, err) != 0 || archive_unfinished(run, folder, err) != 0 ||
        restore_all(run, folder, false, err) != 0)
        return -1;
    if (was_replaced(survey, folder, MDM_ROLE_VENDOR) && mdm_run_remove_inputs_of(run, MDM_ROLE_VENDOR, err) != 0)
        return -1;
    if (mdm_run_remove_inputs_of(run, MDM_ROLE_CUSTOMER, err) != 0)
        return -1;
    return restore_all(run, folder, true, err);
}

int mdm_flow_abandon(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                     struct mdm_error *err)
{
    struct mdm_run run;
    int status = mdm_run_begin(&run, options, callbacks, err);
    const char *folder = status == 0 ? mdm_renewal_folder(run.survey) : NULL;

    if (status == 0 && folder == NULL) {
        mdm_error_set(err, MDM_E_REFUSED, "no renewal is under way in '%s'", options->directory);
        status = mdm_error_hint(err, "Run `mdmvendor status` to see where this folder stands.");
    }
    if (status == 0)
        status = abandon(&run, folder, err);
    if (status == 0)
        mdm_run_tell(&run, MDM_EVENT_NOTE, NULL,
                     "the renewal is abandoned: the files of outputs/archive/%s are back in place", folder);
    mdm_run_end(&run);
    return status;
}
