/* What file.c and file_dir.c share and nobody else may know: descriptors, and how names are shown. */
#ifndef MDM_STORE_FILE_INTERNAL_H
#define MDM_STORE_FILE_INTERNAL_H

#include <sys/stat.h>

#include "store/file.h"

struct mdm_dir {
    int fd;
    char *path; /* as the user named it, or the parent's path and the name */
};

/* A path made fit for a message: safe to print, and its beginning left out when it is very long. */
struct mdm_shown {
    char text[768];
};
const char *mdm_shown_path(const char *path, struct mdm_shown *shown);
/* The same for `name` below `dir`. */
const char *mdm_shown_name(const struct mdm_dir *dir, const char *name, struct mdm_shown *shown);

/* The path of `name` below the folder `parent` ("." is left out); the caller frees it. NULL: no memory. */
char *mdm_path_join(const char *parent, const char *name);

/* Brings the names in a folder to the disk itself. 0, or -1 with errno; a file system that knows no such thing is no
 * error. */
int mdm_fd_sync_folder(int fd);
/* Sets the mode whatever the umask was. 0, or -1 with errno. */
int mdm_fd_set_mode(int fd, mode_t mode);

/*
 * Reads to the end of file, at most `limit` bytes; `expected` is a guess at the size. *out must be empty and is so
 * again after an error. Returns 0 or an errno: EFBIG when there is more, EINTR only when `patient` is false.
 */
int mdm_fd_read(int fd, size_t expected, size_t limit, bool patient, struct mdm_bytes *out);

/* A file that has no name of its own yet. What an interrupted run leaves of them, mdm_dir_sweep takes away. */
struct mdm_temporary {
    char name[MDM_STAGED_NAME_MAX];
    int fd;
};
/* Returns 0 or an errno. */
int mdm_temporary_open(const struct mdm_dir *dir, struct mdm_temporary *temporary);

void mdm_stat_info(const struct stat *status, struct mdm_file_info *info);

#endif
