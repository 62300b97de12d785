/* Folders as a whole: see snapshot.h. */
#include "snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

#define DEEP 1024

static void add(struct snapshot *snapshot, const char *top, const char *path, const struct stat *status)
{
    struct snapshot_file *file;
    char full[DEEP];
    int fd;

    snapshot->files = realloc(snapshot->files, (snapshot->count + 1) * sizeof *snapshot->files);
    if (snapshot->files == NULL)
        die("out of memory");
    file = &snapshot->files[snapshot->count++];
    *file = (struct snapshot_file){.folder = S_ISDIR(status->st_mode), .mode = status->st_mode & 07777};
    (void)snprintf(file->path, sizeof file->path, "%.191s", path);
    if (!S_ISREG(status->st_mode))
        return;
    (void)snprintf(full, sizeof full, "%.500s/%.500s", top, path);
    file->size = (size_t)status->st_size;
    file->data = malloc(file->size + 1);
    fd = open(full, O_RDONLY);
    if (file->data == NULL || fd < 0 || read(fd, file->data, file->size) != (ssize_t)file->size)
        die("cannot read %s", full);
    file->data[file->size] = '\0';
    (void)close(fd);
    (void)EVP_Q_digest(NULL, "SHA256", NULL, file->data, file->size, file->sha256, NULL);
}

static void walk(struct snapshot *snapshot, const char *top, const char *folder)
{
    char full[DEEP], path[DEEP];
    const struct dirent *entry;
    struct stat status;
    DIR *stream;

    (void)snprintf(full, sizeof full, "%s/%s", top, folder);
    stream = opendir(full);
    if (stream == NULL)
        die("cannot list %s", full);
    while ((entry = readdir(stream)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(path, sizeof path, "%s%s%s", folder, folder[0] != '\0' ? "/" : "", entry->d_name);
        (void)snprintf(full, sizeof full, "%.500s/%.500s", top, path);
        if (lstat(full, &status) != 0)
            die("cannot examine %s", full);
        add(snapshot, top, path, &status);
        if (S_ISDIR(status.st_mode))
            walk(snapshot, top, path);
    }
    (void)closedir(stream);
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct snapshot_file *)a)->path, ((const struct snapshot_file *)b)->path);
}

struct snapshot snapshot_take(const char *folder)
{
    struct snapshot snapshot = {NULL, 0};

    walk(&snapshot, folder, "");
    if (snapshot.count > 1)
        qsort(snapshot.files, snapshot.count, sizeof *snapshot.files, compare);
    return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->count; i++)
        free(snapshot->files[i].data);
    free(snapshot->files);
    *snapshot = (struct snapshot){NULL, 0};
}

const struct snapshot_file *snapshot_find(const struct snapshot *snapshot, const char *path)
{
    for (size_t i = 0; i < snapshot->count; i++)
        if (strcmp(snapshot->files[i].path, path) == 0)
            return &snapshot->files[i];
    return NULL;
}

const struct snapshot_file *snapshot_find_contents(const struct snapshot *snapshot, const struct snapshot_file *file)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct snapshot_file *other = &snapshot->files[i];

        if (!other->folder && other->size == file->size && memcmp(other->sha256, file->sha256, 32) == 0)
            return other;
    }
    return NULL;
}

bool snapshot_same(const struct snapshot *a, const struct snapshot *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->files[i].path, b->files[i].path) != 0 || a->files[i].mode != b->files[i].mode ||
            memcmp(a->files[i].sha256, b->files[i].sha256, sizeof a->files[i].sha256) != 0)
            return false;
    return true;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

bool is_lock(const char *path)
{
    return strcmp(name_of(path), ".lock") == 0;
}

bool is_temporary(const char *path)
{
    const char *name = name_of(path);

    return name[0] == '.' && strstr(name, ".tmp") != NULL;
}

static void copy_file(const char *from, const char *to, const struct stat *status)
{
    char part[65536];
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ssize_t size;

    if (in < 0 || out < 0)
        die("cannot copy %s to %s: %s", from, to, strerror(errno));
    while ((size = read(in, part, sizeof part)) > 0)
        if (write(out, part, (size_t)size) != size)
            die("cannot write %s", to);
    (void)fchmod(out, status->st_mode & 07777);
    (void)close(in);
    (void)close(out);
}

/* Files with several names that were copied already. */
struct twins {
    ino_t inode[256];
    char path[256][DEEP];
    size_t count;
};

static bool copy_twin(struct twins *twins, const char *to, const struct stat *status)
{
    if (status->st_nlink < 2)
        return false;
    for (size_t i = 0; i < twins->count; i++)
        if (twins->inode[i] == status->st_ino)
            return link(twins->path[i], to) == 0;
    if (twins->count == sizeof twins->inode / sizeof twins->inode[0])
        return false;
    twins->inode[twins->count] = status->st_ino;
    (void)snprintf(twins->path[twins->count++], DEEP, "%s", to);
    return false;
}

static void copy_into(struct twins *twins, const char *from, const char *to)
{
    char source[DEEP], target[DEEP];
    const struct dirent *entry;
    struct stat status;
    DIR *stream = opendir(from);

    if (stream == NULL || fstat(dirfd(stream), &status) != 0 || mkdir(to, status.st_mode & 07777) != 0)
        die("cannot copy %s to %s: %s", from, to, strerror(errno));
    while ((entry = readdir(stream)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(source, sizeof source, "%.700s/%.255s", from, entry->d_name);
        (void)snprintf(target, sizeof target, "%.700s/%.255s", to, entry->d_name);
        if (lstat(source, &status) != 0)
            die("cannot examine %s", source);
        if (S_ISDIR(status.st_mode))
            copy_into(twins, source, target);
        else if (!copy_twin(twins, target, &status))
            copy_file(source, target, &status);
    }
    (void)closedir(stream);
}

void folder_copy(const char *from, const char *to)
{
    static struct twins twins;

    twins.count = 0;
    copy_into(&twins, from, to);
}

void folder_remove(const char *path)
{
    char full[DEEP];
    const struct dirent *entry;
    struct stat status;
    DIR *stream = opendir(path);

    if (stream == NULL)
        return;
    while ((entry = readdir(stream)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(full, sizeof full, "%.700s/%.255s", path, entry->d_name);
        if (lstat(full, &status) == 0 && S_ISDIR(status.st_mode))
            folder_remove(full);
        else
            (void)unlink(full);
    }
    (void)closedir(stream);
    (void)rmdir(path);
}
