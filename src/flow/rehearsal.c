/* Recognises the work folder that a rehearsal left. */
#include "flow/flow.h"

#include <string.h>

#include "flow/state.h"

struct mdm_trust *mdm_rehearsal_trust(const char *directory, const char *vendor_cert, mdm_time now)
{
    MDM_OWNED(mdm_workspace_close)
    struct mdm_workspace *workspace = mdm_workspace_open(directory, MDM_WORKSPACE_LOOK, NULL);
    struct mdm_flow_options options = {.vendor_cert = vendor_cert};
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes bundle = {0};
    MDM_OWNED(mdm_trust_free) struct mdm_trust *trust = NULL;
    MDM_OWNED(mdm_state_free) struct mdm_state *state = NULL;
    size_t count = 0;

    if (workspace == NULL || mdm_file_read(workspace->root, MDM_NAME_PRACTICE_CA, &bundle, NULL) != MDM_FILE_READ ||
        (trust = mdm_trust_from_bytes(&bundle, MDM_NAME_PRACTICE_CA, NULL)) == NULL ||
        (state = mdm_state_take(workspace, &options, NULL, now, NULL)) == NULL)
        return NULL;
    const struct mdm_files *const places[] = {&state->inputs, &state->outputs, &state->archive};
    const struct mdm_certs *cas = mdm_trust_certs(trust);
    /* A real CA among them would make its certificates practice, and the practice ones trusted beside it. */
    for (size_t i = 0; i < cas->count; i++)
        if (strstr(mdm_cert_facts(cas->items[i])->common_name, "PRACTICE") == NULL)
            return NULL;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        for (struct mdm_each each = {.files = places[i]}; mdm_each_cert(&each); count++) {
            MDM_OWNED(mdm_certs_free) struct mdm_certs chain = {0};

            if (!mdm_certs_have(cas, each.cert) && mdm_trust_path(trust, each.cert, cas, now, &chain, NULL) != 0)
                return NULL;
        }
    }
    /* What is not seen may be real: a pfx that does not tell, more certificates than are kept. */
    if (state->pfx_is_closed || state->certs_kept >= MDM_STATE_CERTS_MAX || count == 0)
        return NULL;
    return mdm_take_at(&trust);
}
