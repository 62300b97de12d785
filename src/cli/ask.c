/* The callbacks of flow.h: answers come from options, or from the person at the terminal. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/say.h"
#include "cli/tty.h"
#include "flow/state.h"

static void notify(void *ctx, const struct mdm_event *event)
{
    /* Where each step's product goes. */
    static const char *const next_stations[] = {NULL, "developer.apple.com", "identity.apple.com", "your MDM server"};
    struct mdm_session *session = ctx;
    const int step = event->step;

    if (session->began > 0 && event->kind != MDM_EVENT_WRONG_FILE) {
        say(SAY_NOTE, "The %s certificate is here.", session->guided == 2 ? "vendor" : "push");
        session->began = 0;
    }
    if (session->at_terminal)
        tty_hush();
    if (event->kind == MDM_EVENT_DID || event->kind == MDM_EVENT_NOTE) {
        say(event->kind == MDM_EVENT_NOTE ? SAY_SENTENCE : SAY_NOTE, "%s", event->text);
    } else if (event->kind != MDM_EVENT_STEP) {
        say(SAY_WARNING, "%s", event->text);
        if (event->hint != NULL && event->hint[0] != '\0')
            say(SAY_HINT, "%s", event->hint);
    } else if (step < 1 || step > 3) {
        say(SAY_HEADING, "Step 4: another customer's CSR");
    } else {
        say(SAY_HEADING, "Step %d of 3: %s", step, mdm_step_names[step]);
        for (int i = 1; session->at_terminal && i <= 3; i++) {
            const char mark = i < step ? 'x' : i == step ? '>' : ' ';

            say(SAY_TEXT, "    [%c] %d  %-24s  -> %s%s", mark, i, mdm_step_names[i], next_stations[i],
                i == 3 ? "\n\n" : "");
        }
    }
}

char *ask_question(const struct mdm_session *session, const char *question, const char *preset, const char *option,
                   struct mdm_error *err)
{
    MDM_OWNED(mdm_secret_free) struct mdm_secret *answer = NULL;
    const bool is_set = preset[0] != '\0';

    if (session->can_ask) {
        say_live_end();
        answer = tty_ask(TTY_ECHO_ON, err, "%s%s%s%s: ", question, is_set ? " [" : "", preset, is_set ? "]" : "");
        if (answer == NULL && err->code == MDM_E_UNANSWERED && option != NULL)
            mdm_error_hint(err, "Give the answer with `%s`.", option);
        if (answer == NULL)
            return NULL;
    }
    char *text = strdup(answer != NULL && answer->text[0] != '\0' ? answer->text : preset);
    if (text == NULL)
        mdm_error_memory(err);
    return text;
}

int ask_whether(const struct mdm_session *session, const char *question, struct mdm_error *err)
{
    MDM_OWNED(mdm_free_at) char *answer = ask_question(session, question, "", NULL, err);

    if (answer == NULL)
        return -1;
    return !session->can_ask || strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}

/* Each value is asked for until it is valid or left out. */
static struct mdm_subject *subject(void *ctx, enum mdm_role role, const struct mdm_csr *csr, struct mdm_error *err)
{
    const struct mdm_session *session = ctx;
    const struct {
        const char *name, *question, *preset;
    } values[] = {
        {"C", "Country, two letters (optional)", ""},
        {"O", "Organisation (optional)", ""},
        {"CN", "Common name", role == MDM_ROLE_VENDOR ? "MDM Vendor" : "MDM Push"},
        {"emailAddress", "E-mail address (optional)", ""},
    };
    const char *given = opt->subject[role];
    const char *option = role == MDM_ROLE_VENDOR ? "--vendor-subject DN" : "--customer-subject DN";

    if (signals_check(err) != 0)
        return NULL;
    if (given != NULL)
        return mdm_subject_parse(given, err);
    /* Last year's values are the presets, if our own rules accept that subject. */
    MDM_OWNED(mdm_subject_free)
    struct mdm_subject *last =
        session->can_ask && csr != NULL ? mdm_subject_parse(mdm_csr_facts(csr)->subject, NULL) : NULL;
    if (session->can_ask)
        say(SAY_NOTE,
            "Next, the subject of %s. Apple keeps little of it, so the defaults will do. Press Enter for the value in "
            "brackets, or to leave out an optional one%s.",
            mdm_roles[role].csr_name, last != NULL ? "; - leaves out a value in brackets" : "");
    MDM_OWNED(mdm_subject_free) struct mdm_subject *made = mdm_subject_new(err);
    for (size_t i = 0; made != NULL && i < sizeof values / sizeof values[0];) {
        const char *name = values[i].name, *before = last != NULL ? mdm_subject_find(last, name) : NULL;
        MDM_OWNED(mdm_free_at)
        char *answer =
            ask_question(session, values[i].question, before != NULL ? before : values[i].preset, option, err);
        struct mdm_error bad = {0};

        if (answer == NULL)
            return NULL;
        if (answer[0] == '\0' || (strcmp(answer, "-") == 0 && strcmp(name, "CN") != 0) ||
            mdm_subject_add(made, name, answer, &bad) == 0) {
            i++;
        } else if (bad.code == MDM_E_USAGE) {
            say(SAY_REPLY, "%s", bad.text);
        } else {
            mdm_error_copy(err, &bad);
            return NULL;
        }
    }
    return mdm_take_at(&made);
}

static int accept_topic(void *ctx, const char *old_topic, const char *new_topic, const char *portal,
                        struct mdm_error *err)
{
    const struct mdm_session *session = ctx;
    const size_t size = strlen(new_topic);
    const char *tail = new_topic + (size > 8 ? size - 8 : 0); /* typed, it has been looked at */

    if (signals_check(err) != 0)
        return -1;
    if (!session->can_ask)
        return 0;
    say(SAY_WARNING, "this push certificate has a new topic: every enrolled device would have to be enrolled again");
    say(SAY_TEXT,
        "    before  %s\n"
        "    now     %s\n"
        "If you did not mean this, press Enter, then press \"Renew\" on the old certificate's row at %s. To "
        "change the topic on purpose, type its last eight characters.",
        old_topic, new_topic, portal);

    MDM_OWNED(mdm_free_at)
    char *answer = ask_question(session, "Last eight characters of the new topic", "", "--accept-new-topic", err);

    if (answer == NULL)
        return -1;
    return strcmp(answer, tail) == 0;
}

static int confirm(void *ctx, const char *what, struct mdm_error *err)
{
    const struct mdm_session *session = ctx;

    if (session->can_ask)
        say(SAY_NOTE, "%s", what);
    return ask_whether(session, "Go on? [y/N]", err);
}

/* Asks until the answer is a valid name or empty. */
static int apple_account(void *ctx, char **name, struct mdm_error *err)
{
    const struct mdm_session *session = ctx;

    if (!session->can_ask)
        return 0;
    say(SAY_NOTE,
        "\n"
        "Which Apple account do you use at identity.apple.com/pushcert? Only that one can renew the certificate "
        "next year. It is kept in outputs/" MDM_NAME_ACCOUNT ", and shown when it is needed.");
    for (;;) {
        struct mdm_error bad = {0};

        *name = ask_question(session, "Apple account (optional)", "", "--apple-account NAME", err);
        if (*name == NULL)
            return -1;
        if (mdm_account_check(*name, &bad) == 0)
            return 1;
        say(SAY_REPLY, "%s", bad.text);
        free(*name);
    }
}

int ask_begin(struct mdm_session *session, struct mdm_error *err)
{
    const bool at_terminal = isatty(STDIN_FILENO) == 1; /* then there is somebody to ask */

    *session = (struct mdm_session){.callbacks = {.ctx = session,
                                                  .now = cmd_time,
                                                  .notify = notify,
                                                  .subject = subject,
                                                  .accept_topic = accept_topic,
                                                  .apple_account = apple_account,
                                                  .confirm = confirm},
                                    .at_terminal = at_terminal,
                                    .can_ask = at_terminal && !opt->no_input};
    return passwords_begin(session, err);
}

void ask_end(struct mdm_session *session)
{
    for (int role = 0; role < MDM_ROLES; role++)
        mdm_secret_free(&session->passwords[role].given);
    mdm_names_free(&session->seen);
    tty_restore();
}
