/* make_csrs DIR COUNT: COUNT different CSRs of one new RSA-2048 key in DIR, and their paths in DIR/list. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int write_csr(EVP_PKEY *key, const char *path, long number)
{
    X509_REQ *req = X509_REQ_new();
    X509_NAME *name = X509_NAME_new();
    FILE *file = fopen(path, "wb");
    char text[32];
    int ok;

    (void)snprintf(text, sizeof text, "Customer %ld", number);
    ok = file != NULL && req != NULL && name != NULL &&
         X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0) == 1 &&
         X509_REQ_set_subject_name(req, name) == 1 && X509_REQ_set_pubkey(req, key) == 1 &&
         X509_REQ_sign(req, key, EVP_sha256()) > 0 && PEM_write_X509_REQ(file, req) == 1;
    if (file != NULL && fclose(file) != 0)
        ok = 0;
    X509_NAME_free(name);
    X509_REQ_free(req);
    return ok ? 0 : -1;
}

int main(int argc, char *argv[])
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    char path[4096];
    FILE *list;
    long count;

    if (argc != 3 || key == NULL)
        return 2;
    count = strtol(argv[2], NULL, 10);
    (void)mkdir(argv[1], 0777);
    (void)snprintf(path, sizeof path, "%s/list", argv[1]);
    list = fopen(path, "w");
    if (list == NULL)
        return 1;
    for (long i = 0; i < count; i++) {
        (void)snprintf(path, sizeof path, "%s/c%06ld.csr", argv[1], i);
        if (write_csr(key, path, i) != 0 || fprintf(list, "%s\n", path) < 0)
            return 1;
    }
    EVP_PKEY_free(key);
    return fclose(list) == 0 ? 0 : 1;
}
