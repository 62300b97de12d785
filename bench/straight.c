/*
 * straight KEY PASSWORD-FILE CERT CA-BUNDLE CSR: one push certificate request to standard output, as one would write it
 * from the manual pages: PEM_read_bio_PrivateKey with its search for a decoder, openssl.cnf read, X509_REQ,
 * X509_verify_cert. It does not read its own output back. `scripts/bench` holds mdmvendor against it.
 */
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <plist/plist.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
    EVP_PKEY *key;
    X509 *cert;
    STACK_OF(X509) * cas;
    unsigned char *csr; /* DER */
    int csr_size;
};

static void die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static unsigned char *read_file(const char *path, long *size)
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

static char *make_request(const struct job *job)
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
