/* `mdmvendor export`: the push certificate and its key in the forms that MDM servers load. */
#include <string.h>
#include <sys/stat.h>

#include "cli/cmd.h"
#include "cli/say.h"
#include "flow/flow.h"
#include "store/file.h"

static const char *const contents[MDM_EXPORT_KINDS] = {
    [MDM_EXPORT_PEM] = "the push certificate and its unencrypted key",
    [MDM_EXPORT_KEY] = "the unencrypted key; the certificate that goes with it is outputs/MDM_APNSCert.crt",
    [MDM_EXPORT_P12] = "push certificate and key, locked with the customer key's password",
};

static int hint_name(struct mdm_error *err)
{
    return mdm_error_hint(err, "Name a file that does not exist yet: an existing one is never replaced.");
}

/* Finds mistakes before a password is asked for. Writing makes sure again that nothing is replaced. */
static int check_paths(const char *const paths[MDM_EXPORT_KINDS], struct mdm_error *err)
{
    struct stat status;
    bool any = false;

    for (size_t i = 0; i < MDM_EXPORT_KINDS; i++) {
        if (paths[i] == NULL)
            continue;
        any = true;
        for (size_t j = 0; j < i; j++) {
            if (paths[j] != NULL && strcmp(paths[i], paths[j]) == 0) {
                mdm_error_set(err, MDM_E_USAGE, "two exports cannot both go to '%s'", paths[i]);
                return mdm_error_hint(err, "Give each a name of its own.");
            }
        }
        if (opt_is_dash(paths[i]))
            continue;
        mdm_path_sweep_dead(paths[i]);
        if (lstat(paths[i], &status) == 0) {
            mdm_error_set(err, MDM_E_FAILED, "'%s' exists already", paths[i]);
            return hint_name(err);
        }
    }
    if (any)
        return 0;
    mdm_error_set(err, MDM_E_USAGE,
                  "export needs the name of a file to write: --p12 FILE, --pem FILE or "
                  "--key FILE");
    return mdm_error_hint(err, "`mdmvendor help servers` lists which form each server takes.");
}

int cmd_export(struct mdm_session *session)
{
    const struct mdm_options *options = session->options;
    const char *const paths[MDM_EXPORT_KINDS] = {
        [MDM_EXPORT_PEM] = options->pem, [MDM_EXPORT_KEY] = options->key, [MDM_EXPORT_P12] = options->p12};
    struct mdm_export wanted = {.form = options->pkcs1 ? MDM_KEY_PKCS1 : MDM_KEY_PKCS8};
    struct mdm_error err = {0};
    int result = check_paths(paths, &err);

    for (size_t i = 0; i < MDM_EXPORT_KINDS; i++) {
        wanted.wanted[i] = paths[i] != NULL;
        if (result != 0 || paths[i] == NULL || i == MDM_EXPORT_P12)
            continue;
        say(SAY_WARNING,
            "the private key in %s%s%s will NOT be encrypted: whoever reads it can act as this MDM server "
            "towards Apple; keep it where only the server can read it",
            opt_is_dash(paths[i]) ? "" : "'", opt_is_dash(paths[i]) ? "the output" : paths[i],
            opt_is_dash(paths[i]) ? "" : "'");
    }
    if (result == 0)
        result = mdm_export_make(&options->flow, &session->callbacks, &wanted, &err);
    for (size_t i = 0; i < MDM_EXPORT_KINDS && result == 0; i++) {
        if (paths[i] == NULL)
            continue;
        result = opt_is_dash(paths[i]) ? mdm_stdout_write(&wanted.files[i], &err)
                                       : mdm_path_write(paths[i], &wanted.files[i], 0600, MDM_FILE_NEW, &err);
        if (result != 0 && !opt_is_dash(paths[i]))
            (void)hint_name(&err);
        if (result == 0 && !opt_is_dash(paths[i]))
            say(SAY_NOTE, "Wrote '%s' (mode 0600): %s.", paths[i], contents[i]);
    }
    mdm_export_free(&wanted);
    return result == 0 ? 0 : say_error(&err);
}
