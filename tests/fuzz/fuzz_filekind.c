/* Telling what a file is, and every reader on the same bytes: a file may be several things at once. */
#include <openssl/err.h>
#include <string.h>

#include "fuzz.h"
#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mdm_bytes file = fuzz_bytes(data, size);
    enum mdm_filekind kind = mdm_filekind_of(&file);
    struct mdm_certs certs = {0};
    struct mdm_key_facts facts;
    struct mdm_csr *csr, *inside;
    struct mdm_request request = {0};

    (void)mdm_request_read(&file, &request, NULL);
    FUZZ_REQUIRE(ERR_peek_error() == 0);
    FUZZ_REQUIRE(fuzz_is_safe(mdm_filekind_words(kind)) && mdm_filekind_words(kind)[0] != '\0');
    FUZZ_REQUIRE(size != 0 || kind == MDM_FILEKIND_EMPTY);
    FUZZ_REQUIRE(kind != MDM_FILEKIND_CERTIFICATE || mdm_certs_from_bytes(&file, "the input", &certs, NULL) == 0);
    csr = mdm_csr_from_bytes(&file, "the input", NULL);
    inside = mdm_csr_from_bytes(&request.parts[MDM_PART_CSR], "the input", NULL);
    mdm_key_describe(&file, &facts);
    mdm_csr_free(&csr);
    mdm_csr_free(&inside);
    mdm_request_free(&request);
    mdm_certs_free(&certs);
    ERR_clear_error();
    return 0;
}
