/* The order of the work, as one table: see next.h. */
#include "flow/next.h"

const struct mdm_next_rule mdm_next_rules[] = {
    {MDM_FACT_PFX, MDM_FACT_RECORD, MDM_ACTION_RECORD},
    /* Apple's push certificate, once it is here, needs the customer's key and nothing of the vendor's. */
    {MDM_FACT_CUSTOMER_ARCHIVED, 0, MDM_ACTION_RESTORE_CUSTOMER},
    {MDM_FACT_PUSH_CERT, 0, MDM_ACTION_PFX},
    /* A customer's side alone has no steps 1 and 2. */
    {MDM_FACT_CUSTOMER_ONLY | MDM_FACT_PFX, MDM_FACT_RENEWING, MDM_ACTION_FINISHED},
    {MDM_FACT_CUSTOMER_ONLY, 0, MDM_ACTION_AWAIT_PUSH_CERT},
    {MDM_FACT_VENDOR_ARCHIVED, 0, MDM_ACTION_RESTORE_VENDOR},
    /* In a finished folder the vendor's side matters only while step 1 was done anew. */
    {MDM_FACT_PFX | MDM_FACT_VENDOR_KEY | MDM_FACT_VENDOR_CSR, MDM_FACT_RENEWING | MDM_FACT_VENDOR_CERT,
     MDM_ACTION_AWAIT_VENDOR_CERT},
    {MDM_FACT_PFX | MDM_FACT_VENDOR_KEY | MDM_FACT_VENDOR_CERT, MDM_FACT_RENEWING | MDM_FACT_REQUEST,
     MDM_ACTION_REQUEST},
    {MDM_FACT_PFX, MDM_FACT_RENEWING, MDM_ACTION_FINISHED},
    {0, MDM_FACT_VENDOR_KEY, MDM_ACTION_VENDOR_KEY},
    {0, MDM_FACT_VENDOR_CSR, MDM_ACTION_VENDOR_CSR},
    {0, MDM_FACT_VENDOR_CERT, MDM_ACTION_AWAIT_VENDOR_CERT},
    {0, MDM_FACT_CUSTOMER_CSR, MDM_ACTION_REQUEST},
    {0, MDM_FACT_REQUEST, MDM_ACTION_REQUEST},
    {0, MDM_FACT_CUSTOMER_KEY, MDM_ACTION_DELIVER},
    {0, 0, MDM_ACTION_AWAIT_PUSH_CERT},
};
const size_t mdm_next_rule_count = sizeof mdm_next_rules / sizeof mdm_next_rules[0];

enum mdm_action mdm_next_action(unsigned facts)
{
    size_t i = 0;

    while ((facts & mdm_next_rules[i].set) != mdm_next_rules[i].set || (facts & mdm_next_rules[i].clear) != 0)
        i++; /* the last rule always applies */
    return mdm_next_rules[i].action;
}

const struct mdm_action_row mdm_actions[] = {
    [MDM_ACTION_VENDOR_KEY] = {"make-vendor-key", 1, "mdmvendor", "make the vendor key and CSR"},
    [MDM_ACTION_VENDOR_CSR] = {"make-vendor-csr", 1, "mdmvendor", "make a CSR for the vendor key"},
    [MDM_ACTION_RESTORE_VENDOR] = {"restore-vendor-key", 2, "mdmvendor",
                                   "restore the vendor key that Apple's certificate belongs to"},
    [MDM_ACTION_AWAIT_VENDOR_CERT] = {"await-vendor-certificate", 2, "mdmvendor", NULL},
    [MDM_ACTION_REQUEST] = {"make-request", 2, "mdmvendor", "make the push certificate request"},
    [MDM_ACTION_RESTORE_CUSTOMER] = {"restore-customer-key", 3, "mdmvendor",
                                     "restore the customer key that Apple's certificate belongs to"},
    [MDM_ACTION_AWAIT_PUSH_CERT] = {"await-push-certificate", 3, "mdmvendor", NULL},
    [MDM_ACTION_PFX] = {"make-pfx", 3, "mdmvendor", "make the pfx for the MDM server"},
    [MDM_ACTION_RECORD] = {"write-record", 3, "mdmvendor", NULL},
    [MDM_ACTION_DELIVER] =
        {"deliver-request", 0, NULL,
         "nothing here; the customer uploads outputs/plist_encode.txt at identity.apple.com/pushcert"},
    [MDM_ACTION_FINISHED] = {"finished", 0, NULL, "nothing to do now; `mdmvendor renew` begins the yearly renewal"},
    [MDM_ACTION_RENEW_VENDOR] = {"renew-vendor-certificate", 1, "mdmvendor", NULL},
    [MDM_ACTION_SETTLE_TOPIC] = {"settle-topic", 3, "mdmvendor", "settle which topic the devices keep"},
    [MDM_ACTION_OLD_SCRIPT] = {"import-old-script", 1, "mdmvendor",
                               "import the old script's keys, and go on from there"},
    [MDM_ACTION_RENEW] = {"renew", 0, "mdmvendor renew", NULL},
};

enum mdm_step_state mdm_next_step_state(unsigned facts, int step)
{
    static const struct {
        int step;
        unsigned set, clear; /* as in a rule */
        enum mdm_step_state state;
    } states[] = {
        {1, MDM_FACT_VENDOR_KEY | MDM_FACT_VENDOR_CSR, 0, MDM_STEP_DONE},
        {1, 0, 0, MDM_STEP_READY},
        {2, MDM_FACT_VENDOR_CERT | MDM_FACT_REQUEST | MDM_FACT_CUSTOMER_CSR, 0, MDM_STEP_DONE},
        {2, MDM_FACT_VENDOR_ARCHIVED, MDM_FACT_VENDOR_CERT, MDM_STEP_READY},
        {2, 0, MDM_FACT_VENDOR_KEY, MDM_STEP_BLOCKED},
        {2, MDM_FACT_VENDOR_CERT, 0, MDM_STEP_READY},
        {2, 0, 0, MDM_STEP_WAITING},
        {3, MDM_FACT_CUSTOMER_ARCHIVED, 0, MDM_STEP_READY},
        {3, MDM_FACT_PUSH_CERT, 0, MDM_STEP_READY},
        {3, MDM_FACT_PFX, MDM_FACT_RENEWING, MDM_STEP_DONE},
        {3, MDM_FACT_CUSTOMER_KEY | MDM_FACT_REQUEST, 0, MDM_STEP_WAITING},
        {3, MDM_FACT_CUSTOMER_KEY | MDM_FACT_CUSTOMER_ONLY, 0, MDM_STEP_WAITING},
        {3, 0, 0, MDM_STEP_BLOCKED},
    };
    size_t i = 0;

    while (states[i].step != step || (facts & states[i].set) != states[i].set || (facts & states[i].clear) != 0)
        i++;
    return states[i].state;
}

const char *const mdm_step_names[] = {
    [1] = "vendor key and CSR",
    [2] = "push certificate request",
    [3] = "pfx for the MDM server",
};

const char *const mdm_step_state_names[] = {
    [MDM_STEP_DONE] = "done",
    [MDM_STEP_READY] = "ready",
    [MDM_STEP_WAITING] = "waiting",
    [MDM_STEP_BLOCKED] = "blocked",
};
