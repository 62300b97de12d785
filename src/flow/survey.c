/* Reads a work folder and draws the facts: see survey.h. Judging single files is judge.c's business. */
#include "flow/survey.h"

#include <stdlib.h>
#include <string.h>

#include "flow/item.h"
#include "pki/p12.h"
#include "pki/request.h"

static const char *const output_names[] = {MDM_NAME_VENDOR_KEY,   MDM_NAME_VENDOR_CSR, MDM_NAME_CUSTOMER_KEY,
                                           MDM_NAME_CUSTOMER_CSR, MDM_NAME_REQUEST,    MDM_NAME_REQUEST_TXT,
                                           MDM_NAME_PFX};

static int look_at_inputs(struct mdm_survey *survey, const struct mdm_workspace *workspace, struct mdm_error *err)
{
    const struct mdm_dir *inputs = mdm_workspace_inputs(workspace);
    struct mdm_names names = {0};
    int result = -1;

    if (inputs == NULL)
        return 0;
    if (mdm_dir_list(inputs, &names, err) != 0)
        return -1;
    for (size_t i = 0; i < names.count; i++) {
        struct mdm_item *item = mdm_items_add(&survey->inputs, inputs, names.items[i], "inputs", err);

        if (item == NULL)
            goto out;
        item->from_inputs = true;
    }
    result = 0;
out:
    mdm_names_free(&names);
    return result;
}

static int look_at_outputs(struct mdm_survey *survey, const struct mdm_workspace *workspace, struct mdm_error *err)
{
    const struct mdm_dir *outputs = mdm_workspace_outputs(workspace);

    if (outputs == NULL)
        return 0;
    for (size_t i = 0; i < sizeof output_names / sizeof output_names[0]; i++) {
        if (mdm_items_add(&survey->outputs, outputs, output_names[i], "outputs", err) == NULL)
            return -1;
    }
    return 0;
}

/* Reads every file of one folder below the archive. */
static int look_at_archived(struct mdm_survey *survey, const struct mdm_dir *dir, const char *folder, bool from_inputs,
                            struct mdm_error *err)
{
    struct mdm_names names = {0};
    int result = -1;

    if (mdm_dir_list(dir, &names, err) != 0)
        return -1;
    for (size_t i = 0; i < names.count; i++) {
        struct mdm_item *item;

        if (!from_inputs && strcmp(names.items[i], MDM_ARCHIVE_INPUTS) == 0)
            continue;
        item = mdm_items_add(&survey->archive, dir, names.items[i], mdm_dir_path(dir), err);

        if (item == NULL)
            goto out;
        item->from_inputs = from_inputs;
        item->archive = strdup(folder);
        if (item->archive == NULL) {
            mdm_error_set(err, MDM_E_FAILED, "out of memory");
            goto out;
        }
        mdm_bytes_free(&item->bytes);
    }
    result = 0;
out:
    mdm_names_free(&names);
    return result;
}

static int look_at_archive(struct mdm_survey *survey, const struct mdm_workspace *workspace, struct mdm_error *err)
{
    struct mdm_names folders = {0};
    struct mdm_dir *outputs = NULL;
    struct mdm_dir *inputs = NULL;
    int result = -1;

    if (mdm_archive_list(workspace, &folders, err) != 0)
        return -1;
    for (size_t i = 0; i < folders.count; i++) {
        if (mdm_archive_folder(workspace, folders.items[i], &outputs, &inputs, err) != 0 ||
            look_at_archived(survey, outputs, folders.items[i], false, err) != 0 ||
            (inputs != NULL && look_at_archived(survey, inputs, folders.items[i], true, err) != 0))
            goto out;
        mdm_dir_close(&outputs);
        mdm_dir_close(&inputs);
    }
    result = 0;
out:
    mdm_dir_close(&outputs);
    mdm_dir_close(&inputs);
    mdm_names_free(&folders);
    return result;
}

const struct mdm_item *mdm_survey_output(const struct mdm_survey *survey, const char *name)
{
    for (size_t i = 0; i < survey->outputs.count; i++) {
        const struct mdm_item *item = &survey->outputs.items[i];

        if (strcmp(item->name, name) == 0)
            return item->outcome == MDM_FILE_ABSENT ? NULL : item;
    }
    return NULL;
}

/* Fills in a side from its two files. The key file tells best whose key it is; the CSR speaks for one that is silent.
 */
static void draw_side(const struct mdm_survey *survey, const char *key_name, const char *csr_name,
                      struct mdm_side *side)
{
    const struct mdm_item *key = mdm_survey_output(survey, key_name);
    const struct mdm_item *csr = mdm_survey_output(survey, csr_name);

    side->key = key != NULL && key->key.is_key ? key : NULL;
    side->csr = csr != NULL && csr->csr != NULL ? csr : NULL;
    if (side->key != NULL && side->key->key.id_known) {
        side->id_known = true;
        side->id = side->key->key.id;
    } else if (side->csr != NULL) {
        side->id_known = true;
        side->id = *mdm_csr_key_id(side->csr->csr);
    }
}

static bool csr_fits(const struct mdm_side *side)
{
    return side->csr != NULL && side->id_known && mdm_key_id_equal(mdm_csr_key_id(side->csr->csr), &side->id);
}

/* Of the files that fit, the certificate that expires last; the file with the due name wins a tie. */
static void choose(const struct mdm_survey *survey, enum mdm_role role, struct mdm_choice *choice)
{
    const char *due = role == MDM_ROLE_VENDOR ? MDM_NAME_VENDOR_CERT : MDM_NAME_PUSH_CERT;

    for (size_t i = 0; i < survey->inputs.count; i++) {
        const struct mdm_item *item = &survey->inputs.items[i];
        const struct mdm_cert *cert = NULL;
        mdm_time end;
        mdm_time best;

        if (mdm_survey_judge(survey, role, item, &cert, NULL) != MDM_FIT_YES)
            continue;
        choice->fitting++;
        end = mdm_cert_facts(cert)->not_after;
        best = choice->cert != NULL ? mdm_cert_facts(choice->cert)->not_after : 0;
        if (choice->cert == NULL || end > best || (end == best && strcmp(item->name, due) == 0)) {
            choice->item = item;
            choice->cert = cert;
        }
    }
}

static const struct mdm_item *find_own_csr(const struct mdm_survey *survey)
{
    for (size_t i = 0; i < survey->inputs.count; i++) {
        const struct mdm_item *item = &survey->inputs.items[i];

        if (strcmp(item->path, "inputs/" MDM_NAME_CUSTOMER_CSR) == 0)
            return item;
    }
    return NULL;
}

static void draw_vendor_facts(struct mdm_survey *survey)
{
    struct mdm_archived archived;

    if (survey->vendor.key != NULL || survey->vendor_key_given)
        survey->facts |= MDM_FACT_VENDOR_KEY;
    if (csr_fits(&survey->vendor) || (survey->vendor_key_given && survey->vendor_cert_given))
        survey->facts |= MDM_FACT_VENDOR_CSR;
    choose(survey, MDM_ROLE_VENDOR, &survey->vendor_cert);
    if (survey->vendor_cert.cert != NULL)
        survey->facts |= MDM_FACT_VENDOR_CERT;
    if (mdm_survey_to_bring_back(survey, MDM_ROLE_VENDOR, &archived))
        survey->facts |= MDM_FACT_VENDOR_ARCHIVED;
}

static void draw_customer_facts(struct mdm_survey *survey)
{
    struct mdm_archived archived;
    const struct mdm_side *side = &survey->customer;
    const struct mdm_item *own = survey->own_csr;
    bool key_is_ours = side->key != NULL;

    if (own != NULL) {
        survey->facts |= MDM_FACT_CUSTOMER_CSR;
        key_is_ours =
            key_is_ours && side->id_known && own->csr != NULL && mdm_key_id_equal(mdm_csr_key_id(own->csr), &side->id);
    } else if (csr_fits(side) && side->key != NULL) {
        survey->facts |= MDM_FACT_CUSTOMER_CSR;
    }
    if (key_is_ours)
        survey->facts |= MDM_FACT_CUSTOMER_KEY;
    choose(survey, MDM_ROLE_CUSTOMER, &survey->push_cert);
    if (survey->push_cert.cert != NULL)
        survey->facts |= MDM_FACT_PUSH_CERT;
    if (mdm_survey_to_bring_back(survey, MDM_ROLE_CUSTOMER, &archived))
        survey->facts |= MDM_FACT_CUSTOMER_ARCHIVED;
}

static bool request_fits(const struct mdm_survey *survey)
{
    const struct mdm_item *csr = survey->own_csr != NULL ? survey->own_csr : survey->customer.csr;
    const struct mdm_item *text = mdm_survey_output(survey, MDM_NAME_REQUEST_TXT);

    return survey->request != NULL && csr != NULL && csr->csr != NULL && survey->vendor_cert.cert != NULL &&
           text != NULL && mdm_bytes_equal(&survey->request->bytes, &text->bytes) &&
           mdm_request_matches(&survey->request->bytes, survey->vendor_cert.cert, csr->csr);
}

/* A pfx that does not tell which certificate it holds is taken to be the right one: only its password could show more.
 */
static bool pfx_fits(const struct mdm_survey *survey)
{
    const struct mdm_item *pfx = survey->pfx;

    if (pfx == NULL || pfx->kind != MDM_FILEKIND_PKCS12 || survey->push_cert.cert == NULL)
        return false;
    return pfx->pfx_sha1[0] == '\0' || strcmp(pfx->pfx_sha1, mdm_cert_facts(survey->push_cert.cert)->sha1) == 0;
}

/* A folder in which only the customer's commands were used: key and CSR, and no trace of a vendor. */
static bool customer_only(const struct mdm_survey *survey)
{
    if (survey->customer.csr == NULL || survey->customer.key == NULL || survey->own_csr != NULL ||
        survey->vendor_key_given || survey->vendor_cert_given || survey->request != NULL ||
        mdm_survey_output(survey, MDM_NAME_VENDOR_KEY) != NULL ||
        mdm_survey_output(survey, MDM_NAME_VENDOR_CSR) != NULL)
        return false;
    for (size_t i = 0; i < survey->archive.count; i++) {
        if (strcmp(survey->archive.items[i].name, MDM_NAME_VENDOR_KEY) == 0)
            return false;
    }
    return true;
}

/* A vendor key given by option: outputs/vendor.key is then another one. A file of ours tells whose key it is; for
 * others, and for tokens, the CSR in outputs/ has to. */
static void draw_given_key(struct mdm_survey *survey, const char *path)
{
    struct mdm_side *side = &survey->vendor;
    struct mdm_bytes file = {0};
    struct mdm_key_facts facts = {0};

    side->key = NULL;
    if (mdm_path_is_regular(path) && mdm_path_read(path, MDM_FILE_LIMIT, &file, NULL, NULL) == 0)
        mdm_key_describe(&file, &facts);
    mdm_bytes_free(&file);
    side->id_known = facts.id_known || side->csr != NULL;
    if (facts.id_known)
        side->id = facts.id;
    else if (side->csr != NULL)
        side->id = *mdm_csr_key_id(side->csr->csr);
}

static void draw_facts(struct mdm_survey *survey, const char *vendor_key)
{
    draw_side(survey, MDM_NAME_VENDOR_KEY, MDM_NAME_VENDOR_CSR, &survey->vendor);
    draw_side(survey, MDM_NAME_CUSTOMER_KEY, MDM_NAME_CUSTOMER_CSR, &survey->customer);
    survey->own_csr = find_own_csr(survey);
    survey->request = mdm_survey_output(survey, MDM_NAME_REQUEST);
    survey->pfx = mdm_survey_output(survey, MDM_NAME_PFX);
    if (vendor_key != NULL)
        draw_given_key(survey, vendor_key);
    draw_vendor_facts(survey);
    draw_customer_facts(survey);
    if (request_fits(survey))
        survey->facts |= MDM_FACT_REQUEST;
    if (pfx_fits(survey))
        survey->facts |= MDM_FACT_PFX;
    if (customer_only(survey))
        survey->facts |= MDM_FACT_CUSTOMER_ONLY;
}

struct mdm_survey *mdm_survey_take(const struct mdm_workspace *workspace, const char *vendor_key,
                                   const char *vendor_cert, struct mdm_error *err)
{
    struct mdm_survey *survey = calloc(1, sizeof *survey);

    if (survey == NULL) {
        mdm_error_set(err, MDM_E_FAILED, "out of memory");
        return NULL;
    }
    survey->vendor_key_given = vendor_key != NULL;
    survey->vendor_cert_given = vendor_cert != NULL;
    if ((vendor_cert != NULL && mdm_items_add_path(&survey->inputs, vendor_cert, err) != 0) ||
        look_at_inputs(survey, workspace, err) != 0 || look_at_outputs(survey, workspace, err) != 0 ||
        look_at_archive(survey, workspace, err) != 0) {
        mdm_survey_free(&survey);
        return NULL;
    }
    draw_facts(survey, vendor_key);
    return survey;
}

void mdm_survey_free(struct mdm_survey **survey)
{
    if (*survey == NULL)
        return;
    mdm_items_free(&(*survey)->inputs);
    mdm_items_free(&(*survey)->outputs);
    mdm_items_free(&(*survey)->archive);
    free(*survey);
    *survey = NULL;
}
