/* The openssl command beside the library: what one writes, the other must read. */
#ifndef MDM_TEST_COMMAND_H
#define MDM_TEST_COMMAND_H

#include <stdbool.h>

#include "base/bytes.h"
#include "scratch.h"

/* Runs a shell command in the current folder, silently. */
static inline bool succeeds(const char *command)
{
    char line[4096];

    (void)snprintf(line, sizeof line, "( %s ) </dev/null >out.txt 2>err.txt", command);
    return system(line) == 0;
}

static inline void run(const char *command)
{
    if (!succeeds(command))
        fail_msg("this failed: %s", command);
}

static inline struct mdm_bytes slurp(const char *path)
{
    struct mdm_bytes bytes = {0};
    unsigned char part[4096];
    ssize_t size;
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    while ((size = read(fd, part, sizeof part)) > 0)
        assert_int_equal(mdm_bytes_append(&bytes, part, (size_t)size, NULL), 0);
    assert_int_equal(size, 0);
    (void)close(fd);
    return bytes;
}

static inline void spit(const char *path, const struct mdm_bytes *bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes->data, bytes->size), bytes->size);
    (void)close(fd);
}

static inline struct mdm_secret *secret(const char *text)
{
    struct mdm_secret *made = mdm_secret_new(text, strlen(text), NULL);

    assert_non_null(made);
    return made;
}

#endif
