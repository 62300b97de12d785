/*
 * What is done: step 1, the vendor's key and CSR; step 2 (and 4, and `csr`), the customer's key and CSR as far as they
 * are missing, and the request that Apple's push portal takes; step 3, the customer's key and the push certificate,
 * packed for the MDM server, and the record of it; and putting back a key, and the CSR that belongs to it, when Apple's
 * certificate shows that it is the one in use.
 */
#include <stdio.h>
#include <string.h>

#include "flow/batch.h"
#include "flow/run.h"

#define OUT_KEY        "outputs/" MDM_NAME_CUSTOMER_KEY
#define OUT_CSR        "outputs/" MDM_NAME_CUSTOMER_CSR
#define OUT_VENDOR_CSR "outputs/" MDM_NAME_VENDOR_CSR
#define OUT_PFX        "outputs/" MDM_NAME_PFX

/* `cert` is the one that is used, or NULL. */
static void begin_step(const struct mdm_run *run, int step, const struct mdm_cert_facts *cert)
{
    struct mdm_event event = {.kind = MDM_EVENT_STEP, .step = step};

    run->callbacks->notify(run->callbacks->ctx, &event);
    if (cert != NULL)
        mdm_notify(run->callbacks, MDM_EVENT_DID, "Using the %s certificate '%s', valid until %s.",
                   step == 3 ? "push" : "vendor", cert->common_name, cert->last_day);
}

/* Makes a role's CSR, and a key for it unless the one in place is kept: the run's from then on, as is its password. */
static struct mdm_csr *make_csr(struct mdm_run *run, struct mdm_change *change, enum mdm_role role, enum mdm_redo redo,
                                bool *new_key, struct mdm_error *err)
{
    const struct mdm_side *side = mdm_state_side(run->state, role);
    struct mdm_unlocked *unlocked = &run->unlocked[role];
    const struct mdm_callbacks *callbacks = run->callbacks;
    const struct mdm_file *last = side->csr; /* for the defaults of the questions */
    size_t at = role == MDM_ROLE_CUSTOMER ? run->state->archive.count : 0;
    MDM_OWNED(mdm_subject_free) struct mdm_subject *subject = NULL;
    MDM_OWNED(mdm_csr_free) struct mdm_csr *csr = NULL;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes pem = {0};

    while ((last == NULL || last->csr == NULL) &&
           (last = mdm_state_before(run->state, MDM_NAME_CUSTOMER_CSR, &at)) != NULL)
        continue;
    *new_key = !side->given && (side->key == NULL || (redo != MDM_AS_MISSING && !run->options.keep_key));
    if (*new_key) {
        mdm_run_lock(unlocked);
        if ((unlocked->password = callbacks->new_password(callbacks->ctx, role, err)) == NULL)
            return NULL;
    }
    if ((subject = callbacks->subject(callbacks->ctx, role, last != NULL ? last->csr : NULL, err)) == NULL)
        return NULL;
    if (*new_key) {
        mdm_notify(callbacks, MDM_EVENT_DID, "Making the %s's 2048-bit RSA key ...", mdm_roles[role].whose);
        if (mdm_run_hold(unlocked, mdm_key_generate(err)) != 0)
            return NULL;
        mdm_run_put_key(run, change, role, NULL);
    } else if (mdm_run_unlock(run, role, err) != 0 || mdm_key_check(unlocked->key, side->key_path, err) != 0) {
        return NULL;
    }
    csr = mdm_csr_make(unlocked->key, subject, err);
    if (csr == NULL || mdm_csr_check(csr, role == MDM_ROLE_VENDOR ? OUT_VENDOR_CSR : OUT_CSR, NULL, err) != 0 ||
        mdm_csr_to_pem(csr, &pem, err) != 0)
        return NULL;
    mdm_change_put(change, MDM_OUTPUTS, mdm_roles[role].csr_name, &pem, MDM_MODE_PUBLIC);
    return mdm_take_at(&csr);
}

/* Every file of inputs/ that holds a certificate of this role for a key of this folder goes. */
static void remove_inputs_of(const struct mdm_run *run, struct mdm_change *change, enum mdm_role role)
{
    const struct mdm_cert_facts *to_renew = run->state->to_renew;

    for (struct mdm_each each = {.files = &run->state->inputs}; mdm_each_cert(&each);) {
        const struct mdm_key_id *id = &each.facts->key_id;

        if (each.file->kind == MDM_FILEKIND_CERTIFICATE && each.file->from_inputs &&
            mdm_state_is_candidate(run->state, role, each.file) &&
            (mdm_side_has(mdm_state_side(run->state, role), id) ||
             (to_renew != NULL && strcmp(each.facts->sha256, to_renew->sha256) == 0) ||
             (each.facts->kind == mdm_roles[role].kind && mdm_state_archived(run->state, role, id).key != NULL)))
            mdm_change_remove(change, MDM_INPUTS, each.file->name);
    }
}

static bool is_in_inputs(const struct mdm_choice *choice)
{
    return choice->file != NULL && choice->file->from_inputs && choice->file->archive == NULL;
}

/* What a new key or a renewal does away with. A renewal replaces the round's certificates as well, and they are done
 * with; it takes the customer's round along when it has to wait for the vendor's new certificate. A new customer's key
 * in a folder whose push certificate is in force begins one, whatever the command is called. */
static void replace_round(const struct mdm_run *run, struct mdm_change *change, enum mdm_role role, enum mdm_redo redo,
                          bool new_key)
{
    const struct mdm_state *state = run->state;
    bool vendor = role == MDM_ROLE_VENDOR;
    bool renews = redo == MDM_RENEW || (!vendor && new_key && state->last_push != NULL);

    if (vendor && (new_key || renews)) { /* it was signed with the old key, or for the old round */
        mdm_change_remove(change, MDM_OUTPUTS, MDM_NAME_REQUEST);
        mdm_change_remove(change, MDM_OUTPUTS, MDM_NAME_REQUEST_TXT);
    }
    if (vendor && renews && state->vendor_cert.cert != NULL)
        (void)mdm_names_add(&change->list.spent, state->vendor_cert.facts->sha256, &change->problem);
    if (vendor && renews && !run->options.keep_key) {
        mdm_change_remove(change, MDM_OUTPUTS, MDM_NAME_CUSTOMER_KEY);
        mdm_change_remove(change, MDM_OUTPUTS, MDM_NAME_CUSTOMER_CSR);
    }
    if (renews) {
        (void)snprintf(change->list.record, sizeof change->list.record, "%s", state->to_renew->sha256);
        (void)mdm_names_add(&change->list.spent, state->to_renew->sha256, &change->problem);
        remove_inputs_of(run, change, MDM_ROLE_CUSTOMER);
    }
    if (new_key && (vendor || !renews))
        remove_inputs_of(run, change, role);
}

/* `beside` the request that the folder has of its own. */
static void put_request(const struct mdm_run *run, struct mdm_change *change, const struct mdm_bytes *request,
                        bool beside)
{
    const struct mdm_file *old = run->state->request;
    const struct mdm_choice *vendor = &run->state->vendor_cert;

    mdm_change_put(change, MDM_OUTPUTS, beside ? MDM_NAME_OTHER_REQUEST : MDM_NAME_REQUEST, request, MDM_MODE_PUBLIC);
    if (!beside)
        mdm_change_put(change, MDM_OUTPUTS, MDM_NAME_REQUEST_TXT, request, MDM_MODE_PUBLIC);
    /* As in step 3; one that the request here has already was there before. */
    if (is_in_inputs(vendor) && (old == NULL || !mdm_certs_have(&old->certs, vendor->cert)))
        mdm_change_use(change, vendor->file->name, vendor->file->digest);
}

int mdm_run_make(struct mdm_run *run, int step, enum mdm_redo redo, struct mdm_error *err)
{
    const struct mdm_state *state = run->state;
    enum mdm_role role = step == 1 ? MDM_ROLE_VENDOR : MDM_ROLE_CUSTOMER;
    bool others = step == 4 || (step == 2 && state->signs_other_csr), new_key = false;
    const struct mdm_file *file = NULL; /* has the CSR that is signed; NULL: one is made */
    MDM_OWNED(mdm_change_free) struct mdm_change change = mdm_run_begin(run);
    MDM_OWNED(mdm_signer_free) struct mdm_signer *signer = NULL;
    MDM_OWNED(mdm_csr_free) struct mdm_csr *made = NULL;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes request = {0};

    if (step == 2 && redo == MDM_RENEW && state->vendor_cert.cert == NULL) { /* the next one is awaited */
        replace_round(run, &change, MDM_ROLE_VENDOR, redo, false);
        return mdm_run_commit(run, &change, err);
    }
    if (step == 0 && redo == MDM_AS_MISSING && state->customer.key != NULL && state->customer.csr_matches) {
        mdm_notify(run->callbacks, MDM_EVENT_NOTE,
                   OUT_KEY " and " OUT_CSR " are here already and belong together: nothing to do");
        return 0;
    }
    if (redo == MDM_AS_MISSING && !others && mdm_check_key(state, role, err) != 0)
        return -1;
    if (step != 0)
        begin_step(run, step, step == 2 ? state->vendor_cert.facts : NULL);
    if (others) {
        if ((file = state->other_csr) == NULL)
            return mdm_error_set(err, MDM_E_FAILED,
                                 "'inputs/" MDM_NAME_INPUT_CSR
                                 "' is missing: step 4 signs the customer's own CSR" MDM_HINT
                                 "Put the customer's CSR (PEM or DER) there under that name.");
        if (mdm_check_other_csr(state, err) != 0)
            return -1;
        if (file->key.is_key)
            mdm_notify(run->callbacks, MDM_EVENT_WARNING, MDM_KEY_SENT_ALONG, file->path);
    } else if (step == 2 && redo == MDM_AS_MISSING && (state->facts & MDM_FACT_CUSTOMER_CSR) != 0) {
        file = state->customer.csr;
    }
    if ((step == 2 || step == 4) && (signer = mdm_run_signer(run, err)) == NULL)
        return -1;
    if (step != 1 && !others)
        mdm_run_tell(run, MDM_EVENT_NOTE, mdm_check(state, MDM_FOUND_OTHER_CUSTOMER, &run->found));
    if (file == NULL && (made = make_csr(run, &change, role, redo, &new_key, err)) == NULL)
        return -1;
    if (signer != NULL && mdm_signer_sign(signer, file != NULL ? file->csr : made, file != NULL ? file->path : OUT_CSR,
                                          &request, err) != 0)
        return -1;
    if (signer != NULL)
        put_request(run, &change, &request, others && !state->signs_other_csr);
    replace_round(run, &change, role, redo, new_key);
    if (mdm_run_commit(run, &change, err) != 0)
        return -1;
    run->made[role] = new_key;
    if (redo == MDM_REDO && run->unit[0] == '\0')
        mdm_notify(run->callbacks, MDM_EVENT_NOTE,
                   "step %d would make what is here already, with the same key and subject", step);
    if (signer != NULL)
        mdm_notify(run->callbacks, MDM_EVENT_DID,
                   "Checked: the request was read back, and its CSR, certificates and signature verify.");
    return 0;
}

/* What the pfx holds is known nowhere: it is opened before it is replaced, and its topic counts. */
static int guard_closed_pfx(const struct mdm_run *run, const struct mdm_cert_facts *facts, struct mdm_error *err)
{
    /* By option any topic may be given up; by a yes at the terminal, only the one that was asked about. */
    bool asked = run->asked[0] != '\0', accepted = run->options.accept_new_topic;
    const char *given_up = asked && accepted && run->state->topic != NULL ? run->state->topic : facts->topic;
    const struct mdm_secret *password = run->unlocked[MDM_ROLE_CUSTOMER].password;
    MDM_OWNED(mdm_p12_free) struct mdm_p12 held = {0};

    if (!run->state->pfx_is_closed || (accepted && !asked))
        return 0;
    if (!run->state->has_pfx || mdm_keys_from_bytes(&run->state->pfx->bytes, OUT_PFX, password, &held, NULL) != 0 ||
        held.cert_problem.code != MDM_OK)
        return mdm_error_set(err, MDM_E_REFUSED,
                             "'" OUT_PFX "' does not open with the customer key's password, so its topic is not "
                             "known" MDM_HINT "If it is no longer needed, move it out of outputs/; if its topic does "
                             "not matter, use --accept-new-topic.");
    for (size_t i = 0; i < held.certs.count; i++) {
        const struct mdm_cert_facts *old = mdm_cert_facts(held.certs.items[i]);

        if (old->kind == MDM_CERT_PUSH && strcmp(old->topic, facts->topic) != 0 && strcmp(old->topic, given_up) != 0)
            return mdm_error_set(err, MDM_E_REFUSED,
                                 "the topic changed: the new push certificate is for %s, and '" OUT_PFX
                                 "' holds one for %s" MDM_HINT "At %s, press Renew on the row '%s'. To change the "
                                 "topic on purpose, use --accept-new-topic.",
                                 facts->topic, old->topic, run->state->portals[MDM_ROLE_CUSTOMER], old->common_name);
    }
    return 0;
}

static void notify_choice(struct mdm_run *run, const struct mdm_choice *choice)
{
    const struct mdm_cert_facts *facts = choice->facts, *last = run->state->last_push;

    mdm_run_tell(run, MDM_EVENT_WARNING, mdm_check(run->state, MDM_FOUND_TOPIC_LOST, &run->found));
    if (run->state->topic != NULL && strcmp(run->state->topic, facts->topic) != 0)
        mdm_notify(run->callbacks, MDM_EVENT_WARNING,
                   "the topic changes from %s to %s: every device has to be enrolled again", run->state->topic,
                   facts->topic);
    if (last != NULL && strcmp(last->issuer, facts->issuer) != 0)
        mdm_notify(run->callbacks, MDM_EVENT_WARNING, "'%s' was issued by '%s', the one before by '%s'",
                   choice->file->path, facts->issuer, last->issuer);
    if (run->state->customer.csr != NULL && run->state->customer.id_known &&
        !mdm_key_id_equal(&mdm_csr_facts(run->state->customer.csr->csr)->key_id, &facts->key_id))
        mdm_notify(run->callbacks, MDM_EVENT_WARNING, "'%s' is not the CSR of this certificate's key",
                   run->state->customer.csr->path);
    mdm_run_tell(run, MDM_EVENT_WARNING, mdm_check_expiry(run->state, facts, run->options.warn_days, &run->found));
}

int mdm_run_pfx_step(struct mdm_run *run, struct mdm_error *err)
{
    const struct mdm_state *state = run->state;
    const struct mdm_choice *choice = state->push_cert.cert != NULL ? &state->push_cert : &state->record;
    const struct mdm_cert_facts *facts = choice->facts;
    struct mdm_unlocked *unlocked = &run->unlocked[MDM_ROLE_CUSTOMER];
    struct mdm_change change = mdm_run_begin(run);

    begin_step(run, 3, choice->facts);
    if (mdm_run_check_readable(&run->state->inputs, err) != 0 || mdm_check_push(state, err) != 0)
        return -1;
    notify_choice(run, choice);
    mdm_run_tell(run, MDM_EVENT_NOTE, mdm_check(state, MDM_FOUND_OTHER_CUSTOMER, &run->found));
    if (mdm_run_unlock(run, MDM_ROLE_CUSTOMER, err) != 0)
        return -1;
    if (!mdm_key_id_equal(&unlocked->id, &facts->key_id)) /* a locked key tells only now */
        return mdm_error_set(err, MDM_E_REFUSED,
                             "'%s' was not issued for '" OUT_KEY "': that file holds another key" MDM_HINT
                             "Put back the customer.key that was there when plist_encode was made (a backup, or "
                             "outputs/archive/). If it is lost, run `mdmvendor 2`, upload the new plist_encode.txt, "
                             "and press Renew on the row '%s'.",
                             choice->file->path, facts->common_name);
    /* Of a key that was not encrypted: the pfx that is replaced may have the password that the new one gets. */
    if (state->pfx_is_closed && unlocked->password == NULL &&
        (unlocked->password = run->callbacks->new_password(run->callbacks->ctx, MDM_ROLE_CUSTOMER, err)) == NULL)
        return -1;
    if (guard_closed_pfx(run, facts, err) != 0)
        return -1;
    mdm_run_put_key(run, &change, MDM_ROLE_CUSTOMER, choice->cert);
    mdm_run_put_cert(&change, MDM_OUTPUTS, MDM_NAME_RECORD, choice->cert);
    if (state->record.cert != NULL && !mdm_cert_equal(state->record.cert, choice->cert))
        (void)mdm_names_add(&change.list.spent, state->record.facts->sha256, &change.problem);
    if (is_in_inputs(choice))
        mdm_change_use(&change, choice->file->name, choice->file->digest);
    if (mdm_run_commit(run, &change, err) != 0)
        return -1;
    run->result->made_pfx = true;
    mdm_notify(run->callbacks, MDM_EVENT_DID,
               "Checked: the pfx opens with its password, and holds the certificate and its key.");
    return 0;
}

int mdm_run_restore(struct mdm_run *run, enum mdm_role role, struct mdm_error *err)
{
    const struct mdm_file *key = run->state->restore[role].key, *csr = run->state->restore[role].csr;
    /* Of the archive; NULL: the pfx has the key. */
    const char *folder = key != NULL ? key->archive : csr != NULL ? csr->archive : NULL;
    struct mdm_change change = mdm_run_begin(run);

    if (csr != NULL)
        mdm_change_put_archived(&change, csr->archive, MDM_OUTPUTS, csr->name, csr->digest);
    if (key != NULL && folder != NULL)
        mdm_change_put_archived(&change, folder, MDM_OUTPUTS, key->name, key->digest);
    else if (key != NULL && mdm_run_unlock_bytes(run, role, &key->bytes, key->path, &change.problem) == 0)
        mdm_run_put_key(run, &change, role, NULL);
    if (mdm_run_commit(run, &change, err) != 0)
        return -1;
    mdm_notify(run->callbacks, MDM_EVENT_DID,
               "Apple's certificate belongs to an earlier %s key: restored that key from outputs/%s%s.",
               mdm_roles[role].whose, folder != NULL ? MDM_NAME_ARCHIVE "/" : MDM_NAME_PFX,
               folder != NULL ? folder : "");
    return 0;
}
