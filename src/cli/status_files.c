/* `status FILE...`: certificates wherever they lie, and which of the files has their keys. */
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "cli/status_view.h"
#include "pki/cert.h"
#include "pki/key.h"
#include "store/file.h"

static int add_certs(struct status_view *view, const char *path, const struct mdm_certs *certs, struct mdm_error *err)
{
    for (size_t i = 0; i < certs->count; i++) {
        const struct mdm_cert_facts *facts = mdm_cert_facts(certs->items[i]);
        struct mdm_status_cert *entry = mdm_status_add(&view->status, certs->items[i], path, view->at);

        if (entry == NULL)
            return mdm_error_memory(err);
        entry->in_use = facts->kind != MDM_CERT_INTERMEDIATE && facts->kind != MDM_CERT_ROOT;
        if (view->status.topic == NULL)
            view->status.topic = facts->topic;
    }
    return 0;
}

static int add_key(struct status_view *view, const char *path, const struct mdm_key_id *id, struct mdm_error *err)
{
    struct status_key *more = realloc(view->keys, (view->key_count + 1) * sizeof *more);

    if (more == NULL)
        return mdm_error_memory(err);
    view->keys = more;
    more[view->key_count++] = (struct status_key){path, *id};
    return 0;
}

/* What a locked file shows without its password. */
static int locked(const struct mdm_bytes *file, const char *path, struct mdm_error *err)
{
    char sha1[41];

    if (err->code != MDM_E_UNANSWERED)
        return -1;
    mdm_error_clear(err);
    if (mdm_p12_cert_sha1(file, sha1))
        (void)mdm_error_set(err, MDM_E_UNANSWERED,
                            "'%s' is a locked PKCS #12 file with a private key and the certificate with the SHA-1 "
                            "fingerprint %s; the rest is not known without the password",
                            path, sha1);
    else
        (void)mdm_error_set(err, MDM_E_UNANSWERED, "'%s' is a locked PKCS #12 file, whose password is needed", path);
    return mdm_error_hint(err, "Give it with `--customer-password-file FILE`, or run mdmvendor at a terminal.");
}

/* First without a password, which opens files that have the empty one. */
static int open_p12(const struct mdm_callbacks *callbacks, const struct mdm_bytes *file, const char *path,
                    struct mdm_p12 *p12, struct mdm_error *err)
{
    struct mdm_secret *password = NULL;

    for (unsigned attempt = 1;; attempt++) {
        const int result = mdm_p12_read(file, path, password, p12, err);

        mdm_secret_free(&password);
        if (result == 0 || err->code != MDM_E_PASSWORD || attempt == 4)
            return result;
        mdm_p12_free(p12);
        mdm_error_clear(err);
        password = callbacks->password(callbacks->ctx, MDM_ROLE_CUSTOMER, path, attempt, err);
        if (password == NULL)
            return locked(file, path, err);
    }
}

static int read_p12(struct status_view *view, const struct mdm_callbacks *callbacks, const struct mdm_bytes *file,
                    const char *path, struct mdm_error *err)
{
    struct mdm_p12 p12 = {0};
    int result = open_p12(callbacks, file, path, &p12, err);

    if (result == 0 && p12.certs.count == 0 && p12.cert_problem.code != MDM_OK)
        result = mdm_error_copy(err, &p12.cert_problem);
    for (size_t i = 0; result == 0 && i < p12.keys.count; i++) {
        struct mdm_key_id id;

        result = mdm_key_get_id(p12.keys.items[i], &id, err) == 0 ? add_key(view, path, &id, err) : -1;
    }
    if (result == 0)
        result = add_certs(view, path, &p12.certs, err);
    mdm_p12_free(&p12);
    return result;
}

static int read_plain(struct status_view *view, const struct mdm_bytes *file, const char *path, struct mdm_error *err)
{
    struct mdm_certs certs = {0};
    struct mdm_key_facts key;
    const enum mdm_certs_outcome outcome = mdm_certs_scan(file, &certs, err);
    int result = outcome == MDM_CERTS_BROKEN ? mdm_error_context(err, "'%s'", path) : 0;

    mdm_key_describe(file, &key);
    if (result == 0 && key.is_key && key.id_known)
        result = add_key(view, path, &key.id, err);
    if (result == 0)
        result = add_certs(view, path, &certs, err);
    if (result == 0 && outcome == MDM_CERTS_NONE && !key.is_key) {
        result = mdm_error_set(err, MDM_E_FAILED, "'%s' holds no certificate: it is %s", path,
                               mdm_filekind_words(mdm_filekind_of(file)));
        (void)mdm_error_hint(err, "Name a certificate (PEM or DER) or a PKCS #12 file; `mdmvendor verify` checks "
                                  "requests.");
    }
    mdm_certs_free(&certs);
    return result;
}

/* Says what is wrong with a file, and goes on with the next one. */
static int take_trouble(struct status_view *view, const struct mdm_error *why, struct mdm_error *err)
{
    struct mdm_findings *warnings = &view->status.warnings;
    const int status = mdm_error_status(why);

    if (why->code == MDM_E_MEMORY || why->code == MDM_E_INTERRUPTED)
        return mdm_error_copy(err, why);
    mdm_findings_add(warnings, why->code == MDM_E_UNANSWERED ? "locked" : "unreadable", why->text, say_hint(why));
    if (warnings->incomplete)
        return mdm_error_memory(err);
    if (view->options->format != MDM_FORMAT_NAGIOS)
        (void)say_error(why);
    view->exit_code = status > view->exit_code ? status : view->exit_code;
    return 0;
}

int status_read_files(const struct mdm_options *options, struct mdm_session *session, struct status_view *view,
                      struct mdm_error *err)
{
    int result = 0;

    *view = (struct status_view){.options = options, .at = cmd_time(options, session), .files = true};
    for (size_t i = 0; i < options->operand_count && result == 0; i++) {
        const char *path = options->operands[i];
        struct mdm_error why = {0};
        struct mdm_bytes file = {0};

        if (mdm_path_read(path, MDM_FILE_LIMIT, &file, NULL, &why) == 0) {
            if (mdm_filekind_of(&file) == MDM_FILEKIND_PKCS12)
                (void)read_p12(view, &session->callbacks, &file, path, &why);
            else
                (void)read_plain(view, &file, path, &why);
        }
        mdm_bytes_free(&file);
        if (why.code != MDM_OK)
            result = take_trouble(view, &why, err);
    }
    for (size_t i = 0; i < view->status.certificate_count; i++) {
        const enum status_life life = status_life(view, &view->status.certificates[i]);

        if (view->status.certificates[i].in_use && (life == STATUS_EXPIRED || life == STATUS_EXPIRING))
            view->status.expiring = true;
    }
    return result;
}
