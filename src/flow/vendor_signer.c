/* The vendor's side: key and certificate, from a work folder or given by path, become a signer. */
#include <string.h>
#include <strings.h>

#include "flow/batch.h"
#include "flow/run.h"

/* The key is unlocked already. */
static struct mdm_signer *new_signer(struct mdm_run *run, const struct mdm_cert *cert, const char *cert_name,
                                     const struct mdm_certs *extra, struct mdm_error *err)
{
    struct mdm_error why = {0};
    struct mdm_signer *signer =
        mdm_signer_new(run->unlocked[MDM_ROLE_VENDOR].key, mdm_run_key_path(run, MDM_ROLE_VENDOR), cert, cert_name,
                       run->options.trust, extra, run->state->now, err);

    if (signer != NULL && mdm_check_marker(cert, cert_name, &why) != 0)
        mdm_run_tell(run, MDM_EVENT_WARNING, &why);
    for (size_t i = 0; signer != NULL && i < mdm_signer_chain(signer)->count; i++) {
        mdm_error_clear(&why);
        if (mdm_check_expiry(run->state, mdm_cert_facts(mdm_signer_chain(signer)->items[i]), run->options.warn_days,
                             &why) != 0)
            mdm_notify(run->callbacks, MDM_EVENT_WARNING, "%s", why.text);
    }
    return signer;
}

struct mdm_signer *mdm_run_signer(struct mdm_run *run, struct mdm_error *err)
{
    const struct mdm_choice *choice = &run->state->vendor_cert;
    MDM_OWNED(mdm_certs_free) struct mdm_certs extra = {0};
    struct mdm_error several = {0};

    if (mdm_check_choice(choice, MDM_ROLE_VENDOR, &several) != 0)
        mdm_run_tell(run, MDM_EVENT_NOTE, &several);
    if (mdm_run_unlock(run, MDM_ROLE_VENDOR, err) != 0 || mdm_state_cas(run->state, &extra, err) != 0)
        return NULL;
    return new_signer(run, choice->cert, choice->file->path, &extra, err);
}

/* From the work folder. Nothing of it is changed, so that it needs no lock. */
static struct mdm_signer *signer_of_folder(struct mdm_run *run, struct mdm_error *err)
{
    const char *directory = run->options.directory, *key = run->options.vendor_key;

    if (mdm_run_open(run, &run->options, run->callbacks, NULL, err) != 0)
        return NULL;
    if ((run->state->facts & MDM_FACT_VENDOR_KEY) == 0) {
        mdm_error_set(err, MDM_E_FAILED,
                      "signing needs the vendor's key, and there is none in '%s/outputs'" MDM_HINT
                      "Name the work folder with -C, or the key and its certificate with --vendor-key and "
                      "--vendor-cert.",
                      directory);
        return NULL;
    }
    if (mdm_run_learn(run, MDM_ROLE_VENDOR, err) < 0)
        return NULL;
    if (run->state->vendor_cert.cert == NULL && key != NULL) {
        mdm_error_set(err, MDM_E_FAILED,
                      "signing needs the certificate of '%s', and there is none for it in '%s/inputs'" MDM_HINT
                      "Name the certificate that developer.apple.com issued for that key with --vendor-cert FILE.",
                      key, directory);
        return NULL;
    }
    if ((run->state->facts & (MDM_FACT_VENDOR_CERT | MDM_FACT_VENDOR_ARCHIVED)) == 0 &&
        mdm_run_await(run, MDM_ROLE_VENDOR, err) != 0)
        return NULL;
    if (run->state->vendor_cert.cert != NULL)
        return mdm_run_signer(run, err);
    mdm_error_set(err, MDM_E_REFUSED,
                  "the vendor certificate in '%s/inputs' is for a key in the archive" MDM_HINT
                  "Run `mdmvendor` there first: it restores that key.",
                  directory);
    return NULL;
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
            mdm_file_read(dir, names.items[i], MDM_FILE_LIMIT, &bytes, NULL) == MDM_FILE_READ &&
            mdm_certs_from_bytes(&bytes, names.items[i], &certs, NULL) == 0)
            (void)mdm_certs_add_cas(&certs, out, NULL);
    }
}

/* From given files. The certificate's folder is searched only when the chain is not complete without. */
static struct mdm_signer *signer_of_files(struct mdm_run *run, struct mdm_error *err)
{
    const char *path = run->options.vendor_cert;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes file = {0};
    MDM_OWNED(mdm_certs_free) struct mdm_certs certs = {0};
    MDM_OWNED(mdm_certs_free) struct mdm_certs extra = {0};
    const struct mdm_cert *cert, *its_own;
    struct mdm_signer *signer;
    struct mdm_error first = {0};

    run->state = mdm_new(sizeof *run->state, err); /* of no folder: nothing is in it */
    if (run->state == NULL)
        return NULL;
    if (mdm_path_read(path, &file, NULL, err) != 0 || mdm_certs_from_bytes(&file, path, &certs, err) != 0) {
        mdm_error_hint(err, "Name the certificate that developer.apple.com issued (certificate type \"MDM CSR\") "
                            "with --vendor-cert.");
        return NULL;
    }
    /* The vendor's is the one that looks like it, unless the key says that it is another one. */
    cert = certs.items[0];
    for (size_t i = certs.count; i-- > 0;)
        if (mdm_cert_facts(certs.items[i])->kind == MDM_CERT_VENDOR)
            cert = certs.items[i];
    run->state->now = run->callbacks->now(run->callbacks->ctx);
    run->state->vendor.id = mdm_cert_facts(cert)->key_id;
    run->state->vendor.id_known = true;
    if (mdm_certs_add_cas(&certs, &extra, err) != 0 || mdm_run_unlock(run, MDM_ROLE_VENDOR, err) != 0)
        return NULL;
    if ((its_own = mdm_certs_find(&certs, &run->unlocked[MDM_ROLE_VENDOR].id)) != NULL)
        cert = its_own;
    signer = new_signer(run, cert, path, &extra, &first);
    if (signer == NULL && first.code == MDM_E_REFUSED) {
        add_cas_beside(path, &extra);
        return new_signer(run, cert, path, &extra, err);
    }
    if (signer == NULL)
        mdm_error_copy(err, &first);
    return signer;
}

struct mdm_signer *mdm_vendor_signer(const struct mdm_flow_options *options, const struct mdm_callbacks *callbacks,
                                     struct mdm_error *err)
{
    MDM_OWNED(mdm_run_end) struct mdm_run run = {.options = *options, .callbacks = callbacks};
    bool given = options->vendor_key != NULL && options->vendor_cert != NULL;

    return given ? signer_of_files(&run, err) : signer_of_folder(&run, err);
}
