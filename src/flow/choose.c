/* Which certificates count: the one in force, those that are done with, and which of several is used. */
#include <string.h>

#include "flow/state.h"

bool mdm_each_cert(struct mdm_each *each)
{
    for (; each->at < each->files->count; each->at++, each->next = 0) {
        each->file = &each->files->items[each->at];
        if (each->next < each->file->certs.count) {
            each->cert = each->file->certs.items[each->next++];
            each->facts = mdm_cert_facts(each->cert);
            return true;
        }
    }
    return false;
}

const struct mdm_cert *mdm_file_cert(const struct mdm_file *file, enum mdm_cert_kind kind)
{
    for (size_t i = 0; file != NULL && i < file->certs.count; i++)
        if (mdm_cert_facts(file->certs.items[i])->kind == kind)
            return file->certs.items[i];
    return NULL;
}

/* A certificate given by option is listed with inputs/ without being there. */
static const struct mdm_file *find(const struct mdm_files *files, const char *name, bool in_inputs)
{
    for (size_t i = 0; i < files->count; i++)
        if (files->items[i].from_inputs == in_inputs && strcmp(files->items[i].name, name) == 0)
            return &files->items[i];
    return NULL;
}

const struct mdm_file *mdm_state_output(const struct mdm_state *state, const char *name)
{
    const struct mdm_file *file = find(&state->outputs, name, false);

    return file != NULL && file->outcome != MDM_FILE_ABSENT ? file : NULL;
}

const struct mdm_file *mdm_state_input(const struct mdm_state *state, const char *name)
{
    return find(&state->inputs, name, true);
}

const char *mdm_state_digest(const struct mdm_state *state, enum mdm_place place, const char *name)
{
    const struct mdm_file *file =
        place == MDM_OUTPUTS ? find(&state->outputs, name, false) : find(&state->inputs, name, true);

    if (file == NULL)
        return place == MDM_INPUTS ? MDM_LIST_NONE : NULL;
    return file->outcome == MDM_FILE_ABSENT ? MDM_LIST_NONE : file->outcome == MDM_FILE_READ ? file->digest : NULL;
}

const struct mdm_file *mdm_state_before(const struct mdm_state *state, const char *name, size_t *at)
{
    while (*at > 0) {
        const struct mdm_file *file = &state->archive.items[--*at];

        if (!file->from_inputs && strcmp(file->name, name) == 0)
            return file;
    }
    return NULL;
}

bool mdm_state_was_put(const struct mdm_state *state, const char *name)
{
    for (size_t i = 0; i < state->lists.count; i++)
        for (size_t j = 0; mdm_list_is_open(&state->lists.items[i]) && j < state->lists.items[i].file_count; j++) {
            const struct mdm_list_file *file = &state->lists.items[i].files[j];

            if (file->place == MDM_OUTPUTS && strcmp(file->name, name) == 0 && strcmp(file->after, MDM_LIST_NONE) != 0)
                return true;
        }
    return false;
}

/* Does the change count that archived this file? So does one whose list is lost. */
static bool counts(const struct mdm_state *state, const struct mdm_file *archived)
{
    const struct mdm_list *list = mdm_lists_find(&state->lists, archived->archive);

    return list == NULL || mdm_list_is_open(list);
}

bool mdm_state_has_had(const struct mdm_state *state, const char *name)
{
    const struct mdm_file *file;

    for (size_t at = state->archive.count; (file = mdm_state_before(state, name, &at)) != NULL;)
        if (counts(state, file))
            return true;
    return mdm_state_output(state, name) != NULL || mdm_state_was_put(state, name);
}

const struct mdm_side *mdm_state_side(const struct mdm_state *state, enum mdm_role role)
{
    return role == MDM_ROLE_VENDOR ? &state->vendor : &state->customer;
}

struct mdm_wait mdm_state_await(const struct mdm_state *state, enum mdm_role role)
{
    const struct mdm_side *side = mdm_state_side(state, role);
    bool vendor = role == MDM_ROLE_VENDOR, only = !vendor && (state->facts & MDM_FACT_CUSTOMER_ONLY) != 0;

    return (struct mdm_wait){
        .step = vendor ? 2 : 3,
        .path = only ? MDM_FOLDER_INPUTS "/" : mdm_roles[role].cert_path,
        .key_id = side->id_known ? &side->id : NULL,
        .upload = !only                         ? mdm_roles[role].upload
                  : state->customer.csr != NULL ? state->customer.csr->path
                                                : NULL,
        .renew = vendor ? NULL : state->last_push,
        .row_is_lost = !vendor && (state->topic_is_lost || (state->pfx_is_closed && state->last_push == NULL)),
        .trouble = !vendor && state->request_trouble.code != MDM_OK ? &state->request_trouble : NULL,
        .portal = state->portals[role],
        .account = vendor ? "" : state->account.name,
        .practice = state->practice,
        .customer_only = only,
    };
}

bool mdm_side_has(const struct mdm_side *side, const struct mdm_key_id *id)
{
    return side->id_known && mdm_key_id_equal(&side->id, id);
}

/* Did a pfx that was archived before changes left lists hold this certificate? */
static bool was_in_old_pfx(const struct mdm_state *state, const struct mdm_cert_facts *facts)
{
    bool was = false;

    for (size_t i = 0; !was && i < state->archive.count; i++)
        was = strcmp(state->archive.items[i].key.cert_sha1, facts->sha1) == 0 &&
              mdm_lists_find(&state->lists, state->archive.items[i].archive) == NULL;
    return was;
}

bool mdm_state_is_spent(const struct mdm_state *state, const struct mdm_cert *cert)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert);
    bool spent = mdm_cert_equal(state->record.cert, cert) || was_in_old_pfx(state, facts);

    for (size_t i = 0; !spent && i < state->lists.count; i++)
        spent = mdm_list_is_open(&state->lists.items[i]) && mdm_names_have(&state->lists.items[i].spent, facts->sha256);
    return spent;
}

static bool list_used(const struct mdm_list *list, const char *digest)
{
    for (size_t i = 0; i < list->file_count; i++)
        if (list->files[i].used && strcmp(list->files[i].after, digest) == 0)
            return true;
    return false;
}

/* The push certificate that was in force last, by the changes that are not undone: the one that the newest of them put
 * in force, from a file that it used, or else the one that it replaced. Before there were lists, the pfx told. */
static const struct mdm_cert_facts *find_former(const struct mdm_state *state)
{
    const struct mdm_files *const places[] = {&state->archive, &state->inputs};
    const struct mdm_cert_facts *replaced = NULL;

    for (size_t i = state->lists.count; replaced == NULL && i-- > 0;) {
        const struct mdm_list *list = &state->lists.items[i];

        for (size_t place = 0; mdm_list_is_open(list) && place < 2; place++) {
            for (struct mdm_each each = {.files = places[place]}; mdm_each_cert(&each);) {
                if (each.facts->kind != MDM_CERT_PUSH)
                    continue;
                if (list_used(list, each.file->digest))
                    return each.facts;
                if (replaced == NULL && mdm_names_have(&list->spent, each.facts->sha256))
                    replaced = each.facts;
            }
        }
    }
    for (struct mdm_each each = {.files = &state->archive}; replaced == NULL && mdm_each_cert(&each);)
        if (each.facts->kind == MDM_CERT_PUSH && was_in_old_pfx(state, each.facts))
            replaced = each.facts;
    return replaced;
}

/* The certificate that the pfx holds, as far as it can be told without the password (another program's does not tell),
 * and what follows from it. */
static void find_record(struct mdm_state *state)
{
    const struct mdm_file *file = mdm_state_output(state, MDM_NAME_RECORD);
    const char *sha1 = state->has_pfx ? state->pfx->key.cert_sha1 : "";
    const struct mdm_files *const places[] = {&state->outputs, &state->inputs, &state->archive};
    struct mdm_choice *record = &state->record;

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        for (struct mdm_each each = {.files = places[i]}; record->cert == NULL && mdm_each_cert(&each);)
            if (sha1[0] != '\0' ? strcmp(each.facts->sha1, sha1) == 0
                                : each.file == file && each.facts->kind == MDM_CERT_PUSH)
                *record = (struct mdm_choice){each.file, each.cert, each.facts};
    state->record_is_odd = sha1[0] != '\0' && file != NULL && record->file != file;
    state->pfx_is_closed = record->cert == NULL && state->pfx != NULL && state->pfx->bytes.size > 0;
    state->last_push = record->facts != NULL ? record->facts : find_former(state);
    state->topic = state->last_push != NULL ? state->last_push->topic : NULL;
    state->topic_is_lost =
        state->topic == NULL && (mdm_state_was_put(state, MDM_NAME_PFX) || mdm_state_was_put(state, MDM_NAME_RECORD));
    /* The newest renewal that is not undone, if it waits for the successor of what is in force. */
    for (size_t i = state->last_push != NULL ? state->lists.count : 0; i-- > 0;) {
        const struct mdm_list *list = &state->lists.items[i];

        if (!mdm_list_is_open(list) || list->record[0] == '\0')
            continue;
        state->renewal = strcmp(list->record, state->last_push->sha256) == 0 ? list : NULL;
        break;
    }
    state->renewing = state->renewal != NULL;
    /* With the archive gone, the keys tell. */
    if (state->record.cert != NULL && state->has_pfx && state->customer.key != NULL && state->customer.id_known &&
        !mdm_side_has(&state->customer, &state->record.facts->key_id)) {
        const struct mdm_file *same = mdm_state_archived(state, MDM_ROLE_CUSTOMER, &state->customer.id).key;

        state->key_is_older = state->renewal == NULL && same != NULL && counts(state, same);
        state->renewing |= !state->key_is_older;
    }
}

bool mdm_state_is_candidate(const struct mdm_state *state, enum mdm_role role, const struct mdm_file *file)
{
    /* A certificate given by option is the vendor's, and then the only one. */
    if (!file->from_inputs)
        return role == MDM_ROLE_VENDOR;
    return !(role == MDM_ROLE_VENDOR && state->vendor_cert_given) && file->name[0] != '.' &&
           strcmp(file->name, MDM_NAME_INPUT_CSR) != 0;
}

/* Is it for the key in place? One of the right kind may be, while that key's public half is not known. */
static bool matches_key(const struct mdm_state *state, enum mdm_role role, const struct mdm_cert_facts *facts)
{
    const struct mdm_side *side = mdm_state_side(state, role);

    if (side->id_known)
        return mdm_key_id_equal(&side->id, &facts->key_id);
    return (side->key != NULL || side->given) && facts->kind == mdm_roles[role].kind;
}

enum mdm_match mdm_state_match_cert(const struct mdm_state *state, enum mdm_role role, const struct mdm_cert *cert)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert);
    bool self_issued = strcmp(facts->subject, facts->issuer) == 0;
    /* A vendor certificate without any sign of another kind is let through: Apple alone says what it is. */
    bool right_kind = facts->kind == mdm_roles[role].kind ||
                      (role == MDM_ROLE_VENDOR && facts->kind == MDM_CERT_OTHER && !facts->has_purposes);

    if (right_kind && mdm_state_is_spent(state, cert))
        return MDM_MATCH_SPENT;
    if (matches_key(state, role, facts))
        return self_issued ? MDM_MATCH_SELF_ISSUED : right_kind ? MDM_MATCH_YES : MDM_MATCH_WRONG_KIND;
    return right_kind && !self_issued && mdm_state_archived(state, role, &facts->key_id).key != NULL
               ? MDM_MATCH_ARCHIVED
               : MDM_MATCH_NO;
}

struct mdm_side mdm_state_archived(const struct mdm_state *state, enum mdm_role role, const struct mdm_key_id *id)
{
    const struct mdm_role_row *names = &mdm_roles[role];
    struct mdm_side found = {0};
    const struct mdm_file *file;

    for (size_t at = state->archive.count; found.csr == NULL && (file = mdm_state_before(state, names->csr_name, &at));)
        if (file->csr != NULL && mdm_key_id_equal(&mdm_csr_facts(file->csr)->key_id, id))
            found.csr = file;
    for (size_t at = state->archive.count; found.key == NULL && (file = mdm_state_before(state, names->key_name, &at));)
        /* A key of another make does not tell its public half; the CSR that was archived with it does. */
        if (file->key.is_key &&
            (file->key.id_known ? mdm_key_id_equal(&file->key.id, id)
                                : found.csr != NULL && strcmp(found.csr->archive, file->archive) == 0))
            found.key = file;
    return found;
}

/* Apple's certificate is for this key pair: the key and its CSR are restored, or the CSR alone where the key is in
 * place. */
static void restore(struct mdm_state *state, enum mdm_role role, const struct mdm_key_id *id)
{
    const struct mdm_side *side = mdm_state_side(state, role);
    struct mdm_side *found = &state->restore[role];
    bool in_place = side->key != NULL && mdm_side_has(side, id);

    *found = mdm_state_archived(state, role, id);
    if (in_place)
        found->key = NULL;
    if (in_place ? side->csr_matches : found->key == NULL)
        found->csr = NULL;
}

/* Of the candidates that match so, the one that expires last; of push certificates those with the topic in force win.
 * Another topic is taken when there is none yet, or when it was accepted, and then only when it is clear which is
 * meant. */
static struct mdm_choice gather(struct mdm_state *state, enum mdm_role role, enum mdm_match match,
                                bool accept_new_topic)
{
    const struct mdm_cert_facts *record = state->renewing ? NULL : state->record.facts;
    struct mdm_choice same = {0}, other = {0};
    bool several = false;

    for (struct mdm_each each = {.files = &state->inputs}; mdm_each_cert(&each);) {
        if (!mdm_state_is_candidate(state, role, each.file) || each.file->kind != MDM_FILEKIND_CERTIFICATE ||
            mdm_state_match_cert(state, role, each.cert) != match)
            continue;
        bool vendor = role == MDM_ROLE_VENDOR;
        bool keeps = vendor || (state->topic != NULL && strcmp(state->topic, each.facts->topic) == 0);
        struct mdm_choice *choice = keeps ? &same : &other;

        if (keeps && !vendor && record != NULL && record->not_after > each.facts->not_after)
            continue;
        several |= !keeps && other.cert != NULL && strcmp(other.facts->topic, each.facts->topic) != 0;
        if (choice->cert == NULL || each.facts->not_after > choice->facts->not_after)
            *choice = (struct mdm_choice){each.file, each.cert, each.facts};
    }
    several |= accept_new_topic && same.cert != NULL;
    if (other.cert == NULL || (same.cert != NULL && !accept_new_topic))
        return same;
    if (!several && (state->topic == NULL || accept_new_topic))
        return other;
    state->refused = other;
    state->refused_is_one_of_several = several;
    return (struct mdm_choice){0};
}

/* One in inputs/, or else what the newest request holds that has one for the key. */
static void choose_vendor(struct mdm_state *state)
{
    size_t at = state->archive.count;
    const struct mdm_file *request = state->request;

    state->vendor_cert = gather(state, MDM_ROLE_VENDOR, MDM_MATCH_YES, false);
    if (request == NULL)
        request = mdm_state_before(state, MDM_NAME_REQUEST, &at);
    while (state->vendor_cert.cert == NULL && !state->vendor_cert_given && state->vendor.id_known && request != NULL) {
        const struct mdm_cert *cert = mdm_certs_find(&request->certs, &state->vendor.id);

        if (cert != NULL && !mdm_state_is_spent(state, cert))
            state->vendor_cert = (struct mdm_choice){request, cert, mdm_cert_facts(cert)};
        request = mdm_state_before(state, MDM_NAME_REQUEST, &at);
    }
    if (state->vendor.given || state->vendor_cert_given ||
        (state->vendor_cert.cert != NULL && state->vendor.key == NULL))
        return;
    struct mdm_choice archived = gather(state, MDM_ROLE_VENDOR, MDM_MATCH_ARCHIVED, false);
    if (state->vendor_cert.cert != NULL)
        restore(state, MDM_ROLE_VENDOR, &state->vendor.id);
    else if (archived.cert != NULL)
        restore(state, MDM_ROLE_VENDOR, &archived.facts->key_id);
    else if (mdm_state_output(state, MDM_NAME_VENDOR_KEY) == NULL && state->request != NULL &&
             state->request->certs.count > 0) /* the first is the vendor's */
        restore(state, MDM_ROLE_VENDOR, &mdm_cert_facts(state->request->certs.items[0])->key_id);
}

void mdm_state_choose(struct mdm_state *state, bool accept_new_topic)
{
    struct mdm_choice archived = {0};

    find_record(state);
    choose_vendor(state);
    const struct mdm_cert_facts *record = state->record.facts;
    state->push_cert = gather(state, MDM_ROLE_CUSTOMER, MDM_MATCH_YES, accept_new_topic);
    if (state->push_cert.cert == NULL && state->refused.cert == NULL)
        archived = gather(state, MDM_ROLE_CUSTOMER, MDM_MATCH_ARCHIVED, accept_new_topic);
    if (archived.cert != NULL) {
        restore(state, MDM_ROLE_CUSTOMER, &archived.facts->key_id);
    } else if (state->customer.key != NULL && !state->key_is_older) {
        restore(state, MDM_ROLE_CUSTOMER, &state->customer.id);
    } else if (mdm_state_output(state, MDM_NAME_CUSTOMER_KEY) == NULL && record != NULL && state->renewal == NULL) {
        restore(state, MDM_ROLE_CUSTOMER, &record->key_id);
        if (state->restore[MDM_ROLE_CUSTOMER].key == NULL && state->has_pfx)
            state->restore[MDM_ROLE_CUSTOMER].key = state->pfx; /* it has the key, too */
    }
    /* The pfx was deleted: it is made again from the record. */
    if (state->push_cert.cert == NULL && archived.cert == NULL && !state->has_pfx && record != NULL &&
        !state->renewing && matches_key(state, MDM_ROLE_CUSTOMER, record))
        state->push_cert = state->record;
    state->to_renew = record != NULL                  ? record
                      : state->push_cert.cert != NULL ? state->push_cert.facts
                                                      : state->last_push;
}

int mdm_state_cas(const struct mdm_state *state, struct mdm_certs *out, struct mdm_error *err)
{
    for (size_t i = 0; i < state->inputs.count; i++)
        if (mdm_certs_add_cas(&state->inputs.items[i].certs, out, err) != 0)
            return -1;
    return state->request != NULL ? mdm_certs_add_cas(&state->request->certs, out, err) : 0;
}
