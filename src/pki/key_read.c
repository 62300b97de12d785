/* Reading key files, in all the forms that openssl's commands have written over the years. */
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdio.h>
#include <string.h>

#include "pki/der.h"
#include "pki/filekind.h"
#include "pki/ossl.h"
#include "pki/p12_read.h"
#include "pki/pbe.h"
#include "pki/pem.h"
#include "pki/rsa.h"

enum form {
    FORM_NONE,
    FORM_PKCS8_ENCRYPTED,
    FORM_PKCS8,
    FORM_PKCS1,           /* clear */
    FORM_PKCS1_ENCRYPTED, /* PEM with a DEK-Info header (RFC 1421) */
    FORM_PKCS12,
    FORM_FOREIGN, /* a private key of another kind, known by its PEM label */
    FORM_BROKEN,  /* a PEM block of a private key that cannot be decoded */
};

/* Where in a file the private key is. */
struct source {
    const char *name; /* the file's */
    enum form form;
    struct mdm_pem_block block; /* the PEM block it stands in */
    struct mdm_locked pem_der;  /* what that block decodes to */
    struct mdm_locked header;   /* its header lines */
    struct mdm_der der;         /* the key's DER: in pem_der or in the file */
};

static void source_free(struct source *source)
{
    mdm_locked_free(&source->pem_der);
    mdm_locked_free(&source->header);
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

/* The form of DER by the types of its first elements. */
static enum form form_of_der(const struct mdm_bytes *file)
{
    struct mdm_der rest = {file->data, file->size}, body, first;

    if (mdm_p12_is(file))
        return FORM_PKCS12;
    if (!mdm_der_take(&rest, V_ASN1_SEQUENCE, &body))
        return FORM_NONE;
    if (mdm_der_take(&body, V_ASN1_SEQUENCE, &first))
        return mdm_der_at(&body, V_ASN1_OCTET_STRING) && is_pbe(&first) ? FORM_PKCS8_ENCRYPTED : FORM_NONE;
    if (!mdm_der_take(&body, V_ASN1_INTEGER, &first) || first.size != 1)
        return FORM_NONE;
    if (mdm_der_at(&body, V_ASN1_SEQUENCE) && first.data[0] <= 1) /* 1: OneAsymmetricKey (RFC 5958) */
        return FORM_PKCS8;
    return mdm_der_take(&body, V_ASN1_INTEGER, &first) && mdm_der_at(&body, V_ASN1_INTEGER) ? FORM_PKCS1 : FORM_NONE;
}

/* Decodes the PEM block; its header lines may make it an encrypted one. */
static void decode_block(struct source *source)
{
    if (mdm_pem_decode(&source->block, &source->pem_der, &source->header) != 0)
        source->form = FORM_BROKEN;
    else if (source->form == FORM_PKCS1 && source->header.size > 0)
        source->form = FORM_PKCS1_ENCRYPTED;
    source->der = (struct mdm_der){source->pem_der.data, source->pem_der.size};
}

static void find_key(const struct mdm_bytes *file, struct source *source)
{
    size_t at = 0;

    while (mdm_pem_next(file, &at, &source->block)) {
        source->form = form_of_label(&source->block);
        if (source->form == FORM_FOREIGN)
            return;
        if (source->form != FORM_NONE) {
            decode_block(source);
            return;
        }
    }
    source->der = (struct mdm_der){file->data, file->size};
    if (file->size > 0)
        source->form = form_of_der(file);
}

static EVP_PKEY *open_pkcs8(const struct source *source, struct mdm_error *err)
{
    const unsigned char *p = source->der.data;
    PKCS8_PRIV_KEY_INFO *pkcs8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)source->der.size);
    EVP_PKEY *pkey = NULL;

    if (pkcs8 == NULL)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the private key in '%s' is damaged", source->name);
    else
        pkey = mdm_rsa_from_pkcs8(pkcs8, source->name, err);
    PKCS8_PRIV_KEY_INFO_free(pkcs8);
    return pkey;
}

static EVP_PKEY *decrypt_pkcs8(const struct source *source, const X509_SIG *encrypted,
                               const struct mdm_secret *password, struct mdm_error *err)
{
    PKCS8_PRIV_KEY_INFO *pkcs8;
    EVP_PKEY *pkey = NULL;

    pkcs8 = PKCS8_decrypt(encrypted, mdm_secret_text(password), (int)mdm_secret_size(password));
    if (pkcs8 == NULL)
        (void)mdm_pbe_failed(source->name, err);
    else
        pkey = mdm_rsa_from_pkcs8(pkcs8, source->name, err);
    PKCS8_PRIV_KEY_INFO_free(pkcs8);
    return pkey;
}

static EVP_PKEY *open_encrypted_pkcs8(const struct source *source, const struct mdm_secret *password,
                                      struct mdm_error *err)
{
    const unsigned char *p = source->der.data;
    X509_SIG *encrypted = d2i_X509_SIG(NULL, &p, (long)source->der.size);
    const X509_ALGOR *algorithm;
    int64_t rounds = MDM_PBE_ITERATIONS_MAX;
    EVP_PKEY *pkey = NULL;

    if (encrypted == NULL) {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the private key in '%s' is damaged", source->name);
        return NULL;
    }
    X509_SIG_get0(encrypted, &algorithm, NULL);
    if (mdm_pbe_check(algorithm, &rounds, source->name, err) == 0) {
        if (password == NULL)
            (void)mdm_pbe_missing(source->name, err);
        else
            pkey = decrypt_pkcs8(source, encrypted, password, err);
    }
    X509_SIG_free(encrypted);
    return pkey;
}

static EVP_PKEY *open_pkcs1(const struct source *source, struct mdm_error *err)
{
    const char *problem;
    EVP_PKEY *pkey = mdm_rsa_from_der(source->der, &problem);

    if (pkey == NULL)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the private key in '%s' is damaged: %s", source->name, problem);
    return pkey;
}

/* libcrypto's callback for a password that is known. */
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
static EVP_PKEY *open_encrypted_pkcs1(struct source *source, const struct mdm_secret *password, struct mdm_error *err)
{
    EVP_CIPHER_INFO cipher;
    const char *problem;
    EVP_PKEY *pkey = NULL;
    long size = (long)source->pem_der.size;

    if (PEM_get_EVP_CIPHER_INFO((char *)source->header.data, &cipher) != 1) {
        (void)mdm_pbe_failed(source->name, err);
        return NULL;
    }
    if (cipher.cipher == NULL) /* a header that says nothing of encryption */
        return open_pkcs1(source, err);
    if (password == NULL) {
        (void)mdm_pbe_missing(source->name, err);
        return NULL;
    }
    if (PEM_do_header(&cipher, source->pem_der.data, &size, hand_over_password, &password) == 1 && size >= 0)
        pkey = mdm_rsa_from_der((struct mdm_der){source->pem_der.data, (size_t)size}, &problem);
    if (pkey == NULL)
        (void)mdm_pbe_failed(source->name, err);
    return pkey;
}

static EVP_PKEY *open_pkcs12(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                             struct mdm_error *err)
{
    struct mdm_p12_contents contents;
    EVP_PKEY *pkey;

    if (mdm_p12_read(file, name, password, MDM_P12_KEY, &contents, err) != 0)
        return NULL;
    pkey = contents.pkey;
    contents.pkey = NULL; /* the caller's now */
    mdm_p12_contents_free(&contents);
    if (pkey == NULL)
        (void)mdm_error_set(err, MDM_E_FAILED, "there is no private key in '%s'", name);
    return pkey;
}

static void refuse_foreign(const struct source *source, struct mdm_error *err)
{
    (void)mdm_error_set(err, MDM_E_REFUSED, "'%s' holds an '%.*s': expected an RSA key in PKCS#8, PKCS#1 or PKCS#12",
                        source->name, (int)source->block.label_size, source->block.label);
}

static void report_none(const struct mdm_bytes *file, const char *name, struct mdm_error *err)
{
    (void)mdm_error_set(err, MDM_E_FAILED, "there is no private key in '%s': it is %s", name,
                        mdm_filekind_words(mdm_filekind_of(file)));
}

static EVP_PKEY *open_source(const struct mdm_bytes *file, struct source *source, const struct mdm_secret *password,
                             struct mdm_error *err)
{
    switch (source->form) {
    case FORM_PKCS8_ENCRYPTED:
        return open_encrypted_pkcs8(source, password, err);
    case FORM_PKCS8:
        return open_pkcs8(source, err);
    case FORM_PKCS1:
        return open_pkcs1(source, err);
    case FORM_PKCS1_ENCRYPTED:
        return open_encrypted_pkcs1(source, password, err);
    case FORM_PKCS12:
        return open_pkcs12(file, source->name, password, err);
    case FORM_FOREIGN:
        refuse_foreign(source, err);
        return NULL;
    case FORM_BROKEN:
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the private key in '%s' is damaged or cut off", source->name);
        return NULL;
    case FORM_NONE:
        break;
    }
    report_none(file, source->name, err);
    return NULL;
}

/* Key id of the first "PUBLIC KEY" block. */
static bool find_public_id(const struct mdm_bytes *file, struct mdm_key_id *id)
{
    struct mdm_pem_block block;
    size_t at = 0;

    while (mdm_pem_next(file, &at, &block)) {
        struct mdm_locked der = {0};
        bool found = mdm_pem_is(&block, PEM_STRING_PUBLIC) && mdm_pem_decode(&block, &der, NULL) == 0 &&
                     EVP_Q_digest(NULL, "SHA256", NULL, der.data, der.size, id->sha256, NULL) == 1;

        mdm_locked_free(&der);
        if (found)
            return true;
    }
    return false;
}

/* Refuses a private key whose file shows another public key. */
static int check_public(const struct mdm_bytes *file, const char *name, EVP_PKEY *pkey, struct mdm_error *err)
{
    struct mdm_key_id shown, own;

    if (!find_public_id(file, &shown))
        return 0;
    if (mdm_ossl_key_id(pkey, &own, err) != 0)
        return -1;
    if (mdm_key_id_equal(&shown, &own))
        return 0;
    return mdm_error_set(err, MDM_E_FAILED, "'%s' is damaged: its public key does not belong to its private key", name);
}

struct mdm_key *mdm_key_from_bytes(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                                   struct mdm_error *err)
{
    struct source source = {.name = name};
    EVP_PKEY *pkey = NULL;

    ERR_clear_error();
    find_key(file, &source);
    pkey = open_source(file, &source, password, err);
    source_free(&source);
    if (pkey != NULL && check_public(file, name, pkey, err) != 0) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    if (pkey == NULL && err != NULL && err->code != MDM_E_PASSWORD)
        (void)mdm_error_hint(err,
                             "Put the right key file there, from a backup or from where it was made; Apple's "
                             "portals take RSA keys of %d bits.",
                             MDM_KEY_BITS);
    ERR_clear_error();
    return pkey == NULL ? NULL : mdm_key_wrap(pkey, err);
}

static bool needs_password(const struct source *source)
{
    return source->form == FORM_PKCS8_ENCRYPTED || source->form == FORM_PKCS1_ENCRYPTED || source->form == FORM_PKCS12;
}

void mdm_key_describe(const struct mdm_bytes *file, struct mdm_key_facts *facts)
{
    struct source source = {.name = ""};
    char sha1[41];

    *facts = (struct mdm_key_facts){0};
    (void)ERR_set_mark();
    find_key(file, &source);
    if (source.form == FORM_PKCS12)
        facts->is_key = mdm_p12_shows_key(file, sha1);
    else
        facts->is_key = source.form != FORM_NONE && source.form != FORM_BROKEN;
    facts->encrypted = facts->is_key && needs_password(&source);
    if (facts->encrypted) {
        facts->id_known = find_public_id(file, &facts->id);
    } else if (facts->is_key) {
        EVP_PKEY *pkey = open_source(file, &source, NULL, NULL);

        facts->id_known = pkey != NULL && mdm_ossl_key_id(pkey, &facts->id, NULL) == 0;
        EVP_PKEY_free(pkey);
    }
    source_free(&source);
    (void)ERR_pop_to_mark();
}
