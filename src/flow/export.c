/* The push certificate and its key in the forms that MDM servers load. */
#include "flow/flow.h"

#include "flow/run.h"

int mdm_export_make(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                    struct mdm_export *wanted, struct mdm_error *err)
{
    bool needs_key = wanted->wanted[MDM_EXPORT_PEM] || wanted->wanted[MDM_EXPORT_KEY];
    struct mdm_bytes *files = wanted->files;
    MDM_OWNED(mdm_run_end) struct mdm_run run = {0};
    int result = 0;

    if (mdm_run_open(&run, options, callbacks, NULL, err) != 0)
        return -1;
    /* Step 3 has checked certificate and topic: nothing leaves the folder past it. The pfx that it made has its own
     * key. */
    const struct mdm_state *state = run.state;
    const struct mdm_side *side = &state->customer;
    bool made = (state->facts & MDM_FACT_PFX) != 0 && state->record.cert != NULL;
    bool has_key = made && side->key != NULL && (state->facts & MDM_FACT_CUSTOMER_ARCHIVED) == 0 &&
                   (!side->id_known || mdm_side_has(side, &state->record.facts->key_id));
    if (needs_key ? !has_key : !made) {
        if (mdm_check(state, MDM_FOUND_CUSTOMERS_KEY, err) != 0) {
            mdm_error_context(err, "there is no private key to export");
            return mdm_error_hint(err, "The customer combines the push certificate with that key.");
        }
        if (mdm_check(state, MDM_FOUND_OLDER_KEY, err) != 0 || mdm_check(state, MDM_FOUND_RENEWAL, err) != 0)
            return mdm_error_context(err, "the certificate in use cannot be exported with its key");
        return mdm_error_set(
            err, MDM_E_REFUSED,
            "there is nothing to export: %s" MDM_HINT "Run `mdmvendor`, which says what is next, then export again.",
            made                                                          ? "its key is not at outputs/customer.key"
            : state->push_cert.cert == NULL && state->record.cert == NULL ? "no push certificate is in use here yet"
                                                                          : "step 3 is not done");
    }
    const struct mdm_choice *record = &state->record;
    const struct mdm_unlocked *unlocked = &run.unlocked[MDM_ROLE_CUSTOMER];

    mdm_run_tell(&run, MDM_EVENT_WARNING, mdm_check_expiry(state, record->facts, 0, &run.found));
    if (needs_key && mdm_run_unlock(&run, MDM_ROLE_CUSTOMER, err) != 0)
        return -1;
    /* A customer's key from elsewhere tells only now whose it is. */
    if (needs_key && !mdm_key_id_equal(&unlocked->id, &record->facts->key_id))
        return mdm_error_set(err, MDM_E_REFUSED,
                             "'%s' is not the key of the push certificate in use" MDM_HINT
                             "Run `mdmvendor status` to see what belongs together.",
                             side->key->path);
    if (wanted->wanted[MDM_EXPORT_PEM])
        result |= mdm_cert_append_pem(record->cert, &files[MDM_EXPORT_PEM], err);
    for (int kind = MDM_EXPORT_PEM; kind <= MDM_EXPORT_KEY; kind++)
        if (wanted->wanted[kind])
            result |= mdm_key_to_pem(unlocked->key, wanted->form, NULL, &files[kind], err);
    if (wanted->wanted[MDM_EXPORT_P12])
        result |= mdm_bytes_append(&files[MDM_EXPORT_P12], run.state->pfx->bytes.data, run.state->pfx->bytes.size, err);
    mdm_wipe_traces();
    return result;
}

void mdm_export_free(struct mdm_export *exported)
{
    for (size_t i = 0; i < MDM_EXPORT_KINDS; i++)
        mdm_bytes_free(&exported->files[i]);
}
