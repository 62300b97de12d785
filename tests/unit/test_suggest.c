/* What a mistyped word is taken for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/suggest.h"

static const char *const words[] = {"sign", "csr", "renew", "status", "verify", "export", "rehearse", "help"};
#define WORDS (sizeof words / sizeof words[0])

static void counts_each_kind_of_slip_as_one(void **state)
{
    (void)state;
    assert_int_equal(suggest_distance("status", "status", 9), 0);
    assert_int_equal(suggest_distance("statu", "status", 9), 1);
    assert_int_equal(suggest_distance("statuss", "status", 9), 1);
    assert_int_equal(suggest_distance("stetus", "status", 9), 1);
    assert_int_equal(suggest_distance("sttaus", "status", 9), 1);
    assert_int_equal(suggest_distance("", "csr", 9), 3);
    assert_int_equal(suggest_distance("kitten", "sitting", 9), 3);
    assert_int_equal(suggest_distance("ca", "abc", 9), 3);
}

static void stops_counting_behind_the_limit(void **state)
{
    (void)state;
    assert_int_equal(suggest_distance("kitten", "sitting", 2), 3);
    assert_int_equal(suggest_distance("abcdefgh", "", 2), 3);
}

static void endless_words_are_far_from_everything(void **state)
{
    char word[200];

    (void)state;
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_int_equal(suggest_distance(word, word, 5), 6);
    assert_null(suggest_nearest(word, words, WORDS));
}

static void finds_the_word_that_was_meant(void **state)
{
    (void)state;
    assert_string_equal(suggest_nearest("stauts", words, WORDS), "status");
    assert_string_equal(suggest_nearest("sing", words, WORDS), "sign");
    assert_string_equal(suggest_nearest("reherse", words, WORDS), "rehearse");
    assert_string_equal(suggest_nearest("scr", words, WORDS), "csr");
    assert_string_equal(suggest_nearest("exp", words, WORDS), "export");
}

static void does_not_guess_wildly(void **state)
{
    (void)state;
    assert_null(suggest_nearest("frobnicate", words, WORDS));
    assert_null(suggest_nearest("x", words, WORDS));
    assert_null(suggest_nearest("", words, WORDS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_each_kind_of_slip_as_one),
        cmocka_unit_test(stops_counting_behind_the_limit),
        cmocka_unit_test(endless_words_are_far_from_everything),
        cmocka_unit_test(finds_the_word_that_was_meant),
        cmocka_unit_test(does_not_guess_wildly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
