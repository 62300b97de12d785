/* Allocations: counted, refused on demand, and followed until they are freed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"

/* glibc's own, under their second names: dlsym() itself allocates. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void __libc_free(void *memory);

/* Live allocations by address: open addressing, a power of two. */
#define TABLE_SIZE (1u << 16)
#define GONE       ((void *)1)
static struct entry {
    void *memory;
    uint32_t size;
    uint32_t block; /* index in the plan's blocks + 1, 0 for none */
} table[TABLE_SIZE];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool following;

static bool is_counting(void)
{
    return shim_plan != NULL && !shim_is_busy && !shim_plan->left && shim_plan->subject != PLAN_FILES;
}

static void __attribute__((format(printf, 1, 2))) tell(const char *format, ...)
{
    size_t room = PLAN_STORY_MAX - shim_plan->story_size;
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(shim_plan->story + shim_plan->story_size, room, format, arguments);
    va_end(arguments);
    if (size > 0 && (size_t)size < room)
        shim_plan->story_size += (uint32_t)size;
}

/* The program and its libraries, in the order of loading. */
#define MODULES_MAX 32
static struct module {
    uintptr_t base, begin, end;
    const char *name;
} modules[MODULES_MAX];
static size_t module_count;
static size_t libcrypto; /* its number */

static int add_module(struct dl_phdr_info *info, size_t size, void *unused)
{
    struct module *module = &modules[module_count];

    (void)size;
    (void)unused;
    if (module_count == MODULES_MAX)
        return 1;
    *module = (struct module){info->dlpi_addr, UINTPTR_MAX, 0, info->dlpi_name};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr, end = begin + info->dlpi_phdr[i].p_memsz;

        if (info->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        module->begin = begin < module->begin ? begin : module->begin;
        module->end = end > module->end ? end : module->end;
    }
    if (strstr(info->dlpi_name, "/libcrypto.so") != NULL)
        libcrypto = module_count;
    module_count++;
    return 0;
}

static uint64_t place_of(const void *address)
{
    uintptr_t at = (uintptr_t)address;

    for (size_t i = 0; i < module_count; i++)
        if (at >= modules[i].begin && at < modules[i].end)
            return (uint64_t)i << 48 | (at - modules[i].base);
    return 0xffffull << 48;
}

/* Functions by name where they have one, else by their place in the file, for addr2line. */
static void tell_frames(const char *what, const struct plan_block *block)
{
    tell("%s", what);
    for (uint32_t i = 0; i < block->frames; i++) {
        const struct module *module = &modules[PLAN_MODULE(block->frame[i])];
        const char *slash = strrchr(module->name, '/');
        Dl_info info;

        if (PLAN_MODULE(block->frame[i]) >= module_count)
            continue;
        if (dladdr((void *)(module->base + PLAN_OFFSET(block->frame[i])), &info) != 0 && info.dli_sname != NULL)
            tell(" < %s", info.dli_sname);
        else
            tell(" < %s+0x%lx", slash != NULL ? slash + 1 : "program", (unsigned long)PLAN_OFFSET(block->frame[i]));
    }
    tell("\n");
}

/* Without the frames of the shim, and those of the heap that the program gives libcrypto. */
static void take_frames(struct plan_block *block)
{
    void *frames[PLAN_FRAMES_MAX + 4];
    bool was_busy = shim_is_busy;
    int count;

    shim_is_busy = true;
    count = backtrace(frames, PLAN_FRAMES_MAX + 4);
    shim_is_busy = was_busy;
    block->frames = 0;
    for (int i = 0; i < count && block->frames < PLAN_FRAMES_MAX; i++) {
        uint64_t place = place_of(frames[i]);

        if (PLAN_MODULE(place) == PLAN_MODULE(place_of((const void *)modules)))
            continue;
        if (libcrypto != 0 && PLAN_MODULE(place) == libcrypto && block->frames > 0 &&
            PLAN_MODULE(block->frame[block->frames - 1]) == 0)
            block->frames--;
        block->frame[block->frames++] = place;
    }
}

/* True when this allocation is to fail. */
static bool fails(void)
{
    if (!is_counting() || !shim_is_due(PLAN_ALLOCATIONS, &shim_plan->allocations, "allocation"))
        return false;
    if (shim_plan->trace) {
        take_frames(&shim_plan->fired_block);
        tell_frames("failed", &shim_plan->fired_block);
    }
    return true;
}

static struct entry *slot_of(const void *memory, bool vacant)
{
    uint32_t index = (uint32_t)(((uintptr_t)memory >> 4) * 2654435761u) & (TABLE_SIZE - 1);

    for (uint32_t i = 0; i < TABLE_SIZE; i++, index = (index + 1) & (TABLE_SIZE - 1)) {
        struct entry *entry = &table[index];

        if (entry->memory == memory || (vacant && (entry->memory == NULL || entry->memory == GONE)))
            return entry;
        if (entry->memory == NULL)
            return NULL;
    }
    return NULL;
}

/* Returns its place in the plan's list, from 1; 0 when it is full. */
static uint32_t keep_block(uint64_t number, size_t size)
{
    uint32_t index = shim_plan->block_count;

    if (index == PLAN_BLOCKS_MAX)
        return 0;
    shim_plan->block_count++;
    shim_plan->blocks[index] = (struct plan_block){.number = number, .size = (uint32_t)size};
    take_frames(&shim_plan->blocks[index]);
    return index + 1;
}

void shim_keep_path(uint64_t number)
{
    uint32_t index;

    (void)pthread_mutex_lock(&mutex);
    index = keep_block(number, 0);
    if (index > 0 && shim_plan->watch)
        tell_frames("freed", &shim_plan->blocks[index - 1]);
    (void)pthread_mutex_unlock(&mutex);
}

static bool is_tracing(void)
{
    return shim_plan->trace && (shim_plan->subject == PLAN_ALLOCATIONS || shim_plan->at > 0);
}

static void *follow(void *memory, size_t size)
{
    struct entry *entry;

    if (memory == NULL || !is_counting() || !following)
        return memory;
    (void)pthread_mutex_lock(&mutex);
    entry = slot_of(memory, true);
    if (entry != NULL)
        *entry = (struct entry){memory, (uint32_t)size, is_tracing() ? keep_block(shim_plan->allocations, size) : 0};
    (void)pthread_mutex_unlock(&mutex);
    return memory;
}

/* At the end of a row of entries nothing needs to be passed by. */
static void vacate(struct entry *entry)
{
    size_t index = (size_t)(entry - table);

    entry->memory = GONE;
    if (table[(index + 1) & (TABLE_SIZE - 1)].memory != NULL)
        return;
    for (; table[index].memory == GONE; index = (index - 1) & (TABLE_SIZE - 1))
        table[index].memory = NULL;
}

static void unfollow(void *memory)
{
    struct entry *entry;

    if (memory == NULL || !following)
        return;
    (void)pthread_mutex_lock(&mutex);
    entry = slot_of(memory, false);
    if (entry != NULL)
        vacate(entry);
    (void)pthread_mutex_unlock(&mutex);
}

/* A crash: keeps the path of calls that led there, and lets it happen. */
static void on_crash(int number)
{
    shim_is_busy = true;
    take_frames(&shim_plan->crash_block);
    tell_frames("crashed", &shim_plan->crash_block);
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void *refuse(void)
{
    errno = ENOMEM;
    return NULL;
}

SHIM_EXPORT void *malloc(size_t size)
{
    return fails() ? refuse() : follow(__libc_malloc(size), size);
}

SHIM_EXPORT void *calloc(size_t count, size_t size)
{
    return fails() ? refuse() : follow(__libc_calloc(count, size), count * size);
}

SHIM_EXPORT void *realloc(void *memory, size_t size)
{
    void *moved;

    if (fails())
        return refuse();
    unfollow(memory);
    if (memory != NULL && shim_plan != NULL && shim_plan->watch && !shim_is_busy)
        shim_search_freed(memory, malloc_usable_size(memory)); /* it may be moved, and nobody wipes the old place */
    moved = __libc_realloc(memory, size);
    return follow(moved, size);
}

SHIM_EXPORT void free(void *memory)
{
    if (memory != NULL && shim_is_busy && shim_plan != NULL) /* the shim's own copies of keys are not to be found */
        explicit_bzero(memory, malloc_usable_size(memory));
    if (memory != NULL && shim_plan != NULL && shim_plan->watch && !shim_is_busy && !shim_plan->left)
        shim_search_freed(memory, malloc_usable_size(memory));
    unfollow(memory);
    __libc_free(memory);
}

void shim_memory_begin(void)
{
    struct plan_block block;

    following = shim_plan->subject != PLAN_FILES;
    if (!shim_plan->trace && !shim_plan->watch)
        return;
    (void)dl_iterate_phdr(add_module, NULL);
    take_frames(&block); /* loads the unwinder now */
    if (!shim_plan->trace)
        return;
    (void)signal(SIGSEGV, on_crash);
    (void)signal(SIGABRT, on_crash);
}

void shim_memory_end(void)
{
    for (uint32_t i = 0; following && i < TABLE_SIZE; i++) {
        if (table[i].memory == NULL || table[i].memory == GONE)
            continue;
        shim_plan->live++;
        shim_plan->live_bytes += table[i].size;
        if (table[i].block != 0) {
            struct plan_block *block = &shim_plan->blocks[table[i].block - 1];

            block->live = true;
            tell_frames("left", block);
        }
    }
    following = false;
}
