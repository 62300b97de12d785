/* Makes changes to a work folder, undoes them, and puts back one that was cut short; reads and writes their lists: see
 * change.h. */
#include "flow/change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define FIRST_LINE "mdmvendor list 2"
#define NUMBER_MAX 999999999

static const char *const places[] = {[MDM_OUTPUTS] = MDM_FOLDER_OUTPUTS, [MDM_INPUTS] = MDM_FOLDER_INPUTS};

/* A file that was only used has the same digest before and after. NULL: out of memory. */
static struct mdm_list_file *list_add_file(struct mdm_list *list, enum mdm_place place, const char *name,
                                           const char *before, const char *after, struct mdm_error *err)
{
    struct mdm_list_file *file = mdm_grow(list->files, list->file_count, sizeof *file, err);

    if (file == NULL)
        return NULL;
    list->files = file;
    file += list->file_count;
    *file = (struct mdm_list_file){.place = place, .name = strdup(name), .used = strcmp(before, after) == 0};
    (void)snprintf(file->before, sizeof file->before, "%s", before);
    (void)snprintf(file->after, sizeof file->after, "%s", after);
    if (file->name == NULL) {
        mdm_error_memory(err);
        return NULL;
    }
    list->file_count++;
    return file;
}

static void list_free(struct mdm_list *list)
{
    mdm_names_free(&list->spent);
    mdm_names_free(&list->undoes);
    for (size_t i = 0; i < list->file_count; i++) {
        free(list->files[i].name);
        mdm_bytes_free(&list->files[i].bytes);
    }
    free(list->files);
    *list = (struct mdm_list){0};
}

bool mdm_list_is_open(const struct mdm_list *list)
{
    return !list->pending && !list->undone && strcmp(list->command, MDM_LIST_UNDO) != 0;
}

/* Cuts the first word off a line. */
static char *take_word(char **line)
{
    char *word = *line;

    *line += strcspn(*line, " ");
    if (**line != '\0')
        *(*line)++ = '\0';
    return word;
}

static bool is_digest(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static bool is_none(const char *digest)
{
    return strcmp(digest, MDM_LIST_NONE) == 0;
}

/* "BEFORE AFTER outputs/NAME", or without BEFORE, with %XX. A name with a slash, or none, is refused: nothing else is
 * touched. */
static bool take_file(char *line, bool used, struct mdm_list *list, struct mdm_error *err)
{
    const char *before = take_word(&line), *after = used ? before : take_word(&line), *folder = line;
    char *from = strchr(line, '/');

    if (from == NULL || !(is_digest(before) || is_none(before)) || !(is_digest(after) || is_none(after)) ||
        (used ? is_none(after) : strcmp(before, after) == 0))
        return false;
    *from++ = '\0';
    char *name = from, *to = from;
    for (; *from != '\0'; from++) {
        char c = *from;

        if (c == '%') {
            if (strspn(from + 1, "0123456789ABCDEF") < 2)
                return false;
            c = (char)strtoul((char[]){from[1], from[2], '\0'}, NULL, 16);
            from += 2;
        }
        if (c == '/' || c == '\0')
            return false;
        *to++ = c;
    }
    *to = '\0';
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    for (int place = MDM_OUTPUTS; place <= MDM_INPUTS; place++)
        if (strcmp(folder, places[place]) == 0)
            return list_add_file(list, (enum mdm_place)place, name, before, after, err) != NULL;
    return false;
}

static bool take_line(char *line, struct mdm_list *list, struct mdm_error *err)
{
    const char *key = take_word(&line);
    char *end;

    if (strcmp(key, "command") == 0)
        return (size_t)snprintf(list->command, sizeof list->command, "%s", line) < sizeof list->command;
    if (strcmp(key, "number") == 0) {
        list->number = (unsigned)strtoul(line, &end, 10);
        return list->number > 0 && list->number <= NUMBER_MAX && *end == '\0' && strlen(line) < 10;
    }
    if (strcmp(key, "unit") == 0 && (is_digest(line) || is_none(line)))
        return snprintf(list->unit, sizeof list->unit, "%s", line) > 0;
    if (strcmp(key, "record") == 0 && is_digest(line))
        return snprintf(list->record, sizeof list->record, "%s", line) > 0;
    if ((strcmp(key, "spent") == 0 || strcmp(key, "undoes") == 0) && is_digest(line))
        return mdm_names_add(key[0] == 's' ? &list->spent : &list->undoes, line, err) == 0;
    return (strcmp(key, "file") == 0 || strcmp(key, "used") == 0) && take_file(line, key[0] == 'u', list, err);
}

/* False for text that is no list; then *err says so only when memory ran out. */
static bool parse(struct mdm_bytes *text, struct mdm_list *list, struct mdm_error *err)
{
    char *line = (char *)text->data, *end;

    if (text->size == 0 || strlen(line) != text->size || mdm_sha256_text(line, text->size, list->id, err) != 0)
        return false;
    for (; *line != '\0'; line = end + 1) {
        if ((end = strchr(line, '\n')) == NULL)
            return false;
        *end = '\0';
        if (line == (char *)text->data ? strcmp(line, FIRST_LINE) != 0 : !take_line(line, list, err))
            return false;
    }
    if (is_none(list->unit))
        memcpy(list->unit, list->id, sizeof list->unit);
    return list->command[0] != '\0' && list->number > 0 && list->unit[0] != '\0';
}

int mdm_lists_add(struct mdm_lists *lists, const char *folder, const char *name, struct mdm_bytes *text,
                  struct mdm_error *err)
{
    MDM_OWNED(list_free) struct mdm_list list = {.pending = strcmp(name, MDM_NAME_LIST_PENDING) == 0};
    struct mdm_error why = {0};

    if (!list.pending && strcmp(name, MDM_NAME_LIST) != 0)
        return 0;
    if (!parse(text, &list, &why)) {
        if (lists->damaged[0] == '\0' || list.pending)
            (void)snprintf(lists->damaged, sizeof lists->damaged, "%s/%s", folder, name);
        lists->pending_is_damaged |= list.pending;
        return why.code != MDM_OK ? mdm_error_memory(err) : 0;
    }
    struct mdm_list *items = mdm_grow(lists->items, lists->count, sizeof *items, err);
    if (items == NULL)
        return -1;
    (void)snprintf(list.folder, sizeof list.folder, "%s", folder);
    lists->items = items;
    size_t at = lists->count++;
    for (; at > 0 && items[at - 1].number > list.number; at--) /* the clock was put back meanwhile */
        items[at] = items[at - 1];
    items[at] = list;
    list = (struct mdm_list){0}; /* theirs now */
    return 0;
}

int mdm_lists_check(const struct mdm_lists *lists, struct mdm_error *err)
{
    if (lists->damaged[0] == '\0')
        return 0;
    if (!lists->pending_is_damaged)
        return mdm_error_set(err, MDM_E_REFUSED,
                             "'outputs/archive/%s' is damaged or cannot be read" MDM_HINT
                             "Put that file back from a backup: without it, undo is refused.",
                             lists->damaged);
    return mdm_error_set(err, MDM_E_REFUSED,
                         "a command was cut short, and 'outputs/archive/%s', which says what it changed, is "
                         "damaged" MDM_HINT
                         "Put that file back from a backup. If there is none: the files beside it are those of "
                         "outputs/ before that command. Copy them back, then move that file away.",
                         lists->damaged);
}

void mdm_lists_end(struct mdm_lists *lists)
{
    for (size_t i = lists->count; i-- > 0;) { /* the newest first: an undo that was itself rolled back undoes nothing */
        const struct mdm_list *undo = &lists->items[i];

        for (size_t j = 0; j < i && !undo->undone && !undo->pending; j++)
            lists->items[j].undone |= mdm_names_have(&undo->undoes, lists->items[j].id);
    }
}

const struct mdm_list *mdm_lists_find(const struct mdm_lists *lists, const char *folder)
{
    for (size_t i = 0; i < lists->count; i++)
        if (strcmp(lists->items[i].folder, folder) == 0)
            return &lists->items[i];
    return NULL;
}

void mdm_lists_free(struct mdm_lists *lists)
{
    for (size_t i = 0; i < lists->count; i++)
        list_free(&lists->items[i]);
    free(lists->items);
    *lists = (struct mdm_lists){0};
}

/* One entry a file: what was said last counts. */
void mdm_change_put(struct mdm_change *change, enum mdm_place place, const char *name, const struct mdm_bytes *bytes,
                    uint32_t mode)
{
    struct mdm_list *list = &change->list;
    struct mdm_list_file *file = NULL;

    for (size_t i = 0; i < list->file_count; i++)
        if (!list->files[i].used && list->files[i].place == place && strcmp(list->files[i].name, name) == 0)
            file = &list->files[i];
    if (file == NULL && (file = list_add_file(list, place, name, "", MDM_LIST_NONE, &change->problem)) == NULL)
        return;
    mdm_bytes_free(&file->bytes);
    (void)snprintf(file->after, sizeof file->after, MDM_LIST_NONE);
    file->mode = mode;
    if (bytes != NULL && mdm_sha256_text(bytes->data, bytes->size, file->after, &change->problem) == 0)
        (void)mdm_bytes_append(&file->bytes, bytes->data, bytes->size, &change->problem);
}

void mdm_change_remove(struct mdm_change *change, enum mdm_place place, const char *name)
{
    mdm_change_put(change, place, name, NULL, 0);
}

void mdm_change_use(struct mdm_change *change, const char *name, const char *digest)
{
    (void)list_add_file(&change->list, MDM_INPUTS, name, digest, digest, &change->problem);
}

static const struct mdm_dir *dir_of(const struct mdm_workspace *workspace, enum mdm_place place)
{
    return place == MDM_OUTPUTS ? workspace->outputs : workspace->inputs;
}

void mdm_change_free(struct mdm_change *change)
{
    for (size_t i = 0; change->workspace != NULL && i < change->list.file_count; i++)
        mdm_file_discard(dir_of(change->workspace, change->list.files[i].place), &change->list.files[i].staged);
    list_free(&change->list);
    *change = (struct mdm_change){0};
}

/* A file as it is now. */
struct seen {
    char digest[MDM_SHA256_TEXT]; /* MDM_LIST_NONE: there is none; "?": it is no file that can be read */
    enum mdm_file_outcome outcome;
    struct mdm_file_info info;
    struct mdm_bytes bytes;
};

static void seen_free(struct seen *seen)
{
    mdm_bytes_free(&seen->bytes);
}

/* Looks at it without a complaint. `dir` may be NULL. */
static int look_at(const struct mdm_dir *dir, const char *name, struct seen *seen, struct mdm_error *err)
{
    *seen = (struct seen){.outcome = MDM_FILE_ABSENT};
    if (dir != NULL)
        seen->outcome = mdm_file_read(dir, name, &seen->bytes, &seen->info);
    (void)snprintf(seen->digest, sizeof seen->digest, seen->outcome == MDM_FILE_ABSENT ? MDM_LIST_NONE : "?");
    return seen->outcome == MDM_FILE_READ ? mdm_sha256_text(seen->bytes.data, seen->bytes.size, seen->digest, err) : 0;
}

/* "outputs/NAME", safe to print: whoever put it there chose its name. */
struct shown {
    char text[MDM_ERROR_HINT_MAX];
};

static struct shown shown_path(enum mdm_place place, const char *name)
{
    MDM_OWNED(mdm_free_at) char *safe = mdm_text_safe(name, strlen(name));
    struct shown shown;

    (void)snprintf(shown.text, sizeof shown.text, "%s/%s", places[place], safe != NULL ? safe : "");
    return shown;
}

static int changed_meanwhile(const struct mdm_list_file *file, struct mdm_error *err)
{
    return mdm_error_set(err, MDM_E_FAILED,
                         "'%s' changed while mdmvendor was working" MDM_HINT
                         "Nothing was changed. Run the command again: it looks at the file as it is now.",
                         shown_path(file->place, file->name).text);
}

/* The bits of its mode that a file keeps in the archive and brings back: keys and the pfx are private, whatever was
 * done to them in outputs/. */
static uint32_t kept_mode(const char *name, uint32_t mode)
{
    const char *end = strrchr(name, '.');

    return mode & (end != NULL && (strcmp(end, ".key") == 0 || strcmp(end, ".pfx") == 0) ? MDM_MODE_PRIVATE : 0777);
}

/* inputs/ is a mailbox: what is lost there stops nothing. */
void mdm_change_put_archived(struct mdm_change *change, const char *folder, enum mdm_place place, const char *name,
                             const char *digest)
{
    struct mdm_error *problem = &change->problem;
    MDM_OWNED(mdm_dir_close) struct mdm_dir *outputs = NULL, *inputs = NULL;
    MDM_OWNED(seen_free) struct seen old = {0};
    struct mdm_error lost = {0};
    const struct mdm_dir *dir;

    if (mdm_archive_folder(change->workspace, folder, &outputs, &inputs, problem) != 0)
        return;
    dir = place == MDM_OUTPUTS ? outputs : inputs;
    if (look_at(dir, name, &old, problem) != 0)
        return;
    if (old.outcome == MDM_FILE_UNREADABLE) {
        mdm_error_set(problem, MDM_E_FAILED, "the copy of '%s' in outputs/archive/%s %s", shown_path(place, name).text,
                      folder, old.info.words);
    } else if (strcmp(old.digest, digest) != 0) {
        mdm_error_set(&lost, MDM_E_REFUSED,
                      "'%s' cannot be put back: its old content is no longer in the archive" MDM_HINT
                      "Put it back into outputs/archive/%s from a backup, then run the command again.",
                      shown_path(place, name).text, folder);
        if (place == MDM_INPUTS)
            mdm_notify(change->callbacks, MDM_EVENT_NOTE, "%s", lost.text);
        else
            mdm_error_copy(problem, &lost);
    } else {
        mdm_change_put(change, place, name, &old.bytes, kept_mode(name, old.info.mode));
    }
}

void mdm_notify(const struct mdm_callbacks *callbacks, enum mdm_event_kind kind, const char *format, ...)
{
    char text[MDM_ERROR_TEXT_MAX];
    struct mdm_event event = {.kind = kind, .text = text};
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    callbacks->notify(callbacks->ctx, &event);
}

/* Learns how each file is now, and stages what it becomes; what needs no change is dropped. 1: something is left, 0:
 * nothing, -1: error. */
static int prepare(struct mdm_change *change, struct mdm_error *err)
{
    struct mdm_list *list = &change->list;
    int left = 0;

    for (size_t i = list->file_count; i-- > 0;) {
        struct mdm_list_file *file = &list->files[i];
        const struct mdm_dir *dir = dir_of(change->workspace, file->place);
        MDM_OWNED(seen_free) struct seen now = {0};

        if (file->used)
            continue;
        if (look_at(dir, file->name, &now, err) != 0)
            return -1;
        if (now.digest[0] == '?') /* what would be replaced must be a file that can be read */
            return mdm_error_set(err, MDM_E_FAILED,
                                 "'%s' %s and would have to be replaced" MDM_HINT
                                 "Nothing was changed. Move it away, then run the command again.",
                                 shown_path(file->place, file->name).text, now.info.words);
        if (file->before[0] != '\0' && strcmp(file->before, now.digest) != 0)
            return changed_meanwhile(file, err);
        memcpy(file->before, now.digest, sizeof now.digest);
        if (strcmp(file->before, file->after) == 0) {
            free(file->name);
            mdm_bytes_free(&file->bytes);
            memmove(file, file + 1, (--list->file_count - i) * sizeof *file);
            continue;
        }
        left = 1;
        if (!is_none(file->after) && mdm_file_stage(dir, file->name, &file->bytes, file->mode, &file->staged, err) != 0)
            return -1;
        mdm_bytes_free(&file->bytes);
    }
    return left;
}

static bool replaces_something(const struct mdm_list *list)
{
    for (size_t i = 0; i < list->file_count; i++)
        if (!list->files[i].used && !is_none(list->files[i].before))
            return true;
    return false;
}

static int apply(const struct mdm_change *change, struct mdm_list_file *file, struct mdm_archive *archive,
                 struct mdm_error *err)
{
    const struct mdm_dir *dir = dir_of(change->workspace, file->place);
    MDM_OWNED(seen_free) struct seen moved = {0};
    struct mdm_error why = {0};

    /* A file leaves inputs/: it goes to the archive as it is at this moment, and is looked at there. If somebody else
     * has taken it away, that will do. */
    if (file->place == MDM_INPUTS && !is_none(file->before)) {
        (void)mdm_archive_move_input(archive, file->name, &why);
        if (look_at(archive->inputs, file->name, &moved, err) != 0)
            return -1;
        if (why.code != MDM_OK &&
            (moved.outcome != MDM_FILE_ABSENT || mdm_file_stat(dir, file->name, NULL) != MDM_FILE_ABSENT))
            return mdm_error_copy(err, &why);
        if (moved.outcome != MDM_FILE_ABSENT && strcmp(moved.digest, file->before) != 0) {
            (void)mdm_file_move(archive->inputs, file->name, dir, file->name, NULL);
            return changed_meanwhile(file, err);
        }
    }
    if (is_none(file->after))
        return file->place == MDM_OUTPUTS ? mdm_file_remove(dir, file->name, err) : 0;
    if (mdm_file_put(dir, &file->staged, file->name, MDM_FILE_REPLACE, err) != 0)
        return -1;
    mdm_notify(change->callbacks, MDM_EVENT_DID, "Wrote %s", shown_path(file->place, file->name).text);
    return 0;
}

/* The text of the list of a change, and the digest of it. One that could not be read back is not begun. */
static int write_list(struct mdm_change *change, struct mdm_bytes *text, struct mdm_error *err)
{
    struct mdm_list *list = &change->list;
    const struct mdm_list *last = change->lists->count > 0 ? &change->lists->items[change->lists->count - 1] : NULL;

    list->number = last == NULL ? 1 : last->number < NUMBER_MAX ? last->number + 1 : NUMBER_MAX;
    int failed = mdm_bytes_format(text, err, FIRST_LINE "\ncommand %s\nnumber %u\nunit %s\n", list->command,
                                  list->number, list->unit[0] != '\0' ? list->unit : MDM_LIST_NONE);
    if (list->record[0] != '\0')
        failed |= mdm_bytes_format(text, err, "record %s\n", list->record);
    for (size_t i = 0; i < list->spent.count; i++)
        failed |= mdm_bytes_format(text, err, "spent %s\n", list->spent.items[i]);
    for (size_t i = 0; i < list->undoes.count; i++)
        failed |= mdm_bytes_format(text, err, "undoes %s\n", list->undoes.items[i]);
    for (size_t i = 0; i < list->file_count; i++) {
        const struct mdm_list_file *file = &list->files[i];

        failed |= mdm_bytes_format(text, err, "%s%s %s %s/", file->used ? "used" : "file ",
                                   file->used ? "" : file->before, file->after, places[file->place]);
        for (const char *c = file->name; *c != '\0'; c++) {
            bool plain = (unsigned char)*c >= ' ' && *c != '%' && *c != 0x7f;

            failed |= mdm_bytes_format(text, err, plain ? "%c" : "%%%02X", (unsigned char)*c);
        }
        failed |= mdm_bytes_append_text(text, "\n", err);
    }
    if (failed != 0)
        return -1;
    /* That of its undo is a little longer. */
    if (text->size <= MDM_FILE_LIMIT / (list->undoes.count > 0 ? 1 : 4))
        return mdm_sha256_text(text->data, text->size, list->id, err);
    return mdm_error_set(err, MDM_E_REFUSED,
                         "the list of what this command changes would not be readable afterwards" MDM_HINT
                         "Nothing was changed. Too many files of inputs/ would go to the archive: keep the one that "
                         "counts, move the others away, and run it again.");
}

/* Fills the archive folder: copies of what is replaced or removed in outputs/, and the list as of a change that is not
 * finished. */
static int fill_archive(struct mdm_change *change, const struct mdm_archive *archive, struct mdm_error *err)
{
    const struct mdm_list *list = &change->list;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};

    if (write_list(change, &text, err) != 0)
        return -1;
    for (size_t i = 0; i < list->file_count; i++) {
        const struct mdm_list_file *file = &list->files[i];
        MDM_OWNED(seen_free) struct seen now = {0};

        if (file->place != MDM_OUTPUTS || is_none(file->before))
            continue;
        if (look_at(change->workspace->outputs, file->name, &now, err) != 0)
            return -1;
        if (strcmp(now.digest, file->before) != 0)
            return changed_meanwhile(file, err);
        if (mdm_file_write(archive->outputs, file->name, &now.bytes, kept_mode(file->name, now.info.mode), MDM_FILE_NEW,
                           err) != 0)
            return -1;
    }
    return mdm_file_write(archive->outputs, MDM_NAME_LIST_PENDING, &text, MDM_MODE_PRIVATE, MDM_FILE_NEW, err);
}

int mdm_change_commit(struct mdm_change *change, struct mdm_error *err)
{
    struct mdm_list *list = &change->list;
    MDM_OWNED(mdm_archive_end) struct mdm_archive archive = {0};
    struct mdm_error why = {0};
    int left;

    if (change->problem.code != MDM_OK)
        return mdm_error_copy(err, &change->problem);
    if (mdm_workspace_check(change->workspace, err) != 0 || (left = prepare(change, err)) < 0)
        return -1;
    if (left == 0 && list->undoes.count == 0 && list->record[0] == '\0')
        return 0;
    if (mdm_archive_begin(change->workspace, change->callbacks->now(), &archive, err) != 0)
        return -1;
    if (fill_archive(change, &archive, err) != 0) { /* it did not begin: what was copied is still in place */
        bool begun = mdm_file_stat(archive.outputs, MDM_NAME_LIST_PENDING, NULL) != MDM_FILE_ABSENT;

        for (size_t i = 0; !begun && i < list->file_count; i++)
            if (list->files[i].place == MDM_OUTPUTS)
                (void)mdm_file_remove(archive.outputs, list->files[i].name, NULL);
        return -1;
    }
    if (mdm_workspace_check(change->workspace, err) != 0)
        return -1;
    /* outputs/ first, in the order of the change; what leaves inputs/ goes last. */
    for (int place = MDM_OUTPUTS; place <= MDM_INPUTS; place++)
        for (size_t i = 0; i < list->file_count; i++)
            if (!list->files[i].used && (int)list->files[i].place == place &&
                apply(change, &list->files[i], &archive, &why) != 0) {
                why.hint[0] = '\0'; /* that nothing was changed is true no more */
                mdm_error_hint(&why, "The change was cut short. Run the command again: that first sets it right.");
                return mdm_error_copy(err, &why);
            }
    if (mdm_file_move(archive.outputs, MDM_NAME_LIST_PENDING, archive.outputs, MDM_NAME_LIST, err) != 0)
        return -1;
    if (replaces_something(list))
        mdm_notify(change->callbacks, MDM_EVENT_DID,
                   "Moved the previous files to " MDM_FOLDER_OUTPUTS "/" MDM_NAME_ARCHIVE "/%s", archive.name);
    return 0;
}

/* That one answers other customers, and does not count. */
static bool is_step_4(const struct mdm_list *list)
{
    return mdm_list_is_open(list) && strcmp(list->command, "4") == 0;
}

#define NEITHER "is neither as it was before the command nor as the command left it"

/* Puts a file back as it was before all the lists that are undone; once, for the newest that names it. An undo stops at
 * a file of outputs/ that none of them left like that, moves one of inputs/ to the archive, and takes away a
 * certificate that was used. Where a change was cut short, all of them stay: the step will use the certificate again.
 */
static void put_back(struct mdm_change *change, const struct mdm_list_file *file)
{
    const struct mdm_list_file *newest = NULL;
    const struct mdm_list *from = NULL; /* its folder of the archive has what was before; NULL: it was only used */
    const char *before = MDM_LIST_NONE;
    MDM_OWNED(seen_free) struct seen now = {0};
    const struct shown shown = shown_path(file->place, file->name);
    bool cut_short = false, is_known;

    if (look_at(dir_of(change->workspace, file->place), file->name, &now, &change->problem) != 0)
        return;
    is_known = is_none(now.digest);
    for (size_t i = change->lists->count; i-- > 0;) {
        const struct mdm_list *list = &change->lists->items[i];
        bool undone = mdm_names_have(&change->list.undoes, list->id);

        for (size_t j = 0; (undone || is_step_4(list)) && j < list->file_count; j++) {
            const struct mdm_list_file *known = &list->files[j];

            if (known->place != file->place || strcmp(known->name, file->name) != 0)
                continue;
            is_known = is_known || strcmp(now.digest, known->after) == 0;
            if (undone && newest == NULL)
                newest = known;
            if (undone && !known->used) {
                from = list;
                before = known->before;
            }
            cut_short = cut_short || list->pending;
        }
    }
    if (newest != file || strcmp(now.digest, before) == 0)
        return;
    if (now.outcome == MDM_FILE_UNREADABLE) {
        mdm_error_set(&change->problem, MDM_E_FAILED, "'%s' %s", shown.text, now.info.words);
    } else if ((from == NULL && (cut_short || !is_known)) || (cut_short && !is_known)) {
        /* it was only used, or is not ours */
    } else if (!is_known && file->place == MDM_OUTPUTS) {
        mdm_error_set(&change->problem, MDM_E_REFUSED,
                      "'%s' " NEITHER MDM_HINT
                      "Nothing was changed. Move that file away or restore it, then run the command again.",
                      shown.text);
    } else {
        if (!is_known)
            mdm_notify(change->callbacks, MDM_EVENT_NOTE, "'%s' " NEITHER ": it goes to the archive", shown.text);
        if (is_none(before))
            mdm_change_remove(change, file->place, file->name);
        else
            mdm_change_put_archived(change, from->folder, file->place, file->name, before);
    }
}

/* Undoes the lists that change->list.undoes names, the newest first. */
static int put_all_back(struct mdm_change *change, struct mdm_error *err)
{
    for (size_t i = change->lists->count; i-- > 0;) {
        const struct mdm_list *list = &change->lists->items[i];
        size_t count = mdm_names_have(&change->list.undoes, list->id) ? list->file_count : 0;

        for (size_t j = 0; j < count && change->problem.code == MDM_OK; j++)
            put_back(change, &list->files[j]);
    }
    (void)snprintf(change->list.command, sizeof change->list.command, MDM_LIST_UNDO);
    change->list.unit[0] = '\0';
    return mdm_change_commit(change, err);
}

/* Did it do more than add files: replace some, import, begin a renewal, undo? Only such a change is undone by itself,
 * or put back when it was cut short; a run goes on with files that were only added. */
static bool did_more_than_add(const struct mdm_list *list)
{
    return replaces_something(list) || list->record[0] != '\0' || list->undoes.count > 0 ||
           strcmp(list->command, "import") == 0;
}

/* From the newest change back to the beginning of the newest command that replaced something. */
int mdm_change_undo(struct mdm_change *change, struct mdm_error *err)
{
    const struct mdm_lists *lists = change->lists;
    const struct mdm_list *first = NULL;
    bool replaced = false, is_run;

    if (mdm_lists_check(lists, err) != 0)
        return -1;
    for (size_t i = lists->count; i-- > 0;) {
        const struct mdm_list *list = &lists->items[i];

        if (!mdm_list_is_open(list) || is_step_4(list))
            continue;
        if (replaced && strcmp(list->unit, first->unit) != 0)
            break;
        first = list;
        replaced = replaced || did_more_than_add(list);
        (void)mdm_names_add(&change->list.undoes, list->id, &change->problem);
    }
    if (!replaced)
        return mdm_error_set(err, MDM_E_REFUSED,
                             "there is nothing to undo: no command has replaced or imported anything here, or all of "
                             "it is undone" MDM_HINT "Older files in outputs/archive/ can be copied back by hand.");
    if (strcmp(first->id, first->unit) != 0)
        return mdm_error_set(err, MDM_E_REFUSED,
                             "outputs/archive/%s is only a part of a command or renewal, whose beginning is not in "
                             "outputs/archive/ any more" MDM_HINT
                             "Put the folder that was moved away back. Nothing was changed.",
                             first->folder);
    if (put_all_back(change, err) != 0)
        return -1;
    is_run = strcmp(first->command, "run") == 0;
    if (strcmp(first->command, "import") == 0) /* by the command of that name, or of an old script's files */
        mdm_notify(change->callbacks, MDM_EVENT_NOTE,
                   "the import has been undone: what it brought in, with whatever was made since, is in the archive");
    else
        mdm_notify(change->callbacks, MDM_EVENT_NOTE,
                   "`mdmvendor%s%s` has been undone: what it replaced is back in place", is_run ? "" : " ",
                   is_run ? "" : first->command);
    return 0;
}

int mdm_change_recover(struct mdm_change *change, struct mdm_error *err)
{
    const struct mdm_list *list = NULL;
    MDM_OWNED(mdm_dir_close) struct mdm_dir *dir = NULL, *inputs = NULL;

    if (change->lists->pending_is_damaged)
        return mdm_lists_check(change->lists, err);
    for (size_t i = change->lists->count; list == NULL && i-- > 0;)
        list = change->lists->items[i].pending ? &change->lists->items[i] : NULL;
    if (list == NULL)
        return 0;
    if (did_more_than_add(list)) {
        (void)mdm_names_add(&change->list.undoes, list->id, &change->problem);
        if (put_all_back(change, err) != 0)
            return -1;
        mdm_notify(change->callbacks, MDM_EVENT_NOTE,
                   "an earlier run was interrupted while it changed files: what it had changed has been put back");
    }
    /* The list of what was cut short counts from now on; where it was put back, it is undone by that change's. */
    if (mdm_archive_folder(change->workspace, list->folder, &dir, &inputs, err) != 0 ||
        mdm_file_move(dir, MDM_NAME_LIST_PENDING, dir, MDM_NAME_LIST, err) != 0)
        return -1;
    return 1;
}
