/* Push certificate requests made, each read back before it is handed out. */
#include "pki/request.h"

#include <stdlib.h>

#include "pki/ossl.h"

/* Never changes once it is made, so that threads can share it. */
struct mdm_signer {
    EVP_PKEY *key;
    struct mdm_certs chain; /* the vendor certificate is the first */
    struct mdm_bytes chain_pem;
};

struct mdm_signer *mdm_signer_new(const struct mdm_key *key, const char *key_name, const struct mdm_cert *cert,
                                  const char *cert_name, const struct mdm_trust *trust, const struct mdm_certs *extra,
                                  mdm_time at, struct mdm_error *err)
{
    MDM_OWNED(mdm_signer_free) struct mdm_signer *signer = NULL;
    const char *fault = mdm_cert_not_for_requests(cert);

    if (fault != NULL)
        mdm_error_set(err, MDM_E_REFUSED,
                      "'%s' ('%s') %s" MDM_HINT
                      "The vendor certificate is what developer.apple.com issues for vendor.csr "
                      "(certificate type \"MDM CSR\").",
                      cert_name, cert->facts.subject, fault);
    else if (!mdm_key_id_equal(&key->id, &cert->facts.key_id))
        mdm_error_set(err, MDM_E_REFUSED,
                      "'%s' was not issued for '%s': it is for the key %s, but the file has %s" MDM_HINT
                      "Upload the vendor CSR that was made together with '%s' (certificate type \"MDM CSR\") and use "
                      "the certificate that comes back.",
                      cert_name, key_name, mdm_key_id_format(&cert->facts.key_id).text,
                      mdm_key_id_format(&key->id).text, key_name);
    else if (mdm_cert_check_dates(cert, at, err) != 0)
        mdm_error_hint(err,
                       "Upload the vendor CSR at developer.apple.com again (certificate type \"MDM CSR\") and put the "
                       "new certificate in place of '%s'.",
                       cert_name);
    else
        signer = mdm_new(sizeof *signer, err);
    if (signer == NULL || mdm_trust_chain(trust, cert, extra, at, &signer->chain, err) != 0)
        return NULL;
    for (size_t i = 0; i < signer->chain.count; i++)
        if (mdm_cert_append_pem(signer->chain.items[i], &signer->chain_pem, err) != 0)
            return NULL;
    if (EVP_PKEY_up_ref(key->pkey) != 1) {
        mdm_error_memory(err);
        return NULL;
    }
    signer->key = key->pkey;
    return mdm_take_at(&signer);
}

const struct mdm_certs *mdm_signer_chain(const struct mdm_signer *signer)
{
    return &signer->chain;
}

bool mdm_signer_made(const struct mdm_signer *signer, const struct mdm_request *request, const struct mdm_csr *csr)
{
    const struct mdm_cert *vendor = signer->chain.items[0];
    const struct mdm_bytes *parts = request->parts;
    /* The signature must hold under the certificate's key, not only under the private key that made it. */
    const bool yes = mdm_bytes_equal(&parts[MDM_PART_CHAIN], &signer->chain_pem) &&
                     (csr == NULL || (mdm_bytes_equal(&parts[MDM_PART_CSR], &csr->facts.der) &&
                                      mdm_csr_check(csr, "", &vendor->facts.key_id, NULL) == 0)) &&
                     mdm_ossl_verifies(X509_get0_pubkey(vendor->x509), "SHA256", mdm_der_of(&parts[MDM_PART_CSR]),
                                       mdm_der_of(&parts[MDM_PART_SIGNATURE]));

    ERR_clear_error();
    return yes;
}

int mdm_signer_sign(const struct mdm_signer *signer, const struct mdm_csr *csr, const char *csr_name,
                    struct mdm_bytes *out, struct mdm_error *err)
{
    const struct mdm_bytes *der = &csr->facts.der;
    MDM_OWNED(mdm_free_EVP_MD_CTX) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes signature = {0}, csr_text = {0}, signature_text = {0};
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes xml = {0}, request = {0};
    MDM_OWNED(mdm_request_free) struct mdm_request made = {0};
    size_t size = (size_t)EVP_PKEY_get_size(signer->key);

    if (mdm_csr_check(csr, csr_name, &signer->chain.items[0]->facts.key_id, err) != 0 ||
        mdm_bytes_extend(&signature, NULL, size, err) == NULL)
        return -1;
    /* RSA signatures default to PKCS#1 v1.5, which is what the portal takes. */
    if (ctx == NULL || EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, signer->key, NULL) != 1 ||
        EVP_DigestSign(ctx, signature.data, &size, der->data, der->size) != 1)
        return mdm_ossl_error(err, MDM_E_FAILED, "the key cannot sign");
    if (mdm_base64_encode(der->data, der->size, &csr_text, err) != 0 ||
        mdm_base64_encode(signature.data, size, &signature_text, err) != 0)
        return -1;
    const char *const texts[MDM_PARTS] = {(const char *)csr_text.data, (const char *)signer->chain_pem.data,
                                          (const char *)signature_text.data};
    if (mdm_plist_write(texts, &xml, err) != 0 || mdm_base64_encode(xml.data, xml.size, &request, err) != 0)
        return -1;
    if (mdm_request_read(&request, &made, err) == 0 && mdm_bytes_equal(&made.parts[MDM_PART_CSR], der) &&
        mdm_signer_made(signer, &made, NULL))
        return mdm_bytes_append(out, request.data, request.size, err);
    mdm_error_set(err, MDM_E_FAILED, /* unless reading says more */
                  "its signature does not verify with the vendor certificate's key, or it does not hold the CSR and "
                  "the chain that were put into it");
    return mdm_error_context(err, "the new request failed its own check");
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
