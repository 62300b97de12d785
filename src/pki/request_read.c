/* Short questions to a request that is there: does it belong to this certificate and CSR, which CSR is in it. */
#include "pki/digest.h"
#include "pki/ossl.h"
#include "pki/pem_scan.h"
#include "pki/request.h"
#include "pki/request_parts.h"

/* Compares bytes: reading all certificates would take ten times as long, and there may be thousands of requests. */
static bool begins_with(const struct mdm_request_parts *parts, const struct mdm_cert *vendor)
{
    struct mdm_bytes pem = {0}, first = {0}, der = {0};
    struct mdm_pem_block block;
    size_t at = 0;
    bool yes = mdm_bytes_append_text(&pem, parts->chain, NULL) == 0 && mdm_pem_next(&pem, &at, &block) &&
               block.complete && mdm_pem_is_certificate(&block) &&
               mdm_base64_decode(block.body, block.body_size, &first, NULL) == 0 &&
               mdm_cert_append_der(vendor, &der, NULL) == 0 && mdm_bytes_equal(&first, &der);

    mdm_bytes_free(&pem);
    mdm_bytes_free(&first);
    mdm_bytes_free(&der);
    return yes;
}

bool mdm_request_matches(const struct mdm_bytes *file, const struct mdm_cert *vendor, const struct mdm_csr *csr)
{
    struct mdm_request_parts parts = {0};
    struct mdm_bytes der = {0}, signature = {0};
    bool yes = mdm_parts_read(file, &parts, NULL) == 0 && mdm_parts_csr_der(&parts, &der, NULL) == 0 &&
               mdm_parts_signature(&parts, &signature, NULL) == 0 &&
               (csr == NULL || mdm_bytes_equal(&der, mdm_csr_der(csr))) && begins_with(&parts, vendor) &&
               mdm_verify_signature(X509_get0_pubkey(mdm_cert_x509(vendor)), "SHA256", &der, &signature, NULL) == 1;

    mdm_bytes_free(&der);
    mdm_bytes_free(&signature);
    mdm_parts_free(&parts);
    return yes;
}

struct mdm_csr *mdm_request_csr(const struct mdm_bytes *file, const char *name, struct mdm_error *err)
{
    struct mdm_request_parts parts = {0};
    struct mdm_bytes der = {0};
    struct mdm_csr *csr = NULL;

    if (mdm_parts_read(file, &parts, err) != 0 || mdm_parts_csr_der(&parts, &der, err) != 0)
        (void)mdm_error_context(err, "'%s'", name);
    else
        csr = mdm_csr_from_bytes(&der, name, err);
    mdm_bytes_free(&der);
    mdm_parts_free(&parts);
    return csr;
}

int mdm_request_certs(const struct mdm_bytes *file, struct mdm_certs *certs, struct mdm_error *err)
{
    struct mdm_request_parts parts = {0};
    int result = mdm_parts_read(file, &parts, err);

    if (result == 0)
        result = mdm_parts_certs(&parts, certs, err);
    mdm_parts_free(&parts);
    return result;
}
