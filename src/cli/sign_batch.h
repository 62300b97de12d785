/* `mdmvendor sign` of many CSRs, as the person sees it: what failed, progress, the summary. */
#ifndef MDM_CLI_SIGN_BATCH_H
#define MDM_CLI_SIGN_BATCH_H

#include "cli/cmd.h"
#include "pki/request.h"

/* Signs the operands, or the paths of --from, into `directory`. Returns the exit status. */
int sign_batch(const struct mdm_options *options, struct mdm_session *session, const struct mdm_signer *signer,
               const char *directory);

#endif
