/*
 * Makes every command fail at every place, one at a time, and judges what is left. The output is TAP.
 *   fault-walk WALK PROGRAM SHIM [--full] [--part N/OF] [--only WORDS]
 */
#include <stdio.h>
#include <string.h>

#include "course.h"

static const struct walk {
    const char *name;
    course_walk *walk;
    const char *figure; /* what is counted */
} walks[] = {
    {"kill", walk_kill, "calls killed"},
    {"fail", walk_fail, "calls failed"},
    {"memory", walk_memory, "allocations failed"},
    {"crypto", walk_crypto, "libcrypto calls failed"},
    {"trace", walk_trace, "calls compared with what the kernel saw"},
    {"secrets", walk_secrets, "places searched for secrets"},
    {"terminal", walk_terminal, "places searched for secrets"},
};

/* Every how manieth scenario is walked through, beginning with which: walks are cut into parts that run side by side.
 */
struct part {
    unsigned number, of;
};

static const struct walk *find_walk(const char *name)
{
    for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++)
        if (strcmp(walks[i].name, name) == 0)
            return &walks[i];
    return NULL;
}

static unsigned walk_one(struct course *course, const struct walk *walk, const struct scenario *scenario,
                         unsigned number)
{
    course->scenario = scenario;
    course->verdict = (struct verdict){.bench = &course->bench, .scenario = scenario};
    walk->walk(course, number);
    course_forget(course);
    if (course->verdict.problems > 0)
        (void)printf("# %s: %u problems\n", course->verdict.scenario->name, course->verdict.problems);
    (void)fflush(stdout);
    return course->verdict.problems;
}

static bool is_chosen(const struct course *course, size_t scenario, const struct part *part, const char *only)
{
    return (course->full || !scenarios[scenario].soak) && scenario % part->of == part->number - 1 &&
           (only == NULL || strstr(scenarios[scenario].name, only) != NULL);
}

static unsigned walk_scenarios(struct course *course, const struct walk *walk, const struct part *part,
                               const char *only)
{
    unsigned problems = 0, number = 0, planned = 0;

    for (size_t i = 0; i < scenario_count; i++)
        planned += is_chosen(course, i, part, only);
    (void)printf("1..%u\n", planned);
    for (size_t i = 0; i < scenario_count; i++)
        if (is_chosen(course, i, part, only))
            problems += walk_one(course, walk, &scenarios[i], ++number);
    return problems;
}

static unsigned walk_dialogues(struct course *course, const struct walk *walk)
{
    unsigned problems = 0;

    (void)printf("1..%zu\n", walk_terminal_count);
    for (unsigned number = 1; number <= walk_terminal_count; number++)
        problems += walk_one(course, walk, NULL, number);
    return problems;
}

static void tell_figures(const struct course *course, const struct walk *walk, unsigned problems)
{
    if (course->tolerated + course->excused > 0)
        (void)printf("# %lu times the run came through all the same; %lu times a library by itself crashed or lost "
                     "memory\n",
                     course->tolerated, course->excused);
    (void)printf("figure: %s: %lu %s, %u problems\n", walk->name, course->killed + course->failed + course->searched,
                 walk->figure, problems);
}

int main(int argc, char **argv)
{
    static struct course course;
    const struct walk *walk = argc >= 4 ? find_walk(argv[1]) : NULL;
    struct part part = {1, 1};
    const char *only = NULL;
    unsigned problems;

    if (walk == NULL) {
        (void)fputs("fault-walk kill|fail|memory|crypto|trace|secrets|terminal PROGRAM SHIM [--full] [--part N/OF] "
                    "[--only WORDS]\n",
                    stderr);
        return 2;
    }
    for (int i = 4; i < argc; i++) {
        if (strcmp(argv[i], "--full") == 0)
            course.full = true;
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
            only = argv[++i];
        else if (strcmp(argv[i], "--part") != 0 || i + 1 == argc ||
                 sscanf(argv[++i], "%u/%u", &part.number, &part.of) != 2 || part.of == 0)
            die("what is %s?", argv[i]);
    }
    bench_open(&course.bench, argv[2], argv[3]);
    stages_build(&course.bench);
    problems = walk->walk == walk_terminal ? walk_dialogues(&course, walk) : walk_scenarios(&course, walk, &part, only);
    tell_figures(&course, walk, problems);
    bench_close(&course.bench);
    return problems > 0;
}
