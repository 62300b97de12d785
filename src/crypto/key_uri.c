/* Keys in tokens, through whatever PKCS#11 provider openssl.cnf names. */
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <string.h>

#include "crypto/ossl.h"

/* Loads that are tried: a store answers a load with nothing for every object that is skipped. */
#define LOADS_MAX 64
#define SHOWN_MAX 200

/* The program starts libcrypto without its configuration, because reading it costs a cold start more than a signature
 * does. Only a token needs it. What is wrong with it shows when the store is opened. */
static void load_configuration(void)
{
    (void)CONF_modules_load_file_ex(NULL, NULL, NULL, CONF_MFLAGS_DEFAULT_SECTION | CONF_MFLAGS_IGNORE_MISSING_FILE);
}

static EVP_PKEY *load_key(OSSL_STORE_CTX *store)
{
    EVP_PKEY *pkey = NULL;

    for (int loads = 0; pkey == NULL && loads < LOADS_MAX && OSSL_STORE_eof(store) == 0; loads++) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(store);

        if (info != NULL && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
            pkey = OSSL_STORE_INFO_get1_PKEY(info);
        OSSL_STORE_INFO_free(info);
    }
    return pkey;
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

static OSSL_STORE_CTX *open_store(const char *uri, const UI_METHOD *refusing, struct mdm_error *err)
{
    OSSL_STORE_CTX *store = OSSL_STORE_open_ex(uri, NULL, NULL, refusing, NULL, NULL, NULL, NULL);

    if (store != NULL)
        return store;
    if (scheme_is_unknown()) {
        (void)mdm_ossl_error_plain(err, MDM_E_FAILED, "no PKCS#11 provider is configured in openssl.cnf");
        (void)mdm_error_hint(err, "Install one (such as pkcs11-provider), activate it in openssl.cnf, and see with "
                                  "`openssl list -providers` that it is there.");
    } else {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the token of '%.*s' cannot be opened", shown_size(uri), uri);
    }
    return NULL;
}

/* Never NULL as a method: libcrypto would ask at the terminal by itself. */
struct mdm_key *mdm_key_from_uri(const char *uri, struct mdm_error *err)
{
    UI_METHOD *refusing = UI_UTIL_wrap_read_pem_callback(mdm_ossl_no_password, 0);
    OSSL_STORE_CTX *store = NULL;
    EVP_PKEY *pkey = NULL;

    ERR_clear_error();
    load_configuration();
    if (refusing == NULL)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "out of memory");
    else
        store = open_store(uri, refusing, err);
    if (store != NULL && OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY) == 1)
        pkey = load_key(store);
    if (store != NULL && pkey == NULL) {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "there is no private key at '%.*s', or its PIN is not known",
                             shown_size(uri), uri);
        (void)mdm_error_hint(err,
                             "Give the PIN to the provider in openssl.cnf or name its file by pin-source in the URI, "
                             "and see with `openssl storeutl -keys URI` that the key is there.");
    }
    OSSL_STORE_close(store);
    UI_destroy_method(refusing);
    ERR_clear_error();
    return pkey == NULL ? NULL : mdm_key_wrap(pkey, err);
}
