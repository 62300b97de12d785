/* Tests of mdmvendor/workspace.h and the archive. */
#include "scratch.h"

#include "store/workspace.h"

#define TEMPORARY ".mdmvendor-77-0123456789abcdef.tmp"

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

/* Opening in mode `mode` must fail with these words in text and hint. */
static void assert_open_fails(const char *path, enum mdm_workspace_mode mode, const char *text, const char *hint)
{
    struct mdm_error err = {0};

    assert_null(mdm_workspace_open(path, mode, &err));
    assert_int_equal(err.code, MDM_E_FAILED);
    assert_non_null(strstr(err.text, text));
    assert_non_null(strstr(err.hint, hint));
}

static void work_makes_private_folders(void **state)
{
    struct mdm_workspace *workspace;

    (void)state;
    (void)umask(0);
    workspace = work();
    assert_mode("inputs", 0700);
    assert_mode("outputs", 0700);
    assert_string_equal(mdm_workspace_path(workspace), ".");
    assert_string_equal(mdm_dir_path(mdm_workspace_outputs(workspace)), "outputs");
    assert_string_equal(mdm_dir_path(mdm_workspace_inputs(workspace)), "inputs");
    mdm_workspace_close(&workspace);
    assert_null(workspace);
}

static void missing_work_folder_is_an_error_with_a_hint(void **state)
{
    (void)state;
    assert_open_fails("absent", MDM_WORKSPACE_WORK, "there is no folder 'absent'", "mkdir");
    assert_open_fails("absent", MDM_WORKSPACE_LOOK, "there is no folder 'absent'", "mkdir");
    put_file("file", "x", 0600);
    assert_open_fails("file", MDM_WORKSPACE_LOOK, "'file' is a file where a folder is due", "--directory");
}

static void look_makes_nothing(void **state)
{
    struct mdm_error err = {0};
    struct mdm_workspace *workspace = mdm_workspace_open(".", MDM_WORKSPACE_LOOK, &err);
    struct mdm_names names;

    (void)state;
    assert_non_null(workspace);
    assert_null(mdm_workspace_inputs(workspace));
    assert_null(mdm_workspace_outputs(workspace));
    assert_int_equal(mdm_archive_list(workspace, &names, &err), 0);
    assert_int_equal(names.count, 0);
    assert_int_equal(mdm_dir_list(mdm_workspace_root(workspace), &names, NULL), 0);
    assert_int_equal(names.count, 0);
    mdm_workspace_close(&workspace);
}

static int look_at_read_only_folder(void)
{
    struct mdm_error err = {0};
    struct mdm_workspace *workspace = mdm_workspace_open("frozen", MDM_WORKSPACE_LOOK, &err);
    struct mdm_bytes bytes = {0};
    int result = 1;

    if (workspace != NULL && mdm_workspace_inputs(workspace) == NULL &&
        mdm_file_read(mdm_workspace_outputs(workspace), "vendor.csr", 10, &bytes, NULL) == MDM_FILE_READ)
        result = 0;
    mdm_bytes_free(&bytes);
    mdm_workspace_close(&workspace);
    if (mdm_workspace_open("frozen", MDM_WORKSPACE_WORK, &err) != NULL)
        result = 2;
    return result;
}

static void look_works_on_a_read_only_folder(void **state)
{
    (void)state;
    assert_int_equal(mkdir("frozen", 0755), 0);
    assert_int_equal(mkdir("frozen/outputs", 0755), 0);
    put_file("frozen/outputs/vendor.csr", "x", 0644);
    assert_int_equal(chmod("frozen/outputs", 0555), 0);
    assert_int_equal(chmod("frozen", 0555), 0);
    assert_as_user(look_at_read_only_folder);
}

static void folders_must_be_folders(void **state)
{
    (void)state;
    assert_int_equal(mkdir("real", 0700), 0);
    assert_int_equal(symlink("real", "outputs"), 0);
    assert_open_fails(".", MDM_WORKSPACE_WORK, "'outputs' is a symbolic link", "--directory");
    assert_open_fails(".", MDM_WORKSPACE_LOOK, "'outputs' is a symbolic link", "--directory");
    assert_int_equal(unlink("outputs"), 0);
    put_file("inputs", "x", 0600);
    assert_open_fails(".", MDM_WORKSPACE_WORK, "'inputs' is a file where a folder is due", "Move that file");
}

static void outputs_that_others_can_write_is_refused(void **state)
{
    struct mdm_workspace *workspace;

    (void)state;
    assert_int_equal(mkdir("outputs", 0700), 0);
    assert_int_equal(chmod("outputs", 0775), 0);
    assert_open_fails(".", MDM_WORKSPACE_WORK, "other users can write to the folder 'outputs'", "chmod go-w 'outputs'");
    assert_absent("outputs/.lock");
    workspace = mdm_workspace_open(".", MDM_WORKSPACE_LOOK, NULL);
    assert_non_null(workspace);
    mdm_workspace_close(&workspace);
}

static int open_elsewhere(enum mdm_workspace_mode mode)
{
    pid_t child = fork();
    int status = -1;

    assert_true(child >= 0);
    if (child == 0) {
        struct mdm_error err = {0};
        struct mdm_workspace *workspace = mdm_workspace_open(".", mode, &err);

        if (workspace != NULL)
            _exit(0);
        _exit(strstr(err.text, "another mdmvendor") != NULL ? 1 : 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void two_runs_exclude_each_other_and_looking_goes_on(void **state)
{
    struct mdm_workspace *workspace = work(), *looking;

    (void)state;
    assert_int_equal(open_elsewhere(MDM_WORKSPACE_WORK), 1);
    assert_int_equal(open_elsewhere(MDM_WORKSPACE_LOOK), 0);
    /* Closing any descriptor of the lock file would give the lock up: looking must not have one. */
    looking = mdm_workspace_open(".", MDM_WORKSPACE_LOOK, NULL);
    mdm_workspace_close(&looking);
    assert_int_equal(open_elsewhere(MDM_WORKSPACE_WORK), 1);
    mdm_workspace_close(&workspace);
    assert_int_equal(open_elsewhere(MDM_WORKSPACE_WORK), 0);
}

static void work_sweeps_and_looking_does_not(void **state)
{
    static const char *const swept[] = {
        "inputs/" TEMPORARY,
        "outputs/" TEMPORARY,
        "outputs/archive/20260101T000000Z/" TEMPORARY,
        "outputs/archive/20260101T000000Z/inputs/" TEMPORARY,
    };
    struct mdm_workspace *workspace;

    (void)state;
    assert_int_equal(system("mkdir -p -m 700 inputs outputs outputs/archive/20260101T000000Z/inputs"), 0);
    for (size_t i = 0; i < sizeof swept / sizeof *swept; i++)
        put_file(swept[i], "half", 0600);
    put_file("outputs/vendor.key", "whole", 0600);
    put_file("outputs/archive/20260101T000000Z/vendor.key", "older", 0600);
    workspace = mdm_workspace_open(".", MDM_WORKSPACE_LOOK, NULL);
    mdm_workspace_close(&workspace);
    for (size_t i = 0; i < sizeof swept / sizeof *swept; i++)
        assert_file(swept[i], "half");
    workspace = work();
    for (size_t i = 0; i < sizeof swept / sizeof *swept; i++)
        assert_absent(swept[i]);
    assert_file("outputs/vendor.key", "whole");
    assert_file("outputs/archive/20260101T000000Z/vendor.key", "older");
    mdm_workspace_close(&workspace);
}

static void archive_keeps_both_sides_under_their_names(void **state)
{
    struct mdm_workspace *workspace = work();
    struct mdm_archive *archive = mdm_archive_begin(workspace, noon(), NULL);
    struct mdm_dir *outputs = NULL, *inputs = NULL;
    struct mdm_error err = {0};

    (void)state;
    put_file("outputs/vendor.key", "key", 0600);
    put_file("inputs/mdm.cer", "certificate", 0644);
    assert_int_equal(mdm_archive_copy_output(archive, "vendor.key", &err), 0);
    assert_int_equal(mdm_archive_move_input(archive, "mdm.cer", &err), 0);
    assert_string_equal(mdm_archive_path(archive), "outputs/archive/20261123T120000Z");
    mdm_archive_free(&archive);
    assert_mode("outputs/archive", 0700);
    assert_mode("outputs/archive/20261123T120000Z", 0700);
    assert_file("outputs/archive/20261123T120000Z/vendor.key", "key");
    assert_mode("outputs/archive/20261123T120000Z/vendor.key", 0600);
    assert_file("outputs/archive/20261123T120000Z/inputs/mdm.cer", "certificate");
    assert_file("outputs/vendor.key", "key");
    put_file("inputs/mdm.cer", "overwritten in place", 0644);
    assert_file("outputs/archive/20261123T120000Z/inputs/mdm.cer", "certificate");
    assert_int_equal(mdm_archive_folder(workspace, "20261123T120000Z", &outputs, &inputs, &err), 0);
    assert_non_null(inputs);
    assert_int_equal(mdm_file_stat(outputs, "vendor.key", NULL), MDM_FILE_READ);
    mdm_dir_close(&outputs);
    mdm_dir_close(&inputs);
    mdm_workspace_close(&workspace);
}

static void archives_of_one_second_are_told_apart_and_ordered(void **state)
{
    struct mdm_workspace *workspace = work();
    struct mdm_names names;
    char text[16];

    (void)state;
    for (int i = 1; i <= 11; i++) {
        struct mdm_archive *archive = mdm_archive_begin(workspace, noon(), NULL);

        (void)snprintf(text, sizeof text, "%d", i);
        put_file("inputs/f", text, 0600);
        assert_int_equal(mdm_archive_move_input(archive, "f", NULL), 0);
        mdm_archive_free(&archive);
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
        SCRATCH_TEST(work_makes_private_folders),
        SCRATCH_TEST(missing_work_folder_is_an_error_with_a_hint),
        SCRATCH_TEST(look_makes_nothing),
        SCRATCH_TEST(look_works_on_a_read_only_folder),
        SCRATCH_TEST(folders_must_be_folders),
        SCRATCH_TEST(outputs_that_others_can_write_is_refused),
        SCRATCH_TEST(two_runs_exclude_each_other_and_looking_goes_on),
        SCRATCH_TEST(work_sweeps_and_looking_does_not),
        SCRATCH_TEST(archive_keeps_both_sides_under_their_names),
        SCRATCH_TEST(archives_of_one_second_are_told_apart_and_ordered),
        SCRATCH_TEST(archive_list_passes_over_what_is_not_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
