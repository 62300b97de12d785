/* Names of files that exist: a second one, a copy under another one, and taking one away. */
#include "store/file_internal.h"

#include <errno.h>
#include <fcntl.h>
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

/* What a file system says that has no hard links, or a kernel that allows none to files of others. */
static bool wants_copy(int reason)
{
    return reason == EPERM || reason == EXDEV || reason == EMLINK || reason == ENOSYS || reason == ENOTSUP ||
           reason == EOPNOTSUPP;
}

int mdm_file_link(const struct mdm_dir *from, const char *name, const struct mdm_dir *to, const char *to_name,
                  bool *exists, struct mdm_error *err)
{
    struct mdm_file_info info;
    enum mdm_file_outcome outcome = mdm_file_stat(from, name, &info);
    int reason;

    if (exists != NULL)
        *exists = false;
    if (outcome != MDM_FILE_READ)
        return not_regular(from, name, outcome, &info, err);
    if (linkat(from->fd, name, to->fd, to_name, 0) != 0) {
        reason = errno;
        if (wants_copy(reason))
            return mdm_file_copy(from, name, to, to_name, exists, err);
        if (exists != NULL)
            *exists = reason == EEXIST;
        return link_failed(from, name, to, to_name, reason, err);
    }
    if (mdm_fd_sync_folder(to->fd) != 0)
        return link_failed(from, name, to, to_name, errno, err);
    return 0;
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
