/* mdmvendor help [COMMAND|STEP], and --help */
#include <stdlib.h>
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

/* The organisation of --vendor-subject, or of the person at the terminal; "" for none. NULL: *err is set. */
static char *organisation(const struct mdm_options *options, struct mdm_session *session, struct mdm_error *err)
{
    struct mdm_subject *subject;
    char *name = NULL;

    if (options->vendor_subject == NULL)
        return ask_question(session->ask, "Your organisation's name, for the letter to Apple (optional)", "", err);
    subject = mdm_subject_parse(options->vendor_subject, err);
    if (subject != NULL && mdm_subject_find(subject, "O") != NULL) {
        name = strdup(mdm_subject_find(subject, "O"));
    } else if (subject != NULL) {
        (void)mdm_error_set(err, MDM_E_USAGE, "option '--vendor-subject' names no organisation");
        (void)mdm_error_hint(err, "`mdmvendor help capability --vendor-subject O=Acme`");
    }
    mdm_subject_free(&subject);
    return name;
}

static int help_capability(const struct mdm_options *options, struct mdm_session *session)
{
    struct mdm_error err = {0};
    char *name = organisation(options, session, &err);

    if (name == NULL)
        return say_error(&err);
    words_capability(name[0] != '\0' ? name : "(Your organisation)");
    free(name);
    return 0;
}

int cmd_help(const struct mdm_options *options, struct mdm_session *session)
{
    const char *about = options->operand_count > 0 ? options->operands[0] : NULL;
    struct mdm_error err = {0};
    enum mdm_command command = MDM_COMMAND_RUN;
    int step = 0;

    if (options->table)
        return print_table();
    if (about != NULL && strcmp(about, "capability") == 0)
        return help_capability(options, session);
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
    say_result("%s", words_step(step));
    return 0;
}
