/* The certificates of a status: those in use, the CAs above the vendor's, and what else lies in inputs/. */
#include <stdlib.h>
#include <string.h>

#include "flow/renewal.h"
#include "flow/status_parts.h"

bool mdm_status_is_over(const struct mdm_looking *looking, const struct mdm_cert *cert)
{
    return looking->options->at > mdm_cert_facts(cert)->not_after;
}

bool mdm_status_ends_soon(const struct mdm_looking *looking, const struct mdm_cert *cert)
{
    return mdm_cert_facts(cert)->not_after - looking->options->at <= (mdm_time)looking->options->days * MDM_DAY;
}

/* Of a file's push certificates the one that the pfx was made from; any of them when there is no pfx to tell. */
static const struct mdm_cert *pick_push(const struct mdm_item *item, const struct mdm_item *pfx)
{
    for (size_t i = 0; i < item->certs.count; i++) {
        const struct mdm_cert_facts *facts = mdm_cert_facts(item->certs.items[i]);

        if (facts->kind == MDM_CERT_PUSH &&
            (pfx == NULL || pfx->pfx_sha1[0] == '\0' || strcmp(facts->sha1, pfx->pfx_sha1) == 0))
            return item->certs.items[i];
    }
    return NULL;
}

const struct mdm_cert *mdm_status_serving(const struct mdm_looking *looking, const struct mdm_item **item)
{
    const struct mdm_survey *survey = looking->survey;
    const char *folder = mdm_renewal_folder(survey);

    for (size_t i = 0; folder != NULL && i < survey->archive.count; i++) {
        const struct mdm_item *kept = &survey->archive.items[i];
        const struct mdm_cert *cert = kept->from_inputs ? pick_push(kept, survey->pfx) : NULL;

        if (cert != NULL && strcmp(kept->archive, folder) == 0) {
            *item = kept;
            return cert;
        }
    }
    return NULL;
}

bool mdm_status_topic_changes(const struct mdm_looking *looking, const struct mdm_cert_facts **old)
{
    const struct mdm_survey *survey = looking->survey;
    const struct mdm_cert *now = survey->push_cert.cert;
    const struct mdm_cert *previous = mdm_survey_previous_push(survey, now);

    if (now == NULL || previous == NULL || (survey->facts & MDM_FACT_PFX) != 0 ||
        strcmp(mdm_cert_facts(previous)->topic, mdm_cert_facts(now)->topic) == 0)
        return false;
    *old = mdm_cert_facts(previous);
    return true;
}

static const char *role_of(enum mdm_cert_kind kind)
{
    switch (kind) {
    case MDM_CERT_VENDOR:
        return "vendor";
    case MDM_CERT_PUSH:
        return "push";
    case MDM_CERT_INTERMEDIATE:
        return "intermediate";
    case MDM_CERT_ROOT:
        return "root";
    case MDM_CERT_OTHER:
        break;
    }
    return NULL;
}

static bool is_listed(const struct mdm_status *status, const struct mdm_cert *cert)
{
    for (size_t i = 0; i < status->certificate_count; i++) {
        if (mdm_cert_equal(status->certificates[i].cert, cert))
            return true;
    }
    return false;
}

/* `path` may be NULL. A certificate is listed once. */
static int list(struct mdm_looking *looking, const char *role, const char *path, const struct mdm_cert *cert,
                bool in_use, struct mdm_error *err)
{
    struct mdm_status *status = looking->out;
    struct mdm_status_cert *more;
    struct mdm_status_cert *entry;

    if (is_listed(status, cert))
        return 0;
    more = realloc(status->certificates, (status->certificate_count + 1) * sizeof *more);
    if (more == NULL)
        return mdm_error_set(err, MDM_E_FAILED, "out of memory");
    status->certificates = more;
    entry = &more[status->certificate_count++];
    *entry = (struct mdm_status_cert){.role = role, .in_use = in_use};
    entry->days_left = mdm_time_days(looking->options->at, mdm_cert_facts(cert)->not_after);
    entry->cert = mdm_cert_ref(cert);
    entry->path = path != NULL ? strdup(path) : NULL;
    if (entry->cert == NULL || (path != NULL && entry->path == NULL))
        return mdm_error_set(err, MDM_E_FAILED, "out of memory");
    return 0;
}

/* The file of inputs/ that holds the certificate, or NULL. */
static const char *path_in_inputs(const struct mdm_survey *survey, const struct mdm_cert *cert)
{
    for (size_t i = 0; i < survey->inputs.count; i++) {
        const struct mdm_item *item = &survey->inputs.items[i];

        for (size_t j = 0; j < item->certs.count; j++) {
            if (mdm_cert_equal(item->certs.items[j], cert))
                return item->path;
        }
    }
    return NULL;
}

static int list_in_use(struct mdm_looking *looking, const char *role, const struct mdm_cert *cert, const char *path,
                       struct mdm_error *err)
{
    if (mdm_status_ends_soon(looking, cert))
        looking->out->ending = true;
    return list(looking, role, path, cert, true, err);
}

/* CA certificates in inputs/, which complete a chain as in step 2. */
static int collect_extra(const struct mdm_survey *survey, struct mdm_certs *extra, struct mdm_error *err)
{
    for (size_t i = 0; i < survey->inputs.count; i++) {
        const struct mdm_certs *certs = &survey->inputs.items[i].certs;

        for (size_t j = 0; j < certs->count; j++) {
            enum mdm_cert_kind kind = mdm_cert_facts(certs->items[j])->kind;

            if ((kind == MDM_CERT_INTERMEDIATE || kind == MDM_CERT_ROOT) &&
                mdm_certs_add(extra, certs->items[j], err) != 0)
                return -1;
        }
    }
    return 0;
}

/* The CAs above the vendor certificate. Which they are does not depend on the day: when the chain does not hold now, it
 * is looked for as of the day the certificate began. */
static int list_chain(struct mdm_looking *looking, const struct mdm_cert *vendor, struct mdm_error *err)
{
    const struct mdm_trust *trust = looking->options->trust;
    struct mdm_certs extra = {0};
    struct mdm_certs chain = {0};
    int result = -1;

    if (collect_extra(looking->survey, &extra, err) != 0)
        goto out;
    if (mdm_trust_chain(trust, vendor, &extra, looking->options->at, &chain, &looking->chain) != 0) {
        mdm_certs_free(&chain);
        if (mdm_trust_chain(trust, vendor, &extra, mdm_cert_facts(vendor)->not_before, &chain, NULL) != 0)
            mdm_certs_free(&chain);
    }
    for (size_t i = 1; i < chain.count; i++) {
        const struct mdm_cert *ca = chain.items[i];
        const char *path = path_in_inputs(looking->survey, ca);

        if (list(looking, role_of(mdm_cert_facts(ca)->kind), path, ca, true, err) != 0)
            goto out;
    }
    result = 0;
out:
    mdm_certs_free(&extra);
    mdm_certs_free(&chain);
    return result;
}

static int list_others(struct mdm_looking *looking, struct mdm_error *err)
{
    const struct mdm_items *inputs = &looking->survey->inputs;

    for (size_t i = 0; i < inputs->count; i++) {
        for (size_t j = 0; j < inputs->items[i].certs.count; j++) {
            const struct mdm_cert *cert = inputs->items[i].certs.items[j];
            const char *role = role_of(mdm_cert_facts(cert)->kind);

            if (role != NULL && list(looking, role, inputs->items[i].path, cert, false, err) != 0)
                return -1;
        }
    }
    return 0;
}

/* The topic that devices are enrolled with, and the row that carries it. */
static int find_topic(struct mdm_looking *looking, struct mdm_error *err)
{
    const struct mdm_cert *push = looking->survey->push_cert.cert;
    const struct mdm_cert *last = push != NULL ? push : mdm_survey_previous_push(looking->survey, NULL);
    const struct mdm_cert_facts *facts = last != NULL ? mdm_cert_facts(last) : NULL;

    (void)mdm_status_topic_changes(looking, &facts); /* until it is accepted, the old one counts */
    if (facts == NULL)
        return 0;
    looking->out->topic = strdup(facts->topic);
    looking->out->row = strdup(facts->common_name);
    return looking->out->topic != NULL && looking->out->row != NULL ? 0
                                                                    : mdm_error_set(err, MDM_E_FAILED, "out of memory");
}

int mdm_status_read_certs(struct mdm_looking *looking, struct mdm_error *err)
{
    const struct mdm_survey *survey = looking->survey;
    const struct mdm_choice *vendor = &survey->vendor_cert;
    const struct mdm_choice *push = &survey->push_cert;
    const struct mdm_item *kept = NULL;
    const struct mdm_cert *serving = mdm_status_serving(looking, &kept);

    if (vendor->cert != NULL && list_in_use(looking, "vendor", vendor->cert, vendor->item->path, err) != 0)
        return -1;
    if (push->cert != NULL && list_in_use(looking, "push", push->cert, push->item->path, err) != 0)
        return -1;
    if (serving != NULL && list_in_use(looking, "push", serving, kept->path, err) != 0)
        return -1;
    if (vendor->cert != NULL && list_chain(looking, vendor->cert, err) != 0)
        return -1;
    if (list_others(looking, err) != 0)
        return -1;
    return find_topic(looking, err);
}
