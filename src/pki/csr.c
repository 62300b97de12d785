/* Certificate signing requests: made, read, checked. The parts (RFC 2986 section 4) are found in the DER bytes without
 * X509_REQ, which would make a batch half as long again. */
#include "pki/csr.h"

#include <stdlib.h>

#include "pki/ossl.h"

#define NEW_ONE                                                                                                        \
    "A new one is needed, made where the key is to stay: mdmvendor csr, run by the customer, makes key and CSR as "    \
    "Apple wants them, and so does `openssl req -new -newkey rsa:2048 -sha256 -keyout customer.key -out "              \
    "customer.csr`."

void mdm_csr_free(struct mdm_csr **csr)
{
    if (*csr == NULL)
        return;
    X509_NAME_free((*csr)->name);
    EVP_PKEY_free((*csr)->pkey);
    X509_ALGOR_free((*csr)->algorithm);
    mdm_bytes_free(&(*csr)->facts.der);
    free((*csr)->facts.subject);
    free(*csr);
    *csr = NULL;
}

/* True when libcrypto, and so probably Apple, can read them. They do not matter to a signature. */
static bool are_attributes(struct mdm_der rest)
{
    for (const unsigned char *p = rest.data, *end = p + rest.size; p < end;) {
        MDM_OWNED(mdm_free_X509_ATTRIBUTE) X509_ATTRIBUTE *attribute = d2i_X509_ATTRIBUTE(NULL, &p, end - p);

        if (attribute == NULL || X509_ATTRIBUTE_count(attribute) == 0)
            return false;
        if (OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute)) != NID_ext_req)
            continue;
        const ASN1_STRING *asked = X509_ATTRIBUTE_get0_data(attribute, 0, V_ASN1_SEQUENCE, NULL);
        const unsigned char *inside = asked != NULL ? ASN1_STRING_get0_data(asked) : NULL;
        X509_EXTENSIONS *extensions =
            inside != NULL ? d2i_X509_EXTENSIONS(NULL, &inside, ASN1_STRING_length(asked)) : NULL;
        sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
        if (extensions == NULL)
            return false;
    }
    return true;
}

const struct mdm_csr_facts *mdm_csr_facts(const struct mdm_csr *csr)
{
    return &csr->facts;
}

/* Finds the parts in DER and reads them; NULL without an error when it is not a CSR: libcrypto's queue may say why. */
static struct mdm_csr *from_der(const struct mdm_bytes *der, const char *name, struct mdm_error *err)
{
    static const char rsa[] = MDM_SPKI_RSA_2048;
    MDM_OWNED(mdm_csr_free) struct mdm_csr *csr = mdm_new(sizeof *csr, err);
    struct mdm_der request, info, algorithm, bits, version, subject, spki, attributes;

    if (csr == NULL || mdm_bytes_append(&csr->facts.der, der->data, der->size, err) != 0)
        return NULL;
    struct mdm_der rest = mdm_der_of(&csr->facts.der);
    if (!mdm_der_take(&rest, V_ASN1_SEQUENCE, &request, NULL) ||
        !mdm_der_take(&request, V_ASN1_SEQUENCE, &info, &csr->info) ||
        !mdm_der_take(&request, V_ASN1_SEQUENCE, NULL, &algorithm) ||
        !mdm_der_take(&request, V_ASN1_BIT_STRING, &bits, NULL) || request.size != 0 || bits.size < 1 ||
        bits.data[0] != 0 || !mdm_der_take(&info, V_ASN1_INTEGER, &version, NULL) || version.size != 1 ||
        !mdm_der_take(&info, V_ASN1_SEQUENCE, NULL, &subject) || !mdm_der_take(&info, V_ASN1_SEQUENCE, NULL, &spki))
        return NULL;
    csr->facts.version = version.data[0];
    csr->signature = (struct mdm_der){bits.data + 1, bits.size - 1}; /* the first byte counts unused bits */
    csr->algorithm = d2i_X509_ALGOR(NULL, &algorithm.data, (long)algorithm.size);
    csr->name = d2i_X509_NAME(NULL, &subject.data, (long)subject.size);
    if (csr->algorithm == NULL || csr->name == NULL)
        return NULL;
    /* X509_PUBKEY searches the decoders of all providers: that takes ten times as long as all else about a CSR. */
    const unsigned char *p = spki.data;
    if (spki.size > sizeof rsa - 1 && memcmp(p, rsa, sizeof rsa - 1) == 0) {
        p += sizeof rsa - 1;
        csr->pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)(spki.size - (sizeof rsa - 1)));
        if (csr->pkey == NULL || p != spki.data + spki.size)
            return NULL;
    } else {
        MDM_OWNED(mdm_free_X509_PUBKEY) X509_PUBKEY *parsed = d2i_X509_PUBKEY(NULL, &p, (long)spki.size);

        if (parsed == NULL)
            return NULL;
        csr->pkey = X509_PUBKEY_get(parsed);
    }
    if (csr->pkey != NULL && EVP_PKEY_is_a(csr->pkey, "RSA") == 1)
        csr->facts.rsa_bits = EVP_PKEY_get_bits(csr->pkey);
    /* The attributes must be there, but some tools leave them out when there are none. */
    csr->facts.attributes_ok = info.size == 0 || (mdm_der_take(&info, V_ASN1_CONTEXT_SPECIFIC | 0, &attributes, NULL) &&
                                                  info.size == 0 && are_attributes(attributes));
    csr->facts.subject = mdm_ossl_name_text(csr->name);
    if (rest.size > 0)
        mdm_error_set(err, MDM_E_FAILED, "'%s' has %zu bytes after its certificate signing request", name, rest.size);
    else if (csr->facts.subject == NULL)
        mdm_ossl_error(err, MDM_E_FAILED, "the subject of the CSR cannot be read");
    else if (csr->pkey != NULL ? mdm_ossl_key_id(csr->pkey, &csr->facts.key_id, err) == 0
                               : mdm_ossl_sha256(spki.data, spki.size, csr->facts.key_id.sha256, err) == 0)
        return mdm_take_at(&csr);
    return NULL;
}

struct mdm_csr *mdm_csr_make(const struct mdm_key *key, const struct mdm_subject *subject, struct mdm_error *err)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes der = {0};
    struct mdm_csr *csr = NULL;

    ERR_clear_error();
    MDM_OWNED(mdm_free_X509_REQ) X509_REQ *req = X509_REQ_new();
    if (req != NULL && X509_REQ_set_version(req, X509_REQ_VERSION_1) == 1 &&
        X509_REQ_set_subject_name(req, subject->name) == 1 && X509_REQ_set_pubkey(req, key->pkey) == 1 &&
        X509_REQ_sign(req, key->pkey, EVP_sha256()) > 0 &&
        mdm_ossl_append_der(&der, ASN1_ITEM_rptr(X509_REQ), req, err) == 0)
        csr = from_der(&der, "the new request", err);
    if (csr == NULL)
        mdm_ossl_error(err, MDM_E_FAILED, "the certificate signing request could not be made");
    return csr;
}

struct mdm_csr *mdm_csr_from_bytes(const struct mdm_bytes *file, const char *name, struct mdm_error *err)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes der = {0};
    struct mdm_pem_block block, first = {0};
    struct mdm_csr *csr = NULL;
    int count = 0;

    for (size_t at = 0; mdm_pem_next(file, &at, &block);)
        if ((mdm_pem_is(&block, PEM_STRING_X509_REQ) || mdm_pem_is(&block, PEM_STRING_X509_REQ_OLD)) && count++ == 0)
            first = block;
    ERR_clear_error();
    if (count > 1)
        mdm_error_set(err, MDM_E_FAILED, "'%s' holds %d certificate signing requests: expected one", name, count);
    else if (count == 1 && mdm_pem_decode(&first, &der, NULL, err) != 0)
        mdm_error_context(err, "the certificate signing request '%s' is damaged", name);
    else if ((csr = from_der(count == 1 ? &der : file, name, err)) == NULL && count == 1)
        mdm_ossl_error(err, MDM_E_FAILED, "the certificate signing request '%s' is damaged", name);
    else if (csr == NULL)
        mdm_error_set(err, MDM_E_FAILED, "'%s' is not a certificate signing request: it is %s", name,
                      mdm_filekind_words(mdm_filekind_of(file)));
    if (csr == NULL && count == 0)
        mdm_error_hint(err, "Name the CSR of the customer's key, PEM or DER, exactly as it was made.");
    ERR_clear_error();
    return csr;
}

/* The digest of an RSASSA-PKCS1-v1_5 algorithm, whose parameters must be NULL (RFC 4055 section 5); NULL for all
 * others. */
static const char *signature_digest(const struct mdm_csr *csr)
{
    const ASN1_OBJECT *type;
    const void *value;
    int kind, digest = NID_undef, key = NID_undef;

    X509_ALGOR_get0(&type, &kind, &value, csr->algorithm);
    if ((kind != V_ASN1_NULL && kind != V_ASN1_UNDEF) || OBJ_find_sigid_algs(OBJ_obj2nid(type), &digest, &key) != 1 ||
        key != NID_rsaEncryption || digest == NID_undef)
        return NULL;
    return OBJ_nid2sn(digest);
}

bool mdm_csr_verify(const struct mdm_csr *csr)
{
    const char *digest = signature_digest(csr);

    return digest != NULL && csr->facts.rsa_bits > 0 && mdm_ossl_verifies(csr->pkey, digest, csr->info, csr->signature);
}

int mdm_csr_check(const struct mdm_csr *csr, const char *name, const struct mdm_key_id *vendor, struct mdm_error *err)
{
    ERR_clear_error();
    if (csr->facts.version != X509_REQ_VERSION_1)
        return mdm_error_set(err, MDM_E_REFUSED,
                             "'%s' is a CSR of version %ld: expected %ld (PKCS #10 defines no other)" MDM_HINT NEW_ONE,
                             name, csr->facts.version, (long)X509_REQ_VERSION_1);
    if (mdm_ossl_check_rsa(csr->pkey, "the key of", name, err) != 0)
        return mdm_error_hint(err, NEW_ONE);
    if (signature_digest(csr) == NULL)
        return mdm_error_set(
            err, MDM_E_REFUSED,
            "'%s' is not signed with RSA, PKCS #1 v1.5: expected sha256WithRSAEncryption" MDM_HINT NEW_ONE, name);
    if (!csr->facts.attributes_ok)
        return mdm_error_set(err, MDM_E_REFUSED, "the attributes of '%s' cannot be read" MDM_HINT NEW_ONE, name);
    if (!mdm_csr_verify(csr))
        return mdm_ossl_error(
            err, MDM_E_REFUSED,
            "the signature of '%s' does not match its key" MDM_HINT
            "The file was changed or damaged: ask whoever made it for a new certificate signing request.",
            name);
    if (vendor == NULL || !mdm_key_id_equal(&csr->facts.key_id, vendor))
        return 0;
    return mdm_error_set(err, MDM_E_REFUSED,
                         "'%s' holds the vendor's own key: the roles of vendor and customer are mixed up" MDM_HINT
                         "The customer needs a key pair and a CSR of their own.",
                         name);
}

int mdm_csr_to_pem(const struct mdm_csr *csr, struct mdm_bytes *pem, struct mdm_error *err)
{
    return mdm_ossl_append_pem(pem, PEM_STRING_X509_REQ, &csr->facts.der, err);
}
