/* Waiting for Apple's file: see wait.h. */
#include "flow/wait.h"

#include <stdio.h>
#include <string.h>

/* The mistake that explains best why nothing fits: the one under the due name, else the first. */
static const struct mdm_item *worst(const struct mdm_survey *survey, enum mdm_role role, struct mdm_error *why)
{
    const char *due = role == MDM_ROLE_VENDOR ? MDM_NAME_VENDOR_CERT : MDM_NAME_PUSH_CERT;
    const struct mdm_item *found = NULL;

    for (size_t i = 0; i < survey->inputs.count; i++) {
        const struct mdm_item *item = &survey->inputs.items[i];
        struct mdm_error mistake = {0};

        if (mdm_survey_judge(survey, role, item, NULL, &mistake) != MDM_FIT_NO ||
            (found != NULL && strcmp(item->name, due) != 0))
            continue;
        found = item;
        *why = mistake;
    }
    return found;
}

/* One line for each file that was told: its path, and its size as a sign that it changed since. */
static bool remember(struct mdm_run *run, const struct mdm_item *item)
{
    char line[1200];

    (void)snprintf(line, sizeof line, "\n%.1024s %d %zu\n", item->path, (int)item->kind, item->bytes.size);
    if (run->reported.data != NULL && strstr((const char *)run->reported.data, line) != NULL)
        return false;
    return mdm_bytes_append_text(&run->reported, line, NULL) == 0;
}

/* Tells of every wrong file once. A file is left alone until it is the same in two looks: it may still be copied. */
static void tell_mistakes(struct mdm_run *run, enum mdm_role role, const struct mdm_survey *before)
{
    for (size_t i = 0; i < run->survey->inputs.count; i++) {
        const struct mdm_item *item = &run->survey->inputs.items[i];
        struct mdm_error mistake = {0};
        bool settled = false;

        for (size_t j = 0; before != NULL && j < before->inputs.count; j++)
            settled = settled || (strcmp(before->inputs.items[j].path, item->path) == 0 &&
                                  mdm_bytes_equal(&before->inputs.items[j].bytes, &item->bytes));
        if (settled && mdm_survey_judge(run->survey, role, item, NULL, &mistake) == MDM_FIT_NO && remember(run, item))
            mdm_run_tell(run, MDM_EVENT_UNFIT, item->path, "%s", mistake.text);
    }
}

static bool arrived(const struct mdm_run *run, enum mdm_role role)
{
    unsigned signs = role == MDM_ROLE_VENDOR ? MDM_FACT_VENDOR_CERT | MDM_FACT_VENDOR_ARCHIVED
                                             : MDM_FACT_PUSH_CERT | MDM_FACT_CUSTOMER_ARCHIVED;

    return (run->survey->facts & signs) != 0;
}

static struct mdm_wait what_is_due(const struct mdm_run *run, enum mdm_role role)
{
    const struct mdm_cert *previous;

    if (role == MDM_ROLE_VENDOR)
        return (struct mdm_wait){.step = 2,
                                 .path = "inputs/" MDM_NAME_VENDOR_CERT,
                                 .upload = "outputs/" MDM_NAME_VENDOR_CSR,
                                 .since = mdm_run_now(run)};
    previous = mdm_survey_previous_push(run->survey, NULL);
    return (struct mdm_wait){.step = 3,
                             .path = "inputs/" MDM_NAME_PUSH_CERT,
                             .upload = "outputs/" MDM_NAME_REQUEST_TXT,
                             .renew = previous != NULL ? mdm_cert_facts(previous) : NULL,
                             .since = mdm_run_now(run)};
}

int mdm_run_await(struct mdm_run *run, enum mdm_role role, struct mdm_error *err)
{
    struct mdm_survey *before = NULL;
    struct mdm_wait due = what_is_due(run, role);
    int result = 0;

    while (!arrived(run, role)) {
        struct mdm_error why = {0};

        tell_mistakes(run, role, before);
        result = run->callbacks->wait(run->callbacks->self, &due, &why);
        if (result != 0) {
            if (why.code == MDM_E_WAITING)
                (void)worst(run->survey, role, &why);
            if (err != NULL)
                *err = why;
            break;
        }
        mdm_survey_free(&before);
        before = run->survey; /* ours now */
        run->survey = NULL;
        result = mdm_run_look(run, err);
        if (result != 0)
            break;
        /* due.renew points into a survey: look it up in the one that stays */
        due.renew = what_is_due(run, role).renew;
    }
    mdm_survey_free(&before);
    return result;
}
