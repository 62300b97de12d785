/* Private keys: making them, naming them, writing them. Reading files is key_load.c. */
#include "pki/key.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdio.h>
#include <string.h>

#include "pki/ossl.h"

/* Bytes of PBKDF2 salt: what SP 800-132 asks for at least. */
#define SALT_SIZE 16

struct mdm_key {
    EVP_PKEY *pkey;
};

bool mdm_key_id_equal(const struct mdm_key_id *a, const struct mdm_key_id *b)
{
    return memcmp(a->sha256, b->sha256, sizeof a->sha256) == 0;
}

void mdm_key_id_format(const struct mdm_key_id *id, char out[MDM_KEY_ID_TEXT_MAX])
{
    const unsigned char *b = id->sha256;

    (void)snprintf(out, MDM_KEY_ID_TEXT_MAX, "%02x%02x %02x%02x %02x%02x %02x%02x", b[0], b[1], b[2], b[3], b[4], b[5],
                   b[6], b[7]);
}

EVP_PKEY *mdm_key_pkey(const struct mdm_key *key)
{
    return key->pkey;
}

struct mdm_key *mdm_key_wrap(EVP_PKEY *pkey, struct mdm_error *err)
{
    struct mdm_key *key = OPENSSL_zalloc(sizeof *key);

    if (key == NULL) {
        EVP_PKEY_free(pkey);
        (void)mdm_ossl_error(err, MDM_E_FAILED, "out of memory");
        return NULL;
    }
    key->pkey = pkey;
    return key;
}

void mdm_key_free(struct mdm_key **key)
{
    if (*key == NULL)
        return;
    EVP_PKEY_free((*key)->pkey);
    OPENSSL_free(*key);
    *key = NULL;
}

int mdm_keys_take(struct mdm_keys *keys, struct mdm_key *key, struct mdm_error *err)
{
    struct mdm_key **items;

    if (key == NULL)
        return -1;
    items = OPENSSL_realloc(keys->items, (keys->count + 1) * sizeof(struct mdm_key *));
    if (items == NULL) {
        mdm_key_free(&key);
        return mdm_ossl_error(err, MDM_E_FAILED, "out of memory");
    }
    keys->items = items;
    keys->items[keys->count++] = key;
    return 0;
}

void mdm_keys_free(struct mdm_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        mdm_key_free(&keys->items[i]);
    OPENSSL_free(keys->items);
    *keys = (struct mdm_keys){0};
}

struct mdm_key *mdm_key_generate(struct mdm_error *err)
{
    EVP_PKEY *pkey;

    ERR_clear_error();
    pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)MDM_KEY_BITS);
    if (pkey == NULL) {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "an RSA key could not be made");
        return NULL;
    }
    return mdm_key_wrap(pkey, err);
}

int mdm_key_get_id(const struct mdm_key *key, struct mdm_key_id *id, struct mdm_error *err)
{
    return mdm_ossl_key_id(key->pkey, id, err);
}

int mdm_key_check(const struct mdm_key *key, const char *name, struct mdm_error *err)
{
    int bits = EVP_PKEY_get_bits(key->pkey);

    if (EVP_PKEY_is_a(key->pkey, "RSA") != 1) {
        const char *kind = EVP_PKEY_get0_type_name(key->pkey);

        (void)mdm_error_set(err, MDM_E_REFUSED, "the private key '%s' is of the kind %s: expected RSA of %d bits", name,
                            kind == NULL ? "unknown" : kind, MDM_KEY_BITS);
    } else if (bits != MDM_KEY_BITS) {
        (void)mdm_error_set(err, MDM_E_REFUSED, "the private key '%s' has %d bits: Apple's portals take RSA of %d bits",
                            name, bits, MDM_KEY_BITS);
    } else {
        return 0;
    }
    return mdm_error_hint(err, "Put the right key file there, or move this one away to have a key made.");
}

static PKCS8_PRIV_KEY_INFO *to_pkcs8(const struct mdm_key *key, struct mdm_error *err)
{
    PKCS8_PRIV_KEY_INFO *pkcs8;

    ERR_clear_error();
    pkcs8 = EVP_PKEY2PKCS8(key->pkey);
    if (pkcs8 == NULL)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the private key does not come out of where it is kept");
    return pkcs8;
}

int mdm_key_to_encrypted_pem(const struct mdm_key *key, const struct mdm_secret *password, struct mdm_bytes *pem,
                             struct mdm_error *err)
{
    PKCS8_PRIV_KEY_INFO *pkcs8 = to_pkcs8(key, err);
    X509_SIG *encrypted = NULL;
    BIO *bio = NULL;
    int result = -1;

    if (pkcs8 == NULL || (bio = mdm_ossl_secure_bio(err)) == NULL)
        goto out;
    encrypted =
        PKCS8_encrypt_ex(NID_hmacWithSHA256, EVP_aes_256_cbc(), mdm_secret_text(password),
                         (int)mdm_secret_size(password), NULL, SALT_SIZE, MDM_KEY_ITERATIONS, pkcs8, NULL, NULL);
    if (encrypted == NULL || PEM_write_bio_PKCS8(bio, encrypted) != 1 || PEM_write_bio_PUBKEY(bio, key->pkey) != 1)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the private key could not be encrypted");
    else
        result = mdm_ossl_append_bio(pem, bio, err);
out:
    BIO_free(bio);
    X509_SIG_free(encrypted);
    PKCS8_PRIV_KEY_INFO_free(pkcs8);
    mdm_wipe_traces();
    return result;
}

/* The PKCS#1 structure is what stands inside PKCS#8. */
static bool write_pkcs1(BIO *bio, const PKCS8_PRIV_KEY_INFO *pkcs8)
{
    const unsigned char *der = NULL;
    int size = 0;

    return PKCS8_pkey_get0(NULL, &der, &size, NULL, pkcs8) == 1 &&
           PEM_write_bio(bio, PEM_STRING_RSA, "", der, size) > 0;
}

int mdm_key_to_clear_pem(const struct mdm_key *key, enum mdm_key_form form, struct mdm_bytes *pem,
                         struct mdm_error *err)
{
    PKCS8_PRIV_KEY_INFO *pkcs8 = to_pkcs8(key, err);
    BIO *bio = NULL;
    int result = -1;

    if (pkcs8 == NULL || (bio = mdm_ossl_secure_bio(err)) == NULL)
        goto out;
    if (form == MDM_KEY_PKCS1 ? write_pkcs1(bio, pkcs8) : PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, pkcs8) == 1)
        result = mdm_ossl_append_bio(pem, bio, err);
    else
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the private key could not be written");
out:
    BIO_free(bio);
    PKCS8_PRIV_KEY_INFO_free(pkcs8);
    mdm_wipe_traces();
    return result;
}
