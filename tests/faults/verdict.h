/* What must hold of a work folder whatever happened in it. */
#ifndef MDM_FAULTS_VERDICT_H
#define MDM_FAULTS_VERDICT_H

#include "artefact.h"
#include "bench.h"
#include "snapshot.h"
#include "stages.h"

/* Where a case stands, for messages. */
struct verdict {
    const struct bench *bench;
    const struct scenario *scenario;
    char what[256]; /* what was done to the program */
    unsigned problems;
};

/* Tells of a problem, and counts it. Only the first ones of a scenario are told in full. */
void problem(struct verdict *verdict, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Everything that was there before still is, under whatever name: no key, certificate or request is lost. */
void check_kept(struct verdict *verdict, const struct snapshot *before, const struct snapshot *now);
/* Every file is whole: what it was before, or what its name says. */
void check_whole(struct verdict *verdict, const struct snapshot *before, const struct snapshot *now);
/* No temporary of ours lies anywhere below that folder ("": nowhere at all). */
void check_swept(struct verdict *verdict, const struct snapshot *now, const char *below);
/* The same files stand in their places as in the run that nothing went wrong in. */
void check_same_end(struct verdict *verdict, const struct snapshot *end, const struct snapshot *now);
/* Every name that was given or taken away is on the disk before the next one is, and every file before its name.
 * Returns how many names were given or taken. */
unsigned check_order(struct verdict *verdict, const struct plan_call *calls, uint32_t count);

bool same_end(const struct snapshot *end, const struct snapshot *now);

const char *kind_name(enum plan_kind kind);

#endif
