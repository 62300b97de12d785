/* Keys in tokens, through whatever PKCS#11 provider openssl.cnf names. */
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <string.h>

#include "pki/ossl.h"

/* Loads that are tried: a store answers a load with nothing for every object that is skipped. */
#define LOADS_MAX 64
#define SHOWN_MAX 200

/* The program starts libcrypto without its configuration, because reading it costs a cold start more than a signature
 * does. Only a token needs it. What is wrong with it shows when the store is opened. */
static void load_configuration(void)
{
    (void)CONF_modules_load_file_ex(NULL, NULL, NULL, CONF_MFLAGS_DEFAULT_SECTION | CONF_MFLAGS_IGNORE_MISSING_FILE);
}

/* The first key of a store. *several: there are others, and which one comes first is the token's whim. */
static EVP_PKEY *load_key(OSSL_STORE_CTX *store, bool *several)
{
    EVP_PKEY *first = NULL;

    *several = false;
    for (int loads = 0; loads < LOADS_MAX && OSSL_STORE_eof(store) == 0; loads++) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(store);

        if (info != NULL && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY) {
            if (first == NULL)
                first = OSSL_STORE_INFO_get1_PKEY(info);
            else if (EVP_PKEY_eq(first, OSSL_STORE_INFO_get0_PKEY(info)) != 1)
                *several = true;
        }
        OSSL_STORE_INFO_free(info);
    }
    return first;
}

static bool scheme_is_unknown(void)
{
    unsigned long code = ERR_peek_last_error();

    return ERR_GET_LIB(code) == ERR_LIB_OSSL_STORE &&
           (ERR_GET_REASON(code) == OSSL_STORE_R_UNREGISTERED_SCHEME || ERR_GET_REASON(code) == ERR_R_UNSUPPORTED);
}

/* The part of a URI that can be shown: behind "?" the PIN may stand (RFC 7512 2.4). */
static int shown_size(const char *uri)
{
    size_t size = strcspn(uri, "?");

    return size > SHOWN_MAX ? SHOWN_MAX : (int)size;
}

/* Sets the error about a URI. libcrypto's own words repeat all of it, so they are kept only when no PIN can be in it.
 */
static void report(struct mdm_error *err, const char *uri, const char *sentence)
{
    (void)mdm_ossl_error_plain(err, MDM_E_FAILED, "%s '%.*s'", sentence, shown_size(uri), uri);
    if (err != NULL && strchr(uri, '?') != NULL)
        mdm_wipe(err->detail, sizeof err->detail);
}

static OSSL_STORE_CTX *open_store(const char *uri, const UI_METHOD *refusing, struct mdm_error *err)
{
    OSSL_STORE_CTX *store = OSSL_STORE_open_ex(uri, NULL, NULL, refusing, NULL, NULL, NULL, NULL);

    if (store != NULL)
        return store;
    if (scheme_is_unknown()) {
        report(err, uri, "no PKCS#11 provider is configured in openssl.cnf for");
        (void)mdm_error_hint(err, "Install one (such as pkcs11-provider), activate it in openssl.cnf, and see with "
                                  "`openssl list -providers` that it is there.");
    } else {
        report(err, uri, "nothing can be opened at");
        (void)mdm_error_hint(err, "The provider's module or the file that pin-source names may be missing: see what "
                                  "`openssl storeutl -keys URI` says.");
    }
    return NULL;
}

static EVP_PKEY *read_key(const char *uri, const UI_METHOD *refusing, struct mdm_error *err)
{
    OSSL_STORE_CTX *store = open_store(uri, refusing, err);
    EVP_PKEY *pkey = NULL;
    bool several = false;

    if (store == NULL)
        return NULL;
    if (OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY) == 1)
        pkey = load_key(store, &several);
    if (several) {
        ERR_clear_error();
        report(err, uri, "several private keys fit");
        (void)mdm_error_hint(err, "Name one of them by object= or id= in the URI.");
        EVP_PKEY_free(pkey);
        pkey = NULL;
    } else if (pkey == NULL) {
        report(err, uri, "there is no private key, or its PIN is missing or wrong, at");
        (void)mdm_error_hint(err,
                             "Give the PIN to the provider in openssl.cnf or name its file by pin-source in the URI, "
                             "and see with `openssl storeutl -keys URI` that the key is there. (After a few wrong "
                             "PINs a token locks itself.)");
    }
    OSSL_STORE_close(store);
    return pkey;
}

/* Nobody is asked for a PIN: not by libcrypto, which asks at the terminal when it is given no method, and not by a
 * provider, which falls back on libcrypto's default one when the method that it was given refuses. */
struct mdm_key *mdm_key_from_uri(const char *uri, struct mdm_error *err)
{
    UI_METHOD *refusing = UI_UTIL_wrap_read_pem_callback(mdm_ossl_no_password, 0);
    const UI_METHOD *usual = UI_get_default_method();
    EVP_PKEY *pkey;

    ERR_clear_error();
    if (refusing == NULL) {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "out of memory");
        return NULL;
    }
    load_configuration();
    UI_set_default_method(refusing);
    pkey = read_key(uri, refusing, err);
    UI_set_default_method(usual);
    UI_destroy_method(refusing);
    ERR_clear_error();
    return pkey == NULL ? NULL : mdm_key_wrap(pkey, err);
}
