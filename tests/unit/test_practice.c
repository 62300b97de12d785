/* The practice Apple: what it issues has the form of Apple's certificates, what it refuses is what the portals refuse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "csr_version.h"
#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/request.h"
#include "practice/issue.h"

#define UUID  "0f6bd1a2-7c55-4f0e-9c8e-5d1f1a2b3c4d"
#define TOPIC "com.apple.mgmt.External." UUID

/* 2026-11-23T12:00:00Z */
#define NOW ((mdm_time)1795435200)

/* What all tests share, since keys are slow: a practice Apple, and a vendor and a customer with key and CSR. */
struct world {
    struct mdm_practice *practice;
    struct mdm_trust *trust;
    struct mdm_key *vendor_key;
    struct mdm_key *customer_key;
    struct mdm_csr *customer_csr;
    struct mdm_bytes vendor_csr_pem;
    struct mdm_bytes request; /* signed by the vendor for the customer */
};

static struct mdm_error err;

static void expect_done(int result)
{
    if (result != 0)
        print_error("%s\n", err.text);
    assert_int_equal(result, 0);
}

static struct mdm_csr *make_csr(const struct mdm_key *key, const char *dn)
{
    struct mdm_subject *subject = mdm_subject_parse(dn, &err);
    struct mdm_csr *csr;

    assert_non_null(subject);
    csr = mdm_csr_make(key, subject, &err);
    assert_non_null(csr);
    mdm_subject_free(&subject);
    return csr;
}

static struct mdm_bytes issue_vendor(const struct world *w, const struct mdm_practice_order *order)
{
    struct mdm_bytes der = {0};

    expect_done(mdm_practice_issue_vendor(w->practice, &w->vendor_csr_pem, order, &der, &err));
    return der;
}

static struct mdm_bytes issue_push(const struct world *w, const struct mdm_practice_order *order)
{
    struct mdm_bytes pem = {0};

    expect_done(mdm_practice_issue_push(w->practice, &w->request, order, &pem, &err));
    return pem;
}

/* The only certificate in a file. */
static struct mdm_cert *read_cert(const struct mdm_bytes *file)
{
    struct mdm_certs certs = {0};
    struct mdm_cert *cert;

    expect_done(mdm_certs_from_bytes(file, "the certificate", &certs, &err));
    assert_int_equal(certs.count, 1);
    cert = mdm_cert_ref(certs.items[0]);
    mdm_certs_free(&certs);
    return cert;
}

static X509 *read_x509(struct mdm_bytes *file)
{
    const unsigned char *at = file->data;
    BIO *bio = BIO_new_mem_buf(file->data, (int)file->size);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    if (cert == NULL)
        cert = d2i_X509(NULL, &at, (long)file->size);
    assert_non_null(cert);
    BIO_free(bio);
    mdm_bytes_free(file);
    return cert;
}

static X509 *ca_x509(const struct world *w, enum mdm_practice_ca ca)
{
    struct mdm_cert *cert = mdm_practice_ca_cert(w->practice, ca, &err);
    struct mdm_bytes der = {0};

    assert_non_null(cert);
    expect_done(mdm_cert_append_der(cert, &der, &err));
    mdm_cert_free(&cert);
    return read_x509(&der);
}

static struct mdm_bytes sign_request(const struct world *w, const struct mdm_bytes *vendor_der, mdm_time at)
{
    struct mdm_cert *cert = read_cert(vendor_der);
    struct mdm_signer *signer = mdm_signer_new(w->vendor_key, "vendor.key", cert, "mdm.cer", w->trust, NULL, at, &err);
    struct mdm_bytes request = {0};

    if (signer == NULL)
        print_error("%s\n", err.text);
    assert_non_null(signer);
    expect_done(mdm_signer_sign(signer, w->customer_csr, "customer.csr", &request, &err));
    mdm_signer_free(&signer);
    mdm_cert_free(&cert);
    return request;
}

static int make_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct mdm_csr *csr;
    struct mdm_bytes vendor_der;

    assert_non_null(w);
    w->practice = mdm_practice_new(NOW, &err);
    assert_non_null(w->practice);
    expect_done(mdm_practice_complete(w->practice, &err));
    w->trust = mdm_practice_trust(w->practice, &err);
    w->vendor_key = mdm_key_generate(&err);
    w->customer_key = mdm_key_generate(&err);
    csr = make_csr(w->vendor_key, "C=FR,CN=Something Else");
    expect_done(mdm_csr_to_pem(csr, &w->vendor_csr_pem, &err));
    mdm_csr_free(&csr);
    w->customer_csr = make_csr(w->customer_key, "C=DE,O=Kunde,CN=MDM Push,emailAddress=a@b.example");
    vendor_der = issue_vendor(w, &(struct mdm_practice_order){.at = NOW});
    w->request = sign_request(w, &vendor_der, NOW);
    mdm_bytes_free(&vendor_der);
    *state = w;
    return 0;
}

static int end_world(void **state)
{
    struct world *w = *state;

    mdm_bytes_free(&w->request);
    mdm_bytes_free(&w->vendor_csr_pem);
    mdm_csr_free(&w->customer_csr);
    mdm_key_free(&w->customer_key);
    mdm_key_free(&w->vendor_key);
    mdm_trust_free(&w->trust);
    mdm_practice_free(&w->practice);
    free(w);
    return 0;
}

static int clear_error(void **state)
{
    (void)state;
    mdm_error_clear(&err);
    return 0;
}

/* Names and extensions against tables. */
struct attribute {
    int nid;
    int type;
    const char *text;
};

static void assert_name(const X509_NAME *name, const struct attribute *expected, size_t count)
{
    assert_int_equal(X509_NAME_entry_count(name), count);
    for (size_t i = 0; i < count; i++) {
        X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, (int)i);
        const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);

        assert_int_equal(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)), expected[i].nid);
        assert_int_equal(ASN1_STRING_type(value), expected[i].type);
        assert_int_equal(ASN1_STRING_length(value), strlen(expected[i].text));
        assert_memory_equal(ASN1_STRING_get0_data(value), expected[i].text, strlen(expected[i].text));
    }
}
#define ASSERT_NAME(name, expected) assert_name(name, expected, sizeof(expected) / sizeof(expected)[0])

struct extension {
    const char *oid;
    int critical;
    const char *hex; /* the whole value, or NULL */
};

static void assert_extensions(const X509 *cert, const struct extension *expected, size_t count)
{
    assert_int_equal(X509_get_ext_count(cert), count);
    for (size_t i = 0; i < count; i++) {
        X509_EXTENSION *extension = X509_get_ext(cert, (int)i);
        const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
        char oid[64], hex[64] = "";

        OBJ_obj2txt(oid, sizeof oid, X509_EXTENSION_get_object(extension), 1);
        assert_string_equal(oid, expected[i].oid);
        assert_int_equal(X509_EXTENSION_get_critical(extension), expected[i].critical);
        for (int b = 0; b < value->length && b < 24; b++)
            snprintf(hex + 2 * b, 3, "%02x", value->data[b]);
        if (expected[i].hex != NULL)
            assert_string_equal(hex, expected[i].hex);
    }
}
#define ASSERT_EXTENSIONS(cert, expected) assert_extensions(cert, expected, sizeof(expected) / sizeof(expected)[0])

static void assert_validity(const X509 *cert, const char *from, const char *to)
{
    const ASN1_TIME *not_before = X509_get0_notBefore(cert);
    const ASN1_TIME *not_after = X509_get0_notAfter(cert);

    assert_string_equal((const char *)ASN1_STRING_get0_data(not_before), from);
    assert_string_equal((const char *)ASN1_STRING_get0_data(not_after), to);
}

/* The bytes of the serial number in DER, so with its leading zero if there were one. */
static void assert_serial_size(const X509 *cert, int size)
{
    assert_int_equal(i2d_ASN1_INTEGER(X509_get0_serialNumber(cert), NULL), 2 + size);
    assert_int_equal(ASN1_STRING_length(X509_get0_serialNumber(cert)), size);
}

static void assert_issued_by(X509 *cert, X509 *ca)
{
    const ASN1_OCTET_STRING *authority = X509_get0_authority_key_id(cert);
    EVP_PKEY *key = X509_get0_pubkey(ca);

    assert_non_null(authority);
    assert_int_equal(ASN1_OCTET_STRING_cmp(authority, X509_get0_subject_key_id(ca)), 0);
    assert_int_equal(X509_NAME_cmp(X509_get_issuer_name(cert), X509_get_subject_name(ca)), 0);
    assert_int_equal(X509_verify(cert, key), 1);
    assert_int_equal(X509_get_signature_nid(cert), NID_sha256WithRSAEncryption);
    assert_int_equal(X509_get_version(cert), X509_VERSION_3);
}

static void assert_subject_key_id(X509 *cert)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(cert);

    assert_int_equal(X509_pubkey_digest(cert, EVP_sha1(), digest, &size), 1);
    assert_int_equal(ASN1_STRING_length(id), size);
    assert_memory_equal(ASN1_STRING_get0_data(id), digest, size);
}

/* What the openssl command reads there, one line each. */
static void assert_openssl_says(const struct mdm_bytes *cert, const char *form, const char *const *lines)
{
    char path[] = "/tmp/practice-XXXXXX", command[256], line[1024], all[16384] = "";
    int descriptor = mkstemp(path);
    FILE *pipe;

    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, cert->data, cert->size), (ssize_t)cert->size);
    close(descriptor);
    snprintf(command, sizeof command, "openssl x509 -inform %s -in %s -noout -text -certopt no_pubkey,no_sigdump", form,
             path);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    while (fgets(line, sizeof line, pipe) != NULL)
        strncat(all, line + strspn(line, " "), sizeof all - strlen(all) - 1);
    assert_int_equal(pclose(pipe), 0);
    unlink(path);
    for (; *lines != NULL; lines++) {
        if (strstr(all, *lines) == NULL)
            print_error("missing: %s\nin: %s\n", *lines, all);
        assert_non_null(strstr(all, *lines));
    }
}

static void vendor_certificate_has_apples_form(void **state)
{
    static const struct attribute issuer[] = {
        {NID_commonName, V_ASN1_UTF8STRING, "PRACTICE Worldwide Developer Relations Certification Authority"},
        {NID_organizationalUnitName, V_ASN1_UTF8STRING, "G3"},
        {NID_organizationName, V_ASN1_UTF8STRING, "Practice Apple Inc."},
        {NID_countryName, V_ASN1_PRINTABLESTRING, "US"},
    };
    static const struct attribute subject[] = {
        {NID_userId, V_ASN1_UTF8STRING, "PRACTICE01"},
        {NID_commonName, V_ASN1_UTF8STRING, "MDM Vendor: Acme, Inc."},
        {NID_organizationalUnitName, V_ASN1_UTF8STRING, "PRACTICE01"},
        {NID_organizationName, V_ASN1_UTF8STRING, "Acme, Inc."},
        {NID_countryName, V_ASN1_PRINTABLESTRING, "US"},
    };
    static const struct extension extensions[] = {
        {"2.5.29.19", 1, "3000"},
        {"2.5.29.35", 0, NULL},
        {"1.3.6.1.5.5.7.1.1", 0, NULL},
        {"2.5.29.32", 0, NULL},
        {"2.5.29.14", 0, NULL},
        {"2.5.29.15", 1, "03020780"},
        {"1.2.840.113635.100.4.12", 0, "0500"},
    };
    const struct world *w = *state;
    struct mdm_bytes der = issue_vendor(w, &(struct mdm_practice_order){.at = NOW, .account = "Acme, Inc."});
    struct mdm_cert *read = read_cert(&der);
    struct mdm_key_id id;
    X509 *ca = ca_x509(w, MDM_PRACTICE_WWDR);
    X509 *cert = read_x509(&der);

    ASSERT_NAME(X509_get_issuer_name(cert), issuer);
    ASSERT_NAME(X509_get_subject_name(cert), subject);
    ASSERT_EXTENSIONS(cert, extensions);
    assert_validity(cert, "261123120000Z", "271123115959Z");
    assert_serial_size(cert, 16);
    assert_issued_by(cert, ca);
    assert_subject_key_id(cert);
    expect_done(mdm_key_get_id(w->vendor_key, &id, &err));
    assert_true(mdm_key_id_equal(&id, &mdm_cert_facts(read)->key_id));
    assert_int_equal(mdm_cert_facts(read)->kind, MDM_CERT_VENDOR);
    assert_true(mdm_cert_facts(read)->vendor_marker);
    mdm_cert_free(&read);
    X509_free(cert);
    X509_free(ca);
}

static void vendor_certificate_reads_as_apples(void **state)
{
    static const char *const lines[] = {
        "Basic Constraints: critical\nCA:FALSE\n",
        "CA Issuers - URI:http://certs.practice.invalid/wwdrg3.der\n"
        "OCSP - URI:http://ocsp.practice.invalid/ocsp03-wwdrg310\n",
        "Policy: 1.2.840.113635.100.5.1\nUser Notice:\nExplicit Text: PRACTICE ONLY.",
        "\nCPS: https://practice.invalid/certificateauthority/\n",
        "Key Usage: critical\nDigital Signature\n",
        "sha256WithRSAEncryption",
        NULL,
    };
    struct mdm_bytes der = issue_vendor(*state, &(struct mdm_practice_order){.at = NOW});

    assert_openssl_says(&der, "DER", lines);
    mdm_bytes_free(&der);
}

static void push_certificate_has_apples_form(void **state)
{
    static const struct attribute issuer[] = {
        {NID_commonName, V_ASN1_UTF8STRING, "PRACTICE Application Integration 2 Certification Authority"},
        {NID_organizationalUnitName, V_ASN1_UTF8STRING, "PRACTICE Certification Authority"},
        {NID_organizationName, V_ASN1_UTF8STRING, "Practice Apple Inc."},
        {NID_countryName, V_ASN1_PRINTABLESTRING, "US"},
    };
    static const struct attribute subject[] = {
        {NID_userId, V_ASN1_UTF8STRING, TOPIC},
        {NID_commonName, V_ASN1_UTF8STRING, "APSP:" UUID},
        {NID_countryName, V_ASN1_PRINTABLESTRING, "DE"},
    };
    static const struct extension extensions[] = {
        {"2.5.29.19", 0, "3000"},     {"2.5.29.35", 0, NULL},
        {"2.5.29.32", 0, NULL},       {"2.5.29.37", 0, "300a06082b06010505070302"},
        {"2.5.29.31", 0, NULL},       {"2.5.29.14", 0, NULL},
        {"2.5.29.15", 0, "03020780"}, {"1.2.840.113635.100.6.3.2", 0, "0500"},
    };
    const struct world *w = *state;
    struct mdm_bytes pem = issue_push(w, &(struct mdm_practice_order){.at = NOW, .uuid = UUID});
    struct mdm_cert *read = read_cert(&pem);
    X509 *ca = ca_x509(w, MDM_PRACTICE_PUSH);
    X509 *cert = read_x509(&pem);

    ASSERT_NAME(X509_get_issuer_name(cert), issuer);
    ASSERT_NAME(X509_get_subject_name(cert), subject);
    ASSERT_EXTENSIONS(cert, extensions);
    assert_validity(cert, "261123120000Z", "271123120000Z");
    assert_serial_size(cert, 8);
    assert_issued_by(cert, ca);
    assert_subject_key_id(cert);
    assert_true(mdm_key_id_equal(&mdm_csr_facts(w->customer_csr)->key_id, &mdm_cert_facts(read)->key_id));
    assert_int_equal(mdm_cert_facts(read)->kind, MDM_CERT_PUSH);
    assert_string_equal(mdm_cert_facts(read)->topic, TOPIC);
    mdm_cert_free(&read);
    X509_free(cert);
    X509_free(ca);
}

static void push_certificate_reads_as_apples(void **state)
{
    static const char *const lines[] = {
        "Basic Constraints: \nCA:FALSE\n",
        "Policy: 1.2.840.113635.100.5.1\nUser Notice:\n",
        "\nCPS: http://practice.invalid/certificateauthority\n",
        "Extended Key Usage: \nTLS Web Client Authentication\n",
        "URI:http://crl.practice.invalid/aai2ca.crl\n",
        "Key Usage: \nDigital Signature\n",
        NULL,
    };
    struct mdm_bytes pem = issue_push(*state, &(struct mdm_practice_order){.at = NOW});

    assert_openssl_says(&pem, "PEM", lines);
    mdm_bytes_free(&pem);
}

/* Apple's download: 64 columns, LF, and no newline behind the last line. */
static void push_file_has_apples_lines(void **state)
{
    static const char end[] = "-----END CERTIFICATE-----";
    struct mdm_bytes pem = issue_push(*state, &(struct mdm_practice_order){.at = NOW});
    const char *text = (const char *)pem.data;
    const char *line = strchr(text, '\n') + 1;

    assert_int_equal(strncmp(text, "-----BEGIN CERTIFICATE-----\n", 28), 0);
    assert_memory_equal(text + pem.size - strlen(end), end, strlen(end));
    assert_int_equal(strlen(text), pem.size);
    assert_null(strchr(text, '\r'));
    while (strchr(strchr(line, '\n') + 1, '\n') != NULL) {
        assert_int_equal(strchr(line, '\n') - line, 64);
        line = strchr(line, '\n') + 1;
    }
    mdm_bytes_free(&pem);
}

static void authorities_have_apples_form(void **state)
{
    static const struct attribute root_subject[] = {
        {NID_countryName, V_ASN1_PRINTABLESTRING, "US"},
        {NID_organizationName, V_ASN1_PRINTABLESTRING, "Practice Apple Inc."},
        {NID_organizationalUnitName, V_ASN1_PRINTABLESTRING, "PRACTICE Certification Authority"},
        {NID_commonName, V_ASN1_PRINTABLESTRING, "PRACTICE Root CA"},
    };
    static const struct extension root_extensions[] = {
        {"2.5.29.15", 1, "03020106"}, {"2.5.29.19", 1, "30030101ff"}, {"2.5.29.14", 0, NULL},
        {"2.5.29.35", 0, NULL},       {"2.5.29.32", 0, NULL},
    };
    static const struct extension wwdr_extensions[] = {
        {"2.5.29.19", 1, "30060101ff020100"},
        {"2.5.29.35", 0, NULL},
        {"1.3.6.1.5.5.7.1.1", 0, NULL},
        {"2.5.29.31", 0, NULL},
        {"2.5.29.14", 0, NULL},
        {"2.5.29.15", 1, "03020106"},
        {"1.2.840.113635.100.6.2.1", 0, "0500"},
    };
    const struct world *w = *state;
    X509 *root = ca_x509(w, MDM_PRACTICE_ROOT);
    X509 *wwdr = ca_x509(w, MDM_PRACTICE_WWDR);

    ASSERT_NAME(X509_get_subject_name(root), root_subject);
    ASSERT_EXTENSIONS(root, root_extensions);
    assert_issued_by(root, root);
    assert_serial_size(root, 1);
    ASSERT_EXTENSIONS(wwdr, wwdr_extensions);
    assert_issued_by(wwdr, root);
    assert_serial_size(wwdr, 16);
    X509_free(root);
    X509_free(wwdr);
}

/* Refusals of the developer portal. */
static struct mdm_bytes openssl_csr(EVP_PKEY *key, long version, bool damaged)
{
    X509_REQ *req = X509_REQ_new();
    struct mdm_bytes der = {0};
    unsigned char *data = NULL;
    int size;

    assert_non_null(key);
    assert_int_equal(X509_REQ_set_version(req, X509_REQ_VERSION_1), 1);
    assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
    assert_true(X509_REQ_sign(req, key, EVP_sha256()) > 0);
    size = i2d_X509_REQ(req, &data);
    assert_true(size > 0);
    if (version != X509_REQ_VERSION_1)
        set_csr_version(key, data, (size_t)size, (unsigned char)version);
    if (damaged)
        data[size - 1] ^= 1;
    expect_done(mdm_bytes_append(&der, data, (size_t)size, &err));
    OPENSSL_free(data);
    X509_REQ_free(req);
    EVP_PKEY_free(key);
    return der;
}

static void assert_developer_refuses(const struct world *w, struct mdm_bytes upload, const char *words)
{
    struct mdm_bytes out = {0};

    mdm_error_clear(&err);
    assert_int_equal(
        mdm_practice_issue_vendor(w->practice, &upload, &(struct mdm_practice_order){.at = NOW}, &out, &err), -1);
    assert_int_equal(err.code, MDM_E_REFUSED);
    if (strstr(err.text, words) == NULL)
        print_error("found: %s\nexpected: %s\n", err.text, words);
    assert_non_null(strstr(err.text, words));
    assert_int_equal(out.size, 0);
    mdm_bytes_free(&upload);
}

static struct mdm_bytes text_bytes(const char *text)
{
    struct mdm_bytes bytes = {0};

    expect_done(mdm_bytes_append_text(&bytes, text, &err));
    return bytes;
}

static struct mdm_bytes copy_bytes(const struct mdm_bytes *from)
{
    struct mdm_bytes bytes = {0};

    expect_done(mdm_bytes_append(&bytes, from->data, from->size, &err));
    return bytes;
}

static void developer_portal_wants_rsa_2048(void **state)
{
    static const char words[] = "\"CSR algorithm/size incorrect. Expected: RSA(2048)\": found ";
    char expected[128];

    snprintf(expected, sizeof expected, "%sEC(256)", words);
    assert_developer_refuses(*state, openssl_csr(EVP_EC_gen("P-256"), 0, false), expected);
    snprintf(expected, sizeof expected, "%sRSA(3072)", words);
    assert_developer_refuses(*state, openssl_csr(EVP_RSA_gen(3072), 0, false), expected);
}

static void developer_portal_wants_version_0(void **state)
{
    assert_developer_refuses(*state, openssl_csr(EVP_RSA_gen(2048), 1, false),
                             "\"The certificate request is invalid\"");
}

static void developer_portal_checks_the_csrs_signature(void **state)
{
    assert_developer_refuses(*state, openssl_csr(EVP_RSA_gen(2048), 0, true), "\"The certificate request is invalid\"");
}

static void developer_portal_takes_csrs_only(void **state)
{
    static const char words[] = "\"Invalid Certificate Signing Request\"";
    const struct world *w = *state;

    assert_developer_refuses(w, copy_bytes(&w->request), words);
    assert_developer_refuses(w, issue_vendor(w, &(struct mdm_practice_order){.at = NOW}), words);
    assert_developer_refuses(w, text_bytes("<?xml version=\"1.0\"?><plist/>"), words);
    assert_developer_refuses(w, (struct mdm_bytes){0}, words);
}

/* Refusals of the push portal. */
static void assert_push_refuses(const struct world *w, const struct mdm_bytes *upload,
                                const struct mdm_practice_order *order, enum mdm_code code, const char *words)
{
    struct mdm_bytes out = {0};

    mdm_error_clear(&err);
    assert_int_equal(mdm_practice_issue_push(w->practice, upload, order, &out, &err), -1);
    if (strstr(err.text, words) == NULL)
        print_error("found: %s\nexpected: %s\n", err.text, words);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.text, words));
    assert_int_equal(out.size, 0);
}

static void push_portal_checks_the_extension(void **state)
{
    static const char words[] = "invalid file type. Supported file extensions are .txt, .rtf, .plist, .b64";
    static const char *const refused[] = {"customer.csr", "plist_encode.pem", "a.txt/b.req"};
    static const char *const taken[] = {"plist_encode", "outputs/plist_encode.txt", "P.PLIST", "a.csr.txt",
                                        "x.b64",        "a.b/plist_encode"};
    const struct world *w = *state;

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_push_refuses(w, &w->request, &(struct mdm_practice_order){.at = NOW, .upload_name = refused[i]},
                            MDM_E_REFUSED, words);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        struct mdm_bytes pem;

        mdm_error_clear(&err);
        pem = issue_push(w, &(struct mdm_practice_order){.at = NOW, .upload_name = taken[i]});
        mdm_bytes_free(&pem);
    }
}

static struct mdm_bytes decode_base64(const struct mdm_bytes *text)
{
    struct mdm_bytes out = {0};
    unsigned char *decoded = malloc(text->size);
    int size = EVP_DecodeBlock(decoded, text->data, (int)text->size);

    assert_true(size > 0);
    while (size > 0 && decoded[size - 1] == '\0')
        size--; /* the padding counts as NULs */
    expect_done(mdm_bytes_append(&out, decoded, (size_t)size, &err));
    free(decoded);
    return out;
}

static void push_portal_takes_requests_only(void **state)
{
    static const char words[] = "\"Invalid Certificate Signing Request\"";
    const struct world *w = *state;
    const struct mdm_practice_order order = {.at = NOW};
    struct mdm_bytes xml = decode_base64(&w->request);
    struct mdm_bytes csr = {0}, empty = {0};

    assert_non_null(strstr((const char *)xml.data, "PushCertRequestCSR"));
    expect_done(mdm_csr_to_pem(w->customer_csr, &csr, &err));
    assert_push_refuses(w, &xml, &order, MDM_E_REFUSED, words);
    assert_push_refuses(w, &csr, &order, MDM_E_REFUSED, words);
    assert_push_refuses(w, &empty, &order, MDM_E_REFUSED, words);
    mdm_bytes_free(&csr);
    mdm_bytes_free(&xml);
}

static void push_portal_refuses_an_expired_vendor_certificate(void **state)
{
    const struct world *w = *state;

    assert_push_refuses(w, &w->request, &(struct mdm_practice_order){.at = NOW + 366 * MDM_DAY}, MDM_E_EXPIRED,
                        "failed because the signing certificate is expired");
}

/* Puts `value` in place of the signature in a request. */
static struct mdm_bytes replace_signature(const struct mdm_bytes *request, const char *value)
{
    struct mdm_bytes xml = decode_base64(request), changed = {0}, out = {0};
    char *text = (char *)xml.data;
    char *begin = strstr(strstr(text, "PushCertSignature"), "<string>") + strlen("<string>");
    char *end = strstr(begin, "</string>");
    unsigned char *encoded;

    expect_done(mdm_bytes_append(&changed, text, (size_t)(begin - text), &err));
    expect_done(mdm_bytes_append_text(&changed, value, &err));
    expect_done(mdm_bytes_append_text(&changed, end, &err));
    encoded = malloc(changed.size * 2);
    EVP_EncodeBlock(encoded, changed.data, (int)changed.size);
    expect_done(mdm_bytes_append_text(&out, (const char *)encoded, &err));
    free(encoded);
    mdm_bytes_free(&changed);
    mdm_bytes_free(&xml);
    return out;
}

static char *signature_text(EVP_PKEY *key, const EVP_MD *digest, const struct mdm_bytes *data)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[512];
    size_t size = sizeof signature;
    char *text = malloc(2 * sizeof signature);

    if (EVP_DigestSignInit(context, NULL, digest, NULL, key) != 1)
        skip(); /* systems whose policy forbids SHA-1 signatures (RHEL 9, Fedora 41) */
    assert_int_equal(EVP_DigestSign(context, signature, &size, data->data, data->size), 1);
    EVP_EncodeBlock((unsigned char *)text, signature, (int)size);
    EVP_MD_CTX_free(context);
    return text;
}

/* The vendor's key again, as libcrypto's. */
static EVP_PKEY *clear_key(const struct mdm_key *key)
{
    struct mdm_bytes pem = {0};
    EVP_PKEY *pkey;
    BIO *bio;

    expect_done(mdm_key_to_clear_pem(key, MDM_KEY_PKCS8, &pem, &err));
    bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    assert_non_null(pkey);
    BIO_free(bio);
    mdm_bytes_free(&pem);
    return pkey;
}

static void assert_signature_outcome(const struct world *w, const struct mdm_key *key, const EVP_MD *digest, bool taken)
{
    EVP_PKEY *pkey = clear_key(key);
    char *text = signature_text(pkey, digest, &mdm_csr_facts(w->customer_csr)->der);
    struct mdm_bytes request = replace_signature(&w->request, text);
    struct mdm_bytes out = {0};

    if (taken)
        expect_done(
            mdm_practice_issue_push(w->practice, &request, &(struct mdm_practice_order){.at = NOW}, &out, &err));
    else
        assert_push_refuses(w, &request, &(struct mdm_practice_order){.at = NOW}, MDM_E_REFUSED,
                            "Certificate Signature Verification failed because the signature is invalid");
    mdm_bytes_free(&out);
    mdm_bytes_free(&request);
    free(text);
    EVP_PKEY_free(pkey);
}

static void push_portal_refuses_a_sha1_signature(void **state)
{
    const struct world *w = *state;

    assert_signature_outcome(w, w->vendor_key, EVP_sha256(), true); /* so it is the digest and nothing else */
    assert_signature_outcome(w, w->vendor_key, EVP_sha1(), false);
}

static void push_portal_refuses_another_keys_signature(void **state)
{
    const struct world *w = *state;

    assert_signature_outcome(w, w->customer_key, EVP_sha256(), false);
}

static void push_portal_refuses_another_apples_request(void **state)
{
    struct world w = *(struct world *)*state;

    w.practice = mdm_practice_new(NOW, &err);
    assert_push_refuses(&w, &w.request, &(struct mdm_practice_order){.at = NOW}, MDM_E_REFUSED,
                        "Certificate Signature Verification failed because the signature is invalid");
    mdm_practice_free(&w.practice);
}

/* Renewal. */
static struct mdm_cert *push_cert(const struct world *w, const struct mdm_practice_order *order)
{
    struct mdm_bytes pem = issue_push(w, order);
    struct mdm_cert *cert = read_cert(&pem);

    mdm_bytes_free(&pem);
    return cert;
}

static void renew_keeps_the_topic_and_nothing_else(void **state)
{
    const struct world *w = *state;
    struct mdm_cert *old = push_cert(w, &(struct mdm_practice_order){.at = NOW});
    struct mdm_cert *new = push_cert(w, &(struct mdm_practice_order){.at = NOW + MDM_DAY, .renew = old});
    struct mdm_cert *created = push_cert(w, &(struct mdm_practice_order){.at = NOW});

    assert_string_equal(mdm_cert_facts(new)->topic, mdm_cert_facts(old)->topic);
    assert_string_not_equal(mdm_cert_facts(new)->serial, mdm_cert_facts(old)->serial);
    assert_int_equal(mdm_cert_facts(new)->not_before, NOW + MDM_DAY);
    assert_string_not_equal(mdm_cert_facts(created)->topic, mdm_cert_facts(old)->topic);
    mdm_cert_free(&old);
    mdm_cert_free(&new);
    mdm_cert_free(&created);
}

static void renew_takes_own_push_certificates_only(void **state)
{
    const struct world *w = *state;
    struct mdm_bytes der = issue_vendor(w, &(struct mdm_practice_order){.at = NOW});
    struct mdm_cert *vendor = read_cert(&der);
    struct mdm_cert *push = push_cert(w, &(struct mdm_practice_order){.at = NOW});
    struct mdm_bytes forged_der = {0};
    struct mdm_cert *forged;

    expect_done(mdm_cert_append_der(push, &forged_der, &err));
    forged_der.data[forged_der.size - 1] ^= 1;
    forged = read_cert(&forged_der);
    assert_push_refuses(w, &w->request, &(struct mdm_practice_order){.at = NOW, .renew = vendor}, MDM_E_REFUSED,
                        "not issued by this practice Apple");
    assert_push_refuses(w, &w->request, &(struct mdm_practice_order){.at = NOW, .renew = forged}, MDM_E_REFUSED,
                        "not issued by this practice Apple");
    mdm_cert_free(&forged);
    mdm_cert_free(&push);
    mdm_cert_free(&vendor);
    mdm_bytes_free(&forged_der);
    mdm_bytes_free(&der);
}

#define TEST(name) cmocka_unit_test_setup(name, clear_error)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(vendor_certificate_has_apples_form),
        TEST(vendor_certificate_reads_as_apples),
        TEST(push_certificate_has_apples_form),
        TEST(push_certificate_reads_as_apples),
        TEST(push_file_has_apples_lines),
        TEST(authorities_have_apples_form),
        TEST(developer_portal_wants_rsa_2048),
        TEST(developer_portal_wants_version_0),
        TEST(developer_portal_checks_the_csrs_signature),
        TEST(developer_portal_takes_csrs_only),
        TEST(push_portal_checks_the_extension),
        TEST(push_portal_takes_requests_only),
        TEST(push_portal_refuses_an_expired_vendor_certificate),
        TEST(push_portal_refuses_a_sha1_signature),
        TEST(push_portal_refuses_another_keys_signature),
        TEST(push_portal_refuses_another_apples_request),
        TEST(renew_keeps_the_topic_and_nothing_else),
        TEST(renew_takes_own_push_certificates_only),
    };

    return cmocka_run_group_tests(tests, make_world, end_world);
}
