/* Writing: a file appears whole or not at all, with its mode, and lasts. Temporaries are known here alone. */
#include "store/file_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEMPORARY_PREFIX ".mdmvendor-"
#define TEMPORARY_SUFFIX ".tmp"
#define TEMPORARY_RANDOM 16 /* hexadecimal digits */

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

int mdm_temporary_fill(const struct mdm_temporary *temporary, const struct mdm_bytes *bytes, mode_t mode, bool sync)
{
    int reason = 0;

    if (mdm_fd_set_mode(temporary->fd, mode) != 0)
        reason = errno;
    if (reason == 0)
        reason = write_all(temporary->fd, bytes);
    if (reason == 0 && sync && mdm_fd_sync(temporary->fd) != 0)
        reason = errno;
    /* Network file systems tell of a full disk as late as here. After EINTR the descriptor is gone all the same. */
    if (close(temporary->fd) != 0 && reason == 0 && errno != EINTR)
        reason = errno;
    return reason;
}

int mdm_temporary_publish(const struct mdm_dir *dir, const char *temporary, const char *name)
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

/* Returns 0 or an errno. */
static int publish(const struct mdm_dir *dir, const char *temporary, const char *name, enum mdm_file_write how)
{
    if (how == MDM_FILE_NEW)
        return mdm_temporary_publish(dir, temporary, name);
    return renameat(dir->fd, temporary, dir->fd, name) == 0 ? 0 : errno;
}

int mdm_write_failed(const struct mdm_dir *dir, const char *name, int reason, struct mdm_error *err)
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

int mdm_file_prepare(const struct mdm_dir *dir, const char *name, const struct mdm_bytes *bytes, uint32_t mode,
                     struct mdm_staged *staged, struct mdm_error *err)
{
    struct mdm_temporary temporary;
    int reason;

    staged->name[0] = '\0';
    if (check_replaceable(dir, name, err) != 0)
        return -1;
    reason = mdm_temporary_open(dir, &temporary);
    if (reason == 0) {
        (void)snprintf(staged->name, sizeof staged->name, "%s", temporary.name);
        reason = mdm_temporary_fill(&temporary, bytes, (mode_t)mode, true);
    }
    if (reason == 0)
        return 0;
    if (staged->name[0] != '\0')
        (void)unlinkat(dir->fd, staged->name, 0);
    staged->name[0] = '\0';
    return mdm_write_failed(dir, name, reason, err);
}

int mdm_file_put(const struct mdm_dir *dir, struct mdm_staged *staged, const char *name, struct mdm_error *err)
{
    if (renameat(dir->fd, staged->name, dir->fd, name) != 0)
        return mdm_write_failed(dir, name, errno, err);
    staged->name[0] = '\0';
    return mdm_fd_sync_folder(dir->fd) == 0 ? 0 : mdm_write_failed(dir, name, errno, err);
}

int mdm_file_write(const struct mdm_dir *dir, const char *name, const struct mdm_bytes *bytes, uint32_t mode,
                   enum mdm_file_write how, struct mdm_error *err)
{
    struct mdm_temporary temporary;
    int reason;

    if (how == MDM_FILE_REPLACE && check_replaceable(dir, name, err) != 0)
        return -1;
    reason = mdm_temporary_open(dir, &temporary);
    if (reason != 0)
        return mdm_write_failed(dir, name, reason, err);
    reason = mdm_temporary_fill(&temporary, bytes, (mode_t)mode, true);
    if (reason == 0)
        reason = publish(dir, temporary.name, name, how);
    if (reason != 0) {
        (void)unlinkat(dir->fd, temporary.name, 0);
        return mdm_write_failed(dir, name, reason, err);
    }
    if (mdm_fd_sync_folder(dir->fd) != 0)
        return mdm_write_failed(dir, name, errno, err);
    return 0;
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
