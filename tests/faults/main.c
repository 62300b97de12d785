/*
 * Makes every command fail at every place, one at a time, and judges what is left. The output is TAP.
 *   fault-walk WALK PROGRAM SHIM [--full] [--only WORDS]
 */
#include <stdio.h>
#include <string.h>

#include "course.h"

static const struct walk {
    const char *name;
    course_walk *walk;
    const char *figure;
} walks[] = {
    {"kill", walk_kill, "calls killed"},
    {"fail", walk_fail, "calls failed"},
    {"memory", walk_memory, "allocations failed"},
    {"crypto", walk_crypto, "libcrypto calls failed"},
};

static const struct walk *find_walk(const char *name)
{
    for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++)
        if (strcmp(walks[i].name, name) == 0)
            return &walks[i];
    return NULL;
}

static bool is_chosen(const struct scenario *scenario, const char *only)
{
    return only == NULL || strstr(scenario->name, only) != NULL;
}

static unsigned walk_all(struct course *course, const struct walk *walk, const char *only)
{
    unsigned problems = 0, number = 0, planned = 0;

    for (size_t i = 0; i < scenario_count; i++)
        planned += is_chosen(&scenarios[i], only);
    (void)printf("1..%u\n", planned);
    for (size_t i = 0; i < scenario_count; i++) {
        if (!is_chosen(&scenarios[i], only))
            continue;
        course->scenario = &scenarios[i];
        course->verdict = (struct verdict){.bench = &course->bench, .scenario = &scenarios[i]};
        walk->walk(course, ++number);
        course_forget(course);
        if (course->verdict.problems > 0)
            (void)printf("# %s: %u problems\n", scenarios[i].name, course->verdict.problems);
        problems += course->verdict.problems;
        (void)fflush(stdout);
    }
    return problems;
}

int main(int argc, char **argv)
{
    static struct course course;
    const struct walk *walk = argc >= 4 ? find_walk(argv[1]) : NULL;
    const char *only = NULL;
    unsigned problems;

    if (walk == NULL) {
        (void)fputs("fault-walk kill|fail|memory|crypto PROGRAM SHIM [--full] [--only WORDS]\n", stderr);
        return 2;
    }
    for (int i = 4; i < argc; i++) {
        if (strcmp(argv[i], "--full") == 0)
            course.full = true;
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
            only = argv[++i];
    }
    bench_open(&course.bench, argv[2], argv[3]);
    stages_build(&course.bench);
    problems = walk_all(&course, walk, only);
    (void)printf(
        "# figure: %s: %lu (%lu times the run came through, %lu times a library by itself went down or lost memory); "
        "runs: %lu\n",
        walk->figure, course.killed + course.failed, course.tolerated, course.excused, course.runs);
    bench_close(&course.bench);
    return problems > 0;
}
