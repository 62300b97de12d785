/* Checks of a push certificate request that are about the CSR and the signature over it. */
#include <openssl/err.h>
#include <string.h>

#include "pki/digest.h"
#include "pki/ossl.h"
#include "pki/request_judge.h"

static EVP_PKEY *csr_key(const struct mdm_judge *judge)
{
    return mdm_csr_pkey(judge->csr);
}

enum mdm_verdict mdm_judge_csr(struct mdm_judge *judge)
{
    struct mdm_error why = {0};
    struct mdm_csr *csr;

    if (judge->parts.csr == NULL)
        return mdm_judge_says(judge, MDM_SKIPPED, "there is no %s", MDM_REQUEST_CSR);
    if (mdm_parts_csr_der(&judge->parts, &judge->csr_der, &why) != 0)
        return mdm_judge_fails(judge, &why);
    csr = mdm_csr_from_bytes(&judge->csr_der, MDM_REQUEST_CSR, &why);
    if (csr == NULL)
        return mdm_judge_fails(judge, &why);
    judge->csr = csr; /* freed with the judge */
    if (!mdm_bytes_equal(mdm_csr_der(csr), &judge->csr_der))
        return mdm_judge_says(judge, MDM_FAIL, "%s holds more than the DER of one CSR", MDM_REQUEST_CSR);
    if (mdm_csr_version(csr) != X509_REQ_VERSION_1)
        return mdm_judge_says(judge, MDM_FAIL, "the CSR's version field is %ld, and only 0 is defined",
                              mdm_csr_version(csr));
    if (!mdm_csr_has_readable_attributes(csr))
        return mdm_judge_says(judge, MDM_FAIL, "the CSR's attributes cannot be read");
    return mdm_judge_says(judge, MDM_PASS, "%s", mdm_csr_subject(csr));
}

enum mdm_verdict mdm_judge_csr_signature(struct mdm_judge *judge)
{
    bool holds;

    if (judge->csr == NULL)
        return mdm_judge_says(judge, MDM_SKIPPED, "there is no CSR to check");
    if (csr_key(judge) == NULL || EVP_PKEY_is_a(csr_key(judge), "RSA") != 1)
        return mdm_judge_says(judge, MDM_SKIPPED, "only signatures by RSA keys are looked at");
    holds = mdm_csr_verify(judge->csr);
    ERR_clear_error();
    if (!holds)
        return mdm_judge_says(judge, MDM_FAIL,
                              "the CSR's own signature is wrong: the CSR is damaged or was changed (or is not signed "
                              "by RSA with PKCS#1 v1.5)");
    return mdm_judge_says(judge, MDM_PASS, "the CSR is signed with its own key");
}

enum mdm_verdict mdm_judge_csr_key(struct mdm_judge *judge)
{
    EVP_PKEY *key;

    if (judge->csr == NULL)
        return mdm_judge_says(judge, MDM_SKIPPED, "there is no CSR to check");
    key = csr_key(judge);
    if (key == NULL || EVP_PKEY_is_a(key, "RSA") != 1)
        return mdm_judge_says(judge, MDM_FAIL, "the CSR's key is not RSA; the portal takes RSA %d only", MDM_KEY_BITS);
    if (EVP_PKEY_get_bits(key) != MDM_KEY_BITS)
        return mdm_judge_says(judge, MDM_FAIL, "the CSR's key is RSA %d; the portal takes RSA %d only",
                              EVP_PKEY_get_bits(key), MDM_KEY_BITS);
    return mdm_judge_says(judge, MDM_PASS, "RSA %d", MDM_KEY_BITS);
}

/* What a signature is that does not hold: the mistakes that tools and people are known to make. */
static const char *wrong_signature(const struct mdm_judge *judge, const struct mdm_bytes *signature)
{
    EVP_PKEY *vendor_key = X509_get0_pubkey(mdm_cert_x509(judge->vendor));
    struct mdm_bytes pem = {0}, base64 = {0};
    const char *words = "it does not hold under the vendor certificate: it was made with another key, or over another "
                        "CSR";

    if (mdm_verify_signature(vendor_key, "SHA1", &judge->csr_der, signature, NULL) == 1)
        words = "it is a SHA-1 signature; Apple takes only SHA-256 from vendor certificates of today";
    else if (mdm_csr_to_pem(judge->csr, &pem, NULL) == 0 &&
             mdm_verify_signature(vendor_key, "SHA256", &pem, signature, NULL) == 1)
        words = "it was made over the CSR's PEM text, where the DER form is due";
    else if (mdm_base64_encode(judge->csr_der.data, judge->csr_der.size, &base64, NULL) == 0 &&
             mdm_verify_signature(vendor_key, "SHA256", &base64, signature, NULL) == 1)
        words = "it was made over the CSR's base64 text, where the DER form is due";
    else if (mdm_verify_signature(csr_key(judge), "SHA256", &judge->csr_der, signature, NULL) == 1)
        words = "it was made with the customer's key, where the vendor's is due";
    mdm_bytes_free(&pem);
    mdm_bytes_free(&base64);
    return words;
}

enum mdm_verdict mdm_judge_signature(struct mdm_judge *judge)
{
    EVP_PKEY *vendor_key;
    struct mdm_bytes signature = {0};
    struct mdm_error why = {0};
    enum mdm_verdict verdict;

    if (judge->parts.signature == NULL)
        return mdm_judge_says(judge, MDM_SKIPPED, "there is no %s", MDM_REQUEST_SIGNATURE);
    if (judge->csr == NULL || judge->vendor == NULL)
        return mdm_judge_says(judge, MDM_SKIPPED, "there is no %s to check it with",
                              judge->csr == NULL ? "CSR" : "vendor certificate");
    vendor_key = X509_get0_pubkey(mdm_cert_x509(judge->vendor));
    if (mdm_parts_signature(&judge->parts, &signature, &why) != 0)
        verdict = mdm_judge_fails(judge, &why);
    else if (mdm_verify_signature(vendor_key, "SHA256", &judge->csr_der, &signature, NULL) == 1)
        verdict = mdm_judge_says(judge, MDM_PASS, "SHA-256 over the CSR's DER form, made with the vendor's key");
    else
        verdict = mdm_judge_says(judge, MDM_FAIL, "%s", wrong_signature(judge, &signature));
    mdm_bytes_free(&signature);
    return verdict;
}

enum mdm_verdict mdm_judge_keys_differ(struct mdm_judge *judge)
{
    if (judge->csr == NULL || judge->vendor == NULL)
        return mdm_judge_says(judge, MDM_SKIPPED, "there is no %s to compare",
                              judge->csr == NULL ? "CSR" : "vendor certificate");
    if (mdm_key_id_equal(mdm_csr_key_id(judge->csr), &mdm_cert_facts(judge->vendor)->key_id))
        return mdm_judge_says(judge, MDM_FAIL,
                              "the CSR carries the vendor's own key: the roles of vendor and customer are mixed up");
    return mdm_judge_says(judge, MDM_PASS, "vendor and customer have keys of their own");
}
