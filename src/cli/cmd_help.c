/* mdmvendor help [COMMAND|STEP], --help, and the tables for scripts: made from the rows of opt_table.c and the pages of
 * data/help/. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/say.h"

#define COMMAND_COLUMN 24
#define OPTION_COLUMN  30

static const char *page(const char *name)
{
    return mdm_embedded_text(help_pages, help_page_count, name);
}

/* Appends a page with its values put in. */
static void fill(struct mdm_bytes *out, const char *text, const struct help_value *values, struct mdm_error *err)
{
    while (*text != '\0') {
        const struct help_value *value = values;
        size_t size = strcspn(text + 1, "}");

        while (value->name != NULL && (*text != '{' || text[1 + size] != '}' || strlen(value->name) != size ||
                                       strncmp(value->name, text + 1, size) != 0))
            value++;
        if (value->name != NULL) {
            (void)mdm_bytes_append_text(out, value->text, err);
            text += size + 2;
        } else {
            size = 1 + strcspn(text + 1, "{");
            (void)mdm_bytes_append(out, text, size, err);
            text += size;
        }
    }
}

void cmd_guide(const char *name, const struct help_value *values)
{
    struct mdm_bytes out = {0};
    struct mdm_error err = {0};
    const char *text;
    int heading;

    fill(&out, page(name), values, &err);
    text = out.data != NULL ? (const char *)out.data : "";
    heading = (int)strcspn(text, "\n");
    if (err.code != MDM_OK) {
        say_result_lost();
    } else {
        say(SAY_HEADING, "%.*s", heading, text);
        say(SAY_TEXT, "%s", text + heading + (text[heading] == '\n'));
    }
    mdm_bytes_free(&out);
}

static void say_option(const struct opt_option *option)
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
    say_row(OPTION_COLUMN, left, option->help);
}

/* The options that one of `commands` (bits) uses, section by section. */
static void say_options(unsigned commands)
{
    const char *section = NULL;

    for (const struct opt_option *option = opt_options; option < opt_options + opt_option_count; option++) {
        if (option->section != NULL)
            section = option->section;
        if (option->help == NULL || (option->commands & commands) == 0)
            continue;
        if (section != NULL)
            say(SAY_RESULT, "\n%s:", section);
        section = NULL;
        say_option(option);
    }
}

static void say_commands(void)
{
    char left[80];

    say(SAY_RESULT, "\nCommands:");
    for (size_t i = 0; i < MDM_COMMAND_COUNT; i++) {
        (void)snprintf(left, sizeof left, "  %s %s", opt_commands[i].name == NULL ? "(none)" : opt_commands[i].name,
                       opt_commands[i].operands);
        say_row(COMMAND_COLUMN, left, opt_commands[i].summary);
    }
}

int cmd_help_about(enum mdm_command about)
{
    const struct opt_command *command = &opt_commands[about];
    const bool global = command->name == NULL;

    say_page();
    say(SAY_RESULT, "Usage: mdmvendor [options]%s%s%s%s", global ? "" : " ", global ? "" : command->name,
        command->operands[0] != '\0' ? " " : "", command->operands);
    if (global)
        say(SAY_RESULT, "       mdmvendor [options] COMMAND [ARGUMENT...]\n"
                        "\n"
                        "New here? `mdmvendor rehearse` goes through all of it with a practice Apple.");
    say(SAY_RESULT, "\n%s", page(command->page));
    if (global)
        say_commands();
    say_options(global ? ~0U : 1U << about);
    if (global)
        say(SAY_RESULT, "\n%s", page("after-options.txt"));
    return 0;
}

static const char *field(const char *text)
{
    return text == NULL || text[0] == '\0' ? "-" : text;
}

/*
 * The tables for scripts, one row a line, fields parted by tabs, "-" for an empty one ("-" is also the name of a run
 * without a command): command NAME OPERANDS SUMMARY option LETTER NAME ARGUMENT COMMAND,COMMAND,... HELP
 */
static int print_table(void)
{
    struct mdm_bytes table = {0};
    struct mdm_error err = {0};

    for (const struct opt_command *command = opt_commands; command < opt_commands + MDM_COMMAND_COUNT; command++)
        (void)mdm_bytes_format(&table, &err, "command\t%s\t%s\t%s\n", field(command->name), field(command->operands),
                               command->summary);
    for (const struct opt_option *option = opt_options; option < opt_options + opt_option_count; option++) {
        const char letter[] = {option->letter, '\0'};
        const char *comma = "";

        if (option->help == NULL)
            continue;
        (void)mdm_bytes_format(&table, &err, "option\t%s\t%s\t%s\t", field(letter), option->name,
                               field(option->argument));
        for (size_t i = 0; i < MDM_COMMAND_COUNT; i++) {
            if ((option->commands & 1U << i) == 0)
                continue;
            (void)mdm_bytes_format(&table, &err, "%s%s", comma, field(opt_commands[i].name));
            comma = ",";
        }
        (void)mdm_bytes_format(&table, &err, "\t%s\n", option->help);
    }
    if (err.code == MDM_OK)
        say_result_bytes(table.data, table.size);
    mdm_bytes_free(&table);
    return err.code == MDM_OK ? 0 : say_error(&err);
}

/* The organisation of --vendor-subject, or of the person at the terminal; "" for none. NULL: *err is set. */
static char *organisation(const struct mdm_session *session, struct mdm_error *err)
{
    const char *given = session->options->subject[MDM_ROLE_VENDOR];
    struct mdm_subject *subject;
    char *name = NULL;

    if (given == NULL)
        return ask_question(session, "Your organisation's name, for the letter to Apple (optional)", "", NULL, err);
    subject = mdm_subject_parse(given, err);
    if (subject != NULL && mdm_subject_find(subject, "O") != NULL) {
        name = strdup(mdm_subject_find(subject, "O"));
    } else if (subject != NULL) {
        mdm_error_set(err, MDM_E_USAGE, "option '--vendor-subject' names no organisation");
        mdm_error_hint(err, "`mdmvendor help capability --vendor-subject O=Acme`");
    }
    mdm_subject_free(&subject);
    return name;
}

static int say_capability(const struct mdm_session *session)
{
    struct mdm_bytes out = {0};
    struct mdm_error err = {0};
    char *name = organisation(session, &err);

    if (name != NULL)
        fill(
            &out, page("capability.txt"),
            (const struct help_value[]){{"organisation", name[0] != '\0' ? name : "(Your organisation)"}, {NULL, NULL}},
            &err);
    free(name);
    if (err.code == MDM_OK) {
        say_page();
        say(SAY_RESULT, "%s", (const char *)out.data);
    }
    mdm_bytes_free(&out);
    return err.code == MDM_OK ? 0 : say_error(&err);
}

int cmd_help(struct mdm_session *session)
{
    const struct mdm_options *options = session->options;
    const char *about = options->operand_count > 0 ? options->operands[0] : NULL;
    enum mdm_command command = MDM_COMMAND_RUN;
    struct mdm_error err = {0};
    char name[] = "N.txt";
    int step = 0;

    if (options->table)
        return print_table();
    if (about != NULL && strcmp(about, "capability") == 0)
        return say_capability(session);
    if (about != NULL && strcmp(about, "servers") == 0) {
        say_page();
        say(SAY_RESULT, "%s", page("servers.txt"));
        return 0;
    }
    if (about != NULL)
        command = mdm_options_command(about, &step, &err);
    if (command == MDM_COMMAND_COUNT)
        return say_error(&err);
    if (step == 0)
        return cmd_help_about(command);
    name[0] = about[0];
    say(SAY_RESULT, "%s", page(name));
    return 0;
}
