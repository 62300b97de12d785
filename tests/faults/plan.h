/*
 * What a driver orders from the shim, and what the shim saw: one piece of memory that both map, so that it outlives a
 * process that is killed.
 */
#ifndef MDM_FAULTS_PLAN_H
#define MDM_FAULTS_PLAN_H

#include <stdbool.h>
#include <stdint.h>

/* Environment variable that names the plan's file. */
#define PLAN_VARIABLE "MDM_FAULT_PLAN"

/* A run takes some hundredths of a second. */
#define PLAN_RUN_SECONDS 20

#define PLAN_CALLS_MAX   8192
#define PLAN_PATH_MAX    192
#define PLAN_NEEDLES_MAX 1024
#define PLAN_NEEDLE_SIZE 96
#define PLAN_FINDS_MAX   64
#define PLAN_BLOCKS_MAX  (1u << 16)
#define PLAN_FRAMES_MAX  24
#define PLAN_STORY_MAX   32768

/* Which calls are counted to find the one that goes wrong. */
enum plan_subject {
    PLAN_FILES,       /* file-system calls below `root` */
    PLAN_ALLOCATIONS, /* malloc, calloc, realloc, whoever calls them */
    PLAN_CRYPTO,      /* the calls of the program into libcrypto that can fail */
};

/* What goes wrong. */
enum plan_fault {
    PLAN_NOTHING,
    PLAN_KILL,      /* SIGKILL in place of the call */
    PLAN_KILL_EACH, /* the same at every call: each time a copy of the process is made before, which goes on */
    PLAN_TORN,      /* write: half of it, then SIGKILL */
    PLAN_ERROR,     /* errno `error` in place of the call (close: after it) */
    PLAN_SHORT,     /* read and write: half of what was asked for */
};

enum plan_kind {
    PLAN_OPEN,
    PLAN_CREATE, /* an open that may make a file */
    PLAN_CLOSE,
    PLAN_READ,
    PLAN_WRITE,
    PLAN_SYNC,
    PLAN_SYNC_ALL, /* the whole file system */
    PLAN_RENAME,
    PLAN_LINK,
    PLAN_UNLINK,
    PLAN_MKDIR,
    PLAN_RMDIR,
    PLAN_MODE,
    PLAN_TRUNCATE,
    PLAN_STAT,
    PLAN_LIST, /* reading a folder's names */
    PLAN_LOCK,
    PLAN_KINDS
};

/* One call, with paths relative to `root`. */
struct plan_call {
    uint8_t kind;
    bool changes;  /* it changes something */
    bool failed;   /* whether by the plan or by itself */
    int error;     /* errno when it failed */
    uint32_t size; /* bytes read or written */
    char path[PLAN_PATH_MAX];
    char to[PLAN_PATH_MAX]; /* rename and link */
};

/* A byte string that must not be in memory. */
struct plan_needle {
    char name[48];
    uint8_t size;
    unsigned char bytes[PLAN_NEEDLE_SIZE];
};

struct plan_find {
    char name[48];  /* the needle's */
    char place[96]; /* the mapping's name and the offset in it */
};

/* An allocation (or a call into libcrypto, when these are counted and none is to fail) and the path of calls that led
 * to it, innermost first. A place in the code is the number of its module and the offset in it, so that it is the same
 * in every run; the program itself is module 0. */
#define PLAN_MODULE(frame) ((frame) >> 48)
#define PLAN_OFFSET(frame) ((frame)&0xffffffffffffu)
struct plan_block {
    uint64_t number; /* which allocation it was */
    bool live;       /* not freed in the end */
    uint32_t size;
    uint32_t frames;
    uint64_t frame[PLAN_FRAMES_MAX];
};

struct plan {
    /* orders */
    char root[PLAN_PATH_MAX];
    /* Before main() the process waits for requests, and runs a copy of itself for each: loading the program takes a
     * third of a run. `status` is how the copy ended. */
    bool serves;
    uint32_t requests, answers;
    int status;
    enum plan_subject subject; /* from here on plan_clear() clears */
    enum plan_fault fault;
    int error;
    uint64_t at;              /* which call of the subject, from 1; 0: none */
    int64_t later;            /* seconds that the program's clock is ahead: no two runs fall into one second */
    bool cheap;               /* keys out of `keys`, and few rounds of key derivation */
    char keys[PLAN_PATH_MAX]; /* folder of NUMBER.pem */
    uint32_t next_key;
    bool trace;  /* keep the path of calls of every allocation */
    bool search; /* when main() has returned, wait for `go` and look for the needles */
    volatile bool go;
    bool watch; /* look for needles in all memory that is freed */

    /* findings */
    volatile bool entered; /* main() was called */
    volatile bool left;    /* main() returned, or _exit() was called */
    volatile bool searched;
    bool fired;
    uint8_t fired_kind; /* of a file-system call */
    char fired_name[48];
    /* PLAN_KILL_EACH: a process dies, `heir` waits until as many deaths are released as there were. */
    uint32_t deaths, released;
    bool torn; /* it died in the middle of a write */
    int heir;
    uint64_t files, allocations, crypto; /* calls so far */
    uint64_t changes;                    /* calls that changed something below `root`, or tried to */
    uint64_t live, live_bytes;           /* allocations that nobody freed before the end */
    uint64_t searched_bytes;
    bool core_is_off, tracing_is_off, umask_is_tight; /* when main() returned */
    uint32_t call_count;
    struct plan_call calls[PLAN_CALLS_MAX];
    uint32_t needle_count;
    struct plan_needle needles[PLAN_NEEDLES_MAX];
    uint32_t find_count;
    struct plan_find finds[PLAN_FINDS_MAX];
    struct plan_block fired_block; /* with `trace`: where the allocation failed */
    struct plan_block crash_block; /* with `trace`: where the program crashed */
    uint32_t story_size;
    char story[PLAN_STORY_MAX]; /* with `trace`: the paths of calls to what failed and to what is left, in words */
    uint32_t block_count;
    struct plan_block blocks[PLAN_BLOCKS_MAX];
};

#endif
