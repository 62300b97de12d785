/* The help texts and the tables for scripts, made from the rows of opt_table.c. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/opt.h"
#include "cli/say.h"
#include "cli/tty.h"

#define WIDTH_MIN      59
#define WIDTH_MAX      79
#define COMMAND_COLUMN 24
#define OPTION_COLUMN  30

/* Text being made; failing for want of memory is remembered. */
struct page {
    struct mdm_bytes *out;
    size_t width;
    bool failed;
};

static size_t width_of_output(void)
{
    const unsigned columns = tty_columns(STDOUT_FILENO);

    return columns > WIDTH_MAX ? WIDTH_MAX : columns <= WIDTH_MIN ? WIDTH_MIN : columns - 1;
}

static void put(struct page *page, const char *text)
{
    if (mdm_bytes_append_text(page->out, text, NULL) != 0)
        page->failed = true;
}

/* Paragraphs, one a line; every line ends with a newline. */
static void put_paragraphs(struct page *page, const char *text)
{
    while (*text != '\0') {
        const size_t size = strcspn(text, "\n");
        char line[2048];

        (void)snprintf(line, sizeof line, "%.*s", (int)size, text);
        if (wrap_append(page->out, line, (struct wrap){.width = page->width}, NULL) != 0)
            page->failed = true;
        put(page, "\n");
        text += size + (text[size] == '\n');
    }
}

/* A left column and, from `column` on (on the next line where the left one is too long), words. */
static void put_row(struct page *page, size_t column, const char *left, const char *words)
{
    const size_t size = strlen(left);
    char gap[OPTION_COLUMN + 2];

    put(page, left);
    (void)snprintf(gap, sizeof gap, "%s%*s", size + 2 > column ? "\n" : "",
                   (int)(size + 2 > column ? column : column - size), "");
    put(page, gap);
    if (wrap_append(page->out, words, (struct wrap){column, column, page->width}, NULL) != 0)
        page->failed = true;
    put(page, "\n");
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

/* The options that one of `commands` (bits) uses, section by section. */
static void put_options(struct page *page, unsigned commands)
{
    const char *section = NULL;

    for (size_t i = 0; i < opt_option_count; i++) {
        const struct opt_option *option = &opt_options[i];

        if (option->section != NULL)
            section = option->section;
        if (option->help == NULL || (option->commands & commands) == 0)
            continue;
        if (section != NULL) {
            put(page, "\n");
            put(page, section);
            put(page, ":\n");
            section = NULL;
        }
        put_option(page, option);
    }
}

static void put_commands(struct page *page)
{
    put(page, "\nCommands:\n");
    for (size_t i = 0; i < MDM_COMMAND_COUNT; i++) {
        const struct opt_command *command = &opt_commands[i];
        char left[80];

        (void)snprintf(left, sizeof left, "  %s %s", command->name == NULL ? "(none)" : command->name,
                       command->operands);
        put_row(page, COMMAND_COLUMN, left, command->summary);
    }
}

static void put_usage(struct page *page, const struct opt_command *command)
{
    char line[128];

    (void)snprintf(line, sizeof line, "Usage: mdmvendor [options]%s%s%s%s\n", command->name != NULL ? " " : "",
                   command->name != NULL ? command->name : "", command->operands[0] != '\0' ? " " : "",
                   command->operands);
    put(page, line);
    if (command->name == NULL)
        put(page, "       mdmvendor [options] COMMAND [ARGUMENT...]\n"
                  "\n"
                  "New here? `mdmvendor rehearse` goes through all of it with a practice Apple.\n");
    put(page, "\n");
    put_paragraphs(page, command->description);
    put(page, "\nExample:\n    ");
    put(page, command->example);
    put(page, "\n");
}

static const char global_end[] =
    "\n"
    "Passwords are asked for at the terminal, or come from --vendor-password-file and --customer-password-file, or as "
    "the last resort from MDMVENDOR_VENDOR_PASSWORD and MDMVENDOR_CUSTOMER_PASSWORD. There is no option that takes a "
    "password itself.\n"
    "\n"
    "Exit status: 0 done; 1 failed; 2 usage; 3 Apple's turn; 4 input needed, but there is no terminal; 5 refused; 6 a "
    "certificate is expired or expires soon; 128+n ended by signal n.\n";

int mdm_options_help(enum mdm_command command, struct mdm_bytes *out, struct mdm_error *err)
{
    struct page page = {.out = out, .width = width_of_output()};
    const bool global = command == MDM_COMMAND_RUN;

    put_usage(&page, &opt_commands[command]);
    if (global)
        put_commands(&page);
    put_options(&page, global ? ~0U : 1U << command);
    if (global)
        put_paragraphs(&page, global_end);
    return page.failed ? mdm_error_memory(err) : 0;
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
    return page.failed ? mdm_error_memory(err) : 0;
}
