/* The order of the work, as one table: see next.h. */
#include "flow/next.h"

#define VENDOR_KEY        MDM_FACT_VENDOR_KEY
#define VENDOR_CSR        MDM_FACT_VENDOR_CSR
#define VENDOR_CERT       MDM_FACT_VENDOR_CERT
#define VENDOR_ARCHIVED   MDM_FACT_VENDOR_ARCHIVED
#define CUSTOMER_CSR      MDM_FACT_CUSTOMER_CSR
#define CUSTOMER_KEY      MDM_FACT_CUSTOMER_KEY
#define CUSTOMER_ARCHIVED MDM_FACT_CUSTOMER_ARCHIVED
#define CUSTOMER_ONLY     MDM_FACT_CUSTOMER_ONLY
#define REQUEST           MDM_FACT_REQUEST
#define PUSH_CERT         MDM_FACT_PUSH_CERT
#define PFX               MDM_FACT_PFX
#define RENEWING          MDM_FACT_RENEWING
#define RECORD            MDM_FACT_RECORD

const struct mdm_next_rule mdm_next_rules[] = {
    {PFX, RECORD, MDM_ACTION_RECORD},
    /* Apple's push certificate, once it is here, needs the customer's key and nothing of the vendor's. */
    {CUSTOMER_ARCHIVED, 0, MDM_ACTION_RESTORE_CUSTOMER},
    {PUSH_CERT, 0, MDM_ACTION_PFX},
    /* A customer's side alone has no steps 1 and 2. */
    {CUSTOMER_ONLY | PFX, RENEWING, MDM_ACTION_FINISHED},
    {CUSTOMER_ONLY, 0, MDM_ACTION_AWAIT_PUSH_CERT},
    {VENDOR_ARCHIVED, 0, MDM_ACTION_RESTORE_VENDOR},
    /* In a finished folder the vendor's side matters only while step 1 was done anew. */
    {PFX | VENDOR_KEY | VENDOR_CSR, RENEWING | VENDOR_CERT, MDM_ACTION_AWAIT_VENDOR_CERT},
    {PFX | VENDOR_KEY | VENDOR_CERT, RENEWING | REQUEST, MDM_ACTION_REQUEST},
    {PFX, RENEWING, MDM_ACTION_FINISHED},
    {0, VENDOR_KEY, MDM_ACTION_VENDOR_KEY},
    {0, VENDOR_CSR, MDM_ACTION_VENDOR_CSR},
    {0, VENDOR_CERT, MDM_ACTION_AWAIT_VENDOR_CERT},
    {0, CUSTOMER_CSR, MDM_ACTION_REQUEST},
    {0, REQUEST, MDM_ACTION_REQUEST},
    {0, CUSTOMER_KEY, MDM_ACTION_DELIVER},
    {0, 0, MDM_ACTION_AWAIT_PUSH_CERT},
};
const size_t mdm_next_rule_count = sizeof mdm_next_rules / sizeof mdm_next_rules[0];

enum mdm_action mdm_next_action(unsigned facts)
{
    size_t i = 0;

    while ((facts & mdm_next_rules[i].set) != mdm_next_rules[i].set || (facts & mdm_next_rules[i].clear) != 0)
        i++; /* the last rule always fits */
    return mdm_next_rules[i].action;
}

int mdm_next_step(enum mdm_action action)
{
    switch (action) {
    case MDM_ACTION_VENDOR_KEY:
    case MDM_ACTION_VENDOR_CSR:
        return 1;
    case MDM_ACTION_RESTORE_VENDOR:
    case MDM_ACTION_AWAIT_VENDOR_CERT:
    case MDM_ACTION_REQUEST:
        return 2;
    case MDM_ACTION_RESTORE_CUSTOMER:
    case MDM_ACTION_AWAIT_PUSH_CERT:
    case MDM_ACTION_PFX:
    case MDM_ACTION_RECORD:
        return 3;
    case MDM_ACTION_SETTLE_TOPIC:
        return 3;
    case MDM_ACTION_RENEW_VENDOR:
        return 1;
    case MDM_ACTION_DELIVER:
    case MDM_ACTION_FINISHED:
    case MDM_ACTION_RENEW:
        break;
    }
    return 0;
}

static enum mdm_step_state vendor_state(unsigned facts)
{
    return (facts & VENDOR_KEY) != 0 && (facts & VENDOR_CSR) != 0 ? MDM_STEP_DONE : MDM_STEP_READY;
}

static enum mdm_step_state request_state(unsigned facts)
{
    if ((facts & VENDOR_CERT) != 0 && (facts & REQUEST) != 0 && (facts & CUSTOMER_CSR) != 0)
        return MDM_STEP_DONE;
    if ((facts & VENDOR_CERT) == 0 && (facts & VENDOR_ARCHIVED) != 0)
        return MDM_STEP_READY;
    if ((facts & VENDOR_KEY) == 0)
        return MDM_STEP_BLOCKED;
    return (facts & VENDOR_CERT) != 0 ? MDM_STEP_READY : MDM_STEP_WAITING;
}

static enum mdm_step_state pfx_state(unsigned facts)
{
    if ((facts & (CUSTOMER_ARCHIVED | PUSH_CERT)) != 0)
        return MDM_STEP_READY;
    if ((facts & PFX) != 0 && (facts & RENEWING) == 0)
        return MDM_STEP_DONE;
    if ((facts & CUSTOMER_KEY) == 0)
        return MDM_STEP_BLOCKED;
    return (facts & (REQUEST | CUSTOMER_ONLY)) != 0 ? MDM_STEP_WAITING : MDM_STEP_BLOCKED;
}

enum mdm_step_state mdm_next_step_state(unsigned facts, int step)
{
    if (step == 1)
        return vendor_state(facts);
    return step == 2 ? request_state(facts) : pfx_state(facts);
}

const char *mdm_action_name(enum mdm_action action)
{
    static const char *const names[] = {
        [MDM_ACTION_VENDOR_KEY] = "make-vendor-key",
        [MDM_ACTION_VENDOR_CSR] = "make-vendor-csr",
        [MDM_ACTION_RESTORE_VENDOR] = "restore-vendor-key",
        [MDM_ACTION_AWAIT_VENDOR_CERT] = "await-vendor-certificate",
        [MDM_ACTION_REQUEST] = "make-request",
        [MDM_ACTION_RESTORE_CUSTOMER] = "restore-customer-key",
        [MDM_ACTION_AWAIT_PUSH_CERT] = "await-push-certificate",
        [MDM_ACTION_PFX] = "make-pfx",
        [MDM_ACTION_RECORD] = "write-record",
        [MDM_ACTION_DELIVER] = "deliver-request",
        [MDM_ACTION_FINISHED] = "finished",
        [MDM_ACTION_RENEW_VENDOR] = "renew-vendor-certificate",
        [MDM_ACTION_SETTLE_TOPIC] = "settle-topic",
        [MDM_ACTION_RENEW] = "renew",
    };
    return names[action];
}

const char *mdm_step_state_name(enum mdm_step_state state)
{
    static const char *const names[] = {
        [MDM_STEP_DONE] = "done",
        [MDM_STEP_READY] = "ready",
        [MDM_STEP_WAITING] = "waiting",
        [MDM_STEP_BLOCKED] = "blocked",
    };
    return names[state];
}
