/* The ground that the other file*.c stand on: syncing, modes, and how paths are joined and shown. */
#include "store/file_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

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

int mdm_fd_sync(int fd)
{
    int outcome;

#ifdef F_FULLFSYNC
    /* On macOS fsync() leaves the data in the drive's cache (fsync(2) there). Network volumes know only fsync(). */
    if (fcntl(fd, F_FULLFSYNC) == 0)
        return 0;
#endif
    do
        outcome = fsync(fd);
    while (outcome != 0 && errno == EINTR);
    return outcome;
}

int mdm_fd_sync_folder(int fd)
{
    if (mdm_fd_sync(fd) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EOPNOTSUPP)
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

enum mdm_file_outcome mdm_stat_outcome(const struct stat *status)
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
