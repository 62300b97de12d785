/*
 * The order of the work, and nothing else: facts in, next action out. Pure: no file, no clock, no library is touched.
 * The rules are one table (mdm_next_rules), and the tests try all combinations.
 */
#ifndef MDM_FLOW_NEXT_H
#define MDM_FLOW_NEXT_H

#include <stddef.h>

/* What a state found, as bits, always by the contents of files. */
enum mdm_fact {
    MDM_FACT_VENDOR_KEY = 1 << 0,        /* there is a vendor key (outputs/vendor.key, or one given by option) */
    MDM_FACT_VENDOR_CSR = 1 << 1,        /* vendor.csr carries that key */
    MDM_FACT_VENDOR_CERT = 1 << 2,       /* a vendor certificate for that key is known */
    MDM_FACT_VENDOR_ARCHIVED = 1 << 3,   /* a vendor key or CSR of the archive is to be restored */
    MDM_FACT_CUSTOMER_CSR = 1 << 4,      /* there is a customer CSR to sign */
    MDM_FACT_CUSTOMER_KEY = 1 << 5,      /* the key of that CSR is outputs/customer.key */
    MDM_FACT_CUSTOMER_ARCHIVED = 1 << 6, /* a customer key or CSR of the archive is to be restored */
    MDM_FACT_CUSTOMER_ONLY = 1 << 7,     /* the folder has a customer's side and nothing of a vendor's */
    MDM_FACT_REQUEST = 1 << 8,           /* the request is there, and nothing more can be done about it now */
    MDM_FACT_PUSH_CERT = 1 << 9,         /* inputs/ holds a push certificate that is to be put in force */
    MDM_FACT_PFX = 1 << 10,              /* pfx and record belong together */
    MDM_FACT_RENEWING = 1 << 11,         /* a renewal is under way */
    MDM_FACT_RECORD = 1 << 12,           /* the record is written, or cannot be */
};

enum mdm_action {
    MDM_ACTION_VENDOR_KEY,        /* step 1: make key and CSR */
    MDM_ACTION_VENDOR_CSR,        /* step 1: make the CSR, the key is there */
    MDM_ACTION_RESTORE_VENDOR,    /* restore the vendor key of the archive that Apple's certificate is for */
    MDM_ACTION_AWAIT_VENDOR_CERT, /* Apple's turn: mdm.cer */
    MDM_ACTION_REQUEST,           /* step 2: customer's key and CSR as far as missing, and the request */
    MDM_ACTION_RESTORE_CUSTOMER,  /* as above, for the customer's key */
    MDM_ACTION_AWAIT_PUSH_CERT,   /* Apple's turn: MDM_Certificate.pem */
    MDM_ACTION_PFX,               /* step 3 */
    MDM_ACTION_RECORD,            /* write down which certificate the pfx holds */
    MDM_ACTION_DELIVER,           /* the customer keeps the key: the request goes to them, nothing is left to do here */
    MDM_ACTION_FINISHED,
    /* What a status says in place of an action that would only refuse. */
    MDM_ACTION_RENEW_VENDOR, /* the vendor certificate expired */
    MDM_ACTION_SETTLE_TOPIC, /* inputs/ holds a push certificate of another topic */
    MDM_ACTION_OLD_SCRIPT,   /* the next run imports the old script's keys first */
    MDM_ACTION_RENEW,        /* the push certificate expired or is about to */
};

enum mdm_step_state {
    MDM_STEP_DONE,
    MDM_STEP_READY,   /* everything it needs is here */
    MDM_STEP_WAITING, /* Apple's file is missing */
    MDM_STEP_BLOCKED, /* an earlier step comes first, or something stops it */
};

/* One rule: when all of `set` and none of `clear` are facts, `action` is next. The first rule that applies counts. */
struct mdm_next_rule {
    unsigned set;
    unsigned clear;
    enum mdm_action action;
};
extern const struct mdm_next_rule mdm_next_rules[];
extern const size_t mdm_next_rule_count;

/* What is to be done now. */
enum mdm_action mdm_next_action(unsigned facts);
/* The state of step 1, 2 or 3. */
enum mdm_step_state mdm_next_step_state(unsigned facts, int step);

/* What step 1, 2 or 3 is called, wherever people see it. */
extern const char *const mdm_step_names[];

struct mdm_action_row {
    const char *name;    /* short and stable, for status --json */
    int step;            /* 1-3; 0 when nothing is left to do */
    const char *command; /* that does it, without options; NULL when there is nothing to run */
    const char *words;   /* what a person reads behind "Next: "; NULL: cmd_status.c says more than that */
};
extern const struct mdm_action_row mdm_actions[]; /* by enum mdm_action */
extern const char *const mdm_step_state_names[];  /* by enum mdm_step_state: short and stable, too */

#endif
