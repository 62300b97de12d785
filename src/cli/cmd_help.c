/* mdmvendor help [COMMAND|STEP], --help, and the tables for scripts: made from the rows of opt_table.c and the pages of
 * data/help/. */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/say.h"

#define COMMAND_COLUMN 24
#define OPTION_COLUMN  30

/* A page of data/help/: that of a command, a step, ... */
static const char *page(const char *topic)
{
    char name[64];

    (void)snprintf(name, sizeof name, "%s.txt", topic);
    return mdm_embedded_text(help_pages, help_page_count, name);
}

void cmd_guide(const char *name, const struct help_value *values)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes out = {0};
    struct mdm_error err = {0};

    for (const char *at = page(name); *at != '\0';) {
        const struct help_value *value = values;
        size_t size = strcspn(at + 1, "}");

        while (value->name != NULL && (*at != '{' || at[1 + size] != '}' || strlen(value->name) != size ||
                                       strncmp(value->name, at + 1, size) != 0))
            value++;
        size = value->name != NULL ? size + 2 : 1 + strcspn(at + 1, "{");
        (void)(value->name != NULL ? mdm_bytes_append_text(&out, value->text, &err)
                                   : mdm_bytes_append(&out, at, size, &err));
        at += size;
    }
    if (out.data == NULL || err.code != MDM_OK) {
        say_result_lost();
        return;
    }
    const char *text = (const char *)out.data;
    const size_t heading = strcspn(text, "\n");
    say(SAY_HEADING, "%.*s", (int)heading, text);
    say(SAY_TEXT, "%s", text + heading + (text[heading] == '\n'));
}

/* Goes through data/help/options.txt: headings, and "name: words". */
struct option_help {
    const char *at;   /* where to read on */
    char heading[64]; /* to be cleared when it is said */
    const struct opt_option *option;
    char words[256];
};

static bool next_option(struct option_help *help)
{
    while (*help->at != '\0') {
        const char *line = help->at;
        const size_t size = strcspn(line, "\n"), name = strcspn(line, ":");

        help->at += size + (line[size] == '\n');
        if (name + 1 < size) {
            help->option = opt_find(line, name);
            (void)snprintf(help->words, sizeof help->words, "%.*s", (int)(size - name - 2), line + name + 2);
            return true;
        }
        (void)snprintf(help->heading, sizeof help->heading, "%.*s", (int)size, line);
    }
    return false;
}

/* The options that one of `commands` (bits) uses. */
static void say_options(unsigned commands)
{
    struct option_help help = {.at = page("options")};

    while (next_option(&help)) {
        const char letter[] = {'-', help.option->letter, ',', '\0'};
        const char *argument = help.option->argument == NULL ? "" : help.option->argument;
        char left[80];

        if ((help.option->commands & commands) == 0)
            continue;
        if (help.heading[0] != '\0')
            say(SAY_RESULT, "\n%s", help.heading);
        help.heading[0] = '\0';
        (void)snprintf(left, sizeof left,
                       argument[0] == '['    ? "  %3s --%s[=%s"
                       : argument[0] == '\0' ? "  %3s --%s%s"
                                             : "  %3s --%s %s",
                       help.option->letter == 0 ? "" : letter, help.option->name, argument + (argument[0] == '['));
        say_row(OPTION_COLUMN, left, help.words);
    }
}

int cmd_help_about(enum mdm_command about)
{
    const struct opt_command *command = &opt_commands[about];
    char left[80];

    say_page();
    if (command->name != NULL) {
        say(SAY_PAGE, "Usage: mdmvendor [options] %s%s%s\n\n%s", command->name, command->operands[0] != '\0' ? " " : "",
            command->operands, page(about == MDM_COMMAND_STEP ? "step" : command->name));
        say_options(1U << about);
        return 0;
    }
    say(SAY_PAGE, "%s", page("run"));
    for (command = opt_commands; command < opt_commands + MDM_COMMAND_COUNT; command++) {
        (void)snprintf(left, sizeof left, "  %s %s", command->name == NULL ? "(none)" : command->name,
                       command->operands);
        say_row(COMMAND_COLUMN, left, command->summary);
    }
    say_options(~0U);
    say(SAY_PAGE, "\n%s", page("after-options"));
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
static int print_table(struct mdm_error *err)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes table = {0};

    for (const struct opt_command *command = opt_commands; command < opt_commands + MDM_COMMAND_COUNT; command++)
        (void)mdm_bytes_format(&table, err, "command\t%s\t%s\t%s\n", field(command->name), field(command->operands),
                               command->summary);
    for (struct option_help help = {.at = page("options")}; next_option(&help);) {
        const char letter[] = {help.option->letter, '\0'};
        const char *comma = "";

        (void)mdm_bytes_format(&table, err, "option\t%s\t%s\t%s\t", field(letter), help.option->name,
                               field(help.option->argument));
        for (size_t i = 0; i < MDM_COMMAND_COUNT; i++) {
            if ((help.option->commands & 1U << i) == 0)
                continue;
            (void)mdm_bytes_format(&table, err, "%s%s", comma, field(opt_commands[i].name));
            comma = ",";
        }
        (void)mdm_bytes_format(&table, err, "\t%s\n", help.words);
    }
    if (err->code != MDM_OK)
        return -1;
    say_result_bytes(table.data, table.size);
    return 0;
}

int cmd_help(struct mdm_session *session, struct mdm_error *err)
{
    const char *about = opt->flow.file_count > 0 ? opt->flow.files[0] : NULL;

    (void)session;
    if (opt->table)
        return print_table(err);
    if (about != NULL && (strcmp(about, "capability") == 0 || strcmp(about, "servers") == 0)) {
        say_page();
        say(SAY_PAGE, "%s", page(about));
        return 0;
    }
    const int command = about != NULL ? mdm_options_command(about, err) : MDM_COMMAND_RUN;
    if (command < 0)
        return -1;
    if (command != MDM_COMMAND_STEP)
        return cmd_help_about((enum mdm_command)command);
    say(SAY_PAGE, "%s", page(about));
    say_page();
    say_options(1U << MDM_COMMAND_STEP);
    return 0;
}
