/* Waiting for Apple's file: what to upload where, how long to wait, and a look into the download folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/say.h"
#include "cli/tty.h"
#include "store/file.h"

#define POLL_MILLISECONDS 1000
#define DOWNLOAD_LIMIT    ((size_t)64 << 10) /* a folder of downloads holds a lot; Apple's files have less than 4 KiB */

void wait_guide(const struct mdm_wait *what)
{
    const struct mdm_cert_facts *renew = what->renew;
    char send[CMD_PATH_MAX] = "", upload[CMD_PATH_MAX] = " the vendor's request.";
    const char *root = cmd_root();
    const struct help_value values[] = {
        {"folder", root},
        {"send", send},
        {"upload", upload},
        {"account", what->account[0] != '\0' ? what->account
                    : renew == NULL && !what->row_is_lost
                        ? "an Apple account that belongs to your organisation, and note which one it is"
                        : "the same Apple account as last time"},
        {"row",
         renew != NULL ? renew->common_name : "not known here any more: it is the one that your MDM server uses"},
        {"topic", renew != NULL && renew->topic != NULL ? renew->topic : "-"},
        {"expires", renew != NULL ? renew->last_day : "-"},
        {"advice", what->trouble != NULL ? what->trouble->hint : ""},
        {"serial", renew != NULL ? renew->serial : "-"},
        {NULL, NULL},
    };

    if (what->customer_only && what->upload != NULL)
        (void)snprintf(send, sizeof send,
                       "0. Send the CSR to your vendor, who signs it and returns a request (plist_encode)\n"
                       "    %s/%s\n",
                       root, what->upload);
    else if (what->upload != NULL)
        (void)snprintf(upload, sizeof upload, "\n    %s/%s", root, what->upload);
    if (what->trouble != NULL)
        say(SAY_WARNING, "%s", what->trouble->text);
    cmd_guide(what->step == 2                      ? "guide-vendor-certificate"
              : what->trouble != NULL              ? "guide-request-refused" /* never send a person off in vain */
              : what->upload == NULL               ? "guide-key-without-csr"
              : renew != NULL || what->row_is_lost ? "guide-push-renew"
                                                   : "guide-push-create",
              values);
}

int wait_hint(const char *folder, const struct mdm_wait *what, const char *again, struct mdm_error *err)
{
    char row[512] = ", press \"Create a Certificate\"";

    if (what->renew != NULL)
        (void)snprintf(row, sizeof row, ", press Renew on the row '%s' (topic %s)", what->renew->common_name,
                       what->renew->topic != NULL ? what->renew->topic : "unknown");
    else if (what->row_is_lost)
        (void)snprintf(row, sizeof row,
                       ", press Renew on the row of the certificate in use (nothing here tells any more which one)");
    if (what->practice)
        return mdm_error_hint(err, "This folder is a rehearsal's: there is nothing to upload, and the practice Apple "
                                   "answers only during `mdmvendor rehearse`. `mdmvendor undo` goes back.");
    if (what->trouble != NULL)
        return mdm_error_hint(
            err, "Do not send '%s%s' to Apple now: %s. If Apple has it already, put the download at '%s%s'. If not: %s",
            folder, what->upload, what->trouble->text, folder, what->path, what->trouble->hint);
    if (what->upload == NULL)
        return mdm_error_hint(
            err,
            "If outputs/customer.key has no certificate yet, `mdmvendor csr` makes a CSR for your vendor to sign. "
            "Otherwise download the certificate at https://identity.apple.com/pushcert, put it at '%s%s', and run %s",
            folder, what->path, again);
    return mdm_error_hint(err, "%s '%s%s'%s at https://%s%s, put the download at '%s%s', and run %s",
                          what->customer_only ? "Have your vendor sign" : "Upload", folder, what->upload,
                          what->customer_only ? ", upload the request that comes back" : "", what->portal,
                          what->step == 2 ? " (certificate type \"MDM CSR\")" : row, folder, what->path, again);
}

static int its_apples_turn(const struct mdm_session *session, const struct mdm_wait *what, struct mdm_error *err)
{
    char folder[CMD_PATH_MAX];

    if (session->began > 0)
        mdm_error_set(err, MDM_E_WAITING, "Apple's turn: '%s' did not arrive within %d second%s", what->path,
                      opt->wait_seconds, opt->wait_seconds == 1 ? "" : "s");
    else
        mdm_error_set(err, MDM_E_WAITING, "Apple's turn: '%s' is not there yet", what->path);
    (void)snprintf(folder, sizeof folder, "%s/", cmd_root());
    /* With its number the step would be done once more. */
    return wait_hint(folder, what,
                     opt->command == MDM_COMMAND_STEP && opt->step < 3 ? "`mdmvendor`, without the step's number."
                                                                       : "`mdmvendor` again.",
                     err);
}

/* Offers to copy a file into inputs/ when it holds the certificate for this key: 1. 0: it does not. */
static int look_at(const struct mdm_session *session, const struct mdm_dir *dir, const char *name,
                   const struct mdm_wait *what, struct mdm_error *err)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes file = {0};
    MDM_OWNED(mdm_certs_free) struct mdm_certs certs = {0};
    const struct mdm_cert *cert = NULL;
    struct mdm_error failed = {0};
    char path[CMD_PATH_MAX];

    if (mdm_file_read(dir, name, &file, NULL) == MDM_FILE_READ && mdm_certs_scan(&file, &certs, NULL) == 0)
        cert = mdm_certs_find(&certs, what->key_id);
    if (cert == NULL)
        return 0;
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert);
    say(SAY_NOTE, "Found '%s' in %s: %s, valid until %s.", name, session->downloads, facts->common_name,
        facts->last_day);
    const int yes = ask_whether(session, "Copy it into inputs/? [y/N]", err);
    (void)snprintf(path, sizeof path, "%s/inputs/%s", opt->flow.directory, name);
    if (yes == 1 && mdm_path_write(path, &file, MDM_MODE_PUBLIC, MDM_FILE_NEW, &failed) != 0)
        say(SAY_REPLY, "%s", failed.text);
    return yes < 0 ? -1 : 1;
}

/* Looks at each version of a file once (a no is final until the file changes), and offers one file at a time: other new
 * ones wait for the next look. */
static int look_into_downloads(struct mdm_session *session, const struct mdm_wait *what, struct mdm_error *err)
{
    MDM_OWNED(mdm_dir_close) struct mdm_dir *dir = mdm_dir_open(session->downloads, NULL);
    MDM_OWNED(mdm_names_free) struct mdm_names names = {0};
    int offered = 0;

    if (dir == NULL || what->key_id == NULL || mdm_dir_list(dir, &names, NULL) != 0)
        return 0;
    for (size_t i = 0; i < names.count && offered == 0; i++) {
        const char *name = names.items[i];
        struct mdm_file_info info = {0};
        char version[CMD_PATH_MAX];

        if (name[0] == '.' || mdm_file_stat(dir, name, &info) != MDM_FILE_READ || info.size > DOWNLOAD_LIMIT)
            continue;
        (void)snprintf(version, sizeof version, "%s/%ju/%ju/%jd", name, (uintmax_t)info.inode, (uintmax_t)info.size,
                       (intmax_t)info.changed);
        if (!mdm_names_have(&session->seen, version) && mdm_names_add(&session->seen, version, NULL) == 0)
            offered = look_at(session, dir, name, what, err);
    }
    return offered < 0 ? -1 : 0;
}

static int wait_a_little(void *ctx, const struct mdm_wait *what, struct mdm_error *err)
{
    struct mdm_session *session = ctx;
    const bool waits =
        opt->wait_seconds == MDM_WAIT_DEFAULT ? session->at_terminal : opt->wait_seconds != MDM_WAIT_NEVER;

    if (session->at_terminal && isatty(STDIN_FILENO) != 1) /* it was closed */
        (void)raise(SIGHUP);
    if (session->at_terminal)
        tty_hush();
    if (signals_check(err) != 0)
        return -1;
    if (what->practice)
        return its_apples_turn(session, what, err);
    if (session->guided != what->step) {
        session->guided = what->step;
        if (session->at_terminal) /* elsewhere, all but the next line is in the error's hint */
            wait_guide(what);
        say(SAY_TEXT, "%s:\n    mdmvendor",
            session->at_terminal && waits
                ? "mdmvendor carries on as soon as the file is there. If you stop it, start it again with"
                : "\nWhen Apple's file is in inputs/, run it again");
    }
    if (!waits)
        return its_apples_turn(session, what, err);
    const bool first = session->began <= 0;
    if (first)
        session->began = cmd_seconds();
    const double elapsed = cmd_seconds() - session->began;
    if (!say_live("Waiting for %s %ld:%02ld (Ctrl-C stops)", what->path, (long)elapsed / 60, (long)elapsed % 60) &&
        first)
        say(SAY_NOTE, "\nWaiting for '%s' (Ctrl-C stops; nothing is lost) ...", what->path);
    if (opt->wait_seconds >= 0 && elapsed >= (double)opt->wait_seconds)
        return its_apples_turn(session, what, err);
    if (session->downloads[0] != '\0' && look_into_downloads(session, what, err) != 0)
        return -1;
    return signals_sleep(POLL_MILLISECONDS, err);
}

int wait_begin(struct mdm_session *session, struct mdm_error *err)
{
    const char *given = opt->downloads, *home = getenv("HOME");
    const bool is_root = geteuid() == 0;

    session->callbacks.wait = wait_a_little;
    if (given == NULL || !session->can_ask)
        return 0;
    if (given[0] != '\0')
        (void)snprintf(session->downloads, sizeof session->downloads, "%s", given);
    else if (!is_root && home != NULL && home[0] == '/')
        (void)cmd_path(home, "Downloads", session->downloads);
    else
        return mdm_error_set(err, MDM_E_USAGE, "option '--downloads'%s" MDM_HINT "Name the folder: --downloads=DIR",
                             is_root ? " does not look into root's own download folder"
                                     : ": your download folder is not known");
    MDM_OWNED(mdm_dir_close) struct mdm_dir *dir = mdm_dir_open(session->downloads, err);
    return dir != NULL ? 0 : mdm_error_context(err, "option '--downloads'");
}
