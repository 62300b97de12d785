/* The batch: names, order, repetition, stopping. The program's side of it is in tests/cli/sign.bats. */
#include "flow/batch.h"

#include <stdatomic.h>

#include "issued.h"
#include "store/file.h"

static struct mdm_signer *signer;

/* What was reported of the paths "N.csr". */
struct told {
    atomic_size_t may_begin; /* before it is enough */
    size_t reports, signed_count, present;
};

static void report(void *ctx, const struct mdm_batch_result *result)
{
    struct told *told = ctx;
    char expected[64];

    (void)snprintf(expected, sizeof expected, "%zu.csr", told->reports++);
    assert_string_equal(result->input, expected); /* in order */
    assert_null(result->error);
    told->signed_count += result->outcome == MDM_BATCH_SIGNED;
    told->present += result->outcome == MDM_BATCH_PRESENT;
}

static bool enough(void *ctx)
{
    struct told *told = ctx;
    size_t left = atomic_load(&told->may_begin);

    while (left > 0 && !atomic_compare_exchange_weak(&told->may_begin, &left, left - 1))
        continue;
    return left == 0;
}

/* Adds `count` paths. */
static struct mdm_batch *batch_of(struct told *told, size_t count)
{
    const struct mdm_batch_caller caller = {.ctx = told, .report = report, .enough = enough, .jobs = 2};
    struct mdm_error err = {0};
    struct mdm_batch *batch = mdm_batch_new(signer, "out", &caller, &err);
    static char paths[MDM_BATCH_MAX][16];

    if (batch == NULL)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%zu.csr", i);
        mdm_batch_add(batch, paths[i]);
    }
    return batch;
}

static void sign(struct mdm_batch *batch)
{
    struct mdm_error err = {0};

    if (mdm_batch_sign(batch, &err) != 0)
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
    char longest[300] = "";

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_string_equal(mdm_batch_name(expected[i][0], 1).text, expected[i][1]);
    assert_string_equal(mdm_batch_name("x/acme.csr", 12).text, "acme-12.plist_encode");
    memset(longest, 'x', 243); /* 242 + 13 = 255 */
    assert_int_equal(strlen(mdm_batch_name(longest, 1).text), 255);
    assert_string_equal(mdm_batch_name(longest, 2).text + 239, "x-2.plist_encode");
}

static void what_is_begun_is_finished_and_no_more(void **state)
{
    struct told told = {.may_begin = 40}, rest = {.may_begin = SIZE_MAX};
    struct mdm_batch *batch;

    (void)state;
    put_many(MDM_BATCH_MAX);
    batch = batch_of(&told, MDM_BATCH_MAX);
    sign(batch);
    assert_int_equal(told.signed_count, 40);
    assert_int_equal(files_in_out(false), 40);
    assert_int_equal(files_in_out(true), 0);
    sign(batch); /* it is enough still */
    assert_int_equal(told.reports, 40);
    mdm_batch_free(&batch);
    batch = batch_of(&rest, MDM_BATCH_MAX);
    sign(batch);
    mdm_batch_free(&batch);
    assert_int_equal(rest.present, 40);
    assert_int_equal(rest.present + rest.signed_count, MDM_BATCH_MAX);
    assert_int_equal(files_in_out(false), MDM_BATCH_MAX);
}

static void a_batch_goes_on_where_it_was_enough(void **state)
{
    struct told told = {0};
    struct mdm_batch *batch;

    (void)state;
    put_many(40);
    batch = batch_of(&told, 40);
    for (size_t i = 1; i <= 20; i++) {
        told.may_begin = 2;
        sign(batch);
        assert_int_equal(told.reports, 2 * i);
    }
    sign(batch);
    mdm_batch_free(&batch);
    assert_int_equal(told.signed_count, 40);
    assert_int_equal(files_in_out(false), 40);
}

static int open_world(void **state)
{
    struct mdm_error err = {0};

    if (issued_open(state) != 0)
        return -1;
    signer = mdm_signer_new(world->vendor[0].key, "key", world->vendor[0].cert, "mdm.cer", world->trust,
                            &(struct mdm_certs){0}, issued_at(), &err);
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
        TEST(what_is_begun_is_finished_and_no_more),
        TEST(a_batch_goes_on_where_it_was_enough),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
