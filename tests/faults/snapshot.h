/* What lies in a folder: every file below it, by path and by what is in it. */
#ifndef MDM_FAULTS_SNAPSHOT_H
#define MDM_FAULTS_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct snapshot_file {
    char path[192]; /* relative to the folder */
    bool folder;
    mode_t mode; /* permission bits */
    unsigned char sha256[32];
    unsigned char *data;
    size_t size;
};

struct snapshot {
    struct snapshot_file *files;
    size_t count;
};

struct snapshot snapshot_take(const char *folder);
void snapshot_free(struct snapshot *snapshot);
const struct snapshot_file *snapshot_find(const struct snapshot *snapshot, const char *path);
/* A file of the same contents, wherever it lies. */
const struct snapshot_file *snapshot_find_contents(const struct snapshot *snapshot, const struct snapshot_file *file);

/* The same files with the same contents and modes. */
bool snapshot_same(const struct snapshot *a, const struct snapshot *b);

/* Names of the program's own that are no one's loss: its lock and its temporaries. */
bool is_lock(const char *path);
bool is_temporary(const char *path);

/* Folder by folder; files with two names keep both. */
void folder_copy(const char *from, const char *to);
void folder_remove(const char *path);

#endif
