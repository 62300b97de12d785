/* The order of the work, as one table: see step.h. */
#include "flow/step.h"

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

const struct mdm_step_rule mdm_step_rules[] = {
    /* A customer's side alone has no steps 1 and 2. */
    {CUSTOMER_ONLY | CUSTOMER_ARCHIVED, PUSH_CERT, MDM_ACTION_BRING_BACK_CUSTOMER},
    {CUSTOMER_ONLY, PUSH_CERT, MDM_ACTION_AWAIT_PUSH_CERT},
    {CUSTOMER_ONLY, PFX, MDM_ACTION_PFX},
    {CUSTOMER_ONLY, 0, MDM_ACTION_FINISHED},
    /* What Apple signed decides which key is the current one. */
    {VENDOR_ARCHIVED, VENDOR_CERT | VENDOR_CSR, MDM_ACTION_BRING_BACK_VENDOR},
    {VENDOR_ARCHIVED | VENDOR_CSR, VENDOR_CERT, MDM_ACTION_BRING_BACK_VENDOR},
    {VENDOR_ARCHIVED | VENDOR_CERT, VENDOR_CSR, MDM_ACTION_BRING_BACK_VENDOR},
    {PFX, VENDOR_KEY, MDM_ACTION_FINISHED}, /* the vendor's key has been moved elsewhere: nothing is due */
    {0, VENDOR_KEY, MDM_ACTION_VENDOR_KEY},
    {0, VENDOR_CSR, MDM_ACTION_VENDOR_CSR},
    {0, VENDOR_CERT, MDM_ACTION_AWAIT_VENDOR_CERT},
    {CUSTOMER_ARCHIVED, PUSH_CERT, MDM_ACTION_BRING_BACK_CUSTOMER},
    {CUSTOMER_ARCHIVED, CUSTOMER_CSR, MDM_ACTION_BRING_BACK_CUSTOMER},
    {0, CUSTOMER_CSR, MDM_ACTION_REQUEST},
    {0, REQUEST, MDM_ACTION_REQUEST},
    {PFX, 0, MDM_ACTION_FINISHED},
    {0, CUSTOMER_KEY, MDM_ACTION_HAND_OVER},
    {0, PUSH_CERT, MDM_ACTION_AWAIT_PUSH_CERT},
    {0, PFX, MDM_ACTION_PFX},
    {0, 0, MDM_ACTION_FINISHED},
};
const size_t mdm_step_rule_count = sizeof mdm_step_rules / sizeof mdm_step_rules[0];

enum mdm_action mdm_step_next(unsigned facts)
{
    size_t i = 0;

    while ((facts & mdm_step_rules[i].set) != mdm_step_rules[i].set || (facts & mdm_step_rules[i].clear) != 0)
        i++; /* the last rule always fits */
    return mdm_step_rules[i].action;
}

int mdm_step_of(enum mdm_action action)
{
    switch (action) {
    case MDM_ACTION_VENDOR_KEY:
    case MDM_ACTION_VENDOR_CSR:
        return 1;
    case MDM_ACTION_BRING_BACK_VENDOR:
    case MDM_ACTION_AWAIT_VENDOR_CERT:
    case MDM_ACTION_REQUEST:
        return 2;
    case MDM_ACTION_BRING_BACK_CUSTOMER:
    case MDM_ACTION_AWAIT_PUSH_CERT:
    case MDM_ACTION_PFX:
        return 3;
    case MDM_ACTION_HAND_OVER:
    case MDM_ACTION_FINISHED:
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
    if ((facts & PUSH_CERT) != 0 && (facts & PFX) != 0)
        return MDM_STEP_DONE;
    if ((facts & CUSTOMER_ARCHIVED) != 0)
        return MDM_STEP_READY;
    if ((facts & CUSTOMER_KEY) == 0)
        return MDM_STEP_BLOCKED;
    if ((facts & PUSH_CERT) != 0)
        return MDM_STEP_READY;
    return (facts & (REQUEST | CUSTOMER_ONLY)) != 0 ? MDM_STEP_WAITING : MDM_STEP_BLOCKED;
}

enum mdm_step_state mdm_step_state(unsigned facts, int step)
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
        [MDM_ACTION_BRING_BACK_VENDOR] = "bring-back-vendor-key",
        [MDM_ACTION_AWAIT_VENDOR_CERT] = "await-vendor-certificate",
        [MDM_ACTION_REQUEST] = "make-request",
        [MDM_ACTION_BRING_BACK_CUSTOMER] = "bring-back-customer-key",
        [MDM_ACTION_AWAIT_PUSH_CERT] = "await-push-certificate",
        [MDM_ACTION_PFX] = "make-pfx",
        [MDM_ACTION_HAND_OVER] = "hand-over",
        [MDM_ACTION_FINISHED] = "finished",
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

const char *mdm_fact_name(enum mdm_fact fact)
{
    switch (fact) {
    case MDM_FACT_VENDOR_KEY:
        return "vendor key";
    case MDM_FACT_VENDOR_CSR:
        return "vendor CSR";
    case MDM_FACT_VENDOR_CERT:
        return "vendor certificate";
    case MDM_FACT_VENDOR_ARCHIVED:
        return "archived vendor key fits";
    case MDM_FACT_CUSTOMER_CSR:
        return "customer CSR";
    case MDM_FACT_CUSTOMER_KEY:
        return "customer key";
    case MDM_FACT_CUSTOMER_ARCHIVED:
        return "archived customer key fits";
    case MDM_FACT_CUSTOMER_ONLY:
        return "customer's side alone";
    case MDM_FACT_REQUEST:
        return "request";
    case MDM_FACT_PUSH_CERT:
        return "push certificate";
    case MDM_FACT_PFX:
        return "pfx";
    }
    return "";
}
