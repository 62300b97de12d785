/*
 * The batch: paths go into a ring of jobs, threads sign them in any order, and this thread syncs, names and reports
 * them in the order of the paths, a group at a time.
 */
#include "flow/batch.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "flow/batch_job.h"

/* A sync costs the time of some dozens of signatures, whatever there is to sync: a group shares one. The window leaves
 * the threads work for that long. */
#define GROUP  256u
#define WINDOW ((size_t)4 * GROUP)

/* The places of the ring are counted on and on: reported <= settled <= taken <= tail <= reported + WINDOW. */
struct batch {
    const struct mdm_signer *signer;
    const struct mdm_batch_ends *ends;
    struct mdm_dir *dir;
    struct mdm_job jobs[WINDOW];
    struct mdm_numbers seen;  /* of the names that were read: guesses */
    struct mdm_numbers named; /* of the names that were given */
    uint64_t reported;        /* jobs before this one are reported and gone */
    uint64_t settled;         /* jobs before this one have their names */
    bool ended;               /* no more paths come */
    bool stopped;             /* the caller wants no more */
    bool failed;              /* the list of paths broke off */
    mdm_time last;            /* when jobs were settled last */

    pthread_mutex_t mutex; /* for what follows */
    pthread_cond_t work;   /* there is a job, or no more will come */
    pthread_cond_t done;   /* a group of jobs is signed, or enough time has passed */
    uint64_t taken;        /* jobs before this one were taken by a thread */
    uint64_t tail;         /* jobs before this one are in the ring */
    uint64_t signed_jobs;
    bool finished[WINDOW];
    bool closing;
    mdm_time woken; /* when `done` was signalled last */

    pthread_t *threads;
    unsigned thread_count;
    unsigned thread_max;
};

static struct mdm_job *job_at(struct batch *batch, uint64_t place)
{
    return &batch->jobs[place % WINDOW];
}

/* Called with the mutex. Waking the other thread for every job would cost more than the rest of the bookkeeping. */
static void tell_finished(struct batch *batch, uint64_t place, mdm_time now)
{
    batch->finished[place % WINDOW] = true;
    batch->signed_jobs++;
    if (batch->signed_jobs % GROUP != 0 && batch->taken != batch->tail && now == batch->woken)
        return;
    batch->woken = now;
    (void)pthread_cond_signal(&batch->done);
}

static void *work(void *self)
{
    struct batch *batch = self;

    (void)pthread_mutex_lock(&batch->mutex);
    for (;;) {
        uint64_t place;
        mdm_time now;

        while (!batch->closing && batch->taken == batch->tail)
            (void)pthread_cond_wait(&batch->work, &batch->mutex);
        if (batch->closing)
            break;
        place = batch->taken++;
        (void)pthread_mutex_unlock(&batch->mutex);
        mdm_job_sign(job_at(batch, place), batch->signer, batch->dir);
        now = batch->ends->now(batch->ends->self);
        (void)pthread_mutex_lock(&batch->mutex);
        tell_finished(batch, place, now);
    }
    (void)pthread_mutex_unlock(&batch->mutex);
    return NULL;
}

/* Starts one more thread. Signals are this thread's business. */
static int start_thread(struct batch *batch, struct mdm_error *err)
{
    sigset_t all, old;
    int reason;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    reason = pthread_create(&batch->threads[batch->thread_count], NULL, work, batch);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (reason != 0 && batch->thread_count == 0)
        return mdm_error_system(err, reason, "cannot start a thread");
    if (reason != 0)
        batch->thread_max = batch->thread_count; /* fewer will do */
    else
        batch->thread_count++;
    return 0;
}

static int add_path(struct batch *batch, const char *path, struct mdm_error *err)
{
    unsigned guess = mdm_numbers_get(&batch->seen, path);

    if (mdm_job_begin(job_at(batch, batch->tail), path, guess, err) != 0)
        return -1;
    mdm_numbers_set(&batch->seen, path, guess + 1);
    batch->finished[batch->tail % WINDOW] = false;
    (void)pthread_mutex_lock(&batch->mutex);
    batch->tail++;
    (void)pthread_cond_signal(&batch->work);
    (void)pthread_mutex_unlock(&batch->mutex);
    return batch->thread_count < batch->thread_max ? start_thread(batch, err) : 0;
}

static bool is_stopping(const struct batch *batch)
{
    return !batch->stopped && batch->ends->stop(batch->ends->self);
}

/* Fills the ring. Waits for a path only when there is nothing else to do. */
static int feed(struct batch *batch, struct mdm_error *err)
{
    const char *path = NULL;

    while (!batch->ended && batch->tail - batch->reported < WINDOW) {
        if (is_stopping(batch))
            return 0;
        switch (batch->ends->next(batch->ends->self, batch->tail == batch->reported, &path, err)) {
        case MDM_BATCH_PATH:
            if (add_path(batch, path, err) != 0)
                return -1;
            break;
        case MDM_BATCH_END:
            batch->ended = true;
            break;
        case MDM_BATCH_LATER:
            return 0;
        default:
            batch->ended = batch->failed = true; /* what is begun is finished */
            break;
        }
    }
    return 0;
}

/* Takes the jobs that nobody has begun out of the ring. */
static void drop_rest(struct batch *batch)
{
    batch->ended = batch->stopped = true;
    (void)pthread_mutex_lock(&batch->mutex);
    while (batch->tail > batch->taken)
        mdm_job_end(job_at(batch, --batch->tail), batch->dir);
    (void)pthread_mutex_unlock(&batch->mutex);
}

/* How many jobs can be settled: those that are finished without one that is not before them. */
static unsigned count_ready(struct batch *batch)
{
    unsigned ready = 0;

    while (batch->settled + ready < batch->tail && batch->finished[(batch->settled + ready) % WINDOW])
        ready++;
    return ready;
}

static void report(struct batch *batch)
{
    for (; batch->reported < batch->settled; batch->reported++) {
        struct mdm_job *job = job_at(batch, batch->reported);
        struct mdm_batch_name name = {""};
        struct mdm_batch_result result = {
            .outcome = job->outcome,
            .input = job->input,
            .output = name.text,
            .number = job->number,
            .error = job->error,
        };

        if (job->outcome != MDM_BATCH_FAILED)
            (void)mdm_batch_name(job->input, job->number, &name, NULL);
        batch->ends->report(batch->ends->self, &result);
        mdm_job_end(job, batch->dir);
    }
}

/* Makes last what the next `count` jobs have staged, and the names that were given before; then these are reported. */
static int sync_and_report(struct batch *batch, unsigned count, struct mdm_error *err)
{
    const struct mdm_staged *staged[WINDOW];
    size_t staged_count = 0;
    bool needed = false;

    for (uint64_t i = batch->reported; i < batch->settled + count; i++) {
        const struct mdm_job *job = job_at(batch, i);

        needed = needed || job->outcome != MDM_BATCH_FAILED;
        if (job->staged.name[0] != '\0')
            staged[staged_count++] = &job->staged;
    }
    if (needed && mdm_file_sync_staged(batch->dir, staged, staged_count, err) != 0)
        return -1;
    report(batch);
    return 0;
}

/* Gives the next `count` jobs their names. They are reported with the next group, whose sync makes the names last. */
static int settle(struct batch *batch, unsigned count, struct mdm_error *err)
{
    if (sync_and_report(batch, count, err) != 0)
        return -1;
    for (; count > 0; count--) {
        struct mdm_job *job = job_at(batch, batch->settled);

        if (!job->fatal)
            mdm_job_name(job, batch->signer, batch->dir, &batch->named);
        if (job->fatal) {
            if (err != NULL && job->error != NULL)
                *err = *job->error;
            return mdm_error_set(err, MDM_E_FAILED, "out of memory");
        }
        batch->settled++;
    }
    return 0;
}

/* Whether it is time to settle: a full group, or all that there is, or a second has passed. */
static bool is_due(const struct batch *batch, unsigned ready)
{
    if (ready >= GROUP || batch->settled + ready == batch->tail)
        return true;
    return (ready > 0 || batch->settled > batch->reported) && batch->ends->now(batch->ends->self) != batch->last;
}

/* Waits until jobs are to be settled, and says how many. */
static unsigned await_group(struct batch *batch)
{
    unsigned ready;

    (void)pthread_mutex_lock(&batch->mutex);
    for (;;) {
        ready = count_ready(batch);
        if (is_due(batch, ready) || is_stopping(batch))
            break;
        (void)pthread_cond_wait(&batch->done, &batch->mutex);
    }
    (void)pthread_mutex_unlock(&batch->mutex);
    return ready;
}

static int run(struct batch *batch, struct mdm_error *err)
{
    for (;;) {
        unsigned ready;

        if (feed(batch, err) != 0)
            return -1;
        if (is_stopping(batch))
            drop_rest(batch);
        if (batch->ended && batch->reported == batch->tail)
            return batch->failed ? -1 : 0;
        ready = await_group(batch);
        if (ready > 0 ? settle(batch, ready, err) != 0 : sync_and_report(batch, 0, err) != 0)
            return -1;
        batch->last = batch->ends->now(batch->ends->self);
    }
}

/* Whatever happened: nothing is left staged, and what has its name is reported if the disk lets it last. */
static void finish(struct batch *batch)
{
    drop_rest(batch);
    (void)pthread_mutex_lock(&batch->mutex);
    batch->closing = true;
    (void)pthread_cond_broadcast(&batch->work);
    (void)pthread_mutex_unlock(&batch->mutex);
    for (unsigned i = 0; i < batch->thread_count; i++)
        (void)pthread_join(batch->threads[i], NULL);
    (void)sync_and_report(batch, 0, NULL);
    while (batch->reported < batch->tail)
        mdm_job_end(job_at(batch, batch->reported++), batch->dir);
}

static struct batch *new_batch(const struct mdm_signer *signer, unsigned jobs, const struct mdm_batch_ends *ends,
                               struct mdm_error *err)
{
    struct batch *batch = calloc(1, sizeof *batch);
    pthread_t *threads = calloc(jobs > 0 ? jobs : 1, sizeof *threads);

    if (batch == NULL || threads == NULL) {
        free(threads);
        free(batch);
        (void)mdm_error_set(err, MDM_E_FAILED, "out of memory");
        return NULL;
    }
    batch->signer = signer;
    batch->ends = ends;
    batch->threads = threads;
    batch->thread_max = jobs > 0 ? jobs : 1;
    (void)pthread_mutex_init(&batch->mutex, NULL);
    (void)pthread_cond_init(&batch->work, NULL);
    (void)pthread_cond_init(&batch->done, NULL);
    return batch;
}

static void free_batch(struct batch *batch)
{
    mdm_dir_close(&batch->dir);
    (void)pthread_cond_destroy(&batch->done);
    (void)pthread_cond_destroy(&batch->work);
    (void)pthread_mutex_destroy(&batch->mutex);
    free(batch->threads);
    free(batch);
}

int mdm_batch_sign(const struct mdm_signer *signer, const char *directory, unsigned jobs,
                   const struct mdm_batch_ends *ends, struct mdm_error *err)
{
    struct batch *batch = new_batch(signer, jobs, ends, err);
    int result = -1;

    if (batch == NULL)
        return -1;
    batch->dir = mdm_dir_open(directory, err);
    if (batch->dir != NULL) {
        mdm_dir_sweep_dead(batch->dir);
        result = run(batch, err);
        finish(batch);
    }
    free_batch(batch);
    return result;
}
