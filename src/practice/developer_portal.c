/* The developer portal, certificate type "MDM CSR": a vendor's CSR in, mdm.cer out. */
#include <string.h>

#include "pki/ossl.h"
#include "practice/portal.h"
#include "practice/profile.h"

#define TEAM_ID "PRACTICE01" /* Apple's have ten characters as well */
#define COUNTRY "US"

/* The portal's words as people reported them for its certificate types (the third: rileytestut/AltSign#46). */
#define SAYS_NOT_A_CSR "Invalid Certificate Signing Request"
#define SAYS_KEY       "CSR algorithm/size incorrect. Expected: RSA(2048)"
#define SAYS_INVALID   "The certificate request is invalid"

static int check_key(EVP_PKEY *key, struct mdm_error *err)
{
    if (key == NULL)
        return mdm_portal_refuse(err, MDM_E_REFUSED, SAYS_KEY, "the CSR's public key cannot be read");
    if (EVP_PKEY_is_a(key, "RSA") != 1 || EVP_PKEY_get_bits(key) != MDM_KEY_BITS)
        return mdm_portal_refuse(err, MDM_E_REFUSED, SAYS_KEY, "found %s(%d)", EVP_PKEY_get0_type_name(key),
                                 EVP_PKEY_get_bits(key));
    return 0;
}

/* The CSR inside the upload, judged; NULL when it is refused. */
static struct mdm_csr *take_csr(const struct mdm_bytes *upload, struct mdm_error *err)
{
    struct mdm_error why = {0};
    struct mdm_csr *csr = mdm_csr_from_bytes(upload, "upload", &why);

    if (csr == NULL) {
        mdm_portal_refuse(err, MDM_E_REFUSED, SAYS_NOT_A_CSR, "%s", why.text);
        return NULL;
    }
    if (check_key(mdm_csr_pkey(csr), err) != 0) {
        mdm_csr_free(&csr);
    } else if (mdm_csr_check(csr, "upload", &why) != 0) {
        mdm_portal_refuse(err, MDM_E_REFUSED, SAYS_INVALID, "%s", why.text);
        mdm_csr_free(&csr);
    }
    return csr;
}

/* The account's name and not the CSR's goes into the certificate. */
static X509_NAME *make_subject(const struct mdm_practice_order *order, struct mdm_error *err)
{
    const char *account = order->account != NULL ? order->account : "Practice Vendor";
    X509_NAME *subject = X509_NAME_new();

    if (subject == NULL) {
        mdm_ossl_error(err, MDM_E_FAILED, "out of memory");
        return NULL;
    }
    if (mdm_template_attribute(subject, NID_userId, V_ASN1_UTF8STRING, TEAM_ID, strlen(TEAM_ID), err) != 0 ||
        mdm_leaf_common_name(subject, "MDM Vendor: ", account, order, err) != 0 ||
        mdm_template_attribute(subject, NID_organizationalUnitName, V_ASN1_UTF8STRING, TEAM_ID, strlen(TEAM_ID), err) !=
            0 ||
        mdm_template_attribute(subject, NID_organizationName, V_ASN1_UTF8STRING, account, strlen(account), err) != 0 ||
        mdm_template_attribute(subject, NID_countryName, V_ASN1_PRINTABLESTRING, COUNTRY, strlen(COUNTRY), err) != 0) {
        X509_NAME_free(subject);
        subject = NULL;
    }
    return subject;
}

static int append_der(X509 *cert, struct mdm_bytes *out, struct mdm_error *err)
{
    unsigned char *der = NULL;
    int size = i2d_X509(cert, &der);
    int result;

    if (size <= 0)
        return mdm_ossl_error(err, MDM_E_FAILED, "cannot encode the certificate");
    result = mdm_bytes_append(out, der, (size_t)size, err);
    OPENSSL_free(der);
    return result;
}

int mdm_practice_issue_vendor(struct mdm_practice *practice, const struct mdm_bytes *upload,
                              const struct mdm_practice_order *order, struct mdm_bytes *der, struct mdm_error *err)
{
    struct mdm_csr *csr = NULL;
    X509_NAME *subject = NULL;
    X509 *cert = NULL;
    int result = -1;

    if (mdm_portal_check_faults(order, MDM_PRACTICE_PUSH_FAULTS_ONLY, "vendor", err) != 0)
        return -1;
    csr = take_csr(upload, err);
    subject = csr != NULL ? make_subject(order, err) : NULL;
    if (subject == NULL)
        goto done;
    cert = mdm_leaf_issue(practice,
                          &(struct mdm_leaf){
                              .subject = subject,
                              .key = mdm_csr_pkey(csr),
                              .issuer = MDM_PRACTICE_WWDR,
                              .serial_size = 16,
                              .length = mdm_leaf_length(order) - 1, /* a year minus a second, as Apple gives */
                              .extensions = mdm_profile_vendor,
                              .marker = mdm_profile_vendor_marker,
                              .policy = mdm_profile_vendor_policy,
                          },
                          order, err);
    if (cert != NULL)
        result = append_der(cert, der, err);
done:
    X509_free(cert);
    X509_NAME_free(subject);
    mdm_csr_free(&csr);
    return result;
}
