/* What a person should know about a work folder, although nothing may stop: each said once, in one place. */
#ifndef MDM_FLOW_FINDINGS_H
#define MDM_FLOW_FINDINGS_H

#include "flow/state.h"

struct mdm_finding {
    const char *code; /* stable name, for programs; static */
    char *text;       /* worded like an error: lower case, no final stop */
    char *hint;       /* or NULL */
};

struct mdm_findings {
    struct mdm_finding *items;
    size_t count;
};

/* What the findings are about. */
struct mdm_finder {
    const struct mdm_workspace *workspace;
    const struct mdm_state *state;
    const struct mdm_trust *trust;
    int days; /* certificates that expire within so many days are found */
};

/* Gathers them, the most urgent first. Error: out of memory. */
int mdm_findings_gather(const struct mdm_finder *finder, struct mdm_findings *findings, struct mdm_error *err);
void mdm_findings_free(struct mdm_findings *findings);

/* Does the certificate expire within the days asked for, or has it? */
bool mdm_expires_soon(const struct mdm_cert_facts *facts, mdm_time at, int days);
/* Why the vendor certificate's chain does not hold at this time; MDM_OK when it does or there is none to look at. The
 * chain, as far as it is found, is appended to *chain (may be NULL). */
void mdm_find_chain(const struct mdm_state *state, const struct mdm_trust *trust, struct mdm_certs *chain,
                    struct mdm_error *why);
/* Is a file of inputs/ a mistake in the place of this role's certificate? *why says it. */
bool mdm_find_mistake(const struct mdm_state *state, enum mdm_role role, const struct mdm_file *file,
                      struct mdm_error *why);

#endif
