/* Reading: regular files below a folder, whole, bounded, without waiting and without following links. */
#include "store/file_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    return mdm_stat_outcome(&status);
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
    outcome = mdm_stat_outcome(&status);
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
