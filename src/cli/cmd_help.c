/* mdmvendor help [COMMAND|STEP], --help, and the tables for scripts: made from the rows of opt_table.c. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/say.h"

#define COMMAND_COLUMN 24
#define OPTION_COLUMN  30

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

    typed_options(&(const struct mdm_options){.directory = mdm_here});
    say_page();
    say(SAY_RESULT, "Usage: mdmvendor [options]%s%s%s%s", global ? "" : " ", global ? "" : command->name,
        command->operands[0] != '\0' ? " " : "", command->operands);
    if (global)
        say(SAY_RESULT, "       mdmvendor [options] COMMAND [ARGUMENT...]\n"
                        "\n"
                        "New here? `mdmvendor rehearse` goes through all of it with a practice Apple.");
    say(SAY_RESULT, "\n%s\n\nExample:\n    %s", command->description, command->example);
    if (global)
        say_commands();
    say_options(global ? ~0U : 1U << about);
    if (global)
        say(SAY_RESULT,
            "\n"
            "Passwords are asked for at the terminal, or come from --vendor-password-file and "
            "--customer-password-file, or as the last resort from MDMVENDOR_VENDOR_PASSWORD and "
            "MDMVENDOR_CUSTOMER_PASSWORD. There is no option that takes a password itself.\n"
            "\n"
            "Exit status: 0 done; 1 failed; 2 usage; 3 Apple's turn; 4 input needed, but there is no terminal; 5 "
            "refused; 6 a certificate is expired or expires soon; 128+n ended by signal n.");
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

/* Where and with which words to ask Apple for the MDM CSR capability. */
static void say_capability(const char *organisation)
{
    say_page();
    say(SAY_RESULT,
        "The MDM CSR capability lets an Apple developer account issue the MDM vendor certificate (mdm.cer). A "
        "standard membership is enough. Apple takes days, so ask now:\n"
        "    https://developer.apple.com/contact/request/mdm-capability\n"
        "Sign in as the Account Holder of the team. If a message is asked for, this says what Apple wants to know:\n"
        "  %s runs its own MDM server for the Apple devices that it owns. To obtain and to renew the MDM push "
        "certificate we need to create an MDM vendor certificate ourselves. Please enable the \"MDM CSR\" "
        "certificate type (MDM vendor) for our team. The server and its keys stay with us.\n"
        "\n"
        "Once it is granted, \"MDM CSR\" is listed under Services when you create a certificate at "
        "developer.apple.com. Then begin: `mkdir -m 700 ~/mdm-push`, `mdmvendor -C ~/mdm-push`.",
        organisation);
}

/* Pages that are no command's. Those of the steps have lines of their own, for any folder; other ones are wrapped. */
static const struct {
    const char *topic;
    const char *text;
} pages[] = {
    {"servers",
     "A server that takes a PKCS #12 file (.p12, .pfx) gets outputs/MDM_APNSCert.pfx and its password. Tried, with the "
     "loaders' rules where not with the server itself (docs/servers.md):\n"
     "\n"
     "WSO2 IoT Server, and Java's own classes: the pfx as it is\n"
     "NanoMDM: certificate and unencrypted key in one PEM\n"
     "    mdmvendor export --pem push.pem\n"
     "MicroMDM (mdmctl): outputs/MDM_APNSCert.crt and\n"
     "    mdmvendor export --key push.key --pkcs1\n"
     "Zentral: outputs/MDM_APNSCert.crt, outputs/customer.key and its password\n"
     "Fleet: outputs/MDM_APNSCert.crt and\n"
     "    mdmvendor export --key push.key --pkcs1\n"
     "A server that wants a name ending in .p12:\n"
     "    mdmvendor export --p12 push.p12\n"
     "\n"
     "The key in what --pem and --key write is not encrypted: give it to the server, then delete it. A server may go "
     "on using the old certificate until it is restarted."},
    {"1", "Step 1: vendor key and CSR\n"
          "\n"
          "Needs  a new password (at least 8 characters)\n"
          "Makes  outputs/vendor.key  the vendor's private key,\n"
          "                           encrypted\n"
          "       outputs/vendor.csr  its certificate signing request\n"
          "                           (CSR)\n"
          "Then   at developer.apple.com -> Certificates -> \"+\" ->\n"
          "       MDM CSR: upload vendor.csr, download mdm.cer into\n"
          "       inputs/\n"
          "\n"
          "Ask for the MDM CSR capability first; Apple takes days:\n"
          "`mdmvendor help capability`\n"
          "\n"
          "`mdmvendor 1` redoes it with a new key,\n"
          "`mdmvendor 1 --keep-key` makes only a new vendor.csr.\n"
          "What is replaced moves to outputs/archive/;\n"
          "`mdmvendor undo` puts it back.\n"},
    {"2", "Step 2: push certificate request\n"
          "\n"
          "Needs  outputs/vendor.key and its password,\n"
          "       inputs/mdm.cer, and a new password for the\n"
          "       customer's key (printable ASCII); or, if the\n"
          "       customer keeps the key, inputs/customer.csr\n"
          "Makes  outputs/customer.key      the customer's private\n"
          "                                 key, encrypted\n"
          "       outputs/customer.csr      its CSR\n"
          "       outputs/plist_encode      the request\n"
          "       outputs/plist_encode.txt  the same, under a name\n"
          "                                 that the portal takes\n"
          "Then   at https://identity.apple.com/pushcert: \"Create a\n"
          "       Certificate\" the first time, \"Renew\" on its row\n"
          "       every year after; upload plist_encode.txt, download\n"
          "       the push certificate into inputs/\n"
          "\n"
          "`mdmvendor 2` redoes it with a new key,\n"
          "`mdmvendor 2 --keep-key` with the same one.\n"
          "What is replaced moves to outputs/archive/;\n"
          "`mdmvendor undo` puts it back.\n"},
    {"3", "Step 3: pfx for the MDM server\n"
          "\n"
          "Needs  outputs/customer.key and its password, and the push\n"
          "       certificate that Apple issued, in inputs/\n"
          "Makes  outputs/MDM_APNSCert.pfx  key and certificate, a\n"
          "                                 PKCS #12 file with the\n"
          "                                 customer key's password\n"
          "       outputs/MDM_APNSCert.crt  the certificate alone\n"
          "Then   the pfx, its password and the topic ID go into the\n"
          "       MDM server; other forms: `mdmvendor help servers`\n"
          "\n"
          "A certificate with another topic is refused, because every\n"
          "device would have to be enrolled again. To accept it all\n"
          "the same: --accept-new-topic\n"},
    {"4", "Step 4: another customer's CSR\n"
          "\n"
          "Needs  outputs/vendor.key and its password,\n"
          "       inputs/mdm.cer, and inputs/customer.csr, which the\n"
          "       customer made (`mdmvendor csr`)\n"
          "Makes  outputs/plist_encode and plist_encode.txt; or, in a\n"
          "       folder with a request of its own,\n"
          "       outputs/customer.plist_encode.txt\n"
          "Then   the customer uploads it at\n"
          "       https://identity.apple.com/pushcert\n"
          "\n"
          "No key is made. For many customers: `mdmvendor help sign`\n"},
};

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
    int step;

    if (options->table)
        return print_table();
    if (about != NULL && strcmp(about, "capability") == 0) {
        name = organisation(session, &err);
        if (name == NULL)
            return say_error(&err);
        say_capability(name[0] != '\0' ? name : "(Your organisation)");
        free(name);
        return 0;
    }
    for (size_t i = 0; about != NULL && i < sizeof pages / sizeof pages[0]; i++) {
        if (strcmp(about, pages[i].topic) != 0)
            continue;
        if (isdigit((unsigned char)about[0]))
            typed_options(&(const struct mdm_options){.directory = mdm_here});
        else
            say_page();
        say(SAY_RESULT, "%s", pages[i].text);
        return 0;
    }
    if (about != NULL)
        command = mdm_options_command(about, &step, &err);
    return command != MDM_COMMAND_COUNT ? cmd_help_about(command) : say_error(&err);
}
