/*
 * Judges a file of inputs/: is it the certificate that Apple was asked for, does it have its own right to be there, or
 * is it a mistake? Each mistake gets its own sentence: what was found, what is due, what to do.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "flow/state.h"

/* A file that is judged, and what is expected in its place. */
struct judging {
    const struct mdm_state *state;
    enum mdm_role role;
    const struct mdm_role_row *row, *other_row;
    const struct mdm_side *side, *other_side;
    const struct mdm_file *file;
    bool named; /* as what is expected */
    struct mdm_error *why;
};

static struct judging judging_of(const struct mdm_state *state, enum mdm_role role, const struct mdm_file *file,
                                 struct mdm_error *why)
{
    enum mdm_role other = role == MDM_ROLE_VENDOR ? MDM_ROLE_CUSTOMER : MDM_ROLE_VENDOR;

    return (struct judging){.state = state,
                            .role = role,
                            .row = &mdm_roles[role],
                            .other_row = &mdm_roles[other],
                            .side = mdm_state_side(state, role),
                            .other_side = mdm_state_side(state, other),
                            .file = file,
                            .why = why};
}

/* Says why not. `hint` may be NULL: how to get the right file, then. */
static enum mdm_match MDM_PRINTF(4, 5)
    no(const struct judging *judging, enum mdm_code code, const char *hint, const char *format, ...)
{
    struct mdm_error *why = judging->why;
    va_list arguments;

    *why = (struct mdm_error){.code = code};
    va_start(arguments, format);
    (void)vsnprintf(why->text, sizeof why->text, format, arguments);
    va_end(arguments);
    if (hint != NULL)
        mdm_error_hint(why, "%s", hint);
    else
        mdm_error_hint(why, "At %s, %s", judging->state->portals[judging->role], judging->row->download);
    return MDM_MATCH_NO;
}

static enum mdm_match mistake(const struct judging *judging, enum mdm_code code, const char *hint, const char *found)
{
    return no(judging, code, hint, "'%s' is %s, but %s is expected here", judging->file->path, found,
              judging->row->what);
}

static const char *kind_words(const struct mdm_cert *cert)
{
    static const char *const words[] = {
        [MDM_CERT_OTHER] = "a certificate of another kind",
        [MDM_CERT_VENDOR] = "an MDM vendor certificate",
        [MDM_CERT_PUSH] = "an MDM push certificate",
        [MDM_CERT_INTERMEDIATE] = "a CA certificate (an intermediate)",
        [MDM_CERT_ROOT] = "a CA certificate (a root)",
    };

    return words[mdm_cert_facts(cert)->kind];
}

/* The certificate that carries the due key must be of the due kind as well. */
static enum mdm_match other_kind(const struct judging *judging, const struct mdm_cert *cert)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert);
    char hint[MDM_ERROR_HINT_MAX];

    if (facts->kind == MDM_CERT_VENDOR || (judging->role == MDM_ROLE_VENDOR && facts->kind != MDM_CERT_OTHER))
        return mistake(judging, MDM_E_REFUSED, NULL, kind_words(cert));
    if (judging->role == MDM_ROLE_CUSTOMER)
        return no(judging, MDM_E_REFUSED, NULL,
                  "'%s' was issued for the customer's key but is not an MDM push certificate: its subject must have "
                  "one UID, which begins with \"com.apple.mgmt.\" (subject: %s)",
                  judging->file->path, facts->subject);
    /* Another type was chosen in the portal's list: vendor certificates alone have no extended key usage. */
    (void)snprintf(hint, sizeof hint,
                   "At %s, choose the certificate type \"MDM CSR\", upload outputs/vendor.csr, and put the download "
                   "into inputs/ in place of this file.",
                   judging->state->portals[MDM_ROLE_VENDOR]);
    return no(judging, MDM_E_REFUSED, hint,
              "'%s' was issued for the vendor's key, but not as type \"MDM CSR\" (certificate of '%s')",
              judging->file->path, facts->common_name);
}

/* No certificate in the file carries the key. Of another kind, the names in it tell the person best which one it is;
 * intermediates have their use beside Apple's file. */
static enum mdm_match stranger(const struct judging *judging)
{
    const struct mdm_file *file = judging->file;
    const struct mdm_cert *due = mdm_file_cert(file, judging->row->kind);
    const struct mdm_cert *others = mdm_file_cert(file, judging->other_row->kind);
    const struct mdm_cert *strange = mdm_file_cert(file, MDM_CERT_OTHER);
    char found[MDM_KEY_ID_TEXT_MAX], key[MDM_KEY_ID_TEXT_MAX];

    if (due != NULL) { /* for another key pair: whose is it, as far as that can be told? */
        const struct mdm_cert_facts *facts = mdm_cert_facts(due);

        if (mdm_side_has(judging->other_side, &facts->key_id))
            return no(judging, MDM_E_REFUSED, NULL, "'%s' was issued for the %s's key, not for outputs/%s: %s",
                      file->path, judging->other_row->whose, judging->row->key_name,
                      judging->role == MDM_ROLE_VENDOR
                          ? "outputs/customer.csr was uploaded in place of outputs/vendor.csr"
                          : "the vendor's CSR was signed in place of the customer's");
        if (!judging->side->id_known)
            return no(judging, MDM_E_REFUSED, NULL,
                      "the private key of '%s' (certificate of '%s') is not in this folder", file->path,
                      facts->common_name);
        mdm_key_id_format(&facts->key_id, found);
        mdm_key_id_format(&judging->side->id, key);
        return no(judging, MDM_E_REFUSED, NULL,
                  "'%s' was not issued for outputs/%s: its public key is %s, that of the key is %s (certificate of "
                  "'%s')",
                  file->path, judging->row->key_name, found, key, facts->common_name);
    }
    if (others == NULL && strange != NULL &&
        (judging->named || !mdm_side_has(judging->other_side, &mdm_cert_facts(strange)->key_id)))
        return no(judging, MDM_E_REFUSED, NULL, "'%s' is %s ('%s', issued by '%s'), but %s is expected here",
                  file->path, kind_words(strange), mdm_cert_facts(strange)->subject, mdm_cert_facts(strange)->issuer,
                  judging->row->what);
    if (!judging->named || file->certs.count == 0)
        return MDM_MATCH_IGNORED;
    return mistake(judging, MDM_E_REFUSED, NULL, kind_words(others != NULL ? others : file->certs.items[0]));
}

/* A certificate that is in force or was replaced. */
static enum mdm_match spent(const struct judging *judging, const struct mdm_cert *cert)
{
    const struct mdm_cert *record = judging->state->record.cert;
    bool in_force = record != NULL && mdm_cert_equal(record, cert);
    char hint[MDM_ERROR_HINT_MAX];

    (void)snprintf(hint, sizeof hint,
                   judging->role == MDM_ROLE_CUSTOMER
                       ? "At %s, press Renew on its row and upload outputs/plist_encode.txt first, then download. To "
                         "keep the old certificate instead, run `mdmvendor undo`."
                       : "At %s, upload outputs/vendor.csr (certificate type \"MDM CSR\"), then download the new "
                         "certificate. To keep the old one instead, run `mdmvendor undo`.",
                   judging->state->portals[judging->role]);
    (void)no(judging, MDM_E_REFUSED, hint, "'%s' is the certificate that %s (valid until %s)", judging->file->path,
             in_force ? "is being replaced" : "a renewal has replaced", mdm_cert_facts(cert)->last_day);
    return MDM_MATCH_SPENT;
}

/* Of the certificates in the file, the one that fits best. */
static enum mdm_match match_certs(const struct judging *judging)
{
    const struct mdm_certs *certs = &judging->file->certs;
    const struct mdm_cert *cert = NULL;
    enum mdm_fit best = MDM_FIT_OTHER_KEY;

    for (size_t i = 0; i < certs->count; i++) {
        enum mdm_fit fit = mdm_state_fit(judging->state, judging->role, certs->items[i]);

        if (fit < best) {
            best = fit;
            cert = certs->items[i];
        }
    }
    switch (best) {
    case MDM_FIT_YES:
    case MDM_FIT_ARCHIVED:
        return MDM_MATCH_YES;
    case MDM_FIT_SPENT:
        return spent(judging, cert);
    case MDM_FIT_SELF_ISSUED:
        return no(judging, MDM_E_REFUSED, NULL,
                  "the certificate '%.512s' in '%s' is self-signed: Apple did not issue it",
                  mdm_cert_facts(cert)->subject, judging->file->path);
    case MDM_FIT_OTHER_KIND:
        return other_kind(judging, cert);
    default:
        return stranger(judging);
    }
}

/* What a vendor answers goes to Apple, and only when it was made of the CSR of the key here. */
static enum mdm_match match_request(const struct judging *judging)
{
    const struct mdm_file *file = judging->file;
    char found[MDM_KEY_ID_TEXT_MAX], key[MDM_KEY_ID_TEXT_MAX];

    if (judging->role != MDM_ROLE_CUSTOMER || file->csr == NULL || !judging->side->id_known)
        return mistake(judging, MDM_E_REFUSED, NULL, mdm_filekind_words(file->kind));
    if (mdm_key_id_equal(&mdm_csr_facts(file->csr)->key_id, &judging->side->id))
        return no(judging, MDM_E_REFUSED,
                  "Upload it at identity.apple.com/pushcert, and put the download into inputs/.",
                  "'%s' is the request that was signed for the key here, and has to be uploaded", file->path);
    mdm_key_id_format(&mdm_csr_facts(file->csr)->key_id, found);
    mdm_key_id_format(&judging->side->id, key);
    return no(judging, MDM_E_REFUSED,
              "Do not upload it: the certificate would not match the key here. Have outputs/customer.csr signed, and "
              "upload that request.",
              "'%s' is a request that was not made for this folder's CSR: its public key is %s, that of "
              "outputs/customer.key is %s",
              file->path, found, key);
}

enum mdm_match mdm_state_match(const struct mdm_state *state, enum mdm_role role, const struct mdm_file *file,
                               struct mdm_error *why)
{
    struct judging judging = judging_of(state, role, file, why);
    const char *path = file->path, *trouble = file->trouble.text, *hint = NULL;
    enum mdm_filekind kind = file->kind;
    char words[256], readable[MDM_ERROR_HINT_MAX];

    judging.named = !file->from_inputs || strcmp(file->name, judging.row->cert_name) == 0;
    if (!mdm_state_is_candidate(state, role, file))
        return MDM_MATCH_IGNORED;
    if (file->outcome != MDM_FILE_READ) {
        if (!judging.named && file->outcome != MDM_FILE_UNREADABLE)
            return MDM_MATCH_IGNORED;
        mdm_file_outcome_text(file->outcome, &file->info, words, sizeof words);
        (void)snprintf(readable, sizeof readable,
                       "Make it readable for the account that runs mdmvendor: chmod u+r '%s'.", path);
        if (file->outcome == MDM_FILE_IRREGULAR)
            hint = "Copy the file itself into inputs/: links are not followed there.";
        else if (file->outcome == MDM_FILE_UNREADABLE)
            hint = readable;
        return no(&judging, MDM_E_FAILED, hint, "'%s' %s, but %s is expected here", path, words, judging.row->what);
    }
    if (kind == MDM_FILEKIND_CERTIFICATE)
        return match_certs(&judging);
    if (kind == MDM_FILEKIND_REQUEST)
        return match_request(&judging);
    if (kind == MDM_FILEKIND_DAMAGED) { /* the reader's words go without the path that it puts in front */
        if (trouble[0] == '\'' && strncmp(trouble + 1, path, strlen(path)) == 0 &&
            strncmp(trouble + 1 + strlen(path), "': ", 3) == 0)
            trouble += strlen(path) + 4;
        return no(&judging, MDM_E_FAILED, "Download it again and put it into inputs/ once it is complete.",
                  "'%s' is a damaged or incomplete certificate%s%s", path, trouble[0] != '\0' ? ": " : "", trouble);
    }
    if (!judging.named && (kind == MDM_FILEKIND_PUBLIC_KEY || kind == MDM_FILEKIND_UNKNOWN))
        return MDM_MATCH_IGNORED;
    if (kind == MDM_FILEKIND_UTF16)
        hint = "Save it as plain text (UTF-8 or ASCII), or download it again and copy it as it is, without opening "
               "it in an editor.";
    return mistake(&judging,
                   kind == MDM_FILEKIND_UTF16 || kind == MDM_FILEKIND_UNKNOWN || kind == MDM_FILEKIND_EMPTY
                       ? MDM_E_FAILED
                       : MDM_E_REFUSED,
                   hint, mdm_filekind_words(kind));
}

/* So many files are read in each folder: a work folder may be somebody's home. */
#define FILES_MAX 256

static bool ends_with(const char *name, const char *end)
{
    size_t size = strlen(name);

    return size > strlen(end) && strcmp(name + size - strlen(end), end) == 0;
}

/* Does a file of the folder hold what is expected in inputs/? */
static bool search(const struct judging *judging, const struct mdm_dir *dir, const char *shown)
{
    struct mdm_names names = {0};
    bool found = false;

    if (dir != NULL)
        (void)mdm_dir_list(dir, &names, NULL);
    for (size_t i = 0; !found && i < names.count && i < FILES_MAX; i++) {
        const char *name = names.items[i];
        struct mdm_files files = {0};
        const struct mdm_file *file = NULL;

        /* Hidden files are nobody's download, and to close the lock file would give up the lock (fcntl). */
        if (name[0] != '.' && strcmp(name, MDM_NAME_RECORD) != 0 && !ends_with(name, ".pfx"))
            file = mdm_files_add(&files, dir, name, shown, NULL);
        for (size_t j = 0; file != NULL && file->kind == MDM_FILEKIND_CERTIFICATE && j < file->certs.count; j++)
            found = found || mdm_state_fit(judging->state, judging->role, file->certs.items[j]) == MDM_FIT_YES;
        if (found)
            (void)no(judging, MDM_E_WAITING, "Move it there, and run `mdmvendor` again.",
                     "%s is in the wrong place: '%s' is not in 'inputs/'", judging->row->what, file->path);
        mdm_files_free(&files);
    }
    mdm_names_free(&names);
    return found;
}

bool mdm_state_find_stray(const struct mdm_state *state, const struct mdm_workspace *workspace, enum mdm_role role,
                          struct mdm_error *why)
{
    struct judging judging = judging_of(state, role, NULL, why);
    bool found = false;

    mdm_error_clear(why);
    for (size_t i = 0; i < state->inputs.count; i++) { /* ".NAME.icloud" stands for one that is not downloaded */
        const struct mdm_file *file = &state->inputs.items[i];

        if (file->name[0] != '.' || !ends_with(file->name + 1, ".icloud"))
            continue;
        (void)no(&judging, MDM_E_WAITING,
                 "Click the cloud beside the file in Finder, or download it from Apple again, and run `mdmvendor` "
                 "again.",
                 "'%s' is a placeholder for a file that iCloud has not downloaded to this machine", file->path);
        return true;
    }
    for (size_t i = 0; !found && i < state->inputs.count && i < FILES_MAX; i++) {
        const struct mdm_file *file = &state->inputs.items[i];
        struct mdm_dir *sub = NULL;

        if (file->outcome == MDM_FILE_FOLDER &&
            mdm_dir_sub(mdm_workspace_inputs(workspace), file->name, &sub, NULL) == 1)
            found = search(&judging, sub, file->path);
        mdm_dir_close(&sub);
    }
    return found || search(&judging, mdm_workspace_root(workspace), "") ||
           search(&judging, mdm_workspace_outputs(workspace), MDM_FOLDER_OUTPUTS);
}

bool mdm_state_explain(const struct mdm_state *state, const struct mdm_workspace *workspace, enum mdm_role role,
                       struct mdm_error *why)
{
    mdm_error_clear(why);
    for (size_t i = 0; i < state->inputs.count; i++) {
        const struct mdm_file *file = &state->inputs.items[i];
        struct mdm_error found;

        if (mdm_state_match(state, role, file, &found) >= MDM_MATCH_SPENT &&
            (why->code == MDM_OK || strcmp(file->name, mdm_roles[role].cert_name) == 0))
            *why = found;
    }
    return why->code != MDM_OK || mdm_state_find_stray(state, workspace, role, why);
}
