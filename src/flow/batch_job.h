/* One CSR of a batch, from its path to its request in the folder. */
#ifndef MDM_FLOW_BATCH_JOB_H
#define MDM_FLOW_BATCH_JOB_H

#include "flow/batch.h"
#include "flow/batch_name.h"

struct mdm_job {
    char *input;
    unsigned guess; /* the number its name most likely has: how many of that name came before, and one */
    enum mdm_batch_outcome outcome;
    unsigned number;          /* once it has a name, or is found in the folder */
    struct mdm_staged staged; /* the request, until it has a name */
    struct mdm_error *error;  /* why it failed, or why the whole batch does */
    bool fatal;               /* the disk or memory fails: not this CSR's fault */
};

/* Makes the job of a path; 0 or -1. */
int mdm_job_begin(struct mdm_job *job, const char *input, unsigned guess, struct mdm_error *err);

/* Reads the CSR and stages its request, unless the folder has it under the likely name. Jobs may run at the same time.
 */
void mdm_job_sign(struct mdm_job *job, const struct mdm_signer *signer, const struct mdm_dir *dir);

/* Gives the staged request its name: one job after the other, in the order of the paths. `numbers` knows what earlier
 * jobs took. */
void mdm_job_name(struct mdm_job *job, const struct mdm_signer *signer, const struct mdm_dir *dir,
                  struct mdm_numbers *numbers);

/* Discards what is still staged. */
void mdm_job_end(struct mdm_job *job, const struct mdm_dir *dir);

#endif
