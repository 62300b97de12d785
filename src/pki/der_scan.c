/* The first bytes of DER: enough to tell a file that is cut off from one that is something else. */
#include "pki/der_scan.h"

#include <stdint.h>
#include <string.h>

#define TAG_SEQUENCE      0x30
#define LENGTH_LONG       0x80u
#define LENGTH_INDEFINITE 0x80u
#define LENGTH_BYTES_MAX  4u

/* Bytes of tag and length at `data`; 0 when they are cut off or of no size we can hold. *length is the content's. */
static size_t read_header(const unsigned char *data, size_t size, size_t *length)
{
    size_t count;

    if (size < 2)
        return 0;
    *length = data[1];
    if ((data[1] & LENGTH_LONG) == 0)
        return 2;
    count = data[1] & 0x7fu;
    if (count == 0 || count > LENGTH_BYTES_MAX || size < 2 + count)
        return 0;
    *length = 0;
    for (size_t i = 0; i < count; i++)
        *length = *length << 8 | data[2 + i];
    return 2 + count;
}

bool mdm_der_begins(const unsigned char *data, size_t size)
{
    return size >= 2 && data[0] == TAG_SEQUENCE && (data[1] & LENGTH_LONG) != 0 &&
           (data[1] & 0x7fu) <= LENGTH_BYTES_MAX;
}

size_t mdm_der_claims(const unsigned char *data, size_t size)
{
    size_t length;
    size_t header = read_header(data, size, &length);

    return header == 0 || length > SIZE_MAX - header ? 0 : header + length;
}

bool mdm_der_cut_off(const unsigned char *data, size_t size)
{
    if (!mdm_der_begins(data, size) || data[1] == LENGTH_INDEFINITE)
        return false;
    return size < 2 + (size_t)(data[1] & 0x7fu) || mdm_der_claims(data, size) > size;
}

bool mdm_der_like_certificate(const unsigned char *data, size_t size)
{
    static const unsigned char version[] = {0xa0, 0x03, 0x02, 0x01};
    size_t length;
    size_t outer = mdm_der_begins(data, size) ? read_header(data, size, &length) : 0;
    size_t inner;

    if (outer == 0 || size == outer || data[outer] != TAG_SEQUENCE)
        return false;
    inner = read_header(data + outer, size - outer, &length);
    return inner != 0 && size - outer - inner >= sizeof version &&
           memcmp(data + outer + inner, version, sizeof version) == 0;
}
