/* What each kind of file must hold, by libcrypto's own readers where there is one: see artefact.h. */
#include "artefact.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>
#include <time.h>

#include "pki/request.h"

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);

    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static BIO *open_file(const struct snapshot_file *file)
{
    return BIO_new_mem_buf(file->data, (int)file->size);
}

static bool text_ends(const struct snapshot_file *file, const char *end)
{
    return ends_with((const char *)file->data, end);
}

static const char *encrypted_key_fault(const struct snapshot_file *file)
{
    bool vendor = strstr(file->path, "vendor") != NULL;
    BIO *bio = open_file(file);
    EVP_PKEY *pkey =
        PEM_read_bio_PrivateKey(bio, NULL, NULL, as_password(vendor ? VENDOR_PASSWORD : CUSTOMER_PASSWORD));
    EVP_PKEY *public = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    const char *fault = NULL;

    if (pkey == NULL)
        fault = "the private key cannot be decrypted";
    else if (public == NULL || EVP_PKEY_eq(pkey, public) != 1)
        fault = "the public key behind the private one is missing or another";
    else if (!text_ends(file, "-----END PUBLIC KEY-----\n"))
        fault = "it is cut off";
    else if ((file->mode & 077) != 0)
        fault = "others can read it";
    EVP_PKEY_free(public);
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    return fault;
}

static const char *csr_fault(const struct snapshot_file *file)
{
    BIO *bio = open_file(file);
    X509_REQ *csr = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
    const char *fault = NULL;

    if (csr == NULL || X509_REQ_verify(csr, X509_REQ_get0_pubkey(csr)) != 1)
        fault = "the CSR's signature is wrong";
    else if (!text_ends(file, "-----END CERTIFICATE REQUEST-----\n"))
        fault = "it is cut off";
    X509_REQ_free(csr);
    BIO_free(bio);
    return fault;
}

/* A rehearsal has an Apple of its own. */
static struct mdm_trust *rehearsal_trust(const struct bench *bench)
{
    struct mdm_bytes bundle = get_bytes(bench, "out/rehearsal/practice-ca.pem");
    struct mdm_trust *trust = mdm_trust_from_bytes(&bundle, "practice-ca.pem", NULL);

    mdm_bytes_free(&bundle);
    return trust;
}

static const char *request_fault(const struct bench *bench, const struct snapshot_file *file)
{
    struct mdm_bytes bytes = {file->data, file->size};
    struct mdm_report report = {0};
    struct mdm_trust *trust = strstr(file->path, "rehearsal/") != NULL ? rehearsal_trust(bench) : NULL;
    mdm_time at = (mdm_time)time(NULL) + RUN_LATEST;
    bool fits = mdm_request_verify(&bytes, trust != NULL ? trust : bench->trust, at, &report, NULL) == 0 &&
                report.code == MDM_OK;

    mdm_trust_free(&trust);
    mdm_report_free(&report);
    return fits ? NULL : "the request does not verify";
}

static const char *pfx_fault(const struct snapshot_file *file)
{
    const unsigned char *p = file->data;
    PKCS12 *pfx = d2i_PKCS12(NULL, &p, (long)file->size);
    EVP_PKEY *pkey = NULL;
    X509 *cert = NULL;
    const char *fault = NULL;

    if (pfx == NULL || PKCS12_parse(pfx, CUSTOMER_PASSWORD, &pkey, &cert, NULL) != 1)
        fault = "the pfx does not open";
    else if (pkey == NULL || cert == NULL || X509_check_private_key(cert, pkey) != 1)
        fault = "key and certificate of the pfx do not belong together";
    else if (p != file->data + file->size)
        fault = "there is something behind the pfx";
    else if ((file->mode & 077) != 0)
        fault = "others can read it";
    X509_free(cert);
    EVP_PKEY_free(pkey);
    PKCS12_free(pfx);
    return fault;
}

static const char *clear_pem_fault(const struct snapshot_file *file)
{
    BIO *bio = open_file(file);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    const char *fault = NULL;

    if (cert == NULL || pkey == NULL || X509_check_private_key(cert, pkey) != 1)
        fault = "certificate and key are not both there";
    else if (!text_ends(file, "PRIVATE KEY-----\n"))
        fault = "it is cut off";
    else if ((file->mode & 077) != 0)
        fault = "others can read it";
    X509_free(cert);
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    return fault;
}

static const char *cert_fault(const struct snapshot_file *file)
{
    struct mdm_bytes bytes = {file->data, file->size};
    struct mdm_certs certs = {0};
    int result = mdm_certs_from_bytes(&bytes, file->path, &certs, NULL);

    mdm_certs_free(&certs);
    return result == 0 ? NULL : "no certificate can be read";
}

/* The record: one certificate, whole. */
static const char *record_fault(const struct snapshot_file *file)
{
    BIO *bio = open_file(file);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    X509 *second = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    const char *fault = NULL;

    if (cert == NULL || second != NULL)
        fault = "it is not one certificate";
    else if (!text_ends(file, "-----END CERTIFICATE-----\n"))
        fault = "it is cut off";
    X509_free(cert);
    X509_free(second);
    BIO_free(bio);
    return fault;
}

/* What a change did: first the form, then lines that begin with words of it, the last one whole. */
static const char *list_fault(const struct snapshot_file *file)
{
    static const char *const words[] = {"command ", "number ", "follows ", "unit ", "record ",
                                        "spent ",   "undoes ", "file ",    "used "};
    const char *line = (const char *)file->data, *end;

    if (strncmp(line, "mdmvendor list 1\n", 17) != 0 || strstr(line, "\nunit ") == NULL)
        return "it is no list of a change";
    if ((file->mode & 077) != 0)
        return "others can read it";
    for (line += 17; *line != '\0'; line = end + 1) {
        size_t known = 0;

        end = strchr(line, '\n');
        if (end == NULL)
            return "it is cut off";
        while (known < sizeof words / sizeof words[0] && strncmp(line, words[known], strlen(words[known])) != 0)
            known++;
        if (known == sizeof words / sizeof words[0])
            return "a line of it is not known";
    }
    return NULL;
}

const char *artefact_fault(const struct bench *bench, const struct snapshot_file *file, const struct snapshot *before)
{
    const struct snapshot_file *old = snapshot_find_contents(before, file);
    const char *path = file->path, *fault = "nobody knows this file";

    if (file->folder || is_lock(path) || is_temporary(path) || (old != NULL && (old->mode & 077) == (file->mode & 077)))
        return NULL;
    if (ends_with(path, ".key"))
        fault = encrypted_key_fault(file);
    else if (ends_with(path, ".csr"))
        fault = csr_fault(file);
    else if (ends_with(path, "plist_encode") || ends_with(path, "plist_encode.txt"))
        fault = request_fault(bench, file);
    else if (ends_with(path, ".pfx"))
        fault = pfx_fault(file);
    else if (ends_with(path, "MDM_APNSCert.crt"))
        fault = record_fault(file);
    else if (ends_with(path, "/list.txt") || ends_with(path, "/list.pending"))
        fault = list_fault(file);
    else if (ends_with(path, "push.pem"))
        fault = clear_pem_fault(file);
    else if (ends_with(path, ".cer") || ends_with(path, ".pem"))
        fault = cert_fault(file);
    ERR_clear_error();
    return fault;
}
