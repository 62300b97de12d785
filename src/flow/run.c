/* What the steps of one run share: the folder, unlocked keys, committing changes, waiting for Apple. See run.h. */
#include "flow/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int mdm_run_check_readable(const struct mdm_files *files, struct mdm_error *err)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct mdm_file *file = &files->items[i];

        if (file->outcome == MDM_FILE_UNREADABLE && file->name[0] != '.')
            return mdm_check_readable(file, err);
    }
    return 0;
}

int mdm_run_look(struct mdm_run *run, struct mdm_error *err)
{
    struct mdm_state *state = mdm_state_take(run->workspace, &run->options, run->unlocked, run->callbacks->now(), err);

    mdm_state_free(&run->state);
    run->state = state;
    if (state == NULL || mdm_run_check_readable(&state->outputs, err) != 0)
        return -1;
    return mdm_run_check_readable(&state->archive, err);
}

struct mdm_change mdm_run_begin(const struct mdm_run *run)
{
    struct mdm_change change = {.workspace = run->workspace, .callbacks = run->callbacks, .lists = &run->state->lists};
    const char *unit = run->state->renewal != NULL ? run->state->renewal->unit : run->unit;

    (void)snprintf(change.list.command, sizeof change.list.command, "%s", run->command);
    (void)snprintf(change.list.unit, sizeof change.list.unit, "%s", unit);
    return change;
}

int mdm_run_open(struct mdm_run *run, const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                 const char *command, struct mdm_error *err)
{
    *run = (struct mdm_run){.options = *options, .callbacks = callbacks, .command = command};
    run->workspace =
        mdm_workspace_open(options->directory, command != NULL ? MDM_WORKSPACE_WORK : MDM_WORKSPACE_LOOK, err);
    if (run->workspace == NULL || mdm_run_look(run, err) != 0)
        return -1;
    const struct mdm_dir *outputs = run->workspace->outputs;
    if (command == NULL) /* keys are used from there: not from a folder that others can write to */
        return outputs != NULL ? mdm_dir_check_private(outputs, MDM_DIR_PROBE, err) : 0;
    if (mdm_workspace_check(run->workspace, err) != 0)
        return -1;
    for (int recovered = 1; recovered == 1;) { /* a change that was cut short, one for each */
        MDM_OWNED(mdm_change_free) struct mdm_change change = mdm_run_begin(run);

        recovered = mdm_change_recover(&change, err);
        if (recovered < 0 || (recovered == 1 && mdm_run_look(run, err) != 0))
            return -1;
    }
    if (mdm_dir_is_shared(outputs))
        mdm_notify(run->callbacks, MDM_EVENT_WARNING,
                   "the file system of '%s' keeps no modes: others on this machine may be able to read and replace "
                   "what is in it, and the keys there are protected by their passwords alone",
                   mdm_dir_path(outputs));
    return 0;
}

int mdm_run_remember_account(struct mdm_run *run, const char *name, struct mdm_error *err)
{
    const struct mdm_account *known = &run->state->account;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};

    if (known->state == MDM_ACCOUNT_ANSWERED && strcmp(known->name, name) == 0)
        return 0;
    if (mdm_workspace_check(run->workspace, err) != 0 ||
        mdm_bytes_format(&text, err, "%s%s", name, name[0] != '\0' ? "\n" : "") != 0 ||
        mdm_file_write(run->workspace->outputs, MDM_NAME_ACCOUNT, &text, MDM_MODE_PRIVATE, MDM_FILE_REPLACE, err) != 0)
        return -1;
    if (known->name[0] != '\0')
        mdm_notify(run->callbacks, MDM_EVENT_NOTE, "the Apple account in outputs/" MDM_NAME_ACCOUNT " was %s",
                   known->name);
    mdm_notify(run->callbacks, MDM_EVENT_DID, "Wrote outputs/" MDM_NAME_ACCOUNT);
    return mdm_run_look(run, err);
}

void mdm_run_lock(struct mdm_unlocked *unlocked)
{
    mdm_key_free(&unlocked->key);
    mdm_secret_free(&unlocked->password);
}

void mdm_run_end(struct mdm_run *run)
{
    mdm_run_lock(&run->unlocked[MDM_ROLE_VENDOR]);
    mdm_run_lock(&run->unlocked[MDM_ROLE_CUSTOMER]);
    mdm_state_free(&run->state);
    mdm_workspace_close(&run->workspace);
    mdm_names_free(&run->told);
}

void mdm_run_tell(struct mdm_run *run, enum mdm_event_kind kind, int checked)
{
    struct mdm_event event = {.kind = kind, .text = run->found.text, .hint = run->found.hint};

    if (checked != 0)
        run->callbacks->notify(run->callbacks->ctx, &event);
    mdm_error_clear(&run->found);
}

int mdm_run_hold(struct mdm_unlocked *unlocked, struct mdm_key *key)
{
    unlocked->key = key;
    if (key == NULL)
        return -1;
    unlocked->learnt = true;
    unlocked->id = *mdm_key_get_id(key);
    return 0;
}

int mdm_run_unlock_bytes(struct mdm_run *run, enum mdm_role role, const struct mdm_bytes *file, const char *shown,
                         struct mdm_error *err)
{
    const struct mdm_side *side = mdm_state_side(run->state, role);
    const struct mdm_key_id *expected = side->id_known ? &side->id : NULL; /* of several keys in the file */
    struct mdm_unlocked *unlocked = &run->unlocked[role];
    struct mdm_error why = {0};
    struct mdm_key_facts facts;
    unsigned attempt = 0;

    mdm_key_free(&unlocked->key);
    mdm_key_describe(file, &facts);
    /* First without a password, or with the one that was given before. */
    while (mdm_run_hold(unlocked, mdm_key_from_bytes(file, shown, unlocked->password, expected, &why)) != 0) {
        if (attempt == 0 && facts.encrypted) /* whatever is wrong with other keys in the file */
            why = (struct mdm_error){.code = MDM_E_PASSWORD};
        if (run->callbacks->password(run->callbacks->ctx, role, shown, &attempt, &unlocked->password, &why))
            continue;
        if (why.code == MDM_E_PASSWORD && strcmp(shown, mdm_roles[role].key_path) == 0) /* that key can be made again */
            mdm_error_hint(&why, "If it is lost: %s. That makes a new key and needs no old password; %s.",
                           mdm_new_key_words(run->state, role),
                           role == MDM_ROLE_VENDOR        ? "Apple then issues a new mdm.cer"
                           : run->state->to_renew == NULL ? "Apple then gets the new request"
                                                          : "press Renew on the same row, and the topic stays");
        mdm_run_lock(unlocked);
        return mdm_error_copy(err, &why);
    }
    if (attempt == 0)
        mdm_run_tell(run, MDM_EVENT_WARNING, mdm_check_encrypted(shown, &facts, &run->found));
    return 0;
}

int mdm_run_unlock(struct mdm_run *run, enum mdm_role role, struct mdm_error *err)
{
    const struct mdm_side *side = mdm_state_side(run->state, role);
    const char *shown = side->key_path;
    struct mdm_unlocked *unlocked = &run->unlocked[role];
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes bytes = {0};
    struct mdm_file_info info = {0};

    /* A key that was unlocked earlier in this run is used again only if it still is the one in place. */
    if (unlocked->key != NULL && (!side->id_known || mdm_side_has(side, &unlocked->id)))
        return 0;
    mdm_key_free(&unlocked->key);
    if (strncmp(shown, "pkcs11:", 7) == 0)
        return mdm_run_hold(unlocked, mdm_key_from_uri(shown, err));
    if (side->given ? mdm_path_read(shown, MDM_PATH_ANY, &bytes, &info, err) != 0 : side->key == NULL)
        return mdm_error_set(err, MDM_E_FAILED, "'%s' is missing, or is not a private key", shown);
    if (!side->given)
        info = side->key->info;
    /* Where outputs/ is open to others and this is a run, its file system keeps no modes, which was said. */
    if (side->given || !mdm_dir_is_shared(run->workspace->outputs))
        mdm_run_tell(run, MDM_EVENT_WARNING, mdm_check_mode(shown, info.mode, &run->found));
    return mdm_run_unlock_bytes(run, role, side->given ? &bytes : &side->key->bytes, shown, err);
}

int mdm_run_learn(struct mdm_run *run, enum mdm_role role, struct mdm_error *err)
{
    const struct mdm_state *state = run->state;
    const struct mdm_side *side = mdm_state_side(state, role);
    bool matters = role == MDM_ROLE_VENDOR
                       ? state->vendor_cert.cert != NULL
                       : state->push_cert.cert != NULL || state->refused.cert != NULL || state->record.cert != NULL;

    if (side->id_known || side->key == NULL || !matters || run->unlocked[role].learnt)
        return 0;
    return mdm_run_unlock(run, role, err) == 0 ? 1 : -1;
}

void mdm_run_put_key(struct mdm_run *run, struct mdm_change *change, enum mdm_role role, const struct mdm_cert *pfx)
{
    struct mdm_unlocked *unlocked = &run->unlocked[role];
    struct mdm_error *problem = &change->problem;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes bytes = {0};

    if (unlocked->password == NULL) /* the key was not encrypted */
        unlocked->password = run->callbacks->new_password(run->callbacks->ctx, role, problem);
    if (unlocked->password == NULL)
        return;
    const char *c = unlocked->password->text;
    while (*c >= ' ' && *c <= '~')
        c++;
    if (pfx != NULL && *c != '\0')
        mdm_notify(run->callbacks, MDM_EVENT_WARNING,
                   "the customer key's password, which the pfx has too, is not printable ASCII: not every program "
                   "can open such a file");
    if ((pfx != NULL
             ? mdm_p12_make(unlocked->key, pfx, unlocked->password, run->options.pfx, &bytes, problem)
             : mdm_key_to_pem(unlocked->key, MDM_KEY_PKCS8_ENCRYPTED, unlocked->password, &bytes, problem)) == 0)
        mdm_change_put(change, MDM_OUTPUTS, pfx != NULL ? MDM_NAME_PFX : mdm_roles[role].key_name, &bytes,
                       MDM_MODE_PRIVATE);
}

void mdm_run_put_cert(struct mdm_change *change, enum mdm_place place, const char *name, const struct mdm_cert *cert)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes pem = {0};

    if (mdm_cert_append_pem(cert, &pem, &change->problem) == 0)
        mdm_change_put(change, place, name, &pem, MDM_MODE_PUBLIC);
}

int mdm_run_commit(struct mdm_run *run, struct mdm_change *change, struct mdm_error *err)
{
    for (size_t i = 0; i < change->list.file_count; i++) {
        struct mdm_list_file *file = &change->list.files[i];
        const char *seen = mdm_state_digest(run->state, file->place, file->name);

        if (!file->used && seen != NULL)
            (void)snprintf(file->before, sizeof file->before, "%s", seen);
    }
    int result = mdm_change_commit(change, err);
    if (run->unit[0] == '\0')
        memcpy(run->unit, change->list.id, sizeof run->unit);
    mdm_change_free(change);
    return result;
}

/* A file that changed within this time, in nanoseconds, may still be copied. */
#define STILL_COPIED ((int64_t)2 * 1000000000)

/* Tells of every wrong file once: from the second look on, or at the first when what was there before the key was made
 * cannot be the right one. */
static void notify_wrong_files(struct mdm_run *run, enum mdm_role role, unsigned looks)
{
    const struct mdm_state *state = run->state;
    bool at_first = looks == 0;

    for (size_t i = 0; i < state->inputs.count && (!at_first || run->made[role]); i++) {
        const struct mdm_file *file = &state->inputs.items[i];
        char told[1200]; /* the file's path, and its contents */
        bool settled = file->from_inputs && file->outcome == MDM_FILE_READ &&
                       file->info.changed + STILL_COPIED < (int64_t)state->now * 1000000000;
        bool wrong =
            (settled || at_first) &&
            (mdm_state_match(state, role, file, &run->found) >= MDM_MATCH_SPENT ||
             (role == MDM_ROLE_CUSTOMER && state->refused.file == file && mdm_check_push(state, &run->found) != 0));

        (void)snprintf(told, sizeof told, "%.1024s %.64s", file->path, file->digest);
        mdm_run_tell(run, MDM_EVENT_WRONG_FILE,
                     wrong && !mdm_names_have(&run->told, told) && mdm_names_add(&run->told, told, NULL) == 0);
    }
}

static bool arrived(const struct mdm_run *run, enum mdm_role role)
{
    unsigned signs = role == MDM_ROLE_VENDOR ? MDM_FACT_VENDOR_CERT | MDM_FACT_VENDOR_ARCHIVED
                                             : MDM_FACT_PUSH_CERT | MDM_FACT_CUSTOMER_ARCHIVED;
    const struct mdm_cert_facts *refused = run->state->refused.facts;

    if ((run->state->facts & signs) != 0)
        return true;
    return role == MDM_ROLE_CUSTOMER && refused != NULL && strcmp(run->asked, refused->sha256) != 0;
}

int mdm_run_await(struct mdm_run *run, enum mdm_role role, struct mdm_error *err)
{
    /* The keys go, and the passwords that can be read again: this may take long. */
    for (int each = 0; each < 2; each++) {
        mdm_key_free(&run->unlocked[each].key);
        if (run->callbacks->can_reread[each])
            mdm_secret_free(&run->unlocked[each].password);
    }
    /* Which Apple account is used is asked once in the life of the folder, where somebody can be asked. */
    if (role == MDM_ROLE_CUSTOMER && !run->state->practice && !arrived(run, role) &&
        run->state->account.state == MDM_ACCOUNT_UNKNOWN && run->callbacks->apple_account != NULL) {
        MDM_OWNED(mdm_free_at) char *account = NULL;
        int answered = run->callbacks->apple_account(run->callbacks->ctx, &account, err);

        if (answered < 0 || (answered == 1 && mdm_run_remember_account(run, account, err) != 0))
            return -1;
    }
    for (unsigned looks = 0; !arrived(run, role); looks++) {
        struct mdm_wait expected = mdm_state_await(run->state, role);
        struct mdm_error why = {0};

        notify_wrong_files(run, role, looks);
        /* Told once. A run that does not wait says it as it ends. */
        mdm_run_tell(run, MDM_EVENT_WRONG_FILE,
                     looks == 1 && mdm_state_find_stray(run->state, run->workspace, role, &run->found));
        if (run->callbacks->wait(run->callbacks->ctx, &expected, &why) != 0) {
            struct mdm_error better = {0};

            /* The wrong file in its place says more than that it is missing. */
            if (why.code == MDM_E_WAITING && ((role == MDM_ROLE_CUSTOMER && mdm_check_push(run->state, &better) != 0) ||
                                              (!run->made[role] && mdm_state_wrong_file(run->state, role, &better)) ||
                                              mdm_state_find_stray(run->state, run->workspace, role, &better)))
                why = better;
            return mdm_error_copy(err, &why);
        }
        if (mdm_workspace_refresh(run->workspace, err) != 0 || mdm_run_look(run, err) != 0)
            return -1;
    }
    return 0;
}
