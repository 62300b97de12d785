/* Files that the user names: links are followed and pipes read, for the choice is theirs. */
#include "store/file_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* The folder of a path, to be freed, and the file's name within the path. NULL: no memory. */
static char *split_path(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');

    *name = slash == NULL ? path : slash + 1;
    if (slash == NULL)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

struct mdm_dir *mdm_dir_open_parent(const char *path, struct mdm_error *err)
{
    const char *name;
    char *parent = split_path(path, &name);
    struct mdm_dir *dir = NULL;

    if (parent == NULL)
        (void)mdm_error_set(err, MDM_E_FAILED, "out of memory");
    else
        dir = mdm_dir_open(parent, err);
    free(parent);
    return dir;
}

int mdm_path_write(const char *path, const struct mdm_bytes *bytes, uint32_t mode, enum mdm_file_write how,
                   struct mdm_error *err)
{
    struct mdm_shown shown;
    struct mdm_dir *dir = NULL;
    const char *name;
    char *parent = split_path(path, &name);
    int result = -1;

    if (parent == NULL)
        return mdm_error_set(err, MDM_E_FAILED, "out of memory");
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        (void)mdm_error_set(err, MDM_E_FAILED, "cannot write '%s': it names a folder, not a file",
                            mdm_shown_path(path, &shown));
        goto out;
    }
    dir = mdm_dir_open(parent, err);
    if (dir == NULL) {
        (void)mdm_error_context(err, "cannot write '%s'", mdm_shown_path(path, &shown));
        goto out;
    }
    result = mdm_file_write(dir, name, bytes, mode, how, err);

out:
    mdm_dir_close(&dir);
    free(parent);
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
    const char *name;
    char *parent = split_path(path, &name);
    struct mdm_dir *dir = parent != NULL ? mdm_dir_open(parent, NULL) : NULL;

    if (dir != NULL)
        mdm_dir_sweep_dead(dir);
    mdm_dir_close(&dir);
    free(parent);
}
