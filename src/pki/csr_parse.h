/* The parts of a CSR (RFC 2986 section 4), found in its DER without libcrypto's own object: that one looks for the
 * public key in the decoders of all providers, which takes ten times as long as everything else about a CSR. */
#ifndef MDM_PKI_CSR_PARSE_H
#define MDM_PKI_CSR_PARSE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

#include "pki/der.h"

struct mdm_csr_parts {
    struct mdm_der info; /* certificationRequestInfo, all of it: what is signed */
    long version;
    X509_NAME *name;
    struct mdm_der spki; /* subjectPKInfo, all of it */
    bool spki_is_der;    /* it is the one encoding of its key that is DER: known of RSA keys */
    bool attributes_ok;  /* they are there, empty, or attributes as PKCS#10 has them */
    EVP_PKEY *pkey;      /* NULL when libcrypto does not know its kind */
    X509_ALGOR *algorithm;
    struct mdm_der signature;
};

/* Takes a CSR off the front of *der. The parts that are struct mdm_der point into it. False: it is none; libcrypto's
 * queue may say why. Free *parts with mdm_csr_parts_free in both cases. */
bool mdm_csr_parse(struct mdm_der *der, struct mdm_csr_parts *parts);
void mdm_csr_parts_free(struct mdm_csr_parts *parts);

#endif
