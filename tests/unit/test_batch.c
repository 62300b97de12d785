/* The batch: names, order, repetition, stopping. The program's side of it is in tests/cli/sign.bats. */
#include "flow/batch.h"

#include <stdatomic.h>

#include "issued.h"
#include "store/file.h"

#define MANY 700 /* more than two groups */

static struct issued_world *world;
static struct mdm_signer *signer;

/* A clock that stands still, or in which every signature takes two seconds. */
static atomic_int ticks;
static bool is_slow;

static mdm_time now(void *self)
{
    (void)self;
    return issued_at() + (is_slow ? 2 * atomic_fetch_add(&ticks, 1) : 0);
}

/* Where the paths of a test come from, and what was reported. */
struct ends {
    size_t next, count;
    const char *const *paths; /* NULL: "N.csr" */
    char path[64];
    size_t stop_after; /* reports; 0: never */
    size_t fail_at;    /* path; 0: never */
    size_t reports, signed_count, present, failed;
    bool in_order;
    char outputs[16][64];
};

static enum mdm_batch_next next_path(void *self, bool wait, const char **path, struct mdm_error *err)
{
    struct ends *ends = self;

    (void)wait;
    if (ends->fail_at > 0 && ends->next == ends->fail_at) {
        (void)mdm_error_set(err, MDM_E_FAILED, "the list breaks off");
        return MDM_BATCH_ERROR;
    }
    if (ends->next == ends->count)
        return MDM_BATCH_END;
    (void)snprintf(ends->path, sizeof ends->path, "%zu.csr", ends->next);
    *path = ends->paths != NULL ? ends->paths[ends->next] : ends->path;
    ends->next++;
    return MDM_BATCH_PATH;
}

static void report(void *self, const struct mdm_batch_result *result)
{
    struct ends *ends = self;
    char expected[64];

    (void)snprintf(expected, sizeof expected, "%zu.csr", ends->reports);
    if (strcmp(result->input, ends->paths != NULL ? ends->paths[ends->reports] : expected) != 0)
        ends->in_order = false;
    if (ends->reports < 16)
        (void)snprintf(ends->outputs[ends->reports], sizeof ends->outputs[0], "%s", result->output);
    ends->reports++;
    ends->signed_count += result->outcome == MDM_BATCH_SIGNED;
    ends->present += result->outcome == MDM_BATCH_PRESENT;
    ends->failed += result->outcome == MDM_BATCH_FAILED;
    assert_true((result->error != NULL) == (result->outcome == MDM_BATCH_FAILED));
}

static bool stop(void *self)
{
    const struct ends *ends = self;

    return ends->stop_after > 0 && ends->reports >= ends->stop_after;
}

static struct mdm_error run(struct ends *ends, unsigned jobs)
{
    struct mdm_batch_ends callbacks = {.self = ends, .next = next_path, .report = report, .stop = stop, .now = now};
    struct mdm_error err = {0};
    int result;

    ends->in_order = true;
    result = mdm_batch_sign(signer, "out", jobs, &callbacks, &err);
    assert_int_equal(result == 0, err.code == MDM_OK);
    assert_true(ends->in_order);
    return err;
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

/* The CSR of one of the two customers under a path. */
static void put_csr(const char *path, int customer)
{
    struct mdm_error err = {0};

    issued_expect(mdm_path_write(path, &world->customer[customer].csr_pem, 0644, MDM_FILE_REPLACE, &err), &err);
}

static void put_many(size_t count)
{
    char path[64];

    put_csr("0.csr", 0);
    for (size_t i = 1; i < count; i++) {
        (void)snprintf(path, sizeof path, "%zu.csr", i);
        assert_int_equal(link("0.csr", path), 0);
    }
    assert_int_equal(mkdir("out", 0700), 0);
}

static void assert_request(const char *path, int customer)
{
    struct mdm_bytes file = {0};

    assert_int_equal(mdm_path_read(path, MDM_FILE_LIMIT, &file, NULL, NULL), 0);
    assert_true(mdm_request_matches(&file, world->vendor[0].cert, world->customer[customer].csr));
    mdm_bytes_free(&file);
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

static void many_are_reported_in_order_and_found_again(void **state)
{
    struct ends first = {.count = MANY}, again = {.count = MANY};

    (void)state;
    put_many(MANY);
    assert_int_equal(run(&first, 4).code, MDM_OK);
    assert_int_equal(first.signed_count, MANY);
    assert_int_equal(files_in_out(false), MANY);
    assert_int_equal(files_in_out(true), 0);
    assert_request("out/0.plist_encode", 0);
    assert_request("out/699.plist_encode", 0);
    assert_mode("out/699.plist_encode", 0644);
    assert_int_equal(run(&again, 4).code, MDM_OK);
    assert_int_equal(again.present, MANY);
}

static void a_stop_finishes_what_is_begun_and_no_more(void **state)
{
    struct ends ends = {.count = MANY * 3, .stop_after = 1}, rest = {.count = MANY * 3};

    (void)state;
    put_many(MANY * 3);
    assert_int_equal(run(&ends, 2).code, MDM_OK);
    assert_true(ends.signed_count >= 1);
    assert_true(ends.signed_count < MANY * 3);
    assert_int_equal(files_in_out(false), ends.signed_count);
    assert_int_equal(files_in_out(true), 0);
    assert_int_equal(run(&rest, 2).code, MDM_OK);
    assert_int_equal(rest.present, ends.signed_count);
    assert_int_equal(rest.present + rest.signed_count, MANY * 3);
}

static void a_slow_key_is_heard_of_soon(void **state)
{
    struct ends ends = {.count = 40}, stopped = {.count = 40, .stop_after = 1};

    (void)state;
    put_many(40);
    is_slow = true;
    assert_int_equal(run(&stopped, 2).code, MDM_OK);
    assert_true(stopped.reports < 10);
    assert_int_equal(run(&ends, 2).code, MDM_OK);
    is_slow = false;
    assert_int_equal(ends.signed_count + ends.present, 40);
    assert_int_equal(files_in_out(false), 40);
}

static void another_vendor_certificates_request_is_not_taken_for_ours(void **state)
{
    static const char *const paths[] = {"x.csr"};
    struct ends ends = {.count = 1, .paths = paths};

    (void)state;
    assert_int_equal(mkdir("out", 0700), 0);
    put_csr("x.csr", 0);
    put_file("out/x.plist_encode", "somebody's", 0600);
    assert_int_equal(run(&ends, 1).code, MDM_OK);
    assert_int_equal(ends.failed, 1);
    assert_file("out/x.plist_encode", "somebody's");
    assert_int_equal(files_in_out(true), 0);
}

static int open_world(void **state)
{
    struct mdm_error err = {0};

    (void)state;
    world = issued_open();
    signer = mdm_signer_new(world->vendor[0].key, "key", world->vendor[0].cert, "mdm.cer", world->trust, NULL,
                            issued_at(), &err);
    return signer != NULL ? 0 : -1;
}

static int close_world(void **state)
{
    (void)state;
    mdm_signer_free(&signer);
    issued_close(&world);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_follow_the_file),
        TEST(many_are_reported_in_order_and_found_again),
        TEST(a_stop_finishes_what_is_begun_and_no_more),
        TEST(a_slow_key_is_heard_of_soon),
        TEST(another_vendor_certificates_request_is_not_taken_for_ours),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
