/* Private keys: generating, checking and writing them, and finding them in tokens. key_load.c reads files. */
#include "pki/key.h"

#include <openssl/conf.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/ossl.h"

/* Bytes of PBKDF2 salt: the least that SP 800-132 allows. */
#define SALT_SIZE 16

/* The largest modulus that libcrypto computes with (OPENSSL_RSA_MAX_MODULUS_BITS). */
#define MODULUS_BITS_MAX 16384

bool mdm_key_id_equal(const struct mdm_key_id *a, const struct mdm_key_id *b)
{
    return memcmp(a->sha256, b->sha256, sizeof a->sha256) == 0;
}

struct mdm_key_id_text mdm_key_id_format(const struct mdm_key_id *id)
{
    const unsigned char *b = id->sha256;
    struct mdm_key_id_text out;

    (void)snprintf(out.text, sizeof out.text, "%02x%02x %02x%02x %02x%02x %02x%02x", b[0], b[1], b[2], b[3], b[4], b[5],
                   b[6], b[7]);
    return out;
}

struct mdm_key *mdm_key_wrap(EVP_PKEY *pkey, struct mdm_error *err)
{
    struct mdm_key *key = mdm_new(sizeof *key, err);

    if (key == NULL) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    key->pkey = pkey;
    if (mdm_ossl_key_id(pkey, &key->id, err) != 0)
        mdm_key_free(&key);
    return key;
}

void mdm_key_free(struct mdm_key **key)
{
    if (*key == NULL)
        return;
    EVP_PKEY_free((*key)->pkey);
    free(*key);
    *key = NULL;
}

struct mdm_key *mdm_key_generate(struct mdm_error *err)
{
    ERR_clear_error();
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)MDM_KEY_BITS);
    if (pkey != NULL)
        return mdm_key_wrap(pkey, err);
    mdm_ossl_error(err, MDM_E_FAILED, "an RSA key could not be made");
    return NULL;
}

/* The numbers of RSAPrivateKey in its order (RFC 8017 A.1.2). P and Q, and DP and DQ, must be neighbours. */
enum { N, E, D, P, Q, DP, DQ, QINV, NUMBERS };
static const char *const number_names[NUMBERS] = {
    OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
    OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
    OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

/* Checks everything that a signature depends on, so that a damaged key is found before it signs.
 * EVP_PKEY_pairwise_check also tests whether the factors are prime, which costs a hundred times as much. */
static bool numbers_fit(const EVP_PKEY *pkey)
{
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *number[NUMBERS], *order, *result;
    bool fits = true;

    if (ctx == NULL)
        return false;
    BN_CTX_start(ctx);
    for (int i = 0; fits && i < NUMBERS; i++) {
        number[i] = BN_CTX_get(ctx);
        fits = number[i] != NULL && EVP_PKEY_get_bn_param(pkey, number_names[i], &number[i]) == 1;
        if (fits)
            BN_set_flags(number[i], BN_FLG_CONSTTIME);
    }
    order = BN_CTX_get(ctx);
    result = BN_CTX_get(ctx);
    fits = fits && result != NULL && BN_is_odd(number[N]) && BN_is_odd(number[E]) && !BN_is_one(number[E]) &&
           !BN_is_one(number[P]) && !BN_is_one(number[Q]) && BN_cmp(number[QINV], number[P]) < 0 &&
           BN_mul(result, number[P], number[Q], ctx) == 1 && BN_cmp(result, number[N]) == 0 &&
           BN_mod_mul(result, number[QINV], number[Q], number[P], ctx) == 1 && BN_is_one(result);
    for (int i = 0; fits && i < 2; i++) { /* DP and DQ: D modulo (prime - 1), and the inverse of E modulo it */
        fits = BN_sub(order, number[P + i], BN_value_one()) == 1;
        BN_set_flags(order, BN_FLG_CONSTTIME);
        fits = fits && BN_mod(result, number[D], order, ctx) == 1 && BN_cmp(result, number[DP + i]) == 0 &&
               BN_mod_mul(result, number[DP + i], number[E], order, ctx) == 1 && BN_is_one(result);
    }
    BN_CTX_end(ctx);
    BN_CTX_free(ctx);
    return fits;
}

struct mdm_key *mdm_key_from_pkcs1(struct mdm_der der, const char *name, struct mdm_error *err)
{
    const unsigned char *p = der.data;
    struct mdm_der rest = der, body, version, modulus;
    EVP_PKEY *pkey = NULL;
    const bool has_structure = mdm_der_take(&rest, V_ASN1_SEQUENCE, &body, NULL) && rest.size == 0 &&
                               mdm_der_take(&body, V_ASN1_INTEGER, &version, NULL) && version.size == 1 &&
                               mdm_der_take(&body, V_ASN1_INTEGER, &modulus, NULL);
    const bool has_two_primes = has_structure && version.data[0] == 0;

    if (has_two_primes && modulus.size <= MODULUS_BITS_MAX / 8 + 1 &&
        (pkey = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &p, (long)der.size)) != NULL && numbers_fit(pkey))
        return mdm_key_wrap(pkey, err);
    EVP_PKEY_free(pkey);
    mdm_ossl_error_plain(err, MDM_E_FAILED, "the private key in '%s' is damaged: %s", name,
                         has_structure && !has_two_primes
                             ? "it is an RSA key with more than two primes, which no portal accepts"
                             : "its numbers are missing, malformed or too large, or contradict each other");
    return NULL;
}

enum mdm_key_form mdm_key_form_of(const struct mdm_bytes *der)
{
    struct mdm_der rest = mdm_der_of(der), body, algorithm, oid;
    const unsigned char *p = der->data;
    size_t numbers = 0;

    (void)ERR_set_mark();
    MDM_OWNED(mdm_free_PKCS12) PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)der->size);
    (void)ERR_pop_to_mark();
    if (p12 != NULL)
        return MDM_KEY_PKCS12;
    if (!mdm_der_take(&rest, V_ASN1_SEQUENCE, &body, NULL))
        return MDM_KEY_NONE;
    while (mdm_der_take(&body, V_ASN1_INTEGER, NULL, NULL))
        numbers++;
    if (numbers >= 6)
        return MDM_KEY_PKCS1;
    if (numbers == 1 && mdm_der_take(&body, V_ASN1_OCTET_STRING, NULL, NULL))
        return MDM_KEY_OTHER;
    if (numbers > 1 || !mdm_der_take(&body, V_ASN1_SEQUENCE, &algorithm, NULL) ||
        !mdm_der_take(&algorithm, V_ASN1_OBJECT, NULL, &oid))
        return MDM_KEY_NONE;
    if (numbers == 0 && mdm_der_take(&body, V_ASN1_BIT_STRING, NULL, NULL))
        return MDM_KEY_PUBLIC;
    if (!mdm_der_take(&body, V_ASN1_OCTET_STRING, NULL, NULL))
        return MDM_KEY_NONE;
    if (numbers == 1)
        return MDM_KEY_PKCS8;
    MDM_OWNED(mdm_free_ASN1_OBJECT) ASN1_OBJECT *type = d2i_ASN1_OBJECT(NULL, &oid.data, (long)oid.size);
    /* Other things have the same structure (DigestInfo). */
    return EVP_PBE_find(EVP_PBE_TYPE_OUTER, OBJ_obj2nid(type), NULL, NULL, NULL) == 1 ? MDM_KEY_PKCS8_ENCRYPTED
                                                                                      : MDM_KEY_NONE;
}

const struct mdm_key_id *mdm_key_get_id(const struct mdm_key *key)
{
    return &key->id;
}

int mdm_key_check(const struct mdm_key *key, const char *name, struct mdm_error *err)
{
    if (mdm_ossl_check_rsa(key->pkey, "the private key", name, err) == 0)
        return 0;
    return mdm_error_hint(err, strncmp(name, "pkcs11:", 7) == 0
                                   ? "Name another key of the token with --vendor-key."
                                   : "Put the right key file there, or move this one away to have a new key made.");
}

int mdm_key_to_pem(const struct mdm_key *key, enum mdm_key_form form, const struct mdm_secret *password,
                   struct mdm_bytes *pem, struct mdm_error *err)
{
    MDM_OWNED(mdm_free_PKCS8_PRIV_KEY_INFO) PKCS8_PRIV_KEY_INFO *pkcs8 = NULL;
    MDM_OWNED(mdm_free_X509_SIG) X509_SIG *encrypted = NULL;
    bool written = false;

    ERR_clear_error();
    MDM_OWNED(mdm_free_BIO) BIO *bio = BIO_new(BIO_s_secmem());
    if (bio != NULL && form == MDM_KEY_PKCS1)
        written = PEM_write_bio_PrivateKey_traditional(bio, key->pkey, NULL, NULL, 0, NULL, NULL) == 1;
    else if (bio != NULL && form == MDM_KEY_PKCS8)
        written = PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) == 1;
    else if (bio != NULL && (pkcs8 = EVP_PKEY2PKCS8(key->pkey)) != NULL &&
             (encrypted =
                  PKCS8_encrypt_ex(NID_hmacWithSHA256, EVP_aes_256_cbc(), password->text, (int)strlen(password->text),
                                   NULL, SALT_SIZE, MDM_KEY_ITERATIONS, pkcs8, NULL, NULL)) != NULL)
        written = PEM_write_bio_PKCS8(bio, encrypted) == 1 && PEM_write_bio_PUBKEY(bio, key->pkey) == 1;
    const int result = written ? mdm_ossl_append_bio(pem, bio, err)
                               : mdm_ossl_error(err, MDM_E_FAILED, "the private key could not be %s",
                                                form == MDM_KEY_PKCS8_ENCRYPTED ? "encrypted" : "written");
    mdm_wipe_traces();
    return result;
}

/* A store returns nothing for each object that it skips, so more loads than one are tried. */
#define LOADS_MAX 64

#ifdef MDM_NO_TOKENS /* linked statically: a provider, which is a shared library, cannot be loaded */
#define NO_PROVIDER "this is the static build, which cannot use tokens such as"
#define NO_PROVIDER_HINT                                                                                               \
    "Install mdmvendor as a package, or build it on this system; see README.md, \"Building and installing\"."
#else
#define NO_PROVIDER "no PKCS#11 provider is configured in openssl.cnf for"
#define NO_PROVIDER_HINT                                                                                               \
    "Install one (such as pkcs11-provider), activate it in openssl.cnf, and check with `openssl list -providers` "     \
    "that it is there."
#endif

/* The one key that the URI names. */
static EVP_PKEY *read_key(const char *uri, const UI_METHOD *refusing, struct mdm_error *err)
{
    OSSL_STORE_CTX *store = OSSL_STORE_open_ex(uri, NULL, NULL, refusing, NULL, NULL, NULL, NULL);
    const unsigned long code = ERR_peek_last_error();
    const int size = (int)strcspn(uri, "?");
    const char *problem = "there is no private key, or its PIN is missing or wrong, at";
    const char *hint =
        "Set the PIN in openssl.cnf or name its file with pin-source in the URI, and check with `openssl "
        "storeutl -keys URI` that the key is there. (A token locks itself after a few wrong PINs.)";
    EVP_PKEY *found = NULL;
    bool several = false; /* the token decides which comes first */

    if (store != NULL) {
        (void)OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY);
    } else if (ERR_GET_LIB(code) == ERR_LIB_OSSL_STORE && (ERR_GET_REASON(code) == OSSL_STORE_R_UNREGISTERED_SCHEME ||
                                                           ERR_GET_REASON(code) == ERR_R_UNSUPPORTED)) {
        problem = NO_PROVIDER;
        hint = NO_PROVIDER_HINT;
    } else {
        problem = "nothing can be opened at";
        hint = "The provider's module or the file named by pin-source may be missing: see what `openssl storeutl -keys "
               "URI` says.";
    }
    for (int loads = 0; store != NULL && loads < LOADS_MAX && OSSL_STORE_eof(store) == 0; loads++) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(store);
        const bool is_key = info != NULL && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY;

        if (is_key && found == NULL)
            found = OSSL_STORE_INFO_get1_PKEY(info);
        else if (is_key)
            several |= EVP_PKEY_eq(found, OSSL_STORE_INFO_get0_PKEY(info)) != 1;
        OSSL_STORE_INFO_free(info);
    }
    (void)OSSL_STORE_close(store);
    if (found != NULL && !several)
        return found;
    EVP_PKEY_free(found);
    /* The PIN may follow "?" (RFC 7512 section 2.4): that part is not shown, and libcrypto's own words, which repeat
     * it, are dropped. */
    mdm_ossl_error_plain(err, MDM_E_FAILED, "%s '%.*s'" MDM_HINT "%s", several ? "several private keys match" : problem,
                         size, uri, several ? "Name one of them with object= or id= in the URI." : hint);
    if (err != NULL && uri[size] != '\0')
        mdm_wipe(err->detail, sizeof err->detail);
    return NULL;
}

static int no_password(char *buffer, int size, int writing, void *self)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)self;
    return -1;
}

/* Nobody must be asked for a PIN. Without a UI method, libcrypto asks at the terminal; a provider falls back on
 * libcrypto's default method when the one it was given refuses. So both are set to one that refuses. */
struct mdm_key *mdm_key_from_uri(const char *uri, struct mdm_error *err)
{
    UI_METHOD *refusing = UI_UTIL_wrap_read_pem_callback(no_password, 0);
    const UI_METHOD *usual = UI_get_default_method();

    ERR_clear_error();
    if (refusing == NULL) {
        mdm_ossl_error(err, MDM_E_MEMORY, "out of memory");
        return NULL;
    }
    /* The program starts libcrypto without its configuration, which takes longer to read than a signature to make. Only
     * a token needs it; what is wrong with it shows when the store is opened. */
    (void)CONF_modules_load_file_ex(NULL, NULL, NULL, CONF_MFLAGS_DEFAULT_SECTION | CONF_MFLAGS_IGNORE_MISSING_FILE);
    UI_set_default_method(refusing);
    EVP_PKEY *pkey = read_key(uri, refusing, err);
    UI_set_default_method(usual);
    UI_destroy_method(refusing);
    ERR_clear_error();
    return pkey == NULL ? NULL : mdm_key_wrap(pkey, err);
}
