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
    course_run(course, args, &outcome);
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
    check_swept(&course->verdict, &now, same ? "" : "work/");
    if (same && outcome.status == course->scenario->status)
        check_same_end(&course->verdict, &course->end, &now);
    snapshot_free(&now);
}

static void run_both(struct course *course, const struct snapshot *broken)
{
    static const char *const plain[] = {NULL};
    char copy[PATH_SIZE + 32];

    (void)snprintf(copy, sizeof copy, "%.500s/broken", course->bench.top);
    folder_copy(course->bench.place, copy);
    run_again(course, broken, course->scenario->args, true);
    if (course->scenario->args[0] != NULL) {
        folder_remove(course->bench.place);
        folder_copy(copy, course->bench.place);
        run_again(course, broken, plain, false);
    }
    folder_remove(copy);
}

/* One death. Returns false when the program came through without meeting call `number`. */
static bool kill_at(struct course *course, uint32_t number, enum plan_fault how, uint64_t *changes)
{
    const struct plan *plan = course->bench.plan;
    struct outcome outcome;
    struct snapshot broken;
    bool changed;

    stage_enter(&course->bench, course->scenario->stage);
    course_order(course, PLAN_FILES, KEYS_TRIED, number, how, 0);
    describe(course, how == PLAN_TORN ? "killed in the middle of a write" : "killed", number);
    course_run(course, course->scenario->args, &outcome);
    if (!plan->fired)
        return false;
    if (outcome.signal != SIGKILL)
        problem(&course->verdict, "it was not killed: status %d, signal %d", outcome.status, outcome.signal);
    course->killed++;
    broken = snapshot_take(course->bench.place);
    check_kept(&course->verdict, &course->before, &broken);
    check_whole(&course->verdict, &course->before, &broken);
    /* Between two changes the folder stays as it is, and so does what comes after. */
    changed = plan->changes != *changes;
    *changes = plan->changes;
    if (changed || how == PLAN_TORN || course->full)
        run_both(course, &broken);
    snapshot_free(&broken);
    return true;
}

static void kill_everywhere(struct course *course)
{
    uint64_t changes = UINT64_MAX;
    uint32_t number = 1;

    for (; kill_at(course, number, PLAN_KILL, &changes); number++) {
        if (number <= course->count && course->calls[number - 1].kind == PLAN_WRITE)
            (void)kill_at(course, number, PLAN_TORN, &changes);
    }
    if (number != course->count + 1 && !course->scenario->batch)
        problem(&course->verdict, "the calls are not the same in every run");
}

/* What can go wrong with a kind of call, the most telling first; negative: it is to be tried again and to succeed. */
static const int *errors_of(enum plan_kind kind)
{
    static const int none[] = {0};
    static const int reading[] = {EIO, -EINTR, 0};
    static const int opening[] = {EACCES, -EINTR, EIO, EMFILE, 0};
    static const int creating[] = {ENOSPC, -EINTR, EACCES, EIO, 0};
    static const int writing[] = {ENOSPC, -EINTR, EIO, 0};
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

/* How a run may take the failure of a call. */
enum expectation {
    MUST_SUCCEED, /* the call is tried again */
    MUST_FAIL,    /* nothing else does what it was to do */
    MAY_SUCCEED,
};

static enum expectation expect(enum plan_kind kind, enum plan_fault how, int error)
{
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
    enum plan_kind kind = (enum plan_kind)course->calls[number - 1].kind;
    struct outcome outcome;
    struct snapshot now;
    char words[96];

    stage_enter(&course->bench, course->scenario->stage);
    course_order(course, PLAN_FILES, KEYS_TRIED, number, how, error);
    (void)snprintf(words, sizeof words, "%s", how == PLAN_SHORT ? "half done" : strerror(error));
    describe(course, words, number);
    course_run(course, course->scenario->args, &outcome);
    if (!course->bench.plan->fired) {
        if (!course->scenario->batch)
            problem(&course->verdict, "the calls are not the same in every run");
        return;
    }
    course->failed++;
    now = snapshot_take(course->bench.place);
    judge_failure(course, &outcome, &now, expect(kind, how, error));
    if (course->bench.plan->changes > 0)
        run_again(course, &now, course->scenario->args, true);
    snapshot_free(&now);
}

/* Of the errors that are not to be tried again, each call gets one in turn; with --full it gets all. */
static void fail_everywhere(struct course *course)
{
    for (uint32_t number = 1; number <= course->count; number++) {
        enum plan_kind kind = (enum plan_kind)course->calls[number - 1].kind;
        const int *errors = errors_of(kind);
        int hard = 0;

        for (int i = 0; errors[i] != 0; i++)
            hard += errors[i] > 0;
        for (int i = 0, seen = 0; errors[i] != 0; i++) {
            bool chosen = errors[i] < 0 || course->full || seen == (int)(number % (uint32_t)hard);

            seen += errors[i] > 0;
            if (chosen)
                fail_at(course, number, PLAN_ERROR, abs(errors[i]));
        }
        if (kind == PLAN_READ || kind == PLAN_WRITE)
            fail_at(course, number, PLAN_SHORT, 0);
    }
}

void walk_kill(struct course *course, unsigned number)
{
    unsigned long killed = course->killed;
    unsigned names = course_learn(course);

    kill_everywhere(course);
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
