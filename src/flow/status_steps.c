/* The steps of a status: how each stands, why, and what is to be run next. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "flow/status_parts.h"

/* A path of 4,096 bytes, each of which takes four at most in a shell's quotes. */
#define SHELL_WORD_MAX 16400

#define IN_VENDOR_CERT  "inputs/" MDM_NAME_VENDOR_CERT
#define IN_PUSH_CERT    "inputs/" MDM_NAME_PUSH_CERT
#define OUT_VENDOR_KEY  "outputs/" MDM_NAME_VENDOR_KEY
#define OUT_VENDOR_CSR  "outputs/" MDM_NAME_VENDOR_CSR
#define OUT_REQUEST     "outputs/" MDM_NAME_REQUEST
#define OUT_REQUEST_TXT "outputs/" MDM_NAME_REQUEST_TXT
#define OUT_PFX         "outputs/" MDM_NAME_PFX

static bool has(const struct mdm_looking *looking, unsigned facts)
{
    return (looking->survey->facts & facts) == facts;
}

/* Step 3 is done here and the vendor's side is kept somewhere else. */
static bool vendor_is_elsewhere(const struct mdm_looking *looking)
{
    return has(looking, MDM_FACT_CUSTOMER_ONLY) ||
           (mdm_step_next(looking->survey->facts) == MDM_ACTION_FINISHED && !has(looking, MDM_FACT_VENDOR_KEY));
}

static char *vendor_reason(const struct mdm_looking *looking, struct mdm_error *err)
{
    struct mdm_error why = {0};

    if (vendor_is_elsewhere(looking))
        return mdm_status_format(err, "the vendor's key is kept elsewhere");
    if (has(looking, MDM_FACT_VENDOR_ARCHIVED))
        return mdm_status_format(err, "the vendor's key in the archive is the one that Apple's certificate belongs to: "
                                      "it comes back");
    if (mdm_survey_check_key(looking->survey, MDM_ROLE_VENDOR, &why) != 0)
        return mdm_status_format(err, "%s", why.text);
    if (!has(looking, MDM_FACT_VENDOR_KEY))
        return mdm_status_format(err, "there is no '" OUT_VENDOR_KEY "' yet");
    return mdm_status_format(err, mdm_survey_output(looking->survey, MDM_NAME_VENDOR_CSR) != NULL
                                      ? "'" OUT_VENDOR_CSR "' is not a CSR of the vendor's key"
                                      : "there is no '" OUT_VENDOR_CSR "' yet");
}

/* Why Apple's file is missing: the mistake that lies in its place, or that nothing came yet. */
static char *waiting_reason(const struct mdm_looking *looking, enum mdm_role role, const char *upload,
                            struct mdm_error *err)
{
    const char *due = role == MDM_ROLE_VENDOR ? MDM_NAME_VENDOR_CERT : MDM_NAME_PUSH_CERT;
    const struct mdm_items *inputs = &looking->survey->inputs;
    struct mdm_error found = {0};

    for (size_t i = 0; i < inputs->count; i++) {
        struct mdm_error why = {0};

        if (mdm_status_is_mistake(looking, role, &inputs->items[i], &why) &&
            (found.code == MDM_OK || strcmp(inputs->items[i].name, due) == 0))
            found = why;
    }
    if (found.code != MDM_OK)
        return mdm_status_format(err, "%s", found.text);
    return mdm_status_format(err, "Apple's answer to '%s' is not in inputs/ yet", upload);
}

static char *request_reason(const struct mdm_looking *looking, const struct mdm_status_step *step,
                            struct mdm_error *err)
{
    const struct mdm_survey *survey = looking->survey;
    struct mdm_error why = {0};

    if (vendor_is_elsewhere(looking))
        return mdm_status_format(err, "the vendor signs the customer's CSR elsewhere");
    if (!has(looking, MDM_FACT_VENDOR_KEY))
        return mdm_status_format(err, "step 1 comes first");
    if (step->waiting_for != NULL)
        return waiting_reason(looking, MDM_ROLE_VENDOR, OUT_VENDOR_CSR, err);
    if (looking->chain.code != MDM_OK)
        return mdm_status_format(err, "%s", looking->chain.text);
    if (!has(looking, MDM_FACT_VENDOR_CERT))
        return mdm_status_format(err, "'" IN_VENDOR_CERT "' belongs to a key in the archive, which comes back");
    if (survey->own_csr != NULL && survey->own_csr->csr == NULL)
        return mdm_status_format(err, "'%s' is no CSR that can be read", survey->own_csr->path);
    if (survey->own_csr == NULL && mdm_survey_check_key(survey, MDM_ROLE_CUSTOMER, &why) != 0)
        return mdm_status_format(err, "%s", why.text);
    if (!has(looking, MDM_FACT_CUSTOMER_CSR))
        return mdm_status_format(err, "the customer's key and CSR are not made yet");
    if (survey->request == NULL)
        return mdm_status_format(err, "there is no '" OUT_REQUEST "' yet");
    return mdm_status_format(err, "'" OUT_REQUEST "' was not made from this certificate and CSR, or '" OUT_REQUEST_TXT
                                  "' is not its copy");
}

bool mdm_status_push_is_refused(const struct mdm_looking *looking, struct mdm_error *why)
{
    const struct mdm_choice *push = &looking->survey->push_cert;
    const struct mdm_cert_facts *facts = push->cert != NULL ? mdm_cert_facts(push->cert) : NULL;
    const struct mdm_cert_facts *old = NULL;
    char day[MDM_TIME_TEXT_MAX];

    mdm_error_clear(why);
    if (facts == NULL)
        return false;
    if (mdm_status_is_over(looking, push->cert)) {
        mdm_time_format_day(facts->not_after, day);
        mdm_error_set(why, MDM_E_EXPIRED, "the push certificate '%s' expired on %s", push->item->path, day);
    } else if (looking->options->at < facts->not_before) {
        mdm_time_format_day(facts->not_before, day);
        mdm_error_set(why, MDM_E_REFUSED, "the push certificate '%s' is not valid before %s", push->item->path, day);
    } else if (mdm_status_topic_changes(looking, &old)) {
        mdm_error_set(why, MDM_E_REFUSED,
                      "'%s' is for the topic %s, and the devices are enrolled with %s: every one of them would be lost",
                      push->item->path, facts->topic, old->topic);
    }
    return why->code != MDM_OK;
}

static char *pfx_reason(const struct mdm_looking *looking, const struct mdm_status_step *step, struct mdm_error *err)
{
    const struct mdm_survey *survey = looking->survey;
    struct mdm_error why;

    if (step->waiting_for != NULL)
        return waiting_reason(looking, MDM_ROLE_CUSTOMER,
                              has(looking, MDM_FACT_CUSTOMER_ONLY) ? "outputs/" MDM_NAME_CUSTOMER_CSR : OUT_REQUEST_TXT,
                              err);
    if (mdm_status_push_is_refused(looking, &why))
        return mdm_status_format(err, "%s", why.text);
    if (has(looking, MDM_FACT_CUSTOMER_ARCHIVED) && !has(looking, MDM_FACT_PUSH_CERT))
        return mdm_status_format(err, "Apple's certificate belongs to a customer's key in the archive, which comes "
                                      "back");
    if (survey->own_csr != NULL && !has(looking, MDM_FACT_CUSTOMER_KEY))
        return mdm_status_format(err, "the customer has the key of '%s' and makes the pfx", survey->own_csr->path);
    if (!has(looking, MDM_FACT_PUSH_CERT))
        return mdm_status_format(err, "step 2 comes first");
    return mdm_status_format(err, survey->pfx == NULL ? "there is no '" OUT_PFX "' yet"
                                                      : "'" OUT_PFX "' does not hold this push certificate");
}

static const char *waiting_for(int step)
{
    return step == 2 ? IN_VENDOR_CERT : IN_PUSH_CERT;
}

/* A customer who brings a CSR has the key elsewhere: what lies in its place here is then nobody's business. */
static bool key_is_broken(const struct mdm_looking *looking, enum mdm_role role)
{
    const struct mdm_survey *survey = looking->survey;

    return (role == MDM_ROLE_VENDOR ? !has(looking, MDM_FACT_VENDOR_KEY) : survey->own_csr == NULL) &&
           mdm_survey_check_key(survey, role, NULL) != 0;
}

/* The table's state, and what it cannot know: certificates that a step would refuse. */
static enum mdm_step_state state_of(const struct mdm_looking *looking, int step)
{
    enum mdm_step_state state = mdm_step_state(looking->survey->facts, step);
    struct mdm_error why = {0};
    bool refused = step == 1   ? vendor_is_elsewhere(looking) || key_is_broken(looking, MDM_ROLE_VENDOR)
                   : step == 2 ? looking->chain.code != MDM_OK || key_is_broken(looking, MDM_ROLE_CUSTOMER)
                               : mdm_status_push_is_refused(looking, &why);

    return state == MDM_STEP_READY && refused ? MDM_STEP_BLOCKED : state;
}

static int list_files(const struct mdm_looking *looking, struct mdm_status_step *step, struct mdm_error *err)
{
    static const char *const made[3][4] = {
        {MDM_NAME_VENDOR_KEY, MDM_NAME_VENDOR_CSR},
        {MDM_NAME_CUSTOMER_KEY, MDM_NAME_CUSTOMER_CSR, MDM_NAME_REQUEST, MDM_NAME_REQUEST_TXT},
        {MDM_NAME_PFX},
    };

    for (size_t i = 0; i < 4 && made[step->step - 1][i] != NULL; i++) {
        const struct mdm_item *item = mdm_survey_output(looking->survey, made[step->step - 1][i]);

        if (item != NULL && mdm_texts_add(&step->files, item->path, err) != 0)
            return -1;
    }
    return 0;
}

static int read_step(const struct mdm_looking *looking, int number, struct mdm_error *err)
{
    static const char *const names[] = {"vendor key and CSR", "push certificate request", "pfx for the MDM server"};
    struct mdm_status_step *step = &looking->out->steps[number - 1];
    enum mdm_step_state state = state_of(looking, number);

    step->step = number;
    step->name = names[number - 1];
    step->state = mdm_step_state_name(state);
    step->waiting_for = state == MDM_STEP_WAITING ? waiting_for(number) : NULL;
    if (list_files(looking, step, err) != 0)
        return -1;
    if (state == MDM_STEP_DONE)
        return 0;
    step->reason = number == 1   ? vendor_reason(looking, err)
                   : number == 2 ? request_reason(looking, step, err)
                                 : pfx_reason(looking, step, err);
    return step->reason != NULL ? 0 : -1;
}

static int add_option(struct mdm_bytes *line, const char *option, const char *value, struct mdm_error *err)
{
    char word[SHELL_WORD_MAX];

    if (value == NULL)
        return 0;
    if (mdm_text_shell_word(value, word, sizeof word) != 0)
        return mdm_error_set(err, MDM_E_FAILED, "the value of %s is too long", option);
    return mdm_bytes_append_text(line, " ", err) != 0 || mdm_bytes_append_text(line, option, err) != 0 ||
                   mdm_bytes_append_text(line, " ", err) != 0 || mdm_bytes_append_text(line, word, err) != 0
               ? -1
               : 0;
}

/* `mdmvendor [OPTIONS] [WORD]`, with the options that say where things are, as they were given for this status. */
static char *command(const struct mdm_looking *looking, const char *word, struct mdm_error *err)
{
    const struct mdm_status_options *options = looking->options;
    struct mdm_bytes line = {0};
    char *text = NULL;

    if (mdm_bytes_append_text(&line, "mdmvendor", err) == 0 &&
        add_option(&line, "-C", strcmp(options->directory, ".") != 0 ? options->directory : NULL, err) == 0 &&
        add_option(&line, "--vendor-key", options->vendor_key, err) == 0 &&
        add_option(&line, "--vendor-cert", options->vendor_cert, err) == 0 &&
        add_option(&line, "--ca-file", options->ca_file, err) == 0)
        text = mdm_status_format(err, "%s%s%s", (const char *)line.data, word[0] != '\0' ? " " : "", word);
    mdm_bytes_free(&line);
    return text;
}

/* A step that would only refuse an expired certificate gives way to the one that fetches a new one. */
static int read_next(const struct mdm_looking *looking, struct mdm_error *err)
{
    const struct mdm_survey *survey = looking->survey;
    struct mdm_status_next *next = &looking->out->next;
    const struct mdm_cert *push = survey->push_cert.cert;
    enum mdm_action action = mdm_step_next(survey->facts);
    const char *word = "";

    next->step = mdm_step_of(action);
    next->action = mdm_action_name(action);
    if (action == MDM_ACTION_REQUEST && mdm_status_is_over(looking, survey->vendor_cert.cert)) {
        next->step = 1;
        next->action = "renew-vendor-certificate";
        word = "1";
    } else if (push != NULL && ((action == MDM_ACTION_PFX && mdm_status_is_over(looking, push)) ||
                                (action == MDM_ACTION_FINISHED && mdm_status_ends_soon(looking, push)))) {
        next->step = 0;
        next->action = "renew";
        word = "renew";
    } else if (action == MDM_ACTION_FINISHED || action == MDM_ACTION_HAND_OVER) {
        return 0;
    }
    next->command = command(looking, word, err);
    return next->command != NULL ? 0 : -1;
}

int mdm_status_read_steps(const struct mdm_looking *looking, struct mdm_error *err)
{
    for (int step = 1; step <= 3; step++) {
        if (read_step(looking, step, err) != 0)
            return -1;
    }
    looking->out->customer_only = has(looking, MDM_FACT_CUSTOMER_ONLY);
    return read_next(looking, err);
}
