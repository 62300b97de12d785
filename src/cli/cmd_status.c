/* `mdmvendor status`: the state of a work folder for people, nagios, prometheus and calendars. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/json.h"
#include "cli/say.h"
#include "cli/status_view.h"
#include "flow/flow.h"

#define ICS_OCTETS 75 /* of a line, RFC 5545 section 3.1 */

/* What a step has said as its reason is not said again. */
static void print_warnings(const struct mdm_status *status)
{
    bool any = false;

    for (size_t i = 0; i < status->warning_count; i++) {
        const struct mdm_error *why = &status->warnings[i].why;
        int step = 0;

        while (step < 3 && strcmp(status->steps[step].why.text, why->text) != 0)
            step++;
        if (step < 3)
            continue;
        if (!any)
            say(SAY_RESULT, "\nWarnings");
        any = true;
        say(SAY_WARN, "%s", why->text);
        if (why->hint[0] != '\0')
            say(SAY_RESULT, "      %s", why->hint);
    }
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
    static const char *const words[] = {
        [MDM_ACTION_VENDOR_KEY] = "make the vendor key and CSR",
        [MDM_ACTION_VENDOR_CSR] = "make a CSR for the vendor key",
        [MDM_ACTION_RESTORE_VENDOR] = "restore the vendor key that Apple's certificate belongs to",
        [MDM_ACTION_REQUEST] = "make the push certificate request",
        [MDM_ACTION_RESTORE_CUSTOMER] = "restore the customer key that Apple's certificate belongs to",
        [MDM_ACTION_PFX] = "make the pfx for the MDM server",
        [MDM_ACTION_DELIVER] =
            "nothing here; the customer uploads outputs/plist_encode.txt at identity.apple.com/pushcert",
        [MDM_ACTION_FINISHED] = "nothing to do now; `mdmvendor renew` begins the yearly renewal",
        [MDM_ACTION_OLD_SCRIPT] = "import the old script's keys, and go on from there",
        [MDM_ACTION_SETTLE_TOPIC] = "settle which topic the devices keep",
    };
    const enum mdm_action next = status->next;
    const int step = mdm_actions[next].step;
    const char *command = mdm_actions[next].command, *end = command != NULL ? ":" : ".";
    struct mdm_error turn = {.code = MDM_E_WAITING};

    if (next == MDM_ACTION_AWAIT_VENDOR_CERT || next == MDM_ACTION_AWAIT_PUSH_CERT) { /* Apple's turn */
        const struct mdm_wait what =
            mdm_state_await(status->state, next == MDM_ACTION_AWAIT_VENDOR_CERT ? MDM_ROLE_VENDOR : MDM_ROLE_CUSTOMER);

        (void)wait_hint("", &what, "this:", &turn);
        say(SAY_RESULT, "\nNext: %s", turn.hint);
        if (what.practice || what.trouble != NULL)
            return;
    } else if (next == MDM_ACTION_RENEW) {
        say(SAY_RESULT, "\nNext: renew the push certificate (press Renew on its row at %s)%s",
            status->state->portals[MDM_ROLE_CUSTOMER], end);
    } else if (next == MDM_ACTION_RENEW_VENDOR) {
        (void)mdm_hint_vendor(status->state, &turn);
        say(SAY_RESULT, "\nNext: %s Then%s", turn.hint, end);
    } else if (step != 0 && status->steps[step - 1].state == MDM_STEP_BLOCKED) {
        say(SAY_RESULT, "\nNext: correct what blocks this step (above), and go on%s", end);
    } else {
        say(SAY_RESULT, "\nNext: %s%s", words[next], end);
    }
    if (command != NULL)
        say(SAY_RESULT, "    %s", command);
}

static bool is_practice(const struct mdm_status *status)
{
    return status->state != NULL && status->state->practice;
}

static const struct {
    enum say_kind mark;
    const char *words; /* before a day */
} validities[] = {
    [STATUS_VALID] = {SAY_PASS, "expires on"},
    [STATUS_EXPIRING] = {SAY_WARN, "expires on"},
    [STATUS_EXPIRED] = {SAY_FAIL, "expired on"},
    [STATUS_NOT_YET_VALID] = {SAY_FAIL, "is not valid before"},
};

static const char *days_words(long left, char out[32])
{
    (void)snprintf(out, 32, left == 0 ? "less than a day" : left == 1 ? "%ld day left" : "%ld days left", left);
    return out;
}

static void print_cert(const struct mdm_status *status, const struct mdm_status_cert *entry)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(entry->cert);
    const enum say_kind mark = entry->in_use ? validities[status_validity(status, facts)].mark : SAY_SKIP;
    const long left = mdm_time_days(status->now, facts->not_after);
    const char *trust = opt_in_force->ca_file != NULL ? "from --ca-file"
                        : is_practice(status)         ? MDM_NAME_PRACTICE_CA
                                                      : "built in";
    const char *place = entry->path != NULL ? entry->path : trust;
    char words[32];
    const char *days = left < 0                          ? "expired"
                       : status->now < facts->not_before ? "not yet valid"
                                                         : days_words(left, words);

    say(mark, "%-12s  %s  %-15s  %s", entry->role, facts->last_day, days, place);
    if (!mdm_cert_is_ca(entry->cert) || mark != SAY_PASS) /* else its name is of no use to anybody */
        say(SAY_RESULT, "      %s%s", facts->common_name,
            entry->in_use || status->state == NULL ? "" : " (not in use)");
}

static void print_folder(const struct mdm_status *status)
{
    const char *account = status->state->account.name;

    say_page();
    say(SAY_RESULT, "Work folder: %s", cmd_root());
    say(SAY_RESULT, "%s", "");
    for (int i = 0; i < 3; i++)
        print_step(i + 1, &status->steps[i]);
    print_next(status);
    if (status->certificate_count > 0)
        say(SAY_RESULT, "\nCertificates and expiry dates");
    for (size_t i = 0; i < status->certificate_count; i++)
        print_cert(status, &status->certificates[i]);
    if (status->topic != NULL)
        say(SAY_RESULT, "\nTopic ID: %s", status->topic);
    if (account[0] != '\0')
        say(SAY_RESULT, status->topic != NULL ? "Apple account: %s" : "\nApple account: %s", account);
    print_warnings(status);
}

static void print_files(const struct mdm_status *status)
{
    say_page();
    for (size_t i = 0; i < status->certificate_count; i++) {
        const struct mdm_status_cert *entry = &status->certificates[i];
        const char *topic = mdm_cert_facts(entry->cert)->topic;

        print_cert(status, entry);
        if (topic != NULL)
            say(SAY_RESULT, "      Topic ID: %s", topic);
        if (entry->in_use && entry->key_path != NULL)
            say(SAY_RESULT, "      Private key: %s", entry->key_path);
        else if (entry->in_use)
            say(SAY_RESULT, "      Its private key is in none of these files");
    }
}

/* The one certificate to monitor: the push certificate in force, else the vendor's; of files the one that expires
 * first. NULL: none. */
static const struct mdm_status_cert *in_force(const struct mdm_status *status)
{
    const struct mdm_status_cert *found = NULL;

    for (size_t i = 0; i < status->certificate_count; i++) {
        const struct mdm_status_cert *cert = &status->certificates[i];
        const struct mdm_cert_facts *facts = mdm_cert_facts(cert->cert);

        if (!cert->in_use || mdm_cert_is_ca(cert->cert))
            continue;
        if (found == NULL || (status->state == NULL
                                  ? facts->not_after < mdm_cert_facts(found->cert)->not_after
                                  : facts->kind == MDM_CERT_PUSH && mdm_cert_facts(found->cert)->kind != MDM_CERT_PUSH))
            found = cert;
    }
    return found;
}

/* "expires on 2027-01-01", "is not valid before ...". */
static const char *expiry_words(const struct mdm_status *status, const struct mdm_cert_facts *facts, char out[64])
{
    const enum status_validity validity = status_validity(status, facts);

    (void)snprintf(out, 64, "%s %s", validities[validity].words,
                   validity == STATUS_NOT_YET_VALID ? mdm_time_format_day(facts->not_before).text : facts->last_day);
    return out;
}

/* Returns the plug-in's status. */
static int print_nagios(const struct mdm_status *status)
{
    const struct mdm_status_cert *cert = in_force(status);
    const long days = opt_in_force->flow.warn_days;
    char words[64], days_left[32], sentence[1024], data[128];
    int level = 0;

    if (cert == NULL)
        return cmd_nagios(NAGIOS_UNKNOWN, "there is no certificate in force", "");
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert->cert);
    const enum status_validity validity = status_validity(status, facts);
    const long left = mdm_time_days(status->now, facts->not_after);
    if (validity == STATUS_NOT_YET_VALID)
        level = NAGIOS_UNKNOWN;
    else if (validity == STATUS_EXPIRED || facts->not_after - status->now <= days * MDM_DAY / 3)
        level = 2;
    else if (validity == STATUS_EXPIRING)
        level = 1;
    (void)snprintf(sentence, sizeof sentence, "%s certificate '%.256s' %s%s%s%s%s", cert->role, facts->common_name,
                   expiry_words(status, facts, words), left < 0 ? "" : ", ",
                   left < 0 ? "" : days_words(left, days_left), facts->topic != NULL ? ", topic " : "",
                   facts->topic != NULL ? facts->topic : "");
    (void)snprintf(data, sizeof data, " | days_left=%ld;%ld:;%ld:", left, days, days / 3);
    return cmd_nagios(level, sentence, data);
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
        const char *const labels[][2] = {
            {"mdmvendor_certificate_not_after_seconds{role=", status->certificates[i].role},
            {",name=", facts->common_name},
            {",serial=", facts->serial},
            {",topic=", facts->topic != NULL ? facts->topic : ""}};

        if (!status->certificates[i].in_use)
            continue;
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

static void put_event(const struct mdm_status *status, const struct mdm_status_cert *cert, int days,
                      struct mdm_bytes *out, struct mdm_error *err)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert->cert);
    const mdm_time begin = facts->not_after - days * MDM_DAY;
    char in[32];

    (void)snprintf(in, sizeof in, days == 0 ? "today" : days == 1 ? "tomorrow" : "in %d days", days);
    (void)mdm_bytes_append_text(out, "BEGIN:VEVENT\r\n", err);
    put_property(out, err, "UID:", "%s-%d@mdmvendor", facts->sha256, days);
    put_property(out, err, "DTSTAMP:", "%s", mdm_time_format_stamp(facts->not_before).text);
    put_property(out, err, "DTSTART;VALUE=DATE:", "%.8s", mdm_time_format_stamp(begin).text);
    put_property(out, err, "DTEND;VALUE=DATE:", "%.8s", mdm_time_format_stamp(begin + MDM_DAY).text);
    put_property(out, err, "SUMMARY:", "MDM %s certificate '%.256s' expires %s", cert->role, facts->common_name, in);
    if (facts->kind == MDM_CERT_PUSH)
        put_property(out, err, "DESCRIPTION:",
                     "It expires on %s. After that no device hears from the MDM server.\n"
                     "Renew it at %s%s: press \"Renew\" on the row '%.256s' (topic %.256s, serial %.64s).",
                     facts->last_day, is_practice(status) ? "" : "https://",
                     status->state != NULL ? status->state->portals[MDM_ROLE_CUSTOMER] : "identity.apple.com/pushcert",
                     facts->common_name, facts->topic != NULL ? facts->topic : "-", facts->serial);
    else
        put_property(out, err, "DESCRIPTION:",
                     "It expires on %s. Push certificates that are issued already stay valid; the next renewal needs "
                     "a new one.",
                     facts->last_day);
    (void)mdm_bytes_append_text(out, "TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n", err);
}

static void ics(const struct mdm_status *status, struct mdm_bytes *out, struct mdm_error *err)
{
    static const int days[] = {30, 10, 1, 0};

    (void)mdm_bytes_append_text(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//mdmvendor//status//EN\r\n", err);
    for (size_t i = 0; i < status->certificate_count; i++) {
        const struct mdm_status_cert *cert = &status->certificates[i];

        for (size_t j = 0; j < sizeof days / sizeof days[0] && cert->in_use && !mdm_cert_is_ca(cert->cert); j++)
            put_event(status, cert, days[j], out, err);
    }
    (void)mdm_bytes_append_text(out, "END:VCALENDAR\r\n", err);
}

/* -q: one line about what is most urgent; nothing when all is well. */
static void print_line(const struct mdm_status *status)
{
    const struct mdm_status_cert *cert = in_force(status);
    const char *directory = cmd_root(); /* in a mail from cron, "." says nothing */
    const int next = mdm_actions[status->next].step;
    char words[64];

    if (status->state == NULL) {
        if (cert != NULL && status_validity(status, mdm_cert_facts(cert->cert)) != STATUS_VALID)
            say(SAY_RESULT, "%s: the %s certificate '%s' %s", cert->path, cert->role,
                mdm_cert_facts(cert->cert)->common_name, expiry_words(status, mdm_cert_facts(cert->cert), words));
        return;
    }
    for (size_t i = 0; i < status->warning_count; i++) {
        const struct mdm_warning *warning = &status->warnings[i];

        if (strcmp(warning->code, MDM_WARNING_RENEWAL) == 0 || strcmp(warning->code, MDM_WARNING_SEVERAL) == 0)
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
    const struct mdm_options *options = session->options;
    const bool of_files = options->operand_count > 0;
    MDM_OWNED(mdm_status_free) struct mdm_status status = {0};
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};
    struct mdm_error problem = {0};

    if ((of_files ? status_read_files(session, &status, &problem, err) : status_read(session, &status, err)) != 0)
        return -1;
    switch (options->format) {
    case MDM_FORMAT_NAGIOS:
        return problem.code != MDM_OK ? cmd_nagios(NAGIOS_UNKNOWN, "a file cannot be read, or is locked", "")
                                      : print_nagios(&status);
    case MDM_FORMAT_JSON:
        (void)status_json(&status, &problem, &text, err);
        break;
    case MDM_FORMAT_PROMETHEUS:
        prometheus(&status, &text, err);
        break;
    case MDM_FORMAT_ICS:
        ics(&status, &text, err);
        break;
    default:
        (opt_in_force->quiet ? print_line : of_files ? print_files : print_folder)(&status);
    }
    if (err->code != MDM_OK)
        return -1;
    say_result_bytes(text.data, text.size);
    if (options->format == MDM_FORMAT_PROMETHEUS || options->format == MDM_FORMAT_ICS || !status.expiring)
        return mdm_error_status(&problem);
    return mdm_error_status(&(const struct mdm_error){.code = MDM_E_EXPIRED});
}
