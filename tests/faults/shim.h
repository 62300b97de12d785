/* What the files of the shim share. It is loaded into the program before libc (LD_PRELOAD). */
#ifndef MDM_FAULTS_SHIM_H
#define MDM_FAULTS_SHIM_H

#include <stddef.h>

#include "plan.h"

/* The program finds our functions in place of libc's and libcrypto's. */
#define SHIM_EXPORT __attribute__((visibility("default")))

/* NULL as long as the program has not begun, and in a process without a plan. */
extern struct plan *shim_plan;
/* The shim is working for itself: what it calls is not counted. */
extern _Thread_local bool shim_is_busy;

/* Counts a call of `subject`; true when this is the one that goes wrong (it does not return when it is to kill). */
bool shim_is_due(enum plan_subject subject, uint64_t *counter, const char *name);

/* The function that ours stands in front of. */
void *shim_next(const char *name);

void shim_kill(void);
/* Dies; what returns is a copy of the process, when the driver says so. */
void shim_die_and_go_on(void);
void shim_files_begin(void);
void shim_memory_begin(void);
/* Keeps the path of calls to where we are now. */
void shim_keep_path(uint64_t number);
/* Counts what is left. */
void shim_memory_end(void);
/* Looks for the needles in all memory that can be written to. */
void shim_search(void);
/* Looks for them in memory that is about to be freed. */
void shim_search_freed(const void *memory, size_t size);

#endif
