/* Reads the command line and runs the command. */
#include <string.h>

#include "cli/cmd.h"
#include "cli/json.h"
#include "cli/say.h"
#include "cli/tty.h"
#include "mdmvendor.h"
#include "pki/request.h"

static int (*const commands[MDM_COMMAND_COUNT])(struct mdm_session *session, struct mdm_error *err) = {
    [MDM_COMMAND_RUN] = cmd_run,       [MDM_COMMAND_STEP] = cmd_run,          [MDM_COMMAND_CSR] = cmd_run,
    [MDM_COMMAND_RENEW] = cmd_run,     [MDM_COMMAND_UNDO] = cmd_run,          [MDM_COMMAND_IMPORT] = cmd_run,
    [MDM_COMMAND_STATUS] = cmd_status, [MDM_COMMAND_VERIFY] = cmd_verify,     [MDM_COMMAND_SIGN] = cmd_sign,
    [MDM_COMMAND_EXPORT] = cmd_export, [MDM_COMMAND_REHEARSE] = cmd_rehearse, [MDM_COMMAND_HELP] = cmd_help,
};

/* Loads the CAs that count. Recognises the folder of a rehearsal, and says so. */
static int find_trust(struct mdm_session *session, struct mdm_options *options, struct mdm_error *err)
{
    if (options->command == MDM_COMMAND_HELP || options->command == MDM_COMMAND_REHEARSE)
        return 0;
    session->trust[true] = mdm_rehearsal_trust(options->flow.directory, options->flow.vendor_cert, cmd_time());
    options->flow.practice = session->trust[true] != NULL;
    if (options->ca_file != NULL)
        mdm_trust_free(&session->trust[true]);
    if (options->flow.practice)
        say(SAY_WARNING, "PRACTICE: this is a rehearsal's folder, and nothing in it works with Apple");
    if (options->command == MDM_COMMAND_STATUS && options->flow.file_count > 0)
        return 0; /* files are not judged */
    options->flow.trust = cmd_trust(session, NULL, err);
    return options->flow.trust != NULL ? 0 : -1;
}

static int run(struct mdm_options *options, struct mdm_error *err)
{
    struct mdm_session session;
    int status = -1;

    if (options->help)
        return cmd_help_about(options->command);
    if (options->version) {
        say(SAY_RESULT, "mdmvendor %s", mdmvendor_version());
        say(SAY_RESULT, "libcrypto: %s", mdm_libcrypto_version());
        say(SAY_RESULT, "libplist: %s", mdm_plist_version());
        return 0;
    }
    if (ask_begin(&session, err) == 0 && wait_begin(&session, err) == 0 && find_trust(&session, options, err) == 0)
        status = commands[options->command](&session, err);
    mdm_trust_free(&session.trust[false]);
    mdm_trust_free(&session.trust[true]);
    ask_end(&session);
    return status;
}

/* Reports an error: with --json also as an object on stdout, with --format nagios as a plug-in's unknown state. Returns
 * the exit status. */
static int fail(const struct mdm_options *options, const struct mdm_error *err)
{
    struct mdm_bytes object = {0};
    struct json json = {.out = &object, .one_line = options->command == MDM_COMMAND_SIGN};

    if (options->format == MDM_FORMAT_NAGIOS)
        return cmd_nagios(NAGIOS_UNKNOWN, err->text, "");
    if (options->format == MDM_FORMAT_JSON) {
        json_open(&json, NULL, "{}");
        json_integer(&json, "schema", 1);
        cmd_write_error(&json, err);
        json_print(&json);
    }
    return say_error(err);
}

int main(int argc, char *argv[])
{
    struct mdm_options options;
    struct mdm_error err = {0};
    int status = -1;

    mdmvendor_process_begin();
    say_begin();
    signals_catch();
    opt = &options;
    if (mdm_options_parse(&options, argc, argv, &err) == 0)
        status = run(&options, &err);
    if (status < 0)
        status = fail(&options, &err);
    if (options.format != MDM_FORMAT_NAGIOS)
        status = say_finish(status);
    else if (say_finish(0) != 0) /* 1 would be a warning */
        status = NAGIOS_UNKNOWN;
    if (options.flow.vendor_key != NULL && strncmp(options.flow.vendor_key, "pkcs11:", 7) == 0)
        mdmvendor_process_end();
    return status;
}
