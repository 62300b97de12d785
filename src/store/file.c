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
#if defined(__APPLE__)
#include <sys/random.h> /* getentropy() */
#endif
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#if defined(__APPLE__)
#define st_ctim st_ctimespec
#endif

#define TEMPORARY_PREFIX ".mdmvendor-"

/* What is read of a file at a time, in bytes. Apple's files are smaller. */
#define READ_SIZE 8192

/* Room for a path as messages show it. */
#define SHOWN_MAX 768

struct mdm_dir {
    int fd;
    int lock;              /* -1: it is not locked */
    char shown[SHOWN_MAX]; /* the path as the user named it, or the parent's and the name: see show() */
};

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NONBLOCK)

/* Without a folder, names are paths as the user gave them, and links are followed. */
#define FD_OF(dir) ((dir) != NULL ? (dir)->fd : AT_FDCWD)

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

/* For MDM_OWNED. errno stays. */
static void close_at(int *fd)
{
    int reason = errno;

    if (*fd >= 0)
        (void)close(*fd);
    errno = reason;
}

/* The path of `name` below `dir` ("." is left out), made fit for a message: safe to print, and cut off when it is very
 * long. Without `dir`, `name` is a path. errno stays, also where free() changes it. */
static const char *show(const struct mdm_dir *dir, const char *name, char out[SHOWN_MAX])
{
    int reason = errno;
    const char *parent = dir != NULL && strcmp(dir->shown, ".") != 0 ? dir->shown : "";
    const char *slash = parent[0] != '\0' && parent[strlen(parent) - 1] != '/' ? "/" : "";
    char *safe = mdm_text_safe(name, strlen(name));

    (void)snprintf(out, SHOWN_MAX, "%s%s%s", parent, slash, safe != NULL ? safe : "?");
    free(safe);
    errno = reason;
    return out;
}

/* An argument of a message: text that lasts until its block ends. */
#define SHOW(dir, name) show((dir), (name), (char[SHOWN_MAX]){""})

/* Flushes a file's or folder's contents to the disk. 0, or -1 with errno. */
static int sync_fd(int fd)
{
    int outcome;

#ifdef F_FULLFSYNC
    /* On macOS fsync() leaves the data in the drive's cache (fsync(2) there). Network volumes support only fsync(). */
    if (fcntl(fd, F_FULLFSYNC) == 0)
        return 0;
#endif
    RETRY(outcome, fsync(fd));
    return outcome;
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

/* What fstat() found: 0 is a regular file, an errno stands for what else it is. Fills in *info, which may be NULL. */
static int judge(const struct stat *status, struct mdm_file_info *info)
{
    if (info != NULL)
        *info = (struct mdm_file_info){
            .mode = (uint32_t)(status->st_mode & 07777),
            .foreign = status->st_uid != geteuid() && status->st_uid != 0,
            .inode = (uint64_t)status->st_ino,
            .size = (uint64_t)status->st_size,
            .changed = (int64_t)status->st_ctim.tv_sec * 1000000000 + status->st_ctim.tv_nsec,
        };
    return S_ISREG(status->st_mode) ? 0 : S_ISDIR(status->st_mode) ? EISDIR : ESPIPE;
}

/* Why a file was not read, as an errno, and what is said of it. */
static const struct {
    int reason;
    const char *words;
} outcomes[] = {
    [MDM_FILE_READ] = {0, "is a regular file"},
    [MDM_FILE_ABSENT] = {ENOENT, "is not there"},
    [MDM_FILE_FOLDER] = {EISDIR, "is a folder, not a file"},
    [MDM_FILE_IRREGULAR] = {ESPIPE, "is a symbolic link, pipe, socket or device, not a regular file"},
    [MDM_FILE_TOO_LARGE] = {EFBIG, "is too large: more than 1 MiB"},
    [MDM_FILE_UNREADABLE] = {-1, "cannot be read: "},
};

/* *info (may be NULL) says it in words. */
static enum mdm_file_outcome outcome_of(int reason, struct mdm_file_info *info)
{
    enum mdm_file_outcome outcome = MDM_FILE_READ;

    while (outcome != MDM_FILE_UNREADABLE && outcomes[outcome].reason != reason)
        outcome++;
    if (info != NULL) {
        info->error_number = reason;
        (void)snprintf(info->words, sizeof info->words, "%s%s", outcomes[outcome].words,
                       outcome == MDM_FILE_UNREADABLE ? strerror(reason) : "");
    }
    return outcome;
}

enum mdm_file_outcome mdm_file_stat(const struct mdm_dir *dir, const char *name, struct mdm_file_info *info)
{
    struct stat status;
    int found = fstatat(FD_OF(dir), name, &status, dir != NULL ? AT_SYMLINK_NOFOLLOW : 0);

    if (info != NULL)
        *info = (struct mdm_file_info){0};
    return outcome_of(found == 0 ? judge(&status, info) : errno, info);
}

/* Reads to the end, at most MDM_FILE_LIMIT bytes. *out is empty after an error, and `info` may be NULL. Returns 0 or an
 * errno: EISDIR for a folder, EFBIG when there is more, ESPIPE for anything else that is not a regular file unless
 * `pipes` are read; EINTR only for a pipe. */
static int read_open(int fd, bool pipes, struct mdm_bytes *out, struct mdm_file_info *info)
{
    struct stat status;
    int reason = fstat(fd, &status) == 0 ? judge(&status, info) : errno;
    bool regular = reason == 0;
    ssize_t n;

    if (!regular && !(pipes && reason == ESPIPE))
        return reason;
    do { /* its size is not asked for: some files say that they are empty, and are not */
        const size_t before = out->size;
        unsigned char *to = mdm_bytes_extend(out, NULL, READ_SIZE, NULL);

        n = to != NULL ? read(fd, to, READ_SIZE) : -1;
        reason = to == NULL ? ENOMEM : n < 0 ? errno : 0;
        mdm_bytes_cut(out, before + (n > 0 ? (size_t)n : 0));
        if (out->size > MDM_FILE_LIMIT)
            reason = EFBIG;
    } while (n > 0 ? reason == 0 : reason == EINTR && regular);
    if (reason != 0)
        mdm_bytes_free(out);
    return reason;
}

enum mdm_file_outcome mdm_file_read(const struct mdm_dir *dir, const char *name, struct mdm_bytes *out,
                                    struct mdm_file_info *info)
{
    enum mdm_file_outcome outcome = mdm_file_stat(dir, name, info); /* first: opening a device can have effects */

    *out = (struct mdm_bytes){0};
    if (outcome != MDM_FILE_READ)
        return outcome;
    /* It could be anything by now. */
    MDM_OWNED(close_at) int fd = open_at(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);

    return outcome_of(fd >= 0 ? read_open(fd, false, out, info) : errno == ELOOP ? ESPIPE : errno, info);
}

/* Creates a temporary file; mdm_dir_sweep removes those that an interrupted run left. Returns its descriptor, or -1
 * with errno. */
static int temporary_open(const struct mdm_dir *dir, char name[MDM_STAGED_NAME_MAX])
{
    uint64_t number = 0; /* hard to guess, if possible; it is O_EXCL that keeps two files apart */
    int fd;

    (void)!getentropy(&number, sizeof number);
    do {
        (void)snprintf(name, MDM_STAGED_NAME_MAX, TEMPORARY_PREFIX "%ld-%016" PRIx64 ".tmp", (long)getpid(), number++);
        fd = open_at(dir->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    } while (fd < 0 && errno == EEXIST);
    return fd;
}

/* Returns 0 or an errno. */
static int write_all(int fd, const struct mdm_bytes *bytes)
{
    const size_t most = (size_t)1 << 20; /* macOS refuses more than INT_MAX in one call */

    for (size_t done = 0; done < bytes->size;) {
        ssize_t n = write(fd, bytes->data + done, bytes->size - done < most ? bytes->size - done : most);

        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            return EIO;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

/* Says why `name`, or without it something in the folder, could not be written. Returns -1. */
static int write_failed(const struct mdm_dir *dir, const char *name, int reason, struct mdm_error *err)
{
    const char *shown = name != NULL ? SHOW(dir, name) : dir->shown;

    if (reason == EEXIST)
        return mdm_error_set(err, MDM_E_EXISTS,
                             "cannot write '%s': there is a file of that name already" MDM_HINT
                             "Nothing is overwritten. Move that file away or choose another name.",
                             shown);
    (void)mdm_error_system(err, reason, "cannot write '%s'", shown);
    if (reason == ENOSPC || reason == EDQUOT)
        return mdm_error_hint(err,
                              "Nothing was changed. Free some space on that disk, then run the same command again.");
    if (reason == EACCES || reason == EPERM || reason == EROFS)
        return mdm_error_hint(err, "Check whose folder it is and whether it can be written to: `ls -ld %s`.",
                              MDM_QUOTED(dir->shown));
    return -1;
}

int mdm_file_stage(const struct mdm_dir *dir, const char *name, const struct mdm_bytes *bytes, uint32_t mode,
                   struct mdm_staged *staged, struct mdm_error *err)
{
    enum mdm_file_outcome there = name != NULL ? mdm_file_stat(dir, name, NULL) : MDM_FILE_ABSENT;
    int fd, reason;

    staged->name[0] = '\0';
    /* A rename would replace a device (think of /dev/null and root) or somebody's symbolic link. */
    if (there == MDM_FILE_FOLDER || there == MDM_FILE_IRREGULAR)
        return mdm_error_set(err, MDM_E_FAILED,
                             "cannot write '%s': it %s" MDM_HINT "Name a regular file, or one that does not exist yet.",
                             SHOW(dir, name), outcomes[there].words);
    fd = temporary_open(dir, staged->name);
    reason = fd < 0 || set_mode(fd, (mode_t)mode) != 0 ? errno : write_all(fd, bytes);
    if (reason == 0 && name != NULL && sync_fd(fd) != 0)
        reason = errno;
    /* Network file systems may report a full disk only here. After EINTR the descriptor is closed all the same. */
    if (fd >= 0 && close(fd) != 0 && reason == 0 && errno != EINTR)
        reason = errno;
    if (reason == 0)
        return 0;
    mdm_file_discard(dir, staged);
    return write_failed(dir, name, reason, err);
}

int mdm_file_put(const struct mdm_dir *dir, struct mdm_staged *staged, const char *name, enum mdm_file_write how,
                 struct mdm_error *err)
{
    bool replaces = how == MDM_FILE_REPLACE;
    int reason = replaces || linkat(dir->fd, staged->name, dir->fd, name, 0) == 0 ? 0 : errno;

    /* A file system without hard links. Looking first is safe: we hold the lock of the folder. */
    if (is_unsupported(reason) && reason != EINVAL) {
        replaces = true;
        reason = mdm_file_stat(dir, name, NULL) == MDM_FILE_ABSENT ? 0 : EEXIST;
    }
    if (reason == 0 && replaces && renameat(dir->fd, staged->name, dir->fd, name) != 0)
        reason = errno;
    if (reason == 0)
        mdm_file_discard(dir, staged); /* the temporary name, if it is still there */
    if (reason == 0 && how != MDM_FILE_PUBLISH && sync_folder(dir->fd) != 0)
        reason = errno;
    return reason == 0 ? 0 : write_failed(dir, name, reason, err);
}

int mdm_file_write(const struct mdm_dir *dir, const char *name, const struct mdm_bytes *bytes, uint32_t mode,
                   enum mdm_file_write how, struct mdm_error *err)
{
    struct mdm_staged staged;
    bool is_staged = mdm_file_stage(dir, name, bytes, mode, &staged, err) == 0;
    int result = is_staged ? mdm_file_put(dir, &staged, name, how, err) : -1;

    mdm_file_discard(dir, &staged);
    return result;
}

int mdm_file_sync_staged(const struct mdm_dir *dir, const struct mdm_staged *const staged[], size_t count,
                         struct mdm_error *err)
{
    int outcome = 0;

#if defined(__linux__)
    struct utsname names;

    /* Syncing the file system costs about as much as syncing one file. It reports write errors since Linux 5.8
     * (syncfs(2)). */
    if (uname(&names) == 0 && strverscmp(names.release, "5.8") >= 0) {
        RETRY(outcome, syncfs(dir->fd));
        if (outcome == 0 || errno != ENOSYS)
            return outcome == 0 ? 0 : write_failed(dir, NULL, errno, err);
    }
    outcome = 0;
#endif
    /* On macOS fsync() writes each file to the drive, and the folder's own sync empties the drive's cache. */
    for (size_t i = 0; i < count && outcome == 0; i++) {
        MDM_OWNED(close_at) int fd = open_at(dir->fd, staged[i]->name, O_RDONLY | O_NOFOLLOW);

        RETRY(outcome, fd < 0 ? -1 : fsync(fd));
    }
    return outcome == 0 && sync_folder(dir->fd) == 0 ? 0 : write_failed(dir, NULL, errno, err);
}

void mdm_file_discard(const struct mdm_dir *dir, struct mdm_staged *staged)
{
    if (staged->name[0] != '\0')
        (void)unlinkat(dir->fd, staged->name, 0);
    staged->name[0] = '\0';
}

void mdm_dir_sweep(const struct mdm_dir *dir)
{
    MDM_OWNED(mdm_names_free) struct mdm_names names = {0};
    bool swept = false;

    if (dir == NULL || mdm_dir_list(dir, &names, NULL) != 0)
        return;
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.items[i];
        const bool ours = strncmp(name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) == 0;
        char *end = NULL;
        long pid = ours ? strtol(name + strlen(TEMPORARY_PREFIX), &end, 10) : 0;

        if (pid > 0 && *end == '-' && strspn(end + 1, "0123456789abcdef") == 16 && strcmp(end + 17, ".tmp") == 0 &&
            (pid == (long)getpid() || (kill((pid_t)pid, 0) != 0 && errno == ESRCH)) &&
            mdm_file_stat(dir, name, NULL) == MDM_FILE_READ)
            swept |= unlinkat(dir->fd, name, 0) == 0;
    }
    if (swept)
        (void)sync_folder(dir->fd);
}

int mdm_file_move(const struct mdm_dir *from, const char *name, const struct mdm_dir *to, const char *to_name,
                  struct mdm_error *err)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes bytes = {0};
    struct mdm_file_info info;

    if (mdm_file_stat(to, to_name, NULL) != MDM_FILE_ABSENT)
        return mdm_error_set(err, MDM_E_FAILED, "cannot move '%s' to '%s': there is a file of that name already",
                             SHOW(from, name), SHOW(to, to_name));
    if (renameat(from->fd, name, to->fd, to_name) == 0 && sync_folder(to->fd) == 0 && sync_folder(from->fd) == 0)
        return 0;
    if (errno != EXDEV)
        return mdm_error_system(err, errno, "cannot move '%s' to '%s'", SHOW(from, name), SHOW(to, to_name));
    if (mdm_file_read(from, name, &bytes, &info) != MDM_FILE_READ)
        return mdm_error_set(err, MDM_E_FAILED, "'%s' %s", SHOW(from, name), info.words);
    if (mdm_file_write(to, name, &bytes, info.mode & 0777, MDM_FILE_NEW, err) != 0)
        return -1;
    return mdm_file_remove(from, name, err);
}

int mdm_file_remove(const struct mdm_dir *dir, const char *name, struct mdm_error *err)
{
    if ((unlinkat(dir->fd, name, 0) == 0 && sync_folder(dir->fd) == 0) || errno == ENOENT)
        return 0;
    return mdm_error_system(err, errno, "cannot remove '%s'", SHOW(dir, name));
}

/* A folder that is not open yet. */
static struct mdm_dir *dir_new(const struct mdm_dir *parent, const char *name, struct mdm_error *err)
{
    struct mdm_dir *dir = mdm_new(sizeof *dir, err);

    if (dir != NULL) {
        dir->fd = dir->lock = -1;
        (void)show(parent, name, dir->shown);
    }
    return dir;
}

int mdm_dir_sub(const struct mdm_dir *dir, const char *name, struct mdm_dir **out, struct mdm_error *err)
{
    MDM_OWNED(mdm_dir_close) struct mdm_dir *sub = dir_new(dir, name, err);
    struct stat status;
    int reason;

    *out = NULL;
    if (sub == NULL)
        return -1;
    sub->fd = open_at(FD_OF(dir), name, FOLDER | (dir != NULL ? O_NOFOLLOW : 0));
    reason = errno;
    if (sub->fd >= 0) {
        *out = mdm_take_at(&sub);
        return 1;
    }
    if (reason == ENOENT)
        return 0;
    if (fstatat(FD_OF(dir), name, &status, dir != NULL ? AT_SYMLINK_NOFOLLOW : 0) != 0 || S_ISDIR(status.st_mode))
        return mdm_error_system(err, reason, "cannot open the folder '%s'", sub->shown);
    return mdm_error_set(err, MDM_E_FAILED, "'%s' is a %s, but a folder is expected" MDM_HINT "%s", sub->shown,
                         S_ISLNK(status.st_mode) ? "symbolic link" : "file",
                         S_ISLNK(status.st_mode) ? "Links are not followed inside a work folder. To keep it elsewhere, "
                                                   "move the whole folder and name it with --directory."
                                                 : "Move that file away, or name another folder.");
}

struct mdm_dir *mdm_dir_open(const char *path, struct mdm_error *err)
{
    struct mdm_dir *dir;

    if (mdm_dir_sub(NULL, path, &dir, err) == 0)
        (void)mdm_error_set(err, MDM_E_FAILED,
                            "there is no folder '%s'" MDM_HINT
                            "Check the spelling, or make the folder first: `mkdir -m 700 %s`.",
                            SHOW(NULL, path), MDM_QUOTED(path));
    return dir;
}

int mdm_dir_sub_new(const struct mdm_dir *dir, const char *name, struct mdm_dir **out, struct mdm_error *err)
{
    MDM_OWNED(mdm_dir_close) struct mdm_dir *sub = dir_new(dir, name, err);

    *out = NULL;
    if (sub == NULL)
        return -1;
    if (mkdirat(FD_OF(dir), name, 0700) == 0)
        sub->fd = open_at(FD_OF(dir), name, FOLDER | O_NOFOLLOW);
    MDM_OWNED(close_at) int parent = sub->fd >= 0 ? open_at(sub->fd, "..", FOLDER) : -1;
    if (parent < 0 || set_mode(sub->fd, 0700) != 0 || sync_folder(sub->fd) != 0 || sync_folder(parent) != 0)
        return mdm_error_system(err, errno, "cannot make the folder '%s'", sub->shown);
    *out = mdm_take_at(&sub);
    return 0;
}

int mdm_dir_sub_make(const struct mdm_dir *dir, const char *name, struct mdm_dir **out, struct mdm_error *err)
{
    struct mdm_error refused = {0};

    if (mdm_dir_sub_new(dir, name, out, &refused) == 0 ||
        (refused.code == MDM_E_EXISTS && mdm_dir_sub(dir, name, out, err) == 1))
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
    MDM_OWNED(close_at) int fd = temporary_open(dir, name);
    struct stat status;
    bool kept;

    if (fd < 0)
        return true;
    (void)fchmod(fd, S_IRUSR | S_IWUSR);
    kept = fstat(fd, &status) != 0 || (status.st_mode & 0777) == (S_IRUSR | S_IWUSR);
    (void)unlinkat(dir->fd, name, 0);
    return kept;
}

int mdm_dir_check_private(const struct mdm_dir *dir, enum mdm_dir_probe probe, struct mdm_error *err)
{
    struct stat status;

    if (fstat(dir->fd, &status) != 0)
        return mdm_error_system(err, errno, "cannot examine the folder '%s'", dir->shown);
    if (status.st_uid != geteuid() && status.st_uid != 0)
        return mdm_error_set(
            err, MDM_E_FAILED,
            "the folder '%s' belongs to another user (user ID %lu, yours is %lu)" MDM_HINT
            "Run mdmvendor as the user who owns the folder, or use a folder of your own with --directory.",
            dir->shown, (unsigned long)status.st_uid, (unsigned long)geteuid());
    if (!mdm_dir_is_shared(dir) || (probe == MDM_DIR_PROBE && !keeps_modes(dir)))
        return 0;
    return mdm_error_set(
        err, MDM_E_FAILED,
        "other users can write to the folder '%s' (its mode is %04o)" MDM_HINT
        "It holds private keys. Make sure that you know everything in it, then run `chmod go-w %s`. If the mode must "
        "stay (a shared volume), make a folder with mode 0700 inside it and work there; where the file system keeps no "
        "modes, work on another one.",
        dir->shown, (unsigned)(status.st_mode & 07777), MDM_QUOTED(dir->shown));
}

const char *mdm_dir_path(const struct mdm_dir *dir)
{
    return dir->shown;
}

void mdm_dir_close(struct mdm_dir **dir)
{
    if (*dir == NULL)
        return;
    close_at(&(*dir)->fd);
    close_at(&(*dir)->lock);
    free(mdm_take_at(dir));
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
    else
        close_at(&fd);
    if (reason != 0) {
        mdm_names_free(names);
        return mdm_error_system(err, reason, "cannot list the folder '%s'", dir->shown);
    }
    if (names->count > 1)
        qsort(names->items, names->count, sizeof *names->items, compare_names);
    return 0;
}

bool mdm_dir_same(const struct mdm_dir *dir, const char *path, const struct mdm_dir *at, const char *other)
{
    struct stat one, two;

    return fstatat(dir->fd, path, &one, 0) == 0 && fstatat(at->fd, other, &two, 0) == 0 && S_ISDIR(two.st_mode) &&
           one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

int mdm_dir_lock(struct mdm_dir *dir, struct mdm_error *err)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat status;
    int outcome;

    dir->lock = open_at(dir->fd, MDM_LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK);
    if (dir->lock < 0)
        return mdm_error_system(err, errno, "cannot open the lock file '%s'", SHOW(dir, MDM_LOCK_NAME));
    if (fstat(dir->lock, &status) != 0 || !S_ISREG(status.st_mode))
        return mdm_error_set(err, MDM_E_FAILED, "the lock file '%s' is not a regular file", SHOW(dir, MDM_LOCK_NAME));
    RETRY(outcome, fcntl(dir->lock, F_SETLK, &range));
    if (outcome == 0)
        return 0;
    if (errno != EACCES && errno != EAGAIN)
        return mdm_error_system(err, errno,
                                "cannot lock the folder '%s'" MDM_HINT
                                "Use a work folder on a disk of this machine, if this one is on a network.",
                                dir->shown);
    if (fcntl(dir->lock, F_GETLK, &range) == 0 && range.l_type != F_UNLCK && range.l_pid > 0)
        return mdm_error_set(err, MDM_E_FAILED,
                             "another mdmvendor (process %ld) is working in '%s'" MDM_HINT
                             "Wait until it is done, or end it with `kill %ld`. `mdmvendor status` works meanwhile.",
                             (long)range.l_pid, dir->shown, (long)range.l_pid);
    /* It has just ended, or has no number here. */
    return mdm_error_set(err, MDM_E_FAILED,
                         "another mdmvendor is working in '%s'" MDM_HINT
                         "Wait until it is done, or end it. It may run in another container, or on another machine "
                         "that shares the folder.",
                         dir->shown);
}

int mdm_dir_check_usable(const struct mdm_dir *dir, struct mdm_error *err)
{
    struct stat held, named;

    if (dir->lock >= 0 &&
        (fstat(dir->lock, &held) != 0 || fstatat(dir->fd, MDM_LOCK_NAME, &named, AT_SYMLINK_NOFOLLOW) != 0 ||
         held.st_dev != named.st_dev || held.st_ino != named.st_ino))
        return mdm_error_set(err, MDM_E_FAILED,
                             "the lock file '%s' was removed or replaced while mdmvendor was running" MDM_HINT
                             "Nothing was written. Make sure that no other mdmvendor works in this folder, then run "
                             "the command again. The lock file may stay: it does no harm.",
                             SHOW(dir, MDM_LOCK_NAME));
    if (faccessat(dir->fd, ".", W_OK | X_OK, AT_EACCESS) == 0)
        return 0;
    return mdm_error_system(err, errno,
                            "cannot write to the folder '%s'" MDM_HINT
                            "Nothing was changed. Make the folder writable for this account: `chmod u+w %s`.",
                            dir->shown, MDM_QUOTED(dir->shown));
}

int mdm_path_read(const char *path, enum mdm_path_kind kind, struct mdm_bytes *out, struct mdm_file_info *info,
                  struct mdm_error *err)
{
    int flags = O_NOCTTY | O_CLOEXEC | (kind == MDM_PATH_REGULAR ? O_NONBLOCK : 0), reason;
    MDM_OWNED(close_at) int fd = -1;
    enum mdm_file_outcome outcome;

    *out = (struct mdm_bytes){0};
    if (info != NULL)
        *info = (struct mdm_file_info){0};
    /* A signal ends the wait for the other end of a pipe, but interrupts nothing else. */
    do
        fd = kind == MDM_PATH_STDIN ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | flags);
    while (fd < 0 && errno == EINTR && mdm_file_stat(NULL, path, NULL) == MDM_FILE_READ);
    reason = fd >= 0 ? read_open(fd, kind != MDM_PATH_REGULAR, out, info) : errno;
    outcome = outcome_of(reason, info);
    if (outcome == MDM_FILE_READ)
        return 0;
    if (reason == EINTR)
        return mdm_error_set(err, MDM_E_INTERRUPTED,
                             "interrupted while '%s' was being read" MDM_HINT
                             "Nothing is half-written. Run the same command again.",
                             SHOW(NULL, path));
    if (outcome == MDM_FILE_UNREADABLE || outcome == MDM_FILE_ABSENT)
        return mdm_error_system(err, reason, "cannot read '%s'", SHOW(NULL, path));
    return mdm_error_set(err, MDM_E_FAILED, "'%s' %s", SHOW(NULL, path), outcomes[outcome].words);
}

int mdm_stdout_write(const struct mdm_bytes *bytes, struct mdm_error *err)
{
    int reason = write_all(STDOUT_FILENO, bytes);

    return reason == 0 ? 0 : mdm_error_system(err, reason, "cannot write the key to standard output");
}

struct mdm_dir *mdm_dir_open_parent(const char *path, struct mdm_error *err)
{
    const char *slash = strrchr(path, '/');
    MDM_OWNED(mdm_free_at)
    char *parent = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));

    if (parent != NULL)
        return mdm_dir_open(parent, err);
    mdm_error_memory(err);
    return NULL;
}

int mdm_path_write(const char *path, const struct mdm_bytes *bytes, uint32_t mode, enum mdm_file_write how,
                   struct mdm_error *err)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    MDM_OWNED(mdm_dir_close) struct mdm_dir *dir = mdm_dir_open_parent(path, err);

    if (dir == NULL)
        return mdm_error_context(err, "cannot write '%s'", SHOW(NULL, path));
    return mdm_file_write(dir, name[0] != '\0' ? name : ".", bytes, mode, how, err);
}

void mdm_path_sweep(const char *path)
{
    MDM_OWNED(mdm_dir_close) struct mdm_dir *dir = mdm_dir_open_parent(path, NULL);

    mdm_dir_sweep(dir);
}
