/*
 * verified KEY COUNT THREADS: COUNT signatures in memory, each verified twice: once by the key that made it, as `sign`
 * does with what it made, and once by a key that was not used before, as each customer's CSR has one. The most that any
 * program reaches that verifies what it takes and what it gives.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "job.h"

#define THREADS_MAX 256

static EVP_PKEY *key;
static OSSL_PARAM *numbers; /* of the key's public half */
static int share;           /* how many each thread makes */

static void verify(EVP_PKEY *with, const unsigned char *data, size_t size, const unsigned char *signature,
                   size_t length)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    if (EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, with) != 1 ||
        EVP_DigestVerify(ctx, signature, length, data, size) != 1)
        die("verify");
    EVP_MD_CTX_free(ctx);
}

/* Without a search for decoders, which would cost more than all else here but the signature. */
static EVP_PKEY *new_key(void)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *fresh = NULL;

    if (EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &fresh, EVP_PKEY_PUBLIC_KEY, numbers) != 1)
        die("key");
    EVP_PKEY_CTX_free(ctx);
    return fresh;
}

static void *work(void *unused)
{
    unsigned char data[700] = {0}, signature[1024];

    (void)unused;
    for (int i = 0; i < share; i++) {
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        EVP_PKEY *fresh = new_key();
        size_t size = sizeof signature;

        if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
            EVP_DigestSign(ctx, signature, &size, data, sizeof data) != 1)
            die("sign");
        verify(key, data, sizeof data, signature, size);
        verify(fresh, data, sizeof data, signature, size);
        EVP_PKEY_free(fresh);
        EVP_MD_CTX_free(ctx);
    }
    return NULL;
}

int main(int argc, char *argv[])
{
    pthread_t threads[THREADS_MAX];
    int count = argc == 4 ? atoi(argv[3]) : 0;
    FILE *file;

    if (count < 1 || count > THREADS_MAX)
        return 2;
    file = fopen(argv[1], "r");
    key = file != NULL ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (key == NULL || EVP_PKEY_todata(key, EVP_PKEY_PUBLIC_KEY, &numbers) != 1)
        die("key");
    share = atoi(argv[2]) / count;
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0)
            die("thread");
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
