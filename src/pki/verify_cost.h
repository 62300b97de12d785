/* What it costs to verify a signature. */
#ifndef MDM_PKI_VERIFY_COST_H
#define MDM_PKI_VERIFY_COST_H

#include <openssl/evp.h>
#include <stdbool.h>

/*
 * True for keys whose signatures are verified within about a millisecond. Others can be made to cost ten times as much
 * and come by the hundred in one file; no CA that is in use has such a key, and nothing is taken to be signed by one.
 */
bool mdm_verifies_soon(const EVP_PKEY *key);

#endif
