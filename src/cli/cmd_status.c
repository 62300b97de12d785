/* `mdmvendor status`: the state of a work folder, or of certificate files, for people and programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/json.h"
#include "cli/say.h"
#include "flow/status.h"
#include "pki/key.h"
#include "store/file.h"

#define ICS_OCTETS 75 /* of a line, RFC 5545 section 3.1 */

/* A certificate, in the statuses of a plug-in. */
enum validity {
    VALID,
    EXPIRING, /* within --days */
    EXPIRED,
    NOT_YET_VALID = NAGIOS_UNKNOWN,
};

static const struct {
    const char *name; /* in JSON */
    enum say_kind mark;
    const char *words; /* before a day */
} validities[] = {
    [VALID] = {"valid", SAY_PASS, "expires on"},
    [EXPIRING] = {"expiring", SAY_WARN, "expires on"},
    [EXPIRED] = {"expired", SAY_FAIL, "expired on"},
    [NOT_YET_VALID] = {"not_yet_valid", SAY_FAIL, "is not valid before"},
};

static enum validity validity_of(const struct mdm_status *status, const struct mdm_cert_facts *facts)
{
    if (status->now > facts->not_after)
        return EXPIRED;
    if (status->now < facts->not_before)
        return NOT_YET_VALID;
    return facts->not_after - status->now <= opt->flow.warn_days * MDM_DAY ? EXPIRING : VALID;
}

/* A private key in one of the files. */
struct found_key {
    const char *path;
    struct mdm_key_id id;
};

/* Tries without a password first: that opens files with an empty one. */
static int open_p12(struct mdm_session *session, const struct mdm_bytes *file, const char *path, struct mdm_p12 *p12,
                    struct mdm_error *err)
{
    MDM_OWNED(mdm_secret_free) struct mdm_secret *password = NULL;
    unsigned attempt = 0;

    while (mdm_keys_from_bytes(file, path, password, p12, err) != 0)
        if (!session->callbacks.password(session, MDM_ROLE_CUSTOMER, path, &attempt, &password, err))
            return -1;
    if (p12->certs.count == 0 && p12->cert_problem.code != MDM_OK)
        return mdm_error_copy(err, &p12->cert_problem);
    return 0;
}

static int read_file(struct mdm_session *session, const char *path, struct mdm_status *status, struct mdm_bytes *keys,
                     struct mdm_error *err)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes file = {0};
    MDM_OWNED(mdm_p12_free) struct mdm_p12 held = {0}; /* of another file only the certificates */
    struct mdm_key_facts key;

    if (mdm_path_read(path, MDM_PATH_ANY, &file, NULL, err) != 0)
        return -1;
    mdm_key_describe(&file, &key);
    if (mdm_filekind_of(&file) == MDM_FILEKIND_PKCS12) {
        if (open_p12(session, &file, path, &held, err) != 0)
            return -1;
    } else {
        if (mdm_certs_scan(&file, &held.certs, err) != 0)
            return mdm_error_context(err, "'%s'", path);
        if (held.certs.count == 0 && !key.is_key)
            return mdm_error_set(err, MDM_E_FAILED,
                                 "'%s' holds no certificate: it is %s" MDM_HINT "Name a certificate (PEM or DER) or a "
                                 "PKCS #12 file; `mdmvendor verify` checks requests.",
                                 path, mdm_filekind_words(mdm_filekind_of(&file)));
    }
    if (key.is_key && key.id_known)
        (void)mdm_bytes_append(keys, &(struct found_key){path, key.id}, sizeof(struct found_key), err);
    for (size_t i = 0; i < held.keys.count; i++)
        (void)mdm_bytes_append(keys, &(struct found_key){path, *mdm_key_get_id(held.keys.items[i])},
                               sizeof(struct found_key), err);
    if (err->code != MDM_OK)
        return -1;
    for (size_t i = 0; i < held.certs.count; i++) {
        const struct mdm_cert *cert = held.certs.items[i];
        const struct mdm_cert_facts *facts = mdm_cert_facts(cert);
        const enum validity validity = validity_of(status, facts);
        const bool counts = !mdm_cert_is_ca(cert);

        if (mdm_status_add(status, cert, path, counts ? MDM_IN_USE : MDM_BESIDE, err) != 0)
            return -1;
        status->expiring |= counts && (validity == EXPIRED || validity == EXPIRING);
        if (status->topic == NULL)
            status->topic = facts->topic;
    }
    return 0;
}

/* Reads the operands: certificates, of which all but CAs count as in use, and warnings. What is wrong with a file is
 * reported at once, and is a warning; *problem is the first with the greatest exit status. Nagios has one line, and
 * that is for the first. */
static int read_files(struct mdm_session *session, struct mdm_status *status, struct mdm_error *problem,
                      struct mdm_error *err)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes keys = {0}; /* struct found_key, one behind the other */

    *status = (struct mdm_status){.now = cmd_time()};
    for (size_t i = 0; i <= opt->flow.file_count; i++) { /* at last: what is wrong with all of them */
        struct mdm_error why = {0};

        if (i < opt->flow.file_count)
            (void)read_file(session, opt->flow.files[i], status, &keys, &why);
        else if (status->certificate_count == 0 && problem->code == MDM_OK)
            mdm_error_set(&why, MDM_E_FAILED,
                          "'%s' holds a private key and no certificate" MDM_HINT "Name the certificate as well.",
                          opt->flow.files[0]);
        if (why.code == MDM_OK)
            continue;
        if (why.code == MDM_E_MEMORY || why.code == MDM_E_INTERRUPTED || opt->format == MDM_FORMAT_NAGIOS)
            return mdm_error_copy(err, &why);
        (void)say_error(&why);
        if (say_status(&why) > say_status(problem))
            *problem = why;
        mdm_error_hint(&why, "%s", say_hint(&why));
        if (mdm_status_warn(status, why.code == MDM_E_UNANSWERED ? "locked" : "unreadable", &why, err) != 0)
            return -1;
    }
    const struct found_key *found = (const void *)keys.data;
    for (size_t i = 0; i < status->certificate_count; i++)
        for (size_t j = keys.size / sizeof *found; j-- > 0;) /* the first one stays */
            if (mdm_key_id_equal(&found[j].id, &mdm_cert_facts(status->certificates[i].cert)->key_id))
                status->certificates[i].key_path = found[j].path;
    return 0;
}

/* Writes an absolute path. `path` may be "", or NULL for null. */
static void write_path(struct json *json, const char *key, const char *directory, const char *path)
{
    const bool is_below = path != NULL && path[0] != '/';
    MDM_OWNED(mdm_free_at) char *root = is_below ? realpath(directory, NULL) : NULL;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};

    if (is_below)
        (void)mdm_bytes_format(&text, &json->err, "%s%s%s", root != NULL ? root : directory, path[0] != '\0' ? "/" : "",
                               path);
    json_string(json, key, is_below ? (const char *)text.data : path);
}

/* Writes a text, with the commands in it as they must be typed. NULL or "" is null. */
static void write_typed(struct json *json, const char *key, const char *text, const char *indent)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes line = {0};
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes typed = {0};

    if (text != NULL && text[0] != '\0' && mdm_bytes_format(&line, &json->err, "%s%s", indent, text) == 0)
        typed_append(&typed, (const char *)line.data, &json->err);
    json_string(json, key, typed.size > 0 ? (const char *)typed.data + strlen(indent) : NULL);
}

static void write_cert(struct json *json, const struct mdm_status *status, const struct mdm_status_cert *entry)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(entry->cert);
    const char *option = opt->flow.vendor_cert;
    /* Is it named on the command line? Then it is relative to the current folder, not to the work folder. */
    const bool given =
        status->state == NULL || (option != NULL && entry->path != NULL && strcmp(entry->path, option) == 0);

    json_open(json, NULL, "{}");
    json_string(json, "role", entry->role);
    json_bool(json, "in_use", entry->in_use);
    json_string(json, "state", validities[validity_of(status, facts)].name);
    write_path(json, "path", given ? "." : opt->flow.directory, entry->path);
    if (status->state == NULL)
        write_path(json, "key", ".", entry->key_path);
    json_string(json, "subject", facts->subject);
    json_string(json, "issuer", facts->issuer);
    json_string(json, "serial", facts->serial);
    json_string(json, "sha256", facts->sha256);
    json_string(json, "not_before", mdm_time_format(facts->not_before).text);
    json_string(json, "not_after", mdm_time_format(facts->not_after).text);
    json_integer(json, "days_left", mdm_time_days(status->now, facts->not_after));
    json_string(json, "topic", facts->topic);
    json_close(json);
}

static void write_folder(struct json *json, const struct mdm_status *status)
{
    const struct mdm_action_row *next = &mdm_actions[status->next];

    write_path(json, "directory", opt->flow.directory, "");
    json_open(json, "steps", "[]");
    for (int number = 1; number <= 3; number++) {
        const struct mdm_status_step *step = &status->steps[number - 1];

        json_open(json, NULL, "{}");
        json_integer(json, "step", number);
        json_string(json, "name", mdm_step_names[number]);
        json_string(json, "state", mdm_step_state_names[step->state]);
        json_open(json, "files", "[]");
        for (size_t i = 0; step->files[i] != NULL; i++)
            json_string(json, NULL, step->files[i]);
        json_close(json);
        json_string(json, "waiting_for", step->waiting_for);
        write_typed(json, "reason", step->why.text, "");
        write_typed(json, "hint", step->why.hint, "");
        json_close(json);
    }
    json_close(json);
    json_open(json, "next", "{}");
    if (next->step != 0)
        json_integer(json, "step", next->step);
    else
        json_string(json, "step", NULL);
    json_string(json, "action", next->name);
    write_typed(json, "command", next->command, "    ");
    json_close(json);
}

int status_json(const struct mdm_status *status, const struct mdm_error *failed, struct mdm_bytes *out,
                struct mdm_error *err)
{
    struct json json = {.out = out};

    json_open(&json, NULL, "{}");
    json_integer(&json, "schema", 1);
    if (status->state != NULL)
        write_folder(&json, status);
    json_open(&json, "certificates", "[]");
    for (size_t i = 0; i < status->certificate_count; i++)
        write_cert(&json, status, &status->certificates[i]);
    json_close(&json);
    json_string(&json, "topic", status->topic);
    if (status->state != NULL) {
        json_string(&json, "apple_account",
                    status->state->account.name[0] != '\0' ? status->state->account.name : NULL);
        json_bool(&json, "practice", status->state->practice);
    }
    json_open(&json, "warnings", "[]");
    for (size_t i = 0; i < status->warning_count; i++) {
        json_open(&json, NULL, "{}");
        json_string(&json, "code", status->warnings[i].code);
        write_typed(&json, "text", status->warnings[i].why.text, "");
        write_typed(&json, "hint", status->warnings[i].why.hint, "");
        json_close(&json);
    }
    json_close(&json);
    if (failed != NULL && failed->code != MDM_OK)
        cmd_write_error(&json, failed);
    return json_end(&json, err);
}

int status_print_json(const struct mdm_error *failed, struct mdm_error *err)
{
    MDM_OWNED(mdm_status_free) struct mdm_status status = {0};
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};

    if (mdm_status_read(&opt->flow, cmd_time(), &status, err) != 0 || status_json(&status, failed, &text, err) != 0)
        return -1;
    say_result_bytes(text.data, text.size);
    return 0;
}

static void print_step(int number, const struct mdm_status_step *step)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes made = {0};

    say(step->state == MDM_STEP_DONE ? SAY_PASS : SAY_SKIP, "%d  %-24s  %s%s%s", number, mdm_step_names[number],
        mdm_step_state_names[step->state], step->waiting_for != NULL ? " for " : "",
        step->waiting_for != NULL ? step->waiting_for : "");
    for (size_t i = 0; step->files[i] != NULL; i++)
        (void)mdm_bytes_format(&made, NULL, "%s%s", i == 0 ? "" : ", ", step->files[i]);
    const char *const lines[] = {(const char *)made.data, step->why.text, step->why.hint};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (lines[i] != NULL && lines[i][0] != '\0')
            say(SAY_RESULT, "      %s", lines[i]);
}

static void print_next(const struct mdm_status *status)
{
    const enum mdm_action next = status->next;
    const int step = mdm_actions[next].step;
    const char *command = mdm_actions[next].command, *end = command != NULL ? ":" : ".";
    struct mdm_error to_do = {.code = MDM_E_WAITING}; /* its hint */

    if (next == MDM_ACTION_AWAIT_VENDOR_CERT || next == MDM_ACTION_AWAIT_PUSH_CERT) { /* Apple's turn */
        const struct mdm_wait what =
            mdm_state_await(status->state, next == MDM_ACTION_AWAIT_VENDOR_CERT ? MDM_ROLE_VENDOR : MDM_ROLE_CUSTOMER);

        (void)wait_hint("", &what, "this:", &to_do);
        end = "";
        if (what.practice || what.trouble != NULL)
            command = NULL;
    } else if (next == MDM_ACTION_RENEW) {
        mdm_error_hint(&to_do, "renew the push certificate (press Renew on its row at %s)",
                       status->state->portals[MDM_ROLE_CUSTOMER]);
    } else if (next == MDM_ACTION_RENEW_VENDOR) {
        (void)mdm_hint_vendor(status->state, &to_do);
        end = " Then:";
    } else {
        mdm_error_hint(&to_do, "%s",
                       step != 0 && status->steps[step - 1].state == MDM_STEP_BLOCKED
                           ? "correct what blocks this step (above), and go on"
                           : mdm_actions[next].words);
    }
    say(SAY_RESULT, "\nNext: %s%s", to_do.hint, end);
    if (command != NULL)
        say(SAY_RESULT, "    %s", command);
}

static const char *days_words(long left, char out[32])
{
    (void)snprintf(out, 32, left == 0 ? "less than a day" : left == 1 ? "%ld day left" : "%ld days left", left);
    return out;
}

static void print_cert(const struct mdm_status *status, const struct mdm_status_cert *entry)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(entry->cert);
    const enum validity validity = validity_of(status, facts);
    const enum say_kind mark = entry->in_use ? validities[validity].mark : SAY_SKIP;
    const char *place = entry->path != NULL                                ? entry->path
                        : opt->ca_file != NULL                             ? "from --ca-file"
                        : status->state != NULL && status->state->practice ? MDM_NAME_PRACTICE_CA
                                                                           : "built in";
    char words[32];

    say(mark, "%-12s  %s  %-15s  %s", entry->role, facts->last_day,
        validity == EXPIRED         ? "expired"
        : validity == NOT_YET_VALID ? "not yet valid"
                                    : days_words(mdm_time_days(status->now, facts->not_after), words),
        place);
    if (!mdm_cert_is_ca(entry->cert) || mark != SAY_PASS) /* else its name is of no use to anybody */
        say(SAY_RESULT, "      %s%s", facts->common_name,
            entry->in_use || status->state == NULL ? "" : " (not in use)");
    if (status->state != NULL)
        return;
    if (facts->topic != NULL)
        say(SAY_RESULT, "      Topic ID: %s", facts->topic);
    if (entry->in_use)
        say(SAY_RESULT, "      %s%s",
            entry->key_path != NULL ? "Private key: " : "Its private key is in none of these files",
            entry->key_path != NULL ? entry->key_path : "");
}

static void print_text(const struct mdm_status *status)
{
    const struct mdm_state *state = status->state; /* NULL: of files */
    bool any = false;

    say_page();
    if (state != NULL) {
        say(SAY_RESULT, "Work folder: %s", cmd_root());
        say(SAY_RESULT, "%s", "");
        for (int i = 0; i < 3; i++)
            print_step(i + 1, &status->steps[i]);
        print_next(status);
    }
    if (state != NULL && status->certificate_count > 0)
        say(SAY_RESULT, "\nCertificates and expiry dates");
    for (size_t i = 0; i < status->certificate_count; i++)
        print_cert(status, &status->certificates[i]);
    if (state == NULL)
        return;
    if (status->topic != NULL)
        say(SAY_RESULT, "\nTopic ID: %s", status->topic);
    if (state->account.name[0] != '\0')
        say(SAY_RESULT, status->topic != NULL ? "Apple account: %s" : "\nApple account: %s", state->account.name);
    for (size_t i = 0; i < status->warning_count; i++) {
        const struct mdm_error *why = &status->warnings[i].why;
        int step = 0;

        while (step < 3 && strcmp(status->steps[step].why.text, why->text) != 0)
            step++;
        if (step < 3) /* it has been said as the step's reason */
            continue;
        if (!any)
            say(SAY_RESULT, "\nWarnings");
        any = true;
        say(SAY_WARN, "%s", why->text);
        if (why->hint[0] != '\0')
            say(SAY_RESULT, "      %s", why->hint);
    }
}

/* The one certificate to monitor: the push certificate in force, else the vendor's, which comes first in a folder; of
 * files the one that expires first. NULL: none. */
static const struct mdm_status_cert *in_force(const struct mdm_status *status)
{
    const struct mdm_status_cert *found = NULL;

    for (size_t i = 0; i < status->certificate_count; i++) {
        const struct mdm_status_cert *cert = &status->certificates[i];
        const struct mdm_cert_facts *best = found != NULL ? mdm_cert_facts(found->cert) : NULL;

        if (cert->in_use && !mdm_cert_is_ca(cert->cert) &&
            (best == NULL ||
             (status->state != NULL ? mdm_cert_facts(cert->cert)->kind == MDM_CERT_PUSH && best->kind != MDM_CERT_PUSH
                                    : mdm_cert_facts(cert->cert)->not_after < best->not_after)))
            found = cert;
    }
    return found;
}

/* "push certificate 'APSP:1' expires on 2027-01-01", "... is not valid before ...". */
static const char *expiry_words(const struct mdm_status *status, const struct mdm_status_cert *cert, char out[512])
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert->cert);
    const enum validity validity = validity_of(status, facts);

    (void)snprintf(out, 512, "%s certificate '%.256s' %s %.10s", cert->role, facts->common_name,
                   validities[validity].words,
                   validity == NOT_YET_VALID ? mdm_time_format(facts->not_before).text : facts->last_day);
    return out;
}

/* Returns the plug-in's status. */
static int print_nagios(const struct mdm_status *status)
{
    const struct mdm_status_cert *cert = in_force(status);
    const long days = opt->flow.warn_days;
    char words[512], days_left[32], sentence[1024], data[128];

    if (cert == NULL)
        return cmd_nagios(NAGIOS_UNKNOWN, "there is no certificate in force", "");
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert->cert);
    const enum validity validity = validity_of(status, facts);
    const long left = mdm_time_days(status->now, facts->not_after);
    const bool urgent = validity == EXPIRING && facts->not_after - status->now <= days * MDM_DAY / 3;
    (void)snprintf(sentence, sizeof sentence, "%s%s%s%s%s", expiry_words(status, cert, words), left < 0 ? "" : ", ",
                   left < 0 ? "" : days_words(left, days_left), facts->topic != NULL ? ", topic " : "",
                   facts->topic != NULL ? facts->topic : "");
    (void)snprintf(data, sizeof data, " | days_left=%ld;%ld:;%ld:", left, days, days / 3);
    return cmd_nagios(urgent ? (int)EXPIRED : (int)validity, sentence, data);
}

/* Labels are escaped as strings in JSON are. */
static void prometheus(const struct mdm_status *status, struct mdm_bytes *out, struct mdm_error *err)
{
    struct json json = {.out = out};

    (void)mdm_bytes_append_text(out,
                                "# HELP mdmvendor_certificate_not_after_seconds When a certificate in use expires, in "
                                "Unix time.\n# TYPE mdmvendor_certificate_not_after_seconds gauge\n",
                                err);
    for (size_t i = 0; i < status->certificate_count; i++) {
        const struct mdm_cert_facts *facts = mdm_cert_facts(status->certificates[i].cert);
        const char *const labels[][2] = {{"{role=", status->certificates[i].role},
                                         {",name=", facts->common_name},
                                         {",serial=", facts->serial},
                                         {",topic=", facts->topic != NULL ? facts->topic : ""}};

        if (!status->certificates[i].in_use)
            continue;
        (void)mdm_bytes_append_text(out, "mdmvendor_certificate_not_after_seconds", err);
        for (size_t j = 0; j < sizeof labels / sizeof labels[0]; j++) {
            (void)mdm_bytes_append_text(out, labels[j][0], err);
            json_string(&json, NULL, labels[j][1]);
        }
        (void)mdm_bytes_format(out, err, "} %lld\n", (long long)facts->not_after);
    }
    (void)mdm_bytes_format(out, err,
                           "# HELP mdmvendor_warnings How many warnings `status` has.\n"
                           "# TYPE mdmvendor_warnings gauge\n"
                           "mdmvendor_warnings %zu\n",
                           status->warning_count);
    mdm_error_copy(err, &json.err);
}

/* Appends a property, its text escaped, its lines folded between characters, of which none has more than four bytes. */
MDM_PRINTF(4, 5)
static void put_property(struct mdm_bytes *out, struct mdm_error *err, const char *name, const char *format, ...)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes value = {0};
    size_t column = strlen(name);
    va_list arguments;

    va_start(arguments, format);
    (void)mdm_bytes_vformat(&value, err, format, arguments);
    va_end(arguments);
    (void)mdm_bytes_append_text(out, name, err);
    for (const char *c = (const char *)value.data; c != NULL && *c != '\0'; c++) {
        const bool escaped = strchr("\\;,\n", *c) != NULL;

        if (((unsigned char)*c & 0xC0) != 0x80 && column > ICS_OCTETS - 4) {
            (void)mdm_bytes_append_text(out, "\r\n ", err);
            column = 1;
        }
        (void)mdm_bytes_format(out, err, "%s%c", escaped ? "\\" : "", *c == '\n' ? 'n' : *c);
        column += escaped ? 2 : 1;
    }
    (void)mdm_bytes_append_text(out, "\r\n", err);
}

/* An event on each of some days before a certificate ends, and on its last one. */
static void ics(const struct mdm_status *status, struct mdm_bytes *out, struct mdm_error *err)
{
    static const int alarms[] = {30, 10, 1, 0};
    const struct mdm_state *state = status->state;

    (void)mdm_bytes_append_text(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//mdmvendor//status//EN\r\n", err);
    for (size_t i = 0; i < status->certificate_count * 4; i++) {
        const struct mdm_status_cert *cert = &status->certificates[i / 4];
        const struct mdm_cert_facts *facts = mdm_cert_facts(cert->cert);
        const int days = alarms[i % 4];
        const mdm_time begin = facts->not_after - days * MDM_DAY;
        char in[32];

        if (!cert->in_use || mdm_cert_is_ca(cert->cert))
            continue;
        (void)snprintf(in, sizeof in, days == 0 ? "today" : days == 1 ? "tomorrow" : "in %d days", days);
        (void)mdm_bytes_append_text(out, "BEGIN:VEVENT\r\n", err);
        put_property(out, err, "UID:", "%s-%d@mdmvendor", facts->sha256, days);
        put_property(out, err, "DTSTAMP:", "%s", mdm_time_format_stamp(facts->not_before).text);
        put_property(out, err, "DTSTART;VALUE=DATE:", "%.8s", mdm_time_format_stamp(begin).text);
        put_property(out, err, "DTEND;VALUE=DATE:", "%.8s", mdm_time_format_stamp(begin + MDM_DAY).text);
        put_property(out, err, "SUMMARY:", "MDM %s certificate '%.256s' expires %s", cert->role, facts->common_name,
                     in);
        if (facts->kind == MDM_CERT_PUSH)
            put_property(out, err, "DESCRIPTION:",
                         "It expires on %s. After that no device hears from the MDM server.\n"
                         "Renew it at %s%s: press \"Renew\" on the row '%.256s' (topic %.256s, serial %.64s).",
                         facts->last_day, state != NULL && state->practice ? "" : "https://",
                         state != NULL ? state->portals[MDM_ROLE_CUSTOMER] : "identity.apple.com/pushcert",
                         facts->common_name, facts->topic != NULL ? facts->topic : "-", facts->serial);
        else
            put_property(out, err, "DESCRIPTION:",
                         "It expires on %s. Push certificates that are issued already stay valid; the next renewal "
                         "needs a new one.",
                         facts->last_day);
        (void)mdm_bytes_append_text(out, "TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n", err);
    }
    (void)mdm_bytes_append_text(out, "END:VCALENDAR\r\n", err);
}

/* -q: one line about what is most urgent; nothing when all is well. */
static void print_line(const struct mdm_status *status)
{
    const struct mdm_status_cert *cert = in_force(status);
    const char *directory = cmd_root(); /* in a mail from cron, "." says nothing */
    const int next = mdm_actions[status->next].step;
    char words[512];

    if (status->state == NULL) {
        if (cert != NULL && validity_of(status, mdm_cert_facts(cert->cert)) != VALID)
            say(SAY_RESULT, "%s: the %s", cert->path, expiry_words(status, cert, words));
        return;
    }
    for (size_t i = 0; i < status->warning_count; i++) {
        const struct mdm_warning *warning = &status->warnings[i];

        if (strcmp(warning->code, MDM_WARNING_RENEWAL) == 0)
            continue;
        say(SAY_RESULT, "%s: %s%s%s", directory, warning->why.text, warning->why.hint[0] != '\0' ? ". " : "",
            warning->why.hint);
        return;
    }
    if (next != 0 && status->steps[next - 1].state == MDM_STEP_BLOCKED)
        say(SAY_RESULT, "%s: step %d is blocked: %s", directory, next, status->steps[next - 1].why.text);
}

/* The status of prometheus and ics tells only whether their output is complete. */
int cmd_status(struct mdm_session *session, struct mdm_error *err)
{
    MDM_OWNED(mdm_status_free) struct mdm_status status = {0};
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};
    struct mdm_error problem = {0};

    if ((opt->flow.file_count > 0 ? read_files(session, &status, &problem, err)
                                  : mdm_status_read(&opt->flow, cmd_time(), &status, err)) != 0)
        return -1;
    if (opt->format == MDM_FORMAT_NAGIOS)
        return print_nagios(&status);
    if (opt->format == MDM_FORMAT_JSON)
        (void)status_json(&status, &problem, &text, err);
    else if (opt->format == MDM_FORMAT_PROMETHEUS)
        prometheus(&status, &text, err);
    else if (opt->format == MDM_FORMAT_ICS)
        ics(&status, &text, err);
    else
        (opt->quiet ? print_line : print_text)(&status);
    if (err->code != MDM_OK)
        return -1;
    say_result_bytes(text.data, text.size);
    if (opt->format == MDM_FORMAT_PROMETHEUS || opt->format == MDM_FORMAT_ICS || !status.expiring)
        return say_status(&problem);
    return say_status(&(const struct mdm_error){.code = MDM_E_EXPIRED});
}
