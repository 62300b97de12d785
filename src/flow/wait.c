/* Waiting for Apple's file. */
#include <stdio.h>
#include <string.h>

#include "flow/run.h"

/* The mistake that explains best why nothing fits: the one under the usual name, else the first. */
static const struct mdm_file *worst(const struct mdm_state *state, enum mdm_role role, struct mdm_error *why)
{
    const struct mdm_file *found = NULL;

    for (size_t i = 0; i < state->inputs.count; i++) {
        const struct mdm_file *file = &state->inputs.items[i];
        struct mdm_error mistake = {0};
        enum mdm_match match = mdm_state_match(state, role, file, &mistake);

        if ((match != MDM_MATCH_NO && match != MDM_MATCH_SPENT) ||
            (found != NULL && strcmp(file->name, mdm_roles[role].cert_name) != 0))
            continue;
        found = file;
        *why = mistake;
    }
    return found;
}

/* One line for each file that was told: its path, and its contents. */
static bool remember(struct mdm_run *run, const struct mdm_file *file)
{
    char line[1200];

    (void)snprintf(line, sizeof line, "\n%.1024s %.64s\n", file->path, file->digest);
    if (run->reported.data != NULL && strstr((const char *)run->reported.data, line) != NULL)
        return false;
    return mdm_bytes_append_text(&run->reported, line, NULL) == 0;
}

static void notify_unfit(struct mdm_run *run, const struct mdm_file *file, const struct mdm_error *why)
{
    struct mdm_event event = {.kind = MDM_EVENT_UNFIT, .path = file->path, .text = why->text, .hint = why->hint};

    if (remember(run, file))
        run->callbacks->notify(run->callbacks->ctx, &event);
}

/* Tells of every wrong file once. A file is left alone until it is the same in two looks: it may still be copied. */
static void notify_mistakes(struct mdm_run *run, enum mdm_role role)
{
    const struct mdm_state *state = run->state;

    for (size_t i = 0; i < state->inputs.count; i++) {
        const struct mdm_file *file = &state->inputs.items[i];
        struct mdm_error why = {0};
        enum mdm_match match = file->settled ? mdm_state_match(state, role, file, &why) : MDM_MATCH_IGNORED;

        if (match == MDM_MATCH_YES && role == MDM_ROLE_CUSTOMER && state->refused.file == file)
            match = mdm_state_push_is_refused(state, &why) ? MDM_MATCH_NO : match;
        if (match == MDM_MATCH_NO || match == MDM_MATCH_SPENT)
            notify_unfit(run, file, &why);
    }
}

/* Told once. A run that does not wait says it as it ends. */
static void notify_stray(struct mdm_run *run, enum mdm_role role)
{
    struct mdm_error why = {0};
    struct mdm_event event = {.kind = MDM_EVENT_UNFIT, .text = why.text, .hint = why.hint};

    if (mdm_state_find_stray(run->state, run->workspace, role, &why))
        run->callbacks->notify(run->callbacks->ctx, &event);
}

static bool arrived(const struct mdm_run *run, enum mdm_role role)
{
    unsigned signs = role == MDM_ROLE_VENDOR ? MDM_FACT_VENDOR_CERT | MDM_FACT_VENDOR_ARCHIVED
                                             : MDM_FACT_PUSH_CERT | MDM_FACT_CUSTOMER_ARCHIVED;
    const struct mdm_cert *refused = run->state->refused.cert;

    if ((run->state->facts & signs) != 0)
        return true;
    return role == MDM_ROLE_CUSTOMER && refused != NULL && strcmp(run->asked, mdm_cert_facts(refused)->sha256) != 0;
}

static struct mdm_wait what_is_expected(const struct mdm_run *run, enum mdm_role role)
{
    const struct mdm_state *state = run->state;
    bool customer_only = (state->facts & MDM_FACT_CUSTOMER_ONLY) != 0;

    if (role == MDM_ROLE_VENDOR)
        return (struct mdm_wait){.step = 2,
                                 .path = "inputs/" MDM_NAME_VENDOR_CERT,
                                 .upload = "outputs/" MDM_NAME_VENDOR_CSR,
                                 .portal = state->portals[role],
                                 .practice = state->practice,
                                 .account = "",
                                 .since = mdm_run_now(run)};
    return (struct mdm_wait){.step = 3,
                             .path = customer_only ? "inputs/" : "inputs/" MDM_NAME_PUSH_CERT,
                             .upload = !customer_only                ? "outputs/" MDM_NAME_REQUEST_TXT
                                       : state->customer.csr != NULL ? "outputs/" MDM_NAME_CUSTOMER_CSR
                                                                     : NULL,
                             .renew = state->last_push != NULL ? mdm_cert_facts(state->last_push) : NULL,
                             .trouble = state->request_trouble.code != MDM_OK ? &state->request_trouble : NULL,
                             .portal = state->portals[role],
                             .practice = state->practice,
                             .account = state->account.name,
                             .customer_only = customer_only,
                             .since = mdm_run_now(run)};
}

/* No more waiting: what lies in the place of the file says more than that it is missing. */
static void explain(const struct mdm_run *run, enum mdm_role role, struct mdm_error *why)
{
    const struct mdm_state *state = run->state;
    struct mdm_error found = {0};

    if (role == MDM_ROLE_CUSTOMER && mdm_state_push_is_refused(state, &found))
        *why = found;
    else if (worst(state, role, &found) != NULL || mdm_state_find_stray(state, run->workspace, role, &found))
        *why = found;
}

int mdm_run_await(struct mdm_run *run, enum mdm_role role, struct mdm_error *err)
{
    struct mdm_wait expected;

    mdm_run_drop_keys(run);
    if (role == MDM_ROLE_CUSTOMER && !run->state->practice && !arrived(run, role) && mdm_run_ask_account(run, err) != 0)
        return -1;
    expected = what_is_expected(run, role);
    for (unsigned looks = 0; !arrived(run, role); looks++) {
        struct mdm_error why = {0};

        notify_mistakes(run, role);
        if (looks == 1)
            notify_stray(run, role);
        if (run->callbacks->wait(run->callbacks->ctx, &expected, &why) != 0) {
            if (why.code == MDM_E_WAITING)
                explain(run, role, &why);
            if (err != NULL)
                *err = why;
            return -1;
        }
        if (mdm_workspace_refresh(run->workspace, err) != 0 || mdm_run_look(run, err) != 0)
            return -1;
        expected = what_is_expected(run, role);
    }
    return 0;
}
