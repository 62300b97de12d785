/* What the archive tells a survey: keys that can be brought back, and the topic that devices are enrolled with. */
#include <string.h>

#include "flow/survey.h"

static const char *key_name(enum mdm_role role)
{
    return role == MDM_ROLE_VENDOR ? MDM_NAME_VENDOR_KEY : MDM_NAME_CUSTOMER_KEY;
}

static const char *csr_name(enum mdm_role role)
{
    return role == MDM_ROLE_VENDOR ? MDM_NAME_VENDOR_CSR : MDM_NAME_CUSTOMER_CSR;
}

/* The CSR of this role that lies in the same archive folder as `key`. */
static const struct mdm_item *csr_beside(const struct mdm_survey *survey, enum mdm_role role,
                                         const struct mdm_item *key)
{
    for (size_t i = 0; i < survey->archive.count; i++) {
        const struct mdm_item *item = &survey->archive.items[i];

        if (strcmp(item->archive, key->archive) == 0 && !item->from_inputs && item->csr != NULL &&
            strcmp(item->name, csr_name(role)) == 0)
            return item;
    }
    return NULL;
}

/* A key of another make does not tell its public half; the CSR that was archived with it does. */
static bool is_key_of(const struct mdm_item *key, const struct mdm_item *csr, const struct mdm_key_id *id)
{
    if (key->key.id_known)
        return mdm_key_id_equal(&key->key.id, id);
    return csr != NULL && mdm_key_id_equal(mdm_csr_key_id(csr->csr), id);
}

/* A CSR for the key anywhere in the archive: it may have been kept by another redo than the key. */
static const struct mdm_item *any_csr_of(const struct mdm_survey *survey, enum mdm_role role,
                                         const struct mdm_key_id *id)
{
    for (size_t i = survey->archive.count; i-- > 0;) {
        const struct mdm_item *item = &survey->archive.items[i];

        if (!item->from_inputs && item->csr != NULL && strcmp(item->name, csr_name(role)) == 0 &&
            mdm_key_id_equal(mdm_csr_key_id(item->csr), id))
            return item;
    }
    return NULL;
}

bool mdm_survey_archived(const struct mdm_survey *survey, enum mdm_role role, const struct mdm_key_id *id,
                         struct mdm_archived *found)
{
    for (size_t i = survey->archive.count; i-- > 0;) { /* the newest first */
        const struct mdm_item *item = &survey->archive.items[i];

        if (item->from_inputs || !item->key.is_key || strcmp(item->name, key_name(role)) != 0)
            continue;
        if (!is_key_of(item, csr_beside(survey, role, item), id))
            continue;
        found->key = item;
        found->csr = any_csr_of(survey, role, id);
        return true;
    }
    return false;
}

/* Of the certificates of this role's kind in inputs/, the one that expires last and whose key is in the archive. */
static bool archived_for_cert(const struct mdm_survey *survey, enum mdm_role role, struct mdm_archived *found)
{
    enum mdm_cert_kind kind = role == MDM_ROLE_VENDOR ? MDM_CERT_VENDOR : MDM_CERT_PUSH;
    const struct mdm_cert_facts *best = NULL;

    for (size_t i = 0; i < survey->inputs.count; i++) {
        const struct mdm_item *item = &survey->inputs.items[i];

        for (size_t j = 0; j < item->certs.count; j++) {
            const struct mdm_cert_facts *facts = mdm_cert_facts(item->certs.items[j]);
            struct mdm_archived archived;

            if (facts->kind != kind || (best != NULL && best->not_after >= facts->not_after) ||
                !mdm_survey_archived(survey, role, &facts->key_id, &archived))
                continue;
            best = facts;
            *found = archived;
        }
    }
    return best != NULL;
}

bool mdm_survey_to_bring_back(const struct mdm_survey *survey, enum mdm_role role, struct mdm_archived *found)
{
    const struct mdm_side *side = role == MDM_ROLE_VENDOR ? &survey->vendor : &survey->customer;
    const struct mdm_choice *choice = role == MDM_ROLE_VENDOR ? &survey->vendor_cert : &survey->push_cert;

    *found = (struct mdm_archived){0};
    if (role == MDM_ROLE_VENDOR && (survey->vendor_key_given || survey->vendor_cert_given))
        return false;
    if (choice->cert == NULL)
        return archived_for_cert(survey, role, found);
    /* The key in place is the right one; a bring-back that was cut short may have left it without its CSR. */
    if (side->key == NULL || !side->key->key.id_known ||
        (side->csr != NULL && mdm_key_id_equal(mdm_csr_key_id(side->csr->csr), &side->id)))
        return false;
    found->csr = any_csr_of(survey, role, &side->id);
    return found->csr != NULL;
}

static bool has_pfx(const struct mdm_survey *survey, const struct mdm_cert_facts *facts)
{
    if (survey->pfx != NULL && strcmp(survey->pfx->pfx_sha1, facts->sha1) == 0)
        return true;
    for (size_t i = 0; i < survey->archive.count; i++) {
        if (strcmp(survey->archive.items[i].pfx_sha1, facts->sha1) == 0)
            return true;
    }
    return false;
}

/* Looks through one list of files for a better previous push certificate than *best. */
static void seek_previous(const struct mdm_survey *survey, const struct mdm_items *items,
                          const struct mdm_cert *current, const struct mdm_cert **best, bool *best_used)
{
    for (size_t i = 0; i < items->count; i++) {
        for (size_t j = 0; j < items->items[i].certs.count; j++) {
            const struct mdm_cert *cert = items->items[i].certs.items[j];
            const struct mdm_cert_facts *facts = mdm_cert_facts(cert);
            bool used;

            if (facts->kind != MDM_CERT_PUSH || (current != NULL && mdm_cert_equal(cert, current)))
                continue;
            used = has_pfx(survey, facts);
            if (*best != NULL &&
                (*best_used > used || (*best_used == used && mdm_cert_facts(*best)->not_after >= facts->not_after)))
                continue;
            *best = cert;
            *best_used = used;
        }
    }
}

const struct mdm_cert *mdm_survey_previous_push(const struct mdm_survey *survey, const struct mdm_cert *current)
{
    const struct mdm_cert *best = NULL;
    bool best_used = false;

    seek_previous(survey, &survey->inputs, current, &best, &best_used);
    seek_previous(survey, &survey->archive, current, &best, &best_used);
    return best;
}
