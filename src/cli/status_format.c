/* `status --format nagios`, `prometheus` and `ics`, and `-q status`: see status_view.h. */
#include <stdio.h>
#include <string.h>

#include "cli/say.h"
#include "cli/status_view.h"

#define ICS_OCTETS 75 /* of a line, RFC 5545 section 3.1 */

/* "expires on" and so on, and the day. */
static const char *expiry_words(const struct status_view *view, const struct mdm_status_cert *cert,
                                char day[MDM_TIME_TEXT_MAX])
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert->cert);
    const enum status_life life = status_life(view, cert);

    mdm_time_format_day(life == STATUS_NOT_YET_VALID ? facts->not_before : facts->not_after, day);
    return life == STATUS_EXPIRED ? "expired on" : life == STATUS_NOT_YET_VALID ? "is not valid before" : "expires on";
}

int status_print_nagios(const struct status_view *view)
{
    static const char *const names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    const struct mdm_status_cert *cert = status_in_force(view);
    const struct mdm_cert_facts *facts = cert != NULL ? mdm_cert_facts(cert->cert) : NULL;
    const long days = view->options->days;
    char name[256], day[MDM_TIME_TEXT_MAX];
    const char *words;
    int status = 0;

    if (cert == NULL || view->exit_code == 1 || view->exit_code == 4) {
        say(SAY_RESULT, "MDM PUSH UNKNOWN - %s",
            view->exit_code == 1 || view->exit_code == 4 ? "a file cannot be read, or is locked"
                                                         : "there is no certificate in force");
        return NAGIOS_UNKNOWN;
    }
    if (status_life(view, cert) == STATUS_NOT_YET_VALID)
        status = NAGIOS_UNKNOWN;
    else if (view->at > facts->not_after || facts->not_after - view->at <= days * MDM_DAY / 3)
        status = 2;
    else if (status_life(view, cert) == STATUS_EXPIRING)
        status = 1;
    (void)snprintf(name, sizeof name, "%s", facts->common_name);
    for (char *bar = name; (bar = strchr(bar, '|')) != NULL;) /* performance data begins at a bar */
        *bar = '/';
    words = expiry_words(view, cert, day);
    say(SAY_RESULT,
        "MDM PUSH %s - %s certificate '%s' %s %s, %ld days left%s%s | days_left=%ld;%ld:;%ld:", names[status],
        cert->role, name, words, day, cert->days_left, facts->topic != NULL ? ", topic " : "",
        facts->topic != NULL ? facts->topic : "", cert->days_left, days, days / 3);
    return status;
}

/* A label's value: backslash, quote and line feed are escaped. */
static void put_label(struct mdm_bytes *out, const char *name, const char *value, struct mdm_error *err)
{
    (void)mdm_bytes_format(out, err, "%s=\"", name);
    for (; *value != '\0'; value++)
        (void)mdm_bytes_format(out, err, "%s%c", strchr("\\\"\n", *value) != NULL ? "\\" : "",
                               *value == '\n' ? 'n' : *value);
    (void)mdm_bytes_append_text(out, "\"", err);
}

static void put_gauge(const struct status_view *view, bool begins, struct mdm_bytes *out, struct mdm_error *err)
{
    const char *name = begins ? "mdmvendor_certificate_not_before_seconds" : "mdmvendor_certificate_not_after_seconds";

    (void)mdm_bytes_format(out, err, "# HELP %s When a certificate in use %s, in Unix time.\n# TYPE %s gauge\n", name,
                           begins ? "begins" : "expires", name);
    for (size_t i = 0; i < view->status.certificate_count; i++) {
        const struct mdm_status_cert *cert = &view->status.certificates[i];
        const struct mdm_cert_facts *facts = mdm_cert_facts(cert->cert);

        if (!cert->in_use)
            continue;
        (void)mdm_bytes_format(out, err, "%s{", name);
        put_label(out, "role", cert->role, err);
        put_label(out, ",name", facts->common_name, err);
        put_label(out, ",serial", facts->serial, err);
        put_label(out, ",topic", facts->topic != NULL ? facts->topic : "", err);
        (void)mdm_bytes_format(out, err, "} %lld\n", (long long)(begins ? facts->not_before : facts->not_after));
    }
}

int status_prometheus(const struct status_view *view, struct mdm_bytes *out, struct mdm_error *err)
{
    put_gauge(view, false, out, err);
    put_gauge(view, true, out, err);
    (void)mdm_bytes_format(out, err,
                           "# HELP mdmvendor_warnings How many warnings `status` has.\n"
                           "# TYPE mdmvendor_warnings gauge\n"
                           "mdmvendor_warnings %zu\n",
                           view->status.warnings.count);
    return err->code == MDM_OK ? 0 : -1;
}

/* One property: its text escaped, its line folded between characters. */
static void put_property(struct mdm_bytes *out, const char *name, const char *text, struct mdm_error *err)
{
    size_t column = strlen(name);

    (void)mdm_bytes_append_text(out, name, err);
    while (*text != '\0') {
        char character[8] = "";
        size_t size = 0;

        if (strchr("\\;,\n", *text) != NULL)
            character[size++] = '\\';
        character[size++] = *text == '\n' ? 'n' : *text;
        for (text++; ((unsigned char)*text & 0xC0) == 0x80 && size < sizeof character - 1; text++)
            character[size++] = *text;
        if (column + size > ICS_OCTETS) {
            (void)mdm_bytes_append_text(out, "\r\n ", err);
            column = 1;
        }
        (void)mdm_bytes_append(out, character, size, err);
        column += size;
    }
    (void)mdm_bytes_append_text(out, "\r\n", err);
}

static void put_event(const struct status_view *view, const struct mdm_status_cert *cert, int days,
                      struct mdm_bytes *out, struct mdm_error *err)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert->cert);
    const mdm_time begin = facts->not_after - days * MDM_DAY;
    const bool push = facts->kind == MDM_CERT_PUSH;
    char uid[128], stamp[MDM_TIME_TEXT_MAX], day[MDM_TIME_TEXT_MAX], next[MDM_TIME_TEXT_MAX];
    char expires[MDM_TIME_TEXT_MAX], in[32], summary[512], about[1536];

    (void)snprintf(uid, sizeof uid, "%s-%d@mdmvendor", facts->sha256, days);
    mdm_time_format_stamp(facts->not_before, stamp);
    mdm_time_format_stamp(begin, day);
    mdm_time_format_stamp(begin + MDM_DAY, next);
    day[8] = next[8] = '\0';
    mdm_time_format_day(facts->not_after, expires);
    (void)snprintf(in, sizeof in, days == 0 ? "today" : days == 1 ? "tomorrow" : "in %d days", days);
    (void)snprintf(summary, sizeof summary, "MDM %s certificate '%.256s' expires %s", cert->role, facts->common_name,
                   in);
    if (push)
        (void)snprintf(about, sizeof about,
                       "It expires on %s. After that no device hears from the MDM server.\n"
                       "Renew it at %s%s: press \"Renew\" on the row '%.256s' (topic %.256s, serial %.64s).",
                       expires, view->status.practice ? "" : "https://",
                       view->status.portal != NULL ? view->status.portal : "identity.apple.com/pushcert",
                       facts->common_name, facts->topic != NULL ? facts->topic : "-", facts->serial);
    else
        (void)snprintf(about, sizeof about,
                       "It expires on %s. Push certificates that are issued already stay valid; the next renewal "
                       "needs a new one.",
                       expires);
    (void)mdm_bytes_append_text(out, "BEGIN:VEVENT\r\n", err);
    put_property(out, "UID:", uid, err);
    put_property(out, "DTSTAMP:", stamp, err);
    put_property(out, "DTSTART;VALUE=DATE:", day, err);
    put_property(out, "DTEND;VALUE=DATE:", next, err);
    put_property(out, "SUMMARY:", summary, err);
    put_property(out, "DESCRIPTION:", about, err);
    (void)mdm_bytes_append_text(out, "TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n", err);
}

int status_ics(const struct status_view *view, struct mdm_bytes *out, struct mdm_error *err)
{
    static const int days[] = {30, 10, 1, 0};

    (void)mdm_bytes_append_text(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//mdmvendor//status//EN\r\n", err);
    for (size_t i = 0; i < view->status.certificate_count; i++) {
        const struct mdm_status_cert *cert = &view->status.certificates[i];

        for (size_t j = 0; j < sizeof days / sizeof days[0] && status_counts(cert); j++)
            put_event(view, cert, days[j], out, err);
    }
    (void)mdm_bytes_append_text(out, "END:VCALENDAR\r\n", err);
    return err->code == MDM_OK ? 0 : -1;
}

/* That a renewal is under way, or that there is a choice, is well. */
static bool is_well(const struct mdm_finding *finding)
{
    return strcmp(finding->code, "renewal") == 0 || strcmp(finding->code, "several") == 0;
}

void status_print_line(const struct status_view *view)
{
    const struct mdm_status *status = &view->status;
    const struct mdm_status_cert *cert = status_in_force(view);
    const struct mdm_status_step *next;
    const char *words;
    char day[MDM_TIME_TEXT_MAX];

    if (view->files && cert != NULL && status_life(view, cert) != STATUS_VALID) {
        words = expiry_words(view, cert, day);
        say(SAY_RESULT, "%s: the %s certificate '%s' %s %s", cert->path, cert->role,
            mdm_cert_facts(cert->cert)->common_name, words, day);
    }
    if (view->files)
        return;
    for (size_t i = 0; i < status->warnings.count; i++) {
        const struct mdm_finding *finding = &status->warnings.items[i];

        if (is_well(finding))
            continue;
        say(SAY_RESULT, "%s: %s%s%s", status->directory, finding->text, finding->hint != NULL ? ". " : "",
            finding->hint != NULL ? finding->hint : "");
        return;
    }
    next = status->next.step != 0 ? &status->steps[status->next.step - 1] : NULL;
    if (next != NULL && next->state == MDM_STEP_BLOCKED)
        say(SAY_RESULT, "%s: step %d is blocked: %s", status->directory, next->step, next->why.text);
}
