/* Files below a folder that is held open; then folders and their locks; and last the paths that the user names.
 *
 * A lock is a POSIX record lock, which the system releases however the process ends. It belongs to the process, and
 * closing any descriptor of the lock file releases it (fcntl(2)): so there is one descriptor, and nothing else opens
 * that file. */
#if defined(__linux__)
#define _GNU_SOURCE /* syncfs(), strverscmp() */
#endif
#include "store/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define TEMPORARY_PREFIX ".mdmvendor-"

struct mdm_dir {
    int fd;
    char *path; /* as the user named it, or the parent's path and the name */
};

/* A path made fit for a message: safe to print, and its beginning left out when it is very long. */
struct shown {
    char text[768];
};

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NONBLOCK)

/* Makes the call again when a signal interrupted it, as glibc's TEMP_FAILURE_RETRY does. */
#define RETRY(outcome, call)                                                                                           \
    do                                                                                                                 \
        (outcome) = (call);                                                                                            \
    while ((outcome) < 0 && errno == EINTR)

static int open_at(int at, const char *name, int flags)
{
    int fd;

    RETRY(fd, openat(at, name, flags | O_NOCTTY | O_CLOEXEC, S_IRUSR | S_IWUSR));
    return fd;
}

/* The path of `name` below the folder `parent` ("." is left out); the caller frees it. NULL: no memory. */
static char *path_join(const char *parent, const char *name)
{
    const char *slash = "/";
    size_t parent_size = strlen(parent), size;
    char *path;

    if (strcmp(parent, ".") == 0)
        parent = slash = "";
    else if (parent_size > 0 && parent[parent_size - 1] == '/')
        slash = "";
    size = strlen(parent) + strlen(slash) + strlen(name) + 1;
    path = malloc(size);
    if (path != NULL)
        (void)snprintf(path, size, "%s%s%s", parent, slash, name);
    return path;
}

/* The path of `name` below `dir`; without `dir`, `name` is a path. */
static const char *show(const struct mdm_dir *dir, const char *name, struct shown *shown)
{
    char *path = path_join(dir != NULL ? dir->path : ".", name);
    char *safe = path != NULL ? mdm_text_safe(path, strlen(path)) : NULL;
    size_t size = safe != NULL ? strlen(safe) : 0, skip = 0;

    if (size >= sizeof shown->text) {
        skip = size - sizeof shown->text + 1;
        while (((unsigned char)safe[skip] & 0xC0) == 0x80) /* not in the middle of a UTF-8 character */
            skip++;
    }
    (void)snprintf(shown->text, sizeof shown->text, "%s", safe != NULL ? safe + skip : "?");
    free(safe);
    free(path);
    return shown->text;
}

/* "cannot TRIED 'PATH': REASON". Returns -1. */
static int failed(const char *tried, const struct mdm_dir *dir, const char *name, int reason, struct mdm_error *err)
{
    struct shown shown;

    return mdm_error_system(err, reason, "cannot %s '%s'", tried, show(dir, name, &shown));
}

/* "BEFORE'PATH'AFTER". Returns -1. */
static int refuse(const char *before, const struct mdm_dir *dir, const char *name, const char *after,
                  struct mdm_error *err)
{
    struct shown shown;

    return mdm_error_set(err, MDM_E_FAILED, "%s'%s'%s", before, show(dir, name, &shown), after);
}

static int sync_data(int fd)
{
    int outcome;

    RETRY(outcome, fsync(fd));
    return outcome;
}

/* Flushes a file's or folder's contents to the disk. 0, or -1 with errno. */
static int sync_fd(int fd)
{
#ifdef F_FULLFSYNC
    /* On macOS fsync() leaves the data in the drive's cache (fsync(2) there). Network volumes support only fsync(). */
    if (fcntl(fd, F_FULLFSYNC) == 0)
        return 0;
#endif
    return sync_data(fd);
}

/* True when the file system does not support what was tried: modes, syncing a folder, links. Callers except the errors
 * that mean something else for their call. */
static bool is_unsupported(int reason)
{
    return reason == EPERM || reason == EINVAL || reason == ENOSYS || reason == ENOTSUP || reason == EOPNOTSUPP;
}

/* 0, or -1 with errno. */
static int sync_folder(int fd)
{
    return sync_fd(fd) == 0 || (is_unsupported(errno) && errno != EPERM && errno != ENOSYS) ? 0 : -1;
}

/* Sets the mode whatever the umask was. 0, or -1 with errno. */
static int set_mode(int fd, mode_t mode)
{
    int outcome;

    RETRY(outcome, fchmod(fd, mode));
    /* File systems without modes (FAT) may refuse: mdm_dir_check_private() has judged those. */
    return outcome == 0 || is_unsupported(errno) ? 0 : -1;
}

static void stat_info(const struct stat *status, struct mdm_file_info *info)
{
    if (info == NULL)
        return;
    info->mode = (uint32_t)(status->st_mode & 07777);
    info->foreign = status->st_uid != geteuid() && status->st_uid != 0;
    info->version = (struct mdm_file_version)
    {
        .device = (uint64_t)status->st_dev, .inode = (uint64_t)status->st_ino, .size = (uint64_t)status->st_size,
#if defined(__APPLE__)
        .modified = (int64_t)status->st_mtimespec.tv_sec * 1000000000 + status->st_mtimespec.tv_nsec,
        .changed = (int64_t)status->st_ctimespec.tv_sec * 1000000000 + status->st_ctimespec.tv_nsec,
#else
        .modified = (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec,
        .changed = (int64_t)status->st_ctim.tv_sec * 1000000000 + status->st_ctim.tv_nsec,
#endif
    };
}

/* Reads to the end of file, at most `limit` bytes; `expected` is a guess at the size. *out must be empty, and is empty
 * again after an error. Returns 0 or an errno: EFBIG when there is more, EINTR only when `patient` is false. */
static int read_fd(int fd, size_t expected, size_t limit, bool patient, struct mdm_bytes *out)
{
    const size_t least = 4096;
    size_t room = expected < least ? least : expected + 1;
    ssize_t n = 1;
    int reason = 0;

    for (; reason == 0 && n > 0; room = out->size) {
        const size_t before = out->size;
        unsigned char *to;
        size_t got = 0;

        if (room > limit + 1 - before) /* one byte over the limit shows that there is more */
            room = limit + 1 - before;
        to = mdm_bytes_extend(out, room, NULL);
        reason = to != NULL ? 0 : ENOMEM;
        while (reason == 0 && n != 0 && got < room) {
            n = read(fd, to + got, room - got);
            if (n > 0)
                got += (size_t)n;
            else if (n < 0 && (errno != EINTR || !patient))
                reason = errno;
        }
        if (reason == 0 && before + got > limit)
            reason = EFBIG;
        mdm_bytes_cut(out, reason == 0 ? before + got : 0);
    }
    return reason;
}

static const char *const outcome_words[] = {
    [MDM_FILE_READ] = "is a regular file",
    [MDM_FILE_ABSENT] = "is not there",
    [MDM_FILE_FOLDER] = "is a folder, not a file",
    [MDM_FILE_IRREGULAR] = "is a symbolic link, pipe, socket or device, not a regular file",
    [MDM_FILE_TOO_LARGE] = "is too large: more than 1 MiB",
    [MDM_FILE_UNREADABLE] = "cannot be read",
};

/* What a file is that was not read for this reason, an errno; *info (may be NULL) says it in words. */
static enum mdm_file_outcome outcome_of(int reason, struct mdm_file_info *info)
{
    enum mdm_file_outcome outcome = reason == 0        ? MDM_FILE_READ
                                    : reason == ENOENT ? MDM_FILE_ABSENT
                                    : reason == EISDIR ? MDM_FILE_FOLDER
                                    : reason == ESPIPE ? MDM_FILE_IRREGULAR
                                    : reason == EFBIG  ? MDM_FILE_TOO_LARGE
                                                       : MDM_FILE_UNREADABLE;
    bool told = outcome == MDM_FILE_UNREADABLE;

    if (info != NULL) {
        info->error_number = reason;
        (void)snprintf(info->words, sizeof info->words, "%s%s%s", outcome_words[outcome], told ? ": " : "",
                       told ? strerror(reason) : "");
    }
    return outcome;
}

enum mdm_file_outcome mdm_file_stat(const struct mdm_dir *dir, const char *name, struct mdm_file_info *info)
{
    struct stat status;
    int reason = fstatat(dir->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;

    if (info != NULL)
        *info = (struct mdm_file_info){0};
    if (reason == 0) {
        stat_info(&status, info);
        reason = S_ISREG(status.st_mode) ? 0 : S_ISDIR(status.st_mode) ? EISDIR : ESPIPE;
    }
    return outcome_of(reason, info);
}

/* Returns 0 or an errno: EISDIR for a folder, EFBIG over the limit, ESPIPE for anything else that is not a regular file
 * unless `pipes` are read. */
static int read_open(int fd, size_t limit, bool pipes, struct mdm_bytes *out, struct mdm_file_info *info)
{
    const size_t pipe_size = 65536;
    struct stat status;
    bool regular;

    if (fstat(fd, &status) != 0)
        return errno;
    stat_info(&status, info);
    regular = S_ISREG(status.st_mode);
    if (S_ISDIR(status.st_mode))
        return EISDIR;
    if (!regular && !pipes)
        return ESPIPE;
    if (regular && (status.st_size < 0 || (uintmax_t)status.st_size > limit))
        return EFBIG;
    return read_fd(fd, regular ? (size_t)status.st_size : pipe_size, limit, regular, out);
}

enum mdm_file_outcome mdm_file_read(const struct mdm_dir *dir, const char *name, size_t limit, struct mdm_bytes *out,
                                    struct mdm_file_info *info)
{
    enum mdm_file_outcome outcome = mdm_file_stat(dir, name, info); /* first: opening a device can have effects */
    int fd, reason;

    *out = (struct mdm_bytes){0};
    if (outcome != MDM_FILE_READ)
        return outcome;
    fd = open_at(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK); /* it could be anything by now */
    reason = fd >= 0 ? read_open(fd, limit, false, out, info) : errno == ELOOP ? ESPIPE : errno;
    if (fd >= 0)
        (void)close(fd);
    return outcome_of(reason, info);
}

static void temporary_name(long pid, uint64_t number, char name[MDM_STAGED_NAME_MAX])
{
    (void)snprintf(name, MDM_STAGED_NAME_MAX, TEMPORARY_PREFIX "%ld-%016" PRIx64 ".tmp", pid, number);
}

/* The process that made a temporary file; 0 when `name` is not exactly the name of one. */
static long temporary_pid(const char *name)
{
    char same[MDM_STAGED_NAME_MAX], *end;
    long pid;

    if (strncmp(name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) != 0)
        return 0;
    pid = strtol(name + strlen(TEMPORARY_PREFIX), &end, 10);
    temporary_name(pid, *end == '-' ? strtoull(end + 1, NULL, 16) : 0, same);
    return strcmp(name, same) == 0 ? pid : 0;
}

/* Creates a temporary file; mdm_dir_sweep removes those that an interrupted run left. Returns its descriptor, or -1
 * with errno. */
static int temporary_open(const struct mdm_dir *dir, char name[MDM_STAGED_NAME_MAX])
{
    int fd = open_at(AT_FDCWD, "/dev/urandom", O_RDONLY);
    uint64_t number = 0; /* hard to guess, if possible; it is O_EXCL that keeps two files apart */

    if (fd >= 0) {
        if (read(fd, &number, sizeof number) != (ssize_t)sizeof number)
            number = 0;
        (void)close(fd);
    }
    for (unsigned attempt = 0; attempt < 100; attempt++) {
        temporary_name((long)getpid(), number + attempt, name);
        fd = open_at(dir->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
        if (fd >= 0 || errno != EEXIST)
            break;
    }
    return fd;
}

/* Returns 0 or an errno: EINTR only when `patient` is false. */
static int write_all(int fd, const struct mdm_bytes *bytes, bool patient)
{
    const size_t most = (size_t)1 << 20; /* macOS refuses more than INT_MAX in one call */

    for (size_t done = 0; done < bytes->size;) {
        ssize_t n = write(fd, bytes->data + done, bytes->size - done < most ? bytes->size - done : most);

        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            return EIO;
        else if (errno != EINTR || !patient)
            return errno;
    }
    return 0;
}

/* Says why `name` could not be written. Returns -1. */
static int write_failed(const struct mdm_dir *dir, const char *name, int reason, struct mdm_error *err)
{
    struct shown shown;

    if (reason == EEXIST) {
        mdm_error_set(err, MDM_E_EXISTS, "cannot write '%s': there is a file of that name already",
                      show(dir, name, &shown));
        return mdm_error_hint(err, "Nothing is overwritten. Move that file away or choose another name.");
    }
    (void)failed("write", dir, name, reason, err);
    if (reason == ENOSPC || reason == EDQUOT)
        return mdm_error_hint(err,
                              "Nothing was changed. Free some space on that disk, then run the same command again.");
    if (reason == EACCES || reason == EPERM || reason == EROFS)
        return mdm_error_hint(err, "Check whose folder it is and whether it can be written to: `ls -ld '%s'`.",
                              show(NULL, dir->path, &shown));
    return -1;
}

/* A rename would replace a device (think of /dev/null and root) or somebody's symbolic link. */
static int check_replaceable(const struct mdm_dir *dir, const char *name, struct mdm_error *err)
{
    enum mdm_file_outcome outcome = mdm_file_stat(dir, name, NULL);
    struct shown shown;

    if (outcome != MDM_FILE_FOLDER && outcome != MDM_FILE_IRREGULAR)
        return 0;
    mdm_error_set(err, MDM_E_FAILED, "cannot write '%s': it %s", show(dir, name, &shown), outcome_words[outcome]);
    return mdm_error_hint(err, "Name a regular file, or one that does not exist yet.");
}

/* mdm_file_stage for any `name`. */
static int stage(const struct mdm_dir *dir, const char *name, const struct mdm_bytes *bytes, uint32_t mode,
                 struct mdm_staged *staged, struct mdm_error *err)
{
    int fd = temporary_open(dir, staged->name);
    int reason = fd < 0 || set_mode(fd, (mode_t)mode) != 0 ? errno : write_all(fd, bytes, true);

    if (reason == 0 && name != NULL && sync_fd(fd) != 0)
        reason = errno;
    /* Network file systems may report a full disk only here. After EINTR the descriptor is closed all the same. */
    if (fd >= 0 && close(fd) != 0 && reason == 0 && errno != EINTR)
        reason = errno;
    if (reason == 0)
        return 0;
    if (fd >= 0)
        (void)unlinkat(dir->fd, staged->name, 0);
    staged->name[0] = '\0';
    return write_failed(dir, name != NULL ? name : "", reason, err);
}

/* Gives a staged file its name. Returns 0 or an errno. */
static int give_name(const struct mdm_dir *dir, struct mdm_staged *staged, const char *name, enum mdm_file_write how)
{
    int reason = 0;

    if (how == MDM_FILE_REPLACE) {
        if (renameat(dir->fd, staged->name, dir->fd, name) != 0)
            reason = errno;
    } else if (linkat(dir->fd, staged->name, dir->fd, name, 0) == 0) {
        (void)unlinkat(dir->fd, staged->name, 0);
    } else if (!is_unsupported(errno) || errno == EINVAL) {
        reason = errno;
    } else if (mdm_file_stat(dir, name, NULL) == MDM_FILE_ABSENT) {
        /* A file system without hard links. Looking first is safe: we hold the lock of the folder. */
        reason = give_name(dir, staged, name, MDM_FILE_REPLACE);
    } else {
        reason = EEXIST;
    }
    if (reason == 0)
        staged->name[0] = '\0';
    return reason;
}

int mdm_file_stage(const struct mdm_dir *dir, const char *name, const struct mdm_bytes *bytes, uint32_t mode,
                   struct mdm_staged *staged, struct mdm_error *err)
{
    staged->name[0] = '\0';
    return name == NULL || check_replaceable(dir, name, err) == 0 ? stage(dir, name, bytes, mode, staged, err) : -1;
}

int mdm_file_put(const struct mdm_dir *dir, struct mdm_staged *staged, const char *name, enum mdm_file_write how,
                 struct mdm_error *err)
{
    int reason = give_name(dir, staged, name, how);

    if (reason == 0 && sync_folder(dir->fd) != 0)
        reason = errno;
    return reason == 0 ? 0 : write_failed(dir, name, reason, err);
}

int mdm_file_write(const struct mdm_dir *dir, const char *name, const struct mdm_bytes *bytes, uint32_t mode,
                   enum mdm_file_write how, struct mdm_error *err)
{
    struct mdm_staged staged = {0};
    int result = how == MDM_FILE_REPLACE ? check_replaceable(dir, name, err) : 0;

    if (result == 0)
        result = stage(dir, name, bytes, mode, &staged, err);
    if (result == 0)
        result = mdm_file_put(dir, &staged, name, how, err);
    mdm_file_discard(dir, &staged);
    return result;
}

/* Syncing the file system costs about as much as syncing one file. 0, or -1 with errno: ENOSYS where it does not report
 * write errors, as it does since Linux 5.8 (syncfs(2)). */
static int sync_at_once(const struct mdm_dir *dir)
{
#if defined(__linux__)
    struct utsname names;
    int outcome;

    if (uname(&names) == 0 && strverscmp(names.release, "5.8") >= 0) {
        RETRY(outcome, syncfs(dir->fd));
        return outcome;
    }
#else
    (void)dir;
#endif
    errno = ENOSYS;
    return -1;
}

/* The same file by file. On macOS fsync() writes each to the drive, and the folder's own sync empties the drive's
 * cache. 0, or -1 with errno. */
static int sync_each(const struct mdm_dir *dir, const struct mdm_staged *const staged[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int fd = open_at(dir->fd, staged[i]->name, O_RDONLY | O_NOFOLLOW);
        int reason = fd >= 0 && sync_data(fd) == 0 ? 0 : errno;

        if (fd >= 0)
            (void)close(fd);
        errno = reason;
        if (reason != 0)
            return -1;
    }
    return sync_folder(dir->fd);
}

int mdm_file_sync_staged(const struct mdm_dir *dir, const struct mdm_staged *const staged[], size_t count,
                         struct mdm_error *err)
{
    if (sync_at_once(dir) == 0 || (errno == ENOSYS && sync_each(dir, staged, count) == 0))
        return 0;
    return write_failed(dir, "", errno, err);
}

int mdm_file_publish(const struct mdm_dir *dir, struct mdm_staged *staged, const char *name, struct mdm_error *err)
{
    int reason = give_name(dir, staged, name, MDM_FILE_NEW);

    return reason == 0 ? 0 : write_failed(dir, name, reason, err);
}

void mdm_file_discard(const struct mdm_dir *dir, struct mdm_staged *staged)
{
    if (staged->name[0] != '\0')
        (void)unlinkat(dir->fd, staged->name, 0);
    staged->name[0] = '\0';
}

void mdm_dir_sweep(const struct mdm_dir *dir, enum mdm_sweep whose)
{
    struct mdm_names names;
    bool swept = false;

    if (dir == NULL || mdm_dir_list(dir, &names, NULL) != 0)
        return;
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.items[i];
        long pid = temporary_pid(name);

        if (pid > 0 && (whose == MDM_SWEEP_ALL || (kill((pid_t)pid, 0) != 0 && errno == ESRCH)) &&
            mdm_file_stat(dir, name, NULL) == MDM_FILE_READ)
            swept |= unlinkat(dir->fd, name, 0) == 0;
    }
    if (swept && whose == MDM_SWEEP_ALL)
        (void)sync_folder(dir->fd);
    mdm_names_free(&names);
}

/* Says why `name` cannot be moved to `to_name`. Returns -1. */
static int move_failed(const struct mdm_dir *from, const char *name, const struct mdm_dir *to, const char *to_name,
                       int reason, struct mdm_error *err)
{
    struct shown source, target;

    (void)show(from, name, &source);
    (void)show(to, to_name, &target);
    if (reason == EEXIST)
        return mdm_error_set(err, MDM_E_FAILED, "cannot move '%s' to '%s': there is a file of that name already",
                             source.text, target.text);
    return mdm_error_system(err, reason, "cannot move '%s' to '%s'", source.text, target.text);
}

static int check_free(const struct mdm_dir *from, const char *name, const struct mdm_dir *to, const char *to_name,
                      struct mdm_error *err)
{
    return mdm_file_stat(to, to_name, NULL) == MDM_FILE_ABSENT ? 0 : move_failed(from, name, to, to_name, EEXIST, err);
}

int mdm_file_copy(const struct mdm_dir *from, const char *name, const struct mdm_dir *to, const char *to_name,
                  uint32_t most, struct mdm_error *err)
{
    struct mdm_bytes bytes = {0};
    struct mdm_file_info info;
    struct shown shown;
    int result;

    if (mdm_file_read(from, name, MDM_FILE_LIMIT, &bytes, &info) != MDM_FILE_READ)
        return mdm_error_set(err, MDM_E_FAILED, "'%s' %s", show(from, name, &shown), info.words);
    result = check_free(from, name, to, to_name, err);
    if (result == 0)
        result = mdm_file_write(to, to_name, &bytes, info.mode & most, MDM_FILE_NEW, err);
    mdm_bytes_free(&bytes);
    return result;
}

int mdm_file_move(const struct mdm_dir *from, const char *name, const struct mdm_dir *to, const char *to_name,
                  struct mdm_error *err)
{
    if (check_free(from, name, to, to_name, err) != 0)
        return -1;
    if (renameat(from->fd, name, to->fd, to_name) == 0 && sync_folder(to->fd) == 0 && sync_folder(from->fd) == 0)
        return 0;
    if (errno != EXDEV)
        return move_failed(from, name, to, to_name, errno, err);
    return mdm_file_copy(from, name, to, to_name, 0777, err) == 0 ? mdm_file_remove(from, name, err) : -1;
}

int mdm_file_remove(const struct mdm_dir *dir, const char *name, struct mdm_error *err)
{
    int reason = unlinkat(dir->fd, name, 0) == 0 && sync_folder(dir->fd) == 0 ? 0 : errno;

    return reason == 0 || reason == ENOENT ? 0 : failed("remove", dir, name, reason, err);
}

/* Without a folder, names are paths as the user gave them, and links are followed. */
#define FD_OF(dir) ((dir) != NULL ? (dir)->fd : AT_FDCWD)

/* Takes over `fd`, also when it fails. */
static struct mdm_dir *dir_new(int fd, const struct mdm_dir *parent, const char *name, struct mdm_error *err)
{
    struct mdm_dir *dir = mdm_new(sizeof *dir, err);

    if (dir != NULL)
        *dir = (struct mdm_dir){fd, path_join(parent != NULL ? parent->path : ".", name)};
    if (dir != NULL && dir->path != NULL)
        return dir;
    (void)close(fd);
    free(dir);
    mdm_error_memory(err);
    return NULL;
}

/* Says why `name` below `dir` cannot be opened as a folder. Returns -1. */
static int open_failed(const struct mdm_dir *dir, const char *name, struct mdm_error *err)
{
    int reason = errno;
    struct stat status;

    if (fstatat(FD_OF(dir), name, &status, dir != NULL ? AT_SYMLINK_NOFOLLOW : 0) != 0 || S_ISDIR(status.st_mode))
        return failed("open the folder", dir, name, reason, err);
    if (!S_ISLNK(status.st_mode)) {
        (void)refuse("", dir, name, " is a file, but a folder is expected", err);
        return mdm_error_hint(err, "Move that file away, or name another work folder with --directory.");
    }
    (void)refuse("", dir, name, " is a symbolic link, but a folder is expected", err);
    return mdm_error_hint(err,
                          "Links are not followed inside a work folder. To keep it elsewhere, move the whole folder "
                          "and name it with --directory.");
}

int mdm_dir_sub(const struct mdm_dir *dir, const char *name, struct mdm_dir **out, struct mdm_error *err)
{
    int fd = open_at(FD_OF(dir), name, FOLDER | (dir != NULL ? O_NOFOLLOW : 0));

    *out = NULL;
    if (fd < 0)
        return errno == ENOENT ? 0 : open_failed(dir, name, err);
    *out = dir_new(fd, dir, name, err);
    return *out != NULL ? 1 : -1;
}

struct mdm_dir *mdm_dir_open(const char *path, struct mdm_error *err)
{
    struct mdm_dir *dir = NULL;
    struct shown shown;

    if (mdm_dir_sub(NULL, path, &dir, err) == 0) {
        mdm_error_set(err, MDM_E_FAILED, "there is no folder '%s'", show(NULL, path, &shown));
        mdm_error_hint(err, "Check the spelling, or make the folder first: `mkdir -m 700 '%s'`.", shown.text);
    }
    return dir;
}

/* Opens a folder that was just made, sets its mode and syncs it. Returns the descriptor, or -1 with errno. */
static int open_new_folder(int at, const char *name)
{
    int fd = open_at(at, name, FOLDER | O_NOFOLLOW), parent = -1, reason;

    if (fd < 0 && errno == EACCES && fchmodat(at, name, 0700, 0) == 0) /* a umask that denies us access */
        fd = open_at(at, name, FOLDER | O_NOFOLLOW);
    if (fd < 0)
        return -1;
    reason = set_mode(fd, 0700) == 0 && sync_folder(fd) == 0 && (parent = open_at(fd, "..", FOLDER)) >= 0 &&
                     sync_folder(parent) == 0
                 ? 0
                 : errno;
    if (parent >= 0)
        (void)close(parent);
    if (reason == 0)
        return fd;
    (void)close(fd);
    errno = reason;
    return -1;
}

int mdm_dir_sub_new(const struct mdm_dir *dir, const char *name, struct mdm_dir **out, struct mdm_error *err)
{
    int fd = mkdirat(FD_OF(dir), name, 0700) == 0 ? open_new_folder(FD_OF(dir), name) : -1;

    *out = NULL;
    if (fd < 0)
        return failed("make the folder", dir, name, errno, err);
    *out = dir_new(fd, dir, name, err);
    return *out != NULL ? 0 : -1;
}

int mdm_dir_sub_make(const struct mdm_dir *dir, const char *name, struct mdm_dir **out, struct mdm_error *err)
{
    struct mdm_error refused = {0};
    int found = mdm_dir_sub(dir, name, out, err);

    if (found != 0)
        return found < 0 ? -1 : 0;
    if (mdm_dir_sub_new(dir, name, out, &refused) == 0)
        return 0;
    if (refused.code == MDM_E_EXISTS && mdm_dir_sub(dir, name, out, err) == 1) /* somebody else has just made it */
        return 0;
    return mdm_error_copy(err, &refused);
}

void mdm_dir_remove_empty(const struct mdm_dir *dir, const char *name)
{
    if (unlinkat(dir->fd, name, AT_REMOVEDIR) == 0)
        (void)sync_folder(dir->fd);
}

bool mdm_dir_is_shared(const struct mdm_dir *dir)
{
    struct stat status;

    return fstat(dir->fd, &status) == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/* Makes a file, sets its mode and looks at it. When that cannot be tried, modes are taken to be kept. */
static bool keeps_modes(const struct mdm_dir *dir)
{
    char name[MDM_STAGED_NAME_MAX];
    int fd = temporary_open(dir, name);
    struct stat status;
    bool kept = true;

    if (fd < 0)
        return true;
    (void)fchmod(fd, S_IRUSR | S_IWUSR);
    if (fstat(fd, &status) == 0)
        kept = (status.st_mode & 0777) == (S_IRUSR | S_IWUSR);
    (void)close(fd);
    (void)unlinkat(dir->fd, name, 0);
    return kept;
}

int mdm_dir_check_private(const struct mdm_dir *dir, enum mdm_dir_probe probe, struct mdm_error *err)
{
    struct stat status;

    if (fstat(dir->fd, &status) != 0)
        return mdm_error_system(err, errno, "cannot examine the folder '%s'", dir->path);
    if (status.st_uid != geteuid() && status.st_uid != 0) {
        mdm_error_set(err, MDM_E_FAILED, "the folder '%s' belongs to another user (user ID %lu, yours is %lu)",
                      dir->path, (unsigned long)status.st_uid, (unsigned long)geteuid());
        return mdm_error_hint(err, "Run mdmvendor as the user who owns the folder, or use a folder of your own with "
                                   "--directory.");
    }
    if (!mdm_dir_is_shared(dir) || (probe == MDM_DIR_PROBE && !keeps_modes(dir)))
        return 0;
    mdm_error_set(err, MDM_E_FAILED, "other users can write to the folder '%s' (its mode is %04o)", dir->path,
                  (unsigned)(status.st_mode & 07777));
    return mdm_error_hint(
        err,
        "It holds private keys. Make sure that you know everything in it, then run `chmod go-w '%s'`. If the mode must "
        "stay (a shared volume), make a folder with mode 0700 inside it and work there.",
        dir->path);
}

const char *mdm_dir_path(const struct mdm_dir *dir)
{
    return dir->path;
}

void mdm_dir_close(struct mdm_dir **dir)
{
    if (dir == NULL || *dir == NULL)
        return;
    (void)close((*dir)->fd);
    free((*dir)->path);
    free(*dir);
    *dir = NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int mdm_dir_list(const struct mdm_dir *dir, struct mdm_names *names, struct mdm_error *err)
{
    int fd = open_at(dir->fd, ".", FOLDER); /* not dup(): that would share the reading position */
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    int reason = stream != NULL ? 0 : errno;
    const struct dirent *entry;

    *names = (struct mdm_names){0};
    while (stream != NULL && reason == 0 && (errno = 0, entry = readdir(stream)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            mdm_names_add(names, entry->d_name, NULL) != 0)
            reason = ENOMEM;
    if (reason == 0)
        reason = errno;
    if (stream != NULL)
        (void)closedir(stream); /* closes fd */
    else if (fd >= 0)
        (void)close(fd);
    if (reason != 0) {
        mdm_names_free(names);
        return failed("list the folder", NULL, dir->path, reason, err);
    }
    if (names->count > 1)
        qsort(names->items, names->count, sizeof *names->items, compare_names);
    return 0;
}

int mdm_dir_check_writable(const struct mdm_dir *dir, struct mdm_error *err)
{
    struct shown shown;

    if (faccessat(dir->fd, ".", W_OK | X_OK, AT_EACCESS) == 0)
        return 0;
    (void)failed("write to the folder", NULL, dir->path, errno, err);
    return mdm_error_hint(err, "Nothing was changed. Make the folder writable for this account: `chmod u+w '%s'`.",
                          show(NULL, dir->path, &shown));
}

bool mdm_dir_is(const struct mdm_dir *dir, const char *path)
{
    struct stat self, other;

    return fstat(dir->fd, &self) == 0 && fstatat(dir->fd, path, &other, 0) == 0 && S_ISDIR(other.st_mode) &&
           self.st_dev == other.st_dev && self.st_ino == other.st_ino;
}

/* Says who holds the lock. Returns -1, or 0 when nobody holds it any more. */
static int name_holder(int fd, const struct mdm_dir *dir, struct mdm_error *err)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool told = fcntl(fd, F_GETLK, &range) == 0;
    struct shown shown;

    if (told && range.l_type == F_UNLCK)
        return 0;
    if (!told || range.l_pid <= 0) { /* a process in another container or on another machine has no number here */
        (void)refuse("another mdmvendor is working in ", NULL, dir->path, "", err);
        return mdm_error_hint(err, "Wait until it is done, or end it. It may run in another container, or on another "
                                   "machine that shares the folder.");
    }
    mdm_error_set(err, MDM_E_FAILED, "another mdmvendor (process %ld) is working in '%s'", (long)range.l_pid,
                  show(NULL, dir->path, &shown));
    return mdm_error_hint(err, "Wait until it is done, or end it with `kill %ld`. `mdmvendor status` works meanwhile.",
                          (long)range.l_pid);
}

static int lock_fd(int fd, const struct mdm_dir *dir, struct mdm_error *err)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int reason = EAGAIN;

    /* Again when the holder ended between the two calls. */
    for (int attempt = 0; attempt < 10; attempt++) {
        if (fcntl(fd, F_SETLK, &range) == 0)
            return 0;
        reason = errno;
        if (reason == EACCES || reason == EAGAIN ? name_holder(fd, dir, err) != 0 : reason != EINTR)
            break;
    }
    (void)failed("lock the folder", NULL, dir->path, reason, err);
    return mdm_error_hint(err, "Use a work folder on a disk of this machine, if this one is on a network.");
}

int mdm_lock_take(const struct mdm_dir *dir, const char *name, struct mdm_error *err)
{
    int fd = open_at(dir->fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;

    if (fd < 0)
        return failed("open the lock file", dir, name, errno, err);
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        (void)refuse("the lock file ", dir, name, " is not a regular file", err);
    } else {
        if ((status.st_mode & 0777) != (S_IRUSR | S_IWUSR))
            (void)set_mode(fd, S_IRUSR | S_IWUSR); /* a umask that would deny us access the next time */
        if (lock_fd(fd, dir, err) == 0)
            return fd;
    }
    (void)close(fd);
    return -1;
}

int mdm_lock_check(int lock, const struct mdm_dir *dir, const char *name, struct mdm_error *err)
{
    struct stat held, named;

    if (fstat(lock, &held) == 0 && fstatat(dir->fd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
        held.st_dev == named.st_dev && held.st_ino == named.st_ino)
        return 0;
    (void)refuse("the lock file ", dir, name, " was removed or replaced while mdmvendor was running", err);
    return mdm_error_hint(err,
                          "Nothing was written. Make sure that no other mdmvendor works in this folder, then run the "
                          "command again. The lock file may stay: it does no harm.");
}

void mdm_lock_release(int lock)
{
    if (lock >= 0)
        (void)close(lock);
}

/* A signal ends the wait for the other end of a pipe, but interrupts nothing else. */
static int open_path(const char *path)
{
    int fd;

    do
        fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR && mdm_path_is_regular(path));
    return fd;
}

static int interrupted(const char *what, const char *shown, struct mdm_error *err)
{
    mdm_error_set(err, MDM_E_INTERRUPTED, "interrupted while '%s' was being %s", shown, what);
    return mdm_error_hint(err, "Nothing is half-written. Run the same command again.");
}

/* Reads `fd`, which was opened for `path` and is closed, or says why that failed; `pipes` or only a regular file. */
static int read_and_close(int fd, const char *path, bool pipes, struct mdm_bytes *out, struct mdm_file_info *info,
                          struct mdm_error *err)
{
    int reason = errno;
    enum mdm_file_outcome outcome;
    struct shown shown;

    if (info != NULL)
        *info = (struct mdm_file_info){0};
    *out = (struct mdm_bytes){0};
    if (fd >= 0)
        reason = read_open(fd, MDM_FILE_LIMIT, pipes, out, info);
    if (fd > STDIN_FILENO)
        (void)close(fd);
    outcome = outcome_of(reason, info);
    if (outcome == MDM_FILE_READ)
        return 0;
    if (reason == EINTR)
        return interrupted("read", show(NULL, path, &shown), err);
    if (outcome == MDM_FILE_UNREADABLE || outcome == MDM_FILE_ABSENT)
        return failed("read", NULL, path, reason, err);
    return mdm_error_set(err, MDM_E_FAILED, "'%s' %s", show(NULL, path, &shown), outcome_words[outcome]);
}

int mdm_path_read(const char *path, struct mdm_bytes *out, struct mdm_file_info *info, struct mdm_error *err)
{
    return read_and_close(open_path(path), path, true, out, info, err);
}

int mdm_path_read_regular(const char *path, struct mdm_bytes *out, struct mdm_error *err)
{
    return read_and_close(open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK), path, false, out, NULL, err);
}

int mdm_stdin_read(struct mdm_bytes *out, struct mdm_error *err)
{
    return read_and_close(STDIN_FILENO, "standard input", true, out, NULL, err);
}

int mdm_stdout_write(const struct mdm_bytes *bytes, struct mdm_error *err)
{
    int reason = write_all(STDOUT_FILENO, bytes, true);

    return reason == 0 ? 0 : mdm_error_system(err, reason, "cannot write the key to standard output");
}

struct mdm_dir *mdm_dir_open_parent(const char *path, struct mdm_error *err)
{
    const char *slash = strrchr(path, '/');
    char *parent = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    struct mdm_dir *dir = NULL;

    if (parent == NULL)
        mdm_error_memory(err);
    else
        dir = mdm_dir_open(parent, err);
    free(parent);
    return dir;
}

int mdm_path_write(const char *path, const struct mdm_bytes *bytes, uint32_t mode, enum mdm_file_write how,
                   struct mdm_error *err)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    struct shown shown;
    struct mdm_dir *dir;
    int result;

    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return refuse("cannot write ", NULL, path, ": it names a folder, not a file", err);
    dir = mdm_dir_open_parent(path, err);
    if (dir == NULL)
        return mdm_error_context(err, "cannot write '%s'", show(NULL, path, &shown));
    result = mdm_file_write(dir, name, bytes, mode, how, err);
    mdm_dir_close(&dir);
    return result;
}

bool mdm_path_is_stream(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode));
}

int mdm_path_send(const char *path, const struct mdm_bytes *bytes, struct mdm_error *err)
{
    int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    int reason = fd >= 0 ? write_all(fd, bytes, false) : errno;

    if (fd >= 0)
        (void)close(fd);
    if (reason == EINTR)
        return interrupted("written to", path, err);
    return reason == 0 ? 0 : failed("write to", NULL, path, reason, err);
}

bool mdm_path_is_regular(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

void mdm_path_sweep_dead(const char *path)
{
    struct mdm_dir *dir = mdm_dir_open_parent(path, NULL);

    mdm_dir_sweep(dir, MDM_SWEEP_DEAD);
    mdm_dir_close(&dir);
}
