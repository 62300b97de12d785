/*
 * Is a call missed? Every command runs under ptrace as well, and what the kernel saw below the case is compared with
 * what the shim counted. Folders are read through libc, which makes calls of its own for that: these are not compared.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "course.h"

#define OTHER PLAN_KINDS /* calls that nobody expects here */

struct tally {
    unsigned long seen[PLAN_KINDS + 1];
    char other[64];
};

static bool is_below(const struct course *course, const char *path)
{
    size_t size = strlen(course->bench.place);

    return strncmp(path, course->bench.place, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

static bool link_is_below(const struct course *course, const char *link)
{
    char target[PATH_SIZE];
    ssize_t size = readlink(link, target, sizeof target - 1);

    if (size < 0)
        return false;
    target[size] = '\0';
    return is_below(course, target);
}

static bool fd_is_below(const struct course *course, pid_t process, uint64_t fd)
{
    char link[64];

    (void)snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)process, (int)fd);
    return link_is_below(course, link);
}

/* A path in the memory of the process, below a folder held open there. Nothing below the case leads out of it. */
static bool path_is_below(const struct course *course, pid_t process, uint64_t at, uint64_t address)
{
    char path[256] = "", link[64];
    struct iovec here = {path, sizeof path - 1}, there = {(void *)(uintptr_t)address, sizeof path - 1};

    while (there.iov_len > 0 && process_vm_readv(process, &here, 1, &there, 1, 0) < 0) {
        there.iov_len /= 2; /* it may end at the end of a page */
        here.iov_len = there.iov_len;
    }
    if (path[0] == '/')
        return is_below(course, path);
    if ((int)at != AT_FDCWD)
        return fd_is_below(course, process, at);
    (void)snprintf(link, sizeof link, "/proc/%d/cwd", (int)process);
    return link_is_below(course, link);
}

/* What a system call is by its number, and which of its arguments say where. */
static const struct call {
    uint64_t number;
    enum plan_kind kind;
    int fd;   /* argument with a descriptor, -1: none */
    int path; /* argument with a path, -1: none; `fd` then is the folder */
} known[] = {
    {SYS_openat, PLAN_OPEN, 0, 1},     {SYS_close, PLAN_CLOSE, 0, -1},      {SYS_read, PLAN_READ, 0, -1},
    {SYS_pread64, PLAN_READ, 0, -1},   {SYS_readv, PLAN_READ, 0, -1},       {SYS_write, PLAN_WRITE, 0, -1},
    {SYS_pwrite64, PLAN_WRITE, 0, -1}, {SYS_writev, PLAN_WRITE, 0, -1},     {SYS_fsync, PLAN_SYNC, 0, -1},
    {SYS_fdatasync, PLAN_SYNC, 0, -1}, {SYS_syncfs, PLAN_SYNC_ALL, 0, -1},  {SYS_renameat2, PLAN_RENAME, 0, 1},
    {SYS_linkat, PLAN_LINK, 0, 1},     {SYS_unlinkat, PLAN_UNLINK, 0, 1},   {SYS_mkdirat, PLAN_MKDIR, 0, 1},
    {SYS_fchmod, PLAN_MODE, 0, -1},    {SYS_fchmodat, PLAN_MODE, 0, 1},     {SYS_ftruncate, PLAN_TRUNCATE, 0, -1},
    {SYS_renameat, OTHER, 0, 1},       {SYS_symlinkat, OTHER, 1, 2},        {SYS_mknodat, OTHER, 0, 1},
    {SYS_fchownat, OTHER, 0, 1},       {SYS_fchown, OTHER, 0, -1},          {SYS_fallocate, OTHER, 0, -1},
    {SYS_sendfile, OTHER, 0, -1},      {SYS_copy_file_range, OTHER, 2, -1}, {SYS_utimensat, OTHER, 0, 1},
    {SYS_flock, OTHER, 0, -1},         {SYS_sync_file_range, OTHER, 0, -1}, {SYS_mmap, OTHER, 4, -1},
#ifdef SYS_open
    {SYS_open, OTHER, -1, 0},          {SYS_creat, OTHER, -1, 0},           {SYS_rename, OTHER, -1, 0},
    {SYS_link, OTHER, -1, 0},          {SYS_unlink, OTHER, -1, 0},          {SYS_mkdir, OTHER, -1, 0},
    {SYS_rmdir, OTHER, -1, 0},         {SYS_chmod, OTHER, -1, 0},           {SYS_truncate, OTHER, -1, 0},
#endif
};

static enum plan_kind kind_of(const struct call *call, const uint64_t arguments[6])
{
    if (call->kind == PLAN_OPEN && (arguments[2] & (O_CREAT | O_TRUNC)) != 0)
        return PLAN_CREATE;
    if (call->kind == PLAN_UNLINK && (arguments[2] & AT_REMOVEDIR) != 0)
        return PLAN_RMDIR;
    return call->kind;
}

static void note(const struct course *course, pid_t process, uint64_t number, const uint64_t arguments[6],
                 struct tally *tally)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const struct call *call = &known[i];
        bool below;

        if (call->number != number)
            continue;
        if (call->path >= 0)
            below = path_is_below(course, process, call->fd >= 0 ? arguments[call->fd] : (uint64_t)AT_FDCWD,
                                  arguments[call->path]);
        else
            below = (int)arguments[call->fd] >= 0 && fd_is_below(course, process, arguments[call->fd]);
        if (!below)
            return;
        tally->seen[kind_of(call, arguments)]++;
        if (call->kind == OTHER)
            (void)snprintf(tally->other, sizeof tally->other, "system call %lu", (unsigned long)number);
        return;
    }
}

/* Follows the process and its threads to the end. Returns its wait status. */
static int follow(const struct course *course, pid_t process, struct tally *tally)
{
    int status = 0, last = 0;
    pid_t thread;

    if (waitpid(process, &status, 0) != process || !WIFSTOPPED(status))
        die("the program cannot be traced");
    (void)ptrace(PTRACE_SETOPTIONS, process, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE);
    (void)ptrace(PTRACE_SYSCALL, process, NULL, NULL);
    while ((thread = waitpid(-1, &status, __WALL)) > 0) {
        struct __ptrace_syscall_info info;
        long deliver = 0;

        if (!WIFSTOPPED(status)) {
            if (thread == process)
                last = status;
            continue;
        }
        if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
            if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY)
                note(course, thread, info.entry.nr, (const uint64_t *)info.entry.args, tally);
        } else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP) {
            deliver = WSTOPSIG(status);
        }
        (void)ptrace(PTRACE_SYSCALL, thread, NULL, deliver);
    }
    return last;
}

static void compare(struct course *course, const struct tally *tally)
{
    const struct plan *plan = course->bench.plan;
    unsigned long counted[PLAN_KINDS] = {0};

    for (uint32_t i = 0; i < plan->call_count; i++)
        counted[plan->calls[i].kind]++;
    for (int kind = 0; kind < PLAN_KINDS; kind++) {
        course->searched += counted[kind];
        if (kind != PLAN_STAT && kind != PLAN_LIST && kind != PLAN_LOCK && counted[kind] != tally->seen[kind])
            problem(&course->verdict, "%s: the kernel saw %lu, the shim %lu", kind_name((enum plan_kind)kind),
                    tally->seen[kind], counted[kind]);
    }
    if (tally->seen[OTHER] > 0)
        problem(&course->verdict, "%s is none that the shim knows", tally->other);
}

void walk_trace(struct course *course, unsigned number)
{
    struct tally tally = {{0}, ""};
    int status;

    if (geteuid() != 0) {
        (void)printf("ok %u - %s: no call is missed # SKIP only root can look into a process that hides itself\n",
                     number, course->scenario->name);
        return;
    }
    (void)snprintf(course->verdict.what, sizeof course->verdict.what, "traced");
    stage_enter(&course->bench, course->scenario->stage);
    course_order(course, PLAN_FILES, KEYS_TRIED, 0, PLAN_NOTHING, 0);
    course->bench.traced = true;
    status = follow(course, bench_start(&course->bench, course->scenario->args), &tally);
    course->bench.traced = false;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != course->scenario->status)
        problem(&course->verdict, "it ends with %#x", (unsigned)status);
    compare(course, &tally);
    (void)printf("%sok %u - %s: no call is missed\n", course->verdict.problems > 0 ? "not " : "", number,
                 course->scenario->name);
}
