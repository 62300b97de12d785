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
    const struct mdm_options *options;
    const struct mdm_dir *outputs; /* the work folder's, or NULL */
    const struct mdm_csr *csr;     /* in it, or NULL */
    struct json json;
    int status; /* the greatest so far: refused (5) or expired (6) counts for more than unreadable (1) */
};

/* What comes of a file counts for the exit status, and is a member of the JSON. `unread`: why it could not be read, or
 * NULL. */
static void add_report(struct verification *all, const char *file, const struct mdm_report *report,
                       const struct mdm_error *unread)
{
    static const char *const levels[] = {
        [MDM_PASS] = "pass", [MDM_FAIL] = "fail", [MDM_WARN] = "warn", [MDM_SKIPPED] = "skipped"};
    const int status = mdm_error_status(&(const struct mdm_error){.code = report->code});
    struct json *json = &all->json;

    if (status > all->status)
        all->status = status;
    if (!all->options->json)
        return;
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
        json_string(json, "level", levels[check->verdict]);
        json_string(json, "detail", check->detail);
        json_string(json, "hint", check->hint);
        json_close(json);
    }
    json_close(json);
    if (unread != NULL)
        cmd_write_error(json, unread);
    json_close(json);
}

static void print_report(const char *file, const struct mdm_report *report, bool practice)
{
    static const enum say_kind marks[] = {
        [MDM_PASS] = SAY_PASS, [MDM_FAIL] = SAY_FAIL, [MDM_WARN] = SAY_WARN, [MDM_SKIPPED] = SAY_SKIP};
    const char *verdict = report->code == MDM_OK && practice
                              ? "the practice Apple accepts it; Apple's portal would refuse it"
                          : report->code == MDM_OK        ? "Apple's portal should accept it"
                          : report->code == MDM_E_EXPIRED ? "Apple's portal would refuse it: a certificate is expired"
                                                          : "Apple's portal would refuse it";

    for (size_t i = 0; i < report->count && !opt_in_force->quiet; i++) {
        const struct mdm_check *check = &report->items[i];

        say(marks[check->verdict], "%s: %s", check->name, check->detail);
        if (check->hint != NULL)
            say(SAY_RESULT, "  hint: %s", check->hint);
    }
    say(SAY_RESULT, "%s: %s", file, verdict);
}

/* Adds a check of whether Apple's certificate will match the key here. It is no refusal: Apple does not care. */
static int check_folder(const struct mdm_csr *own, struct mdm_report *report, struct mdm_error *err)
{
    if (own == NULL || report->csr == NULL)
        return 0;
    const bool same = mdm_key_id_equal(&mdm_csr_facts(report->csr)->key_id, &mdm_csr_facts(own)->key_id);
    struct mdm_check *more = &report->items[report->count++];
    *more = (struct mdm_check){
        .name = "this folder",
        .verdict = same ? MDM_PASS : MDM_WARN,
        .detail =
            strdup(same ? "it was made for the key of outputs/customer.csr"
                        : "it was not made for outputs/customer.csr: the certificate would not match the key here"),
    };
    return more->detail != NULL ? 0 : mdm_error_memory(err);
}

/* Is it a customer's folder, whose vendor is elsewhere? */
static bool is_customers(const struct mdm_dir *outputs)
{
    static const char *const vendors[] = {MDM_NAME_VENDOR_KEY, MDM_NAME_VENDOR_CSR};
    static const char *const customers[] = {MDM_NAME_CUSTOMER_KEY, MDM_NAME_CUSTOMER_CSR, MDM_NAME_PFX};
    bool is = false;

    for (size_t i = 0; outputs != NULL && i < sizeof customers / sizeof customers[0]; i++)
        is |= mdm_file_stat(outputs, customers[i], NULL) == MDM_FILE_READ;
    for (size_t i = 0; is && i < sizeof vendors / sizeof vendors[0]; i++)
        is = mdm_file_stat(outputs, vendors[i], NULL) == MDM_FILE_ABSENT;
    return is;
}

/* Reports a file that cannot be read as one failed check. */
static int report_unread(struct verification *all, const char *file, struct mdm_error *unread, struct mdm_error *err)
{
    const struct mdm_check check = {.name = "file", .verdict = MDM_FAIL, .detail = unread->text};

    if (unread->code == MDM_E_INTERRUPTED)
        return mdm_error_set(err, MDM_E_INTERRUPTED, "%s", unread->text);
    mdm_error_hint(
        unread,
        all->options->operand_count > 0 ? "Name the file that is to be uploaded at identity.apple.com/pushcert."
        : is_customers(all->outputs)
            ? "Your vendor makes the request from outputs/customer.csr. When you have it: `mdmvendor verify FILE`."
            : "Run `mdmvendor`, whose step 2 makes the request, or name another file: `mdmvendor verify FILE`.");
    if (!all->options->json)
        (void)say_error(unread);
    add_report(all, file, &(const struct mdm_report){.items = {check}, .count = 1, .code = MDM_E_FAILED}, unread);
    return 0;
}

/* Reads a file in outputs/. Unlike a file that is named, it may be somebody's link or pipe: that is neither followed
 * nor waited for. */
static enum mdm_file_outcome read_own(const struct mdm_dir *outputs, const char *name, struct mdm_bytes *bytes,
                                      struct mdm_error *err)
{
    struct mdm_file_info info = {.words = "is not there"};
    const enum mdm_file_outcome outcome =
        outputs != NULL ? mdm_file_read(outputs, name, MDM_FILE_LIMIT, bytes, &info) : MDM_FILE_ABSENT;

    if (outcome != MDM_FILE_READ)
        mdm_error_set(err, MDM_E_FAILED, "'outputs/%s' %s", name, info.words);
    return outcome;
}

/* Without a file: the folder's own request. */
static int verify_file(struct verification *all, const char *file, struct mdm_error *err)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes bytes = {0};
    MDM_OWNED(mdm_report_free) struct mdm_report report = {0};
    struct mdm_error unread = {0};
    const struct mdm_trust *trust = cmd_trust(all->session, file, err);
    char path[CMD_PATH_MAX];

    if (file != NULL) {
        (void)mdm_path_read(file, MDM_PATH_ANY, &bytes, NULL, &unread);
    } else {
        (void)read_own(all->outputs, MDM_NAME_REQUEST, &bytes, &unread);
        file = cmd_path(all->options->flow.directory, "outputs/" MDM_NAME_REQUEST, path);
    }
    if (trust != NULL && unread.code != MDM_OK)
        return report_unread(all, file, &unread, err);
    if (trust == NULL || mdm_request_verify(&bytes, trust, cmd_time(all->session), &report, err) != 0 ||
        check_folder(all->csr, &report, err) != 0)
        return -1;
    add_report(all, file, &report, NULL);
    if (!all->options->json)
        print_report(file, &report, trust == all->session->trust[true]);
    return 0;
}

/* The folder's own CSR. NULL without an error: there is none. */
static struct mdm_csr *read_csr(const struct mdm_dir *outputs, struct mdm_error *err)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes file = {0};
    struct mdm_error why = {0};
    const enum mdm_file_outcome outcome = read_own(outputs, MDM_NAME_CUSTOMER_CSR, &file, &why);

    if (outcome == MDM_FILE_READ)
        return mdm_csr_from_bytes(&file, "outputs/" MDM_NAME_CUSTOMER_CSR, err);
    if (outcome != MDM_FILE_ABSENT)
        mdm_error_copy(err, &why);
    return NULL;
}

int cmd_verify(struct mdm_session *session, struct mdm_error *err)
{
    const struct mdm_options *options = session->options;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes out = {0};
    MDM_OWNED(mdm_dir_close) struct mdm_dir *root = mdm_dir_open(options->flow.directory, err);
    MDM_OWNED(mdm_dir_close) struct mdm_dir *outputs = NULL;

    if (root == NULL || mdm_dir_sub(root, MDM_FOLDER_OUTPUTS, &outputs, err) < 0)
        return -1;
    MDM_OWNED(mdm_csr_free) struct mdm_csr *csr = read_csr(outputs, err);
    struct verification all = {
        .session = session, .options = options, .outputs = outputs, .csr = csr, .json.out = &out};

    if (err->code != MDM_OK || (options->operand_count == 0 && verify_file(&all, NULL, err) != 0))
        return -1;
    if (options->operand_count > 1)
        json_open(&all.json, NULL, "[]");
    for (size_t i = 0; i < options->operand_count; i++) {
        if (i > 0 && !options->json && !opt_in_force->quiet)
            say(SAY_RESULT, "%s", "");
        if (signals_check(err) != 0 || verify_file(&all, options->operands[i], err) != 0)
            return -1;
    }
    if (options->json)
        json_print(&all.json);
    return all.status;
}
