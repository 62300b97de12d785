/* A push certificate request taken apart, whatever tool made it: order of keys and line breaks in base64 do not matter.
 */
#include "pki/request_parts.h"

#include <stdio.h>
#include <string.h>

#include "pki/digest.h"
#include "pki/filekind.h"
#include "pki/pem_scan.h"

#define LIMIT ((size_t)1 << 20)

static const char byte_order_mark[] = "\xEF\xBB\xBF";
static const char binary_mark[] = "bplist";

/* Says what a file is that is not base64. `why` are the decoder's own words. */
static int not_base64(const struct mdm_bytes *file, const char *why, struct mdm_error *err)
{
    enum mdm_filekind kind = mdm_filekind_of(file);

    if (kind == MDM_FILEKIND_PLIST) {
        (void)mdm_error_set(err, MDM_E_FAILED,
                            "it is a property list as it is, and the portal takes only its base64 form");
        return mdm_error_hint(err, "Encode it: `openssl base64 -A -in FILE -out plist_encode`.");
    }
    if (kind != MDM_FILEKIND_UNKNOWN) {
        (void)mdm_error_set(err, MDM_E_FAILED, "it is %s, not a push certificate request", mdm_filekind_words(kind));
        return kind == MDM_FILEKIND_ENCRYPTED
                   ? mdm_error_hint(err, "Decrypt it first, with the tool and the key that asked for it: "
                                         "`mdmctl mdmcert.download -decrypt=FILE`.")
                   : -1;
    }
    return mdm_error_set(err, MDM_E_FAILED, "it is not base64: %s", why);
}

int mdm_parts_decode(const struct mdm_bytes *file, struct mdm_request_parts *parts, struct mdm_error *err)
{
    struct mdm_error why = {0};
    size_t mark = strlen(byte_order_mark);
    size_t skip = file->size >= mark && memcmp(file->data, byte_order_mark, mark) == 0 ? mark : 0;

    if (file->size > LIMIT)
        return mdm_error_set(err, MDM_E_FAILED, "it is larger than 1 MiB; a push certificate request has about 12 KiB");
    if (mdm_filekind_is_encrypted(file)) /* the digits are base64, too */
        return not_base64(file, "", err);
    if (file->size > skip && mdm_base64_decode(file->data + skip, file->size - skip, &parts->xml, &why) != 0)
        return not_base64(file, why.text, err);
    if (parts->xml.size == 0)
        return mdm_error_set(err, MDM_E_FAILED, "it is empty");
    return 0;
}

/* libplist does not look at what stands behind the property list. */
static int check_rest(const struct mdm_bytes *xml, struct mdm_error *err)
{
    static const char closing[] = "</plist>";
    const char *rest = mdm_pem_find((const char *)xml->data, xml->size, closing);
    size_t left;

    if (rest == NULL)
        return mdm_error_set(err, MDM_E_FAILED, "the property list has no end: '%s' is missing", closing);
    rest += strlen(closing);
    left = (size_t)((const char *)xml->data + xml->size - rest);
    while (left > 0 && memchr(" \t\r\n", *rest, 4) != NULL) {
        rest++;
        left--;
    }
    if (left == 0)
        return 0;
    return mdm_error_set(err, MDM_E_FAILED, "there are %zu more bytes behind the property list", left);
}

int mdm_parts_parse(struct mdm_request_parts *parts, struct mdm_error *err)
{
    enum mdm_filekind kind;

    if (parts->xml.size >= strlen(binary_mark) && memcmp(parts->xml.data, binary_mark, strlen(binary_mark)) == 0)
        return mdm_error_set(err, MDM_E_FAILED, "it is a binary property list, and the portal takes only XML");
    parts->plist = mdm_plist_read(&parts->xml, err);
    if (parts->plist != NULL)
        return check_rest(&parts->xml, err);
    kind = mdm_filekind_of(&parts->xml);
    if (kind != MDM_FILEKIND_UNKNOWN && kind != MDM_FILEKIND_PLIST)
        (void)mdm_error_context(err, "its base64 text holds %s", mdm_filekind_words(kind));
    return -1;
}

static int pick(const struct mdm_plist *plist, const char *key, const char **value, struct mdm_error *err)
{
    switch (mdm_plist_string(plist, key, value)) {
    case MDM_PLIST_STRING:
        return 0;
    case MDM_PLIST_OTHER:
        return mdm_error_set(err, MDM_E_FAILED, "the value of %s is not a <string> (a <data>, perhaps), as it must be",
                             key);
    case MDM_PLIST_ABSENT:
        break;
    }
    return mdm_error_set(err, MDM_E_FAILED, "the key %s is missing in the property list", key);
}

/* Of a key that stands there twice, readers of property lists take the first value or the last one. */
static int check_once(const struct mdm_bytes *xml, const char *key, struct mdm_error *err)
{
    const char *at = (const char *)xml->data, *end = at + xml->size;
    char element[64];
    int count = 0;

    (void)snprintf(element, sizeof element, "<key>%s</key>", key);
    while ((at = mdm_pem_find(at, (size_t)(end - at), element)) != NULL) {
        at += strlen(element);
        count++;
    }
    if (count <= 1)
        return 0;
    return mdm_error_set(err, MDM_E_FAILED, "the key %s stands in the property list %d times", key, count);
}

int mdm_parts_pick(struct mdm_request_parts *parts, struct mdm_error *err)
{
    /* All of them, so that what is there can be judged; the first error stays. */
    int result = pick(parts->plist, MDM_REQUEST_CSR, &parts->csr, err);

    result |= pick(parts->plist, MDM_REQUEST_CHAIN, &parts->chain, err);
    result |= pick(parts->plist, MDM_REQUEST_SIGNATURE, &parts->signature, err);
    result |= check_once(&parts->xml, MDM_REQUEST_CSR, err);
    result |= check_once(&parts->xml, MDM_REQUEST_CHAIN, err);
    result |= check_once(&parts->xml, MDM_REQUEST_SIGNATURE, err);
    return result;
}

int mdm_parts_read(const struct mdm_bytes *file, struct mdm_request_parts *parts, struct mdm_error *err)
{
    if (mdm_parts_decode(file, parts, err) != 0 || mdm_parts_parse(parts, err) != 0)
        return -1;
    return mdm_parts_pick(parts, err);
}

static int decode_value(const char *key, const char *value, struct mdm_bytes *out, struct mdm_error *err)
{
    if (strstr(value, "-----BEGIN ") != NULL)
        return mdm_error_set(err, MDM_E_FAILED, "%s is PEM text, where the base64 of the DER form is due", key);
    if (mdm_base64_decode(value, strlen(value), out, err) != 0)
        return mdm_error_context(err, "%s", key);
    if (out->size == 0)
        return mdm_error_set(err, MDM_E_FAILED, "%s is empty", key);
    return 0;
}

int mdm_parts_csr_der(const struct mdm_request_parts *parts, struct mdm_bytes *der, struct mdm_error *err)
{
    return decode_value(MDM_REQUEST_CSR, parts->csr, der, err);
}

int mdm_parts_signature(const struct mdm_request_parts *parts, struct mdm_bytes *signature, struct mdm_error *err)
{
    return decode_value(MDM_REQUEST_SIGNATURE, parts->signature, signature, err);
}

int mdm_parts_certs(const struct mdm_request_parts *parts, struct mdm_certs *certs, struct mdm_error *err)
{
    struct mdm_bytes pem = {0};
    int result = -1;

    if (mdm_bytes_append_text(&pem, parts->chain, err) == 0)
        result = mdm_certs_from_bytes(&pem, MDM_REQUEST_CHAIN, certs, err);
    mdm_bytes_free(&pem);
    return result;
}

void mdm_parts_free(struct mdm_request_parts *parts)
{
    mdm_bytes_free(&parts->xml);
    mdm_plist_free(&parts->plist);
    *parts = (struct mdm_request_parts){0};
}
