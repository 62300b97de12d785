/*
 * The batch: paths are taken in chunks. While threads sign one chunk, this thread syncs the one before, gives its
 * requests their names and reports the one before that, whose names the same sync made last: a sync costs the time of
 * some dozens of signatures, whatever there is to sync. Nothing is reported that would not survive a power failure.
 */
#include "flow/batch.h"

#include <pthread.h>
#include <search.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/file.h"

#define EXTENSION    ".plist_encode"
#define REQUEST_MODE 0644u

#define CHUNK 256u

struct job {
    struct mdm_batch_result result; /* its number is 0 until it has a name, or is found in the folder */
    char *path;
    char csr[MDM_SHA256_TEXT]; /* digest of the CSR's DER */
    struct mdm_staged staged;  /* the request, until it has a name */
    bool fatal;                /* the disk or memory fails: not this CSR's fault */
};

struct chunk {
    struct job jobs[CHUNK];
    size_t count;
    const struct batch *batch;
    unsigned thread_count; /* of the threads that sign it */
    atomic_size_t taken;   /* jobs before this one were taken by a thread */
    mdm_time began;
};

/* For names that several CSRs share: the number that each CSR has, and the first number that was not looked at, by
 * hashes, in a tree of <search.h>; a hit is looked up in the folder before it is believed. */
struct number {
    uint64_t key;
    unsigned number;
};

struct batch {
    const struct mdm_signer *signer;
    const struct mdm_batch_ends *ends;
    struct mdm_dir *dir;
    void *numbers; /* the tree's root */
    bool ended;    /* no more paths come */
    bool failed;   /* the list of paths broke off */
    bool disk_failed;
    pthread_t *threads;
    unsigned thread_max;
    struct chunk chunks[3];
};

/* The part of a path that its request is named after: without an end that says "CSR" and nothing about whose. Others
 * stay: "acme.com" is a name. */
static const char *base_of(const char *input, size_t *size)
{
    static const char *const known[] = {".csr", ".pem", ".der", ".req", ".p10", ".txt", ".certSigningRequest"};
    const char *slash = strrchr(input, '/');
    const char *base = slash != NULL ? slash + 1 : input;
    const char *dot = strrchr(base, '.');

    *size = strlen(base);
    for (size_t i = 0; dot != NULL && dot != base && i < sizeof known / sizeof known[0]; i++)
        if (strcasecmp(known[i], dot) == 0)
            *size = (size_t)(dot - base);
    return base;
}

int mdm_batch_name(const char *input, unsigned number, struct mdm_batch_name *name, struct mdm_error *err)
{
    char suffix[16] = "";
    size_t size;
    const char *base = base_of(input, &size);
    int length = -1;

    if (number > 1)
        (void)snprintf(suffix, sizeof suffix, "-%u", number);
    if (size <= MDM_BATCH_NAME_MAX)
        length = snprintf(name->text, sizeof name->text, "%.*s%s%s", (int)size, base, suffix, EXTENSION);
    if (length < 0 || length > MDM_BATCH_NAME_MAX) {
        mdm_error_set(err, MDM_E_FAILED, "the name of '%s' is too long to name its request after it", input);
        return mdm_error_hint(err, "Rename it, or sign it alone with `mdmvendor sign -o FILE`.");
    }
    return 0;
}

/* FNV-1a, 64 bits, of the name that the request gets, and of the CSR's digest, which may be "". */
static uint64_t key_of(const char *input, const char *csr)
{
    uint64_t value = 0xcbf29ce484222325u;
    size_t size;
    const char *base = base_of(input, &size);

    for (size_t i = 0; i < size; i++)
        value = (value ^ (unsigned char)base[i]) * 0x100000001b3u;
    for (; *csr != '\0'; csr++)
        value = (value ^ (unsigned char)*csr) * 0x100000001b3u;
    return value;
}

static int compare_numbers(const void *a, const void *b)
{
    const struct number *left = a, *right = b;

    return (left->key > right->key) - (left->key < right->key);
}

/* 0 when it is not known. */
static unsigned number_of(const struct batch *batch, uint64_t key)
{
    const struct number wanted = {.key = key};
    struct number *const *found = tfind(&wanted, &batch->numbers, compare_numbers);

    return found != NULL ? (*found)->number : 0;
}

static int set_number(struct batch *batch, uint64_t key, unsigned number, struct mdm_error *err)
{
    struct number *made = malloc(sizeof *made), **place = NULL;

    if (made != NULL) {
        *made = (struct number){key, number};
        place = tsearch(made, &batch->numbers, compare_numbers);
    }
    if (place != NULL)
        (*place)->number = number;
    if (place == NULL || *place != made)
        free(made);
    return place != NULL ? 0 : mdm_error_memory(err);
}

enum there {
    FOREIGN, /* nothing, or anything else */
    SAME,    /* the request of this CSR, by this vendor certificate */
    OTHER,   /* this vendor certificate's request for another CSR */
};

/* What has the name in the folder. `found` receives the digest of the CSR in it; "" without memory. */
static enum there look(const struct batch *batch, const char *name, const char *csr, char found[MDM_SHA256_TEXT])
{
    struct mdm_bytes bytes = {0};
    struct mdm_request *request = NULL;
    enum there there = FOREIGN;

    if (mdm_file_read(batch->dir, name, MDM_FILE_LIMIT, &bytes, NULL) == MDM_FILE_READ)
        request = mdm_request_read(&bytes, NULL);
    found[0] = '\0';
    if (request != NULL && mdm_request_matches(request, mdm_signer_chain(batch->signer)->items[0], NULL))
        there = mdm_request_csr_sha256(request, found, NULL) == 0 && strcmp(found, csr) == 0 ? SAME : OTHER;
    mdm_request_free(&request);
    mdm_bytes_free(&bytes);
    return there;
}

/* Errors are large and rare: they get memory only when there is one. */
static void fail(struct job *job, const struct mdm_error *why)
{
    job->result.outcome = MDM_BATCH_FAILED;
    job->result.error = malloc(sizeof *job->result.error);
    if (job->result.error != NULL)
        *job->result.error = *why;
    else
        job->fatal = true;
}

/* Reads the CSR and stages its request, unless the folder has it under its plain name. */
static void sign_job(const struct batch *batch, struct job *job)
{
    struct mdm_batch_result *result = &job->result;
    struct mdm_error why = {0};
    struct mdm_batch_name name;
    struct mdm_bytes file = {0}, request = {0};
    struct mdm_csr *csr = NULL;
    struct mdm_key_facts key;
    char found[MDM_SHA256_TEXT];

    /* Regular files only: a pipe would hold up all the others until somebody writes to it. */
    if (mdm_path_read_regular(job->path, &file, &why) == 0)
        csr = mdm_csr_from_bytes(&file, job->path, &why);
    if (csr != NULL &&
        mdm_sha256_text(mdm_csr_facts(csr)->der.data, mdm_csr_facts(csr)->der.size, job->csr, &why) == 0) {
        mdm_key_describe(&file, &key);
        result->holds_key = key.is_key;
        if (batch->ends->record && mdm_sha256_text(file.data, file.size, result->csr_sha256, &why) == 0 &&
            (result->subject = strdup(mdm_csr_facts(csr)->subject)) == NULL)
            mdm_error_memory(&why);
    }
    if (why.code != MDM_OK || mdm_batch_name(job->path, 1, &name, &why) != 0) {
        fail(job, &why);
    } else if (look(batch, name.text, job->csr, found) == SAME) {
        result->outcome = MDM_BATCH_PRESENT;
        result->number = 1;
    } else if (mdm_signer_sign(batch->signer, csr, job->path, &request, &why) != 0) {
        fail(job, &why);
    } else {
        result->outcome = MDM_BATCH_SIGNED;
        job->fatal = mdm_file_stage(batch->dir, NULL, &request, REQUEST_MODE, &job->staged, &why) != 0;
        if (job->fatal)
            fail(job, &why);
    }
    mdm_csr_free(&csr);
    mdm_bytes_free(&file);
    mdm_bytes_free(&request);
}

/* A second is enough for a chunk, so that a slow key is heard of soon: the rest goes into the next one. */
static void *work(void *self)
{
    struct chunk *chunk = self;
    const struct batch *batch = chunk->batch;
    const struct mdm_batch_ends *ends = batch->ends;
    size_t i;

    while (!ends->stop(ends->self) && (i = atomic_fetch_add(&chunk->taken, 1)) < chunk->count) {
        sign_job(batch, &chunk->jobs[i]);
        if (ends->now(ends->self) > chunk->began + 1)
            break;
    }
    return NULL;
}

/* Signals are left to this thread. Fewer threads than wanted will do, but there must be one. */
static int start(struct batch *batch, struct chunk *chunk, struct mdm_error *err)
{
    sigset_t all, old;
    int reason = 0;

    atomic_store(&chunk->taken, 0);
    chunk->began = batch->ends->now(batch->ends->self);
    chunk->batch = batch;
    chunk->thread_count = 0;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    while (reason == 0 && chunk->thread_count < batch->thread_max && chunk->thread_count < chunk->count) {
        reason = pthread_create(&batch->threads[chunk->thread_count], NULL, work, chunk);
        chunk->thread_count += reason == 0;
    }
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (chunk->count > 0 && chunk->thread_count == 0)
        return mdm_error_system(err, reason, "cannot start a thread");
    return 0;
}

static void end_job(const struct batch *batch, struct job *job)
{
    mdm_file_discard(batch->dir, &job->staged);
    free(job->result.error);
    free(job->result.subject);
    free(job->path);
    *job = (struct job){0};
}

static void drop_from(const struct batch *batch, struct chunk *chunk, size_t count)
{
    while (chunk->count > count)
        end_job(batch, &chunk->jobs[--chunk->count]);
}

/* Fills a chunk. Waits for a path only when there is nothing else to do. */
static int feed(struct batch *batch, struct chunk *chunk, bool idle, struct mdm_error *err)
{
    const struct mdm_batch_ends *ends = batch->ends;
    const char *path = NULL;

    while (!batch->ended && chunk->count < CHUNK) {
        enum mdm_batch_next next = MDM_BATCH_END;

        if (!ends->stop(ends->self))
            next = ends->next(ends->self, idle && chunk->count == 0, &path, err);
        if (next == MDM_BATCH_LATER)
            break;
        if (next != MDM_BATCH_PATH) { /* after an error, what is begun is finished */
            batch->ended = true;
            batch->failed = next == MDM_BATCH_ERROR;
            break;
        }
        chunk->jobs[chunk->count].result.outcome = MDM_BATCH_FAILED;
        chunk->jobs[chunk->count].result.input = chunk->jobs[chunk->count].path = strdup(path);
        if (chunk->jobs[chunk->count].path == NULL)
            return mdm_error_memory(err);
        chunk->count++;
    }
    return 0;
}

/* Gives a staged request its name with this number. 1: done, 0: there is such a file, -1: error. */
static int publish(const struct batch *batch, struct job *job, unsigned number, struct mdm_batch_name *name,
                   struct mdm_error *err)
{
    struct mdm_error failed = {0};

    job->result.number = number;
    if (mdm_batch_name(job->path, number, name, err) != 0)
        return -1;
    if (mdm_file_put(batch->dir, &job->staged, name->text, MDM_FILE_PUBLISH, &failed) == 0)
        return 1;
    job->fatal = failed.code != MDM_E_EXISTS;
    return job->fatal ? mdm_error_copy(err, &failed) : 0;
}

/* Tries one number. 1: settled, the request has that name or was there already; 0: the name is another CSR's; -1:
 * error, which is fatal unless the name is somebody else's. */
static int try_number(struct batch *batch, struct job *job, unsigned number, struct mdm_error *err)
{
    struct mdm_batch_name name;
    char found[MDM_SHA256_TEXT];
    enum there there;
    int published = publish(batch, job, number, &name, err);

    if (published != 0)
        return published;
    there = look(batch, name.text, job->csr, found);
    if (there == SAME)
        job->result.outcome = MDM_BATCH_PRESENT;
    if (there == FOREIGN) {
        mdm_error_set(err, MDM_E_REFUSED,
                      "'%s' is not signed: '%s/%s' is there already, and is not a request made with this vendor "
                      "certificate",
                      job->path, mdm_dir_path(batch->dir), name.text);
        return mdm_error_hint(err, "Nothing is overwritten. After a renewal of the vendor certificate, sign into a new "
                                   "folder.");
    }
    if (there == OTHER)
        job->fatal = found[0] == '\0' || set_number(batch, key_of(job->path, found), number, err) != 0;
    return job->fatal ? -1 : there == SAME;
}

/* Gives a staged request its name: hardly ever is the plain one taken. Then it gets the number that its CSR is known to
 * have, if it is there, or else the first free one. */
static int take_name(struct batch *batch, struct job *job, struct mdm_error *err)
{
    const uint64_t plain = key_of(job->path, ""), own = key_of(job->path, job->csr);
    unsigned number = number_of(batch, own);
    struct mdm_batch_name name;
    char found[MDM_SHA256_TEXT];
    int result = publish(batch, job, 1, &name, err);

    if (result != 0)
        return result < 0 ? -1 : 0;
    if (number != 0 && mdm_batch_name(job->path, number, &name, NULL) == 0 &&
        look(batch, name.text, job->csr, found) == SAME) {
        job->result.outcome = MDM_BATCH_PRESENT;
        job->result.number = number;
        return 0;
    }
    number = number_of(batch, plain);
    if (number == 0)
        number = 1;
    while ((result = try_number(batch, job, number, err)) == 0)
        number++;
    if (result < 0)
        return -1;
    job->fatal = set_number(batch, own, number, err) != 0 || set_number(batch, plain, number + 1, err) != 0;
    return job->fatal ? -1 : 0;
}

/* Makes last what `staged` has staged and the names that `named` has, and reports `named`. */
static int sync_and_report(struct batch *batch, struct chunk *named, const struct chunk *staged, struct mdm_error *err)
{
    const struct mdm_staged *items[CHUNK];
    size_t count = 0;
    bool needed = false;

    for (size_t i = 0; i < named->count; i++)
        needed = needed || named->jobs[i].result.outcome != MDM_BATCH_FAILED;
    for (size_t i = 0; i < staged->count; i++)
        if (staged->jobs[i].staged.name[0] != '\0')
            items[count++] = &staged->jobs[i].staged;
    if ((needed || count > 0) && mdm_file_sync_staged(batch->dir, items, count, err) != 0) {
        batch->disk_failed = true; /* a second sync would succeed, and the data be lost all the same */
        return -1;
    }
    for (size_t i = 0; i < named->count; i++) {
        struct mdm_batch_result *result = &named->jobs[i].result;
        struct mdm_batch_name name = {""};

        if (result->outcome != MDM_BATCH_FAILED)
            (void)mdm_batch_name(result->input, result->number, &name, NULL);
        result->output = name.text;
        batch->ends->report(batch->ends->self, result);
        end_job(batch, &named->jobs[i]);
    }
    named->count = 0;
    return 0;
}

/* Syncs and names a chunk that is signed; the one before it is reported. */
static int settle(struct batch *batch, struct chunk *named, struct chunk *staged, struct mdm_error *err)
{
    if (sync_and_report(batch, named, staged, err) != 0)
        return -1;
    for (size_t i = 0; i < staged->count; i++) {
        struct job *job = &staged->jobs[i];
        struct mdm_error why = {0};

        if (!job->fatal && job->result.outcome == MDM_BATCH_SIGNED && take_name(batch, job, &why) != 0)
            fail(job, &why);
        mdm_file_discard(batch->dir, &job->staged);
        if (job->fatal) {
            if (err != NULL && job->result.error != NULL)
                *err = *job->result.error;
            drop_from(batch, staged, i);
            return mdm_error_memory(err);
        }
    }
    return 0;
}

/* After an error: what has its name is still reported, if the disk lets it last. */
static void finish(struct batch *batch, struct chunk *named, struct chunk *staged)
{
    static const struct chunk none;
    size_t count = 0;

    while (count < staged->count && (staged->jobs[count].result.number > 0 || staged->jobs[count].result.error != NULL))
        count++;
    drop_from(batch, staged, count);
    if (!batch->disk_failed && sync_and_report(batch, named, &none, NULL) == 0)
        (void)sync_and_report(batch, staged, &none, NULL);
}

static int run(struct batch *batch, struct mdm_error *err)
{
    struct chunk *named = &batch->chunks[0], *staged = &batch->chunks[1], *fresh = &batch->chunks[2];

    for (;;) {
        struct chunk *oldest = named;
        int result = feed(batch, fresh, named->count == 0 && staged->count == 0, err);
        size_t taken;

        if (result == 0 && batch->ended && named->count == 0 && staged->count == 0 && fresh->count == 0)
            return batch->failed ? -1 : 0;
        if (result == 0)
            result = start(batch, fresh, err);
        if (result == 0)
            result = settle(batch, named, staged, err);
        while (fresh->thread_count > 0)
            (void)pthread_join(batch->threads[--fresh->thread_count], NULL);
        if (result != 0) {
            finish(batch, named, staged);
            return -1;
        }
        /* What the threads did not take goes into the next chunk, which is empty, or is dropped when the caller wants
         * no more. */
        taken = atomic_load(&fresh->taken);
        if (batch->ends->stop(batch->ends->self))
            drop_from(batch, fresh, taken);
        for (size_t i = taken; i < fresh->count; i++) {
            oldest->jobs[oldest->count++] = fresh->jobs[i];
            fresh->jobs[i] = (struct job){0};
        }
        if (fresh->count > taken)
            fresh->count = taken;
        named = staged;
        staged = fresh;
        fresh = oldest;
    }
}

int mdm_batch_sign(const struct mdm_signer *signer, const char *directory, unsigned jobs,
                   const struct mdm_batch_ends *ends, struct mdm_error *err)
{
    struct batch *batch = mdm_new(sizeof *batch, err);
    int result = -1;

    if (batch == NULL)
        return -1;
    batch->signer = signer;
    batch->ends = ends;
    batch->thread_max = jobs > 0 ? jobs : 1;
    if ((batch->threads = calloc(batch->thread_max, sizeof *batch->threads)) == NULL)
        mdm_error_memory(err);
    else if ((batch->dir = mdm_dir_open(directory, err)) != NULL) {
        mdm_dir_sweep(batch->dir, MDM_SWEEP_DEAD);
        result = run(batch, err);
    }
    for (size_t i = 0; i < sizeof batch->chunks / sizeof batch->chunks[0]; i++)
        drop_from(batch, &batch->chunks[i], 0);
    mdm_dir_close(&batch->dir);
    while (batch->numbers != NULL) {
        struct number *number = *(struct number **)batch->numbers;

        (void)tdelete(number, &batch->numbers, compare_numbers);
        free(number);
    }
    free(batch->threads);
    free(batch);
    return result;
}
