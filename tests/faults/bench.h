/* The ground of the fault tests: a scratch folder, runs of the program under the shim, and a practice Apple. */
#ifndef MDM_FAULTS_BENCH_H
#define MDM_FAULTS_BENCH_H

#include <stddef.h>

#include "plan.h"
#include "practice/practice.h"

#define PATH_SIZE   512
#define OUTPUT_SIZE 16384
#define ARGS_MAX    12

/* No secrets: that no trace of them is left is what the tests look for. */
#define VENDOR_PASSWORD   "Tanne-und-Fichte-7"
#define CUSTOMER_PASSWORD "Ahorn-und-Linde-12"

/* Keys in the folder: those of earlier stages, of the run that goes wrong, and of the run after it. */
#define KEYS         30
#define KEYS_TRIED   14
#define KEYS_RETRIED 22

/* The program's clock is that many seconds ahead in the run that goes wrong, and in the run after it: no two runs fall
 * into one second. The stages were reached before. */
#define RUN_LATER  600
#define RUN_LATEST 1200

/* How the program gets its passwords. */
enum manner {
    BY_FILE,
    BY_ENVIRONMENT,
    BY_STDIN,
    BY_TERMINAL, /* it asks at `terminal` */
};

struct bench {
    char program[PATH_SIZE];
    char shim[PATH_SIZE];
    char top[PATH_SIZE];   /* scratch folder of this driver */
    unsigned scene;        /* 0, or 1 while what a run left is tried out aside: both have a place and a plan */
    char place[PATH_SIZE]; /* top/case0 or 1: what the shim watches; work/, out/, tmp/ are in it */
    enum manner manner;
    int terminal; /* our end of it */
    int server;   /* 0, or the process of bench_serve() */
    bool traced;  /* the program stops for us as soon as it is there */
    struct plan *plan;
    struct plan *plans[2];
    struct mdm_practice *apple;
    struct mdm_trust *trust;
};

/* Of one run. */
struct outcome {
    int status; /* -1: ended by `signal` */
    int signal;
    char out[OUTPUT_SIZE];
    char err[OUTPUT_SIZE];
};

/* As libcrypto wants it for a callback that it has of its own. */
static inline void *as_password(const char *text)
{
    return (void *)(uintptr_t)text;
}

/* Ends the driver: something that is not under test failed. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Takes the other place and plan. */
void bench_change_scene(struct bench *bench);

void bench_open(struct bench *bench, const char *program, const char *shim);
void bench_close(struct bench *bench);

/* Orders nothing. */
void plan_clear(struct plan *plan);

/* Runs the program in place/work with the usual options, then `args` up to NULL, under what the plan orders. */
void bench_run(struct bench *bench, const char *const args[], struct outcome *outcome);
/* The same many times, in copies of one process that is loaded once. bench_run() is not for in between. */
void bench_serve(struct bench *bench, const char *const args[]);
void bench_request(struct bench *bench, struct outcome *outcome);
void bench_serve_no_more(struct bench *bench);

/* The same, but does not wait for the end. Returns the process. */
int bench_start(struct bench *bench, const char *const args[]);
void bench_finish(struct bench *bench, int process, struct outcome *outcome);
/* With PLAN_KILL_EACH: waits for the next death. Returns false at the end of the run: then *outcome is filled. */
bool bench_await_death(struct bench *bench, int *process, struct outcome *outcome);
/* Lets the copy of the process that died go on. */
void bench_release(struct bench *bench);

/* The two portals; names are relative to place/work. */
void visit_vendor_portal(struct bench *bench, const char *csr, const char *to, unsigned days);
void visit_push_portal(struct bench *bench, const char *request, const char *to, const char *renew);

/* Files; names are relative to place. */
void put_text(struct bench *bench, const char *name, const char *text);
struct mdm_bytes get_bytes(const struct bench *bench, const char *name);
void put_bytes(struct bench *bench, const char *name, const struct mdm_bytes *bytes);
void make_folder(struct bench *bench, const char *name);
void remove_file(struct bench *bench, const char *name);

#endif
