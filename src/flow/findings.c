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

static void find_record_end(const struct mdm_state *state, int days, struct mdm_findings *findings)
{
    const struct mdm_cert_facts *facts = state->record.cert != NULL ? mdm_cert_facts(state->record.cert) : NULL;
    char words[96];

    if (facts == NULL || !mdm_expires_soon(facts, state->now, days))
        return;
    end_words(facts, state->now, words, sizeof words);
    add_text(findings, state->now > facts->not_after ? "push-expired" : "push-expires",
             state->renewing ? "Finish the renewal." : "Renew it: `mdmvendor renew`.", "the push certificate '%s' %s",
             facts->common_name, words);
}

/* Once a push certificate is in force, the vendor certificate's end and chain are of no consequence. */
static void find_vendor_end(const struct mdm_state *state, int days, struct mdm_findings *findings)
{
    const struct mdm_cert_facts *facts =
        state->vendor_cert.cert != NULL ? mdm_cert_facts(state->vendor_cert.cert) : NULL;
    char words[96];

    if (facts == NULL || mdm_next_action(state->facts) == MDM_ACTION_FINISHED ||
        !mdm_expires_soon(facts, state->now, days))
        return;
    end_words(facts, state->now, words, sizeof words);
    add_text(findings, state->now > facts->not_after ? "vendor-expired" : "vendor-expires",
             "Get a new one: `mdmvendor 1 --keep-key` makes a CSR for the same key, to be uploaded at "
             "developer.apple.com; or `mdmvendor 1`, for a new key.",
             "the vendor certificate '%s' %s", facts->common_name, words);
}

static void find_chain(const struct mdm_state *state, const struct mdm_error *chain, struct mdm_findings *findings)
{
    if (mdm_next_action(state->facts) == MDM_ACTION_FINISHED)
        return;
    if (chain->code != MDM_OK && chain->code != MDM_E_EXPIRED)
        add_why(findings, "vendor-chain", chain);
    if (state->vendor_cert.cert != NULL && !mdm_cert_facts(state->vendor_cert.cert)->vendor_marker)
        add_text(findings, "vendor-marker", NULL,
                 "'%s' lacks the mark of an MDM vendor certificate (OID 1.2.840.113635.100.4.12): Apple's portal may "
                 "refuse what it signs",
                 state->vendor_cert.file->path);
}

static void find_choice(const struct mdm_choice *choice, enum mdm_role role, struct mdm_findings *findings)
{
    if (choice->fitting > 1)
        add_text(findings, "several", NULL,
                 "%zu certificates in inputs/ can serve as %s: '%s', which expires last, is used", choice->fitting,
                 mdm_roles[role].what, choice->file->path);
}

static void find_refusal(const struct mdm_state *state, struct mdm_findings *findings)
{
    struct mdm_error why = {0};

    if (mdm_state_push_is_refused(state, &why))
        add_why(findings, state->refused.cert != NULL ? "topic" : "push-dates", &why);
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

bool mdm_find_mistake(const struct mdm_state *state, enum mdm_role role, const struct mdm_file *file,
                      struct mdm_error *why)
{
    enum mdm_role other = role == MDM_ROLE_VENDOR ? MDM_ROLE_CUSTOMER : MDM_ROLE_VENDOR;
    const struct mdm_side *side = mdm_state_side(state, role);
    enum mdm_match match, elsewhere;

    mdm_error_clear(why);
    match = mdm_state_match(state, role, file, why);
    elsewhere = mdm_state_match(state, other, file, NULL);
    if ((match != MDM_MATCH_NO && match != MDM_MATCH_SPENT) || elsewhere == MDM_MATCH_YES ||
        elsewhere == MDM_MATCH_SPENT)
        return false;
    if (match == MDM_MATCH_NO && file->certs.count > 0 && !side->id_known) {
        mdm_error_clear(why);
        mdm_error_set(why, MDM_E_REFUSED, "'%s' is a certificate whose private key is not in this folder", file->path);
    }
    return true;
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
    else if (state->vendor.id_known && mdm_key_id_equal(&mdm_csr_facts(file->csr)->key_id, &state->vendor.id))
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

static void find_secrets(const struct mdm_finder *finder, struct mdm_findings *findings)
{
    const struct mdm_dir *outputs = mdm_workspace_outputs(finder->workspace);
    struct mdm_error why = {0};

    if (outputs != NULL && mdm_dir_check_private(outputs, mdm_dir_path(outputs), MDM_DIR_LOOK, &why) != 0)
        add_why(findings, "folder", &why);
    find_secret(finder->state, MDM_NAME_VENDOR_KEY, findings);
    find_secret(finder->state, MDM_NAME_CUSTOMER_KEY, findings);
    find_secret(finder->state, MDM_NAME_PFX, findings);
}

static void find_old_script(const struct mdm_finder *finder, struct mdm_findings *findings)
{
    const char *name;

    for (int role = 0; role < 2; role++)
        if (mdm_old_script_has_key(finder->workspace, finder->state, (enum mdm_role)role, &name))
            add_text(findings, "old-script", NULL,
                     "'%s' is a key of the old script: the next run of `mdmvendor` imports a copy", name);
    for (size_t i = 0; mdm_old_script_leftover(finder->workspace, i, &name) == 1; i++)
        add_text(findings, "unencrypted", "Delete it once the folder works without the old script.",
                 "'%s' holds an unencrypted password or key, left by the old script", name);
}

int mdm_findings_gather(const struct mdm_finder *finder, struct mdm_findings *findings, struct mdm_error *err)
{
    const struct mdm_state *state = finder->state;

    find_refusal(state, findings);
    find_record_end(state, finder->days, findings);
    find_vendor_end(state, finder->days, findings);
    find_chain(state, finder->chain, findings);
    find_record(state, findings);
    find_choice(&state->vendor_cert, MDM_ROLE_VENDOR, findings);
    find_choice(&state->push_cert, MDM_ROLE_CUSTOMER, findings);
    find_mistakes(state, findings);
    find_expired_elsewhere(state, findings);
    find_other_csr(state, findings);
    find_secrets(finder, findings);
    if (state->account.state == MDM_ACCOUNT_UNUSABLE)
        add_text(findings, "apple-account", "Name the account: `mdmvendor --apple-account NAME`.",
                 "'outputs/" MDM_NAME_ACCOUNT "' does not hold the name of an Apple account");
    find_old_script(finder, findings);
    return findings->incomplete ? mdm_error_memory(err) : 0;
}
