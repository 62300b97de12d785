/* What several commands do alike. */
#include "cli/cmd.h"
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

mdm_time cmd_time(const struct mdm_options *options, const struct mdm_session *session)
{
    return options->at != MDM_TIME_NONE ? options->at : session->callbacks.now(session->callbacks.ctx);
}
