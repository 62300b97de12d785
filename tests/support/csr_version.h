/* A CSR of a version that there is not: OpenSSL 3.5 refuses to make one, so it is patched and signed again. */
#ifndef TESTS_CSR_VERSION_H
#define TESTS_CSR_VERSION_H

#include <stddef.h>

#include <openssl/evp.h>

/* `der` is a signed CSR for the RSA key `key`, whose certification request info is longer than 255 bytes. */
static inline void set_csr_version(EVP_PKEY *key, unsigned char *der, size_t size, unsigned char version)
{
    /* SEQUENCE { SEQUENCE { INTEGER version, ... }, algorithm, BIT STRING }, both lengths in two bytes */
    enum { HEADER = 4, VERSION = 2 };
    unsigned char *info = der + HEADER;
    size_t signature_size = (size_t)EVP_PKEY_get_size(key);
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    assert_true(der[1] == 0x82 && info[0] == 0x30 && info[1] == 0x82 && info[HEADER] == 0x02);
    info[HEADER + VERSION] = version;
    assert_int_equal(EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL), 1);
    assert_int_equal(EVP_DigestSign(context, der + size - signature_size, &signature_size, info,
                                    HEADER + (size_t)(info[2] << 8 | info[3])),
                     1);
    EVP_MD_CTX_free(context);
}

#endif
