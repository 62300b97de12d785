/* `mdmvendor status`: the state of a work folder at a glance, or as JSON. */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/say.h"
#include "cli/status_view.h"
#include "cli/words.h"
#include "flow/flow.h"

/* What stands before the name of a certificate's file: the widest mark, role, date and days. */
#define CERT_COLUMNS 49

/* A reason is said once: with its step, or else among the warnings. */
static bool is_said_with_step(const struct mdm_status *status, const struct mdm_finding *finding)
{
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(status->steps[i].why.text, finding->text) == 0)
            return true;
    }
    return false;
}

static void print_warnings(const struct mdm_status *status)
{
    bool any = false;

    for (size_t i = 0; i < status->warnings.count; i++) {
        const struct mdm_finding *finding = &status->warnings.items[i];

        if (is_said_with_step(status, finding))
            continue;
        if (!any)
            say_result("\nWarnings");
        any = true;
        say_mark(SAY_WARN, "%s", finding->text);
        if (finding->hint != NULL)
            say_result("      %s", finding->hint);
    }
}

static void print_made(const char *const files[])
{
    struct mdm_bytes line = {0};

    for (size_t i = 0; files[i] != NULL; i++)
        (void)mdm_bytes_format(&line, NULL, "%s%s", i == 0 ? "" : ", ", files[i]);
    if (line.size > 0)
        say_result("      %s", (const char *)line.data);
    mdm_bytes_free(&line);
}

static void print_step(const struct mdm_status_step *step)
{
    bool done = step->state == MDM_STEP_DONE;

    say_mark(done ? SAY_PASS : SAY_SKIP, "%d  %-24s  %s%s%s", step->step, step->name, mdm_step_state_name(step->state),
             step->waiting_for != NULL ? " for " : "", step->waiting_for != NULL ? step->waiting_for : "");
    print_made(step->files);
    if (step->why.text[0] != '\0')
        say_result("      %s", step->why.text);
    if (step->why.hint[0] != '\0')
        say_result("      %s", step->why.hint);
}

/* What a person does next. */
static const char *next_words(const struct mdm_status *status)
{
    const struct mdm_status_next *next = &status->next;

    if (next->step != 0 && status->steps[next->step - 1].state == MDM_STEP_BLOCKED)
        return "correct what blocks this step (above), and go on";
    switch (next->action) {
    case MDM_ACTION_VENDOR_KEY:
        return "make the vendor key and CSR";
    case MDM_ACTION_VENDOR_CSR:
        return "make a CSR for the vendor key";
    case MDM_ACTION_RESTORE_VENDOR:
        return "restore the vendor key that Apple's certificate belongs to";
    case MDM_ACTION_AWAIT_VENDOR_CERT:
        return "upload outputs/vendor.csr at developer.apple.com (certificate type \"MDM CSR\"), "
               "put the download into inputs/, and go on";
    case MDM_ACTION_REQUEST:
        return "make the push certificate request";
    case MDM_ACTION_RESTORE_CUSTOMER:
        return "restore the customer key that Apple's certificate belongs to";
    case MDM_ACTION_PFX:
        return "make the pfx for the MDM server";
    case MDM_ACTION_DELIVER:
        return "nothing here; the customer uploads outputs/plist_encode.txt at identity.apple.com/pushcert";
    case MDM_ACTION_RENEW_VENDOR:
        return "get a new vendor certificate, as this one has expired: make a new key and CSR";
    default:
        return "nothing to do now; `mdmvendor renew` begins the yearly renewal";
    }
}

static void print_next(const struct mdm_status *status)
{
    const struct mdm_status_next *next = &status->next;
    char text[4096];

    if (status->practice &&
        (next->action == MDM_ACTION_AWAIT_VENDOR_CERT || next->action == MDM_ACTION_AWAIT_PUSH_CERT)) {
        say_result(
            "\n"
            "Next: nothing, because the practice Apple answers only during a rehearsal; `mdmvendor undo` goes back.");
        return;
    }
    if (next->action == MDM_ACTION_RENEW)
        (void)snprintf(text, sizeof text, "Next: renew the push certificate (press Renew on its row at %s)",
                       status->portal);
    else if (next->action != MDM_ACTION_AWAIT_PUSH_CERT)
        (void)snprintf(text, sizeof text, "Next: %s", next_words(status));
    else if (status->state->request_trouble.code != MDM_OK && !status->customer_only)
        (void)snprintf(text, sizeof text,
                       "Next: do not upload outputs/plist_encode.txt now: %s. If Apple has it already, put the "
                       "download into inputs/; if not, get a new vendor certificate with `mdmvendor 1 --keep-key`",
                       status->state->request_trouble.text);
    else if (status->lacks_csr)
        (void)snprintf(text, sizeof text,
                       "Next: put the certificate of outputs/customer.key into inputs/ (identity.apple.com/pushcert "
                       "offers it for download), and go on");
    else
        (void)snprintf(text, sizeof text, "Next: %s at %s, press %s%.512s%s, put the download into inputs/, and go on",
                       status->customer_only ? "have the vendor sign outputs/customer.csr, upload the signed request"
                                             : "upload outputs/plist_encode.txt",
                       status->portal, status->row != NULL ? "Renew on the row '" : "\"Create a Certificate\"",
                       status->row != NULL ? status->row : "", status->row != NULL ? "'" : "");
    say_result("\n%s%s", text, next->command != NULL ? ":" : ".");
    if (next->command != NULL)
        say_result("    %s", next->command);
}

static void days_words(const struct mdm_status_cert *entry, mdm_time at, char *out, size_t size)
{
    if (entry->days_left < 0)
        (void)snprintf(out, size, "expired");
    else if (at < mdm_cert_facts(entry->cert)->not_before)
        (void)snprintf(out, size, "not yet valid");
    else if (entry->days_left == 0)
        (void)snprintf(out, size, "less than a day");
    else
        (void)snprintf(out, size, "%ld day%s left", entry->days_left, entry->days_left == 1 ? "" : "s");
}

static enum say_mark cert_mark(const struct status_view *view, const struct mdm_status_cert *entry)
{
    static const enum say_mark marks[] = {
        [STATUS_VALID] = SAY_PASS,
        [STATUS_EXPIRING] = SAY_WARN,
        [STATUS_EXPIRED] = SAY_FAIL,
        [STATUS_NOT_YET_VALID] = SAY_FAIL,
    };

    return entry->in_use ? marks[status_life(view, entry)] : SAY_SKIP;
}

static void print_cert(const struct status_view *view, const struct mdm_status_cert *entry)
{
    const char *trust = view->options->ca_file != NULL ? "from --ca-file"
                        : view->status.practice        ? MDM_NAME_PRACTICE_CA
                                                       : "built in";
    const char *place = entry->path != NULL ? entry->path : trust;
    const bool fits = CERT_COLUMNS + wrap_columns(place, strlen(place)) <= say_page_width();
    const bool is_unused = !entry->in_use && !view->files;
    const struct mdm_cert_facts *facts = mdm_cert_facts(entry->cert);
    const bool is_ca = facts->kind == MDM_CERT_INTERMEDIATE || facts->kind == MDM_CERT_ROOT;
    char day[MDM_TIME_TEXT_MAX];
    char days[48];

    mdm_time_format_day(facts->not_after, day);
    days_words(entry, view->at, days, sizeof days);
    if (fits)
        say_mark(cert_mark(view, entry), "%-12s  %s  %-15s  %s", entry->role, day, days, place);
    else
        say_mark(cert_mark(view, entry), "%-12s  %s  %s", entry->role, day, days);
    if (is_ca && fits && cert_mark(view, entry) == SAY_PASS)
        return; /* nobody has to know more of it */
    say_result("      %s%s%s%s", facts->common_name, is_unused ? " (not in use)" : "",
               fits                  ? ""
               : entry->path != NULL ? " in "
                                     : ", ",
               fits ? "" : place);
}

static void print_folder(const struct status_view *view)
{
    const struct mdm_status *status = &view->status;
    char folder[PATH_MAX];

    say_result("Work folder: %s\n\n", words_path(status->directory, "", folder));
    for (size_t i = 0; i < 3; i++)
        print_step(&status->steps[i]);
    print_next(status);
    if (status->certificate_count > 0)
        say_result("\nCertificates and expiry dates");
    for (size_t i = 0; i < status->certificate_count; i++)
        print_cert(view, &status->certificates[i]);
    if (status->topic != NULL)
        say_result("\nTopic ID: %s", status->topic);
    if (status->account != NULL)
        say_result("%sApple account: %s", status->topic != NULL ? "" : "\n", status->account);
    print_warnings(status);
}

static void print_files(const struct status_view *view)
{
    for (size_t i = 0; i < view->status.certificate_count; i++) {
        const struct mdm_status_cert *entry = &view->status.certificates[i];
        const char *topic = mdm_cert_facts(entry->cert)->topic;

        print_cert(view, entry);
        if (topic != NULL)
            say_result("      Topic ID: %s", topic);
        if (entry->in_use)
            say_result("      %s%s",
                       view->keys[i] != NULL ? "Private key: " : "Its private key is in none of these files",
                       view->keys[i] != NULL ? view->keys[i] : "");
    }
}

/* Text: the whole page; with -q the most urgent line. */
static void print_text(const struct status_view *view)
{
    if (say_is_quiet()) {
        status_print_line(view);
        return;
    }
    say_page();
    if (view->files)
        print_files(view);
    else
        print_folder(view);
}

static int write_form(const struct status_view *view, struct mdm_bytes *out, struct mdm_error *err)
{
    switch (view->options->format) {
    case MDM_FORMAT_JSON:
        return status_json(view, NULL, out, err);
    case MDM_FORMAT_PROMETHEUS:
        return status_prometheus(view, out, err);
    case MDM_FORMAT_ICS:
        return status_ics(view, out, err);
    default:
        return 0;
    }
}

/* prometheus and ics are complete or not; what they say is for others to judge. */
static int exit_status(const struct status_view *view)
{
    const int expired = mdm_error_status(&(const struct mdm_error){.code = MDM_E_EXPIRED});

    if (view->options->format == MDM_FORMAT_PROMETHEUS || view->options->format == MDM_FORMAT_ICS)
        return view->exit_code;
    return view->status.expiring ? expired : view->exit_code;
}

int cmd_status(const struct mdm_options *options, struct mdm_session *session)
{
    struct status_view view = {0};
    struct mdm_bytes text = {0};
    struct mdm_error err = {0};
    int result;

    if ((options->operand_count > 0 ? status_read_files : status_read)(options, session, &view, &err) != 0 ||
        write_form(&view, &text, &err) != 0) {
        result = cmd_fail(options, &err);
    } else if (options->format == MDM_FORMAT_NAGIOS) {
        result = status_print_nagios(&view);
    } else {
        if (options->format == MDM_FORMAT_TEXT)
            print_text(&view);
        say_result_bytes(text.data, text.size);
        result = exit_status(&view);
    }
    mdm_bytes_free(&text);
    status_view_free(&view);
    return result;
}
