/* `status --json`, and what `mdmvendor --json` leaves on stdout: see status_json.h. */
#include "cli/status_json.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/say.h"

#define PATH_TEXT_MAX 8192

int status_read(const struct mdm_options *options, const struct mdm_session *session, struct mdm_status *status,
                struct mdm_error *err)
{
    struct mdm_trust *trust = cmd_trust(options, err);
    struct mdm_status_options looking = {
        .directory = options->directory,
        .vendor_key = options->vendor_key,
        .vendor_cert = options->vendor_cert,
        .trust = trust,
        .ca_file = options->ca_file,
        .at = cmd_time(options, session),
        .days = (int)options->days,
    };
    int result = trust != NULL ? mdm_status_read(&looking, status, err) : -1;

    mdm_trust_free(&trust);
    return result;
}

/* From the root, so that the object says which folder it is about wherever it is read. */
static void write_directory(struct json *json, const char *directory)
{
    char here[PATH_TEXT_MAX / 2];
    char path[PATH_TEXT_MAX];

    if (directory[0] == '/' || getcwd(here, sizeof here) == NULL)
        (void)snprintf(path, sizeof path, "%s", directory);
    else if (directory[0] == '.' && directory[1] == '\0')
        (void)snprintf(path, sizeof path, "%s", here);
    else
        (void)snprintf(path, sizeof path, "%s/%s", here, directory);
    json_string(json, "directory", path);
}

static void write_texts(struct json *json, const char *key, const struct mdm_texts *texts)
{
    json_array(json, key);
    for (size_t i = 0; i < texts->count; i++)
        json_string(json, NULL, texts->items[i]);
    json_close(json);
}

static void write_step(struct json *json, const struct mdm_status_step *step)
{
    json_object(json, NULL);
    json_integer(json, "step", step->step);
    json_string(json, "name", step->name);
    json_string(json, "state", step->state);
    write_texts(json, "files", &step->files);
    json_string(json, "waiting_for", step->waiting_for);
    json_string(json, "reason", step->reason);
    json_string(json, "hint", step->hint);
    json_close(json);
}

static void write_next(struct json *json, const struct mdm_status_next *next)
{
    json_object(json, "next");
    if (next->step != 0)
        json_integer(json, "step", next->step);
    else
        json_null(json, "step");
    json_string(json, "action", next->action);
    json_string(json, "command", next->command);
    json_close(json);
}

static void write_cert(struct json *json, const struct mdm_status_cert *entry)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(entry->cert);

    json_object(json, NULL);
    json_string(json, "role", entry->role);
    json_string(json, "path", entry->path);
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

static void write_finding(struct json *json, const struct mdm_finding *finding)
{
    json_object(json, NULL);
    json_string(json, "code", finding->code);
    json_string(json, "text", finding->text);
    json_string(json, "hint", finding->hint);
    json_close(json);
}

int status_json(const struct mdm_status *status, struct mdm_bytes *out, struct mdm_error *err)
{
    struct json json;

    json_begin(&json, out);
    json_object(&json, NULL);
    json_integer(&json, "schema", 1);
    write_directory(&json, status->directory);
    json_array(&json, "steps");
    for (size_t i = 0; i < 3; i++)
        write_step(&json, &status->steps[i]);
    json_close(&json);
    write_next(&json, &status->next);
    json_array(&json, "certificates");
    for (size_t i = 0; i < status->certificate_count; i++)
        write_cert(&json, &status->certificates[i]);
    json_close(&json);
    json_string(&json, "topic", status->topic);
    json_array(&json, "warnings");
    for (size_t i = 0; i < status->warnings.count; i++)
        write_finding(&json, &status->warnings.items[i]);
    json_close(&json);
    return json_end(&json, err);
}

int status_print_json(const struct mdm_options *options, const struct mdm_session *session)
{
    struct mdm_status status = {0};
    struct mdm_bytes text = {0};
    struct mdm_error err = {0};
    int result = 0;

    if (status_read(options, session, &status, &err) == 0 && status_json(&status, &text, &err) == 0)
        say_result_bytes(text.data, text.size);
    else
        result = say_error(&err);
    mdm_bytes_free(&text);
    mdm_status_free(&status);
    return result;
}
