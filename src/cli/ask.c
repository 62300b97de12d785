/* The callbacks of flow.h: answers come from options, or from the person at the terminal. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "cli/cmd.h"
#include "cli/say.h"
#include "cli/tty.h"
#include "flow/state.h"

/* So much of a topic is typed to accept it: enough to have looked at it. */
#define TOPIC_TAIL 8

static mdm_time now(void *ctx)
{
    (void)ctx;
    return (mdm_time)time(NULL);
}

/* "Step 2 of 3: ...", and where `drawn` a list of the three steps with a mark at this one. */
static void say_header(int step, bool drawn)
{
    /* Where each step's product goes. */
    static const char *const next_stations[] = {NULL, "developer.apple.com", "identity.apple.com", "your MDM server"};

    if (step < 1 || step > 3) {
        say(SAY_HEADING, "Step 4: another customer's CSR");
        return;
    }
    say(SAY_HEADING, "Step %d of 3: %s", step, mdm_step_names[step]);
    for (int i = 1; drawn && i <= 3; i++)
        say(SAY_TEXT, "    [%c] %d  %-24s  -> %s%s",
            i < step    ? 'x'
            : i == step ? '>'
                        : ' ',
            i, mdm_step_names[i], next_stations[i], i == 3 ? "\n\n" : "");
}

static void notify(void *ctx, const struct mdm_event *event)
{
    struct mdm_session *session = ctx;

    if (session->began > 0 && event->kind != MDM_EVENT_WRONG_FILE) {
        say(SAY_NOTE, "The %s certificate is here.", session->guided == 2 ? "vendor" : "push");
        session->began = 0;
    }
    if (session->at_terminal)
        tty_hush();
    if (event->kind == MDM_EVENT_STEP) {
        say_header(event->step, session->at_terminal);
    } else if (event->kind == MDM_EVENT_DID || event->kind == MDM_EVENT_NOTE) {
        say(event->kind == MDM_EVENT_NOTE ? SAY_SENTENCE : SAY_NOTE, "%s", event->text);
    } else {
        say(SAY_WARNING, "%s", event->text);
        if (event->hint != NULL && event->hint[0] != '\0')
            say(SAY_HINT, "%s", event->hint);
    }
}

char *ask_question(const struct mdm_session *session, const char *question, const char *preset, const char *option,
                   struct mdm_error *err)
{
    MDM_OWNED(mdm_secret_free) struct mdm_secret *answer = NULL;
    const bool is_set = preset[0] != '\0';
    char *text;

    if (session->can_ask) {
        say_live_end();
        answer = tty_ask(TTY_ECHO_ON, err, "%s%s%s%s: ", question, is_set ? " [" : "", preset, is_set ? "]" : "");
        if (answer == NULL && err->code == MDM_E_UNANSWERED && option != NULL)
            mdm_error_hint(err, "Give the answer with `%s`.", option);
        if (answer == NULL)
            return NULL;
    }
    text = strdup(answer != NULL && answer->text[0] != '\0' ? answer->text : preset);
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

struct value {
    const char *name, *question, *preset;
};

/* Asks for one value of the subject until it is valid or left out. */
static int ask_value(const struct mdm_session *session, struct mdm_subject *subject, const struct value *value,
                     const char *option, struct mdm_error *err)
{
    for (;;) {
        MDM_OWNED(mdm_free_at) char *answer = ask_question(session, value->question, value->preset, option, err);
        struct mdm_error bad = {0};

        if (answer == NULL)
            return -1;
        if (answer[0] == '\0' || (strcmp(answer, "-") == 0 && strcmp(value->name, "CN") != 0) ||
            mdm_subject_add(subject, value->name, answer, &bad) == 0)
            return 0;
        if (bad.code != MDM_E_USAGE)
            return mdm_error_copy(err, &bad);
        say(SAY_REPLY, "%s", bad.text);
    }
}

static struct mdm_subject *subject(void *ctx, enum mdm_role role, const struct mdm_csr *csr, struct mdm_error *err)
{
    const struct mdm_session *session = ctx;
    const char *given = session->options->subject[role];
    struct value values[] = {
        {"C", "Country, two letters (optional)", ""},
        {"O", "Organisation (optional)", ""},
        {"CN", "Common name", role == MDM_ROLE_VENDOR ? "MDM Vendor" : "MDM Push"},
        {"emailAddress", "E-mail address (optional)", ""},
    };
    MDM_OWNED(mdm_subject_free) struct mdm_subject *last = NULL;
    struct mdm_subject *made;

    if (signals_check(err) != 0)
        return NULL;
    if (given != NULL)
        return mdm_subject_parse(given, err);
    /* Last year's values are the presets, if our own rules accept that subject. */
    if (session->can_ask && csr != NULL)
        last = mdm_subject_parse(mdm_csr_facts(csr)->subject, NULL);
    if (session->can_ask)
        say(SAY_NOTE,
            "Next, the subject of %s. Apple keeps little of it, so the defaults will do. Press Enter for the value in "
            "brackets, or to leave out an optional one%s.",
            mdm_roles[role].csr_name, last != NULL ? "; - leaves out a value in brackets" : "");
    made = mdm_subject_new(err);
    for (size_t i = 0; made != NULL && i < sizeof values / sizeof values[0]; i++) {
        const char *before = last != NULL ? mdm_subject_find(last, values[i].name) : NULL;

        if (before != NULL)
            values[i].preset = before;
        if (ask_value(session, made, &values[i],
                      role == MDM_ROLE_VENDOR ? "--vendor-subject DN" : "--customer-subject DN", err) != 0)
            mdm_subject_free(&made);
    }
    return made;
}

static int accept_topic(void *ctx, const char *old_topic, const char *new_topic, const char *portal,
                        struct mdm_error *err)
{
    const struct mdm_session *session = ctx;
    const size_t size = strlen(new_topic);

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
    return strcmp(answer, size > TOPIC_TAIL ? new_topic + size - TOPIC_TAIL : new_topic) == 0;
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

int ask_begin(struct mdm_session *session, const struct mdm_options *options, struct mdm_error *err)
{
    const bool at_terminal = tty_is_there();

    *session = (struct mdm_session){.options = options,
                                    .callbacks = {.ctx = session,
                                                  .now = now,
                                                  .notify = notify,
                                                  .new_password = password_new,
                                                  .password = password_existing,
                                                  .subject = subject,
                                                  .accept_topic = accept_topic,
                                                  .apple_account = apple_account,
                                                  .confirm = confirm},
                                    .at_terminal = at_terminal,
                                    .can_ask = at_terminal && !options->no_input};
    return passwords_begin(session, err);
}

void ask_end(struct mdm_session *session)
{
    for (int role = 0; role < MDM_ROLES; role++)
        mdm_secret_free(&session->passwords[role].given);
    mdm_names_free(&session->seen);
    tty_restore();
}
