/* Reading files with private keys, in all the forms in which people have them, and making PKCS#12, which is read back.
 * PKCS#12 (RFC 7292) is read bag by bag: PKCS12_parse returns only the first key, opens nothing when one part is
 * encrypted with RC2, and does not bound the work. */
#include <string.h>

#include "base/text.h"
#include "pki/ossl.h"

#define EXPECTED ": expected an RSA key in PKCS #8, PKCS #1 or PKCS #12"
#define RIGHT_KEY                                                                                                      \
    "Put the right key file there, from a backup or from where it was made; Apple's portals accept only RSA keys "     \
    "with %d bits."

/* The most for trying a PKCS#12 file without a password, beside a given one or in a look at a folder: exports without
 * one have about 2,000 for each part. And where none is given and the file was named. */
#define UNASKED_MAX 10000
#define EMPTY_MAX   (MDM_PBE_ITERATIONS_MAX / 2)

/* One block of scrypt takes as long as this many rounds of PBKDF2. */
#define SCRYPT_ROUNDS 4
#define SCRYPT_MAX    ((uint64_t)1 << 20)

/* The most encrypted parts of a PKCS#12 file. Files in use have one or two. */
#define ENCRYPTED_MAX 8

/* A file that is being read, and the private key in it that is at hand. */
struct reading {
    const struct mdm_bytes *file;
    struct mdm_pbe pbe;
    struct mdm_p12 *held; /* what was read */
    size_t tried;         /* keys, whether or not they could be opened */
    size_t at;            /* where to look for the next one */
    bool found;           /* at least one */
    enum mdm_key_form form;
    struct mdm_pem_block block; /* that it is in, unless it is the whole file */
    struct mdm_bytes header;    /* how it is encrypted, if it is in the traditional way */
    struct mdm_bytes der;
    bool proven;   /* of PKCS#12: the password is right, or there is no MAC */
    int encrypted; /* its encrypted parts so far */
};

static void end_reading(struct reading *r)
{
    mdm_bytes_free(&r->header);
    mdm_bytes_free(&r->der);
}

void mdm_p12_free(struct mdm_p12 *p12)
{
    while (p12->keys.count > 0)
        mdm_key_free(&p12->keys.items[--p12->keys.count]);
    mdm_certs_free(&p12->certs);
}

static int spend(struct mdm_pbe *pbe, int64_t rounds, struct mdm_error *err)
{
    if (rounds <= pbe->rounds) {
        pbe->rounds -= rounds;
        return 0;
    }
    return mdm_error_set(err, MDM_E_FAILED,
                         "'%s' asks for more key derivation rounds than the limit of %d" MDM_HINT
                         "Ordinary tools do not make such files: check where it came from.",
                         pbe->name, MDM_PBE_ITERATIONS_MAX);
}

/* A number of iterations, 1 when it is left out; more than any limit when it is none. */
static int64_t count_of(const ASN1_INTEGER *iterations)
{
    int64_t count = 1;

    return iterations == NULL || (ASN1_INTEGER_get_int64(&count, iterations) == 1 && count >= 1) ? count : INT64_MAX;
}

/* The rounds that an algorithm asks for; 0 for a digest, which costs nothing, and for what libcrypto does not know: it
 * will say so. -1: its parameters are malformed. */
static int64_t rounds_of(const X509_ALGOR *algorithm)
{
    uint64_t n, r, p;

    if (algorithm->parameter == NULL || algorithm->parameter->type != V_ASN1_SEQUENCE)
        return OBJ_obj2nid(algorithm->algorithm) == NID_pbes2 ? -1 : 0;
    /* PBES2 and PBMAC1 have two algorithms (RFC 8018 A.4, A.5), all others that libcrypto knows a salt and rounds, as
     * PBKDF2 does. */
    MDM_OWNED(mdm_free_PBE2PARAM)
    PBE2PARAM *pbe2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
    const X509_ALGOR *kdf = pbe2 != NULL ? pbe2->keyfunc : algorithm;
    const int nid = OBJ_obj2nid(kdf->algorithm);
    ERR_clear_error();
    if (nid == NID_id_scrypt) {
        MDM_OWNED(mdm_free_SCRYPT_PARAMS)
        SCRYPT_PARAMS *scrypt = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), kdf->parameter);

        if (scrypt == NULL || ASN1_INTEGER_get_uint64(&n, scrypt->costParameter) != 1 ||
            ASN1_INTEGER_get_uint64(&r, scrypt->blockSize) != 1 ||
            ASN1_INTEGER_get_uint64(&p, scrypt->parallelizationParameter) != 1)
            return -1;
        if (n < 1 || r < 1 || p < 1 || n > SCRYPT_MAX || r > SCRYPT_MAX || p > SCRYPT_MAX || n * r > SCRYPT_MAX ||
            n * r * p > SCRYPT_MAX)
            return INT64_MAX;
        return (int64_t)(n * r * p) * SCRYPT_ROUNDS;
    }
    if (pbe2 != NULL && nid != NID_id_pbkdf2)
        return 0;
    MDM_OWNED(mdm_free_PBKDF2PARAM)
    PBKDF2PARAM *param =
        nid != NID_pbes2 ? ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), kdf->parameter) : NULL;
    return param != NULL ? count_of(param->iter) : nid == NID_undef ? 0 : -1;
}

int mdm_pbe_check(struct mdm_pbe *pbe, const X509_ALGOR *algorithm, struct mdm_error *err)
{
    const int64_t rounds = rounds_of(algorithm);

    if (rounds < 0)
        return mdm_ossl_error(err, MDM_E_FAILED, "the encryption of '%s' has malformed parameters", pbe->name);
    ERR_clear_error();
    return spend(pbe, rounds, err);
}

/* True when the first error in the queue is that an algorithm is not available. */
static bool is_unsupported(void)
{
#define REASON(lib, reason) ERR_PACK(ERR_LIB_##lib, 0, lib##_R_##reason)
    static const unsigned long reasons[] = {
        REASON(EVP, UNKNOWN_PBE_ALGORITHM), REASON(EVP, UNSUPPORTED_CIPHER),
        REASON(EVP, UNSUPPORTED_PRF),       REASON(EVP, UNSUPPORTED_KEY_DERIVATION_FUNCTION),
        REASON(EVP, UNSUPPORTED_KEYLENGTH), REASON(EVP, UNSUPPORTED_SALT_TYPE),
        REASON(EVP, UNSUPPORTED_ALGORITHM), REASON(EVP, UNKNOWN_CIPHER),
        REASON(EVP, UNKNOWN_DIGEST),        REASON(PKCS12, UNKNOWN_DIGEST_ALGORITHM),
        REASON(PEM, UNSUPPORTED_CIPHER),    REASON(PEM, UNSUPPORTED_ENCRYPTION),
    };
#undef REASON
    const unsigned long code = ERR_peek_error();
    const int reason = ERR_GET_REASON(code);

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (ERR_PACK(ERR_GET_LIB(code), 0, reason) == reasons[i])
            return true;
    return reason == ERR_R_UNSUPPORTED || reason == ERR_R_FETCH_FAILED;
}

/* After a decryption failed: tells an algorithm that is not available (MDM_E_UNSUPPORTED) from a missing or wrong
 * password or a damaged file (MDM_E_PASSWORD), and drains the queue. Returns -1. */
static int refuse(const struct reading *r, struct mdm_error *err)
{
    static const char *const p12[] = {"pkcs12 -legacy", "-out new.pem", "new.pem"};
    static const char *const key[] = {"pkey -provider legacy -provider default", "-aes256 -out new.key", "new.key"};
    const char *const *words = r->form == MDM_KEY_PKCS12 ? p12 : key;

    if (is_unsupported())
        return mdm_ossl_error(err, MDM_E_UNSUPPORTED,
                              "'%s' is encrypted with an algorithm that libcrypto does not offer here" MDM_HINT
                              "Convert it with `openssl %s -in %s %s`, and use %s.",
                              r->pbe.name, words[0], MDM_QUOTED(r->pbe.name), words[1], words[2]);
    if (r->pbe.password != NULL)
        return mdm_ossl_error_plain(err, MDM_E_PASSWORD, "the password for '%s' is wrong (or the file is damaged)",
                                    r->pbe.name);
    ERR_clear_error();
    return mdm_error_set(err, MDM_E_PASSWORD, "'%s' is encrypted and needs a password", r->pbe.name);
}

/* Decrypts within these bounds and parses what it is, if need be with legacy algorithms. */
static void *decrypt(struct reading *r, const X509_ALGOR *algorithm, const ASN1_OCTET_STRING *data,
                     const ASN1_ITEM *type, struct mdm_error *err)
{
    void *made = NULL;

    if (mdm_pbe_check(&r->pbe, algorithm, err) != 0)
        return NULL;
    if (r->pbe.password != NULL || r->form == MDM_KEY_PKCS12)
        made = PKCS12_item_decrypt_d2i(algorithm, type, r->pbe.password, MDM_PBE_TERMINATED, data, 1);
    if (made == NULL && is_unsupported() && OBJ_obj2nid(algorithm->algorithm) != NID_pbes2) { /* it is not that old */
        /* Where they are installed, libcrypto's legacy algorithms (RC2-40, single DES) are tried in a context of their
         * own; its queue then says why it failed with them. */
        MDM_OWNED(mdm_free_OSSL_LIB_CTX) OSSL_LIB_CTX *ctx = OSSL_LIB_CTX_new();
        MDM_OWNED(mdm_free_OSSL_PROVIDER) OSSL_PROVIDER *usual = NULL, *legacy = NULL;

        (void)ERR_set_mark();
        if (ctx != NULL && (usual = OSSL_PROVIDER_load(ctx, "default")) != NULL)
            legacy = OSSL_PROVIDER_load(ctx, "legacy");
        (void)ERR_pop_to_mark();
        if (legacy != NULL) {
            ERR_clear_error();
            made = PKCS12_item_decrypt_d2i_ex(algorithm, type, r->pbe.password, MDM_PBE_TERMINATED, data, 1, ctx, NULL);
        }
    }
    if (made == NULL)
        refuse(r, err);
    return made;
}

static enum mdm_key_form form_of_label(const struct mdm_pem_block *block)
{
    if (mdm_pem_is(block, PEM_STRING_PKCS8))
        return MDM_KEY_PKCS8_ENCRYPTED;
    if (mdm_pem_is(block, PEM_STRING_PKCS8INF))
        return MDM_KEY_PKCS8;
    if (mdm_pem_is(block, PEM_STRING_RSA))
        return MDM_KEY_PKCS1;
    return mdm_pem_ends(block, "PRIVATE KEY") ? MDM_KEY_FOREIGN : MDM_KEY_NONE;
}

/* Goes to the next key of the file; false when there is none. *err is why one was passed over. */
static bool next_key(struct reading *r, struct mdm_error *err)
{
    const struct mdm_bytes *file = r->file;

    while (mdm_pem_next(file, &r->at, &r->block)) {
        struct mdm_error why = {0};

        r->form = form_of_label(&r->block);
        if (r->form == MDM_KEY_NONE)
            continue;
        r->found = true;
        end_reading(r);
        if (r->form == MDM_KEY_FOREIGN || mdm_pem_decode(&r->block, &r->der, &r->header, &why) == 0)
            return true;
        if (why.code != MDM_E_MEMORY)
            mdm_error_context(&why, "the private key in '%s' is damaged or incomplete", r->pbe.name);
        mdm_error_copy(err, &why);
    }
    if (r->found)
        return false;
    /* A file without a PEM block of a key: DER, or its base64 alone, as people keep it in variables of CI systems. */
    const bool is_der = file->size > 0 && file->data[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED);
    if (is_der ? mdm_bytes_append(&r->der, file->data, file->size, err) != 0
               : mdm_pem_find(file->data, file->size, "-----") != NULL ||
                     mdm_base64_decode(file->data, file->size, &r->der, NULL) != 0)
        return false;
    r->form = mdm_key_form_of(&r->der);
    r->found = r->form >= MDM_KEY_PKCS8_ENCRYPTED;
    return r->found;
}

/* The id in the "PUBLIC KEY" block that follows the key in our files. */
static bool find_public_id(const struct reading *r, struct mdm_key_id *id)
{
    struct mdm_pem_block block;

    for (size_t at = r->at; mdm_pem_next(r->file, &at, &block) && form_of_label(&block) == MDM_KEY_NONE;) {
        MDM_OWNED(mdm_bytes_free) struct mdm_bytes der = {0};

        if (mdm_pem_is(&block, PEM_STRING_PUBLIC) && mdm_pem_decode(&block, &der, NULL, NULL) == 0)
            return mdm_ossl_sha256(der.data, der.size, id->sha256, NULL) == 0;
    }
    return false;
}

/* The traditional form. The key derivation is one round of MD5, so there is no work to bound, and one wrong password in
 * 256 decrypts to valid padding: so whatever fails after it is taken for a wrong password. It is decrypted in place. */
static struct mdm_key *open_encrypted_pkcs1(struct reading *r, struct mdm_error *err)
{
    long size = (long)r->der.size;
    EVP_CIPHER_INFO cipher = {0};
    struct mdm_error why = {0};
    struct mdm_key *key = NULL;
    char *password;

    memcpy(&password, &r->pbe.password, sizeof password); /* casts const away: it is not changed */
    if (PEM_get_EVP_CIPHER_INFO((char *)r->header.data, &cipher) == 1 && password != NULL &&
        PEM_do_header(&cipher, r->der.data, &size, NULL, password) == 1 && size >= 0)
        key = mdm_key_from_pkcs1((struct mdm_der){r->der.data, (size_t)size}, r->pbe.name, &why);
    if (key == NULL)
        (void)(why.code == MDM_E_MEMORY ? mdm_error_memory(err) : refuse(r, err));
    return key;
}

/* Opens the key at hand, or that of a PKCS#12 bag: PKCS#8 is `encrypted` or not; the other one is NULL, and both for a
 * damaged one and for PKCS#1. */
static void open_key(struct reading *r, const X509_SIG *encrypted, const PKCS8_PRIV_KEY_INFO *pkcs8)
{
    const char *name = r->pbe.name;
    struct mdm_keys *keys = &r->held->keys;
    struct mdm_error *err = &r->held->key_problem;
    const X509_ALGOR *algorithm;
    const ASN1_OCTET_STRING *data;
    const ASN1_OBJECT *type;
    const unsigned char *rsa;
    struct mdm_key_id shown;
    char kind[64];
    int size;

    if (r->tried++ >= MDM_KEYS_MAX) {
        mdm_error_set(err, MDM_E_FAILED, "'%s' holds more than %d private keys", name, MDM_KEYS_MAX);
        return;
    }
    MDM_OWNED(mdm_free_PKCS8_PRIV_KEY_INFO) PKCS8_PRIV_KEY_INFO *decrypted = NULL;
    if (encrypted != NULL) {
        X509_SIG_get0(encrypted, &algorithm, &data);
        pkcs8 = decrypted = decrypt(r, algorithm, data, ASN1_ITEM_rptr(PKCS8_PRIV_KEY_INFO), err);
        if (pkcs8 == NULL)
            return;
    }
    MDM_OWNED(mdm_key_free) struct mdm_key *key = NULL;
    if (r->form == MDM_KEY_PKCS1) {
        key = r->header.size > 0 ? open_encrypted_pkcs1(r, err) : mdm_key_from_pkcs1(mdm_der_of(&r->der), name, err);
    } else if (pkcs8 == NULL || PKCS8_pkey_get0(&type, &rsa, &size, NULL, pkcs8) != 1 || size < 0) {
        mdm_ossl_error(err, MDM_E_FAILED, "the private key in '%s' is damaged", name);
    } else if (OBJ_obj2nid(type) == NID_rsaEncryption) {
        key = mdm_key_from_pkcs1((struct mdm_der){rsa, (size_t)size}, name, err);
    } else {
        (void)OBJ_obj2txt(kind, sizeof kind, type, 0);
        mdm_error_set(err, MDM_E_REFUSED, "the private key in '%s' is of type %s: expected RSA", name,
                      OBJ_obj2nid(type) == NID_X9_62_id_ecPublicKey ? "EC" : kind);
    }
    if (key != NULL && find_public_id(r, &shown) && !mdm_key_id_equal(&shown, &key->id))
        mdm_error_set(err, MDM_E_FAILED, "'%s' is damaged: its public key does not belong to its private key", name);
    else if (key != NULL)
        keys->items[keys->count++] = mdm_take_at(&key);
}

/* Calls itself for bags inside bags: libcrypto parses no more than 30 levels (ASN1_MAX_CONSTRUCTED_NEST). */
static void read_bags(struct reading *r, const STACK_OF(PKCS12_SAFEBAG) * bags)
{
    struct mdm_p12 *held = r->held;

    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        const ASN1_TYPE *id = PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID);
        const int kind = PKCS12_SAFEBAG_get_nid(bag);
        const bool is_key = kind == NID_keyBag || kind == NID_pkcs8ShroudedKeyBag;

        if (kind == NID_safeContentsBag)
            read_bags(r, PKCS12_SAFEBAG_get0_safes(bag));
        if (is_key && !held->shown.is_key) {
            held->shown = (struct mdm_key_facts){.is_key = true, .encrypted = kind == NID_pkcs8ShroudedKeyBag};
            if (id != NULL && id->type == V_ASN1_OCTET_STRING && ASN1_STRING_length(id->value.octet_string) == 20)
                mdm_hex(ASN1_STRING_get0_data(id->value.octet_string), 20, held->shown.cert_sha1);
        }
        if (is_key && r->proven) {
            open_key(r, PKCS12_SAFEBAG_get0_pkcs8(bag), PKCS12_SAFEBAG_get0_p8inf(bag));
        } else if (r->proven && PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate) {
            X509 *x509 = PKCS12_SAFEBAG_get1_cert(bag);

            if (x509 == NULL)
                mdm_ossl_error(&held->cert_problem, MDM_E_FAILED, "a certificate in '%s' is damaged", r->pbe.name);
            else
                (void)mdm_certs_wrap(&held->certs, x509, &held->cert_problem);
        }
    }
}

/* The bags of one part; while its password is not proven, of one that is not encrypted, and only to see what they
 * show. */
static int unpack(struct reading *r, PKCS7 *part, STACK_OF(PKCS12_SAFEBAG) * *bags)
{
    struct mdm_error *err = &r->held->key_problem, why = {0};
    const char *name = r->pbe.name;

    if (PKCS7_type_is_data(part) && (*bags = PKCS12_unpack_p7data(part)) == NULL)
        return mdm_ossl_error(err, MDM_E_FAILED, "'%s' is damaged", name);
    if (!PKCS7_type_is_encrypted(part) || !r->proven)
        return 0;
    const PKCS7_ENC_CONTENT *content = part->d.encrypted != NULL ? part->d.encrypted->enc_data : NULL;
    if (content == NULL || content->algorithm == NULL || content->enc_data == NULL)
        return mdm_error_set(err, MDM_E_FAILED, "'%s' is damaged: an encrypted part is empty", name);
    if (++r->encrypted > ENCRYPTED_MAX)
        return mdm_error_set(err, MDM_E_FAILED, "'%s' has more than %d encrypted parts", name, ENCRYPTED_MAX);
    *bags = decrypt(r, content->algorithm, content->enc_data, ASN1_ITEM_rptr(PKCS12_SAFEBAGS), &why);
    if (*bags != NULL)
        return 0;
    if (why.code != MDM_E_UNSUPPORTED)
        return mdm_error_copy(err, &why);
    mdm_error_copy(&r->held->cert_problem, &why); /* in most files of this kind the key can be read all the same */
    return 0;
}

/* Finds the password of the MAC: the one we have, or one of the two ways of having none (RFC 7292 B.1), which are tried
 * unasked only if that is cheap. */
static int prove_password(struct reading *r, PKCS12 *p12)
{
    struct mdm_error *err = &r->held->key_problem;
    struct mdm_pbe *pbe = &r->pbe;
    const char *const passwords[] = {pbe->password, NULL, ""};
    const bool given = pbe->password != NULL && pbe->password[0] != '\0';
    /* Where none is given, a file that was named; an empty one was typed. */
    const int64_t most = given ? UNASKED_MAX : pbe->password == NULL ? EMPTY_MAX : MDM_PBE_ITERATIONS_MAX;
    const int64_t before = pbe->rounds;
    const ASN1_INTEGER *iterations = NULL;
    const X509_ALGOR *algorithm = NULL;

    PKCS12_get0_mac(NULL, &algorithm, NULL, &iterations, p12);
    if (mdm_pbe_check(pbe, algorithm, err) != 0 || spend(pbe, count_of(iterations), err) != 0)
        return -1;
    const size_t count = before - pbe->rounds > most ? 1 : 3;
    for (size_t i = given ? 0 : 1; i < count; i++) {
        if (PKCS12_verify_mac(p12, passwords[i], MDM_PBE_TERMINATED) != 1)
            continue;
        pbe->password = passwords[i];
        return 0;
    }
    return refuse(r, err);
}

static void read_p12(struct reading *r)
{
    const unsigned char *p = r->der.data;
    MDM_OWNED(mdm_free_PKCS12) PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)r->der.size);

    r->proven = p12 != NULL && (PKCS12_mac_present(p12) == 0 || prove_password(r, p12) == 0);
    STACK_OF(PKCS7) *parts = p12 != NULL ? PKCS12_unpack_authsafes(p12) : NULL;
    int result =
        parts != NULL ? 0 : mdm_ossl_error(&r->held->key_problem, MDM_E_FAILED, "'%s' is damaged", r->pbe.name);
    for (int i = 0; result == 0 && i < sk_PKCS7_num(parts); i++) {
        STACK_OF(PKCS12_SAFEBAG) *bags = NULL;

        result = unpack(r, sk_PKCS7_value(parts, i), &bags);
        read_bags(r, bags);
        sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    }
    sk_PKCS7_pop_free(parts, PKCS7_free);
    if (result != 0)
        mdm_p12_free(r->held); /* nothing in a damaged file counts */
    mdm_wipe_traces();
}

/* Reads the key at hand; of PKCS#12 all keys and certificates. */
static void read_key(struct reading *r)
{
    static const char ssh[] = "OPENSSH PRIVATE KEY";
    const char *name = r->pbe.name;
    struct mdm_error *err = &r->held->key_problem;
    const unsigned char *p = r->der.data;
    const long size = (long)r->der.size;

    if (r->form == MDM_KEY_PKCS12) {
        read_p12(r);
    } else if (r->form != MDM_KEY_FOREIGN) {
        MDM_OWNED(mdm_free_X509_SIG)
        X509_SIG *encrypted = r->form == MDM_KEY_PKCS8_ENCRYPTED ? d2i_X509_SIG(NULL, &p, size) : NULL;
        MDM_OWNED(mdm_free_PKCS8_PRIV_KEY_INFO)
        PKCS8_PRIV_KEY_INFO *pkcs8 = r->form == MDM_KEY_PKCS8 ? d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, size) : NULL;

        open_key(r, encrypted, pkcs8);
    } else if (mdm_pem_is(&r->block, ssh)) {
        mdm_error_set(err, MDM_E_REFUSED,
                      "'%s' holds an '%s'" EXPECTED MDM_HINT
                      "If it is an RSA key, convert a copy of it: `cp %s new.key && ssh-keygen -p -m PEM "
                      "-f new.key`, and use new.key.",
                      name, ssh, MDM_QUOTED(name));
    } else {
        mdm_error_set(err, MDM_E_REFUSED, "'%s' holds an '%.*s'" EXPECTED, name, (int)r->block.label_size,
                      r->block.label);
    }
}

static void report_none(const struct mdm_bytes *file, const char *name, struct mdm_error *err)
{
    /* The command that converts a file to a form that is read here; the file's name goes between the halves. */
    static const struct {
        enum mdm_filekind kind;
        const char *before, *after;
    } conversions[] = {
        {MDM_FILEKIND_JKS, "keytool -importkeystore -srckeystore ", " -destkeystore new.key -deststoretype PKCS12"},
        {MDM_FILEKIND_JCEKS, "keytool -importkeystore -srcstoretype JCEKS -srckeystore ",
         " -destkeystore new.key -deststoretype PKCS12"},
        {MDM_FILEKIND_PUTTY, "puttygen ", " -O private-openssh -o new.key"},
        {MDM_FILEKIND_KEYCHAIN, "security export -t identities -f pkcs12 -o new.key -k ", ""},
        {MDM_FILEKIND_UTF16, "iconv -f UTF-16 -t UTF-8 ", " > new.key"},
    };
    const enum mdm_filekind kind = mdm_filekind_of(file);

    mdm_error_set(err, MDM_E_FAILED, "there is no readable private key in '%s': it is %s", name,
                  mdm_filekind_words(kind));
    for (size_t i = 0; i < sizeof conversions / sizeof conversions[0]; i++)
        if (conversions[i].kind == kind)
            mdm_error_hint(err, "Convert it with `%s%s%s`, and use new.key.", conversions[i].before, MDM_QUOTED(name),
                           conversions[i].after);
}

int mdm_keys_from_bytes(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                        struct mdm_p12 *held, struct mdm_error *err)
{
    MDM_OWNED(end_reading)
    struct reading r = {
        .file = file,
        .pbe = {.name = name, .password = password != NULL ? password->text : NULL, .rounds = MDM_PBE_ITERATIONS_MAX},
        .held = held};
    struct mdm_error *problem = &held->key_problem;

    *held = (struct mdm_p12){0};
    ERR_clear_error();
    while (r.tried <= MDM_KEYS_MAX && next_key(&r, problem)) {
        r.tried += r.form == MDM_KEY_FOREIGN; /* the others are counted as they are opened */
        read_key(&r);
        ERR_clear_error();
    }
    if (!r.found)
        report_none(file, name, problem);
    if (problem->code != MDM_E_PASSWORD)
        mdm_error_hint(problem, RIGHT_KEY, MDM_KEY_BITS);
    ERR_clear_error();
    const struct mdm_error *why = problem->code != MDM_OK ? problem : &held->cert_problem;
    return held->keys.count > 0 || held->certs.count > 0 || why->code == MDM_OK ? 0 : mdm_error_copy(err, why);
}

struct mdm_key *mdm_key_from_bytes(const struct mdm_bytes *file, const char *name, const struct mdm_secret *password,
                                   const struct mdm_key_id *expected, struct mdm_error *err)
{
    MDM_OWNED(mdm_p12_free) struct mdm_p12 held = {0};

    if (mdm_keys_from_bytes(file, name, password, &held, err) != 0)
        return NULL;
    for (size_t i = 0; i < held.keys.count; i++)
        if (expected == NULL || mdm_key_id_equal(&held.keys.items[i]->id, expected))
            return mdm_take_at(&held.keys.items[i]);
    if (held.keys.count > 0 && held.key_problem.code == MDM_OK)
        return mdm_take_at(&held.keys.items[0]);
    mdm_error_copy(err, &held.key_problem);
    mdm_error_set(err, MDM_E_FAILED, "there is no private key in '%s'" MDM_HINT RIGHT_KEY, name, MDM_KEY_BITS);
    return NULL;
}

void mdm_key_describe(const struct mdm_bytes *file, struct mdm_key_facts *facts)
{
    MDM_OWNED(mdm_p12_free) struct mdm_p12 held = {0};
    MDM_OWNED(end_reading)
    struct reading r = {.file = file, .pbe = {.name = "", .rounds = UNASKED_MAX}, .held = &held};

    (void)ERR_set_mark();
    *facts = (struct mdm_key_facts){.is_key = next_key(&r, NULL)};
    facts->encrypted =
        facts->is_key && (r.form == MDM_KEY_PKCS8_ENCRYPTED || (r.form == MDM_KEY_PKCS1 && r.header.size > 0));
    if (facts->encrypted) {
        facts->id_known = find_public_id(&r, &facts->id);
    } else if (facts->is_key) {
        read_key(&r);
        if (r.form == MDM_KEY_PKCS12)
            *facts = held.shown;
        facts->id_known = held.keys.count > 0;
        if (facts->id_known)
            facts->id = held.keys.items[0]->id;
        /* A PKCS#12 file may be encrypted with an empty password. */
        facts->encrypted =
            facts->is_key && !facts->id_known && (facts->encrypted || held.key_problem.code == MDM_E_PASSWORD);
    }
    (void)ERR_pop_to_mark();
}

/* macOS does not accept a MAC salt of 16 bytes. */
#define MAC_SALT_SIZE 8

int mdm_p12_make(const struct mdm_key *key, const struct mdm_cert *cert, const struct mdm_secret *password,
                 enum mdm_p12_form form, struct mdm_bytes *out, struct mdm_error *err)
{
    const bool modern = form == MDM_P12_MODERN;
    const int cipher = modern ? NID_aes_256_cbc : NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
    const int rounds = modern ? MDM_KEY_ITERATIONS : PKCS12_DEFAULT_ITER;
    const char *text = password->text;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes made = {0};
    MDM_OWNED(mdm_p12_free) struct mdm_p12 read = {0};

    if (!mdm_key_id_equal(&key->id, &cert->facts.key_id))
        return mdm_error_set(err, MDM_E_REFUSED, "the private key does not belong to the certificate of '%s'",
                             cert->facts.subject);
    ERR_clear_error();
    MDM_OWNED(mdm_free_PKCS12)
    PKCS12 *p12 = PKCS12_create_ex(text, NULL, key->pkey, cert->x509, NULL, cipher, cipher, rounds, -1 /* no MAC yet */,
                                   0, NULL, NULL);
    const bool has_mac = p12 != NULL && PKCS12_set_mac(p12, text, MDM_PBE_TERMINATED, NULL, MAC_SALT_SIZE, rounds,
                                                       modern ? EVP_sha256() : EVP_sha1()) == 1;
    mdm_wipe_traces();
    if (!has_mac)
        return mdm_ossl_error(err, MDM_E_FAILED, "the PKCS #12 file could not be made");
    if (mdm_ossl_append_der(&made, ASN1_ITEM_rptr(PKCS12), p12, err) != 0)
        return -1;
    if (mdm_keys_from_bytes(&made, "the new PKCS #12 file", password, &read, NULL) == 0 && read.keys.count == 1 &&
        mdm_key_id_equal(&read.keys.items[0]->id, &cert->facts.key_id) && read.certs.count == 1 &&
        mdm_cert_equal(read.certs.items[0], cert))
        return mdm_bytes_append(out, made.data, made.size, err);
    read.key_problem.hint[0] = '\0'; /* it is for files that were put there */
    mdm_error_copy(err, &read.key_problem);
    return mdm_error_set(err, MDM_E_FAILED, "the new PKCS #12 file does not hold what was put into it");
}
