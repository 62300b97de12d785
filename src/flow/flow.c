/* Look, decide, act, look again: the loop behind `mdmvendor` and `mdmvendor N`; `renew`, `renew --abandon`, `undo`. */
#include "flow/flow.h"

#include <stdio.h>
#include <string.h>

#include "flow/run.h"

/* Each action changes the facts, so that a run needs a handful of them: more means that one of them had no effect. */
#define ACTIONS_MAX 24

void mdm_flow_result_free(struct mdm_flow_result *result)
{
    mdm_cert_free(&result->push);
    mdm_state_free(&result->state);
    *result = (struct mdm_flow_result){0};
}

static int act(struct mdm_run *run, enum mdm_action action, struct mdm_error *err)
{
    struct mdm_change change = mdm_run_begin(run);

    switch (action) {
    case MDM_ACTION_VENDOR_KEY:
    case MDM_ACTION_VENDOR_CSR:
    case MDM_ACTION_REQUEST:
        return mdm_run_make(run, mdm_actions[action].step, MDM_AS_MISSING, err);
    case MDM_ACTION_RESTORE_VENDOR:
        return mdm_run_restore(run, MDM_ROLE_VENDOR, err);
    case MDM_ACTION_RESTORE_CUSTOMER:
        return mdm_run_restore(run, MDM_ROLE_CUSTOMER, err);
    case MDM_ACTION_AWAIT_VENDOR_CERT:
        return mdm_run_await(run, MDM_ROLE_VENDOR, err);
    case MDM_ACTION_AWAIT_PUSH_CERT:
        if ((run->state->facts & (MDM_FACT_REQUEST | MDM_FACT_CUSTOMER_ONLY)) == 0)
            return mdm_error_set(err, MDM_E_REFUSED,
                                 "step 3 needs a push certificate, and the request for it has not been made "
                                 "yet" MDM_HINT "Run `mdmvendor`, which goes through steps 1 and 2 first.");
        if (((run->state->facts & MDM_FACT_PFX) == 0 && mdm_check(run->state, MDM_FOUND_CLOSED_PFX, err) != 0) ||
            mdm_check_key(run->state, MDM_ROLE_CUSTOMER, err) != 0)
            return -1;
        return mdm_run_await(run, MDM_ROLE_CUSTOMER, err);
    case MDM_ACTION_PFX:
        return mdm_check_key(run->state, MDM_ROLE_CUSTOMER, err) != 0 ? -1 : mdm_run_pfx_step(run, err);
    case MDM_ACTION_RECORD:
        mdm_run_put_cert(&change, MDM_OUTPUTS, MDM_NAME_RECORD, run->state->record.cert);
        return mdm_run_commit(run, &change, err);
    default: /* nothing to do, or what only `status` says */
        return 0;
    }
}

/* What stops a run whatever is next, or settles what is next. 1: look again. */
static int settle(struct mdm_run *run, int step, enum mdm_action action, struct mdm_error *err)
{
    bool minds_topic = action == MDM_ACTION_FINISHED || action == MDM_ACTION_AWAIT_PUSH_CERT;
    const struct mdm_state *state = run->state;
    const struct mdm_cert_facts *refused = state->refused.facts;
    int settled = 0;

    if (action == MDM_ACTION_REQUEST || action == MDM_ACTION_VENDOR_CSR)
        settled = mdm_run_learn(run, MDM_ROLE_VENDOR, err);
    else if (action == MDM_ACTION_PFX || minds_topic)
        settled = mdm_run_learn(run, MDM_ROLE_CUSTOMER, err);
    /* A push certificate with another topic: each is asked about once. */
    if (settled == 0 && minds_topic && refused != NULL && strcmp(run->asked, refused->sha256) != 0) {
        memcpy(run->asked, refused->sha256, sizeof run->asked);
        if (!state->refused_is_one_of_several && state->topic != NULL)
            settled = run->callbacks->accept_topic(run->callbacks->ctx, state->topic, refused->topic,
                                                   state->portals[MDM_ROLE_CUSTOMER], err);
        run->options.accept_new_topic |= settled == 1;
    }
    if (settled == 0 && refused != NULL && (action == MDM_ACTION_FINISHED || step == 3))
        return mdm_check_push(state, err);
    return settled;
}

/* A finished folder says so, unless its certificate has expired. */
static int finish(struct mdm_run *run, enum mdm_action last, struct mdm_error *err)
{
    const struct mdm_state *state = run->state;
    struct mdm_error *found = &run->found;

    run->result->delivered = last == MDM_ACTION_DELIVER ? MDM_NAME_REQUEST_TXT : NULL;
    if (last != MDM_ACTION_FINISHED)
        return 0;
    mdm_run_tell(run, MDM_EVENT_WARNING, mdm_check(state, MDM_FOUND_CLOSED_PFX, found));
    mdm_run_tell(run, MDM_EVENT_WARNING, mdm_check(state, MDM_FOUND_ODD_RECORD, found));
    mdm_run_tell(run, MDM_EVENT_WARNING, mdm_check(state, MDM_FOUND_OLDER_KEY, found));
    int ends = mdm_check_expiry(state, state->record.facts, run->options.warn_days, found);
    if (found->code == MDM_E_EXPIRED)
        return mdm_error_copy(err, found);
    mdm_run_tell(run, MDM_EVENT_WARNING, run->result->made_pfx ? 0 : ends); /* step 3 has warned already */
    if (state->record.cert != NULL)
        run->result->push = mdm_cert_ref(state->record.cert);
    return 0;
}

/* What is next; for a step that is asked for by itself, whatever the other steps lack counts as there: restoring or
 * awaiting what it needs, or the step itself. */
static enum mdm_action next_for(const struct mdm_state *state, int step)
{
    unsigned facts = state->facts;

    if (step == 3) { /* as a customer's side alone: finished where the pfx can be made from the record again */
        facts &= MDM_FACT_CUSTOMER_ARCHIVED | MDM_FACT_PUSH_CERT;
        facts |= MDM_FACT_CUSTOMER_ONLY | MDM_FACT_RECORD;
        if (state->record.cert != NULL && !state->renewing && state->customer.key != NULL)
            facts |= MDM_FACT_PFX;
    } else if (step != 0) {
        facts &= MDM_FACT_VENDOR_CERT | MDM_FACT_VENDOR_ARCHIVED;
        facts |= MDM_FACT_VENDOR_KEY | MDM_FACT_VENDOR_CSR;
    }
    return mdm_next_action(facts);
}

/* Looks and acts until nothing is left to do here; or, for a step that is asked for by itself, until it can be done. */
static int go_on(struct mdm_run *run, int step, struct mdm_error *err)
{
    enum mdm_action action = MDM_ACTION_FINISHED;

    for (int actions = 0; actions < ACTIONS_MAX; actions++) {
        action = next_for(run->state, step);
        int settled = settle(run, step, action, err);

        if (settled == 0 && (action == MDM_ACTION_FINISHED || action == MDM_ACTION_DELIVER))
            return step == 0 ? finish(run, action, err) : 0;
        if (settled == 0 && step != 0 && (action == MDM_ACTION_REQUEST || action == MDM_ACTION_PFX))
            return 0;
        if (settled < 0 || (settled == 0 && act(run, action, err) != 0) || mdm_run_look(run, err) != 0)
            return -1;
    }
    return mdm_error_set(err, MDM_E_FAILED, "the run makes no progress in '%s' ('%s' is due again and again)",
                         run->options.directory, mdm_actions[action].name);
}

bool mdm_flow_is_new(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks)
{
    MDM_OWNED(mdm_run_end) struct mdm_run run = {0};

    if (mdm_run_open(&run, options, callbacks, NULL, NULL) != 0 || run.state->archive.count > 0 ||
        run.state->old_keys[MDM_ROLE_VENDOR] != NULL || run.state->old_keys[MDM_ROLE_CUSTOMER] != NULL)
        return false;
    for (int place = MDM_OUTPUTS; place <= MDM_INPUTS; place++) {
        const struct mdm_files *files = place == MDM_OUTPUTS ? &run.state->outputs : &run.state->inputs;

        for (size_t i = 0; i < files->count; i++) /* hidden ones are not ours: a checkout of the sources has some */
            if (files->items[i].outcome != MDM_FILE_ABSENT && files->items[i].name[0] != '.')
                return false;
    }
    return true;
}

static int confirm(const struct mdm_run *run, const char *what, struct mdm_error *err)
{
    if (run->callbacks->confirm == NULL || run->callbacks->confirm(run->callbacks->ctx, what, err) == 1)
        return 0;
    return mdm_error_set(err, MDM_E_FAILED,
                         "not begun, and nothing was changed" MDM_HINT
                         "To go on after all, run the same command again and answer y.");
}

/* Step 1 or 2 of a finished folder is asked about, unless it replaces nothing. */
static int confirm_redo(const struct mdm_run *run, int step, struct mdm_error *err)
{
    bool keeps_key = run->options.keep_key || (step == 1 && run->options.vendor_key != NULL);
    char what[512];

    if (step == 3 || mdm_next_action(run->state->facts) != MDM_ACTION_FINISHED ||
        (step == 1 && mdm_state_output(run->state, MDM_NAME_VENDOR_KEY) == NULL &&
         mdm_state_output(run->state, MDM_NAME_VENDOR_CSR) == NULL))
        return 0;
    (void)snprintf(what, sizeof what,
                   "All three steps are done here. Step %d replaces %s%s. `mdmvendor undo` puts everything back.", step,
                   keeps_key   ? ""
                   : step == 1 ? "outputs/vendor.key and "
                               : "outputs/customer.key, ",
                   step == 1 ? "outputs/vendor.csr, and Apple then has to issue a new mdm.cer; the push certificate in "
                               "use is not affected"
                             : "outputs/customer.csr and the push certificate request, and the pfx stays until Apple "
                               "has renewed the push certificate");
    return confirm(run, what, err);
}

/* Goes on; or first one step that is asked for by itself: redoes step 1, 2 or 3; step 4; a customer's key and CSR. */
static int do_step(struct mdm_run *run, struct mdm_error *err)
{
    const struct mdm_state *state = run->state;
    int step = run->what == MDM_FLOW_CUSTOMER ? 0 : (int)run->what;
    bool redo = step >= 1 && step <= 3;

    if (run->what == MDM_FLOW_RUN)
        return go_on(run, 0, err);
    if (redo && (mdm_run_check_readable(&state->inputs, err) != 0 || confirm_redo(run, step, err) != 0))
        return -1;
    if ((step == 2 || step == 4) && (state->facts & (MDM_FACT_VENDOR_KEY | MDM_FACT_VENDOR_ARCHIVED)) == 0)
        return mdm_error_set(
            err, MDM_E_REFUSED, "step %d needs the vendor's key, and there is none in '%s/outputs'" MDM_HINT "%s", step,
            run->options.directory,
            step == 2 && (state->facts & MDM_FACT_CUSTOMER_ONLY) != 0
                ? "A vendor elsewhere signs outputs/customer.csr: go on with `mdmvendor`. To sign here "
                  "yourself, run `mdmvendor 1` first."
                : "Run `mdmvendor 1` first, or name the key with --vendor-key.");
    if (step == 3 && (state->facts & MDM_FACT_CUSTOMER_ARCHIVED) == 0) {
        if (mdm_check(state, MDM_FOUND_CUSTOMERS_KEY, err) != 0) {
            mdm_error_context(err, "step 3 needs the customer's key");
            return mdm_error_hint(err, "The customer makes the pfx, from that key and the push certificate.");
        }
        if (mdm_check_key(state, MDM_ROLE_CUSTOMER, err) != 0)
            return -1;
    }
    if (step >= 2 && go_on(run, step, err) != 0)
        return -1;
    if ((step == 3 ? mdm_run_pfx_step(run, err) : mdm_run_make(run, step, redo ? MDM_REDO : MDM_AS_MISSING, err)) != 0)
        return -1;
    if (step == 4)
        run->result->delivered = run->state->signs_other_csr ? MDM_NAME_REQUEST_TXT : MDM_NAME_OTHER_REQUEST;
    if (!redo)
        return 0;
    if (mdm_run_look(run, err) != 0)
        return -1;
    /* After step 3, an earlier step that was not done here does not matter. */
    int next = mdm_actions[mdm_next_action(run->state->facts)].step;
    return step == 3 && (next == 1 || next == 2) ? finish(run, MDM_ACTION_FINISHED, err) : go_on(run, 0, err);
}

static int renew(struct mdm_run *run, struct mdm_error *err)
{
    const struct mdm_state *state = run->state;
    const struct mdm_flow_options *options = &run->options;
    const struct mdm_cert_facts *vendor = state->vendor_cert.facts, *record = state->record.facts;
    int step = (state->facts & MDM_FACT_CUSTOMER_ONLY) != 0 ? 0 : 2;
    char what[512];

    if (state->renewing) {
        mdm_notify(run->callbacks, MDM_EVENT_NOTE, "a renewal is under way: going on with it");
        return go_on(run, 0, err);
    }
    if (mdm_run_check_readable(&state->inputs, err) != 0)
        return -1;
    if (mdm_check(state, MDM_FOUND_CUSTOMERS_KEY, err) != 0) {
        mdm_error_context(err, "there is nothing to renew here");
        return mdm_error_hint(err, "Have the customer make a new CSR, put it into inputs/, and run `mdmvendor 4`.");
    }
    if (state->to_renew == NULL &&
        (mdm_check(state, MDM_FOUND_CLOSED_PFX, err) != 0 || mdm_check(state, MDM_FOUND_TOPIC_LOST, err) != 0))
        return -1;
    if (state->to_renew == NULL)
        return mdm_error_set(err, MDM_E_REFUSED,
                             "there is nothing to renew: no push certificate is in use here yet" MDM_HINT
                             "Run `mdmvendor`: it says what is still to be done for the first one.");
    if (record != NULL && mdm_time_days(state->now, record->not_after) >= options->warn_days) { /* it is early */
        (void)snprintf(
            what, sizeof what,
            "The push certificate is valid until %s, for %ld more days. A renewal replaces %soutputs/customer.csr and "
            "the push certificate request now, and the pfx when Apple has issued the new certificate. `mdmvendor renew "
            "--abandon` puts everything back.",
            record->last_day, mdm_time_days(state->now, record->not_after),
            options->keep_key ? "" : "outputs/customer.key, ");
        if (confirm(run, what, err) != 0)
            return -1;
    }
    if (step == 2 && (state->facts & MDM_FACT_VENDOR_KEY) == 0 && mdm_check_key(state, MDM_ROLE_VENDOR, err) != 0)
        return -1;
    if (step == 2 && vendor != NULL && options->vendor_cert == NULL && options->vendor_key == NULL &&
        mdm_time_days(state->now, vendor->not_after) < options->warn_days) {
        mdm_notify(run->callbacks, MDM_EVENT_NOTE, "the vendor certificate '%s' expires soon: it is renewed first",
                   vendor->common_name);
        step = 1;
    }
    if (mdm_run_make(run, step, MDM_RENEW, err) != 0 || mdm_run_look(run, err) != 0)
        return -1;
    return go_on(run, 0, err);
}

static int import(struct mdm_run *run, struct mdm_error *err)
{
    return mdm_run_import(run, err) == 0 ? finish(run, mdm_next_action(run->state->facts), err) : -1;
}

static int undo(struct mdm_run *run, struct mdm_error *err)
{
    MDM_OWNED(mdm_change_free) struct mdm_change change = mdm_run_begin(run);

    if (run->what == MDM_FLOW_ABANDON && run->state->renewal == NULL)
        return mdm_error_set(err, MDM_E_REFUSED,
                             "no renewal is under way here" MDM_HINT
                             "Run `mdmvendor status` to see where this folder stands.");
    return mdm_change_undo(&change, err);
}

static const struct {
    const char *name; /* for the lists of changes */
    int (*act)(struct mdm_run *run, struct mdm_error *err);
} commands[] = {
    [MDM_FLOW_RUN] = {"run", do_step},   [MDM_FLOW_STEP_1] = {"1", do_step},     [MDM_FLOW_STEP_2] = {"2", do_step},
    [MDM_FLOW_STEP_3] = {"3", do_step},  [MDM_FLOW_STEP_4] = {"4", do_step},     [MDM_FLOW_CUSTOMER] = {"csr", do_step},
    [MDM_FLOW_RENEW] = {"renew", renew}, [MDM_FLOW_IMPORT] = {"import", import}, [MDM_FLOW_UNDO] = {"undo", undo},
    [MDM_FLOW_ABANDON] = {"undo", undo},
};

int mdm_flow_do(enum mdm_flow_command command, const struct mdm_flow_options *options,
                const struct mdm_callbacks *callbacks, struct mdm_flow_result *result, struct mdm_error *err)
{
    struct mdm_run run;
    int status = mdm_run_open(&run, options, callbacks, commands[command].name, err);

    run.what = command;
    run.result = result;
    if (status == 0 && command < MDM_FLOW_IMPORT && options->apple_account != NULL)
        status = mdm_run_remember_account(&run, options->apple_account, err);
    if (status == 0 && command < MDM_FLOW_IMPORT)
        status = mdm_run_import_old_script(&run, err);
    if (status == 0)
        status = commands[command].act(&run, err);
    result->state = mdm_take_at(&run.state);
    mdm_run_end(&run);
    return status;
}
