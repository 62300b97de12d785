/* Reading one file for a survey: see item.h. */
#include "flow/item.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pki/p12.h"

/* The path as it is shown: whoever puts a file into inputs/ chooses its name, and every message quotes it. */
static char *safe_join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + 1 + strlen(name) + 1;
    char *path = malloc(size);
    char *safe = NULL;

    if (path != NULL) {
        (void)snprintf(path, size, "%s/%s", folder, name);
        safe = mdm_text_safe(path, strlen(path));
    }
    free(path);
    return safe;
}

/* Looks into the bytes. What cannot be parsed is not an error of the survey: it stands in item->trouble. */
static void recognise(struct mdm_item *item)
{
    item->kind = mdm_filekind_of(&item->bytes);
    mdm_key_describe(&item->bytes, &item->key);
    switch (item->kind) {
    case MDM_FILEKIND_CERTIFICATE:
        if (mdm_certs_from_bytes(&item->bytes, item->path, &item->certs, &item->trouble) != 0) {
            mdm_certs_free(&item->certs);
            item->kind = MDM_FILEKIND_DAMAGED;
        }
        break;
    case MDM_FILEKIND_DAMAGED: {
        struct mdm_certs none = {0};

        (void)mdm_certs_from_bytes(&item->bytes, item->path, &none, &item->trouble);
        mdm_certs_free(&none);
        break;
    }
    case MDM_FILEKIND_CSR:
        item->csr = mdm_csr_from_bytes(&item->bytes, item->path, &item->trouble);
        break;
    case MDM_FILEKIND_PKCS12:
        (void)mdm_p12_cert_sha1(&item->bytes, item->pfx_sha1);
        break;
    default:
        break;
    }
}

/* A file that could not be read for want of memory is not a damaged one. */
static bool ran_out_of_memory(const struct mdm_item *item)
{
    return item->info.error_number == ENOMEM || strstr(item->trouble.text, "out of memory") != NULL;
}

static struct mdm_item *grow(struct mdm_items *items)
{
    struct mdm_item *more = realloc(items->items, (items->count + 1) * sizeof *more);

    if (more == NULL)
        return NULL;
    items->items = more;
    items->items[items->count] = (struct mdm_item){0};
    return &items->items[items->count++];
}

struct mdm_item *mdm_items_add(struct mdm_items *items, const struct mdm_dir *dir, const char *name, const char *shown,
                               struct mdm_error *err)
{
    struct mdm_item *item = grow(items);

    if (item != NULL) {
        item->name = strdup(name);
        item->path = safe_join(shown, name);
    }
    if (item == NULL || item->name == NULL || item->path == NULL) {
        mdm_error_set(err, MDM_E_FAILED, "out of memory");
        return NULL;
    }
    item->outcome = mdm_file_read(dir, name, MDM_FILE_LIMIT, &item->bytes, &item->info);
    if (item->outcome == MDM_FILE_READ)
        recognise(item);
    if (ran_out_of_memory(item)) {
        mdm_error_set(err, MDM_E_FAILED, "out of memory");
        return NULL;
    }
    return item;
}

int mdm_items_add_path(struct mdm_items *items, const char *path, struct mdm_error *err)
{
    const char *slash = strrchr(path, '/');
    struct mdm_item *item = grow(items);

    if (item != NULL) {
        item->name = strdup(slash != NULL ? slash + 1 : path);
        item->path = mdm_text_safe(path, strlen(path));
    }
    if (item == NULL || item->name == NULL || item->path == NULL)
        return mdm_error_set(err, MDM_E_FAILED, "out of memory");
    if (mdm_path_read(path, MDM_FILE_LIMIT, &item->bytes, &item->info, err) != 0)
        return -1;
    item->outcome = MDM_FILE_READ;
    recognise(item);
    return 0;
}

void mdm_items_free(struct mdm_items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        struct mdm_item *item = &items->items[i];

        free(item->name);
        free(item->path);
        free(item->archive);
        mdm_bytes_free(&item->bytes);
        mdm_certs_free(&item->certs);
        mdm_csr_free(&item->csr);
    }
    free(items->items);
    *items = (struct mdm_items){0};
}
