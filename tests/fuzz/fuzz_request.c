/*
 * Push certificate requests. The input is one as it lies on disk, or these parts: "request" (base64), or "plist" (what
 * the base64 holds), or "csr" (DER), "chain" (PEM) and "signature" (bytes), which are put together here; beside them
 * "ca" and "at".
 */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "pki/ossl.h"
#include "pki/request.h"

static const struct mdm_bytes nothing;

static const struct mdm_bytes *part_or_nothing(const struct fuzz_parts *parts, const char *name)
{
    const struct mdm_bytes *part = fuzz_part(parts, name);

    return part != NULL ? part : &nothing;
}

/* A C string of the bytes, or of their base64; free it. */
static char *text_of(const struct mdm_bytes *bytes, bool encode)
{
    struct mdm_bytes text = {0};

    FUZZ_REQUIRE((encode ? mdm_base64_encode(bytes->data, bytes->size, &text, NULL)
                         : mdm_bytes_append(&text, bytes->data, bytes->size, NULL)) == 0);
    return text.data != NULL ? (char *)text.data : calloc(1, 1);
}

static void put_together(const struct fuzz_parts *parts, struct mdm_bytes *xml)
{
    char *csr = text_of(part_or_nothing(parts, "csr"), true);
    char *chain = text_of(part_or_nothing(parts, "chain"), false);
    char *signature = text_of(part_or_nothing(parts, "signature"), true);
    const char *const texts[MDM_PARTS] = {csr, chain, signature};

    FUZZ_REQUIRE(csr != NULL && chain != NULL && signature != NULL);
    (void)mdm_plist_write(texts, xml, NULL);
    free(csr);
    free(chain);
    free(signature);
}

/* The request that the input describes, in memory of exactly its size. */
static struct mdm_bytes find_request(const struct fuzz_parts *parts, const struct mdm_bytes *input)
{
    const struct mdm_bytes *part = fuzz_part(parts, "request");
    struct mdm_bytes xml = {0}, encoded = {0}, request;

    if (part == NULL && (part = fuzz_part(parts, "plist")) == NULL && fuzz_part(parts, "chain") != NULL) {
        put_together(parts, &xml);
        part = &xml;
    } else if (part == NULL) {
        part = input;
    }
    if (part == &xml || part == fuzz_part(parts, "plist")) {
        FUZZ_REQUIRE(mdm_base64_encode(part->data, part->size, &encoded, NULL) == 0);
        part = &encoded;
    }
    request = (struct mdm_bytes){.data = part->size != 0 ? malloc(part->size) : NULL, .size = part->size};
    FUZZ_REQUIRE(part->size == 0 || request.data != NULL);
    if (part->size != 0)
        memcpy(request.data, part->data, part->size);
    mdm_bytes_free(&xml);
    mdm_bytes_free(&encoded);
    return request;
}

/* A request without a failure is one by every other measure that we have. Its vendor certificate is the first that is
 * not a CA's: any order is accepted, with a warning. */
static void check_good(const struct mdm_request *request)
{
    struct mdm_certs certs = {0};
    struct mdm_error err = {0};
    size_t vendor = 0;
    struct mdm_csr *csr = mdm_csr_from_bytes(&request->parts[MDM_PART_CSR], "the input", &err);

    FUZZ_REQUIRE(csr != NULL && mdm_csr_check(csr, "the input", NULL, &err) == 0);
    FUZZ_REQUIRE(mdm_certs_from_bytes(&request->parts[MDM_PART_CHAIN], "the input", &certs, &err) == 0);
    while (vendor < certs.count && mdm_cert_is_ca(certs.items[vendor]))
        vendor++;
    FUZZ_REQUIRE(vendor < certs.count && mdm_ossl_verifies(X509_get0_pubkey(certs.items[vendor]->x509), "SHA256",
                                                           mdm_der_of(&request->parts[MDM_PART_CSR]),
                                                           mdm_der_of(&request->parts[MDM_PART_SIGNATURE])));
    mdm_certs_free(&certs);
    mdm_csr_free(&csr);
}

static void check_report(const struct mdm_report *report)
{
    bool failed = false;

    FUZZ_REQUIRE(report->count > 0);
    for (size_t i = 0; i < report->count; i++) {
        FUZZ_REQUIRE(report->items[i].name != NULL && fuzz_is_safe(report->items[i].detail));
        FUZZ_REQUIRE(report->items[i].detail[0] != '\0');
        failed = failed || report->items[i].verdict == MDM_FAIL;
    }
    FUZZ_REQUIRE(failed == (report->code != MDM_OK));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mdm_bytes input = fuzz_bytes(data, size), file;
    struct mdm_request request = {0};
    struct mdm_report report = {0};
    struct mdm_error err = {0};
    struct mdm_csr *csr;
    struct fuzz_parts parts;

    fuzz_parts_read(data, size, &parts);
    file = find_request(&parts, &input);
    if (mdm_request_read(&file, &request, &err) != 0)
        fuzz_check_error(&err);
    mdm_error_clear(&err);
    FUZZ_REQUIRE(mdm_request_verify(&file, fuzz_trust(&parts), fuzz_time(&parts), &report, &err) == 0);
    check_report(&report);
    if (report.code == MDM_OK)
        check_good(&request);
    csr = mdm_csr_from_bytes(&request.parts[MDM_PART_CSR], "the input", &err);
    if (csr == NULL)
        fuzz_check_error(&err);
    mdm_csr_free(&csr);
    mdm_report_free(&report);
    mdm_request_free(&request);
    mdm_bytes_free(&file);
    fuzz_parts_free(&parts);
    ERR_clear_error();
    return 0;
}
