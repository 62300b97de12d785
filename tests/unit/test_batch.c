/* The batch: names, order, repetition, stopping. The program's side of it is in tests/cli/sign.bats. */
#include "flow/batch.h"

#include <stdatomic.h>

#include "issued.h"
#include "store/file.h"

#define MANY 2100 /* several groups */

static struct mdm_signer *signer;

/* A clock that stands still, or in which every signature takes two seconds. */
static atomic_int ticks;
static bool is_slow;

static mdm_time now(void *self)
{
    (void)self;
    return issued_at() + (is_slow ? 2 * atomic_fetch_add(&ticks, 1) : 0);
}

/* Paths "N.csr", and what was reported of them. */
struct ends {
    size_t next, count;
    char path[64];
    size_t stop_after; /* reports; 0: never */
    size_t reports, signed_count, present;
};

static enum mdm_batch_next next_path(void *self, bool wait, const char **path, struct mdm_error *err)
{
    struct ends *ends = self;

    (void)wait;
    (void)err;
    if (ends->next == ends->count)
        return MDM_BATCH_END;
    (void)snprintf(ends->path, sizeof ends->path, "%zu.csr", ends->next++);
    *path = ends->path;
    return MDM_BATCH_PATH;
}

static void report(void *self, const struct mdm_batch_result *result)
{
    struct ends *ends = self;
    char expected[64];

    (void)snprintf(expected, sizeof expected, "%zu.csr", ends->reports++);
    assert_string_equal(result->input, expected); /* in order */
    assert_null(result->error);
    ends->signed_count += result->outcome == MDM_BATCH_SIGNED;
    ends->present += result->outcome == MDM_BATCH_PRESENT;
}

static bool stop(void *self)
{
    const struct ends *ends = self;

    return ends->stop_after > 0 && ends->reports >= ends->stop_after;
}

static void run(struct ends *ends)
{
    struct mdm_batch_ends callbacks = {.self = ends, .next = next_path, .report = report, .stop = stop, .now = now};
    struct mdm_error err = {0};

    if (mdm_batch_sign(signer, "out", 2, &callbacks, &err) != 0)
        fail_msg("%s", err.text);
}

static size_t files_in_out(bool hidden)
{
    struct mdm_dir *dir = mdm_dir_open("out", NULL);
    struct mdm_names names = {0};
    size_t count = 0;

    assert_non_null(dir);
    assert_int_equal(mdm_dir_list(dir, &names, NULL), 0);
    for (size_t i = 0; i < names.count; i++)
        count += (names.items[i][0] == '.') == hidden;
    mdm_names_free(&names);
    mdm_dir_close(&dir);
    return count;
}

static void put_many(size_t count)
{
    char path[64];

    assert_int_equal(mdm_path_write("0.csr", &world->customer[0].csr_pem, 0644, MDM_FILE_REPLACE, NULL), 0);
    for (size_t i = 1; i < count; i++) {
        (void)snprintf(path, sizeof path, "%zu.csr", i);
        assert_int_equal(link("0.csr", path), 0);
    }
    assert_int_equal(mkdir("out", 0700), 0);
}

static void names_follow_the_file(void **state)
{
    static const char *const expected[][2] = {
        {"acme.csr", "acme.plist_encode"},
        {"in/acme.CSR", "acme.plist_encode"},
        {"/a.b/acme.pem", "acme.plist_encode"},
        {"acme.com", "acme.com.plist_encode"},
        {"acme.com.csr", "acme.com.plist_encode"},
        {".csr", ".csr.plist_encode"},
        {"acme", "acme.plist_encode"},
    };
    struct mdm_batch_name name;
    struct mdm_error err = {0};
    char longest[300] = "";

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_int_equal(mdm_batch_name(expected[i][0], 1, &name, NULL), 0);
        assert_string_equal(name.text, expected[i][1]);
    }
    assert_int_equal(mdm_batch_name("x/acme.csr", 12, &name, NULL), 0);
    assert_string_equal(name.text, "acme-12.plist_encode");
    memset(longest, 'x', 242); /* 242 + 13 = 255 */
    assert_int_equal(mdm_batch_name(longest, 1, &name, NULL), 0);
    assert_int_equal(mdm_batch_name(longest, 2, &name, &err), -1);
    assert_non_null(strstr(err.text, "too long"));
}

static void a_stop_finishes_what_is_begun_and_no_more(void **state)
{
    struct ends ends = {.count = MANY, .stop_after = 1}, rest = {.count = MANY};

    (void)state;
    put_many(MANY);
    run(&ends);
    assert_true(ends.signed_count >= 1);
    assert_true(ends.signed_count < MANY);
    assert_int_equal(files_in_out(false), ends.signed_count);
    assert_int_equal(files_in_out(true), 0);
    run(&rest);
    assert_int_equal(rest.present, ends.signed_count);
    assert_int_equal(rest.present + rest.signed_count, MANY);
}

static void a_slow_key_is_heard_of_soon(void **state)
{
    struct ends ends = {.count = 40}, stopped = {.count = 40, .stop_after = 1};

    (void)state;
    put_many(40);
    is_slow = true;
    run(&stopped);
    assert_true(stopped.reports < 10);
    run(&ends);
    is_slow = false;
    assert_int_equal(ends.signed_count + ends.present, 40);
    assert_int_equal(files_in_out(false), 40);
}

static int open_world(void **state)
{
    struct mdm_error err = {0};

    if (issued_open(state) != 0)
        return -1;
    signer = mdm_signer_new(world->vendor[0].key, "key", world->vendor[0].cert, "mdm.cer", world->trust, NULL,
                            issued_at(), &err);
    return signer != NULL ? 0 : -1;
}

static int close_world(void **state)
{
    mdm_signer_free(&signer);
    return issued_close(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_follow_the_file),
        TEST(a_stop_finishes_what_is_begun_and_no_more),
        TEST(a_slow_key_is_heard_of_soon),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
