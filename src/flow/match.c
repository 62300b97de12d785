/*
 * Matches a file of inputs/ with what is expected there: it is the certificate that Apple was asked for, or has its own
 * right to be there, or is the wrong one. Each way to be wrong has a sentence: what was found, what is expected, what
 * to do.
 */
#include <fnmatch.h>
#include <string.h>

#include "flow/state.h"

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

/* No certificate in the file is for the key. The names in one of another kind tell a person best which it is;
 * intermediates are of use beside Apple's file. `named`: as what is expected. 0: it may be there. */
static int check_other_key(const struct mdm_state *state, enum mdm_role role, const struct mdm_file *file, bool named,
                           struct mdm_error *why)
{
    const bool vendor = role == MDM_ROLE_VENDOR;
    const enum mdm_role other = vendor ? MDM_ROLE_CUSTOMER : MDM_ROLE_VENDOR;
    const struct mdm_side *side = mdm_state_side(state, role), *other_side = mdm_state_side(state, other);
    const struct mdm_cert *right_kind = mdm_file_cert(file, mdm_roles[role].kind);
    const struct mdm_cert *others = mdm_file_cert(file, mdm_roles[other].kind);
    const struct mdm_cert *unknown = mdm_file_cert(file, MDM_CERT_OTHER);

    if (right_kind != NULL) { /* for another key pair: whose is it, as far as that can be told? */
        const struct mdm_cert_facts *facts = mdm_cert_facts(right_kind);

        if (mdm_side_has(other_side, &facts->key_id))
            return mdm_error_set(why, MDM_E_REFUSED, "'%s' was issued for the %s's key, not for %s: %s", file->path,
                                 mdm_roles[other].whose, side->key_path,
                                 vendor ? "outputs/customer.csr was uploaded in place of outputs/vendor.csr"
                                        : "the vendor's CSR was signed in place of the customer's");
        if (!side->id_known)
            return mdm_error_set(
                why, MDM_E_REFUSED,
                "the private key of '%s' (certificate of '%s') is not in this folder" MDM_HINT
                "If you have that key, add it with `mdmvendor import KEY_FILE`. If not, move this certificate "
                "out of inputs/.",
                file->path, facts->common_name);
        return mdm_error_set(
            why, MDM_E_REFUSED,
            "'%s' was not issued for %s: its public key is %s, that of the key is %s (certificate of '%s')", file->path,
            side->key_path, mdm_key_id_format(&facts->key_id).text, mdm_key_id_format(&side->id).text,
            facts->common_name);
    }
    if (others == NULL && unknown != NULL && (named || !mdm_side_has(other_side, &mdm_cert_facts(unknown)->key_id)))
        return mdm_error_set(why, MDM_E_REFUSED, "'%s' is %s ('%s', issued by '%s'), but %s is expected here",
                             file->path, kind_words(unknown), mdm_cert_facts(unknown)->subject,
                             mdm_cert_facts(unknown)->issuer, mdm_roles[role].what);
    if (!named || file->certs.count == 0)
        return 0;
    return mdm_refuse_kind(file, kind_words(others != NULL ? others : file->certs.items[0]), mdm_roles[role].what, why);
}

/* The certificate in the file that matches best, and what is wrong with it. */
static enum mdm_match match_certs(const struct mdm_state *state, enum mdm_role role, const struct mdm_file *file,
                                  bool named, struct mdm_error *why)
{
    const char *portal = state->portals[role];
    const bool vendor = role == MDM_ROLE_VENDOR;
    const struct mdm_cert *cert = NULL;
    enum mdm_match best = MDM_MATCH_NO;

    for (size_t i = 0; i < file->certs.count; i++) {
        enum mdm_match match = mdm_state_match_cert(state, role, file->certs.items[i]);

        if (match < best) {
            best = match;
            cert = file->certs.items[i];
        }
    }
    if (best == MDM_MATCH_NO)
        return check_other_key(state, role, file, named, why) != 0 ? MDM_MATCH_NO : MDM_MATCH_IGNORED;
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert);
    if (best == MDM_MATCH_SPENT)
        mdm_error_set(
            why, MDM_E_REFUSED,
            "'%s' is the certificate that %s (valid until %s)" MDM_HINT
            "At %s, %supload %s first, then download the new certificate. To keep the old one instead, stop "
            "here and run `mdmvendor undo`.",
            file->path, mdm_cert_equal(state->record.cert, cert) ? "is being replaced" : "a renewal has replaced",
            facts->last_day, portal, vendor ? "" : "press Renew on its row and ", mdm_upload_words(state, role));
    else if (best == MDM_MATCH_SELF_ISSUED)
        mdm_error_set(why, MDM_E_REFUSED, MDM_SELF_SIGNED, facts->subject, file->path);
    else if (best == MDM_MATCH_WRONG_KIND &&
             (facts->kind == MDM_CERT_VENDOR || (vendor && facts->kind != MDM_CERT_OTHER)))
        mdm_refuse_kind(file, kind_words(cert), mdm_roles[role].what, why);
    else if (best == MDM_MATCH_WRONG_KIND && !vendor)
        mdm_error_set(why, MDM_E_REFUSED,
                      "'%s' was issued for the customer's key but is not an MDM push certificate: its subject must "
                      "have one UID, which begins with \"com.apple.mgmt.\" (subject: %s)",
                      file->path, facts->subject);
    else if (best == MDM_MATCH_WRONG_KIND) /* of another type in the portal's list: vendor certificates alone have no
                                              extended key usage */
        mdm_error_set(why, MDM_E_REFUSED,
                      "'%s' was issued for the vendor's key, but not as type \"MDM CSR\" (certificate of '%s')" MDM_HINT
                      "At %s, choose the certificate type \"MDM CSR\", upload outputs/vendor.csr, and put the download "
                      "into inputs/ in place of this file.",
                      file->path, facts->common_name, portal);
    return best;
}

/* A file without a certificate in the place of Apple's. */
static int check_other_file(const struct mdm_state *state, enum mdm_role role, const struct mdm_file *file,
                            struct mdm_error *why)
{
    const char *path = file->path, *trouble = file->trouble.text;
    const struct mdm_key_id *id = file->csr != NULL ? &mdm_csr_facts(file->csr)->key_id : NULL;
    const struct mdm_side *side = &state->customer;
    bool locked = file->outcome == MDM_FILE_UNREADABLE;

    if (file->outcome != MDM_FILE_READ)
        return mdm_error_set(why, MDM_E_FAILED, "'%s' %s, but %s is expected here" MDM_HINT "%s%s%s", path,
                             file->info.words, mdm_roles[role].what,
                             locked ? "Make it readable for the account that runs mdmvendor: chmod u+r "
                             : file->outcome == MDM_FILE_IRREGULAR
                                 ? "Copy the file itself into inputs/: links are not followed there."
                                 : "",
                             locked ? MDM_QUOTED(path) : "", locked ? "." : "");
    if (file->kind == MDM_FILEKIND_DAMAGED)
        return mdm_error_set(why, MDM_E_FAILED,
                             "'%s' is a damaged or incomplete certificate%s%s" MDM_HINT
                             "Download it again and put it into inputs/ once it is complete.",
                             path, trouble[0] != '\0' ? ": " : "", trouble);
    /* The request that a vendor returns goes to Apple, if it was made from the CSR of the key here. */
    if (file->kind == MDM_FILEKIND_REQUEST && role == MDM_ROLE_CUSTOMER && id != NULL && side->id_known) {
        if (mdm_key_id_equal(id, &side->id))
            return mdm_error_set(why, MDM_E_REFUSED,
                                 "'%s' is the request that was signed for the key here, and has to be uploaded" MDM_HINT
                                 "Upload it at identity.apple.com/pushcert, and put the download into inputs/.",
                                 path);
        return mdm_error_set(why, MDM_E_REFUSED,
                             "'%s' is a request that was not made for this folder's CSR: its public key is %s, that of "
                             "outputs/customer.key is %s" MDM_HINT "Do not upload it: the certificate would not match "
                             "the key here. Have outputs/customer.csr signed, and upload that request.",
                             path, mdm_key_id_format(id).text, mdm_key_id_format(&side->id).text);
    }
    mdm_refuse_kind(file, mdm_filekind_words(file->kind), mdm_roles[role].what, why);
    if (file->kind == MDM_FILEKIND_UTF16)
        mdm_error_hint(why, "Save it as plain text (UTF-8 or ASCII), or download it again and copy it as it is, "
                            "without opening it in an editor.");
    return -1;
}

enum mdm_match mdm_state_match(const struct mdm_state *state, enum mdm_role role, const struct mdm_file *file,
                               struct mdm_error *why)
{
    bool vendor = role == MDM_ROLE_VENDOR;
    bool named = !file->from_inputs || strcmp(file->path, mdm_roles[role].cert_path) == 0;
    const struct mdm_cert_facts *renew = vendor ? NULL : state->last_push;
    enum mdm_match match = MDM_MATCH_NO;

    mdm_error_clear(why);
    if (!mdm_state_is_candidate(state, role, file) ||
        (!named && file->outcome != MDM_FILE_UNREADABLE &&
         (file->kind == MDM_FILEKIND_UNKNOWN || file->kind == MDM_FILEKIND_PUBLIC_KEY)))
        return MDM_MATCH_IGNORED;
    if (file->kind == MDM_FILEKIND_CERTIFICATE)
        match = match_certs(state, role, file, named, why);
    else
        (void)check_other_file(state, role, file, why);
    /* What has no hint of its own: how to get the right file. */
    if (vendor && state->vendor.given)
        mdm_error_hint(why, "Put the certificate that developer.apple.com issued for the key of --vendor-key into "
                            "inputs/ in place of this file, or name it with --vendor-cert.");
    mdm_error_hint(why,
                   "At %s, %s%s%supload %s if you have not yet; then download the certificate that was made from it, "
                   "and put it into inputs/ in place of this file.",
                   state->portals[role], renew != NULL ? "press Renew on the row '" : "",
                   renew != NULL ? renew->common_name : "", renew != NULL ? "' and " : "",
                   mdm_upload_words(state, role));
    return match;
}

/* At most this many files are read in each folder: a work folder may be somebody's home. */
#define FILES_MAX 256

/* Does a file of the folder hold what is expected in inputs/? */
static bool search(const struct mdm_state *state, enum mdm_role role, const struct mdm_dir *dir, const char *shown,
                   struct mdm_error *why)
{
    MDM_OWNED(mdm_names_free) struct mdm_names names = {0};
    const bool below = strncmp(shown, MDM_FOLDER_INPUTS "/", sizeof MDM_FOLDER_INPUTS) == 0;

    if (dir == NULL || mdm_dir_list(dir, &names, NULL) != 0)
        return false;
    for (size_t i = 0; i < names.count && i < FILES_MAX; i++) {
        const char *name = names.items[i];
        MDM_OWNED(mdm_files_free) struct mdm_files files = {0};

        /* A download is never hidden, and to close the lock file would give up the lock (fcntl). The files of ours were
         * read already. */
        if (name[0] == '.' || strcmp(name, MDM_NAME_RECORD) == 0 || fnmatch("*.pfx", name, 0) == 0 ||
            (strcmp(shown, MDM_FOLDER_OUTPUTS) == 0 && mdm_state_output(state, name) != NULL))
            continue;
        (void)mdm_files_add(&files, dir, name, shown, NULL);
        for (struct mdm_each each = {.files = &files}; mdm_each_cert(&each);) {
            if (each.file->kind != MDM_FILEKIND_CERTIFICATE ||
                mdm_state_match_cert(state, role, each.cert) != MDM_MATCH_YES)
                continue;
            mdm_error_set(why, MDM_E_WAITING,
                          "%s is in the wrong place: '%s' %s" MDM_HINT "Move it %s, and run `mdmvendor` again.",
                          mdm_roles[role].what, each.file->path,
                          below ? "lies in a folder below 'inputs/'" : "is not in 'inputs/'",
                          below ? "into 'inputs/' itself" : "there");
            return true;
        }
    }
    return false;
}

bool mdm_state_find_stray(const struct mdm_state *state, const struct mdm_workspace *workspace, enum mdm_role role,
                          struct mdm_error *why)
{
    for (size_t i = 0; i < state->inputs.count && i < FILES_MAX; i++) {
        const struct mdm_file *file = &state->inputs.items[i];
        MDM_OWNED(mdm_dir_close) struct mdm_dir *sub = NULL;

        if (file->outcome == MDM_FILE_FOLDER && mdm_dir_sub(workspace->inputs, file->name, &sub, NULL) == 1 &&
            search(state, role, sub, file->path, why))
            return true;
        if (fnmatch(".?*.icloud", file->name, 0) != 0) /* .NAME.icloud: it is not downloaded */
            continue;
        mdm_error_set(why, MDM_E_WAITING,
                      "'%s' is a placeholder for a file that iCloud has not downloaded to this machine" MDM_HINT
                      "Click the cloud beside the file in Finder, or download it from Apple again, and run `mdmvendor` "
                      "again.",
                      file->path);
        return true;
    }
    return search(state, role, workspace->root, "", why) ||
           search(state, role, workspace->outputs, MDM_FOLDER_OUTPUTS, why);
}

bool mdm_state_wrong_file(const struct mdm_state *state, enum mdm_role role, struct mdm_error *why)
{
    bool wrong = false;

    for (size_t i = 0; i < state->inputs.count; i++) {
        const struct mdm_file *file = &state->inputs.items[i];
        struct mdm_error found;

        if (mdm_state_match(state, role, file, &found) < MDM_MATCH_SPENT ||
            (wrong && strcmp(file->path, mdm_roles[role].cert_path) != 0))
            continue;
        wrong = true;
        *why = found;
    }
    return wrong;
}
