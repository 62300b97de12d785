/* What is wrong in a work folder, or should be known about it: see state.h. */
#include "flow/state.h"

#include <stdio.h>

#define OUT_PFX "outputs/" MDM_NAME_PFX
#define IN_CSR  "inputs/" MDM_NAME_INPUT_CSR

/* Candidates with different topics are listed: a person has to say which one is meant. */
static int refuse_several(const struct mdm_state *state, struct mdm_error *err)
{
    enum mdm_match match = mdm_state_match_cert(state, MDM_ROLE_CUSTOMER, state->refused.cert);
    char list[MDM_ERROR_TEXT_MAX / 2] = "";
    size_t used = 0;

    for (struct mdm_each each = {.files = &state->inputs}; mdm_each_cert(&each);)
        if (mdm_state_is_candidate(state, MDM_ROLE_CUSTOMER, each.file) &&
            mdm_state_match_cert(state, MDM_ROLE_CUSTOMER, each.cert) == match && used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s'%s' for %s", used > 0 ? ", " : "",
                                     each.file->path, each.facts->topic);
    mdm_error_set(err, MDM_E_REFUSED,
                  "inputs/ holds push certificates with different topics, and it is not clear which one is meant: %s",
                  list);
    if (state->topic == NULL)
        return mdm_error_hint(err, "Keep only the one to be used in inputs/, and move the others away.");
    return mdm_error_hint(
        err,
        "Keep only the one with the topic in use, %s, in inputs/. If it is not among them, press Renew "
        "on the row '%s' at %s, and put that download there alone. To change the topic on purpose, "
        "keep only the one to be used, and use --accept-new-topic.",
        state->topic, state->last_push->common_name, state->portals[MDM_ROLE_CUSTOMER]);
}

int mdm_check_push(const struct mdm_state *state, struct mdm_error *err)
{
    const struct mdm_choice *push = state->refused.cert != NULL ? &state->refused : &state->push_cert;
    const struct mdm_cert_facts *facts = push->facts;

    if (facts == NULL)
        return 0;
    if (state->refused_is_one_of_several)
        return refuse_several(state, err);
    if (state->refused.cert != NULL)
        return mdm_error_set(err, MDM_E_REFUSED,
                             "the topic changed: '%s' is for %s, but the devices are enrolled with %s, and every one "
                             "of them would have to be enrolled again" MDM_HINT
                             "%sAt %s, with the same Apple account as last time, press Renew on the row '%s' (not "
                             "\"Create a Certificate\"), upload %s, and put the download into inputs/ in place of "
                             "this one. To change the topic on purpose, use --accept-new-topic.",
                             push->file->path, facts->topic, state->topic,
                             state->record.cert != NULL && !state->renewing
                                 ? "If you do not need it, remove it from inputs/: the one in use is not affected. "
                                 : "",
                             state->portals[MDM_ROLE_CUSTOMER], state->last_push->common_name,
                             mdm_upload_words(state, MDM_ROLE_CUSTOMER));
    if (state->now > facts->not_after)
        return mdm_error_set(err, MDM_E_EXPIRED,
                             "the push certificate '%s' expired on %s" MDM_HINT
                             "Run `mdmvendor renew` and press Renew on the row '%s' at %s.",
                             push->file->path, facts->last_day, facts->common_name, state->portals[MDM_ROLE_CUSTOMER]);
    if (state->now >= facts->not_before)
        return 0;
    return mdm_error_set(err, MDM_E_REFUSED,
                         "the push certificate '%s' is not valid before %s, and is judged as of %s" MDM_HINT
                         "Check this machine's clock, or the day that --at gives.",
                         push->file->path, mdm_time_format(facts->not_before).text, mdm_time_format(state->now).text);
}

const char *mdm_upload_words(const struct mdm_state *state, enum mdm_role role)
{
    if (role == MDM_ROLE_VENDOR)
        return "outputs/vendor.csr (certificate type \"MDM CSR\")";
    return (state->facts & MDM_FACT_CUSTOMER_ONLY) != 0 ? "the request that your vendor made from outputs/customer.csr"
                                                        : "outputs/plist_encode.txt";
}

const char *mdm_new_key_words(const struct mdm_state *state, enum mdm_role role)
{
    bool alone = (state->facts & MDM_FACT_CUSTOMER_ONLY) != 0;

    if (role == MDM_ROLE_VENDOR)
        return "run `mdmvendor 1`";
    if (alone && state->renewal != NULL)
        return "run `mdmvendor renew --abandon`, then `mdmvendor renew`";
    if (!state->renewing && state->to_renew != NULL)
        return "run `mdmvendor renew`";
    /* Step 2 also in a renewal, where it keeps the vendor's new certificate. */
    return alone
               ? "move outputs/customer.key and outputs/customer.csr (whichever is there) away and run `mdmvendor csr`"
               : "run `mdmvendor 2`";
}

int mdm_check_key(const struct mdm_state *state, enum mdm_role role, struct mdm_error *err)
{
    bool vendor = role == MDM_ROLE_VENDOR;
    const struct mdm_choice *cert = vendor ? &state->vendor_cert : &state->push_cert;
    const struct mdm_file *file = mdm_state_output(state, mdm_roles[role].key_name);
    const struct mdm_file *csr = mdm_state_side(state, role)->csr;
    bool issued = cert->cert != NULL && cert->file->from_inputs;
    const struct mdm_file *left = issued ? cert->file : csr != NULL ? csr : vendor ? state->request : NULL;
    bool damaged = file != NULL && (file->kind == MDM_FILEKIND_PRIVATE_KEY || file->kind == MDM_FILEKIND_DAMAGED);
    const char *how = issued ? "was issued for it" : csr != NULL ? "was made with it" : "was signed with it";
    bool renews = !vendor && state->to_renew != NULL;
    char found[MDM_ERROR_TEXT_MAX];

    /* A renewal that waits for the vendor's certificate has no customer's key yet, and a push certificate that was
     * imported alone never had one. */
    if ((vendor && state->vendor.given) ||
        (file != NULL
             ? file->key.is_key
             : left == NULL && (!renews || state->renewing || !mdm_state_has_had(state, MDM_NAME_CUSTOMER_KEY))))
        return 0;
    if (file == NULL && left == NULL)
        (void)snprintf(found, sizeof found, "'%s' is missing, and the push certificate in use is '%s' (topic %s)",
                       mdm_roles[role].key_path, state->to_renew->common_name, state->to_renew->topic);
    else if (file == NULL)
        (void)snprintf(found, sizeof found, "'%s' is missing, but '%s' %s", mdm_roles[role].key_path, left->path, how);
    else /* something else is in its place */
        (void)snprintf(found, sizeof found, "'%s' %s%s, but the %s's private key is expected there", file->path,
                       file->outcome == MDM_FILE_READ ? "is " : "",
                       file->outcome != MDM_FILE_READ ? file->info.words
                       : damaged                      ? "damaged or incomplete"
                                                      : mdm_filekind_words(file->kind),
                       mdm_roles[role].whose);
    return mdm_error_set(err, MDM_E_FAILED,
                         "%s" MDM_HINT "Put the key back from a backup%s: certificates issued for it are useless "
                         "without it. To %s with a new key, %s.",
                         found, vendor ? ", or name it with --vendor-key (a file, or pkcs11:... in a token)" : "",
                         renews ? "keep the topic" : "start over", mdm_new_key_words(state, role));
}

/* The sentence of a finding that holds. */
static int refuse(const struct mdm_state *state, enum mdm_finding finding, struct mdm_error *err)
{
    const struct mdm_list *renewal = state->renewal;
    const char *portal = state->portals[MDM_ROLE_CUSTOMER];

    switch (finding) {
    case MDM_FOUND_CUSTOMERS_KEY:
        return mdm_error_set(err, MDM_E_REFUSED, "the customer made '" IN_CSR "' and has the key");
    case MDM_FOUND_OTHER_CUSTOMER:
        return mdm_error_set(err, MDM_E_REFUSED, "'" IN_CSR "' is another customer's CSR and is left alone%s",
                             (state->facts & MDM_FACT_CUSTOMER_ONLY) != 0 ? "" : " (`mdmvendor 4` signs it)");
    case MDM_FOUND_TOPIC_LOST:
        return mdm_error_set(err, MDM_E_REFUSED,
                             "a push certificate was in use here, and no file tells its topic any more: with another "
                             "topic, every device has to be enrolled again" MDM_HINT
                             "At %s, press Renew on the row of that certificate (not \"Create a Certificate\"), with "
                             "the request that `mdmvendor` makes.",
                             portal);
    case MDM_FOUND_RENEWAL:
        return mdm_error_set(err, MDM_E_REFUSED, "a renewal is under way%s%s" MDM_HINT "Finish it with `mdmvendor`%s.",
                             renewal != NULL ? "; the files that it replaced are in outputs/archive/"
                                             : ": the key in outputs/ is newer than the push certificate in use",
                             renewal != NULL ? renewal->folder : "",
                             renewal != NULL ? ", or put them back with `mdmvendor renew --abandon`" : "");
    case MDM_FOUND_OLDER_KEY:
        return mdm_error_set(err, MDM_E_REFUSED,
                             "'outputs/" MDM_NAME_CUSTOMER_KEY "' is an older key, not that of the push certificate in "
                             "use" MDM_HINT
                             "Move it out of outputs/, then run `mdmvendor`: it restores the right one.");
    case MDM_FOUND_CLOSED_PFX:
        if (state->has_pfx)
            return mdm_error_set(err, MDM_E_REFUSED,
                                 "it is not known which certificate '" OUT_PFX "' holds" MDM_HINT
                                 "Put that push certificate into inputs/ (download it at %s) and run `mdmvendor`.",
                                 portal);
        return mdm_error_set(err, MDM_E_REFUSED, /* it may stand for a certificate that is in use */
                             "'" OUT_PFX "' is damaged, and nothing here tells which certificate it holds" MDM_HINT
                             "Put it back from a backup. If there is none, move it out of outputs/, run the command "
                             "again, and press Renew on the old certificate's row.");
    case MDM_FOUND_ODD_RECORD:
        return mdm_error_set(err, MDM_E_REFUSED,
                             "'outputs/" MDM_NAME_RECORD "' is not the certificate that '" OUT_PFX
                             "' holds, and is ignored" MDM_HINT "Delete that file: the next run writes the right one.");
    default: /* MDM_FOUND_NO_MARKER */
        return mdm_error_set(err, MDM_E_REFUSED,
                             "'%s' lacks the mark of an MDM vendor certificate (OID 1.2.840.113635.100.4.12): Apple's "
                             "portal may refuse what it signs",
                             state->vendor_cert.file->path);
    }
}

int mdm_check(const struct mdm_state *state, enum mdm_finding finding, struct mdm_error *err)
{
    const struct mdm_choice *vendor = &state->vendor_cert;
    const bool holds[] = {
        [MDM_FOUND_CUSTOMERS_KEY] = state->signs_other_csr,
        [MDM_FOUND_OTHER_CUSTOMER] = state->other_csr != NULL && !state->signs_other_csr,
        [MDM_FOUND_TOPIC_LOST] = state->topic_is_lost,
        [MDM_FOUND_RENEWAL] = state->renewing,
        [MDM_FOUND_OLDER_KEY] = state->key_is_older,
        [MDM_FOUND_CLOSED_PFX] = state->pfx_is_closed,
        [MDM_FOUND_ODD_RECORD] = state->record_is_odd,
        [MDM_FOUND_NO_MARKER] = vendor->cert != NULL && !vendor->facts->vendor_marker,
    };

    return holds[finding] ? refuse(state, finding, err) : 0;
}

int mdm_refuse_kind(const struct mdm_file *file, const char *found, const char *expected, struct mdm_error *err)
{
    bool unreadable = file->kind == MDM_FILEKIND_UNKNOWN || file->kind == MDM_FILEKIND_EMPTY ||
                      file->kind == MDM_FILEKIND_UTF16 || file->kind == MDM_FILEKIND_DAMAGED;

    return mdm_error_set(err, unreadable ? MDM_E_FAILED : MDM_E_REFUSED, "'%s' is %s, but %s is expected here",
                         file->path, found, expected);
}

int mdm_check_other_csr(const struct mdm_state *state, struct mdm_error *err)
{
    const struct mdm_file *file = state->other_csr;
    const struct mdm_key_id *vendor = state->vendor.id_known ? &state->vendor.id : NULL;

    if (file->csr != NULL && file->kind == MDM_FILEKIND_CSR)
        return mdm_csr_check(file->csr, file->path, vendor, err);
    (void)mdm_check_readable(file, err); /* the first of these stays */
    if (file->kind == MDM_FILEKIND_CSR)
        mdm_error_set(err, MDM_E_FAILED, "%s", file->trouble.text);
    mdm_refuse_kind(file, file->kind == MDM_FILEKIND_DAMAGED ? "damaged or incomplete" : mdm_filekind_words(file->kind),
                    "the customer's certificate signing request (CSR)", err);
    return mdm_error_hint(
        err, "%s",
        file->key.is_key ? "A private key stays with its owner: delete this file, and ask the customer for a CSR "
                           "with a new key, because a key that was sent around is no longer private."
        : state->signs_other_csr ? "Put the customer's CSR there. (Without that file, step 2 makes key and CSR here.)"
                                 : "Put the customer's CSR there.");
}

int mdm_check_expiry(const struct mdm_state *state, const struct mdm_cert_facts *cert, int days, struct mdm_error *err)
{
    char days_left[32];

    if (cert == NULL || cert->not_after - state->now > days * MDM_DAY)
        return 0;
    bool push = cert->kind == MDM_CERT_PUSH, over = state->now > cert->not_after;
    long left = mdm_time_days(state->now, cert->not_after);
    (void)snprintf(days_left, sizeof days_left, "%ld day%s", left, left == 1 ? "" : "s");
    if (over)
        mdm_error_set(err, MDM_E_EXPIRED, "the %s '%s' expired on %s%s", mdm_cert_words(cert->kind), cert->common_name,
                      cert->last_day, push ? ": Apple accepts no push with it" : "");
    else
        mdm_error_set(err, MDM_E_REFUSED, "the %s '%s' expires on %s, in %s", mdm_cert_words(cert->kind),
                      cert->common_name, cert->last_day, left == 0 ? "less than a day" : days_left);
    if (!push)
        return mdm_hint_vendor(state, err);
    if (state->renewing && cert == state->record.facts)
        return mdm_error_hint(err, "Finish the renewal.");
    if (!over)
        return mdm_error_hint(err, "Renew it: `mdmvendor renew`.");
    return mdm_error_hint(err,
                          "Run `mdmvendor renew` at once, and press Renew on the row '%s' at %s: the topic stays the "
                          "same, if Apple still allows it.",
                          cert->common_name, state->portals[MDM_ROLE_CUSTOMER]);
}

int mdm_hint_vendor(const struct mdm_state *state, struct mdm_error *err)
{
    bool here = state->vendor.csr_matches, given = state->vendor_cert_given && state->vendor_cert.cert != NULL;

    return mdm_error_hint(err, "%s at %s%s (certificate type \"MDM CSR\") and put the new certificate %s%s%s.",
                          here ? "Upload outputs/" MDM_NAME_VENDOR_CSR
                               : "`mdmvendor 1 --keep-key` makes a CSR for the same key: upload that",
                          state->portals[MDM_ROLE_VENDOR], here ? " again" : "",
                          given ? "in place of '" : "into inputs/", given ? state->vendor_cert.file->path : "",
                          given ? "'" : "");
}

int mdm_check_readable(const struct mdm_file *file, struct mdm_error *err)
{
    if (file->outcome == MDM_FILE_READ)
        return 0;
    mdm_error_set(err, MDM_E_FAILED, "'%s' %s", file->path, file->info.words);
    if (file->outcome == MDM_FILE_UNREADABLE)
        mdm_error_hint(err,
                       "Nothing is done without that file. Check whose it is (`ls -l %s`) and whether the disk is "
                       "healthy.",
                       MDM_QUOTED(file->path));
    return -1;
}

int mdm_check_mode(const char *path, uint32_t mode, struct mdm_error *err)
{
    if ((mode & 077u) == 0)
        return 0;
    return mdm_error_set(err, MDM_E_REFUSED,
                         "'%s' can be read by others (mode %04o)" MDM_HINT
                         "Run: chmod 600 %s. (If that changes nothing, the file system keeps no modes: a work folder "
                         "elsewhere is safer.)",
                         path, (unsigned)mode, MDM_QUOTED(path));
}

int mdm_check_encrypted(const char *path, const struct mdm_key_facts *key, struct mdm_error *err)
{
    if (!key->is_key || key->encrypted)
        return 0;
    return mdm_error_set(err, MDM_E_REFUSED, "'%s' is not encrypted: anybody who gets the file has the key", path);
}
