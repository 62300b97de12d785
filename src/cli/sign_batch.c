/* `mdmvendor sign` of many CSRs: see sign_batch.h. */
#include "cli/sign_batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/path_list.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "flow/batch.h"
#include "pki/pem.h"
#include "store/file.h"

/* Seconds between two updates of the line at a terminal, and between two lines without one. */
#define LIVE_EVERY 0.2
#define LINE_EVERY 10.0

struct sign_batch {
    const struct mdm_options *options;
    const struct mdm_callbacks *callbacks;
    const struct mdm_signer *signer;
    const char *directory;
    struct path_list *list; /* NULL: the operands */
    size_t next_operand;
    uintmax_t done, made, present, failed;
    bool any_unreadable;
    bool is_terminal;
    double began, said; /* seconds */
};

static void write_record(struct json *json, const struct sign_record *record, const char *serial, mdm_time now)
{
    char digest[MDM_SHA256_TEXT];
    struct mdm_bytes file = {0};
    bool known = record->request != NULL && mdm_path_read(record->request, MDM_FILE_LIMIT, &file, NULL, NULL) == 0 &&
                 mdm_sha256_text(file.data, file.size, digest, NULL) == 0;

    json_object(json, NULL);
    json_integer(json, "schema", 1);
    json_string(json, "csr", record->csr);
    json_string(json, "csr_sha256", record->csr_sha256);
    json_string(json, "subject", record->subject);
    json_string(json, "request", record->request);
    json_string(json, "request_sha256", known ? digest : NULL);
    json_string(json, "vendor_serial", serial);
    json_time(json, "time", now);
    json_bool(json, "ok", record->error == NULL);
    json_string(json, "error", record->error != NULL ? record->error->text : NULL);
    mdm_bytes_free(&file);
}

void sign_record_print(const struct sign_record *record, const struct mdm_signer *signer,
                       const struct mdm_callbacks *callbacks)
{
    struct mdm_bytes line = {0};
    struct json json;

    json_begin(&json, &line);
    json.one_line = true;
    write_record(&json, record, mdm_cert_facts(mdm_signer_chain(signer)->items[0])->serial,
                 callbacks->now(callbacks->ctx));
    if (json_end(&json, NULL) == 0)
        say_result_bytes(line.data, line.size);
    mdm_bytes_free(&line);
}

static double seconds(void)
{
    struct timespec time = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static enum mdm_batch_next next_path(void *self, bool wait, const char **path, struct mdm_error *err)
{
    struct sign_batch *batch = self;

    if (batch->list != NULL)
        return path_list_next(batch->list, wait, path, err);
    if (batch->next_operand == batch->options->operand_count)
        return MDM_BATCH_END;
    *path = batch->options->operands[batch->next_operand++];
    return MDM_BATCH_PATH;
}

/* How much is done, 0 to 1; negative when nobody knows. */
static double share_done(const struct sign_batch *batch)
{
    if (batch->list != NULL)
        return path_list_share(batch->list);
    return (double)batch->done / (double)batch->options->operand_count;
}

static void show_progress(struct sign_batch *batch)
{
    double now = seconds(), passed = now - batch->began, share = share_done(batch);
    char left[64] = "";

    if (now - batch->said < (batch->is_terminal ? LIVE_EVERY : LINE_EVERY) || passed <= 0)
        return;
    batch->said = now;
    if (share > 0)
        (void)snprintf(left, sizeof left, ", about %.0f s left", passed * (1 - share) / share);
    if (batch->is_terminal)
        say_live("%ju done, %.0f/s%s", batch->done, (double)batch->done / passed, left);
    else
        say_note("%ju done, %.0f/s%s", batch->done, (double)batch->done / passed, left);
}

/* One line: the hints of a thousand bad files help nobody. */
static void say_skipped(struct sign_batch *batch, const struct mdm_error *why)
{
    say_warning("%s; it is skipped", why->text);
    batch->failed++;
    batch->any_unreadable = batch->any_unreadable || why->code != MDM_E_REFUSED;
}

/* --json */
static void print_record(const struct sign_batch *batch, const struct mdm_batch_result *result)
{
    struct mdm_bytes path = {0};
    struct sign_record record = {
        .csr = result->input,
        .csr_sha256 = result->csr_sha256,
        .subject = result->subject,
        .error = result->error,
    };

    if (result->outcome != MDM_BATCH_FAILED && mdm_bytes_append_text(&path, batch->directory, NULL) == 0 &&
        mdm_bytes_append_text(&path, "/", NULL) == 0 && mdm_bytes_append_text(&path, result->output, NULL) == 0)
        record.request = (const char *)path.data;
    sign_record_print(&record, batch->signer, batch->callbacks);
    mdm_bytes_free(&path);
}

static void report(void *self, const struct mdm_batch_result *result)
{
    struct sign_batch *batch = self;

    batch->done++;
    if (result->holds_key)
        say_warning(MDM_KEY_SENT_ALONG, result->input);
    switch (result->outcome) {
    case MDM_BATCH_SIGNED:
        batch->made++;
        if (result->number > 1)
            say_note("the request for '%s' is '%s': the name without a number belongs to another CSR", result->input,
                     result->output);
        break;
    case MDM_BATCH_PRESENT:
        batch->present++;
        break;
    case MDM_BATCH_FAILED:
        say_skipped(batch, result->error);
        break;
    }
    if (batch->options->json)
        print_record(batch, result);
    show_progress(batch);
}

static bool is_stopped(void *self)
{
    (void)self;
    return signals_caught() != 0;
}

static mdm_time now(void *self)
{
    const struct sign_batch *batch = self;

    return batch->callbacks->now(batch->callbacks->ctx);
}

static void say_summary(const struct sign_batch *batch)
{
    char present[64] = "", failed[64] = "";

    say_live_end();
    if (batch->present > 0)
        (void)snprintf(present, sizeof present, ", %ju already there", batch->present);
    if (batch->failed > 0)
        (void)snprintf(failed, sizeof failed, ", %ju failed", batch->failed);
    say_note("%ju signed%s%s; the requests are in '%s'", batch->made, present, failed, batch->directory);
}

/* Malformed input weighs more than what is refused. */
static int say_failed(const struct sign_batch *batch)
{
    struct mdm_error err = {0};

    (void)mdm_error_set(&err, batch->any_unreadable ? MDM_E_FAILED : MDM_E_REFUSED,
                        "%ju of %ju requests could not be made", batch->failed, batch->done);
    (void)mdm_error_hint(
        &err, "The warnings above say why. Correct that and run the same command again: it signs what is missing.");
    return say_error(&err);
}

static unsigned job_count(const struct mdm_options *options)
{
    long processors;

    if (options->jobs > 0)
        return (unsigned)options->jobs;
    processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors > 0 ? (unsigned)processors : 1;
}

int sign_batch(const struct mdm_options *options, struct mdm_session *session, const struct mdm_signer *signer,
               const char *directory)
{
    struct sign_batch batch = {.options = options,
                               .callbacks = &session->callbacks,
                               .signer = signer,
                               .directory = directory,
                               .is_terminal = isatty(STDERR_FILENO) == 1,
                               .began = seconds()};
    struct mdm_batch_ends ends = {
        .self = &batch, .next = next_path, .report = report, .stop = is_stopped, .now = now, .record = options->json};
    struct mdm_error err = {0};
    int status = -1;

    batch.said = batch.began;
    if (options->from != NULL)
        batch.list = path_list_open(options->from, &err);
    if (options->from == NULL || batch.list != NULL)
        status = mdm_batch_sign(signer, directory, job_count(options), &ends, &err);
    path_list_close(&batch.list);
    if (status == 0 || batch.done > 0)
        say_summary(&batch);
    if (status == 0)
        status = signals_check(&err);
    if (status != 0)
        return say_error(&err);
    return batch.failed > 0 ? say_failed(&batch) : 0;
}
