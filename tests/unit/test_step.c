/* The table of steps, walked through whole: every combination of facts there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "flow/step.h"

#define ALL (1u << MDM_FACT_COUNT)

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

/* What lies in a folder after steps 1 and 2. */
#define STEP1 (VENDOR_KEY | VENDOR_CSR)
#define STEP2 (STEP1 | VENDOR_CERT | CUSTOMER_CSR | CUSTOMER_KEY | REQUEST)

static bool has(unsigned facts, unsigned wanted)
{
    return (facts & wanted) == wanted;
}

/* Combinations that a survey can draw (survey.c): the others are walked as well, and promised less. */
static bool can_be(unsigned facts)
{
    if (has(facts, PFX) && !has(facts, PUSH_CERT))
        return false; /* a pfx fits only beside the certificate that it holds */
    if (has(facts, VENDOR_CERT) && (facts & (VENDOR_KEY | VENDOR_CSR)) == 0)
        return false; /* one of them says which key the certificate is for */
    if (has(facts, VENDOR_CERT | VENDOR_ARCHIVED) && (facts & (VENDOR_KEY | VENDOR_CSR)) != VENDOR_KEY)
        return false; /* beside a certificate that fits, only a lost CSR comes back */
    if (has(facts, REQUEST) && !has(facts, VENDOR_CERT))
        return false; /* a request is judged by the vendor certificate */
    if (has(facts, CUSTOMER_ONLY) &&
        ((facts & (VENDOR_KEY | VENDOR_CSR | VENDOR_CERT | VENDOR_ARCHIVED | REQUEST)) != 0 ||
         !has(facts, CUSTOMER_KEY)))
        return false;
    return true;
}

static void fail_at(unsigned facts, enum mdm_action action, const char *what)
{
    char text[512];
    int used = snprintf(text, sizeof text, "%s: %s, with", what, mdm_action_name(action));

    for (unsigned bit = 0; bit < MDM_FACT_COUNT; bit++) {
        if ((facts & (1u << bit)) != 0)
            used +=
                snprintf(text + used, sizeof text - (size_t)used, " [%s]", mdm_fact_name((enum mdm_fact)(1u << bit)));
    }
    fail_msg("%s", text);
}

static void the_last_rule_always_fits(void **state)
{
    const struct mdm_step_rule *last = &mdm_step_rules[mdm_step_rule_count - 1];

    (void)state;
    assert_int_equal(last->set, 0);
    assert_int_equal(last->clear, 0);
}

static void no_rule_contradicts_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < mdm_step_rule_count; i++) {
        assert_int_equal(mdm_step_rules[i].set & mdm_step_rules[i].clear, 0);
        assert_true((mdm_step_rules[i].set | mdm_step_rules[i].clear) < ALL);
    }
}

/* A rule that never counts is a rule that somebody believed in. The last one is the net below all of them. */
static void every_rule_counts_somewhere(void **state)
{
    bool counts[64] = {false};

    (void)state;
    assert_in_range(mdm_step_rule_count, 1, 64);
    for (unsigned facts = 0; facts < ALL; facts++) {
        size_t i = 0;

        while (!has(facts, mdm_step_rules[i].set) || (facts & mdm_step_rules[i].clear) != 0)
            i++;
        counts[i] = true;
        assert_int_equal(mdm_step_next(facts), mdm_step_rules[i].action);
    }
    for (size_t i = 0; i + 1 < mdm_step_rule_count; i++) {
        if (!counts[i])
            fail_msg("rule %zu (%s) never counts", i, mdm_action_name(mdm_step_rules[i].action));
    }
}

/* What an action takes for granted (run.h), and what it must not find. */
static const struct {
    enum mdm_action action;
    unsigned needs;
    unsigned lacks;
} needs[] = {
    {MDM_ACTION_VENDOR_KEY, 0, VENDOR_KEY | CUSTOMER_ONLY}, /* an existing key is never made anew unasked */
    {MDM_ACTION_VENDOR_CSR, VENDOR_KEY, VENDOR_CSR},
    {MDM_ACTION_BRING_BACK_VENDOR, VENDOR_ARCHIVED, CUSTOMER_ONLY},
    {MDM_ACTION_AWAIT_VENDOR_CERT, VENDOR_KEY | VENDOR_CSR, VENDOR_CERT | VENDOR_ARCHIVED},
    {MDM_ACTION_REQUEST, VENDOR_KEY | VENDOR_CSR | VENDOR_CERT, 0},
    {MDM_ACTION_BRING_BACK_CUSTOMER, CUSTOMER_ARCHIVED, 0},
    {MDM_ACTION_AWAIT_PUSH_CERT, CUSTOMER_KEY, PUSH_CERT | CUSTOMER_ARCHIVED},
    {MDM_ACTION_PFX, CUSTOMER_KEY | PUSH_CERT, PFX},
    {MDM_ACTION_HAND_OVER, REQUEST | CUSTOMER_CSR, CUSTOMER_KEY},
    {MDM_ACTION_FINISHED, PFX, 0},
};

static void an_action_has_what_it_needs(void **state)
{
    (void)state;
    for (unsigned facts = 0; facts < ALL; facts++) {
        enum mdm_action action = mdm_step_next(facts);
        bool known = false;

        for (size_t i = 0; can_be(facts) && i < sizeof needs / sizeof needs[0]; i++) {
            if (needs[i].action != action)
                continue;
            known = true;
            if (!has(facts, needs[i].needs) || (facts & needs[i].lacks) != 0)
                fail_at(facts, action, "chosen without what it needs");
        }
        if (can_be(facts) && !known)
            fail_at(facts, action, "not in this test's table");
    }
}

static void a_request_is_only_remade_when_it_does_not_fit(void **state)
{
    (void)state;
    for (unsigned facts = 0; facts < ALL; facts++) {
        enum mdm_action action = mdm_step_next(facts);

        if (action == MDM_ACTION_REQUEST && has(facts, REQUEST | CUSTOMER_CSR))
            fail_at(facts, action, "made although it is there");
    }
}

/* The steps of a customer's side alone never touch a vendor's. */
static void a_customer_alone_does_only_step_3(void **state)
{
    (void)state;
    for (unsigned facts = 0; facts < ALL; facts++) {
        enum mdm_action action = mdm_step_next(facts);
        int step = mdm_step_of(action);

        if (has(facts, CUSTOMER_ONLY) && step != 3 && action != MDM_ACTION_FINISHED)
            fail_at(facts, action, "for a customer alone");
    }
}

/* What each action makes of the facts when all goes well, with Apple's best answer. */
static unsigned after(unsigned facts, enum mdm_action action)
{
    switch (action) {
    case MDM_ACTION_VENDOR_KEY:
        return (facts | VENDOR_KEY | VENDOR_CSR) & ~(unsigned)(VENDOR_CERT | REQUEST);
    case MDM_ACTION_VENDOR_CSR:
        return facts | VENDOR_CSR;
    case MDM_ACTION_BRING_BACK_VENDOR:
        return (facts | VENDOR_KEY | VENDOR_CSR | VENDOR_CERT) & ~(unsigned)(VENDOR_ARCHIVED | REQUEST);
    case MDM_ACTION_AWAIT_VENDOR_CERT:
        return facts | VENDOR_CERT;
    case MDM_ACTION_REQUEST:
        if (!has(facts, CUSTOMER_CSR)) /* a key of ours is made with the CSR */
            facts = (facts | CUSTOMER_CSR | CUSTOMER_KEY) & ~(unsigned)(PUSH_CERT | PFX);
        return facts | REQUEST;
    case MDM_ACTION_BRING_BACK_CUSTOMER:
        return (facts | CUSTOMER_KEY | CUSTOMER_CSR | PUSH_CERT) & ~(unsigned)(CUSTOMER_ARCHIVED | PFX | REQUEST);
    case MDM_ACTION_AWAIT_PUSH_CERT:
        return facts | PUSH_CERT;
    case MDM_ACTION_PFX:
        return facts | PFX;
    case MDM_ACTION_HAND_OVER:
    case MDM_ACTION_FINISHED:
        break;
    }
    return facts;
}

/* From anywhere, a handful of actions leads to the end: no two of them undo each other. */
static void every_folder_reaches_an_end(void **state)
{
    (void)state;
    for (unsigned facts = 0; facts < ALL; facts++) {
        unsigned now = facts;
        enum mdm_action action = mdm_step_next(now);
        int count = 0;

        while (can_be(facts) && action != MDM_ACTION_FINISHED && action != MDM_ACTION_HAND_OVER) {
            if (after(now, action) == now || ++count > 10)
                fail_at(facts, action, "does not end");
            now = after(now, action);
            action = mdm_step_next(now);
        }
    }
}

static void states_follow_from_the_facts(void **state)
{
    (void)state;
    for (unsigned facts = 0; facts < ALL; facts++) {
        enum mdm_action next = mdm_step_next(facts);
        enum mdm_step_state one = mdm_step_state(facts, 1);
        enum mdm_step_state two = mdm_step_state(facts, 2);
        enum mdm_step_state three = mdm_step_state(facts, 3);

        /* Step 1 is done when vendor.key and vendor.csr are there and belong together; it waits for nobody. */
        if ((one == MDM_STEP_DONE) != has(facts, VENDOR_KEY | VENDOR_CSR) || one == MDM_STEP_WAITING)
            fail_at(facts, next, "state of step 1");
        if ((two == MDM_STEP_DONE) != has(facts, VENDOR_CERT | CUSTOMER_CSR | REQUEST))
            fail_at(facts, next, "step 2 done");
        if (two == MDM_STEP_WAITING && (has(facts, VENDOR_CERT) || !has(facts, VENDOR_KEY)))
            fail_at(facts, next, "step 2 waits");
        if ((three == MDM_STEP_DONE) != has(facts, PUSH_CERT | PFX))
            fail_at(facts, next, "step 3 done");
        if (three == MDM_STEP_WAITING && (has(facts, PUSH_CERT) || !has(facts, CUSTOMER_KEY)))
            fail_at(facts, next, "step 3 waits");
    }
}

/* The step that is next is never shown as blocked, and waits exactly when it is Apple's turn. */
static void the_next_step_is_shown_as_such(void **state)
{
    (void)state;
    for (unsigned facts = 0; facts < ALL; facts++) {
        enum mdm_action next = mdm_step_next(facts);
        int step = mdm_step_of(next);
        bool waits = next == MDM_ACTION_AWAIT_VENDOR_CERT || next == MDM_ACTION_AWAIT_PUSH_CERT;

        if (!can_be(facts) || step == 0)
            continue;
        if (mdm_step_state(facts, step) == MDM_STEP_BLOCKED)
            fail_at(facts, next, "next, and blocked");
        if (waits != (mdm_step_state(facts, step) == MDM_STEP_WAITING))
            fail_at(facts, next, "Apple's turn, and the state says otherwise");
    }
}

static void finished_says_that_step_3_is_done(void **state)
{
    (void)state;
    for (unsigned facts = 0; facts < ALL; facts++) {
        enum mdm_action next = mdm_step_next(facts);

        if (can_be(facts) && next == MDM_ACTION_FINISHED && mdm_step_state(facts, 3) != MDM_STEP_DONE)
            fail_at(facts, next, "step 3 is not done");
    }
}

/* The promises of the command line's contract, one a line. */
static const struct {
    const char *promise;
    unsigned facts;
    enum mdm_action next;
    enum mdm_step_state steps[3];
} promises[] = {
    {"an empty folder begins at step 1",
     0,
     MDM_ACTION_VENDOR_KEY,
     {MDM_STEP_READY, MDM_STEP_BLOCKED, MDM_STEP_BLOCKED}},
    {"a lost CSR is made again from the key",
     VENDOR_KEY,
     MDM_ACTION_VENDOR_CSR,
     {MDM_STEP_READY, MDM_STEP_WAITING, MDM_STEP_BLOCKED}},
    {"after step 1 it is Apple's turn",
     STEP1,
     MDM_ACTION_AWAIT_VENDOR_CERT,
     {MDM_STEP_DONE, MDM_STEP_WAITING, MDM_STEP_BLOCKED}},
    {"with mdm.cer step 2 can go",
     STEP1 | VENDOR_CERT,
     MDM_ACTION_REQUEST,
     {MDM_STEP_DONE, MDM_STEP_READY, MDM_STEP_BLOCKED}},
    {"a customer key from before is kept by step 2",
     STEP1 | VENDOR_CERT | CUSTOMER_CSR | CUSTOMER_KEY,
     MDM_ACTION_REQUEST,
     {MDM_STEP_DONE, MDM_STEP_READY, MDM_STEP_BLOCKED}},
    {"after step 2 it is Apple's turn again",
     STEP2,
     MDM_ACTION_AWAIT_PUSH_CERT,
     {MDM_STEP_DONE, MDM_STEP_DONE, MDM_STEP_WAITING}},
    {"with the push certificate step 3 can go",
     STEP2 | PUSH_CERT,
     MDM_ACTION_PFX,
     {MDM_STEP_DONE, MDM_STEP_DONE, MDM_STEP_READY}},
    {"with the pfx all is done",
     STEP2 | PUSH_CERT | PFX,
     MDM_ACTION_FINISHED,
     {MDM_STEP_DONE, MDM_STEP_DONE, MDM_STEP_DONE}},
    {"a renewed mdm.cer makes step 2 due again",
     (STEP2 | PUSH_CERT | PFX) & ~(unsigned)REQUEST,
     MDM_ACTION_REQUEST,
     {MDM_STEP_DONE, MDM_STEP_READY, MDM_STEP_DONE}},
    {"a certificate for an archived vendor key brings that key back",
     STEP1 | VENDOR_ARCHIVED,
     MDM_ACTION_BRING_BACK_VENDOR,
     {MDM_STEP_DONE, MDM_STEP_READY, MDM_STEP_BLOCKED}},
    {"and does so when there is no key at all",
     VENDOR_ARCHIVED,
     MDM_ACTION_BRING_BACK_VENDOR,
     {MDM_STEP_READY, MDM_STEP_READY, MDM_STEP_BLOCKED}},
    {"a bring-back that was cut short gets its CSR",
     VENDOR_KEY | VENDOR_CERT | VENDOR_ARCHIVED,
     MDM_ACTION_BRING_BACK_VENDOR,
     {MDM_STEP_READY, MDM_STEP_READY, MDM_STEP_BLOCKED}},
    {"a push certificate for an archived customer key brings that key back",
     STEP2 | CUSTOMER_ARCHIVED,
     MDM_ACTION_BRING_BACK_CUSTOMER,
     {MDM_STEP_DONE, MDM_STEP_DONE, MDM_STEP_READY}},
    {"the customer's own CSR is signed",
     STEP1 | VENDOR_CERT | CUSTOMER_CSR,
     MDM_ACTION_REQUEST,
     {MDM_STEP_DONE, MDM_STEP_READY, MDM_STEP_BLOCKED}},
    {"and then the rest is the customer's",
     STEP1 | VENDOR_CERT | CUSTOMER_CSR | REQUEST,
     MDM_ACTION_HAND_OVER,
     {MDM_STEP_DONE, MDM_STEP_DONE, MDM_STEP_BLOCKED}},
    {"a customer alone waits for the push certificate",
     CUSTOMER_ONLY | CUSTOMER_CSR | CUSTOMER_KEY,
     MDM_ACTION_AWAIT_PUSH_CERT,
     {MDM_STEP_READY, MDM_STEP_BLOCKED, MDM_STEP_WAITING}},
    {"and makes the pfx from it",
     CUSTOMER_ONLY | CUSTOMER_CSR | CUSTOMER_KEY | PUSH_CERT,
     MDM_ACTION_PFX,
     {MDM_STEP_READY, MDM_STEP_BLOCKED, MDM_STEP_READY}},
    {"a finished folder stays so without its vendor's side",
     CUSTOMER_CSR | CUSTOMER_KEY | PUSH_CERT | PFX,
     MDM_ACTION_FINISHED,
     {MDM_STEP_READY, MDM_STEP_BLOCKED, MDM_STEP_DONE}},
};

static void the_contract_is_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++) {
        enum mdm_action next = mdm_step_next(promises[i].facts);

        if (next != promises[i].next)
            fail_msg("%s: next is %s", promises[i].promise, mdm_action_name(next));
        for (int step = 1; step <= 3; step++) {
            enum mdm_step_state found = mdm_step_state(promises[i].facts, step);

            if (found != promises[i].steps[step - 1])
                fail_msg("%s: step %d is %s", promises[i].promise, step, mdm_step_state_name(found));
        }
    }
}

static void names_are_stable_and_distinct(void **state)
{
    (void)state;
    for (int a = MDM_ACTION_VENDOR_KEY; a <= MDM_ACTION_FINISHED; a++) {
        const char *name = mdm_action_name((enum mdm_action)a);

        assert_true(strlen(name) > 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz-") == strlen(name));
        for (int b = MDM_ACTION_VENDOR_KEY; b < a; b++)
            assert_string_not_equal(name, mdm_action_name((enum mdm_action)b));
    }
    assert_string_equal(mdm_step_state_name(MDM_STEP_DONE), "done");
    assert_string_equal(mdm_step_state_name(MDM_STEP_READY), "ready");
    assert_string_equal(mdm_step_state_name(MDM_STEP_WAITING), "waiting");
    assert_string_equal(mdm_step_state_name(MDM_STEP_BLOCKED), "blocked");
    for (unsigned bit = 0; bit < MDM_FACT_COUNT; bit++)
        assert_true(strlen(mdm_fact_name((enum mdm_fact)(1u << bit))) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_rule_always_fits),
        cmocka_unit_test(no_rule_contradicts_itself),
        cmocka_unit_test(every_rule_counts_somewhere),
        cmocka_unit_test(an_action_has_what_it_needs),
        cmocka_unit_test(a_request_is_only_remade_when_it_does_not_fit),
        cmocka_unit_test(a_customer_alone_does_only_step_3),
        cmocka_unit_test(every_folder_reaches_an_end),
        cmocka_unit_test(states_follow_from_the_facts),
        cmocka_unit_test(the_next_step_is_shown_as_such),
        cmocka_unit_test(finished_says_that_step_3_is_done),
        cmocka_unit_test(the_contract_is_kept),
        cmocka_unit_test(names_are_stable_and_distinct),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
