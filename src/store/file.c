/* Files below a folder that is held open: read whole and bounded, without waiting and without following links; written
 * whole or not at all, with their mode, and lastingly; many at once; copied, moved, removed. Temporaries are known here
 * alone. */
#if defined(__linux__)
#define _GNU_SOURCE /* syncfs() */
#endif
#include "store/file_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/text.h"

#define TEMPORARY_PREFIX ".mdmvendor-"
#define TEMPORARY_SUFFIX ".tmp"
#define TEMPORARY_RANDOM 16 /* hexadecimal digits */

char *mdm_path_join(const char *parent, const char *name)
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

const char *mdm_shown_path(const char *path, struct mdm_shown *shown)
{
    char *safe = mdm_text_safe(path, strlen(path));
    size_t size = safe != NULL ? strlen(safe) : 0, skip = 0;

    if (size >= sizeof shown->text) {
        skip = size - sizeof shown->text + 1;
        while (((unsigned char)safe[skip] & 0xC0) == 0x80) /* not in the middle of a UTF-8 character */
            skip++;
    }
    (void)snprintf(shown->text, sizeof shown->text, "%s", safe != NULL ? safe + skip : "?");
    free(safe);
    return shown->text;
}

const char *mdm_shown_name(const struct mdm_dir *dir, const char *name, struct mdm_shown *shown)
{
    char *path = mdm_path_join(dir->path, name);

    (void)mdm_shown_path(path != NULL ? path : name, shown);
    free(path);
    return shown->text;
}

static int sync_data(int fd)
{
    int outcome;

    do
        outcome = fsync(fd);
    while (outcome != 0 && errno == EINTR);
    return outcome;
}

/* Brings a file's or folder's contents to the disk itself. 0, or -1 with errno. */
static int sync_fd(int fd)
{
#ifdef F_FULLFSYNC
    /* On macOS fsync() leaves the data in the drive's cache (fsync(2) there). Network volumes know only fsync(). */
    if (fcntl(fd, F_FULLFSYNC) == 0)
        return 0;
#endif
    return sync_data(fd);
}

int mdm_fd_sync_folder(int fd)
{
    if (sync_fd(fd) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EOPNOTSUPP)
        return 0;
    return -1;
}

int mdm_fd_set_mode(int fd, mode_t mode)
{
    int outcome;

    do
        outcome = fchmod(fd, mode);
    while (outcome != 0 && errno == EINTR);
    /* File systems without modes of their own (FAT) may refuse: mdm_dir_check_private() has told of them. */
    return outcome == 0 || errno == EPERM || errno == EINVAL || errno == ENOSYS || errno == ENOTSUP ||
                   errno == EOPNOTSUPP
               ? 0
               : -1;
}

/* What kind of file it is: MDM_FILE_READ for a regular one, MDM_FILE_FOLDER or MDM_FILE_IRREGULAR. */
static enum mdm_file_outcome stat_outcome(const struct stat *status)
{
    if (S_ISREG(status->st_mode))
        return MDM_FILE_READ;
    return S_ISDIR(status->st_mode) ? MDM_FILE_FOLDER : MDM_FILE_IRREGULAR;
}

void mdm_stat_info(const struct stat *status, struct mdm_file_info *info)
{
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

/* Fills the room unless the file ends before. Returns 0 or an errno. */
static int read_some(int fd, unsigned char *to, size_t room, bool patient, size_t *got)
{
    ssize_t n;

    for (*got = 0; *got < room; *got += (size_t)n) {
        n = read(fd, to + *got, room - *got);
        if (n == 0)
            return 0;
        if (n < 0 && (errno != EINTR || !patient))
            return errno;
        if (n < 0)
            n = 0;
    }
    return 0;
}

int mdm_fd_read(int fd, size_t expected, size_t limit, bool patient, struct mdm_bytes *out)
{
    const size_t least = 4096;
    size_t room = expected < least ? least : expected + 1, got = 0;
    unsigned char *part;
    int reason = 0;

    do {
        if (room > limit + 1 - out->size) /* one byte over the limit tells that there is more */
            room = limit + 1 - out->size;
        part = malloc(room);
        if (part == NULL)
            reason = ENOMEM;
        else
            reason = read_some(fd, part, room, patient, &got);
        if (reason == 0 && mdm_bytes_append(out, part, got, NULL) != 0)
            reason = ENOMEM;
        if (part != NULL)
            mdm_wipe(part, room);
        free(part);
        if (reason == 0 && out->size > limit)
            reason = EFBIG;
    } while (reason == 0 && got == room && (room = out->size) > 0);
    if (reason != 0)
        mdm_bytes_free(out);
    return reason;
}

enum mdm_file_outcome mdm_file_stat(const struct mdm_dir *dir, const char *name, struct mdm_file_info *info)
{
    struct mdm_file_info unused;
    struct stat status;

    if (info == NULL)
        info = &unused;
    *info = (struct mdm_file_info){0};
    if (fstatat(dir->fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        info->error_number = errno;
        return errno == ENOENT ? MDM_FILE_ABSENT : MDM_FILE_UNREADABLE;
    }
    mdm_stat_info(&status, info);
    return stat_outcome(&status);
}

/* Opens a name that was a regular file a moment ago, and could be anything by now. */
static int open_regular(const struct mdm_dir *dir, const char *name)
{
    int fd;

    do
        fd = openat(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static enum mdm_file_outcome read_open(int fd, size_t limit, struct mdm_bytes *out, struct mdm_file_info *info)
{
    enum mdm_file_outcome outcome;
    struct stat status;

    if (fstat(fd, &status) != 0) {
        info->error_number = errno;
        return MDM_FILE_UNREADABLE;
    }
    mdm_stat_info(&status, info);
    outcome = stat_outcome(&status);
    if (outcome != MDM_FILE_READ)
        return outcome;
    if (status.st_size < 0 || (uintmax_t)status.st_size > limit)
        return MDM_FILE_TOO_LARGE;
    info->error_number = mdm_fd_read(fd, (size_t)status.st_size, limit, true, out);
    if (info->error_number == 0)
        return MDM_FILE_READ;
    return info->error_number == EFBIG ? MDM_FILE_TOO_LARGE : MDM_FILE_UNREADABLE;
}

enum mdm_file_outcome mdm_file_read(const struct mdm_dir *dir, const char *name, size_t limit, struct mdm_bytes *out,
                                    struct mdm_file_info *info)
{
    struct mdm_file_info unused;
    enum mdm_file_outcome outcome;
    int fd;

    if (info == NULL)
        info = &unused;
    *out = (struct mdm_bytes){0};
    /* Looked at before it is opened: merely opening a device can do something. */
    outcome = mdm_file_stat(dir, name, info);
    if (outcome != MDM_FILE_READ)
        return outcome;
    fd = open_regular(dir, name);
    if (fd < 0) {
        info->error_number = errno;
        if (errno == ELOOP)
            return MDM_FILE_IRREGULAR;
        return errno == ENOENT ? MDM_FILE_ABSENT : MDM_FILE_UNREADABLE;
    }
    outcome = read_open(fd, limit, out, info);
    (void)close(fd);
    return outcome;
}

void mdm_file_outcome_text(enum mdm_file_outcome outcome, const struct mdm_file_info *info, char *out, size_t size)
{
    static const char *const words[] = {
        [MDM_FILE_READ] = "is a regular file",
        [MDM_FILE_ABSENT] = "is not there",
        [MDM_FILE_FOLDER] = "is a folder, not a file",
        [MDM_FILE_IRREGULAR] = "is a symbolic link, pipe, socket or device, not a regular file",
        [MDM_FILE_TOO_LARGE] = "is too large: more than 1 MiB",
        [MDM_FILE_UNREADABLE] = "cannot be read",
    };

    if (outcome == MDM_FILE_UNREADABLE && info != NULL && info->error_number != 0)
        (void)snprintf(out, size, "%s: %s", words[outcome], strerror(info->error_number));
    else
        (void)snprintf(out, size, "%s", words[outcome]);
}

/* A number that others hardly guess. What it gives need not be perfect: O_EXCL is what keeps two files apart. */
static uint64_t random_number(unsigned attempt)
{
    uint64_t number = 0;
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        if (read(fd, &number, sizeof number) != (ssize_t)sizeof number)
            number = 0;
        (void)close(fd);
    }
    return number + attempt;
}

/* True for the names that mdm_temporary_open makes, and for no other. */
static bool is_temporary(const char *name)
{
    size_t digits;

    if (strncmp(name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) != 0)
        return false;
    name += strlen(TEMPORARY_PREFIX);
    digits = strspn(name, "0123456789");
    if (digits == 0 || name[digits] != '-')
        return false;
    name += digits + 1;
    return strspn(name, "0123456789abcdef") == TEMPORARY_RANDOM &&
           strcmp(name + TEMPORARY_RANDOM, TEMPORARY_SUFFIX) == 0;
}

int mdm_temporary_open(const struct mdm_dir *dir, struct mdm_temporary *temporary)
{
    for (unsigned attempt = 0; attempt < 100; attempt++) {
        (void)snprintf(temporary->name, sizeof temporary->name, TEMPORARY_PREFIX "%ld-%0*" PRIx64 TEMPORARY_SUFFIX,
                       (long)getpid(), TEMPORARY_RANDOM, random_number(attempt));
        temporary->fd =
            openat(dir->fd, temporary->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (temporary->fd >= 0)
            return 0;
        if (errno != EEXIST && errno != EINTR)
            return errno;
    }
    return errno;
}

/* Returns 0 or an errno. */
static int write_all(int fd, const struct mdm_bytes *bytes)
{
    const size_t most = (size_t)1 << 20; /* macOS refuses more than INT_MAX in one call */
    size_t done = 0, part;
    ssize_t n;

    while (done < bytes->size) {
        part = bytes->size - done < most ? bytes->size - done : most;
        n = write(fd, bytes->data + done, part);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            return EIO;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

/* Writes all of it, on demand brings it to the disk, and closes it. Returns 0 or an errno. */
static int temporary_fill(const struct mdm_temporary *temporary, const struct mdm_bytes *bytes, mode_t mode, bool sync)
{
    int reason = 0;

    if (mdm_fd_set_mode(temporary->fd, mode) != 0)
        reason = errno;
    if (reason == 0)
        reason = write_all(temporary->fd, bytes);
    if (reason == 0 && sync && sync_fd(temporary->fd) != 0)
        reason = errno;
    /* Network file systems tell of a full disk as late as here. After EINTR the descriptor is gone all the same. */
    if (close(temporary->fd) != 0 && reason == 0 && errno != EINTR)
        reason = errno;
    return reason;
}

/* Gives it its name if that is free (else EEXIST). Returns 0 or an errno. */
static int temporary_publish(const struct mdm_dir *dir, const char *temporary, const char *name)
{
    struct stat status;

    if (linkat(dir->fd, temporary, dir->fd, name, 0) == 0) {
        (void)unlinkat(dir->fd, temporary, 0);
        return 0;
    }
    if (errno != EPERM && errno != ENOSYS && errno != ENOTSUP && errno != EOPNOTSUPP)
        return errno;
    /* A file system without hard links. Looking first is safe for us, who hold the lock of the folder. */
    if (fstatat(dir->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    if (errno != ENOENT)
        return errno;
    return renameat(dir->fd, temporary, dir->fd, name) == 0 ? 0 : errno;
}

/* Says why `name` could not be written. Returns -1. */
static int write_failed(const struct mdm_dir *dir, const char *name, int reason, struct mdm_error *err)
{
    struct mdm_shown shown;

    (void)mdm_shown_name(dir, name, &shown);
    if (reason == EEXIST) {
        (void)mdm_error_set(err, MDM_E_FAILED, "cannot write '%s': there is a file of that name already", shown.text);
        return mdm_error_hint(err, "Nothing is overwritten. Move that file away or choose another name.");
    }
    (void)mdm_error_system(err, reason, "cannot write '%s'", shown.text);
    if (reason == ENOSPC || reason == EDQUOT)
        return mdm_error_hint(err, "Nothing was changed. Make room on that disk, then run the same command again.");
    if (reason == EACCES || reason == EPERM || reason == EROFS)
        return mdm_error_hint(err, "Check whose folder it is and whether it can be written to: `ls -ld '%s'`.",
                              mdm_shown_path(dir->path, &shown));
    return -1;
}

/* A rename would put a file in the place of a device (think of /dev/null and root) or of somebody's link. */
static int check_replaceable(const struct mdm_dir *dir, const char *name, struct mdm_error *err)
{
    enum mdm_file_outcome outcome = mdm_file_stat(dir, name, NULL);
    struct mdm_shown shown;
    char words[128];

    if (outcome != MDM_FILE_FOLDER && outcome != MDM_FILE_IRREGULAR)
        return 0;
    mdm_file_outcome_text(outcome, NULL, words, sizeof words);
    (void)mdm_error_set(err, MDM_E_FAILED, "cannot write '%s': it %s", mdm_shown_name(dir, name, &shown), words);
    return mdm_error_hint(err, "Name a regular file, or one that does not exist yet.");
}

/* Writes a file that has no name of its own yet; `name` is for messages. */
static int stage(const struct mdm_dir *dir, const char *name, const struct mdm_bytes *bytes, mode_t mode, bool sync,
                 struct mdm_staged *staged, struct mdm_error *err)
{
    struct mdm_temporary temporary;
    int reason = mdm_temporary_open(dir, &temporary);

    staged->name[0] = '\0';
    if (reason != 0)
        return write_failed(dir, name, reason, err);
    (void)snprintf(staged->name, sizeof staged->name, "%s", temporary.name);
    reason = temporary_fill(&temporary, bytes, mode, sync);
    if (reason == 0)
        return 0;
    mdm_file_discard(dir, staged);
    return write_failed(dir, name, reason, err);
}

int mdm_file_prepare(const struct mdm_dir *dir, const char *name, const struct mdm_bytes *bytes, uint32_t mode,
                     struct mdm_staged *staged, struct mdm_error *err)
{
    staged->name[0] = '\0';
    if (check_replaceable(dir, name, err) != 0)
        return -1;
    return stage(dir, name, bytes, (mode_t)mode, true, staged, err);
}

int mdm_file_put(const struct mdm_dir *dir, struct mdm_staged *staged, const char *name, struct mdm_error *err)
{
    if (renameat(dir->fd, staged->name, dir->fd, name) != 0)
        return write_failed(dir, name, errno, err);
    staged->name[0] = '\0';
    return mdm_fd_sync_folder(dir->fd) == 0 ? 0 : write_failed(dir, name, errno, err);
}

int mdm_file_write(const struct mdm_dir *dir, const char *name, const struct mdm_bytes *bytes, uint32_t mode,
                   enum mdm_file_write how, struct mdm_error *err)
{
    struct mdm_staged staged = {0};
    bool exists;
    int result;

    if (how == MDM_FILE_REPLACE)
        result =
            mdm_file_prepare(dir, name, bytes, mode, &staged, err) == 0 ? mdm_file_put(dir, &staged, name, err) : -1;
    else if ((result = stage(dir, name, bytes, (mode_t)mode, true, &staged, err)) == 0 &&
             (result = mdm_file_publish(dir, &staged, name, &exists, err)) == 0 && mdm_fd_sync_folder(dir->fd) != 0)
        result = write_failed(dir, name, errno, err);
    mdm_file_discard(dir, &staged);
    return result;
}

void mdm_dir_sweep(const struct mdm_dir *dir)
{
    struct mdm_names names;
    bool swept = false;

    if (mdm_dir_list(dir, &names, NULL) != 0)
        return;
    for (size_t i = 0; i < names.count; i++) {
        if (is_temporary(names.items[i]) && mdm_file_stat(dir, names.items[i], NULL) == MDM_FILE_READ)
            swept |= unlinkat(dir->fd, names.items[i], 0) == 0;
    }
    if (swept)
        (void)mdm_fd_sync_folder(dir->fd);
    mdm_names_free(&names);
}

/* True when the process that made this temporary has ended. */
static bool is_orphan(const char *name)
{
    long pid;

    if (!is_temporary(name))
        return false;
    pid = strtol(name + strlen(TEMPORARY_PREFIX), NULL, 10);
    return pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

void mdm_dir_sweep_dead(const struct mdm_dir *dir)
{
    int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;

    if (stream == NULL) {
        if (fd >= 0)
            (void)close(fd);
        return;
    }
    while ((entry = readdir(stream)) != NULL)
        if (is_orphan(entry->d_name))
            (void)unlinkat(dir->fd, entry->d_name, 0);
    (void)closedir(stream);
}

/* Says why `name` cannot be linked or copied to `to_name`. Returns -1. */
static int link_failed(const struct mdm_dir *from, const char *name, const struct mdm_dir *to, const char *to_name,
                       int reason, struct mdm_error *err)
{
    struct mdm_shown source, target;

    (void)mdm_shown_name(from, name, &source);
    (void)mdm_shown_name(to, to_name, &target);
    if (reason == EEXIST)
        return mdm_error_set(err, MDM_E_FAILED, "cannot keep '%s' as '%s': there is a file of that name already",
                             source.text, target.text);
    return mdm_error_system(err, reason, "cannot keep '%s' as '%s'", source.text, target.text);
}

static int not_regular(const struct mdm_dir *dir, const char *name, enum mdm_file_outcome outcome,
                       const struct mdm_file_info *info, struct mdm_error *err)
{
    struct mdm_shown shown;
    char words[160];

    mdm_file_outcome_text(outcome, info, words, sizeof words);
    return mdm_error_set(err, MDM_E_FAILED, "'%s' %s", mdm_shown_name(dir, name, &shown), words);
}

int mdm_file_copy(const struct mdm_dir *from, const char *name, const struct mdm_dir *to, const char *to_name,
                  bool *exists, struct mdm_error *err)
{
    struct mdm_bytes bytes = {0};
    struct mdm_file_info info;
    enum mdm_file_outcome outcome;
    int result;

    if (exists != NULL)
        *exists = false;
    outcome = mdm_file_read(from, name, MDM_FILE_LIMIT, &bytes, &info);
    if (outcome != MDM_FILE_READ)
        return not_regular(from, name, outcome, &info, err);
    if (mdm_file_stat(to, to_name, NULL) != MDM_FILE_ABSENT) {
        if (exists != NULL)
            *exists = true;
        result = link_failed(from, name, to, to_name, EEXIST, err);
    } else {
        result = mdm_file_write(to, to_name, &bytes, info.mode & 0777, MDM_FILE_NEW, err);
    }
    mdm_bytes_free(&bytes);
    return result;
}

int mdm_file_move(const struct mdm_dir *from, const char *name, const struct mdm_dir *to, const char *to_name,
                  struct mdm_error *err)
{
    int reason = 0;

    if (mdm_file_stat(to, to_name, NULL) != MDM_FILE_ABSENT)
        return link_failed(from, name, to, to_name, EEXIST, err);
    if (renameat(from->fd, name, to->fd, to_name) != 0) {
        if (errno != EXDEV)
            return link_failed(from, name, to, to_name, errno, err);
        if (mdm_file_copy(from, name, to, to_name, NULL, err) != 0)
            return -1;
        return mdm_file_remove(from, name, err);
    }
    if (mdm_fd_sync_folder(to->fd) != 0 || mdm_fd_sync_folder(from->fd) != 0)
        reason = errno;
    return reason == 0 ? 0 : link_failed(from, name, to, to_name, reason, err);
}

int mdm_file_remove(const struct mdm_dir *dir, const char *name, struct mdm_error *err)
{
    struct mdm_shown shown;
    int reason = 0;

    if (unlinkat(dir->fd, name, 0) != 0)
        reason = errno;
    else if (mdm_fd_sync_folder(dir->fd) != 0)
        reason = errno;
    if (reason == 0 || reason == ENOENT)
        return 0;
    return mdm_error_system(err, reason, "cannot remove '%s'", mdm_shown_name(dir, name, &shown));
}

#if defined(__linux__)
#define _GNU_SOURCE /* syncfs() */
#endif

int mdm_file_stage(const struct mdm_dir *dir, const struct mdm_bytes *bytes, uint32_t mode, struct mdm_staged *staged,
                   struct mdm_error *err)
{
    return stage(dir, "", bytes, (mode_t)mode, false, staged, err);
}

#if defined(__linux__)
/* syncfs() tells of data that did not reach the disk since Linux 5.8 (syncfs(2)). */
static bool syncfs_tells(void)
{
    struct utsname names;
    char *rest;
    long major, minor;

    if (uname(&names) != 0)
        return false;
    major = strtol(names.release, &rest, 10);
    minor = *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;
    return major > 5 || (major == 5 && minor >= 8);
}

/* One sync of the file system costs about as much as one of a single file. 0, or -1 with errno. */
static int sync_at_once(const struct mdm_dir *dir)
{
    int outcome;

    if (!syncfs_tells()) {
        errno = ENOSYS;
        return -1;
    }
    do
        outcome = syncfs(dir->fd);
    while (outcome != 0 && errno == EINTR);
    return outcome;
}
#else
static int sync_at_once(const struct mdm_dir *dir)
{
    (void)dir;
    errno = ENOSYS;
    return -1;
}
#endif

/* The same file by file. On macOS fsync() brings each to the drive, and the folder's own sync empties the drive's
 * cache. 0, or -1 with errno. */
static int sync_each(const struct mdm_dir *dir, const struct mdm_staged *const staged[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int fd = openat(dir->fd, staged[i]->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        int outcome, reason;

        if (fd < 0)
            return -1;
        outcome = sync_data(fd);
        reason = errno;
        (void)close(fd);
        errno = reason;
        if (outcome != 0)
            return -1;
    }
    return mdm_fd_sync_folder(dir->fd);
}

int mdm_file_sync_staged(const struct mdm_dir *dir, const struct mdm_staged *const staged[], size_t count,
                         struct mdm_error *err)
{
    if (sync_at_once(dir) == 0 || (errno == ENOSYS && sync_each(dir, staged, count) == 0))
        return 0;
    return write_failed(dir, "", errno, err);
}

int mdm_file_publish(const struct mdm_dir *dir, struct mdm_staged *staged, const char *name, bool *exists,
                     struct mdm_error *err)
{
    int reason = temporary_publish(dir, staged->name, name);

    *exists = reason == EEXIST;
    if (reason != 0)
        return write_failed(dir, name, reason, err);
    staged->name[0] = '\0';
    return 0;
}

void mdm_file_discard(const struct mdm_dir *dir, struct mdm_staged *staged)
{
    if (staged->name[0] != '\0')
        (void)unlinkat(dir->fd, staged->name, 0);
    staged->name[0] = '\0';
}
