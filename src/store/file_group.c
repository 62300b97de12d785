/* Many new files, their syncs grouped: see mdm_file_stage in file.h. */
#if defined(__linux__)
#define _GNU_SOURCE /* syncfs() */
#endif
#include "store/file_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

int mdm_file_stage(const struct mdm_dir *dir, const struct mdm_bytes *bytes, uint32_t mode, struct mdm_staged *staged,
                   struct mdm_error *err)
{
    struct mdm_temporary temporary;
    int reason = mdm_temporary_open(dir, &temporary);

    staged->name[0] = '\0';
    if (reason != 0)
        return mdm_write_failed(dir, "", reason, err);
    (void)snprintf(staged->name, sizeof staged->name, "%s", temporary.name);
    reason = mdm_temporary_fill(&temporary, bytes, (mode_t)mode, false);
    if (reason == 0)
        return 0;
    mdm_file_discard(dir, staged);
    return mdm_write_failed(dir, "", reason, err);
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
        do
            outcome = fsync(fd);
        while (outcome != 0 && errno == EINTR);
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
    return mdm_write_failed(dir, "", errno, err);
}

int mdm_file_publish(const struct mdm_dir *dir, struct mdm_staged *staged, const char *name, bool *exists,
                     struct mdm_error *err)
{
    int reason = mdm_temporary_publish(dir, staged->name, name);

    *exists = reason == EEXIST;
    if (reason != 0)
        return mdm_write_failed(dir, name, reason, err);
    staged->name[0] = '\0';
    return 0;
}

void mdm_file_discard(const struct mdm_dir *dir, struct mdm_staged *staged)
{
    if (staged->name[0] != '\0')
        (void)unlinkat(dir->fd, staged->name, 0);
    staged->name[0] = '\0';
}
