/* Apple's turn. */
#ifndef MDM_FLOW_WAIT_H
#define MDM_FLOW_WAIT_H

#include "flow/run.h"

/*
 * Waits, as callbacks->wait lets us, until inputs/ holds a certificate that fits this role's key (or one in the
 * archive). Wrong files are told once each. When there is no waiting (any longer): the error of the file that lies in
 * the place of the right one, or MDM_E_WAITING.
 */
int mdm_run_await(struct mdm_run *run, enum mdm_role role, struct mdm_error *err);

/* Survey and act until nothing is left to do here. */
int mdm_run_through(struct mdm_run *run, struct mdm_flow_result *result, struct mdm_error *err);

#endif
