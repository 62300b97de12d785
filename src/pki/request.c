/* Makes push certificate requests, and reads back every one before it is handed out. */
#include "pki/request.h"

#include <stdlib.h>
#include <string.h>

#include "pki/chain.h"
#include "pki/digest.h"
#include "pki/ossl.h"
#include "pki/request_judge.h"

/* Never changes once it is made, so that threads can share it. */
struct mdm_signer {
    EVP_PKEY *key;
    struct mdm_certs chain;
    struct mdm_bytes chain_pem;
};

static const struct mdm_cert *vendor_of(const struct mdm_signer *signer)
{
    return signer->chain.items[0];
}

#define VENDOR_CERT_ORIGIN                                                                                             \
    "The vendor certificate is what developer.apple.com issues for vendor.csr (certificate type \"MDM CSR\")."

const char *mdm_cert_not_for_requests(const struct mdm_cert *cert)
{
    const struct mdm_cert_facts *facts = mdm_cert_facts(cert);

    if (facts->kind == MDM_CERT_PUSH)
        return "is a push certificate, where the vendor certificate is due";
    if (facts->kind == MDM_CERT_INTERMEDIATE)
        return "is an intermediate CA certificate, where the vendor certificate is due";
    if (facts->kind == MDM_CERT_ROOT)
        return "is a root CA certificate, where the vendor certificate is due";
    /* Without purposes it may be one that Apple makes in a new way: the caller warns. */
    if (!facts->vendor_marker && facts->has_purposes)
        return "is a certificate of another type than \"MDM CSR\" (for a web server or for signing code, perhaps)";
    if (EVP_PKEY_is_a(X509_get0_pubkey(mdm_cert_x509(cert)), "RSA") != 1)
        return "has a key that is not RSA, and Apple takes RSA signatures only";
    if (!mdm_chain_may_sign(cert))
        return "is not for digital signatures: its key usage says so";
    return NULL;
}

static int check_kind(const struct mdm_cert *cert, const char *name, struct mdm_error *err)
{
    const char *fault = mdm_cert_not_for_requests(cert);

    if (fault == NULL)
        return 0;
    (void)mdm_error_set(err, MDM_E_REFUSED, "'%s' ('%s') %s", name, mdm_cert_facts(cert)->subject, fault);
    return mdm_error_hint(err, VENDOR_CERT_ORIGIN);
}

static int check_fits(const struct mdm_key *key, const char *key_name, const struct mdm_cert *cert,
                      const char *cert_name, struct mdm_error *err)
{
    const struct mdm_key_id *cert_id = &mdm_cert_facts(cert)->key_id;
    char key_text[MDM_KEY_ID_TEXT_MAX], cert_text[MDM_KEY_ID_TEXT_MAX];
    struct mdm_key_id key_id;

    if (mdm_key_get_id(key, &key_id, err) != 0)
        return -1;
    if (mdm_key_id_equal(&key_id, cert_id))
        return 0;
    mdm_key_id_format(&key_id, key_text);
    mdm_key_id_format(cert_id, cert_text);
    (void)mdm_error_set(err, MDM_E_REFUSED, "'%s' was not issued for '%s': it is for the key %s, and the file has %s",
                        cert_name, key_name, cert_text, key_text);
    return mdm_error_hint(err,
                          "Upload the vendor CSR that was made together with '%s' (certificate type \"MDM CSR\") "
                          "and use the certificate that comes back.",
                          key_name);
}

static int check_dates(const struct mdm_cert *cert, const char *name, mdm_time at, struct mdm_error *err)
{
    struct mdm_certs alone = {0};
    int result = -1;

    if (mdm_certs_add(&alone, cert, err) == 0)
        result = mdm_chain_dates(&alone, at, err);
    mdm_certs_free(&alone);
    if (result != 0)
        return mdm_error_hint(err,
                              "Upload the vendor CSR at developer.apple.com again (certificate type \"MDM CSR\") "
                              "and put the new certificate in place of '%s'.",
                              name);
    return 0;
}

static int fill_signer(struct mdm_signer *signer, const struct mdm_key *key, struct mdm_error *err)
{
    for (size_t i = 0; i < signer->chain.count; i++)
        if (mdm_cert_append_pem(signer->chain.items[i], &signer->chain_pem, err) != 0)
            return -1;
    if (EVP_PKEY_up_ref(mdm_key_pkey(key)) != 1)
        return mdm_error_set(err, MDM_E_FAILED, "out of memory");
    signer->key = mdm_key_pkey(key);
    return 0;
}

struct mdm_signer *mdm_signer_new(const struct mdm_key *key, const char *key_name, const struct mdm_cert *cert,
                                  const char *cert_name, const struct mdm_trust *trust, const struct mdm_certs *extra,
                                  mdm_time at, struct mdm_error *err)
{
    struct mdm_signer *signer;

    if (check_kind(cert, cert_name, err) != 0 || check_fits(key, key_name, cert, cert_name, err) != 0 ||
        check_dates(cert, cert_name, at, err) != 0)
        return NULL;
    signer = calloc(1, sizeof *signer);
    if (signer == NULL) {
        (void)mdm_error_set(err, MDM_E_FAILED, "out of memory");
        return NULL;
    }
    if (mdm_trust_chain(trust, cert, extra, at, &signer->chain, err) != 0 || fill_signer(signer, key, err) != 0)
        mdm_signer_free(&signer);
    return signer;
}

const struct mdm_certs *mdm_signer_chain(const struct mdm_signer *signer)
{
    return &signer->chain;
}

static int check_csr(const struct mdm_signer *signer, const struct mdm_csr *csr, const char *name,
                     struct mdm_error *err)
{
    if (mdm_csr_check(csr, name, err) != 0)
        return -1;
    if (!mdm_key_id_equal(mdm_csr_key_id(csr), &mdm_cert_facts(vendor_of(signer))->key_id))
        return 0;
    (void)mdm_error_set(err, MDM_E_REFUSED,
                        "'%s' carries the vendor's own key: the roles of vendor and customer are mixed up", name);
    return mdm_error_hint(err, "The customer needs a key pair and a CSR of its own.");
}

/* The property list's XML. */
static int write_xml(const struct mdm_signer *signer, const struct mdm_bytes *der, const struct mdm_bytes *signature,
                     struct mdm_bytes *xml, struct mdm_error *err)
{
    struct mdm_bytes csr_text = {0}, signature_text = {0};
    int result = -1;

    if (mdm_base64_encode(der->data, der->size, &csr_text, err) == 0 &&
        mdm_base64_encode(signature->data, signature->size, &signature_text, err) == 0) {
        const struct mdm_plist_entry entries[] = {
            {MDM_REQUEST_CSR, (const char *)csr_text.data},
            {MDM_REQUEST_CHAIN, (const char *)signer->chain_pem.data},
            {MDM_REQUEST_SIGNATURE, (const char *)signature_text.data},
        };

        result = mdm_plist_write(entries, sizeof entries / sizeof entries[0], xml, err);
    }
    mdm_bytes_free(&csr_text);
    mdm_bytes_free(&signature_text);
    return result;
}

/* Compares a request that was just made with what it should say; its signature must hold under the certificate's key,
 * not under the private key that made it. */
static int read_back(const struct mdm_signer *signer, const struct mdm_bytes *der, const struct mdm_bytes *request,
                     struct mdm_error *err)
{
    EVP_PKEY *vendor_key = X509_get0_pubkey(mdm_cert_x509(vendor_of(signer)));
    struct mdm_request_parts parts = {0};
    struct mdm_bytes csr = {0}, signature = {0};
    int result = -1;

    if (mdm_parts_read(request, &parts, err) != 0 || mdm_parts_csr_der(&parts, &csr, err) != 0 ||
        mdm_parts_signature(&parts, &signature, err) != 0)
        goto out;
    if (!mdm_bytes_equal(&csr, der) || strcmp(parts.chain, (const char *)signer->chain_pem.data) != 0)
        (void)mdm_error_set(err, MDM_E_FAILED, "it does not hold the CSR and the chain that were put into it");
    else if (mdm_verify_signature(vendor_key, "SHA256", der, &signature, err) != 1)
        (void)mdm_error_set(err, MDM_E_FAILED, "its signature does not hold under the vendor certificate's key");
    else
        result = 0;
out:
    mdm_bytes_free(&csr);
    mdm_bytes_free(&signature);
    mdm_parts_free(&parts);
    if (result != 0)
        (void)mdm_error_context(err, "the request that was made does not stand its own check");
    return result;
}

int mdm_signer_sign(const struct mdm_signer *signer, const struct mdm_csr *csr, const char *csr_name,
                    struct mdm_bytes *out, struct mdm_error *err)
{
    const struct mdm_bytes *der = mdm_csr_der(csr);
    struct mdm_bytes signature = {0}, xml = {0}, request = {0};
    int result = -1;

    if (check_csr(signer, csr, csr_name, err) == 0 && mdm_sign_sha256(signer->key, der, &signature, err) == 0 &&
        write_xml(signer, der, &signature, &xml, err) == 0 &&
        mdm_base64_encode(xml.data, xml.size, &request, err) == 0 && read_back(signer, der, &request, err) == 0)
        result = mdm_bytes_append(out, request.data, request.size, err);
    mdm_bytes_free(&signature);
    mdm_bytes_free(&xml);
    mdm_bytes_free(&request);
    return result;
}

void mdm_signer_free(struct mdm_signer **signer)
{
    if (signer == NULL || *signer == NULL)
        return;
    EVP_PKEY_free((*signer)->key);
    mdm_certs_free(&(*signer)->chain);
    mdm_bytes_free(&(*signer)->chain_pem);
    free(*signer);
    *signer = NULL;
}
