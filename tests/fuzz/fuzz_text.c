/* Text from outside, made safe to print: nothing unsafe is left, and what is safe stays as it is. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *safe = mdm_text_safe(data, size), *again;

    FUZZ_REQUIRE(safe != NULL && strlen(safe) <= 4 * size);
    FUZZ_REQUIRE(fuzz_is_safe(safe));
    again = mdm_text_safe(safe, strlen(safe));
    FUZZ_REQUIRE(again != NULL && strcmp(safe, again) == 0);
    free(safe);
    free(again);
    return 0;
}
