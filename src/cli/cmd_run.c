/* `mdmvendor` and its steps, `renew`, `csr`, `undo` and `import`: the commands that change a work folder. */
#include <stdio.h>

#include "base/text.h"
#include "cli/cmd.h"
#include "cli/say.h"
#include "flow/flow.h"
#include "flow/state.h"

/* Says how to go on, and prints the result: a JSON object, or the topic. */
static int print_result(struct mdm_session *session, const struct mdm_flow_result *result, struct mdm_error *err)
{
    const struct mdm_cert_facts *push = result->push != NULL ? mdm_cert_facts(result->push) : NULL;
    const struct mdm_cert_facts *last = result->state->last_push;
    char header[MDM_QUOTED_MAX];
    char press[320] = "\"Create a Certificate\" the first time, \"Renew\" on its row every year after";
    const char *root = cmd_root();
    (void)snprintf(header, sizeof header, "apns-topic: %s", push != NULL && push->topic != NULL ? push->topic : "");
    if (last != NULL)
        (void)snprintf(press, sizeof press, "press \"Renew\" on the row '%s'", last->common_name);
    const struct help_value values[] = {
        {"press", press},
        {"folder", root},
        {"quoted", MDM_QUOTED(root)}, /* as words for a shell */
        {"header", MDM_QUOTED(header)},
        {"portal", result->state->portals[MDM_ROLE_CUSTOMER]},
        {"request", result->delivered != NULL ? result->delivered : ""},
        {"expires", push != NULL ? push->last_day : ""},
        {"row", push != NULL ? push->common_name : ""},
        {NULL, NULL},
    };

    if (opt->command == MDM_COMMAND_CSR && !opt->flow.practice)
        cmd_guide("guide-csr-to-vendor", values);
    if (result->delivered != NULL && !opt->flow.practice)
        cmd_guide("guide-request-to-customer", values);
    if (push != NULL && result->made_pfx && !opt->flow.practice && session->at_terminal) {
        cmd_guide("guide-next-year", values);
        /* A made-up device: Apple's answer shows whether certificate and topic are good. */
        if (push->topic != NULL)
            cmd_guide("guide-try-with-apple", values);
        cmd_guide("guide-to-the-server", values);
    } else if (push != NULL) {
        say(SAY_NOTE,
            "All three steps are done: %s/outputs/" MDM_NAME_PFX " holds the push certificate, which expires on %s.",
            root, push->last_day);
        say(SAY_NOTE, "Renew it before then: `mdmvendor renew`. What your MDM server needs: `mdmvendor help 3`");
    }
    if (opt->format == MDM_FORMAT_JSON)
        return status_print_json(NULL, err);
    if (push != NULL)
        say(SAY_RESULT, opt->quiet ? "%s" : "Topic ID: %s", push->topic);
    return 0;
}

/* In a folder that holds nothing of ours a bare `mdmvendor` first says what is needed, and asks whether this is the
 * folder. */
static int begin_here(const struct mdm_session *session, struct mdm_error *err)
{
    const struct mdm_flow_options *flow = &opt->flow;
    char question[CMD_PATH_MAX + 32];

    if (opt->command != MDM_COMMAND_RUN || !session->at_terminal || !mdm_flow_is_new(flow, &session->callbacks))
        return 0;
    cmd_guide("guide-before-step-1", &(const struct help_value){NULL, NULL});
    if (flow->directory != mdm_here)
        return 0;
    (void)snprintf(question, sizeof question, "Begin here, in %s? [y/N]", cmd_root());
    const int yes = ask_whether(session, question, err);
    if (yes != 0)
        return yes > 0 ? 0 : -1;
    return mdm_error_set(err, MDM_E_FAILED,
                         "not begun, and nothing was made here" MDM_HINT
                         "Make a folder for the certificates, `mkdir -m 700 ~/mdm-push`, and begin there: "
                         "`mdmvendor -C ~/mdm-push`");
}

/* With --json, a run that fails or stops at Apple's turn still prints the state of the folder. Apple's turn is not an
 * error in it. */
int cmd_run(struct mdm_session *session, struct mdm_error *err)
{
    static const enum mdm_flow_command commands[MDM_COMMAND_COUNT] = {
        [MDM_COMMAND_CSR] = MDM_FLOW_CUSTOMER,
        [MDM_COMMAND_RENEW] = MDM_FLOW_RENEW,
        [MDM_COMMAND_UNDO] = MDM_FLOW_UNDO,
        [MDM_COMMAND_IMPORT] = MDM_FLOW_IMPORT,
    };
    const enum mdm_flow_command command = opt->command == MDM_COMMAND_STEP ? (enum mdm_flow_command)opt->step
                                          : opt->abandon                   ? MDM_FLOW_ABANDON
                                                                           : commands[opt->command];
    MDM_OWNED(mdm_flow_result_free) struct mdm_flow_result result = {0};

    if (begin_here(session, err) == 0 && mdm_flow_do(command, &opt->flow, &session->callbacks, &result, err) == 0)
        return print_result(session, &result, err);
    if (opt->format == MDM_FORMAT_JSON && status_print_json(err->code == MDM_E_WAITING ? NULL : err, NULL) == 0)
        return say_error(err);
    return -1;
}
