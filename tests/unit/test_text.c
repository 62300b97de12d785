/* mdmvendor/text.h: text from outside, made fit for a screen. */
#include "base/text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_safe(const char *text, size_t size, const char *expected)
{
    char *safe = mdm_text_safe(text, size);

    assert_non_null(safe);
    assert_string_equal(safe, expected);
    free(safe);
}

/* Encodes any number below 2^21 as UTF-8 would, allowed or not. */
static size_t encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

static void ordinary_text_is_kept(void **state)
{
    static const char text[] = "Acme GmbH & S\xc3\xb6hne, \xe6\x9d\xb1\xe4\xba\xac \xf0\x9f\x94\x91 \\x";

    (void)state;
    assert_safe(text, strlen(text), text);
    assert_safe("", 0, "");
    assert_safe(NULL, 0, "");
}

static void every_control_character_is_escaped(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 0x20; c++) {
        char text = (char)c, expected[8];

        (void)snprintf(expected, sizeof expected, "\\x%02X", c);
        assert_safe(&text, 1, expected);
    }
    assert_safe("\x7f", 1, "\\x7F");
    for (unsigned c = 0x80; c < 0xa0; c++) {
        char text[4], expected[16];

        (void)snprintf(expected, sizeof expected, "\\xC2\\x%02X", c);
        assert_safe(text, encode(c, text), expected);
    }
    assert_safe("a\x1b[2Jb\0c", 8, "a\\x1B[2Jb\\x00c");
}

static void bytes_that_are_not_utf8_are_escaped_one_by_one(void **state)
{
    (void)state;
    assert_safe("\x80", 1, "\\x80");
    assert_safe("a\xff"
                "b",
                3, "a\\xFFb");
    assert_safe("\xc0\xaf", 2, "\\xC0\\xAF");                            /* overlong '/' */
    assert_safe("\xc1\xbf", 2, "\\xC1\\xBF");                            /* overlong DEL */
    assert_safe("\xe0\x9f\xbf", 3, "\\xE0\\x9F\\xBF");                   /* overlong U+07FF */
    assert_safe("\xf0\x8f\xbf\xbf", 4, "\\xF0\\x8F\\xBF\\xBF");          /* overlong U+FFFF */
    assert_safe("\xed\xa0\x80", 3, "\\xED\\xA0\\x80");                   /* surrogate */
    assert_safe("\xf4\x90\x80\x80", 4, "\\xF4\\x90\\x80\\x80");          /* over U+10FFFF */
    assert_safe("\xf8\x88\x80\x80\x80", 5, "\\xF8\\x88\\x80\\x80\\x80"); /* five bytes */
    assert_safe("\xe6\x9d", 2, "\\xE6\\x9D");                            /* cut off */
    assert_safe("\xe6\x9d"
                "A",
                3, "\\xE6\\x9DA");
    assert_safe("\xc3\xc3\xa4", 3, "\\xC3\xc3\xa4");
}

static void what_hides_or_turns_text_around_is_escaped_and_its_neighbours_are_kept(void **state)
{
    /* controls of direction; the invisible and separators; what is no character */
    static const uint32_t escaped[] = {0x061c, 0x200e, 0x200f, 0x202a, 0x202b,  0x202c,  0x202d,  0x202e,
                                       0x2066, 0x2067, 0x2068, 0x2069, 0xad,    0x34f,   0x180e,  0x200b,
                                       0x200c, 0x200d, 0x2028, 0x2029, 0x2060,  0xfeff,  0xe0041, 0x3164,
                                       0xfffe, 0xffff, 0xfdd0, 0xfdef, 0x1fffe, 0x10ffff};
    static const uint32_t kept[] = {0xac,   0xae,   0x61b,  0x61d, 0x200a, 0x2010, 0x2027, 0x202f,  0x205f,
                                    0x2070, 0xfdcf, 0xfdf0, 0xa0,  0x7ff,  0x800,  0xfffd, 0x10000, 0x10fffd};

    (void)state;
    for (size_t i = 0; i < sizeof escaped / sizeof escaped[0]; i++) {
        char text[4], expected[16];

        (void)snprintf(expected, sizeof expected, "\\u{%04X}", (unsigned)escaped[i]);
        assert_safe(text, encode(escaped[i], text), expected);
    }
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        char text[5] = "";

        assert_safe(text, encode(kept[i], text), text);
    }
}

/* Whatever two bytes come in: what goes out is printable, and fits. */
static void no_input_gets_a_control_byte_through(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 0x10000; i++) {
        char text[2] = {(char)(i >> 8), (char)i};
        char *safe = mdm_text_safe(text, 2);

        assert_non_null(safe);
        for (const char *p = safe; *p != '\0'; p++)
            assert_false((unsigned char)*p < 0x20 || *p == 0x7f);
        assert_true(strlen(safe) <= 8);
        free(safe);
    }
}

static void a_size_that_cannot_be_is_refused(void **state)
{
    (void)state;
    assert_null(mdm_text_safe("x", SIZE_MAX / 2));
}

static void assert_word(const char *text, const char *expected)
{
    char word[64];

    assert_string_equal(mdm_text_shell_word(text, word, sizeof word), expected);
}

static void words_for_a_shell_are_quoted_when_they_need_it(void **state)
{
    (void)state;
    assert_word("/srv/mdm-2026/work_1", "/srv/mdm-2026/work_1");
    assert_word("pkcs11:token=a%20b", "pkcs11:token=a%20b");
    assert_word("pkcs11:token=a;object=b", "'pkcs11:token=a;object=b'");
    assert_word("two words", "'two words'");
    assert_word("$(reboot)", "'$(reboot)'");
    assert_word("it's", "'it'\\''s'");
    assert_word("", "''");
}

static void path_stands_for_a_word_for_a_shell_that_does_not_fit(void **state)
{
    char word[8];

    (void)state;
    memset(word, 'x', sizeof word);
    assert_string_equal(mdm_text_shell_word("a b c", word, 7), "PATH");
    assert_int_equal(word[7], 'x');
    assert_string_equal(mdm_text_shell_word("a b c", word, 8), "'a b c'");
    assert_string_equal(mdm_text_shell_word("abcdefgh", word, 8), "PATH");
    assert_string_equal(mdm_text_shell_word("abcdefg", word, 8), "abcdefg");
    assert_string_equal(mdm_text_shell_word("", word, 2), "PATH");
    assert_string_equal(mdm_text_shell_word("", word, 0), "PATH");
    assert_string_equal(mdm_text_shell_word("a'b", word, 8), "PATH");
}

static void a_hint_is_told_from_the_text_whatever_the_arguments_hold(void **state)
{
    struct mdm_error err = {0};

    (void)state;
    mdm_error_set(&err, MDM_E_FAILED, "'%s' is odd" MDM_HINT "Move '%s' away.", "a" MDM_HINT "b", "c");
    assert_string_equal(err.text, "'a" MDM_HINT "b' is odd");
    assert_string_equal(err.hint, "Move 'c' away.");
    mdm_error_set(&err, MDM_E_REFUSED, "second" MDM_HINT "Other.");
    assert_int_equal(err.code, MDM_E_FAILED);
    assert_string_equal(err.hint, "Move 'c' away.");
    mdm_error_clear(&err);
    mdm_error_system(&err, ENOENT, "cannot read '%d'" MDM_HINT "Look.", 7);
    assert_non_null(strstr(err.text, "cannot read '7': "));
    assert_string_equal(err.hint, "Look.");
    mdm_error_clear(&err);
    mdm_error_system(&err, ENOMEM, "cannot read" MDM_HINT "Look.");
    assert_string_equal(err.hint, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hint_is_told_from_the_text_whatever_the_arguments_hold),
        cmocka_unit_test(ordinary_text_is_kept),
        cmocka_unit_test(every_control_character_is_escaped),
        cmocka_unit_test(bytes_that_are_not_utf8_are_escaped_one_by_one),
        cmocka_unit_test(what_hides_or_turns_text_around_is_escaped_and_its_neighbours_are_kept),
        cmocka_unit_test(no_input_gets_a_control_byte_through),
        cmocka_unit_test(a_size_that_cannot_be_is_refused),
        cmocka_unit_test(words_for_a_shell_are_quoted_when_they_need_it),
        cmocka_unit_test(path_stands_for_a_word_for_a_shell_that_does_not_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
