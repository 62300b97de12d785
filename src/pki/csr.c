/* Certificate signing requests: made, read, checked. The parts (RFC 2986 section 4) are found in the DER bytes without
 * X509_REQ, which searches the decoders of all providers for the public key: that takes ten times as long as everything
 * else about a CSR, and would make a batch half as long again. */
#include "pki/csr.h"

#include <stdlib.h>
#include <string.h>

#include "pki/ossl.h"

void mdm_csr_free(struct mdm_csr **csr)
{
    if (*csr == NULL)
        return;
    X509_NAME_free((*csr)->name);
    EVP_PKEY_free((*csr)->pkey);
    X509_ALGOR_free((*csr)->algorithm);
    mdm_bytes_free(&(*csr)->facts.der);
    free((*csr)->facts.subject);
    OPENSSL_free(*csr);
    *csr = NULL;
}

/* AlgorithmIdentifier of rsaEncryption with NULL (RFC 8017 appendix C: no other parameters). */
static const unsigned char rsa_algorithm[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                              0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};

/* The public key in a SubjectPublicKeyInfo with rsaEncryption; NULL without an error for all others. */
static EVP_PKEY *rsa_from_spki(struct mdm_der spki)
{
    struct mdm_der body, algorithm, bits;
    const unsigned char *p;
    EVP_PKEY *pkey;

    if (!mdm_der_take(&spki, V_ASN1_SEQUENCE, &body) || !mdm_der_take(&body, V_ASN1_SEQUENCE, &algorithm) ||
        algorithm.size != sizeof rsa_algorithm || memcmp(algorithm.data, rsa_algorithm, sizeof rsa_algorithm) != 0 ||
        !mdm_der_take(&body, V_ASN1_BIT_STRING, &bits) || body.size != 0 || bits.size < 1 || bits.data[0] != 0)
        return NULL;
    p = bits.data + 1; /* the first byte counts unused bits */
    pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)bits.size - 1);
    if (pkey != NULL && p != bits.data + bits.size) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    return pkey;
}

/* The key: RSA directly, others by libcrypto's search. False only when it is malformed, not when libcrypto does not
 * know its type. */
static bool read_key(struct mdm_csr *csr)
{
    const unsigned char *p = csr->spki.data;
    X509_PUBKEY *spki;

    csr->pkey = rsa_from_spki(csr->spki);
    if (csr->pkey == NULL) {
        spki = d2i_X509_PUBKEY(NULL, &p, (long)csr->spki.size);
        if (spki == NULL)
            return false;
        csr->pkey = X509_PUBKEY_get(spki);
        X509_PUBKEY_free(spki);
    }
    if (csr->pkey != NULL && EVP_PKEY_is_a(csr->pkey, "RSA") == 1)
        csr->facts.rsa_bits = EVP_PKEY_get_bits(csr->pkey);
    return true;
}

/* True when libcrypto, and so probably Apple, can read them. They do not matter to a signature. */
static bool are_attributes(struct mdm_der rest)
{
    bool ok = true;

    while (ok && rest.size > 0) {
        const unsigned char *p = rest.data, *inside;
        X509_ATTRIBUTE *attribute = d2i_X509_ATTRIBUTE(NULL, &p, (long)rest.size);

        ok = attribute != NULL && X509_ATTRIBUTE_count(attribute) > 0;
        if (ok && OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute)) == NID_ext_req) {
            const ASN1_STRING *asked = X509_ATTRIBUTE_get0_data(attribute, 0, V_ASN1_SEQUENCE, NULL);
            X509_EXTENSIONS *extensions = NULL;

            if (asked != NULL && (inside = ASN1_STRING_get0_data(asked)) != NULL)
                extensions = d2i_X509_EXTENSIONS(NULL, &inside, ASN1_STRING_length(asked));
            ok = extensions != NULL;
            sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
        }
        X509_ATTRIBUTE_free(attribute);
        rest.size -= (size_t)(p - rest.data);
        rest.data = p;
    }
    return ok;
}

/* Finds the parts and reads them. *rest is what follows the request. */
static bool read_parts(struct mdm_csr *csr, struct mdm_der *rest)
{
    struct mdm_der request, algorithm, bits, info, body, version, name, attributes;
    const unsigned char *p;

    if (!mdm_der_take(rest, V_ASN1_SEQUENCE, &request) || !mdm_der_take_sequence(&request, &csr->info) ||
        !mdm_der_take_sequence(&request, &algorithm) || !mdm_der_take(&request, V_ASN1_BIT_STRING, &bits) ||
        request.size != 0 || bits.size < 1 || bits.data[0] != 0)
        return false;
    csr->signature = (struct mdm_der){bits.data + 1, bits.size - 1}; /* the first byte counts unused bits */
    p = algorithm.data;
    csr->algorithm = d2i_X509_ALGOR(NULL, &p, (long)algorithm.size);
    if (csr->algorithm == NULL || p != algorithm.data + algorithm.size)
        return false;
    info = csr->info;
    if (!mdm_der_take(&info, V_ASN1_SEQUENCE, &body) || !mdm_der_take(&body, V_ASN1_INTEGER, &version) ||
        version.size != 1 || !mdm_der_take_sequence(&body, &name) || !mdm_der_take_sequence(&body, &csr->spki))
        return false;
    csr->facts.version = version.data[0];
    p = name.data;
    csr->name = d2i_X509_NAME(NULL, &p, (long)name.size);
    if (csr->name == NULL || p != name.data + name.size || !read_key(csr))
        return false;
    /* The attributes must be there, but some tools leave them out when there are none. */
    csr->facts.attributes_ok = body.size == 0 || (mdm_der_take(&body, V_ASN1_CONTEXT_SPECIFIC | 0, &attributes) &&
                                                  body.size == 0 && are_attributes(attributes));
    return true;
}

const struct mdm_csr_facts *mdm_csr_facts(const struct mdm_csr *csr)
{
    return &csr->facts;
}

static int read_facts(struct mdm_csr *csr, struct mdm_error *err)
{
    csr->facts.subject = mdm_ossl_name_text(csr->name);
    if (csr->facts.subject == NULL)
        return mdm_ossl_error(err, MDM_E_FAILED, "the subject of the CSR cannot be read");
    if (csr->pkey != NULL)
        return mdm_ossl_key_id(csr->pkey, &csr->facts.key_id, err);
    return mdm_ossl_sha256(csr->spki.data, csr->spki.size, csr->facts.key_id.sha256, err);
}

/* Reads DER; NULL without an error when it is not a CSR: libcrypto's queue may say why. */
static struct mdm_csr *from_der(const struct mdm_bytes *der, const char *name, struct mdm_error *err)
{
    struct mdm_csr *csr = OPENSSL_zalloc(sizeof *csr);
    struct mdm_der rest;
    bool read = false;

    if (csr == NULL || mdm_bytes_append(&csr->facts.der, der->data, der->size, err) != 0) {
        mdm_ossl_error(err, MDM_E_MEMORY, "out of memory");
        mdm_csr_free(&csr);
        return NULL;
    }
    rest = mdm_der_of(&csr->facts.der);
    if (read_parts(csr, &rest)) {
        if (rest.size > 0)
            mdm_error_set(err, MDM_E_FAILED, "'%s' has %zu bytes after its certificate signing request", name,
                          rest.size);
        else
            read = read_facts(csr, err) == 0;
    }
    if (!read)
        mdm_csr_free(&csr);
    return csr;
}

struct mdm_csr *mdm_csr_make(const struct mdm_key *key, const struct mdm_subject *subject, struct mdm_error *err)
{
    EVP_PKEY *pkey = key->pkey;
    X509_REQ *req = NULL;
    struct mdm_csr *csr = NULL;
    unsigned char *encoded = NULL;
    struct mdm_bytes der = {0};
    int size = -1;

    ERR_clear_error();
    req = X509_REQ_new();
    if (req != NULL && X509_REQ_set_version(req, X509_REQ_VERSION_1) == 1 &&
        X509_REQ_set_subject_name(req, subject->name) == 1 && X509_REQ_set_pubkey(req, pkey) == 1 &&
        X509_REQ_sign(req, pkey, EVP_sha256()) > 0)
        size = i2d_X509_REQ(req, &encoded);
    if (size > 0 && mdm_ossl_take_der(&der, encoded, size, err) == 0)
        csr = from_der(&der, "the new request", err);
    if (csr == NULL)
        mdm_ossl_error(err, MDM_E_FAILED, "the certificate signing request could not be made");
    mdm_bytes_free(&der);
    X509_REQ_free(req);
    return csr;
}

static struct mdm_csr *from_pem(const struct mdm_pem_block *block, const char *name, struct mdm_error *err)
{
    struct mdm_bytes der = {0};
    struct mdm_csr *csr = NULL;

    if (!block->complete)
        mdm_error_set(err, MDM_E_FAILED, "the certificate signing request '%s' is cut off", name);
    else if (mdm_base64_decode(block->body, block->body_size, &der, err) != 0)
        mdm_error_context(err, "the certificate signing request '%s' is damaged", name);
    else if ((csr = from_der(&der, name, err)) == NULL)
        mdm_ossl_error(err, MDM_E_FAILED, "the certificate signing request '%s' is damaged", name);
    mdm_bytes_free(&der);
    return csr;
}

struct mdm_csr *mdm_csr_from_bytes(const struct mdm_bytes *file, const char *name, struct mdm_error *err)
{
    struct mdm_pem_block block, first = {0};
    struct mdm_csr *csr = NULL;
    size_t at = 0;
    int count = 0;

    while (mdm_pem_next(file, &at, &block))
        if ((mdm_pem_is(&block, PEM_STRING_X509_REQ) || mdm_pem_is(&block, PEM_STRING_X509_REQ_OLD)) && count++ == 0)
            first = block;
    ERR_clear_error();
    if (count == 1)
        return from_pem(&first, name, err);
    if (count > 1) {
        mdm_error_set(err, MDM_E_FAILED, "'%s' holds %d certificate signing requests: expected one", name, count);
        return NULL;
    }
    csr = from_der(file, name, err);
    ERR_clear_error();
    if (csr == NULL) {
        mdm_error_set(err, MDM_E_FAILED, "'%s' is not a certificate signing request: it is %s", name,
                      mdm_filekind_words(mdm_filekind_of(file)));
        mdm_error_hint(err, "Name the CSR of the customer's key, PEM or DER, exactly as it was made.");
    }
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

/* What the portal refuses, whatever the signature. */
static int check_form(const struct mdm_csr *csr, const char *name, struct mdm_error *err)
{
    const ASN1_OBJECT *type;
    char shown[64];

    if (csr->facts.version != X509_REQ_VERSION_1)
        return mdm_error_set(err, MDM_E_REFUSED,
                             "'%s' is a CSR of version %ld: expected %ld (PKCS #10 defines no other)", name,
                             csr->facts.version, (long)X509_REQ_VERSION_1);
    if (mdm_ossl_check_rsa(csr->pkey, "the key of", name, err) != 0)
        return -1;
    if (signature_digest(csr) == NULL) {
        X509_ALGOR_get0(&type, NULL, NULL, csr->algorithm);
        (void)OBJ_obj2txt(shown, sizeof shown, type, 0);
        return mdm_error_set(err, MDM_E_REFUSED, "'%s' is signed with %s: expected sha256WithRSAEncryption", name,
                             shown);
    }
    return csr->facts.attributes_ok ? 0
                                    : mdm_error_set(err, MDM_E_REFUSED, "the attributes of '%s' cannot be read", name);
}

int mdm_csr_check(const struct mdm_csr *csr, const char *name, struct mdm_error *err)
{
    ERR_clear_error();
    if (check_form(csr, name, err) != 0)
        return mdm_error_hint(
            err, "A new one is needed: `mdmvendor csr` makes a key and CSR as Apple wants them, and so does `openssl "
                 "req -new -newkey rsa:2048 -sha256 -keyout customer.key -out customer.csr`.");
    if (mdm_csr_verify(csr))
        return 0;
    mdm_ossl_error(err, MDM_E_REFUSED, "the signature of '%s' does not match its key", name);
    return mdm_error_hint(
        err, "The file was changed or damaged: ask whoever made it for a new certificate signing request.");
}

int mdm_csr_to_pem(const struct mdm_csr *csr, struct mdm_bytes *pem, struct mdm_error *err)
{
    return mdm_ossl_append_pem(pem, PEM_STRING_X509_REQ, &csr->facts.der, err);
}
