/* One CSR of a batch, from its path to its request in the folder: see batch_job.h. */
#include "flow/batch_job.h"

#include <stdlib.h>
#include <string.h>

#define REQUEST_MODE 0644u

static const struct mdm_cert *vendor_of(const struct mdm_signer *signer)
{
    return mdm_signer_chain(signer)->items[0];
}

/* Errors are large and rare: they get memory only when there is one. */
static void fail(struct mdm_job *job, const struct mdm_error *why, bool fatal)
{
    job->outcome = MDM_BATCH_FAILED;
    job->fatal = fatal;
    job->error = malloc(sizeof *job->error);
    if (job->error != NULL)
        *job->error = *why;
    else
        job->fatal = true;
}

int mdm_job_begin(struct mdm_job *job, const char *input, unsigned guess, struct mdm_error *err)
{
    *job = (struct mdm_job){.input = strdup(input), .guess = guess, .outcome = MDM_BATCH_FAILED};
    return job->input != NULL ? 0 : mdm_error_set(err, MDM_E_FAILED, "out of memory");
}

static struct mdm_csr *read_csr(const char *path, struct mdm_error *err)
{
    struct mdm_bytes file = {0};
    struct mdm_csr *csr = NULL;

    if (mdm_path_read(path, MDM_FILE_LIMIT, &file, NULL, err) == 0)
        csr = mdm_csr_from_bytes(&file, path, err);
    mdm_bytes_free(&file);
    return csr;
}

void mdm_job_sign(struct mdm_job *job, const struct mdm_signer *signer, const struct mdm_dir *dir)
{
    struct mdm_error why = {0};
    struct mdm_batch_name name;
    struct mdm_bytes request = {0};
    struct mdm_csr *csr = read_csr(job->input, &why);
    bool staging = false;

    if (csr == NULL || mdm_batch_name(job->input, job->guess, &name, &why) != 0)
        goto out;
    if (mdm_batch_look(dir, &name, vendor_of(signer), csr) == MDM_BATCH_SAME) {
        job->outcome = MDM_BATCH_PRESENT;
        job->number = job->guess;
        goto out;
    }
    if (mdm_signer_sign(signer, csr, job->input, &request, &why) != 0)
        goto out;
    staging = true;
    if (mdm_file_stage(dir, &request, REQUEST_MODE, &job->staged, &why) == 0)
        job->outcome = MDM_BATCH_SIGNED;
out:
    if (job->outcome == MDM_BATCH_FAILED)
        fail(job, &why, staging);
    mdm_bytes_free(&request);
    mdm_csr_free(&csr);
}

/* The CSR that the staged request holds. */
static struct mdm_csr *staged_csr(const struct mdm_job *job, const struct mdm_dir *dir, struct mdm_error *err)
{
    struct mdm_bytes bytes = {0};
    struct mdm_csr *csr = NULL;

    if (mdm_file_read(dir, job->staged.name, MDM_FILE_LIMIT, &bytes, NULL) != MDM_FILE_READ)
        (void)mdm_error_set(err, MDM_E_FAILED, "the request of '%s' is gone from '%s' before it had its name",
                            job->input, mdm_dir_path(dir));
    else
        csr = mdm_request_csr(&bytes, job->input, err);
    mdm_bytes_free(&bytes);
    return csr;
}

static int refuse_foreign(const struct mdm_dir *dir, const struct mdm_batch_name *name, const char *input,
                          struct mdm_error *err)
{
    (void)mdm_error_set(err, MDM_E_REFUSED,
                        "'%s' is not signed: '%s/%s' is there already, and is not a request made with this vendor "
                        "certificate",
                        input, mdm_dir_path(dir), name->text);
    return mdm_error_hint(err, "Nothing is overwritten. After a renewal of the vendor certificate, sign into a new "
                               "folder.");
}

/* Takes the first free name from number `first` on. 1: it has it, 0: the request was there already, -1: error. */
static int take_name(struct mdm_job *job, unsigned first, const struct mdm_signer *signer, const struct mdm_dir *dir,
                     bool *fatal, struct mdm_error *err)
{
    struct mdm_csr *csr = NULL;
    struct mdm_batch_name name;
    bool exists = true;
    int result = -1;

    for (job->number = first; result < 0; job->number++) {
        struct mdm_error taken = {0};
        enum mdm_batch_there there;

        if (mdm_batch_name(job->input, job->number, &name, err) != 0)
            break;
        if (mdm_file_publish(dir, &job->staged, name.text, &exists, &taken) == 0) {
            result = 1;
            break;
        }
        *fatal = !exists;
        if (!exists && err != NULL)
            *err = taken;
        if (exists && csr == NULL)
            *fatal = (csr = staged_csr(job, dir, err)) == NULL;
        if (*fatal)
            break;
        there = mdm_batch_look(dir, &name, vendor_of(signer), csr);
        if (there == MDM_BATCH_SAME) {
            result = 0;
            break;
        }
        if (there == MDM_BATCH_FOREIGN) {
            (void)refuse_foreign(dir, &name, job->input, err);
            break;
        }
    }
    mdm_csr_free(&csr);
    return result;
}

/* True when the request that an earlier job of this name took is this very one: the path was given twice. */
static bool is_repeated(const struct mdm_job *job, unsigned number, const struct mdm_dir *dir)
{
    struct mdm_bytes ours = {0}, theirs = {0};
    struct mdm_batch_name name;
    bool yes = mdm_batch_name(job->input, number, &name, NULL) == 0 &&
               mdm_file_read(dir, job->staged.name, MDM_FILE_LIMIT, &ours, NULL) == MDM_FILE_READ &&
               mdm_file_read(dir, name.text, MDM_FILE_LIMIT, &theirs, NULL) == MDM_FILE_READ &&
               mdm_bytes_equal(&ours, &theirs);

    mdm_bytes_free(&ours);
    mdm_bytes_free(&theirs);
    return yes;
}

void mdm_job_name(struct mdm_job *job, const struct mdm_signer *signer, const struct mdm_dir *dir,
                  struct mdm_numbers *numbers)
{
    unsigned first = mdm_numbers_get(numbers, job->input);
    struct mdm_error why = {0};
    bool fatal = false;

    if (job->outcome == MDM_BATCH_SIGNED) {
        if (first > 1 && is_repeated(job, first - 1, dir)) {
            job->outcome = MDM_BATCH_PRESENT;
            job->number = first - 1;
        } else {
            switch (take_name(job, first, signer, dir, &fatal, &why)) {
            case 1:
                break;
            case 0:
                job->outcome = MDM_BATCH_PRESENT;
                break;
            default:
                fail(job, &why, fatal);
                break;
            }
        }
        mdm_file_discard(dir, &job->staged);
    }
    /* Numbers are skipped from now on only as far as every one of them was taken by this batch. */
    if (job->outcome != MDM_BATCH_FAILED && job->number == first)
        mdm_numbers_set(numbers, job->input, first + 1);
}

void mdm_job_end(struct mdm_job *job, const struct mdm_dir *dir)
{
    mdm_file_discard(dir, &job->staged);
    free(job->error);
    free(job->input);
    *job = (struct mdm_job){0};
}
