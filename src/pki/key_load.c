/* Reading key files, in all the forms in which people have them. */
#include <string.h>

#include "pki/ossl.h"

/* Keys in one file that are read; each may cost as much as a signature. */
#define KEYS_MAX 64

/* A file that is being read, and the private key in it that is at hand. */
struct reading {
    const struct mdm_bytes *file;
    struct mdm_pbe pbe;
    const struct mdm_secret *password;
    struct mdm_keys *keys;
    size_t at;  /* where to look for the next one */
    bool found; /* there was at least one */
    enum mdm_key_form form;
    struct mdm_pem_block block;    /* the PEM block that it is in */
    struct mdm_locked pem_der;     /* that block, decoded */
    struct mdm_bytes header;       /* its header lines */
    struct mdm_error problem;      /* with MDM_KEY_BROKEN */
    struct mdm_bytes base64;       /* a file without PEM marks, decoded */
    const struct mdm_bytes *whole; /* of a key that is not in a PEM block: base64 or file */
    struct mdm_der der;            /* the key's DER, in one of these */
};

static void drop_key(struct reading *r)
{
    mdm_locked_free(&r->pem_der);
    mdm_bytes_free(&r->header);
    mdm_error_clear(&r->problem);
    mdm_bytes_free(&r->base64);
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

static bool take_der(struct reading *r, const struct mdm_bytes *der)
{
    r->whole = der;
    r->der = mdm_der_of(der);
    r->form = mdm_p12_is(der) ? MDM_KEY_PKCS12 : mdm_key_form_of(der);
    return r->form >= MDM_KEY_PKCS8_ENCRYPTED;
}

/* A file without a PEM block of a key: DER, or its base64 alone, as people keep it in variables of CI systems. */
static bool take_whole(struct reading *r)
{
    const struct mdm_bytes *file = r->file;

    r->found = true;
    r->at = file->size;
    return file->size > 0 && (take_der(r, file) || (mdm_pem_find(file->data, file->size, "-----") == NULL &&
                                                    mdm_base64_decode(file->data, file->size, &r->base64, NULL) == 0 &&
                                                    r->base64.size > 0 && take_der(r, &r->base64)));
}

/* Goes to the next key of the file; false when there is none. */
static bool next_key(struct reading *r)
{
    drop_key(r);
    do {
        if (!mdm_pem_next(r->file, &r->at, &r->block))
            return !r->found && take_whole(r);
        r->form = form_of_label(&r->block);
    } while (r->form == MDM_KEY_NONE);
    r->found = true;
    if (r->form == MDM_KEY_FOREIGN)
        return true;
    if (mdm_pem_decode(&r->block, &r->pem_der, &r->header, &r->problem) != 0) {
        r->form = MDM_KEY_BROKEN;
        if (r->problem.code != MDM_E_MEMORY)
            mdm_error_context(&r->problem, "the private key in '%s' is damaged or incomplete", r->pbe.name);
    } else if (r->form == MDM_KEY_PKCS1 && r->header.size > 0) {
        r->form = MDM_KEY_PKCS1_ENCRYPTED;
    }
    r->der = (struct mdm_der){r->pem_der.data, r->pem_der.size};
    return true;
}

/* The id in the "PUBLIC KEY" block that follows the key in our files. */
static bool find_public_id(const struct reading *r, struct mdm_key_id *id)
{
    struct mdm_locked der = {0};
    struct mdm_bytes header = {0};
    struct mdm_pem_block block;
    size_t at = r->at;
    bool found = false;

    while (!found && mdm_pem_next(r->file, &at, &block) && form_of_label(&block) == MDM_KEY_NONE) {
        found = mdm_pem_is(&block, PEM_STRING_PUBLIC) && mdm_pem_decode(&block, &der, &header, NULL) == 0 &&
                mdm_ossl_sha256(der.data, der.size, id->sha256, NULL) == 0;
        mdm_locked_free(&der);
        mdm_bytes_free(&header);
    }
    return found;
}

static struct mdm_key *open_pkcs8(struct mdm_der der, const char *name, struct mdm_error *err)
{
    const unsigned char *p = der.data;
    PKCS8_PRIV_KEY_INFO *pkcs8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.size);
    struct mdm_key *key = pkcs8 != NULL ? mdm_key_from_pkcs8(pkcs8, name, err) : NULL;

    PKCS8_PRIV_KEY_INFO_free(pkcs8);
    return key;
}

static struct mdm_key *open_encrypted_pkcs8(struct mdm_der der, struct mdm_pbe *pbe, struct mdm_error *err)
{
    const unsigned char *p = der.data;
    X509_SIG *encrypted = d2i_X509_SIG(NULL, &p, (long)der.size);
    struct mdm_key *key = encrypted != NULL ? mdm_key_decrypt(encrypted, pbe, err) : NULL;

    X509_SIG_free(encrypted);
    return key;
}

static int hand_over_password(char *buffer, int size, int writing, void *self)
{
    const struct mdm_pbe *pbe = self;

    (void)writing;
    if (pbe->size > size)
        return -1;
    memcpy(buffer, pbe->password, (size_t)pbe->size);
    return pbe->size;
}

/* The traditional form. The key derivation is one round of MD5, so there is no work to bound, and one wrong password in
 * 256 decrypts to valid padding: so whatever fails after it is taken for a wrong password. */
static struct mdm_key *open_encrypted_pkcs1(struct reading *r, struct mdm_error *err)
{
    struct mdm_pbe *pbe = &r->pbe;
    long size = (long)r->pem_der.size;
    EVP_CIPHER_INFO cipher = {0};
    struct mdm_error why = {0};
    struct mdm_key *key = NULL;
    bool understood = PEM_get_EVP_CIPHER_INFO((char *)r->header.data, &cipher) == 1;

    if (understood && cipher.cipher == NULL) /* a header that does not mention encryption */
        return mdm_key_from_pkcs1(r->der, pbe->name, err);
    if (understood && pbe->known && PEM_do_header(&cipher, r->pem_der.data, &size, hand_over_password, pbe) == 1 &&
        size >= 0)
        key = mdm_key_from_pkcs1((struct mdm_der){r->pem_der.data, (size_t)size}, pbe->name, &why);
    if (key == NULL)
        (void)(why.code == MDM_E_MEMORY ? mdm_error_memory(err) : mdm_pbe_failed(pbe, err));
    return key;
}

static int open_pkcs12(const struct reading *r, struct mdm_error *err)
{
    struct mdm_p12 p12 = {0};
    int result = mdm_p12_read(r->whole, r->pbe.name, r->password, &p12, err);

    if (result == 0 && p12.key_problem.code != MDM_OK)
        mdm_error_copy(err, &p12.key_problem);
    else if (result == 0 && p12.keys.count == 0)
        result = mdm_error_set(err, MDM_E_FAILED, "there is no private key in '%s'", r->pbe.name);
    for (size_t i = 0; result == 0 && i < p12.keys.count; i++) {
        result = mdm_keys_take(r->keys, p12.keys.items[i], err);
        p12.keys.items[i] = NULL; /* taken in any case */
    }
    mdm_p12_free(&p12);
    return result;
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
            mdm_error_hint(err, "Convert it with `%s'%s'%s`, and use new.key.", conversions[i].before, name,
                           conversions[i].after);
}

static int refuse_foreign(const struct reading *r, struct mdm_error *err)
{
    const struct mdm_pem_block *block = &r->block;
    const char *name = r->pbe.name;

    mdm_error_set(err, MDM_E_REFUSED, "'%s' holds an '%.*s': expected an RSA key in PKCS #8, PKCS #1 or PKCS #12", name,
                  (int)block->label_size, block->label);
    if (mdm_pem_is(block, "OPENSSH PRIVATE KEY"))
        mdm_error_hint(err,
                       "If it is an RSA key, convert a copy of it: `cp '%s' new.key && ssh-keygen -p -m PEM "
                       "-f new.key`, and use new.key.",
                       name);
    return -1;
}

static int open_key(struct reading *r, struct mdm_error *err)
{
    struct mdm_key_id shown;
    struct mdm_error why = {0};
    struct mdm_key *key = NULL;

    if (r->form == MDM_KEY_PKCS12)
        return open_pkcs12(r, err);
    if (r->form == MDM_KEY_FOREIGN)
        return refuse_foreign(r, err);
    if (r->form == MDM_KEY_PKCS8_ENCRYPTED)
        key = open_encrypted_pkcs8(r->der, &r->pbe, &why);
    else if (r->form == MDM_KEY_PKCS8)
        key = open_pkcs8(r->der, r->pbe.name, &why);
    else if (r->form == MDM_KEY_PKCS1)
        key = mdm_key_from_pkcs1(r->der, r->pbe.name, &why);
    else if (r->form == MDM_KEY_PKCS1_ENCRYPTED)
        key = open_encrypted_pkcs1(r, &why);
    else
        why = r->problem;
    if (key == NULL && why.code != MDM_OK)
        return mdm_error_copy(err, &why);
    if (key == NULL)
        return mdm_ossl_error(err, MDM_E_FAILED, "the private key in '%s' is damaged", r->pbe.name);
    if (find_public_id(r, &shown) && !mdm_key_id_equal(&shown, &key->id)) {
        mdm_key_free(&key);
        return mdm_error_set(err, MDM_E_FAILED, "'%s' is damaged: its public key does not belong to its private key",
                             r->pbe.name);
    }
    return mdm_keys_take(r->keys, key, err);
}

/* Reads all keys that open. *failed is why the first other one did not, or that there is no key. */
static void read_all(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                     struct mdm_keys *keys, struct mdm_error *failed)
{
    struct reading r = {.file = file, .pbe = mdm_pbe_begin(name, password), .password = password, .keys = keys};
    size_t count = 0;

    ERR_clear_error();
    while (next_key(&r) && count++ < KEYS_MAX) {
        (void)open_key(&r, failed);
        ERR_clear_error();
    }
    drop_key(&r);
    mdm_pbe_end(&r.pbe);
    if (count > KEYS_MAX)
        mdm_error_set(failed, MDM_E_FAILED, "'%s' holds more than %d private keys", name, KEYS_MAX);
    else if (count == 0)
        report_none(file, name, failed);
    if (failed->code != MDM_E_PASSWORD)
        mdm_error_hint(failed,
                       "Put the right key file there, from a backup or from where it was made; Apple's portals "
                       "accept only RSA keys with %d bits.",
                       MDM_KEY_BITS);
    ERR_clear_error();
}

int mdm_keys_from_bytes(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                        struct mdm_keys *keys, struct mdm_error *err)
{
    const size_t before = keys->count;
    struct mdm_error failed = {0};

    read_all(file, name, password, keys, &failed);
    return keys->count > before ? 0 : mdm_error_copy(err, &failed);
}

struct mdm_key *mdm_key_from_bytes(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                                   const struct mdm_key_id *expected, struct mdm_error *err)
{
    struct mdm_keys keys = {0};
    struct mdm_error failed = {0};
    struct mdm_key *chosen = NULL;
    size_t at = 0;

    read_all(file, name, password, &keys, &failed);
    while (expected != NULL && at < keys.count && !mdm_key_id_equal(&keys.items[at]->id, expected))
        at++;
    if (at == keys.count && failed.code == MDM_OK)
        at = 0;
    if (at < keys.count) {
        chosen = keys.items[at];
        keys.items[at] = NULL; /* the caller's now */
    } else {
        mdm_error_copy(err, &failed);
    }
    mdm_keys_free(&keys);
    return chosen;
}

/* What the key at hand shows; an unencrypted one is opened for its id. */
static void describe(struct reading *r, struct mdm_key_facts *facts)
{
    facts->is_key = r->form != MDM_KEY_BROKEN;
    facts->encrypted = r->form == MDM_KEY_PKCS8_ENCRYPTED || r->form == MDM_KEY_PKCS1_ENCRYPTED;
    if (r->form == MDM_KEY_PKCS12) {
        mdm_p12_describe(r->whole, facts);
        if (facts->is_key)
            facts->encrypted = mdm_p12_needs_password(r->whole, facts->encrypted);
    }
    if (facts->encrypted) {
        facts->id_known = find_public_id(r, &facts->id);
    } else if (facts->is_key && open_key(r, NULL) == 0 && r->keys->count > 0) {
        facts->id_known = true;
        facts->id = r->keys->items[0]->id;
    }
}

void mdm_key_describe(const struct mdm_bytes *file, struct mdm_key_facts *facts)
{
    struct mdm_keys keys = {0};
    struct reading r = {.file = file, .pbe = mdm_pbe_begin("", NULL), .keys = &keys};

    *facts = (struct mdm_key_facts){0};
    (void)ERR_set_mark();
    while (!facts->is_key && next_key(&r))
        describe(&r, facts);
    drop_key(&r);
    mdm_pbe_end(&r.pbe);
    mdm_keys_free(&keys);
    (void)ERR_pop_to_mark();
}
