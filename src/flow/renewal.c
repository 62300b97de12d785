/* `renew`, `renew --abandon` and `undo`: see flow.h. */
#include <string.h>

#include "flow/run.h"

/* Does the vendor's certificate expire before the customer's new one can be fetched with it? */
static bool vendor_is_due(const struct mdm_run *run)
{
    const struct mdm_cert *cert = run->state->vendor_cert.cert;

    if (run->options->vendor_cert != NULL || run->options->vendor_key != NULL)
        return false;
    return cert != NULL && mdm_time_days(mdm_run_now(run), mdm_cert_facts(cert)->not_after) < run->options->warn_days;
}

static int check_renewable(const struct mdm_state *state, struct mdm_error *err)
{
    if (state->signs_other_csr) {
        mdm_error_set(err, MDM_E_REFUSED, "there is nothing to renew here: the key of 'inputs/%s' is the customer's",
                      MDM_NAME_INPUT_CSR);
        return mdm_error_hint(err, "Let the customer make a new CSR, put it into inputs/, and run `mdmvendor 4`.");
    }
    if (mdm_state_to_renew(state) != NULL)
        return 0;
    if (state->pfx_is_closed) {
        mdm_error_set(err, MDM_E_REFUSED, "which certificate 'outputs/" MDM_NAME_PFX "' holds is not known");
        return mdm_error_hint(err,
                              "Put that push certificate into inputs/ (%s offers it for download), and run the "
                              "command again.",
                              state->portals[MDM_ROLE_CUSTOMER]);
    }
    mdm_error_set(err, MDM_E_REFUSED, "there is nothing to renew: no push certificate is in use here yet");
    return mdm_error_hint(err, "Run `mdmvendor` to go through the three steps first.");
}

/* Without a vendor certificate to sign with, the round only makes room: the next run asks for one. */
static int clear_round(struct mdm_run *run, struct mdm_error *err)
{
    static const char *const names[] = {MDM_NAME_REQUEST, MDM_NAME_REQUEST_TXT, MDM_NAME_CUSTOMER_CSR,
                                        MDM_NAME_CUSTOMER_KEY};
    struct mdm_change *change = mdm_change_new(run->command, err);
    size_t count = run->options->keep_key ? 2 : sizeof names / sizeof names[0];
    int result = change != NULL ? 0 : -1;

    for (size_t i = 0; result == 0 && i < count; i++)
        result = mdm_change_remove(change, MDM_OUTPUTS, names[i], err);
    if (result == 0)
        result = mdm_run_replace_round(run, change, err);
    if (result == 0)
        result = mdm_run_commit(run, &change, err);
    mdm_change_free(&change);
    return result;
}

static int begin_renewal(struct mdm_run *run, struct mdm_error *err)
{
    unsigned facts = run->state->facts;

    if (mdm_run_check_inputs(run, err) != 0 || check_renewable(run->state, err) != 0)
        return -1;
    if ((facts & MDM_FACT_CUSTOMER_ONLY) != 0)
        return mdm_run_customer_side(run, MDM_RENEW, err);
    if ((facts & MDM_FACT_VENDOR_KEY) == 0 && mdm_state_check_key(run->state, MDM_ROLE_VENDOR, err) != 0)
        return -1;
    if (vendor_is_due(run)) {
        mdm_run_notify(run, MDM_EVENT_NOTE, NULL, "the vendor certificate '%s' expires soon: it is renewed first",
                       mdm_cert_facts(run->state->vendor_cert.cert)->common_name);
        return mdm_run_vendor_step(run, MDM_RENEW, err);
    }
    if ((facts & MDM_FACT_VENDOR_CERT) == 0)
        return clear_round(run, err);
    return mdm_run_request_step(run, MDM_RENEW, err);
}

int mdm_flow_renew(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                   struct mdm_flow_result *result, struct mdm_error *err)
{
    struct mdm_run run;
    int status = mdm_run_begin(&run, options, callbacks, "renew", err);

    if (status == 0 && run.state->renewing)
        mdm_run_notify(&run, MDM_EVENT_NOTE, NULL, "a renewal is under way: going on with it");
    else if (status == 0)
        status = begin_renewal(&run, err) != 0 ? -1 : mdm_run_look(&run, err);
    if (status == 0)
        status = mdm_run_through(&run, result, err);
    mdm_run_end(&run);
    return status;
}

static int undo(struct mdm_run *run, struct mdm_error *err)
{
    struct mdm_commit commit = mdm_run_commit_context(run);
    char command[MDM_LIST_COMMAND_MAX];

    commit.judged = NULL; /* it compares with the lists */
    commit.unit = "";
    if (mdm_change_undo(&commit, command, err) != 0)
        return -1;
    mdm_run_notify(run, MDM_EVENT_NOTE, NULL, "`mdmvendor%s%s` is undone: %s", strcmp(command, "run") == 0 ? "" : " ",
                   strcmp(command, "run") == 0 ? "" : command,
                   strcmp(command, "import") == 0 ? "what it brought in is in the archive"
                                                  : "what it replaced is back in place");
    return 0;
}

int mdm_flow_undo(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks, struct mdm_error *err)
{
    struct mdm_run run;
    int status = mdm_run_open(&run, options, callbacks, "undo", err);

    if (status == 0)
        status = undo(&run, err);
    mdm_run_end(&run);
    return status;
}

int mdm_flow_abandon(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                     struct mdm_error *err)
{
    struct mdm_run run;
    int status = mdm_run_open(&run, options, callbacks, "undo", err);

    if (status == 0 && run.state->renewal == NULL) {
        status = mdm_error_set(err, MDM_E_REFUSED, "no renewal is under way in '%s'", options->directory);
        mdm_error_hint(err, "Run `mdmvendor status` to see where this folder stands.");
    }
    if (status == 0)
        status = undo(&run, err);
    mdm_run_end(&run);
    return status;
}
