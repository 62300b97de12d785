/* The names of the faults. */
#include "practice/practice.h"

#include <string.h>

static const struct {
    const char *name;
    unsigned bit;
} faults[] = {
    {"expired", MDM_PRACTICE_EXPIRED},
    {"not-yet-valid", MDM_PRACTICE_NOT_YET_VALID},
    {"no-marker", MDM_PRACTICE_NO_MARKER},
    {"wrong-key", MDM_PRACTICE_WRONG_KEY},
    {"other-issuer", MDM_PRACTICE_OTHER_ISSUER},
    {"unknown-issuer", MDM_PRACTICE_UNKNOWN_ISSUER},
    {"ca-expired", MDM_PRACTICE_CA_EXPIRED},
    {"bad-signature", MDM_PRACTICE_BAD_SIGNATURE},
    {"critical-apple", MDM_PRACTICE_CRITICAL_APPLE},
    {"critical-foreign", MDM_PRACTICE_CRITICAL_FOREIGN},
    {"cn-control", MDM_PRACTICE_CN_CONTROL},
    {"cn-bidi", MDM_PRACTICE_CN_BIDI},
    {"cn-nul", MDM_PRACTICE_CN_NUL},
    {"topic-foreign", MDM_PRACTICE_TOPIC_FOREIGN},
    {"topic-two", MDM_PRACTICE_TOPIC_TWO},
    {"topic-other", MDM_PRACTICE_TOPIC_OTHER},
};
#define FAULTS (sizeof faults / sizeof faults[0])

unsigned mdm_practice_fault_named(const char *name)
{
    for (size_t i = 0; i < FAULTS; i++)
        if (strcmp(faults[i].name, name) == 0)
            return faults[i].bit;
    return 0;
}

const char *mdm_practice_fault_name(size_t index)
{
    return index < FAULTS ? faults[index].name : NULL;
}
