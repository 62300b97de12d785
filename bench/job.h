/* The same job for both floor programs: what is put around the signature. */
#ifndef BENCH_JOB_H
#define BENCH_JOB_H

#include <openssl/evp.h>
#include <openssl/x509.h>

struct job {
    EVP_PKEY *key;
    X509 *cert;
    STACK_OF(X509) * cas;
    unsigned char *csr; /* DER */
    int csr_size;
};

/* Reads a file of at most 64 KiB into memory with a NUL behind it; ends the program when it cannot. */
unsigned char *read_file(const char *path, long *size);
/* Ends the program. */
void die(const char *what);
/* The base64 of the property list, NUL-terminated; free() it. */
char *make_request(const struct job *job);

#endif
