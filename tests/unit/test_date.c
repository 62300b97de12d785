/* mdmvendor/when.h: the calendar, and times as text. */
#include "base/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void the_epoch_and_known_moments(void **state)
{
    (void)state;
    assert_int_equal(mdm_time_from_civil(1970, 1, 1, 0, 0, 0), 0);
    assert_int_equal(mdm_time_from_civil(2001, 9, 9, 1, 46, 40), 1000000000);
    assert_int_equal(mdm_time_from_civil(2000, 2, 29, 0, 0, 0), 951782400);
    assert_int_equal(mdm_time_from_civil(2038, 1, 19, 3, 14, 8), (mdm_time)1 << 31);
    assert_int_equal(mdm_time_from_civil(1969, 12, 31, 23, 59, 59), -1);
    assert_int_equal(mdm_time_from_civil(1900, 3, 1, 0, 0, 0), -2203891200);
}

static void times_are_written_in_two_ways(void **state)
{
    mdm_time when = mdm_time_from_civil(2026, 11, 23, 9, 5, 7);

    (void)state;
    assert_string_equal(mdm_time_format(when).text, "2026-11-23T09:05:07Z");
    assert_string_equal(mdm_time_format_stamp(when).text, "20261123T090507Z");
    assert_string_equal(mdm_time_format(-1).text, "1969-12-31T23:59:59Z");
}

static void years_without_four_digits_are_clamped(void **state)
{
    (void)state;
    assert_string_equal(mdm_time_format(INT64_MAX).text, "9999-12-31T23:59:59Z");
    assert_string_equal(mdm_time_format_stamp(INT64_MIN).text, "00000101T000000Z");
}

/* Every day of 400 years and a bit: the calendar's whole cycle. */
static void every_day_comes_back_from_its_text(void **state)
{
    mdm_time last = mdm_time_from_civil(2371, 1, 1, 0, 0, 0);
    struct mdm_time_text text, before = {""};
    mdm_time read;

    (void)state;
    for (mdm_time day = mdm_time_from_civil(1969, 12, 1, 0, 0, 0); day <= last; day += MDM_DAY) {
        text = mdm_time_format(day);
        assert_true(strcmp(before.text, text.text) < 0);
        assert_int_equal(mdm_time_parse(text.text, &read, NULL), 0);
        assert_int_equal(read, day);
        before = text;
    }
}

static void a_time_is_read_as_it_is_written(void **state)
{
    mdm_time when = 0;

    (void)state;
    assert_int_equal(mdm_time_parse("2026-11-23T12:30:15Z", &when, NULL), 0);
    assert_int_equal(when, mdm_time_from_civil(2026, 11, 23, 12, 30, 15));
    assert_int_equal(mdm_time_parse("2024-02-29", &when, NULL), 0);
    assert_int_equal(when, mdm_time_from_civil(2024, 2, 29, 0, 0, 0));
}

static void what_is_no_date_is_a_usage_error(void **state)
{
    static const char *const wrong[] = {
        "",
        "today",
        "2026",
        "2026-11",
        "2026-1-2",
        "2026-13-01",
        "2026-00-01",
        "2026-11-31",
        "2026-11-00",
        "2025-02-29",
        "2100-02-29",
        "2026-11-23T",
        "2026-11-23T12:00",
        "2026-11-23T12:00:00",
        "2026-11-23T24:00:00Z",
        "2026-11-23T12:60:00Z",
        "2026-11-23T12:00:60Z",
        "2026-11-23T12:00:00.5Z",
        "2026-11-23T12:00:00+02:00",
        "2026-11-23t12:00:00z",
        "2026-11-23 12:00:00Z",
        "2026-11-23T12:00:00Zx",
        "2026-11-23x",
        " 2026-11-23",
        "-026-11-23",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct mdm_error err = {0};
        mdm_time when;

        assert_int_equal(mdm_time_parse(wrong[i], &when, &err), -1);
        assert_int_equal(err.code, MDM_E_USAGE);
        assert_non_null(strstr(err.text, "YYYY-MM-DD"));
    }
}

static void days_are_rounded_towards_the_past(void **state)
{
    (void)state;
    assert_int_equal(mdm_time_days(0, 0), 0);
    assert_int_equal(mdm_time_days(0, MDM_DAY - 1), 0);
    assert_int_equal(mdm_time_days(0, MDM_DAY), 1);
    assert_int_equal(mdm_time_days(60, 0), -1);
    assert_int_equal(mdm_time_days(MDM_DAY, 0), -1);
    assert_int_equal(mdm_time_days(MDM_DAY + 1, 0), -2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_epoch_and_known_moments),           cmocka_unit_test(times_are_written_in_two_ways),
        cmocka_unit_test(years_without_four_digits_are_clamped), cmocka_unit_test(every_day_comes_back_from_its_text),
        cmocka_unit_test(a_time_is_read_as_it_is_written),       cmocka_unit_test(what_is_no_date_is_a_usage_error),
        cmocka_unit_test(days_are_rounded_towards_the_past),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
