/* See downloads.h. */
#include "cli/downloads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "pki/csr.h"
#include "store/file.h"
#include "store/workspace.h"

#define PATH_TEXT_MAX 4400
#define NAME_TEXT_MAX 1024 /* more than any system takes */
/* Apple's files have less than 4 KiB. */
#define DOWNLOAD_LIMIT ((size_t)64 << 10)

struct downloads {
    char folder[PATH_TEXT_MAX];
    const char *work_folder;
    struct mdm_names seen; /* versions of files that were looked at already */
    char found[NAME_TEXT_MAX];
};

struct downloads *downloads_new(const char *given, const char *work_folder, struct mdm_error *err)
{
    struct downloads *downloads = calloc(1, sizeof *downloads);
    const char *home = getenv("HOME");
    struct mdm_dir *dir = NULL;

    if (downloads == NULL) {
        (void)mdm_error_memory(err);
        return NULL;
    }
    downloads->work_folder = work_folder;
    if (given[0] != '\0' || (geteuid() != 0 && home != NULL && home[0] == '/')) {
        (void)snprintf(downloads->folder, PATH_TEXT_MAX, "%s%s", given[0] != '\0' ? given : home,
                       given[0] != '\0' ? "" : "/Downloads");
        dir = mdm_dir_open(downloads->folder, err);
        if (dir == NULL)
            (void)mdm_error_context(err, "option '--downloads'");
    } else {
        (void)mdm_error_set(err, MDM_E_USAGE,
                            geteuid() == 0 ? "option '--downloads' does not look into root's own download folder"
                                           : "option '--downloads': your download folder is not known");
        (void)mdm_error_hint(err, "Name the folder: --downloads=DIR");
    }
    if (dir == NULL)
        downloads_free(&downloads);
    mdm_dir_close(&dir);
    return downloads;
}

/* Whose certificate is awaited: the key of the folder's CSR. */
static struct mdm_csr *read_csr(const struct downloads *downloads, const struct mdm_wait *what)
{
    char path[PATH_TEXT_MAX];
    struct mdm_bytes file = {0};
    struct mdm_csr *csr = NULL;

    (void)snprintf(path, sizeof path, "%s/outputs/%s", downloads->work_folder,
                   what->step == 2 ? MDM_NAME_VENDOR_CSR : MDM_NAME_CUSTOMER_CSR);
    if (mdm_path_read(path, MDM_FILE_LIMIT, &file, NULL, NULL) == 0)
        csr = mdm_csr_from_bytes(&file, path, NULL);
    mdm_bytes_free(&file);
    return csr;
}

/* Remembers a file as it is now; false when it was looked at already, or there is no memory. */
static bool is_new(struct downloads *downloads, const char *name, const struct mdm_file_version *version)
{
    char seen[NAME_TEXT_MAX + 128];

    (void)snprintf(seen, sizeof seen, "%s/%ju/%ju/%ju/%jd/%jd", name, (uintmax_t)version->device,
                   (uintmax_t)version->inode, (uintmax_t)version->size, (intmax_t)version->modified,
                   (intmax_t)version->changed);
    return !mdm_names_have(&downloads->seen, seen) && mdm_names_add(&downloads->seen, seen, NULL) == 0;
}

static struct mdm_cert *cert_for(const struct mdm_dir *dir, const char *name, const struct mdm_key_id *id)
{
    struct mdm_bytes file = {0};
    struct mdm_certs certs = {0};
    struct mdm_cert *found = NULL;

    if (mdm_file_read(dir, name, DOWNLOAD_LIMIT, &file, NULL) == MDM_FILE_READ &&
        mdm_certs_scan(&file, &certs, NULL) == MDM_CERTS_READ) {
        for (size_t i = 0; i < certs.count && found == NULL; i++) {
            if (mdm_key_id_equal(&mdm_cert_facts(certs.items[i])->key_id, id))
                found = mdm_cert_ref(certs.items[i]);
        }
    }
    mdm_certs_free(&certs);
    mdm_bytes_free(&file);
    return found;
}

const char *downloads_find(struct downloads *downloads, const struct mdm_wait *what, struct mdm_cert **cert)
{
    struct mdm_dir *dir = mdm_dir_open(downloads->folder, NULL);
    struct mdm_csr *csr = dir != NULL ? read_csr(downloads, what) : NULL;
    struct mdm_names names = {0};

    *cert = NULL;
    if (csr != NULL && mdm_dir_list(dir, &names, NULL) == 0) {
        for (size_t i = 0; i < names.count && *cert == NULL; i++) {
            const char *name = names.items[i];
            struct mdm_file_info info = {0};

            if (name[0] != '.' && mdm_file_stat(dir, name, &info) == MDM_FILE_READ &&
                info.version.size <= DOWNLOAD_LIMIT && is_new(downloads, name, &info.version))
                *cert = cert_for(dir, name, &mdm_csr_facts(csr)->key_id);
            (void)snprintf(downloads->found, sizeof downloads->found, "%s", name);
        }
    }
    mdm_names_free(&names);
    mdm_csr_free(&csr);
    mdm_dir_close(&dir);
    return *cert != NULL ? downloads->found : NULL;
}

int downloads_take(const struct downloads *downloads, struct mdm_error *err)
{
    struct mdm_dir *from = mdm_dir_open(downloads->folder, err);
    struct mdm_bytes file = {0};
    char path[PATH_TEXT_MAX];
    int result = -1;

    if (from == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/inputs/%s", downloads->work_folder, downloads->found);
    if (mdm_file_read(from, downloads->found, DOWNLOAD_LIMIT, &file, NULL) != MDM_FILE_READ)
        (void)mdm_error_set(err, MDM_E_FAILED, "'%s/%s' is no longer there", downloads->folder, downloads->found);
    else
        result = mdm_path_write(path, &file, 0644, MDM_FILE_NEW, err);
    mdm_bytes_free(&file);
    mdm_dir_close(&from);
    return result;
}

const char *downloads_folder(const struct downloads *downloads)
{
    return downloads->folder;
}

void downloads_free(struct downloads **downloads)
{
    if (*downloads == NULL)
        return;
    mdm_names_free(&(*downloads)->seen);
    free(*downloads);
    *downloads = NULL;
}
