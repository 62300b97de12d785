/* How a work folder stands, in one look: see status.h. */
#include "flow/status.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* A path of 4,096 bytes, each of which takes four at most in a shell's quotes. */
#define SHELL_WORD_MAX 16400

#define OUT_REQUEST     "outputs/" MDM_NAME_REQUEST
#define OUT_REQUEST_TXT "outputs/" MDM_NAME_REQUEST_TXT
#define OUT_VENDOR_CSR  "outputs/" MDM_NAME_VENDOR_CSR

/* What a status is made from. */
struct looking {
    const struct mdm_status_options *options;
    const struct mdm_workspace *workspace;
    const struct mdm_state *state;
    struct mdm_error chain; /* why the vendor certificate's chain does not hold now; MDM_OK when it does */
    struct mdm_status *out;
};

static bool has(const struct looking *looking, unsigned facts)
{
    return (looking->state->facts & facts) == facts;
}

static const char *role_of(enum mdm_cert_kind kind)
{
    static const char *const names[] = {[MDM_CERT_VENDOR] = "vendor",
                                        [MDM_CERT_PUSH] = "push",
                                        [MDM_CERT_INTERMEDIATE] = "intermediate",
                                        [MDM_CERT_ROOT] = "root"};

    return kind == MDM_CERT_OTHER ? NULL : names[kind];
}

enum use {
    IN_USE,
    BESIDE,
};

struct mdm_status_cert *mdm_status_add(struct mdm_status *status, const struct mdm_cert *cert, const char *path,
                                       mdm_time at)
{
    struct mdm_status_cert *entry = realloc(status->certificates, (status->certificate_count + 1) * sizeof *entry);

    if (entry == NULL)
        return NULL;
    status->certificates = entry;
    entry += status->certificate_count++;
    *entry = (struct mdm_status_cert){.cert = mdm_cert_ref(cert), .path = path != NULL ? strdup(path) : NULL};
    entry->days_left = mdm_time_days(at, mdm_cert_facts(cert)->not_after);
    return path == NULL || entry->path != NULL ? entry : NULL;
}

/* `path` may be NULL. A certificate is listed once. */
static int list(struct looking *looking, const struct mdm_cert *cert, const char *path, enum use use,
                struct mdm_error *err)
{
    const char *role = role_of(mdm_cert_facts(cert)->kind);
    struct mdm_status_cert *entry;

    for (size_t i = 0; i < looking->out->certificate_count; i++) {
        if (mdm_cert_equal(looking->out->certificates[i].cert, cert))
            return 0;
    }
    entry = mdm_status_add(looking->out, cert, path, looking->options->at);
    if (entry == NULL)
        return mdm_error_memory(err);
    entry->role = role != NULL ? role : "vendor"; /* one without the mark, for the vendor's key */
    entry->in_use = use == IN_USE;
    return 0;
}

/* The file of inputs/ that holds the certificate, or NULL. */
static const char *path_in_inputs(const struct mdm_state *state, const struct mdm_cert *cert)
{
    for (struct mdm_each each = {.files = &state->inputs}; mdm_each_cert(&each);) {
        if (mdm_cert_equal(each.cert, cert))
            return each.file->path;
    }
    return NULL;
}

static int read_certs(struct looking *looking, struct mdm_error *err)
{
    const struct mdm_state *state = looking->state;
    const struct mdm_choice *const used[] = {&state->vendor_cert, &state->record, &state->push_cert};
    const struct mdm_cert *counts = state->record.cert != NULL ? state->record.cert : state->vendor_cert.cert;
    struct mdm_certs chain = {0};
    int result = 0;

    for (size_t i = 0; result == 0 && i < sizeof used / sizeof used[0]; i++)
        if (used[i]->cert != NULL)
            result = list(looking, used[i]->cert, used[i]->file->path, IN_USE, err);
    mdm_find_chain(state, looking->options->trust, &chain, &looking->chain);
    for (size_t i = 1; result == 0 && i < chain.count; i++)
        result = list(looking, chain.items[i], path_in_inputs(state, chain.items[i]), IN_USE, err);
    mdm_certs_free(&chain);
    for (struct mdm_each each = {.files = &state->inputs}; result == 0 && mdm_each_cert(&each);)
        if (each.file->kind == MDM_FILEKIND_CERTIFICATE && role_of(mdm_cert_facts(each.cert)->kind) != NULL)
            result = list(looking, each.cert, each.file->path, BESIDE, err);
    looking->out->expiring =
        counts != NULL && mdm_expires_soon(mdm_cert_facts(counts), looking->options->at, looking->options->days);
    return result;
}

/* Step 3 is done here and the vendor's side is kept somewhere else. */
static bool vendor_is_elsewhere(const struct looking *looking)
{
    return has(looking, MDM_FACT_CUSTOMER_ONLY) ||
           (mdm_next_action(looking->state->facts) == MDM_ACTION_FINISHED && !has(looking, MDM_FACT_VENDOR_KEY));
}

/* A reason, if it holds; the first one stays. */
static void because(struct mdm_error *why, bool holds, const char *text)
{
    if (holds)
        mdm_error_set(why, MDM_E_REFUSED, "%s", text);
}

static void vendor_reason(const struct looking *looking, struct mdm_error *why)
{
    because(why, vendor_is_elsewhere(looking), "the vendor's key is kept elsewhere");
    because(why, has(looking, MDM_FACT_VENDOR_ARCHIVED),
            "Apple's certificate belongs to a vendor key in the archive: the next run restores it");
    if (why->code == MDM_OK)
        (void)mdm_state_check_key(looking->state, MDM_ROLE_VENDOR, why);
    because(why, !has(looking, MDM_FACT_VENDOR_KEY), "there is no 'outputs/" MDM_NAME_VENDOR_KEY "' yet");
    because(why, mdm_state_output(looking->state, MDM_NAME_VENDOR_CSR) != NULL,
            "'" OUT_VENDOR_CSR "' is not a CSR of the vendor's key");
    because(why, true, "there is no '" OUT_VENDOR_CSR "' yet");
}

/* A key that was imported without its certificate. */
static bool lacks_csr(const struct looking *looking)
{
    return has(looking, MDM_FACT_CUSTOMER_ONLY) && looking->state->customer.csr == NULL;
}

/* Why Apple's file is missing: the mistake that lies in its place, or that nothing came yet. */
static void waiting_reason(const struct looking *looking, enum mdm_role role, struct mdm_error *why)
{
    const struct mdm_files *inputs = &looking->state->inputs;
    const char *upload = mdm_roles[role].upload;

    for (size_t i = 0; i < inputs->count; i++) {
        struct mdm_error found = {0};

        if (mdm_find_mistake(looking->state, role, &inputs->items[i], &found) &&
            (why->code == MDM_OK || strcmp(inputs->items[i].name, mdm_roles[role].cert_name) == 0))
            *why = found;
    }
    if (why->code == MDM_OK && mdm_state_find_stray(looking->state, looking->workspace, role, why))
        return;
    if (role == MDM_ROLE_CUSTOMER && has(looking, MDM_FACT_CUSTOMER_ONLY))
        upload = "outputs/" MDM_NAME_CUSTOMER_CSR;
    if (role == MDM_ROLE_CUSTOMER && lacks_csr(looking))
        mdm_error_set(why, MDM_E_WAITING,
                      "the certificate of 'outputs/" MDM_NAME_CUSTOMER_KEY "' is not in inputs/ yet");
    mdm_error_set(why, MDM_E_WAITING, "Apple's answer to '%s' is not in inputs/ yet", upload);
}

static void request_reason(const struct looking *looking, enum mdm_step_state step, struct mdm_error *why)
{
    const struct mdm_state *state = looking->state;

    because(why, vendor_is_elsewhere(looking), "the vendor signs the customer's CSR elsewhere");
    because(why, !has(looking, MDM_FACT_VENDOR_KEY), "step 1 has to be done first");
    if (why->code == MDM_OK && step == MDM_STEP_WAITING)
        waiting_reason(looking, MDM_ROLE_VENDOR, why);
    (void)mdm_error_copy(why, &looking->chain);
    because(why, !has(looking, MDM_FACT_VENDOR_CERT),
            "'inputs/" MDM_NAME_VENDOR_CERT "' belongs to a key in the archive: the next run restores it");
    if (state->signs_other_csr && state->other_csr->csr == NULL)
        mdm_error_set(why, MDM_E_REFUSED, "'%s' is not a readable CSR", state->other_csr->path);
    if (why->code == MDM_OK && !state->signs_other_csr)
        (void)mdm_state_check_key(state, MDM_ROLE_CUSTOMER, why);
    because(why, !has(looking, MDM_FACT_CUSTOMER_CSR), "the customer's key and CSR have not been made yet");
    because(why, state->request == NULL, "there is no '" OUT_REQUEST "' yet");
    (void)mdm_error_copy(why, &state->request_trouble);
    because(why, true,
            "'" OUT_REQUEST "' was not made from this certificate and CSR, or '" OUT_REQUEST_TXT "' is not its copy");
}

/* A customer who brings a CSR has the key elsewhere: what lies in its place here is then nobody's business. */
static bool key_is_broken(const struct looking *looking, enum mdm_role role)
{
    const struct mdm_state *state = looking->state;
    bool matters = role == MDM_ROLE_VENDOR ? !has(looking, MDM_FACT_VENDOR_KEY | MDM_FACT_VENDOR_ARCHIVED)
                                           : !state->signs_other_csr && !has(looking, MDM_FACT_CUSTOMER_ARCHIVED);

    return matters && mdm_state_check_key(state, role, NULL) != 0;
}

static void pfx_reason(const struct looking *looking, enum mdm_step_state step, struct mdm_error *why)
{
    const struct mdm_state *state = looking->state;

    if (!mdm_state_push_is_refused(state, why) && key_is_broken(looking, MDM_ROLE_CUSTOMER))
        (void)mdm_state_check_key(state, MDM_ROLE_CUSTOMER, why);
    if (why->code == MDM_OK && step == MDM_STEP_WAITING)
        waiting_reason(looking, MDM_ROLE_CUSTOMER, why);
    because(why, has(looking, MDM_FACT_CUSTOMER_ARCHIVED),
            "the next run first restores the customer key of this push certificate");
    if (state->signs_other_csr)
        mdm_error_set(why, MDM_E_REFUSED, "the customer has the key of '%s' and makes the pfx", state->other_csr->path);
    because(why, !has(looking, MDM_FACT_PUSH_CERT), "step 2 has to be done first");
    because(why, state->pfx == NULL, "there is no 'outputs/" MDM_NAME_PFX "' yet");
    because(why, true, "'outputs/" MDM_NAME_PFX "' does not hold this push certificate");
}

/* The table's state, and what it cannot know: what a step would refuse. */
static enum mdm_step_state state_of(const struct looking *looking, int step)
{
    enum mdm_step_state state = mdm_next_step_state(looking->state->facts, step);
    struct mdm_error why;
    bool finished = mdm_next_action(looking->state->facts) == MDM_ACTION_FINISHED;
    bool refused = step == 1 ? vendor_is_elsewhere(looking) || key_is_broken(looking, MDM_ROLE_VENDOR)
                   : step == 2
                       ? (looking->chain.code != MDM_OK && !finished) || key_is_broken(looking, MDM_ROLE_CUSTOMER)
                       : mdm_state_push_is_refused(looking->state, &why) ||
                             (state == MDM_STEP_READY && key_is_broken(looking, MDM_ROLE_CUSTOMER));

    if (step == 3 && refused)
        return MDM_STEP_BLOCKED;
    if (state == MDM_STEP_READY && finished && !refused && step < 3)
        return MDM_STEP_DONE; /* nothing more comes of it */
    return state == MDM_STEP_READY && refused ? MDM_STEP_BLOCKED : state;
}

static void list_files(const struct looking *looking, struct mdm_status_step *step)
{
    static const char *const made[3][4] = {
        {MDM_NAME_VENDOR_KEY, MDM_NAME_VENDOR_CSR},
        {MDM_NAME_CUSTOMER_KEY, MDM_NAME_CUSTOMER_CSR, MDM_NAME_REQUEST, MDM_NAME_REQUEST_TXT},
        {MDM_NAME_PFX, MDM_NAME_RECORD},
    };
    size_t count = 0;

    for (size_t i = 0; i < 4 && made[step->step - 1][i] != NULL; i++) {
        const struct mdm_file *file = mdm_state_output(looking->state, made[step->step - 1][i]);

        if (file != NULL)
            step->files[count++] = file->path;
    }
}

static void read_step(const struct looking *looking, int number)
{
    struct mdm_status_step *step = &looking->out->steps[number - 1];

    step->step = number;
    step->name = mdm_step_name(number);
    step->state = state_of(looking, number);
    if (step->state == MDM_STEP_WAITING)
        step->waiting_for = number == 2 ? "inputs/" MDM_NAME_VENDOR_CERT : "inputs/" MDM_NAME_PUSH_CERT;
    list_files(looking, step);
    if (step->state == MDM_STEP_DONE)
        return;
    if (number == 1)
        vendor_reason(looking, &step->why);
    else if (number == 2)
        request_reason(looking, step->state, &step->why);
    else
        pfx_reason(looking, step->state, &step->why);
}

static int add_option(struct mdm_bytes *line, const char *option, const char *value, struct mdm_error *err)
{
    char word[SHELL_WORD_MAX];

    if (value == NULL)
        return 0;
    if (mdm_text_shell_word(value, word, sizeof word) != 0)
        return mdm_error_set(err, MDM_E_FAILED, "the value of %s is too long", option);
    return mdm_bytes_format(line, err, " %s %s", option, word);
}

/* `mdmvendor [OPTIONS] [WORD]`, with the options that say where things are, as they were given for this status. */
static int write_command(const struct looking *looking, const char *word, struct mdm_bytes *line, struct mdm_error *err)
{
    const struct mdm_status_options *options = looking->options;

    return mdm_bytes_append_text(line, "mdmvendor", err) != 0 ||
                   add_option(line, "-C", strcmp(options->directory, ".") != 0 ? options->directory : NULL, err) != 0 ||
                   add_option(line, "--vendor-key", options->vendor_key, err) != 0 ||
                   add_option(line, "--vendor-cert", options->vendor_cert, err) != 0 ||
                   add_option(line, "--ca-file", options->ca_file, err) != 0 ||
                   mdm_bytes_format(line, err, "%s%s", word[0] != '\0' ? " " : "", word) != 0
               ? -1
               : 0;
}

static bool is_over(const struct looking *looking, const struct mdm_cert *cert)
{
    return cert != NULL && looking->options->at > mdm_cert_facts(cert)->not_after;
}

/* A step that would only refuse an expired certificate gives way to the one that fetches a new one. */
static int read_next(const struct looking *looking, struct mdm_error *err)
{
    const struct mdm_state *state = looking->state;
    struct mdm_status_next *next = &looking->out->next;
    enum mdm_action action = mdm_next_action(state->facts | MDM_FACT_RECORD); /* it is written by the way */
    const char *word = "";
    struct mdm_bytes line = {0};
    int result;

    if (action == MDM_ACTION_REQUEST && is_over(looking, state->vendor_cert.cert)) {
        action = MDM_ACTION_RENEW_VENDOR;
        word = "1";
    } else if (action == MDM_ACTION_FINISHED && state->refused.cert != NULL) {
        action = MDM_ACTION_SETTLE_TOPIC;
    } else if ((action == MDM_ACTION_PFX && is_over(looking, state->push_cert.cert)) ||
               (action == MDM_ACTION_FINISHED && state->record.cert != NULL && looking->out->expiring)) {
        action = MDM_ACTION_RENEW;
        word = "renew";
    }
    next->action = action;
    next->step = mdm_next_step(action);
    if (action == MDM_ACTION_FINISHED || action == MDM_ACTION_DELIVER)
        return 0;
    result = write_command(looking, word, &line, err);
    if (result == 0) {
        next->command = (char *)line.data; /* the status's now */
        line = (struct mdm_bytes){0};
    }
    mdm_bytes_free(&line);
    return result;
}

static int read_all(struct looking *looking, struct mdm_error *err)
{
    const struct mdm_state *state = looking->state;
    struct mdm_status *out = looking->out;
    const struct mdm_finder finder = {looking->workspace, state, &looking->chain, looking->options->days};

    out->directory = looking->options->directory;
    out->topic = state->topic;
    out->row = state->row;
    out->account = state->account.name[0] != '\0' ? state->account.name : NULL;
    out->portal = state->portals[MDM_ROLE_CUSTOMER];
    out->practice = state->practice;
    out->customer_only = has(looking, MDM_FACT_CUSTOMER_ONLY);
    out->lacks_csr = lacks_csr(looking);
    if (read_certs(looking, err) != 0)
        return -1;
    for (int step = 1; step <= 3; step++)
        read_step(looking, step);
    return read_next(looking, err) != 0 ? -1 : mdm_findings_gather(&finder, &out->warnings, err);
}

int mdm_status_read(const struct mdm_status_options *options, struct mdm_status *out, struct mdm_error *err)
{
    struct mdm_workspace *workspace = mdm_workspace_open(options->directory, MDM_WORKSPACE_LOOK, err);
    struct mdm_look look = {.workspace = workspace,
                            .trust = options->trust,
                            .vendor_key = options->vendor_key,
                            .vendor_cert = options->vendor_cert,
                            .now = options->at};
    struct looking looking = {.options = options, .workspace = workspace, .out = out};
    int result = -1;

    *out = (struct mdm_status){0};
    if (workspace != NULL)
        looking.state = out->state = mdm_state_take(&look, NULL, err);
    if (looking.state != NULL)
        result = read_all(&looking, err);
    mdm_workspace_close(&workspace);
    if (result != 0)
        mdm_status_free(out);
    return result;
}

void mdm_status_free(struct mdm_status *status)
{
    free(status->next.command);
    for (size_t i = 0; i < status->certificate_count; i++) {
        free(status->certificates[i].path);
        mdm_cert_free(&status->certificates[i].cert);
    }
    free(status->certificates);
    mdm_findings_free(&status->warnings);
    mdm_state_free(&status->state);
    *status = (struct mdm_status){0};
}
