/* Reading one file for a state: what it is and what it says. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/state.h"
#include "pki/p12.h"
#include "pki/request.h"

/* The path as it is shown: whoever puts a file into inputs/ chooses its name, and every message quotes it. */
static char *safe_join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + 1 + strlen(name) + 1;
    char *path = malloc(size);
    char *safe = NULL;

    if (path != NULL) {
        (void)snprintf(path, size, "%s%s%s", folder, folder[0] != '\0' ? "/" : "", name);
        safe = mdm_text_safe(path, strlen(path));
    }
    free(path);
    return safe;
}

/* Looks into the bytes. What cannot be parsed is not an error of the state: it stands in file->trouble. */
static void identify(struct mdm_file *file)
{
    struct mdm_certs none = {0};

    file->kind = mdm_filekind_of(&file->bytes);
    if (file->kind != MDM_FILEKIND_CERTIFICATE && file->kind != MDM_FILEKIND_EMPTY)
        mdm_key_describe(&file->bytes, &file->key);
    switch (file->kind) {
    case MDM_FILEKIND_CERTIFICATE:
        if (mdm_certs_from_bytes(&file->bytes, file->path, &file->certs, &file->trouble) != 0) {
            mdm_certs_free(&file->certs);
            file->kind = MDM_FILEKIND_DAMAGED;
        }
        break;
    case MDM_FILEKIND_DAMAGED:
        (void)mdm_certs_from_bytes(&file->bytes, file->path, &none, &file->trouble);
        mdm_certs_free(&none);
        break;
    case MDM_FILEKIND_CSR:
        file->csr = mdm_csr_from_bytes(&file->bytes, file->path, &file->trouble);
        break;
    case MDM_FILEKIND_PKCS12:
        (void)mdm_p12_cert_sha1(&file->bytes, file->pfx_sha1);
        break;
    case MDM_FILEKIND_REQUEST: /* what cannot be read of it is told when it is verified */
        (void)mdm_request_certs(&file->bytes, &file->certs, NULL);
        file->csr = mdm_request_csr(&file->bytes, file->path, NULL);
        break;
    default:
        break;
    }
}

static struct mdm_file *grow(struct mdm_files *files)
{
    struct mdm_file *more = realloc(files->items, (files->count + 1) * sizeof *more);

    if (more == NULL)
        return NULL;
    files->items = more;
    files->items[files->count] = (struct mdm_file){0};
    return &files->items[files->count++];
}

/* What cannot be read for want of memory is not a damaged file. */
static int finish(struct mdm_file *file, struct mdm_error *err)
{
    if (file->outcome == MDM_FILE_READ) {
        identify(file);
        if (mdm_sha256_text(file->bytes.data, file->bytes.size, file->digest, err) != 0)
            return -1;
    }
    if (file->info.error_number == ENOMEM || file->trouble.code == MDM_E_MEMORY)
        return mdm_error_memory(err);
    return 0;
}

struct mdm_file *mdm_files_add(struct mdm_files *files, const struct mdm_dir *dir, const char *name, const char *shown,
                               struct mdm_error *err)
{
    struct mdm_file *file = grow(files);

    if (file != NULL) {
        file->name = strdup(name);
        file->path = safe_join(shown, name);
    }
    if (file == NULL || file->name == NULL || file->path == NULL) {
        (void)mdm_error_memory(err);
        return NULL;
    }
    file->outcome = mdm_file_read(dir, name, MDM_FILE_LIMIT, &file->bytes, &file->info);
    return finish(file, err) == 0 ? file : NULL;
}

int mdm_files_add_path(struct mdm_files *files, const char *path, struct mdm_error *err)
{
    const char *slash = strrchr(path, '/');
    struct mdm_file *file = grow(files);

    if (file != NULL) {
        file->name = strdup(slash != NULL ? slash + 1 : path);
        file->path = mdm_text_safe(path, strlen(path));
    }
    if (file == NULL || file->name == NULL || file->path == NULL)
        return mdm_error_memory(err);
    if (mdm_path_read(path, MDM_FILE_LIMIT, &file->bytes, &file->info, err) != 0)
        return -1;
    file->outcome = MDM_FILE_READ;
    return finish(file, err);
}

static void clear(struct mdm_file *file)
{
    free(file->name);
    free(file->path);
    free(file->archive);
    mdm_bytes_free(&file->bytes);
    mdm_certs_free(&file->certs);
    mdm_csr_free(&file->csr);
    *file = (struct mdm_file){0};
}

bool mdm_files_take(struct mdm_files *files, struct mdm_files *before, const char *name,
                    const struct mdm_file_info *info, const char *archive)
{
    for (size_t i = 0; i < before->count; i++) {
        struct mdm_file *old = &before->items[i];
        struct mdm_file *file;

        if (old->name == NULL || strcmp(old->name, name) != 0 || old->outcome != MDM_FILE_READ ||
            memcmp(&old->info.version, &info->version, sizeof info->version) != 0 ||
            (archive == NULL) != (old->archive == NULL) || (archive != NULL && strcmp(archive, old->archive) != 0))
            continue;
        file = grow(files);
        if (file == NULL)
            return false;
        *file = *old;
        *old = (struct mdm_file){0};
        return true;
    }
    return false;
}

void mdm_files_free(struct mdm_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        clear(&files->items[i]);
    free(files->items);
    *files = (struct mdm_files){0};
}
