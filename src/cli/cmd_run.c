/* `mdmvendor`, `mdmvendor 1|2|3|4`, `mdmvendor renew` and `mdmvendor csr`: the three steps, and how a run of them ends.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cmd.h"
#include "cli/say.h"
#include "cli/status_view.h"
#include "cli/tty.h"
#include "cli/words.h"
#include "flow/flow.h"

static struct mdm_flow_options flow_options(const struct mdm_options *options, const struct mdm_trust *trust)
{
    return (struct mdm_flow_options){
        .directory = options->directory,
        .vendor_key = options->vendor_key,
        .vendor_cert = options->vendor_cert,
        .apple_account = options->apple_account,
        .trust = trust,
        .pfx = options->pfx,
        .keep_key = options->keep_key,
        .accept_new_topic = options->accept_new_topic,
        .files = options->operands,
        .file_count = options->operand_count,
        .warn_days = (int)options->days,
    };
}

/* What a finished run leaves on stdout: one JSON object, or the topic. */
static int print_result(const struct mdm_options *options, struct mdm_session *session,
                        const struct mdm_flow_result *result)
{
    const struct mdm_cert_facts *push = result->push != NULL ? mdm_cert_facts(result->push) : NULL;

    if (result->delivered != NULL && !cmd_is_practice(session))
        words_deliver(options->directory, result->delivered);
    if (push != NULL && result->made_pfx && !cmd_is_practice(session) && tty_is_there())
        words_after_step3(options->directory, push);
    else if (push != NULL)
        words_finished(options->directory, push);
    if (options->json)
        return status_print_json(options, session, NULL) ? 0 : 1;
    if (push != NULL)
        words_topic(push->topic);
    return 0;
}

/* A run that stops at Apple's turn, or fails, still answers --json with where the folder stands. Apple's turn is no
 * error. */
static int finish(const struct mdm_options *options, struct mdm_session *session, int status,
                  const struct mdm_flow_result *result, const struct mdm_error *err)
{
    if (status == 0)
        return print_result(options, session, result);
    if (options->json && status_print_json(options, session, err->code == MDM_E_WAITING ? NULL : err))
        return say_error(err);
    return cmd_fail(options, err);
}

/* Before a bare `mdmvendor` makes anything in a folder that holds nothing of ours: what is needed, and whether this is
 * the folder. */
static int begin_here(const struct mdm_options *options, const struct mdm_session *session,
                      const struct mdm_flow_options *flow, struct mdm_error *err)
{
    char here[PATH_MAX] = "", question[PATH_MAX + 32];
    char *shown;
    int yes;

    if (options->command != MDM_COMMAND_RUN || !tty_is_there() || !mdm_flow_is_new(flow, &session->callbacks))
        return 0;
    words_before_step1();
    if (options->directory != mdm_here)
        return 0;
    shown = getcwd(here, sizeof here) != NULL ? mdm_text_safe(here, strlen(here)) : NULL;
    (void)snprintf(question, sizeof question, "Begin here, in %s? [y/N]", shown != NULL ? shown : mdm_here);
    free(shown);
    yes = ask_whether(session->ask, question, err);
    if (yes != 0)
        return yes > 0 ? 0 : -1;
    (void)mdm_error_set(err, MDM_E_FAILED, "not begun, and nothing was made here");
    return mdm_error_hint(err, "Make a folder for the certificates, `mkdir -m 700 ~/mdm-push`, and begin there: "
                               "`mdmvendor -C ~/mdm-push`");
}

static int run_flow(enum mdm_flow_command command, const struct mdm_options *options, struct mdm_session *session)
{
    struct mdm_flow_result result = {0};
    struct mdm_error err = {0};
    const struct mdm_trust *trust = cmd_trust(options, session, &err);
    struct mdm_flow_options flow = flow_options(options, trust);
    int status = trust != NULL ? begin_here(options, session, &flow, &err) : -1;

    if (status == 0)
        status = mdm_flow_do(command, &flow, &session->callbacks, &result, &err);
    if (status == 0 && command == MDM_FLOW_CUSTOMER && !cmd_is_practice(session))
        words_after_csr(options->directory);
    status = finish(options, session, status, &result, &err);
    mdm_flow_result_free(&result);
    return status;
}

int cmd_run(const struct mdm_options *options, struct mdm_session *session)
{
    return run_flow((enum mdm_flow_command)options->step, options, session);
}

int cmd_renew(const struct mdm_options *options, struct mdm_session *session)
{
    return run_flow(options->abandon ? MDM_FLOW_ABANDON : MDM_FLOW_RENEW, options, session);
}

int cmd_undo(const struct mdm_options *options, struct mdm_session *session)
{
    return run_flow(MDM_FLOW_UNDO, options, session);
}

int cmd_csr(const struct mdm_options *options, struct mdm_session *session)
{
    return run_flow(MDM_FLOW_CUSTOMER, options, session);
}

int cmd_import(const struct mdm_options *options, struct mdm_session *session)
{
    struct mdm_error err = {0};

    if (options->operand_count > 0)
        return run_flow(MDM_FLOW_IMPORT, options, session);
    (void)mdm_error_set(&err, MDM_E_USAGE, "import needs the names of the files to bring in");
    (void)mdm_error_hint(&err, "`mdmvendor import FILE...`: a PKCS #12 file, or certificate and key in PEM.");
    return finish(options, session, -1, &(struct mdm_flow_result){0}, &err);
}
