/* `mdmvendor export`: the push certificate and its key in the forms that MDM servers load. */
#include <string.h>
#include <sys/stat.h>

#include "cli/cmd.h"
#include "cli/say.h"
#include "flow/flow.h"
#include "store/file.h"

#define NAME_A_FILE "Name a file that does not exist yet: an existing one is never replaced."

/* Says what is wanted, and finds mistakes before a password is asked for. Writing makes sure again that nothing is
 * replaced. */
static int check_paths(const char *const *paths, bool wanted[MDM_EXPORT_KINDS], struct mdm_error *err)
{
    struct stat status;
    bool any = false;

    for (size_t i = 0; i < MDM_EXPORT_KINDS; i++) {
        if (paths[i] == NULL)
            continue;
        any = wanted[i] = true;
        for (size_t j = 0; j < i; j++)
            if (paths[j] != NULL && strcmp(paths[i], paths[j]) == 0)
                return mdm_error_set(err, MDM_E_USAGE,
                                     "two exports cannot both go to '%s'" MDM_HINT "Give each a name of its own.",
                                     paths[i]);
        if (opt_is_dash(paths[i]))
            continue;
        mdm_path_sweep(paths[i]);
        if (lstat(paths[i], &status) == 0)
            return mdm_error_set(err, MDM_E_FAILED, "'%s' exists already" MDM_HINT NAME_A_FILE, paths[i]);
    }
    if (any)
        return 0;
    return mdm_error_set(err, MDM_E_USAGE,
                         "export needs the name of a file to write: --p12 FILE, --pem FILE or --key FILE" MDM_HINT
                         "`mdmvendor help servers` lists which form each server takes.");
}

int cmd_export(struct mdm_session *session, struct mdm_error *err)
{
    static const char *const contents[MDM_EXPORT_KINDS] = {
        [MDM_EXPORT_PEM] = "the push certificate and its unencrypted key",
        [MDM_EXPORT_KEY] = "the unencrypted key; the certificate that goes with it is outputs/MDM_APNSCert.crt",
        [MDM_EXPORT_P12] = "push certificate and key, locked with the customer key's password",
    };
    const char *const *paths = opt->export_to;
    struct stat status;
    MDM_OWNED(mdm_export_free) struct mdm_export wanted = {.form = opt->pkcs1 ? MDM_KEY_PKCS1 : MDM_KEY_PKCS8};

    if (check_paths(paths, wanted.wanted, err) != 0 ||
        mdm_export_make(&opt->flow, &session->callbacks, &wanted, err) != 0)
        return -1;
    for (size_t i = 0; i < MDM_EXPORT_KINDS; i++) {
        if (paths[i] == NULL)
            continue;
        if (i != MDM_EXPORT_P12)
            say(SAY_WARNING,
                "the private key in %s will NOT be encrypted: whoever reads it can act as this MDM server towards "
                "Apple; keep it where only the server can read it",
                opt_is_dash(paths[i]) ? "the output" : MDM_QUOTED(paths[i]));
        if (opt_is_dash(paths[i])) {
            if (mdm_stdout_write(&wanted.files[i], err) != 0)
                return -1;
            continue;
        }
        if (mdm_path_write(paths[i], &wanted.files[i], MDM_MODE_PRIVATE, MDM_FILE_NEW, err) != 0)
            return mdm_error_hint(err, NAME_A_FILE);
        say(SAY_NOTE, "Wrote '%s': %s.", paths[i], contents[i]);
        if (lstat(paths[i], &status) == 0 && (status.st_mode & 077) != 0)
            say(SAY_WARNING, "others can read '%s': this file system keeps no modes; move it to one that does",
                paths[i]);
    }
    return 0;
}
