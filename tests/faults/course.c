/* One command of one stage, run with and without faults: see course.h. */
#include "course.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void course_run(struct course *course, struct outcome *outcome)
{
    course->runs++;
    if (course->bench.server == 0)
        bench_serve(&course->bench, course->scenario->args);
    bench_request(&course->bench, outcome);
}

void course_run_aside(struct course *course, const char *const args[], struct outcome *outcome)
{
    course->runs++;
    bench_run(&course->bench, args, outcome);
}

void course_order(struct course *course, enum plan_subject subject, uint32_t first_key, uint64_t at,
                  enum plan_fault fault, int error)
{
    struct plan *plan = course->bench.plan;

    plan_clear(plan);
    plan->subject = subject;
    plan->next_key = first_key;
    plan->later = first_key == KEYS_TRIED ? RUN_LATER : RUN_LATEST;
    plan->at = at;
    plan->fault = fault;
    plan->error = error;
}

bool says_error(const struct outcome *outcome)
{
    return strstr(outcome->err, "mdmvendor: error: ") != NULL || strstr(outcome->out, "\"ok\": false") != NULL;
}

const char *first_line(char *text)
{
    char *error = strstr(text, "mdmvendor: error: ");

    if (error == NULL)
        return "";
    error[strcspn(error, "\n")] = '\0';
    return error;
}

/* The run that nothing goes wrong in: where it ends, and its calls. */
unsigned course_learn(struct course *course)
{
    struct plan *plan = course->bench.plan;
    struct outcome outcome;
    unsigned names;

    (void)snprintf(course->verdict.what, sizeof course->verdict.what, "undisturbed");
    stage_enter(&course->bench, course->scenario->stage);
    course->before = snapshot_take(course->bench.place);
    course_order(course, PLAN_FILES, KEYS_TRIED, 0, PLAN_NOTHING, 0);
    course_run(course, &outcome);
    if (outcome.status != course->scenario->status)
        problem(&course->verdict, "status %d in place of %d: %s", outcome.status, course->scenario->status,
                outcome.err);
    course->printed = strlen(outcome.out);
    course->end = snapshot_take(course->bench.place);
    check_kept(&course->verdict, &course->before, &course->end);
    check_whole(&course->verdict, &course->before, &course->end);
    check_swept(&course->verdict, &course->end, "");
    if (plan->call_count > PLAN_CALLS_MAX || plan->call_count != plan->files)
        die("%s: %u calls are too many", course->scenario->name, plan->call_count);
    course->count = plan->call_count;
    course->calls = malloc(course->count * sizeof *course->calls + 1);
    if (course->calls == NULL)
        die("out of memory");
    (void)memcpy(course->calls, plan->calls, course->count * sizeof *course->calls);
    names = check_order(&course->verdict, course->calls, course->count);
    return names;
}

void course_forget(struct course *course)
{
    bench_serve_no_more(&course->bench);
    snapshot_free(&course->before);
    snapshot_free(&course->end);
    free(course->calls);
    course->calls = NULL;
}

static bool is_as_before(const struct snapshot *before, const struct snapshot_file *file)
{
    const struct snapshot_file *old = snapshot_find(before, file->path);

    return old != NULL && old->size == file->size && memcmp(old->sha256, file->sha256, sizeof old->sha256) == 0;
}

/* What the undisturbed run made anew is made anew, and what it left alone is as it was. */
static bool changed_alike(const struct course *course, const struct snapshot *now)
{
    for (size_t i = 0; i < course->end.count; i++) {
        const struct snapshot_file *there = &course->end.files[i], *here = snapshot_find(now, there->path);

        if (here != NULL && !there->folder && !is_lock(there->path) &&
            is_as_before(&course->before, there) != is_as_before(&course->before, here))
            return false;
    }
    return true;
}

bool came_through(const struct course *course, const struct outcome *outcome, const struct snapshot *now)
{
    return outcome->status == course->scenario->status &&
           (course->scenario->report || strlen(outcome->out) == course->printed) && same_end(&course->end, now) &&
           changed_alike(course, now);
}
