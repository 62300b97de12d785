/* Where passwords come from when nobody types them, and which new ones are taken. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/password.h"

extern char **environ;

static char path[] = "/tmp/mdmvendor-password-XXXXXX";

static int make_file(void **state)
{
    const int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_file(const char *text, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* The vendor's password out of a file with these bytes; NULL with *err set. */
static struct mdm_secret *from_file(const char *text, size_t size, struct mdm_error *err)
{
    const struct mdm_options options = {.vendor_password_file = path};
    struct passwords passwords;
    struct mdm_secret *password;

    write_file(text, size);
    *err = (struct mdm_error){0};
    assert_int_equal(passwords_begin(&passwords, &options, false, err), 0);
    password = passwords_existing(&passwords, MDM_ROLE_VENDOR, "vendor.key", 1, err);
    passwords_end(&passwords);
    return password;
}

static void expect_from_file(const char *text, size_t size, const char *expected)
{
    struct mdm_error err;
    struct mdm_secret *password = from_file(text, size, &err);

    if (password == NULL)
        fail_msg("no password: %s", err.text);
    assert_string_equal(mdm_secret_text(password), expected);
    mdm_secret_free(&password);
}

static void a_file_gives_its_first_line(void **state)
{
    static const char endless[] = "secret one";
    static const char unix_lines[] = "secret one\nnext\n";
    static const char windows_lines[] = "secret one\r\nnext\r\n";
    static const char marked[] = "\xEF\xBB\xBFsecret one\n";
    static const char spaced[] = " secret \n";
    static const char old_mac[] = "secret one\rnext\r";

    (void)state;
    expect_from_file(endless, sizeof endless - 1, "secret one");
    expect_from_file(unix_lines, sizeof unix_lines - 1, "secret one");
    expect_from_file(windows_lines, sizeof windows_lines - 1, "secret one");
    expect_from_file(marked, sizeof marked - 1, "secret one");
    expect_from_file(spaced, sizeof spaced - 1, " secret ");
    expect_from_file(old_mac, sizeof old_mac - 1, "secret one");
}

static void a_file_without_a_password_is_an_error(void **state)
{
    static const char nul[] = "sec\0ret\n";
    char longest[MDM_SECRET_MAX + 2];
    struct mdm_error err;

    (void)state;
    assert_null(from_file("", 0, &err));
    assert_int_equal(err.code, MDM_E_FAILED);
    assert_non_null(strstr(err.text, path));
    assert_null(from_file("\nsecond\n", 8, &err));
    assert_int_equal(err.code, MDM_E_FAILED);
    assert_null(from_file("\xFF\xFEs\0e\0c\0", 8, &err));
    assert_non_null(strstr(err.text, "UTF-16"));
    assert_null(from_file(nul, sizeof nul - 1, &err));
    assert_int_equal(err.code, MDM_E_FAILED);
    memset(longest, 'a', sizeof longest);
    assert_null(from_file(longest, MDM_SECRET_MAX + 1, &err));
    assert_int_equal(err.code, MDM_E_FAILED);
    longest[MDM_SECRET_MAX] = '\0';
    expect_from_file(longest, MDM_SECRET_MAX, longest);
}

static void a_variable_is_taken_wiped_and_removed(void **state)
{
    static char variable[] = "MDMVENDOR_CUSTOMER_PASSWORD=from the environment";
    static char twice[] = "MDMVENDOR_CUSTOMER_PASSWORD=the second one";
    static char other[] = "MDMVENDOR_CUSTOMER_PASSWORD_FILE=kept";
    static char *own[] = {variable, other, twice, NULL};
    char **const others = environ;
    char *value = strchr(variable, '=') + 1;
    const struct mdm_options options = {0};
    struct mdm_error err = {0};
    struct passwords passwords;
    struct mdm_secret *password;

    (void)state;
    environ = own;
    assert_int_equal(passwords_begin(&passwords, &options, false, &err), 0);
    assert_null(getenv("MDMVENDOR_CUSTOMER_PASSWORD"));
    assert_string_equal(environ[0], "MDMVENDOR_CUSTOMER_PASSWORD_FILE=kept");
    assert_null(environ[1]);
    environ = others;
    assert_int_equal(value[0], '\0');
    assert_int_equal(value[19], '\0');
    assert_string_equal(twice, "MDMVENDOR_CUSTOMER_PASSWORD=");
    password = passwords_existing(&passwords, MDM_ROLE_CUSTOMER, "customer.key", 1, &err);
    assert_non_null(password);
    assert_string_equal(mdm_secret_text(password), "from the environment");
    mdm_secret_free(&password);
    passwords_end(&passwords);
}

static void a_file_counts_for_more_than_a_variable(void **state)
{
    const struct mdm_options options = {.vendor_password_file = path};
    struct mdm_error err = {0};
    struct passwords passwords;
    struct mdm_secret *password;

    (void)state;
    write_file("from the file\n", 14);
    assert_int_equal(setenv("MDMVENDOR_VENDOR_PASSWORD", "from the environment", 1), 0);
    assert_int_equal(passwords_begin(&passwords, &options, false, &err), 0);
    assert_null(getenv("MDMVENDOR_VENDOR_PASSWORD"));
    password = passwords_existing(&passwords, MDM_ROLE_VENDOR, "vendor.key", 1, &err);
    assert_non_null(password);
    assert_string_equal(mdm_secret_text(password), "from the file");
    mdm_secret_free(&password);
    passwords_end(&passwords);
}

/* Makes `text` the standard input and returns what it was. */
static int feed(const char *text)
{
    const int old = dup(STDIN_FILENO);
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(close(ends[0]), 0);
    return old;
}

static void standard_input_gives_a_line_each_the_vendors_first(void **state)
{
    const int old = feed("the vendor's\r\nthe customer's\nthe rest\n");
    const struct mdm_options options = {.vendor_password_file = "-", .customer_password_file = "-"};
    struct mdm_error err = {0};
    struct passwords passwords;
    struct mdm_secret *password;
    char rest[32] = "";

    (void)state;
    assert_int_equal(passwords_begin(&passwords, &options, false, &err), 0);
    password = passwords_existing(&passwords, MDM_ROLE_CUSTOMER, "customer.key", 1, &err);
    assert_non_null(password);
    assert_string_equal(mdm_secret_text(password), "the customer's");
    mdm_secret_free(&password);
    password = passwords_new(&passwords, MDM_ROLE_VENDOR, &err);
    assert_non_null(password);
    assert_string_equal(mdm_secret_text(password), "the vendor's");
    mdm_secret_free(&password);
    /* Not a byte more was taken. */
    assert_int_equal(read(STDIN_FILENO, rest, sizeof rest - 1), 9);
    assert_string_equal(rest, "the rest\n");
    passwords_end(&passwords);
    assert_int_equal(dup2(old, STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(close(old), 0);
}

static void standard_input_that_ends_leaves_the_question_unanswered(void **state)
{
    const int old = feed("the vendor's");
    const struct mdm_options options = {.vendor_password_file = "-", .customer_password_file = "-"};
    struct mdm_error err = {0};
    struct passwords passwords;

    (void)state;
    assert_int_equal(passwords_begin(&passwords, &options, false, &err), 0);
    assert_null(passwords_existing(&passwords, MDM_ROLE_CUSTOMER, "customer.key", 1, &err));
    assert_int_equal(err.code, MDM_E_UNANSWERED);
    assert_non_null(strstr(err.text, "--customer-password-file"));
    passwords_end(&passwords);
    assert_int_equal(dup2(old, STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(close(old), 0);
}

static void a_given_password_that_is_wrong_is_not_asked_for_again(void **state)
{
    const struct mdm_options options = {.vendor_password_file = path};
    struct mdm_error err = {0};
    struct passwords passwords;
    struct mdm_secret *password;

    (void)state;
    write_file("wrong\n", 6);
    assert_int_equal(passwords_begin(&passwords, &options, true, &err), 0);
    password = passwords_existing(&passwords, MDM_ROLE_VENDOR, "vendor.key", 1, &err);
    assert_non_null(password);
    mdm_secret_free(&password);
    assert_null(passwords_existing(&passwords, MDM_ROLE_VENDOR, "vendor.key", 2, &err));
    assert_int_equal(err.code, MDM_E_PASSWORD);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "--vendor-password-file"));
    assert_null(strstr(err.hint, "mdmvendor 1")); /* a file of another name cannot be made again */
    err = (struct mdm_error){0};
    assert_null(passwords_existing(&passwords, MDM_ROLE_VENDOR, "outputs/vendor.key", 2, &err));
    assert_non_null(strstr(err.hint, "`mdmvendor 1`"));
    passwords_end(&passwords);
}

static void the_cr_of_a_crlf_file_is_tried_once(void **state)
{
    const struct mdm_options options = {.vendor_password_file = path};
    struct mdm_error err = {0};
    struct passwords passwords;
    struct mdm_secret *password;

    (void)state;
    write_file("sesame\r\n", 8);
    assert_int_equal(passwords_begin(&passwords, &options, true, &err), 0);
    for (unsigned attempt = 1; attempt <= 2; attempt++) {
        password = passwords_existing(&passwords, MDM_ROLE_VENDOR, "vendor.key", attempt, &err);
        assert_non_null(password);
        assert_string_equal(mdm_secret_text(password), attempt == 1 ? "sesame" : "sesame\r");
        mdm_secret_free(&password);
    }
    assert_null(passwords_existing(&passwords, MDM_ROLE_VENDOR, "vendor.key", 3, &err));
    assert_int_equal(err.code, MDM_E_PASSWORD);
    passwords_end(&passwords);
}

static void with_nobody_to_ask_the_option_is_named(void **state)
{
    const struct mdm_options options = {0};
    struct mdm_error err = {0};
    struct passwords passwords;

    (void)state;
    assert_int_equal(passwords_begin(&passwords, &options, false, &err), 0);
    assert_null(passwords_existing(&passwords, MDM_ROLE_VENDOR, "outputs/vendor.key", 1, &err));
    assert_int_equal(err.code, MDM_E_UNANSWERED);
    assert_non_null(strstr(err.text, "outputs/vendor.key"));
    assert_non_null(strstr(err.hint, "--vendor-password-file"));
    err = (struct mdm_error){0};
    assert_null(passwords_new(&passwords, MDM_ROLE_CUSTOMER, &err));
    assert_int_equal(err.code, MDM_E_UNANSWERED);
    assert_non_null(strstr(err.hint, "--customer-password-file"));
    passwords_end(&passwords);
}

static int check_new(enum mdm_role role, const char *text)
{
    struct mdm_error err = {0};
    struct mdm_secret *password = mdm_secret_new(text, strlen(text), NULL);
    int result;

    assert_non_null(password);
    result = passwords_check_new(role, password, &err);
    assert_int_equal(err.code, result == 0 ? MDM_OK : MDM_E_FAILED);
    mdm_secret_free(&password);
    return result;
}

static void new_passwords_have_eight_characters(void **state)
{
    (void)state;
    assert_int_equal(check_new(MDM_ROLE_VENDOR, "1234567"), -1);
    assert_int_equal(check_new(MDM_ROLE_VENDOR, "12345678"), 0);
    assert_int_equal(check_new(MDM_ROLE_CUSTOMER, "1234567"), -1);
    /* characters, not bytes */
    assert_int_equal(check_new(MDM_ROLE_VENDOR, "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4"), -1);
    assert_int_equal(check_new(MDM_ROLE_VENDOR, "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4"), 0);
}

static void the_customers_is_printable_ascii(void **state)
{
    (void)state;
    assert_int_equal(check_new(MDM_ROLE_CUSTOMER, " !~azAZ09\"'\\"), 0);
    assert_int_equal(check_new(MDM_ROLE_CUSTOMER, "12345678\xC3\xA4"), -1);
    assert_int_equal(check_new(MDM_ROLE_CUSTOMER, "1234\t5678"), -1);
    assert_int_equal(check_new(MDM_ROLE_CUSTOMER, "12345678\x7F"), -1);
}

static void control_characters_are_refused_in_either(void **state)
{
    (void)state;
    assert_int_equal(check_new(MDM_ROLE_VENDOR, "vendor pass 1\n"), -1);
    assert_int_equal(check_new(MDM_ROLE_VENDOR, "1234\t5678"), -1);
    assert_int_equal(check_new(MDM_ROLE_VENDOR, "12345678\x7F"), -1);
    assert_int_equal(check_new(MDM_ROLE_VENDOR, "12345678\xC2\x85"), -1);
    assert_int_equal(check_new(MDM_ROLE_VENDOR, "12345678\xC2\xA0"), 0);
    assert_int_equal(check_new(MDM_ROLE_VENDOR, "no t\xE4xt \xFF\x80"), 0); /* bytes that are not UTF-8 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_gives_its_first_line),
        cmocka_unit_test(a_file_without_a_password_is_an_error),
        cmocka_unit_test(a_variable_is_taken_wiped_and_removed),
        cmocka_unit_test(a_file_counts_for_more_than_a_variable),
        cmocka_unit_test(standard_input_gives_a_line_each_the_vendors_first),
        cmocka_unit_test(standard_input_that_ends_leaves_the_question_unanswered),
        cmocka_unit_test(a_given_password_that_is_wrong_is_not_asked_for_again),
        cmocka_unit_test(the_cr_of_a_crlf_file_is_tried_once),
        cmocka_unit_test(control_characters_are_refused_in_either),
        cmocka_unit_test(with_nobody_to_ask_the_option_is_named),
        cmocka_unit_test(new_passwords_have_eight_characters),
        cmocka_unit_test(the_customers_is_printable_ascii),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
