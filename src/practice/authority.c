/* The CAs of a practice Apple: made when they are first needed, bundled, saved and loaded. */
#include "practice/authority.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "pki/ossl.h"
#include "practice/profile.h"

struct mdm_practice {
    mdm_time now;
    struct mdm_authority authorities[MDM_PRACTICE_CA_COUNT];
};

/* What --ca-file and the trust hold; the first two are made when they are missing. */
static const enum mdm_practice_ca bundled[] = {MDM_PRACTICE_ROOT, MDM_PRACTICE_WWDR, MDM_PRACTICE_WWDR_OTHER};
#define BUNDLED        (sizeof bundled / sizeof bundled[0])
#define BUNDLED_ALWAYS 2

struct mdm_practice *mdm_practice_new(mdm_time now, struct mdm_error *err)
{
    struct mdm_practice *practice = OPENSSL_zalloc(sizeof *practice);

    if (practice == NULL)
        mdm_error_set(err, MDM_E_FAILED, "out of memory");
    else
        practice->now = now;
    return practice;
}

void mdm_practice_free(struct mdm_practice **practice)
{
    if (practice == NULL || *practice == NULL)
        return;
    for (size_t i = 0; i < MDM_PRACTICE_CA_COUNT; i++) {
        X509_free((*practice)->authorities[i].cert);
        EVP_PKEY_free((*practice)->authorities[i].key);
    }
    OPENSSL_free(*practice);
    *practice = NULL;
}

const char *mdm_practice_ca_name(enum mdm_practice_ca ca)
{
    return mdm_ca_profiles[ca].name;
}

enum mdm_practice_ca mdm_practice_ca_named(const char *name)
{
    int ca = 0;

    while (ca < MDM_PRACTICE_CA_COUNT && strcmp(mdm_ca_profiles[ca].name, name) != 0)
        ca++;
    return (enum mdm_practice_ca)ca;
}

static X509_NAME *ca_subject(const struct mdm_ca_profile *profile, struct mdm_error *err)
{
    X509_NAME *subject = X509_NAME_new();

    if (subject == NULL)
        mdm_ossl_error(err, MDM_E_FAILED, "out of memory");
    for (size_t i = 0; subject != NULL && i < MDM_CA_ATTRIBUTES; i++) {
        const struct mdm_attribute *attribute = &profile->subject[i];

        if (mdm_template_attribute(subject, attribute->nid, attribute->type, attribute->text, strlen(attribute->text),
                                   err) != 0) {
            X509_NAME_free(subject);
            subject = NULL;
        }
    }
    return subject;
}

/* Fills an empty authority. `issuer` NULL: it signs itself. */
static int make_authority(struct mdm_authority *authority, const struct mdm_ca_profile *profile,
                          const struct mdm_authority *issuer, mdm_time now, struct mdm_error *err)
{
    struct mdm_authority made = {0};
    X509_NAME *subject = ca_subject(profile, err);
    int result = -1;

    if (subject == NULL)
        goto done;
    made.key = EVP_RSA_gen(MDM_KEY_BITS);
    if (made.key == NULL) {
        mdm_ossl_error(err, MDM_E_FAILED, "cannot make the key of practice CA %s", profile->name);
        goto done;
    }
    made.cert = mdm_template_sign(
        &(struct mdm_template){
            .subject = subject,
            .public_key = made.key,
            .serial_size = profile->serial_size,
            .not_before = now - profile->days_before * MDM_DAY,
            .not_after = now + profile->days_after * MDM_DAY,
            .ca_name = profile->name,
            .extensions = {profile->extensions},
        },
        issuer != NULL ? issuer : &made, err);
    if (made.cert == NULL)
        goto done;
    *authority = made;
    made = (struct mdm_authority){0}; /* certificate and key belong to the authority now */
    result = 0;
done:
    X509_free(made.cert);
    EVP_PKEY_free(made.key);
    X509_NAME_free(subject);
    return result;
}

const struct mdm_authority *mdm_practice_authority(struct mdm_practice *practice, enum mdm_practice_ca ca,
                                                   struct mdm_error *err)
{
    struct mdm_authority *authority = &practice->authorities[ca];
    const struct mdm_authority *root = NULL;

    if (authority->cert != NULL)
        return authority;
    if (ca != MDM_PRACTICE_ROOT) {
        root = mdm_practice_authority(practice, MDM_PRACTICE_ROOT, err);
        if (root == NULL)
            return NULL;
    }
    return make_authority(authority, &mdm_ca_profiles[ca], root, practice->now, err) == 0 ? authority : NULL;
}

int mdm_practice_complete(struct mdm_practice *practice, struct mdm_error *err)
{
    for (size_t i = 0; i < BUNDLED; i++)
        if (mdm_practice_authority(practice, bundled[i], err) == NULL)
            return -1;
    return mdm_practice_authority(practice, MDM_PRACTICE_PUSH, err) != NULL ? 0 : -1;
}

struct mdm_cert *mdm_practice_ca_cert(struct mdm_practice *practice, enum mdm_practice_ca ca, struct mdm_error *err)
{
    const struct mdm_authority *authority = mdm_practice_authority(practice, ca, err);

    if (authority == NULL)
        return NULL;
    if (X509_up_ref(authority->cert) != 1) {
        mdm_ossl_error(err, MDM_E_FAILED, "cannot hand out the certificate of practice CA %s",
                       mdm_practice_ca_name(ca));
        return NULL;
    }
    return mdm_cert_wrap(authority->cert, err);
}

int mdm_practice_bundle(struct mdm_practice *practice, struct mdm_bytes *pem, struct mdm_error *err)
{
    BIO *out = BIO_new(BIO_s_mem());
    int result = -1;

    for (size_t i = 0; i < BUNDLED_ALWAYS; i++)
        if (mdm_practice_authority(practice, bundled[i], err) == NULL)
            goto done;
    for (size_t i = 0; i < BUNDLED; i++) {
        X509 *cert = practice->authorities[bundled[i]].cert;

        if (cert != NULL && (out == NULL || PEM_write_bio_X509(out, cert) != 1)) {
            mdm_ossl_error(err, MDM_E_FAILED, "cannot write the practice CA certificates");
            goto done;
        }
    }
    result = mdm_ossl_append_bio(pem, out, err);
done:
    BIO_free(out);
    return result;
}

struct mdm_trust *mdm_practice_trust(struct mdm_practice *practice, struct mdm_error *err)
{
    struct mdm_bytes pem = {0};
    struct mdm_trust *trust = NULL;

    if (mdm_practice_bundle(practice, &pem, err) == 0)
        trust = mdm_trust_from_bytes(&pem, "the practice CA certificates", err);
    mdm_bytes_free(&pem);
    return trust;
}

int mdm_practice_save(const struct mdm_practice *practice, struct mdm_bytes *pem, struct mdm_error *err)
{
    BIO *out = mdm_ossl_secure_bio(err);
    int result = -1;

    if (out == NULL)
        return -1;
    for (size_t i = 0; i < MDM_PRACTICE_CA_COUNT; i++) {
        const struct mdm_authority *authority = &practice->authorities[i];

        if (authority->cert == NULL)
            continue;
        if (PEM_write_bio_X509(out, authority->cert) != 1 ||
            PEM_write_bio_PKCS8PrivateKey(out, authority->key, NULL, NULL, 0, mdm_ossl_no_password, NULL) != 1) {
            mdm_ossl_error(err, MDM_E_FAILED, "cannot save the practice CAs");
            goto done;
        }
    }
    result = mdm_ossl_append_bio(pem, out, err);
done:
    BIO_free(out);
    return result;
}

/* Which CA a certificate is, by its subject; MDM_PRACTICE_CA_COUNT: none of ours. */
static int find_ca(const X509 *cert)
{
    int ca;

    for (ca = 0; ca < MDM_PRACTICE_CA_COUNT; ca++) {
        X509_NAME *subject = ca_subject(&mdm_ca_profiles[ca], NULL);
        bool same = subject != NULL && X509_NAME_cmp(subject, X509_get_subject_name(cert)) == 0;

        X509_NAME_free(subject);
        if (same)
            break;
    }
    return ca;
}

/* Reads the next certificate with its key. 1 read, 0 no more, -1 broken. */
static int load_authority(BIO *in, struct mdm_authority *read)
{
    read->cert = PEM_read_bio_X509(in, NULL, mdm_ossl_no_password, NULL);
    if (read->cert == NULL)
        return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE ? 0 : -1;
    read->key = PEM_read_bio_PrivateKey(in, NULL, mdm_ossl_no_password, NULL);
    return read->key != NULL && X509_check_private_key(read->cert, read->key) == 1 ? 1 : -1;
}

static int load_all(struct mdm_practice *practice, BIO *in)
{
    for (;;) {
        struct mdm_authority read = {0};
        int outcome = load_authority(in, &read);
        int ca = outcome == 1 ? find_ca(read.cert) : MDM_PRACTICE_CA_COUNT;

        if (ca < MDM_PRACTICE_CA_COUNT && practice->authorities[ca].cert == NULL) {
            practice->authorities[ca] = read; /* certificate and key belong to the practice now */
            continue;
        }
        X509_free(read.cert);
        EVP_PKEY_free(read.key);
        return outcome == 0 ? 0 : -1;
    }
}

struct mdm_practice *mdm_practice_load(const struct mdm_bytes *pem, mdm_time now, struct mdm_error *err)
{
    struct mdm_practice *practice = mdm_practice_new(now, err);
    BIO *in = practice != NULL ? mdm_ossl_read_bio(pem, err) : NULL;

    ERR_clear_error();
    if (in != NULL && load_all(practice, in) == 0)
        ERR_clear_error(); /* the end of the file */
    else {
        if (in != NULL)
            mdm_ossl_error(err, MDM_E_FAILED, "these are not the CAs of a practice Apple");
        mdm_practice_free(&practice);
    }
    BIO_free(in);
    return practice;
}
