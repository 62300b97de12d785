/* Reading DER in place. */
#include "pki/der.h"

#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

/* What ASN1_get_object() returns: flags. */
#define HEADER_BROKEN     0x80
#define LENGTH_INDEFINITE 0x01

static bool take(struct mdm_der *rest, int class, int tag, struct mdm_der *content)
{
    const unsigned char *p = rest->data;
    long size = 0;
    int found = -1, found_class = -1, flags;

    if (rest->size == 0 || rest->size > LONG_MAX)
        return false;
    (void)ERR_set_mark();
    flags = ASN1_get_object(&p, &size, &found, &found_class, (long)rest->size);
    (void)ERR_pop_to_mark();
    if ((flags & (HEADER_BROKEN | LENGTH_INDEFINITE)) != 0 || found_class != class || found != tag)
        return false;
    *content = (struct mdm_der){p, (size_t)size};
    rest->size -= (size_t)(p - rest->data) + (size_t)size;
    rest->data = p + size;
    return true;
}

bool mdm_der_take(struct mdm_der *rest, int tag, struct mdm_der *content)
{
    return take(rest, V_ASN1_UNIVERSAL, tag, content);
}

bool mdm_der_take_whole(struct mdm_der *rest, int tag, struct mdm_der *whole)
{
    struct mdm_der before = *rest, content;

    if (!mdm_der_take(rest, tag, &content))
        return false;
    *whole = (struct mdm_der){before.data, before.size - rest->size};
    return true;
}

bool mdm_der_take_context(struct mdm_der *rest, int number, struct mdm_der *content)
{
    return take(rest, V_ASN1_CONTEXT_SPECIFIC, number, content);
}

bool mdm_der_at(const struct mdm_der *rest, int tag)
{
    struct mdm_der copy = *rest, content;

    return mdm_der_take(&copy, tag, &content);
}

void mdm_locked_free(struct mdm_locked *locked)
{
    OPENSSL_secure_clear_free(locked->data, locked->size);
    *locked = (struct mdm_locked){0};
}
