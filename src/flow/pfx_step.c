/* Step 3: the customer's key and the push certificate, packed for the MDM server. */
#include <stdio.h>
#include <string.h>

#include "flow/run.h"

#define OUT_PFX "outputs/" MDM_NAME_PFX

static int check_dates(const struct mdm_run *run, const char *path, const struct mdm_cert_facts *facts,
                       struct mdm_error *err)
{
    mdm_time now = mdm_run_now(run);
    char day[MDM_TIME_TEXT_MAX];
    long days;

    if (now > facts->not_after) {
        mdm_time_format_day(facts->not_after, day);
        mdm_error_set(err, MDM_E_EXPIRED, "the push certificate '%s' expired on %s", path, day);
        return mdm_error_hint(err,
                              "Run `mdmvendor renew` and press Renew on the row '%s' at identity.apple.com/pushcert.",
                              facts->common_name);
    }
    if (now < facts->not_before) {
        mdm_time_format_day(facts->not_before, day);
        mdm_error_set(err, MDM_E_REFUSED, "the push certificate '%s' is not valid before %s", path, day);
        return mdm_error_hint(err, "Check this machine's clock.");
    }
    days = mdm_time_days(now, facts->not_after);
    if (days < run->options->warn_days)
        mdm_run_tell(run, MDM_EVENT_WARNING, path, "the push certificate '%s' ends in %ld days", path, days);
    return 0;
}

/* Devices are enrolled with a topic: another one means that every device must be enrolled again. */
static int guard_topic(const struct mdm_run *run, const struct mdm_cert_facts *facts, struct mdm_error *err)
{
    const struct mdm_cert *previous = mdm_survey_previous_push(run->survey, run->survey->push_cert.cert);
    const struct mdm_cert_facts *old = previous != NULL ? mdm_cert_facts(previous) : NULL;
    int accepted;

    if (old == NULL || strcmp(old->topic, facts->topic) == 0)
        return 0;
    accepted = run->callbacks->accept_topic(run->callbacks->self, old->topic, facts->topic, err);
    if (accepted == 1)
        mdm_run_tell(run, MDM_EVENT_WARNING, NULL,
                     "the topic changes from %s to %s: every device must be enrolled again", old->topic, facts->topic);
    if (accepted != 0)
        return accepted == 1 ? 0 : -1;
    mdm_error_set(
        err, MDM_E_REFUSED,
        "the topic changed: '%s' is for %s, the devices are enrolled with %s, and every one of them would be lost",
        run->survey->push_cert.item->path, facts->topic, old->topic);
    return mdm_error_hint(
        err,
        "At identity.apple.com/pushcert, with the Apple account of last time, press Renew on the row "
        "'%s' (not \"Create a Certificate\"), upload outputs/plist_encode.txt, and put the download into "
        "inputs/ in place of this one. To change the topic on purpose, use --accept-new-topic.",
        old->common_name);
}

/* A key file that is locked tells only now whose key it is. */
static int check_key(const struct mdm_run *run, const char *path, const struct mdm_cert_facts *facts,
                     struct mdm_error *err)
{
    struct mdm_key_id id;

    if (mdm_key_get_id(run->customer.key, &id, err) != 0)
        return -1;
    if (mdm_key_id_equal(&id, &facts->key_id))
        return 0;
    mdm_error_set(err, MDM_E_REFUSED, "'%s' was not issued for '%s': that file holds another key now", path,
                  run->survey->customer.key->path);
    return mdm_error_hint(err,
                          "Put back the customer.key that was there when plist_encode was made (a backup, or "
                          "outputs/archive/). If it is lost, run `mdmvendor 2`, upload the new plist_encode, and "
                          "press Renew on the row '%s'.",
                          facts->common_name);
}

/* The password of the pfx is the customer key's; a key without one needs a password now. */
static int settle_password(struct mdm_run *run, struct mdm_error *err)
{
    const struct mdm_callbacks *callbacks = run->callbacks;

    if (run->customer.password == NULL)
        run->customer.password = callbacks->new_password(callbacks->self, MDM_ROLE_CUSTOMER, err);
    if (run->customer.password == NULL)
        return -1;
    for (const char *c = mdm_secret_text(run->customer.password); *c != '\0'; c++) {
        if (*c < ' ' || *c > '~') {
            mdm_run_tell(
                run, MDM_EVENT_WARNING, OUT_PFX,
                "the customer key's password, and so the pfx's, is not printable ASCII: Java (WSO2 IoT Server) "
                "cannot open such a file");
            break;
        }
    }
    return 0;
}

static int write_pfx(struct mdm_run *run, const struct mdm_bytes *pfx, struct mdm_error *err)
{
    struct mdm_archive *archive = mdm_archive_begin(run->workspace, mdm_run_now(run), err);
    int result;

    if (archive == NULL)
        return -1;
    result = mdm_archive_keep_output(archive, MDM_NAME_PFX, err);
    mdm_run_archived(run, &archive);
    if (result != 0)
        return -1;
    return mdm_run_write(run, MDM_NAME_PFX, pfx, MDM_MODE_PRIVATE, err);
}

int mdm_run_pfx_step(struct mdm_run *run, struct mdm_error *err)
{
    const struct mdm_choice *choice = &run->survey->push_cert;
    const struct mdm_cert_facts *facts = mdm_cert_facts(choice->cert);
    struct mdm_event begins = {.kind = MDM_EVENT_STEP_BEGINS, .step = 3, .cert = facts};
    struct mdm_event done = {.kind = MDM_EVENT_STEP_DONE, .step = 3, .cert = facts};
    struct mdm_bytes pfx = {0};
    int result = -1;

    run->callbacks->tell(run->callbacks->self, &begins);
    if (choice->fitting > 1)
        mdm_run_tell(run, MDM_EVENT_CHOSEN, choice->item->path,
                     "of %zu certificates that fit, it is the one that expires last", choice->fitting);
    if (mdm_run_check_inputs(run, err) != 0 || check_dates(run, choice->item->path, facts, err) != 0 ||
        guard_topic(run, facts, err) != 0)
        goto out;
    if (mdm_run_unlock(run, MDM_ROLE_CUSTOMER, err) != 0 || check_key(run, choice->item->path, facts, err) != 0 ||
        settle_password(run, err) != 0)
        goto out;
    if (mdm_p12_make(run->customer.key, choice->cert, run->customer.password, run->options->pfx, &pfx, err) != 0 ||
        write_pfx(run, &pfx, err) != 0)
        goto out;
    run->made_pfx = true;
    run->callbacks->tell(run->callbacks->self, &done);
    result = 0;
out:
    mdm_bytes_free(&pfx);
    return result;
}
