/* Undo, and the same for a change that was cut short: see change.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/change.h"

#define NONE "-"

/* What several changes did to one file together: from before the first of them to after the last. */
struct net {
    const struct mdm_list_file *first; /* of the oldest change */
    const char *folder;                /* that change's, where the old content is */
    const char *after;
    const char *used; /* the digest of a certificate that a step took from there, or NULL */
};

struct nets {
    struct net *items;
    size_t count;
};

static struct net *find_net(struct nets *nets, const struct mdm_list_file *file)
{
    for (size_t i = 0; i < nets->count; i++) {
        if (nets->items[i].first->place == file->place && strcmp(nets->items[i].first->name, file->name) == 0)
            return &nets->items[i];
    }
    return NULL;
}

/* Adds a change; the newest comes first. */
static int add_list(struct nets *nets, const struct mdm_list *list, struct mdm_error *err)
{
    for (size_t i = 0; i < list->file_count; i++) {
        const struct mdm_list_file *file = &list->files[i];
        struct net *net = find_net(nets, file);

        if (net == NULL) {
            struct net *more = realloc(nets->items, (nets->count + 1) * sizeof *more);

            if (more == NULL)
                return mdm_error_memory(err);
            nets->items = more;
            net = &more[nets->count++];
            *net = (struct net){.first = file, .after = file->used ? NONE : file->after};
        }
        if (file->used)
            net->used = file->after;
        if (!file->used || net->first->used)
            net->first = file;
        net->folder = list->folder;
    }
    return 0;
}

static const char *before_of(const struct net *net)
{
    return net->first->used ? NONE : net->first->before;
}

static int refuse(const struct net *net, const char *what, struct mdm_error *err)
{
    char *shown = mdm_text_safe(net->first->name, strlen(net->first->name));

    (void)mdm_error_set(err, MDM_E_REFUSED, "'%s/%s' %s", mdm_place_name(net->first->place), shown != NULL ? shown : "",
                        what);
    free(shown);
    return -1;
}

/* Reads a file and its digest: "-" for none, "?" for what is no regular file. Error: it cannot be read. */
static int read_with_digest(const struct mdm_dir *dir, const char *name, struct mdm_bytes *bytes,
                            char digest[MDM_SHA256_TEXT], uint32_t *mode, struct mdm_error *err)
{
    struct mdm_file_info info = {0};
    enum mdm_file_outcome outcome =
        dir != NULL ? mdm_file_read(dir, name, MDM_FILE_LIMIT, bytes, &info) : MDM_FILE_ABSENT;
    char words[160];

    *mode = info.mode;
    (void)snprintf(digest, MDM_SHA256_TEXT, outcome == MDM_FILE_ABSENT ? NONE : "?");
    if (outcome == MDM_FILE_READ)
        return mdm_sha256_text(bytes->data, bytes->size, digest, err);
    if (outcome != MDM_FILE_UNREADABLE)
        return 0;
    mdm_file_outcome_text(outcome, &info, words, sizeof words);
    return mdm_error_set(err, MDM_E_FAILED, "'%s/%s' %s", mdm_dir_path(dir), name, words);
}

/* The old content, from the archive; it must be what the list says. */
static int read_old(const struct mdm_workspace *workspace, const struct net *net, struct mdm_bytes *bytes,
                    uint32_t *mode, struct mdm_error *err)
{
    struct mdm_dir *outputs = NULL, *inputs = NULL;
    char digest[MDM_SHA256_TEXT];
    int result = mdm_archive_folder(workspace, net->folder, &outputs, &inputs, err);

    if (result == 0)
        result = read_with_digest(net->first->place == MDM_OUTPUTS ? outputs : inputs, net->first->name, bytes, digest,
                                  mode, err);
    if (result == 0 && strcmp(digest, net->first->before) != 0) {
        (void)refuse(net, "cannot be put back: its old content is no longer in the archive", err);
        result = mdm_error_hint(err, "Nothing was changed. The archive folder is outputs/archive/%s.", net->folder);
    }
    mdm_dir_close(&outputs);
    mdm_dir_close(&inputs);
    return result;
}

enum strictness {
    /* An undo: a file that is neither as before nor as after stops it, and the certificate that the step used goes. */
    REFUSE_OTHERS,
    /* A change that was cut short: such a file stays, and so does the certificate, which the step will use again. */
    LEAVE_OTHERS,
};

/* Puts one file back into the change. */
static int put_back(struct mdm_change *change, const struct mdm_workspace *workspace, const struct net *net,
                    enum strictness strictness, struct mdm_error *err)
{
    char now[MDM_SHA256_TEXT];
    struct mdm_bytes bytes = {0};
    uint32_t mode = 0;
    int result = read_with_digest(net->first->place == MDM_OUTPUTS ? mdm_workspace_outputs(workspace)
                                                                   : mdm_workspace_inputs(workspace),
                                  net->first->name, &bytes, now, &mode, err);

    mdm_bytes_free(&bytes);
    if (result != 0)
        return -1;
    if (strcmp(now, before_of(net)) == 0)
        return 0;
    if (strictness == LEAVE_OTHERS && net->used != NULL && strcmp(now, net->used) == 0)
        return 0;
    if (strcmp(now, NONE) != 0 && strcmp(now, net->after) != 0 && (net->used == NULL || strcmp(now, net->used) != 0)) {
        if (strictness == LEAVE_OTHERS || net->first->used)
            return 0;
        (void)refuse(net, "is neither as it was before the command nor as the command left it", err);
        return mdm_error_hint(err,
                              "Nothing was changed. Move that file away or restore it, then run the command again.");
    }
    if (strcmp(before_of(net), NONE) == 0) {
        mdm_change_remove(change, net->first->place, net->first->name);
        return 0;
    }
    result = read_old(workspace, net, &bytes, &mode, err);
    if (result == 0)
        mdm_change_put(change, net->first->place, net->first->name, &bytes, mode);
    mdm_bytes_free(&bytes);
    return result;
}

static int put_all_back(struct mdm_change *change, const struct mdm_workspace *workspace, const struct nets *nets,
                        enum strictness strictness, struct mdm_error *err)
{
    for (size_t i = 0; i < nets->count; i++) {
        if (put_back(change, workspace, &nets->items[i], strictness, err) != 0)
            return -1;
    }
    return 0;
}

/* Archives nothing of its own: step 4 answers other customers. */
static bool counts(const struct mdm_list *list)
{
    return mdm_list_is_open(list) && strcmp(list->command, "4") != 0;
}

static bool replaced_something(const struct mdm_list *list)
{
    for (size_t i = 0; i < list->file_count; i++) {
        if (!list->files[i].used && strcmp(list->files[i].before, NONE) != 0)
            return true;
    }
    return strcmp(list->command, "import") == 0 || list->record[0] != '\0';
}

/* From the newest change back to the beginning of the newest command that replaced something. */
static int gather(const struct mdm_lists *lists, struct mdm_change *change, struct nets *nets,
                  char command[MDM_LIST_COMMAND_MAX], struct mdm_error *err)
{
    const struct mdm_list *first = NULL;
    bool replaced = false;

    for (size_t i = lists->count; i-- > 0;) {
        const struct mdm_list *list = &lists->items[i];

        if (!counts(list))
            continue;
        if (first != NULL && replaced && list->unit != first->unit)
            break;
        first = list;
        replaced = replaced || replaced_something(list);
        if (add_list(nets, list, err) != 0 || mdm_list_undoes(&change->list, list, err) != 0)
            return -1;
    }
    if (!replaced) {
        (void)mdm_error_set(err, MDM_E_REFUSED,
                            "there is nothing to undo: no command has replaced or imported anything "
                            "here%s",
                            nets->count > 0 ? " since" : "");
        return mdm_error_hint(err, "Older files in outputs/archive/ can be copied back by hand.");
    }
    (void)snprintf(command, MDM_LIST_COMMAND_MAX, "%s", first->command);
    return 0;
}

int mdm_change_undo(const struct mdm_commit *commit, char command[MDM_LIST_COMMAND_MAX], struct mdm_error *err)
{
    struct mdm_change change = {.command = "undo", .always_list = true};
    struct nets nets = {0};
    int result = -1;

    if (commit->lists->damaged[0] != '\0') {
        (void)mdm_error_set(err, MDM_E_REFUSED, "'outputs/archive/%s/" MDM_NAME_LIST "' is damaged",
                            commit->lists->damaged);
        (void)mdm_error_hint(err, "Put that file back from a backup. Nothing was changed.");
        goto out;
    }
    if (gather(commit->lists, &change, &nets, command, err) != 0 ||
        put_all_back(&change, commit->workspace, &nets, REFUSE_OTHERS, err) != 0)
        goto out;
    result = mdm_change_commit(&change, commit, err);
out:
    free(nets.items);
    mdm_change_free(&change);
    return result;
}

/* The list of a change that was cut short counts from now on, and is undone by the one that put it back. */
static int settle(const struct mdm_workspace *workspace, const char *folder, struct mdm_error *err)
{
    struct mdm_dir *dir = NULL;
    int result = mdm_archive_folder(workspace, folder, &dir, NULL, err);

    if (result == 0)
        result = mdm_file_move(dir, MDM_NAME_LIST_PENDING, dir, MDM_NAME_LIST, err);
    mdm_dir_close(&dir);
    return result;
}

int mdm_change_recover(const struct mdm_commit *commit, struct mdm_error *err)
{
    struct mdm_change change = {.command = "undo", .always_list = true};
    const struct mdm_list *cut = NULL;
    struct nets nets = {0};
    int result = -1;

    for (size_t i = commit->lists->count; cut == NULL && i-- > 0;)
        cut = commit->lists->items[i].pending ? &commit->lists->items[i] : NULL;
    if (cut == NULL)
        return 0;
    if (mdm_list_undoes(&change.list, cut, err) == 0 && add_list(&nets, cut, err) == 0 &&
        put_all_back(&change, commit->workspace, &nets, LEAVE_OTHERS, err) == 0 &&
        mdm_change_commit(&change, commit, err) == 0 && settle(commit->workspace, cut->folder, err) == 0)
        result = 1;
    free(nets.items);
    mdm_change_free(&change);
    return result;
}
