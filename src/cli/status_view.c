/* Reads the state of a work folder, or of certificate files, and writes it as JSON. */
#include "cli/status_view.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/say.h"
#include "pki/key.h"
#include "store/file.h"

enum status_validity status_validity(const struct mdm_status *status, const struct mdm_cert_facts *facts)
{
    const mdm_time now = status->now;

    if (now > facts->not_after)
        return STATUS_EXPIRED;
    if (now < facts->not_before)
        return STATUS_NOT_YET_VALID;
    return facts->not_after - now <= opt_in_force->flow.warn_days * MDM_DAY ? STATUS_EXPIRING : STATUS_VALID;
}

int status_read(struct mdm_session *session, struct mdm_status *status, struct mdm_error *err)
{
    struct mdm_flow_options flow = session->options->flow;

    flow.accept_new_topic = false; /* the next step is that of a command without it */
    return mdm_status_read(&flow, cmd_time(session), status, err);
}

/* The private keys in the files. */
struct keys {
    struct found_key *items;
    size_t count;
};
struct found_key {
    const char *path;
    struct mdm_key_id id;
};

static int add_key(struct keys *keys, const char *path, const struct mdm_key_id *id, struct mdm_error *err)
{
    struct found_key *more = mdm_grow(keys->items, keys->count, sizeof *more, err);

    if (more == NULL)
        return -1;
    keys->items = more;
    more[keys->count++] = (struct found_key){path, *id};
    return 0;
}

/* For MDM_OWNED. */
static void free_keys(struct keys *keys)
{
    free(keys->items);
}

/* Tries without a password first: that opens files with an empty one. Of a file that stays locked the error says what
 * is known. */
static int open_p12(struct mdm_session *session, const struct mdm_bytes *file, const char *path, const char *cert_sha1,
                    struct mdm_p12 *p12, struct mdm_error *err)
{
    MDM_OWNED(mdm_secret_free) struct mdm_secret *password = NULL;
    unsigned attempt = 0;
    int result = mdm_keys_from_bytes(file, path, NULL, p12, err);

    while (result != 0 && password_existing(session, MDM_ROLE_CUSTOMER, path, &attempt, &password, err))
        result = mdm_keys_from_bytes(file, path, password, p12, err);
    if (result == 0 && p12->certs.count == 0)
        return p12->cert_problem.code != MDM_OK ? mdm_error_copy(err, &p12->cert_problem) : 0;
    if (result == 0 || err->code != MDM_E_UNANSWERED)
        return result;
    mdm_error_clear(err);
    if (cert_sha1[0] != '\0')
        mdm_error_set(err, MDM_E_UNANSWERED,
                      "'%s' is a locked PKCS #12 file with a private key and the certificate with the SHA-1 "
                      "fingerprint %s; the rest is not known without the password",
                      path, cert_sha1);
    mdm_error_set(err, MDM_E_UNANSWERED, "'%s' is a locked PKCS #12 file, whose password is needed", path);
    return mdm_error_hint(err, "Give it with `--customer-password-file FILE`, or run mdmvendor at a terminal.");
}

static int read_file(struct mdm_session *session, const char *path, struct mdm_status *status, struct keys *keys,
                     struct mdm_error *err)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes file = {0};
    MDM_OWNED(mdm_p12_free) struct mdm_p12 held = {0}; /* of another file only the certificates */
    struct mdm_key_facts key;

    if (mdm_path_read(path, MDM_PATH_ANY, &file, NULL, err) != 0)
        return -1;
    const enum mdm_filekind kind = mdm_filekind_of(&file);
    mdm_key_describe(&file, &key);
    if (kind == MDM_FILEKIND_PKCS12) {
        if (open_p12(session, &file, path, key.cert_sha1, &held, err) != 0)
            return -1;
    } else {
        const enum mdm_certs_outcome outcome = mdm_certs_scan(&file, &held.certs, err);

        if (outcome == MDM_CERTS_BROKEN)
            return mdm_error_context(err, "'%s'", path);
        if (outcome == MDM_CERTS_NONE && !key.is_key)
            return mdm_error_set(err, MDM_E_FAILED,
                                 "'%s' holds no certificate: it is %s" MDM_HINT "Name a certificate (PEM or DER) or a "
                                 "PKCS #12 file; `mdmvendor verify` checks requests.",
                                 path, mdm_filekind_words(kind));
    }
    if (key.is_key && key.id_known && add_key(keys, path, &key.id, err) != 0)
        return -1;
    for (size_t i = 0; i < held.keys.count; i++)
        if (add_key(keys, path, mdm_key_get_id(held.keys.items[i]), err) != 0)
            return -1;
    for (size_t i = 0; i < held.certs.count; i++) {
        const struct mdm_cert *cert = held.certs.items[i];
        const struct mdm_cert_facts *facts = mdm_cert_facts(cert);
        const enum status_validity validity = status_validity(status, facts);
        const bool counts = !mdm_cert_is_ca(cert);

        if (mdm_status_add(status, cert, path, counts ? MDM_IN_USE : MDM_BESIDE, err) != 0)
            return -1;
        status->expiring |= counts && (validity == STATUS_EXPIRED || validity == STATUS_EXPIRING);
        if (status->topic == NULL)
            status->topic = facts->topic;
    }
    return 0;
}

/* Notes what is wrong with a file. Error: it is so bad that no other file is read. */
static int add_problem(struct mdm_status *status, const struct mdm_error *why, struct mdm_error *problem,
                       struct mdm_error *err)
{
    struct mdm_error listed = *why;

    if (why->code == MDM_E_MEMORY || why->code == MDM_E_INTERRUPTED)
        return mdm_error_copy(err, why);
    mdm_error_hint(&listed, "%s", say_hint(why));
    if (mdm_status_warn(status, why->code == MDM_E_UNANSWERED ? "locked" : "unreadable", &listed, err) != 0)
        return -1;
    if (opt_in_force->format != MDM_FORMAT_NAGIOS)
        (void)say_error(why);
    if (mdm_error_status(why) > mdm_error_status(problem))
        *problem = *why;
    return 0;
}

int status_read_files(struct mdm_session *session, struct mdm_status *status, struct mdm_error *problem,
                      struct mdm_error *err)
{
    const struct mdm_options *options = session->options;
    MDM_OWNED(free_keys) struct keys keys = {0};

    *status = (struct mdm_status){.now = cmd_time(session)};
    for (size_t i = 0; i < options->operand_count; i++) {
        struct mdm_error why = {0};

        if (read_file(session, options->operands[i], status, &keys, &why) != 0 &&
            add_problem(status, &why, problem, err) != 0)
            return -1;
    }
    for (size_t i = 0; i < status->certificate_count; i++)
        for (size_t j = keys.count; j-- > 0;) /* the first one stays */
            if (mdm_key_id_equal(&keys.items[j].id, &mdm_cert_facts(status->certificates[i].cert)->key_id))
                status->certificates[i].key_path = keys.items[j].path;
    if (status->certificate_count > 0 || problem->code != MDM_OK)
        return 0;
    struct mdm_error none = {0};
    mdm_error_set(&none, MDM_E_FAILED,
                  "'%s' holds a private key and no certificate" MDM_HINT "Name the certificate as well.",
                  options->operands[0]);
    return add_problem(status, &none, problem, err);
}

/* Writes an absolute path. `path` may be "", or NULL for null. */
static void write_path(struct json *json, const char *key, const char *directory, const char *path)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};
    char here[CMD_PATH_MAX] = "";
    const char *const parts[] = {here, directory, path};

    if (path == NULL) {
        json_string(json, key, NULL);
        return;
    }
    if (path[0] != '/' && directory[0] != '/' && getcwd(here, sizeof here) == NULL)
        here[0] = '\0';
    for (size_t i = path[0] == '/' ? 2 : 0; i < 3; i++)
        if (strcmp(parts[i], ".") != 0 && parts[i][0] != '\0')
            (void)mdm_bytes_format(&text, &json->err, "%s%s", text.size > 0 ? "/" : "", parts[i]);
    json_string(json, key, text.size > 0 ? (const char *)text.data : "");
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
    static const char *const validities[] = {"valid", "expiring", "expired", "not_yet_valid"};
    const struct mdm_cert_facts *facts = mdm_cert_facts(entry->cert);
    const char *option = opt_in_force->flow.vendor_cert;
    /* Is it named on the command line? Then it is relative to the current folder, not to the work folder. */
    const bool given =
        status->state == NULL || (option != NULL && entry->path != NULL && strcmp(entry->path, option) == 0);

    json_object(json, NULL);
    json_string(json, "role", entry->role);
    json_bool(json, "in_use", entry->in_use);
    json_string(json, "state", validities[status_validity(status, facts)]);
    write_path(json, "path", given ? "." : opt_in_force->flow.directory, entry->path);
    if (status->state == NULL)
        write_path(json, "key", ".", entry->key_path);
    json_string(json, "subject", facts->subject);
    json_string(json, "issuer", facts->issuer);
    json_string(json, "serial", facts->serial);
    json_string(json, "sha256", facts->sha256);
    json_time(json, "not_before", facts->not_before);
    json_time(json, "not_after", facts->not_after);
    json_integer(json, "days_left", mdm_time_days(status->now, facts->not_after));
    json_string(json, "topic", facts->topic);
    json_close(json);
}

static void write_folder(struct json *json, const struct mdm_status *status)
{
    const struct mdm_action_row *next = &mdm_actions[status->next];

    write_path(json, "directory", opt_in_force->flow.directory, "");
    json_array(json, "steps");
    for (int number = 1; number <= 3; number++) {
        const struct mdm_status_step *step = &status->steps[number - 1];

        json_object(json, NULL);
        json_integer(json, "step", number);
        json_string(json, "name", mdm_step_names[number]);
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

int status_json(const struct mdm_status *status, const struct mdm_error *failed, struct mdm_bytes *out,
                struct mdm_error *err)
{
    struct json json = {.out = out};

    json_object(&json, NULL);
    json_integer(&json, "schema", 1);
    if (status->state != NULL)
        write_folder(&json, status);
    json_array(&json, "certificates");
    for (size_t i = 0; i < status->certificate_count; i++)
        write_cert(&json, status, &status->certificates[i]);
    json_close(&json);
    json_string(&json, "topic", status->topic);
    if (status->state != NULL) {
        json_string(&json, "apple_account",
                    status->state->account.name[0] != '\0' ? status->state->account.name : NULL);
        json_bool(&json, "practice", status->state->practice);
    }
    json_array(&json, "warnings");
    for (size_t i = 0; i < status->warning_count; i++) {
        json_object(&json, NULL);
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

bool status_print_json(struct mdm_session *session, const struct mdm_error *failed)
{
    MDM_OWNED(mdm_status_free) struct mdm_status status = {0};
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};

    if (status_read(session, &status, NULL) != 0 || status_json(&status, failed, &text, NULL) != 0)
        return false;
    say_result_bytes(text.data, text.size);
    return true;
}
