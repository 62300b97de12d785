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

#define EXTENSION ".plist_encode"

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
    pthread_t threads[CHUNK];
    unsigned thread_max;
    struct chunk chunks[3];
};

int mdm_batch_name(const char *input, unsigned number, struct mdm_batch_name *name, struct mdm_error *err)
{
    /* Ends that say "CSR" and nothing about whose. Others stay: "acme.com" is a name. */
    static const char *const known[] = {".csr", ".pem", ".der", ".req", ".p10", ".txt", ".certSigningRequest"};
    const char *slash = strrchr(input, '/'), *base = slash != NULL ? slash + 1 : input, *dot = strrchr(base, '.');
    size_t size = strlen(base);
    char suffix[16] = "";
    int length = -1;

    for (size_t i = 0; dot != NULL && dot != base && i < sizeof known / sizeof known[0]; i++)
        if (strcasecmp(known[i], dot) == 0)
            size = (size_t)(dot - base);
    if (number > 1)
        (void)snprintf(suffix, sizeof suffix, "-%u", number);
    if (size <= MDM_BATCH_NAME_MAX)
        length = snprintf(name->text, sizeof name->text, "%.*s%s%s", (int)size, base, suffix, EXTENSION);
    if (length >= 0 && length <= MDM_BATCH_NAME_MAX)
        return 0;
    return mdm_error_set(err, MDM_E_FAILED,
                         "the name of '%s' is too long to name its request after it" MDM_HINT
                         "Rename it, or sign it alone with `mdmvendor sign -o FILE`.",
                         input);
}

/* FNV-1a, 64 bits, of a plain name and of the digest of a CSR that has it, which may be "". */
static uint64_t key_of(const struct mdm_batch_name *plain, const char *csr)
{
    uint64_t value = 0xcbf29ce484222325u;

    for (const char *c = plain->text; *c != '\0'; c++)
        value = (value ^ (unsigned char)*c) * 0x100000001b3u;
    for (const char *c = csr; *c != '\0'; c++)
        value = (value ^ (unsigned char)*c) * 0x100000001b3u;
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
    SAME,    /* the request that the signer makes of this CSR */
    OTHER,   /* what it makes of another CSR */
};

/* What has the name in the folder. `found` receives the digest of the CSR in it; "" without memory. */
static enum there look(const struct batch *batch, const char *name, const char *csr, char found[MDM_SHA256_TEXT])
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes bytes = {0};
    MDM_OWNED(mdm_request_free) struct mdm_request request = {0};
    const struct mdm_bytes *der = &request.parts[MDM_PART_CSR];

    found[0] = '\0';
    if (mdm_file_read(batch->dir, name, MDM_FILE_LIMIT, &bytes, NULL) != MDM_FILE_READ ||
        mdm_request_read(&bytes, &request, NULL) != 0 || !mdm_signer_made(batch->signer, &request, NULL))
        return FOREIGN;
    return mdm_sha256_text(der->data, der->size, found, NULL) == 0 && strcmp(found, csr) == 0 ? SAME : OTHER;
}

/* Errors are large and rare: they get memory only when there is one. */
static void fail(struct job *job, const struct mdm_error *why)
{
    job->result.outcome = MDM_BATCH_FAILED;
    job->result.error = mdm_new(sizeof *why, NULL);
    if (job->result.error != NULL)
        *job->result.error = *why;
    else
        job->fatal = true;
}

/* Reads the CSR and stages its request, unless the folder has it under its plain name. */
static int sign_job(const struct batch *batch, struct job *job, struct mdm_error *err)
{
    const struct mdm_key_id *vendor = &mdm_cert_facts(mdm_signer_chain(batch->signer)->items[0])->key_id;
    struct mdm_batch_result *result = &job->result;
    bool record = batch->ends->record;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes file = {0};
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes request = {0};
    MDM_OWNED(mdm_csr_free) struct mdm_csr *csr = NULL;
    const struct mdm_csr_facts *facts;
    struct mdm_batch_name name;
    struct mdm_key_facts key;
    char found[MDM_SHA256_TEXT];

    /* Regular files only: a pipe would hold up all the others until somebody writes to it. */
    if (mdm_path_read(job->path, MDM_PATH_REGULAR, &file, NULL, err) != 0 ||
        (csr = mdm_csr_from_bytes(&file, job->path, err)) == NULL)
        return -1;
    mdm_key_describe(&file, &key);
    result->holds_key = key.is_key;
    facts = mdm_csr_facts(csr);
    if (record && (result->subject = strdup(facts->subject)) == NULL)
        return mdm_error_memory(err);
    if (mdm_sha256_text(facts->der.data, facts->der.size, job->csr, err) != 0 ||
        (record && mdm_sha256_text(file.data, file.size, result->csr_sha256, err) != 0) ||
        mdm_batch_name(job->path, 1, &name, err) != 0)
        return -1;
    if (look(batch, name.text, job->csr, found) == SAME && mdm_csr_check(csr, job->path, vendor, NULL) == 0) {
        result->outcome = MDM_BATCH_PRESENT;
        result->number = 1;
        return 0;
    }
    if (mdm_signer_sign(batch->signer, csr, job->path, &request, err) != 0)
        return -1;
    job->fatal = mdm_file_stage(batch->dir, NULL, &request, MDM_MODE_PUBLIC, &job->staged, err) != 0;
    return job->fatal ? -1 : 0;
}

/* A second is enough for a chunk, so that a slow key is heard of soon: the rest goes into the next one. */
static void *work(void *self)
{
    struct chunk *chunk = self;
    const struct mdm_batch_ends *ends = chunk->batch->ends;
    size_t i;

    while (!ends->stop(ends->self) && (i = atomic_fetch_add(&chunk->taken, 1)) < chunk->count) {
        struct mdm_error why = {0};

        if (sign_job(chunk->batch, &chunk->jobs[i], &why) != 0)
            fail(&chunk->jobs[i], &why);
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

static void drop_from(const struct batch *batch, struct chunk *chunk, size_t count)
{
    for (; chunk->count > count; chunk->count--) {
        struct job *job = &chunk->jobs[chunk->count - 1];

        mdm_file_discard(batch->dir, &job->staged);
        free(job->result.error);
        free(job->result.subject);
        free(job->path);
        *job = (struct job){0};
    }
}

/* Fills a chunk. Waits for a path only when there is nothing else to do. */
static int feed(struct batch *batch, struct chunk *chunk, bool idle, struct mdm_error *err)
{
    const struct mdm_batch_ends *ends = batch->ends;

    while (!batch->ended && chunk->count < CHUNK) {
        const char *path = NULL;
        enum mdm_batch_next next = MDM_BATCH_END;

        if (!ends->stop(ends->self))
            next = ends->next(ends->self, idle && chunk->count == 0, &path, err);
        if (next == MDM_BATCH_LATER)
            break;
        batch->ended = next != MDM_BATCH_PATH; /* after an error, what is begun is finished */
        batch->failed = next == MDM_BATCH_ERROR;
        if (batch->ended)
            break;
        if ((chunk->jobs[chunk->count].path = strdup(path)) == NULL)
            return mdm_error_memory(err);
        chunk->count++;
    }
    return 0;
}

/* Gives a staged request its name: hardly ever is the plain one taken. Then it has the number that its CSR is known to
 * have, if it is there, or else gets the first free one. */
static int take_name(struct batch *batch, struct job *job, struct mdm_error *err)
{
    struct mdm_batch_name plain = {""}, name;
    enum there there = OTHER;
    char found[MDM_SHA256_TEXT];
    unsigned number, known, unseen;

    if (mdm_batch_name(job->path, 1, &plain, err) != 0)
        return -1;
    number = known = number_of(batch, key_of(&plain, job->csr));
    unseen = number_of(batch, key_of(&plain, ""));
    if (known != 0 && mdm_batch_name(job->path, known, &name, NULL) == 0)
        there = look(batch, name.text, job->csr, found);
    if (there != SAME)
        number = unseen != 0 ? unseen : 1;
    for (; there != SAME; number++) {
        struct mdm_error failed = {0};

        if (mdm_batch_name(job->path, number, &name, err) != 0)
            return -1;
        if (mdm_file_put(batch->dir, &job->staged, name.text, MDM_FILE_PUBLISH, &failed) == 0)
            break;
        job->fatal = failed.code != MDM_E_EXISTS;
        if (job->fatal)
            return mdm_error_copy(err, &failed);
        if ((there = look(batch, name.text, job->csr, found)) == SAME)
            break;
        if (there == FOREIGN)
            return mdm_error_set(err, MDM_E_REFUSED,
                                 "'%s' is not signed: '%s/%s' is there already, and is not a request with this vendor "
                                 "certificate and its whole chain" MDM_HINT "Nothing is overwritten. Move that file "
                                 "away, or sign into a new folder, as after a renewal of the vendor certificate.",
                                 job->path, mdm_dir_path(batch->dir), name.text);
        job->fatal = found[0] == '\0' || set_number(batch, key_of(&plain, found), number, err) != 0;
        if (job->fatal)
            return mdm_error_memory(err);
    }
    if (there == SAME)
        job->result.outcome = MDM_BATCH_PRESENT;
    job->result.number = number;
    job->fatal = number > 1 && (set_number(batch, key_of(&plain, job->csr), number, err) != 0 ||
                                (number >= unseen && set_number(batch, key_of(&plain, ""), number + 1, err) != 0));
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
        struct job *job = &named->jobs[i];
        struct mdm_batch_name name = {""};

        if (job->result.outcome != MDM_BATCH_FAILED)
            (void)mdm_batch_name(job->path, job->result.number, &name, NULL);
        job->result.input = job->path;
        job->result.output = name.text;
        batch->ends->report(batch->ends->self, &job->result);
    }
    drop_from(batch, named, 0);
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

        if (job->result.outcome == MDM_BATCH_SIGNED && take_name(batch, job, &why) != 0)
            fail(job, &why);
        mdm_file_discard(batch->dir, &job->staged);
        if (job->fatal) {
            if (job->result.error != NULL)
                mdm_error_copy(err, job->result.error);
            drop_from(batch, staged, i);
            return mdm_error_memory(err);
        }
    }
    return 0;
}

static int run(struct batch *batch, struct mdm_error *err)
{
    struct chunk *named = &batch->chunks[0], *staged = &batch->chunks[1], *fresh = &batch->chunks[2];

    while (!batch->ended || named->count > 0 || staged->count > 0 || fresh->count > 0) {
        struct chunk *oldest = named;
        bool idle = named->count == 0 && staged->count == 0;
        bool failed = feed(batch, fresh, idle, err) != 0 || start(batch, fresh, err) != 0 ||
                      settle(batch, named, staged, err) != 0;
        size_t taken, settled = 0;

        while (fresh->thread_count > 0)
            (void)pthread_join(batch->threads[--fresh->thread_count], NULL);
        if (failed) { /* what has its name is still reported, if the disk lets it last */
            while (settled < staged->count &&
                   (staged->jobs[settled].result.number > 0 || staged->jobs[settled].result.error != NULL))
                settled++;
            drop_from(batch, staged, settled);
            if (!batch->disk_failed && sync_and_report(batch, named, staged, NULL) == 0)
                (void)sync_and_report(batch, staged, named, NULL);
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
    return batch->failed ? -1 : 0;
}

static void batch_free(struct batch **batch)
{
    if (*batch == NULL)
        return;
    for (size_t i = 0; i < sizeof(*batch)->chunks / sizeof(*batch)->chunks[0]; i++)
        drop_from(*batch, &(*batch)->chunks[i], 0);
    mdm_dir_close(&(*batch)->dir);
    while ((*batch)->numbers != NULL) {
        struct number *number = *(struct number **)(*batch)->numbers;

        (void)tdelete(number, &(*batch)->numbers, compare_numbers);
        free(number);
    }
    free(*batch);
}

int mdm_batch_sign(const struct mdm_signer *signer, const char *directory, unsigned jobs,
                   const struct mdm_batch_ends *ends, struct mdm_error *err)
{
    MDM_OWNED(batch_free) struct batch *batch = mdm_new(sizeof *batch, err);

    if (batch == NULL || (batch->dir = mdm_dir_open(directory, err)) == NULL)
        return -1;
    batch->signer = signer;
    batch->ends = ends;
    batch->thread_max = jobs > 0 ? jobs : 1;
    mdm_dir_sweep(batch->dir);
    return run(batch, err);
}
