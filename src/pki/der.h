/* Reading DER where a private key passes by: element after element in place, without copies that would have to be
 * wiped. */
#ifndef MDM_PKI_DER_H
#define MDM_PKI_DER_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of somebody else. */
struct mdm_der {
    const unsigned char *data;
    size_t size;
};

/* Takes the element at the front off `rest` when it has the universal tag `tag` (V_ASN1_...) and a definite length that
 * fits; *content is what is inside. Else false, and `rest` is as it was. */
bool mdm_der_take(struct mdm_der *rest, int tag, struct mdm_der *content);

/* The same, but *whole is the element with its header. */
bool mdm_der_take_whole(struct mdm_der *rest, int tag, struct mdm_der *whole);
/* The same for the context-specific, constructed tag [number]; *content is what is inside. */
bool mdm_der_take_context(struct mdm_der *rest, int number, struct mdm_der *content);

/* True when an element with the universal tag `tag` is at the front. */
bool mdm_der_at(const struct mdm_der *rest, int tag);

/* Bytes in the secure heap, for the DER of clear private keys. */
struct mdm_locked {
    unsigned char *data;
    size_t size;
};
void mdm_locked_free(struct mdm_locked *locked);

#endif
