/* A folder of its own for every test, which runs inside it and may not take longer than a minute. */
#ifndef MDM_TEST_SCRATCH_H
#define MDM_TEST_SCRATCH_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static inline int scratch_setup(void **state)
{
    char *path = strdup("/tmp/mdmvendor-test-XXXXXX");

    if (path == NULL || mkdtemp(path) == NULL || chdir(path) != 0 || chmod(path, 0777) != 0)
        return -1;
    (void)umask(022);
    (void)alarm(300); /* a test that hangs dies of it, and not one on a loaded machine */
    *state = path;
    return 0;
}

static inline int scratch_teardown(void **state)
{
    char command[256];
    char *path = *state;
    int status;

    (void)umask(022);
    (void)snprintf(command, sizeof command, "chmod -R u+rwX '%s' && rm -rf '%s'", path, path);
    status = chdir("/") == 0 ? system(command) : -1;
    (void)alarm(0);
    free(path);
    return status;
}

static inline void put_file(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

static inline void assert_file(const char *path, const char *text)
{
    char found[4096];
    int fd = open(path, O_RDONLY);
    ssize_t size;

    assert_true(fd >= 0);
    size = read(fd, found, sizeof found - 1);
    assert_true(size >= 0);
    found[size] = '\0';
    assert_string_equal(found, text);
    (void)close(fd);
}

static inline void assert_absent(const char *path)
{
    struct stat status;

    assert_int_not_equal(lstat(path, &status), 0);
}

#endif
