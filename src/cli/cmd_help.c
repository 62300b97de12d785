/* mdmvendor help [COMMAND|STEP], and --help */
#include <string.h>

#include "cli/cmd.h"
#include "cli/say.h"
#include "cli/typed.h"
#include "cli/words.h"

static const struct mdm_options about_any_folder = {.directory = "."};

static int print_table(void)
{
    struct mdm_error err = {0};
    struct mdm_bytes table = {0};
    const int made = mdm_options_table(&table, &err);

    if (made == 0)
        say_result_bytes(table.data, table.size);
    mdm_bytes_free(&table);
    return made == 0 ? 0 : say_error(&err);
}

int cmd_help_about(enum mdm_command command)
{
    struct mdm_error err = {0};
    struct mdm_bytes page = {0};
    struct mdm_bytes typed = {0};
    int made = mdm_options_help(command, &page, &err);

    typed_options(&about_any_folder);
    if (made == 0)
        made = typed_append(&typed, (const char *)page.data, &err);
    if (made == 0)
        say_result_bytes(typed.data, typed.size);
    mdm_bytes_free(&page);
    mdm_bytes_free(&typed);
    return made == 0 ? 0 : say_error(&err);
}

int cmd_help(const struct mdm_options *options, struct mdm_session *session)
{
    struct mdm_error err = {0};
    enum mdm_command command = MDM_COMMAND_RUN;
    int step = 0;

    (void)session;
    if (options->table)
        return print_table();
    if (options->operand_count > 0)
        command = mdm_options_command(options->operands[0], &step, &err);
    if (command == MDM_COMMAND_COUNT)
        return say_error(&err);
    if (step == 0)
        return cmd_help_about(command);
    typed_options(&about_any_folder);
    say_result("%s", words_step(step));
    return 0;
}
