/*
 * Judges a file of inputs/: is it the certificate that Apple was asked for, does it have its own right to be there, or
 * is it a mistake? Each mistake gets its own sentence: what was found, what is due, what to do.
 */
#include <stdio.h>
#include <string.h>

#include "flow/state.h"

/* What is expected. */
struct expected {
    enum mdm_role role;
    const struct mdm_role_row *row;
    const struct mdm_side *side;
    const char *portal;
};

/* How a certificate comes to carry the other role's key. */
static const char *const mixed_up[] = {
    [MDM_ROLE_VENDOR] = "outputs/customer.csr was uploaded in place of outputs/vendor.csr",
    [MDM_ROLE_CUSTOMER] = "the vendor's CSR was signed in place of the customer's",
};

static enum mdm_role other_role(enum mdm_role role)
{
    return role == MDM_ROLE_VENDOR ? MDM_ROLE_CUSTOMER : MDM_ROLE_VENDOR;
}

static void download_hint(const struct expected *expected, struct mdm_error *why)
{
    mdm_error_hint(why, "At %s, %s", expected->portal, expected->row->download);
}

static enum mdm_match mistake(const struct expected *expected, enum mdm_code code, const struct mdm_file *file,
                              const char *found, struct mdm_error *why)
{
    mdm_error_set(why, code, "'%s' is %s, but %s is expected here", file->path, found, expected->row->what);
    download_hint(expected, why);
    return MDM_MATCH_NO;
}

/* Does the certificate belong to the other role's key? */
static bool belongs_to_other_role(const struct mdm_state *state, const struct expected *expected,
                                  const struct mdm_cert_facts *facts)
{
    const struct mdm_side *other = mdm_state_side(state, other_role(expected->role));

    return other->id_known && mdm_key_id_equal(&other->id, &facts->key_id);
}

/* A certificate for another key pair: whose is it, as far as that can be told? */
static enum mdm_match wrong_key(const struct mdm_state *state, const struct expected *expected,
                                const struct mdm_file *file, const struct mdm_cert_facts *facts, struct mdm_error *why)
{
    const char *other = mdm_roles[other_role(expected->role)].whose;
    char found[MDM_KEY_ID_TEXT_MAX];
    char key[MDM_KEY_ID_TEXT_MAX];

    mdm_key_id_format(&facts->key_id, found);
    if (belongs_to_other_role(state, expected, facts)) {
        mdm_error_set(why, MDM_E_REFUSED, "'%s' was issued for the %s's key, not for outputs/%s: %s", file->path, other,
                      expected->row->key_name, mixed_up[expected->role]);
    } else if (!expected->side->id_known) {
        mdm_error_set(why, MDM_E_REFUSED, "the private key of '%s' (certificate of '%s') is not in this folder",
                      file->path, facts->common_name);
    } else {
        mdm_key_id_format(&expected->side->id, key);
        mdm_error_set(
            why, MDM_E_REFUSED,
            "'%s' was not issued for outputs/%s: its public key is %s, that of the key is %s (certificate of '%s')",
            file->path, expected->row->key_name, found, key, facts->common_name);
    }
    download_hint(expected, why);
    return MDM_MATCH_NO;
}

static const struct mdm_cert_facts *first_of_kind(const struct mdm_certs *certs, enum mdm_cert_kind kind)
{
    for (size_t i = 0; i < certs->count; i++) {
        const struct mdm_cert_facts *facts = mdm_cert_facts(certs->items[i]);

        if (facts->kind == kind)
            return facts;
    }
    return NULL;
}

static const char *kind_words(enum mdm_cert_kind kind)
{
    switch (kind) {
    case MDM_CERT_VENDOR:
        return "an MDM vendor certificate";
    case MDM_CERT_PUSH:
        return "an MDM push certificate";
    case MDM_CERT_INTERMEDIATE:
        return "a CA certificate (an intermediate)";
    case MDM_CERT_ROOT:
        return "a CA certificate (a root)";
    case MDM_CERT_OTHER:
        break;
    }
    return "a certificate of another kind";
}

/* A certificate of another kind: the names in it tell the person best which one it is. */
static enum mdm_match stranger(const struct expected *expected, const struct mdm_file *file,
                               const struct mdm_cert_facts *facts, struct mdm_error *why)
{
    mdm_error_set(why, MDM_E_REFUSED, "'%s' is %s ('%s', issued by '%s'), but %s is expected here", file->path,
                  kind_words(facts->kind), facts->subject, facts->issuer, expected->row->what);
    download_hint(expected, why);
    return MDM_MATCH_NO;
}

/* The right key, and another type was chosen in the portal's list. Vendor certificates alone have no extended key
 * usage. */
static enum mdm_match other_type(const struct expected *expected, const struct mdm_file *file,
                                 const struct mdm_cert_facts *facts, struct mdm_error *why)
{
    mdm_error_set(why, MDM_E_REFUSED,
                  "'%s' was issued for the vendor's key, but not as type \"MDM CSR\" (certificate of '%s')", file->path,
                  facts->common_name);
    mdm_error_hint(why,
                   "At %s, choose the certificate type \"MDM CSR\", upload outputs/vendor.csr, and put the download "
                   "into inputs/ in place of this file.",
                   expected->portal);
    return MDM_MATCH_NO;
}

/* The certificate that carries the due key must be of the due kind as well. A vendor certificate without any sign of
 * being one is let through: Apple alone says what it is, and the caller warns. */
static enum mdm_match match_kind(const struct expected *expected, const struct mdm_file *file,
                                 const struct mdm_cert_facts *facts, struct mdm_error *why)
{
    if (expected->role == MDM_ROLE_VENDOR) {
        if (facts->kind == MDM_CERT_OTHER && facts->has_purposes)
            return other_type(expected, file, facts, why);
        return facts->kind == MDM_CERT_VENDOR || facts->kind == MDM_CERT_OTHER
                   ? MDM_MATCH_YES
                   : mistake(expected, MDM_E_REFUSED, file, kind_words(facts->kind), why);
    }
    if (facts->kind == MDM_CERT_PUSH)
        return MDM_MATCH_YES;
    if (facts->kind == MDM_CERT_VENDOR)
        return mistake(expected, MDM_E_REFUSED, file, kind_words(facts->kind), why);
    mdm_error_set(why, MDM_E_REFUSED,
                  "'%s' was issued for the customer's key but is not an MDM push certificate: its subject must have "
                  "one UID, which begins with \"com.apple.mgmt.\" (subject: %s)",
                  file->path, facts->subject);
    download_hint(expected, why);
    return MDM_MATCH_NO;
}

/* No certificate in the file carries the key. */
static enum mdm_match match_stranger(const struct mdm_state *state, const struct expected *expected,
                                     const struct mdm_file *file, bool named, struct mdm_error *why)
{
    enum mdm_cert_kind other = mdm_roles[other_role(expected->role)].kind;
    const struct mdm_cert_facts *facts = first_of_kind(&file->certs, expected->row->kind);

    if (facts != NULL)
        return wrong_key(state, expected, file, facts, why);
    facts = first_of_kind(&file->certs, other);
    if (facts != NULL)
        return named ? mistake(expected, MDM_E_REFUSED, file, kind_words(other), why) : MDM_MATCH_IGNORED;
    facts = first_of_kind(&file->certs, MDM_CERT_OTHER);
    if (facts != NULL && (named || !belongs_to_other_role(state, expected, facts)))
        return stranger(expected, file, facts, why);
    if (facts == NULL && named && file->certs.count > 0)
        return mistake(expected, MDM_E_REFUSED, file, kind_words(mdm_cert_facts(file->certs.items[0])->kind), why);
    return MDM_MATCH_IGNORED; /* intermediates have their use beside Apple's file */
}

/* A certificate that is in force or was replaced. */
static enum mdm_match spent(const struct mdm_state *state, const struct expected *expected, const struct mdm_file *file,
                            const struct mdm_cert *cert, struct mdm_error *why)
{
    bool in_force = state->record.cert != NULL && mdm_cert_equal(state->record.cert, cert);
    char day[MDM_TIME_TEXT_MAX];

    mdm_time_format_day(mdm_cert_facts(cert)->not_after, day);
    mdm_error_set(why, MDM_E_REFUSED, "'%s' is the certificate that %s (valid until %s)", file->path,
                  in_force ? "is being replaced" : "a renewal has replaced", day);
    if (expected->role == MDM_ROLE_CUSTOMER)
        mdm_error_hint(why,
                       "At %s, press Renew on its row and upload outputs/plist_encode.txt first, then download. To "
                       "keep the old certificate instead, run `mdmvendor undo`.",
                       expected->portal);
    else
        mdm_error_hint(why,
                       "At %s, upload outputs/vendor.csr (certificate type \"MDM CSR\"), then download the new "
                       "certificate. To keep the old one instead, run `mdmvendor undo`.",
                       expected->portal);
    return MDM_MATCH_SPENT;
}

static enum mdm_match self_issued(const struct expected *expected, const struct mdm_file *file,
                                  const struct mdm_cert_facts *facts, struct mdm_error *why)
{
    mdm_error_set(why, MDM_E_REFUSED, "the certificate '%.512s' in '%s' is self-signed: Apple did not issue it",
                  facts->subject, file->path);
    download_hint(expected, why);
    return MDM_MATCH_NO;
}

/* Every certificate of the file is looked at: one that will do counts, then one that is spent, then the first mistake.
 */
static enum mdm_match match_certs(const struct mdm_state *state, const struct expected *expected,
                                  const struct mdm_file *file, bool named, struct mdm_error *why)
{
    const struct mdm_side *side = expected->side;
    enum mdm_match best = MDM_MATCH_IGNORED;

    for (size_t i = 0; i < file->certs.count; i++) {
        const struct mdm_cert *cert = file->certs.items[i];
        const struct mdm_cert_facts *facts = mdm_cert_facts(cert);
        bool right_kind = facts->kind == expected->row->kind;
        struct mdm_archived archived;
        struct mdm_error found = {0};
        enum mdm_match match;

        if (right_kind && mdm_state_is_spent(state, cert))
            match = spent(state, expected, file, cert, &found);
        else if (right_kind && mdm_state_archived(state, expected->role, &facts->key_id, &archived))
            match = MDM_MATCH_YES;
        else if (side->id_known ? !mdm_key_id_equal(&facts->key_id, &side->id) : !right_kind)
            continue;
        else if (!side->id_known && side->key == NULL &&
                 !(expected->role == MDM_ROLE_VENDOR && state->vendor_key_given))
            continue;
        else if (strcmp(facts->subject, facts->issuer) == 0)
            match = self_issued(expected, file, facts, &found);
        else
            match = match_kind(expected, file, facts, &found);
        if (match == MDM_MATCH_YES)
            return match;
        if (best == MDM_MATCH_IGNORED || (best == MDM_MATCH_NO && match == MDM_MATCH_SPENT)) {
            best = match;
            if (why != NULL)
                *why = found;
        }
    }
    return best != MDM_MATCH_IGNORED ? best : match_stranger(state, expected, file, named, why);
}

/* A file that could not even be read. */
static enum mdm_match match_unread(const struct expected *expected, const struct mdm_file *file, bool named,
                                   struct mdm_error *why)
{
    char text[256];

    if (!named && file->outcome != MDM_FILE_UNREADABLE)
        return MDM_MATCH_IGNORED;
    mdm_file_outcome_text(file->outcome, &file->info, text, sizeof text);
    mdm_error_set(why, MDM_E_FAILED, "'%s' %s, but %s is expected here", file->path, text, expected->row->what);
    if (file->outcome == MDM_FILE_IRREGULAR)
        mdm_error_hint(why, "Copy the file itself into inputs/: links are not followed there.");
    else if (file->outcome == MDM_FILE_UNREADABLE)
        mdm_error_hint(why, "Make it readable for the account that runs mdmvendor: chmod u+r '%s'.", file->path);
    else
        download_hint(expected, why);
    return MDM_MATCH_NO;
}

/* What the reader said, without the path that it puts in front. */
static const char *trouble_of(const struct mdm_file *file)
{
    const char *text = file->trouble.text;
    size_t size = strlen(file->path);

    if (text[0] == '\'' && strncmp(text + 1, file->path, size) == 0 && strncmp(text + 1 + size, "': ", 3) == 0)
        text += size + 4;
    return text;
}

static enum mdm_match match_damaged(const struct mdm_file *file, struct mdm_error *why)
{
    const char *trouble = trouble_of(file);

    mdm_error_set(why, MDM_E_FAILED, "'%s' is a damaged or incomplete certificate%s%s", file->path,
                  trouble[0] != '\0' ? ": " : "", trouble);
    mdm_error_hint(why, "Download it again and put it into inputs/ once it is complete.");
    return MDM_MATCH_NO;
}

/* What a vendor answers goes to Apple, and only when it was made of the CSR of the key here. */
static enum mdm_match match_request(const struct expected *expected, const struct mdm_file *file, struct mdm_error *why)
{
    char found[MDM_KEY_ID_TEXT_MAX], key[MDM_KEY_ID_TEXT_MAX];

    if (expected->role != MDM_ROLE_CUSTOMER || file->csr == NULL || !expected->side->id_known)
        return mistake(expected, MDM_E_REFUSED, file, mdm_filekind_words(file->kind), why);
    if (mdm_key_id_equal(&mdm_csr_facts(file->csr)->key_id, &expected->side->id)) {
        mdm_error_set(why, MDM_E_REFUSED,
                      "'%s' is the request that was signed for the key here, and has to be uploaded", file->path);
        mdm_error_hint(why, "Upload it at identity.apple.com/pushcert, and put the download into inputs/.");
        return MDM_MATCH_NO;
    }
    mdm_key_id_format(&mdm_csr_facts(file->csr)->key_id, found);
    mdm_key_id_format(&expected->side->id, key);
    mdm_error_set(why, MDM_E_REFUSED,
                  "'%s' is a request that was not made for this folder's CSR: its public key is %s, that of "
                  "outputs/customer.key is %s",
                  file->path, found, key);
    mdm_error_hint(why, "Do not upload it: the certificate would not match the key here. Have outputs/customer.csr "
                        "signed, and upload that request.");
    return MDM_MATCH_NO;
}

static enum mdm_match match_other_file(const struct expected *expected, const struct mdm_file *file, bool named,
                                       struct mdm_error *why)
{
    switch (file->kind) {
    case MDM_FILEKIND_REQUEST:
        return match_request(expected, file, why);
    case MDM_FILEKIND_EMPTY:
        return mistake(expected, MDM_E_FAILED, file, mdm_filekind_words(file->kind), why);
    case MDM_FILEKIND_DAMAGED:
        return match_damaged(file, why);
    case MDM_FILEKIND_UTF16:
        mdm_error_set(why, MDM_E_FAILED, "'%s' is %s, but %s is expected here", file->path,
                      mdm_filekind_words(file->kind), expected->row->what);
        mdm_error_hint(why, "Save it as plain text (UTF-8 or ASCII), or download it again and copy it as it is, "
                            "without opening it in an editor.");
        return MDM_MATCH_NO;
    case MDM_FILEKIND_PUBLIC_KEY:
        return named ? mistake(expected, MDM_E_REFUSED, file, mdm_filekind_words(file->kind), why) : MDM_MATCH_IGNORED;
    case MDM_FILEKIND_CERTIFICATE:
    case MDM_FILEKIND_UNKNOWN:
        break;
    default:
        return mistake(expected, MDM_E_REFUSED, file, mdm_filekind_words(file->kind), why);
    }
    return named ? mistake(expected, MDM_E_FAILED, file, mdm_filekind_words(file->kind), why) : MDM_MATCH_IGNORED;
}

enum mdm_match mdm_state_match(const struct mdm_state *state, enum mdm_role role, const struct mdm_file *file,
                               struct mdm_error *why)
{
    struct expected expected = {role, &mdm_roles[role], mdm_state_side(state, role), state->portals[role]};
    bool named = !file->from_inputs || strcmp(file->name, expected.row->cert_name) == 0;

    if (!mdm_state_is_candidate(state, role, file))
        return MDM_MATCH_IGNORED;
    if (file->outcome != MDM_FILE_READ)
        return match_unread(&expected, file, named, why);
    if (file->kind == MDM_FILEKIND_CERTIFICATE)
        return match_certs(state, &expected, file, named, why);
    return match_other_file(&expected, file, named, why);
}

bool mdm_state_push_is_refused(const struct mdm_state *state, struct mdm_error *why)
{
    const struct mdm_choice *push = state->refused.cert != NULL ? &state->refused : &state->push_cert;
    const struct mdm_cert_facts *facts = push->cert != NULL ? mdm_cert_facts(push->cert) : NULL;
    char day[MDM_TIME_TEXT_MAX], clock[MDM_TIME_TEXT_MAX];

    mdm_error_clear(why);
    if (facts == NULL)
        return false;
    if (state->refused_is_one_of_several) {
        mdm_error_set(why, MDM_E_REFUSED,
                      "inputs/ holds push certificates with different topics, among them '%s' for %s, and it is not "
                      "clear which one is meant",
                      push->file->path, facts->topic);
        mdm_error_hint(why, "Keep only the one to be used in inputs/, and move the others away.");
    } else if (state->refused.cert != NULL) {
        mdm_error_set(why, MDM_E_REFUSED,
                      "the topic changed: '%s' is for %s, but the devices are enrolled with %s, and every one of them "
                      "would have to be enrolled again",
                      push->file->path, facts->topic, state->topic);
        mdm_error_hint(why,
                       "At %s, with the same Apple account as last time, press Renew on the row '%s' (not \"Create a "
                       "Certificate\"), upload outputs/plist_encode.txt, and put the download into inputs/ in place of "
                       "this one. To change the topic on purpose, use --accept-new-topic.",
                       state->portals[MDM_ROLE_CUSTOMER], state->row);
    } else if (state->now > facts->not_after) {
        mdm_time_format_day(facts->not_after, day);
        mdm_error_set(why, MDM_E_EXPIRED, "the push certificate '%s' expired on %s", push->file->path, day);
        mdm_error_hint(why, "Run `mdmvendor renew` and press Renew on the row '%s' at %s.", facts->common_name,
                       state->portals[MDM_ROLE_CUSTOMER]);
    } else if (state->now < facts->not_before) {
        mdm_time_format(facts->not_before, day);
        mdm_time_format(state->now, clock);
        mdm_error_set(why, MDM_E_REFUSED,
                      "the push certificate '%s' is not valid before %s, and this machine's clock says %s",
                      push->file->path, day, clock);
        mdm_error_hint(why, "Check this machine's clock.");
    }
    return why->code != MDM_OK;
}

static int say_lost(const char *name, const char *path, const char *how, struct mdm_error *err)
{
    return mdm_error_set(err, MDM_E_FAILED, "'outputs/%s' is missing, but '%s' %s", name, path, how);
}

/* The key is gone, and what belongs to it is there. */
static int lost_key(const struct mdm_state *state, enum mdm_role role, struct mdm_error *err)
{
    const char *name = mdm_roles[role].key_name;
    const struct mdm_side *side = mdm_state_side(state, role);
    const struct mdm_choice *choice = role == MDM_ROLE_VENDOR ? &state->vendor_cert : &state->push_cert;

    if (choice->cert != NULL && choice->file->from_inputs)
        return say_lost(name, choice->file->path, "was issued for it", err);
    if (side->csr != NULL)
        return say_lost(name, side->csr->path, "was made with it", err);
    if (role == MDM_ROLE_VENDOR && state->request != NULL)
        return say_lost(name, state->request->path, "was signed with it", err);
    return 0;
}

/* Something else than a key lies in its place. */
static int no_key(const struct mdm_file *file, const char *whose, struct mdm_error *err)
{
    char text[256];

    if (file->outcome != MDM_FILE_READ)
        mdm_file_outcome_text(file->outcome, &file->info, text, sizeof text);
    else if (file->kind == MDM_FILEKIND_PRIVATE_KEY || file->kind == MDM_FILEKIND_DAMAGED)
        (void)snprintf(text, sizeof text, "is damaged or incomplete");
    else
        (void)snprintf(text, sizeof text, "is %s", mdm_filekind_words(file->kind));
    return mdm_error_set(err, MDM_E_FAILED, "'%s' %s, but the %s's private key is expected there", file->path, text,
                         whose);
}

int mdm_state_check_key(const struct mdm_state *state, enum mdm_role role, struct mdm_error *err)
{
    bool vendor = role == MDM_ROLE_VENDOR;
    const struct mdm_file *file = mdm_state_output(state, mdm_roles[role].key_name);

    if ((vendor && state->vendor_key_given) || (file != NULL && file->key.is_key))
        return 0;
    if ((file == NULL ? lost_key(state, role, err) : no_key(file, mdm_roles[role].whose, err)) == 0)
        return 0;
    return mdm_error_hint(err,
                          "Put the key back from a backup%s: certificates issued for it are useless without it. To "
                          "start over with a new key, %s.",
                          vendor ? ", or name it with --vendor-key (a file, or pkcs11:... in a token)" : "",
                          vendor                                         ? "run `mdmvendor 1`"
                          : (state->facts & MDM_FACT_CUSTOMER_ONLY) == 0 ? "run `mdmvendor 2`"
                          : state->record.cert != NULL                   ? "run `mdmvendor renew`"
                                                       : "move outputs/customer.csr away and run `mdmvendor csr`");
}

/* So many files are read in each folder: a work folder may be somebody's home. */
#define FILES_MAX 256

struct search {
    const struct mdm_state *state;
    enum mdm_role role;
    struct mdm_error *why;
};

/* Not to be opened. Hidden files are nobody's download, and to close the lock file would give up the lock (fcntl). */
static bool is_passed_over(const char *name)
{
    size_t size = strlen(name);

    return name[0] == '.' || strcmp(name, MDM_NAME_RECORD) == 0 || strcmp(name, MDM_NAME_ARCHIVE) == 0 ||
           (size > 4 && strcmp(name + size - 4, ".pfx") == 0);
}

/* Does the file hold what is expected in inputs/? */
static bool fits(const struct search *search, const struct mdm_file *file)
{
    const struct mdm_side *side = mdm_state_side(search->state, search->role);

    for (size_t i = 0; i < file->certs.count; i++) {
        const struct mdm_cert_facts *facts = mdm_cert_facts(file->certs.items[i]);

        if (file->kind == MDM_FILEKIND_CERTIFICATE && !mdm_state_is_spent(search->state, file->certs.items[i]) &&
            (side->id_known ? mdm_key_id_equal(&facts->key_id, &side->id)
                            : facts->kind == mdm_roles[search->role].kind))
            return true;
    }
    return false;
}

static bool search_folder(const struct search *search, const struct mdm_dir *dir, const char *shown)
{
    struct mdm_names names = {0};
    bool found = false;
    size_t count = dir != NULL && mdm_dir_list(dir, &names, NULL) == 0 ? names.count : 0;

    for (size_t i = 0; !found && i < count && i < FILES_MAX; i++) {
        struct mdm_files files = {0};
        const struct mdm_file *file = NULL;

        if (!is_passed_over(names.items[i]) && mdm_file_stat(dir, names.items[i], NULL) == MDM_FILE_READ)
            file = mdm_files_add(&files, dir, names.items[i], shown, NULL);
        found = file != NULL && file->outcome == MDM_FILE_READ && fits(search, file);
        if (found) {
            mdm_error_set(search->why, MDM_E_WAITING, "%s is in the wrong place: '%s' is not in 'inputs/'",
                          mdm_roles[search->role].what, file->path);
            mdm_error_hint(search->why, "Move it there, and run `mdmvendor` again.");
        }
        mdm_files_free(&files);
    }
    mdm_names_free(&names);
    return found;
}

/* Folders directly below inputs/. */
static bool search_below(const struct search *search, const struct mdm_dir *inputs)
{
    struct mdm_names names = {0};
    bool found = false;
    size_t count = inputs != NULL && mdm_dir_list(inputs, &names, NULL) == 0 ? names.count : 0;

    for (size_t i = 0; !found && i < count && i < FILES_MAX; i++) {
        struct mdm_dir *dir = NULL;
        char shown[512];

        if (mdm_file_stat(inputs, names.items[i], NULL) != MDM_FILE_FOLDER ||
            mdm_dir_sub(inputs, names.items[i], &dir, NULL) != 1)
            continue;
        (void)snprintf(shown, sizeof shown, MDM_FOLDER_INPUTS "/%.480s", names.items[i]);
        found = search_folder(search, dir, shown);
        mdm_dir_close(&dir);
    }
    mdm_names_free(&names);
    return found;
}

/* iCloud keeps ".NAME.icloud" in the place of a file that it has not downloaded. */
static bool is_placeholder(const char *name)
{
    size_t size = strlen(name);

    return size > 8 && name[0] == '.' && strcmp(name + size - 7, ".icloud") == 0;
}

static bool search_placeholder(const struct search *search)
{
    const struct mdm_files *inputs = &search->state->inputs;

    for (size_t i = 0; i < inputs->count; i++) {
        if (!is_placeholder(inputs->items[i].name))
            continue;
        mdm_error_set(search->why, MDM_E_WAITING,
                      "'%s' is a placeholder for a file that iCloud has not downloaded to this machine",
                      inputs->items[i].path);
        mdm_error_hint(search->why,
                       "Click the cloud beside the file in Finder, or download it from Apple again, and run "
                       "`mdmvendor` again.");
        return true;
    }
    return false;
}

bool mdm_state_find_stray(const struct mdm_state *state, const struct mdm_workspace *workspace, enum mdm_role role,
                          struct mdm_error *why)
{
    struct search search = {state, role, why};

    mdm_error_clear(why);
    return search_placeholder(&search) || search_below(&search, mdm_workspace_inputs(workspace)) ||
           search_folder(&search, mdm_workspace_root(workspace), "") ||
           search_folder(&search, mdm_workspace_outputs(workspace), MDM_FOLDER_OUTPUTS);
}
