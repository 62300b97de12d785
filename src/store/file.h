/*
 * The one place that opens, writes, renames and syncs files. Folders are held open and names resolved below them
 * (openat), never through symbolic links, so that nothing another user plants beside us is followed or waited for.
 */
#ifndef MDM_STORE_FILE_H
#define MDM_STORE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"

/* The largest file that is read from a work folder: 1 MiB. Apple's files are under 4 KiB. */
#define MDM_FILE_LIMIT ((size_t)1 << 20)

/* A folder held open. */
struct mdm_dir;

/* Opens an existing folder (symbolic links in the given path are the user's own business and followed). */
struct mdm_dir *mdm_dir_open(const char *path, struct mdm_error *err);
/* The same, and makes it with mode 0700 when missing; its parent must exist. */
struct mdm_dir *mdm_dir_make(const char *path, struct mdm_error *err);
/* The folder that the file `path` lies in. */
struct mdm_dir *mdm_dir_open_parent(const char *path, struct mdm_error *err);
/* A folder directly below; `name` has no slash; a symbolic link is refused. 1: *out is open, 0: there is none, -1:
 * error. Without `dir`, `name` is a path, and links in it are followed. */
int mdm_dir_sub(const struct mdm_dir *dir, const char *name, struct mdm_dir **out, struct mdm_error *err);
/* The same, made (0700, durable) when missing. */
int mdm_dir_sub_make(const struct mdm_dir *dir, const char *name, struct mdm_dir **out, struct mdm_error *err);
/* Makes a new folder below; -1 with MDM_E_FAILED, *exists = true when the name is taken. */
int mdm_dir_sub_new(const struct mdm_dir *dir, const char *name, struct mdm_dir **out, bool *exists,
                    struct mdm_error *err);
/* Removes an empty folder below; a folder that is not empty or not there is left alone without an error. */
void mdm_dir_remove_empty(const struct mdm_dir *dir, const char *name);
enum mdm_dir_probe {
    MDM_DIR_LOOK,  /* reads only */
    MDM_DIR_PROBE, /* tries whether the file system keeps modes, by a file that is removed again */
};
/* Refuses (MDM_E_FAILED) a folder that belongs to somebody else (root is fine) or that group or others can write to:
 * with MDM_DIR_PROBE only where modes are kept (not on exFAT, NTFS, WSL's /mnt and some volumes of containers). */
int mdm_dir_check_private(const struct mdm_dir *dir, enum mdm_dir_probe probe, struct mdm_error *err);
/* Can group or others write to it, by its mode? */
bool mdm_dir_is_shared(const struct mdm_dir *dir);
/* Error MDM_E_FAILED when the folder cannot be written to: before work begins that would then not be kept. */
int mdm_dir_check_writable(const struct mdm_dir *dir, struct mdm_error *err);
/* Is the folder `path` (relative to `dir`) there, and is it `dir` itself? */
bool mdm_dir_is(const struct mdm_dir *dir, const char *path);
/* The path it was opened by, for messages. */
const char *mdm_dir_path(const struct mdm_dir *dir);
void mdm_dir_close(struct mdm_dir **dir);

/* The names in a folder, sorted by byte value, without "." and "..". */
int mdm_dir_list(const struct mdm_dir *dir, struct mdm_names *names, struct mdm_error *err);

enum mdm_file_outcome {
    MDM_FILE_READ,       /* contents are in *out */
    MDM_FILE_ABSENT,     /* no such name */
    MDM_FILE_FOLDER,     /* a directory */
    MDM_FILE_IRREGULAR,  /* symbolic link, FIFO, socket, device */
    MDM_FILE_TOO_LARGE,  /* over the limit */
    MDM_FILE_UNREADABLE, /* the system refused: see error_number */
};
struct mdm_file_info {
    uint32_t mode;    /* permission bits */
    bool foreign;     /* owned by another user than the effective one (and not root) */
    int error_number; /* with MDM_FILE_UNREADABLE */
    struct mdm_file_version {
        uint64_t device, inode, size;
        int64_t modified, changed; /* nanoseconds since 1970 */
    } version;                     /* the same as before: the file did not change since */
};
/* Reads a whole regular file below the folder; never blocks, never follows a link. `info` may be NULL. */
enum mdm_file_outcome mdm_file_read(const struct mdm_dir *dir, const char *name, size_t limit, struct mdm_bytes *out,
                                    struct mdm_file_info *info);
/* The same without reading: MDM_FILE_READ then says that it is a regular file. */
enum mdm_file_outcome mdm_file_stat(const struct mdm_dir *dir, const char *name, struct mdm_file_info *info);
/* "is a symbolic link or device, not a regular file" and so on, for messages; for MDM_FILE_UNREADABLE with the reason.
 */
void mdm_file_outcome_text(enum mdm_file_outcome outcome, const struct mdm_file_info *info, char *out, size_t size);

enum mdm_file_write {
    MDM_FILE_NEW,     /* an existing file of that name is an error (link, not rename) */
    MDM_FILE_REPLACE, /* it is replaced in one go */
};
/* Writes a file whole or not at all, and durably: temporary in the same folder (O_EXCL, `mode` whatever the umask),
 * fsync, link or rename, fsync of the folder. */
int mdm_file_write(const struct mdm_dir *dir, const char *name, const struct mdm_bytes *bytes, uint32_t mode,
                   enum mdm_file_write how, struct mdm_error *err);
/*
 * Many new files whose syncs are grouped: write some, sync them together, give them their names; the next sync makes
 * the names last. A staged file is whole and has no name yet; it is either published or discarded.
 */
#define MDM_STAGED_NAME_MAX 64
struct mdm_staged {
    char name[MDM_STAGED_NAME_MAX]; /* its temporary one; "" for none */
};
/* Writes a file without its name yet. With `name`, what it will be called, it is written durably: whether there is room
 * for it, and whether what has that name can be replaced, is known then. */
int mdm_file_stage(const struct mdm_dir *dir, const char *name, const struct mdm_bytes *bytes, uint32_t mode,
                   struct mdm_staged *staged, struct mdm_error *err);
/* Gives it its name, in place of what has that name, durably. */
int mdm_file_put(const struct mdm_dir *dir, struct mdm_staged *staged, const char *name, struct mdm_error *err);
/* Makes the contents of these last, and the names given by mdm_file_publish until now. */
int mdm_file_sync_staged(const struct mdm_dir *dir, const struct mdm_staged *const staged[], size_t count,
                         struct mdm_error *err);
/* Gives it its name. Error with *exists = true when that is taken: it is still staged then. */
int mdm_file_publish(const struct mdm_dir *dir, struct mdm_staged *staged, const char *name, bool *exists,
                     struct mdm_error *err);
void mdm_file_discard(const struct mdm_dir *dir, struct mdm_staged *staged);
/* Copies a file of at most MDM_FILE_LIMIT bytes into another folder, durably, with its mode but at most
 * `most`; the new name must be free. */
int mdm_file_copy(const struct mdm_dir *from, const char *name, const struct mdm_dir *to, const char *to_name,
                  uint32_t most, struct mdm_error *err);
/* Gives a file another name in another folder, durably, and takes its old one away; the new name must be free. Where
 * the two folders are different file systems, it is copied and the original removed. */
int mdm_file_move(const struct mdm_dir *from, const char *name, const struct mdm_dir *to, const char *to_name,
                  struct mdm_error *err);
/* Removes a name, durably. Absent is fine. */
int mdm_file_remove(const struct mdm_dir *dir, const char *name, struct mdm_error *err);
enum mdm_sweep {
    MDM_SWEEP_ALL,  /* for who holds the lock */
    MDM_SWEEP_DEAD, /* of processes that are no more on this machine */
};
/* Removes temporaries that an interrupted mdmvendor left. */
void mdm_dir_sweep(const struct mdm_dir *dir, enum mdm_sweep whose);

/* Takes the exclusive lock `name` in the folder, which ends with the process; returns its number, or -1. Error
 * MDM_E_FAILED when another process has it: the text says which (its pid). */
int mdm_lock_take(const struct mdm_dir *dir, const char *name, struct mdm_error *err);
/* Error MDM_E_FAILED when the lock file is no longer the one that was locked (it was removed or replaced): another run
 * may be at work. */
int mdm_lock_check(int lock, const struct mdm_dir *dir, const char *name, struct mdm_error *err);
/* -1 is none. */
void mdm_lock_release(int lock);

/* True for a regular file (or a link to one), which can be read twice; false for a pipe or when there is none. */
bool mdm_path_is_regular(const char *path);
/* Files that the user names on the command line: links are followed, pipes are read; at most `limit` bytes. "-" is not
 * special here. A signal that comes while a pipe is waited for ends the wait (MDM_E_INTERRUPTED, EINTR in info). */
int mdm_path_read(const char *path, size_t limit, struct mdm_bytes *out, struct mdm_file_info *info,
                  struct mdm_error *err);
/* The same of a file that must be regular: never waits. */
int mdm_path_read_regular(const char *path, size_t limit, struct mdm_bytes *out, struct mdm_error *err);
/* The same of what is left of standard input. */
int mdm_stdin_read(size_t limit, struct mdm_bytes *out, struct mdm_error *err);
/* True for a pipe, a terminal or another device: something to write into, not to replace. */
bool mdm_path_is_stream(const char *path);
/* Writes into one. A signal ends it with MDM_E_INTERRUPTED. */
int mdm_path_send(const char *path, const struct mdm_bytes *bytes, struct mdm_error *err);
/* mdm_dir_sweep(MDM_SWEEP_DEAD) for the folder of `path`: before writing there, and also when that proves needless. */
void mdm_path_sweep_dead(const char *path);
/* Writes with the guarantees of mdm_file_write into the folder of `path`. */
int mdm_path_write(const char *path, const struct mdm_bytes *bytes, uint32_t mode, enum mdm_file_write how,
                   struct mdm_error *err);

#endif
