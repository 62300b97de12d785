/* The help texts and the tables for scripts, made from the rows of opt_table.c. */
#include <stdio.h>
#include <string.h>

#include <unistd.h>

#include "cli/opt_table.h"
#include "cli/tty.h"

#define WIDTH_MIN      59
#define WIDTH_MAX      80
#define COMMAND_COLUMN 24
#define OPTION_COLUMN  30

/* Text being made; failing for want of memory is remembered. */
struct page {
    struct mdm_bytes *out;
    size_t column;
    size_t width;
    bool failed;
};

static size_t width_of_output(void)
{
    const unsigned columns = tty_columns(STDOUT_FILENO);

    return columns >= WIDTH_MAX ? WIDTH_MAX : columns <= WIDTH_MIN ? WIDTH_MIN : columns - 1;
}

static void put_bytes(struct page *page, const char *text, size_t size)
{
    if (mdm_bytes_append(page->out, text, size, NULL) != 0)
        page->failed = true;
    page->column += size;
}

static void put(struct page *page, const char *text)
{
    put_bytes(page, text, strlen(text));
}

static void new_line(struct page *page)
{
    put(page, "\n");
    page->column = 0;
}

static void indent(struct page *page, size_t column)
{
    while (page->column < column)
        put(page, " ");
}

/* Words from where the line stands, wrapped, later lines at `column`; a newline in the text begins a new paragraph. */
static void put_words(struct page *page, size_t column, const char *text)
{
    bool first = true;

    while (*text != '\0') {
        const size_t size = strcspn(text, " \n");

        if (!first && page->column + 1 + size > page->width) {
            new_line(page);
            indent(page, column);
        } else if (!first) {
            put(page, " ");
        }
        put_bytes(page, text, size);
        text += size;
        first = false;
        if (*text == '\n') {
            new_line(page);
            indent(page, text[1] == '\0' ? 0 : column);
            first = true;
        }
        if (*text != '\0')
            text++;
    }
}

/* A left column and, from `column` on (on the next line where the left one is too long), words. */
static void put_row(struct page *page, size_t column, const char *left, const char *words)
{
    put(page, left);
    if (page->column + 2 > column)
        new_line(page);
    indent(page, column);
    put_words(page, column, words);
    new_line(page);
}

static void put_option(struct page *page, const struct opt_option *option)
{
    char left[80];
    const char *argument = option->argument == NULL ? "" : option->argument;
    const bool optional = argument[0] == '[';

    (void)snprintf(left, sizeof left, "  %c%c%s--%s%s%s", option->letter == 0 ? ' ' : '-',
                   option->letter == 0 ? ' ' : option->letter, option->letter == 0 ? "  " : ", ", option->name,
                   argument[0] == '\0' ? ""
                   : optional          ? "[="
                                       : " ",
                   argument + (optional ? 1 : 0));
    put_row(page, OPTION_COLUMN, left, option->help);
}

/* The options that go with one of `commands` (bits), section by section. */
static void put_options(struct page *page, unsigned commands)
{
    const char *section = "Options";
    bool open = false;

    for (size_t i = 0; i < opt_option_count; i++) {
        const struct opt_option *option = &opt_options[i];

        if (option->section != NULL) {
            section = option->section;
            open = false;
        }
        if (option->help == NULL || (option->commands & commands) == 0)
            continue;
        if (!open) {
            new_line(page);
            put(page, section);
            put(page, ":");
            new_line(page);
            open = true;
        }
        put_option(page, option);
    }
}

static void put_usage(struct page *page, const struct opt_command *command)
{
    put(page, "Usage: mdmvendor [options]");
    if (command->name != NULL) {
        put(page, " ");
        put(page, command->name);
    }
    if (command->operands[0] != '\0') {
        put(page, " ");
        put(page, command->operands);
    }
    new_line(page);
    if (command == &opt_commands[MDM_COMMAND_RUN])
        put(page, "       mdmvendor [options] COMMAND [OPERAND...]\n");
    new_line(page);
    put_words(page, 0, command->description);
}

static void put_commands(struct page *page)
{
    new_line(page);
    put(page, "Commands:");
    new_line(page);
    for (size_t i = 0; i < MDM_COMMAND_COUNT; i++) {
        const struct opt_command *command = &opt_commands[i];
        char left[80];

        (void)snprintf(left, sizeof left, "  %s %s", command->name == NULL ? "(none)" : command->name,
                       command->operands);
        put_row(page, COMMAND_COLUMN, left, command->summary);
    }
}

static const char global_end[] =
    "Passwords are asked for at the terminal, or come from --vendor-password-file and --customer-password-file, or as "
    "the last resort from MDMVENDOR_VENDOR_PASSWORD and MDMVENDOR_CUSTOMER_PASSWORD. There is no option that takes a "
    "password itself.\n"
    "\n"
    "Exit status: 0 done; 1 failed; 2 usage; 3 Apple's turn; 4 an answer is needed and nobody can be asked; 5 refused; "
    "6 a certificate is expired or about to; 128+n ended by signal n.\n";

int mdm_options_help(enum mdm_command command, struct mdm_bytes *out, struct mdm_error *err)
{
    struct page page = {.out = out, .width = width_of_output()};
    const bool global = command == MDM_COMMAND_RUN;

    put_usage(&page, &opt_commands[command]);
    if (global)
        put_commands(&page);
    put_options(&page, global ? ~0U : 1U << command);
    if (global) {
        new_line(&page);
        put_words(&page, 0, global_end);
    }
    return page.failed ? mdm_error_set(err, MDM_E_FAILED, "out of memory") : 0;
}

static const char *name_of(size_t command)
{
    return opt_commands[command].name == NULL ? "-" : opt_commands[command].name;
}

static void put_field(struct page *page, const char *text, const char *end)
{
    put(page, text[0] == '\0' ? "-" : text);
    put(page, end);
}

static void put_option_row(struct page *page, const struct opt_option *option)
{
    const char letter[2] = {option->letter, '\0'};
    const char *comma = "";

    put_field(page, "option", "\t");
    put_field(page, letter, "\t");
    put_field(page, option->name, "\t");
    put_field(page, option->argument == NULL ? "" : option->argument, "\t");
    for (size_t i = 0; i < MDM_COMMAND_COUNT; i++) {
        if ((option->commands & 1U << i) == 0)
            continue;
        put(page, comma);
        put(page, name_of(i));
        comma = ",";
    }
    put(page, "\t");
    put_field(page, option->help, "\n");
}

int mdm_options_table(struct mdm_bytes *out, struct mdm_error *err)
{
    struct page page = {.out = out};

    for (size_t i = 0; i < MDM_COMMAND_COUNT; i++) {
        put_field(&page, "command", "\t");
        put_field(&page, name_of(i), "\t");
        put_field(&page, opt_commands[i].operands, "\t");
        put_field(&page, opt_commands[i].summary, "\n");
    }
    for (size_t i = 0; i < opt_option_count; i++) {
        if (opt_options[i].help != NULL)
            put_option_row(&page, &opt_options[i]);
    }
    return page.failed ? mdm_error_set(err, MDM_E_FAILED, "out of memory") : 0;
}
