/*
 * What the files of the shim share. It is loaded into the program before libc (LD_PRELOAD), takes an order from
 * faults.py and answers it over a socket, one line of text in each message. What it tells: call KIND PATH-OF-CALLS
 * FILE<tab>FILE           a file-system call below the root; waits for an answer torn half of a write is done; waits
 * for an answer failed ERRNO                                    of the call before, which failed by itself fired NAME
 * the call that was ordered to fail does so story WORD < CALLER < CALLER...                 how what failed, crashed or
 * is left was reached left PID CORE TRACING UMASK                     main() has returned; with `waits`, waits for an
 * answer count ALLOCATIONS CRYPTO LIVE BYTES, paths ...  at the very end found NEEDLE in memory that is freed end
 * STATUS                                      of the process (by the one that serves) Answers: go, kill, half, tear, or
 * the number of an error.
 */
#ifndef MDM_FAULTS_SHIM_H
#define MDM_FAULTS_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The program finds our functions in place of libc's and libcrypto's. */
#define SHIM_EXPORT __attribute__((visibility("default")))

#define SHIM_ROOT   "MDM_FAULTS_ROOT"   /* the folder whose calls count */
#define SHIM_SOCKET "MDM_FAULTS_SOCKET" /* number of the descriptor */

struct shim_order {
    char counts;      /* 'm': allocations, 'c': calls into libcrypto, '-': neither */
    unsigned long at; /* which of them fails, or which file-system call asks, from 1; 0: none, or all */
    int trace;        /* tell the paths of calls */
    int asks;         /* file-system calls do */
    int waits;
    char needles[192]; /* a file of what freed memory must not hold, or "-" */
};
extern struct shim_order shim_order;
extern char shim_root[192];
extern bool shim_on;                    /* from main()'s beginning to its end */
extern _Thread_local bool shim_is_busy; /* the shim works for itself: what it calls does not count */

/* The function that ours stands in front of. */
void *shim_next(const char *name);
void shim_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The answer: one of "gkht", or 'e' with the error. Kills the process itself where that is the answer. */
char shim_answer(int *error);
/* Counts; true when this one is to fail. */
bool shim_is_due(char subject, unsigned long *counter, const char *name);

/* The path of calls that led here: as one number, of so many places in the program and the innermost ones in libraries;
 * or told in words. */
uint64_t shim_path(int places, int inner);
void shim_story(const char *word);
#define SHIM_FRAMES 28
int shim_take_frames(void *frames[SHIM_FRAMES]);
void shim_tell_frames(const char *word, void *const frames[], int count);
/* Is that address in the program itself? */
bool shim_in_program(const void *address);
void shim_keep_path(int places, int inner);

extern unsigned long shim_allocations, shim_crypto_calls;
void shim_memory_begin(void);
void shim_memory_end(void);

#endif
