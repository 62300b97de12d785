/* Tests of flow/next.h: the table of what comes next, over all combinations of facts. */
#include "scratch.h"

#include <stdbool.h>

#include "flow/next.h"

#define ALL_FACTS ((MDM_FACT_RECORD << 1) - 1)

/* What an action needs to be possible at all, and what it brings about. */
static const struct {
    enum mdm_action action;
    unsigned needs;
    unsigned without;
} sensible[] = {
    {MDM_ACTION_VENDOR_KEY, 0, MDM_FACT_VENDOR_KEY | MDM_FACT_PUSH_CERT | MDM_FACT_CUSTOMER_ONLY},
    {MDM_ACTION_VENDOR_CSR, MDM_FACT_VENDOR_KEY, MDM_FACT_VENDOR_CSR | MDM_FACT_PUSH_CERT},
    {MDM_ACTION_RESTORE_VENDOR, MDM_FACT_VENDOR_ARCHIVED, MDM_FACT_PUSH_CERT},
    {MDM_ACTION_AWAIT_VENDOR_CERT, MDM_FACT_VENDOR_KEY | MDM_FACT_VENDOR_CSR, MDM_FACT_VENDOR_CERT},
    {MDM_ACTION_REQUEST, MDM_FACT_VENDOR_KEY | MDM_FACT_VENDOR_CERT, MDM_FACT_PUSH_CERT},
    {MDM_ACTION_RESTORE_CUSTOMER, MDM_FACT_CUSTOMER_ARCHIVED, 0},
    {MDM_ACTION_AWAIT_PUSH_CERT, 0, MDM_FACT_PUSH_CERT},
    {MDM_ACTION_PFX, MDM_FACT_PUSH_CERT, 0},
    {MDM_ACTION_RECORD, MDM_FACT_PFX, MDM_FACT_RECORD},
    {MDM_ACTION_DELIVER, MDM_FACT_REQUEST | MDM_FACT_CUSTOMER_CSR, MDM_FACT_CUSTOMER_KEY},
    {MDM_ACTION_FINISHED, MDM_FACT_PFX, MDM_FACT_RENEWING | MDM_FACT_PUSH_CERT},
};

static void every_combination_leads_to_something_possible(void **state)
{
    (void)state;
    for (unsigned facts = 0; facts <= ALL_FACTS; facts++) {
        enum mdm_action action = mdm_next_action(facts);

        for (size_t i = 0; i < sizeof sensible / sizeof sensible[0]; i++) {
            if (sensible[i].action != action)
                continue;
            assert_int_equal(facts & sensible[i].needs, sensible[i].needs);
            assert_int_equal(facts & sensible[i].without, 0);
        }
    }
}

static void every_rule_can_be_the_one(void **state)
{
    (void)state;
    for (size_t rule = 0; rule < mdm_next_rule_count; rule++) {
        bool reached = false;

        for (unsigned facts = 0; facts <= ALL_FACTS && !reached; facts++) {
            size_t first = 0;

            while ((facts & mdm_next_rules[first].set) != mdm_next_rules[first].set ||
                   (facts & mdm_next_rules[first].clear) != 0)
                first++;
            reached = first == rule;
        }
        assert_true(reached);
    }
}

static void the_usual_way_goes_through_all_steps(void **state)
{
    static const struct {
        unsigned adds;
        enum mdm_action next;
    } way[] = {
        {MDM_FACT_RECORD, MDM_ACTION_VENDOR_KEY},
        {MDM_FACT_VENDOR_KEY, MDM_ACTION_VENDOR_CSR},
        {MDM_FACT_VENDOR_CSR, MDM_ACTION_AWAIT_VENDOR_CERT},
        {MDM_FACT_VENDOR_CERT, MDM_ACTION_REQUEST},
        {MDM_FACT_CUSTOMER_KEY | MDM_FACT_CUSTOMER_CSR, MDM_ACTION_REQUEST},
        {MDM_FACT_REQUEST, MDM_ACTION_AWAIT_PUSH_CERT},
        {MDM_FACT_PUSH_CERT, MDM_ACTION_PFX},
    };
    unsigned facts = 0;

    (void)state;
    for (size_t i = 0; i < sizeof way / sizeof way[0]; i++) {
        facts |= way[i].adds;
        assert_int_equal(mdm_next_action(facts), way[i].next);
    }
    facts = (facts & ~(unsigned)MDM_FACT_PUSH_CERT) | MDM_FACT_PFX;
    assert_int_equal(mdm_next_action(facts), MDM_ACTION_FINISHED);
    assert_int_equal(mdm_next_action(facts | MDM_FACT_RENEWING), MDM_ACTION_AWAIT_PUSH_CERT);
    for (int step = 1; step <= 3; step++)
        assert_int_equal(mdm_next_step_state(facts, step), MDM_STEP_DONE);
}

static void what_is_in_force_stays_so_without_the_vendor(void **state)
{
    (void)state;
    for (unsigned vendor = 0; vendor < 4; vendor++)
        assert_int_equal(mdm_next_action(MDM_FACT_PFX | MDM_FACT_RECORD | MDM_FACT_CUSTOMER_KEY |
                                         (vendor & 1 ? MDM_FACT_VENDOR_KEY : 0) | (vendor & 2 ? MDM_FACT_REQUEST : 0)),
                         MDM_ACTION_FINISHED);
}

static void names_are_there(void **state)
{
    (void)state;
    for (int action = 0; action <= MDM_ACTION_FINISHED; action++)
        assert_true(strlen(mdm_actions[action].name) > 3);
    for (int step = 0; step <= MDM_STEP_BLOCKED; step++)
        assert_true(strlen(mdm_step_state_names[step]) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination_leads_to_something_possible),
        cmocka_unit_test(every_rule_can_be_the_one),
        cmocka_unit_test(the_usual_way_goes_through_all_steps),
        cmocka_unit_test(what_is_in_force_stays_so_without_the_vendor),
        cmocka_unit_test(names_are_there),
    };

    return cmocka_run_group_tests_name("next", tests, NULL, NULL);
}
