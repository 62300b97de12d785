/* mdmvendor verify [FILE...]: judges push certificate requests as Apple's portal would. */
#include <string.h>

#include "cli/cmd.h"
#include "cli/json.h"
#include "cli/say.h"
#include "cli/tty.h"
#include "pki/request.h"
#include "store/file.h"
#include "store/workspace.h"

/* What files are judged by, and the outcome so far. */
struct verification {
    struct mdm_session *session;
    const struct mdm_dir *outputs; /* the work folder's, or NULL */
    const struct mdm_csr *csr;     /* in it, or NULL */
    struct json json;
    int status; /* the greatest so far: refused (5) or expired (6) counts for more than unreadable (1) */
};

static const struct {
    const char *level; /* in JSON */
    enum say_kind mark;
} verdicts[] = {
    [MDM_PASS] = {"pass", SAY_PASS},
    [MDM_FAIL] = {"fail", SAY_FAIL},
    [MDM_WARN] = {"warn", SAY_WARN},
    [MDM_SKIPPED] = {"skipped", SAY_SKIP},
};

/* `unread`: why the file could not be read, or no error. */
static void write_report(struct json *json, const char *file, const struct mdm_report *report,
                         const struct mdm_error *unread)
{
    json_open(json, NULL, "{}");
    json_integer(json, "schema", 1);
    json_string(json, "file", file);
    json_bool(json, "ok", report->code == MDM_OK);
    json_open(json, "checks", "[]");
    for (size_t i = 0; i < report->count; i++) {
        const struct mdm_check *check = &report->items[i];

        json_open(json, NULL, "{}");
        json_string(json, "name", check->name);
        json_bool(json, "ok", check->verdict == MDM_PASS || check->verdict == MDM_WARN);
        json_string(json, "level", verdicts[check->verdict].level);
        json_string(json, "detail", check->detail);
        json_string(json, "hint", check->hint);
        json_close(json);
    }
    json_close(json);
    if (unread->code != MDM_OK)
        cmd_write_error(json, unread);
    json_close(json);
}

static void print_report(const char *file, const struct mdm_report *report, bool practice)
{
    const char *verdict = report->code == MDM_OK && practice
                              ? "the practice Apple accepts it; Apple's portal would refuse it"
                          : report->code == MDM_OK        ? "Apple's portal should accept it"
                          : report->code == MDM_E_EXPIRED ? "Apple's portal would refuse it: a certificate is expired"
                                                          : "Apple's portal would refuse it";

    for (size_t i = 0; i < report->count && !opt->quiet; i++) {
        const struct mdm_check *check = &report->items[i];

        say(verdicts[check->verdict].mark, "%s: %s", check->name, check->detail);
        if (check->hint != NULL)
            say(SAY_RESULT, "  hint: %s", check->hint);
    }
    say(SAY_RESULT, "%s: %s", file, verdict);
}

/* Reads a file in outputs/. Unlike a file that is named, it may be somebody's link or pipe: that is neither followed
 * nor waited for. */
static enum mdm_file_outcome read_own(const struct mdm_dir *outputs, const char *name, struct mdm_bytes *bytes,
                                      struct mdm_error *err)
{
    struct mdm_file_info info = {.words = "is not there"};
    const enum mdm_file_outcome outcome =
        outputs != NULL ? mdm_file_read(outputs, name, bytes, &info) : MDM_FILE_ABSENT;

    if (outcome != MDM_FILE_READ)
        mdm_error_set(err, MDM_E_FAILED, "'outputs/%s' %s", name, info.words);
    return outcome;
}

static int add_check(struct mdm_report *report, const char *name, enum mdm_verdict verdict, const char *detail,
                     struct mdm_error *err)
{
    struct mdm_check *check = &report->items[report->count];

    *check = (struct mdm_check){name, verdict, strdup(detail), NULL};
    if (check->detail == NULL)
        return mdm_error_memory(err);
    report->count++;
    return 0;
}

/* Without a file: the folder's own request. One that cannot be read has failed one check. */
static int verify_file(struct verification *all, const char *file, struct mdm_error *err)
{
    const struct mdm_trust *trust = cmd_trust(all->session, file, err);
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes bytes = {0};
    MDM_OWNED(mdm_report_free) struct mdm_report report = {0};
    struct mdm_error unread = {0};
    char path[CMD_PATH_MAX];
    int result;

    if (trust == NULL)
        return -1;
    if (file != NULL) {
        (void)mdm_path_read(file, MDM_PATH_ANY, &bytes, NULL, &unread);
    } else {
        (void)read_own(all->outputs, MDM_NAME_REQUEST, &bytes, &unread);
        file = cmd_path(opt->flow.directory, "outputs/" MDM_NAME_REQUEST, path);
    }
    if (unread.code == MDM_E_INTERRUPTED)
        return mdm_error_copy(err, &unread);
    mdm_error_hint(&unread, "What is checked is the request for identity.apple.com/pushcert. Step 2 makes it, or your "
                            "vendor does: `mdmvendor verify FILE`.");
    report.code = unread.code != MDM_OK ? MDM_E_FAILED : MDM_OK;
    if (unread.code != MDM_OK)
        result = add_check(&report, "file", MDM_FAIL, unread.text, err);
    else
        result = mdm_request_verify(&bytes, trust, cmd_time(), &report, err);
    /* Whether Apple's certificate will match the key here is no reason to refuse it: Apple does not care. */
    if (result == 0 && all->csr != NULL && report.csr != NULL)
        result =
            mdm_key_id_equal(&mdm_csr_facts(report.csr)->key_id, &mdm_csr_facts(all->csr)->key_id)
                ? add_check(&report, "this folder", MDM_PASS, "it was made for the key of outputs/customer.csr", err)
                : add_check(&report, "this folder", MDM_WARN,
                            "it was not made for outputs/customer.csr: the certificate would not match the key here",
                            err);
    if (result != 0)
        return -1;
    const int status = say_status(&(const struct mdm_error){.code = report.code});
    if (status > all->status)
        all->status = status;
    if (opt->format == MDM_FORMAT_JSON)
        write_report(&all->json, file, &report, &unread);
    else if (unread.code != MDM_OK)
        (void)say_error(&unread);
    else
        print_report(file, &report, trust == all->session->trust[true]);
    return 0;
}

int cmd_verify(struct mdm_session *session, struct mdm_error *err)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes out = {0};
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes file = {0};
    MDM_OWNED(mdm_dir_close) struct mdm_dir *root = mdm_dir_open(opt->flow.directory, err);
    MDM_OWNED(mdm_dir_close) struct mdm_dir *outputs = NULL;
    MDM_OWNED(mdm_csr_free) struct mdm_csr *csr = NULL; /* the folder's own */
    struct mdm_error why = {0};
    size_t i = 0;

    if (root == NULL || mdm_dir_sub(root, MDM_FOLDER_OUTPUTS, &outputs, err) < 0)
        return -1;
    const enum mdm_file_outcome outcome = read_own(outputs, MDM_NAME_CUSTOMER_CSR, &file, &why);
    if (outcome == MDM_FILE_READ)
        csr = mdm_csr_from_bytes(&file, "outputs/" MDM_NAME_CUSTOMER_CSR, err);
    else if (outcome != MDM_FILE_ABSENT)
        mdm_error_copy(err, &why);
    struct verification all = {.session = session, .outputs = outputs, .csr = csr, .json.out = &out};
    if (opt->flow.file_count > 1)
        json_open(&all.json, NULL, "[]");
    do {
        if (i > 0 && opt->format != MDM_FORMAT_JSON && !opt->quiet)
            say(SAY_RESULT, "%s", "");
        if (err->code != MDM_OK || signals_check(err) != 0 ||
            verify_file(&all, opt->flow.file_count > 0 ? opt->flow.files[i] : NULL, err) != 0)
            return -1;
    } while (++i < opt->flow.file_count);
    if (opt->format == MDM_FORMAT_JSON)
        json_print(&all.json);
    return all.status;
}
