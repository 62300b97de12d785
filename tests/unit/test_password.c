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

#include "cli/cmd.h"

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

/* The password for an existing file, at the given attempt. */
static struct mdm_secret *existing(struct mdm_session *session, enum mdm_role role, const char *name, unsigned attempt,
                                   struct mdm_error *err)
{
    struct mdm_secret *password = NULL;
    bool found;

    *err = (struct mdm_error){.code = MDM_E_PASSWORD};
    attempt--;
    found = session->callbacks.password(session, role, name, &attempt, &password, err);
    assert_int_equal(found, password != NULL);
    return password;
}

static void expect_from_file(const char *text, const char *expected)
{
    opt = &(const struct mdm_options){.password_file[MDM_ROLE_VENDOR] = path};
    struct mdm_error err = {0};
    struct mdm_session session = {0};
    struct mdm_secret *password;

    write_file(text, strlen(text));
    assert_int_equal(passwords_begin(&session, &err), 0);
    password = existing(&session, MDM_ROLE_VENDOR, "vendor.key", 1, &err);
    ask_end(&session);
    if (password == NULL)
        fail_msg("no password: %s", err.text);
    assert_string_equal(password->text, expected);
    mdm_secret_free(&password);
}

static void a_file_gives_its_first_line(void **state)
{
    static const char *const files[] = {"secret one", "secret one\nnext\n", "secret one\r\nnext\r\n",
                                        "\xEF\xBB\xBFsecret one\n", "secret one\rnext\r"};

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        expect_from_file(files[i], "secret one");
    expect_from_file(" secret \n", " secret ");
}

static void a_variable_is_taken_wiped_and_removed(void **state)
{
    static char variable[] = "MDMVENDOR_CUSTOMER_PASSWORD=from the environment";
    static char twice[] = "MDMVENDOR_CUSTOMER_PASSWORD=the second one";
    static char other[] = "MDMVENDOR_CUSTOMER_PASSWORD_FILE=kept";
    static char *own[] = {variable, other, twice, NULL};
    char **const others = environ;
    char *value = strchr(variable, '=') + 1;
    opt = &(const struct mdm_options){0};
    struct mdm_error err = {0};
    struct mdm_session session = {0};
    struct mdm_secret *password;

    (void)state;
    environ = own;
    assert_int_equal(passwords_begin(&session, &err), 0);
    assert_null(getenv("MDMVENDOR_CUSTOMER_PASSWORD"));
    assert_string_equal(environ[0], "MDMVENDOR_CUSTOMER_PASSWORD_FILE=kept");
    assert_null(environ[1]);
    environ = others;
    assert_int_equal(value[0], '\0');
    assert_int_equal(value[19], '\0');
    assert_string_equal(twice, "MDMVENDOR_CUSTOMER_PASSWORD=");
    password = existing(&session, MDM_ROLE_CUSTOMER, "customer.key", 1, &err);
    assert_non_null(password);
    assert_string_equal(password->text, "from the environment");
    mdm_secret_free(&password);
    ask_end(&session);
}

static void a_file_counts_for_more_than_a_variable(void **state)
{
    opt = &(const struct mdm_options){.password_file[MDM_ROLE_VENDOR] = path};
    struct mdm_error err = {0};
    struct mdm_session session = {0};
    struct mdm_secret *password;

    (void)state;
    write_file("from the file\n", 14);
    assert_int_equal(setenv("MDMVENDOR_VENDOR_PASSWORD", "from the environment", 1), 0);
    assert_int_equal(passwords_begin(&session, &err), 0);
    assert_null(getenv("MDMVENDOR_VENDOR_PASSWORD"));
    password = existing(&session, MDM_ROLE_VENDOR, "vendor.key", 1, &err);
    assert_non_null(password);
    assert_string_equal(password->text, "from the file");
    mdm_secret_free(&password);
    ask_end(&session);
}

static void a_file_that_can_be_read_again_is_read_again_and_nothing_of_it_kept(void **state)
{
    opt = &(const struct mdm_options){.password_file[MDM_ROLE_VENDOR] = path};
    struct mdm_error err = {0};
    struct mdm_session session;
    struct mdm_secret *password;

    (void)state;
    write_file("the first\n", 10);
    assert_int_equal(ask_begin(&session, &err), 0);
    password = existing(&session, MDM_ROLE_VENDOR, "vendor.key", 1, &err);
    assert_non_null(password);
    assert_string_equal(password->text, "the first");
    mdm_secret_free(&password);
    assert_null(session.passwords[MDM_ROLE_VENDOR].given);
    write_file("the second\r\n", 12);
    password = session.callbacks.new_password(&session, MDM_ROLE_VENDOR, &err);
    assert_non_null(password);
    assert_string_equal(password->text, "the second");
    mdm_secret_free(&password);
    password = existing(&session, MDM_ROLE_VENDOR, "vendor.key", 2, &err);
    assert_non_null(password);
    assert_string_equal(password->text, "the second\r");
    mdm_secret_free(&password);
    assert_null(session.passwords[MDM_ROLE_VENDOR].given);
    ask_end(&session);
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

static void standard_input_that_ends_leaves_the_question_unanswered(void **state)
{
    const int old = feed("the vendor's");
    opt = &(const struct mdm_options){.password_file = {"-", "-"}};
    struct mdm_error err = {0};
    struct mdm_session session = {0};

    (void)state;
    assert_int_equal(passwords_begin(&session, &err), 0);
    assert_null(existing(&session, MDM_ROLE_CUSTOMER, "customer.key", 1, &err));
    assert_int_equal(err.code, MDM_E_UNANSWERED);
    assert_non_null(strstr(err.text, "--customer-password-file"));
    ask_end(&session);
    assert_int_equal(dup2(old, STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(close(old), 0);
}

static void an_empty_line_of_standard_input_is_named_whichever_is_needed_first(void **state)
{
    const int old = feed("\nthe customer's\n");
    opt = &(const struct mdm_options){.password_file = {"-", "-"}};
    struct mdm_error err = {0};
    struct mdm_session session = {0};
    struct mdm_secret *password;

    (void)state;
    assert_int_equal(passwords_begin(&session, &err), 0);
    password = existing(&session, MDM_ROLE_CUSTOMER, "customer.key", 1, &err);
    assert_non_null(password);
    assert_string_equal(password->text, "the customer's");
    mdm_secret_free(&password);
    assert_null(existing(&session, MDM_ROLE_VENDOR, "vendor.key", 1, &err));
    assert_int_equal(err.code, MDM_E_FAILED);
    assert_non_null(strstr(err.text, "is empty"));
    ask_end(&session);
    assert_int_equal(dup2(old, STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(close(old), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_gives_its_first_line),
        cmocka_unit_test(a_variable_is_taken_wiped_and_removed),
        cmocka_unit_test(a_file_counts_for_more_than_a_variable),
        cmocka_unit_test(a_file_that_can_be_read_again_is_read_again_and_nothing_of_it_kept),
        cmocka_unit_test(standard_input_that_ends_leaves_the_question_unanswered),
        cmocka_unit_test(an_empty_line_of_standard_input_is_named_whichever_is_needed_first),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
