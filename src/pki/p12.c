/* PKCS#12 as it is written: one certificate, its key, and a MAC whose digest and rounds are ours to choose. */
#include "pki/p12.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "pki/ossl.h"
#include "pki/p12_read.h"
#include "pki/rsa.h"

/* PKCS12_set_mac() and its like count the password themselves. */
#define NUL_TERMINATED (-1)
/* A MAC salt of 16 bytes is one that macOS does not take. */
#define MAC_SALT_SIZE 8

struct recipe {
    int cipher; /* NID, for key and certificate */
    int iterations;
    const EVP_MD *mac_digest;
    int mac_iterations;
};

static struct recipe recipe_of(enum mdm_p12_form form)
{
    if (form == MDM_P12_MODERN)
        return (struct recipe){NID_aes_256_cbc, MDM_KEY_ITERATIONS, EVP_sha256(), MDM_KEY_ITERATIONS};
    return (struct recipe){NID_pbe_WithSHA1And3_Key_TripleDES_CBC, PKCS12_DEFAULT_ITER, EVP_sha1(),
                           PKCS12_DEFAULT_ITER};
}

/* Adds a bag to a new list of its own; the list owns the bag, also on failure. */
static STACK_OF(PKCS12_SAFEBAG) * list_of_one(PKCS12_SAFEBAG *bag)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();

    if (bag != NULL && bags != NULL && sk_PKCS12_SAFEBAG_push(bags, bag) > 0)
        return bags;
    PKCS12_SAFEBAG_free(bag);
    sk_PKCS12_SAFEBAG_free(bags);
    return NULL;
}

static bool set_local_key_id(PKCS12_SAFEBAG *bag, X509 *cert)
{
    unsigned char sha1[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    return bag != NULL && X509_digest(cert, EVP_sha1(), sha1, &size) == 1 &&
           PKCS12_add_localkeyid(bag, sha1, (int)size) == 1;
}

/* Adds a part with one bag, encrypted when `password` is there. Takes the bag. */
static bool add_part(STACK_OF(PKCS7) * *parts, PKCS12_SAFEBAG *bag, X509 *cert, int cipher, int iterations,
                     const char *password)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    bool ok = set_local_key_id(bag, cert);

    bags = list_of_one(bag);
    ok = ok && bags != NULL && PKCS12_add_safe_ex(parts, bags, cipher, iterations, password, NULL, NULL) == 1;
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return ok;
}

/* What PKCS12_create_ex() does, but with our own PKCS#8, which leaves no copy of the key behind in the heap. */
static PKCS12 *build(PKCS8_PRIV_KEY_INFO *pkcs8, X509 *cert, const char *password, const struct recipe *recipe)
{
    STACK_OF(PKCS7) *parts = NULL;
    PKCS12_SAFEBAG *key_bag = PKCS12_SAFEBAG_create_pkcs8_encrypt_ex(recipe->cipher, password, NUL_TERMINATED, NULL, 0,
                                                                     recipe->iterations, pkcs8, NULL, NULL);
    PKCS12 *p12 = NULL;
    bool ok = add_part(&parts, PKCS12_SAFEBAG_create_cert(cert), cert, recipe->cipher, recipe->iterations, password);

    /* The key's part is clear, because the key in it is encrypted already: -1 is "no cipher". */
    ok = add_part(&parts, key_bag, cert, -1, 0, NULL) && ok;
    if (ok)
        p12 = PKCS12_add_safes_ex(parts, 0, NULL, NULL);
    if (p12 != NULL && PKCS12_set_mac(p12, password, NUL_TERMINATED, NULL, MAC_SALT_SIZE, recipe->mac_iterations,
                                      recipe->mac_digest) != 1) {
        PKCS12_free(p12);
        p12 = NULL;
    }
    sk_PKCS7_pop_free(parts, PKCS7_free);
    return p12;
}

static int check_pair(const struct mdm_key *key, const struct mdm_cert *cert, struct mdm_error *err)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert);
    struct mdm_key_id id;

    if (mdm_key_get_id(key, &id, err) != 0)
        return -1;
    if (mdm_key_id_equal(&id, &facts->key_id))
        return 0;
    return mdm_error_set(err, MDM_E_REFUSED, "the private key does not belong to the certificate of '%s'",
                         facts->subject);
}

static int encode(PKCS12 *p12, struct mdm_bytes *out, struct mdm_error *err)
{
    unsigned char *der = NULL;
    int size = i2d_PKCS12(p12, &der);
    int result;

    if (size <= 0)
        return mdm_ossl_error(err, MDM_E_FAILED, "the PKCS#12 file could not be encoded");
    result = mdm_bytes_append(out, der, (size_t)size, err);
    OPENSSL_free(der);
    return result;
}

/* Opens what was made, as its reader will, and compares. */
static int prove(const struct mdm_bytes *made, const struct mdm_key *key, const struct mdm_cert *cert,
                 const struct mdm_secret *password, struct mdm_error *err)
{
    struct mdm_key *read_key = NULL;
    struct mdm_certs certs = {0};
    struct mdm_key_id id, read_id;
    int result = mdm_p12_open(made, "the new PKCS#12 file", password, &read_key, &certs, err);

    if (result == 0 &&
        (read_key == NULL || mdm_key_get_id(key, &id, err) != 0 || mdm_key_get_id(read_key, &read_id, err) != 0 ||
         !mdm_key_id_equal(&id, &read_id) || certs.count != 1 || !mdm_cert_equal(certs.items[0], cert)))
        result = mdm_error_set(err, MDM_E_FAILED, "the new PKCS#12 file does not hold what was put into it");
    mdm_key_free(&read_key);
    mdm_certs_free(&certs);
    return result;
}

int mdm_p12_make(const struct mdm_key *key, const struct mdm_cert *cert, const struct mdm_secret *password,
                 enum mdm_p12_form form, struct mdm_bytes *out, struct mdm_error *err)
{
    struct recipe recipe = recipe_of(form);
    struct mdm_bytes made = {0};
    PKCS8_PRIV_KEY_INFO *pkcs8;
    PKCS12 *p12;
    int result = -1;

    if (check_pair(key, cert, err) != 0)
        return -1;
    pkcs8 = mdm_rsa_to_pkcs8(mdm_key_pkey(key), err);
    if (pkcs8 == NULL)
        return -1;
    ERR_clear_error();
    p12 = build(pkcs8, mdm_cert_x509(cert), mdm_secret_text(password), &recipe);
    PKCS8_PRIV_KEY_INFO_free(pkcs8);
    if (p12 == NULL)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the PKCS#12 file could not be made");
    else if (encode(p12, &made, err) == 0 && prove(&made, key, cert, password, err) == 0)
        result = mdm_bytes_append(out, made.data, made.size, err);
    PKCS12_free(p12);
    mdm_bytes_free(&made);
    return result;
}

static int add_certs(struct mdm_certs *certs, const STACK_OF(X509) * found, struct mdm_error *err)
{
    for (int i = 0; i < sk_X509_num(found); i++) {
        X509 *x509 = sk_X509_value(found, i);
        struct mdm_cert *cert;
        int result;

        if (X509_up_ref(x509) != 1)
            return mdm_ossl_error(err, MDM_E_FAILED, "out of memory");
        cert = mdm_cert_wrap(x509, err); /* takes the reference */
        if (cert == NULL)
            return -1;
        result = mdm_certs_add(certs, cert, err);
        mdm_cert_free(&cert);
        if (result != 0)
            return -1;
    }
    return 0;
}

int mdm_p12_open(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                 struct mdm_key **key, struct mdm_certs *certs, struct mdm_error *err)
{
    struct mdm_p12_contents contents;
    int result;

    *key = NULL;
    if (mdm_p12_read(file, name, password, MDM_P12_KEY_AND_CERTS, &contents, err) != 0)
        return -1;
    result = add_certs(certs, contents.certs, err);
    if (result == 0 && contents.pkey != NULL) {
        *key = mdm_key_wrap(contents.pkey, err); /* takes it */
        contents.pkey = NULL;
        result = *key == NULL ? -1 : 0;
    }
    mdm_p12_contents_free(&contents);
    return result;
}

bool mdm_p12_cert_sha1(const struct mdm_bytes *file, char sha1[41])
{
    return mdm_p12_shows_key(file, sha1) && sha1[0] != '\0';
}
