/*
 * The one place that opens, writes, renames and syncs files. Folders are held open and names resolved below them
 * (openat), never through symbolic links: what another user plants there is neither followed nor waited for.
 */
#ifndef MDM_STORE_FILE_H
#define MDM_STORE_FILE_H

#include "base/bytes.h"
#include "base/text.h"

/* The largest file that is read: 1 MiB. Apple's files are under 4 KiB. */
#define MDM_FILE_LIMIT ((size_t)1 << 20)

/* A folder held open. */
struct mdm_dir;

/* Opens an existing folder; symbolic links in `path` are followed. */
struct mdm_dir *mdm_dir_open(const char *path, struct mdm_error *err);
/* The folder that the file `path` lies in. */
struct mdm_dir *mdm_dir_open_parent(const char *path, struct mdm_error *err);
/* A folder directly below; `name` has no slash; a symbolic link is refused. 1: *out is open, 0: there is none, -1:
 * error. Without `dir`, `name` is a path, and links in it are followed. */
int mdm_dir_sub(const struct mdm_dir *dir, const char *name, struct mdm_dir **out, struct mdm_error *err);
/* The same, made (0700, durable) when missing; its parent must exist. 0, or -1. */
int mdm_dir_sub_make(const struct mdm_dir *dir, const char *name, struct mdm_dir **out, struct mdm_error *err);
/* Makes a new folder below; MDM_E_EXISTS when the name is taken. */
int mdm_dir_sub_new(const struct mdm_dir *dir, const char *name, struct mdm_dir **out, struct mdm_error *err);
/* Removes an empty folder below; a folder that is not empty or not there is left alone without an error. */
void mdm_dir_remove_empty(const struct mdm_dir *dir, const char *name);
enum mdm_dir_probe {
    MDM_DIR_LOOK,  /* reads only */
    MDM_DIR_PROBE, /* tries out, with a file that is removed again, whether the file system keeps modes */
};
/* Refuses (MDM_E_FAILED) a folder that belongs to another user (root is fine) or that group or others can write to;
 * with MDM_DIR_PROBE only where modes are kept (not on exFAT, NTFS, WSL's /mnt and some container volumes). */
int mdm_dir_check_private(const struct mdm_dir *dir, enum mdm_dir_probe probe, struct mdm_error *err);
/* True when its mode lets group or others write to it. */
bool mdm_dir_is_shared(const struct mdm_dir *dir);
/* Are both paths, relative to `dir` and to `at`, the same folder? */
bool mdm_dir_same(const struct mdm_dir *dir, const char *path, const struct mdm_dir *at, const char *other);
#define MDM_LOCK_NAME ".lock"
/* Takes the folder's exclusive lock, which ends when the folder is closed, or with the process. The error says which
 * process has it. */
int mdm_dir_lock(struct mdm_dir *dir, struct mdm_error *err);
/* Error MDM_E_FAILED when the folder cannot be written to, or its lock file, if we have the lock, was removed or
 * replaced: another run may be at work. */
int mdm_dir_check_usable(const struct mdm_dir *dir, struct mdm_error *err);
/* The path it was opened by, for messages: safe to print. */
const char *mdm_dir_path(const struct mdm_dir *dir);
void mdm_dir_close(struct mdm_dir **dir);

/* The names in a folder, sorted by byte value, without "." and "..". */
int mdm_dir_list(const struct mdm_dir *dir, struct mdm_names *names, struct mdm_error *err);

enum mdm_file_outcome {
    MDM_FILE_READ,       /* contents are in *out */
    MDM_FILE_ABSENT,     /* no such name */
    MDM_FILE_FOLDER,     /* a directory */
    MDM_FILE_IRREGULAR,  /* symbolic link, FIFO, socket, device */
    MDM_FILE_TOO_LARGE,  /* more than MDM_FILE_LIMIT */
    MDM_FILE_UNREADABLE, /* see error_number */
};
struct mdm_file_info {
    uint32_t mode;    /* permission bits */
    bool foreign;     /* owned by another user than the effective one (and not root) */
    int error_number; /* with MDM_FILE_UNREADABLE */
    char words[128];  /* what it is, for messages: "is a folder, not a file"; with the reason why it cannot be read */
    uint64_t inode, size;
    int64_t changed; /* nanoseconds since 1970; when all three are the same, so is the file */
};
/* Reads a whole regular file below the folder; never waits, never follows a link. `info` may be NULL. */
enum mdm_file_outcome mdm_file_read(const struct mdm_dir *dir, const char *name, struct mdm_bytes *out,
                                    struct mdm_file_info *info);
/* The same without reading: MDM_FILE_READ then says that it is a regular file. Without `dir`, `name` is a path, and
 * links in it are followed. */
enum mdm_file_outcome mdm_file_stat(const struct mdm_dir *dir, const char *name, struct mdm_file_info *info);

#define MDM_MODE_PRIVATE 0600u
#define MDM_MODE_PUBLIC  0644u
enum mdm_file_write {
    MDM_FILE_NEW,     /* MDM_E_EXISTS when there is a file of that name */
    MDM_FILE_REPLACE, /* in one go */
    MDM_FILE_PUBLISH, /* MDM_FILE_NEW, but its name lasts only after the next mdm_file_sync_staged */
};
/* Writes a file whole or not at all, and durably: a temporary file in the same folder (`mode` whatever the umask),
 * fsync, link or rename, fsync of the folder. */
int mdm_file_write(const struct mdm_dir *dir, const char *name, const struct mdm_bytes *bytes, uint32_t mode,
                   enum mdm_file_write how, struct mdm_error *err);
/*
 * The same in steps. A staged file is whole, but has only a temporary name; it is put under its own, or discarded. The
 * syncs of many new files can be grouped: stage some, sync them together, publish them; the next sync makes their names
 * durable.
 */
#define MDM_STAGED_NAME_MAX 64
struct mdm_staged {
    char name[MDM_STAGED_NAME_MAX]; /* "" for none */
};
/* With `name`, the name it will get, the file is written durably: there is room for it, and what has that name can be
 * replaced. */
int mdm_file_stage(const struct mdm_dir *dir, const char *name, const struct mdm_bytes *bytes, uint32_t mode,
                   struct mdm_staged *staged, struct mdm_error *err);
/* Gives it its name. When the name is taken (MDM_E_EXISTS), the file is still staged. */
int mdm_file_put(const struct mdm_dir *dir, struct mdm_staged *staged, const char *name, enum mdm_file_write how,
                 struct mdm_error *err);
/* Flushes the contents of these to disk, and the names that were published before. */
int mdm_file_sync_staged(const struct mdm_dir *dir, const struct mdm_staged *const staged[], size_t count,
                         struct mdm_error *err);
void mdm_file_discard(const struct mdm_dir *dir, struct mdm_staged *staged);
/* Moves a file, durably; the new name must be free. Between file systems, where it keeps its name, it is copied and the
 * original removed. */
int mdm_file_move(const struct mdm_dir *from, const char *name, const struct mdm_dir *to, const char *to_name,
                  struct mdm_error *err);
/* Removes a name, durably. Absent is fine. */
int mdm_file_remove(const struct mdm_dir *dir, const char *name, struct mdm_error *err);
/* Removes temporary files that an interrupted mdmvendor left: those of processes that have ended, and those with the
 * number of this one, which must have none yet (in a container, every run may have number 1). `dir` may be NULL. */
void mdm_dir_sweep(const struct mdm_dir *dir);

enum mdm_path_kind {
    MDM_PATH_ANY,     /* links are followed, pipes are read */
    MDM_PATH_REGULAR, /* pipes and devices are refused, so that it never waits */
    MDM_PATH_STDIN,   /* the rest of standard input; the path is for messages */
};
/* Reads a file of at most MDM_FILE_LIMIT bytes that the user names; "-" is not special here. A signal during the wait
 * for a pipe ends it (MDM_E_INTERRUPTED, EINTR in info, which may be NULL). */
int mdm_path_read(const char *path, enum mdm_path_kind kind, struct mdm_bytes *out, struct mdm_file_info *info,
                  struct mdm_error *err);
/* Writes to standard output without stdio, which would keep a copy. A signal interrupts nothing. */
int mdm_stdout_write(const struct mdm_bytes *bytes, struct mdm_error *err);
/* mdm_dir_sweep for the folder of `path`. */
void mdm_path_sweep(const char *path);
/* mdm_file_write for the file `path`. */
int mdm_path_write(const char *path, const struct mdm_bytes *bytes, uint32_t mode, enum mdm_file_write how,
                   struct mdm_error *err);

#endif
