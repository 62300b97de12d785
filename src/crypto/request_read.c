/* Short questions to a request that is there: does it belong to this certificate and CSR, which CSR is in it. */
#include "crypto/digest.h"
#include "crypto/ossl.h"
#include "crypto/request_parts.h"
#include "mdmvendor/request.h"

static bool begins_with(const struct mdm_request_parts *parts, const struct mdm_cert *vendor)
{
    struct mdm_certs certs = {0};
    bool yes = mdm_parts_certs(parts, &certs, NULL) == 0 && mdm_cert_equal(certs.items[0], vendor);

    mdm_certs_free(&certs);
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
