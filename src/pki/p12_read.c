/* Reading PKCS#12 bag by bag. */
#include "pki/p12_read.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <stdio.h>

#include "pki/der.h"
#include "pki/ossl.h"
#include "pki/pbe.h"
#include "pki/rsa.h"

/* Bags may hold bags; nobody nests them deeper than once. */
#define DEPTH_MAX 4
/* Encrypted parts that are opened. Files in the field have one or two. */
#define ENCRYPTED_MAX 8

/* One reading of one file. */
struct reading {
    const char *name;
    const char *password; /* NULL is another password than "" here (RFC 7292 B.1) */
    int password_size;
    bool proven;    /* the MAC was right, so that the password is */
    int64_t rounds; /* of key derivation that are left */
    enum mdm_p12_want want;
    struct mdm_p12_contents *contents;
    struct mdm_error *err;
};

bool mdm_p12_is(const struct mdm_bytes *file)
{
    struct mdm_der rest = {file->data, file->size}, body, version;
    const unsigned char *p = file->data;
    PKCS12 *p12;

    /* Java and Windows write indefinite lengths (BER), which only libcrypto's own reader takes. */
    if (mdm_der_take(&rest, V_ASN1_SEQUENCE, &body))
        return mdm_der_take(&body, V_ASN1_INTEGER, &version) && version.size == 1 && version.data[0] == 3 &&
               mdm_der_at(&body, V_ASN1_SEQUENCE);
    if (file->size < 2 || file->size > LONG_MAX || p[0] != (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED) || p[1] != 0x80)
        return false;
    (void)ERR_set_mark();
    p12 = d2i_PKCS12(NULL, &p, (long)file->size);
    (void)ERR_pop_to_mark();
    PKCS12_free(p12);
    return p12 != NULL;
}

static PKCS12 *parse(const struct mdm_bytes *file)
{
    const unsigned char *p = file->data;

    return file->size == 0 || file->size > LONG_MAX ? NULL : d2i_PKCS12(NULL, &p, (long)file->size);
}

void mdm_p12_contents_free(struct mdm_p12_contents *contents)
{
    EVP_PKEY_free(contents->pkey);
    sk_X509_pop_free(contents->certs, X509_free);
    *contents = (struct mdm_p12_contents){0};
}

/* The error of a part that could not be decrypted. */
static int decryption_failed(struct reading *r)
{
    if (r->password == NULL && !r->proven) {
        ERR_clear_error();
        return mdm_pbe_missing(r->name, r->err);
    }
    return mdm_pbe_failed(r->name, r->err);
}

static int read_shrouded_key(struct reading *r, const PKCS12_SAFEBAG *bag)
{
    const X509_SIG *encrypted = PKCS12_SAFEBAG_get0_pkcs8(bag);
    const X509_ALGOR *algorithm;
    PKCS8_PRIV_KEY_INFO *pkcs8;

    X509_SIG_get0(encrypted, &algorithm, NULL);
    if (mdm_pbe_check(algorithm, &r->rounds, r->name, r->err) != 0)
        return -1;
    ERR_clear_error();
    pkcs8 = PKCS12_decrypt_skey(bag, r->password, r->password_size);
    if (pkcs8 == NULL)
        return decryption_failed(r);
    r->contents->pkey = mdm_rsa_from_pkcs8(pkcs8, r->name, r->err);
    PKCS8_PRIV_KEY_INFO_free(pkcs8);
    return r->contents->pkey == NULL ? -1 : 0;
}

static int read_clear_key(struct reading *r, const PKCS12_SAFEBAG *bag)
{
    r->contents->pkey = mdm_rsa_from_pkcs8(PKCS12_SAFEBAG_get0_p8inf(bag), r->name, r->err);
    return r->contents->pkey == NULL ? -1 : 0;
}

static int read_cert(struct reading *r, const PKCS12_SAFEBAG *bag)
{
    X509 *x509;

    if (r->want == MDM_P12_KEY || PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
        return 0;
    x509 = PKCS12_SAFEBAG_get1_cert(bag);
    if (x509 == NULL || sk_X509_push(r->contents->certs, x509) <= 0) {
        X509_free(x509);
        return mdm_ossl_error(r->err, MDM_E_FAILED, "a certificate in '%s' is damaged", r->name);
    }
    return 0;
}

/* The bags inside a bag are of the same kind as those inside a part, so this comes back to itself, to a depth. */
static int read_bags(struct reading *r, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth)
{
    int result =
        depth > DEPTH_MAX ? mdm_error_set(r->err, MDM_E_FAILED, "the parts of '%s' are nested too deeply", r->name) : 0;

    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags) && result == 0; i++) {
        const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);

        switch (PKCS12_SAFEBAG_get_nid(bag)) {
        case NID_keyBag:
            result = r->contents->pkey == NULL ? read_clear_key(r, bag) : 0;
            break;
        case NID_pkcs8ShroudedKeyBag:
            result = r->contents->pkey == NULL ? read_shrouded_key(r, bag) : 0;
            break;
        case NID_certBag:
            result = read_cert(r, bag);
            break;
        case NID_safeContentsBag:
            result = read_bags(r, PKCS12_SAFEBAG_get0_safes(bag), depth + 1);
            break;
        default:
            break;
        }
    }
    return result;
}

/* Decrypts one part. *bags stays NULL without an error when it can be done without. */
static int decrypt_part(struct reading *r, PKCS7 *part, STACK_OF(PKCS12_SAFEBAG) * *bags)
{
    const PKCS7_ENCRYPT *encrypted = part->d.encrypted;

    if (encrypted == NULL || encrypted->enc_data == NULL || encrypted->enc_data->algorithm == NULL)
        return mdm_error_set(r->err, MDM_E_FAILED, "'%s' is damaged: an encrypted part is empty", r->name);
    if (mdm_pbe_check(encrypted->enc_data->algorithm, &r->rounds, r->name, r->err) != 0)
        return -1;
    ERR_clear_error();
    *bags = PKCS12_unpack_p7encdata(part, r->password, r->password_size);
    if (*bags != NULL)
        return 0;
    if (r->proven && r->want == MDM_P12_KEY) {
        ERR_clear_error();
        return 0;
    }
    return decryption_failed(r);
}

static int read_part(struct reading *r, PKCS7 *part, int *encrypted)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    int result = 0;

    if (PKCS7_type_is_data(part)) {
        bags = PKCS12_unpack_p7data(part);
        if (bags == NULL)
            return mdm_ossl_error(r->err, MDM_E_FAILED, "'%s' is damaged", r->name);
    } else if (PKCS7_type_is_encrypted(part)) {
        if (++*encrypted > ENCRYPTED_MAX)
            return mdm_error_set(r->err, MDM_E_FAILED, "'%s' has more than %d encrypted parts", r->name, ENCRYPTED_MAX);
        result = decrypt_part(r, part, &bags);
    }
    if (result == 0)
        result = read_bags(r, bags, 0);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return result;
}

static int read_parts(struct reading *r, const PKCS12 *p12)
{
    STACK_OF(PKCS7) *parts = PKCS12_unpack_authsafes(p12);
    int encrypted = 0, result = 0;

    if (parts == NULL)
        return mdm_ossl_error(r->err, MDM_E_FAILED, "'%s' is damaged", r->name);
    for (int i = 0; i < sk_PKCS7_num(parts) && result == 0; i++)
        result = read_part(r, sk_PKCS7_value(parts, i), &encrypted);
    sk_PKCS7_pop_free(parts, PKCS7_free);
    return result;
}

static bool mac_fits(struct reading *r, PKCS12 *p12, const char *password, int size)
{
    r->password = password;
    r->password_size = size;
    r->proven = PKCS12_verify_mac(p12, password, size) == 1;
    return r->proven;
}

/* Finds the password that the MAC was made with: the one we have, or for none both ways of having none. */
static int prove_password(struct reading *r, PKCS12 *p12, const struct mdm_secret *password)
{
    bool none = password == NULL || mdm_secret_size(password) == 0;
    const ASN1_INTEGER *iterations = NULL;
    const X509_ALGOR *algorithm = NULL;

    if (!none) {
        r->password = mdm_secret_text(password);
        r->password_size = (int)mdm_secret_size(password);
    }
    if (PKCS12_mac_present(p12) != 1)
        return 0;
    PKCS12_get0_mac(NULL, &algorithm, NULL, &iterations, p12);
    if (mdm_pbe_check(algorithm, &r->rounds, r->name, r->err) != 0 ||
        mdm_pbe_check_iterations(iterations, &r->rounds, r->name, r->err) != 0)
        return -1;
    ERR_clear_error();
    if (none ? mac_fits(r, p12, NULL, 0) || mac_fits(r, p12, "", 0) : mac_fits(r, p12, r->password, r->password_size))
        return 0;
    if (password == NULL) {
        ERR_clear_error();
        return mdm_pbe_missing(r->name, r->err);
    }
    return mdm_pbe_failed(r->name, r->err);
}

int mdm_p12_read(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                 enum mdm_p12_want want, struct mdm_p12_contents *contents, struct mdm_error *err)
{
    struct reading r = {.name = name, .rounds = MDM_PBE_ITERATIONS_MAX, .want = want, .contents = contents, .err = err};
    PKCS12 *p12;
    int result = -1;

    ERR_clear_error();
    *contents = (struct mdm_p12_contents){0};
    p12 = parse(file);
    if (p12 == NULL)
        return mdm_ossl_error(err, MDM_E_FAILED, "'%s' is not a PKCS#12 file, or a damaged one", name);
    contents->certs = sk_X509_new_null();
    if (contents->certs == NULL)
        (void)mdm_ossl_error(err, MDM_E_FAILED, "out of memory");
    else if (prove_password(&r, p12, password) == 0)
        result = read_parts(&r, p12);
    PKCS12_free(p12);
    if (result != 0)
        mdm_p12_contents_free(contents);
    return result;
}

static void format_local_key_id(const PKCS12_SAFEBAG *bag, char sha1[41])
{
    const ASN1_TYPE *attribute = PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID);
    const ASN1_OCTET_STRING *id =
        attribute != NULL && attribute->type == V_ASN1_OCTET_STRING ? attribute->value.octet_string : NULL;

    sha1[0] = '\0';
    if (id == NULL || ASN1_STRING_length(id) != 20)
        return;
    for (size_t i = 0; i < 20; i++)
        (void)snprintf(sha1 + 2 * i, 3, "%02x", ASN1_STRING_get0_data(id)[i]);
}

static bool part_shows_key(PKCS7 *part, char sha1[41])
{
    STACK_OF(PKCS12_SAFEBAG) *bags = PKCS7_type_is_data(part) ? PKCS12_unpack_p7data(part) : NULL;
    bool found = false;

    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags) && !found; i++) {
        const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        int kind = PKCS12_SAFEBAG_get_nid(bag);

        found = kind == NID_keyBag || kind == NID_pkcs8ShroudedKeyBag;
        if (found)
            format_local_key_id(bag, sha1);
    }
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return found;
}

bool mdm_p12_shows_key(const struct mdm_bytes *file, char sha1[41])
{
    PKCS12 *p12;
    STACK_OF(PKCS7) * parts;
    bool found = false;

    sha1[0] = '\0';
    (void)ERR_set_mark();
    p12 = parse(file);
    parts = p12 == NULL ? NULL : PKCS12_unpack_authsafes(p12);
    for (int i = 0; i < sk_PKCS7_num(parts) && !found; i++)
        found = part_shows_key(sk_PKCS7_value(parts, i), sha1);
    sk_PKCS7_pop_free(parts, PKCS7_free);
    PKCS12_free(p12);
    (void)ERR_pop_to_mark();
    return found;
}
