/* Tests of mdmvendor/workspace.h and the archive. */
#include "scratch.h"

#include "store/workspace.h"

static mdm_time noon(void)
{
    return mdm_time_from_civil(2026, 11, 23, 12, 0, 0);
}

static struct mdm_workspace *work(void)
{
    struct mdm_error err = {0};
    struct mdm_workspace *workspace = mdm_workspace_open(".", MDM_WORKSPACE_WORK, &err);

    assert_string_equal(err.text, "");
    assert_non_null(workspace);
    return workspace;
}

static void archives_of_one_second_are_told_apart_and_ordered(void **state)
{
    struct mdm_workspace *workspace = work();
    struct mdm_names names;
    char text[16];

    (void)state;
    for (int i = 1; i <= 11; i++) {
        struct mdm_archive archive;

        assert_int_equal(mdm_archive_begin(workspace, noon(), &archive, NULL), 0);
        (void)snprintf(text, sizeof text, "%d", i);
        put_file("inputs/f", text, 0600);
        assert_int_equal(mdm_archive_move_input(&archive, "f", NULL), 0);
        mdm_archive_end(&archive);
    }
    assert_int_equal(mkdir("outputs/archive/20251231T235959Z", 0700), 0);
    assert_int_equal(mkdir("outputs/archive/20261123T120001Z", 0700), 0);
    assert_int_equal(mdm_archive_list(workspace, &names, NULL), 0);
    assert_int_equal(names.count, 13);
    assert_string_equal(names.items[0], "20251231T235959Z");
    assert_string_equal(names.items[1], "20261123T120000Z");
    assert_string_equal(names.items[2], "20261123T120000Z-2");
    assert_string_equal(names.items[10], "20261123T120000Z-10");
    assert_string_equal(names.items[11], "20261123T120000Z-11");
    assert_string_equal(names.items[12], "20261123T120001Z");
    assert_file("outputs/archive/20261123T120000Z-10/inputs/f", "10");
    mdm_names_free(&names);
    mdm_workspace_close(&workspace);
}

static void archive_list_passes_over_what_is_not_ours(void **state)
{
    static const char *const strange[] = {
        "20261123T120000",     "20261123T120000Z-1",
        "20261123T120000Z-02", "20261123T120000Z-",
        "20261123T120000Z-2x", "20261123T120000Zold",
        "20261123 120000Z",    "inputs",
        "20261123T1200-0Z",    "old",
    };
    struct mdm_workspace *workspace = work();
    struct mdm_dir *outputs, *inputs;
    struct mdm_names names;
    char path[64];

    (void)state;
    assert_int_equal(mkdir("outputs/archive", 0700), 0);
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        (void)snprintf(path, sizeof path, "outputs/archive/%s", strange[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    put_file("outputs/archive/20260101T000000Z", "a file", 0600);
    assert_int_equal(symlink("old", "outputs/archive/20260102T000000Z"), 0);
    assert_int_equal(mkdir("outputs/archive/20260103T000000Z", 0700), 0);
    assert_int_equal(mdm_archive_list(workspace, &names, NULL), 0);
    assert_int_equal(names.count, 1);
    assert_int_equal(mdm_archive_folder(workspace, names.items[0], &outputs, &inputs, NULL), 0);
    assert_null(inputs);
    mdm_dir_close(&outputs);
    assert_int_equal(mdm_archive_folder(workspace, "old", &outputs, &inputs, NULL), -1);
    assert_int_equal(mdm_archive_folder(workspace, "..", &outputs, &inputs, NULL), -1);
    assert_int_equal(mdm_archive_folder(workspace, "20200101T000000Z", &outputs, &inputs, NULL), -1);
    assert_null(outputs);
    mdm_names_free(&names);
    mdm_workspace_close(&workspace);
}

#define SCRATCH_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(archives_of_one_second_are_told_apart_and_ordered),
        SCRATCH_TEST(archive_list_passes_over_what_is_not_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
