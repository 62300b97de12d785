/* Making PKCS#12 files. */

#include "pki/ossl.h"

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
