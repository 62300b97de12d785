/* What must hold of a work folder whatever happened in it: see verdict.h. */
#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TOLD_MAX 12

void problem(struct verdict *verdict, const char *format, ...)
{
    va_list arguments;

    if (++verdict->problems > TOLD_MAX)
        return;
    (void)printf("# %s, %s: ", verdict->scenario->name, verdict->what);
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)putchar('\n');
}

const char *kind_name(enum plan_kind kind)
{
    static const char *const names[PLAN_KINDS] = {"open",   "create",   "close", "read",    "write", "fsync",
                                                  "syncfs", "rename",   "link",  "unlink",  "mkdir", "rmdir",
                                                  "chmod",  "truncate", "stat",  "readdir", "lock"};
    return names[kind];
}

void check_kept(struct verdict *verdict, const struct snapshot *before, const struct snapshot *now)
{
    for (size_t i = 0; i < before->count; i++) {
        const struct snapshot_file *file = &before->files[i];

        if (file->folder || is_lock(file->path) || is_temporary(file->path))
            continue;
        if (snapshot_find_contents(now, file) == NULL)
            problem(verdict, "what was in %s is lost", file->path);
    }
}

void check_whole(struct verdict *verdict, const struct snapshot *before, const struct snapshot *now)
{
    for (size_t i = 0; i < now->count; i++) {
        const char *fault = artefact_fault(verdict->bench, &now->files[i], before);

        if (fault != NULL)
            problem(verdict, "%s (%zu bytes, mode %04o): %s", now->files[i].path, now->files[i].size,
                    (unsigned)now->files[i].mode, fault);
    }
}

void check_swept(struct verdict *verdict, const struct snapshot *now, const char *below)
{
    for (size_t i = 0; i < now->count; i++)
        if (is_temporary(now->files[i].path) && strncmp(now->files[i].path, below, strlen(below)) == 0)
            problem(verdict, "%s is left behind", now->files[i].path);
}

static bool is_placed(const struct snapshot_file *file)
{
    return strstr(file->path, "/archive") == NULL && !is_temporary(file->path);
}

/* A file of `a` that stands in no such way in `b`: others may do less with it there (a file system without modes), and
 * not more. */
static const struct snapshot_file *difference(const struct snapshot *a, const struct snapshot *b)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct snapshot_file *other = snapshot_find(b, a->files[i].path);

        if (is_placed(&a->files[i]) && (other == NULL || (other->mode & ~a->files[i].mode) != 0))
            return &a->files[i];
    }
    return NULL;
}

/* A file that is only in `now`. */
static const struct snapshot_file *addition(const struct snapshot *end, const struct snapshot *now)
{
    for (size_t i = 0; i < now->count; i++)
        if (is_placed(&now->files[i]) && snapshot_find(end, now->files[i].path) == NULL)
            return &now->files[i];
    return NULL;
}

bool same_end(const struct snapshot *end, const struct snapshot *now)
{
    return difference(end, now) == NULL && addition(end, now) == NULL;
}

void check_same_end(struct verdict *verdict, const struct snapshot *end, const struct snapshot *now)
{
    const struct snapshot_file *missing = difference(end, now), *added = addition(end, now);

    if (missing != NULL)
        problem(verdict, "%s is missing in the end, or its mode is another", missing->path);
    if (added != NULL)
        problem(verdict, "%s is there in the end (mode %04o)", added->path, (unsigned)added->mode);
}

static void parent_of(const char *path, char out[PLAN_PATH_MAX])
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        (void)snprintf(out, PLAN_PATH_MAX, ".");
    else
        (void)snprintf(out, PLAN_PATH_MAX, "%.*s", (int)(slash - path), path);
}

/* Gives or takes a name that lasts? */
static bool is_naming(const struct plan_call *call)
{
    if (call->failed)
        return false;
    switch ((enum plan_kind)call->kind) {
    case PLAN_RENAME:
    case PLAN_LINK:
    case PLAN_MKDIR:
    case PLAN_RMDIR:
        return true;
    case PLAN_UNLINK:
        return !is_temporary(call->path);
    default:
        return false;
    }
}

static bool syncs(const struct plan_call *call, const char *path)
{
    return !call->failed && (call->kind == PLAN_SYNC_ALL || (call->kind == PLAN_SYNC && strcmp(call->path, path) == 0));
}

/* Is a temporary on the disk by the time it gets its name? */
static bool contents_last(const struct plan_call *calls, uint32_t at)
{
    bool synced = false;

    for (uint32_t i = 0; i < at; i++) {
        if ((calls[i].kind == PLAN_WRITE || calls[i].kind == PLAN_CREATE || calls[i].kind == PLAN_MODE) &&
            strcmp(calls[i].path, calls[at].path) == 0)
            synced = false;
        else if (syncs(&calls[i], calls[at].path))
            synced = true;
    }
    return synced;
}

static bool name_lasts(const struct plan_call *calls, uint32_t count, uint32_t at, bool batch)
{
    const char *name = calls[at].to[0] != '\0' ? calls[at].to : calls[at].path;
    char folder[PLAN_PATH_MAX];

    parent_of(name, folder);
    for (uint32_t i = at + 1; i < count; i++) {
        if (syncs(&calls[i], folder))
            return true;
        if (!batch && is_naming(&calls[i]))
            return false;
    }
    return false;
}

unsigned check_order(struct verdict *verdict, const struct plan_call *calls, uint32_t count)
{
    unsigned checked = 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct plan_call *call = &calls[i];

        if (!is_naming(call))
            continue;
        checked++;
        if ((call->kind == PLAN_RENAME || call->kind == PLAN_LINK) && is_temporary(call->path) &&
            !contents_last(calls, i))
            problem(verdict, "%s gets the name %s before it is synced", call->path, call->to);
        if (!name_lasts(calls, count, i, verdict->scenario->batch))
            problem(verdict, "the folder is not synced after %s of %s", kind_name((enum plan_kind)call->kind),
                    call->to[0] != '\0' ? call->to : call->path);
    }
    return checked;
}
