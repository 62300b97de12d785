/* Certificates: PEM and DER, one or many, and trust in them. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mdm_bytes file = fuzz_bytes(data, size);

    fuzz_certificates(&file);
    return 0;
}
