/* How a work folder stands, in one look: see status.h. */
#include "flow/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/run.h"

#define OUT_REQUEST     "outputs/" MDM_NAME_REQUEST
#define OUT_REQUEST_TXT "outputs/" MDM_NAME_REQUEST_TXT
#define OUT_VENDOR_CSR  "outputs/" MDM_NAME_VENDOR_CSR

/* What a status is made from. */
struct looking {
    const struct mdm_flow_options *options;
    const struct mdm_workspace *workspace;
    const struct mdm_state *state;
    struct mdm_status *out;
    struct mdm_error trouble; /* why the status cannot be told */
    struct mdm_error chain;   /* why the vendor certificate's chain does not hold now; MDM_OK when it does */
    bool finished;            /* nothing is left to do */
    bool elsewhere;           /* and the vendor's side is kept somewhere else */
};

void mdm_findings_add(struct mdm_findings *findings, const char *code, const char *text, const char *hint)
{
    struct mdm_finding *more = mdm_grow(findings->items, findings->count, sizeof *more, NULL);
    struct mdm_finding *finding;

    findings->incomplete |= more == NULL;
    if (more == NULL)
        return;
    findings->items = more;
    finding = &more[findings->count++];
    *finding = (struct mdm_finding){code, strdup(text), hint != NULL ? strdup(hint) : NULL};
    findings->incomplete |= finding->text == NULL || (hint != NULL && finding->hint == NULL);
}

static bool has(const struct looking *looking, unsigned facts)
{
    return (looking->state->facts & facts) == facts;
}

enum use {
    IN_USE,
    BESIDE,
};

struct mdm_status_cert *mdm_status_add(struct mdm_status *status, const struct mdm_cert *cert, const char *path,
                                       mdm_time at)
{
    static const char *const roles[] = {[MDM_CERT_OTHER] = "other",
                                        [MDM_CERT_VENDOR] = "vendor",
                                        [MDM_CERT_PUSH] = "push",
                                        [MDM_CERT_INTERMEDIATE] = "intermediate",
                                        [MDM_CERT_ROOT] = "root"};
    struct mdm_status_cert *entry = mdm_grow(status->certificates, status->certificate_count, sizeof *entry, NULL);

    if (entry == NULL)
        return NULL;
    status->certificates = entry;
    entry += status->certificate_count++;
    *entry = (struct mdm_status_cert){.role = roles[mdm_cert_facts(cert)->kind],
                                      .cert = mdm_cert_ref(cert),
                                      .path = path,
                                      .days_left = mdm_time_days(at, mdm_cert_facts(cert)->not_after)};
    return entry->cert != NULL ? entry : NULL;
}

/* `path` may be NULL. A certificate is listed once. */
static void list(struct looking *looking, const struct mdm_cert *cert, const char *path, enum use use)
{
    struct mdm_status_cert *entry;

    for (size_t i = 0; i < looking->out->certificate_count; i++) {
        if (mdm_cert_equal(looking->out->certificates[i].cert, cert))
            return;
    }
    entry = mdm_status_add(looking->out, cert, path, looking->state->now);
    if (entry == NULL) {
        (void)mdm_error_memory(&looking->trouble);
        return;
    }
    if (mdm_cert_facts(cert)->kind == MDM_CERT_OTHER)
        entry->role = "vendor"; /* one without the mark, for the vendor's key */
    entry->in_use = use == IN_USE;
}

static bool expires_soon(const struct looking *looking, const struct mdm_cert_facts *cert)
{
    return cert != NULL && cert->not_after - looking->state->now <= looking->options->warn_days * MDM_DAY;
}

static void read_certs(struct looking *looking)
{
    const struct mdm_state *state = looking->state;
    const struct mdm_choice *const used[] = {&state->vendor_cert, &state->record, &state->push_cert};
    const struct mdm_cert *vendor = state->vendor_cert.cert;
    const struct mdm_trust *trust = looking->options->trust;
    struct mdm_certs extra = {0}, chain = {0};

    looking->out->expiring =
        expires_soon(looking, state->record.cert != NULL ? state->record.facts : state->vendor_cert.facts);
    for (size_t i = 0; i < sizeof used / sizeof used[0]; i++)
        if (used[i]->cert != NULL)
            list(looking, used[i]->cert, used[i]->file->path, IN_USE);
    /* The CAs above the vendor certificate, and why its chain does not hold now. Which they are does not depend on the
     * day: when it does not hold now, it is looked for as of the day the certificate began. */
    (void)mdm_state_cas(state, &extra, NULL);
    if (vendor != NULL && trust != NULL &&
        mdm_trust_chain(trust, vendor, &extra, state->now, &chain, &looking->chain) != 0) {
        mdm_certs_free(&chain);
        if (mdm_trust_chain(trust, vendor, &extra, state->vendor_cert.facts->not_before, &chain, NULL) != 0)
            mdm_certs_free(&chain);
    }
    for (size_t i = 1; i < chain.count; i++) {
        struct mdm_each each = {.files = &state->inputs};
        bool there;

        while ((there = mdm_each_cert(&each)) && !mdm_cert_equal(each.cert, chain.items[i]))
            continue;
        list(looking, chain.items[i], there ? each.file->path : NULL, IN_USE);
    }
    for (struct mdm_each each = {.files = &state->inputs}; mdm_each_cert(&each);)
        if (each.file->kind == MDM_FILEKIND_CERTIFICATE && each.facts->kind != MDM_CERT_OTHER)
            list(looking, each.cert, each.file->path, BESIDE);
    mdm_certs_free(&extra);
    mdm_certs_free(&chain);
}

/* A reason, if it holds; the first one stays. */
static void because(struct mdm_error *why, bool holds, const char *text)
{
    if (holds)
        mdm_error_set(why, MDM_E_REFUSED, "%s", text);
}

static void vendor_reason(const struct looking *looking, struct mdm_error *why)
{
    because(why, looking->elsewhere, "the vendor's key is kept elsewhere");
    because(why, has(looking, MDM_FACT_VENDOR_ARCHIVED),
            "Apple's certificate belongs to a vendor key in the archive: the next run restores it");
    if (why->code == MDM_OK)
        (void)mdm_state_check_key(looking->state, MDM_ROLE_VENDOR, why);
    because(why, !has(looking, MDM_FACT_VENDOR_KEY), "there is no 'outputs/" MDM_NAME_VENDOR_KEY "' yet");
    because(why, mdm_state_output(looking->state, MDM_NAME_VENDOR_CSR) != NULL,
            "'" OUT_VENDOR_CSR "' is not a CSR of the vendor's key");
    because(why, true, "there is no '" OUT_VENDOR_CSR "' yet");
}

/* Why Apple's file is missing: the mistake that lies in its place, or that nothing came yet. */
static void waiting_reason(const struct looking *looking, enum mdm_role role, struct mdm_error *why)
{
    const struct mdm_status *out = looking->out;
    const char *upload = mdm_roles[role].upload;

    if (mdm_state_explain(looking->state, looking->workspace, role, why))
        return;
    if (role == MDM_ROLE_CUSTOMER && out->customer_only)
        upload = "outputs/" MDM_NAME_CUSTOMER_CSR;
    if (role == MDM_ROLE_CUSTOMER && out->lacks_csr)
        mdm_error_set(why, MDM_E_WAITING,
                      "the certificate of 'outputs/" MDM_NAME_CUSTOMER_KEY "' is not in inputs/ yet");
    mdm_error_set(why, MDM_E_WAITING, "Apple's answer to '%s' is not in inputs/ yet", upload);
}

static void request_reason(const struct looking *looking, enum mdm_step_state step, struct mdm_error *why)
{
    const struct mdm_state *state = looking->state;

    because(why, looking->elsewhere, "the vendor signs the customer's CSR elsewhere");
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
static bool customer_key_matters(const struct mdm_state *state)
{
    return !state->signs_other_csr && (state->facts & MDM_FACT_CUSTOMER_ARCHIVED) == 0;
}

/* That the certificate is refused is known already. */
static void pfx_reason(const struct looking *looking, enum mdm_step_state step, struct mdm_error *why)
{
    const struct mdm_state *state = looking->state;

    if (why->code == MDM_OK && customer_key_matters(state))
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
static enum mdm_step_state state_of(const struct looking *looking, int step, struct mdm_error *why)
{
    const struct mdm_state *state = looking->state;
    enum mdm_step_state due = mdm_next_step_state(state->facts, step);
    bool customer_refused = customer_key_matters(state) && mdm_state_check_key(state, MDM_ROLE_CUSTOMER, NULL) != 0;

    if (step == 3 && mdm_state_push_is_refused(state, why))
        return MDM_STEP_BLOCKED;
    if (due != MDM_STEP_READY)
        return due;
    if (step == 1 ? looking->elsewhere || mdm_state_check_key(state, MDM_ROLE_VENDOR, NULL) != 0
                  : customer_refused || (step == 2 && looking->chain.code != MDM_OK && !looking->finished))
        return MDM_STEP_BLOCKED;
    return looking->finished && step < 3 ? MDM_STEP_DONE : MDM_STEP_READY; /* nothing more comes of it */
}

static void read_step(const struct looking *looking, int number)
{
    static const char *const made[3][4] = {
        {MDM_NAME_VENDOR_KEY, MDM_NAME_VENDOR_CSR},
        {MDM_NAME_CUSTOMER_KEY, MDM_NAME_CUSTOMER_CSR, MDM_NAME_REQUEST, MDM_NAME_REQUEST_TXT},
        {MDM_NAME_PFX, MDM_NAME_RECORD},
    };
    struct mdm_status_step *step = &looking->out->steps[number - 1];
    size_t count = 0;

    step->step = number;
    step->name = mdm_step_name(number);
    step->state = state_of(looking, number, &step->why);
    if (step->state == MDM_STEP_WAITING)
        step->waiting_for = number == 2 ? "inputs/" MDM_NAME_VENDOR_CERT : "inputs/" MDM_NAME_PUSH_CERT;
    for (size_t i = 0; i < 4 && made[number - 1][i] != NULL; i++) {
        const struct mdm_file *file = mdm_state_output(looking->state, made[number - 1][i]);

        if (file != NULL)
            step->files[count++] = file->path;
    }
    if (step->state == MDM_STEP_DONE)
        return;
    if (number == 1)
        vendor_reason(looking, &step->why);
    else if (number == 2)
        request_reason(looking, step->state, &step->why);
    else
        pfx_reason(looking, step->state, &step->why);
}

static bool is_over(const struct looking *looking, const struct mdm_cert_facts *cert)
{
    return cert != NULL && looking->state->now > cert->not_after;
}

/* A step that would only refuse an expired certificate gives way to the one that fetches a new one. */
static void read_next(struct looking *looking)
{
    const struct mdm_state *state = looking->state;
    struct mdm_status_next *next = &looking->out->next;
    enum mdm_action action = mdm_next_action(state->facts | MDM_FACT_RECORD); /* it is written by the way */

    next->command = action != MDM_ACTION_FINISHED && action != MDM_ACTION_DELIVER ? "mdmvendor" : NULL;
    if (action == MDM_ACTION_REQUEST && is_over(looking, state->vendor_cert.facts)) {
        action = MDM_ACTION_RENEW_VENDOR;
        next->command = "mdmvendor 1";
    } else if (action == MDM_ACTION_FINISHED && state->refused.cert != NULL) {
        action = MDM_ACTION_SETTLE_TOPIC;
        next->command = "mdmvendor";
    } else if ((action == MDM_ACTION_PFX && is_over(looking, state->push_cert.facts)) ||
               (action == MDM_ACTION_FINISHED && state->record.cert != NULL && looking->out->expiring)) {
        action = MDM_ACTION_RENEW;
        next->command = "mdmvendor renew";
    }
    next->action = action;
    next->step = mdm_next_step(action);
}

static void add_why(const struct looking *looking, const char *code, const struct mdm_error *why)
{
    mdm_findings_add(&looking->out->warnings, code, why->text, why->hint[0] != '\0' ? why->hint : NULL);
}

static void MDM_PRINTF(4, 5)
    add_text(const struct looking *looking, const char *code, const char *hint, const char *format, ...)
{
    char text[MDM_ERROR_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    mdm_findings_add(&looking->out->warnings, code, text, hint);
}

/* "expired on 2026-11-25" or "expires on 2026-11-25, in 3 days". */
static void find_end(const struct looking *looking, const struct mdm_cert_facts *cert, enum mdm_role role,
                     const char *hint)
{
    static const char *const codes[2][2] = {{"vendor-expires", "vendor-expired"}, {"push-expires", "push-expired"}};
    bool over = is_over(looking, cert);
    char in[48] = "";
    long days;

    if (!expires_soon(looking, cert))
        return;
    days = mdm_time_days(looking->state->now, cert->not_after);
    if (!over)
        (void)snprintf(in, sizeof in, ", in %ld day%s", days, days == 1 ? "" : "s");
    add_text(looking, codes[role][over], hint, "the %s certificate '%s' %s on %s%s",
             role == MDM_ROLE_VENDOR ? "vendor" : "push", cert->common_name, over ? "expired" : "expires",
             cert->last_day, in);
}

static void find_choice(const struct looking *looking, const struct mdm_choice *choice, enum mdm_role role)
{
    if (choice->fitting > 1)
        add_text(looking, "several", NULL,
                 "%zu certificates in inputs/ can serve as %s: '%s', which expires last, is used", choice->fitting,
                 mdm_roles[role].what, choice->file->path);
}

/* Once a push certificate is in force, the vendor certificate's end and chain are of no consequence. */
static void find_in_use(const struct looking *looking)
{
    const struct mdm_state *state = looking->state;
    const struct mdm_choice *vendor = &state->vendor_cert;
    struct mdm_error why;

    if (mdm_state_push_is_refused(state, &why))
        add_why(looking, state->refused.cert != NULL ? "topic" : "push-dates", &why);
    find_end(looking, state->record.facts, MDM_ROLE_CUSTOMER,
             state->renewing ? "Finish the renewal." : "Renew it: `mdmvendor renew`.");
    if (!looking->finished) {
        find_end(looking, vendor->facts, MDM_ROLE_VENDOR,
                 "Get a new one: `mdmvendor 1 --keep-key` makes a CSR for the same key, to be uploaded at "
                 "developer.apple.com; or `mdmvendor 1`, for a new key.");
        if (looking->chain.code != MDM_OK && looking->chain.code != MDM_E_EXPIRED)
            add_why(looking, "vendor-chain", &looking->chain);
        if (vendor->cert != NULL && !vendor->facts->vendor_marker)
            add_text(looking, "vendor-marker", NULL, MDM_NO_VENDOR_MARK, vendor->file->path);
    }
    if (state->record_is_odd)
        add_text(looking, "odd-record", "Delete that file: the next run writes the right one.",
                 "'outputs/" MDM_NAME_RECORD "' is not the certificate that 'outputs/" MDM_NAME_PFX "' holds");
    if (state->pfx_is_closed)
        add_text(looking, "closed-pfx", "Put that push certificate into inputs/ and run `mdmvendor`.",
                 "it is not known which certificate 'outputs/" MDM_NAME_PFX "' holds");
    if (state->renewal != NULL)
        add_text(looking, "renewal", "`mdmvendor renew --abandon` puts them back.",
                 "a renewal is under way; the files that it replaced are in outputs/archive/%s",
                 state->renewal->folder);
    else if (state->renewing)
        add_text(looking, "renewal", NULL,
                 "the key in outputs/ is newer than the push certificate in use: a renewal is under way");
    find_choice(looking, vendor, MDM_ROLE_VENDOR);
    find_choice(looking, &state->push_cert, MDM_ROLE_CUSTOMER);
}

/* Files of inputs/ that are not what they lie in the place of: their names tell it, or else what is next. What is in
 * use or was lies there rightly, unless its successor is awaited. */
static void find_mistakes(const struct looking *looking)
{
    const struct mdm_state *state = looking->state;
    enum mdm_action action = mdm_next_action(state->facts);

    for (size_t i = 0; i < state->inputs.count; i++) {
        const struct mdm_file *file = &state->inputs.items[i];
        bool vendors = !file->from_inputs || strcmp(file->name, MDM_NAME_VENDOR_CERT) == 0 ||
                       action == MDM_ACTION_AWAIT_VENDOR_CERT;
        bool customers = strcmp(file->name, MDM_NAME_PUSH_CERT) == 0 || action == MDM_ACTION_AWAIT_PUSH_CERT;
        struct mdm_error why, ignored;
        enum mdm_match match, elsewhere;

        if (!vendors && !customers)
            continue;
        match = mdm_state_match(state, vendors ? MDM_ROLE_VENDOR : MDM_ROLE_CUSTOMER, file, &why);
        elsewhere = mdm_state_match(state, vendors ? MDM_ROLE_CUSTOMER : MDM_ROLE_VENDOR, file, &ignored);
        if (elsewhere == MDM_MATCH_YES || elsewhere == MDM_MATCH_SPENT)
            continue;
        if (match == MDM_MATCH_NO ||
            (match == MDM_MATCH_SPENT && (vendors ? !looking->finished : action == MDM_ACTION_AWAIT_PUSH_CERT)))
            add_why(looking, "inputs", &why);
    }
    /* The push certificate of another key, expired: whoever uses it elsewhere should know. */
    for (struct mdm_each each = {.files = &state->inputs}; mdm_each_cert(&each);) {
        if (each.facts->kind == MDM_CERT_PUSH && is_over(looking, each.facts) &&
            !mdm_state_is_spent(state, each.cert) && state->push_cert.cert != each.cert)
            add_text(looking, "push-elsewhere", NULL, "the push certificate '%s' (%s) expired on %s",
                     each.facts->common_name, each.file->path, each.facts->last_day);
    }
}

static void find_other_csr(const struct looking *looking)
{
    const struct mdm_state *state = looking->state;
    const struct mdm_file *file = state->other_csr;
    struct mdm_error why = {0};

    if (file == NULL)
        return;
    if (!state->signs_other_csr)
        add_text(looking, "other-csr", "`mdmvendor 4` signs it.",
                 "'%s' is another customer's CSR: steps 2 and 3 leave it alone", file->path);
    else if (file->csr == NULL)
        add_text(looking, "other-csr", NULL, "'%s' is not a readable certificate signing request (CSR)", file->path);
    else if (mdm_csr_check(file->csr, file->path, &why) != 0)
        add_why(looking, "other-csr", &why);
    else if (mdm_side_has(&state->vendor, &mdm_csr_facts(file->csr)->key_id))
        add_text(looking, "other-csr", NULL, "'%s' holds the vendor's key: the customer needs a key of their own",
                 file->path);
}

/* The folder's own files, and those of the old script. */
static void find_in_outputs(const struct looking *looking)
{
    static const char *const secrets[] = {MDM_NAME_VENDOR_KEY, MDM_NAME_CUSTOMER_KEY, MDM_NAME_PFX};
    const struct mdm_dir *outputs = mdm_workspace_outputs(looking->workspace);
    struct mdm_error why = {0};
    char text[256], hint[512];
    const char *name;

    if (outputs != NULL && mdm_dir_check_private(outputs, MDM_DIR_LOOK, &why) != 0)
        add_why(looking, "folder", &why);
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        const struct mdm_file *file = mdm_state_output(looking->state, secrets[i]);

        if (file == NULL)
            continue;
        if (file->outcome != MDM_FILE_READ) {
            mdm_file_outcome_text(file->outcome, &file->info, text, sizeof text);
            add_text(looking, "unreadable", NULL, "'%s' %s", file->path, text);
            continue;
        }
        (void)snprintf(hint, sizeof hint,
                       "Run: chmod 600 '%s'. (If that changes nothing, the file system keeps no modes: a work folder "
                       "elsewhere is safer.)",
                       file->path);
        if ((file->info.mode & 077u) != 0)
            add_text(looking, "mode", hint, "'%s' can be read by others (mode %04o)", file->path,
                     (unsigned)file->info.mode);
        if (file->kind != MDM_FILEKIND_PKCS12 && file->key.is_key && !file->key.encrypted)
            add_text(looking, "unencrypted", NULL, "'%s' is not encrypted: anybody who gets the file has the key",
                     file->path);
    }
    if (looking->state->account.state == MDM_ACCOUNT_UNUSABLE)
        add_text(looking, "apple-account", "Name the account: `mdmvendor --apple-account NAME`.",
                 "'outputs/" MDM_NAME_ACCOUNT "' does not hold the name of an Apple account");
    for (int role = 0; role < 2; role++)
        if ((name = mdm_old_script_key(looking->workspace, looking->state, (enum mdm_role)role)) != NULL)
            add_text(looking, "old-script", NULL,
                     "'%s' is a key of the old script: the next run of `mdmvendor` imports a copy", name);
    for (size_t i = 0; (name = mdm_old_script_leftover(looking->workspace, i)) != NULL; i++)
        add_text(looking, "unencrypted", "Delete it once the folder works without the old script.",
                 "'%s' holds an unencrypted password or key, left by the old script", name);
}

int mdm_status_read(const struct mdm_flow_options *options, mdm_time at, struct mdm_status *out, struct mdm_error *err)
{
    struct mdm_workspace *workspace = mdm_workspace_open(options->directory, MDM_WORKSPACE_LOOK, err);
    struct mdm_state *state = workspace != NULL ? mdm_state_take(workspace, options, NULL, at, err) : NULL;
    struct looking looking = {.options = options, .workspace = workspace, .state = state, .out = out};
    int result = -1;

    *out = (struct mdm_status){.directory = options->directory, .state = state};
    if (state != NULL) {
        out->topic = state->topic;
        out->row = state->row;
        out->account = state->account.name[0] != '\0' ? state->account.name : NULL;
        out->portal = state->portals[MDM_ROLE_CUSTOMER];
        out->practice = state->practice;
        out->customer_only = has(&looking, MDM_FACT_CUSTOMER_ONLY);
        out->lacks_csr = out->customer_only && state->customer.csr == NULL;
        looking.finished = mdm_next_action(state->facts) == MDM_ACTION_FINISHED;
        looking.elsewhere = out->customer_only || (looking.finished && !has(&looking, MDM_FACT_VENDOR_KEY));
        read_certs(&looking);
        for (int step = 1; step <= 3; step++)
            read_step(&looking, step);
        read_next(&looking);
        find_in_use(&looking); /* what a person should know, the most urgent first */
        find_mistakes(&looking);
        find_other_csr(&looking);
        find_in_outputs(&looking);
        if (out->warnings.incomplete)
            (void)mdm_error_memory(&looking.trouble);
        result = looking.trouble.code != MDM_OK ? mdm_error_copy(err, &looking.trouble) : 0;
    }
    mdm_workspace_close(&workspace);
    if (result != 0)
        mdm_status_free(out);
    return result;
}

void mdm_status_free(struct mdm_status *status)
{
    for (size_t i = 0; i < status->certificate_count; i++)
        mdm_cert_free(&status->certificates[i].cert);
    free(status->certificates);
    for (size_t i = 0; i < status->warnings.count; i++) {
        free(status->warnings.items[i].text);
        free(status->warnings.items[i].hint);
    }
    free(status->warnings.items);
    mdm_state_free(&status->state);
    *status = (struct mdm_status){0};
}
