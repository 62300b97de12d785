/* How a work folder stands, in one look: see status.h. */
#include "flow/status.h"

#include <stdlib.h>
#include <string.h>

#include "flow/run.h"

#define RESTORES "the next run restores the key that Apple's certificate belongs to"

/* What a status is made from. */
struct view {
    const struct mdm_flow_options *options;
    const struct mdm_workspace *workspace;
    const struct mdm_state *state;
    struct mdm_status *out;
    struct mdm_error found;  /* what was found last, to be listed */
    struct mdm_error chain;  /* why the vendor certificate's chain does not hold now; MDM_OK when it does */
    struct mdm_error failed; /* memory ran out */
    bool finished;           /* nothing is left to do */
    bool old_script;         /* the next run imports its keys first */
    bool elsewhere;          /* and the vendor's side is kept somewhere else */
};

int mdm_status_warn(struct mdm_status *status, const char *code, const struct mdm_error *why, struct mdm_error *err)
{
    struct mdm_warning *more = mdm_grow(status->warnings, status->warning_count, sizeof *more, err);

    if (more == NULL)
        return -1;
    status->warnings = more;
    more[status->warning_count++] = (struct mdm_warning){code, *why};
    return 0;
}

int mdm_status_add(struct mdm_status *status, const struct mdm_cert *cert, const char *path, enum mdm_use use,
                   struct mdm_error *err)
{
    static const char *const roles[] = {[MDM_CERT_OTHER] = "other",
                                        [MDM_CERT_VENDOR] = "vendor",
                                        [MDM_CERT_PUSH] = "push",
                                        [MDM_CERT_INTERMEDIATE] = "intermediate",
                                        [MDM_CERT_ROOT] = "root"};
    enum mdm_cert_kind kind = mdm_cert_facts(cert)->kind;

    for (size_t i = 0; status->state != NULL && i < status->certificate_count; i++)
        if (mdm_cert_equal(status->certificates[i].cert, cert))
            return 0;
    struct mdm_status_cert *more = mdm_grow(status->certificates, status->certificate_count, sizeof *more, err);
    if (more == NULL)
        return -1;
    if (status->state != NULL && kind == MDM_CERT_OTHER)
        kind = MDM_CERT_VENDOR; /* one without the mark, for the vendor's key */
    status->certificates = more;
    more[status->certificate_count++] =
        (struct mdm_status_cert){roles[kind], path, mdm_cert_ref(cert), use == MDM_IN_USE, NULL};
    return 0;
}

static void read_certs(struct view *view)
{
    const struct mdm_state *state = view->state;
    const struct mdm_choice *const used[] = {&state->vendor_cert, &state->record, &state->push_cert};
    const struct mdm_cert *vendor = state->vendor_cert.cert;
    const struct mdm_trust *trust = view->options->trust;
    struct mdm_status *out = view->out;
    MDM_OWNED(mdm_certs_free) struct mdm_certs extra = {0}, chain = {0};

    out->expiring = mdm_check_expiry(state, state->record.cert != NULL ? state->record.facts : state->vendor_cert.facts,
                                     view->options->warn_days, NULL) != 0;
    for (size_t i = 0; i < sizeof used / sizeof used[0]; i++)
        if (used[i]->cert != NULL)
            (void)mdm_status_add(out, used[i]->cert, used[i]->file->path, MDM_IN_USE, &view->failed);
    /* The CAs above the vendor certificate, and why its chain does not hold now. Which they are does not depend on the
     * day: when it does not hold now, it is looked for as of the day the certificate began. */
    (void)mdm_state_cas(state, &extra, NULL);
    if (vendor != NULL && trust != NULL &&
        mdm_trust_chain(trust, vendor, &extra, state->now, &chain, &view->chain) != 0)
        (void)mdm_trust_chain(trust, vendor, &extra, state->vendor_cert.facts->not_before, &chain, NULL);
    for (size_t i = 1; i < chain.count; i++) {
        const char *path = NULL;

        for (struct mdm_each each = {.files = &state->inputs}; path == NULL && mdm_each_cert(&each);)
            if (mdm_cert_equal(each.cert, chain.items[i]))
                path = each.file->path;
        (void)mdm_status_add(out, chain.items[i], path, MDM_IN_USE, &view->failed);
    }
    for (struct mdm_each each = {.files = &state->inputs}; mdm_each_cert(&each);)
        if (each.file->kind == MDM_FILEKIND_CERTIFICATE && each.facts->kind != MDM_CERT_OTHER)
            (void)mdm_status_add(out, each.cert, each.file->path, MDM_BESIDE, &view->failed);
}

/* A reason, if it holds; the first one stays. */
static void because(struct mdm_error *why, bool holds, const char *text)
{
    if (holds)
        mdm_error_set(why, MDM_E_REFUSED, "%s", text);
}

/* A customer who brings a CSR has the key elsewhere: it does not matter then what is in its place here. */
static int check_customer_key(const struct mdm_state *state, struct mdm_error *err)
{
    bool matters = !state->signs_other_csr && (state->facts & MDM_FACT_CUSTOMER_ARCHIVED) == 0;

    return matters ? mdm_check_key(state, MDM_ROLE_CUSTOMER, err) : 0;
}

/* Why a step is not done. */
static void find_reason(const struct view *view, int number, struct mdm_error *why)
{
    const struct mdm_state *state = view->state;
    const unsigned facts = state->facts;

    switch (number) {
    case 1:
        because(why, view->elsewhere, "the vendor's key is kept elsewhere");
        because(why, (facts & MDM_FACT_VENDOR_ARCHIVED) != 0, RESTORES);
        because(why, view->old_script, "the next run imports the keys of the old script");
        (void)mdm_check_key(state, MDM_ROLE_VENDOR, why);
        because(why, (facts & MDM_FACT_VENDOR_KEY) == 0, "there is no 'outputs/" MDM_NAME_VENDOR_KEY "' yet");
        because(why, true, "there is no CSR of the vendor's key at 'outputs/" MDM_NAME_VENDOR_CSR "' yet");
        break;
    case 2:
        because(why, view->elsewhere, "the vendor signs the customer's CSR elsewhere");
        because(why, (facts & MDM_FACT_VENDOR_KEY) == 0, "step 1 has to be done first");
        mdm_error_copy(why, &view->chain);
        if (why->code == MDM_E_EXPIRED)
            mdm_hint_vendor(state, why);
        because(why, (facts & MDM_FACT_VENDOR_CERT) == 0, RESTORES);
        if (why->code == MDM_OK)
            (void)(state->signs_other_csr ? mdm_check_other_csr(state, why) : check_customer_key(state, why));
        because(why, (facts & MDM_FACT_CUSTOMER_ARCHIVED) != 0, RESTORES);
        because(why, (facts & MDM_FACT_CUSTOMER_CSR) == 0, "the customer's key and CSR have not been made yet");
        mdm_error_copy(why, &state->request_trouble);
        because(why, true,
                "'outputs/" MDM_NAME_REQUEST "' and its copy '" MDM_NAME_REQUEST_TXT
                "' do not hold a request made from this certificate and CSR yet");
        break;
    default:
        (void)check_customer_key(state, why);
        because(why, (facts & MDM_FACT_CUSTOMER_ARCHIVED) != 0, RESTORES);
        (void)mdm_check(state, MDM_FOUND_CUSTOMERS_KEY, why);
        because(why, (facts & MDM_FACT_PUSH_CERT) == 0, "step 2 has to be done first");
        because(why, true, "there is no pfx with this push certificate at 'outputs/" MDM_NAME_PFX "' yet");
    }
}

static void read_step(const struct view *view, int number)
{
    static const char *const made[3][5] = {
        {MDM_NAME_VENDOR_KEY, MDM_NAME_VENDOR_CSR},
        {MDM_NAME_CUSTOMER_KEY, MDM_NAME_CUSTOMER_CSR, MDM_NAME_REQUEST, MDM_NAME_REQUEST_TXT},
        {MDM_NAME_PFX, MDM_NAME_RECORD},
    };
    const struct mdm_state *state = view->state;
    struct mdm_status_step *step = &view->out->steps[number - 1];
    size_t count = 0;

    /* The table's state, and what it cannot know: what a step would refuse. */
    step->state = mdm_next_step_state(state->facts, number);
    if (number == 3 && mdm_check_push(state, &step->why) != 0)
        step->state = MDM_STEP_BLOCKED;
    else if (step->state == MDM_STEP_READY &&
             (number == 1 ? view->elsewhere || mdm_check_key(state, MDM_ROLE_VENDOR, NULL) != 0
                          : check_customer_key(state, NULL) != 0 ||
                                (number == 2 && view->chain.code != MDM_OK && !view->finished)))
        step->state = MDM_STEP_BLOCKED;
    else if (step->state == MDM_STEP_READY && view->finished && number < 3)
        step->state = MDM_STEP_DONE; /* nothing more comes of it */
    for (const char *const *name = made[number - 1]; *name != NULL; name++)
        if (mdm_state_output(state, *name) != NULL)
            step->files[count++] = mdm_state_output(state, *name)->path;
    if (step->state != MDM_STEP_WAITING && step->state != MDM_STEP_DONE)
        find_reason(view, number, &step->why);
    if (step->state != MDM_STEP_WAITING)
        return;
    /* Apple's file is missing: a wrong one is in its place, or nothing came yet. */
    enum mdm_role role = number == 2 ? MDM_ROLE_VENDOR : MDM_ROLE_CUSTOMER;
    const char *upload = mdm_state_await(state, role).upload;
    step->waiting_for = mdm_roles[role].cert_path;
    if (!mdm_state_wrong_file(state, role, &step->why) &&
        !mdm_state_find_stray(state, view->workspace, role, &step->why))
        mdm_error_set(&step->why, MDM_E_WAITING, "%s '%s' is not in inputs/ yet",
                      upload != NULL ? "Apple's answer to" : "the certificate of",
                      upload != NULL ? upload : mdm_roles[role].key_path);
}

/* A step that would only refuse an expired certificate gives way to the one that fetches a new one. */
static enum mdm_action next_of(const struct view *view)
{
    const struct mdm_state *state = view->state;
    enum mdm_action action = mdm_next_action(state->facts | MDM_FACT_RECORD); /* it is written by the way */

    if (view->old_script)
        return MDM_ACTION_OLD_SCRIPT;
    if (action == MDM_ACTION_REQUEST && state->now > state->vendor_cert.facts->not_after)
        return MDM_ACTION_RENEW_VENDOR;
    if (action == MDM_ACTION_FINISHED && state->refused.cert != NULL)
        return MDM_ACTION_SETTLE_TOPIC;
    if ((action == MDM_ACTION_PFX && state->now > state->push_cert.facts->not_after) ||
        (action == MDM_ACTION_FINISHED && state->record.cert != NULL && view->out->expiring))
        return MDM_ACTION_RENEW;
    return action;
}

/* Lists what was found, if there is something, in view->found. */
static void note(struct view *view, const char *code, int checked)
{
    if (checked != 0)
        (void)mdm_status_warn(view->out, code, &view->found, &view->failed);
    mdm_error_clear(&view->found);
}

/* Once a push certificate is in force, the vendor certificate's end and chain are of no consequence. */
static void find_in_use(struct view *view)
{
    const struct mdm_state *state = view->state;
    struct mdm_error *found = &view->found;
    int days = view->options->warn_days, ends;

    note(view, state->refused.cert != NULL ? "topic" : "push-dates", mdm_check_push(state, found));
    note(view, "topic-lost", mdm_check(state, MDM_FOUND_TOPIC_LOST, found));
    ends = mdm_check_expiry(state, state->record.facts, days, found);
    note(view, found->code == MDM_E_EXPIRED ? "push-expired" : "push-expires", ends);
    if (!view->finished) {
        ends = mdm_check_expiry(state, state->vendor_cert.facts, days, found);
        note(view, found->code == MDM_E_EXPIRED ? "vendor-expired" : "vendor-expires", ends);
        if (view->chain.code != MDM_OK && view->chain.code != MDM_E_EXPIRED)
            note(view, "vendor-chain", mdm_error_copy(found, &view->chain));
        note(view, "vendor-marker", mdm_check(state, MDM_FOUND_NO_MARKER, found));
    }
    note(view, "odd-record", mdm_check(state, MDM_FOUND_ODD_RECORD, found));
    note(view, "closed-pfx", mdm_check(state, MDM_FOUND_CLOSED_PFX, found));
    note(view, "older-key", mdm_check(state, MDM_FOUND_OLDER_KEY, found));
    note(view, MDM_WARNING_RENEWAL, mdm_check(state, MDM_FOUND_RENEWAL, found));
}

/* Wrong files in inputs/: what is expected in their place, their names tell, or else what comes next. What is or was in
 * use may be there, unless its successor is awaited. */
static void find_wrong_files(struct view *view)
{
    const struct mdm_state *state = view->state;
    enum mdm_action action = mdm_next_action(state->facts);

    for (size_t i = 0; !view->old_script && i < state->inputs.count; i++) {
        const struct mdm_file *file = &state->inputs.items[i];
        bool vendors = !file->from_inputs || strcmp(file->name, MDM_NAME_VENDOR_CERT) == 0 ||
                       action == MDM_ACTION_AWAIT_VENDOR_CERT;
        bool customers = strcmp(file->name, MDM_NAME_PUSH_CERT) == 0 || action == MDM_ACTION_AWAIT_PUSH_CERT;

        if (!vendors && !customers)
            continue;
        enum mdm_match match =
            mdm_state_match(state, vendors ? MDM_ROLE_VENDOR : MDM_ROLE_CUSTOMER, file, &view->found);
        enum mdm_match elsewhere = mdm_state_match(state, vendors ? MDM_ROLE_CUSTOMER : MDM_ROLE_VENDOR, file, NULL);
        bool awaited = vendors ? !view->finished : action == MDM_ACTION_AWAIT_PUSH_CERT;

        note(view, "inputs",
             (elsewhere == MDM_MATCH_IGNORED || elsewhere > MDM_MATCH_SPENT) &&
                 match >= (awaited ? MDM_MATCH_SPENT : MDM_MATCH_SELF_ISSUED));
    }
}

/* The folder's own files, and those of the old script. */
static void find_in_outputs(struct view *view)
{
    static const char *const secrets[] = {MDM_NAME_VENDOR_KEY, MDM_NAME_CUSTOMER_KEY, MDM_NAME_PFX};
    const struct mdm_dir *outputs = view->workspace->outputs;
    struct mdm_error *found = &view->found;

    if (outputs != NULL)
        note(view, "folder", mdm_dir_check_private(outputs, MDM_DIR_LOOK, found));
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        const struct mdm_file *file = mdm_state_output(view->state, secrets[i]);

        if (file == NULL)
            continue;
        note(view, "unreadable", mdm_check_readable(file, found));
        if (file->outcome != MDM_FILE_READ)
            continue;
        note(view, "mode", mdm_check_mode(file->path, file->info.mode, found));
        if (file->kind != MDM_FILEKIND_PKCS12)
            note(view, "unencrypted", mdm_check_encrypted(file->path, &file->key, found));
    }
    note(view, "damaged-list", mdm_lists_check(&view->state->lists, found));
    if (view->state->account.state == MDM_ACCOUNT_UNUSABLE)
        note(view, "apple-account",
             mdm_error_set(found, MDM_E_REFUSED,
                           "'outputs/" MDM_NAME_ACCOUNT "' does not hold the name of an Apple account" MDM_HINT
                           "Name the account: `mdmvendor --apple-account NAME`."));
    for (int role = 0; role < 2; role++)
        if (view->state->old_keys[role] != NULL)
            note(view, "old-script",
                 mdm_error_set(found, MDM_E_REFUSED,
                               "'%s' is a key of the old script: the next run of `mdmvendor` imports a copy",
                               view->state->old_keys[role]));
    for (size_t i = 0; mdm_old_script_leftover(view->workspace, i, found) != 0; i++)
        note(view, "unencrypted", -1);
}

int mdm_status_read(const struct mdm_flow_options *options, mdm_time at, struct mdm_status *out, struct mdm_error *err)
{
    MDM_OWNED(mdm_workspace_close)
    struct mdm_workspace *workspace = mdm_workspace_open(options->directory, MDM_WORKSPACE_LOOK, err);
    struct mdm_flow_options given = *options;
    given.accept_new_topic = false; /* the next step is that of a command without it */
    struct mdm_state *state = workspace != NULL ? mdm_state_take(workspace, &given, NULL, at, err) : NULL;
    struct view view = {.options = options, .workspace = workspace, .state = state, .out = out};

    *out = (struct mdm_status){.state = state, .now = at};
    if (state == NULL)
        return -1;
    out->topic = state->topic;
    view.finished = mdm_next_action(state->facts) == MDM_ACTION_FINISHED;
    view.elsewhere =
        (state->facts & MDM_FACT_CUSTOMER_ONLY) != 0 || (view.finished && (state->facts & MDM_FACT_VENDOR_KEY) == 0);
    view.old_script = state->old_keys[MDM_ROLE_VENDOR] != NULL || state->old_keys[MDM_ROLE_CUSTOMER] != NULL;
    read_certs(&view);
    for (int step = 1; step <= 3; step++)
        read_step(&view, step);
    out->next = next_of(&view);
    find_in_use(&view); /* what a person should know, the most urgent first */
    find_wrong_files(&view);
    note(&view, "other-csr",
         state->signs_other_csr ? mdm_check_other_csr(state, &view.found)
                                : mdm_check(state, MDM_FOUND_OTHER_CUSTOMER, &view.found));
    find_in_outputs(&view);
    if (view.failed.code == MDM_OK)
        return 0;
    mdm_status_free(out);
    return mdm_error_copy(err, &view.failed);
}

void mdm_status_free(struct mdm_status *status)
{
    for (size_t i = 0; i < status->certificate_count; i++)
        mdm_cert_free(&status->certificates[i].cert);
    free(status->certificates);
    free(status->warnings);
    mdm_state_free(&status->state);
    *status = (struct mdm_status){0};
}
