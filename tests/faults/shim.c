/* Begins and ends with main(): takes orders, counts, and tells how a place was reached. See shim.h. */
#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN_SECONDS 20
#define PATHS_MAX   (1u << 17)

struct shim_order shim_order;
char shim_root[192];
bool shim_on;
_Thread_local bool shim_is_busy;

static int driver = -1; /* the socket */
static uint64_t paths[PATHS_MAX];
static uint32_t path_count;

typedef int main_function(int argc, char **argv, char **environment);
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

static void die(void)
{
    (void)syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;)
        (void)syscall(SYS_pause);
}

void shim_tell(const char *format, ...)
{
    int reason = errno;
    char line[2048];
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    (void)syscall(SYS_write, driver, line, size < (int)sizeof line ? (size_t)size : sizeof line - 1);
    errno = reason;
}

char shim_answer(int *error)
{
    char line[32] = "";

    if (syscall(SYS_read, driver, line, sizeof line - 1) <= 0 || line[0] == 'k')
        die();
    *error = atoi(line);
    return *error != 0 ? 'e' : line[0];
}

bool shim_is_due(char subject, unsigned long *counter, const char *name)
{
    unsigned long number = __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);

    if (subject != shim_order.counts || number != shim_order.at)
        return false;
    shim_tell("fired %s", name);
    if (shim_order.trace)
        shim_story("failed");
    return true;
}

/* Where the program itself lies. */
bool shim_in_program(const void *address)
{
    static uintptr_t begin = UINTPTR_MAX, end;
    const Elf64_Phdr *headers = (const Elf64_Phdr *)(end == 0 ? getauxval(AT_PHDR) : 0);
    unsigned long count = end == 0 ? getauxval(AT_PHNUM) : 0;

    for (unsigned long i = 0; i < count; i++)
        if (headers[i].p_type == PT_PHDR)
            begin = (uintptr_t)headers - headers[i].p_vaddr;
    for (unsigned long i = 0; i < count; i++)
        if (headers[i].p_type == PT_LOAD && headers[i].p_vaddr + headers[i].p_memsz > end)
            end = headers[i].p_vaddr + headers[i].p_memsz;
    return (uintptr_t)address - begin < end;
}

/* The callers, without those in the shim, and without the heap that the program gives libcrypto. */
int shim_take_frames(void *frames[SHIM_FRAMES])
{
    extern const char __ehdr_start[], _end[];
    bool was_busy = shim_is_busy;
    int count, kept = 0;

    shim_is_busy = true;
    count = backtrace(frames, SHIM_FRAMES);
    shim_is_busy = was_busy;
    for (int i = 0; i < count; i++)
        if ((char *)frames[i] < __ehdr_start || (char *)frames[i] >= _end)
            frames[kept++] = frames[i];
    if (kept > 1 && shim_in_program(frames[0]) && !shim_in_program(frames[1]))
        (void)memmove(frames, frames + 1, (size_t)--kept * sizeof *frames);
    return kept;
}

uint64_t shim_path(int places, int inner)
{
    void *frames[SHIM_FRAMES];
    int count = shim_take_frames(frames);
    uint64_t hash = 14695981039346656037u;

    for (int i = 0, own = 0; i < count && own < places; i++) {
        bool is_own = shim_in_program(frames[i]);

        if (is_own || i < inner)
            hash = (hash ^ (uintptr_t)frames[i]) * 1099511628211u;
        own += is_own;
    }
    return hash;
}

void shim_keep_path(int places, int inner)
{
    if (path_count < PATHS_MAX)
        paths[path_count++] = shim_path(places, inner);
}

/* Functions by name where they have one, else by their place in the file, for addr2line. */
void shim_tell_frames(const char *word, void *const frames[], int count)
{
    size_t size;
    char line[1800];
    Dl_info info;

    size = (size_t)snprintf(line, sizeof line, "story %s", word);
    for (int i = 0; i < count && size < sizeof line; i++) {
        if (dladdr(frames[i], &info) == 0)
            continue;
        if (info.dli_sname != NULL)
            size += (size_t)snprintf(line + size, sizeof line - size, " < %s", info.dli_sname);
        else
            size += (size_t)snprintf(line + size, sizeof line - size, " < %s+0x%lx",
                                     shim_in_program(frames[i]) ? "program" : strrchr(info.dli_fname, '/') + 1,
                                     (unsigned long)((char *)frames[i] - (char *)info.dli_fbase));
    }
    shim_tell("%s", line);
}

void shim_story(const char *word)
{
    void *frames[SHIM_FRAMES];
    int count = shim_take_frames(frames);

    shim_tell_frames(word, frames, count);
}

static void on_crash(int number)
{
    shim_is_busy = true;
    shim_story("crashed");
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

/* The driver looks at the memory now; it could not in a process that hides itself. */
static void leave(void)
{
    struct rlimit core = {1, 1};
    mode_t mask = umask(0);
    int unused;

    if (!shim_on)
        return;
    shim_on = false;
    shim_is_busy = true;
    (void)umask(mask);
    (void)getrlimit(RLIMIT_CORE, &core);
    shim_tell("left %ld %d %d %d", syscall(SYS_getpid), core.rlim_cur == 0 && core.rlim_max == 0,
              prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0, (mask & 077) == 077);
    if (!shim_order.waits)
        return;
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    (void)shim_answer(&unused);
}

static void take_order(const char *line)
{
    char clock[32], key[32], work[sizeof shim_root + 8];

    if (sscanf(line, "run %c %lu %d %d %d %191s %31s %31s", &shim_order.counts, &shim_order.at, &shim_order.trace,
               &shim_order.asks, &shim_order.waits, shim_order.needles, clock, key) != 8)
        abort();
    (void)setenv("MDM_CLOCK", clock, 1);
    if (key[0] == '-') /* made in earnest */
        (void)unsetenv("MDM_CHEAP_KEYS");
    else
        (void)setenv("MDM_CHEAP_KEYS_AT", key, 1);
    (void)snprintf(work, sizeof work, "%s/work", shim_root); /* the folder of that name is another one in each run */
    if (chdir(work) != 0)
        abort();
}

/* Runs a copy of the process for each order, and returns in it: loading the program takes a third of a run. */
static void serve(void)
{
    char line[512];
    ssize_t size;
    int status;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    (void)signal(SIGINT, SIG_IGN); /* typed at the terminal, it is for the copy */
    while ((size = syscall(SYS_read, driver, line, sizeof line - 1)) > 0) {
        pid_t child = fork();

        if (child < 0)
            abort();
        line[size] = '\0';
        if (child == 0) {
            (void)signal(SIGINT, SIG_DFL);
            take_order(line);
            if (!shim_order.asks) /* while it asks it stands still */
                (void)syscall(SYS_alarm, RUN_SECONDS);
            return;
        }
        (void)waitpid(child, &status, 0);
        shim_tell("end %d", status);
    }
    (void)syscall(SYS_exit_group, 0);
}

static int wrapped_main(int argc, char **argv, char **environment)
{
    const char *root = getenv(SHIM_ROOT), *number = getenv(SHIM_SOCKET);
    int status;

    if (root != NULL && number != NULL) {
        driver = atoi(number);
        (void)snprintf(shim_root, sizeof shim_root, "%s", root);
        (void)unsetenv("LD_PRELOAD");
        (void)unsetenv(SHIM_ROOT);
        (void)unsetenv(SHIM_SOCKET);
        serve();
        (void)shim_path(1, 0); /* loads the unwinder now */
        if (shim_order.trace) {
            (void)signal(SIGSEGV, on_crash);
            (void)signal(SIGABRT, on_crash);
        }
        shim_memory_begin();
        shim_on = true;
    }
    status = real_main(argc, argv, environment);
    leave();
    shim_is_busy = false;
    return status;
}

typedef int start_function(main_function *program, int argc, char **argv, void (*init)(void), void (*fini)(void),
                           void (*rtld_fini)(void), void *stack_end);
SHIM_EXPORT start_function __libc_start_main;
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
__attribute__((destructor)) static void tell_the_end(void)
{
    void (*cleanup)(void);

    if (driver < 0 || shim_order.counts == 0)
        return;
    if (shim_order.counts != '-') {
        *(void **)&cleanup = shim_next("OPENSSL_cleanup");
        cleanup();
    }
    shim_is_busy = true;
    shim_memory_end();
    for (uint32_t i = 0; i < path_count; i += 64) { /* as many as one line takes */
        char line[64 * 17 + 8] = "paths";
        size_t size = 5;

        for (uint32_t j = i; j < path_count && j < i + 64; j++)
            size += (size_t)snprintf(line + size, sizeof line - size, " %lx", (unsigned long)paths[j]);
        shim_tell("%s", line);
    }
}
