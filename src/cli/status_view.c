/* Reads the state of a work folder, or of certificate files, and writes it as JSON. */
#include "cli/status_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/say.h"
#include "pki/key.h"
#include "store/file.h"

#define PATH_TEXT_MAX 8192

enum status_validity status_validity(const struct status_view *view, const struct mdm_status_cert *cert)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert->cert);

    if (view->at > facts->not_after)
        return STATUS_EXPIRED;
    if (view->at < facts->not_before)
        return STATUS_NOT_YET_VALID;
    return facts->not_after - view->at <= (mdm_time)view->options->flow.warn_days * MDM_DAY ? STATUS_EXPIRING
                                                                                            : STATUS_VALID;
}

const struct mdm_status_cert *status_in_force(const struct status_view *view)
{
    const struct mdm_status_cert *found = NULL;

    for (size_t i = 0; i < view->status.certificate_count; i++) {
        const struct mdm_status_cert *cert = &view->status.certificates[i];
        const enum mdm_cert_kind kind = mdm_cert_facts(cert->cert)->kind;

        if (!cert->in_use || mdm_cert_is_ca(cert->cert))
            continue;
        if (found == NULL || (view->files ? cert->days_left < found->days_left
                                          : kind == MDM_CERT_PUSH && mdm_cert_facts(found->cert)->kind != kind))
            found = cert;
    }
    return found;
}

const char *status_key_path(const struct status_view *view, const struct mdm_status_cert *cert)
{
    for (size_t i = 0; i < view->key_count; i++)
        if (mdm_key_id_equal(&view->keys[i].id, &mdm_cert_facts(cert->cert)->key_id))
            return view->keys[i].path;
    return NULL;
}

int status_read(struct mdm_session *session, struct status_view *view, struct mdm_error *err)
{
    struct mdm_flow_options flow;

    *view = (struct status_view){.options = session->options, .at = cmd_time(session)};
    if (cmd_flow_options(session, &flow, err) != 0)
        return -1;
    flow.accept_new_topic = false; /* the next step is that of a command without it */
    if (mdm_status_read(&flow, view->at, &view->status, err) != 0)
        return -1;
    view->topic = view->status.state->topic;
    return 0;
}

static int add_certs(struct status_view *view, const char *path, const struct mdm_certs *certs, struct mdm_error *err)
{
    for (size_t i = 0; i < certs->count; i++) {
        struct mdm_status_cert *entry = mdm_status_add(&view->status, certs->items[i], path, view->at);
        enum status_validity validity;

        if (entry == NULL)
            return mdm_error_memory(err);
        entry->in_use = !mdm_cert_is_ca(entry->cert);
        validity = status_validity(view, entry);
        if (entry->in_use && (validity == STATUS_EXPIRED || validity == STATUS_EXPIRING))
            view->status.expiring = true;
        if (view->topic == NULL)
            view->topic = mdm_cert_facts(entry->cert)->topic;
    }
    return 0;
}

static int add_key(struct status_view *view, const char *path, const struct mdm_key_id *id, struct mdm_error *err)
{
    struct status_key *more = mdm_grow(view->keys, view->key_count, sizeof *more, err);

    if (more == NULL)
        return -1;
    view->keys = more;
    more[view->key_count++] = (struct status_key){path, *id};
    return 0;
}

/* What is known of a file without its password. */
static int locked(const struct mdm_bytes *file, const char *path, struct mdm_error *err)
{
    struct mdm_key_facts key;

    if (err->code != MDM_E_UNANSWERED)
        return -1;
    mdm_error_clear(err);
    mdm_key_describe(file, &key);
    if (key.cert_sha1[0] != '\0')
        mdm_error_set(err, MDM_E_UNANSWERED,
                      "'%s' is a locked PKCS #12 file with a private key and the certificate with the SHA-1 "
                      "fingerprint %s; the rest is not known without the password",
                      path, key.cert_sha1);
    else
        mdm_error_set(err, MDM_E_UNANSWERED, "'%s' is a locked PKCS #12 file, whose password is needed", path);
    return mdm_error_hint(err, "Give it with `--customer-password-file FILE`, or run mdmvendor at a terminal.");
}

/* Tries without a password first: that opens files with an empty one. */
static int open_p12(const struct mdm_callbacks *callbacks, const struct mdm_bytes *file, const char *path,
                    struct mdm_p12 *p12, struct mdm_error *err)
{
    struct mdm_secret *password = NULL;
    unsigned attempt = 0;
    int result = mdm_p12_read(file, path, NULL, p12, err);

    while (result != 0 && mdm_ask_password(callbacks, MDM_ROLE_CUSTOMER, path, &attempt, &password, err))
        result = mdm_p12_read(file, path, password, p12, err);
    mdm_secret_free(&password);
    return result == 0 ? 0 : locked(file, path, err);
}

static void read_file(struct status_view *view, const struct mdm_callbacks *callbacks, const char *path,
                      struct mdm_error *err)
{
    struct mdm_bytes file = {0};
    struct mdm_p12 held = {0}; /* of another file only the certificates */
    struct mdm_key_facts key = {0};
    int result = mdm_path_read(path, &file, NULL, err);
    const enum mdm_filekind kind = mdm_filekind_of(&file);

    if (result == 0 && kind == MDM_FILEKIND_PKCS12) {
        result = open_p12(callbacks, &file, path, &held, err);
        if (result == 0 && held.certs.count == 0 && held.cert_problem.code != MDM_OK)
            result = mdm_error_copy(err, &held.cert_problem);
    } else if (result == 0) {
        const enum mdm_certs_outcome outcome = mdm_certs_scan(&file, &held.certs, err);

        mdm_key_describe(&file, &key);
        if (outcome == MDM_CERTS_BROKEN) {
            result = mdm_error_context(err, "'%s'", path);
        } else if (outcome == MDM_CERTS_NONE && !key.is_key) {
            result =
                mdm_error_set(err, MDM_E_FAILED, "'%s' holds no certificate: it is %s", path, mdm_filekind_words(kind));
            mdm_error_hint(err, "Name a certificate (PEM or DER) or a PKCS #12 file; `mdmvendor verify` checks "
                                "requests.");
        }
    }
    if (result == 0 && key.is_key && key.id_known)
        result = add_key(view, path, &key.id, err);
    for (size_t i = 0; result == 0 && i < held.keys.count; i++)
        result = add_key(view, path, mdm_key_get_id(held.keys.items[i]), err);
    if (result == 0)
        (void)add_certs(view, path, &held.certs, err);
    mdm_p12_free(&held);
    mdm_bytes_free(&file);
}

/* Notes what is wrong with a file. Error: it is so bad that no other file is read. */
static int add_problem(struct status_view *view, const struct mdm_error *why, struct mdm_error *err)
{
    struct mdm_findings *warnings = &view->status.warnings;
    const int status = mdm_error_status(why);
    struct mdm_error listed = *why;

    if (why->code == MDM_E_MEMORY || why->code == MDM_E_INTERRUPTED)
        return mdm_error_copy(err, why);
    mdm_error_hint(&listed, "%s", say_hint(why));
    mdm_findings_add(warnings, why->code == MDM_E_UNANSWERED ? MDM_FINDING_LOCKED : MDM_FINDING_UNREADABLE, &listed,
                     false);
    if (warnings->incomplete)
        return mdm_error_memory(err);
    if (view->options->format != MDM_FORMAT_NAGIOS)
        (void)say_error(why);
    view->exit_code = status > view->exit_code ? status : view->exit_code;
    return 0;
}

int status_read_files(struct mdm_session *session, struct status_view *view, struct mdm_error *err)
{
    const struct mdm_options *options = session->options;
    int result = 0;

    *view = (struct status_view){.options = options, .at = cmd_time(session), .files = true};
    for (size_t i = 0; i < options->operand_count && result == 0; i++) {
        struct mdm_error why = {0};

        read_file(view, &session->callbacks, options->operands[i], &why);
        if (why.code != MDM_OK)
            result = add_problem(view, &why, err);
    }
    if (result == 0 && view->status.certificate_count == 0 && view->exit_code == 0) {
        struct mdm_error why = {0};

        mdm_error_set(&why, MDM_E_FAILED, "'%s' holds a private key and no certificate", options->operands[0]);
        mdm_error_hint(&why, "Name the certificate as well.");
        result = add_problem(view, &why, err);
    }
    return result;
}

void status_view_free(struct status_view *view)
{
    free(view->keys);
    mdm_status_free(&view->status);
}

/* Writes an absolute path. `path` may be "", or NULL for null. */
static void write_path(struct json *json, const char *key, const char *directory, const char *path)
{
    char here[PATH_TEXT_MAX / 2] = "";
    char text[PATH_TEXT_MAX * 2] = "";
    const char *const parts[] = {here, directory, path};
    size_t used = 0;

    if (path == NULL) {
        json_string(json, key, NULL);
        return;
    }
    if (path[0] != '/' && directory[0] != '/' && getcwd(here, sizeof here) == NULL)
        here[0] = '\0';
    for (size_t i = path[0] == '/' ? 2 : 0; i < 3; i++) {
        if (parts[i][0] == '\0' || strcmp(parts[i], ".") == 0 || used >= sizeof text)
            continue;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used > 0 ? "/" : "", parts[i]);
    }
    json_string(json, key, text);
}

/* Writes a text, with the commands in it as they must be typed. NULL or "" is null. */
static void write_typed(struct json *json, const char *key, const char *text, const char *indent)
{
    struct mdm_bytes line = {0}, typed = {0};

    if (text != NULL && text[0] != '\0' && mdm_bytes_format(&line, &json->err, "%s%s", indent, text) == 0)
        typed_append(&typed, (const char *)line.data, &json->err);
    json_string(json, key, typed.size > 0 ? (const char *)typed.data + strlen(indent) : NULL);
    mdm_bytes_free(&line);
    mdm_bytes_free(&typed);
}

static void write_step(struct json *json, int number, const struct mdm_status_step *step)
{
    json_object(json, NULL);
    json_integer(json, "step", number);
    json_string(json, "name", mdm_step_name(number));
    json_string(json, "state", mdm_step_state_names[step->state]);
    json_array(json, "files");
    for (size_t i = 0; step->files[i] != NULL; i++)
        json_string(json, NULL, step->files[i]);
    json_close(json);
    json_string(json, "waiting_for", step->waiting_for);
    write_typed(json, "reason", step->why.text, "");
    write_typed(json, "hint", step->why.hint, "");
    json_close(json);
}

/* Is it named on the command line? Then it is relative to the current folder, not to the work folder. */
static bool is_given(const struct status_view *view, const char *path)
{
    const char *given = view->options->flow.vendor_cert;

    return view->files || (given != NULL && path != NULL && strcmp(path, given) == 0);
}

static void write_cert(struct json *json, const struct status_view *view, const struct mdm_status_cert *entry)
{
    static const char *const validities[] = {"valid", "expiring", "expired", "not_yet_valid"};
    const struct mdm_cert_facts *facts = mdm_cert_facts(entry->cert);

    json_object(json, NULL);
    json_string(json, "role", entry->role);
    json_bool(json, "in_use", entry->in_use);
    json_string(json, "state", validities[status_validity(view, entry)]);
    write_path(json, "path", is_given(view, entry->path) ? "." : view->options->flow.directory, entry->path);
    if (view->files)
        write_path(json, "key", ".", status_key_path(view, entry));
    json_string(json, "subject", facts->subject);
    json_string(json, "issuer", facts->issuer);
    json_string(json, "serial", facts->serial);
    json_string(json, "sha256", facts->sha256);
    json_time(json, "not_before", facts->not_before);
    json_time(json, "not_after", facts->not_after);
    json_integer(json, "days_left", entry->days_left);
    json_string(json, "topic", facts->topic);
    json_close(json);
}

static void write_folder(struct json *json, const struct status_view *view)
{
    const struct mdm_status *status = &view->status;
    const struct mdm_action_row *next = &mdm_actions[status->next];

    write_path(json, "directory", view->options->flow.directory, "");
    json_array(json, "steps");
    for (int i = 0; i < 3; i++)
        write_step(json, i + 1, &status->steps[i]);
    json_close(json);
    json_object(json, "next");
    if (next->step != 0)
        json_integer(json, "step", next->step);
    else
        json_string(json, "step", NULL);
    json_string(json, "action", next->name);
    write_typed(json, "command", next->command, "    ");
    json_close(json);
}

int status_json(const struct status_view *view, const struct mdm_error *failed, struct mdm_bytes *out,
                struct mdm_error *err)
{
    static const char *const codes[] = {
        [MDM_FINDING_TOPIC] = "topic",
        [MDM_FINDING_PUSH_DATES] = "push-dates",
        [MDM_FINDING_PUSH_EXPIRED] = "push-expired",
        [MDM_FINDING_PUSH_EXPIRES] = "push-expires",
        [MDM_FINDING_VENDOR_EXPIRED] = "vendor-expired",
        [MDM_FINDING_VENDOR_EXPIRES] = "vendor-expires",
        [MDM_FINDING_VENDOR_CHAIN] = "vendor-chain",
        [MDM_FINDING_VENDOR_MARKER] = "vendor-marker",
        [MDM_FINDING_ODD_RECORD] = "odd-record",
        [MDM_FINDING_CLOSED_PFX] = "closed-pfx",
        [MDM_FINDING_RENEWAL] = "renewal",
        [MDM_FINDING_SEVERAL] = "several",
        [MDM_FINDING_INPUTS] = "inputs",
        [MDM_FINDING_PUSH_ELSEWHERE] = "push-elsewhere",
        [MDM_FINDING_OTHER_CSR] = "other-csr",
        [MDM_FINDING_FOLDER] = "folder",
        [MDM_FINDING_UNREADABLE] = "unreadable",
        [MDM_FINDING_MODE] = "mode",
        [MDM_FINDING_UNENCRYPTED] = "unencrypted",
        [MDM_FINDING_APPLE_ACCOUNT] = "apple-account",
        [MDM_FINDING_OLD_SCRIPT] = "old-script",
        [MDM_FINDING_LOCKED] = "locked",
    };
    const struct mdm_status *status = &view->status;
    struct json json = {.out = out};

    json_object(&json, NULL);
    json_integer(&json, "schema", 1);
    if (!view->files)
        write_folder(&json, view);
    json_array(&json, "certificates");
    for (size_t i = 0; i < status->certificate_count; i++)
        write_cert(&json, view, &status->certificates[i]);
    json_close(&json);
    json_string(&json, "topic", view->topic);
    if (!view->files) {
        json_string(&json, "apple_account",
                    status->state->account.name[0] != '\0' ? status->state->account.name : NULL);
        json_bool(&json, "practice", status->state->practice);
    }
    json_array(&json, "warnings");
    for (size_t i = 0; i < status->warnings.count; i++) {
        json_object(&json, NULL);
        json_string(&json, "code", codes[status->warnings.items[i].code]);
        write_typed(&json, "text", status->warnings.items[i].text, "");
        write_typed(&json, "hint", status->warnings.items[i].hint, "");
        json_close(&json);
    }
    json_close(&json);
    if (failed != NULL)
        cmd_write_error(&json, failed);
    return json_end(&json, err);
}

bool status_print_json(struct mdm_session *session, const struct mdm_error *failed)
{
    struct status_view view;
    struct mdm_bytes text = {0};
    const bool read = status_read(session, &view, NULL) == 0 && status_json(&view, failed, &text, NULL) == 0;

    if (read)
        say_result_bytes(text.data, text.size);
    mdm_bytes_free(&text);
    status_view_free(&view);
    return read;
}
