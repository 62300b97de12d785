/* The file-system calls of the program that concern something below the root: each asks the driver first. */
#define _DEFAULT_SOURCE /* and not _GNU_SOURCE, which declares the functions ending in 64 with types of their own */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim.h"

#define DESCRIPTORS 1024
#define PATH_SIZE   192

static char paths[DESCRIPTORS][PATH_SIZE]; /* of open descriptors, relative to the root; "" for all others */

/* One call at a time, so that threads cannot change anything while the driver looks at the folder. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* Makes "a/./b//c/.." into "/a/b". */
static void tidy(char *path, size_t room)
{
    char out[3 * PATH_SIZE] = "";
    char *rest = path, *part;

    while ((part = strsep(&rest, "/")) != NULL) {
        char *slash = strrchr(out, '/');

        if (strcmp(part, "..") == 0)
            *(slash != NULL ? slash : out) = '\0';
        else if (part[0] != '\0' && strcmp(part, ".") != 0)
            (void)snprintf(out + strlen(out), sizeof out - strlen(out), "/%s", part);
    }
    (void)snprintf(path, room, "%.*s", (int)room - 1, out);
}

/* Writes the path relative to the root, "." for the root itself; false when it lies elsewhere. */
static bool place(int at, const char *path, char out[PATH_SIZE])
{
    char full[3 * PATH_SIZE], cwd[PATH_SIZE];
    size_t size = strlen(shim_root);

    if (path[0] == '/')
        (void)snprintf(full, sizeof full, "%s", path);
    else if (at == AT_FDCWD && syscall(SYS_getcwd, cwd, sizeof cwd) > 0)
        (void)snprintf(full, sizeof full, "%s/%s", cwd, path);
    else if (at >= 0 && at < DESCRIPTORS && paths[at][0] != '\0')
        (void)snprintf(full, sizeof full, "%s/%s/%s", shim_root, paths[at], path);
    else
        return false;
    tidy(full, sizeof full);
    if (strncmp(full, shim_root, size) != 0 || (full[size] != '/' && full[size] != '\0'))
        return false;
    (void)snprintf(out, PATH_SIZE, "%.190s", full[size] == '/' ? full + size + 1 : ".");
    return true;
}

/* A call on its way. */
struct passage {
    bool counts;
    bool asks;
    char answer; /* of shim_answer() */
    int error;
};

static struct passage enter(const char *kind, const char *path, const char *to)
{
    static unsigned long number;
    struct passage passage = {true, true, 'g', 0};

    (void)pthread_mutex_lock(&gate);
    passage.asks = shim_order.at == 0 || shim_order.at == ++number;
    if (!passage.asks)
        return passage;
    shim_tell("call %s %lx %s\t%s", kind, (unsigned long)shim_path(5, SHIM_FRAMES), path, to);
    passage.answer = shim_answer(&passage.error);
    return passage;
}

static bool asks(void)
{
    return shim_on && !shim_is_busy && shim_order.asks;
}

static struct passage enter_at(const char *kind, int at, const char *path)
{
    char found[PATH_SIZE];

    return asks() && place(at, path, found) ? enter(kind, found, "") : (struct passage){false};
}

static struct passage enter_two(const char *kind, int at, const char *path, int to_at, const char *to)
{
    char found[PATH_SIZE] = "", target[PATH_SIZE] = "";
    bool first, second;

    if (!asks())
        return (struct passage){false};
    first = place(at, path, found);
    second = place(to_at, to, target);
    return first || second ? enter(kind, found, target) : (struct passage){false};
}

static struct passage enter_fd(const char *kind, int fd)
{
    bool ours = asks() && fd >= 0 && fd < DESCRIPTORS && paths[fd][0] != '\0';

    return ours ? enter(kind, paths[fd], "") : (struct passage){false};
}

static long leave(const struct passage *passage, long result)
{
    if (!passage->counts)
        return result;
    if (passage->answer == 'e') {
        errno = passage->error;
        result = -1;
    } else if (result < 0 && passage->asks) {
        shim_tell("failed %d", errno);
    }
    (void)pthread_mutex_unlock(&gate);
    return result;
}

/* The call itself, unless it is refused. */
#define DO(passage, call) leave(&(passage), (passage).answer == 'e' ? -1 : (long)(call))

static int open_any(int at, const char *path, int flags, mode_t mode)
{
    struct passage passage = enter_at((flags & (O_CREAT | O_TRUNC)) != 0 ? "create" : "open", at, path);
    int fd = (int)DO(passage, syscall(SYS_openat, at, path, flags, mode));

    if (passage.counts && fd >= 0 && fd < DESCRIPTORS)
        (void)place(at, path, paths[fd]);
    return fd;
}

#define DEFINE_OPEN(name, at, ...)                                                                                     \
    SHIM_EXPORT int name(__VA_ARGS__, int flags, ...);                                                                 \
    SHIM_EXPORT int name(__VA_ARGS__, int flags, ...)                                                                  \
    {                                                                                                                  \
        mode_t mode = 0;                                                                                               \
        va_list arguments;                                                                                             \
                                                                                                                       \
        va_start(arguments, flags);                                                                                    \
        if ((flags & O_CREAT) != 0)                                                                                    \
            mode = va_arg(arguments, mode_t);                                                                          \
        va_end(arguments);                                                                                             \
        return open_any(at, path, flags, mode);                                                                        \
    }
DEFINE_OPEN(open, AT_FDCWD, const char *path)
DEFINE_OPEN(open64, AT_FDCWD, const char *path)
DEFINE_OPEN(__open_2, AT_FDCWD, const char *path)
DEFINE_OPEN(__open64_2, AT_FDCWD, const char *path)
DEFINE_OPEN(openat, at, int at, const char *path)
DEFINE_OPEN(openat64, at, int at, const char *path)
DEFINE_OPEN(__openat_2, at, int at, const char *path)
DEFINE_OPEN(__openat64_2, at, int at, const char *path)

SHIM_EXPORT int close(int fd)
{
    struct passage passage = enter_fd("close", fd);
    long result = syscall(SYS_close, fd); /* the descriptor is gone even where that fails (Linux) */

    if (fd >= 0 && fd < DESCRIPTORS)
        paths[fd][0] = '\0';
    return (int)leave(&passage, result);
}

SHIM_EXPORT ssize_t read(int fd, void *to, size_t size)
{
    struct passage passage = enter_fd("read", fd);

    if (passage.answer == 'h' && size > 1)
        size = size > 64 ? 64 : size / 2;
    return DO(passage, syscall(SYS_read, fd, to, size));
}

SHIM_EXPORT ssize_t __read_chk(int fd, void *to, size_t size, size_t room);
SHIM_EXPORT ssize_t __read_chk(int fd, void *to, size_t size, size_t room)
{
    (void)room;
    return read(fd, to, size);
}

/* Stands still with half of it written, as a process that was killed would leave it, and goes on as if nothing were. */
static void tear(int fd, const void *from, size_t size)
{
    struct stat before;
    long at = syscall(SYS_lseek, fd, 0L, SEEK_CUR);
    int unused;

    if (at < 0 || syscall(SYS_fstat, fd, &before) != 0 || syscall(SYS_write, fd, from, (size + 1) / 2) < 0)
        return;
    shim_tell("torn");
    (void)shim_answer(&unused);
    (void)syscall(SYS_ftruncate, fd, before.st_size);
    (void)syscall(SYS_lseek, fd, at, SEEK_SET);
}

SHIM_EXPORT ssize_t write(int fd, const void *from, size_t size)
{
    struct passage passage = enter_fd("write", fd);

    if (passage.answer == 't')
        tear(fd, from, size);
    if (passage.answer == 'h')
        size = (size + 1) / 2;
    return DO(passage, syscall(SYS_write, fd, from, size));
}

#define DEFINE_FD(name, kind, number)                                                                                  \
    SHIM_EXPORT int name(int fd);                                                                                      \
    SHIM_EXPORT int name(int fd)                                                                                       \
    {                                                                                                                  \
        struct passage passage = enter_fd(kind, fd);                                                                   \
                                                                                                                       \
        return (int)DO(passage, syscall(number, fd));                                                                  \
    }
DEFINE_FD(fsync, "sync", SYS_fsync)
DEFINE_FD(fdatasync, "sync", SYS_fdatasync)
DEFINE_FD(syncfs, "sync-all", SYS_syncfs)

SHIM_EXPORT int renameat(int at, const char *path, int to_at, const char *to)
{
    struct passage passage = enter_two("rename", at, path, to_at, to);

    return (int)DO(passage, syscall(SYS_renameat2, at, path, to_at, to, 0));
}

SHIM_EXPORT int rename(const char *path, const char *to)
{
    return renameat(AT_FDCWD, path, AT_FDCWD, to);
}

SHIM_EXPORT int linkat(int at, const char *path, int to_at, const char *to, int flags)
{
    struct passage passage = enter_two("link", at, path, to_at, to);

    return (int)DO(passage, syscall(SYS_linkat, at, path, to_at, to, flags));
}

SHIM_EXPORT int unlinkat(int at, const char *path, int flags)
{
    struct passage passage = enter_at((flags & AT_REMOVEDIR) != 0 ? "rmdir" : "unlink", at, path);

    return (int)DO(passage, syscall(SYS_unlinkat, at, path, flags));
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
    struct passage passage = enter_at("mkdir", at, path);

    return (int)DO(passage, syscall(SYS_mkdirat, at, path, mode));
}

SHIM_EXPORT int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

SHIM_EXPORT int fchmod(int fd, mode_t mode)
{
    struct passage passage = enter_fd("mode", fd);

    return (int)DO(passage, syscall(SYS_fchmod, fd, mode));
}

SHIM_EXPORT int fchmodat(int at, const char *path, mode_t mode, int flags)
{
    struct passage passage = enter_at("mode", at, path);

    (void)flags; /* the program asks for none */
    return (int)DO(passage, syscall(SYS_fchmodat, at, path, mode));
}

SHIM_EXPORT int faccessat(int at, const char *path, int mode, int flags)
{
    struct passage passage = enter_at("stat", at, path);

    return (int)DO(passage, syscall(SYS_faccessat2, at, path, mode, flags));
}

/* On 64-bit Linux the kernel's struct stat is libc's. */
#define DEFINE_STATS(end)                                                                                              \
    SHIM_EXPORT int fstatat##end(int at, const char *path, struct stat *out, int flags);                               \
    SHIM_EXPORT int fstatat##end(int at, const char *path, struct stat *out, int flags)                                \
    {                                                                                                                  \
        struct passage passage = enter_at("stat", at, path);                                                           \
                                                                                                                       \
        return (int)DO(passage, syscall(SYS_newfstatat, at, path, out, flags));                                        \
    }                                                                                                                  \
    SHIM_EXPORT int stat##end(const char *path, struct stat *out);                                                     \
    SHIM_EXPORT int stat##end(const char *path, struct stat *out)                                                      \
    {                                                                                                                  \
        return fstatat##end(AT_FDCWD, path, out, 0);                                                                   \
    }                                                                                                                  \
    SHIM_EXPORT int lstat##end(const char *path, struct stat *out);                                                    \
    SHIM_EXPORT int lstat##end(const char *path, struct stat *out)                                                     \
    {                                                                                                                  \
        return fstatat##end(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW);                                                 \
    }                                                                                                                  \
    SHIM_EXPORT int fstat##end(int fd, struct stat *out);                                                              \
    SHIM_EXPORT int fstat##end(int fd, struct stat *out)                                                               \
    {                                                                                                                  \
        struct passage passage = enter_fd("stat", fd);                                                                 \
                                                                                                                       \
        return (int)DO(passage, syscall(SYS_fstat, fd, out));                                                          \
    }
DEFINE_STATS()
DEFINE_STATS(64)

#define DEFINE_FCNTL(name)                                                                                             \
    SHIM_EXPORT int name(int fd, int command, ...);                                                                    \
    SHIM_EXPORT int name(int fd, int command, ...)                                                                     \
    {                                                                                                                  \
        bool locks = command == F_SETLK || command == F_SETLKW || command == F_GETLK;                                  \
        struct passage passage = enter_fd("lock", locks ? fd : -1);                                                    \
        va_list arguments;                                                                                             \
        long argument;                                                                                                 \
                                                                                                                       \
        va_start(arguments, command);                                                                                  \
        argument = va_arg(arguments, long);                                                                            \
        va_end(arguments);                                                                                             \
        return (int)DO(passage, syscall(SYS_fcntl, fd, command, argument));                                            \
    }
DEFINE_FCNTL(fcntl)
DEFINE_FCNTL(fcntl64)

/* Folders are read through libc's streams: one call here may be some of the kernel's. */
SHIM_EXPORT DIR *fdopendir(int fd)
{
    static DIR *(*real)(int);
    struct passage passage = enter_fd("list", fd);
    DIR *stream;

    if (real == NULL)
        *(void **)&real = shim_next("fdopendir");
    stream = passage.answer == 'e' ? NULL : real(fd);
    (void)leave(&passage, stream != NULL ? 0 : -1);
    return stream;
}

SHIM_EXPORT struct dirent *readdir64(DIR *stream);
SHIM_EXPORT struct dirent *readdir64(DIR *stream)
{
    static struct dirent *(*real)(DIR *);
    struct passage passage = enter_fd("list", dirfd(stream));
    struct dirent *entry;

    if (real == NULL)
        *(void **)&real = shim_next("readdir64");
    entry = passage.answer == 'e' ? NULL : real(stream);
    (void)leave(&passage, 0);
    return entry;
}

SHIM_EXPORT struct dirent *readdir(DIR *stream)
{
    return readdir64(stream);
}

SHIM_EXPORT int closedir(DIR *stream)
{
    static int (*real)(DIR *);
    int fd = dirfd(stream), result;
    struct passage passage = enter_fd("close", fd);

    if (real == NULL)
        *(void **)&real = shim_next("closedir");
    if (fd >= 0 && fd < DESCRIPTORS)
        paths[fd][0] = '\0';
    result = real(stream);
    return (int)leave(&passage, result);
}
