/* A list of paths, read as it comes: see path_list.h. */
#include "cli/path_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/signals.h"

/* Room for the longest path that the system takes, twice. */
#define BUFFER 16384u

struct path_list {
    const char *name;
    int fd;
    bool ended;
    int separator; /* -1 until the first one was seen */
    off_t size;    /* of a regular file, else 0 */
    off_t taken;   /* bytes that were handed out */
    bool begun;    /* its first bytes were looked at */
    size_t begin;  /* what is in the buffer and was not handed out */
    size_t end;
    char buffer[BUFFER + 1];
};

/* A pipe that nobody has opened yet is waited for. */
static int open_list(const char *name)
{
    int fd;

    do
        fd = open(name, O_RDONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR && signals_caught() == 0);
    return fd;
}

struct path_list *path_list_open(const char *name, struct mdm_error *err)
{
    struct path_list *list = calloc(1, sizeof *list);
    struct stat status;

    if (list == NULL) {
        (void)mdm_error_memory(err);
        return NULL;
    }
    list->name = name;
    list->separator = -1;
    list->fd = strcmp(name, "-") == 0 ? STDIN_FILENO : open_list(name);
    if (list->fd < 0 && signals_check(err) == 0) {
        (void)mdm_error_system(err, errno, "the list '%s' cannot be read", name);
        (void)mdm_error_hint(err, "Name a file that holds the CSRs' paths, one a line; `-` is standard input.");
    }
    if (list->fd < 0) {
        free(list);
        return NULL;
    }
    if (fstat(list->fd, &status) == 0 && S_ISREG(status.st_mode))
        list->size = status.st_size;
    return list;
}

/* True when there is something to read, or the end. Waits for it on demand; a signal ends that, also one that came just
 * before. */
static bool is_ready(const struct path_list *list, bool wait)
{
    const struct timespec none = {0};
    fd_set fds;
    sigset_t old;
    int ready;

    do {
        FD_ZERO(&fds);
        FD_SET(list->fd, &fds);
        signals_block(&old);
        ready = signals_caught() != 0 ? 0 : pselect(list->fd + 1, &fds, NULL, NULL, wait ? NULL : &none, &old);
        signals_unblock(&old);
    } while (ready < 0 && errno == EINTR && signals_caught() == 0);
    return ready != 0 && signals_caught() == 0;
}

/* The first bytes: a byte order mark is passed over, and the encoding that Windows calls "Unicode" is named. */
static int check_begin(struct path_list *list, struct mdm_error *err)
{
    const unsigned char *front = (const unsigned char *)list->buffer;

    list->begun = true;
    if (list->end >= 3 && memcmp(front, "\xEF\xBB\xBF", 3) == 0)
        list->begin = 3;
    if (list->end < 2 || (memcmp(front, "\xFF\xFE", 2) != 0 && memcmp(front, "\xFE\xFF", 2) != 0))
        return 0;
    (void)mdm_error_set(err, MDM_E_FAILED, "the list '%s' is UTF-16 text", list->name);
    return mdm_error_hint(err, "Save it as UTF-8, or convert it: iconv -f UTF-16 -t UTF-8 LIST >NEW-LIST");
}

/* Moves what is left to the front and reads more behind it. */
static enum mdm_batch_next read_more(struct path_list *list, bool wait, struct mdm_error *err)
{
    ssize_t n;

    if (!is_ready(list, wait))
        return signals_caught() != 0 ? MDM_BATCH_END : MDM_BATCH_LATER;
    (void)memmove(list->buffer, list->buffer + list->begin, list->end - list->begin);
    list->end -= list->begin;
    list->begin = 0;
    if (list->end == BUFFER) {
        (void)mdm_error_set(err, MDM_E_FAILED, "the list '%s' has a line of more than %u bytes", list->name, BUFFER);
        (void)mdm_error_hint(err, "It must hold the paths of CSRs, one a line or NUL-separated, not the CSRs.");
        return MDM_BATCH_ERROR;
    }
    do
        n = read(list->fd, list->buffer + list->end, BUFFER - list->end);
    while (n < 0 && errno == EINTR && signals_caught() == 0);
    if (n < 0 && signals_caught() != 0)
        return MDM_BATCH_END;
    if (n < 0) {
        (void)mdm_error_system(err, errno, "the list '%s' cannot be read", list->name);
        return MDM_BATCH_ERROR;
    }
    list->ended = n == 0;
    list->end += (size_t)n;
    return list->begun || check_begin(list, err) == 0 ? MDM_BATCH_PATH : MDM_BATCH_ERROR;
}

/* Where the path at the front ends; NULL when that is not known yet. A list with a NUL anywhere in its first part is
 * NUL-separated: its paths may have newlines. */
static char *find_end(struct path_list *list)
{
    char *front = list->buffer + list->begin;
    size_t size = list->end - list->begin;
    char *end;

    if (list->separator < 0 && memchr(front, '\0', size) != NULL)
        list->separator = '\0';
    else if (list->separator < 0 && memchr(front, '\n', size) != NULL)
        list->separator = '\n';
    end = list->separator < 0 ? NULL : memchr(front, list->separator, size);
    return end == NULL && list->ended && size > 0 ? front + size : end;
}

/* Takes the path that ends at `end` off the front. */
static const char *take(struct path_list *list, char *end)
{
    char *front = list->buffer + list->begin;
    size_t size = (size_t)(end - front) + 1;

    *end = '\0'; /* the separator, or the byte behind the buffer */
    if (size > list->end - list->begin)
        size = list->end - list->begin;
    list->begin += size;
    list->taken += (off_t)size;
    if (list->separator != '\0' && end > front && end[-1] == '\r')
        end[-1] = '\0';
    return front;
}

enum mdm_batch_next path_list_next(struct path_list *list, bool wait, const char **path, struct mdm_error *err)
{
    for (;;) {
        char *end = find_end(list);
        enum mdm_batch_next more;

        if (end != NULL) {
            *path = take(list, end);
            if ((*path)[0] != '\0')
                return MDM_BATCH_PATH;
            continue;
        }
        if (list->ended)
            return MDM_BATCH_END;
        more = read_more(list, wait, err);
        if (more != MDM_BATCH_PATH)
            return more;
    }
}

double path_list_share(const struct path_list *list)
{
    return list->size > 0 ? (double)list->taken / (double)list->size : -1;
}

void path_list_close(struct path_list **list)
{
    if (*list == NULL)
        return;
    if ((*list)->fd != STDIN_FILENO)
        (void)close((*list)->fd);
    free(*list);
    *list = NULL;
}
