/*
 * Judges a file of inputs/: is it the certificate that Apple was asked for, does it have its own right to be there, or
 * is it a mistake? Each mistake gets its own sentence: what was found, what is due, what to do.
 */
#include <stdio.h>
#include <string.h>

#include "flow/survey.h"

/* What is due, in words. */
struct due {
    enum mdm_role role;
    const struct mdm_side *side;
    const char *name; /* the file's customary name in inputs/ */
    const char *what;
    const char *key;       /* the key it must carry */
    const char *other_key; /* the other role's, and how a certificate comes to carry that one */
    const char *mixed_up;
    const char *download; /* where it comes from */
};

static struct due due_for(const struct mdm_survey *survey, enum mdm_role role)
{
    if (role == MDM_ROLE_VENDOR)
        return (struct due){
            role,
            &survey->vendor,
            MDM_NAME_VENDOR_CERT,
            "the MDM vendor certificate",
            "outputs/" MDM_NAME_VENDOR_KEY,
            "the customer's key",
            "outputs/" MDM_NAME_CUSTOMER_CSR " was uploaded in place of outputs/" MDM_NAME_VENDOR_CSR,
            "Upload outputs/vendor.csr at developer.apple.com (certificate type \"MDM CSR\"), download the "
            "certificate and put it into inputs/ in place of this file."};
    return (struct due){
        role,
        &survey->customer,
        MDM_NAME_PUSH_CERT,
        "the MDM push certificate",
        "outputs/" MDM_NAME_CUSTOMER_KEY,
        "the vendor's key",
        "the vendor's CSR was signed in place of the customer's",
        "Upload outputs/plist_encode.txt at identity.apple.com/pushcert, download the certificate and put it "
        "into inputs/ in place of this file."};
}

static enum mdm_fit mistake(const struct due *due, enum mdm_code code, const struct mdm_item *item, const char *found,
                            struct mdm_error *why)
{
    mdm_error_set(why, code, "'%s' is %s, but %s is due here", item->path, found, due->what);
    mdm_error_hint(why, "%s", due->download);
    return MDM_FIT_NO;
}

/* Does one of the certificates of the other role's pair lie here rightly? */
static bool belongs_to_other_role(const struct mdm_survey *survey, const struct due *due,
                                  const struct mdm_cert_facts *facts)
{
    const struct mdm_side *other = due->role == MDM_ROLE_VENDOR ? &survey->customer : &survey->vendor;

    return other->id_known && mdm_key_id_equal(&other->id, &facts->key_id);
}

/* A certificate for another key pair than the due one: whose key is it, as far as that can be told? */
static enum mdm_fit wrong_key(const struct mdm_survey *survey, const struct due *due, const struct mdm_item *item,
                              const struct mdm_cert_facts *facts, struct mdm_error *why)
{
    char found[MDM_KEY_ID_TEXT_MAX];
    char expected[MDM_KEY_ID_TEXT_MAX] = "unknown";

    if (belongs_to_other_role(survey, due, facts)) {
        mdm_error_set(why, MDM_E_REFUSED, "'%s' was issued for %s, not for %s: %s", item->path, due->other_key,
                      due->key, due->mixed_up);
        mdm_error_hint(why, "%s", due->download);
        return MDM_FIT_NO;
    }
    mdm_key_id_format(&facts->key_id, found);
    if (due->side->id_known)
        mdm_key_id_format(&due->side->id, expected);
    mdm_error_set(why, MDM_E_REFUSED,
                  "'%s' was not issued for %s: it carries the public key %s, the key is %s (certificate of '%s')",
                  item->path, due->key, found, expected, facts->common_name);
    mdm_error_hint(why, "%s", due->download);
    return MDM_FIT_NO;
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
static enum mdm_fit stranger(const struct due *due, const struct mdm_item *item, const struct mdm_cert_facts *facts,
                             struct mdm_error *why)
{
    mdm_error_set(why, MDM_E_REFUSED, "'%s' is %s ('%s', issued by '%s'), but %s is due here", item->path,
                  kind_words(facts->kind), facts->subject, facts->issuer, due->what);
    mdm_error_hint(why, "%s", due->download);
    return MDM_FIT_NO;
}

/* The right key, and another type was chosen in the portal's list. Vendor certificates alone have no extended key
 * usage. */
static enum mdm_fit other_type(const struct mdm_item *item, const struct mdm_cert_facts *facts, struct mdm_error *why)
{
    mdm_error_set(why, MDM_E_REFUSED,
                  "'%s' carries the vendor's key, but it is of another type than \"MDM CSR\" (certificate of '%s')",
                  item->path, facts->common_name);
    mdm_error_hint(why, "At developer.apple.com, choose \"MDM CSR\" in the list of certificate types, upload "
                        "outputs/vendor.csr there, and put the download into inputs/ in place of this file.");
    return MDM_FIT_NO;
}

/* The certificate that carries the due key must be of the due kind as well. A vendor certificate without any sign of
 * being one is let through: Apple alone says what it is, and the caller warns. */
static enum mdm_fit judge_kind(const struct due *due, const struct mdm_item *item, const struct mdm_cert_facts *facts,
                               struct mdm_error *why)
{
    if (due->role == MDM_ROLE_VENDOR) {
        if (facts->kind == MDM_CERT_OTHER && facts->has_purposes)
            return other_type(item, facts, why);
        return facts->kind == MDM_CERT_VENDOR || facts->kind == MDM_CERT_OTHER
                   ? MDM_FIT_YES
                   : mistake(due, MDM_E_REFUSED, item, kind_words(facts->kind), why);
    }
    if (facts->kind == MDM_CERT_PUSH)
        return MDM_FIT_YES;
    if (facts->kind == MDM_CERT_VENDOR)
        return mistake(due, MDM_E_REFUSED, item, kind_words(facts->kind), why);
    mdm_error_set(
        why, MDM_E_REFUSED,
        "'%s' carries the customer's key but is no MDM push certificate: its subject must have one UID, which begins "
        "with \"com.apple.mgmt.\" (subject: %s)",
        item->path, facts->subject);
    mdm_error_hint(why, "%s", due->download);
    return MDM_FIT_NO;
}

/* No certificate in the file carries the due key. */
static enum mdm_fit judge_stranger(const struct mdm_survey *survey, const struct due *due, const struct mdm_item *item,
                                   bool named, struct mdm_error *why)
{
    enum mdm_cert_kind wanted = due->role == MDM_ROLE_VENDOR ? MDM_CERT_VENDOR : MDM_CERT_PUSH;
    enum mdm_cert_kind other = due->role == MDM_ROLE_VENDOR ? MDM_CERT_PUSH : MDM_CERT_VENDOR;
    const struct mdm_cert_facts *facts = first_of_kind(&item->certs, wanted);

    if (facts != NULL)
        return wrong_key(survey, due, item, facts, why);
    facts = first_of_kind(&item->certs, other);
    if (facts != NULL)
        return named ? mistake(due, MDM_E_REFUSED, item, kind_words(other), why) : MDM_FIT_IGNORED;
    facts = first_of_kind(&item->certs, MDM_CERT_OTHER);
    if (facts != NULL && (named || !belongs_to_other_role(survey, due, facts)))
        return stranger(due, item, facts, why);
    if (facts == NULL && named)
        return mistake(due, MDM_E_REFUSED, item, kind_words(mdm_cert_facts(item->certs.items[0])->kind), why);
    return MDM_FIT_IGNORED; /* intermediates have their use beside Apple's file */
}

static enum mdm_fit judge_certs(const struct mdm_survey *survey, const struct due *due, const struct mdm_item *item,
                                bool named, const struct mdm_cert **cert, struct mdm_error *why)
{
    for (size_t i = 0; i < item->certs.count; i++) {
        const struct mdm_cert_facts *facts = mdm_cert_facts(item->certs.items[i]);
        enum mdm_fit fit;

        /* A key given by option may not tell whose it is without its password or token: the step compares it then. */
        if (due->side->id_known ? !mdm_key_id_equal(&facts->key_id, &due->side->id)
                                : due->role != MDM_ROLE_VENDOR || !survey->vendor_key_given ||
                                      (!named && facts->kind != MDM_CERT_VENDOR))
            continue;
        fit = judge_kind(due, item, facts, why);
        if (fit == MDM_FIT_YES && cert != NULL)
            *cert = item->certs.items[i];
        return fit;
    }
    return judge_stranger(survey, due, item, named, why);
}

/* A file that could not even be read. */
static enum mdm_fit judge_outcome(const struct due *due, const struct mdm_item *item, bool named, struct mdm_error *why)
{
    char text[256];

    if (!named && item->outcome != MDM_FILE_UNREADABLE)
        return MDM_FIT_IGNORED;
    mdm_file_outcome_text(item->outcome, &item->info, text, sizeof text);
    mdm_error_set(why, MDM_E_FAILED, "'%s' %s, but %s is due here", item->path, text, due->what);
    if (item->outcome == MDM_FILE_IRREGULAR)
        mdm_error_hint(why, "Copy the file itself into inputs/: links are not followed there.");
    else if (item->outcome == MDM_FILE_UNREADABLE)
        mdm_error_hint(why, "Make it readable for the account that runs mdmvendor: chmod u+r '%s'.", item->path);
    else
        mdm_error_hint(why, "%s", due->download);
    return MDM_FIT_NO;
}

static bool is_own_csr(const struct mdm_item *item)
{
    return item->from_inputs && strcmp(item->name, MDM_NAME_CUSTOMER_CSR) == 0;
}

/* What the reader said, without the path that it puts in front. */
static const char *trouble_of(const struct mdm_item *item)
{
    const char *text = item->trouble.text;
    size_t size = strlen(item->path);

    if (text[0] == '\'' && strncmp(text + 1, item->path, size) == 0 && strncmp(text + 1 + size, "': ", 3) == 0)
        text += size + 4;
    return text;
}

static enum mdm_fit judge_damaged(const struct mdm_item *item, struct mdm_error *why)
{
    const char *trouble = trouble_of(item);

    mdm_error_set(why, MDM_E_FAILED, "'%s' is a damaged or cut-off certificate%s%s", item->path,
                  trouble[0] != '\0' ? ": " : "", trouble);
    mdm_error_hint(why, "Download it again and put it into inputs/ once it is complete.");
    return MDM_FIT_NO;
}

static enum mdm_fit judge_other_file(const struct due *due, const struct mdm_item *item, bool named,
                                     struct mdm_error *why)
{
    switch (item->kind) {
    case MDM_FILEKIND_CSR:
        return is_own_csr(item) ? MDM_FIT_IGNORED
                                : mistake(due, MDM_E_REFUSED, item, mdm_filekind_words(item->kind), why);
    case MDM_FILEKIND_PRIVATE_KEY:
    case MDM_FILEKIND_PKCS12:
    case MDM_FILEKIND_REQUEST:
    case MDM_FILEKIND_PLIST:
    case MDM_FILEKIND_HTML:
    case MDM_FILEKIND_ZIP:
        return mistake(due, MDM_E_REFUSED, item, mdm_filekind_words(item->kind), why);
    case MDM_FILEKIND_EMPTY:
        return mistake(due, MDM_E_FAILED, item, mdm_filekind_words(item->kind), why);
    case MDM_FILEKIND_DAMAGED:
        return judge_damaged(item, why);
    case MDM_FILEKIND_UTF16:
        mdm_error_set(why, MDM_E_FAILED, "'%s' is %s, but %s is due here", item->path, mdm_filekind_words(item->kind),
                      due->what);
        mdm_error_hint(why, "Save it as plain text (UTF-8 or ASCII), or download it again and copy it as it is, "
                            "without opening it in an editor.");
        return MDM_FIT_NO;
    case MDM_FILEKIND_PUBLIC_KEY:
        return named ? mistake(due, MDM_E_REFUSED, item, mdm_filekind_words(item->kind), why) : MDM_FIT_IGNORED;
    case MDM_FILEKIND_CERTIFICATE:
    case MDM_FILEKIND_UNKNOWN:
        break;
    }
    return named ? mistake(due, MDM_E_FAILED, item, mdm_filekind_words(item->kind), why) : MDM_FIT_IGNORED;
}

enum mdm_fit mdm_survey_judge(const struct mdm_survey *survey, enum mdm_role role, const struct mdm_item *item,
                              const struct mdm_cert **cert, struct mdm_error *why)
{
    struct due due = due_for(survey, role);
    bool given = !item->from_inputs;
    bool named = given || strcmp(item->name, due.name) == 0;

    /* A certificate given by option is the vendor's, and then the only one. */
    if (given ? role != MDM_ROLE_VENDOR : role == MDM_ROLE_VENDOR && survey->vendor_cert_given)
        return MDM_FIT_IGNORED;
    if (item->name[0] == '.' && !given)
        return MDM_FIT_IGNORED;
    if (item->outcome != MDM_FILE_READ)
        return judge_outcome(&due, item, named, why);
    if (is_own_csr(item))
        return MDM_FIT_IGNORED; /* step 2 says what is wrong with it, whatever it is */
    if (item->kind == MDM_FILEKIND_CERTIFICATE)
        return judge_certs(survey, &due, item, named, cert, why);
    return judge_other_file(&due, item, named, why);
}

/* The key is gone, and what belongs to it is there: Apple's certificate, or the vendor's CSR, which Apple may have. */
static int lost_key(const char *key, const struct mdm_choice *choice, const struct mdm_item *csr, struct mdm_error *err)
{
    if (choice->cert != NULL)
        return mdm_error_set(err, MDM_E_FAILED, "'outputs/%s' is missing, but '%s' was issued for it", key,
                             choice->item->path);
    if (csr != NULL)
        return mdm_error_set(err, MDM_E_FAILED, "'outputs/%s' is missing, but '%s' was made with it", key, csr->path);
    return 0;
}

/* Something else than a key lies in its place. */
static int no_key(const struct mdm_item *item, const char *whose, struct mdm_error *err)
{
    char text[256];

    if (item->outcome != MDM_FILE_READ)
        mdm_file_outcome_text(item->outcome, &item->info, text, sizeof text);
    else if (item->kind == MDM_FILEKIND_PRIVATE_KEY || item->kind == MDM_FILEKIND_DAMAGED)
        (void)snprintf(text, sizeof text, "is damaged or cut off");
    else
        (void)snprintf(text, sizeof text, "is %s", mdm_filekind_words(item->kind));
    return mdm_error_set(err, MDM_E_FAILED, "'%s' %s, but the %s's private key is due there", item->path, text, whose);
}

int mdm_survey_check_key(const struct mdm_survey *survey, enum mdm_role role, struct mdm_error *err)
{
    bool vendor = role == MDM_ROLE_VENDOR;
    const char *name = vendor ? MDM_NAME_VENDOR_KEY : MDM_NAME_CUSTOMER_KEY;
    const struct mdm_item *item = mdm_survey_output(survey, name);

    if ((vendor && survey->vendor_key_given) || (item != NULL && item->key.is_key))
        return 0;
    if ((item == NULL ? lost_key(name, vendor ? &survey->vendor_cert : &survey->push_cert,
                                 vendor ? survey->vendor.csr : NULL, err)
                      : no_key(item, vendor ? "vendor" : "customer", err)) == 0)
        return 0;
    return mdm_error_hint(
        err,
        "Put the key back from a backup%s: certificates issued for it are worth nothing without it. "
        "To begin anew with another key, run `mdmvendor %d`; what is there moves to outputs/archive/.",
        vendor ? ", or name it with --vendor-key (a file, or pkcs11:... in a token)" : "", vendor ? 1 : 2);
}
