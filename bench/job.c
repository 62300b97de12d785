/* What both floor programs do alike: check the chain and the CSR, sign, encode. */
#include "job.h"

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <plist/plist.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

unsigned char *read_file(const char *path, long *size)
{
    FILE *file = fopen(path, "rb");
    unsigned char *data = malloc(65537);

    if (file == NULL || data == NULL)
        die(path);
    *size = (long)fread(data, 1, 65536, file);
    data[*size] = '\0';
    fclose(file);
    return data;
}

static char *base64(const unsigned char *data, size_t size)
{
    char *text = malloc((size + 2) / 3 * 4 + 1);

    if (text == NULL)
        die("memory");
    EVP_EncodeBlock((unsigned char *)text, data, (int)size);
    return text;
}

/* The PEM of the verified chain. */
static char *chain_pem(const struct job *job)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    BIO *bio = BIO_new(BIO_s_mem());
    STACK_OF(X509) * chain;
    char *text, *data;
    long size;

    for (int i = 0; i < sk_X509_num(job->cas); i++)
        if (X509_check_issued(sk_X509_value(job->cas, i), sk_X509_value(job->cas, i)) == X509_V_OK)
            X509_STORE_add_cert(store, sk_X509_value(job->cas, i));
    X509_STORE_CTX_init(ctx, store, job->cert, job->cas);
    if (X509_verify_cert(ctx) != 1)
        die("chain");
    chain = X509_STORE_CTX_get0_chain(ctx);
    for (int i = 0; i < sk_X509_num(chain); i++)
        PEM_write_bio_X509(bio, sk_X509_value(chain, i));
    size = BIO_get_mem_data(bio, &data);
    text = malloc((size_t)size + 1);
    if (text == NULL)
        die("memory");
    memcpy(text, data, (size_t)size);
    text[size] = '\0';
    BIO_free(bio);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return text;
}

static char *sign(const struct job *job)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char signature[1024];
    size_t size = sizeof signature;

    if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, job->key) != 1 ||
        EVP_DigestSign(ctx, signature, &size, job->csr, (size_t)job->csr_size) != 1)
        die("sign");
    EVP_MD_CTX_free(ctx);
    return base64(signature, size);
}

char *make_request(const struct job *job)
{
    char *csr = base64(job->csr, (size_t)job->csr_size), *signature = sign(job), *chain = chain_pem(job);
    plist_t dict = plist_new_dict();
    char *xml = NULL, *text;
    uint32_t size = 0;

    plist_dict_set_item(dict, "PushCertRequestCSR", plist_new_string(csr));
    plist_dict_set_item(dict, "PushCertCertificateChain", plist_new_string(chain));
    plist_dict_set_item(dict, "PushCertSignature", plist_new_string(signature));
    plist_to_xml(dict, &xml, &size);
    if (xml == NULL)
        die("plist");
    text = base64((const unsigned char *)xml, size);
    plist_free(dict);
    free(xml);
    free(csr);
    free(signature);
    free(chain);
    return text;
}
