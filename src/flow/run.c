/* What the steps of one run share: the folder, unlocked keys, writing and archiving. See run.h. */
#include "flow/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int check_readable(const struct mdm_items *items, struct mdm_error *err)
{
    char text[256];

    for (size_t i = 0; i < items->count; i++) {
        const struct mdm_item *item = &items->items[i];

        if (item->outcome != MDM_FILE_UNREADABLE || item->name[0] == '.')
            continue;
        mdm_file_outcome_text(item->outcome, &item->info, text, sizeof text);
        mdm_error_set(err, MDM_E_FAILED, "'%s' %s", item->path, text);
        return mdm_error_hint(err,
                              "Nothing is decided without that file. See whose it is (`ls -l '%s'`) and whether "
                              "the disk is well.",
                              item->path);
    }
    return 0;
}

int mdm_run_look(struct mdm_run *run, struct mdm_error *err)
{
    mdm_survey_free(&run->survey);
    run->survey = mdm_survey_take(run->workspace, run->options->vendor_key, run->options->vendor_cert, err);
    if (run->survey == NULL || check_readable(&run->survey->outputs, err) != 0)
        return -1;
    return check_readable(&run->survey->archive, err);
}

int mdm_run_check_inputs(const struct mdm_run *run, struct mdm_error *err)
{
    return check_readable(&run->survey->inputs, err);
}

int mdm_run_begin(struct mdm_run *run, const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                  struct mdm_error *err)
{
    *run = (struct mdm_run){.options = options, .callbacks = callbacks};
    run->workspace = mdm_workspace_open(options->directory, MDM_WORKSPACE_WORK, err);
    if (run->workspace == NULL)
        return -1;
    return mdm_run_look(run, err) != 0 ? -1 : mdm_run_take_over(run, err);
}

static void lock_again(struct mdm_unlocked *unlocked)
{
    mdm_key_free(&unlocked->key);
    mdm_secret_free(&unlocked->password);
}

void mdm_run_end(struct mdm_run *run)
{
    lock_again(&run->vendor);
    lock_again(&run->customer);
    mdm_survey_free(&run->survey);
    mdm_workspace_close(&run->workspace);
    mdm_bytes_free(&run->reported);
}

mdm_time mdm_run_now(const struct mdm_run *run)
{
    return run->callbacks->now(run->callbacks->self);
}

void mdm_run_tell(const struct mdm_run *run, enum mdm_event_kind kind, const char *path, const char *format, ...)
{
    char text[MDM_ERROR_TEXT_MAX] = "";
    struct mdm_event event = {.kind = kind, .path = path, .text = text};
    va_list arguments;

    if (format != NULL) {
        va_start(arguments, format);
        (void)vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
    }
    run->callbacks->tell(run->callbacks->self, &event);
}

/* The bytes of a side's key file and the name to show for it; a file given by option is read into *given. */
static const struct mdm_bytes *key_file(const struct mdm_run *run, enum mdm_role role, const char **shown,
                                        struct mdm_bytes *given, struct mdm_file_info *info, struct mdm_error *err)
{
    const struct mdm_item *item = role == MDM_ROLE_VENDOR ? run->survey->vendor.key : run->survey->customer.key;

    if (role == MDM_ROLE_VENDOR && run->options->vendor_key != NULL) {
        *shown = run->options->vendor_key;
        return mdm_path_read(*shown, MDM_FILE_LIMIT, given, info, err) == 0 ? given : NULL;
    }
    if (item == NULL) {
        *shown = role == MDM_ROLE_VENDOR ? "outputs/" MDM_NAME_VENDOR_KEY : "outputs/" MDM_NAME_CUSTOMER_KEY;
        mdm_error_set(err, MDM_E_FAILED, "'%s' is missing, or is not a private key", *shown);
        return NULL;
    }
    *shown = item->path;
    *info = item->info;
    return &item->bytes;
}

/* Asks until the key opens: the caller's people end it (a given password is wrong, nobody to ask, Ctrl-C). */
static int try_passwords(struct mdm_run *run, enum mdm_role role, const struct mdm_bytes *file, const char *shown,
                         struct mdm_unlocked *unlocked, struct mdm_error *err)
{
    struct mdm_error wrong = {0};

    for (unsigned attempt = 1; attempt <= 3; attempt++) {
        struct mdm_error asked = {0};

        mdm_secret_free(&unlocked->password);
        unlocked->password = run->callbacks->password(run->callbacks->self, role, shown, attempt, &asked);
        if (unlocked->password == NULL) {
            if (err != NULL)
                *err = asked.code != MDM_OK ? asked : wrong;
            return -1;
        }
        mdm_error_clear(&wrong);
        unlocked->key = mdm_key_from_bytes(file, shown, unlocked->password, &wrong);
        if (unlocked->key != NULL)
            return 0;
        if (wrong.code != MDM_E_PASSWORD)
            break;
    }
    if (err != NULL)
        *err = wrong;
    return -1;
}

int mdm_run_unlock_bytes(struct mdm_run *run, enum mdm_role role, const struct mdm_bytes *file, const char *shown,
                         struct mdm_error *err)
{
    struct mdm_unlocked *unlocked = role == MDM_ROLE_VENDOR ? &run->vendor : &run->customer;
    struct mdm_key_facts facts;

    lock_again(unlocked);
    mdm_key_describe(file, &facts);
    if (facts.is_key && !facts.encrypted) {
        unlocked->key = mdm_key_from_bytes(file, shown, NULL, err);
        if (unlocked->key == NULL)
            return -1;
        mdm_run_tell(run, MDM_EVENT_WARNING, shown, "'%s' is not encrypted: anybody who gets the file has the key",
                     shown);
        return 0;
    }
    if (try_passwords(run, role, file, shown, unlocked, err) == 0)
        return 0;
    lock_again(unlocked);
    return -1;
}

static int unlock_file(struct mdm_run *run, enum mdm_role role, struct mdm_error *err)
{
    struct mdm_bytes given = {0};
    struct mdm_file_info info = {0};
    const char *shown = NULL;
    const struct mdm_bytes *file = key_file(run, role, &shown, &given, &info, err);
    int result = -1;

    if (file != NULL) {
        if ((info.mode & 077u) != 0)
            mdm_run_tell(run, MDM_EVENT_WARNING, shown, "'%s' can be read by others (mode %04o); run: chmod 600 '%s'",
                         shown, (unsigned)info.mode, shown);
        result = mdm_run_unlock_bytes(run, role, file, shown, err);
    }
    mdm_bytes_free(&given);
    return result;
}

/* A key that was unlocked earlier in this run is used again only if it still is the one in place. */
static bool still_current(const struct mdm_run *run, enum mdm_role role, const struct mdm_unlocked *unlocked)
{
    const struct mdm_side *side = role == MDM_ROLE_VENDOR ? &run->survey->vendor : &run->survey->customer;
    struct mdm_key_id id;

    return unlocked->key != NULL && mdm_key_get_id(unlocked->key, &id, NULL) == 0 &&
           (!side->id_known || mdm_key_id_equal(&id, &side->id));
}

int mdm_run_unlock(struct mdm_run *run, enum mdm_role role, struct mdm_error *err)
{
    struct mdm_unlocked *unlocked = role == MDM_ROLE_VENDOR ? &run->vendor : &run->customer;

    if (still_current(run, role, unlocked))
        return 0;
    lock_again(unlocked);
    if (role == MDM_ROLE_VENDOR && run->options->vendor_key != NULL &&
        strncmp(run->options->vendor_key, "pkcs11:", 7) == 0) {
        unlocked->key = mdm_key_from_uri(run->options->vendor_key, err);
        return unlocked->key != NULL ? 0 : -1;
    }
    return unlock_file(run, role, err);
}

int mdm_run_write(struct mdm_run *run, const char *name, const struct mdm_bytes *bytes, uint32_t mode,
                  struct mdm_error *err)
{
    char path[64];

    if (mdm_file_write(mdm_workspace_outputs(run->workspace), name, bytes, mode, MDM_FILE_REPLACE, err) != 0)
        return -1;
    (void)snprintf(path, sizeof path, "outputs/%s", name);
    mdm_run_tell(run, MDM_EVENT_WROTE, path, NULL);
    return 0;
}

int mdm_run_write_request(struct mdm_run *run, const struct mdm_bytes *request, struct mdm_error *err)
{
    if (mdm_run_write(run, MDM_NAME_REQUEST, request, MDM_MODE_PUBLIC, err) != 0)
        return -1;
    return mdm_run_write(run, MDM_NAME_REQUEST_TXT, request, MDM_MODE_PUBLIC, err);
}

void mdm_run_archived(struct mdm_run *run, struct mdm_archive **archive)
{
    const char *path = *archive != NULL ? mdm_archive_path(*archive) : NULL;

    if (path != NULL)
        mdm_run_tell(run, MDM_EVENT_ARCHIVED, path, NULL);
    mdm_archive_free(archive);
}

static bool belongs_to(const struct mdm_survey *survey, enum mdm_role role, const struct mdm_item *item)
{
    const struct mdm_side *side = role == MDM_ROLE_VENDOR ? &survey->vendor : &survey->customer;

    if (!item->from_inputs)
        return false;
    for (size_t i = 0; i < item->certs.count; i++) {
        const struct mdm_key_id *id = &mdm_cert_facts(item->certs.items[i])->key_id;
        struct mdm_archived archived;

        if ((side->id_known && mdm_key_id_equal(id, &side->id)) || mdm_survey_archived(survey, role, id, &archived))
            return true;
    }
    return false;
}

int mdm_run_keep_inputs_of(struct mdm_run *run, struct mdm_archive *archive, enum mdm_role role, struct mdm_error *err)
{
    for (size_t i = 0; i < run->survey->inputs.count; i++) {
        const struct mdm_item *item = &run->survey->inputs.items[i];

        if (belongs_to(run->survey, role, item) && mdm_archive_keep_input(archive, item->name, err) != 0)
            return -1;
    }
    return 0;
}

int mdm_run_remove_inputs_of(struct mdm_run *run, enum mdm_role role, struct mdm_error *err)
{
    for (size_t i = 0; i < run->survey->inputs.count; i++) {
        const struct mdm_item *item = &run->survey->inputs.items[i];

        if (belongs_to(run->survey, role, item) &&
            mdm_file_remove(mdm_workspace_inputs(run->workspace), item->name, err) != 0)
            return -1;
    }
    return 0;
}

static bool is_private_name(const char *name)
{
    return strcmp(name, MDM_NAME_VENDOR_KEY) == 0 || strcmp(name, MDM_NAME_CUSTOMER_KEY) == 0 ||
           strcmp(name, MDM_NAME_PFX) == 0;
}

int mdm_run_restore(struct mdm_run *run, const struct mdm_item *item, struct mdm_error *err)
{
    struct mdm_dir *outputs = NULL;
    struct mdm_dir *inputs = NULL;
    struct mdm_bytes bytes = {0};
    uint32_t mode = item->info.mode;
    int result = -1;

    if (mdm_archive_folder(run->workspace, item->archive, &outputs, &inputs, err) != 0)
        return -1;
    if ((item->from_inputs && inputs == NULL) || mdm_file_read(item->from_inputs ? inputs : outputs, item->name,
                                                               MDM_FILE_LIMIT, &bytes, NULL) != MDM_FILE_READ) {
        mdm_error_set(err, MDM_E_FAILED, "cannot read '%s' any more", item->path);
        goto out;
    }
    if (item->from_inputs)
        result = mdm_file_write(mdm_workspace_inputs(run->workspace), item->name, &bytes, mode, MDM_FILE_REPLACE, err);
    else
        result = mdm_run_write(run, item->name, &bytes,
                               is_private_name(item->name) ? MDM_MODE_PRIVATE : MDM_MODE_PUBLIC, err);
out:
    mdm_bytes_free(&bytes);
    mdm_dir_close(&outputs);
    mdm_dir_close(&inputs);
    return result;
}
