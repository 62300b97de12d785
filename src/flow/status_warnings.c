/* What a person should know about a work folder although nothing stops: the warnings of a status. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/renewal.h"
#include "flow/status_parts.h"

static int warn(const struct mdm_looking *looking, struct mdm_error *err, const char *format, ...) MDM_PRINTF(3, 4);

static int warn(const struct mdm_looking *looking, struct mdm_error *err, const char *format, ...)
{
    char text[MDM_ERROR_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return mdm_texts_add(&looking->out->warnings, text, err);
}

static const char *remedy(const struct mdm_looking *looking, const char *role)
{
    if (strcmp(role, "push") == 0)
        return mdm_renewal_folder(looking->survey) != NULL ? "finish the renewal" : "renew it by `mdmvendor renew`";
    if (strcmp(role, "vendor") != 0)
        return "put a newer one from https://www.apple.com/certificateauthority/ into inputs/";
    if ((looking->survey->facts & MDM_FACT_REQUEST) == 0)
        return "`mdmvendor 1` begins a new one";
    return "the next renewal fetches a new one, and push certificates already issued stay valid";
}

/* The end of a certificate, near or past. */
static int warn_of_end(const struct mdm_looking *looking, const struct mdm_status_cert *entry, struct mdm_error *err)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(entry->cert);
    const char *place = entry->path != NULL ? entry->path : "a trusted CA";
    const char *what =
        strcmp(entry->role, "root") == 0 || strcmp(entry->role, "intermediate") == 0 ? "CA" : entry->role;
    char day[MDM_TIME_TEXT_MAX];

    if (!mdm_status_ends_soon(looking, entry->cert))
        return 0;
    mdm_time_format_day(facts->not_after, day);
    if (mdm_status_is_over(looking, entry->cert))
        return warn(looking, err, "the %s certificate '%s' (%s) expired on %s; %s", what, facts->common_name, place,
                    day, remedy(looking, entry->role));
    return warn(looking, err, "the %s certificate '%s' (%s) ends on %s, in %ld day%s; %s", what, facts->common_name,
                place, day, entry->days_left, entry->days_left == 1 ? "" : "s", remedy(looking, entry->role));
}

static int warn_of_certs(const struct mdm_looking *looking, struct mdm_error *err)
{
    const struct mdm_status *status = looking->out;
    const struct mdm_choice *vendor = &looking->survey->vendor_cert;
    struct mdm_error refused;

    for (size_t i = 0; i < status->certificate_count; i++) {
        if (status->certificates[i].in_use && warn_of_end(looking, &status->certificates[i], err) != 0)
            return -1;
    }
    /* What is expired was just told. */
    if (looking->chain.code != MDM_OK && looking->chain.code != MDM_E_EXPIRED &&
        warn(looking, err, "%s", looking->chain.text) != 0)
        return -1;
    if (mdm_status_push_is_refused(looking, &refused) && refused.code != MDM_E_EXPIRED &&
        warn(looking, err, "%s", refused.text) != 0)
        return -1;
    if (vendor->cert != NULL && !mdm_cert_facts(vendor->cert)->vendor_marker)
        return warn(
            looking, err,
            "'%s' lacks the mark of an MDM vendor certificate (OID 1.2.840.113635.100.4.12): Apple's portal may "
            "refuse what it signs",
            vendor->item->path);
    return 0;
}

static int warn_of_choice(const struct mdm_looking *looking, const struct mdm_choice *choice, const char *what,
                          struct mdm_error *err)
{
    if (choice->fitting < 2)
        return 0;
    return warn(looking, err, "%zu files in inputs/ fit as %s certificate: '%s', which expires last, is used",
                choice->fitting, what, choice->item->path);
}

/* A certificate for a key that the archive has is none of a mistake: the key comes back when it is needed. */
static bool belongs_to_archive(const struct mdm_survey *survey, enum mdm_role role, const struct mdm_item *item)
{
    for (size_t i = 0; i < item->certs.count; i++) {
        struct mdm_archived archived;

        if (mdm_survey_archived(survey, role, &mdm_cert_facts(item->certs.items[i])->key_id, &archived))
            return true;
    }
    return false;
}

bool mdm_status_is_mistake(const struct mdm_looking *looking, enum mdm_role role, const struct mdm_item *item,
                           struct mdm_error *why)
{
    const struct mdm_survey *survey = looking->survey;
    const struct mdm_side *side = role == MDM_ROLE_VENDOR ? &survey->vendor : &survey->customer;
    enum mdm_role other = role == MDM_ROLE_VENDOR ? MDM_ROLE_CUSTOMER : MDM_ROLE_VENDOR;

    mdm_error_clear(why);
    if (mdm_survey_judge(survey, role, item, NULL, why) != MDM_FIT_NO ||
        mdm_survey_judge(survey, other, item, NULL, NULL) == MDM_FIT_YES || belongs_to_archive(survey, role, item) ||
        belongs_to_archive(survey, other, item))
        return false;
    if (item->certs.count > 0 && !side->id_known) { /* there is no key yet that it could be wrong for */
        mdm_error_clear(why);
        mdm_error_set(why, MDM_E_REFUSED, "'%s' is a certificate, and its private key is not in this folder",
                      item->path);
    }
    return true;
}

/* In whose place a file of inputs/ lies: its name tells, or else what is due. False: nothing is due. */
static bool place_of(const struct mdm_survey *survey, const struct mdm_item *item, enum mdm_role *role)
{
    *role = MDM_ROLE_VENDOR;
    if (!item->from_inputs || strcmp(item->name, MDM_NAME_VENDOR_CERT) == 0)
        return true;
    if (mdm_step_next(survey->facts) == MDM_ACTION_AWAIT_VENDOR_CERT)
        return true;
    *role = MDM_ROLE_CUSTOMER;
    return strcmp(item->name, MDM_NAME_PUSH_CERT) == 0 || mdm_step_next(survey->facts) == MDM_ACTION_AWAIT_PUSH_CERT;
}

static int warn_of_mistakes(const struct mdm_looking *looking, struct mdm_error *err)
{
    const struct mdm_survey *survey = looking->survey;

    for (size_t i = 0; i < survey->inputs.count; i++) {
        const struct mdm_item *item = &survey->inputs.items[i];
        struct mdm_error why;
        enum mdm_role role;

        if (place_of(survey, item, &role) && mdm_status_is_mistake(looking, role, item, &why) &&
            warn(looking, err, "%s", why.text) != 0)
            return -1;
    }
    return 0;
}

static int warn_of_own_csr(const struct mdm_looking *looking, struct mdm_error *err)
{
    const struct mdm_item *own = looking->survey->own_csr;
    const struct mdm_side *vendor = &looking->survey->vendor;
    struct mdm_error why = {0};

    if (own == NULL)
        return 0;
    if (own->csr == NULL)
        return warn(looking, err, "'%s' is no certificate signing request (CSR) that can be read", own->path);
    if (mdm_csr_check(own->csr, own->path, &why) != 0)
        return warn(looking, err, "%s", why.text);
    if (vendor->id_known && mdm_key_id_equal(mdm_csr_key_id(own->csr), &vendor->id))
        return warn(looking, err, "'%s' carries the vendor's key: the customer needs a key of their own", own->path);
    return 0;
}

/* A file that belongs to its owner alone. */
static int warn_of_secret(const struct mdm_looking *looking, const char *name, struct mdm_error *err)
{
    const struct mdm_item *item = mdm_survey_output(looking->survey, name);
    char text[256];

    if (item == NULL)
        return 0;
    if (item->outcome != MDM_FILE_READ) {
        mdm_file_outcome_text(item->outcome, &item->info, text, sizeof text);
        return warn(looking, err, "'%s' %s", item->path, text);
    }
    if ((item->info.mode & 077u) != 0 &&
        warn(looking, err, "'%s' can be read by others (mode %04o); run: chmod 600 '%s'", item->path,
             (unsigned)item->info.mode, item->path) != 0)
        return -1;
    if (item->kind != MDM_FILEKIND_PKCS12 && item->key.is_key && !item->key.encrypted)
        return warn(looking, err, "'%s' is not encrypted: anybody who gets the file has the key", item->path);
    return 0;
}

static int warn_of_outputs(const struct mdm_looking *looking, struct mdm_error *err)
{
    const struct mdm_dir *outputs = mdm_workspace_outputs(looking->workspace);
    struct mdm_error why = {0};

    if (outputs != NULL && mdm_dir_check_private(outputs, mdm_dir_path(outputs), &why) != 0 &&
        warn(looking, err, "%s", why.text) != 0)
        return -1;
    if (warn_of_secret(looking, MDM_NAME_VENDOR_KEY, err) != 0 ||
        warn_of_secret(looking, MDM_NAME_CUSTOMER_KEY, err) != 0)
        return -1;
    return warn_of_secret(looking, MDM_NAME_PFX, err);
}

static int warn_of_renewal(const struct mdm_looking *looking, struct mdm_error *err)
{
    const char *folder = mdm_renewal_folder(looking->survey);

    if (folder == NULL || (looking->survey->facts & MDM_FACT_PFX) != 0)
        return 0;
    return warn(
        looking, err,
        "a renewal is under way: what it replaces is in outputs/archive/%s (`mdmvendor renew --abandon` puts it "
        "back)",
        folder);
}

/* Keys of vendor_script.sh, which the next run takes over. */
static int warn_of_old_script(const struct mdm_looking *looking, struct mdm_error *err)
{
    static const char *const keys[][2] = {{"vendorPrivateKey.pem", MDM_NAME_VENDOR_KEY},
                                          {"customerPrivateKey.pem", MDM_NAME_CUSTOMER_KEY}};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (mdm_survey_output(looking->survey, keys[i][1]) == NULL &&
            mdm_file_stat(mdm_workspace_root(looking->workspace), keys[i][0], NULL) == MDM_FILE_READ &&
            warn(looking, err, "'%s' is a key of the old script: the next run of `mdmvendor` takes it over by copy",
                 keys[i][0]) != 0)
            return -1;
    }
    return 0;
}

int mdm_status_read_warnings(const struct mdm_looking *looking, struct mdm_error *err)
{
    const struct mdm_survey *survey = looking->survey;

    if (warn_of_certs(looking, err) != 0 || warn_of_choice(looking, &survey->vendor_cert, "vendor", err) != 0 ||
        warn_of_choice(looking, &survey->push_cert, "push", err) != 0 || warn_of_mistakes(looking, err) != 0 ||
        warn_of_own_csr(looking, err) != 0 || warn_of_outputs(looking, err) != 0 ||
        warn_of_old_script(looking, err) != 0)
        return -1;
    return warn_of_renewal(looking, err);
}
