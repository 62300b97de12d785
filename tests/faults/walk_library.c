/*
 * Through the allocations of a command, and through its calls into libcrypto: each fails once. The program says so and
 * ends with 1, or gets along; it does not crash, claim a success that is none, or lose memory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "course.h"

/* How much of what went wrong is told in full. */
#define STORIES_MAX 8
#define STORY_LINES 2
/* Runs to see again what went wrong. */
#define TRACES_MAX 20

/* What a run without faults leaves allocated: what libraries keep to the end. */
struct rest {
    uint64_t blocks, bytes;
};

static struct rest learn_rest(struct course *course, enum plan_subject subject)
{
    struct plan *plan = course->bench.plan;
    struct outcome outcome;

    stage_enter(&course->bench, course->scenario->stage);
    course_order(course, subject, KEYS_TRIED, 0, PLAN_NOTHING, 0);
    plan->trace = true;
    course_run(course, &outcome);
    return (struct rest){plan->live, plan->live_bytes};
}

/* Where the program itself called: the first frame in it, and its caller's. */
static uint64_t program_frame(const struct plan_block *block)
{
    for (uint32_t i = 0; i < block->frames; i++)
        if (PLAN_MODULE(block->frame[i]) == 0)
            return block->frame[i];
    return 0;
}

/* Two allocations are alike when they came about by the same path of calls in the library from the same place of the
 * program; two calls into libcrypto, by the same five places. */
static uint64_t hash_path(const struct plan_block *block, int places)
{
    uint64_t hash = 14695981039346656037u;
    int own = 0;

    for (uint32_t i = 0; i < block->frames && own < places; i++) {
        hash = (hash ^ block->frame[i]) * 1099511628211u;
        own += PLAN_MODULE(block->frame[i]) == 0;
    }
    return hash;
}

/* Of all commands together. */
static uint64_t *seen;
static size_t seen_count;

static bool is_new(uint64_t path)
{
    for (size_t i = 0; i < seen_count; i++)
        if (seen[i] == path)
            return false;
    seen = realloc(seen, (seen_count + 1) * sizeof *seen);
    if (seen == NULL)
        die("out of memory");
    seen[seen_count++] = path;
    return true;
}

/* The numbers of the calls that are tried: all, or those whose path no earlier command had. */
static uint64_t *choose(const struct course *course, size_t *count)
{
    const struct plan *plan = course->bench.plan;
    uint64_t calls = plan->subject == PLAN_CRYPTO ? plan->crypto : plan->allocations;
    size_t all = course->full ? (size_t)calls : plan->block_count;
    uint64_t *chosen = calloc(all + 1, sizeof *chosen);
    /* Where a check is to fail, a call that fails must not make it come out well: that is another trial. */
    uint64_t refusal = plan->subject == PLAN_CRYPTO && course->scenario->status == 5;

    if (chosen == NULL)
        die("out of memory");
    *count = 0;
    for (size_t i = 0; i < all; i++) {
        if (course->full)
            chosen[(*count)++] = i + 1;
        else if (is_new(hash_path(&plan->blocks[i], plan->subject == PLAN_CRYPTO ? 5 : 1) ^ refusal))
            chosen[(*count)++] = plan->blocks[i].number;
    }
    return chosen;
}

/* Does the path of calls to what failed lead through a function of this name? */
static bool failed_in(const struct plan *plan, const char *function)
{
    const char *found = strstr(plan->story, function), *end = strchr(plan->story, '\n');

    return found != NULL && end != NULL && found < end;
}

/* Functions of libcrypto and libc that fill their own tables, which last as long as the process. */
static bool is_table(const char *path)
{
    static const char *const functions[] = {
        "_fetch",           "_do_all_provided",   "OBJ_NAME_do_all", "CRYPTO_THREAD_run_once",
        "CTX_new_for_pkey", "CRYPTO_set_ex_data", "OPENSSL_gmtime"};

    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (strstr(path, functions[i]) != NULL)
            return true;
    return false;
}

/* Does a line of the story lead through the place in the program where the call that failed was made? */
static bool is_of_failed_call(const struct plan *plan, const char *line)
{
    const char *place;
    char words[64];
    size_t size;

    if (program_frame(&plan->fired_block) == 0)
        return false;
    (void)snprintf(words, sizeof words, "program+0x%lx", (unsigned long)PLAN_OFFSET(program_frame(&plan->fired_block)));
    size = strlen(words);
    place = strstr(line, words);
    return place != NULL && (place[size] == '\0' || place[size] == ' ');
}

/* Was everything that is left allocated for tables of libraries, or by the very call that failed? */
static bool is_library_leak(struct plan *plan)
{
    char *rest = plan->story, *line = strsep(&rest, "\n");
    bool library = rest != NULL;

    while (library && (line = strsep(&rest, "\n")) != NULL && line[0] != '\0')
        library = is_table(line) || is_of_failed_call(plan, line);
    return library;
}

static bool leads_through(const char *story, const char *line_begin, const char *word)
{
    const char *line = strstr(story, line_begin), *found = line != NULL ? strstr(line, word) : NULL;

    return found != NULL && found < line + strcspn(line, "\n");
}

/* A crash of libcrypto or libplist in the very call in which they were refused memory, or in one of the two that leave
 * behind what cannot be told from something whole: a dictionary with a key that has no text, an algorithm of a
 * signature that is freed already. */
static bool is_library_crash(const struct plan *plan)
{
    bool refused_library = plan->fired_block.frames > 0 && PLAN_MODULE(plan->fired_block.frame[0]) != 0;

    if (!refused_library)
        return false;
    return program_frame(&plan->crash_block) == program_frame(&plan->fired_block) ||
           (leads_through(plan->story, "failed", "plist_dict_set_item") &&
            leads_through(plan->story, "crashed", "libplist")) ||
           (leads_through(plan->story, "failed", "ASN1_item_sign_ctx") &&
            leads_through(plan->story, "crashed", "ASN1_item_free"));
}

/*
 * What went wrong within a library alone, and no caller can help: libcrypto and libplist do not get along without
 * memory everywhere. A leak is theirs when it is what the call that failed had made so far, or a part of tables that
 * last as long as the process.
 */
static bool is_library_fault(struct plan *plan, const struct outcome *outcome)
{
    static const char *const whole[] = {"OPENSSL_init_crypto", "OPENSSL_cleanup", "CRYPTO_secure_malloc_init",
                                        "CRYPTO_THREAD_run_once"};

    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        if (failed_in(plan, whole[i]))
            return true;
    return outcome->status < 0 ? is_library_crash(plan) : is_library_leak(plan);
}

/* One try. */
struct attempt {
    enum plan_subject subject;
    uint64_t number;
    const struct rest *rest;
    struct outcome outcome;
};

static void try_call(struct course *course, struct attempt *attempt, bool trace)
{
    stage_enter(&course->bench, course->scenario->stage);
    course_order(course, attempt->subject, KEYS_TRIED, attempt->number, PLAN_ERROR, ENOMEM);
    course->bench.plan->trace = trace;
    course_run(course, &attempt->outcome);
}

static void tell_story(struct course *course)
{
    char *rest = course->bench.plan->story, *line;

    if (course->verdict.problems > STORIES_MAX)
        return;
    for (int i = 0; i < STORY_LINES && (line = strsep(&rest, "\n")) != NULL && line[0] != '\0'; i++)
        (void)printf("#   %s\n", line);
}

/* A crash or a leak: once more, to see the paths of calls. */
static void judge_ground(struct course *course, struct attempt *attempt)
{
    struct plan *plan = course->bench.plan;
    char story[PLAN_STORY_MAX];
    uint64_t live = plan->live, bytes = plan->live_bytes;
    struct outcome outcome = attempt->outcome;

    if (outcome.status >= 0 && live <= attempt->rest->blocks)
        return;
    /* Numbers of random length make the count of allocations vary a little: the last may not come. */
    for (int i = 0; i < TRACES_MAX && (i == 0 || !plan->fired); i++)
        try_call(course, attempt, true);
    (void)memcpy(story, plan->story, sizeof story);
    if (is_library_fault(plan, &attempt->outcome)) {
        course->excused++;
        return;
    }
    (void)memcpy(plan->story, story, sizeof story);
    if (outcome.status < 0)
        problem(&course->verdict, "signal %d: %s", outcome.signal, first_line(outcome.err));
    else
        problem(&course->verdict, "%lu blocks of %lu bytes are never freed, %lu of %lu without the fault",
                (unsigned long)live, (unsigned long)bytes, (unsigned long)attempt->rest->blocks,
                (unsigned long)attempt->rest->bytes);
    tell_story(course);
}

/* Without memory a check may come out as a refusal: that is no success either (`verify` gives it as its result). */
static bool is_error(const struct outcome *outcome)
{
    return outcome->status == 5 || ((outcome->status == 1 || outcome->status == 2) && says_error(outcome));
}

/* A pfx that libcrypto cannot take apart once looks like a damaged one. */
static bool made_again(const struct course *course, const struct outcome *outcome, const struct snapshot *now)
{
    static const char pfx[] = "work/outputs/MDM_APNSCert.pfx";
    const struct snapshot_file *old = snapshot_find(&course->before, pfx), *new = snapshot_find(now, pfx);

    return course->scenario->makes_again && outcome->status == 0 && strlen(outcome->out) == course->printed &&
           old != NULL && new != NULL &&snapshot_find_contents(now, old) != NULL;
}

static void judge(struct course *course, struct attempt *attempt)
{
    struct snapshot now = snapshot_take(course->bench.place);
    struct outcome *outcome = &attempt->outcome;
    bool through = came_through(course, outcome, &now) || made_again(course, outcome, &now);

    if (outcome->status >= 0 && !through && !is_error(outcome))
        problem(&course->verdict, "status %d: %s", outcome->status, first_line(outcome->err));
    course->tolerated += through;
    check_kept(&course->verdict, &course->before, &now);
    check_whole(&course->verdict, &course->before, &now);
    snapshot_free(&now);
    judge_ground(course, attempt);
}

/* Threads may make it a call that does not come this time. */
static void fail_call(struct course *course, enum plan_subject subject, uint64_t number, const struct rest *rest)
{
    struct attempt attempt = {.subject = subject, .number = number, .rest = rest};
    const struct plan *plan = course->bench.plan;

    try_call(course, &attempt, false);
    if (!plan->fired)
        return;
    (void)snprintf(course->verdict.what, sizeof course->verdict.what, "%s call %lu",
                   subject == PLAN_CRYPTO ? plan->fired_name : "allocation", (unsigned long)number);
    course->failed++;
    judge(course, &attempt);
}

/* Returns how many calls there are in all. */
static uint64_t fail_chosen(struct course *course, enum plan_subject subject)
{
    struct rest rest;
    uint64_t *chosen;
    uint64_t all;
    size_t count;

    (void)course_learn(course);
    rest = learn_rest(course, subject);
    all = subject == PLAN_CRYPTO ? course->bench.plan->crypto : course->bench.plan->allocations;
    chosen = choose(course, &count);
    for (size_t i = 0; i < count; i++)
        fail_call(course, subject, chosen[i], &rest);
    free(chosen);
    return all;
}

void walk_memory(struct course *course, unsigned number)
{
    unsigned long failed = course->failed;
    uint64_t all = fail_chosen(course, PLAN_ALLOCATIONS);

    (void)printf("%sok %u - %s: of %lu allocations %lu fail\n", course->verdict.problems > 0 ? "not " : "", number,
                 course->scenario->name, (unsigned long)all, course->failed - failed);
}

void walk_crypto(struct course *course, unsigned number)
{
    unsigned long failed = course->failed;
    uint64_t all = fail_chosen(course, PLAN_CRYPTO);

    (void)printf("%sok %u - %s: of %lu calls into libcrypto %lu fail\n", course->verdict.problems > 0 ? "not " : "",
                 number, course->scenario->name, (unsigned long)all, course->failed - failed);
}
