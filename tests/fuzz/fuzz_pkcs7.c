/* Certificates in PKCS#7: the input is put where its signed data holds them, and is also read as it is. */
#include <openssl/asn1.h>
#include <string.h>

#include "fuzz.h"

/* SEQUENCE { signedData, [0] SEQUENCE { version 1, SET {}, SEQUENCE { data }, [0] certificates, SET {} } } */
static const unsigned char signed_data[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
static const unsigned char head[] = {0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x0b, 0x06, 0x09,
                                     0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
static const unsigned char no_signers[] = {0x31, 0x00};

static void put(struct mdm_bytes *out, const void *data, size_t size)
{
    FUZZ_REQUIRE(mdm_bytes_append(out, data, size, NULL) == 0);
}

/* Puts `content` and the header of its tag in front of it into *out. */
static void put_wrapped(struct mdm_bytes *out, int tag, int class, const struct mdm_bytes *content)
{
    unsigned char header[16];
    unsigned char *p = header;

    ASN1_put_object(&p, 1, (int)content->size, tag, class);
    put(out, header, (size_t)(p - header));
    put(out, content->data, content->size);
}

static void wrap(const struct mdm_bytes *certs, struct mdm_bytes *file)
{
    struct mdm_bytes inner = {0}, sequence = {0}, outer = {0};

    put(&inner, head, sizeof head);
    put_wrapped(&inner, 0, V_ASN1_CONTEXT_SPECIFIC, certs);
    put(&inner, no_signers, sizeof no_signers);
    put_wrapped(&sequence, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, &inner);
    put(&outer, signed_data, sizeof signed_data);
    put_wrapped(&outer, 0, V_ASN1_CONTEXT_SPECIFIC, &sequence);
    put_wrapped(file, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, &outer);
    mdm_bytes_free(&inner);
    mdm_bytes_free(&sequence);
    mdm_bytes_free(&outer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mdm_bytes input = fuzz_bytes(data, size), file = {0};

    fuzz_certificates(&input);
    wrap(&input, &file);
    fuzz_certificates(&file);
    mdm_bytes_free(&file);
    return 0;
}
