/* Reads the files of a work folder, each once, and draws the facts: see state.h. */
#include "flow/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pki/request.h"

const struct mdm_role_row mdm_roles[2] = {
    [MDM_ROLE_VENDOR] = {"vendor", MDM_NAME_VENDOR_KEY, MDM_FOLDER_OUTPUTS "/" MDM_NAME_VENDOR_KEY, MDM_NAME_VENDOR_CSR,
                         MDM_FOLDER_INPUTS "/" MDM_NAME_VENDOR_CERT, MDM_CERT_VENDOR, "the MDM vendor certificate",
                         MDM_FOLDER_OUTPUTS "/" MDM_NAME_VENDOR_CSR, "vendorPrivateKey.pem"},
    [MDM_ROLE_CUSTOMER] = {"customer", MDM_NAME_CUSTOMER_KEY, MDM_FOLDER_OUTPUTS "/" MDM_NAME_CUSTOMER_KEY,
                           MDM_NAME_CUSTOMER_CSR, MDM_FOLDER_INPUTS "/" MDM_NAME_PUSH_CERT, MDM_CERT_PUSH,
                           "the MDM push certificate", MDM_FOLDER_OUTPUTS "/" MDM_NAME_REQUEST_TXT,
                           "customerPrivateKey.pem"},
};

/* Looks into the bytes. What cannot be parsed is not an error of the state: file->trouble says why. What cannot be
 * read for want of memory is not a damaged file. */
static int identify(struct mdm_file *file, struct mdm_error *err)
{
    if (file->name == NULL || file->path == NULL || file->info.error_number == ENOMEM)
        return mdm_error_memory(err);
    if (file->outcome != MDM_FILE_READ)
        return 0;
    if (mdm_sha256_text(file->bytes.data, file->bytes.size, file->digest, err) != 0)
        return -1;
    file->kind = mdm_filekind_read(&file->bytes, &file->certs, &file->trouble);
    if (file->kind != MDM_FILEKIND_CERTIFICATE && file->kind != MDM_FILEKIND_EMPTY)
        mdm_key_describe(&file->bytes, &file->key);
    if (file->kind == MDM_FILEKIND_CSR ||
        (file->kind == MDM_FILEKIND_PRIVATE_KEY && strcmp(file->name, MDM_NAME_INPUT_CSR) == 0)) {
        file->csr = mdm_csr_from_bytes(&file->bytes, file->path, &file->trouble);
        if (file->csr != NULL) /* with a key that was sent along */
            file->kind = MDM_FILEKIND_CSR;
    } else if (file->kind == MDM_FILEKIND_REQUEST) { /* what is wrong with it is said when it is verified */
        MDM_OWNED(mdm_request_free) struct mdm_request request = {0};
        struct mdm_error why = {0};

        if (mdm_request_read(&file->bytes, &request, &why) != 0 && why.code == MDM_E_MEMORY)
            return mdm_error_memory(err);
        (void)mdm_certs_from_bytes(&request.parts[MDM_PART_CHAIN], file->path, &file->certs, NULL);
        file->csr = mdm_csr_from_bytes(&request.parts[MDM_PART_CSR], file->path, NULL);
    }
    return file->trouble.code == MDM_E_MEMORY ? mdm_error_memory(err) : 0;
}

struct mdm_file *mdm_files_add(struct mdm_files *files, const struct mdm_dir *dir, const char *name, const char *shown,
                               struct mdm_error *err)
{
    const char *slash = dir == NULL ? strrchr(name, '/') : NULL;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes path = {0};
    struct mdm_file *file;

    if (mdm_bytes_format(&path, err, "%s%s%s", shown, shown[0] != '\0' ? "/" : "", name) != 0 ||
        (file = mdm_grow(files->items, files->count, sizeof *file, err)) == NULL)
        return NULL;
    files->items = file;
    file += files->count++;
    /* Whoever puts a file into inputs/ chooses its name, and every message quotes it. */
    *file = (struct mdm_file){.name = strdup(slash != NULL ? slash + 1 : name),
                              .path = mdm_text_safe(path.data, path.size)};
    if (dir != NULL)
        file->outcome = mdm_file_read(dir, name, &file->bytes, &file->info);
    else if (mdm_path_read(name, MDM_PATH_ANY, &file->bytes, &file->info, err) != 0)
        return NULL;
    return identify(file, err) == 0 ? file : NULL;
}

void mdm_files_free(struct mdm_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        struct mdm_file *file = &files->items[i];

        free(file->name);
        free(file->path);
        free(file->archive);
        mdm_bytes_free(&file->bytes);
        mdm_certs_free(&file->certs);
        mdm_csr_free(&file->csr);
    }
    free(files->items);
    *files = (struct mdm_files){0};
}

/* Keeps memory small, whatever lies in inputs/. */
static void drop_certs(struct mdm_state *state, struct mdm_certs *certs)
{
    size_t kept = 0;

    for (size_t i = 0; i < certs->count; i++) {
        const struct mdm_key_id *id = &mdm_cert_facts(certs->items[i])->key_id;

        if (state->certs_kept < MDM_STATE_CERTS_MAX || mdm_side_has(&state->vendor, id) ||
            mdm_side_has(&state->customer, id) || mdm_state_archived(state, MDM_ROLE_VENDOR, id).key != NULL ||
            mdm_state_archived(state, MDM_ROLE_CUSTOMER, id).key != NULL) {
            certs->items[kept++] = certs->items[i];
            state->certs_kept++;
        } else {
            mdm_cert_free(&certs->items[i]);
        }
    }
    certs->count = kept;
}

/* Reads inputs/, or what a folder of the archive has of one place. */
static int look_at_folder(struct mdm_state *state, const struct mdm_dir *dir, const char *archive, enum mdm_place place,
                          struct mdm_error *err)
{
    struct mdm_files *files = archive != NULL ? &state->archive : &state->inputs;
    MDM_OWNED(mdm_names_free) struct mdm_names names = {0};
    char shown[64] = MDM_FOLDER_INPUTS;

    if (archive != NULL)
        (void)snprintf(shown, sizeof shown, MDM_FOLDER_OUTPUTS "/" MDM_NAME_ARCHIVE "/%s%s", archive,
                       place == MDM_INPUTS ? "/" MDM_FOLDER_INPUTS : "");
    if (mdm_dir_list(dir, &names, err) != 0)
        return -1;
    for (size_t i = 0; i < names.count; i++) {
        struct mdm_file *file = mdm_files_add(files, dir, names.items[i], shown, err);

        if (file == NULL || (archive != NULL && (file->archive = strdup(archive)) == NULL))
            return mdm_error_memory(err);
        file->from_inputs = place == MDM_INPUTS;
        if (place == MDM_OUTPUTS && file->outcome != MDM_FILE_ABSENT && /* a status beside a run may miss it */
            mdm_lists_add(&state->lists, archive, file->name, &file->bytes, err) != 0)
            return -1;
        mdm_bytes_free(&file->bytes);
        if (archive == NULL)
            drop_certs(state, &file->certs);
    }
    return 0;
}

static int look_at_archive(struct mdm_state *state, const struct mdm_workspace *workspace, struct mdm_error *err)
{
    MDM_OWNED(mdm_names_free) struct mdm_names folders = {0};

    if (mdm_archive_list(workspace, &folders, err) != 0)
        return -1;
    for (size_t i = 0; i < folders.count; i++) {
        const char *name = folders.items[i];
        MDM_OWNED(mdm_dir_close) struct mdm_dir *outputs = NULL, *inputs = NULL;

        if (mdm_archive_folder(workspace, name, &outputs, &inputs, err) != 0 ||
            look_at_folder(state, outputs, name, MDM_OUTPUTS, err) != 0 ||
            (inputs != NULL && look_at_folder(state, inputs, name, MDM_INPUTS, err) != 0))
            return -1;
    }
    mdm_lists_end(&state->lists);
    return 0;
}

/* Fills in a side from its two files. The key file tells best whose key it is; then what was learnt by unlocking it;
 * the CSR speaks for one that is silent. With a vendor key given by option, outputs/vendor.key is another one. */
static void draw_side(struct mdm_state *state, enum mdm_role role, const char *given,
                      const struct mdm_unlocked *unlocked)
{
    struct mdm_side *side = role == MDM_ROLE_VENDOR ? &state->vendor : &state->customer;
    const struct mdm_file *key = mdm_state_output(state, mdm_roles[role].key_name);
    const struct mdm_file *csr = mdm_state_output(state, mdm_roles[role].csr_name);
    struct mdm_key_facts facts = {0};
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes file = {0};

    side->given = given != NULL;
    side->key_path = given != NULL ? given : mdm_roles[role].key_path;
    side->key = given == NULL && key != NULL && key->key.is_key ? key : NULL;
    side->csr = csr != NULL && csr->csr != NULL ? csr : NULL;
    if (side->key != NULL)
        facts = side->key->key;
    else if (given != NULL && mdm_path_read(given, MDM_PATH_REGULAR, &file, NULL, NULL) == 0)
        mdm_key_describe(&file, &facts);
    /* A pfx in the place of the key shows, without its password, which certificate it holds. */
    for (struct mdm_each each = {.files = &state->archive}; facts.cert_sha1[0] != '\0' && mdm_each_cert(&each);)
        if (!facts.id_known && strcmp(each.facts->sha1, facts.cert_sha1) == 0) {
            facts.id = each.facts->key_id;
            facts.id_known = true;
        }
    side->id_known = true;
    if (facts.id_known)
        side->id = facts.id;
    else if ((side->key != NULL || given != NULL) && unlocked != NULL && unlocked[role].learnt)
        side->id = unlocked[role].id;
    else if (side->csr != NULL)
        side->id = mdm_csr_facts(side->csr->csr)->key_id;
    else
        side->id_known = false;
    side->csr_matches = side->csr != NULL && mdm_side_has(side, &mdm_csr_facts(side->csr->csr)->key_id);
}

/*
 * The request is settled when it was made from certificate and CSR and would be accepted today; also when its vendor
 * certificate has expired and there is no other yet: it may be with Apple already. Once a push certificate is in force,
 * only a newer vendor certificate calls for a new request.
 */
static bool request_is_settled(struct mdm_state *state, bool in_force, const struct mdm_trust *trust)
{
    const struct mdm_file *signs = state->signs_other_csr ? state->other_csr : state->customer.csr;
    const struct mdm_csr *csr = signs != NULL ? signs->csr : NULL;
    const struct mdm_file *request = state->request, *text = mdm_state_output(state, MDM_NAME_REQUEST_TXT);
    const struct mdm_cert *vendor = state->vendor_cert.cert;
    bool over = vendor != NULL && state->now > state->vendor_cert.facts->not_after;
    bool matches = request != NULL && request->csr != NULL && text != NULL && csr != NULL &&
                   strcmp(request->digest, text->digest) == 0 &&
                   mdm_bytes_equal(&mdm_csr_facts(request->csr)->der, &mdm_csr_facts(csr)->der) &&
                   request->certs.count > 0 && mdm_cert_equal(request->certs.items[0], vendor);
    MDM_OWNED(mdm_report_free) struct mdm_report report = {0};

    if (in_force)
        return matches || csr == NULL || vendor == NULL || state->vendor_cert.file == request || over;
    if (!matches || trust == NULL)
        return matches;
    if (mdm_request_verify(&request->bytes, trust, state->now, &report, &state->request_trouble) == 0 &&
        report.code != MDM_OK) { /* Apple's portal would not take it today */
        mdm_error_set(&state->request_trouble, report.code, "'%s' would be refused: %s", request->path,
                      report.failed->detail);
        if (over)
            mdm_hint_vendor(state, &state->request_trouble);
    }
    return state->request_trouble.code == MDM_OK || (state->request_trouble.code == MDM_E_EXPIRED && over);
}

static void draw_facts(struct mdm_state *state, const struct mdm_trust *trust)
{
    const struct mdm_side *restore = state->restore;
    bool key = state->customer.key != NULL;
    /* Is there a trace of a vendor, now or in the archive? Without one, only the customer's commands were used here.
     * (The record of a certificate without a key says only which topic is in force. A request that was put there by
     * hand came from the vendor, and lies where `verify` looks.) */
    bool vendors = state->vendor.given || state->vendor_cert_given || state->vendor_cert.cert != NULL ||
                   mdm_state_has_had(state, MDM_NAME_VENDOR_KEY) || mdm_state_has_had(state, MDM_NAME_VENDOR_CSR) ||
                   mdm_state_was_put(state, MDM_NAME_REQUEST) || mdm_state_was_put(state, MDM_NAME_REQUEST_TXT);
    bool customers = mdm_state_has_had(state, MDM_NAME_CUSTOMER_KEY) ||
                     mdm_state_has_had(state, MDM_NAME_CUSTOMER_CSR) || mdm_state_has_had(state, MDM_NAME_PFX);
    bool pfx = state->has_pfx && (state->record.cert != NULL || state->pfx_is_closed);

    /* Where the folder has, or has had, a customer's side of its own, inputs/customer.csr is somebody else's. */
    state->signs_other_csr =
        state->other_csr != NULL && !customers && !mdm_state_has_had(state, MDM_NAME_RECORD) && state->renewal == NULL;
    const struct {
        unsigned fact;
        bool holds;
    } facts[] = {
        {MDM_FACT_VENDOR_KEY, state->vendor.key != NULL || state->vendor.given},
        {MDM_FACT_VENDOR_CSR, state->vendor.csr_matches || (state->vendor.given && state->vendor_cert_given)},
        {MDM_FACT_VENDOR_CERT, state->vendor_cert.cert != NULL},
        {MDM_FACT_VENDOR_ARCHIVED, restore[MDM_ROLE_VENDOR].key != NULL || restore[MDM_ROLE_VENDOR].csr != NULL},
        {MDM_FACT_CUSTOMER_CSR, state->signs_other_csr || (state->customer.csr_matches && key)},
        {MDM_FACT_CUSTOMER_KEY, !state->signs_other_csr && key},
        {MDM_FACT_CUSTOMER_ARCHIVED, restore[MDM_ROLE_CUSTOMER].key != NULL || restore[MDM_ROLE_CUSTOMER].csr != NULL},
        {MDM_FACT_PUSH_CERT, state->push_cert.cert != NULL},
        {MDM_FACT_PFX, pfx},
        {MDM_FACT_RECORD, state->record.cert == NULL || state->record_is_odd ||
                              state->record.file == mdm_state_output(state, MDM_NAME_RECORD)},
        {MDM_FACT_RENEWING, state->renewing},
        {MDM_FACT_CUSTOMER_ONLY, customers && !vendors},
        {MDM_FACT_REQUEST, request_is_settled(state, pfx && !state->renewing, trust)},
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        state->facts |= facts[i].holds ? facts[i].fact : 0;
}

int mdm_account_check(const char *name, struct mdm_error *err)
{
    MDM_OWNED(mdm_free_at) char *shown = mdm_text_safe(name, strlen(name));

    if (shown == NULL)
        return mdm_error_memory(err);
    if (strlen(name) > MDM_ACCOUNT_MAX)
        return mdm_error_set(err, MDM_E_USAGE, "the name of an Apple account has at most %d bytes, this one %zu",
                             MDM_ACCOUNT_MAX, strlen(name));
    if (strcmp(shown, name) != 0)
        return mdm_error_set(err, MDM_E_USAGE,
                             "'%s' is not the name of an Apple account: it holds invisible characters", shown);
    return 0;
}

/* Reads outputs/apple-account.txt. People edit it: a byte order mark, blanks and line breaks around the name do not
 * count. */
static void read_account(const struct mdm_dir *outputs, struct mdm_account *account)
{
    static const char blanks[] = " \t\r\n";
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};
    enum mdm_file_outcome outcome = mdm_file_read(outputs, MDM_NAME_ACCOUNT, &text, NULL);
    const char *name = text.size > 0 ? (const char *)text.data : "";

    if (outcome == MDM_FILE_ABSENT)
        return;
    account->state = MDM_ACCOUNT_UNUSABLE;
    if (outcome != MDM_FILE_READ || strlen(name) != text.size)
        return;
    name += mdm_text_mark(name, text.size);
    name += strspn(name, blanks);
    size_t size = strlen(name);
    while (size > 0 && strchr(blanks, name[size - 1]) != NULL)
        size--;
    (void)snprintf(account->name, sizeof account->name, "%.*s", (int)size, name);
    if (size <= MDM_ACCOUNT_MAX && mdm_account_check(account->name, NULL) == 0)
        account->state = MDM_ACCOUNT_ANSWERED;
    else
        account->name[0] = '\0';
}

struct mdm_state *mdm_state_take(const struct mdm_workspace *workspace, const struct mdm_flow_options *options,
                                 const struct mdm_unlocked *unlocked, mdm_time now, struct mdm_error *err)
{
    static const char *const names[] = {
        MDM_NAME_VENDOR_KEY, MDM_NAME_VENDOR_CSR,  MDM_NAME_CUSTOMER_KEY, MDM_NAME_CUSTOMER_CSR,
        MDM_NAME_REQUEST,    MDM_NAME_REQUEST_TXT, MDM_NAME_PFX,          MDM_NAME_RECORD,
    };
    const struct mdm_dir *outputs = workspace->outputs, *inputs = workspace->inputs;
    MDM_OWNED(mdm_state_free) struct mdm_state *state = mdm_new(sizeof *state, err);

    if (state == NULL)
        return NULL;
    state->now = now;
    state->vendor_cert_given = options->vendor_cert != NULL;
    state->practice = options->practice;
    /* outputs/ and the archive first: whose certificates matter in inputs/ is known then. */
    for (size_t i = 0; outputs != NULL && i < sizeof names / sizeof names[0]; i++)
        if (mdm_files_add(&state->outputs, outputs, names[i], MDM_FOLDER_OUTPUTS, err) == NULL)
            return NULL;
    if (look_at_archive(state, workspace, err) != 0)
        return NULL;
    draw_side(state, MDM_ROLE_VENDOR, options->vendor_key, unlocked);
    draw_side(state, MDM_ROLE_CUSTOMER, NULL, unlocked);
    if ((options->vendor_cert != NULL && mdm_files_add(&state->inputs, NULL, options->vendor_cert, "", err) == NULL) ||
        (inputs != NULL && look_at_folder(state, inputs, NULL, MDM_INPUTS, err) != 0))
        return NULL;
    if (outputs != NULL)
        read_account(outputs, &state->account);
    const char *account = state->account.name;
    (void)snprintf(state->portals[MDM_ROLE_VENDOR], MDM_PORTAL_MAX, "developer.apple.com");
    (void)snprintf(state->portals[MDM_ROLE_CUSTOMER], MDM_PORTAL_MAX, "identity.apple.com/pushcert%s%s%s",
                   account[0] != '\0' ? " (as " : "", account, account[0] != '\0' ? ")" : "");
    for (int role = 0; state->practice && role < 2; role++)
        (void)snprintf(state->portals[role], MDM_PORTAL_MAX, "the practice Apple");
    state->other_csr = mdm_state_input(state, MDM_NAME_INPUT_CSR);
    state->request = mdm_state_output(state, MDM_NAME_REQUEST);
    state->pfx = mdm_state_output(state, MDM_NAME_PFX);
    state->has_pfx = state->pfx != NULL && state->pfx->kind == MDM_FILEKIND_PKCS12;
    mdm_state_choose(state, options->accept_new_topic);
    draw_facts(state, options->trust);
    /* A side that has, or has had, a key of ours is settled: an old file beside it must not come back. */
    for (int role = 0; role < 2; role++)
        if (!mdm_state_has_had(state, mdm_roles[role].key_name) &&
            mdm_file_stat(workspace->root, mdm_roles[role].old_key, NULL) == MDM_FILE_READ)
            state->old_keys[role] = mdm_roles[role].old_key;
    return mdm_take_at(&state);
}

void mdm_state_free(struct mdm_state **state)
{
    if (*state == NULL)
        return;
    mdm_files_free(&(*state)->inputs);
    mdm_files_free(&(*state)->outputs);
    mdm_files_free(&(*state)->archive);
    mdm_lists_free(&(*state)->lists);
    free(*state);
    *state = NULL;
}
