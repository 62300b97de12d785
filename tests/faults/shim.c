/* Begins and ends with main(): maps the plan, counts calls, and looks at the process in the end. */
#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct plan *shim_plan;
_Thread_local bool shim_is_busy;

typedef int main_function(int argc, char **argv, char **environment);
typedef int start_function(main_function *program, int argc, char **argv, void (*init)(void), void (*fini)(void),
                           void (*rtld_fini)(void), void *stack_end);

static main_function *real_main;

void *shim_next(const char *name)
{
    void *found;
    bool was_busy = shim_is_busy;

    shim_is_busy = true;
    found = dlsym(RTLD_NEXT, name);
    shim_is_busy = was_busy;
    if (found == NULL)
        abort();
    return found;
}

void shim_kill(void)
{
    (void)syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;)
        (void)syscall(SYS_pause);
}

/* The driver has died when this takes so long. */
#define RELEASE_SECONDS 60

void shim_die_and_go_on(void)
{
    const struct timespec patience = {.tv_sec = RELEASE_SECONDS};
    bool was_busy = shim_is_busy;
    uint32_t released = shim_plan->deaths++;
    int reason = errno; /* readdir() tells an error from the end by it */
    pid_t child;

    shim_is_busy = true;
    child = fork();
    if (child < 0)
        abort();
    if (child > 0) {
        shim_plan->heir = child;
        shim_kill();
    }
    while (__atomic_load_n(&shim_plan->released, __ATOMIC_ACQUIRE) == released)
        if (syscall(SYS_futex, &shim_plan->released, FUTEX_WAIT, released, &patience, NULL, 0) != 0 &&
            errno == ETIMEDOUT)
            shim_kill();
    shim_is_busy = was_busy;
    errno = reason;
}

bool shim_is_due(enum plan_subject subject, uint64_t *counter, const char *name)
{
    uint64_t number = __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);

    if (subject == shim_plan->subject && shim_plan->fault == PLAN_KILL_EACH)
        shim_die_and_go_on();
    if (subject != shim_plan->subject || number != shim_plan->at || shim_plan->fault == PLAN_NOTHING)
        return false;
    shim_plan->fired = true;
    (void)strncpy(shim_plan->fired_name, name, sizeof shim_plan->fired_name - 1);
    if (shim_plan->fault == PLAN_KILL)
        shim_kill();
    return true;
}

SHIM_EXPORT time_t time(time_t *out)
{
    struct timespec now;
    time_t seconds;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    seconds = now.tv_sec + (shim_plan != NULL ? shim_plan->later : 0);
    if (out != NULL)
        *out = seconds;
    return seconds;
}

static struct plan *map_plan(const char *path)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    void *memory;

    if (fd < 0)
        return NULL;
    memory = mmap(NULL, sizeof(struct plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)syscall(SYS_close, fd);
    return memory == MAP_FAILED ? NULL : memory;
}

static void note_hardening(void)
{
    struct rlimit core = {1, 1};
    mode_t mask = umask(0);

    (void)umask(mask);
    shim_plan->umask_is_tight = (mask & 077) == 077;
    shim_plan->core_is_off = getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0;
    shim_plan->tracing_is_off = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}

static void leave(void)
{
    const struct timespec pause = {.tv_nsec = 200000};

    if (shim_plan == NULL || shim_plan->left)
        return;
    shim_is_busy = true;
    note_hardening();
    shim_plan->left = true;
    if (!shim_plan->search)
        return;
    while (!shim_plan->go)
        (void)nanosleep(&pause, NULL);
    shim_search();
    shim_plan->searched = true;
}

/* Returns in a copy of the process, for each request. */
static void serve(struct plan *plan)
{
    const struct timespec patience = {.tv_sec = RELEASE_SECONDS};
    char work[PLAN_PATH_MAX + 8];

    (void)snprintf(work, sizeof work, "%s/work", plan->root);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    for (;;) {
        pid_t child;

        if (__atomic_load_n(&plan->requests, __ATOMIC_ACQUIRE) == plan->answers) {
            (void)syscall(SYS_futex, &plan->requests, FUTEX_WAIT, plan->answers, &patience, NULL, 0);
            continue;
        }
        child = fork();
        if (child < 0)
            abort();
        if (child == 0) {
            (void)alarm(PLAN_RUN_SECONDS);
            if (chdir(work) != 0) /* the folder of that name is another one in each run */
                abort();
            return;
        }
        (void)waitpid(child, &plan->status, 0);
        (void)__atomic_add_fetch(&plan->answers, 1, __ATOMIC_RELEASE);
        (void)syscall(SYS_futex, &plan->answers, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
}

static int wrapped_main(int argc, char **argv, char **environment)
{
    const char *path = getenv(PLAN_VARIABLE);
    struct plan *plan = path != NULL ? map_plan(path) : NULL;
    int status;

    (void)unsetenv(PLAN_VARIABLE);
    (void)unsetenv("LD_PRELOAD");
    if (plan != NULL && plan->serves)
        serve(plan);
    if (plan != NULL) {
        shim_plan = plan;
        shim_files_begin();
        shim_memory_begin();
        plan->entered = true;
    }
    status = real_main(argc, argv, environment);
    leave();
    shim_is_busy = false;
    return status;
}

SHIM_EXPORT int __libc_start_main(main_function *program, int argc, char **argv, void (*init)(void), void (*fini)(void),
                                  void (*rtld_fini)(void), void *stack_end);
SHIM_EXPORT int __libc_start_main(main_function *program, int argc, char **argv, void (*init)(void), void (*fini)(void),
                                  void (*rtld_fini)(void), void *stack_end)
{
    start_function *real;

    *(void **)&real = shim_next("__libc_start_main");
    real_main = program;
    return real(wrapped_main, argc, argv, init, fini, rtld_fini, stack_end);
}

SHIM_EXPORT void _exit(int status)
{
    leave();
    for (;;)
        (void)syscall(SYS_exit_group, status);
}

/* The program leaves libcrypto's own tables to the end of the process; what is left without them is a leak. */
__attribute__((destructor)) static void count_what_is_left(void)
{
    void (*cleanup)(void);

    if (shim_plan == NULL || shim_plan->subject == PLAN_FILES)
        return;
    *(void **)&cleanup = shim_next("OPENSSL_cleanup");
    cleanup();
    shim_memory_end();
}
