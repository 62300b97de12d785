/* mdmvendor/bytes.h: owned bytes and secrets. */
#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void appended_bytes_end_with_an_uncounted_nul(void **state)
{
    struct mdm_bytes bytes = {0};

    (void)state;
    assert_int_equal(mdm_bytes_append(&bytes, "ab\0c", 4, NULL), 0);
    assert_int_equal(mdm_bytes_append_text(&bytes, "de", NULL), 0);
    assert_int_equal(bytes.size, 6);
    assert_memory_equal(bytes.data, "ab\0cde", 7);
    mdm_bytes_free(&bytes);
    assert_null(bytes.data);
    assert_int_equal(bytes.size, 0);
}

static void appending_nothing_leaves_empty_bytes_without_memory(void **state)
{
    struct mdm_bytes bytes = {0};

    (void)state;
    assert_int_equal(mdm_bytes_append(&bytes, NULL, 0, NULL), 0);
    assert_int_equal(mdm_bytes_append_text(&bytes, "", NULL), 0);
    assert_null(bytes.data);
    mdm_bytes_free(NULL);
}

static void bytes_can_be_appended_to_themselves(void **state)
{
    struct mdm_bytes bytes = {0};

    (void)state;
    assert_int_equal(mdm_bytes_append_text(&bytes, "abc", NULL), 0);
    assert_int_equal(mdm_bytes_append(&bytes, bytes.data, bytes.size, NULL), 0);
    assert_string_equal((const char *)bytes.data, "abcabc");
    mdm_bytes_free(&bytes);
}

static void a_size_that_cannot_be_is_out_of_memory(void **state)
{
    struct mdm_bytes bytes = {0};
    struct mdm_error err = {0};

    (void)state;
    assert_int_equal(mdm_bytes_append_text(&bytes, "a", NULL), 0);
    assert_int_equal(mdm_bytes_append(&bytes, "b", SIZE_MAX - 1, &err), -1);
    assert_int_equal(err.code, MDM_E_MEMORY);
    assert_string_equal((const char *)bytes.data, "a");
    mdm_bytes_free(&bytes);
}

static void equal_bytes_have_the_same_size_and_contents(void **state)
{
    unsigned char one[] = "abc", other[] = "abd";
    struct mdm_bytes a = {.data = one, .size = 3}, b = {.data = other, .size = 3}, none = {0};

    (void)state;
    assert_true(mdm_bytes_equal(&a, &a));
    assert_true(mdm_bytes_equal(&none, &none));
    assert_false(mdm_bytes_equal(&a, &b));
    assert_false(mdm_bytes_equal(&a, &none));
    b.size = 2;
    a.size = 2;
    assert_true(mdm_bytes_equal(&a, &b));
    a.size = 1;
    assert_false(mdm_bytes_equal(&a, &b));
}

static void a_secret_holds_what_it_was_given(void **state)
{
    struct mdm_secret *secret = mdm_secret_new("p\xc3\xa4ss", 5, NULL);

    (void)state;
    assert_non_null(secret);
    assert_string_equal(secret->text, "p\xc3\xa4ss");
    assert_int_equal(strlen(secret->text), 5);
    mdm_secret_free(&secret);
    assert_null(secret);
    mdm_secret_free(&secret);
}

static void a_secret_refuses_nul_and_excess(void **state)
{
    char text[MDM_SECRET_MAX + 1];
    struct mdm_error err = {0};
    struct mdm_secret *secret;

    (void)state;
    memset(text, 'x', sizeof text);
    assert_null(mdm_secret_new(text, sizeof text, &err));
    assert_non_null(strstr(err.text, "longer than 1023"));
    secret = mdm_secret_new(text, MDM_SECRET_MAX, NULL);
    assert_int_equal(strlen(secret->text), MDM_SECRET_MAX);
    assert_int_equal(mdm_secret_push(secret, 'y'), -1);
    mdm_secret_free(&secret);
    mdm_error_clear(&err);
    assert_null(mdm_secret_new("a\0b", 3, &err));
    assert_non_null(strstr(err.text, "NUL"));
}

static void a_secret_is_filled_byte_by_byte(void **state)
{
    struct mdm_secret *secret = mdm_secret_new("", 0, NULL);
    static const char typed[] = "a\xc3\xa4\xf0\x9f\x94\x91";

    (void)state;
    for (size_t i = 0; i < sizeof typed - 1; i++)
        assert_int_equal(mdm_secret_push(secret, typed[i]), 0);
    assert_int_equal(mdm_secret_push(secret, '\0'), -1);
    assert_string_equal(secret->text, typed);
    mdm_secret_free(&secret);
}

static void wiped_memory_is_zero(void **state)
{
    unsigned char memory[] = "secret";
    static const unsigned char zero[sizeof memory];

    (void)state;
    mdm_wipe(memory, sizeof memory);
    assert_memory_equal(memory, zero, sizeof memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appended_bytes_end_with_an_uncounted_nul),
        cmocka_unit_test(appending_nothing_leaves_empty_bytes_without_memory),
        cmocka_unit_test(bytes_can_be_appended_to_themselves),
        cmocka_unit_test(a_size_that_cannot_be_is_out_of_memory),
        cmocka_unit_test(equal_bytes_have_the_same_size_and_contents),
        cmocka_unit_test(a_secret_holds_what_it_was_given),
        cmocka_unit_test(a_secret_refuses_nul_and_excess),
        cmocka_unit_test(a_secret_is_filled_byte_by_byte),
        cmocka_unit_test(wiped_memory_is_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
