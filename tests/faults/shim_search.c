/* Looks for passwords and keys in the memory of the process. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim.h"

#define MAPS_SIZE (1u << 18)
static char maps[MAPS_SIZE];

/* The text of /proc/self/maps. */
static bool read_maps(void)
{
    long fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
    size_t size = 0;
    long got = 0;

    if (fd < 0)
        return false;
    while (size < MAPS_SIZE - 1 && (got = syscall(SYS_read, fd, maps + size, MAPS_SIZE - 1 - size)) > 0)
        size += (size_t)got;
    maps[size] = '\0';
    (void)syscall(SYS_close, fd);
    return got == 0;
}

static void keep_find(const struct plan_needle *needle, const char *name, size_t offset)
{
    struct plan_find *find;

    if (shim_plan->find_count == PLAN_FINDS_MAX)
        return;
    find = &shim_plan->finds[shim_plan->find_count++];
    (void)snprintf(find->name, sizeof find->name, "%s", needle->name);
    (void)snprintf(find->place, sizeof find->place, "%.60s+%zu", name, offset);
}

static void search_mapping(const unsigned char *begin, const unsigned char *end, const char *name)
{
    shim_plan->searched_bytes += (size_t)(end - begin);
    for (uint32_t i = 0; i < shim_plan->needle_count; i++) {
        const struct plan_needle *needle = &shim_plan->needles[i];
        const unsigned char *at = begin;

        while ((at = memmem(at, (size_t)(end - at), needle->bytes, needle->size)) != NULL) {
            keep_find(needle, name, (size_t)(at - begin));
            at += needle->size;
        }
    }
}

void shim_search_freed(const void *memory, size_t size)
{
    char place[48];

    for (uint32_t i = 0; i < shim_plan->needle_count; i++) {
        const struct plan_needle *needle = &shim_plan->needles[i];

        if (size < needle->size || memmem(memory, size, needle->bytes, needle->size) == NULL)
            continue;
        (void)snprintf(place, sizeof place, "a freed block of %zu bytes", size);
        keep_find(needle, place, 0);
        shim_keep_path(0);
    }
}

void shim_search(void)
{
    char *rest = maps, *line;

    if (!read_maps())
        return;
    while ((line = strsep(&rest, "\n")) != NULL) {
        unsigned long begin, end;
        char rights[5], name[128] = "";

        if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %127[^\n]", &begin, &end, rights, name) < 3)
            continue;
        if (rights[0] != 'r' || rights[1] != 'w' || (begin <= (uintptr_t)shim_plan && (uintptr_t)shim_plan < end))
            continue;
        search_mapping((const unsigned char *)begin, (const unsigned char *)end, name[0] != '\0' ? name : "anonymous");
    }
}
