/* `mdmvendor export --pem FILE`: certificate and clear key in one PEM, for MDM servers that read no pfx. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/say.h"
#include "flow/export.h"
#include "store/file.h"

/* Straight to the descriptor: stdio would keep a copy of the key. */
static int write_stdout(const struct mdm_bytes *pem, struct mdm_error *err)
{
    size_t done = 0;

    while (done < pem->size) {
        ssize_t written = write(STDOUT_FILENO, pem->data + done, pem->size - done);

        if (written < 0 && errno != EINTR)
            return mdm_error_system(err, errno, "cannot write the key to standard output");
        if (written > 0)
            done += (size_t)written;
    }
    return 0;
}

/* Said before a password is asked for; writing makes sure once more. */
static int check_free(const char *path, struct mdm_error *err)
{
    struct stat status;

    if (lstat(path, &status) != 0)
        return 0;
    mdm_error_set(err, MDM_E_FAILED, "'%s' exists already", path);
    return mdm_error_hint(err, "Name a file that does not exist yet: an existing one is never replaced.");
}

static int export_to(const struct mdm_options *options, const struct mdm_session *session, struct mdm_error *err)
{
    bool to_stdout = strcmp(options->pem, "-") == 0;
    struct mdm_flow_options flow = {
        .directory = options->directory, .pfx = options->pfx, .warn_days = (int)options->days};
    struct mdm_bytes pem = {0};
    int result = -1;

    if (!to_stdout)
        mdm_path_sweep_dead(options->pem);
    if (!to_stdout && check_free(options->pem, err) != 0)
        return -1;
    say_warning("the private key in %s%s%s will NOT be encrypted: whoever reads it can act as this MDM server towards "
                "Apple; keep it where only the server can read it",
                to_stdout ? "" : "'", to_stdout ? "the output" : options->pem, to_stdout ? "" : "'");
    if (mdm_export_pem(&flow, &session->callbacks, options->pkcs1 ? MDM_KEY_PKCS1 : MDM_KEY_PKCS8, &pem, err) != 0)
        goto out;
    result = to_stdout ? write_stdout(&pem, err) : mdm_export_write(options->pem, &pem, err);
    if (result == 0 && !to_stdout)
        say_note("Wrote '%s' (mode 0600): the push certificate, then its private key in clear.", options->pem);
out:
    mdm_bytes_free(&pem);
    return result;
}

int cmd_export(const struct mdm_options *options, struct mdm_session *session)
{
    struct mdm_error err = {0};

    if (options->pem == NULL) {
        mdm_error_set(&err, MDM_E_USAGE, "export needs the name of the file to write: --pem FILE");
        mdm_error_hint(&err, "Try `mdmvendor export --pem push.pem`; the key in that file is not encrypted.");
        return say_error(&err);
    }
    return export_to(options, session, &err) == 0 ? 0 : say_error(&err);
}
