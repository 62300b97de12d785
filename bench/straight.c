/*
 * straight KEY PASSWORD-FILE CERT CA-BUNDLE CSR: one request to standard output, as one would write it from the manual
 * pages: PEM_read_bio_PrivateKey with its search for a decoder, openssl.cnf read, X509_REQ.
 */
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"

static int password(char *buffer, int size, int writing, void *self)
{
    (void)writing;
    return snprintf(buffer, (size_t)size, "%s", (const char *)self);
}

static EVP_PKEY *read_key(const char *path, char *secret)
{
    BIO *bio = BIO_new_file(path, "rb");
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, password, secret) : NULL;

    BIO_free(bio);
    if (key == NULL)
        die("key");
    return key;
}

static X509 *read_cert(const char *path)
{
    BIO *bio = BIO_new_file(path, "rb");
    X509 *cert = bio != NULL ? d2i_X509_bio(bio, NULL) : NULL;

    BIO_free(bio);
    if (cert == NULL)
        die("certificate");
    return cert;
}

static STACK_OF(X509) * read_cas(const char *path)
{
    BIO *bio = BIO_new_file(path, "rb");
    STACK_OF(X509) *cas = sk_X509_new_null();
    X509 *cert;

    while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
        sk_X509_push(cas, cert);
    BIO_free(bio);
    return cas;
}

static X509_REQ *read_csr(const char *path)
{
    BIO *bio = BIO_new_file(path, "rb");
    X509_REQ *req = bio != NULL ? PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL) : NULL;

    BIO_free(bio);
    if (req == NULL || X509_REQ_verify(req, X509_REQ_get0_pubkey(req)) != 1)
        die("csr");
    return req;
}

int main(int argc, char *argv[])
{
    struct job job = {0};
    X509_REQ *req;
    char *secret, *text;
    long size;

    if (argc != 6)
        return 2;
    secret = (char *)read_file(argv[2], &size);
    secret[strcspn(secret, "\r\n")] = '\0';
    job.key = read_key(argv[1], secret);
    job.cert = read_cert(argv[3]);
    job.cas = read_cas(argv[4]);
    req = read_csr(argv[5]);
    if (X509_check_private_key(job.cert, job.key) != 1)
        die("certificate and key");
    job.csr_size = i2d_X509_REQ(req, &job.csr);
    text = make_request(&job);
    fputs(text, stdout);
    free(text);
    free(secret);
    OPENSSL_free(job.csr);
    X509_REQ_free(req);
    sk_X509_pop_free(job.cas, X509_free);
    X509_free(job.cert);
    EVP_PKEY_free(job.key);
    return fflush(stdout) == 0 ? 0 : 1;
}
