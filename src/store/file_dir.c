/* Folders held open and their locks; files and folders that the user names, where links are followed and pipes read,
 * for the choice is theirs.
 *
 * A lock is a POSIX record lock, which the system takes back from a process however it ends. It belongs to the process,
 * and closing any descriptor of the lock file gives it up (fcntl(2)): so there is one descriptor, and nothing else ever
 * opens that file. */
#include "store/file_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_folder(int at, const char *name, int follow)
{
    int fd;

    do
        fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC | follow);
    while (fd < 0 && errno == EINTR);
    return fd;
}

/* Takes over `fd` and `path`, also when it fails. */
static struct mdm_dir *dir_new(int fd, char *path, struct mdm_error *err)
{
    struct mdm_dir *dir = path != NULL ? malloc(sizeof *dir) : NULL;

    if (dir == NULL) {
        (void)close(fd);
        free(path);
        (void)mdm_error_memory(err);
        return NULL;
    }
    dir->fd = fd;
    dir->path = path;
    return dir;
}

/* Says why `name` (relative to `at`) cannot be opened as a folder. Returns -1. */
static int open_failed(int at, const char *name, int follow, const char *path, struct mdm_error *err)
{
    int reason = errno;
    struct mdm_shown shown;
    struct stat status;
    int flags = follow == O_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0;

    (void)mdm_shown_path(path, &shown);
    if (reason == ENOENT) {
        (void)mdm_error_set(err, MDM_E_FAILED, "there is no folder '%s'", shown.text);
        return mdm_error_hint(err, "Check the spelling, or make the folder first: `mkdir '%s'`.", shown.text);
    }
    if (fstatat(at, name, &status, flags) != 0 || S_ISDIR(status.st_mode))
        return mdm_error_system(err, reason, "cannot open the folder '%s'", shown.text);
    if (!S_ISLNK(status.st_mode)) {
        (void)mdm_error_set(err, MDM_E_FAILED, "'%s' is a file where a folder is due", shown.text);
        return mdm_error_hint(err, "Move that file away, or name another work folder with --directory.");
    }
    (void)mdm_error_set(err, MDM_E_FAILED, "'%s' is a symbolic link where a folder is due", shown.text);
    return mdm_error_hint(err,
                          "Links are not followed inside a work folder. To keep it elsewhere, move the whole folder "
                          "and name it with --directory.");
}

struct mdm_dir *mdm_dir_open(const char *path, struct mdm_error *err)
{
    int fd = open_folder(AT_FDCWD, path, 0);

    if (fd < 0) {
        (void)open_failed(AT_FDCWD, path, 0, path, err);
        return NULL;
    }
    return dir_new(fd, strdup(path), err);
}

/* Opens a folder that was made this moment, gives it its mode and makes it last. Returns the descriptor or -1. */
static int open_new_folder(int at, const char *name)
{
    int fd = open_folder(at, name, O_NOFOLLOW), parent = -1, reason;

    if (fd < 0 && errno == EACCES && fchmodat(at, name, 0700, 0) == 0) /* a umask that takes away our own rights */
        fd = open_folder(at, name, O_NOFOLLOW);
    if (fd < 0)
        return -1;
    if (mdm_fd_set_mode(fd, 0700) == 0 && mdm_fd_sync_folder(fd) == 0 && (parent = open_folder(fd, "..", 0)) >= 0 &&
        mdm_fd_sync_folder(parent) == 0) {
        (void)close(parent);
        return fd;
    }
    reason = errno;
    if (parent >= 0)
        (void)close(parent);
    (void)close(fd);
    errno = reason;
    return -1;
}

/* Makes a folder; takes over `path`. */
static struct mdm_dir *make_folder(int at, const char *name, char *path, bool *exists, struct mdm_error *err)
{
    struct mdm_shown shown;
    int fd = -1, reason;

    if (mkdirat(at, name, 0700) == 0)
        fd = open_new_folder(at, name);
    else
        *exists = errno == EEXIST;
    if (fd >= 0)
        return dir_new(fd, path, err);
    reason = errno;
    (void)mdm_error_system(err, reason, "cannot make the folder '%s'", mdm_shown_path(path, &shown));
    free(path);
    return NULL;
}

struct mdm_dir *mdm_dir_make(const char *path, struct mdm_error *err)
{
    struct mdm_error refused = {0};
    struct mdm_dir *dir;
    char *copy = strdup(path);
    bool exists = false;

    if (copy == NULL) {
        (void)mdm_error_memory(err);
        return NULL;
    }
    dir = make_folder(AT_FDCWD, path, copy, &exists, &refused); /* copy belongs to it now */
    if (exists)
        return mdm_dir_open(path, err);
    if (dir == NULL)
        (void)mdm_error_set(err, refused.code, "%s", refused.text);
    return dir;
}

int mdm_dir_sub(const struct mdm_dir *dir, const char *name, struct mdm_dir **out, struct mdm_error *err)
{
    char *path = mdm_path_join(dir->path, name);
    int fd, result;

    *out = NULL;
    if (path == NULL)
        return mdm_error_memory(err);
    fd = open_folder(dir->fd, name, O_NOFOLLOW);
    if (fd >= 0) {
        *out = dir_new(fd, path, err); /* path belongs to it now */
        return *out != NULL ? 1 : -1;
    }
    result = errno == ENOENT ? 0 : open_failed(dir->fd, name, O_NOFOLLOW, path, err);
    free(path);
    return result;
}

int mdm_dir_sub_new(const struct mdm_dir *dir, const char *name, struct mdm_dir **out, bool *exists,
                    struct mdm_error *err)
{
    char *path = mdm_path_join(dir->path, name);

    *exists = false;
    *out = NULL;
    if (path == NULL)
        return mdm_error_memory(err);
    *out = make_folder(dir->fd, name, path, exists, err);
    return *out != NULL ? 0 : -1;
}

int mdm_dir_sub_make(const struct mdm_dir *dir, const char *name, struct mdm_dir **out, struct mdm_error *err)
{
    struct mdm_error refused = {0};
    bool exists;
    int found = mdm_dir_sub(dir, name, out, err);

    if (found != 0)
        return found < 0 ? -1 : 0;
    if (mdm_dir_sub_new(dir, name, out, &exists, &refused) == 0)
        return 0;
    if (exists && mdm_dir_sub(dir, name, out, err) == 1) /* somebody else made it a moment ago */
        return 0;
    return mdm_error_set(err, refused.code, "%s", refused.text);
}

void mdm_dir_remove_empty(const struct mdm_dir *dir, const char *name)
{
    if (unlinkat(dir->fd, name, AT_REMOVEDIR) == 0)
        (void)mdm_fd_sync_folder(dir->fd);
}

bool mdm_dir_is_shared(const struct mdm_dir *dir)
{
    struct stat status;

    return fstat(dir->fd, &status) == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/* A file is made, its mode set and looked at. What cannot be tried is taken as kept. */
static bool keeps_modes(const struct mdm_dir *dir)
{
    struct mdm_temporary temporary;
    struct stat status;
    bool kept = true;

    if (mdm_temporary_open(dir, &temporary) != 0)
        return true;
    (void)fchmod(temporary.fd, S_IRUSR | S_IWUSR);
    if (fstat(temporary.fd, &status) == 0)
        kept = (status.st_mode & 0777) == (S_IRUSR | S_IWUSR);
    (void)close(temporary.fd);
    (void)unlinkat(dir->fd, temporary.name, 0);
    return kept;
}

int mdm_dir_check_private(const struct mdm_dir *dir, const char *shown, enum mdm_dir_probe probe, struct mdm_error *err)
{
    struct stat status;

    if (fstat(dir->fd, &status) != 0)
        return mdm_error_system(err, errno, "cannot examine the folder '%s'", shown);
    if (status.st_uid != geteuid() && status.st_uid != 0) {
        (void)mdm_error_set(err, MDM_E_FAILED,
                            "the folder '%s' belongs to another user (number %lu, and this is number %lu)", shown,
                            (unsigned long)status.st_uid, (unsigned long)geteuid());
        return mdm_error_hint(err, "Run mdmvendor as the user who owns the folder, or use a folder of your own with "
                                   "--directory.");
    }
    if (!mdm_dir_is_shared(dir) || (probe == MDM_DIR_PROBE && !keeps_modes(dir)))
        return 0;
    (void)mdm_error_set(err, MDM_E_FAILED, "other users can write to the folder '%s' (its mode is %04o)", shown,
                        (unsigned)(status.st_mode & 07777));
    return mdm_error_hint(err,
                          "It holds private keys. Make sure that nothing in it is strange to you, then run "
                          "`chmod go-w '%s'`. Where the mode must stay (a shared volume), make a folder of mode 0700 "
                          "below it and work there.",
                          shown);
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

static int add_name(struct mdm_names *names, const char *name)
{
    if ((names->count & (names->count - 1)) == 0) { /* full at every power of two */
        char **grown = realloc(names->items, (names->count == 0 ? 1 : 2 * names->count) * sizeof *grown);

        if (grown == NULL)
            return -1;
        names->items = grown;
    }
    names->items[names->count] = strdup(name);
    if (names->items[names->count] == NULL)
        return -1;
    names->count++;
    return 0;
}

/* Returns 0 or an errno. */
static int read_names(DIR *stream, struct mdm_names *names)
{
    const struct dirent *entry;

    for (;;) {
        errno = 0;
        entry = readdir(stream);
        if (entry == NULL)
            return errno;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (add_name(names, entry->d_name) != 0)
            return ENOMEM;
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int mdm_dir_list(const struct mdm_dir *dir, struct mdm_names *names, struct mdm_error *err)
{
    struct mdm_shown shown;
    DIR *stream = NULL;
    int fd, reason;

    *names = (struct mdm_names){0};
    fd = open_folder(dir->fd, ".", 0); /* not dup(): that would share the reading position */
    if (fd >= 0)
        stream = fdopendir(fd);
    reason = stream != NULL ? read_names(stream, names) : errno;
    if (stream != NULL)
        (void)closedir(stream); /* closes fd */
    else if (fd >= 0)
        (void)close(fd);
    if (reason != 0) {
        mdm_names_free(names);
        return mdm_error_system(err, reason, "cannot list the folder '%s'", mdm_shown_path(dir->path, &shown));
    }
    if (names->count > 1)
        qsort(names->items, names->count, sizeof *names->items, compare_names);
    return 0;
}

void mdm_names_free(struct mdm_names *names)
{
    if (names == NULL)
        return;
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    *names = (struct mdm_names){0};
}

int mdm_dir_check_writable(const struct mdm_dir *dir, struct mdm_error *err)
{
    struct mdm_shown shown;

    if (faccessat(dir->fd, ".", W_OK | X_OK, AT_EACCESS) == 0)
        return 0;
    (void)mdm_error_system(err, errno, "cannot write to the folder '%s'", mdm_shown_path(dir->path, &shown));
    return mdm_error_hint(err, "Nothing was changed. Make the folder writable for this account: `chmod u+w '%s'`.",
                          shown.text);
}

bool mdm_dir_is(const struct mdm_dir *dir, const char *path)
{
    struct stat self, other;

    return fstat(dir->fd, &self) == 0 && fstatat(dir->fd, path, &other, 0) == 0 && S_ISDIR(other.st_mode) &&
           self.st_dev == other.st_dev && self.st_ino == other.st_ino;
}

struct mdm_lock {
    int fd;
};

static int try_lock(int fd)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int outcome;

    do
        outcome = fcntl(fd, F_SETLK, &range);
    while (outcome != 0 && errno == EINTR);
    return outcome == 0 ? 0 : errno;
}

/* Says who holds the lock. Returns -1, or 0 when nobody does any more. */
static int name_holder(int fd, const struct mdm_dir *dir, struct mdm_error *err)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct mdm_shown shown;

    (void)mdm_shown_path(dir->path, &shown);
    if (fcntl(fd, F_GETLK, &range) != 0 || (range.l_type != F_UNLCK && range.l_pid <= 0)) {
        /* A process of another container or machine has no number here. */
        (void)mdm_error_set(err, MDM_E_FAILED, "another mdmvendor is working in '%s'", shown.text);
        return mdm_error_hint(err, "Wait until it is done, or end it. It may run in another container, or on another "
                                   "machine that shares the folder.");
    }
    if (range.l_type == F_UNLCK)
        return 0;
    (void)mdm_error_set(err, MDM_E_FAILED, "another mdmvendor (process %ld) is working in '%s'", (long)range.l_pid,
                        shown.text);
    return mdm_error_hint(err, "Wait until it is done, or end it with `kill %ld`. `mdmvendor status` works meanwhile.",
                          (long)range.l_pid);
}

static int lock_fd(int fd, const struct mdm_dir *dir, struct mdm_error *err)
{
    struct mdm_shown shown;
    int reason = EAGAIN;

    /* When the holder goes away between the question and the answer, ask again. */
    for (int attempt = 0; attempt < 10; attempt++) {
        reason = try_lock(fd);
        if (reason == 0)
            return 0;
        if (reason != EACCES && reason != EAGAIN)
            break;
        if (name_holder(fd, dir, err) != 0)
            return -1;
    }
    (void)mdm_error_system(err, reason, "cannot lock the folder '%s'", mdm_shown_path(dir->path, &shown));
    return mdm_error_hint(err, "Use a work folder on a disk of this machine, if this one is on a network.");
}

/* Opens the lock file, making it when it is missing. */
static int open_lock(const struct mdm_dir *dir, const char *name, struct mdm_error *err)
{
    struct mdm_shown shown;
    struct stat status;
    int fd, reason;

    do
        fd =
            openat(dir->fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, S_IRUSR | S_IWUSR);
    while (fd < 0 && errno == EINTR);
    reason = errno;
    if (fd < 0)
        return mdm_error_system(err, reason, "cannot open the lock file '%s'", mdm_shown_name(dir, name, &shown));
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        (void)close(fd);
        return mdm_error_set(err, MDM_E_FAILED, "the lock file '%s' is not a regular file",
                             mdm_shown_name(dir, name, &shown));
    }
    if ((status.st_mode & 0777) != (S_IRUSR | S_IWUSR))
        (void)mdm_fd_set_mode(fd, S_IRUSR | S_IWUSR); /* a umask that would shut ourselves out the next time */
    return fd;
}

int mdm_lock_take(const struct mdm_dir *dir, const char *name, struct mdm_lock **lock, struct mdm_error *err)
{
    int fd = open_lock(dir, name, err);

    *lock = NULL;
    if (fd < 0)
        return -1;
    if (lock_fd(fd, dir, err) != 0)
        goto failed;
    *lock = malloc(sizeof **lock);
    if (*lock == NULL) {
        (void)mdm_error_memory(err);
        goto failed;
    }
    (*lock)->fd = fd;
    return 0;

failed:
    (void)close(fd);
    return -1;
}

int mdm_lock_check(const struct mdm_lock *lock, const struct mdm_dir *dir, const char *name, struct mdm_error *err)
{
    struct stat held, named;
    struct mdm_shown shown;

    if (fstat(lock->fd, &held) == 0 && fstatat(dir->fd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
        held.st_dev == named.st_dev && held.st_ino == named.st_ino)
        return 0;
    (void)mdm_error_set(err, MDM_E_FAILED, "the lock file '%s' was removed or replaced while mdmvendor was running",
                        mdm_shown_name(dir, name, &shown));
    return mdm_error_hint(err,
                          "Nothing was written. Make sure that no other mdmvendor works in this folder, then run the "
                          "command again. The lock file may stay: it does no harm.");
}

void mdm_lock_release(struct mdm_lock **lock)
{
    if (lock == NULL || *lock == NULL)
        return;
    (void)close((*lock)->fd);
    free(*lock);
    *lock = NULL;
}

/* Returns 0 or an errno: EISDIR for a folder, EFBIG over the limit. */
static int read_path(int fd, size_t limit, struct mdm_bytes *out, struct mdm_file_info *info)
{
    const size_t pipe_size = 65536;
    struct stat status;

    if (fstat(fd, &status) != 0)
        return errno;
    mdm_stat_info(&status, info);
    if (S_ISDIR(status.st_mode))
        return EISDIR;
    if (!S_ISREG(status.st_mode))
        return mdm_fd_read(fd, pipe_size, limit, false, out);
    if (status.st_size < 0 || (uintmax_t)status.st_size > limit)
        return EFBIG;
    return mdm_fd_read(fd, (size_t)status.st_size, limit, true, out);
}

/* A signal ends the wait for the other end of a pipe, and nothing else. */
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
    (void)mdm_error_set(err, MDM_E_INTERRUPTED, "interrupted while '%s' was being %s", shown, what);
    return mdm_error_hint(err, "Nothing is half-written. Run the same command again.");
}

static int read_failed(const char *path, int reason, size_t limit, struct mdm_error *err)
{
    struct mdm_shown shown;

    (void)mdm_shown_path(path, &shown);
    if (reason == EISDIR)
        return mdm_error_set(err, MDM_E_FAILED, "'%s' is a folder where a file is due", shown.text);
    if (reason == ESPIPE)
        return mdm_error_set(err, MDM_E_FAILED, "'%s' is a pipe or device where a file is due", shown.text);
    if (reason == EINTR)
        return interrupted("read", shown.text, err);
    if (reason == EFBIG)
        return mdm_error_set(err, MDM_E_FAILED, "'%s' holds more than %zu bytes, too much for a file of this kind",
                             shown.text, limit);
    return mdm_error_system(err, reason, "cannot read '%s'", shown.text);
}

int mdm_path_read(const char *path, size_t limit, struct mdm_bytes *out, struct mdm_file_info *info,
                  struct mdm_error *err)
{
    struct mdm_file_info unused;
    int fd, reason;

    if (info == NULL)
        info = &unused;
    *info = (struct mdm_file_info){0};
    *out = (struct mdm_bytes){0};
    fd = open_path(path);
    reason = fd >= 0 ? read_path(fd, limit, out, info) : errno;
    if (fd >= 0)
        (void)close(fd);
    info->error_number = reason;
    return reason == 0 ? 0 : read_failed(path, reason, limit, err);
}

int mdm_path_read_regular(const char *path, size_t limit, struct mdm_bytes *out, struct mdm_error *err)
{
    struct mdm_file_info info = {0};
    struct stat status;
    int fd, reason;

    *out = (struct mdm_bytes){0};
    do
        fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    if (fd < 0 || fstat(fd, &status) != 0)
        reason = errno;
    else if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        reason = ESPIPE;
    else
        reason = read_path(fd, limit, out, &info);
    if (fd >= 0)
        (void)close(fd);
    return reason == 0 ? 0 : read_failed(path, reason, limit, err);
}

int mdm_stdin_read(size_t limit, struct mdm_bytes *out, struct mdm_error *err)
{
    struct mdm_file_info info = {0};
    int reason;

    *out = (struct mdm_bytes){0};
    reason = read_path(STDIN_FILENO, limit, out, &info);
    return reason == 0 ? 0 : read_failed("standard input", reason, limit, err);
}

struct mdm_dir *mdm_dir_open_parent(const char *path, struct mdm_error *err)
{
    const char *slash = strrchr(path, '/');
    char *parent = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    struct mdm_dir *dir = NULL;

    if (parent == NULL)
        (void)mdm_error_memory(err);
    else
        dir = mdm_dir_open(parent, err);
    free(parent);
    return dir;
}

int mdm_path_write(const char *path, const struct mdm_bytes *bytes, uint32_t mode, enum mdm_file_write how,
                   struct mdm_error *err)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    struct mdm_shown shown;
    struct mdm_dir *dir;
    int result;

    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return mdm_error_set(err, MDM_E_FAILED, "cannot write '%s': it names a folder, not a file",
                             mdm_shown_path(path, &shown));
    dir = mdm_dir_open_parent(path, err);
    if (dir == NULL)
        return mdm_error_context(err, "cannot write '%s'", mdm_shown_path(path, &shown));
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
    int reason = fd >= 0 ? 0 : errno;
    size_t sent = 0;

    while (reason == 0 && sent < bytes->size) {
        ssize_t n = write(fd, bytes->data + sent, bytes->size - sent);

        if (n < 0)
            reason = errno;
        else
            sent += (size_t)n;
    }
    if (fd >= 0)
        (void)close(fd);
    if (reason == EINTR)
        return interrupted("written to", path, err);
    return reason == 0 ? 0 : mdm_error_system(err, reason, "cannot write to '%s'", path);
}

bool mdm_path_is_regular(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

void mdm_path_sweep_dead(const char *path)
{
    struct mdm_dir *dir = mdm_dir_open_parent(path, NULL);

    if (dir != NULL)
        mdm_dir_sweep_dead(dir);
    mdm_dir_close(&dir);
}
