/* Tests of store/file.h, where no command shows it. */
#include "scratch.h"

#include "store/file.h"

static struct mdm_dir *here(void)
{
    struct mdm_error err = {0};
    struct mdm_dir *dir = mdm_dir_open(".", &err);

    assert_non_null(dir);
    return dir;
}

static void limit_is_exact_and_sizes_are_not_believed(void **state)
{
    struct mdm_dir *dir = here(), *process = mdm_dir_open("/proc/self", NULL);
    struct mdm_bytes bytes = {0};

    (void)state;
    put_file("large", "x", 0600);
    assert_int_equal(truncate("large", (off_t)MDM_FILE_LIMIT + 1), 0);
    assert_int_equal(mdm_file_read(dir, "large", &bytes, NULL), MDM_FILE_TOO_LARGE);
    assert_null(bytes.data);
    assert_int_equal(truncate("large", (off_t)MDM_FILE_LIMIT), 0);
    assert_int_equal(mdm_file_read(dir, "large", &bytes, NULL), MDM_FILE_READ);
    assert_int_equal(bytes.size, MDM_FILE_LIMIT);
    mdm_bytes_free(&bytes);
    put_file("empty", "", 0600);
    assert_int_equal(mdm_file_read(dir, "empty", &bytes, NULL), MDM_FILE_READ);
    assert_int_equal(bytes.size, 0);
    if (process != NULL) { /* these say that they are empty, and are not */
        assert_int_equal(mdm_file_read(process, "status", &bytes, NULL), MDM_FILE_READ);
        assert_non_null(strstr((const char *)bytes.data, "Pid:"));
        mdm_bytes_free(&bytes);
    }
    mdm_dir_close(&process);
    mdm_dir_close(&dir);
}

static void move_takes_a_file_elsewhere_and_replaces_nothing(void **state)
{
    struct mdm_dir *dir = here(), *to = NULL;
    struct mdm_error err = {0};

    (void)state;
    assert_int_equal(mdm_dir_sub_make(dir, "to", &to, NULL), 0);
    put_file("key", "secret", 0600);
    assert_int_equal(mdm_file_move(dir, "key", to, "key", &err), 0);
    assert_file("to/key", "secret");
    assert_absent("key");
    put_file("key", "another", 0600);
    assert_int_equal(mdm_file_move(dir, "key", to, "key", &err), -1);
    assert_file("to/key", "secret");
    assert_file("key", "another");
    mdm_dir_close(&to);
    mdm_dir_close(&dir);
}

static void remove_takes_files_and_does_not_mind_absence(void **state)
{
    struct mdm_dir *dir = here();
    struct mdm_error err = {0};

    (void)state;
    put_file("f", "x", 0600);
    assert_int_equal(mdm_file_remove(dir, "f", &err), 0);
    assert_absent("f");
    assert_int_equal(mdm_file_remove(dir, "f", &err), 0);
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(mdm_file_remove(dir, "folder", &err), -1);
    assert_non_null(strstr(err.text, "cannot remove 'folder'"));
    mdm_dir_close(&dir);
}

static void sweep_takes_our_temporaries_alone(void **state)
{
    static const char *const others[] = {
        ".mdmvendor-1-0123456789abcde.tmp",
        ".mdmvendor-1-0123456789abcdefa.tmp",
        ".mdmvendor-1-0123456789ABCDEF.tmp",
        ".mdmvendor--0123456789abcdef.tmp",
        ".mdmvendor-1-0123456789abcdef.tmp2",
        "mdmvendor-1-0123456789abcdef.tmp",
        "x.mdmvendor-1-0123456789abcdef.tmp",
        "vendor.key",
        ".lock",
    };
    char own[64], living[64];
    struct mdm_dir *dir = here();
    struct mdm_names names;

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        put_file(others[i], "x", 0600);
    put_file("target", "x", 0600);
    assert_int_equal(symlink("target", ".mdmvendor-2-0123456789abcdef.tmp"), 0);
    assert_int_equal(mkdir(".mdmvendor-3-0123456789abcdef.tmp", 0700), 0);
    (void)snprintf(own, sizeof own, ".mdmvendor-%ld-0123456789abcdef.tmp", (long)getpid());
    (void)snprintf(living, sizeof living, ".mdmvendor-%ld-0123456789abcdef.tmp", (long)getppid());
    put_file(".mdmvendor-999999999-0123456789abcdef.tmp", "half a k", 0600); /* no process has that number */
    put_file(own, "x", 0600);
    put_file(living, "x", 0600);
    mdm_dir_sweep(dir);
    assert_absent(".mdmvendor-999999999-0123456789abcdef.tmp");
    assert_absent(own);
    assert_int_equal(mdm_dir_list(dir, &names, NULL), 0);
    assert_int_equal(names.count, sizeof others / sizeof *others + 4);
    mdm_names_free(&names);
    mdm_dir_close(&dir);
}

static void names_are_sorted_by_byte(void **state)
{
    static const char *const expected[] = {".hidden", "A", "a", "b", "\xC3\xA4"};
    struct mdm_dir *dir = here();
    struct mdm_names names;

    (void)state;
    for (size_t i = 5; i > 0; i--)
        put_file(expected[i - 1], "", 0600);
    assert_int_equal(mdm_dir_list(dir, &names, NULL), 0);
    assert_int_equal(names.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(names.items[i], expected[i]);
    mdm_names_free(&names);
    mdm_dir_close(&dir);
}

static void long_paths_do_not_push_the_reason_out(void **state)
{
    struct mdm_error err = {0};
    struct mdm_bytes bytes = {0};
    char path[4000];

    (void)state;
    for (size_t i = 0; i + 2 < sizeof path; i += 2)
        memcpy(path + i, "\xC3\xA4", 2); /* one name of 2000 characters: longer than any file system takes */
    path[sizeof path - 2] = '\0';
    assert_int_equal(mdm_path_read(path, MDM_PATH_ANY, &bytes, NULL, &err), -1);
    assert_non_null(strstr(err.text, "File name too long"));
    assert_memory_equal(err.text, "cannot read '\xC3\xA4", 15);
}

#define SCRATCH_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(limit_is_exact_and_sizes_are_not_believed),
        SCRATCH_TEST(move_takes_a_file_elsewhere_and_replaces_nothing),
        SCRATCH_TEST(remove_takes_files_and_does_not_mind_absence),
        SCRATCH_TEST(sweep_takes_our_temporaries_alone),
        SCRATCH_TEST(names_are_sorted_by_byte),
        SCRATCH_TEST(long_paths_do_not_push_the_reason_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
