/* Survey, decide, act, survey again: the loop behind `mdmvendor` and `mdmvendor N`. */
#include "flow/flow.h"

#include "flow/run.h"
#include "flow/wait.h"

/* Each action changes the facts, so that a run needs a handful of them: more means that one of them had no effect. */
#define ACTIONS_MAX 24

void mdm_flow_result_free(struct mdm_flow_result *result)
{
    mdm_cert_free(&result->push);
    *result = (struct mdm_flow_result){0};
}

static int act(struct mdm_run *run, enum mdm_action action, struct mdm_error *err)
{
    switch (action) {
    case MDM_ACTION_VENDOR_KEY:
    case MDM_ACTION_VENDOR_CSR:
        return mdm_run_vendor_step(run, false, err);
    case MDM_ACTION_BRING_BACK_VENDOR:
        return mdm_run_bring_back(run, MDM_ROLE_VENDOR, err);
    case MDM_ACTION_AWAIT_VENDOR_CERT:
        return mdm_run_await(run, MDM_ROLE_VENDOR, err);
    case MDM_ACTION_REQUEST:
        return mdm_run_request_step(run, false, err);
    case MDM_ACTION_BRING_BACK_CUSTOMER:
        return mdm_run_bring_back(run, MDM_ROLE_CUSTOMER, err);
    case MDM_ACTION_AWAIT_PUSH_CERT:
        return mdm_run_await(run, MDM_ROLE_CUSTOMER, err);
    case MDM_ACTION_PFX:
        return mdm_run_pfx_step(run, err);
    case MDM_ACTION_HAND_OVER:
    case MDM_ACTION_FINISHED:
        break;
    }
    return 0;
}

static int fill_result(const struct mdm_run *run, enum mdm_action last, struct mdm_flow_result *result,
                       struct mdm_error *err)
{
    result->finished = last == MDM_ACTION_FINISHED;
    result->handed_over = last == MDM_ACTION_HAND_OVER;
    result->made_pfx = run->made_pfx;
    if (!result->finished || run->survey->push_cert.cert == NULL)
        return 0;
    result->push = mdm_cert_ref(run->survey->push_cert.cert);
    return result->push != NULL ? 0 : mdm_error_set(err, MDM_E_FAILED, "out of memory");
}

int mdm_run_through(struct mdm_run *run, struct mdm_flow_result *result, struct mdm_error *err)
{
    for (int actions = 0; actions < ACTIONS_MAX; actions++) {
        enum mdm_action action = mdm_step_next(run->survey->facts);

        if (action == MDM_ACTION_FINISHED || action == MDM_ACTION_HAND_OVER)
            return fill_result(run, action, result, err);
        if (act(run, action, err) != 0 || mdm_run_look(run, err) != 0)
            return -1;
    }
    return mdm_error_set(err, MDM_E_FAILED, "the folder '%s' stays the same whatever is done ('%s' comes up again)",
                         run->options->directory, mdm_action_name(mdm_step_next(run->survey->facts)));
}

int mdm_flow_run(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                 struct mdm_flow_result *result, struct mdm_error *err)
{
    struct mdm_run run;
    int status = mdm_run_begin(&run, options, callbacks, err);

    if (status == 0)
        status = mdm_run_through(&run, result, err);
    mdm_run_end(&run);
    return status;
}

/* Waits for the certificate of `role` and brings back the key it belongs to, if it is an archived one. */
static int settle_certificate(struct mdm_run *run, enum mdm_role role, struct mdm_error *err)
{
    unsigned there = role == MDM_ROLE_VENDOR ? MDM_FACT_VENDOR_CERT : MDM_FACT_PUSH_CERT;
    unsigned archived = role == MDM_ROLE_VENDOR ? MDM_FACT_VENDOR_ARCHIVED : MDM_FACT_CUSTOMER_ARCHIVED;

    while ((run->survey->facts & there) == 0) {
        int status =
            (run->survey->facts & archived) != 0 ? mdm_run_bring_back(run, role, err) : mdm_run_await(run, role, err);
        if (status != 0 || mdm_run_look(run, err) != 0)
            return -1;
    }
    return 0;
}

static int redo_request(struct mdm_run *run, struct mdm_error *err)
{
    if ((run->survey->facts & MDM_FACT_VENDOR_KEY) == 0) {
        mdm_error_set(err, MDM_E_REFUSED, "step 2 needs the vendor's key, and there is none in '%s/outputs'",
                      run->options->directory);
        return mdm_error_hint(err, "Run `mdmvendor 1` first, or name the key with --vendor-key.");
    }
    if (settle_certificate(run, MDM_ROLE_VENDOR, err) != 0)
        return -1;
    return mdm_run_request_step(run, true, err);
}

static int redo_pfx(struct mdm_run *run, struct mdm_error *err)
{
    if (run->survey->own_csr == NULL && (run->survey->facts & MDM_FACT_CUSTOMER_ARCHIVED) == 0 &&
        mdm_survey_check_key(run->survey, MDM_ROLE_CUSTOMER, err) != 0)
        return -1;
    if (run->survey->customer.key == NULL && (run->survey->facts & MDM_FACT_CUSTOMER_ARCHIVED) == 0) {
        mdm_error_set(err, MDM_E_REFUSED, "step 3 needs the customer's key, and there is none in '%s/outputs'",
                      run->options->directory);
        return mdm_error_hint(err, run->survey->own_csr != NULL
                                       ? "The customer made inputs/customer.csr and has the key: they make the pfx."
                                       : "Run `mdmvendor 2` first (or `mdmvendor csr` for the customer's side alone).");
    }
    if (settle_certificate(run, MDM_ROLE_CUSTOMER, err) != 0)
        return -1;
    return mdm_run_pfx_step(run, err);
}

static int redo(struct mdm_run *run, int step, struct mdm_error *err)
{
    switch (step) {
    case 1:
        return mdm_run_vendor_step(run, true, err);
    case 2:
        return redo_request(run, err);
    case 3:
        return redo_pfx(run, err);
    default:
        return mdm_error_set(err, MDM_E_USAGE, "there is no step %d", step);
    }
}

/* After step 3 was asked for by itself, an earlier step that is not done here is none of its business. */
static bool goes_on_after(const struct mdm_run *run, int step)
{
    return step != 3 || mdm_step_of(mdm_step_next(run->survey->facts)) >= 3;
}

int mdm_flow_redo(const struct mdm_flow_options *options, int step, const struct mdm_callbacks *callbacks,
                  struct mdm_flow_result *result, struct mdm_error *err)
{
    struct mdm_run run;
    int status = mdm_run_begin(&run, options, callbacks, err);

    if (status == 0)
        status = mdm_run_check_inputs(&run, err);
    if (status == 0)
        status = redo(&run, step, err);
    if (status == 0)
        status = mdm_run_look(&run, err);
    if (status == 0)
        status = goes_on_after(&run, step) ? mdm_run_through(&run, result, err)
                                           : fill_result(&run, MDM_ACTION_FINISHED, result, err);
    mdm_run_end(&run);
    return status;
}

int mdm_flow_sign_customer(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                           struct mdm_error *err)
{
    struct mdm_run run;
    int status = mdm_run_begin(&run, options, callbacks, err);

    if (status == 0 && (run.survey->facts & MDM_FACT_VENDOR_KEY) == 0) {
        status = mdm_error_set(err, MDM_E_REFUSED, "step 4 needs the vendor's key, and there is none in '%s/outputs'",
                               options->directory);
        mdm_error_hint(err, "Run `mdmvendor 1` first, or name the key with --vendor-key.");
    }
    if (status == 0)
        status = settle_certificate(&run, MDM_ROLE_VENDOR, err);
    if (status == 0)
        status = mdm_run_sign_customer(&run, err);
    mdm_run_end(&run);
    return status;
}

int mdm_flow_customer(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                      struct mdm_error *err)
{
    struct mdm_run run;
    int status = mdm_run_begin(&run, options, callbacks, err);

    if (status == 0)
        status = mdm_run_customer_side(&run, err);
    mdm_run_end(&run);
    return status;
}
