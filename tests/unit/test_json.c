/* The JSON writer: form, commas, escapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "cli/json.h"

static void expect(struct json *json, const char *text)
{
    struct mdm_error err = {0};

    assert_int_equal(json_end(json, &err), 0);
    assert_string_equal((const char *)json->out->data, text);
    mdm_bytes_free(json->out);
}

static void writes_nested_values_with_commas_and_closes_what_is_open(void **state)
{
    struct mdm_bytes out = {0};
    struct json json = {.out = &out};

    (void)state;
    json_open(&json, NULL, "{}");
    json_string(&json, "name", "mdm");
    json_open(&json, "list", "[]");
    json_integer(&json, NULL, -12);
    json_bool(&json, NULL, true);
    json_string(&json, NULL, NULL);
    json_close(&json);
    json_bool(&json, "a\"b", false);
    json_open(&json, "nothing", "{}");
    json_close(&json);
    json_string(&json, "time", mdm_time_format(mdm_time_from_civil(2026, 11, 23, 12, 0, 1)).text);
    json_open(&json, "open", "[]"); /* closed at the end */
    json_open(&json, NULL, "[]");
    expect(&json, "{\n  \"name\": \"mdm\",\n  \"list\": [\n    -12,\n    true,\n    null\n  ],\n  \"a\\\"b\": false,\n"
                  "  \"nothing\": {},\n  \"time\": \"2026-11-23T12:00:01Z\",\n  \"open\": [\n    []\n  ]\n}\n");
}

static void expect_text(const char *value, const char *written)
{
    struct mdm_bytes out = {0};
    struct json json = {.out = &out};

    json_string(&json, NULL, value);
    expect(&json, written);
}

static void escapes_what_json_cannot_hold(void **state)
{
    (void)state;
    expect_text("a\"b\\c/d", "\"a\\\"b\\\\c/d\"\n");
    expect_text("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"\n");
    expect_text("\x01\x1B[31m\x1F\x7F", "\"\\u0001\\u001b[31m\\u001f\\u007f\"\n");
    expect_text(NULL, "null\n");
    expect_text("", "\"\"\n");
}

static void keeps_utf8_and_replaces_what_is_none(void **state)
{
    (void)state;
    expect_text("\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x94\x91", "\"\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x94\x91\"\n");
    expect_text("a\xFFz", "\"a\xEF\xBF\xBDz\"\n");
    /* cut off, overlong, a surrogate, beyond U+10FFFF: each of their bytes */
    expect_text("\xE2\x82", "\"\xEF\xBF\xBD\xEF\xBF\xBD\"\n");
    expect_text("\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\"\n");
    expect_text("\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"\n");
    expect_text("\xF4\x90\x80\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"\n");
}

static void too_deep_is_an_error_not_an_overflow(void **state)
{
    struct mdm_error err = {0};
    struct mdm_bytes out = {0};
    struct json json = {.out = &out};

    (void)state;
    for (int i = 0; i < JSON_DEPTH_MAX + 5; i++)
        json_open(&json, NULL, "[]");
    assert_int_equal(json_end(&json, &err), -1);
    assert_int_equal(err.code, MDM_E_MEMORY);
    mdm_bytes_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_nested_values_with_commas_and_closes_what_is_open),
        cmocka_unit_test(escapes_what_json_cannot_hold),
        cmocka_unit_test(keeps_utf8_and_replaces_what_is_none),
        cmocka_unit_test(too_deep_is_an_error_not_an_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
