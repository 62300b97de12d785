/* Step 3: the customer's key and the push certificate, packed for the MDM server; and the record of it. */
#include <stdio.h>
#include <string.h>

#include "flow/run.h"

#define OUT_PFX "outputs/" MDM_NAME_PFX

/* A key file that is locked tells only now whose key it is. */
static int check_key(const struct mdm_run *run, const char *path, const struct mdm_cert_facts *facts,
                     struct mdm_error *err)
{
    if (mdm_key_id_equal(&run->unlocked[MDM_ROLE_CUSTOMER].id, &facts->key_id))
        return 0;
    mdm_error_set(err, MDM_E_REFUSED,
                  "'%s' was not issued for 'outputs/" MDM_NAME_CUSTOMER_KEY "': that file holds "
                  "another key",
                  path);
    return mdm_error_hint(err,
                          "Put back the customer.key that was there when plist_encode was made (a backup, or "
                          "outputs/archive/). If it is lost, run `mdmvendor 2`, upload the new plist_encode.txt, and "
                          "press Renew on the row '%s'.",
                          facts->common_name);
}

/* The password of the pfx is the customer key's; a key without one needs a password now. */
static int settle_password(struct mdm_run *run, struct mdm_error *err)
{
    struct mdm_unlocked *unlocked = &run->unlocked[MDM_ROLE_CUSTOMER];

    if (unlocked->password == NULL)
        unlocked->password = run->callbacks->new_password(run->callbacks->ctx, MDM_ROLE_CUSTOMER, err);
    if (unlocked->password == NULL)
        return -1;
    for (const char *c = mdm_secret_text(unlocked->password); *c != '\0'; c++) {
        if (*c < ' ' || *c > '~') {
            mdm_run_notify(run, MDM_EVENT_WARNING, OUT_PFX,
                           "the customer key's password, and so the pfx's, is not printable ASCII: Java (WSO2 IoT "
                           "Server) cannot open such a file");
            break;
        }
    }
    return 0;
}

static int guard_unknown_topic(const struct mdm_run *run, const struct mdm_certs *held,
                               const struct mdm_cert_facts *facts, struct mdm_error *err)
{
    for (size_t i = 0; i < held->count; i++) {
        const struct mdm_cert_facts *old = mdm_cert_facts(held->items[i]);

        if (old->kind != MDM_CERT_PUSH || strcmp(old->topic, facts->topic) == 0)
            continue;
        if (run->options->accept_new_topic || run->accepts_topic)
            return 0;
        mdm_error_set(err, MDM_E_REFUSED,
                      "the topic changed: the new push certificate is for %s, and '" OUT_PFX "' holds one for %s",
                      facts->topic, old->topic);
        return mdm_error_hint(err,
                              "At %s, press Renew on the row '%s'. To change the topic on purpose, use "
                              "--accept-new-topic.",
                              run->state->portals[MDM_ROLE_CUSTOMER], old->common_name);
    }
    return 0;
}

/* What the pfx holds is known nowhere: it is opened before it is replaced, and its topic counts. */
static int guard_closed_pfx(const struct mdm_run *run, const struct mdm_cert_facts *facts, struct mdm_error *err)
{
    const struct mdm_secret *password = run->unlocked[MDM_ROLE_CUSTOMER].password;
    struct mdm_p12 held;
    int result = -1;

    if (!run->state->pfx_is_closed)
        return 0;
    if (mdm_p12_read(&run->state->pfx->bytes, OUT_PFX, password, &held, NULL) == 0 &&
        held.cert_problem.code == MDM_OK) {
        result = guard_unknown_topic(run, &held.certs, facts, err);
    } else if (run->options->accept_new_topic) {
        result = 0;
    } else {
        mdm_error_set(err, MDM_E_REFUSED,
                      "'" OUT_PFX "' does not open with the customer key's password, so that the "
                      "topic in it is not known");
        mdm_error_hint(err, "If it is of no use any more, move it out of outputs/; if its topic does not matter, use "
                            "--accept-new-topic.");
    }
    mdm_p12_free(&held);
    return result;
}

int mdm_run_put_record(struct mdm_change *change, const struct mdm_cert *cert, struct mdm_error *err)
{
    struct mdm_bytes pem = {0};
    int result = mdm_cert_append_pem(cert, &pem, err);

    if (result == 0)
        result = mdm_change_put(change, MDM_OUTPUTS, MDM_NAME_RECORD, &pem, MDM_MODE_PUBLIC, err);
    mdm_bytes_free(&pem);
    return result;
}

/* pfx and record, and what they replace. */
static int commit(struct mdm_run *run, const struct mdm_choice *choice, const struct mdm_bytes *pfx,
                  struct mdm_error *err)
{
    const struct mdm_cert *old = run->state->record.cert;
    struct mdm_change *change = mdm_change_new(run->command, err);
    int result = -1;

    if (change == NULL)
        return -1;
    if (mdm_change_put(change, MDM_OUTPUTS, MDM_NAME_PFX, pfx, MDM_MODE_PRIVATE, err) != 0 ||
        mdm_run_put_record(change, choice->cert, err) != 0)
        goto out;
    if ((run->state->facts & MDM_FACT_REQUEST) == 0)
        mdm_change_always_list(change); /* more follows in this run, and undo is about all of it */
    if (old != NULL && !mdm_cert_equal(old, choice->cert) &&
        mdm_change_spend(change, mdm_cert_facts(old)->sha256, err) != 0)
        goto out;
    if (choice->file->from_inputs && choice->file->archive == NULL &&
        mdm_change_use(change, choice->file->name, choice->file->digest, err) != 0)
        goto out;
    result = mdm_run_commit(run, &change, err);
out:
    mdm_change_free(&change);
    return result;
}

static void notify_choice(const struct mdm_run *run, const struct mdm_choice *choice)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(choice->cert);
    long days = mdm_time_days(mdm_run_now(run), facts->not_after);

    if (run->state->topic != NULL && strcmp(run->state->topic, facts->topic) != 0)
        mdm_run_notify(run, MDM_EVENT_WARNING, NULL,
                       "the topic changes from %s to %s: every device must be enrolled again", run->state->topic,
                       facts->topic);
    if (run->state->customer.csr != NULL && run->state->customer.id_known &&
        !mdm_key_id_equal(mdm_csr_key_id(run->state->customer.csr->csr), &facts->key_id))
        mdm_run_notify(run, MDM_EVENT_WARNING, run->state->customer.csr->path,
                       "'%s' is not the CSR of this certificate's key", run->state->customer.csr->path);
    if (choice->fitting > 1)
        mdm_run_notify(run, MDM_EVENT_CHOSEN, choice->file->path,
                       "of %zu certificates that fit, it is the one that expires last", choice->fitting);
    if (days < run->options->warn_days)
        mdm_run_notify(run, MDM_EVENT_WARNING, choice->file->path, "the push certificate '%s' expires in %ld days",
                       choice->file->path, days);
}

int mdm_run_pfx_step(struct mdm_run *run, struct mdm_error *err)
{
    const struct mdm_state *state = run->state;
    const struct mdm_choice *choice = state->push_cert.cert != NULL ? &state->push_cert : &state->record;
    const struct mdm_cert_facts *facts = mdm_cert_facts(choice->cert);
    struct mdm_unlocked *unlocked = &run->unlocked[MDM_ROLE_CUSTOMER];
    struct mdm_bytes pfx = {0};
    int result = -1;

    mdm_run_notify_step(run, MDM_EVENT_STEP_BEGINS, 3, facts);
    if (mdm_run_check_inputs(run, err) != 0 || mdm_state_push_is_refused(state, err))
        return -1;
    notify_choice(run, choice);
    if (mdm_run_unlock(run, MDM_ROLE_CUSTOMER, err) != 0 || check_key(run, choice->file->path, facts, err) != 0 ||
        settle_password(run, err) != 0 || guard_closed_pfx(run, facts, err) != 0)
        goto out;
    if (mdm_p12_make(unlocked->key, choice->cert, unlocked->password, run->options->pfx, &pfx, err) != 0 ||
        commit(run, choice, &pfx, err) != 0)
        goto out;
    run->made_pfx = true;
    mdm_run_notify_step(run, MDM_EVENT_STEP_DONE, 3, facts);
    result = 0;
out:
    mdm_bytes_free(&pfx);
    return result;
}

int mdm_run_write_record(struct mdm_run *run, struct mdm_error *err)
{
    struct mdm_change *change = mdm_change_new(run->command, err);
    int result = -1;

    if (change == NULL)
        return -1;
    if (mdm_run_put_record(change, run->state->record.cert, err) == 0)
        result = mdm_run_commit(run, &change, err);
    mdm_change_free(&change);
    return result;
}
