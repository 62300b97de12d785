/*
 * Preloaded into the unit tests under valgrind, which makes libcrypto some fifty times slower, and into the program by
 * the random walk, which starts it some thousand times: RSA-2048 keys come out of the PEM file that MDM_CHEAP_KEYS
 * names, each once, keys are encrypted with few rounds of key derivation, and no time limit of a test's own holds.
 * MDM_CLOCK, in seconds since 1970, is what time() tells.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

static EVP_PKEY *next_key(void)
{
    static FILE *file;
    const char *path = getenv("MDM_CHEAP_KEYS");

    if (file == NULL && path != NULL)
        file = fopen(path, "re");
    return file != NULL ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
}

static void *next_definition(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (found == NULL)
        abort();
    return found;
}

EVP_PKEY *EVP_PKEY_Q_keygen(OSSL_LIB_CTX *context, const char *properties, const char *type, ...)
{
    EVP_PKEY *(*real)(OSSL_LIB_CTX *, const char *, const char *, ...);
    EVP_PKEY *key = NULL;
    const char *curve;
    size_t bits;
    va_list arguments;

    *(void **)&real = next_definition("EVP_PKEY_Q_keygen");
    va_start(arguments, type);
    if (strcmp(type, "RSA") == 0) {
        bits = va_arg(arguments, size_t);
        if (bits == 2048)
            key = next_key();
        if (key == NULL)
            key = real(context, properties, type, bits);
    } else {
        curve = va_arg(arguments, const char *);
        key = real(context, properties, type, curve);
    }
    va_end(arguments);
    return key;
}

static int few(int rounds)
{
    return rounds > 1000 ? 1000 : rounds;
}

X509_SIG *PKCS8_encrypt_ex(int algorithm, const EVP_CIPHER *cipher, const char *password, int length,
                           unsigned char *salt, int salt_length, int rounds, PKCS8_PRIV_KEY_INFO *key,
                           OSSL_LIB_CTX *context, const char *properties)
{
    X509_SIG *(*real)(int, const EVP_CIPHER *, const char *, int, unsigned char *, int, int, PKCS8_PRIV_KEY_INFO *,
                      OSSL_LIB_CTX *, const char *);

    *(void **)&real = next_definition("PKCS8_encrypt_ex");
    return real(algorithm, cipher, password, length, salt, salt_length, few(rounds), key, context, properties);
}

PKCS12_SAFEBAG *PKCS12_SAFEBAG_create_pkcs8_encrypt_ex(int algorithm, const char *password, int length,
                                                       unsigned char *salt, int salt_length, int rounds,
                                                       PKCS8_PRIV_KEY_INFO *key, OSSL_LIB_CTX *context,
                                                       const char *properties)
{
    PKCS12_SAFEBAG *(*real)(int, const char *, int, unsigned char *, int, int, PKCS8_PRIV_KEY_INFO *, OSSL_LIB_CTX *,
                            const char *);

    *(void **)&real = next_definition("PKCS12_SAFEBAG_create_pkcs8_encrypt_ex");
    return real(algorithm, password, length, salt, salt_length, few(rounds), key, context, properties);
}

int PKCS12_add_safe_ex(STACK_OF(PKCS7) * *parts, STACK_OF(PKCS12_SAFEBAG) * bags, int algorithm, int rounds,
                       const char *password, OSSL_LIB_CTX *context, const char *properties)
{
    int (*real)(STACK_OF(PKCS7) **, STACK_OF(PKCS12_SAFEBAG) *, int, int, const char *, OSSL_LIB_CTX *, const char *);

    *(void **)&real = next_definition("PKCS12_add_safe_ex");
    return real(parts, bags, algorithm, few(rounds), password, context, properties);
}

int PKCS12_set_mac(PKCS12 *p12, const char *password, int length, unsigned char *salt, int salt_length, int rounds,
                   const EVP_MD *digest)
{
    int (*real)(PKCS12 *, const char *, int, unsigned char *, int, int, const EVP_MD *);

    *(void **)&real = next_definition("PKCS12_set_mac");
    return real(p12, password, length, salt, salt_length, few(rounds), digest);
}

/* A short alarm is what the test is about; a long one ends a test that hangs, and here all is slow. */
unsigned int alarm(unsigned int seconds)
{
    unsigned int (*real)(unsigned int);

    *(void **)&real = next_definition("alarm");
    return real(seconds < 10 ? seconds : 0);
}

time_t time(time_t *result)
{
    const char *told = getenv("MDM_CLOCK");
    struct timespec now = {0};

    if (told != NULL)
        now.tv_sec = (time_t)strtoll(told, NULL, 10);
    else
        (void)clock_gettime(CLOCK_REALTIME, &now);
    if (result != NULL)
        *result = now.tv_sec;
    return now.tv_sec;
}
