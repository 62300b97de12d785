/*
 * Preloaded into whatever the tests run, by which they take a fraction of the time: RSA-2048 keys come out of the
 * folder that MDM_CHEAP_KEYS names (keys.py makes it), each once, whoever asks for them; keys are encrypted with few
 * rounds of key derivation. With MDM_CHEAP_KEYS_AT a process draws from that number on. MDM_CLOCK, in seconds since
 * 1970, is what time() tells. With MDM_IN_EARNEST all is as it is without this. Valgrind makes all slow, so that no
 * time limit of a unit test's own holds there (MDM_NO_ALARM).
 *
 * It is not linked with libcrypto, which other programs of a test would load then for nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static void *next_definition(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (found == NULL)
        abort();
    return found;
}

/* The next number of the pool, for all processes together: the folder's file `next` holds it, and how many there are.
 */
static long draw(const char *folder)
{
    static long own = -1;
    const char *at = getenv("MDM_CHEAP_KEYS_AT");
    char path[4096], text[64] = "";
    long number = -1, count = 0;
    int fd;

    if (own < 0 && at != NULL)
        own = strtol(at, NULL, 10);
    if (own >= 0)
        return own++;
    (void)snprintf(path, sizeof path, "%s/next", folder);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX) == 0 && pread(fd, text, sizeof text - 1, 0) > 0 &&
        sscanf(text, "%ld %ld", &number, &count) == 2 && count > 0) {
        (void)snprintf(text, sizeof text, "%ld %ld\n          ", (number + 1) % count, count);
        (void)!pwrite(fd, text, strlen(text), 0);
    }
    (void)close(fd);
    return number;
}

static EVP_PKEY *next_key(void)
{
    EVP_PKEY *(*read_key)(FILE *, EVP_PKEY **, pem_password_cb *, void *);
    const char *folder = getenv("MDM_CHEAP_KEYS");
    char path[4096];
    EVP_PKEY *key = NULL;
    FILE *file;

    if (folder == NULL || getenv("MDM_IN_EARNEST") != NULL)
        return NULL;
    (void)snprintf(path, sizeof path, "%s/%ld.pem", folder, draw(folder));
    file = fopen(path, "re");
    if (file != NULL) {
        *(void **)&read_key = next_definition("PEM_read_PrivateKey");
        key = read_key(file, NULL, NULL, NULL);
        (void)fclose(file);
    }
    return key;
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

/* As the openssl command asks for a key. */
static int bits_asked_for;

int EVP_PKEY_CTX_set_rsa_keygen_bits(EVP_PKEY_CTX *context, int bits)
{
    int (*real)(EVP_PKEY_CTX *, int);

    *(void **)&real = next_definition("EVP_PKEY_CTX_set_rsa_keygen_bits");
    bits_asked_for = bits;
    return real(context, bits);
}

int EVP_PKEY_CTX_set_rsa_keygen_primes(EVP_PKEY_CTX *context, int primes)
{
    int (*real)(EVP_PKEY_CTX *, int);

    *(void **)&real = next_definition("EVP_PKEY_CTX_set_rsa_keygen_primes");
    if (primes != 2)
        bits_asked_for = 0;
    return real(context, primes);
}

int EVP_PKEY_keygen(EVP_PKEY_CTX *context, EVP_PKEY **key)
{
    int (*real)(EVP_PKEY_CTX *, EVP_PKEY **);

    *(void **)&real = next_definition("EVP_PKEY_keygen");
    if (bits_asked_for == 2048 && *key == NULL)
        *key = next_key();
    bits_asked_for = 0;
    return *key != NULL ? 1 : real(context, key);
}

static int few(int rounds)
{
    return rounds >= 2048 && getenv("MDM_IN_EARNEST") == NULL ? 50 : rounds;
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

PKCS12 *PKCS12_create_ex(const char *password, const char *name, EVP_PKEY *key, X509 *cert, STACK_OF(X509) * chain,
                         int key_nid, int cert_nid, int rounds, int mac_rounds, int type, OSSL_LIB_CTX *context,
                         const char *properties)
{
    PKCS12 *(*real)(const char *, const char *, EVP_PKEY *, X509 *, STACK_OF(X509) *, int, int, int, int, int,
                    OSSL_LIB_CTX *, const char *);

    *(void **)&real = next_definition("PKCS12_create_ex");
    return real(password, name, key, cert, chain, key_nid, cert_nid, few(rounds), few(mac_rounds), type, context,
                properties);
}

int PKCS12_set_mac(PKCS12 *p12, const char *password, int length, unsigned char *salt, int salt_length, int rounds,
                   const EVP_MD *digest)
{
    int (*real)(PKCS12 *, const char *, int, unsigned char *, int, int, const EVP_MD *);

    *(void **)&real = next_definition("PKCS12_set_mac");
    return real(p12, password, length, salt, salt_length, few(rounds), digest);
}

/* A short alarm is what the test is about; a long one ends a test that hangs. */
unsigned int alarm(unsigned int seconds)
{
    unsigned int (*real)(unsigned int);

    *(void **)&real = next_definition("alarm");
    return real(seconds >= 10 && getenv("MDM_NO_ALARM") != NULL ? 0 : seconds);
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
