/*
 * `mdmvendor rehearse [--renew] [DIR]`: all three steps, and with --renew the renewal, by the same code as the real
 * thing, with a practice Apple in place of the two portals. Only the people callbacks differ: nobody is asked, and
 * waiting for Apple means being Apple.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/cmd.h"
#include "cli/say.h"
#include "cli/tty.h"
#include "cli/typed.h"
#include "cli/words.h"
#include "flow/flow.h"
#include "practice/practice.h"
#include "store/file.h"
#include "store/workspace.h"

#define DEFAULT_FOLDER "rehearsal"
/* Everything in a rehearsal is throwaway: one password that is no secret, for whoever wants to try the pfx. */
#define PRACTICE_PASSWORD "rehearsal"
#define PATH_TEXT_MAX     4400
#define LOOK_MILLISECONDS 250
#define LOOKS_MAX         40

struct rehearsal {
    const struct mdm_options *options; /* with the rehearsal's folder as directory */
    struct mdm_session *session;
    struct mdm_practice *practice;
    int visits;            /* to the portals */
    struct mdm_cert *last; /* last year's, while it is renewed; or NULL */
    int looks;             /* at the download of the last visit */
    bool is_told;          /* what is wrong with the download of the last visit */
};

/* What a person does at the push portal in a year. */
enum choice {
    RENEW,
    CREATE,
    LAST_YEARS,
};

static mdm_time now(void *self)
{
    struct rehearsal *rehearsal = self;

    return rehearsal->session->callbacks.now(rehearsal->session->callbacks.ctx);
}

static void tell(void *self, const struct mdm_event *event)
{
    struct rehearsal *rehearsal = self;

    if (event->kind == MDM_EVENT_UNFIT)
        rehearsal->is_told = true;
    rehearsal->session->callbacks.notify(rehearsal->session->callbacks.ctx, event);
}

static struct mdm_secret *new_password(void *self, enum mdm_role role, struct mdm_error *err)
{
    struct rehearsal *rehearsal = self;
    const struct mdm_options *options = rehearsal->options;

    if ((role == MDM_ROLE_VENDOR ? options->vendor_password_file : options->customer_password_file) != NULL)
        return rehearsal->session->callbacks.new_password(rehearsal->session->callbacks.ctx, role, err);
    return mdm_secret_new(PRACTICE_PASSWORD, strlen(PRACTICE_PASSWORD), err);
}

static struct mdm_secret *password(void *self, enum mdm_role role, const char *path, unsigned attempt,
                                   struct mdm_error *err)
{
    (void)path;
    return attempt == 1 ? new_password(self, role, err) : NULL;
}

static bool can_reread(void *self, enum mdm_role role)
{
    (void)self;
    (void)role;
    return true;
}

static struct mdm_subject *subject(void *self, enum mdm_role role, const struct mdm_csr *last, struct mdm_error *err)
{
    const struct rehearsal *rehearsal = self;
    const char *vendor = rehearsal->options->vendor_subject, *customer = rehearsal->options->customer_subject;

    (void)last;
    if (role == MDM_ROLE_VENDOR)
        return mdm_subject_parse(vendor != NULL ? vendor : "CN=MDM Vendor", err);
    return mdm_subject_parse(customer != NULL ? customer : "C=US,CN=MDM Push", err);
}

static int accept_topic(void *self, const char *old_topic, const char *new_topic, const char *portal,
                        struct mdm_error *err)
{
    struct rehearsal *rehearsal = self;

    return rehearsal->session->callbacks.accept_topic(rehearsal->session->callbacks.ctx, old_topic, new_topic, portal,
                                                      err);
}

static char *inside(const struct rehearsal *rehearsal, const char *name, char *out, size_t size)
{
    (void)snprintf(out, size, "%s/%s", rehearsal->options->directory, name);
    return out;
}

/* A visit to one of the portals: hands the upload in, puts the download into inputs/. */
static int visit(struct rehearsal *rehearsal, const struct mdm_wait *due, enum choice choice, struct mdm_error *err)
{
    struct mdm_practice_order order = {
        .at = now(rehearsal), .upload_name = due->upload, .renew = choice == RENEW ? rehearsal->last : NULL};
    struct mdm_bytes upload = {0};
    struct mdm_bytes download = {0};
    char path[PATH_TEXT_MAX];
    int result = mdm_path_read(inside(rehearsal, due->upload, path, sizeof path), MDM_FILE_LIMIT, &upload, NULL, err);

    if (result == 0 && choice == LAST_YEARS)
        result = mdm_cert_append_pem(rehearsal->last, &download, err);
    else if (result == 0)
        result = due->step == 2 ? mdm_practice_issue_vendor(rehearsal->practice, &upload, &order, &download, err)
                                : mdm_practice_issue_push(rehearsal->practice, &upload, &order, &download, err);
    if (result == 0) /* in place of what a wrong choice put there */
        result = mdm_path_write(inside(rehearsal, due->path, path, sizeof path), &download, 0644,
                                rehearsal->last != NULL ? MDM_FILE_REPLACE : MDM_FILE_NEW, err);
    if (result == 0 && choice == LAST_YEARS)
        say(SAY_NOTE, "The practice Apple offered last year's certificate again: %s.", due->path);
    else if (result == 0)
        say(SAY_NOTE, "The practice Apple accepted %s and issued %s.", due->upload, due->path);
    mdm_bytes_free(&upload);
    mdm_bytes_free(&download);
    return result;
}

/* Without a terminal the wrong button comes first, once. */
static int choose(struct rehearsal *rehearsal, enum choice *choice, struct mdm_error *err)
{
    char *answer;
    bool known;

    if (!ask_can(rehearsal->session->ask)) {
        *choice = rehearsal->visits == 1 ? CREATE : RENEW;
        say(SAY_HEADING, *choice == CREATE ? "First the wrong button, to see what happens: \"Create a Certificate\""
                                           : "And now the right one: \"Renew\"");
        return 0;
    }
    say(SAY_HEADING, "What do you do at the portal?");
    say(SAY_TEXT, "1. Press \"Renew\" on that row\n"
                  "2. Press \"Create a Certificate\"\n"
                  "3. Download last year's certificate again");
    do {
        answer = ask_question(rehearsal->session->ask, "1, 2 or 3", "1", err);
        if (answer == NULL)
            return -1;
        known = strlen(answer) == 1 && answer[0] >= '1' && answer[0] <= '3';
        *choice = answer[0] == '2' ? CREATE : answer[0] == '3' ? LAST_YEARS : RENEW;
        free(answer);
    } while (!known);
    return 0;
}

static int wait_for_apple(void *self, const struct mdm_wait *due, struct mdm_error *err)
{
    struct rehearsal *rehearsal = self;
    enum choice choice = RENEW;

    /* A file is judged once nobody is copying it any more: that takes some looks. */
    if (rehearsal->last != NULL && rehearsal->visits > 0 && !rehearsal->is_told && rehearsal->looks++ < LOOKS_MAX)
        return signals_sleep(LOOK_MILLISECONDS, err);
    if (++rehearsal->visits > 2 && !ask_can(rehearsal->session->ask))
        return mdm_error_set(err, MDM_E_FAILED, "the practice Apple's file was not accepted");
    if (rehearsal->last == NULL || rehearsal->visits == 1)
        words_await(rehearsal->options->directory, due);
    if (rehearsal->last == NULL)
        say(SAY_HEADING, "In this rehearsal, the practice Apple does that for you");
    else if (choose(rehearsal, &choice, err) != 0)
        return -1;
    rehearsal->is_told = false;
    rehearsal->looks = 0;
    return visit(rehearsal, due, choice, err);
}

/* A folder of its own, made now: what is in an older one is not for a rehearsal to touch. */
static int make_folder(const char *path, struct mdm_error *err)
{
    struct mdm_names names = {0};
    struct mdm_workspace *here = mdm_workspace_open(".", MDM_WORKSPACE_LOOK, err); /* not inside another */
    struct mdm_dir *dir = here != NULL ? mdm_dir_make(path, err) : NULL;
    int result = dir != NULL ? mdm_dir_list(dir, &names, err) : -1;

    if (result == 0 && names.count > 0) {
        (void)mdm_error_set(err, MDM_E_FAILED, "'%s' is not empty, and a rehearsal needs an empty folder", path);
        result = mdm_error_hint(
            err,
            "If it is an old rehearsal, remove it: `rm -r '%s'`. Or name another folder: `mdmvendor rehearse FOLDER`.",
            path);
    }
    mdm_names_free(&names);
    mdm_dir_close(&dir);
    mdm_workspace_close(&here);
    return result;
}

static int write_bundle(struct rehearsal *rehearsal, struct mdm_error *err)
{
    struct mdm_bytes pem = {0};
    char path[PATH_TEXT_MAX];
    int result = mdm_practice_bundle(rehearsal->practice, &pem, err);
    struct mdm_cert *push = result == 0 ? mdm_practice_ca_cert(rehearsal->practice, MDM_PRACTICE_PUSH, err) : NULL;

    /* Apple's is nowhere in the real thing; here it tells that the push certificate is practice. */
    result = push != NULL ? mdm_cert_append_pem(push, &pem, err) : -1;
    mdm_cert_free(&push);
    if (result == 0)
        result =
            mdm_path_write(inside(rehearsal, MDM_NAME_PRACTICE_CA, path, sizeof path), &pem, 0644, MDM_FILE_NEW, err);
    mdm_bytes_free(&pem);
    return result;
}

/* The renewal, as in a year: the same code does not care how much time has passed. */
static int renew(struct rehearsal *rehearsal, const struct mdm_flow_options *flow,
                 const struct mdm_callbacks *callbacks, struct mdm_flow_result *result, struct mdm_error *err)
{
    char *answer;

    rehearsal->last = mdm_cert_ref(result->push);
    rehearsal->visits = 0;
    mdm_flow_result_free(result);
    if (rehearsal->last == NULL)
        return mdm_error_memory(err);
    say(SAY_HEADING, "A year later: `mdmvendor renew`");
    say(SAY_TEXT, "The topic must stay the same, or every device has to be enrolled again.");
    answer = ask_question(rehearsal->session->ask, "Press Enter to go on", "", err);
    if (answer == NULL)
        return -1;
    free(answer);
    return mdm_flow_do(MDM_FLOW_RENEW, flow, callbacks, result, err);
}

static int walk(struct rehearsal *rehearsal, struct mdm_flow_result *result, struct mdm_error *err)
{
    struct mdm_callbacks callbacks = {.ctx = rehearsal,
                                      .now = now,
                                      .notify = tell,
                                      .new_password = new_password,
                                      .password = password,
                                      .can_reread = can_reread,
                                      .subject = subject,
                                      .accept_topic = accept_topic,
                                      .wait = wait_for_apple};
    struct mdm_trust *trust = NULL;
    struct mdm_flow_options flow = {.directory = rehearsal->options->directory,
                                    .pfx = rehearsal->options->pfx,
                                    .warn_days = (int)rehearsal->options->days};
    int status;

    if (make_folder(flow.directory, err) == 0)
        rehearsal->practice = mdm_practice_new(now(rehearsal), err);
    if (rehearsal->practice != NULL)
        flow.trust = trust = mdm_practice_trust(rehearsal->practice, err);
    if (trust == NULL)
        return -1;
    status = write_bundle(rehearsal, err);
    if (status == 0)
        status = mdm_flow_do(MDM_FLOW_RUN, &flow, &callbacks, result, err);
    if (status == 0 && rehearsal->options->renew)
        status = renew(rehearsal, &flow, &callbacks, result, err);
    mdm_trust_free(&trust);
    return status;
}

static void print_result(const struct rehearsal *rehearsal, const struct mdm_flow_result *result)
{
    struct mdm_options there = *rehearsal->options;
    bool given = rehearsal->options->customer_password_file != NULL;

    say(SAY_HEADING, "The rehearsal is done");
    say(SAY_TEXT,
        "'%s' holds what the real run makes. %s%s%s You can try the pfx on your MDM server, but NONE OF IT WORKS "
        "WITH APPLE: keys, certificates and topic are practice.",
        there.directory, given ? "" : "The password of the keys and of the pfx is \"", given ? "" : PRACTICE_PASSWORD,
        given ? "" : "\".");
    typed_options(&there);
    say(SAY_TEXT, "Have a look:\n"
                  "    mdmvendor status\n"
                  "    mdmvendor verify");
    if (there.renew)
        say(SAY_TEXT, "Undo the renewal:\n"
                      "    mdmvendor undo");
    typed_options(&(const struct mdm_options){.directory = "."});
    say(SAY_TEXT, "Begin in earnest, in a folder of its own:\n"
                  "    mkdir -m 700 ~/mdm-push\n"
                  "    mdmvendor -C ~/mdm-push");
    words_topic(mdm_cert_facts(result->push)->topic);
}

int cmd_rehearse(const struct mdm_options *options, struct mdm_session *session)
{
    struct mdm_options there = *options;
    struct rehearsal rehearsal = {.options = &there, .session = session};
    struct mdm_flow_result result = {0};
    struct mdm_error err = {0};
    char folder[4096];
    int status;

    (void)snprintf(folder, sizeof folder, "%s%s%s", strcmp(options->directory, ".") == 0 ? "" : options->directory,
                   strcmp(options->directory, ".") == 0 ? "" : "/", DEFAULT_FOLDER);
    there.directory = options->operand_count > 0 ? options->operands[0] : folder;
    typed_options(&there);
    say(SAY_HEADING, "A rehearsal: all three steps%s with a practice Apple, in '%s'",
        options->renew ? " and the renewal" : "", there.directory);
    status = walk(&rehearsal, &result, &err);
    if (status == 0)
        print_result(&rehearsal, &result);
    typed_options(options);
    if (err.code != MDM_OK)
        status = say_error(&err);
    mdm_flow_result_free(&result);
    mdm_cert_free(&rehearsal.last);
    mdm_practice_free(&rehearsal.practice);
    return status;
}
