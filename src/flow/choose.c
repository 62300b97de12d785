/* Which certificates count: the one in force, those that are done with, and which of several is used. */
#include <string.h>

#include "flow/state.h"

bool mdm_each_cert(struct mdm_each *each)
{
    for (; each->at < each->files->count; each->at++, each->next = 0) {
        each->file = &each->files->items[each->at];
        if (each->next < each->file->certs.count) {
            each->cert = each->file->certs.items[each->next++];
            return true;
        }
    }
    return false;
}

const struct mdm_file *mdm_state_output(const struct mdm_state *state, const char *name)
{
    for (size_t i = 0; i < state->outputs.count; i++) {
        const struct mdm_file *file = &state->outputs.items[i];

        if (strcmp(file->name, name) == 0)
            return file->outcome == MDM_FILE_ABSENT ? NULL : file;
    }
    return NULL;
}

const struct mdm_file *mdm_state_input(const struct mdm_state *state, const char *name)
{
    for (size_t i = 0; i < state->inputs.count; i++) {
        const struct mdm_file *file = &state->inputs.items[i];

        if (file->from_inputs && strcmp(file->name, name) == 0)
            return file;
    }
    return NULL;
}

const struct mdm_side *mdm_state_side(const struct mdm_state *state, enum mdm_role role)
{
    return role == MDM_ROLE_VENDOR ? &state->vendor : &state->customer;
}

static bool holds_sha1(const struct mdm_file *file, const char *sha1, const struct mdm_cert **cert)
{
    for (size_t i = 0; i < file->certs.count; i++) {
        if (strcmp(mdm_cert_facts(file->certs.items[i])->sha1, sha1) != 0)
            continue;
        *cert = file->certs.items[i];
        return true;
    }
    return false;
}

static bool find_sha1(const struct mdm_files *files, const char *sha1, struct mdm_choice *choice)
{
    for (struct mdm_each each = {.files = files}; mdm_each_cert(&each);) {
        if (strcmp(mdm_cert_facts(each.cert)->sha1, sha1) != 0)
            continue;
        choice->file = each.file;
        choice->cert = each.cert;
        return true;
    }
    return false;
}

static const struct mdm_cert *first_push(const struct mdm_file *file)
{
    for (size_t i = 0; file != NULL && i < file->certs.count; i++) {
        if (mdm_cert_facts(file->certs.items[i])->kind == MDM_CERT_PUSH)
            return file->certs.items[i];
    }
    return NULL;
}

/* Was the archive folder made before changes left lists? */
static bool is_without_list(const struct mdm_state *state, const char *folder)
{
    return mdm_lists_find(&state->lists, folder) == NULL;
}

/* Did a pfx that was archived before there were lists hold this certificate? */
static bool was_in_old_pfx(const struct mdm_state *state, const char *sha1)
{
    for (size_t i = 0; i < state->archive.count; i++) {
        const struct mdm_file *file = &state->archive.items[i];

        if (file->pfx_sha1[0] != '\0' && strcmp(file->pfx_sha1, sha1) == 0 && is_without_list(state, file->archive))
            return true;
    }
    return false;
}

bool mdm_state_is_spent(const struct mdm_state *state, const struct mdm_cert *cert)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert);

    if (state->record.cert != NULL && mdm_cert_equal(state->record.cert, cert))
        return true;
    for (size_t i = 0; i < state->lists.count; i++) {
        const struct mdm_list *list = &state->lists.items[i];

        if (mdm_list_is_open(list) && mdm_names_have(&list->spent, facts->sha256))
            return true;
    }
    return was_in_old_pfx(state, facts->sha1);
}

/* The certificate that the pfx holds, as far as it can be told without the password. */
static void find_record_of_pfx(struct mdm_state *state)
{
    const struct mdm_file *file = mdm_state_output(state, MDM_NAME_RECORD);
    const char *sha1 = state->pfx->pfx_sha1;

    if (sha1[0] == '\0') { /* another program's pfx, which does not tell */
        state->record = (struct mdm_choice){file, first_push(file), 1};
        state->record_written = state->record.cert != NULL;
    } else if (file != NULL && holds_sha1(file, sha1, &state->record.cert)) {
        state->record.file = file;
        state->record_written = true;
    } else {
        state->record_is_odd = file != NULL;
        (void)(find_sha1(&state->inputs, sha1, &state->record) || find_sha1(&state->archive, sha1, &state->record));
    }
    state->pfx_is_closed = state->record.cert == NULL;
}

/* Was this archived certificate replaced, by a change that stands? */
static bool was_replaced(const struct mdm_state *state, const struct mdm_file *file, const struct mdm_cert *cert)
{
    const struct mdm_list *list = mdm_lists_find(&state->lists, file->archive);

    if (list == NULL)
        return was_in_old_pfx(state, mdm_cert_facts(cert)->sha1);
    return mdm_list_is_open(list) &&
           (strcmp(file->name, MDM_NAME_RECORD) == 0 || mdm_names_have(&list->spent, mdm_cert_facts(cert)->sha256));
}

/* The newest certificate that was in force once, for the topic. */
static const struct mdm_cert *find_former(const struct mdm_state *state)
{
    for (size_t i = state->archive.count; i-- > 0;) {
        const struct mdm_file *file = &state->archive.items[i];
        const struct mdm_cert *cert = first_push(file);

        if (cert != NULL && was_replaced(state, file, cert))
            return cert;
    }
    return NULL;
}

/* The newest renewal that is not undone and waits for the successor of what is in force. */
static const struct mdm_list *find_renewal(const struct mdm_state *state)
{
    for (size_t i = state->lists.count; i-- > 0;) {
        const struct mdm_list *list = &state->lists.items[i];

        if (!mdm_list_is_open(list) || list->record[0] == '\0')
            continue;
        return state->record.cert != NULL && strcmp(list->record, mdm_cert_facts(state->record.cert)->sha256) == 0
                   ? list
                   : NULL;
    }
    return NULL;
}

/* Is there a PKCS #12 file? An empty or damaged one is none. */
static bool has_pfx(const struct mdm_state *state)
{
    return state->pfx != NULL && state->pfx->kind == MDM_FILEKIND_PKCS12;
}

void mdm_state_find_record(struct mdm_state *state)
{
    const struct mdm_cert *former;

    if (has_pfx(state)) {
        find_record_of_pfx(state);
    } else {
        state->record.file = mdm_state_output(state, MDM_NAME_RECORD);
        state->record.cert = first_push(state->record.file);
        state->record_written = state->record.cert != NULL;
        state->pfx_is_closed = state->record.cert == NULL && state->pfx != NULL && state->pfx->bytes.size > 0;
    }
    former = state->record.cert != NULL ? state->record.cert : find_former(state);
    if (former != NULL) {
        state->last_push = former;
        state->topic = mdm_cert_facts(former)->topic;
        state->row = mdm_cert_facts(former)->common_name;
    }
    state->renewal = find_renewal(state);
    state->renewing = state->renewal != NULL;
    /* With the archive gone, the keys tell. */
    if (state->record.cert != NULL && has_pfx(state) && state->customer.key != NULL && state->customer.id_known)
        state->renewing |= !mdm_key_id_equal(&state->customer.id, &mdm_cert_facts(state->record.cert)->key_id);
}

const struct mdm_cert *mdm_state_to_renew(const struct mdm_state *state)
{
    return state->record.cert != NULL ? state->record.cert : state->push_cert.cert;
}

bool mdm_state_is_candidate(const struct mdm_state *state, enum mdm_role role, const struct mdm_file *file)
{
    /* A certificate given by option is the vendor's, and then the only one. */
    if (!file->from_inputs)
        return role == MDM_ROLE_VENDOR;
    return !(role == MDM_ROLE_VENDOR && state->vendor_cert_given) && file->name[0] != '.' &&
           strcmp(file->name, MDM_NAME_INPUT_CSR) != 0;
}

static bool is_usable(const struct mdm_state *state, enum mdm_role role, const struct mdm_file *file,
                      const struct mdm_cert *cert)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert);
    bool right_kind = facts->kind == mdm_roles[role].kind ||
                      (role == MDM_ROLE_VENDOR && facts->kind == MDM_CERT_OTHER && !facts->has_purposes);

    return mdm_state_is_candidate(state, role, file) && file->kind == MDM_FILEKIND_CERTIFICATE && right_kind &&
           strcmp(facts->subject, facts->issuer) != 0 && !mdm_state_is_spent(state, cert);
}

/* Is the certificate for the key in place? One whose key cannot be told yet may be. */
static bool fits_key(const struct mdm_state *state, enum mdm_role role, const struct mdm_cert_facts *facts)
{
    const struct mdm_side *side = mdm_state_side(state, role);
    bool there = side->key != NULL || side->csr != NULL || (role == MDM_ROLE_VENDOR && state->vendor_key_given);

    if (!there)
        return false;
    return side->id_known ? mdm_key_id_equal(&side->id, &facts->key_id) : facts->kind == mdm_roles[role].kind;
}

static bool expires_later(const struct mdm_cert *cert, const struct mdm_cert *than)
{
    return than == NULL || mdm_cert_facts(cert)->not_after > mdm_cert_facts(than)->not_after;
}

/* A CSR in the archive for the key pair. */
static const struct mdm_file *archived_csr(const struct mdm_state *state, enum mdm_role role,
                                           const struct mdm_key_id *id)
{
    for (size_t i = state->archive.count; i-- > 0;) {
        const struct mdm_file *file = &state->archive.items[i];

        if (!file->from_inputs && file->csr != NULL && strcmp(file->name, mdm_roles[role].csr_name) == 0 &&
            mdm_key_id_equal(&mdm_csr_facts(file->csr)->key_id, id))
            return file;
    }
    return NULL;
}

/* A key of another make does not tell its public half; the CSR that was archived with it does. */
static bool is_key_of(const struct mdm_state *state, enum mdm_role role, const struct mdm_file *key,
                      const struct mdm_key_id *id)
{
    const struct mdm_file *csr = key->key.id_known ? NULL : archived_csr(state, role, id);

    return key->key.id_known ? mdm_key_id_equal(&key->key.id, id)
                             : csr != NULL && strcmp(csr->archive, key->archive) == 0;
}

bool mdm_state_archived(const struct mdm_state *state, enum mdm_role role, const struct mdm_key_id *id,
                        struct mdm_archived *found)
{
    for (size_t i = state->archive.count; i-- > 0;) { /* the newest first */
        const struct mdm_file *file = &state->archive.items[i];

        if (file->from_inputs || !file->key.is_key || strcmp(file->name, mdm_roles[role].key_name) != 0 ||
            !is_key_of(state, role, file, id))
            continue;
        *found = (struct mdm_archived){file, archived_csr(state, role, id)};
        return true;
    }
    return false;
}

/* The key in place is the right one, and its CSR is missing: the archive may have it. */
static void restore_csr(struct mdm_state *state, enum mdm_role role)
{
    const struct mdm_side *side = mdm_state_side(state, role);

    if (side->key != NULL && side->key->key.id_known &&
        (side->csr == NULL || !mdm_key_id_equal(&mdm_csr_facts(side->csr->csr)->key_id, &side->id)))
        state->restore[role].csr = archived_csr(state, role, &side->id);
}

/* The vendor certificate of a request, which is the first in its chain that is none of a CA, if it fits the key. */
static void take_from_request(struct mdm_state *state, const struct mdm_file *request)
{
    for (size_t i = 0; request != NULL && state->vendor_cert.cert == NULL && i < request->certs.count; i++) {
        const struct mdm_cert *cert = request->certs.items[i];
        const struct mdm_cert_facts *facts = mdm_cert_facts(cert);

        if (facts->kind != MDM_CERT_VENDOR && facts->kind != MDM_CERT_OTHER)
            continue;
        if (state->vendor.id_known && mdm_key_id_equal(&state->vendor.id, &facts->key_id) &&
            !mdm_state_is_spent(state, cert))
            state->vendor_cert = (struct mdm_choice){request, cert, 1};
    }
}

static void restore_vendor(struct mdm_state *state)
{
    const struct mdm_cert *best = NULL;
    struct mdm_archived archived;

    for (struct mdm_each each = {.files = &state->inputs}; mdm_each_cert(&each);) {
        if (is_usable(state, MDM_ROLE_VENDOR, each.file, each.cert) && expires_later(each.cert, best) &&
            mdm_state_archived(state, MDM_ROLE_VENDOR, &mdm_cert_facts(each.cert)->key_id, &archived)) {
            best = each.cert;
            state->restore[MDM_ROLE_VENDOR] = archived;
        }
    }
    if (best != NULL || mdm_state_output(state, MDM_NAME_VENDOR_KEY) != NULL || state->request == NULL)
        return;
    for (size_t i = 0; i < state->request->certs.count; i++) { /* the key was deleted, and the request tells which */
        if (mdm_state_archived(state, MDM_ROLE_VENDOR, &mdm_cert_facts(state->request->certs.items[i])->key_id,
                               &archived))
            state->restore[MDM_ROLE_VENDOR] = archived;
    }
}

/* Counts one more that would do; of several, the one that expires last is taken. */
static void consider(struct mdm_choice *choice, const struct mdm_file *file, const struct mdm_cert *cert)
{
    if (choice->cert != NULL && mdm_cert_equal(choice->cert, cert))
        return;
    choice->fitting++;
    if (expires_later(cert, choice->cert)) {
        choice->file = file;
        choice->cert = cert;
    }
}

/* Of the vendor certificates in inputs/ that fit, the one that expires last; then what the requests hold. */
void mdm_state_choose_vendor(struct mdm_state *state)
{
    struct mdm_choice *choice = &state->vendor_cert;

    for (struct mdm_each each = {.files = &state->inputs}; mdm_each_cert(&each);) {
        if (is_usable(state, MDM_ROLE_VENDOR, each.file, each.cert) &&
            fits_key(state, MDM_ROLE_VENDOR, mdm_cert_facts(each.cert)))
            consider(choice, each.file, each.cert);
    }
    if (choice->cert == NULL && !state->vendor_cert_given) {
        take_from_request(state, state->request);
        for (size_t i = state->archive.count; i-- > 0;) {
            if (strcmp(state->archive.items[i].name, MDM_NAME_REQUEST) == 0)
                take_from_request(state, &state->archive.items[i]);
        }
    }
    if (state->vendor_key_given || state->vendor_cert_given)
        return;
    if (choice->cert == NULL)
        restore_vendor(state);
    else
        restore_csr(state, MDM_ROLE_VENDOR);
}

/* Which key a push certificate may have to be considered. */
enum whose_key {
    KEY_IN_PLACE,
    KEY_IN_ARCHIVE,
};

static bool is_push_candidate(const struct mdm_state *state, const struct mdm_file *file, const struct mdm_cert *cert,
                              enum whose_key whose)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert);
    struct mdm_archived archived;

    if (!is_usable(state, MDM_ROLE_CUSTOMER, file, cert))
        return false;
    if (whose == KEY_IN_PLACE ? !fits_key(state, MDM_ROLE_CUSTOMER, facts)
                              : fits_key(state, MDM_ROLE_CUSTOMER, facts) ||
                                    !mdm_state_archived(state, MDM_ROLE_CUSTOMER, &facts->key_id, &archived))
        return false;
    /* One of the same topic that expires before the one in force is an old one. */
    return state->record.cert == NULL || strcmp(mdm_cert_facts(state->record.cert)->topic, facts->topic) != 0 ||
           !expires_later(state->record.cert, cert);
}

/* What the candidates come to: the one that expires last of those with the topic in force, and of the others. */
struct candidates {
    struct mdm_choice same, other;
    const char *topic; /* of the others, while they have one */
    bool topics_differ;
};

static void gather(const struct mdm_state *state, enum whose_key whose, struct candidates *found)
{
    for (struct mdm_each each = {.files = &state->inputs}; mdm_each_cert(&each);) {
        const char *topic = mdm_cert_facts(each.cert)->topic;

        if (!is_push_candidate(state, each.file, each.cert, whose))
            continue;
        if (state->topic != NULL && strcmp(state->topic, topic) == 0) {
            consider(&found->same, each.file, each.cert);
            continue;
        }
        consider(&found->other, each.file, each.cert);
        found->topics_differ |= found->topic != NULL && strcmp(found->topic, topic) != 0;
        found->topic = topic;
    }
}

/* The topic in force wins. Another one is taken when there is none yet, or when it was accepted, and then only when it
 * is clear which is meant. */
static void decide(struct mdm_state *state, const struct candidates *found, bool accept_new_topic,
                   struct mdm_choice *chosen)
{
    bool several = found->topics_differ || (accept_new_topic && found->same.cert != NULL);

    if (found->other.cert == NULL || (found->same.cert != NULL && !accept_new_topic)) {
        *chosen = found->same;
    } else if (!several && (state->topic == NULL || accept_new_topic)) {
        *chosen = found->other;
    } else {
        state->refused = found->other;
        state->refused_is_one_of_several = several;
    }
}

static void restore_customer(struct mdm_state *state)
{
    const struct mdm_choice *record = &state->record;
    const struct mdm_file *key = mdm_state_output(state, MDM_NAME_CUSTOMER_KEY);

    if (key == NULL && record->cert != NULL && state->renewal == NULL) {
        if (!mdm_state_archived(state, MDM_ROLE_CUSTOMER, &mdm_cert_facts(record->cert)->key_id,
                                &state->restore[MDM_ROLE_CUSTOMER]) &&
            has_pfx(state))
            state->restore[MDM_ROLE_CUSTOMER].key = state->pfx; /* the pfx has it, too */
        return;
    }
    restore_csr(state, MDM_ROLE_CUSTOMER);
}

void mdm_state_choose_push(struct mdm_state *state, bool accept_new_topic)
{
    struct candidates in_place = {0}, archived = {0};
    struct mdm_choice chosen = {0};

    gather(state, KEY_IN_PLACE, &in_place);
    decide(state, &in_place, accept_new_topic, &state->push_cert);
    if (state->push_cert.cert == NULL && state->refused.cert == NULL) {
        gather(state, KEY_IN_ARCHIVE, &archived);
        decide(state, &archived, accept_new_topic, &chosen);
    }
    if (chosen.cert != NULL)
        (void)mdm_state_archived(state, MDM_ROLE_CUSTOMER, &mdm_cert_facts(chosen.cert)->key_id,
                                 &state->restore[MDM_ROLE_CUSTOMER]);
    else
        restore_customer(state);
    /* The pfx was deleted: it is made again from the record. */
    if (state->push_cert.cert == NULL && chosen.cert == NULL && !has_pfx(state) && state->record.cert != NULL &&
        !state->renewing && fits_key(state, MDM_ROLE_CUSTOMER, mdm_cert_facts(state->record.cert)))
        state->push_cert = state->record;
}

int mdm_state_cas(const struct mdm_state *state, struct mdm_certs *out, struct mdm_error *err)
{
    for (size_t i = 0; i < state->inputs.count; i++)
        if (mdm_certs_add_cas(&state->inputs.items[i].certs, out, err) != 0)
            return -1;
    return state->request != NULL ? mdm_certs_add_cas(&state->request->certs, out, err) : 0;
}
