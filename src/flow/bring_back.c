/* Brings a key, and the CSR it was archived with, back into place: Apple's certificate shows that it is the current
 * one. */
#include <stdio.h>
#include <string.h>

#include "flow/run.h"

static int archive_current(struct mdm_run *run, const char *key_name, const char *csr_name, struct mdm_error *err)
{
    struct mdm_archive *archive = mdm_archive_begin(run->workspace, mdm_run_now(run), err);
    int result;

    if (archive == NULL)
        return -1;
    result = (key_name != NULL && mdm_archive_keep_output(archive, key_name, err) != 0) ||
                     mdm_archive_keep_output(archive, csr_name, err) != 0
                 ? -1
                 : 0;
    mdm_run_archived(run, &archive);
    return result;
}

int mdm_run_bring_back(struct mdm_run *run, enum mdm_role role, struct mdm_error *err)
{
    const char *key_name = role == MDM_ROLE_VENDOR ? MDM_NAME_VENDOR_KEY : MDM_NAME_CUSTOMER_KEY;
    const char *csr_name = role == MDM_ROLE_VENDOR ? MDM_NAME_VENDOR_CSR : MDM_NAME_CUSTOMER_CSR;
    struct mdm_archived found;
    struct mdm_event event = {.kind = MDM_EVENT_BROUGHT_BACK, .role = role};
    char path[128];

    if (!mdm_survey_to_bring_back(run->survey, role, &found) || (found.key == NULL && found.csr == NULL))
        return mdm_error_set(err, MDM_E_FAILED, "the archive holds no key that Apple's certificate fits");
    if (archive_current(run, found.key != NULL ? key_name : NULL, csr_name, err) != 0)
        return -1;
    /* The CSR first: a key whose CSR is missing shows that this was cut short, and the next run goes on. */
    if (found.csr != NULL && mdm_run_restore(run, found.csr, err) != 0)
        return -1;
    if (found.key != NULL && mdm_run_restore(run, found.key, err) != 0)
        return -1;
    (void)snprintf(path, sizeof path, "outputs/" MDM_NAME_ARCHIVE "/%s",
                   found.key != NULL ? found.key->archive : found.csr->archive);
    event.path = path;
    run->callbacks->tell(run->callbacks->self, &event);
    return 0;
}
