/* Makes changes to a work folder: see change.h. */
#include "flow/change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define NONE "-"

/* One file that is to become something else. */
struct mdm_edit {
    enum mdm_place place;
    char *name;
    bool remove;
    struct mdm_bytes bytes;
    uint32_t mode;
    char before[MDM_SHA256_TEXT];
    char after[MDM_SHA256_TEXT];
    struct mdm_staged staged;
};

/* One edit a file: the last one counts. NULL without memory. */
static struct mdm_edit *add_edit(struct mdm_change *change, enum mdm_place place, const char *name)
{
    struct mdm_edit *edit;

    for (size_t i = 0; i < change->count; i++) {
        edit = &change->edits[i];
        if (edit->place != place || strcmp(edit->name, name) != 0)
            continue;
        mdm_bytes_free(&edit->bytes);
        edit->remove = false;
        return edit;
    }
    edit = realloc(change->edits, (change->count + 1) * sizeof *edit);
    if (edit != NULL) {
        change->edits = edit;
        edit += change->count;
        *edit = (struct mdm_edit){.place = place, .name = strdup(name)};
        if (edit->name != NULL) {
            change->count++;
            return edit;
        }
    }
    (void)mdm_error_memory(&change->problem);
    return NULL;
}

void mdm_change_put(struct mdm_change *change, enum mdm_place place, const char *name, const struct mdm_bytes *bytes,
                    uint32_t mode)
{
    struct mdm_edit *edit = add_edit(change, place, name);

    if (edit == NULL)
        return;
    edit->mode = mode;
    if (mdm_sha256_text(bytes->data, bytes->size, edit->after, &change->problem) == 0)
        (void)mdm_bytes_append(&edit->bytes, bytes->data, bytes->size, &change->problem);
}

void mdm_change_remove(struct mdm_change *change, enum mdm_place place, const char *name)
{
    struct mdm_edit *edit = add_edit(change, place, name);

    if (edit == NULL)
        return;
    edit->remove = true;
    (void)snprintf(edit->after, sizeof edit->after, NONE);
}

void mdm_change_use(struct mdm_change *change, const char *name, const char *digest)
{
    if (!mdm_list_add_file(&change->list, MDM_INPUTS, name, digest, digest))
        (void)mdm_error_memory(&change->problem);
}

void mdm_change_spend(struct mdm_change *change, const char *digest)
{
    (void)mdm_names_add(&change->list.spent, digest, &change->problem);
}

void mdm_change_free(struct mdm_change *change)
{
    mdm_list_free(&change->list);
    for (size_t i = 0; i < change->count; i++) {
        free(change->edits[i].name);
        mdm_bytes_free(&change->edits[i].bytes);
    }
    free(change->edits);
    *change = (struct mdm_change){0};
}

static const struct mdm_dir *dir_of(const struct mdm_workspace *workspace, enum mdm_place place)
{
    return place == MDM_OUTPUTS ? mdm_workspace_outputs(workspace) : mdm_workspace_inputs(workspace);
}

/* The digest of a file as it is now, NONE when there is none. */
static int digest_now(const struct mdm_dir *dir, const char *name, char digest[MDM_SHA256_TEXT], struct mdm_error *err)
{
    struct mdm_bytes bytes = {0};
    struct mdm_file_info info = {0};
    enum mdm_file_outcome outcome = mdm_file_read(dir, name, MDM_FILE_LIMIT, &bytes, &info);
    char words[160];
    int result = 0;

    if (outcome == MDM_FILE_READ) {
        result = mdm_sha256_text(bytes.data, bytes.size, digest, err);
    } else if (outcome == MDM_FILE_ABSENT) {
        (void)snprintf(digest, MDM_SHA256_TEXT, NONE);
    } else {
        mdm_file_outcome_text(outcome, &info, words, sizeof words);
        result = mdm_error_set(err, MDM_E_FAILED, "'%s/%s' %s and would have to be replaced", mdm_dir_path(dir), name,
                               words);
        (void)mdm_error_hint(err, "Nothing was changed. Move it away, then run the command again.");
    }
    mdm_bytes_free(&bytes);
    return result;
}

static int changed_meanwhile(const struct mdm_edit *edit, struct mdm_error *err)
{
    char *shown = mdm_text_safe(edit->name, strlen(edit->name));

    (void)mdm_error_set(err, MDM_E_FAILED, "'%s/%s' changed while mdmvendor was working", mdm_place_name(edit->place),
                        shown != NULL ? shown : "");
    free(shown);
    return mdm_error_hint(err, "Nothing was changed. Run the command again: it looks at the file as it is now.");
}

/* Learns how each file is now. What needs no change is dropped. */
static int look(struct mdm_change *change, const struct mdm_commit *commit, struct mdm_error *err)
{
    size_t kept = 0;

    for (size_t i = 0; i < change->count; i++) {
        struct mdm_edit *edit = &change->edits[i];
        const char *judged = commit->judged != NULL ? commit->judged(commit->state, edit->place, edit->name) : NULL;

        if (digest_now(dir_of(commit->workspace, edit->place), edit->name, edit->before, err) != 0)
            return -1;
        if (judged != NULL && strcmp(judged, edit->before) != 0)
            return changed_meanwhile(edit, err);
    }
    for (size_t i = 0; i < change->count; i++) {
        struct mdm_edit edit = change->edits[i];

        if (strcmp(edit.before, edit.after) == 0) {
            free(edit.name);
            mdm_bytes_free(&edit.bytes);
        } else {
            change->edits[kept++] = edit;
        }
    }
    change->count = kept;
    return 0;
}

static int prepare(struct mdm_change *change, const struct mdm_workspace *workspace, struct mdm_error *err)
{
    for (size_t i = 0; i < change->count; i++) {
        struct mdm_edit *edit = &change->edits[i];

        if (!edit->remove && mdm_file_prepare(dir_of(workspace, edit->place), edit->name, &edit->bytes, edit->mode,
                                              &edit->staged, err) != 0)
            return -1;
        mdm_bytes_free(&edit->bytes);
    }
    return 0;
}

static void discard(struct mdm_change *change, const struct mdm_workspace *workspace)
{
    for (size_t i = 0; i < change->count; i++)
        mdm_file_discard(dir_of(workspace, change->edits[i].place), &change->edits[i].staged);
}

static bool replaces_something(const struct mdm_change *change)
{
    for (size_t i = 0; i < change->count; i++) {
        if (strcmp(change->edits[i].before, NONE) != 0)
            return true;
    }
    return false;
}

/* Keys and the pfx are private in the archive, too, whatever was done to them in outputs/. */
static uint32_t most_in_archive(const char *name)
{
    const char *end = strrchr(name, '.');

    return end != NULL && (strcmp(end, ".key") == 0 || strcmp(end, ".pfx") == 0) ? MDM_MODE_PRIVATE : 0777;
}

static int copy_outputs(struct mdm_change *change, struct mdm_archive *archive, struct mdm_error *err)
{
    for (size_t i = 0; i < change->count; i++) {
        const struct mdm_edit *edit = &change->edits[i];
        char copied[MDM_SHA256_TEXT];

        if (edit->place != MDM_OUTPUTS || strcmp(edit->before, NONE) == 0)
            continue;
        if (mdm_file_copy(mdm_workspace_outputs(archive->workspace), edit->name, archive->outputs, edit->name,
                          most_in_archive(edit->name), err) != 0 ||
            digest_now(archive->outputs, edit->name, copied, err) != 0)
            return -1;
        if (strcmp(copied, edit->before) != 0)
            return changed_meanwhile(edit, err);
    }
    return 0;
}

/* Completes the list and writes it, as of a change that is not finished. */
static int begin_list(struct mdm_change *change, const struct mdm_commit *commit, struct mdm_archive *archive,
                      struct mdm_error *err)
{
    struct mdm_list *list = &change->list;
    const struct mdm_list *last = commit->lists->count > 0 ? &commit->lists->items[commit->lists->count - 1] : NULL;
    struct mdm_bytes text = {0};
    int result = -1;

    (void)snprintf(list->folder, sizeof list->folder, "%s", archive->name);
    (void)snprintf(list->command, sizeof list->command, "%s", change->command);
    list->number = last != NULL ? last->number + 1 : 1;
    list->unit = commit->unit != 0 ? commit->unit : list->number;
    for (size_t i = 0; i < change->count; i++) {
        const struct mdm_edit *edit = &change->edits[i];

        if (!mdm_list_add_file(list, edit->place, edit->name, edit->before, edit->after))
            return mdm_error_memory(err);
    }
    if (mdm_list_format(list, &text, err) == 0)
        result = mdm_file_write(archive->outputs, MDM_NAME_LIST_PENDING, &text, MDM_MODE_PRIVATE, MDM_FILE_NEW, err);
    mdm_bytes_free(&text);
    return result;
}

/* A file leaves inputs/: it goes to the archive as it is at this moment, and is looked at there. */
static int take_input(const struct mdm_edit *edit, struct mdm_archive *archive, struct mdm_error *err)
{
    char moved[MDM_SHA256_TEXT];

    if (mdm_archive_move_input(archive, edit->name, err) != 0 ||
        digest_now(archive->inputs, edit->name, moved, err) != 0)
        return -1;
    if (strcmp(moved, edit->before) == 0)
        return 0;
    (void)mdm_file_move(archive->inputs, edit->name, mdm_workspace_inputs(archive->workspace), edit->name, NULL);
    return changed_meanwhile(edit, err);
}

static int apply_one(struct mdm_edit *edit, const struct mdm_workspace *workspace, struct mdm_archive *archive,
                     struct mdm_error *err)
{
    const struct mdm_dir *dir = dir_of(workspace, edit->place);

    if (edit->place == MDM_INPUTS && strcmp(edit->before, NONE) != 0 && take_input(edit, archive, err) != 0)
        return -1;
    if (!edit->remove)
        return mdm_file_put(dir, &edit->staged, edit->name, err);
    return edit->place == MDM_OUTPUTS ? mdm_file_remove(dir, edit->name, err) : 0;
}

static void notify_wrote(const struct mdm_callbacks *callbacks, const struct mdm_edit *edit)
{
    struct mdm_event event = {.kind = MDM_EVENT_WROTE};
    char path[300];

    (void)snprintf(path, sizeof path, "%s/%s", mdm_place_name(edit->place), edit->name);
    event.path = path;
    callbacks->notify(callbacks->ctx, &event);
}

/* outputs/ first, in the order of the change; what leaves inputs/ goes last. */
static int apply(struct mdm_change *change, const struct mdm_commit *commit, struct mdm_archive *archive,
                 struct mdm_error *err)
{
    static const enum mdm_place order[] = {MDM_OUTPUTS, MDM_INPUTS};

    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < change->count; i++) {
            struct mdm_edit *edit = &change->edits[i];

            if (edit->place != order[pass])
                continue;
            if (apply_one(edit, commit->workspace, archive, err) != 0)
                return -1;
            if (!edit->remove)
                notify_wrote(commit->callbacks, edit);
        }
    }
    return 0;
}

/* Nothing was changed: what was copied is still in place. */
static void remove_copies(const struct mdm_change *change, const struct mdm_archive *archive)
{
    for (size_t i = 0; i < change->count; i++) {
        if (change->edits[i].place == MDM_OUTPUTS)
            (void)mdm_file_remove(archive->outputs, change->edits[i].name, NULL);
    }
}

static struct mdm_archive *begin_archive(struct mdm_change *change, const struct mdm_commit *commit,
                                         struct mdm_error *err)
{
    mdm_time now = commit->callbacks->now(commit->callbacks->ctx);
    struct mdm_archive *archive = mdm_archive_begin(commit->workspace, now, err);

    if (archive == NULL || (copy_outputs(change, archive, err) == 0 && begin_list(change, commit, archive, err) == 0))
        return archive;
    if (mdm_file_stat(archive->outputs, MDM_NAME_LIST_PENDING, NULL) == MDM_FILE_ABSENT)
        remove_copies(change, archive);
    mdm_archive_free(&archive);
    return NULL;
}

static void notify_archived(const struct mdm_change *change, const struct mdm_callbacks *callbacks,
                            const struct mdm_archive *archive)
{
    struct mdm_event event = {.kind = MDM_EVENT_ARCHIVED, .path = archive->path};

    if (replaces_something(change))
        callbacks->notify(callbacks->ctx, &event);
}

int mdm_change_commit(struct mdm_change *change, const struct mdm_commit *commit, struct mdm_error *err)
{
    struct mdm_archive *archive = NULL;
    bool listed;
    int result = -1;

    if (change->problem.code != MDM_OK)
        return mdm_error_copy(err, &change->problem);
    if (mdm_workspace_check(commit->workspace, err) != 0 || look(change, commit, err) != 0)
        goto out;
    listed = change->always_list || commit->lists->count > 0 || replaces_something(change);
    if (change->count == 0 && !change->always_list && change->list.record[0] == '\0') {
        result = 0;
        goto out;
    }
    if (prepare(change, commit->workspace, err) != 0)
        goto out;
    if (listed && (archive = begin_archive(change, commit, err)) == NULL)
        goto out;
    if (mdm_workspace_check(commit->workspace, err) != 0 || apply(change, commit, archive, err) != 0)
        goto out;
    if (archive != NULL) {
        const struct mdm_dir *dir = archive->outputs;

        if (mdm_file_move(dir, MDM_NAME_LIST_PENDING, dir, MDM_NAME_LIST, err) != 0)
            goto out;
        notify_archived(change, commit->callbacks, archive);
    }
    result = 0;
out:
    discard(change, commit->workspace);
    mdm_archive_free(&archive);
    return result;
}
