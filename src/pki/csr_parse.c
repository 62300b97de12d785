/* The parts of a CSR, found in its DER. */
#include "pki/csr_parse.h"

#include "pki/rsa.h"

void mdm_csr_parts_free(struct mdm_csr_parts *parts)
{
    X509_NAME_free(parts->name);
    EVP_PKEY_free(parts->pkey);
    X509_ALGOR_free(parts->algorithm);
    *parts = (struct mdm_csr_parts){0};
}

static bool take_version(struct mdm_der *rest, long *version)
{
    struct mdm_der content;

    if (!mdm_der_take(rest, V_ASN1_INTEGER, &content) || content.size != 1)
        return false;
    *version = content.data[0];
    return true;
}

static bool take_name(struct mdm_der *rest, X509_NAME **name)
{
    struct mdm_der whole;
    const unsigned char *p;

    if (!mdm_der_take_whole(rest, V_ASN1_SEQUENCE, &whole))
        return false;
    p = whole.data;
    *name = d2i_X509_NAME(NULL, &p, (long)whole.size);
    return *name != NULL && p == whole.data + whole.size;
}

/* The key: RSA directly, others by libcrypto's search. One that libcrypto does not know is no error of form. */
static bool take_key(struct mdm_der *rest, struct mdm_csr_parts *parts)
{
    const unsigned char *p;
    X509_PUBKEY *spki;

    if (!mdm_der_take_whole(rest, V_ASN1_SEQUENCE, &parts->spki))
        return false;
    parts->pkey = mdm_rsa_from_spki(parts->spki);
    parts->spki_is_der = parts->pkey != NULL;
    if (parts->spki_is_der)
        return true;
    p = parts->spki.data;
    spki = d2i_X509_PUBKEY(NULL, &p, (long)parts->spki.size);
    if (spki != NULL)
        parts->pkey = X509_PUBKEY_get(spki);
    X509_PUBKEY_free(spki);
    return spki != NULL;
}

static bool read_info(struct mdm_csr_parts *parts)
{
    struct mdm_der rest = parts->info, body, attributes;

    if (!mdm_der_take(&rest, V_ASN1_SEQUENCE, &body) || !take_version(&body, &parts->version) ||
        !take_name(&body, &parts->name) || !take_key(&body, parts))
        return false;
    /* The attributes must be there, but some makers leave them out when they have none. */
    return body.size == 0 || (mdm_der_take_context(&body, 0, &attributes) && body.size == 0);
}

static bool take_signature(struct mdm_der *rest, struct mdm_csr_parts *parts)
{
    struct mdm_der whole, bits;
    const unsigned char *p;

    if (!mdm_der_take_whole(rest, V_ASN1_SEQUENCE, &whole) || !mdm_der_take(rest, V_ASN1_BIT_STRING, &bits))
        return false;
    p = whole.data;
    parts->algorithm = d2i_X509_ALGOR(NULL, &p, (long)whole.size);
    if (parts->algorithm == NULL || p != whole.data + whole.size || bits.size < 1 || bits.data[0] != 0)
        return false;
    parts->signature = (struct mdm_der){bits.data + 1, bits.size - 1}; /* the first byte counts unused bits */
    return true;
}

bool mdm_csr_parse(struct mdm_der *der, struct mdm_csr_parts *parts)
{
    struct mdm_der body;

    *parts = (struct mdm_csr_parts){0};
    return mdm_der_take(der, V_ASN1_SEQUENCE, &body) && mdm_der_take_whole(&body, V_ASN1_SEQUENCE, &parts->info) &&
           take_signature(&body, parts) && body.size == 0 && read_info(parts);
}
