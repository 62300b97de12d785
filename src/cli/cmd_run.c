/* `mdmvendor` and its steps, `renew`, `csr`, `undo` and `import`: what changes a work folder, and how a run of it ends.
 */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cmd.h"
#include "cli/say.h"
#include "cli/status_view.h"
#include "cli/tty.h"
#include "flow/flow.h"
#include "flow/state.h"

#define PATH_TEXT_MAX (PATH_MAX + 64) /* in a shell's quotes */

/* After `csr`: the CSR goes to the vendor. */
static void say_after_csr(const char *directory, const char *portal)
{
    char path[PATH_MAX];
    const char *root = cmd_root(directory, path);

    say(SAY_HEADING, "Now send the CSR to your MDM vendor");
    say(SAY_TEXT,
        "    %s/outputs/" MDM_NAME_CUSTOMER_CSR "\n"
        "It holds no secret; the key stays here.\n"
        "1. The vendor signs it and returns a request (plist_encode). `mdmvendor verify FILE` checks it.\n"
        "2. Upload it at https://%s, with an Apple account that belongs to your organisation: \"Create a "
        "Certificate\" the first time, \"Renew\" on its row every year after.\n"
        "3. Put the download into the folder\n"
        "    %s/inputs/\n"
        "4. Make the file for your MDM server:\n"
        "    mdmvendor",
        root, portal, root);
}

/* After step 4, and after step 2 for a customer who keeps the key: the request goes to the customer. */
static void say_delivery(const char *directory, const char *request)
{
    char path[PATH_MAX];

    say(SAY_HEADING, "Now send the request to the customer");
    say(SAY_TEXT,
        "    %s/outputs/%s\n"
        "It holds no secret. The customer, who has the key,\n"
        "1. signs in at https://identity.apple.com/pushcert with an Apple account of their organisation,\n"
        "2. presses \"Create a Certificate\" the first time, and \"Renew\" on its row every year after,\n"
        "3. uploads the file, downloads the push certificate and installs it with the key. (With mdmvendor: put "
        "the download into inputs/ of the folder that has the key, and run `mdmvendor` there.)",
        cmd_root(directory, path), request);
}

/* A made-up token: Apple's answer tells whether certificate and topic are good, and no device hears of it. */
static void say_proof(const char *root, const char *topic)
{
    char path[PATH_TEXT_MAX], cert[PATH_TEXT_MAX], key[PATH_TEXT_MAX];

    (void)snprintf(path, sizeof path, "%s/outputs/" MDM_NAME_RECORD, root);
    if (mdm_text_shell_word(path, cert, sizeof cert) != 0)
        return;
    (void)snprintf(path, sizeof path, "%s/outputs/" MDM_NAME_CUSTOMER_KEY, root);
    if (mdm_text_shell_word(path, key, sizeof key) != 0)
        return;
    say(SAY_HEADING, "Does Apple accept it?");
    say(SAY_TEXT,
        "This asks Apple; curl asks you for the customer key's password. The good answer is BadDeviceToken (only "
        "the made-up device is unknown), the bad one TopicDisallowed.\n"
        "    curl --http2 --cert %s --key %s -H 'apns-topic: %s' -H 'apns-push-type: mdm' -d '{\"mdm\":\"test\"}' "
        "https://api.push.apple.com/3/device/"
        "0000000000000000000000000000000000000000000000000000000000000000",
        cert, key, topic);
}

/* After step 3: what goes into the MDM server, when it expires, what to do next year. */
static void say_after_step3(const char *directory, const struct mdm_cert_facts *push, const char *portal)
{
    char path[PATH_MAX];
    const char *root = cmd_root(directory, path);

    say(SAY_HEADING, "Next year");
    say(SAY_TEXT,
        "- The push certificate expires on %s. After that no device hears from your server.\n"
        "- Renew it before then: `mdmvendor renew`, and at %s press \"Renew\" on the row '%s'.\n"
        "- `mdmvendor status` says how many days are left (exit status 6 within 30 days, for cron).\n"
        "- Keep this folder and its passwords, with a backup. The vendor certificate is not needed until then.",
        push->last_day, portal, push->common_name);
    if (push->topic != NULL)
        say_proof(root, push->topic);
    say(SAY_HEADING, "Done. Now give your MDM server");
    say(SAY_TEXT,
        "    %s/outputs/" MDM_NAME_PFX "\n"
        "with its password, which is the customer key's, and the topic ID. If it wants another form: "
        "`mdmvendor help servers`",
        root);
}

/* A start with nothing left to do: what there is, and until when. */
static void say_finished(const char *directory, const struct mdm_cert_facts *push)
{
    char path[PATH_MAX];

    say(SAY_NOTE,
        "All three steps are done: %s/outputs/" MDM_NAME_PFX " holds the push certificate, which expires on %s.",
        cmd_root(directory, path), push->last_day);
    say(SAY_NOTE, "Renew it before then: `mdmvendor renew`. What your MDM server needs: `mdmvendor help 3`");
}

/* What a finished run leaves on stdout: one JSON object, or the topic. */
static int print_result(struct mdm_session *session, const struct mdm_flow_result *result)
{
    const struct mdm_options *options = session->options;
    const struct mdm_cert_facts *push = result->push != NULL ? mdm_cert_facts(result->push) : NULL;
    const bool practice = session->practice;

    if (options->command == MDM_COMMAND_CSR && !practice)
        say_after_csr(options->flow.directory, result->portal);
    if (result->delivered != NULL && !practice)
        say_delivery(options->flow.directory, result->delivered);
    if (push != NULL && result->made_pfx && !practice && tty_is_there())
        say_after_step3(options->flow.directory, push, result->portal);
    else if (push != NULL)
        say_finished(options->flow.directory, push);
    if (options->json)
        return status_print_json(session, NULL) ? 0 : 1;
    if (push != NULL)
        cmd_say_topic(push->topic);
    return 0;
}

static void say_before_step1(void)
{
    say(SAY_HEADING, "An MDM push certificate from Apple, in three steps. You need");
    say(SAY_TEXT,
        "- membership in the Apple Developer Program with the \"MDM CSR\" capability, which the account holder asks "
        "for and Apple takes days to grant: `mdmvendor help capability`\n"
        "- an Apple account that belongs to your organisation, not to a person who may leave: no other can renew "
        "the certificate next year\n"
        "- two passwords, one for each key\n"
        "Everything is in one folder. Keep it secret, and back it up: next year's renewal begins there.\n"
        "Ctrl-C stops at any point; the next start goes on from there. To try it all with a practice Apple: "
        "`mdmvendor rehearse`");
}

/* Before a bare `mdmvendor` makes anything in a folder that holds nothing of ours: what is needed, and whether this is
 * the folder. */
static int begin_here(const struct mdm_session *session, const struct mdm_flow_options *flow, struct mdm_error *err)
{
    char here[PATH_MAX], question[PATH_MAX + 32];
    int yes;

    if (!tty_is_there() || !mdm_flow_is_new(flow, &session->callbacks))
        return 0;
    say_before_step1();
    if (flow->directory != mdm_here)
        return 0;
    (void)snprintf(question, sizeof question, "Begin here, in %s? [y/N]",
                   getcwd(here, sizeof here) != NULL ? here : mdm_here);
    yes = ask_whether(session, question, err);
    if (yes != 0)
        return yes > 0 ? 0 : -1;
    (void)mdm_error_set(err, MDM_E_FAILED, "not begun, and nothing was made here");
    return mdm_error_hint(err, "Make a folder for the certificates, `mkdir -m 700 ~/mdm-push`, and begin there: "
                               "`mdmvendor -C ~/mdm-push`");
}

static int act(const struct mdm_session *session, const struct mdm_flow_options *flow, struct mdm_flow_result *result,
               struct mdm_error *err)
{
    static const enum mdm_flow_command commands[MDM_COMMAND_COUNT] = {
        [MDM_COMMAND_RENEW] = MDM_FLOW_RENEW,
        [MDM_COMMAND_CSR] = MDM_FLOW_CUSTOMER,
        [MDM_COMMAND_UNDO] = MDM_FLOW_UNDO,
        [MDM_COMMAND_IMPORT] = MDM_FLOW_IMPORT,
    };
    const struct mdm_options *options = session->options;
    enum mdm_flow_command command = commands[options->command];

    if (options->command == MDM_COMMAND_IMPORT && options->operand_count == 0) {
        (void)mdm_error_set(err, MDM_E_USAGE, "import needs the names of the files to bring in");
        return mdm_error_hint(err, "`mdmvendor import FILE...`: a PKCS #12 file, or certificate and key in PEM.");
    }
    if (options->command == MDM_COMMAND_RUN && begin_here(session, flow, err) != 0)
        return -1;
    if (options->command == MDM_COMMAND_STEP)
        command = (enum mdm_flow_command)options->step;
    else if (options->abandon)
        command = MDM_FLOW_ABANDON;
    return mdm_flow_do(command, flow, &session->callbacks, result, err);
}

/* A run that stops at Apple's turn, or fails, still answers --json with where the folder stands. Apple's turn is no
 * error. */
int cmd_run(struct mdm_session *session)
{
    const struct mdm_options *options = session->options;
    struct mdm_flow_result result = {0};
    struct mdm_error err = {0};
    struct mdm_flow_options flow;
    int status;

    if (cmd_flow_options(session, &flow, &err) == 0 && act(session, &flow, &result, &err) == 0)
        status = print_result(session, &result);
    else if (options->json && status_print_json(session, err.code == MDM_E_WAITING ? NULL : &err))
        status = say_error(&err);
    else
        status = cmd_fail(options, &err);
    mdm_flow_result_free(&result);
    return status;
}
