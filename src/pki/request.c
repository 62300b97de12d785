/* Push certificate requests: taken apart, whatever tool made them (order of keys and line breaks in base64 do not
 * matter); and made, each read back before it is handed out. */
#include "pki/request.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/ossl.h"
#include "pki/pem.h"

#define LIMIT ((size_t)1 << 20)

static const char byte_order_mark[] = "\xEF\xBB\xBF";
static const char binary_mark[] = "bplist";

/* Says what a file is that is not base64. `why` are the decoder's own words. */
static int not_base64(const struct mdm_bytes *file, const char *why, struct mdm_error *err)
{
    enum mdm_filekind kind = mdm_filekind_of(file);

    if (kind == MDM_FILEKIND_PLIST) {
        (void)mdm_error_set(err, MDM_E_FAILED,
                            "it is a plain property list, and the portal accepts only its base64 form");
        return mdm_error_hint(err, "Encode it: `openssl base64 -A -in FILE -out plist_encode`.");
    }
    if (kind != MDM_FILEKIND_UNKNOWN) {
        (void)mdm_error_set(err, MDM_E_FAILED, "it is %s, not a push certificate request", mdm_filekind_words(kind));
        return kind == MDM_FILEKIND_ENCRYPTED
                   ? mdm_error_hint(err, "Decrypt it first, with the tool and the key that it was requested with: "
                                         "`mdmctl mdmcert.download -decrypt=FILE`.")
                   : -1;
    }
    return mdm_error_set(err, MDM_E_FAILED, "it is not base64: %s", why);
}

int mdm_parts_decode(const struct mdm_bytes *file, struct mdm_request_parts *parts, struct mdm_error *err)
{
    struct mdm_error why = {0};
    size_t mark = strlen(byte_order_mark);
    size_t skip = file->size >= mark && memcmp(file->data, byte_order_mark, mark) == 0 ? mark : 0;

    if (file->size > LIMIT)
        return mdm_error_set(err, MDM_E_FAILED, "it is larger than 1 MiB; a push certificate request has about 12 KiB");
    if (mdm_filekind_is_encrypted(file)) /* the digits are base64, too */
        return not_base64(file, "", err);
    if (file->size > skip && mdm_base64_decode(file->data + skip, file->size - skip, &parts->xml, &why) != 0)
        return not_base64(file, why.text, err);
    if (parts->xml.size == 0)
        return mdm_error_set(err, MDM_E_FAILED, "it is empty");
    return 0;
}

/* libplist does not look at what stands behind the property list. */
static int check_rest(const struct mdm_bytes *xml, struct mdm_error *err)
{
    static const char closing[] = "</plist>";
    const char *rest = mdm_pem_find((const char *)xml->data, xml->size, closing);
    size_t left;

    if (rest == NULL)
        return mdm_error_set(err, MDM_E_FAILED, "the property list has no end: '%s' is missing", closing);
    rest += strlen(closing);
    left = (size_t)((const char *)xml->data + xml->size - rest);
    while (left > 0 && memchr(" \t\r\n", *rest, 4) != NULL) {
        rest++;
        left--;
    }
    if (left == 0)
        return 0;
    return mdm_error_set(err, MDM_E_FAILED, "%zu bytes follow the property list", left);
}

int mdm_parts_parse(struct mdm_request_parts *parts, struct mdm_error *err)
{
    enum mdm_filekind kind;

    if (parts->xml.data != NULL && parts->xml.size >= strlen(binary_mark) &&
        memcmp(parts->xml.data, binary_mark, strlen(binary_mark)) == 0)
        return mdm_error_set(err, MDM_E_FAILED, "it is a binary property list, and the portal accepts only XML");
    parts->plist = mdm_plist_read(&parts->xml, err);
    if (parts->plist != NULL)
        return check_rest(&parts->xml, err);
    kind = mdm_filekind_of(&parts->xml);
    if (kind != MDM_FILEKIND_UNKNOWN && kind != MDM_FILEKIND_PLIST)
        (void)mdm_error_context(err, "its base64 text holds %s", mdm_filekind_words(kind));
    return -1;
}

static int pick(const struct mdm_plist *plist, const char *key, const char **value, struct mdm_error *err)
{
    switch (mdm_plist_string(plist, key, value)) {
    case MDM_PLIST_STRING:
        return 0;
    case MDM_PLIST_OTHER:
        return mdm_error_set(err, MDM_E_FAILED, "the value of %s is not a <string> (a <data>, perhaps), as it must be",
                             key);
    case MDM_PLIST_ABSENT:
        break;
    }
    return mdm_error_set(err, MDM_E_FAILED, "the key %s is missing from the property list", key);
}

/* Of a key that stands there twice, readers of property lists take the first value or the last one. */
static int check_once(const struct mdm_bytes *xml, const char *key, struct mdm_error *err)
{
    const char *at = (const char *)xml->data, *end = at + xml->size;
    char element[64];
    int count = 0;

    (void)snprintf(element, sizeof element, "<key>%s</key>", key);
    while ((at = mdm_pem_find(at, (size_t)(end - at), element)) != NULL) {
        at += strlen(element);
        count++;
    }
    if (count <= 1)
        return 0;
    return mdm_error_set(err, MDM_E_FAILED, "the key %s is in the property list %d times", key, count);
}

int mdm_parts_pick(struct mdm_request_parts *parts, struct mdm_error *err)
{
    /* All of them, so that what is there can be judged; the first error stays. */
    int result = pick(parts->plist, MDM_REQUEST_CSR, &parts->csr, err);

    result |= pick(parts->plist, MDM_REQUEST_CHAIN, &parts->chain, err);
    result |= pick(parts->plist, MDM_REQUEST_SIGNATURE, &parts->signature, err);
    result |= check_once(&parts->xml, MDM_REQUEST_CSR, err);
    result |= check_once(&parts->xml, MDM_REQUEST_CHAIN, err);
    result |= check_once(&parts->xml, MDM_REQUEST_SIGNATURE, err);
    return result;
}

int mdm_parts_read(const struct mdm_bytes *file, struct mdm_request_parts *parts, struct mdm_error *err)
{
    if (mdm_parts_decode(file, parts, err) != 0 || mdm_parts_parse(parts, err) != 0)
        return -1;
    return mdm_parts_pick(parts, err);
}

static int decode_value(const char *key, const char *value, struct mdm_bytes *out, struct mdm_error *err)
{
    if (strstr(value, "-----BEGIN ") != NULL)
        return mdm_error_set(err, MDM_E_FAILED, "%s is PEM text, but the base64 of the DER form is expected", key);
    if (mdm_base64_decode(value, strlen(value), out, err) != 0)
        return mdm_error_context(err, "%s", key);
    if (out->size == 0)
        return mdm_error_set(err, MDM_E_FAILED, "%s is empty", key);
    return 0;
}

int mdm_parts_csr_der(const struct mdm_request_parts *parts, struct mdm_bytes *der, struct mdm_error *err)
{
    return decode_value(MDM_REQUEST_CSR, parts->csr, der, err);
}

int mdm_parts_signature(const struct mdm_request_parts *parts, struct mdm_bytes *signature, struct mdm_error *err)
{
    return decode_value(MDM_REQUEST_SIGNATURE, parts->signature, signature, err);
}

int mdm_parts_certs(const struct mdm_request_parts *parts, struct mdm_certs *certs, struct mdm_error *err)
{
    struct mdm_bytes pem = {0};
    int result = -1;

    if (mdm_bytes_append_text(&pem, parts->chain, err) == 0)
        result = mdm_certs_from_bytes(&pem, MDM_REQUEST_CHAIN, certs, err);
    mdm_bytes_free(&pem);
    return result;
}

void mdm_parts_free(struct mdm_request_parts *parts)
{
    mdm_bytes_free(&parts->xml);
    mdm_plist_free(&parts->plist);
    *parts = (struct mdm_request_parts){0};
}

int mdm_verify_signature(EVP_PKEY *key, const char *digest, const struct mdm_bytes *data,
                         const struct mdm_bytes *signature, struct mdm_error *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int result = -1;

    if (ctx == NULL || EVP_DigestVerifyInit_ex(ctx, NULL, digest, NULL, NULL, key, NULL) != 1) {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "signatures with %s cannot be verified", digest);
    } else {
        /* A wrong signature may come back as 0 or as a negative number: only 1 means right. */
        result = EVP_DigestVerify(ctx, signature->data, signature->size, data->data, data->size) == 1;
        ERR_clear_error();
    }
    EVP_MD_CTX_free(ctx);
    return result;
}

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
               (csr == NULL || mdm_bytes_equal(&der, &mdm_csr_facts(csr)->der)) && begins_with(&parts, vendor) &&
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
        return "is a push certificate, but the vendor certificate is expected";
    if (facts->kind == MDM_CERT_INTERMEDIATE)
        return "is an intermediate CA certificate, but the vendor certificate is expected";
    if (facts->kind == MDM_CERT_ROOT)
        return "is a root CA certificate, but the vendor certificate is expected";
    /* Without purposes it may be one that Apple makes in a new way: the caller warns. */
    if (!facts->vendor_marker && facts->has_purposes)
        return "is a certificate of another type than \"MDM CSR\" (for a web server or for signing code, perhaps)";
    if (EVP_PKEY_is_a(X509_get0_pubkey(mdm_cert_x509(cert)), "RSA") != 1)
        return "has a key that is not RSA, and Apple accepts only RSA signatures";
    /* All bits are set when there is no such extension. */
    if ((X509_get_key_usage(mdm_cert_x509(cert)) & KU_DIGITAL_SIGNATURE) == 0)
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
    (void)mdm_error_set(err, MDM_E_REFUSED, "'%s' was not issued for '%s': it is for the key %s, but the file has %s",
                        cert_name, key_name, cert_text, key_text);
    return mdm_error_hint(err,
                          "Upload the vendor CSR that was made together with '%s' (certificate type \"MDM CSR\") "
                          "and use the certificate that comes back.",
                          key_name);
}

static int check_dates(const struct mdm_cert *cert, const char *name, mdm_time at, struct mdm_error *err)
{
    if (mdm_cert_check_dates(cert, at, err) == 0)
        return 0;
    return mdm_error_hint(err,
                          "Upload the vendor CSR at developer.apple.com again (certificate type \"MDM CSR\") "
                          "and put the new certificate in place of '%s'.",
                          name);
}

static int fill_signer(struct mdm_signer *signer, const struct mdm_key *key, struct mdm_error *err)
{
    for (size_t i = 0; i < signer->chain.count; i++)
        if (mdm_cert_append_pem(signer->chain.items[i], &signer->chain_pem, err) != 0)
            return -1;
    if (EVP_PKEY_up_ref(mdm_key_pkey(key)) != 1)
        return mdm_error_memory(err);
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
        (void)mdm_error_memory(err);
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
    if (!mdm_key_id_equal(&mdm_csr_facts(csr)->key_id, &mdm_cert_facts(vendor_of(signer))->key_id))
        return 0;
    (void)mdm_error_set(err, MDM_E_REFUSED,
                        "'%s' holds the vendor's own key: the roles of vendor and customer are mixed up", name);
    return mdm_error_hint(err, "The customer needs a key pair and a CSR of their own.");
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
        (void)mdm_error_set(err, MDM_E_FAILED, "its signature does not verify with the vendor certificate's key");
    else
        result = 0;
out:
    mdm_bytes_free(&csr);
    mdm_bytes_free(&signature);
    mdm_parts_free(&parts);
    if (result != 0)
        (void)mdm_error_context(err, "the new request failed its own check");
    return result;
}

int mdm_sign_sha256(EVP_PKEY *key, const struct mdm_bytes *data, struct mdm_bytes *out, struct mdm_error *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char *signature = NULL;
    size_t size = 0;
    int result = -1;

    /* RSA signatures default to PKCS#1 v1.5, which is what the portal takes. */
    if (ctx == NULL || EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL) != 1 ||
        EVP_DigestSign(ctx, NULL, &size, data->data, data->size) != 1) {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the key cannot sign");
        goto out;
    }
    signature = malloc(size);
    if (signature == NULL) {
        (void)mdm_error_memory(err);
        goto out;
    }
    if (EVP_DigestSign(ctx, signature, &size, data->data, data->size) != 1) {
        (void)mdm_ossl_error(err, MDM_E_FAILED, "the key cannot sign");
        goto out;
    }
    result = mdm_bytes_append(out, signature, size, err);
out:
    free(signature);
    EVP_MD_CTX_free(ctx);
    return result;
}

int mdm_signer_sign(const struct mdm_signer *signer, const struct mdm_csr *csr, const char *csr_name,
                    struct mdm_bytes *out, struct mdm_error *err)
{
    const struct mdm_bytes *der = &mdm_csr_facts(csr)->der;
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
