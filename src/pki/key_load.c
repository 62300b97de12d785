/* Reading key files, in all the forms in which people have them. */
#include <string.h>

#include "base/text.h"
#include "pki/ossl.h"

#define EXPECTED ": expected an RSA key in PKCS #8, PKCS #1 or PKCS #12"
#define RIGHT_KEY                                                                                                      \
    "Put the right key file there, from a backup or from where it was made; Apple's portals accept only RSA keys "     \
    "with %d bits."

/* A file that is being read, and the private key in it that is at hand. */
struct reading {
    const struct mdm_bytes *file;
    struct mdm_pbe pbe;
    size_t at;  /* where to look for the next one */
    bool found; /* at least one */
    enum mdm_key_form form;
    struct mdm_pem_block block; /* that it is in, unless it is the whole file */
    struct mdm_bytes header;    /* how it is encrypted, if it is in the traditional way */
    struct mdm_bytes der;
};

static void end_reading(struct reading *r)
{
    mdm_bytes_free(&r->header);
    mdm_bytes_free(&r->der);
}

static enum mdm_key_form form_of_label(const struct mdm_pem_block *block)
{
    if (mdm_pem_is(block, PEM_STRING_PKCS8))
        return MDM_KEY_PKCS8_ENCRYPTED;
    if (mdm_pem_is(block, PEM_STRING_PKCS8INF))
        return MDM_KEY_PKCS8;
    if (mdm_pem_is(block, PEM_STRING_RSA))
        return MDM_KEY_PKCS1;
    return mdm_pem_ends(block, "PRIVATE KEY") ? MDM_KEY_FOREIGN : MDM_KEY_NONE;
}

/* A file without a PEM block of a key: DER, or its base64 alone, as people keep it in variables of CI systems. */
static bool take_whole(struct reading *r, struct mdm_error *err)
{
    const struct mdm_bytes *file = r->file;
    const bool is_der = file->size > 0 && file->data[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED);

    if (is_der ? mdm_bytes_append(&r->der, file->data, file->size, err) != 0
               : mdm_pem_find(file->data, file->size, "-----") != NULL ||
                     mdm_base64_decode(file->data, file->size, &r->der, NULL) != 0)
        return false;
    r->form = mdm_p12_is(&r->der) ? MDM_KEY_PKCS12 : mdm_key_form_of(&r->der);
    return r->form >= MDM_KEY_PKCS8_ENCRYPTED;
}

/* Goes to the next key of the file; false when there is none. *err is why one was passed over. */
static bool next_key(struct reading *r, struct mdm_error *err)
{
    while (mdm_pem_next(r->file, &r->at, &r->block)) {
        struct mdm_error why = {0};

        r->form = form_of_label(&r->block);
        if (r->form == MDM_KEY_NONE)
            continue;
        r->found = true;
        mdm_bytes_free(&r->header);
        mdm_bytes_free(&r->der);
        if (r->form == MDM_KEY_FOREIGN)
            return true;
        if (mdm_pem_decode(&r->block, &r->der, &r->header, &why) == 0)
            return true;
        if (why.code != MDM_E_MEMORY)
            mdm_error_context(&why, "the private key in '%s' is damaged or incomplete", r->pbe.name);
        mdm_error_copy(err, &why);
    }
    if (r->found)
        return false;
    r->found = take_whole(r, err);
    return r->found;
}

/* The id in the "PUBLIC KEY" block that follows the key in our files. */
static bool find_public_id(const struct reading *r, struct mdm_key_id *id)
{
    struct mdm_pem_block block;

    for (size_t at = r->at; mdm_pem_next(r->file, &at, &block) && form_of_label(&block) == MDM_KEY_NONE;) {
        MDM_OWNED(mdm_bytes_free) struct mdm_bytes der = {0};

        if (mdm_pem_is(&block, PEM_STRING_PUBLIC) && mdm_pem_decode(&block, &der, NULL, NULL) == 0)
            return mdm_ossl_sha256(der.data, der.size, id->sha256, NULL) == 0;
    }
    return false;
}

/* The traditional form. The key derivation is one round of MD5, so there is no work to bound, and one wrong password in
 * 256 decrypts to valid padding: so whatever fails after it is taken for a wrong password. It is decrypted in place. */
static struct mdm_key *open_encrypted_pkcs1(struct reading *r, struct mdm_error *err)
{
    long size = (long)r->der.size;
    EVP_CIPHER_INFO cipher = {0};
    struct mdm_error why = {0};
    struct mdm_key *key = NULL;
    char *password;

    (void)memcpy(&password, &r->pbe.password, sizeof password); /* casts const away: it is not changed */
    if (PEM_get_EVP_CIPHER_INFO((char *)r->header.data, &cipher) == 1 && password != NULL &&
        PEM_do_header(&cipher, r->der.data, &size, NULL, password) == 1 && size >= 0)
        key = mdm_key_from_pkcs1((struct mdm_der){r->der.data, (size_t)size}, r->pbe.name, &why);
    if (key == NULL)
        (void)(why.code == MDM_E_MEMORY ? mdm_error_memory(err) : mdm_pbe_failed(&r->pbe, err));
    return key;
}

/* The command that converts a file to a form that is read here; the file's name goes between the halves. */
static const struct {
    enum mdm_filekind kind;
    const char *before;
    const char *after;
} conversions[] = {
    {MDM_FILEKIND_JKS, "keytool -importkeystore -srckeystore ", " -destkeystore new.key -deststoretype PKCS12"},
    {MDM_FILEKIND_JCEKS, "keytool -importkeystore -srcstoretype JCEKS -srckeystore ",
     " -destkeystore new.key -deststoretype PKCS12"},
    {MDM_FILEKIND_PUTTY, "puttygen ", " -O private-openssh -o new.key"},
    {MDM_FILEKIND_KEYCHAIN, "security export -t identities -f pkcs12 -o new.key -k ", ""},
    {MDM_FILEKIND_UTF16, "iconv -f UTF-16 -t UTF-8 ", " > new.key"},
};

static void report_none(const struct mdm_bytes *file, const char *name, struct mdm_error *err)
{
    enum mdm_filekind kind = mdm_filekind_of(file);

    mdm_error_set(err, MDM_E_FAILED, "there is no readable private key in '%s': it is %s", name,
                  mdm_filekind_words(kind));
    for (size_t i = 0; i < sizeof conversions / sizeof conversions[0]; i++)
        if (conversions[i].kind == kind)
            mdm_error_hint(err, "Convert it with `%s%s%s`, and use new.key.", conversions[i].before, MDM_QUOTED(name),
                           conversions[i].after);
}

static void refuse_foreign(const struct reading *r, struct mdm_error *err)
{
    static const char ssh[] = "OPENSSH PRIVATE KEY";
    const char *name = r->pbe.name;

    if (mdm_pem_is(&r->block, ssh))
        mdm_error_set(err, MDM_E_REFUSED,
                      "'%s' holds an '%s'" EXPECTED MDM_HINT
                      "If it is an RSA key, convert a copy of it: `cp %s new.key && ssh-keygen -p -m PEM "
                      "-f new.key`, and use new.key.",
                      name, ssh, MDM_QUOTED(name));
    mdm_error_set(err, MDM_E_REFUSED, "'%s' holds an '%.*s'" EXPECTED, name, (int)r->block.label_size, r->block.label);
}

/* Reads the key at hand; of PKCS#12 all keys and certificates. */
static void read_key(struct reading *r, struct mdm_p12 *held)
{
    struct mdm_error *err = &held->key_problem;
    MDM_OWNED(mdm_free_X509_SIG) X509_SIG *encrypted = NULL;
    MDM_OWNED(mdm_free_PKCS8_PRIV_KEY_INFO) PKCS8_PRIV_KEY_INFO *pkcs8 = NULL;
    const unsigned char *p = r->der.data;
    struct mdm_key_id shown;
    struct mdm_key *key;

    switch (r->form) {
    case MDM_KEY_PKCS12:
        mdm_p12_open(&r->der, &r->pbe, held);
        return;
    case MDM_KEY_FOREIGN:
        refuse_foreign(r, err);
        return;
    case MDM_KEY_PKCS8_ENCRYPTED:
        encrypted = d2i_X509_SIG(NULL, &p, (long)r->der.size);
        key = mdm_key_from_pkcs8(&r->pbe, encrypted, NULL, err);
        break;
    case MDM_KEY_PKCS8:
        pkcs8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)r->der.size);
        key = mdm_key_from_pkcs8(&r->pbe, NULL, pkcs8, err);
        break;
    default:
        key = r->header.size > 0 ? open_encrypted_pkcs1(r, err)
                                 : mdm_key_from_pkcs1(mdm_der_of(&r->der), r->pbe.name, err);
    }
    if (key != NULL && find_public_id(r, &shown) && !mdm_key_id_equal(&shown, &key->id)) {
        mdm_key_free(&key);
        mdm_error_set(err, MDM_E_FAILED, "'%s' is damaged: its public key does not belong to its private key",
                      r->pbe.name);
    }
    if (key != NULL)
        held->keys.items[held->keys.count++] = key;
}

int mdm_keys_from_bytes(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                        struct mdm_p12 *held, struct mdm_error *err)
{
    MDM_OWNED(end_reading)
    struct reading r = {.file = file, .pbe = mdm_pbe_begin(name, password)};
    struct mdm_error *problem = &held->key_problem;
    const struct mdm_error *why;

    *held = (struct mdm_p12){0};
    ERR_clear_error();
    while (next_key(&r, problem) && mdm_keys_next(&held->keys, name, problem) == 0) {
        read_key(&r, held);
        ERR_clear_error();
    }
    if (!r.found)
        report_none(file, name, problem);
    if (problem->code != MDM_E_PASSWORD)
        mdm_error_hint(problem, RIGHT_KEY, MDM_KEY_BITS);
    ERR_clear_error();
    why = problem->code != MDM_OK ? problem : &held->cert_problem;
    return held->keys.count > 0 || held->certs.count > 0 || why->code == MDM_OK ? 0 : mdm_error_copy(err, why);
}

struct mdm_key *mdm_key_from_bytes(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                                   const struct mdm_key_id *expected, struct mdm_error *err)
{
    MDM_OWNED(mdm_p12_free) struct mdm_p12 held = {0};

    if (mdm_keys_from_bytes(file, name, password, &held, err) != 0)
        return NULL;
    for (size_t i = 0; i < held.keys.count; i++)
        if (expected == NULL || mdm_key_id_equal(&held.keys.items[i]->id, expected))
            return mdm_take_at(&held.keys.items[i]);
    if (held.keys.count > 0 && held.key_problem.code == MDM_OK)
        return mdm_take_at(&held.keys.items[0]);
    mdm_error_copy(err, &held.key_problem);
    mdm_error_set(err, MDM_E_FAILED, "there is no private key in '%s'" MDM_HINT RIGHT_KEY, name, MDM_KEY_BITS);
    return NULL;
}

void mdm_key_describe(const struct mdm_bytes *file, struct mdm_key_facts *facts)
{
    MDM_OWNED(end_reading) struct reading r = {.file = file, .pbe = mdm_pbe_begin("", NULL)};
    MDM_OWNED(mdm_p12_free) struct mdm_p12 held = {0};

    *facts = (struct mdm_key_facts){0};
    (void)ERR_set_mark();
    facts->is_key = next_key(&r, NULL);
    facts->encrypted =
        facts->is_key && (r.form == MDM_KEY_PKCS8_ENCRYPTED || (r.form == MDM_KEY_PKCS1 && r.header.size > 0));
    if (facts->encrypted) {
        facts->id_known = find_public_id(&r, &facts->id);
    } else if (facts->is_key) {
        r.pbe.rounds = MDM_PBE_UNASKED_MAX;
        read_key(&r, &held);
        if (r.form == MDM_KEY_PKCS12)
            *facts = held.shown;
        facts->id_known = held.keys.count > 0;
        if (facts->id_known)
            facts->id = held.keys.items[0]->id;
        /* A PKCS#12 file may be encrypted with an empty password. */
        facts->encrypted =
            facts->is_key && !facts->id_known && (facts->encrypted || held.key_problem.code == MDM_E_PASSWORD);
    }
    (void)ERR_pop_to_mark();
}
