/* `mdmvendor sign` of many CSRs, as the person sees it: what failed, progress, the summary. And the record of what was
 * signed for whom (--json), of one CSR or many. */
#ifndef MDM_CLI_SIGN_BATCH_H
#define MDM_CLI_SIGN_BATCH_H

#include "cli/cmd.h"
#include "pki/request.h"

/* Signs the operands, or the paths of --from, into `directory`. Returns the exit status. */
int sign_batch(const struct mdm_options *options, struct mdm_session *session, const struct mdm_signer *signer,
               const char *directory);

/* What became of one CSR. Texts that are not known are NULL. */
struct sign_record {
    const char *csr; /* as it was named */
    const char *csr_sha256;
    const char *subject;
    const char *request; /* the file it was written to; its digest is taken from there */
    const struct mdm_error *error;
};
/* Prints it as one line of JSON. */
void sign_record_print(const struct sign_record *record, const struct mdm_signer *signer,
                       const struct mdm_callbacks *callbacks);

#endif
