/*
 * The lock of a work folder: a POSIX record lock, which the system takes back from a process however it ends.
 *
 * It belongs to the process, and closing any descriptor of the lock file gives it up (fcntl(2)): so there is one
 * descriptor, and nothing else ever opens that file.
 */
#include "store/file_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

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
        (void)mdm_error_set(err, MDM_E_FAILED, "out of memory");
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
