/* Gathers what a person should know about a work folder: see status.h. */
#include "flow/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/run.h"

void mdm_findings_add(struct mdm_findings *findings, const char *code, const char *text, const char *hint)
{
    struct mdm_finding *more = realloc(findings->items, (findings->count + 1) * sizeof *more);
    struct mdm_finding *finding;

    findings->incomplete |= more == NULL;
    if (more == NULL)
        return;
    findings->items = more;
    finding = &more[findings->count++];
    *finding = (struct mdm_finding){code, strdup(text), hint != NULL ? strdup(hint) : NULL};
    findings->incomplete |= finding->text == NULL || (hint != NULL && finding->hint == NULL);
}

/* Adds an error's words. */
static void add_why(struct mdm_findings *findings, const char *code, const struct mdm_error *why)
{
    mdm_findings_add(findings, code, why->text, why->hint[0] != '\0' ? why->hint : NULL);
}

static void MDM_PRINTF(4, 5)
    add_text(struct mdm_findings *findings, const char *code, const char *hint, const char *format, ...)
{
    char text[MDM_ERROR_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    mdm_findings_add(findings, code, text, hint);
}

void mdm_findings_free(struct mdm_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->items[i].text);
        free(findings->items[i].hint);
    }
    free(findings->items);
    *findings = (struct mdm_findings){0};
}

bool mdm_expires_soon(const struct mdm_cert_facts *facts, mdm_time at, int days)
{
    return facts->not_after - at <= (mdm_time)days * MDM_DAY;
}

/* "expired on 2026-11-25" or "expires on 2026-11-25, in 3 days". */
static void end_words(const struct mdm_cert_facts *facts, mdm_time at, char *out, size_t size)
{
    long days = mdm_time_days(at, facts->not_after);
    char day[MDM_TIME_TEXT_MAX];

    mdm_time_format_day(facts->not_after, day);
    if (at > facts->not_after)
        (void)snprintf(out, size, "expired on %s", day);
    else
        (void)snprintf(out, size, "expires on %s, in %ld day%s", day, days, days == 1 ? "" : "s");
}

/* Which CAs stand above it does not depend on the day: when the chain does not hold now, it is looked for as of the day
 * the certificate began. */
void mdm_find_chain(const struct mdm_state *state, const struct mdm_trust *trust, struct mdm_certs *chain,
                    struct mdm_error *why)
{
    const struct mdm_cert *vendor = state->vendor_cert.cert;
    struct mdm_certs extra = {0}, found = {0};

    if (vendor == NULL || trust == NULL)
        return;
    (void)mdm_state_cas(state, &extra, NULL);
    if (mdm_trust_chain(trust, vendor, &extra, state->now, &found, why) != 0) {
        mdm_certs_free(&found);
        if (mdm_trust_chain(trust, vendor, &extra, mdm_cert_facts(vendor)->not_before, &found, NULL) != 0)
            mdm_certs_free(&found);
    }
    for (size_t i = 0; chain != NULL && i < found.count; i++)
        (void)mdm_certs_add(chain, found.items[i], NULL);
    mdm_certs_free(&extra);
    mdm_certs_free(&found);
}

static void find_end(const struct mdm_finder *finder, const struct mdm_cert *cert, enum mdm_role role, const char *hint,
                     struct mdm_findings *findings)
{
    static const char *const codes[2][2] = {{"vendor-expires", "vendor-expired"}, {"push-expires", "push-expired"}};
    const struct mdm_cert_facts *facts = cert != NULL ? mdm_cert_facts(cert) : NULL;
    char words[96];

    if (facts == NULL || !mdm_expires_soon(facts, finder->state->now, finder->days))
        return;
    end_words(facts, finder->state->now, words, sizeof words);
    add_text(findings, codes[role][finder->state->now > facts->not_after], hint, "the %s certificate '%s' %s",
             role == MDM_ROLE_VENDOR ? "vendor" : "push", facts->common_name, words);
}

/* Once a push certificate is in force, the vendor certificate's end and chain are of no consequence. */
static void find_vendor(const struct mdm_finder *finder, struct mdm_findings *findings)
{
    const struct mdm_state *state = finder->state;
    const struct mdm_error *chain = finder->chain;

    if (mdm_next_action(state->facts) == MDM_ACTION_FINISHED)
        return;
    find_end(finder, state->vendor_cert.cert, MDM_ROLE_VENDOR,
             "Get a new one: `mdmvendor 1 --keep-key` makes a CSR for the same key, to be uploaded at "
             "developer.apple.com; or `mdmvendor 1`, for a new key.",
             findings);
    if (chain->code != MDM_OK && chain->code != MDM_E_EXPIRED)
        add_why(findings, "vendor-chain", chain);
    if (state->vendor_cert.cert != NULL && !mdm_cert_facts(state->vendor_cert.cert)->vendor_marker)
        add_text(findings, "vendor-marker", NULL, MDM_NO_VENDOR_MARK, state->vendor_cert.file->path);
}

static void find_choice(const struct mdm_choice *choice, enum mdm_role role, struct mdm_findings *findings)
{
    if (choice->fitting > 1)
        add_text(findings, "several", NULL,
                 "%zu certificates in inputs/ can serve as %s: '%s', which expires last, is used", choice->fitting,
                 mdm_roles[role].what, choice->file->path);
}

static void find_record(const struct mdm_state *state, struct mdm_findings *findings)
{
    if (state->record_is_odd)
        add_text(findings, "odd-record", "Delete that file: the next run writes the right one.",
                 "'outputs/" MDM_NAME_RECORD "' is not the certificate that 'outputs/" MDM_NAME_PFX "' holds");
    if (state->pfx_is_closed)
        add_text(findings, "closed-pfx", "Put that push certificate into inputs/ and run `mdmvendor`.",
                 "it is not known which certificate 'outputs/" MDM_NAME_PFX "' holds");
    if (state->renewal != NULL)
        add_text(findings, "renewal", "`mdmvendor renew --abandon` puts them back.",
                 "a renewal is under way; the files that it replaced are in outputs/archive/%s",
                 state->renewal->folder);
    else if (state->renewing)
        add_text(findings, "renewal", NULL,
                 "the key in outputs/ is newer than the push certificate in use: a renewal is under way");
}

/* In whose place a file of inputs/ lies: its name tells, or else what is next. False: nothing is expected. */
static bool place_of(const struct mdm_state *state, const struct mdm_file *file, enum mdm_role *role)
{
    enum mdm_action action = mdm_next_action(state->facts);

    *role = MDM_ROLE_VENDOR;
    if (!file->from_inputs || strcmp(file->name, MDM_NAME_VENDOR_CERT) == 0 || action == MDM_ACTION_AWAIT_VENDOR_CERT)
        return true;
    *role = MDM_ROLE_CUSTOMER;
    return strcmp(file->name, MDM_NAME_PUSH_CERT) == 0 || action == MDM_ACTION_AWAIT_PUSH_CERT;
}

/* What is in use or was lies rightly in inputs/, unless its successor is awaited there. */
static void find_mistakes(const struct mdm_state *state, struct mdm_findings *findings)
{
    enum mdm_action action = mdm_next_action(state->facts);

    for (size_t i = 0; i < state->inputs.count; i++) {
        const struct mdm_file *file = &state->inputs.items[i];
        struct mdm_error why = {0};
        enum mdm_role role;

        if (!place_of(state, file, &role) || !mdm_find_mistake(state, role, file, &why) ||
            ((action == MDM_ACTION_FINISHED || (role == MDM_ROLE_CUSTOMER && action != MDM_ACTION_AWAIT_PUSH_CERT)) &&
             mdm_state_match(state, role, file, NULL) == MDM_MATCH_SPENT))
            continue;
        add_why(findings, "inputs", &why);
    }
}

/* The push certificate of another key, expired: whoever uses it elsewhere should know. */
static void find_expired_elsewhere(const struct mdm_state *state, struct mdm_findings *findings)
{
    char words[96];

    for (struct mdm_each each = {.files = &state->inputs}; mdm_each_cert(&each);) {
        const struct mdm_cert_facts *facts = mdm_cert_facts(each.cert);

        if (facts->kind != MDM_CERT_PUSH || facts->not_after >= state->now || mdm_state_is_spent(state, each.cert) ||
            state->push_cert.cert == each.cert)
            continue;
        end_words(facts, state->now, words, sizeof words);
        add_text(findings, "push-elsewhere", NULL, "the push certificate '%s' (%s) %s", facts->common_name,
                 each.file->path, words);
    }
}

static void find_other_csr(const struct mdm_state *state, struct mdm_findings *findings)
{
    const struct mdm_file *file = state->other_csr;
    struct mdm_error why = {0};

    if (file == NULL)
        return;
    if (!state->signs_other_csr)
        add_text(findings, "other-csr", "`mdmvendor 4` signs it.",
                 "'%s' is another customer's CSR: steps 2 and 3 leave it alone", file->path);
    else if (file->csr == NULL)
        add_text(findings, "other-csr", NULL, "'%s' is not a readable certificate signing request (CSR)", file->path);
    else if (mdm_csr_check(file->csr, file->path, &why) != 0)
        add_why(findings, "other-csr", &why);
    else if (mdm_side_has(&state->vendor, &mdm_csr_facts(file->csr)->key_id))
        add_text(findings, "other-csr", NULL, "'%s' holds the vendor's key: the customer needs a key of their own",
                 file->path);
}

/* A file that belongs to its owner alone. */
static void find_secret(const struct mdm_state *state, const char *name, struct mdm_findings *findings)
{
    const struct mdm_file *file = mdm_state_output(state, name);
    char text[256], hint[512];

    if (file == NULL)
        return;
    if (file->outcome != MDM_FILE_READ) {
        mdm_file_outcome_text(file->outcome, &file->info, text, sizeof text);
        add_text(findings, "unreadable", NULL, "'%s' %s", file->path, text);
        return;
    }
    (void)snprintf(hint, sizeof hint,
                   "Run: chmod 600 '%s'. (If that changes nothing, the file system keeps no modes: a work folder "
                   "elsewhere is safer.)",
                   file->path);
    if ((file->info.mode & 077u) != 0)
        add_text(findings, "mode", hint, "'%s' can be read by others (mode %04o)", file->path,
                 (unsigned)file->info.mode);
    if (file->kind != MDM_FILEKIND_PKCS12 && file->key.is_key && !file->key.encrypted)
        add_text(findings, "unencrypted", NULL, "'%s' is not encrypted: anybody who gets the file has the key",
                 file->path);
}

static void find_old_script(const struct mdm_finder *finder, struct mdm_findings *findings)
{
    const char *name;

    for (int role = 0; role < 2; role++)
        if ((name = mdm_old_script_key(finder->workspace, finder->state, (enum mdm_role)role)) != NULL)
            add_text(findings, "old-script", NULL,
                     "'%s' is a key of the old script: the next run of `mdmvendor` imports a copy", name);
    for (size_t i = 0; (name = mdm_old_script_leftover(finder->workspace, i)) != NULL; i++)
        add_text(findings, "unencrypted", "Delete it once the folder works without the old script.",
                 "'%s' holds an unencrypted password or key, left by the old script", name);
}

int mdm_findings_gather(const struct mdm_finder *finder, struct mdm_findings *findings, struct mdm_error *err)
{
    static const char *const secrets[] = {MDM_NAME_VENDOR_KEY, MDM_NAME_CUSTOMER_KEY, MDM_NAME_PFX};
    const struct mdm_state *state = finder->state;
    const struct mdm_dir *outputs = mdm_workspace_outputs(finder->workspace);
    struct mdm_error why = {0};

    if (mdm_state_push_is_refused(state, &why))
        add_why(findings, state->refused.cert != NULL ? "topic" : "push-dates", &why);
    find_end(finder, state->record.cert, MDM_ROLE_CUSTOMER,
             state->renewing ? "Finish the renewal." : "Renew it: `mdmvendor renew`.", findings);
    find_vendor(finder, findings);
    find_record(state, findings);
    find_choice(&state->vendor_cert, MDM_ROLE_VENDOR, findings);
    find_choice(&state->push_cert, MDM_ROLE_CUSTOMER, findings);
    find_mistakes(state, findings);
    find_expired_elsewhere(state, findings);
    find_other_csr(state, findings);
    mdm_error_clear(&why);
    if (outputs != NULL && mdm_dir_check_private(outputs, mdm_dir_path(outputs), MDM_DIR_LOOK, &why) != 0)
        add_why(findings, "folder", &why);
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        find_secret(state, secrets[i], findings);
    if (state->account.state == MDM_ACCOUNT_UNUSABLE)
        add_text(findings, "apple-account", "Name the account: `mdmvendor --apple-account NAME`.",
                 "'outputs/" MDM_NAME_ACCOUNT "' does not hold the name of an Apple account");
    find_old_script(finder, findings);
    return findings->incomplete ? mdm_error_memory(err) : 0;
}
