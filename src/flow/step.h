/*
 * The order of the work, and nothing else: facts in, next action out. Pure: no file, no clock, no library is touched.
 * The rules stand in one table (mdm_step_rules); the diagram in docs/ is drawn from it and the tests walk all of it.
 */
#ifndef MDM_FLOW_STEP_H
#define MDM_FLOW_STEP_H

#include <stddef.h>

/* What a survey found, as bits. "Fits" is always told from the contents. */
enum mdm_fact {
    MDM_FACT_VENDOR_KEY = 1 << 0,        /* there is a vendor key (outputs/vendor.key, or one given by option) */
    MDM_FACT_VENDOR_CSR = 1 << 1,        /* vendor.csr carries that key */
    MDM_FACT_VENDOR_CERT = 1 << 2,       /* inputs/ holds a vendor certificate for that key */
    MDM_FACT_VENDOR_ARCHIVED = 1 << 3,   /* inputs/ holds one for a vendor key in the archive instead, or the archive
                                            holds the CSR that the current key lacks */
    MDM_FACT_CUSTOMER_CSR = 1 << 4,      /* there is a customer CSR to sign: inputs/customer.csr, or customer.csr that
                                            carries customer.key */
    MDM_FACT_CUSTOMER_KEY = 1 << 5,      /* that CSR's key is outputs/customer.key */
    MDM_FACT_CUSTOMER_ARCHIVED = 1 << 6, /* as MDM_FACT_VENDOR_ARCHIVED, for the customer's key */
    MDM_FACT_CUSTOMER_ONLY = 1 << 7,     /* the folder has a customer's side and nothing of a vendor's */
    MDM_FACT_REQUEST = 1 << 8,           /* plist_encode (and its .txt) verifies against certificate and CSR */
    MDM_FACT_PUSH_CERT = 1 << 9,         /* inputs/ holds a push certificate for the customer's key */
    MDM_FACT_PFX = 1 << 10,              /* the pfx holds that push certificate */
};
#define MDM_FACT_COUNT 11

enum mdm_action {
    MDM_ACTION_VENDOR_KEY,          /* step 1: make key and CSR */
    MDM_ACTION_VENDOR_CSR,          /* step 1: make the CSR, the key is there */
    MDM_ACTION_BRING_BACK_VENDOR,   /* put the archived vendor key that Apple's certificate fits back into place */
    MDM_ACTION_AWAIT_VENDOR_CERT,   /* Apple's turn: mdm.cer */
    MDM_ACTION_REQUEST,             /* step 2: customer's key and CSR as far as missing, and the request */
    MDM_ACTION_BRING_BACK_CUSTOMER, /* as above, for the customer's key */
    MDM_ACTION_AWAIT_PUSH_CERT,     /* Apple's turn: MDM_Certificate.pem */
    MDM_ACTION_PFX,                 /* step 3 */
    MDM_ACTION_HAND_OVER, /* the customer keeps the key: the request goes to them, nothing is left to do here */
    MDM_ACTION_FINISHED,
};

enum mdm_step_state {
    MDM_STEP_DONE,
    MDM_STEP_READY,   /* everything it needs is here */
    MDM_STEP_WAITING, /* Apple's file is missing */
    MDM_STEP_BLOCKED, /* an earlier step comes first */
};

/* One rule: when all of `set` and none of `clear` are facts, `action` is next. The first rule that fits counts. */
struct mdm_step_rule {
    unsigned set;
    unsigned clear;
    enum mdm_action action;
};
extern const struct mdm_step_rule mdm_step_rules[];
extern const size_t mdm_step_rule_count;

/* What is to be done now. */
enum mdm_action mdm_step_next(unsigned facts);
/* The step (1-3) that an action belongs to; 0 for MDM_ACTION_FINISHED and MDM_ACTION_HAND_OVER. */
int mdm_step_of(enum mdm_action action);
/* The state of step 1, 2 or 3. */
enum mdm_step_state mdm_step_state(unsigned facts, int step);

/* Short stable names, for status --json, logs and the diagram. */
const char *mdm_action_name(enum mdm_action action);
const char *mdm_step_state_name(enum mdm_step_state state);
const char *mdm_fact_name(enum mdm_fact fact);

#endif
