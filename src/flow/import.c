/* `import`: key and certificate of another tool or server. The contents of the files tell what belongs together, and
 * for which role it is; nothing that is here already is replaced. */
#include <stdlib.h>
#include <string.h>

#include "flow/run.h"

struct found_key {
    struct mdm_key *key; /* NULL once the run has it */
    const char *path;
};

/* It owns what it points to; paths belong to its files. */
struct found {
    struct mdm_files files; /* with the certificates of PKCS #12 files among theirs */
    struct found_key *keys;
    size_t key_count;
    struct mdm_secret *password;   /* opened the last locked file */
    struct mdm_error cert_problem; /* why a certificate of a PKCS #12 could not be read */
};

static void found_free(struct found *found)
{
    for (size_t i = 0; i < found->key_count; i++)
        mdm_key_free(&found->keys[i].key);
    free(found->keys);
    mdm_secret_free(&found->password);
    mdm_files_free(&found->files);
}

/* What is imported for one role. */
struct part {
    struct found_key *key;
    struct mdm_choice cert;
    bool key_is_here; /* the folder has the key of `cert`, or `key` itself */
};

static bool has_any(const struct part *part)
{
    return part->key != NULL || part->cert.cert != NULL;
}

static struct found_key *key_of(const struct found *found, const struct mdm_key_id *id)
{
    for (size_t i = 0; i < found->key_count; i++)
        if (mdm_key_id_equal(mdm_key_get_id(found->keys[i].key), id))
            return &found->keys[i];
    return NULL;
}

/* Reads what a password opens: keys, of which the same one in another file counts once, and certificates. */
static int open_with(struct found *found, struct mdm_file *file, const struct mdm_secret *password,
                     struct mdm_error *err)
{
    MDM_OWNED(mdm_p12_free) struct mdm_p12 p12 = {0};

    if (mdm_keys_from_bytes(&file->bytes, file->path, password, &p12, err) != 0 ||
        (p12.keys.count == 0 && p12.key_problem.code != MDM_OK))
        return mdm_error_copy(err, &p12.key_problem);
    for (size_t i = 0; i < p12.keys.count; i++) {
        if (key_of(found, mdm_key_get_id(p12.keys.items[i])) != NULL)
            continue;
        struct found_key *more = mdm_grow(found->keys, found->key_count, sizeof *more, err);
        if (more == NULL)
            return -1;
        found->keys = more;
        more[found->key_count++] = (struct found_key){mdm_take_at(&p12.keys.items[i]), file->path};
    }
    for (size_t i = 0; i < p12.certs.count; i++)
        if (mdm_certs_add(&file->certs, p12.certs.items[i], err) != 0)
            return -1;
    if (p12.cert_problem.code != MDM_OK)
        found->cert_problem = p12.cert_problem;
    return 0;
}

/* First with the password of the file before: what is not locked opens with any. */
static int open_file(const struct mdm_run *run, struct found *found, struct mdm_file *file, struct mdm_error *err)
{
    struct mdm_error why = {0}, unanswered = {0};
    bool vendors = false, customers = false;

    if (open_with(found, file, found->password, &why) == 0)
        return 0;
    /* A vendor's key is locked by the vendor's password; in doubt it is the customer's. */
    for (struct mdm_each each = {.files = &found->files}; mdm_each_cert(&each);) {
        vendors |= each.facts->kind == MDM_CERT_VENDOR;
        customers |= each.facts->kind == MDM_CERT_PUSH;
    }
    for (int other = 0; other < 2; other++) { /* of which only the other one's may be at hand */
        bool vendor = (vendors && !customers) != (other == 1);
        struct mdm_error wrong = why;
        unsigned attempt = 0;

        while (run->callbacks->password(run->callbacks->ctx, vendor ? MDM_ROLE_VENDOR : MDM_ROLE_CUSTOMER, file->path,
                                        &attempt, &found->password, &wrong))
            if (open_with(found, file, found->password, &wrong) == 0)
                return 0;
        if (wrong.code != MDM_E_UNANSWERED)
            return mdm_error_copy(err, &wrong);
        mdm_error_copy(&unanswered, &wrong); /* the first one's */
    }
    return mdm_error_copy(err, &unanswered);
}

#define NAME_FILES                                                                                                     \
    "Name the files that hold the private key and the push certificate: PEM, DER or PKCS #12 (.p12, .pfx)."

static int read_keys(struct mdm_run *run, struct found *found, struct mdm_error *err)
{
    for (size_t i = 0; i < found->files.count; i++) {
        struct mdm_file *file = &found->files.items[i];
        const enum mdm_filekind kind = file->kind;
        struct mdm_key_facts facts;
        struct mdm_p12 none;

        mdm_key_describe(&file->bytes, &facts); /* also of a certificate's file */
        bool has_key = facts.is_key || kind == MDM_FILEKIND_PRIVATE_KEY || kind == MDM_FILEKIND_PKCS12;
        if (!has_key && (kind == MDM_FILEKIND_CERTIFICATE || (kind == MDM_FILEKIND_CSR && file->csr != NULL)))
            continue;
        if (has_key && open_file(run, found, file, err) != 0)
            return -1;
        mdm_run_tell(run, MDM_EVENT_WARNING, mdm_check_encrypted(file->path, &facts, &run->found));
        if (has_key)
            continue;
        if (kind == MDM_FILEKIND_JKS || kind == MDM_FILEKIND_JCEKS || kind == MDM_FILEKIND_PUTTY ||
            kind == MDM_FILEKIND_KEYCHAIN || kind == MDM_FILEKIND_UTF16)
            return mdm_keys_from_bytes(&file->bytes, file->path, NULL, &none, err); /* says how to convert it */
        if (kind == MDM_FILEKIND_DAMAGED)
            (void)mdm_certs_from_bytes(&file->bytes, file->path, &file->certs, err);
        mdm_error_copy(err, &file->trouble);
        mdm_error_set(err, MDM_E_FAILED, "there is neither a private key nor a certificate in '%s': it is %s",
                      file->path, mdm_filekind_words(kind));
        return mdm_error_hint(err, NAME_FILES);
    }
    return 0;
}

static int refuse_taken(const char *path, struct mdm_error *err)
{
    return mdm_error_set(err, MDM_E_REFUSED,
                         "'%s' is there already, and an import replaces nothing" MDM_HINT
                         "Import into an empty folder: `mdmvendor -C DIR import FILE...`.",
                         path);
}

static int refuse_pair(const struct found_key *key, const struct mdm_choice *cert, struct mdm_error *err)
{
    return mdm_error_set(err, MDM_E_REFUSED,
                         "the key in '%s' (%s) does not belong to the certificate of '%s' in '%s', whose public key "
                         "is %s" MDM_HINT "Find the key that the certificate was issued for. If it is lost, import "
                         "the certificate alone: it says which topic must stay.",
                         key->path, mdm_key_id_format(mdm_key_get_id(key->key)).text, cert->facts->common_name,
                         cert->file->path, mdm_key_id_format(&cert->facts->key_id).text);
}

/* The certificate of a role, and its key: one whose key was found before one without, then the one that expires last.
 */
static struct part choose(const struct found *found, enum mdm_role role)
{
    struct part part = {0};

    for (struct mdm_each each = {.files = &found->files}; mdm_each_cert(&each);) {
        struct found_key *key = key_of(found, &each.facts->key_id);

        if (each.facts->kind == mdm_roles[role].kind && (part.key == NULL || key != NULL) &&
            (part.cert.cert == NULL || (part.key == NULL) != (key == NULL) ||
             each.facts->not_after > part.cert.facts->not_after))
            part = (struct part){key, {each.file, each.cert, each.facts}, false};
    }
    return part;
}

static int refuse_other(const struct mdm_run *run, const struct found *found, struct mdm_error *err)
{
    struct mdm_each first = {.files = &found->files};

    if (mdm_each_cert(&first))
        mdm_error_set(err, MDM_E_REFUSED,
                      "'%s' does not hold an MDM push certificate but one of another kind ('%s', issued by '%s')",
                      first.file->path, first.facts->subject, first.facts->issuer);
    else if (found->key_count > 0)
        mdm_error_set(err, MDM_E_REFUSED, "'%s' and '%s' hold different private keys, and no certificate says which",
                      found->keys[0].path, found->keys[1].path);
    else if (found->files.count > 0)
        mdm_error_set(err, MDM_E_REFUSED, "'%s' holds a CSR, but there is no private key and no certificate",
                      found->files.items[0].path);
    return mdm_error_hint(err,
                          "Add the MDM push certificate, whose subject has a UID that begins with "
                          "\"com.apple.mgmt.\": download it at %s.",
                          run->state->portals[MDM_ROLE_CUSTOMER]);
}

/* Does the folder, or a certificate in inputs/, say that this key is this role's? */
static bool is_for(const struct mdm_state *state, enum mdm_role role, const struct mdm_key_id *id)
{
    bool is = mdm_side_has(mdm_state_side(state, role), id) || (role == MDM_ROLE_CUSTOMER && state->last_push != NULL &&
                                                                mdm_key_id_equal(&state->last_push->key_id, id));

    for (struct mdm_each each = {.files = &state->inputs}; mdm_each_cert(&each);)
        is |= each.facts->kind == mdm_roles[role].kind && mdm_key_id_equal(&each.facts->key_id, id);
    return is;
}

/* Finds out what is to be imported for whom. */
static int sort_out(const struct mdm_run *run, struct found *found, struct part parts[2], struct mdm_error *err)
{
    struct part *customer = &parts[MDM_ROLE_CUSTOMER], *vendor = &parts[MDM_ROLE_VENDOR];
    struct found_key *lone = NULL; /* the first key that no certificate is for */
    size_t lone_count = 0;

    for (size_t i = found->key_count; i-- > 0;) {
        bool has_cert = false;

        for (struct mdm_each each = {.files = &found->files}; mdm_each_cert(&each);)
            has_cert |= key_of(found, &each.facts->key_id) == &found->keys[i];
        lone = has_cert ? lone : &found->keys[i];
        lone_count += !has_cert;
    }
    *vendor = choose(found, MDM_ROLE_VENDOR);
    *customer = choose(found, MDM_ROLE_CUSTOMER);
    if (vendor->key != NULL && vendor->key == customer->key)
        return mdm_error_set(err, MDM_E_REFUSED,
                             "'%s' and '%s' were issued for the same key: the roles of vendor and customer are mixed "
                             "up" MDM_HINT
                             "Leave '%s' out: the push certificate and the key make the pfx, and a vendor "
                             "needs another key.",
                             vendor->cert.file->path, customer->cert.file->path, vendor->cert.file->path);
    /* A choice between topics is not made by a date. */
    for (struct mdm_each each = {.files = &found->files}; customer->cert.cert != NULL && mdm_each_cert(&each);) {
        if (each.facts->kind == MDM_CERT_PUSH && strcmp(each.facts->topic, customer->cert.facts->topic) != 0 &&
            (customer->key != NULL) == (key_of(found, &each.facts->key_id) != NULL))
            return mdm_error_set(err, MDM_E_REFUSED,
                                 "'%s' and '%s' hold push certificates with different topics: %s and %s" MDM_HINT
                                 "Import the one that the MDM server uses; each topic needs a folder of its own.",
                                 customer->cert.file->path, each.file->path, customer->cert.facts->topic,
                                 each.facts->topic);
    }
    if (customer->cert.cert == NULL && found->cert_problem.code != MDM_OK) /* old Keychains lock it by RC2 */
        return mdm_error_set(err, found->cert_problem.code,
                             "the certificate could not be read: %s" MDM_HINT
                             "Name the certificate's file as well; it can be downloaded at %s.",
                             found->cert_problem.text, run->state->portals[MDM_ROLE_CUSTOMER]);
    for (int role = 0; role < 2; role++)
        if (parts[role].cert.cert != NULL && parts[role].key == NULL && lone != NULL)
            return refuse_pair(lone, &parts[role].cert, err);
    if (lone_count == 1 && customer->cert.cert == NULL) {
        const struct mdm_key_id *id = mdm_key_get_id(lone->key);
        bool vendors = vendor->cert.cert == NULL && is_for(run->state, MDM_ROLE_VENDOR, id);

        (vendors ? vendor : customer)->key = lone;
        if (!vendors && !is_for(run->state, MDM_ROLE_CUSTOMER, id))
            mdm_notify(
                run->callbacks, MDM_EVENT_NOTE,
                "nothing here tells whose key '%s' is, and it is taken for the customer's; a vendor's is imported "
                "together with its certificate: `mdmvendor import KEY_FILE mdm.cer`",
                lone->path);
    } else if (lone != NULL && (customer->cert.cert != NULL || vendor->cert.cert != NULL)) {
        mdm_notify(run->callbacks, MDM_EVENT_NOTE,
                   "the key in '%s' belongs to none of these certificates, and is left out", lone->path);
    }
    return has_any(customer) || has_any(vendor) ? 0 : refuse_other(run, found, err);
}

/* The key against what the folder has. */
static int check_key_place(struct mdm_run *run, enum mdm_role role, struct part *part, struct mdm_error *err)
{
    const struct mdm_key_id *id = part->key != NULL ? mdm_key_get_id(part->key->key) : &part->cert.facts->key_id;
    const struct mdm_side *side = mdm_state_side(run->state, role);
    enum mdm_role other = role == MDM_ROLE_VENDOR ? MDM_ROLE_CUSTOMER : MDM_ROLE_VENDOR;

    if (side->key != NULL && !side->id_known && (mdm_run_unlock(run, role, err) != 0 || mdm_run_look(run, err) != 0))
        return -1;
    side = mdm_state_side(run->state, role);
    const struct mdm_file *taken = mdm_state_output(run->state, mdm_roles[role].key_name);
    if (taken == NULL)
        taken = mdm_state_output(run->state, mdm_roles[role].csr_name);
    part->key_is_here = side->key != NULL && mdm_side_has(side, id);
    if (mdm_side_has(mdm_state_side(run->state, other), id))
        return mdm_error_set(
            err, MDM_E_REFUSED,
            "that key is here as the %s's already: '%s'" MDM_HINT
            "If an import put it there, run `mdmvendor undo`, then import key and certificate together.",
            mdm_roles[other].whose, mdm_roles[other].key_path);
    if (part->key != NULL && !mdm_side_has(side, id) && taken != NULL)
        return refuse_taken(taken->path, err);
    if (part->key_is_here)
        part->key = NULL;
    return 0;
}

/* The push certificate against what is or was in force here. */
static int check_push_place(const struct mdm_run *run, const struct mdm_choice *cert, struct mdm_error *err)
{
    const struct mdm_state *state = run->state;
    const struct mdm_file *record = mdm_state_output(state, MDM_NAME_RECORD);
    const char *path = cert->file->path;

    if (mdm_cert_equal(state->record.cert, cert->cert))
        return 0;
    if (strcmp(cert->facts->subject, cert->facts->issuer) == 0)
        return mdm_error_set(err, MDM_E_REFUSED, MDM_SELF_SIGNED MDM_HINT "Download the right one at %s.",
                             cert->facts->subject, path, state->portals[MDM_ROLE_CUSTOMER]);
    if (mdm_state_is_spent(state, cert->cert))
        return mdm_error_set(err, MDM_E_REFUSED,
                             "'%s' holds the certificate that a renewal here has replaced" MDM_HINT
                             "There is nothing to import: `mdmvendor status` says which certificate is in force. "
                             "To go back to the old one, run `mdmvendor undo`.",
                             path);
    if (mdm_side_has(&state->customer, &cert->facts->key_id) && record != NULL)
        return mdm_error_set(err, MDM_E_REFUSED,
                             "'%s' is for the key of this folder, which has a certificate in force already" MDM_HINT
                             "Put it into inputs/ and run `mdmvendor`: it compares the topic and makes a new pfx.",
                             path);
    if (state->pfx != NULL || record != NULL)
        return refuse_taken((record != NULL ? record : state->pfx)->path, err);
    if (state->topic != NULL && strcmp(state->topic, cert->facts->topic) != 0)
        return mdm_error_set(err, MDM_E_REFUSED,
                             "'%s' is for the topic %s, and the one in force here is %s" MDM_HINT
                             "Import it into a folder of its own.",
                             path, cert->facts->topic, state->topic);
    return 0;
}

static int check_vendor(struct mdm_run *run, struct part *part, struct mdm_error *err)
{
    if (check_key_place(run, MDM_ROLE_VENDOR, part, err) != 0)
        return -1;
    if (part->cert.cert == NULL)
        return 0;
    if (part->key == NULL && !part->key_is_here)
        return mdm_error_set(err, MDM_E_REFUSED,
                             "'%s' is a vendor certificate whose private key is neither given nor here" MDM_HINT
                             "Add the private key that the vendor certificate was issued for.",
                             part->cert.file->path);
    const struct mdm_file *taken = mdm_state_input(run->state, MDM_NAME_VENDOR_CERT);
    if (taken == NULL || mdm_cert_equal(run->state->vendor_cert.cert, part->cert.cert) ||
        mdm_cert_equal(mdm_file_cert(taken, MDM_CERT_VENDOR), part->cert.cert))
        return 0;
    return refuse_taken(taken->path, err);
}

static int check_customer(struct mdm_run *run, struct part *part, struct mdm_error *err)
{
    const struct mdm_choice *cert = &part->cert, *record = &run->state->record;

    if (cert->cert == NULL && record->cert != NULL &&
        !mdm_key_id_equal(mdm_key_get_id(part->key->key), &record->facts->key_id))
        return refuse_pair(part->key, record, err);
    if (cert->cert != NULL && check_push_place(run, cert, err) != 0)
        return -1;
    if (cert->cert != NULL && run->state->renewing) { /* what is in force, while its successor's key is in place */
        part->key = NULL;
        return 0;
    }
    if (check_key_place(run, MDM_ROLE_CUSTOMER, part, err) != 0)
        return -1;
    if (cert->cert == NULL)
        return 0;
    /* A certificate alone may belong to a key that was replaced here. */
    const struct mdm_file *archived = mdm_state_archived(run->state, MDM_ROLE_CUSTOMER, &cert->facts->key_id).key;
    if (part->key != NULL || part->key_is_here || mdm_state_is_spent(run->state, cert->cert) || archived == NULL)
        return 0;
    return mdm_error_set(err, MDM_E_REFUSED,
                         "'%s' was issued for a key in this folder's archive ('%s')" MDM_HINT
                         "Put it into inputs/ and run `mdmvendor`, which restores that key.",
                         cert->file->path, archived->path);
}

/* Puts what is imported for a role: its key, encrypted anew, which the run has from then on, and the CSR of that; its
 * certificate; and the customer's pfx. */
static void put_part(struct mdm_run *run, struct mdm_change *change, enum mdm_role role, struct part *part,
                     const struct mdm_files *files)
{
    const struct mdm_state *state = run->state;
    const char *csr_name = mdm_roles[role].csr_name;
    struct mdm_unlocked *unlocked = &run->unlocked[role];
    bool new_key = part->key != NULL, vendor = role == MDM_ROLE_VENDOR;
    const struct mdm_choice *old = vendor ? &state->vendor_cert : &state->record;
    const struct mdm_cert *cert = part->cert.cert != NULL || vendor ? part->cert.cert : old->cert;
    bool pair = cert != NULL && (new_key || part->key_is_here);

    if (new_key) {
        mdm_run_lock(unlocked);
        (void)mdm_run_hold(unlocked, mdm_take_at(&part->key->key));
        mdm_run_put_key(run, change, role, NULL);
    }
    for (size_t i = files->count; new_key && i-- > 0 && mdm_state_output(state, csr_name) == NULL;)
        if (files->items[i].kind == MDM_FILEKIND_CSR &&
            mdm_key_id_equal(&mdm_csr_facts(files->items[i].csr)->key_id, &unlocked->id))
            mdm_change_put(change, MDM_OUTPUTS, csr_name, &files->items[i].bytes, MDM_MODE_PUBLIC);
    if (!vendor && pair && change->problem.code == MDM_OK && state->pfx == NULL &&
        mdm_run_unlock(run, role, &change->problem) == 0)
        mdm_run_put_key(run, change, role, cert);
    if (cert == NULL || mdm_cert_equal(old->cert, cert) ||
        (vendor && mdm_state_input(state, MDM_NAME_VENDOR_CERT) != NULL))
        return;
    mdm_run_put_cert(change, vendor ? MDM_INPUTS : MDM_OUTPUTS, vendor ? MDM_NAME_VENDOR_CERT : MDM_NAME_RECORD, cert);
    /* Copies in inputs/ go when the import is undone: else the next run would use them. What is to be replaced must not
     * lie where its successor is awaited. */
    for (struct mdm_each each = {.files = &state->inputs}; !vendor && mdm_each_cert(&each);) {
        if (!each.file->from_inputs || !mdm_cert_equal(each.cert, cert))
            continue;
        if (pair)
            mdm_change_use(change, each.file->name, each.file->digest);
        else if (each.file->certs.count == 1)
            mdm_change_remove(change, MDM_INPUTS, each.file->name);
    }
}

/* Of a customer's side that was brought in: what is missing for a pair, or what comes next. */
static void notify_next(const struct mdm_run *run)
{
    const struct mdm_state *state = run->state;
    bool pfx = (state->facts & MDM_FACT_PFX) != 0;

    if (pfx && (state->facts & (MDM_FACT_CUSTOMER_ONLY | MDM_FACT_RENEWING)) == MDM_FACT_CUSTOMER_ONLY)
        mdm_notify(run->callbacks, MDM_EVENT_NOTE,
                   "`mdmvendor renew` will make a CSR for your vendor to sign; if you are the vendor yourself, run "
                   "`mdmvendor 1` first");
    else if (!pfx && state->record.cert != NULL)
        mdm_notify(run->callbacks, MDM_EVENT_NOTE,
                   "the certificate was imported without its key: it says which topic must stay, and no pfx is "
                   "made. Import the key as well; or, if it is lost, get a new certificate with `mdmvendor` (or "
                   "`mdmvendor csr`, if a vendor elsewhere signs for you) and Renew on the row '%s'",
                   state->last_push->common_name);
    else if (!pfx)
        mdm_notify(run->callbacks, MDM_EVENT_NOTE,
                   "the key was imported without its certificate: add that with `mdmvendor import FILE` (download "
                   "it at %s)",
                   state->portals[MDM_ROLE_CUSTOMER]);
}

int mdm_run_import(struct mdm_run *run, struct mdm_error *err)
{
    MDM_OWNED(found_free) struct found found = {0};
    struct part parts[2] = {{0}};
    struct part *customer = &parts[MDM_ROLE_CUSTOMER], *vendor = &parts[MDM_ROLE_VENDOR];

    for (size_t i = 0; i < run->options.file_count; i++)
        if (mdm_files_add(&found.files, NULL, run->options.files[i], "", err) == NULL)
            return mdm_error_hint(err, NAME_FILES);
    if (read_keys(run, &found, err) != 0 || sort_out(run, &found, parts, err) != 0 ||
        (has_any(vendor) && check_vendor(run, vendor, err) != 0) ||
        (has_any(customer) && check_customer(run, customer, err) != 0))
        return -1;
    struct mdm_change change = mdm_run_begin(run);
    for (int role = 0; role < 2; role++) {
        const struct mdm_cert_facts *facts = parts[role].cert.facts;

        if (facts != NULL)
            mdm_notify(run->callbacks, MDM_EVENT_NOTE, "found '%s' in '%s', valid until %s", facts->common_name,
                       parts[role].cert.file->path, facts->last_day);
        mdm_run_tell(run, MDM_EVENT_WARNING, mdm_check_expiry(run->state, facts, 0, &run->found));
        if (change.problem.code == MDM_OK)
            put_part(run, &change, (enum mdm_role)role, &parts[role], &found.files);
    }
    if (change.list.file_count == 0 && change.problem.code == MDM_OK)
        mdm_notify(run->callbacks, MDM_EVENT_NOTE, "there is nothing to import: all of it is here already");
    if (mdm_run_commit(run, &change, err) != 0 || mdm_run_look(run, err) != 0)
        return -1;
    if (run->unit[0] != '\0' && has_any(customer))
        notify_next(run);
    return 0;
}
