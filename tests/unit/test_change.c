/* Tests of flow/change.h: a change is made whole, archived, listed, undone, and put back when it was cut short. */
#include "scratch.h"

#include "flow/change.h"

static mdm_time now(void *ctx)
{
    return mdm_time_from_civil(2026, 11, 25, 12, 0, 0) + *(int *)ctx;
}

static void notify(void *ctx, const struct mdm_event *event)
{
    (void)ctx;
    (void)event;
}

struct folder {
    struct mdm_workspace *workspace;
    struct mdm_lists lists;
    struct mdm_callbacks callbacks;
    int seconds; /* of the clock */
};

static void open_folder(struct folder *folder)
{
    *folder = (struct folder){.callbacks = {.now = now, .notify = notify}};
    folder->callbacks.ctx = &folder->seconds;
    folder->workspace = mdm_workspace_open(".", MDM_WORKSPACE_WORK, NULL);
    assert_non_null(folder->workspace);
    assert_int_equal(mdm_lists_read(folder->workspace, &folder->lists, NULL), 0);
}

static void close_folder(struct folder *folder)
{
    mdm_lists_free(&folder->lists);
    mdm_workspace_close(&folder->workspace);
}

static struct mdm_commit context(const struct folder *folder)
{
    return (struct mdm_commit){
        .workspace = folder->workspace, .callbacks = &folder->callbacks, .lists = &folder->lists, .unit = ""};
}

static void put(struct mdm_change *change, enum mdm_place place, const char *name, const char *text)
{
    struct mdm_bytes bytes = {0};

    assert_int_equal(mdm_bytes_append_text(&bytes, text, NULL), 0);
    mdm_change_put(change, place, name, &bytes, MDM_MODE_PRIVATE);
    mdm_bytes_free(&bytes);
}

/* Commits a change that puts `text` into outputs/key and removes inputs/mdm.cer. */
static int replace_key(struct folder *folder, const char *command, const char *text, struct mdm_error *err)
{
    struct mdm_change change = {.command = command};
    struct mdm_commit commit = context(folder);
    char archive[MDM_LIST_FOLDER_MAX];
    int result;

    put(&change, MDM_OUTPUTS, "key", text);
    mdm_change_remove(&change, MDM_INPUTS, "mdm.cer");
    result = mdm_change_commit(&change, &commit, archive, err);
    mdm_change_free(&change);
    mdm_lists_free(&folder->lists);
    assert_int_equal(mdm_lists_read(folder->workspace, &folder->lists, NULL), 0);
    return result;
}

static int undo(struct folder *folder, struct mdm_error *err)
{
    struct mdm_commit commit = context(folder);
    char command[MDM_LIST_COMMAND_MAX];
    int result = mdm_change_undo(&commit, command, err);

    mdm_lists_free(&folder->lists);
    assert_int_equal(mdm_lists_read(folder->workspace, &folder->lists, NULL), 0);
    return result;
}

static void first_files_leave_no_archive(void **state)
{
    struct folder folder;

    (void)state;
    open_folder(&folder);
    assert_int_equal(replace_key(&folder, "run", "one", NULL), 0);
    assert_file("outputs/key", "one");
    assert_absent("outputs/archive");
    close_folder(&folder);
}

static void what_is_replaced_is_archived_as_a_file_of_its_own(void **state)
{
    struct folder folder;

    (void)state;
    open_folder(&folder);
    put_file("outputs/key", "one", 0600);
    put_file("inputs/mdm.cer", "certificate", 0644);
    assert_int_equal(replace_key(&folder, "1", "two", NULL), 0);
    put_file("outputs/key", "overwritten in place", 0600);
    assert_file("outputs/archive/20261125T120000Z/key", "one");
    assert_file("outputs/archive/20261125T120000Z/inputs/mdm.cer", "certificate");
    assert_absent("inputs/mdm.cer");
    close_folder(&folder);
}

static void undo_goes_back_command_by_command_whatever_the_clock_says(void **state)
{
    struct folder folder;
    struct mdm_error err = {0};

    (void)state;
    open_folder(&folder);
    put_file("outputs/key", "one", 0600);
    put_file("inputs/mdm.cer", "certificate", 0644);
    assert_int_equal(replace_key(&folder, "1", "two", NULL), 0);
    folder.seconds = -3600;
    assert_int_equal(replace_key(&folder, "2", "three", NULL), 0);
    assert_int_equal(undo(&folder, NULL), 0);
    assert_file("outputs/key", "two");
    folder.seconds = 7200;
    assert_int_equal(undo(&folder, NULL), 0);
    assert_file("outputs/key", "one");
    assert_file("inputs/mdm.cer", "certificate");
    assert_int_equal(undo(&folder, &err), -1);
    assert_int_equal(err.code, MDM_E_REFUSED);
    close_folder(&folder);
}

static void undo_refuses_a_file_that_was_changed_by_hand(void **state)
{
    struct folder folder;
    struct mdm_error err = {0};

    (void)state;
    open_folder(&folder);
    put_file("outputs/key", "one", 0600);
    assert_int_equal(replace_key(&folder, "1", "two", NULL), 0);
    put_file("outputs/key", "by hand", 0600);
    assert_int_equal(undo(&folder, &err), -1);
    assert_int_equal(err.code, MDM_E_REFUSED);
    assert_non_null(strstr(err.text, "outputs/key"));
    assert_file("outputs/key", "by hand");
    close_folder(&folder);
}

static const char *judged_otherwise(const void *state, enum mdm_place place, const char *name)
{
    (void)state;
    (void)name;
    return place == MDM_OUTPUTS ? "-" : NULL;
}

static void a_file_that_changed_since_it_was_judged_stops_the_change(void **state)
{
    struct folder folder;
    struct mdm_error err = {0};
    struct mdm_change change = {.command = "run"};
    struct mdm_commit commit;
    char archive[MDM_LIST_FOLDER_MAX];

    (void)state;
    open_folder(&folder);
    commit = context(&folder);
    commit.judged = judged_otherwise;
    put(&change, MDM_OUTPUTS, "key", "new");
    put_file("outputs/key", "came meanwhile", 0600);
    assert_int_equal(mdm_change_commit(&change, &commit, archive, &err), -1);
    assert_non_null(strstr(err.text, "changed while mdmvendor was working"));
    assert_file("outputs/key", "came meanwhile");
    mdm_change_free(&change);
    close_folder(&folder);
}

static void a_lost_lock_stops_the_change(void **state)
{
    struct folder folder;
    struct mdm_error err = {0};

    (void)state;
    open_folder(&folder);
    assert_int_equal(unlink("outputs/.lock"), 0);
    assert_int_equal(replace_key(&folder, "1", "two", &err), -1);
    assert_non_null(strstr(err.text, ".lock"));
    assert_absent("outputs/key");
    close_folder(&folder);
}

/* As after a crash in the middle: the list still says that the change is being made. */
static void a_change_that_was_cut_short_is_put_back(void **state)
{
    struct folder folder;
    struct mdm_commit commit;

    (void)state;
    open_folder(&folder);
    put_file("outputs/key", "one", 0600);
    put_file("inputs/mdm.cer", "certificate", 0644);
    assert_int_equal(replace_key(&folder, "1", "two", NULL), 0);
    assert_int_equal(
        rename("outputs/archive/20261125T120000Z/list.txt", "outputs/archive/20261125T120000Z/list.pending"), 0);
    close_folder(&folder);
    open_folder(&folder);
    commit = context(&folder);
    assert_int_equal(mdm_change_recover(&commit, NULL), 1);
    assert_file("outputs/key", "one");
    assert_file("inputs/mdm.cer", "certificate");
    assert_file("outputs/archive/20261125T120000Z-2/key", "two");
    close_folder(&folder);
    open_folder(&folder);
    commit = context(&folder);
    assert_int_equal(mdm_change_recover(&commit, NULL), 0);
    close_folder(&folder);
}

/* The step that was cut short will use Apple's certificate again; an undo takes it away. */
static void a_used_certificate_stays_for_the_next_run_and_goes_by_undo(void **state)
{
    struct folder folder;
    struct mdm_commit commit;
    struct mdm_change change = {.command = "run"};
    char archive[MDM_LIST_FOLDER_MAX];
    char digest[MDM_SHA256_TEXT];

    (void)state;
    open_folder(&folder);
    commit = context(&folder);
    put_file("outputs/pfx", "old", 0600);
    put_file("inputs/push.pem", "certificate", 0644);
    assert_int_equal(mdm_sha256_text("certificate", 11, digest, NULL), 0);
    put(&change, MDM_OUTPUTS, "pfx", "new");
    mdm_change_use(&change, "push.pem", digest);
    assert_int_equal(mdm_change_commit(&change, &commit, archive, NULL), 0);
    mdm_change_free(&change);
    assert_int_equal(
        rename("outputs/archive/20261125T120000Z/list.txt", "outputs/archive/20261125T120000Z/list.pending"), 0);
    close_folder(&folder);
    open_folder(&folder);
    commit = context(&folder);
    assert_int_equal(mdm_change_recover(&commit, NULL), 1);
    assert_file("outputs/pfx", "old");
    assert_file("inputs/push.pem", "certificate");
    close_folder(&folder);
    assert_int_equal(unlink("outputs/archive/20261125T120000Z-2/list.txt"), 0);
    put_file("outputs/pfx", "new", 0600);
    open_folder(&folder);
    assert_int_equal(undo(&folder, NULL), 0);
    assert_file("outputs/pfx", "old");
    assert_absent("inputs/push.pem");
    close_folder(&folder);
}

static void odd_names_survive_the_list(void **state)
{
    static const char name[] = "a b%\n\x01.cer";
    struct folder folder;
    struct mdm_change change = {.command = "renew"};
    struct mdm_commit commit;
    char archive[MDM_LIST_FOLDER_MAX];

    (void)state;
    open_folder(&folder);
    commit = context(&folder);
    put_file("inputs/a b%\n\x01.cer", "certificate", 0644);
    mdm_change_remove(&change, MDM_INPUTS, name);
    assert_int_equal(mdm_change_commit(&change, &commit, archive, NULL), 0);
    mdm_change_free(&change);
    close_folder(&folder);
    open_folder(&folder);
    assert_int_equal(folder.lists.count, 1);
    assert_string_equal(folder.lists.items[0].files[0].name, name);
    assert_int_equal(undo(&folder, NULL), 0);
    assert_file("inputs/a b%\n\x01.cer", "certificate");
    close_folder(&folder);
}

static void a_damaged_list_is_never_followed(void **state)
{
    static const char *const lists[] = {
        "",
        "nonsense\n",
        "mdmvendor list 1\ncommand 1\nnumber 1\nfollows -\nunit x\nfile - - ../etc/passwd\n",
        "mdmvendor list 1\ncommand 1\nnumber 1\nfollows -\nunit x\nfile - - outputs/../../x\n",
        "mdmvendor list 1\ncommand 1\nnumber 1\nfollows -\nunit x\nfile 12 - outputs/key\n",
    };
    struct mdm_error err = {0};
    struct folder folder;

    (void)state;
    open_folder(&folder);
    put_file("outputs/key", "one", 0600);
    assert_int_equal(replace_key(&folder, "1", "two", NULL), 0);
    close_folder(&folder);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        put_file("outputs/archive/20261125T120000Z/list.txt", lists[i], 0600);
        open_folder(&folder);
        mdm_error_clear(&err);
        assert_int_equal(undo(&folder, &err), -1);
        assert_int_equal(err.code, MDM_E_REFUSED);
        assert_non_null(strstr(err.text, "20261125T120000Z/list.txt"));
        close_folder(&folder);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(first_files_leave_no_archive),
        TEST(what_is_replaced_is_archived_as_a_file_of_its_own),
        TEST(undo_goes_back_command_by_command_whatever_the_clock_says),
        TEST(undo_refuses_a_file_that_was_changed_by_hand),
        TEST(a_file_that_changed_since_it_was_judged_stops_the_change),
        TEST(a_lost_lock_stops_the_change),
        TEST(a_change_that_was_cut_short_is_put_back),
        TEST(a_used_certificate_stays_for_the_next_run_and_goes_by_undo),
        TEST(odd_names_survive_the_list),
        TEST(a_damaged_list_is_never_followed),
    };

    return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
