/* Through the file-system calls of a command, one at a time: the program is killed at each, or each fails. Then it is
 * run again, and the folder is judged. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "course.h"

static void describe(struct course *course, const char *how, uint32_t number)
{
    const struct plan_call *call = &course->calls[number - 1];

    if (number > course->count)
        (void)snprintf(course->verdict.what, sizeof course->verdict.what, "%s at call %u", how, number);
    else
        (void)snprintf(course->verdict.what, sizeof course->verdict.what, "%s at call %u of %u (%s %.80s)", how, number,
                       course->count, kind_name((enum plan_kind)call->kind), call->path);
}

/* After whatever happened, the same command again: it ends as if nothing had happened. */
static void run_again(struct course *course, const struct snapshot *broken, const char *const args[], bool same)
{
    static const int plain_ends[] = {0, 3};
    struct outcome outcome;
    struct snapshot now;
    bool fits;

    course_order(course, PLAN_FILES, KEYS_RETRIED, 0, PLAN_NOTHING, 0);
    if (course->bench.scene == 0)
        course_run(course, &outcome);
    else
        course_run_aside(course, args, &outcome);
    now = snapshot_take(course->bench.place);
    if (same)
        fits = outcome.status == course->scenario->status || (course->scenario->again_differs && says_error(&outcome) &&
                                                              (outcome.status == 1 || outcome.status == 5));
    else
        fits = outcome.status == plain_ends[0] || outcome.status == plain_ends[1];
    if (!fits)
        problem(&course->verdict, "%s ends with %d (signal %d): %s", same ? "the same command again" : "a plain run",
                outcome.status, outcome.signal, first_line(outcome.err));
    check_kept(&course->verdict, &course->before, &now);
    check_kept(&course->verdict, broken, &now);
    check_whole(&course->verdict, &course->before, &now);
    /* Only the same command knows where else it wrote. */
    if (!course->scenario->throwaway || !same)
        check_swept(&course->verdict, &now, same ? "" : "work/");
    if (same && outcome.status == course->scenario->status)
        check_same_end(&course->verdict, &course->end, &now);
    snapshot_free(&now);
}

/* Aside: the run that was killed may have a copy that goes on in its place. */
static void run_both(struct course *course, const struct snapshot *broken)
{
    static const char *const plain[] = {NULL};
    char copy[PATH_SIZE];

    (void)snprintf(copy, sizeof copy, "%s", course->bench.place);
    bench_change_scene(&course->bench);
    folder_remove(course->bench.place);
    folder_copy(copy, course->bench.place);
    run_again(course, broken, course->scenario->args, true);
    if (course->scenario->args[0] != NULL) {
        folder_remove(course->bench.place);
        folder_copy(copy, course->bench.place);
        run_again(course, broken, plain, false);
    }
    bench_change_scene(&course->bench);
}

static void judge_death(struct course *course, bool changed)
{
    struct snapshot broken;

    course->killed++;
    if (!changed && !course->full) /* the folder is as it was at the death before */
        return;
    broken = snapshot_take(course->bench.place);
    check_kept(&course->verdict, &course->before, &broken);
    check_whole(&course->verdict, &course->before, &broken);
    run_both(course, &broken);
    snapshot_free(&broken);
}

/* Changes that were made by now: the call that met its death has made none. */
static uint64_t changes_made(const struct plan *plan)
{
    uint32_t last = plan->call_count - 1;
    bool counted = last < PLAN_CALLS_MAX && plan->calls[last].changes;

    return plan->changes - counted;
}

static void order_kill(struct course *course, uint32_t number, enum plan_fault how)
{
    stage_enter(&course->bench, course->scenario->stage);
    course_order(course, PLAN_FILES, KEYS_TRIED, number, how, 0);
}

static void kill_copies(struct course *course)
{
    const struct plan *plan = course->bench.plan;
    uint64_t changes = UINT64_MAX, deaths = 0;
    struct outcome outcome;
    int process;

    order_kill(course, 0, PLAN_KILL_EACH);
    course->runs++;
    process = bench_start(&course->bench, course->scenario->args);
    while (bench_await_death(&course->bench, &process, &outcome)) {
        bool changed = plan->torn || changes_made(plan) != changes;

        describe(course, plan->torn ? "killed in the middle of a write" : "killed", (uint32_t)plan->files);
        judge_death(course, changed);
        changes = plan->torn ? UINT64_MAX : changes_made(plan);
        deaths += !plan->torn;
        bench_release(&course->bench);
    }
    (void)snprintf(course->verdict.what, sizeof course->verdict.what, "after the last death");
    if (outcome.status != course->scenario->status || plan->files != deaths)
        problem(&course->verdict, "status %d, signal %d, %lu deaths at %lu calls: %s", outcome.status, outcome.signal,
                (unsigned long)deaths, (unsigned long)plan->files, first_line(outcome.err));
}

/* One death in a run of its own. Returns false when the program came through without meeting call `number`. */
static bool kill_at(struct course *course, uint32_t number, enum plan_fault how, uint64_t *changes)
{
    const struct plan *plan = course->bench.plan;
    struct outcome outcome;

    order_kill(course, number, how);
    describe(course, how == PLAN_TORN ? "killed in the middle of a write" : "killed", number);
    course_run(course, &outcome);
    if (!plan->fired)
        return false;
    if (outcome.signal != SIGKILL)
        problem(&course->verdict, "it was not killed: status %d, signal %d", outcome.status, outcome.signal);
    judge_death(course, how == PLAN_TORN || changes_made(plan) != *changes);
    *changes = how == PLAN_TORN ? UINT64_MAX : changes_made(plan);
    return true;
}

/* A process with threads cannot be copied. */
static void kill_runs(struct course *course)
{
    uint64_t changes = UINT64_MAX;

    for (uint32_t number = 1; kill_at(course, number, PLAN_KILL, &changes); number++) {
        if (number <= course->count && course->calls[number - 1].kind == PLAN_WRITE)
            (void)kill_at(course, number, PLAN_TORN, &changes);
    }
}

/* A call is done by half. */
#define HALF (-1000)

/* What can go wrong with a kind of call; negative: it is to be tried again and to succeed. */
static const int *errors_of(enum plan_kind kind)
{
    static const int none[] = {0};
    static const int reading[] = {EIO, -EINTR, HALF, 0};
    static const int opening[] = {EACCES, -EINTR, EIO, EMFILE, 0};
    static const int creating[] = {ENOSPC, -EINTR, EACCES, EIO, 0};
    static const int writing[] = {ENOSPC, -EINTR, HALF, EIO, 0};
    static const int syncing[] = {EIO, -EINTR, ENOSPC, 0};
    static const int closing[] = {EIO, -EINTR, ENOSPC, 0};
    static const int naming[] = {ENOSPC, EIO, EACCES, EPERM, 0};
    static const int taking[] = {EIO, EACCES, 0};
    static const int looking[] = {EIO, EACCES, 0};
    static const int modes[] = {EIO, -EINTR, EPERM, 0};
    static const int listing[] = {EIO, ENOMEM, 0};
    static const int locking[] = {ENOLCK, -EINTR, EIO, 0};
    static const int *const all[PLAN_KINDS] = {
        [PLAN_OPEN] = opening,  [PLAN_CREATE] = creating, [PLAN_CLOSE] = closing,    [PLAN_READ] = reading,
        [PLAN_WRITE] = writing, [PLAN_SYNC] = syncing,    [PLAN_SYNC_ALL] = syncing, [PLAN_RENAME] = naming,
        [PLAN_LINK] = naming,   [PLAN_UNLINK] = taking,   [PLAN_MKDIR] = naming,     [PLAN_RMDIR] = taking,
        [PLAN_MODE] = modes,    [PLAN_STAT] = looking,    [PLAN_LIST] = listing,     [PLAN_LOCK] = locking,
    };

    return all[kind] != NULL ? all[kind] : none;
}

static bool can_have(enum plan_kind kind, int error)
{
    for (const int *errors = errors_of(kind); *errors != 0; errors++)
        if (abs(*errors) == error)
            return true;
    return false;
}

/* How a run may take the failure of a call. */
enum expectation {
    MUST_SUCCEED, /* the call is tried again */
    MUST_FAIL,    /* nothing else does what it was to do */
    MAY_SUCCEED,
};

static enum expectation expect(enum plan_kind kind, enum plan_fault how, int error)
{
    if (how == PLAN_ERROR && !can_have(kind, error)) /* threads made it another call this time */
        return MAY_SUCCEED;
    if (how == PLAN_SHORT || error == EINTR)
        return MUST_SUCCEED;
    if (kind == PLAN_LINK && error == EPERM) /* a file system without hard links */
        return MAY_SUCCEED;
    if (kind == PLAN_WRITE || kind == PLAN_SYNC || kind == PLAN_SYNC_ALL || kind == PLAN_RENAME || kind == PLAN_LINK ||
        kind == PLAN_MKDIR || kind == PLAN_CREATE)
        return MUST_FAIL;
    return MAY_SUCCEED;
}

static void judge_failure(struct course *course, struct outcome *outcome, const struct snapshot *now,
                          enum expectation expected)
{
    bool through = came_through(course, outcome, now);

    if (expected == MUST_FAIL && through)
        problem(&course->verdict, "it is passed over");
    else if (expected == MUST_SUCCEED && !through)
        problem(&course->verdict, "it is not tried again: status %d, signal %d: %s", outcome->status, outcome->signal,
                first_line(outcome->err));
    else if (!through && (outcome->status != 1 || !says_error(outcome)))
        problem(&course->verdict, "status %d, signal %d: %s", outcome->status, outcome->signal,
                first_line(outcome->err));
    if (through)
        course->tolerated++;
    check_kept(&course->verdict, &course->before, now);
    check_whole(&course->verdict, &course->before, now);
}

static void fail_at(struct course *course, uint32_t number, enum plan_fault how, int error)
{
    const struct plan *plan = course->bench.plan;
    struct outcome outcome;
    struct snapshot now;
    char words[96];

    stage_enter(&course->bench, course->scenario->stage);
    course_order(course, PLAN_FILES, KEYS_TRIED, number, how, error);
    (void)snprintf(words, sizeof words, "%s", how == PLAN_SHORT ? "half done" : strerror(error));
    describe(course, words, number);
    course_run(course, &outcome);
    if (!plan->fired) {
        if (!course->scenario->batch)
            problem(&course->verdict, "the calls are not the same in every run");
        return;
    }
    course->failed++;
    now = snapshot_take(course->bench.place);
    judge_failure(course, &outcome, &now, expect((enum plan_kind)plan->fired_kind, how, error));
    /* Where nothing changed, or all came as it should, the next run was seen already. */
    if (course->full || !(snapshot_same(&course->before, &now) || came_through(course, &outcome, &now)))
        run_again(course, &now, course->scenario->args, true);
    snapshot_free(&now);
}

/* Each call fails in one of its ways, in turn; with --full, in all of them. */
static void fail_everywhere(struct course *course)
{
    static unsigned turns[PLAN_KINDS];

    for (uint32_t number = 1; number <= course->count; number++) {
        enum plan_kind kind = (enum plan_kind)course->calls[number - 1].kind;
        const int *errors = errors_of(kind);
        unsigned ways = 0;

        while (errors[ways] != 0)
            ways++;
        for (unsigned way = 0; way < ways; way++)
            if (course->full || way == turns[kind] % ways)
                fail_at(course, number, errors[way] == HALF ? PLAN_SHORT : PLAN_ERROR, abs(errors[way]));
        turns[kind]++;
    }
}

void walk_kill(struct course *course, unsigned number)
{
    unsigned long killed = course->killed;
    unsigned names = course_learn(course);

    if (course->scenario->batch)
        kill_runs(course);
    else
        kill_copies(course);
    (void)printf("%sok %u - %s: killed at each of %u calls (%lu times); %u names are synced in order\n",
                 course->verdict.problems > 0 ? "not " : "", number, course->scenario->name, course->count,
                 course->killed - killed, names);
}

void walk_fail(struct course *course, unsigned number)
{
    unsigned long failed = course->failed;

    (void)course_learn(course);
    fail_everywhere(course);
    (void)printf("%sok %u - %s: each of %u calls fails (%lu times)\n", course->verdict.problems > 0 ? "not " : "",
                 number, course->scenario->name, course->count, course->failed - failed);
}
