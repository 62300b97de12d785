/* What several commands do alike. */
#include "cli/cmd.h"
#include "cli/json.h"
#include "cli/say.h"
#include "store/file.h"

struct mdm_trust *cmd_trust(const struct mdm_options *options, struct mdm_error *err)
{
    struct mdm_bytes bundle = {0};
    struct mdm_trust *trust = NULL;

    if (options->ca_file == NULL)
        return mdm_trust_apple(err);
    if (mdm_path_read(options->ca_file, MDM_FILE_LIMIT, &bundle, NULL, err) == 0)
        trust = mdm_trust_from_bytes(&bundle, options->ca_file, err);
    if (trust == NULL) {
        (void)mdm_error_context(err, "option '--ca-file'");
        (void)mdm_error_hint(err, "Name a PEM file of CA certificates, the root among them; without --ca-file, Apple's "
                                  "own are trusted.");
    }
    mdm_bytes_free(&bundle);
    return trust;
}

void cmd_write_error(struct json *json, const struct mdm_error *err)
{
    json_object(json, "error");
    json_integer(json, "status", mdm_error_status(err));
    json_string(json, "text", err->text);
    json_string(json, "hint", say_hint(err));
    json_close(json);
}

int cmd_fail(const struct mdm_options *options, const struct mdm_error *err)
{
    struct mdm_bytes object = {0};
    struct json json;

    if (options->format == MDM_FORMAT_NAGIOS) {
        say_result("MDM PUSH UNKNOWN - %s", err->text);
        return NAGIOS_UNKNOWN;
    }
    if (options->json) {
        json_begin(&json, &object);
        json_object(&json, NULL);
        json_integer(&json, "schema", 1);
        cmd_write_error(&json, err);
        if (json_end(&json, NULL) == 0)
            say_result_bytes(object.data, object.size);
        mdm_bytes_free(&object);
    }
    return say_error(err);
}

mdm_time cmd_time(const struct mdm_options *options, const struct mdm_session *session)
{
    return options->at != MDM_TIME_NONE ? options->at : session->callbacks.now(session->callbacks.ctx);
}
