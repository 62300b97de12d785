/*
 * `mdmvendor rehearse [--renew] [DIR]`: all three steps, and with --renew the renewal, by the code of a real run, with
 * a practice Apple in place of the two portals. The callbacks differ in this: waiting for Apple means being Apple, and
 * nobody is asked for an Apple account or to confirm.
 */
#include <string.h>

#include "cli/cmd.h"
#include "cli/say.h"
#include "cli/tty.h"
#include "flow/flow.h"
#include "practice/practice.h"
#include "store/file.h"
#include "store/workspace.h"

/* Not a secret: all that a rehearsal makes is to be thrown away. */
#define PRACTICE_PASSWORD "rehearsal"
/* A run judges a file, and says what is wrong with it, when it has not changed for 2 to 3 s. */
#define JUDGED_MILLISECONDS 3500
/* Asked at a terminal, so that what was said can be read before more is; the answer does not matter. */
#define PAUSE "Press Enter to go on"

/* The one that is going on. */
static struct {
    struct mdm_practice *practice;
    struct mdm_cert *last; /* last year's certificate, while it is renewed; or NULL */
    int visits;            /* to the portals */
    bool unjudged;         /* the download of the last visit may be the wrong one, and was not looked at twice yet */
} rehearsal;

/* What a person does at the push portal when a year has passed. */
enum choice {
    RENEW, /* in the order of the question */
    CREATE,
    LAST_YEARS,
};

/* Visits a portal: uploads the file, and puts the download into inputs/. */
static int visit(const struct mdm_wait *what, enum choice choice, struct mdm_error *err)
{
    const char *directory = opt->flow.directory;
    const struct mdm_practice_order order = {
        .at = cmd_time(), .upload_name = what->upload, .renew = choice == RENEW ? rehearsal.last : NULL};
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes upload = {0};
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes download = {0};
    char path[CMD_PATH_MAX];

    if (mdm_path_read(cmd_path(directory, what->upload, path), MDM_PATH_ANY, &upload, NULL, err) != 0 ||
        (choice == LAST_YEARS ? mdm_cert_append_pem(rehearsal.last, &download, err)
         : what->step == 2    ? mdm_practice_issue_vendor(rehearsal.practice, &upload, &order, &download, err)
                              : mdm_practice_issue_push(rehearsal.practice, &upload, &order, &download, err)) != 0 ||
        /* A wrong choice may have put a file there. */
        mdm_path_write(cmd_path(directory, what->path, path), &download, MDM_MODE_PUBLIC,
                       rehearsal.last != NULL ? MDM_FILE_REPLACE : MDM_FILE_NEW, err) != 0)
        return -1;
    if (choice == LAST_YEARS)
        say(SAY_NOTE, "The practice Apple offered last year's certificate again: %s.", what->path);
    else
        say(SAY_NOTE, "The practice Apple accepted %s and issued %s.", what->upload, what->path);
    return 0;
}

/* Without a terminal the wrong button is pressed first, once. */
static int choose(const struct mdm_session *session, enum choice *choice, struct mdm_error *err)
{
    if (!session->can_ask) {
        *choice = rehearsal.visits == 1 ? CREATE : RENEW;
        say(SAY_HEADING, *choice == CREATE ? "First the wrong button, to see what happens: \"Create a Certificate\""
                                           : "And now the right one: \"Renew\"");
        return 0;
    }
    say(SAY_HEADING, "What do you do at the portal?");
    say(SAY_TEXT, "1. Press \"Renew\" on that row\n"
                  "2. Press \"Create a Certificate\"\n"
                  "3. Download last year's certificate again");
    for (;;) {
        MDM_OWNED(mdm_free_at) char *answer = ask_question(session, "1, 2 or 3", "1", NULL, err);

        if (answer == NULL)
            return -1;
        *choice = (enum choice)(answer[0] - '1');
        if (answer[0] >= '1' && answer[0] <= '3' && answer[1] == '\0')
            return 0;
    }
}

static int wait_for_apple(void *ctx, const struct mdm_wait *what, struct mdm_error *err)
{
    const struct mdm_session *session = ctx;
    enum choice choice = RENEW;

    if (rehearsal.unjudged) {
        rehearsal.unjudged = false;
        return signals_sleep(JUDGED_MILLISECONDS, err);
    }
    if (++rehearsal.visits > 2 && !session->can_ask)
        return mdm_error_set(err, MDM_E_FAILED, "the practice Apple's file was not accepted");
    if (rehearsal.last == NULL || rehearsal.visits == 1)
        wait_guide(what);
    if (rehearsal.last == NULL)
        say(SAY_HEADING, "In this rehearsal, the practice Apple does that for you");
    if ((rehearsal.last == NULL ? ask_whether(session, PAUSE, err) : choose(session, &choice, err)) < 0)
        return -1;
    rehearsal.unjudged = rehearsal.last != NULL;
    return visit(what, choice, err);
}

/* Makes the folder and the practice Apple, which is trusted there, and puts its CA certificates into it. */
static int set_up(struct mdm_session *session, struct mdm_options *there, struct mdm_error *err)
{
    const char *directory = there->flow.directory;
    MDM_OWNED(mdm_workspace_close)
    struct mdm_workspace *here = mdm_workspace_open(".", MDM_WORKSPACE_LOOK, err); /* not inside another */
    MDM_OWNED(mdm_dir_close) struct mdm_dir *dir = NULL;
    MDM_OWNED(mdm_names_free) struct mdm_names names = {0};
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes pem = {0};
    const struct mdm_cert *push;
    char path[CMD_PATH_MAX];

    if (here == NULL || mdm_dir_sub_make(NULL, directory, &dir, err) != 0 || mdm_dir_list(dir, &names, err) != 0)
        return -1;
    if (names.count > 0) /* it touches nothing that is there already */
        return mdm_error_set(err, MDM_E_FAILED,
                             "'%s' is not empty, and a rehearsal needs an empty folder" MDM_HINT
                             "If it is an old rehearsal, remove it: `rm -r %s`. Or name another folder: "
                             "`mdmvendor rehearse FOLDER`.",
                             directory, MDM_QUOTED(directory));
    struct mdm_practice *practice = rehearsal.practice = mdm_practice_new(cmd_time(), err);
    if (practice == NULL || (there->flow.trust = session->trust[false] = mdm_practice_trust(practice, err)) == NULL ||
        mdm_practice_bundle(practice, &pem, err) != 0 ||
        /* A real folder never holds the push CA. Here it shows that the push certificate is practice. */
        (push = mdm_practice_ca_cert(practice, MDM_PRACTICE_PUSH, err)) == NULL ||
        mdm_cert_append_pem(push, &pem, err) != 0)
        return -1;
    return mdm_path_write(cmd_path(directory, MDM_NAME_PRACTICE_CA, path), &pem, MDM_MODE_PUBLIC, MDM_FILE_NEW, err);
}

/* The steps, and the renewal a year later, with nobody asked for subjects and passwords. */
static int run_steps(struct mdm_session *session, struct mdm_options *there, struct mdm_flow_result *result,
                     struct mdm_error *err)
{
    static const char *const subjects[MDM_ROLES] = {"CN=MDM Vendor", "C=US,CN=MDM Push"};

    for (int role = 0; role < MDM_ROLES; role++) {
        struct mdm_secret **given = &session->passwords[role].given;

        if (there->subject[role] == NULL)
            there->subject[role] = subjects[role];
        if (there->password_file[role] != NULL)
            continue;
        mdm_secret_free(given);
        *given = mdm_secret_new(PRACTICE_PASSWORD, strlen(PRACTICE_PASSWORD), err);
    }
    if (err->code != MDM_OK || set_up(session, there, err) != 0 ||
        mdm_flow_do(MDM_FLOW_RUN, &there->flow, &session->callbacks, result, err) != 0)
        return -1;
    if (!there->renew)
        return 0;
    rehearsal.last = result->push; /* now the rehearsal's */
    rehearsal.visits = 0;
    result->push = NULL;
    mdm_flow_result_free(result);
    say(SAY_HEADING, "A year later: `mdmvendor renew`");
    say(SAY_TEXT, "The topic must stay the same, or every device has to be enrolled again.");
    if (ask_whether(session, PAUSE, err) < 0)
        return -1;
    return mdm_flow_do(MDM_FLOW_RENEW, &there->flow, &session->callbacks, result, err);
}

int cmd_rehearse(struct mdm_session *session, struct mdm_error *err)
{
    const struct mdm_options *const before = opt;
    struct mdm_options there = *opt;
    MDM_OWNED(mdm_flow_result_free) struct mdm_flow_result result = {0};
    char folder[CMD_PATH_MAX];

    there.flow.directory =
        opt->flow.file_count > 0 ? opt->flow.files[0] : cmd_path(opt->flow.directory, "rehearsal", folder);
    there.ca_file = NULL;
    opt = &there;
    session->callbacks.wait = wait_for_apple;
    session->callbacks.apple_account = NULL;
    session->callbacks.confirm = NULL;
    say(SAY_HEADING, "A rehearsal: all three steps%s with a practice Apple, in '%s'",
        opt->renew ? " and the renewal" : "", there.flow.directory);
    const int status = run_steps(session, &there, &result, err);
    if (status == 0) {
        cmd_guide("guide-rehearsed",
                  (const struct help_value[]){
                      {"folder", there.flow.directory},
                      {"password", there.password_file[MDM_ROLE_CUSTOMER] != NULL
                                       ? ""
                                       : "The password of the keys and of the pfx is \"" PRACTICE_PASSWORD "\". "},
                      {"undo", there.renew ? "Undo the renewal:\n    mdmvendor undo\n" : ""},
                      {NULL, NULL}});
        say(SAY_RESULT, opt->quiet ? "%s" : "Topic ID: %s", mdm_cert_facts(result.push)->topic);
    }
    opt = before;
    mdm_cert_free(&rehearsal.last);
    mdm_practice_free(&rehearsal.practice);
    return status;
}
