/* Reading key files, in all the forms that people have them. */
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/ossl.h"
#include "pki/pem.h"

/* Keys in one file that are looked at; each may cost a signature's time. */
#define KEYS_MAX 64

enum form {
    FORM_NONE,
    FORM_PKCS8_ENCRYPTED,
    FORM_PKCS8,
    FORM_PKCS1,           /* not encrypted */
    FORM_PKCS1_ENCRYPTED, /* PEM with a DEK-Info header (RFC 1421) */
    FORM_PKCS12,
    FORM_FOREIGN, /* a private key of another kind, known by its PEM label */
    FORM_BROKEN,  /* a PEM block of a private key that cannot be decoded */
};

/* A place in a file where a private key stands. */
struct source {
    const struct mdm_bytes *file;
    size_t at;  /* where the next one is looked for */
    bool found; /* at least one was */
    enum form form;
    struct mdm_pem_block block;    /* the PEM block it stands in */
    struct mdm_locked pem_der;     /* what that block decodes to */
    struct mdm_locked header;      /* its header lines */
    struct mdm_bytes base64;       /* what a file without PEM marks decodes to */
    const struct mdm_bytes *whole; /* of a key in no PEM block: this or the file */
    struct mdm_der der;            /* the key's DER: in one of these */
};

static void source_free(struct source *source)
{
    mdm_locked_free(&source->pem_der);
    mdm_locked_free(&source->header);
    mdm_bytes_free(&source->base64);
}

static enum form form_of_label(const struct mdm_pem_block *block)
{
    if (mdm_pem_is(block, PEM_STRING_PKCS8))
        return FORM_PKCS8_ENCRYPTED;
    if (mdm_pem_is(block, PEM_STRING_PKCS8INF))
        return FORM_PKCS8;
    if (mdm_pem_is(block, PEM_STRING_RSA))
        return FORM_PKCS1;
    return mdm_pem_ends(block, "PRIVATE KEY") ? FORM_FOREIGN : FORM_NONE;
}

/* Tells PBE algorithms from the others that stand in the same structure (DigestInfo). */
static bool is_pbe(const struct mdm_der *algorithm)
{
    struct mdm_der rest = *algorithm, oid;
    const unsigned char *p = algorithm->data;
    ASN1_OBJECT *type;
    bool yes;

    if (!mdm_der_take(&rest, V_ASN1_OBJECT, &oid))
        return false;
    type = d2i_ASN1_OBJECT(NULL, &p, (long)algorithm->size);
    yes = type != NULL && EVP_PBE_find(EVP_PBE_TYPE_OUTER, OBJ_obj2nid(type), NULL, NULL, NULL) == 1;
    ASN1_OBJECT_free(type);
    return yes;
}

/* The form of DER by the types of its first elements. libcrypto's readers that try all kinds would compute with the
 * numbers: the public half of a DSA key can cost days. */
static enum form form_of_der(const struct mdm_bytes *file)
{
    struct mdm_der der = {file->data, file->size}, body, first;

    if (file->size == 0)
        return FORM_NONE;
    if (mdm_p12_is(file))
        return FORM_PKCS12;
    if (!mdm_der_take(&der, V_ASN1_SEQUENCE, &body))
        return FORM_NONE;
    if (mdm_der_take(&body, V_ASN1_SEQUENCE, &first))
        return mdm_der_at(&body, V_ASN1_OCTET_STRING) && is_pbe(&first) ? FORM_PKCS8_ENCRYPTED : FORM_NONE;
    if (!mdm_der_take(&body, V_ASN1_INTEGER, &first) || first.size != 1)
        return FORM_NONE;
    if (mdm_der_at(&body, V_ASN1_SEQUENCE) && first.data[0] <= 1) /* 1: OneAsymmetricKey (RFC 5958) */
        return FORM_PKCS8;
    return mdm_der_take(&body, V_ASN1_INTEGER, &first) && mdm_der_at(&body, V_ASN1_INTEGER) ? FORM_PKCS1 : FORM_NONE;
}

/* A file without a PEM block of a key: DER, or its base64 alone, as it is kept in variables of CI systems. */
static bool take_whole(struct source *source)
{
    const struct mdm_bytes *file = source->file;

    source->found = true;
    source->at = file->size;
    source->whole = file;
    source->form = form_of_der(file);
    if (source->form == FORM_NONE && file->size > 0 && mdm_pem_find(file->data, file->size, "-----") == NULL &&
        mdm_base64_decode(file->data, file->size, &source->base64, NULL) == 0) {
        source->whole = &source->base64;
        source->form = form_of_der(source->whole);
    }
    source->der = (struct mdm_der){source->whole->data, source->whole->size};
    return source->form != FORM_NONE;
}

/* The next key of the file; false when there is none any more. */
static bool next_key(struct source *source)
{
    source_free(source);
    do {
        if (!mdm_pem_next(source->file, &source->at, &source->block))
            return !source->found && take_whole(source);
        source->form = form_of_label(&source->block);
    } while (source->form == FORM_NONE);
    source->found = true;
    if (source->form == FORM_FOREIGN)
        return true;
    if (mdm_pem_decode(&source->block, &source->pem_der, &source->header) != 0)
        source->form = FORM_BROKEN;
    else if (source->form == FORM_PKCS1 && source->header.size > 0)
        source->form = FORM_PKCS1_ENCRYPTED;
    source->der = (struct mdm_der){source->pem_der.data, source->pem_der.size};
    return true;
}

/* Key id of the "PUBLIC KEY" block behind this key, as our files have it. */
static bool find_public_id(const struct source *source, struct mdm_key_id *id)
{
    struct mdm_locked der = {0};
    struct mdm_pem_block block;
    size_t at = source->at;
    bool found = false;

    while (!found && mdm_pem_next(source->file, &at, &block) && form_of_label(&block) == FORM_NONE) {
        found = mdm_pem_is(&block, PEM_STRING_PUBLIC) && mdm_pem_decode(&block, &der, NULL) == 0 &&
                EVP_Q_digest(NULL, "SHA256", NULL, der.data, der.size, id->sha256, NULL) == 1;
        mdm_locked_free(&der);
    }
    return found;
}

static struct mdm_key *open_pkcs8(struct mdm_der der, const char *name, struct mdm_error *err)
{
    const unsigned char *p = der.data;
    PKCS8_PRIV_KEY_INFO *pkcs8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.size);
    struct mdm_key *key = NULL;

    if (pkcs8 == NULL)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the private key in '%s' is damaged", name);
    else
        key = mdm_key_from_pkcs8(pkcs8, name, err);
    PKCS8_PRIV_KEY_INFO_free(pkcs8);
    return key;
}

/* One reading of one file. */
struct reading {
    const char *name;
    const struct mdm_secret *password;
    int64_t rounds; /* of key derivation that are left */
    struct mdm_keys *keys;
};

static PKCS8_PRIV_KEY_INFO *decrypt(const X509_SIG *encrypted, const X509_ALGOR *algorithm,
                                    const struct mdm_secret *password)
{
    const char *text = mdm_secret_text(password);
    int size = (int)mdm_secret_size(password);
    PKCS8_PRIV_KEY_INFO *pkcs8 = PKCS8_decrypt(encrypted, text, size);
    struct mdm_pbe_legacy legacy = {0};

    if (pkcs8 == NULL && mdm_pbe_needs_legacy(&legacy, algorithm))
        pkcs8 = PKCS8_decrypt_ex(encrypted, text, size, legacy.ctx, NULL);
    mdm_pbe_legacy_free(&legacy);
    return pkcs8;
}

static struct mdm_key *open_encrypted_pkcs8(struct reading *r, struct mdm_der der, struct mdm_error *err)
{
    const unsigned char *p = der.data;
    X509_SIG *encrypted = d2i_X509_SIG(NULL, &p, (long)der.size);
    PKCS8_PRIV_KEY_INFO *pkcs8 = NULL;
    const X509_ALGOR *algorithm;
    struct mdm_key *key = NULL;

    if (encrypted == NULL) {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the private key in '%s' is damaged", r->name);
        return NULL;
    }
    X509_SIG_get0(encrypted, &algorithm, NULL);
    if (mdm_pbe_check(algorithm, &r->rounds, r->name, err) != 0)
        goto out;
    if (r->password == NULL)
        (void)mdm_pbe_missing(r->name, err);
    else if ((pkcs8 = decrypt(encrypted, algorithm, r->password)) == NULL)
        (void)mdm_pbe_failed(MDM_PBE_KEY, r->name, err);
    else
        key = mdm_key_from_pkcs8(pkcs8, r->name, err);
out:
    PKCS8_PRIV_KEY_INFO_free(pkcs8);
    X509_SIG_free(encrypted);
    return key;
}

static int hand_over_password(char *buffer, int size, int writing, void *self)
{
    const struct mdm_secret *const *password = self;
    size_t length = mdm_secret_size(*password);

    (void)writing;
    if (size < 0 || length > (size_t)size)
        return -1;
    memcpy(buffer, mdm_secret_text(*password), length);
    return (int)length;
}

/* The traditional form: its derivation is one round of MD5, so there is nothing to bound, and one wrong password in 256
 * decrypts to padding that looks right. */
static struct mdm_key *open_encrypted_pkcs1(const struct reading *r, struct source *source, struct mdm_error *err)
{
    const struct mdm_secret *password = r->password;
    long size = (long)source->pem_der.size;
    EVP_CIPHER_INFO cipher;
    struct mdm_error why = {0};
    struct mdm_key *key = NULL;

    if (PEM_get_EVP_CIPHER_INFO((char *)source->header.data, &cipher) != 1) {
        (void)mdm_pbe_failed(MDM_PBE_KEY, r->name, err);
        return NULL;
    }
    if (cipher.cipher == NULL) /* a header that says nothing of encryption */
        return mdm_key_from_pkcs1(source->der, r->name, err);
    if (password == NULL) {
        (void)mdm_pbe_missing(r->name, err);
        return NULL;
    }
    if (PEM_do_header(&cipher, source->pem_der.data, &size, hand_over_password, &password) == 1 && size >= 0)
        key = mdm_key_from_pkcs1((struct mdm_der){source->pem_der.data, (size_t)size}, r->name, &why);
    if (key == NULL)
        (void)(why.code == MDM_E_MEMORY ? mdm_error_memory(err) : mdm_pbe_failed(MDM_PBE_KEY, r->name, err));
    return key;
}

static int open_pkcs12(const struct reading *r, const struct mdm_bytes *file, struct mdm_error *err)
{
    struct mdm_p12 p12 = {0};
    int result = mdm_p12_read(file, r->name, r->password, &p12, err);

    if (result == 0 && p12.keys.count == 0 && p12.key_problem.code == MDM_OK)
        result = mdm_error_set(err, MDM_E_FAILED, "there is no private key in '%s'", r->name);
    if (result == 0 && p12.key_problem.code != MDM_OK)
        (void)mdm_error_copy(err, &p12.key_problem);
    for (size_t i = 0; result == 0 && i < p12.keys.count; i++) {
        result = mdm_keys_take(r->keys, p12.keys.items[i], err);
        p12.keys.items[i] = NULL; /* taken in any case */
    }
    mdm_p12_free(&p12);
    return result;
}

/* The command that makes of a file one that is read here: its name stands between the halves. */
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

    (void)mdm_error_set(err, MDM_E_FAILED, "there is no readable private key in '%s': it is %s", name,
                        mdm_filekind_words(kind));
    for (size_t i = 0; i < sizeof conversions / sizeof conversions[0]; i++) {
        if (conversions[i].kind == kind)
            (void)mdm_error_hint(err, "Convert it with `%s'%s'%s`, and use new.key.", conversions[i].before, name,
                                 conversions[i].after);
    }
}

static void refuse_foreign(const struct source *source, const char *name, struct mdm_error *err)
{
    const struct mdm_pem_block *block = &source->block;

    (void)mdm_error_set(err, MDM_E_REFUSED, "'%s' holds an '%.*s': expected an RSA key in PKCS #8, PKCS #1 or PKCS #12",
                        name, (int)block->label_size, block->label);
    if (mdm_pem_is(block, "OPENSSH PRIVATE KEY"))
        (void)mdm_error_hint(err,
                             "If it is an RSA key, convert a copy of it: `cp '%s' new.key && ssh-keygen -p -m PEM "
                             "-f new.key`, and use new.key.",
                             name);
}

/* Refuses a private key whose file shows another public key behind it. */
static struct mdm_key *check_public(const struct source *source, const char *name, struct mdm_key *key,
                                    struct mdm_error *err)
{
    struct mdm_key_id shown, own;

    if (key == NULL || !find_public_id(source, &shown))
        return key;
    if (mdm_key_get_id(key, &own, err) == 0 && !mdm_key_id_equal(&shown, &own))
        (void)mdm_error_set(err, MDM_E_FAILED, "'%s' is damaged: its public key does not belong to its private key",
                            name);
    else
        return key;
    mdm_key_free(&key);
    return NULL;
}

static int open_key(struct reading *r, struct source *source, struct mdm_error *err)
{
    struct mdm_key *key = NULL;

    switch (source->form) {
    case FORM_PKCS8_ENCRYPTED:
        key = open_encrypted_pkcs8(r, source->der, err);
        break;
    case FORM_PKCS8:
        key = open_pkcs8(source->der, r->name, err);
        break;
    case FORM_PKCS1:
        key = mdm_key_from_pkcs1(source->der, r->name, err);
        break;
    case FORM_PKCS1_ENCRYPTED:
        key = open_encrypted_pkcs1(r, source, err);
        break;
    case FORM_PKCS12:
        return open_pkcs12(r, source->whole, err);
    case FORM_FOREIGN:
        refuse_foreign(source, r->name, err);
        break;
    case FORM_BROKEN:
    case FORM_NONE:
        return mdm_ossl_error(err, MDM_E_FAILED, "the private key in '%s' is damaged or incomplete", r->name);
    }
    return mdm_keys_take(r->keys, check_public(source, r->name, key, err), err);
}

/* Reads all keys that open. *failed is the first that did not, or that there is none. */
static void read_all(const struct mdm_bytes *file, struct reading *r, struct mdm_error *failed)
{
    struct source source = {.file = file};
    size_t count = 0;

    ERR_clear_error();
    while (next_key(&source) && count++ < KEYS_MAX) {
        (void)open_key(r, &source, failed);
        ERR_clear_error();
    }
    source_free(&source);
    if (count > KEYS_MAX)
        (void)mdm_error_set(failed, MDM_E_FAILED, "'%s' holds more than %d private keys", r->name, KEYS_MAX);
    else if (count == 0)
        report_none(file, r->name, failed);
    if (failed->code != MDM_E_PASSWORD)
        (void)mdm_error_hint(failed,
                             "Put the right key file there, from a backup or from where it was made; Apple's portals "
                             "accept only RSA keys with %d bits.",
                             MDM_KEY_BITS);
    ERR_clear_error();
}

int mdm_keys_from_bytes(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                        struct mdm_keys *keys, struct mdm_error *err)
{
    struct reading r = {.name = name, .password = password, .rounds = MDM_PBE_ITERATIONS_MAX, .keys = keys};
    const size_t before = keys->count;
    struct mdm_error failed = {0};

    read_all(file, &r, &failed);
    if (keys->count > before)
        return 0;
    return mdm_error_copy(err, &failed);
}

struct mdm_key *mdm_key_read_matching(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                                      const struct mdm_key_id *expected, struct mdm_error *err)
{
    struct mdm_keys keys = {0};
    struct reading r = {.name = name, .password = password, .rounds = MDM_PBE_ITERATIONS_MAX, .keys = &keys};
    struct mdm_error failed = {0};
    struct mdm_key *chosen = NULL;
    size_t at = 0;

    read_all(file, &r, &failed);
    for (size_t i = 0; i < keys.count && expected != NULL; i++) {
        struct mdm_key_id id;

        if (mdm_key_get_id(keys.items[i], &id, NULL) == 0 && mdm_key_id_equal(&id, expected)) {
            mdm_error_clear(&failed);
            at = i;
            break;
        }
    }
    if (keys.count > 0 && (expected == NULL || failed.code == MDM_OK)) {
        chosen = keys.items[at];
        keys.items[at] = NULL; /* the caller's now */
    } else {
        (void)mdm_error_copy(err, &failed);
    }
    mdm_keys_free(&keys);
    return chosen;
}

struct mdm_key *mdm_key_from_bytes(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                                   struct mdm_error *err)
{
    return mdm_key_read_matching(file, name, password, NULL, err);
}

static struct mdm_key_facts describe(struct source *source)
{
    struct mdm_keys keys = {0};
    struct reading r = {.name = "", .rounds = MDM_PBE_ITERATIONS_MAX, .keys = &keys};
    struct mdm_key_facts facts = {0};

    facts.is_key = source->form != FORM_BROKEN;
    facts.encrypted = source->form == FORM_PKCS8_ENCRYPTED || source->form == FORM_PKCS1_ENCRYPTED;
    if (source->form == FORM_PKCS12) {
        struct mdm_p12_facts p12;

        mdm_p12_describe(source->whole, &p12);
        facts.is_key = p12.has_key;
        facts.encrypted = p12.has_key && p12.encrypted;
    }
    if (facts.encrypted)
        facts.id_known = find_public_id(source, &facts.id);
    else if (facts.is_key)
        facts.id_known =
            open_key(&r, source, NULL) == 0 && keys.count > 0 && mdm_key_get_id(keys.items[0], &facts.id, NULL) == 0;
    mdm_keys_free(&keys);
    return facts;
}

void mdm_key_describe(const struct mdm_bytes *file, struct mdm_key_facts *facts)
{
    struct source source = {.file = file};

    *facts = (struct mdm_key_facts){0};
    (void)ERR_set_mark();
    while (!facts->is_key && next_key(&source))
        *facts = describe(&source);
    source_free(&source);
    (void)ERR_pop_to_mark();
}
