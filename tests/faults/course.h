/* What the walks share: one command of one stage, run with and without faults. */
#ifndef MDM_FAULTS_COURSE_H
#define MDM_FAULTS_COURSE_H

#include "verdict.h"

struct course {
    struct bench bench;
    bool full; /* everything, however long it takes */
    struct verdict verdict;
    const struct scenario *scenario;
    struct snapshot before; /* the stage */
    struct snapshot end;    /* when nothing went wrong */
    size_t printed;         /* how much stood on standard output then */
    struct plan_call *calls;
    uint32_t count;
    unsigned long killed, failed, tolerated, excused, runs, searched, found;
};

/* The scenario's command, in its place. */
void course_run(struct course *course, struct outcome *outcome);
/* Any command, aside. */
void course_run_aside(struct course *course, const char *const args[], struct outcome *outcome);
/* Orders a fault for the next run, whose new keys begin with number `first_key`. */
void course_order(struct course *course, enum plan_subject subject, uint32_t first_key, uint64_t at,
                  enum plan_fault fault, int error);
/* The run that nothing goes wrong in: where it ends, and its calls. Returns how many names it gave or took. */
unsigned course_learn(struct course *course);
void course_forget(struct course *course);

/* On standard error, or in the JSON. */
bool says_error(const struct outcome *outcome);
/* Of the error; cuts the text off there. */
const char *first_line(char *text);
/* Does the run end as it would have, in spite of the fault? */
bool came_through(const struct course *course, const struct outcome *outcome, const struct snapshot *now);

/* One command. The number is for the TAP line, which tells whether there were problems. */
typedef void course_walk(struct course *course, unsigned number);
course_walk walk_kill, walk_fail, walk_memory, walk_crypto, walk_secrets, walk_trace;
/* The same as walk_secrets at a terminal, by its own list of dialogues: `number` is the place in it, from 1. */
course_walk walk_terminal;
extern const size_t walk_terminal_count;

#endif
