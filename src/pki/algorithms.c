/* The algorithms that libcrypto makes ready: see algorithms.h. */
#include "pki/algorithms.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

/* libcrypto still looks for two things in these tables: the digest of an X.509 signature (ASN1_item_verify), and the
 * cipher of a PEM file with a DEK-Info line (PEM_get_EVP_CIPHER_INFO). All else is fetched from providers. */
static void add_names(void)
{
    static const EVP_MD *(*const digests[])(void) = {EVP_md5, EVP_sha1, EVP_sha224, EVP_sha256, EVP_sha384, EVP_sha512};
    static const EVP_CIPHER *(*const ciphers[])(void) = {
        EVP_des_ede3_cbc,     EVP_aes_128_cbc,      EVP_aes_192_cbc,      EVP_aes_256_cbc,
#ifndef OPENSSL_NO_CAMELLIA
        EVP_camellia_128_cbc, EVP_camellia_192_cbc, EVP_camellia_256_cbc,
#endif
#ifndef OPENSSL_NO_ARIA
        EVP_aria_128_cbc,     EVP_aria_192_cbc,     EVP_aria_256_cbc,
#endif
    };

    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++)
        (void)EVP_add_digest(digests[i]());
    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++)
        (void)EVP_add_cipher(ciphers[i]());
}

void mdm_algorithms_begin(void)
{
    /* A configuration file could change algorithms and load code; see mdm_key_from_uri for the one use of it. */
    (void)OPENSSL_init_crypto(
        OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS, NULL);
    add_names();
}
