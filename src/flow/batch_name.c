/* The names of requests in an output folder: see batch_name.h. */
#include "flow/batch_name.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "pki/request.h"

#define EXTENSION ".plist_encode"

/* The end of a file name that says "CSR" and nothing about whose. Others stay: "acme.com" is a name. */
static bool is_csr_extension(const char *text, size_t size)
{
    static const char *const known[] = {".csr", ".pem", ".der", ".req", ".p10", ".txt", ".certSigningRequest"};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i]) == size && strncasecmp(known[i], text, size) == 0)
            return true;
    return false;
}

/* The part of a path that its request is named after. */
static const char *base_of(const char *input, size_t *size)
{
    const char *slash = strrchr(input, '/');
    const char *base = slash != NULL ? slash + 1 : input;
    const char *dot = strrchr(base, '.');

    *size = strlen(base);
    if (dot != NULL && dot != base && is_csr_extension(dot, strlen(dot)))
        *size = (size_t)(dot - base);
    return base;
}

int mdm_batch_name(const char *input, unsigned number, struct mdm_batch_name *name, struct mdm_error *err)
{
    char suffix[16] = "";
    size_t size;
    const char *base = base_of(input, &size);
    int length = -1;

    if (number > 1)
        (void)snprintf(suffix, sizeof suffix, "-%u", number);
    if (size <= MDM_BATCH_NAME_MAX)
        length = snprintf(name->text, sizeof name->text, "%.*s%s%s", (int)size, base, suffix, EXTENSION);
    if (length < 0 || length > MDM_BATCH_NAME_MAX) {
        (void)mdm_error_set(err, MDM_E_FAILED, "the name of '%s' is too long to name its request after it", input);
        return mdm_error_hint(err, "Rename it, or sign it alone with `mdmvendor sign -o FILE`.");
    }
    return 0;
}

/* FNV-1a (RFC draft-eastlake-fnv), 64 bits. Two names of one value would only begin at a wrong number. */
static uint64_t hash_of(const char *input)
{
    uint64_t hash = 0xcbf29ce484222325u;
    size_t size;
    const char *base = base_of(input, &size);

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)base[i]) * 0x100000001b3u;
    return hash;
}

unsigned mdm_numbers_get(const struct mdm_numbers *numbers, const char *input)
{
    uint64_t hash = hash_of(input);
    size_t i = hash % MDM_NUMBERS_MAX;

    return numbers->items[i].next > 0 && numbers->items[i].name == hash ? numbers->items[i].next : 1;
}

void mdm_numbers_set(struct mdm_numbers *numbers, const char *input, unsigned next)
{
    uint64_t hash = hash_of(input);
    size_t i = hash % MDM_NUMBERS_MAX;

    numbers->items[i].name = hash;
    numbers->items[i].next = next;
}

enum mdm_batch_there mdm_batch_look(const struct mdm_dir *dir, const struct mdm_batch_name *name,
                                    const struct mdm_cert *vendor, const struct mdm_csr *csr)
{
    struct mdm_bytes bytes = {0};
    enum mdm_batch_there there = MDM_BATCH_FOREIGN;

    switch (mdm_file_read(dir, name->text, MDM_FILE_LIMIT, &bytes, NULL)) {
    case MDM_FILE_ABSENT:
        there = MDM_BATCH_NOTHING;
        break;
    case MDM_FILE_READ:
        if (mdm_request_matches(&bytes, vendor, csr))
            there = MDM_BATCH_SAME;
        else if (mdm_request_matches(&bytes, vendor, NULL))
            there = MDM_BATCH_OTHER;
        break;
    default:
        break;
    }
    mdm_bytes_free(&bytes);
    return there;
}
