/*
 * The batch: threads sign what waits and stage the requests; one sync makes them last, they get their names, another
 * makes the names last, and they are reported. A sync costs the time of some dozens of signatures, whatever there is to
 * sync: so it is done for many at once. Nothing is reported that would not survive a power failure.
 */
#include "flow/batch.h"

#include <pthread.h>
#include <search.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EXTENSION ".plist_encode"

struct job {
    struct mdm_batch_result result;
    char csr[MDM_SHA256_TEXT]; /* digest of the CSR's DER */
    struct mdm_staged staged;  /* the request, until it has a name */
    bool fatal;                /* the disk or memory fails: not this CSR's fault */
};

/* For names that several CSRs share: the number that a CSR has, and the first number that was not looked at; in a tree
 * of <search.h>. */
struct number {
    unsigned number;
    char key[]; /* "NAME/DIGEST" of the CSR, or "NAME/" */
};

struct mdm_batch {
    const struct mdm_signer *signer;
    struct mdm_batch_caller caller;
    struct mdm_dir *dir;
    void *numbers; /* the tree's root */
    struct job jobs[MDM_BATCH_MAX];
    size_t count;
    atomic_size_t taken; /* jobs before this one were taken by a thread */
};

struct mdm_batch_name mdm_batch_name(const char *input, unsigned number)
{
    /* Ends that say "CSR" and nothing about whose. Others stay: "acme.com" is a name. */
    static const char *const known[] = {".csr", ".pem", ".der", ".req", ".p10", ".txt", ".certSigningRequest"};
    const char *slash = strrchr(input, '/'), *base = slash != NULL ? slash + 1 : input, *dot = strrchr(base, '.');
    size_t size = strlen(base), room = MDM_BATCH_NAME_MAX;
    char end[32] = EXTENSION;
    struct mdm_batch_name name;

    for (size_t i = 0; dot != NULL && dot != base && i < sizeof known / sizeof known[0]; i++)
        if (strcasecmp(known[i], dot) == 0)
            size = (size_t)(dot - base);
    if (number > 1)
        (void)snprintf(end, sizeof end, "-%u" EXTENSION, number);
    room -= strlen(end);
    (void)snprintf(name.text, sizeof name.text, "%.*s%s", (int)(size < room ? size : room), base, end);
    return name;
}

static int compare_numbers(const void *a, const void *b)
{
    return strcmp(((const struct number *)a)->key, ((const struct number *)b)->key);
}

/* What is known of a plain name and the digest of a CSR that has it, which may be "". Its number is 0 when it is new;
 * NULL without memory. */
static struct number *number_of(struct mdm_batch *batch, const struct mdm_batch_name *plain, const char *csr)
{
    size_t size = strlen(plain->text) + strlen(csr) + 2;
    struct number *made = calloc(1, sizeof *made + size), **place = NULL;

    if (made != NULL) {
        (void)snprintf(made->key, size, "%s/%s", plain->text, csr);
        place = tsearch(made, &batch->numbers, compare_numbers);
    }
    if (place == NULL || *place != made)
        free(made);
    return place != NULL ? *place : NULL;
}

/* Fills in the digest of the CSR in the request that the folder has under the job's name with a number; "" when this
 * signer did not make it. */
static int look(const struct mdm_batch *batch, struct job *job, unsigned number, char found[MDM_SHA256_TEXT],
                struct mdm_error *err)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes bytes = {0};
    MDM_OWNED(mdm_request_free) struct mdm_request request = {0};
    const struct mdm_bytes *der = &request.parts[MDM_PART_CSR];
    const struct mdm_batch_name name = mdm_batch_name(job->result.input, number);

    found[0] = '\0';
    job->result.number = number;
    if (mdm_file_read(batch->dir, name.text, &bytes, NULL) != MDM_FILE_READ ||
        mdm_request_read(&bytes, &request, NULL) != 0 || !mdm_signer_made(batch->signer, &request, NULL))
        return 0;
    return mdm_sha256_text(der->data, der->size, found, err);
}

/* Errors are large and rare: they get memory only when there is one. That there is none is not the CSR's fault. */
static void fail(struct job *job, const struct mdm_error *why)
{
    job->result.outcome = MDM_BATCH_FAILED;
    job->result.error = mdm_new(sizeof *why, NULL);
    if (job->result.error != NULL)
        *job->result.error = *why;
    job->fatal = job->fatal || job->result.error == NULL || why->code == MDM_E_MEMORY;
}

struct mdm_csr *mdm_batch_read(const char *path, enum mdm_path_kind kind, struct mdm_batch_result *result,
                               struct mdm_error *err)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes file = {0};
    MDM_OWNED(mdm_csr_free) struct mdm_csr *csr = NULL;
    struct mdm_key_facts key;

    if (mdm_path_read(path, kind, &file, NULL, err) != 0 ||
        mdm_sha256_text(file.data, file.size, result->csr_sha256, err) != 0 ||
        (csr = mdm_csr_from_bytes(&file, path, err)) == NULL)
        return NULL;
    mdm_key_describe(&file, &key);
    result->holds_key = key.is_key;
    if ((result->subject = strdup(mdm_csr_facts(csr)->subject)) == NULL) {
        mdm_error_memory(err);
        return NULL;
    }
    return mdm_take_at(&csr);
}

/* Reads the CSR and stages its request, unless the folder has it under its plain name. */
static int sign_job(const struct mdm_batch *batch, struct job *job, struct mdm_error *err)
{
    const struct mdm_key_id *vendor = &mdm_cert_facts(mdm_signer_chain(batch->signer)->items[0])->key_id;
    /* Regular files only: a pipe would hold up all the others until somebody writes to it. */
    MDM_OWNED(mdm_csr_free)
    struct mdm_csr *csr = mdm_batch_read(job->result.input, MDM_PATH_REGULAR, &job->result, err);
    const struct mdm_csr_facts *facts = csr != NULL ? mdm_csr_facts(csr) : NULL;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes request = {0};
    char found[MDM_SHA256_TEXT];

    if (csr == NULL || mdm_sha256_text(facts->der.data, facts->der.size, job->csr, err) != 0 ||
        look(batch, job, 1, found, err) != 0)
        return -1;
    if (strcmp(found, job->csr) == 0 && mdm_csr_check(csr, job->result.input, vendor, NULL) == 0) {
        job->result.outcome = MDM_BATCH_PRESENT;
        return 0;
    }
    if (mdm_signer_sign(batch->signer, csr, job->result.input, &request, err) != 0)
        return -1;
    job->fatal = mdm_file_stage(batch->dir, NULL, &request, MDM_MODE_PUBLIC, &job->staged, err) != 0;
    return job->fatal ? -1 : 0;
}

static void *work(void *self)
{
    struct mdm_batch *batch = self;
    size_t i;

    while (!batch->caller.enough(batch->caller.ctx) && (i = atomic_fetch_add(&batch->taken, 1)) < batch->count) {
        struct mdm_error why = {0};

        if (sign_job(batch, &batch->jobs[i], &why) != 0)
            fail(&batch->jobs[i], &why);
    }
    return NULL;
}

/* Signs and stages by threads. Signals are left to this one. Fewer threads than wanted will do, but there must be one.
 */
static int stage(struct mdm_batch *batch, struct mdm_error *err)
{
    pthread_t threads[MDM_BATCH_MAX];
    size_t started = 0;
    sigset_t all, old;
    int reason = 0;

    atomic_store(&batch->taken, 0);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    while (reason == 0 && started < batch->count && started < batch->caller.jobs) {
        reason = pthread_create(&threads[started], NULL, work, batch);
        started += reason == 0;
    }
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    for (size_t i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
    return started > 0 || batch->count == 0 ? 0 : mdm_error_system(err, reason, "cannot start a thread");
}

/* Gives a staged request its name with this number. 1: that name is taken. */
static int put(const struct mdm_batch *batch, struct job *job, unsigned number, struct mdm_error *err)
{
    const struct mdm_batch_name name = mdm_batch_name(job->result.input, number);
    struct mdm_error failed = {0};

    job->result.number = number;
    if (mdm_file_put(batch->dir, &job->staged, name.text, MDM_FILE_PUBLISH, &failed) == 0)
        return 0;
    job->fatal = failed.code != MDM_E_EXISTS;
    return job->fatal ? mdm_error_copy(err, &failed) : 1;
}

/* Gives a staged request its name: the plain one; when that is taken, the one with the number that this CSR is known to
 * have, if its request is still there, or the first free one. */
static int take_name(struct mdm_batch *batch, struct job *job, struct mdm_error *err)
{
    const struct mdm_batch_name plain = mdm_batch_name(job->result.input, 1);
    char found[MDM_SHA256_TEXT];
    int taken = put(batch, job, 1, err);

    if (taken <= 0)
        return taken;
    struct number *own = number_of(batch, &plain, job->csr), *unseen = number_of(batch, &plain, "");
    if (own == NULL || unseen == NULL)
        return mdm_error_memory(err);
    if (own->number > 0 && look(batch, job, own->number, found, err) != 0)
        return -1;
    if (own->number > 0 && strcmp(found, job->csr) != 0)
        own->number = 0;
    for (unsigned number = unseen->number > 0 ? unseen->number : 1; own->number == 0; number++) {
        struct number *whose = own;

        taken = put(batch, job, number, err);
        if (taken < 0 || (taken > 0 && look(batch, job, number, found, err) != 0))
            return -1;
        if (taken > 0 && found[0] == '\0')
            return mdm_error_set(err, MDM_E_REFUSED,
                                 "'%s' is not signed: '%s/%s' is there already, and is not a request with this vendor "
                                 "certificate and its whole chain" MDM_HINT "Nothing is overwritten. Move that file "
                                 "away, or sign into a new folder, as after a renewal of the vendor certificate.",
                                 job->result.input, mdm_dir_path(batch->dir),
                                 mdm_batch_name(job->result.input, number).text);
        if (taken > 0 && (whose = number_of(batch, &plain, found)) == NULL)
            return mdm_error_memory(err);
        whose->number = number;
        unseen->number = number + 1;
    }
    if (job->staged.name[0] != '\0') /* it was there */
        job->result.outcome = MDM_BATCH_PRESENT;
    return 0;
}

/* Frees the first jobs, and moves the others up. */
static void drop(struct mdm_batch *batch, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mdm_file_discard(batch->dir, &batch->jobs[i].staged);
        free(batch->jobs[i].result.error);
        free(batch->jobs[i].result.subject);
    }
    batch->count -= count;
    memmove(batch->jobs, batch->jobs + count, batch->count * sizeof *batch->jobs);
}

void mdm_batch_add(struct mdm_batch *batch, const char *path)
{
    batch->jobs[batch->count++] = (struct job){.result.input = path};
}

int mdm_batch_sign(struct mdm_batch *batch, struct mdm_error *err)
{
    const struct mdm_staged *staged[MDM_BATCH_MAX];
    size_t staged_count = 0, settled = 0, count = 0;
    bool needed = false;
    int result = stage(batch, err);

    if (result == 0)
        count = atomic_load(&batch->taken) < batch->count ? atomic_load(&batch->taken) : batch->count;
    for (size_t i = 0; i < count; i++)
        if (batch->jobs[i].staged.name[0] != '\0')
            staged[staged_count++] = &batch->jobs[i].staged;
    if (staged_count > 0)
        result = mdm_file_sync_staged(batch->dir, staged, staged_count, err);
    for (; result == 0 && settled < count; settled++) {
        struct job *job = &batch->jobs[settled];
        struct mdm_error why = {0};

        if (job->staged.name[0] != '\0' && take_name(batch, job, &why) != 0)
            fail(job, &why);
        mdm_file_discard(batch->dir, &job->staged);
        if (job->fatal) {
            result = job->result.error != NULL ? mdm_error_copy(err, job->result.error) : mdm_error_memory(err);
            break;
        }
        needed = needed || job->result.outcome != MDM_BATCH_FAILED;
    }
    /* Also after an error: what has its name is reported, if the disk lets it last. */
    if (needed && mdm_file_sync_staged(batch->dir, NULL, 0, err) != 0)
        return -1;
    for (size_t i = 0; i < settled; i++) {
        struct mdm_batch_result *done = &batch->jobs[i].result;
        struct mdm_batch_name name = {""};

        if (done->outcome != MDM_BATCH_FAILED)
            name = mdm_batch_name(done->input, done->number);
        done->output = name.text;
        batch->caller.report(batch->caller.ctx, done);
    }
    drop(batch, settled);
    return result;
}

struct mdm_batch *mdm_batch_new(const struct mdm_signer *signer, const char *directory,
                                const struct mdm_batch_caller *caller, struct mdm_error *err)
{
    MDM_OWNED(mdm_batch_free) struct mdm_batch *batch = mdm_new(sizeof *batch, err);

    if (batch == NULL || (batch->dir = mdm_dir_open(directory, err)) == NULL)
        return NULL;
    batch->signer = signer;
    batch->caller = *caller;
    mdm_dir_sweep(batch->dir);
    return mdm_take_at(&batch);
}

void mdm_batch_free(struct mdm_batch **batch)
{
    if (*batch == NULL)
        return;
    drop(*batch, (*batch)->count);
    mdm_dir_close(&(*batch)->dir);
    while ((*batch)->numbers != NULL) {
        struct number *number = *(struct number **)(*batch)->numbers;

        (void)tdelete(number, &(*batch)->numbers, compare_numbers);
        free(number);
    }
    free(*batch);
    *batch = NULL;
}
