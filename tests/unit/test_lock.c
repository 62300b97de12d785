/* Tests of the lock in work/file.h. */
#include "scratch.h"

#include <errno.h>
#include <signal.h>

#include "store/file.h"

static struct mdm_dir *here(void)
{
    struct mdm_dir *dir = mdm_dir_open(".", NULL);

    assert_non_null(dir);
    return dir;
}

/* Starts a process that takes the lock and holds it until it is killed. */
static pid_t start_holder(const struct mdm_dir *dir)
{
    int ready[2];
    char taken = 0;
    pid_t child;

    assert_int_equal(pipe(ready), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct mdm_lock *lock = NULL;

        if (mdm_lock_take(dir, ".lock", &lock, NULL) != 0 || write(ready[1], "y", 1) != 1)
            _exit(1);
        for (;;)
            (void)pause();
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &taken, 1), 1);
    (void)close(ready[0]);
    return child;
}

/* What another process gets that asks for the lock: 0 or -1. */
static int try_elsewhere(const struct mdm_dir *dir)
{
    pid_t child = fork();
    int status = -1;

    assert_true(child >= 0);
    if (child == 0) {
        struct mdm_lock *lock = NULL;

        _exit(mdm_lock_take(dir, ".lock", &lock, NULL) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == 0 ? 0 : -1;
}

static void second_process_is_told_who_holds_it(void **state)
{
    struct mdm_dir *dir = here();
    struct mdm_lock *lock = NULL;
    struct mdm_error err = {0};
    pid_t holder = start_holder(dir);
    char expected[128];

    (void)state;
    assert_int_equal(mdm_lock_take(dir, ".lock", &lock, &err), -1);
    assert_null(lock);
    assert_int_equal(err.code, MDM_E_FAILED);
    (void)snprintf(expected, sizeof expected, "another mdmvendor (process %ld) is working in '.'", (long)holder);
    assert_string_equal(err.text, expected);
    assert_string_not_equal(err.hint, "");
    assert_int_equal(kill(holder, SIGKILL), 0);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    mdm_dir_close(&dir);
}

static void killed_holder_leaves_it_free(void **state)
{
    struct mdm_dir *dir = here();
    struct mdm_lock *lock = NULL;
    struct mdm_error err = {0};
    pid_t holder = start_holder(dir);

    (void)state;
    assert_int_equal(kill(holder, SIGKILL), 0);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    assert_int_equal(mdm_lock_take(dir, ".lock", &lock, &err), 0);
    assert_int_equal(try_elsewhere(dir), -1);
    mdm_lock_release(&lock);
    assert_null(lock);
    assert_int_equal(try_elsewhere(dir), 0);
    mdm_dir_close(&dir);
}

static void work_in_the_folder_does_not_lose_it(void **state)
{
    struct mdm_dir *dir = here();
    struct mdm_lock *lock = NULL;
    struct mdm_bytes bytes = {0};
    struct mdm_names names;

    (void)state;
    put_file("f", "x", 0600);
    assert_int_equal(mdm_lock_take(dir, ".lock", &lock, NULL), 0);
    assert_int_equal(mdm_file_read(dir, "f", 10, &bytes, NULL), MDM_FILE_READ);
    assert_int_equal(mdm_file_write(dir, "g", &bytes, 0600, MDM_FILE_NEW, NULL), 0);
    assert_int_equal(mdm_dir_list(dir, &names, NULL), 0);
    mdm_dir_sweep(dir);
    assert_int_equal(try_elsewhere(dir), -1);
    mdm_names_free(&names);
    mdm_bytes_free(&bytes);
    mdm_lock_release(&lock);
    mdm_dir_close(&dir);
}

static void lock_file_is_private_and_regular(void **state)
{
    struct mdm_dir *dir = here();
    struct mdm_lock *lock = NULL;
    struct mdm_error err = {0};

    (void)state;
    (void)umask(0);
    assert_int_equal(mdm_lock_take(dir, ".lock", &lock, NULL), 0);
    assert_mode(".lock", 0600);
    mdm_lock_release(&lock);
    assert_int_equal(unlink(".lock"), 0);
    assert_int_equal(symlink("elsewhere", ".lock"), 0);
    assert_int_equal(mdm_lock_take(dir, ".lock", &lock, &err), -1);
    assert_non_null(strstr(err.text, "'.lock'"));
    assert_absent("elsewhere");
    assert_int_equal(unlink(".lock"), 0);
    assert_int_equal(mkfifo(".lock", 0600), 0);
    mdm_error_clear(&err);
    assert_int_equal(mdm_lock_take(dir, ".lock", &lock, &err), -1);
    assert_string_equal(err.text, "the lock file '.lock' is not a regular file");
    mdm_dir_close(&dir);
}

static int take_twice_under_umask_0777(void)
{
    struct mdm_dir *dir = mdm_dir_open(".", NULL);
    struct mdm_lock *lock = NULL;
    int result;

    (void)umask(0777);
    result = mdm_lock_take(dir, ".lock", &lock, NULL);
    mdm_lock_release(&lock);
    if (result == 0)
        result = mdm_lock_take(dir, ".lock", &lock, NULL);
    mdm_lock_release(&lock);
    mdm_dir_close(&dir);
    return result == 0 ? 0 : 1;
}

static void umask_does_not_shut_us_out(void **state)
{
    (void)state;
    assert_as_user(take_twice_under_umask_0777);
}

#define SCRATCH_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(second_process_is_told_who_holds_it), SCRATCH_TEST(killed_holder_leaves_it_free),
        SCRATCH_TEST(work_in_the_folder_does_not_lose_it), SCRATCH_TEST(lock_file_is_private_and_regular),
        SCRATCH_TEST(umask_does_not_shut_us_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
