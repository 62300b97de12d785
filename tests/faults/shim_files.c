/* The file-system calls of the program: counted and logged when they concern something below the plan's root. */
#define _DEFAULT_SOURCE /* and not _GNU_SOURCE, which declares the functions ending in 64 with types of their own */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim.h"

#define DESCRIPTORS 1024

static char paths[DESCRIPTORS][PLAN_PATH_MAX]; /* of open descriptors, relative to the root; "" for all others */

/* Makes "a/./b//c/.." into "a/b". */
static void tidy(char *path)
{
    char out[2 * PLAN_PATH_MAX] = "";
    char *rest = path, *part;

    while ((part = strsep(&rest, "/")) != NULL) {
        char *slash = strrchr(out, '/');

        if (strcmp(part, "..") == 0)
            *(slash != NULL ? slash : out) = '\0';
        else if (part[0] != '\0' && strcmp(part, ".") != 0)
            (void)snprintf(out + strlen(out), sizeof out - strlen(out), "/%s", part);
    }
    (void)memcpy(path, out, sizeof out);
}

/* Writes the path relative to the root, "." for the root itself; false when it lies elsewhere. */
static bool place(int at, const char *path, char out[PLAN_PATH_MAX])
{
    char full[2 * PLAN_PATH_MAX], cwd[PLAN_PATH_MAX];
    size_t size = strlen(shim_plan->root);

    if (path[0] == '/')
        (void)snprintf(full, sizeof full, "%s", path);
    else if (at == AT_FDCWD && syscall(SYS_getcwd, cwd, sizeof cwd) > 0)
        (void)snprintf(full, sizeof full, "%s/%s", cwd, path);
    else if (at >= 0 && at < DESCRIPTORS && paths[at][0] != '\0')
        (void)snprintf(full, sizeof full, "%s/%s/%s", shim_plan->root, paths[at], path);
    else
        return false;
    tidy(full);
    if (strncmp(full, shim_plan->root, size) != 0 || (full[size] != '/' && full[size] != '\0'))
        return false;
    (void)snprintf(out, PLAN_PATH_MAX, "%s", full[size] == '/' ? full + size + 1 : ".");
    return true;
}

static bool is_change(enum plan_kind kind)
{
    return kind == PLAN_CREATE || kind == PLAN_WRITE || kind == PLAN_RENAME || kind == PLAN_LINK ||
           kind == PLAN_UNLINK || kind == PLAN_MKDIR || kind == PLAN_RMDIR || kind == PLAN_MODE ||
           kind == PLAN_TRUNCATE;
}

static bool is_watching(void)
{
    return shim_plan != NULL && !shim_is_busy;
}

/* A call on its way. */
struct passage {
    struct plan_call *call; /* NULL: none of ours */
    bool due;
};

static struct passage enter(enum plan_kind kind, const char *path, const char *to)
{
    static struct plan_call overflow;
    struct passage passage = {NULL, false};
    uint32_t index = __atomic_fetch_add(&shim_plan->call_count, 1, __ATOMIC_RELAXED);

    passage.call = index < PLAN_CALLS_MAX ? &shim_plan->calls[index] : &overflow;
    *passage.call = (struct plan_call){.kind = (uint8_t)kind, .changes = is_change(kind)};
    (void)snprintf(passage.call->path, sizeof passage.call->path, "%s", path);
    (void)snprintf(passage.call->to, sizeof passage.call->to, "%s", to);
    if (is_change(kind))
        (void)__atomic_add_fetch(&shim_plan->changes, 1, __ATOMIC_RELAXED);
    passage.due = shim_is_due(PLAN_FILES, &shim_plan->files, path);
    if (passage.due)
        shim_plan->fired_kind = (uint8_t)kind;
    if (passage.due && shim_plan->fault == PLAN_TORN && kind != PLAN_WRITE)
        shim_kill(); /* threads made it another call this time */
    return passage;
}

static struct passage enter_at(enum plan_kind kind, int at, const char *path)
{
    char found[PLAN_PATH_MAX];

    if (!is_watching() || !place(at, path, found))
        return (struct passage){NULL, false};
    return enter(kind, found, "");
}

static struct passage enter_two(enum plan_kind kind, int at, const char *path, int to_at, const char *to)
{
    char found[PLAN_PATH_MAX] = "", target[PLAN_PATH_MAX] = "";
    bool first, second;

    if (!is_watching())
        return (struct passage){NULL, false};
    first = place(at, path, found);
    second = place(to_at, to, target);
    return first || second ? enter(kind, found, target) : (struct passage){NULL, false};
}

static struct passage enter_fd(enum plan_kind kind, int fd)
{
    if (!is_watching() || fd < 0 || fd >= DESCRIPTORS || paths[fd][0] == '\0')
        return (struct passage){NULL, false};
    return enter(kind, paths[fd], "");
}

static bool is_refused(const struct passage *passage)
{
    if (!passage->due || shim_plan->fault != PLAN_ERROR)
        return false;
    passage->call->failed = true;
    passage->call->error = errno = shim_plan->error;
    return true;
}

static long leave(const struct passage *passage, long result)
{
    if (passage->call != NULL && result < 0) {
        passage->call->failed = true;
        passage->call->error = errno;
    }
    return result;
}

static int open_any(int at, const char *path, int flags, mode_t mode)
{
    struct passage passage = enter_at((flags & (O_CREAT | O_TRUNC)) != 0 ? PLAN_CREATE : PLAN_OPEN, at, path);
    int fd;

    if (is_refused(&passage))
        return -1;
    fd = (int)leave(&passage, syscall(SYS_openat, at, path, flags, mode));
    if (passage.call != NULL && fd >= 0 && fd < DESCRIPTORS)
        (void)memcpy(paths[fd], passage.call->path, PLAN_PATH_MAX);
    return fd;
}

#define MODE_OF(flags, last)                                                                                           \
    mode_t mode = 0;                                                                                                   \
    va_list arguments;                                                                                                 \
    va_start(arguments, last);                                                                                         \
    if (((flags)&O_CREAT) != 0)                                                                                        \
        mode = va_arg(arguments, mode_t);                                                                              \
    va_end(arguments)

#define DEFINE_OPEN(name)                                                                                              \
    SHIM_EXPORT int name(const char *path, int flags, ...);                                                            \
    SHIM_EXPORT int name(const char *path, int flags, ...)                                                             \
    {                                                                                                                  \
        MODE_OF(flags, flags);                                                                                         \
        return open_any(AT_FDCWD, path, flags, mode);                                                                  \
    }
#define DEFINE_OPENAT(name)                                                                                            \
    SHIM_EXPORT int name(int at, const char *path, int flags, ...);                                                    \
    SHIM_EXPORT int name(int at, const char *path, int flags, ...)                                                     \
    {                                                                                                                  \
        MODE_OF(flags, flags);                                                                                         \
        return open_any(at, path, flags, mode);                                                                        \
    }

DEFINE_OPEN(open)
DEFINE_OPEN(open64)
DEFINE_OPEN(__open_2)
DEFINE_OPEN(__open64_2)
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)
DEFINE_OPENAT(__openat_2)
DEFINE_OPENAT(__openat64_2)

SHIM_EXPORT int close(int fd)
{
    struct passage passage = enter_fd(PLAN_CLOSE, fd);
    int result;

    if (fd >= 0 && fd < DESCRIPTORS)
        paths[fd][0] = '\0';
    result = (int)leave(&passage, syscall(SYS_close, fd));
    return is_refused(&passage) ? -1 : result; /* the descriptor is gone all the same (Linux) */
}

SHIM_EXPORT ssize_t read(int fd, void *to, size_t size)
{
    struct passage passage = enter_fd(PLAN_READ, fd);
    long got;

    if (is_refused(&passage))
        return -1;
    if (passage.due && shim_plan->fault == PLAN_SHORT && size > 1)
        size = size > 64 ? 64 : size / 2;
    got = leave(&passage, syscall(SYS_read, fd, to, size));
    if (passage.call != NULL && got > 0)
        passage.call->size = (uint32_t)got;
    return got;
}

SHIM_EXPORT ssize_t __read_chk(int fd, void *to, size_t size, size_t room);
SHIM_EXPORT ssize_t __read_chk(int fd, void *to, size_t size, size_t room)
{
    (void)room;
    return read(fd, to, size);
}

/* Dies with half of it written; what goes on has written nothing. */
static void tear(int fd, const void *from, size_t size)
{
    struct stat before;
    long at = syscall(SYS_lseek, fd, 0L, SEEK_CUR);

    if (at < 0 || syscall(SYS_fstat, fd, &before) != 0 || syscall(SYS_write, fd, from, (size + 1) / 2) < 0)
        return;
    shim_plan->torn = true;
    shim_die_and_go_on();
    shim_plan->torn = false;
    (void)syscall(SYS_ftruncate, fd, before.st_size);
    (void)syscall(SYS_lseek, fd, at, SEEK_SET);
}

SHIM_EXPORT ssize_t write(int fd, const void *from, size_t size)
{
    struct passage passage = enter_fd(PLAN_WRITE, fd);
    long done;

    if (passage.call != NULL && shim_plan->fault == PLAN_KILL_EACH)
        tear(fd, from, size);

    if (is_refused(&passage))
        return -1;
    if (passage.due && (shim_plan->fault == PLAN_SHORT || shim_plan->fault == PLAN_TORN))
        size = (size + 1) / 2;
    done = leave(&passage, syscall(SYS_write, fd, from, size));
    if (passage.due && shim_plan->fault == PLAN_TORN)
        shim_kill();
    if (passage.call != NULL && done > 0)
        passage.call->size = (uint32_t)done;
    return done;
}

#define DEFINE_FD(name, kind, number)                                                                                  \
    SHIM_EXPORT int name(int fd)                                                                                       \
    {                                                                                                                  \
        struct passage passage = enter_fd(kind, fd);                                                                   \
                                                                                                                       \
        return is_refused(&passage) ? -1 : (int)leave(&passage, syscall(number, fd));                                  \
    }

DEFINE_FD(fsync, PLAN_SYNC, SYS_fsync)
DEFINE_FD(fdatasync, PLAN_SYNC, SYS_fdatasync)
SHIM_EXPORT int syncfs(int fd);
DEFINE_FD(syncfs, PLAN_SYNC_ALL, SYS_syncfs)

static int rename_any(int at, const char *path, int to_at, const char *to)
{
    struct passage passage = enter_two(PLAN_RENAME, at, path, to_at, to);

    return is_refused(&passage) ? -1 : (int)leave(&passage, syscall(SYS_renameat2, at, path, to_at, to, 0));
}

SHIM_EXPORT int rename(const char *path, const char *to)
{
    return rename_any(AT_FDCWD, path, AT_FDCWD, to);
}

SHIM_EXPORT int renameat(int at, const char *path, int to_at, const char *to)
{
    return rename_any(at, path, to_at, to);
}

SHIM_EXPORT int linkat(int at, const char *path, int to_at, const char *to, int flags)
{
    struct passage passage = enter_two(PLAN_LINK, at, path, to_at, to);

    return is_refused(&passage) ? -1 : (int)leave(&passage, syscall(SYS_linkat, at, path, to_at, to, flags));
}

SHIM_EXPORT int unlinkat(int at, const char *path, int flags)
{
    struct passage passage = enter_at((flags & AT_REMOVEDIR) != 0 ? PLAN_RMDIR : PLAN_UNLINK, at, path);

    return is_refused(&passage) ? -1 : (int)leave(&passage, syscall(SYS_unlinkat, at, path, flags));
}

SHIM_EXPORT int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

SHIM_EXPORT int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

SHIM_EXPORT int mkdirat(int at, const char *path, mode_t mode)
{
    struct passage passage = enter_at(PLAN_MKDIR, at, path);

    return is_refused(&passage) ? -1 : (int)leave(&passage, syscall(SYS_mkdirat, at, path, mode));
}

SHIM_EXPORT int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

SHIM_EXPORT int fchmod(int fd, mode_t mode)
{
    struct passage passage = enter_fd(PLAN_MODE, fd);

    return is_refused(&passage) ? -1 : (int)leave(&passage, syscall(SYS_fchmod, fd, mode));
}

SHIM_EXPORT int fchmodat(int at, const char *path, mode_t mode, int flags)
{
    struct passage passage = enter_at(PLAN_MODE, at, path);

    (void)flags; /* the program asks for none */
    return is_refused(&passage) ? -1 : (int)leave(&passage, syscall(SYS_fchmodat, at, path, mode));
}

#define DEFINE_TRUNCATE(name)                                                                                          \
    SHIM_EXPORT int name(int fd, off_t size);                                                                          \
    SHIM_EXPORT int name(int fd, off_t size)                                                                           \
    {                                                                                                                  \
        struct passage passage = enter_fd(PLAN_TRUNCATE, fd);                                                          \
                                                                                                                       \
        return is_refused(&passage) ? -1 : (int)leave(&passage, syscall(SYS_ftruncate, fd, size));                     \
    }
DEFINE_TRUNCATE(ftruncate)
DEFINE_TRUNCATE(ftruncate64)

/* On 64-bit Linux the kernel's struct stat is libc's. */
#define DEFINE_FSTATAT(name)                                                                                           \
    SHIM_EXPORT int name(int at, const char *path, struct stat *out, int flags);                                       \
    SHIM_EXPORT int name(int at, const char *path, struct stat *out, int flags)                                        \
    {                                                                                                                  \
        struct passage passage = enter_at(PLAN_STAT, at, path);                                                        \
                                                                                                                       \
        return is_refused(&passage) ? -1 : (int)leave(&passage, syscall(SYS_newfstatat, at, path, out, flags));        \
    }
DEFINE_FSTATAT(fstatat)
DEFINE_FSTATAT(fstatat64)

#define DEFINE_STAT(name, flags)                                                                                       \
    SHIM_EXPORT int name(const char *path, struct stat *out);                                                          \
    SHIM_EXPORT int name(const char *path, struct stat *out)                                                           \
    {                                                                                                                  \
        return fstatat(AT_FDCWD, path, out, flags);                                                                    \
    }
DEFINE_STAT(stat, 0)
DEFINE_STAT(stat64, 0)
DEFINE_STAT(lstat, AT_SYMLINK_NOFOLLOW)
DEFINE_STAT(lstat64, AT_SYMLINK_NOFOLLOW)

#define DEFINE_FSTAT(name)                                                                                             \
    SHIM_EXPORT int name(int fd, struct stat *out);                                                                    \
    SHIM_EXPORT int name(int fd, struct stat *out)                                                                     \
    {                                                                                                                  \
        struct passage passage = enter_fd(PLAN_STAT, fd);                                                              \
                                                                                                                       \
        return is_refused(&passage) ? -1 : (int)leave(&passage, syscall(SYS_fstat, fd, out));                          \
    }
DEFINE_FSTAT(fstat)
DEFINE_FSTAT(fstat64)

#define DEFINE_FCNTL(name)                                                                                             \
    SHIM_EXPORT int name(int fd, int command, ...);                                                                    \
    SHIM_EXPORT int name(int fd, int command, ...)                                                                     \
    {                                                                                                                  \
        struct passage passage = {NULL, false};                                                                        \
        va_list arguments;                                                                                             \
        long argument;                                                                                                 \
                                                                                                                       \
        va_start(arguments, command);                                                                                  \
        argument = va_arg(arguments, long);                                                                            \
        va_end(arguments);                                                                                             \
        if (command == F_SETLK || command == F_SETLKW || command == F_GETLK)                                           \
            passage = enter_fd(PLAN_LOCK, fd);                                                                         \
        return is_refused(&passage) ? -1 : (int)leave(&passage, syscall(SYS_fcntl, fd, command, argument));            \
    }
DEFINE_FCNTL(fcntl)
DEFINE_FCNTL(fcntl64)

/* Folders are read through libc's streams: one call here may be some of the kernel's. */
SHIM_EXPORT DIR *fdopendir(int fd)
{
    static DIR *(*real)(int);
    struct passage passage = enter_fd(PLAN_LIST, fd);

    if (real == NULL)
        *(void **)&real = shim_next("fdopendir");
    if (is_refused(&passage))
        return NULL;
    return real(fd);
}

static struct dirent *read_stream(DIR *stream)
{
    static struct dirent *(*real)(DIR *);
    struct passage passage = enter_fd(PLAN_LIST, dirfd(stream));

    if (real == NULL)
        *(void **)&real = shim_next("readdir64");
    return is_refused(&passage) ? NULL : real(stream);
}

SHIM_EXPORT struct dirent *readdir(DIR *stream)
{
    return read_stream(stream);
}

SHIM_EXPORT struct dirent *readdir64(DIR *stream);
SHIM_EXPORT struct dirent *readdir64(DIR *stream)
{
    return read_stream(stream);
}

SHIM_EXPORT int closedir(DIR *stream)
{
    static int (*real)(DIR *);
    int fd = dirfd(stream), result;
    struct passage passage = enter_fd(PLAN_CLOSE, fd);

    if (real == NULL)
        *(void **)&real = shim_next("closedir");
    if (fd >= 0 && fd < DESCRIPTORS)
        paths[fd][0] = '\0';
    result = (int)leave(&passage, real(stream));
    return is_refused(&passage) ? -1 : result;
}

/* Descriptors that were open before are none of ours. */
void shim_files_begin(void)
{
    for (int fd = 0; fd < DESCRIPTORS; fd++)
        paths[fd][0] = '\0';
}
