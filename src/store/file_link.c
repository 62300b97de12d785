/* Files that exist: copied, moved, removed. */
#include "store/file_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

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
