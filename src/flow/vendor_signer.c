/* The vendor's side: key and certificate, from a work folder or given by path, become a signer. */
#include <string.h>
#include <strings.h>

#include "flow/batch.h"
#include "flow/run.h"

struct mdm_signer *mdm_run_signer(struct mdm_run *run, struct mdm_error *err)
{
    const struct mdm_choice *choice = &run->state->vendor_cert;
    MDM_OWNED(mdm_certs_free) struct mdm_certs extra = {0};
    struct mdm_error why = {0};

    if (mdm_run_unlock(run, MDM_ROLE_VENDOR, err) != 0 || mdm_state_cas(run->state, &extra, err) != 0)
        return NULL;
    struct mdm_signer *signer =
        mdm_signer_new(run->unlocked[MDM_ROLE_VENDOR].key, run->state->vendor.key_path, choice->cert,
                       choice->file->path, run->options.trust, &extra, run->state->now, &why);
    if (why.code == MDM_E_EXPIRED && run->workspace != NULL && run->state->now > choice->facts->not_after) {
        why.hint[0] = '\0'; /* the folder says more */
        mdm_hint_vendor(run->state, &why);
    }
    if (signer == NULL) {
        mdm_error_copy(err, &why);
        return NULL;
    }
    mdm_run_tell(run, MDM_EVENT_WARNING, mdm_check(run->state, MDM_FOUND_NO_MARKER, &run->found));
    for (size_t i = 0; i < mdm_signer_chain(signer)->count; i++) {
        const struct mdm_cert_facts *facts = mdm_cert_facts(mdm_signer_chain(signer)->items[i]);

        if (mdm_check_expiry(run->state, facts, run->options.warn_days, &run->found) != 0)
            mdm_notify(run->callbacks, MDM_EVENT_WARNING, "%s", run->found.text);
        mdm_error_clear(&run->found);
    }
    return signer;
}

/* CA certificates among the files beside `path`. What cannot be read there does not matter. */
static void add_cas_beside(const char *path, struct mdm_certs *out)
{
    MDM_OWNED(mdm_dir_close) struct mdm_dir *dir = mdm_dir_open_parent(path, NULL);
    MDM_OWNED(mdm_names_free) struct mdm_names names = {0};
    bool listed = dir != NULL && mdm_dir_list(dir, &names, NULL) == 0;

    for (size_t i = 0; listed && i < names.count; i++) {
        const char *dot = strrchr(names.items[i], '.');
        MDM_OWNED(mdm_bytes_free) struct mdm_bytes bytes = {0};
        MDM_OWNED(mdm_certs_free) struct mdm_certs certs = {0};

        if (dot != NULL &&
            (strcasecmp(dot, ".cer") == 0 || strcasecmp(dot, ".crt") == 0 || strcasecmp(dot, ".pem") == 0 ||
             strcasecmp(dot, ".der") == 0) &&
            mdm_file_read(dir, names.items[i], &bytes, NULL) == MDM_FILE_READ &&
            mdm_certs_from_bytes(&bytes, names.items[i], &certs, NULL) == 0)
            (void)mdm_certs_add_cas(&certs, out, NULL);
    }
}

/* From the work folder. Nothing of it is changed, so that it needs no lock. */
static int take_folder(struct mdm_run *run, struct mdm_error *err)
{
    const char *directory = run->options.directory, *key = run->options.vendor_key;

    if (mdm_run_open(run, &run->options, run->callbacks, NULL, err) != 0)
        return -1;
    if ((run->state->facts & MDM_FACT_VENDOR_KEY) == 0)
        return mdm_error_set(err, MDM_E_FAILED,
                             "signing needs the vendor's key, and there is none in '%s/outputs'" MDM_HINT
                             "Name the work folder with -C, or the key and its certificate with --vendor-key and "
                             "--vendor-cert.",
                             directory);
    int learnt = mdm_run_learn(run, MDM_ROLE_VENDOR, err);
    if (learnt < 0 || (learnt > 0 && mdm_run_look(run, err) != 0))
        return -1;
    if (run->state->vendor_cert.cert == NULL && key != NULL)
        return mdm_error_set(err, MDM_E_FAILED,
                             "signing needs the certificate of '%s', and there is none for it in '%s/inputs'" MDM_HINT
                             "Name the certificate that developer.apple.com issued for that key with --vendor-cert "
                             "FILE.",
                             key, directory);
    if ((run->state->facts & (MDM_FACT_VENDOR_CERT | MDM_FACT_VENDOR_ARCHIVED)) == 0 &&
        mdm_run_await(run, MDM_ROLE_VENDOR, err) != 0)
        return -1;
    if (run->state->vendor_cert.cert != NULL)
        return 0;
    return mdm_error_set(err, MDM_E_REFUSED,
                         "the vendor certificate in '%s/inputs' is for a key in the archive" MDM_HINT
                         "Run `mdmvendor` there first: it restores that key.",
                         directory);
}

/* From given files: the state is of no folder, and holds only the certificate. */
static int take_files(struct mdm_run *run, struct mdm_error *err)
{
    const char *path = run->options.vendor_cert;
    struct mdm_state *state = run->state = mdm_new(sizeof *state, err);
    struct mdm_file *file = state != NULL ? mdm_files_add(&state->inputs, NULL, path, "", err) : NULL;

    if (file == NULL || (file->kind != MDM_FILEKIND_CERTIFICATE && /* a request, for one, holds some as well */
                         mdm_certs_from_bytes(&file->bytes, path, &file->certs, err) != 0))
        return mdm_error_hint(err, "Name the certificate that developer.apple.com issued (certificate type \"MDM "
                                   "CSR\") with --vendor-cert.");
    /* The vendor's is the one that looks like it, unless the key says that it is another one. */
    const struct mdm_cert *like = mdm_file_cert(file, MDM_CERT_VENDOR);
    const struct mdm_cert *cert = like != NULL ? like : file->certs.items[0];
    state->now = run->callbacks->now();
    state->vendor =
        (struct mdm_side){true, run->options.vendor_key, .id_known = true, .id = mdm_cert_facts(cert)->key_id};
    if (mdm_run_unlock(run, MDM_ROLE_VENDOR, err) != 0)
        return -1;
    state->vendor.id = run->unlocked[MDM_ROLE_VENDOR].id;
    if (mdm_certs_find(&file->certs, &state->vendor.id) != NULL)
        cert = mdm_certs_find(&file->certs, &state->vendor.id);
    state->vendor_cert = (struct mdm_choice){file, cert, mdm_cert_facts(cert)};
    return 0;
}

struct mdm_signer *mdm_vendor_signer(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                                     struct mdm_error *err)
{
    MDM_OWNED(mdm_run_end) struct mdm_run run = {.options = *options, .callbacks = callbacks};
    bool given = options->vendor_key != NULL && options->vendor_cert != NULL;
    struct mdm_error why = {0};

    if ((given ? take_files(&run, err) : take_folder(&run, err)) != 0)
        return NULL;
    struct mdm_signer *signer = mdm_run_signer(&run, &why);
    if (signer == NULL && given && why.code == MDM_E_REFUSED) { /* perhaps its chain is not complete without these */
        mdm_error_clear(&why);
        add_cas_beside(options->vendor_cert, &run.state->inputs.items->certs);
        signer = mdm_run_signer(&run, &why);
    }
    if (signer == NULL)
        mdm_error_copy(err, &why);
    return signer;
}
