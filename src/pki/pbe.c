/* Password-based encryption in files that others made. */
#include "pki/pbe.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdint.h>
#include <string.h>

#include "pki/ossl.h"

/* id-PBMAC1 (RFC 8018 A.5); libcrypto has a name for it since 3.4 only. */
#define OID_PBMAC1 "1.2.840.113549.1.5.14"
/* How many rounds of PBKDF2 take as long as one block of scrypt. */
#define SCRYPT_ROUNDS 4

int mdm_pbe_check_iterations(const ASN1_INTEGER *iterations, int64_t *left, const char *name, struct mdm_error *err)
{
    int64_t count = 1;

    if (iterations != NULL && ASN1_INTEGER_get_int64(&count, iterations) != 1) {
        ERR_clear_error();
        count = INT64_MAX;
    }
    if (count >= 1 && count <= *left) {
        *left -= count;
        return 0;
    }
    (void)mdm_error_set(err, MDM_E_FAILED, "'%s' asks for more key derivation rounds than the %d that are done", name,
                        MDM_PBE_ITERATIONS_MAX);
    return mdm_error_hint(err, "A file like this is not made by ordinary tools: see where it came from.");
}

static int check_scrypt(const ASN1_TYPE *parameter, int64_t *left, const char *name, struct mdm_error *err)
{
    SCRYPT_PARAMS *scrypt = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), parameter);
    uint64_t n = 0, r = 0, p = 0;
    int result = 0;

    if (scrypt == NULL || ASN1_INTEGER_get_uint64(&n, scrypt->costParameter) != 1 ||
        ASN1_INTEGER_get_uint64(&r, scrypt->blockSize) != 1 ||
        ASN1_INTEGER_get_uint64(&p, scrypt->parallelizationParameter) != 1)
        result = mdm_ossl_error(err, MDM_E_FAILED, "the encryption of '%s' has malformed parameters", name);
    else if (n > MDM_PBE_SCRYPT_MAX || r > MDM_PBE_SCRYPT_MAX || p > MDM_PBE_SCRYPT_MAX || n * r > MDM_PBE_SCRYPT_MAX ||
             n * r * p > MDM_PBE_SCRYPT_MAX || (int64_t)(n * r * p) * SCRYPT_ROUNDS > *left)
        result =
            mdm_error_set(err, MDM_E_FAILED, "'%s' asks for more work in key derivation (scrypt) than is done", name);
    else
        *left -= (int64_t)(n * r * p) * SCRYPT_ROUNDS;
    SCRYPT_PARAMS_free(scrypt);
    return result;
}

static int check_derivation(const X509_ALGOR *derivation, int64_t *left, const char *name, struct mdm_error *err)
{
    const ASN1_OBJECT *type;
    const void *value;
    int kind, nid, result;
    PBKDF2PARAM *pbkdf2;
    ASN1_TYPE *parameter = derivation->parameter;

    X509_ALGOR_get0(&type, &kind, &value, derivation);
    nid = OBJ_obj2nid(type);
    if (nid == NID_id_scrypt)
        return check_scrypt(parameter, left, name, err);
    if (nid != NID_id_pbkdf2)
        return 0; /* libcrypto knows no others and will say so */
    pbkdf2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), parameter);
    if (pbkdf2 == NULL)
        return mdm_ossl_error(err, MDM_E_FAILED, "the encryption of '%s' has malformed parameters", name);
    result = mdm_pbe_check_iterations(pbkdf2->iter, left, name, err);
    PBKDF2PARAM_free(pbkdf2);
    return result;
}

static bool derives_by_algorithm(const ASN1_OBJECT *type)
{
    char oid[64];

    return OBJ_obj2nid(type) == NID_pbes2 ||
           (OBJ_obj2txt(oid, sizeof oid, type, 1) > 0 && strcmp(oid, OID_PBMAC1) == 0);
}

int mdm_pbe_check(const X509_ALGOR *algorithm, int64_t *left, const char *name, struct mdm_error *err)
{
    const ASN1_OBJECT *type;
    const void *value;
    PBE2PARAM *pbe2;
    PBEPARAM *pbe1;
    int kind, result = 0;

    X509_ALGOR_get0(&type, &kind, &value, algorithm);
    if (derives_by_algorithm(type)) {
        /* PBMAC1-params (RFC 8018 A.5) has the same two algorithms in the same order. */
        pbe2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
        if (pbe2 == NULL)
            return mdm_ossl_error(err, MDM_E_FAILED, "the encryption of '%s' has malformed parameters", name);
        result = check_derivation(pbe2->keyfunc, left, name, err);
        PBE2PARAM_free(pbe2);
        return result;
    }
    /* All others that libcrypto knows have a salt and a number of rounds; those without (digests) are none of this. */
    pbe1 = kind == V_ASN1_SEQUENCE ? ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter) : NULL;
    if (pbe1 != NULL)
        result = mdm_pbe_check_iterations(pbe1->iter, left, name, err);
    PBEPARAM_free(pbe1);
    ERR_clear_error();
    return result;
}

void mdm_pbe_legacy_begin(struct mdm_pbe_legacy *legacy)
{
    *legacy = (struct mdm_pbe_legacy){.ctx = OSSL_LIB_CTX_new()};
    if (legacy->ctx == NULL)
        return;
    (void)ERR_set_mark();
    legacy->providers[0] = OSSL_PROVIDER_load(legacy->ctx, "default");
    legacy->providers[1] = OSSL_PROVIDER_load(legacy->ctx, "legacy");
    (void)ERR_pop_to_mark();
    if (legacy->providers[0] == NULL || legacy->providers[1] == NULL)
        mdm_pbe_legacy_end(legacy);
}

void mdm_pbe_legacy_end(struct mdm_pbe_legacy *legacy)
{
    for (size_t i = 0; i < 2; i++) {
        if (legacy->providers[i] != NULL)
            (void)OSSL_PROVIDER_unload(legacy->providers[i]);
    }
    OSSL_LIB_CTX_free(legacy->ctx);
    *legacy = (struct mdm_pbe_legacy){0};
}

bool mdm_pbe_unsupported(void)
{
    static const int evp_reasons[] = {
        EVP_R_UNKNOWN_PBE_ALGORITHM, EVP_R_UNSUPPORTED_CIPHER,    EVP_R_UNSUPPORTED_KEY_DERIVATION_FUNCTION,
        EVP_R_UNSUPPORTED_PRF,       EVP_R_UNSUPPORTED_KEYLENGTH, EVP_R_UNSUPPORTED_SALT_TYPE,
        EVP_R_UNSUPPORTED_ALGORITHM, EVP_R_UNKNOWN_CIPHER,        EVP_R_UNKNOWN_DIGEST,
    };
    unsigned long code = ERR_peek_error();
    int reason = ERR_GET_REASON(code);

    if (reason == ERR_R_UNSUPPORTED || reason == ERR_R_FETCH_FAILED)
        return true;
    if (ERR_GET_LIB(code) == ERR_LIB_PKCS12)
        return reason == PKCS12_R_UNKNOWN_DIGEST_ALGORITHM;
    if (ERR_GET_LIB(code) == ERR_LIB_PEM)
        return reason == PEM_R_UNSUPPORTED_ENCRYPTION || reason == PEM_R_UNSUPPORTED_CIPHER;
    for (size_t i = 0; ERR_GET_LIB(code) == ERR_LIB_EVP && i < sizeof evp_reasons / sizeof evp_reasons[0]; i++)
        if (reason == evp_reasons[i])
            return true;
    return false;
}

bool mdm_pbe_is_legacy(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *type;

    X509_ALGOR_get0(&type, NULL, NULL, algorithm);
    return mdm_pbe_unsupported() && OBJ_obj2nid(type) != NID_pbes2;
}

int mdm_pbe_failed(enum mdm_pbe_file file, const char *name, struct mdm_error *err)
{
    if (!mdm_pbe_unsupported())
        return mdm_ossl_error_plain(err, MDM_E_PASSWORD, "the password for '%s' is wrong (or the file is damaged)",
                                    name);
    (void)mdm_ossl_error(err, MDM_E_FAILED, "'%s' is encrypted by an algorithm that libcrypto does not offer here",
                         name);
    if (file == MDM_PBE_P12)
        return mdm_error_hint(err, "Convert it with `openssl pkcs12 -legacy -in '%s' -out new.pem`, and use new.pem.",
                              name);
    return mdm_error_hint(err,
                          "Convert it with `openssl pkey -provider legacy -provider default -in '%s' -aes256 -out "
                          "new.key`, and use new.key.",
                          name);
}

int mdm_pbe_missing(const char *name, struct mdm_error *err)
{
    return mdm_error_set(err, MDM_E_PASSWORD, "'%s' is encrypted and needs a password", name);
}
