/* Reads and writes the lists of changes: see change.h. */
#include "flow/change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE "mdmvendor list 2"

const char *mdm_place_name(enum mdm_place place)
{
    return place == MDM_OUTPUTS ? MDM_FOLDER_OUTPUTS : MDM_FOLDER_INPUTS;
}

struct mdm_list_file *mdm_list_add_file(struct mdm_list *list, enum mdm_place place, const char *name,
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

void mdm_list_free(struct mdm_list *list)
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

int mdm_list_format(const struct mdm_list *list, struct mdm_bytes *out, struct mdm_error *err)
{
    int result = mdm_bytes_format(out, err, FIRST_LINE "\ncommand %s\nnumber %u\nunit %s\n", list->command,
                                  list->number, list->unit[0] != '\0' ? list->unit : MDM_LIST_NONE);

    if (list->record[0] != '\0')
        result |= mdm_bytes_format(out, err, "record %s\n", list->record);
    for (size_t i = 0; i < list->spent.count; i++)
        result |= mdm_bytes_format(out, err, "spent %s\n", list->spent.items[i]);
    for (size_t i = 0; i < list->undoes.count; i++)
        result |= mdm_bytes_format(out, err, "undoes %s\n", list->undoes.items[i]);
    for (size_t i = 0; i < list->file_count; i++) {
        const struct mdm_list_file *file = &list->files[i];

        result |= mdm_bytes_format(out, err, "%s%s%s %s %s/", file->used ? "used" : "file", file->used ? "" : " ",
                                   file->used ? "" : file->before, file->after, mdm_place_name(file->place));
        for (const char *c = file->name; *c != '\0'; c++) {
            bool plain = (unsigned char)*c >= ' ' && *c != '%' && *c != 0x7f;

            result |= mdm_bytes_format(out, err, plain ? "%c" : "%%%02X", (unsigned char)*c);
        }
        result |= mdm_bytes_append_text(out, "\n", err);
    }
    return result;
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

/* A digest, or "-" for none. */
static bool is_content(const char *text)
{
    return strcmp(text, MDM_LIST_NONE) == 0 || is_digest(text);
}

/* "BEFORE AFTER outputs/NAME", or without BEFORE, with %XX. A name with a slash, or none, is refused: nothing else is
 * touched. */
static bool take_file(char *line, bool used, struct mdm_list *list, struct mdm_error *err)
{
    const char *before = take_word(&line), *after = used ? before : take_word(&line), *folder = line;
    char *from = strchr(line, '/'), name[256];
    size_t size = 0;

    if (from == NULL || !is_content(before) || !is_content(after) ||
        (used ? !is_digest(after) : strcmp(before, after) == 0))
        return false;
    *from++ = '\0';
    for (; *from != '\0'; from++) {
        char c = *from, digits[3] = "";

        if (c == '%') {
            if (strspn(from + 1, "0123456789ABCDEF") < 2)
                return false;
            memcpy(digits, from + 1, 2);
            c = (char)strtoul(digits, NULL, 16);
            from += 2;
        }
        if (size + 1 >= sizeof name || c == '/' || c == '\0')
            return false;
        name[size++] = c;
    }
    name[size] = '\0';
    if (size == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    for (int place = MDM_OUTPUTS; place <= MDM_INPUTS; place++)
        if (strcmp(folder, mdm_place_name((enum mdm_place)place)) == 0)
            return mdm_list_add_file(list, (enum mdm_place)place, name, before, after, err) != NULL;
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
        return list->number > 0 && list->number < 1000000000 && *end == '\0' && strlen(line) < 10;
    }
    if (strcmp(key, "unit") == 0 && is_content(line))
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
    if (strcmp(list->unit, MDM_LIST_NONE) == 0)
        memcpy(list->unit, list->id, sizeof list->unit);
    return list->command[0] != '\0' && list->number > 0 && list->unit[0] != '\0';
}

int mdm_lists_add(struct mdm_lists *lists, const struct mdm_dir *dir, const char *folder, struct mdm_error *err)
{
    MDM_OWNED(mdm_list_free) struct mdm_list list = {0};
    struct mdm_list *more;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};
    struct mdm_error why = {0};
    struct mdm_file_info info = {0};
    enum mdm_file_outcome outcome = mdm_file_read(dir, MDM_NAME_LIST, MDM_FILE_LIMIT, &text, &info);

    if (outcome == MDM_FILE_ABSENT) {
        outcome = mdm_file_read(dir, MDM_NAME_LIST_PENDING, MDM_FILE_LIMIT, &text, &info);
        list.pending = true;
    }
    if (outcome == MDM_FILE_ABSENT)
        return 0;
    if (outcome == MDM_FILE_UNREADABLE)
        return mdm_error_set(err, MDM_E_FAILED,
                             "'%s/" MDM_NAME_LIST "' %s" MDM_HINT
                             "Nothing is done without that file. Check whose it is and whether the disk is healthy.",
                             mdm_dir_path(dir), info.words);
    if (outcome != MDM_FILE_READ || !parse(&text, &list, &why)) {
        (void)snprintf(lists->damaged, sizeof lists->damaged, "%s", folder);
        return why.code != MDM_OK ? mdm_error_memory(err) : 0;
    }
    if ((more = mdm_grow(lists->items, lists->count, sizeof *more, err)) == NULL)
        return -1;
    (void)snprintf(list.folder, sizeof list.folder, "%s", folder);
    lists->items = more;
    more[lists->count++] = list;
    list = (struct mdm_list){0}; /* theirs now */
    return 0;
}

static int compare_numbers(const void *a, const void *b)
{
    const struct mdm_list *left = a, *right = b;

    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    return strcmp(left->folder, right->folder); /* one of them was not there when the other was made */
}

void mdm_lists_sort(struct mdm_lists *lists)
{
    if (lists->count > 1)
        qsort(lists->items, lists->count, sizeof *lists->items, compare_numbers);
    /* From the newest on: an undo that was itself rolled back undoes nothing. */
    for (size_t i = lists->count; i-- > 0;) {
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
        mdm_list_free(&lists->items[i]);
    free(lists->items);
    *lists = (struct mdm_lists){0};
}
