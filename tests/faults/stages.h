/* How far a work folder has come, and the commands that are tried in it. */
#ifndef MDM_FAULTS_STAGES_H
#define MDM_FAULTS_STAGES_H

#include "bench.h"

struct scenario {
    const char *name; /* for people: the command and where it is given */
    const char *stage;
    const char *args[10];
    int status;         /* that the command ends with when nothing goes wrong */
    bool again_differs; /* the command cannot be given twice */
    bool batch;         /* requests are synced in groups, and threads make the order of the calls vary */
    bool report;        /* what it prints depends on what it could find out */
    bool makes_again;   /* a pfx that cannot be taken apart is made anew, and the old one kept in the archive */
    bool throwaway;     /* nobody minds what is left of it, and the command wants an empty folder */
    bool soak;          /* much like another one: with --full only */
    const char *clear;  /* a file with a clear key that the command makes, relative to the case */
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

/* Makes all stages, as folders in top/stages. */
void stages_build(struct bench *bench);
/* Puts a fresh copy of a stage into place. */
void stage_enter(struct bench *bench, const char *stage);

#endif
