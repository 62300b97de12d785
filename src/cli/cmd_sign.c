/* `mdmvendor sign`: customers' own CSRs, one or many. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/json.h"
#include "cli/say.h"
#include "cli/tty.h"
#include "flow/batch.h"
#include "pki/pem.h"
#include "store/file.h"
#include "store/workspace.h"

#define BUFFER 65536u /* what a pipe holds, and room for a path of any length that systems take */

/* --from: a list of paths in a file or pipe, one a line or NUL-separated. What it has is read and signed, then what it
 * has then: a list that comes slowly is not waited for with CSRs at hand. */
struct path_list {
    const char *name; /* "-" is standard input */
    int fd;
    bool begun; /* a path was handed out */
    bool ended;
    char separator;
    size_t begin, end; /* the rest of the buffer */
    char buffer[BUFFER + 1];
};

/* Waits for more, and reads it into the buffer. With a NUL in what is read first, the list is NUL-separated, and its
 * paths may hold newlines. */
static int path_list_read(struct path_list *list, struct mdm_error *err)
{
    const size_t kept = list->end - list->begin;

    if (kept >= BUFFER)
        return mdm_error_set(err, MDM_E_FAILED,
                             "the list '%s' has a line of more than %u bytes" MDM_HINT
                             "It must hold the paths of CSRs, one a line or NUL-separated, not the CSRs.",
                             list->name, BUFFER);
    (void)memmove(list->buffer, list->buffer + list->begin, kept);
    list->begin = 0;
    list->end = kept;
    ssize_t n = signals_wait(list->fd, NULL);
    if (n > 0)
        n = read(list->fd, list->buffer + kept, BUFFER - kept);
    else if (signals_caught() != 0)
        return 0;
    if (n < 0)
        return errno == EINTR ? 0 : mdm_error_system(err, errno, "the list '%s' cannot be read", list->name);
    list->end += (size_t)n;
    if (!list->begun) {
        if (mdm_text_is_utf16(list->buffer, list->end))
            return mdm_error_set(err, MDM_E_FAILED,
                                 "the list '%s' is UTF-16 text" MDM_HINT
                                 "Save it as UTF-8, or convert it: iconv -f UTF-16 -t UTF-8 LIST >NEW-LIST",
                                 list->name);
        list->begin = mdm_text_mark(list->buffer, list->end);
        list->separator = memchr(list->buffer, '\0', list->end) != NULL ? '\0' : '\n';
    }
    list->ended = n == 0;
    if (list->ended) /* nothing need follow the last path */
        list->buffer[list->end++] = list->separator;
    return 0;
}

/* The next path of what was read; NULL: read more. Empty lines and the CR of CRLF are skipped. */
static const char *path_list_next(struct path_list *list)
{
    for (;;) {
        char *const front = list->buffer + list->begin;
        char *const end = memchr(front, list->separator, list->end - list->begin);

        if (end == NULL)
            return NULL;
        list->begin += (size_t)(end - front) + 1;
        list->begun = true;
        *end = '\0';
        if (list->separator != '\0' && end > front && end[-1] == '\r')
            end[-1] = '\0';
        if (front[0] != '\0')
            return front;
    }
}

/* Seconds between two updates of the line at a terminal, and between two lines without one. */
#define LIVE_EVERY 0.2
#define LINE_EVERY 10.0

struct sign_batch {
    const struct mdm_signer *signer;
    const char *directory;
    struct mdm_batch *batch;
    struct path_list list;     /* its name is NULL: the operands */
    uintmax_t handed;          /* paths, to the batch */
    uintmax_t done, counts[3]; /* by enum mdm_batch_outcome */
    bool any_unreadable;
    bool is_terminal;
    double began, chunk_began, said; /* seconds */
};

/* --json: one line about one CSR. `request`: the file with its request, or NULL. */
static void print_record(const struct mdm_signer *signer, const struct mdm_batch_result *result, const char *request)
{
    char digest[MDM_SHA256_TEXT];
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes file = {0};
    struct mdm_bytes line = {0};
    const bool known = request != NULL && mdm_path_read(request, MDM_PATH_ANY, &file, NULL, NULL) == 0 &&
                       mdm_sha256_text(file.data, file.size, digest, NULL) == 0;
    struct json json = {.out = &line, .one_line = true};

    json_open(&json, NULL, "{}");
    json_integer(&json, "schema", 1);
    json_string(&json, "csr", result->input);
    json_string(&json, "csr_sha256", result->csr_sha256[0] != '\0' ? result->csr_sha256 : NULL);
    json_string(&json, "subject", result->subject);
    json_string(&json, "request", request);
    json_string(&json, "request_sha256", known ? digest : NULL);
    json_string(&json, "vendor_serial", mdm_cert_facts(mdm_signer_chain(signer)->items[0])->serial);
    json_string(&json, "time", mdm_time_format(cmd_time()).text);
    json_bool(&json, "ok", result->error == NULL);
    json_string(&json, "error", result->error != NULL ? result->error->text : NULL);
    json_print(&json);
}

static void show_progress(struct sign_batch *batch)
{
    const double now = cmd_seconds();

    if (now - batch->said < (batch->is_terminal ? LIVE_EVERY : LINE_EVERY))
        return;
    batch->said = now;
    const double rate = (double)batch->done / (now - batch->began);
    if (!say_live("%ju done, %.0f/s", batch->done, rate) && !batch->is_terminal)
        say(SAY_NOTE, "%ju done, %.0f/s", batch->done, rate);
}

static void report(void *ctx, const struct mdm_batch_result *result)
{
    struct sign_batch *batch = ctx;
    const bool failed = result->outcome == MDM_BATCH_FAILED;
    char path[CMD_PATH_MAX];

    batch->done++;
    batch->counts[result->outcome]++;
    if (result->holds_key)
        say(SAY_WARNING, MDM_KEY_SENT_ALONG, result->input);
    if (result->outcome == MDM_BATCH_SIGNED && result->number > 1)
        say(SAY_NOTE, "the request for '%s' is '%s': the name without a number belongs to another CSR", result->input,
            result->output);
    if (failed) { /* without its hint: there may be a thousand of them */
        say(SAY_WARNING, "%s; it is skipped", result->error->text);
        batch->any_unreadable = batch->any_unreadable || result->error->code != MDM_E_REFUSED;
    }
    (void)snprintf(path, sizeof path, "%s/%s", batch->directory, result->output);
    if (opt->format == MDM_FORMAT_JSON)
        print_record(batch->signer, result, failed ? NULL : path);
    show_progress(batch);
}

/* What is begun is finished; after a second it is reported, so that a slow key is heard of soon. */
static bool is_enough(void *ctx)
{
    const struct sign_batch *batch = ctx;

    return signals_caught() != 0 || cmd_seconds() > batch->chunk_began + 1;
}

/* Signs the CSRs that wait, unless a signal ends it. */
static int sign_waiting(struct sign_batch *batch, struct mdm_error *err)
{
    int result = 0;

    while (result == 0 && batch->handed > batch->done && signals_caught() == 0) {
        batch->chunk_began = cmd_seconds();
        result = mdm_batch_sign(batch->batch, err);
    }
    return result;
}

static int hand_over(struct sign_batch *batch, const char *path, struct mdm_error *err)
{
    if (batch->handed - batch->done == MDM_BATCH_MAX && sign_waiting(batch, err) != 0)
        return -1;
    if (signals_caught() != 0)
        return 0;
    batch->handed++;
    mdm_batch_add(batch->batch, path);
    return 0;
}

/* Signs the CSRs of --from as they come. */
static int sign_list(struct sign_batch *batch, struct mdm_error *err)
{
    struct path_list *list = &batch->list;
    int result = 0;

    do /* waits until somebody writes to a pipe */
        list->fd = opt_is_dash(list->name) ? STDIN_FILENO : open(list->name, O_RDONLY | O_CLOEXEC);
    while (list->fd < 0 && errno == EINTR && signals_caught() == 0);
    if (list->fd < 0)
        return signals_check(err) != 0
                   ? -1
                   : mdm_error_system(err, errno,
                                      "the list '%s' cannot be read" MDM_HINT
                                      "Name a file that holds the CSRs' paths, one a line; `-` is standard input.",
                                      list->name);
    while (result == 0 && !list->ended && signals_caught() == 0) {
        result = path_list_read(list, err);
        for (const char *path; result == 0 && (path = path_list_next(list)) != NULL;)
            result = hand_over(batch, path, err);
        if (result == 0)
            result = sign_waiting(batch, err);
    }
    if (list->fd > STDIN_FILENO)
        (void)close(list->fd);
    return result;
}

/* Signs the operands, or the paths of --from, into --output-dir, which is made when missing, or into the work folder's
 * outputs/, with the folder locked. Returns the exit status. */
static int sign_many(const struct mdm_signer *signer, struct mdm_error *err)
{
    MDM_OWNED(mdm_dir_close) struct mdm_dir *made = NULL;
    MDM_OWNED(mdm_workspace_close) struct mdm_workspace *workspace = NULL;
    char outputs[CMD_PATH_MAX], present[64] = "", failed[64] = "";
    struct sign_batch batch = {
        .signer = signer,
        .directory = opt->output_dir != NULL ? opt->output_dir : outputs,
        .list.name = opt->from,
        .is_terminal = isatty(STDERR_FILENO) == 1,
        .began = cmd_seconds(),
    };
    const uintmax_t *counts = batch.counts;
    const long jobs = opt->jobs > 0 ? opt->jobs : sysconf(_SC_NPROCESSORS_ONLN);
    const struct mdm_batch_caller caller = {
        .ctx = &batch, .report = report, .enough = is_enough, .jobs = jobs > 0 ? (unsigned)jobs : 1};

    (void)snprintf(outputs, sizeof outputs, "%s/outputs", opt->flow.directory);
    batch.said = batch.began;
    if (opt->output_dir != NULL)
        (void)mdm_dir_sub_make(NULL, opt->output_dir, &made, err);
    else
        workspace = mdm_workspace_open(opt->flow.directory, MDM_WORKSPACE_WORK, err);
    if (err->code != MDM_OK)
        return -1;
    batch.batch = mdm_batch_new(signer, batch.directory, &caller, err);
    for (size_t i = 0; err->code == MDM_OK && i < opt->flow.file_count; i++)
        (void)hand_over(&batch, opt->flow.files[i], err);
    if (err->code == MDM_OK)
        (void)(opt->from != NULL ? sign_list : sign_waiting)(&batch, err);
    mdm_batch_free(&batch.batch);
    if (counts[MDM_BATCH_PRESENT] > 0)
        (void)snprintf(present, sizeof present, ", %ju already there", counts[MDM_BATCH_PRESENT]);
    if (counts[MDM_BATCH_FAILED] > 0)
        (void)snprintf(failed, sizeof failed, ", %ju failed", counts[MDM_BATCH_FAILED]);
    say_live_end();
    if (err->code == MDM_OK || batch.done > 0)
        say(SAY_NOTE, "%ju signed%s%s; the requests are in '%s'", counts[MDM_BATCH_SIGNED], present, failed,
            batch.directory);
    if (err->code != MDM_OK || signals_check(err) != 0)
        return -1;
    if (counts[MDM_BATCH_FAILED] == 0)
        return 0;
    /* A CSR that cannot be read counts for more than a refused one. */
    mdm_error_set(err, batch.any_unreadable ? MDM_E_FAILED : MDM_E_REFUSED,
                  "%ju of %ju requests could not be made" MDM_HINT
                  "The warnings above say why. Correct that and run the same command again: it signs what is missing.",
                  counts[MDM_BATCH_FAILED], batch.done);
    return say_error(err);
}

/* Signs one CSR into a file, unless its request is there already, or into standard output. */
static int make_request(const struct mdm_signer *signer, const struct mdm_csr *csr, const char *shown,
                        const char *output, struct mdm_error *err)
{
    const bool is_file = !opt_is_dash(output);
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes file = {0};
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes request = {0};
    MDM_OWNED(mdm_request_free) struct mdm_request old = {0};

    if (is_file)
        mdm_path_sweep(output);
    if (is_file && mdm_path_read(output, MDM_PATH_REGULAR, &file, NULL, NULL) == 0 &&
        mdm_request_read(&file, &old, NULL) == 0 && mdm_signer_made(signer, &old, csr)) {
        say(SAY_NOTE, "'%s' is the request for '%s' already: nothing to do", output, shown);
        return 0;
    }
    if (mdm_signer_sign(signer, csr, shown, &request, err) != 0)
        return -1;
    if (!is_file)
        say_result_bytes(request.data, request.size);
    else if (mdm_path_write(output, &request, MDM_MODE_PUBLIC, MDM_FILE_NEW, err) != 0)
        return -1;
    else
        say(SAY_NOTE, "the request for '%s' is '%s'", shown, output);
    return 0;
}

static int sign_one(const struct mdm_signer *signer, struct mdm_error *err)
{
    const char *path = opt->flow.files[0], *output = opt->output != NULL ? opt->output : "-";
    const char *shown = opt_is_dash(path) ? "standard input" : path;
    struct mdm_batch_result record = {.input = path, .error = err};
    MDM_OWNED(mdm_csr_free)
    struct mdm_csr *csr = mdm_batch_read(shown, opt_is_dash(path) ? MDM_PATH_STDIN : MDM_PATH_ANY, &record, err);

    if (record.holds_key)
        say(SAY_WARNING, MDM_KEY_SENT_ALONG, shown);
    if (csr != NULL && make_request(signer, csr, shown, output, err) == 0)
        record.error = NULL;
    if (opt->format == MDM_FORMAT_JSON)
        print_record(signer, &record, record.error == NULL ? output : NULL);
    free(record.subject);
    return record.error == NULL ? 0 : say_error(err);
}

static int check_use(bool is_one, struct mdm_error *err)
{
    MDM_OWNED(mdm_dir_close) struct mdm_dir *root = NULL;
    MDM_OWNED(mdm_dir_close) struct mdm_dir *outputs = NULL;
    bool has_dash = false;

    for (size_t i = 0; i < opt->flow.file_count; i++)
        has_dash |= opt_is_dash(opt->flow.files[i]);
    const struct {
        bool holds;
        const char *what, *hint;
    } mistakes[] = {
        {opt->flow.file_count == 0 && opt->from == NULL, "sign needs a CSR",
         "Name one or more files, `-` for standard input, or --from LIST."},
        {opt->flow.file_count > 0 && opt->from != NULL, "the CSRs are named both on the command line and by --from",
         "Put all of them into the list, or all on the command line."},
        {opt->output != NULL && opt->output_dir != NULL, "--output and --output-dir cannot be combined",
         "Use -o FILE for one request and --output-dir DIR for many."},
        {opt->output != NULL && opt->flow.file_count != 1, "-o FILE takes one request, and there is more than one CSR",
         "Use --output-dir DIR for many."},
        {opt->format == MDM_FORMAT_JSON && is_one && (opt->output == NULL || opt_is_dash(opt->output)),
         "the request and the record of --json cannot both go to standard output", "Give -o FILE for the request."},
        {has_dash && (opt->flow.file_count > 1 || opt->output_dir != NULL),
         "the CSR on standard input has no name to name its request after",
         "Sign it alone: `mdmvendor sign - -o FILE`."},
    };

    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++)
        if (mistakes[i].holds)
            return mdm_error_set(err, MDM_E_USAGE, "%s" MDM_HINT "%s", mistakes[i].what, mistakes[i].hint);
    if (is_one || opt->output_dir != NULL)
        return 0;
    /* Requests go into outputs/, which must exist. */
    root = mdm_dir_open(opt->flow.directory, err);
    if (root == NULL || mdm_dir_sub(root, "outputs", &outputs, err) < 0)
        return -1;
    if (outputs == NULL)
        return mdm_error_set(err, MDM_E_USAGE,
                             "it is not said where the requests go, and there is no outputs/ here" MDM_HINT
                             "Give -o FILE (`-o -` for standard output) for one CSR, or --output-dir DIR.");
    return 0;
}

int cmd_sign(struct mdm_session *session, struct mdm_error *err)
{
    const bool is_one = opt->output != NULL || (opt->flow.file_count == 1 && opt_is_dash(opt->flow.files[0]));
    MDM_OWNED(mdm_signer_free) struct mdm_signer *signer = NULL;

    if (check_use(is_one, err) == 0)
        signer = mdm_vendor_signer(&opt->flow, &session->callbacks, err);
    if (signer == NULL)
        return -1;
    return (is_one ? sign_one : sign_many)(signer, err);
}
