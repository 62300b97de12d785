/* Password-based encryption in files that others made: how much work they may ask for, and why opening one failed. */
#ifndef MDM_PKI_PBE_H
#define MDM_PKI_PBE_H

#include <openssl/provider.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Key derivation rounds that are still done for one file: two to seven seconds. Files in the field have up to one
 * million. Both bounds can be set lower at compile time. */
#ifndef MDM_PBE_ITERATIONS_MAX
#define MDM_PBE_ITERATIONS_MAX 10000000
#endif
/* Blocks that scrypt may work on, N * r * p: four times what its memory limit of 32 MiB lets through with p = 1. */
#ifndef MDM_PBE_SCRYPT_MAX
#define MDM_PBE_SCRYPT_MAX ((uint64_t)1 << 20)
#endif

/* Refuses (MDM_E_FAILED) an algorithm (PBES1, PBES2, PBMAC1, PKCS#12) whose parameters ask for more work than that. The
 * rounds are taken off *left, which begins at MDM_PBE_ITERATIONS_MAX for every file. */
int mdm_pbe_check(const X509_ALGOR *algorithm, int64_t *left, const char *name, struct mdm_error *err);
/* The same for a bare number of iterations; NULL means 1. */
int mdm_pbe_check_iterations(const ASN1_INTEGER *iterations, int64_t *left, const char *name, struct mdm_error *err);

/* A library context of its own that has libcrypto's legacy algorithms (RC2-40, single DES) as well, for files of old.
 */
struct mdm_pbe_legacy {
    OSSL_LIB_CTX *ctx; /* NULL where they are not installed */
    OSSL_PROVIDER *providers[2];
};
/* True when a decryption by `algorithm` failed because libcrypto has it among those at most: none of PBES2. */
bool mdm_pbe_is_legacy(const X509_ALGOR *algorithm);
void mdm_pbe_legacy_begin(struct mdm_pbe_legacy *legacy);
void mdm_pbe_legacy_end(struct mdm_pbe_legacy *legacy);

/* True when libcrypto's queue begins with an algorithm that is not available. */
bool mdm_pbe_unsupported(void);

/* What kind of file a message is about: each is converted by another command of openssl. */
enum mdm_pbe_file { MDM_PBE_KEY, MDM_PBE_P12 };

/* After a decryption failed: tells an algorithm that is not available (MDM_E_FAILED) from a wrong password or a damaged
 * file (MDM_E_PASSWORD), and drains the queue. Returns -1. */
int mdm_pbe_failed(enum mdm_pbe_file file, const char *name, struct mdm_error *err);

/* MDM_E_PASSWORD: it is encrypted and there is no password. Returns -1. */
int mdm_pbe_missing(const char *name, struct mdm_error *err);

#endif
