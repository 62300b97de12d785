/* The command line: what is understood, and what is refused with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/opt.h"
#include "cli/opt_table.h"

#define WORDS_MAX 16

/* The words of the last command line: options point into them. */
static char store[4096];

/* Parses the words behind "mdmvendor", which end with NULL. */
static int parse(struct mdm_options *options, struct mdm_error *err, const char *const words[])
{
    static char name[] = "mdmvendor";
    char *argv[WORDS_MAX + 2] = {name};
    size_t used = 0;
    int argc = 1;

    for (; words[argc - 1] != NULL; argc++) {
        const size_t size = strlen(words[argc - 1]) + 1;

        assert_true(argc <= WORDS_MAX && used + size <= sizeof store);
        argv[argc] = memcpy(store + used, words[argc - 1], size);
        used += size;
    }
    *err = (struct mdm_error){0};
    return mdm_options_parse(options, argc, argv, err);
}

/* Parses what must be right. */
static struct mdm_options accept(const char *const words[])
{
    struct mdm_options options;
    struct mdm_error err;

    if (parse(&options, &err, words) != 0)
        fail_msg("refused: %s", err.text);
    return options;
}

/* Expects a usage error whose text and hint hold these words; hint may be NULL. */
static void refuse(const char *text, const char *hint, const char *const words[])
{
    struct mdm_options options;
    struct mdm_error err;

    assert_int_equal(parse(&options, &err, words), -1);
    assert_int_equal(err.code, MDM_E_USAGE);
    if (strstr(err.text, text) == NULL)
        fail_msg("the text is '%s', expected '%s' in it", err.text, text);
    if (hint != NULL && strstr(err.hint, hint) == NULL)
        fail_msg("the hint is '%s', expected '%s' in it", err.hint, hint);
    mdm_options_free(&options);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void nothing_means_go_on_in_the_current_folder(void **state)
{
    struct mdm_options options = accept((const char *const[]){NULL});

    (void)state;
    assert_int_equal(options.command, MDM_COMMAND_RUN);
    assert_int_equal(options.step, 0);
    assert_string_equal(options.directory, ".");
    assert_int_equal(options.waiting, MDM_WAIT_DEFAULT);
    assert_int_equal(options.wait_seconds, -1);
    assert_int_equal(options.days, 30);
    assert_int_equal(options.pfx, MDM_P12_COMPAT);
    assert_false(options.json || options.quiet || options.no_input || options.at != MDM_TIME_NONE);
    mdm_options_free(&options);
}

static void options_stand_before_between_and_behind(void **state)
{
    struct mdm_options options = accept(WORDS("-C", "there", "sign", "a.csr", "-o", "out", "b.csr", "--no-input"));

    (void)state;
    assert_int_equal(options.command, MDM_COMMAND_SIGN);
    assert_string_equal(options.directory, "there");
    assert_string_equal(options.output, "out");
    assert_true(options.no_input);
    assert_int_equal(options.operand_count, 2);
    assert_string_equal(options.operands[0], "a.csr");
    assert_string_equal(options.operands[1], "b.csr");
    mdm_options_free(&options);
}

static void values_are_attached_or_follow(void **state)
{
    struct mdm_options options = accept(WORDS("-Cx", "--days=7", "status", "--json"));

    (void)state;
    assert_string_equal(options.directory, "x");
    assert_int_equal(options.days, 7);
    assert_true(options.json);
    mdm_options_free(&options);
    options = accept(WORDS("sign", "-qj4", "-"));
    assert_true(options.quiet);
    assert_int_equal(options.jobs, 4);
    assert_string_equal(options.operands[0], "-");
    mdm_options_free(&options);
    options = accept(WORDS("--vendor-subject", "CN=A=B", "--vendor-password-file=-"));
    assert_string_equal(options.vendor_subject, "CN=A=B");
    assert_string_equal(options.vendor_password_file, "-");
    mdm_options_free(&options);
}

static void two_dashes_end_the_options(void **state)
{
    struct mdm_options options = accept(WORDS("verify", "--", "--json", "-"));

    (void)state;
    assert_false(options.json);
    assert_int_equal(options.operand_count, 2);
    assert_string_equal(options.operands[0], "--json");
    mdm_options_free(&options);
    options = accept(WORDS("--", "status"));
    assert_int_equal(options.command, MDM_COMMAND_STATUS);
    mdm_options_free(&options);
}

static void a_value_may_look_like_an_option(void **state)
{
    struct mdm_options options = accept(WORDS("-C", "--json", "status"));

    (void)state;
    assert_string_equal(options.directory, "--json");
    assert_false(options.json);
    mdm_options_free(&options);
}

static void steps_are_numbers_from_one_to_four(void **state)
{
    struct mdm_options options = accept(WORDS("2", "--keep-key"));

    (void)state;
    assert_int_equal(options.command, MDM_COMMAND_STEP);
    assert_int_equal(options.step, 2);
    assert_true(options.keep_key);
    mdm_options_free(&options);
    refuse("no step 5", "status", WORDS("5"));
    refuse("no step 0", NULL, WORDS("0"));
    refuse("no step 12", NULL, WORDS("12"));
    refuse("unexpected argument '3' after '2'", NULL, WORDS("2", "3"));
}

static void waiting_has_three_forms(void **state)
{
    struct mdm_options options = accept(WORDS("--wait"));

    (void)state;
    assert_int_equal(options.waiting, MDM_WAIT_YES);
    assert_int_equal(options.wait_seconds, -1);
    mdm_options_free(&options);
    options = accept(WORDS("--wait=90", "renew"));
    assert_int_equal(options.waiting, MDM_WAIT_YES);
    assert_int_equal(options.wait_seconds, 90);
    mdm_options_free(&options);
    options = accept(WORDS("--no-wait"));
    assert_int_equal(options.waiting, MDM_WAIT_NO);
    mdm_options_free(&options);
    /* The seconds are never the next word. */
    refuse("no step 90", NULL, WORDS("--wait", "90"));
    refuse("option '--no-wait': not together with '--wait'", NULL, WORDS("--wait", "--no-wait"));
    refuse("option '--wait': not together with '--no-wait'", NULL, WORDS("--no-wait", "--wait=1"));
    refuse("option '--wait': '1s' is not a whole number", NULL, WORDS("--wait=1s"));
    refuse("'-1' is not a whole number", NULL, WORDS("--wait=-1"));
    refuse("empty value", NULL, WORDS("--wait="));
}

static void numbers_dates_and_forms_are_checked(void **state)
{
    struct mdm_options options = accept(WORDS("status", "--at", "2026-11-23", "--days", "0"));

    (void)state;
    assert_true(options.at == mdm_time_from_civil(2026, 11, 23, 0, 0, 0));
    assert_int_equal(options.days, 0);
    mdm_options_free(&options);
    options = accept(WORDS("status", "--format", "json"));
    assert_true(options.json && options.format == MDM_FORMAT_JSON);
    mdm_options_free(&options);
    options = accept(WORDS("status", "--format=ics"));
    assert_true(!options.json && options.format == MDM_FORMAT_ICS);
    refuse("none of text, json", NULL, WORDS("status", "--format", "xml"));
    mdm_options_free(&options);
    options = accept(WORDS("3", "--pfx", "modern"));
    assert_int_equal(options.pfx, MDM_P12_MODERN);
    mdm_options_free(&options);
    refuse("'new' is neither compat nor modern", NULL, WORDS("--pfx", "new"));
    refuse("'--at'", NULL, WORDS("status", "--at", "tomorrow"));
    refuse("whole number", NULL, WORDS("status", "--days", " 1"));
    refuse("from 0 to 36500", NULL, WORDS("status", "--days", "36501"));
    refuse("from 0 to 36500", NULL, WORDS("status", "--days", "99999999999999999999"));
    refuse("from 1 to", NULL, WORDS("sign", "-j0", "-"));
    refuse("'--customer-subject'", NULL, WORDS("csr", "--customer-subject", "XX=1"));
}

static void a_value_is_given_once_and_is_not_empty(void **state)
{
    (void)state;
    refuse("'--directory' is given twice", NULL, WORDS("-C", "a", "--directory=b"));
    refuse("'--days' is given twice", NULL, WORDS("status", "--days", "1", "--days", "1"));
    refuse("'--directory' has an empty value", NULL, WORDS("-C", ""));
    refuse("'--directory' needs a value: DIR", NULL, WORDS("status", "-C"));
    refuse("'--json' takes no value", NULL, WORDS("status", "--json=1"));
}

static void flags_may_be_repeated(void **state)
{
    struct mdm_options options = accept(WORDS("-q", "-q", "status", "--quiet"));

    (void)state;
    assert_true(options.quiet);
    mdm_options_free(&options);
}

static void mistyped_words_get_a_suggestion(void **state)
{
    (void)state;
    refuse("unknown option '--vendor-kye'", "did you mean '--vendor-key'?", WORDS("--vendor-kye", "x"));
    refuse("unknown option '--jsno'", "did you mean '--json'?", WORDS("status", "--jsno"));
    refuse("unknown command 'stauts'", "did you mean 'status'?", WORDS("stauts"));
    refuse("unknown command 'zzz'", "mdmvendor help", WORDS("zzz"));
    refuse("unknown option '-X'", "--help", WORDS("-qX"));
    refuse("unknown command ''", NULL, WORDS(""));
    /* Shortened names would change their meaning when options are added. */
    refuse("unknown option '--dir'", "did you mean '--directory'?", WORDS("--dir", "x"));
    refuse("unknown command 'sing'", "did you mean 'sign'?", WORDS("sing"));
    refuse("unknown command 'reherse'", "did you mean 'rehearse'?", WORDS("reherse"));
    refuse("unknown command 'scr'", "did you mean 'csr'?", WORDS("scr"));
    refuse("unknown command 'exp'", "did you mean 'export'?", WORDS("exp"));
    refuse("unknown command 'frobnicate'", "lists the commands", WORDS("frobnicate"));
    refuse("unknown command 'x'", "lists the commands", WORDS("x"));
}

static void words_of_other_programs_get_theirs(void **state)
{
    (void)state;
    refuse("unknown command 'version'", "did you mean `mdmvendor --version`?", WORDS("version"));
    refuse("unknown command 'init'", "did you mean `mdmvendor`?", WORDS("init"));
    refuse("unknown command 'start'", "did you mean `mdmvendor`?", WORDS("start"));
    refuse("unknown command 'check'", "did you mean `mdmvendor status`?", WORDS("check"));
    refuse("unknown command 'step'", "did you mean `mdmvendor 1`?", WORDS("step", "1"));
    refuse("unknown option '-v'", "did you mean '-V'", WORDS("-v"));
}

static void a_dash_too_few_or_of_a_word_processor_is_told(void **state)
{
    struct mdm_options options = accept(WORDS("sign", "--", "\xE2\x80\x93o"));

    (void)state;
    assert_string_equal(options.operands[0], "\xE2\x80\x93o");
    mdm_options_free(&options);
    refuse("unknown option '-json'", "did you mean '--json'?", WORDS("status", "-json"));
    refuse("unknown option '-output-dir'", "did you mean '--output-dir'?", WORDS("sign", "-output-dir=x", "a"));
    refuse("typographic dash", "did you mean '--help'?", WORDS("\xE2\x80\x93help"));
    refuse("typographic dash", "did you mean '--vendor-key'?", WORDS("sign", "\xE2\x80\x94vendor-key=x", "a"));
    refuse("typographic dash", "did you mean '--json'?", WORDS("status", "\xE2\x88\x92\xE2\x88\x92json"));
    refuse("typographic dash", "did you mean '-o'?", WORDS("sign", "\xE2\x80\x90o", "x", "a"));
    refuse("typographic dash", "A file of that name", WORDS("verify", "\xE2\x80\x95x"));
}

static void a_password_that_was_typed_as_a_value_is_not_repeated(void **state)
{
    struct mdm_options options;
    struct mdm_error err;

    (void)state;
    assert_int_equal(parse(&options, &err, WORDS("--vendor-password=hunter2")), -1);
    assert_null(strstr(err.text, "hunter2"));
    assert_non_null(strstr(err.hint, "'--vendor-password-file'"));
    mdm_options_free(&options);
    assert_int_equal(parse(&options, &err, WORDS("\xE2\x80\x93vendor-password=hunter2")), -1);
    assert_null(strstr(err.text, "hunter2"));
    mdm_options_free(&options);
}

static void the_pin_of_a_token_is_refused_on_the_command_line(void **state)
{
    struct mdm_options options;
    struct mdm_error err;

    (void)state;
    assert_int_equal(parse(&options, &err, WORDS("--vendor-key", "pkcs11:object=a?pin-value=1234")), -1);
    assert_int_equal(err.code, MDM_E_USAGE);
    assert_null(strstr(err.text, "1234"));
    assert_non_null(strstr(err.hint, "pin-source=file:"));
    mdm_options_free(&options);
    options = accept(WORDS("--vendor-key", "pkcs11:object=a?pin-source=file:pin"));
    mdm_options_free(&options);
    options = accept(WORDS("--vendor-key", "key?pin-value=1"));
    mdm_options_free(&options);
}

static void options_go_with_their_commands_only(void **state)
{
    (void)state;
    refuse("'--json' does not go with 'export'", "mdmvendor help export", WORDS("--json", "export"));
    refuse("'--days' does not go with 'verify'", NULL, WORDS("verify", "--days", "1"));
    refuse("'--keep-key' does not go with a run without a command", NULL, WORDS("--keep-key"));
    refuse("'--at' does not go with '3'", "mdmvendor help 3", WORDS("3", "--at", "2026-11-23"));
    refuse("'--abandon' does not go with", NULL, WORDS("--abandon"));
    refuse("'--output' does not go with 'status'", NULL, WORDS("status", "-o", "x"));
}

static void operands_are_counted(void **state)
{
    struct mdm_options options = accept(WORDS("rehearse"));

    (void)state;
    mdm_options_free(&options);
    refuse("unexpected argument 'now' after 'csr'", NULL, WORDS("csr", "now"));
    refuse("unexpected argument 'b' after 'rehearse'", NULL, WORDS("rehearse", "a", "b"));
}

static void help_and_version_ask_for_nothing_else(void **state)
{
    struct mdm_options options = accept(WORDS("sign", "--help"));

    (void)state;
    assert_true(options.help);
    assert_int_equal(options.command, MDM_COMMAND_SIGN);
    mdm_options_free(&options);
    options = accept(WORDS("-V", "--keep-key"));
    assert_true(options.version);
    mdm_options_free(&options);
}

static void the_table_has_no_name_or_letter_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < opt_option_count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(opt_options[i].name, opt_options[j].name);
            assert_false(opt_options[i].letter != 0 && opt_options[i].letter == opt_options[j].letter);
        }
        assert_int_not_equal(opt_options[i].commands, 0);
    }
    assert_true(opt_option_count <= 64); /* what the parser keeps account of */
}

/* Lines of 80 columns at most, an example that is understood, the options that the command uses and no others. */
static void expect_page(enum mdm_command command)
{
    struct mdm_bytes page = {0};
    const char *line;

    assert_int_equal(mdm_options_help(command, &page, NULL), 0);
    assert_non_null(strstr((const char *)page.data, "\nExample:\n    mdmvendor"));
    for (line = (const char *)page.data; *line != '\0'; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 80);
    for (size_t i = 0; i < opt_option_count; i++) {
        char name[64] = "\n  ";
        const struct opt_option *option = &opt_options[i];
        const bool goes = command == MDM_COMMAND_RUN || (option->commands & 1U << command) != 0;

        (void)snprintf(name + 3, sizeof name - 3, "%c%c%s--%s", option->letter == 0 ? ' ' : '-',
                       option->letter == 0 ? ' ' : option->letter, option->letter == 0 ? "  " : ", ", option->name);
        (void)strcat(name, option->argument != NULL && option->argument[0] == '[' ? "[" : " ");
        assert_int_equal(strstr((const char *)page.data, name) != NULL, goes && option->help != NULL);
    }
    mdm_bytes_free(&page);
}

static void help_shows_every_option_in_80_columns(void **state)
{
    (void)state;
    for (int command = 0; command < MDM_COMMAND_COUNT; command++)
        expect_page((enum mdm_command)command);
}

static void the_tables_for_scripts_have_their_fields(void **state)
{
    struct mdm_bytes page = {0};
    size_t commands = 0, options = 0;

    (void)state;
    assert_int_equal(mdm_options_table(&page, NULL), 0);
    for (char *line = strtok((char *)page.data, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        const bool option = strncmp(line, "option\t", 7) == 0;
        size_t tabs = 0;

        for (const char *c = line; *c != '\0'; c++)
            tabs += *c == '\t';
        assert_int_equal(tabs, option ? 5 : 3);
        assert_null(strstr(line, "\t\t"));
        commands += !option;
        options += option;
    }
    assert_int_equal(commands, MDM_COMMAND_COUNT);
    assert_true(options > 25);
    mdm_bytes_free(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_means_go_on_in_the_current_folder),
        cmocka_unit_test(options_stand_before_between_and_behind),
        cmocka_unit_test(values_are_attached_or_follow),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(a_value_may_look_like_an_option),
        cmocka_unit_test(steps_are_numbers_from_one_to_four),
        cmocka_unit_test(waiting_has_three_forms),
        cmocka_unit_test(numbers_dates_and_forms_are_checked),
        cmocka_unit_test(a_value_is_given_once_and_is_not_empty),
        cmocka_unit_test(flags_may_be_repeated),
        cmocka_unit_test(mistyped_words_get_a_suggestion),
        cmocka_unit_test(words_of_other_programs_get_theirs),
        cmocka_unit_test(a_dash_too_few_or_of_a_word_processor_is_told),
        cmocka_unit_test(a_password_that_was_typed_as_a_value_is_not_repeated),
        cmocka_unit_test(the_pin_of_a_token_is_refused_on_the_command_line),
        cmocka_unit_test(options_go_with_their_commands_only),
        cmocka_unit_test(operands_are_counted),
        cmocka_unit_test(help_and_version_ask_for_nothing_else),
        cmocka_unit_test(the_table_has_no_name_or_letter_twice),
        cmocka_unit_test(help_shows_every_option_in_80_columns),
        cmocka_unit_test(the_tables_for_scripts_have_their_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
