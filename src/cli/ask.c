/* The callbacks of callbacks.h, answered from options, or by the person at the terminal. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/say.h"
#include "cli/tty.h"
#include "cli/words.h"
#include "flow/state.h"
#include "store/file.h"

#define POLL_MILLISECONDS 1000
/* How much of a topic is typed to accept it: enough to have looked at it. */
#define TOPIC_TAIL 8

#define PATH_TEXT_MAX 4400
/* Apple's files have less than 4 KiB. */
#define DOWNLOAD_LIMIT ((size_t)64 << 10)

static mdm_time now(void *self)
{
    (void)self;
    return (mdm_time)time(NULL);
}

static void notify(void *self, const struct mdm_event *event)
{
    struct mdm_session *session = self;

    if (session->waiting != 0 && event->kind != MDM_EVENT_UNFIT) {
        say(SAY_NOTE, "The %s certificate is here.", session->waiting == 2 ? "vendor" : "push");
        session->waiting = 0;
    }
    if (session->at_terminal)
        tty_hush();
    if (event->kind == MDM_EVENT_STEP)
        words_header(event->step, session->at_terminal);
    words_event(event);
}

/* Before a person is asked for something. */
static int prepare(struct mdm_error *err)
{
    say_live_end();
    return signals_check(err);
}

static struct mdm_secret *new_password(void *self, enum mdm_role role, struct mdm_error *err)
{
    struct mdm_session *session = self;

    return prepare(err) == 0 ? passwords_new(&session->passwords, role, err) : NULL;
}

static struct mdm_secret *password(void *self, enum mdm_role role, const char *path, unsigned attempt,
                                   struct mdm_error *err)
{
    struct mdm_session *session = self;

    return prepare(err) == 0 ? passwords_existing(&session->passwords, role, path, attempt, err) : NULL;
}

/* Is the password in a file that can be read again? */
static bool can_reread(void *self, enum mdm_role role)
{
    const struct mdm_session *session = self;
    const char *file = session->passwords.files[role];

    return file != NULL && !opt_is_dash(file);
}

char *ask_question(const struct mdm_session *session, const char *question, const char *preset, struct mdm_error *err)
{
    struct mdm_secret *answer = NULL;
    char *text;

    if (session->can_ask) {
        say_live_end();
        answer = preset[0] == '\0' ? tty_ask(TTY_ECHO_ON, err, "%s: ", question)
                                   : tty_ask(TTY_ECHO_ON, err, "%s [%s]: ", question, preset);
        if (answer == NULL)
            return NULL;
    }
    text = strdup(answer != NULL && mdm_secret_size(answer) > 0 ? mdm_secret_text(answer) : preset);
    if (text == NULL)
        (void)mdm_error_memory(err);
    mdm_secret_free(&answer);
    return text;
}

int ask_whether(const struct mdm_session *session, const char *question, struct mdm_error *err)
{
    char *answer = session->can_ask ? ask_question(session, question, "", err) : NULL;
    const int yes = answer != NULL ? strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0 : -1;

    free(answer);
    return session->can_ask ? yes : 1;
}

/* Names the option that answers, when the person could or did not. Returns -1. */
static int hint_option(struct mdm_error *err, const char *hint)
{
    return err != NULL && err->code == MDM_E_UNANSWERED ? mdm_error_hint(err, "%s", hint) : -1;
}

struct value {
    const char *name, *question, *preset;
};

/* Asks for one value of the subject until it is one, or left out. */
static int ask_value(const struct mdm_session *session, struct mdm_subject *subject, const struct value *value,
                     const char *preset, struct mdm_error *err)
{
    for (;;) {
        struct mdm_error bad = {0};
        char *answer = ask_question(session, value->question, preset, err);
        int result;

        if (answer == NULL)
            return -1;
        if (strcmp(answer, "-") == 0 && strcmp(value->name, "CN") != 0)
            answer[0] = '\0';
        result = answer[0] == '\0' ? 0 : mdm_subject_add(subject, value->name, answer, &bad);
        free(answer);
        if (result == 0)
            return 0;
        if (bad.code != MDM_E_USAGE)
            return mdm_error_copy(err, &bad);
        say_reply(&bad);
    }
}

static struct mdm_subject *subject(void *self, enum mdm_role role, const struct mdm_csr *csr, struct mdm_error *err)
{
    const struct mdm_session *session = self;
    const bool vendor = role == MDM_ROLE_VENDOR;
    const char *given = vendor ? session->options->vendor_subject : session->options->customer_subject;
    /* In the order of the DN. */
    const struct value values[] = {
        {"C", "Country, two letters (optional)", ""},
        {"O", "Organisation (optional)", ""},
        {"CN", "Common name", vendor ? "MDM Vendor" : "MDM Push"},
        {"emailAddress", "E-mail address (optional)", ""},
    };
    struct mdm_subject *last = NULL, *made;

    if (signals_check(err) != 0)
        return NULL;
    if (given != NULL)
        return mdm_subject_parse(given, err);
    /* One that our own rules do not let through offers nothing. */
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

        if (ask_value(session, made, &values[i], before != NULL ? before : values[i].preset, err) != 0)
            mdm_subject_free(&made);
    }
    mdm_subject_free(&last);
    if (made == NULL)
        (void)hint_option(err, vendor ? "Give the subject with `--vendor-subject DN`."
                                      : "Give the subject with `--customer-subject DN`.");
    return made;
}

static int accept_topic(void *self, const char *old_topic, const char *new_topic, const char *portal,
                        struct mdm_error *err)
{
    struct mdm_session *session = self;
    const size_t size = strlen(new_topic);
    const char *tail = size > TOPIC_TAIL ? new_topic + size - TOPIC_TAIL : new_topic;
    char *answer;
    int result;

    if (signals_check(err) != 0)
        return -1;
    if (session->options->accept_new_topic)
        return 1;
    if (!session->can_ask)
        return 0;
    say(SAY_WARNING, "this push certificate has a new topic: every enrolled device would have to be enrolled again");
    say(SAY_TEXT,
        "    before  %s\n"
        "    now     %s\n"
        "If you did not mean this, press Enter, then press \"Renew\" on the old certificate's row at %s. To "
        "change the topic on purpose, type its last eight characters.",
        old_topic, new_topic, portal);
    answer = ask_question(session, "Last eight characters of the new topic", "", err);
    if (answer == NULL)
        return hint_option(err, "To accept it without being asked, use `--accept-new-topic`.");
    result = strcmp(answer, tail) == 0;
    free(answer);
    return result;
}

static int confirm(void *self, const char *what, struct mdm_error *err)
{
    const struct mdm_session *session = self;

    if (session->can_ask)
        say(SAY_NOTE, "%s", what);
    return ask_whether(session, "Go on? [y/N]", err);
}

/* Asked until the answer is a name, or left out. */
static int apple_account(void *self, char **name, struct mdm_error *err)
{
    const struct mdm_session *session = self;

    if (!session->can_ask)
        return 0;
    say(SAY_NOTE,
        "\n"
        "Which Apple account do you use at identity.apple.com/pushcert? Only that one can renew the certificate "
        "next year. It is kept in outputs/" MDM_NAME_ACCOUNT ", and shown when it is needed.");
    for (;;) {
        struct mdm_error bad = {0};

        *name = ask_question(session, "Apple account (optional)", "", err);
        if (*name == NULL)
            return hint_option(err, "Name it with `--apple-account NAME`.");
        if (mdm_account_check(*name, &bad) == 0)
            return 1;
        say_reply(&bad);
        free(*name);
        *name = NULL;
    }
}

static int its_apples_turn(const struct mdm_session *session, const struct mdm_wait *what, struct mdm_error *err)
{
    const struct mdm_options *options = session->options;
    /* A step's number would do the step once more. */
    const char *again = options->command == MDM_COMMAND_STEP && options->step < 3
                            ? "`mdmvendor`, without the step's number"
                            : "`mdmvendor` again";
    char upload[PATH_MAX], place[PATH_MAX], row[512] = " (\"Create a Certificate\")";

    if (what->upload != NULL)
        (void)words_path(options->directory, what->upload, upload);
    (void)words_path(options->directory, what->path, place);
    if (what->renew != NULL)
        (void)snprintf(row, sizeof row, ", press Renew on the row '%s' (topic %s)", what->renew->common_name,
                       what->renew->topic != NULL ? what->renew->topic : "unknown");
    if (session->waiting == what->step)
        (void)mdm_error_set(err, MDM_E_WAITING, "Apple's turn: '%s' did not arrive within %ld seconds", what->path,
                            options->wait_seconds);
    else
        (void)mdm_error_set(err, MDM_E_WAITING, "Apple's turn: %s'%s'%s yet",
                            what->customer_only ? "the push certificate is not in " : "", what->path,
                            what->customer_only ? "" : " is not there");
    if (what->practice)
        return mdm_error_hint(err, "This folder is a rehearsal's: there is nothing to upload, and the practice Apple "
                                   "answers only during `mdmvendor rehearse`. `mdmvendor undo` goes back.");
    if (what->trouble != NULL)
        return mdm_error_hint(err,
                              "Do not send '%s' to Apple now: %s. If Apple has it already, put the download at '%s'; "
                              "if not, get a new vendor certificate with `mdmvendor 1 --keep-key`.",
                              upload, what->trouble->text, place);
    if (what->upload == NULL)
        return mdm_error_hint(
            err,
            "Download the certificate of outputs/customer.key at https://identity.apple.com/pushcert, put it at '%s', "
            "and run %s. If there is none, `mdmvendor csr` makes a CSR for your vendor to sign.",
            place, again);
    if (what->customer_only)
        return mdm_error_hint(err,
                              "Have your vendor sign '%s', upload the request that comes back at https://%s%s, put the "
                              "download at '%s', and run %s.",
                              upload, what->portal, row, place, again);
    return mdm_error_hint(err, "Upload '%s' at https://%s%s, put the download at '%s', and run %s.", upload,
                          what->portal, what->step == 2 ? " (certificate type \"MDM CSR\")" : row, place, again);
}

/* An hour and more with the hours. */
static bool show_waiting(const struct mdm_wait *what, double elapsed)
{
    const long seconds = (long)elapsed;
    char hours[32] = "";

    if (seconds >= 3600)
        (void)snprintf(hours, sizeof hours, "%ld:", seconds / 3600);
    return say_live("Waiting for %s %s%0*ld:%02ld (Ctrl-C stops)", what->path, hours, seconds < 3600 ? 1 : 2,
                    seconds / 60 % 60, seconds % 60);
}

/* --downloads: while waiting at a terminal, Apple's file is looked for where browsers put it. */
static int find_downloads(struct mdm_session *session, struct mdm_error *err)
{
    const char *given = session->options->downloads, *home = getenv("HOME");
    const bool is_root = geteuid() == 0;
    struct mdm_bytes path = {0};
    struct mdm_dir *dir = NULL;

    if (given[0] == '\0' && (is_root || home == NULL || home[0] != '/')) {
        (void)mdm_error_set(err, MDM_E_USAGE, "option '--downloads'%s",
                            is_root ? " does not look into root's own download folder"
                                    : ": your download folder is not known");
        return mdm_error_hint(err, "Name the folder: --downloads=DIR");
    }
    if (mdm_bytes_format(&path, err, "%s%s", given[0] != '\0' ? given : home, given[0] != '\0' ? "" : "/Downloads") ==
        0)
        dir = mdm_dir_open((const char *)path.data, err);
    session->downloads = (char *)path.data;
    if (dir == NULL)
        return mdm_error_context(err, "option '--downloads'");
    mdm_dir_close(&dir);
    return 0;
}

/* Whose certificate is awaited: the key of the folder's CSR. */
static struct mdm_csr *read_csr(const struct mdm_session *session, const struct mdm_wait *what)
{
    char path[PATH_TEXT_MAX];
    struct mdm_bytes file = {0};
    struct mdm_csr *csr = NULL;

    (void)snprintf(path, sizeof path, "%s/outputs/%s", session->options->directory,
                   what->step == 2 ? MDM_NAME_VENDOR_CSR : MDM_NAME_CUSTOMER_CSR);
    if (mdm_path_read(path, MDM_FILE_LIMIT, &file, NULL, NULL) == 0)
        csr = mdm_csr_from_bytes(&file, path, NULL);
    mdm_bytes_free(&file);
    return csr;
}

static struct mdm_cert *cert_for(const struct mdm_dir *dir, const char *name, const struct mdm_key_id *id)
{
    struct mdm_bytes file = {0};
    struct mdm_certs certs = {0};
    struct mdm_cert *found = NULL;

    if (mdm_file_read(dir, name, DOWNLOAD_LIMIT, &file, NULL) == MDM_FILE_READ &&
        mdm_certs_scan(&file, &certs, NULL) == MDM_CERTS_READ) {
        for (size_t i = 0; i < certs.count && found == NULL; i++) {
            if (mdm_key_id_equal(&mdm_cert_facts(certs.items[i])->key_id, id))
                found = mdm_cert_ref(certs.items[i]);
        }
    }
    mdm_certs_free(&certs);
    mdm_bytes_free(&file);
    return found;
}

/* It is copied into inputs/ only after a yes, and asked for once. */
static int offer(const struct mdm_session *session, const struct mdm_dir *from, const char *name,
                 const struct mdm_cert *cert, struct mdm_error *err)
{
    struct mdm_error failed = {0};
    struct mdm_bytes file = {0};
    char day[MDM_TIME_TEXT_MAX], path[PATH_TEXT_MAX];
    int yes;

    mdm_time_format_day(mdm_cert_facts(cert)->not_after, day);
    say(SAY_NOTE, "Found '%s' in %s: %s, valid until %s.", name, session->downloads, mdm_cert_facts(cert)->common_name,
        day);
    yes = ask_whether(session, "Copy it into inputs/? [y/N]", err);
    if (yes != 1)
        return yes;
    (void)snprintf(path, sizeof path, "%s/inputs/%s", session->options->directory, name);
    if (mdm_file_read(from, name, DOWNLOAD_LIMIT, &file, NULL) != MDM_FILE_READ)
        (void)mdm_error_set(&failed, MDM_E_FAILED, "'%s/%s' is no longer there", session->downloads, name);
    else
        (void)mdm_path_write(path, &file, 0644, MDM_FILE_NEW, &failed);
    if (failed.code != MDM_OK)
        say_reply(&failed);
    mdm_bytes_free(&file);
    return 0;
}

/* The certificate for the key `id` in a file that came or changed since the last look; or NULL. Notes what was looked
 * at in `seen`. Without `id` what is new waits for the next look. */
static struct mdm_cert *look_at(const struct mdm_session *session, const struct mdm_dir *dir, const char *name,
                                const struct mdm_key_id *id, struct mdm_names *seen)
{
    struct mdm_file_info info = {0};
    const struct mdm_file_version *version = &info.version;
    struct mdm_bytes text = {0};
    struct mdm_cert *cert = NULL;
    bool known;

    if (name[0] != '.' && mdm_file_stat(dir, name, &info) == MDM_FILE_READ && version->size <= DOWNLOAD_LIMIT &&
        mdm_bytes_format(&text, NULL, "%s/%ju/%ju/%ju/%jd/%jd", name, (uintmax_t)version->device,
                         (uintmax_t)version->inode, (uintmax_t)version->size, (intmax_t)version->modified,
                         (intmax_t)version->changed) == 0) {
        known = mdm_names_have(&session->seen, (const char *)text.data);
        if ((known || id != NULL) && mdm_names_add(seen, (const char *)text.data, NULL) == 0 && !known)
            cert = cert_for(dir, name, id);
    }
    mdm_bytes_free(&text);
    return cert;
}

static int look_into_downloads(struct mdm_session *session, const struct mdm_wait *what, struct mdm_error *err)
{
    struct mdm_dir *dir = mdm_dir_open(session->downloads, NULL);
    struct mdm_csr *csr = dir != NULL ? read_csr(session, what) : NULL;
    struct mdm_names names = {0}, seen = {0};
    const bool listed = csr != NULL && mdm_dir_list(dir, &names, NULL) == 0;
    const struct mdm_key_id *id = listed ? &mdm_csr_facts(csr)->key_id : NULL;
    int result = 0;

    for (size_t i = 0; listed && i < names.count; i++) {
        struct mdm_cert *cert = look_at(session, dir, names.items[i], id, &seen);

        if (cert == NULL)
            continue;
        result = offer(session, dir, names.items[i], cert, err);
        id = NULL; /* one at a time */
        mdm_cert_free(&cert);
    }
    if (listed) {
        mdm_names_free(&session->seen);
        session->seen = seen;
    }
    mdm_names_free(&names);
    mdm_csr_free(&csr);
    mdm_dir_close(&dir);
    return result;
}

static int wait_a_little(void *self, const struct mdm_wait *what, struct mdm_error *err)
{
    struct mdm_session *session = self;
    const struct mdm_options *options = session->options;
    const bool waits = options->wait_seconds == MDM_WAIT_DEFAULT
                           ? session->at_terminal
                           : options->wait_seconds != MDM_WAIT_NEVER && options->wait_seconds != 0;
    double elapsed;

    if (session->at_terminal && !tty_is_there()) /* it was closed meanwhile */
        (void)raise(SIGHUP);
    if (session->at_terminal)
        tty_hush();
    if (signals_check(err) != 0)
        return -1;
    if (what->practice)
        return its_apples_turn(session, what, err);
    if (session->guided != what->step) {
        session->guided = what->step;
        if (session->at_terminal)
            words_await(options->directory, what);
        else /* the error's hint says the rest */
            say(SAY_TEXT, "\nWhen Apple's file is in inputs/, run it again:\n"
                          "    mdmvendor");
    }
    if (!waits)
        return its_apples_turn(session, what, err);
    if (session->waiting != what->step) {
        session->waiting = what->step;
        session->began = cmd_seconds();
        if (!show_waiting(what, 0))
            say(SAY_NOTE, "\nWaiting for '%s' (Ctrl-C stops; nothing is lost) ...", what->path);
    }
    elapsed = cmd_seconds() - session->began;
    if (options->wait_seconds >= 0 && elapsed >= (double)options->wait_seconds)
        return its_apples_turn(session, what, err);
    if (session->downloads != NULL && look_into_downloads(session, what, err) != 0)
        return -1;
    (void)show_waiting(what, elapsed);
    return signals_sleep(POLL_MILLISECONDS, err);
}

int ask_begin(struct mdm_session *session, const struct mdm_options *options, struct mdm_error *err)
{
    *session = (struct mdm_session){
        .options = options,
        .callbacks =
            {
                .ctx = session,
                .now = now,
                .notify = notify,
                .new_password = new_password,
                .password = password,
                .can_reread = can_reread,
                .subject = subject,
                .accept_topic = accept_topic,
                .apple_account = apple_account,
                .confirm = confirm,
                .wait = wait_a_little,
            },
        .at_terminal = tty_is_there(),
        .can_ask = tty_is_there() && !options->no_input,
    };
    if (passwords_begin(&session->passwords, options, session->can_ask, err) != 0)
        return -1;
    return options->downloads != NULL && session->can_ask ? find_downloads(session, err) : 0;
}

void ask_end(struct mdm_session *session)
{
    passwords_end(&session->passwords);
    mdm_names_free(&session->seen);
    free(session->downloads);
    tty_restore();
}
