/* mdmvendor help [COMMAND|STEP] */
#include <string.h>

#include "cli/cmd.h"
#include "cli/say.h"
#include "cli/words.h"

static int say_page(int made, struct mdm_bytes *page, const struct mdm_error *err)
{
    if (made != 0)
        return say_error(err);
    say_result_bytes(page->data, page->size);
    mdm_bytes_free(page);
    return 0;
}

int cmd_help(const struct mdm_options *options, struct mdm_session *session)
{
    struct mdm_error err = {0};
    struct mdm_bytes page = {0};
    enum mdm_command command = MDM_COMMAND_RUN;
    int step = 0;

    (void)session;
    if (options->table)
        return say_page(mdm_options_table(&page, &err), &page, &err);
    if (options->operand_count > 0)
        command = mdm_options_command(options->operands[0], &step, &err);
    if (command == MDM_COMMAND_COUNT)
        return say_error(&err);
    if (step != 0) {
        say_result_bytes(words_step(step), strlen(words_step(step)));
        return 0;
    }
    return say_page(mdm_options_help(command, &page, &err), &page, &err);
}
