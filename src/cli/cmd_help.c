/* mdmvendor help [COMMAND|STEP], --help, and the tables for scripts: made from the rows of opt_table.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/say.h"
#include "cli/typed.h"
#include "cli/words.h"

#define COMMAND_COLUMN 24
#define OPTION_COLUMN  30

static const struct mdm_options about_any_folder = {.directory = "."};

/* Text being made. What fails for want of memory is seen in *err at the end. */
struct page {
    struct mdm_bytes text;
    struct mdm_error err;
};

static void put(struct page *page, const char *text)
{
    (void)mdm_bytes_append_text(&page->text, text, &page->err);
}

static void put_wrapped(struct page *page, const char *text, size_t column)
{
    wrap_append(&page->text, text, (struct wrap){column, column, say_page_width()}, &page->err);
    put(page, "\n");
}

/* A left column and, from `column` on (on the next line where the left one is too long), words. */
static void put_row(struct page *page, size_t column, const char *left, const char *words)
{
    const size_t size = strlen(left);
    const bool fits = size + 2 <= column;

    (void)mdm_bytes_format(&page->text, &page->err, "%s%s%*s", left, fits ? "" : "\n",
                           (int)(fits ? column - size : column), "");
    put_wrapped(page, words, column);
}

static void put_option(struct page *page, const struct opt_option *option)
{
    const char letter[] = {'-', option->letter, ',', '\0'};
    const char *argument = option->argument == NULL ? "" : option->argument;
    const bool optional = argument[0] == '[';
    char left[80];

    (void)snprintf(left, sizeof left, "  %3s --%s%s%s", option->letter == 0 ? "" : letter, option->name,
                   optional              ? "[="
                   : argument[0] == '\0' ? ""
                                         : " ",
                   argument + optional);
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
        if (section != NULL)
            (void)mdm_bytes_format(&page->text, &page->err, "\n%s:\n", section);
        section = NULL;
        put_option(page, option);
    }
}

static void put_usage(struct page *page, const struct opt_command *command)
{
    (void)mdm_bytes_format(&page->text, &page->err, "Usage: mdmvendor [options]%s%s%s%s\n",
                           command->name != NULL ? " " : "", command->name != NULL ? command->name : "",
                           command->operands[0] != '\0' ? " " : "", command->operands);
    if (command->name == NULL)
        put(page, "       mdmvendor [options] COMMAND [ARGUMENT...]\n"
                  "\n"
                  "New here? `mdmvendor rehearse` goes through all of it with a practice Apple.\n");
    put(page, "\n");
    put_wrapped(page, command->description, 0);
    (void)mdm_bytes_format(&page->text, &page->err, "\nExample:\n    %s\n", command->example);
}

static const char global_end[] =
    "\n"
    "Passwords are asked for at the terminal, or come from --vendor-password-file and --customer-password-file, or as "
    "the last resort from MDMVENDOR_VENDOR_PASSWORD and MDMVENDOR_CUSTOMER_PASSWORD. There is no option that takes a "
    "password itself.\n"
    "\n"
    "Exit status: 0 done; 1 failed; 2 usage; 3 Apple's turn; 4 input needed, but there is no terminal; 5 refused; 6 a "
    "certificate is expired or expires soon; 128+n ended by signal n.";

/* Prints all of it, or nothing. */
static int finish(struct page *page)
{
    if (page->err.code == MDM_OK)
        say_result_bytes(page->text.data, page->text.size);
    mdm_bytes_free(&page->text);
    return page->err.code == MDM_OK ? 0 : say_error(&page->err);
}

int cmd_help_about(enum mdm_command command)
{
    const bool global = command == MDM_COMMAND_RUN;
    struct page page = {0};
    struct mdm_bytes typed = {0};
    char left[80];

    put_usage(&page, &opt_commands[command]);
    if (global)
        put(&page, "\nCommands:\n");
    for (size_t i = 0; i < MDM_COMMAND_COUNT && global; i++) {
        (void)snprintf(left, sizeof left, "  %s %s", opt_commands[i].name == NULL ? "(none)" : opt_commands[i].name,
                       opt_commands[i].operands);
        put_row(&page, COMMAND_COLUMN, left, opt_commands[i].summary);
    }
    put_options(&page, global ? ~0U : 1U << command);
    if (global)
        put_wrapped(&page, global_end, 0);
    typed_options(&about_any_folder);
    if (page.err.code == MDM_OK)
        typed_append(&typed, (const char *)page.text.data, &page.err);
    mdm_bytes_free(&page.text);
    page.text = typed;
    return finish(&page);
}

static const char *field(const char *text)
{
    return text == NULL || text[0] == '\0' ? "-" : text;
}

static void put_option_row(struct page *page, const struct opt_option *option)
{
    const char letter[] = {option->letter, '\0'};
    const char *comma = "";

    (void)mdm_bytes_format(&page->text, &page->err, "option\t%s\t%s\t%s\t", field(letter), option->name,
                           field(option->argument));
    for (size_t i = 0; i < MDM_COMMAND_COUNT; i++) {
        if ((option->commands & 1U << i) == 0)
            continue;
        (void)mdm_bytes_format(&page->text, &page->err, "%s%s", comma, field(opt_commands[i].name));
        comma = ",";
    }
    (void)mdm_bytes_format(&page->text, &page->err, "\t%s\n", option->help);
}

/*
 * The tables for scripts, one row a line, fields parted by tabs, "-" for an empty one ("-" is also the name of a run
 * without a command): command NAME OPERANDS SUMMARY option LETTER NAME ARGUMENT COMMAND,COMMAND,... HELP
 */
static int print_table(void)
{
    struct page page = {0};

    for (size_t i = 0; i < MDM_COMMAND_COUNT; i++)
        (void)mdm_bytes_format(&page.text, &page.err, "command\t%s\t%s\t%s\n", field(opt_commands[i].name),
                               field(opt_commands[i].operands), opt_commands[i].summary);
    for (size_t i = 0; i < opt_option_count; i++) {
        if (opt_options[i].help != NULL)
            put_option_row(&page, &opt_options[i]);
    }
    return finish(&page);
}

/* The organisation of --vendor-subject, or of the person at the terminal; "" for none. NULL: *err is set. */
static char *organisation(const struct mdm_session *session, struct mdm_error *err)
{
    const char *given = session->options->vendor_subject;
    struct mdm_subject *subject;
    char *name = NULL;

    if (given == NULL)
        return ask_question(session, "Your organisation's name, for the letter to Apple (optional)", "", err);
    subject = mdm_subject_parse(given, err);
    if (subject != NULL && mdm_subject_find(subject, "O") != NULL) {
        name = strdup(mdm_subject_find(subject, "O"));
    } else if (subject != NULL) {
        (void)mdm_error_set(err, MDM_E_USAGE, "option '--vendor-subject' names no organisation");
        (void)mdm_error_hint(err, "`mdmvendor help capability --vendor-subject O=Acme`");
    }
    mdm_subject_free(&subject);
    return name;
}

int cmd_help(struct mdm_session *session)
{
    const struct mdm_options *options = session->options;
    const char *about = options->operand_count > 0 ? options->operands[0] : NULL;
    struct mdm_error err = {0};
    enum mdm_command command = MDM_COMMAND_RUN;
    char *name;
    int step = 0;

    if (options->table)
        return print_table();
    if (about != NULL && strcmp(about, "capability") == 0) {
        name = organisation(session, &err);
        if (name == NULL)
            return say_error(&err);
        words_capability(name[0] != '\0' ? name : "(Your organisation)");
        free(name);
        return 0;
    }
    if (about != NULL && strcmp(about, "servers") == 0) {
        words_servers();
        return 0;
    }
    if (about != NULL)
        command = mdm_options_command(about, &step, &err);
    if (command == MDM_COMMAND_COUNT)
        return say_error(&err);
    if (step == 0)
        return cmd_help_about(command);
    typed_options(&about_any_folder);
    say(SAY_RESULT, "%s", words_steps[step]);
    return 0;
}
