/* PKCS#12 (RFC 7292), read bag by bag: PKCS12_parse returns only the first key, opens nothing when one part is
 * encrypted with RC2, and does not bound the work. */
#include "pki/cert.h"

#include <limits.h>
#include <string.h>

#include "pki/ossl.h"

/* macOS does not accept a MAC salt of 16 bytes. */
#define MAC_SALT_SIZE 8
/* The most encrypted parts. Files in use have one or two. */
#define ENCRYPTED_MAX 8

static PKCS12 *parse(const struct mdm_bytes *file)
{
    const unsigned char *p = file->data;

    return file->size == 0 || file->size > LONG_MAX ? NULL : d2i_PKCS12(NULL, &p, (long)file->size);
}

bool mdm_p12_is(const struct mdm_bytes *file)
{
    MDM_OWNED(mdm_free_PKCS12) PKCS12 *p12 = NULL;

    (void)ERR_set_mark();
    p12 = parse(file);
    (void)ERR_pop_to_mark();
    return p12 != NULL;
}

static void drop(struct mdm_p12 *p12)
{
    while (p12->keys.count > 0)
        mdm_key_free(&p12->keys.items[--p12->keys.count]);
    mdm_certs_free(&p12->certs);
}

void mdm_p12_free(struct mdm_p12 *p12)
{
    drop(p12);
    *p12 = (struct mdm_p12){0};
}

static void describe_key(const PKCS12_SAFEBAG *bag, struct mdm_key_facts *facts)
{
    const ASN1_TYPE *attribute = PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID);

    if (facts->is_key)
        return;
    facts->is_key = true;
    facts->encrypted = PKCS12_SAFEBAG_get_nid(bag) == NID_pkcs8ShroudedKeyBag;
    if (attribute != NULL && attribute->type == V_ASN1_OCTET_STRING &&
        ASN1_STRING_length(attribute->value.octet_string) == 20)
        mdm_hex(ASN1_STRING_get0_data(attribute->value.octet_string), 20, facts->cert_sha1);
}

static void read_key(const PKCS12_SAFEBAG *bag, struct mdm_pbe *pbe, struct mdm_p12 *p12)
{
    struct mdm_keys *keys = &p12->keys;
    struct mdm_key *key = NULL;

    if (mdm_keys_next(keys, pbe->name, &p12->key_problem) == 0)
        key =
            mdm_key_from_pkcs8(pbe, PKCS12_SAFEBAG_get0_pkcs8(bag), PKCS12_SAFEBAG_get0_p8inf(bag), &p12->key_problem);
    if (key != NULL)
        keys->items[keys->count++] = key;
}

static void read_cert(const PKCS12_SAFEBAG *bag, const struct mdm_pbe *pbe, struct mdm_p12 *p12)
{
    X509 *x509 = PKCS12_SAFEBAG_get1_cert(bag);

    if (x509 == NULL)
        mdm_ossl_error(&p12->cert_problem, MDM_E_FAILED, "a certificate in '%s' is damaged", pbe->name);
    else
        (void)mdm_certs_wrap(&p12->certs, x509, &p12->cert_problem);
}

/* Calls itself for bags inside bags: libcrypto parses no more than 30 levels (ASN1_MAX_CONSTRUCTED_NEST). */
static void read_bags(const STACK_OF(PKCS12_SAFEBAG) * bags, bool proven, struct mdm_pbe *pbe, struct mdm_p12 *p12)
{
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        const int kind = PKCS12_SAFEBAG_get_nid(bag);
        const bool is_key = kind == NID_keyBag || kind == NID_pkcs8ShroudedKeyBag;

        if (kind == NID_safeContentsBag)
            read_bags(PKCS12_SAFEBAG_get0_safes(bag), proven, pbe, p12);
        if (is_key)
            describe_key(bag, &p12->shown);
        if (is_key && proven)
            read_key(bag, pbe, p12);
        else if (proven && PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate)
            read_cert(bag, pbe, p12);
    }
}

static void free_bags(STACK_OF(PKCS12_SAFEBAG) * *bags)
{
    sk_PKCS12_SAFEBAG_pop_free(*bags, PKCS12_SAFEBAG_free);
}

static void free_parts(STACK_OF(PKCS7) * *parts)
{
    sk_PKCS7_pop_free(*parts, PKCS7_free);
}

/* All parts; while its password is not `proven`, those that are not encrypted, and only to see what they show. */
static int read_parts(PKCS12 *parsed, bool proven, struct mdm_pbe *pbe, struct mdm_p12 *p12)
{
    MDM_OWNED(free_parts) STACK_OF(PKCS7) *parts = PKCS12_unpack_authsafes(parsed);
    struct mdm_error *err = &p12->key_problem;
    const char *name = pbe->name;
    int encrypted = 0;

    if (parts == NULL)
        return mdm_ossl_error(err, MDM_E_FAILED, "'%s' is damaged", name);
    for (int i = 0; i < sk_PKCS7_num(parts); i++) {
        MDM_OWNED(free_bags) STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
        PKCS7 *part = sk_PKCS7_value(parts, i);
        const PKCS7_ENC_CONTENT *content;
        struct mdm_error why = {0};

        if (PKCS7_type_is_encrypted(part) && proven) {
            content = part->d.encrypted != NULL ? part->d.encrypted->enc_data : NULL;
            if (content == NULL || content->algorithm == NULL || content->enc_data == NULL)
                return mdm_error_set(err, MDM_E_FAILED, "'%s' is damaged: an encrypted part is empty", name);
            if (++encrypted > ENCRYPTED_MAX)
                return mdm_error_set(err, MDM_E_FAILED, "'%s' has more than %d encrypted parts", name, ENCRYPTED_MAX);
            bags = mdm_pbe_decrypt(pbe, content->algorithm, content->enc_data, ASN1_ITEM_rptr(PKCS12_SAFEBAGS), &why);
            if (bags == NULL && why.code != MDM_E_UNSUPPORTED)
                return mdm_error_copy(err, &why);
            if (bags == NULL) /* in most files of this kind the key can be read all the same */
                mdm_error_copy(&p12->cert_problem, &why);
        } else if (PKCS7_type_is_data(part) && (bags = PKCS12_unpack_p7data(part)) == NULL) {
            return mdm_ossl_error(err, MDM_E_FAILED, "'%s' is damaged", name);
        }
        read_bags(bags, proven, pbe, p12);
    }
    return 0;
}

/* Finds the password of the MAC: the one we have, or one of the two ways of having none (RFC 7292 B.1), which are tried
 * unasked only if that is cheap. */
static int prove_password(struct mdm_pbe *pbe, PKCS12 *p12, struct mdm_error *err)
{
    const char *const passwords[] = {pbe->password, NULL, ""};
    const bool given = pbe->password != NULL && pbe->password[0] != '\0';
    /* Where none is given, a file that was named; an empty one was typed. */
    const int64_t most = given                   ? MDM_PBE_UNASKED_MAX
                         : pbe->password == NULL ? MDM_PBE_EMPTY_MAX
                                                 : MDM_PBE_ITERATIONS_MAX;
    const int64_t before = pbe->rounds;
    const ASN1_INTEGER *iterations = NULL;
    const X509_ALGOR *algorithm = NULL;
    size_t count;

    PKCS12_get0_mac(NULL, &algorithm, NULL, &iterations, p12);
    if (mdm_pbe_check(pbe, algorithm, err) != 0 || mdm_pbe_check_iterations(pbe, iterations, err) != 0)
        return -1;
    ERR_clear_error();
    count = before - pbe->rounds > most ? 1 : 3;
    for (size_t i = given ? 0 : 1; i < count; i++) {
        if (PKCS12_verify_mac(p12, passwords[i], MDM_PBE_TERMINATED) != 1)
            continue;
        pbe->password = passwords[i];
        return 0;
    }
    return mdm_pbe_failed(pbe, err);
}

void mdm_p12_open(const struct mdm_bytes *file, struct mdm_pbe *pbe, struct mdm_p12 *p12)
{
    MDM_OWNED(mdm_free_PKCS12) PKCS12 *parsed = parse(file);
    bool proven;

    pbe->is_p12 = true;
    if (parsed == NULL) {
        mdm_ossl_error(&p12->key_problem, MDM_E_FAILED, "'%s' is not a PKCS #12 file, or is damaged", pbe->name);
        return;
    }
    proven = PKCS12_mac_present(parsed) == 0 || prove_password(pbe, parsed, &p12->key_problem) == 0;
    if (read_parts(parsed, proven, pbe, p12) != 0)
        drop(p12); /* nothing in a damaged file counts */
    mdm_wipe_traces();
}

int mdm_p12_make(const struct mdm_key *key, const struct mdm_cert *cert, const struct mdm_secret *password,
                 enum mdm_p12_form form, struct mdm_bytes *out, struct mdm_error *err)
{
    const bool modern = form == MDM_P12_MODERN;
    const int cipher = modern ? NID_aes_256_cbc : NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
    const int rounds = modern ? MDM_KEY_ITERATIONS : PKCS12_DEFAULT_ITER;
    const char *text = password->text;
    MDM_OWNED(mdm_free_PKCS12) PKCS12 *p12 = NULL;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes made = {0};
    MDM_OWNED(mdm_p12_free) struct mdm_p12 read = {0};
    struct mdm_pbe pbe = mdm_pbe_begin("the new PKCS #12 file", password);
    bool has_mac;

    if (!mdm_key_id_equal(&key->id, &cert->facts.key_id))
        return mdm_error_set(err, MDM_E_REFUSED, "the private key does not belong to the certificate of '%s'",
                             cert->facts.subject);
    ERR_clear_error();
    p12 = PKCS12_create_ex(text, NULL, key->pkey, cert->x509, NULL, cipher, cipher, rounds, -1 /* no MAC yet */, 0,
                           NULL, NULL);
    has_mac = p12 != NULL && PKCS12_set_mac(p12, text, MDM_PBE_TERMINATED, NULL, MAC_SALT_SIZE, rounds,
                                            modern ? EVP_sha256() : EVP_sha1()) == 1;
    mdm_wipe_traces();
    if (!has_mac)
        return mdm_ossl_error(err, MDM_E_FAILED, "the PKCS #12 file could not be made");
    if (mdm_ossl_append_der(&made, ASN1_ITEM_rptr(PKCS12), p12, err) != 0)
        return -1;
    mdm_p12_open(&made, &pbe, &read);
    if (read.keys.count == 1 && mdm_key_id_equal(&read.keys.items[0]->id, &cert->facts.key_id) &&
        read.certs.count == 1 && mdm_cert_equal(read.certs.items[0], cert))
        return mdm_bytes_append(out, made.data, made.size, err);
    mdm_error_copy(err, &read.key_problem);
    return mdm_error_set(err, MDM_E_FAILED, "the new PKCS #12 file does not hold what was put into it");
}
