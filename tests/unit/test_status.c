/* Tests of mdmvendor/status.h and of its JSON. */
#include "issued.h"
#include "practice_faults.h"

#include <sys/types.h>

#include "cli/status_json.h"
#include "flow/status.h"
#include "store/workspace.h"

#define ARCHIVE "outputs/archive/20261101T120000Z/"

static struct issued_world *world;

static struct mdm_status_options options_at(mdm_time at)
{
    return (struct mdm_status_options){.directory = ".", .trust = world->trust, .at = at, .days = 30};
}

static struct mdm_status read_with(const struct mdm_status_options *options)
{
    struct mdm_error err = {0};
    struct mdm_status status;

    issued_expect(mdm_status_read(options, &status, &err), &err);
    return status;
}

static struct mdm_status read_at(mdm_time at)
{
    struct mdm_status_options options = options_at(at);

    return read_with(&options);
}

static struct mdm_status read_now(void)
{
    return read_at(issued_at() + MDM_DAY);
}

static void assert_states(const struct mdm_status *status, const char *one, const char *two, const char *three)
{
    assert_string_equal(status->steps[0].state, one);
    assert_string_equal(status->steps[1].state, two);
    assert_string_equal(status->steps[2].state, three);
}

static void assert_says(const char *text, const char *words)
{
    if (text == NULL || strstr(text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text != NULL ? text : "(nothing)", words);
}

/* One of the warnings has these words. */
static void assert_warns(const struct mdm_status *status, const char *words)
{
    for (size_t i = 0; i < status->warnings.count; i++) {
        if (strstr(status->warnings.items[i], words) != NULL)
            return;
    }
    for (size_t i = 0; i < status->warnings.count; i++)
        print_error("warning: %s\n", status->warnings.items[i]);
    fail_msg("no warning says \"%s\"", words);
}

static void assert_no_warnings(const struct mdm_status *status)
{
    for (size_t i = 0; i < status->warnings.count; i++)
        fail_msg("warning: %s", status->warnings.items[i]);
}

/* Reads as of `at`, expects a warning with these words, and frees. */
static void assert_warns_at(mdm_time at, const char *words)
{
    struct mdm_status status = read_at(at);

    assert_warns(&status, words);
    mdm_status_free(&status);
}

static void an_empty_folder_begins_at_step_1(void **state)
{
    struct mdm_status status = read_now();

    (void)state;
    assert_states(&status, "ready", "blocked", "blocked");
    assert_int_equal(status.next.step, 1);
    assert_string_equal(status.next.action, "make-vendor-key");
    assert_string_equal(status.next.command, "mdmvendor");
    assert_int_equal(status.steps[0].files.count, 0);
    assert_int_equal(status.certificate_count, 0);
    assert_null(status.topic);
    assert_false(status.ending);
    assert_no_warnings(&status);
    mdm_status_free(&status);
    assert_null(status.directory);
    assert_absent("inputs");
    assert_absent("outputs");
}

static void a_missing_folder_is_an_error(void **state)
{
    struct mdm_status_options options = options_at(issued_at());
    struct mdm_status status;
    struct mdm_error err = {0};

    (void)state;
    options.directory = "absent";
    assert_int_equal(mdm_status_read(&options, &status, &err), -1);
    assert_int_equal(err.code, MDM_E_FAILED);
    assert_int_equal(mdm_error_status(&err), 1);
    assert_says(err.text, "absent");
    mdm_status_free(&status);
}

static void apples_turn_names_the_file(void **state)
{
    struct mdm_status status;

    (void)state;
    issued_put_step1(world);
    status = read_now();
    assert_states(&status, "done", "waiting", "blocked");
    assert_string_equal(status.steps[0].files.items[0], "outputs/vendor.key");
    assert_string_equal(status.steps[0].files.items[1], "outputs/vendor.csr");
    assert_null(status.steps[0].reason);
    assert_string_equal(status.steps[1].waiting_for, "inputs/mdm.cer");
    assert_says(status.steps[1].reason, "outputs/vendor.csr");
    assert_string_equal(status.next.action, "await-vendor-certificate");
    assert_no_warnings(&status);
    mdm_status_free(&status);

    issued_put_step2(world);
    status = read_now();
    assert_states(&status, "done", "done", "waiting");
    assert_int_equal(status.steps[1].files.count, 4);
    assert_string_equal(status.steps[2].waiting_for, "inputs/MDM_Certificate.pem");
    assert_int_equal(status.next.step, 3);
    assert_null(status.topic);
    assert_no_warnings(&status);
    mdm_status_free(&status);
}

static void assert_cert(const struct mdm_status_cert *entry, const char *role, const char *path)
{
    assert_string_equal(entry->role, role);
    if (path == NULL)
        assert_null(entry->path);
    else
        assert_string_equal(entry->path, path);
}

static void a_finished_folder_lists_certificates_and_topic(void **state)
{
    struct mdm_status status;

    (void)state;
    issued_put_step3(world);
    status = read_now();
    assert_states(&status, "done", "done", "done");
    assert_int_equal(status.next.step, 0);
    assert_string_equal(status.next.action, "finished");
    assert_null(status.next.command);
    assert_int_equal(status.certificate_count, 4);
    assert_cert(&status.certificates[0], "vendor", "inputs/mdm.cer");
    assert_cert(&status.certificates[1], "push", "inputs/MDM_Certificate.pem");
    assert_cert(&status.certificates[2], "intermediate", NULL);
    assert_cert(&status.certificates[3], "root", NULL);
    assert_true(mdm_cert_equal(status.certificates[1].cert, world->customer[0].cert));
    assert_int_equal(status.certificates[1].days_left,
                     mdm_time_days(issued_at() + MDM_DAY, mdm_cert_facts(world->customer[0].cert)->not_after));
    assert_string_equal(status.topic, mdm_cert_facts(world->customer[0].cert)->topic);
    assert_false(status.ending);
    assert_no_warnings(&status);
    mdm_status_free(&status);
}

static void other_certificates_in_inputs_are_listed_unused(void **state)
{
    struct mdm_status status;

    (void)state;
    issued_put_step3(world);
    issued_put("inputs/other.cer", &world->vendor[1].file, 0644);
    issued_put(ARCHIVE "inputs/older.cer", &world->customer[1].file, 0644);
    status = read_now();
    assert_int_equal(status.certificate_count, 5);
    assert_cert(&status.certificates[4], "vendor", "inputs/other.cer");
    assert_false(status.certificates[4].in_use);
    mdm_status_free(&status);
}

/* The promise for cron: "expired, or expires within N days", to the second. */
static void an_end_within_the_days_is_told_and_an_earlier_one(void **state)
{
    mdm_time push_end = mdm_cert_facts(world->customer[0].cert)->not_after;
    mdm_time vendor_end = mdm_cert_facts(world->vendor[0].cert)->not_after;
    mdm_time first = push_end < vendor_end ? push_end : vendor_end;
    const struct {
        mdm_time at;
        int days;
        bool ending;
    } cases[] = {
        {first - 30 * MDM_DAY - 1, 30, false},
        {first - 30 * MDM_DAY, 30, true},
        {first - 30 * MDM_DAY - 1, 31, true},
        {first - 1, 0, false},
        {first + 1, 0, true},
        {first + 1000 * MDM_DAY, 30, true},
    };

    (void)state;
    issued_put_step3(world);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mdm_status_options options = options_at(cases[i].at);
        struct mdm_status status;

        options.days = cases[i].days;
        status = read_with(&options);
        if (status.ending != cases[i].ending)
            fail_msg("case %zu: ending is %d", i, status.ending);
        assert_int_equal(status.warnings.count > 0, cases[i].ending);
        mdm_status_free(&status);
    }
}

static void a_push_certificate_that_ends_calls_for_a_renewal(void **state)
{
    mdm_time end = mdm_cert_facts(world->customer[0].cert)->not_after;
    struct mdm_status status;

    (void)state;
    issued_put_step3(world);
    status = read_at(end - 10 * MDM_DAY);
    assert_string_equal(status.next.action, "renew");
    assert_string_equal(status.next.command, "mdmvendor renew");
    assert_warns(&status, "in 10 days");
    assert_warns(&status, "mdmvendor renew");
    mdm_status_free(&status);
    status = read_at(end + 1);
    assert_int_equal(status.certificates[1].days_left, -1);
    assert_warns(&status, "expired on");
    assert_states(&status, "done", "done", "done");
    mdm_status_free(&status);
}

static void an_expired_vendor_certificate_sends_back_to_step_1(void **state)
{
    struct mdm_status status;

    (void)state;
    issued_put_step1(world);
    issued_put("inputs/mdm.cer", &world->vendor[0].file, 0644);
    status = read_at(mdm_cert_facts(world->vendor[0].cert)->not_after + MDM_DAY);
    assert_states(&status, "done", "blocked", "blocked");
    assert_says(status.steps[1].reason, "expired on");
    assert_int_equal(status.next.step, 1);
    assert_string_equal(status.next.command, "mdmvendor 1");
    assert_true(status.ending);
    /* the CAs are listed all the same */
    assert_int_equal(status.certificate_count, 3);
    mdm_status_free(&status);
}

static void a_chain_that_is_incomplete_blocks_step_2(void **state)
{
    struct mdm_bytes file = {0};
    struct mdm_status status;

    (void)state;
    issued_order_vendor(
        world, &world->vendor[0],
        (struct mdm_practice_order){.alter = practice_alter, .alter_ctx = &(unsigned){PRACTICE_UNKNOWN_ISSUER}}, &file);
    issued_put_step1(world);
    issued_put("inputs/mdm.cer", &file, 0644);
    status = read_now();
    assert_states(&status, "done", "blocked", "blocked");
    assert_says(status.steps[1].reason, "missing");
    assert_warns(&status, "missing");
    assert_int_equal(status.certificate_count, 1);
    mdm_status_free(&status);
    mdm_bytes_free(&file);
}

/* The intermediate that the trust lacks lies in inputs/: the chain holds, and the file is named. */
static void an_intermediate_in_inputs_is_used(void **state)
{
    struct mdm_cert *ca = mdm_practice_ca_cert(world->practice, MDM_PRACTICE_WWDR_UNKNOWN, NULL);
    struct mdm_bytes file = {0};
    struct mdm_bytes pem = {0};
    struct mdm_status status;

    (void)state;
    issued_order_vendor(
        world, &world->vendor[0],
        (struct mdm_practice_order){.alter = practice_alter, .alter_ctx = &(unsigned){PRACTICE_UNKNOWN_ISSUER}}, &file);
    assert_int_equal(mdm_cert_append_pem(ca, &pem, NULL), 0);
    issued_put_step1(world);
    issued_put("inputs/mdm.cer", &file, 0644);
    issued_put("inputs/wwdr.pem", &pem, 0644);
    status = read_now();
    assert_states(&status, "done", "ready", "blocked");
    assert_int_equal(status.certificate_count, 3);
    assert_cert(&status.certificates[1], "intermediate", "inputs/wwdr.pem");
    assert_true(status.certificates[1].in_use);
    assert_no_warnings(&status);
    mdm_status_free(&status);
    mdm_bytes_free(&file);
    mdm_bytes_free(&pem);
    mdm_cert_free(&ca);
}

static void a_missing_marker_is_a_warning(void **state)
{
    struct mdm_bytes file = {0};

    (void)state;
    issued_order_vendor(
        world, &world->vendor[0],
        (struct mdm_practice_order){.alter = practice_alter, .alter_ctx = &(unsigned){PRACTICE_NO_MARKER}}, &file);
    issued_put_step1(world);
    issued_put("inputs/mdm.cer", &file, 0644);
    assert_warns_at(issued_at() + MDM_DAY, "1.2.840.113635.100.4.12");
    mdm_bytes_free(&file);
}

static void a_wrong_file_is_told_with_its_sentence(void **state)
{
    struct mdm_status status;

    (void)state;
    issued_put_step1(world);
    issued_put("inputs/mdm.cer", &world->vendor[1].file, 0644);
    status = read_now();
    assert_says(status.steps[1].reason, "was not issued for outputs/vendor.key");
    assert_warns(&status, "was not issued for outputs/vendor.key");
    assert_int_equal(status.warnings.count, 1);
    mdm_status_free(&status);

    issued_put_step2(world);
    issued_put_text("inputs/MDM_Certificate.pem", "<html><body>Sign in</body></html>");
    status = read_now();
    assert_says(status.steps[2].reason, "HTML");
    assert_warns(&status, "HTML");
    mdm_status_free(&status);
}

/* A certificate before there is any key is somebody else's, or the key is lost. */
static void a_certificate_without_any_key_is_told(void **state)
{
    (void)state;
    issued_put("inputs/mdm.cer", &world->vendor[0].file, 0644);
    assert_warns_at(issued_at() + MDM_DAY, "its private key is not in this folder");
}

/* The key comes back from the archive: the certificate is right, not wrong. */
static void a_certificate_of_an_archived_key_is_no_mistake(void **state)
{
    struct mdm_status status;

    (void)state;
    issued_put_step1(world);
    issued_put(ARCHIVE "vendor.key", &world->vendor[1].key_pem, 0600);
    issued_put(ARCHIVE "vendor.csr", &world->vendor[1].csr_pem, 0644);
    issued_put("inputs/mdm.cer", &world->vendor[1].file, 0644);
    status = read_now();
    assert_string_equal(status.next.action, "bring-back-vendor-key");
    assert_states(&status, "done", "ready", "blocked");
    assert_says(status.steps[1].reason, "archive");
    assert_no_warnings(&status);
    mdm_status_free(&status);
}

static void files_that_others_can_read_are_told(void **state)
{
    struct mdm_bytes clear = {0};
    struct mdm_status status;

    (void)state;
    issued_put_step3(world);
    assert_int_equal(mdm_key_to_clear_pem(world->vendor[0].key, MDM_KEY_PKCS8, &clear, NULL), 0);
    issued_put("outputs/vendor.key", &clear, 0640);
    assert_int_equal(chmod("outputs/MDM_APNSCert.pfx", 0604), 0);
    status = read_now();
    assert_warns(&status, "'outputs/vendor.key' can be read by others (mode 0640)");
    assert_warns(&status, "'outputs/vendor.key' is not encrypted");
    assert_warns(&status, "'outputs/MDM_APNSCert.pfx' can be read by others (mode 0604)");
    assert_int_equal(status.warnings.count, 3);
    mdm_status_free(&status);
    assert_int_equal(chmod("outputs", 0777), 0);
    assert_warns_at(issued_at() + MDM_DAY, "outputs'");
    mdm_bytes_free(&clear);
}

static void several_candidates_are_told(void **state)
{
    (void)state;
    issued_put_step1(world);
    issued_put("inputs/mdm.cer", &world->vendor[0].file, 0644);
    issued_put("inputs/mdm (1).cer", &world->vendor[0].file, 0644);
    assert_warns_at(issued_at() + MDM_DAY, "2 files in inputs/ fit as vendor certificate: 'inputs/mdm.cer'");
}

static void a_csr_that_cannot_be_signed_is_told(void **state)
{
    (void)state;
    issued_put_step1(world);
    issued_put("inputs/customer.csr", &world->vendor[0].csr_pem, 0644);
    assert_warns_at(issued_at() + MDM_DAY, "carries the vendor's key");
    issued_put_text("inputs/customer.csr", "not a CSR\n");
    assert_warns_at(issued_at() + MDM_DAY, "'inputs/customer.csr' is no certificate signing request");
}

static void another_topic_blocks_step_3(void **state)
{
    struct mdm_status status;

    (void)state;
    issued_put_step3(world);
    issued_put("outputs/MDM_APNSCert.pfx", &world->pfx[1], 0600);
    issued_put(ARCHIVE "inputs/MDM_Certificate.pem", &world->customer[1].file, 0644);
    status = read_now();
    assert_states(&status, "done", "done", "blocked");
    assert_says(status.steps[2].reason, mdm_cert_facts(world->customer[0].cert)->topic);
    assert_warns(&status, mdm_cert_facts(world->customer[1].cert)->topic);
    /* what the devices know is the topic until the change is accepted */
    assert_string_equal(status.topic, mdm_cert_facts(world->customer[1].cert)->topic);
    mdm_status_free(&status);
}

/* During a renewal the server still runs on the old certificate: its end is not forgotten. */
static void a_renewal_under_way_keeps_watching_the_old_certificate(void **state)
{
    mdm_time end = mdm_cert_facts(world->customer[0].cert)->not_after;
    struct mdm_status status;

    (void)state;
    issued_put_step3(world);
    issued_put(ARCHIVE "inputs/MDM_Certificate.pem", &world->customer[0].file, 0644);
    assert_int_equal(remove("inputs/MDM_Certificate.pem"), 0);
    status = read_at(end - 10 * MDM_DAY);
    assert_warns(&status, "a renewal is under way: what it replaces is in outputs/archive/20261101T120000Z");
    assert_warns(&status, "finish the renewal");
    assert_warns(&status, "in 10 days");
    assert_true(status.ending);
    assert_cert(&status.certificates[1], "push", ARCHIVE "inputs/MDM_Certificate.pem");
    assert_string_equal(status.topic, mdm_cert_facts(world->customer[0].cert)->topic);
    assert_string_equal(status.row, mdm_cert_facts(world->customer[0].cert)->common_name);
    assert_string_equal(status.next.action, "await-push-certificate");
    mdm_status_free(&status);
}

static void the_customers_own_key_ends_with_the_request(void **state)
{
    struct mdm_status status;

    (void)state;
    issued_put_step2(world);
    issued_put("inputs/customer.csr", &world->customer[0].csr_pem, 0644);
    assert_int_equal(remove("outputs/customer.key"), 0);
    assert_int_equal(remove("outputs/customer.csr"), 0);
    status = read_now();
    assert_states(&status, "done", "done", "blocked");
    assert_string_equal(status.next.action, "hand-over");
    assert_null(status.next.command);
    assert_says(status.steps[2].reason, "the customer has the key");
    assert_no_warnings(&status);
    mdm_status_free(&status);
}

static void a_customers_side_alone_has_step_3_only(void **state)
{
    struct mdm_status status;

    (void)state;
    issued_put("outputs/customer.key", &world->customer[0].key_pem, 0600);
    issued_put("outputs/customer.csr", &world->customer[0].csr_pem, 0644);
    status = read_now();
    assert_true(status.customer_only);
    assert_states(&status, "blocked", "blocked", "waiting");
    assert_int_equal(status.next.step, 3);
    assert_says(status.steps[0].reason, "elsewhere");
    mdm_status_free(&status);
}

static void an_old_scripts_key_is_told(void **state)
{
    (void)state;
    issued_put("vendorPrivateKey.pem", &world->vendor[0].key_pem, 0600);
    assert_warns_at(issued_at() + MDM_DAY, "'vendorPrivateKey.pem' is a key of the old script");
}

static void it_works_beside_a_run_that_holds_the_lock(void **state)
{
    struct mdm_error err = {0};
    struct mdm_workspace *busy;
    struct mdm_status status;

    (void)state;
    issued_put_step3(world);
    busy = mdm_workspace_open(".", MDM_WORKSPACE_WORK, &err);
    assert_non_null(busy);
    status = read_now();
    assert_states(&status, "done", "done", "done");
    mdm_status_free(&status);
    mdm_workspace_close(&busy);
}

static int read_as_user(void)
{
    struct mdm_status status = read_now();
    bool done = strcmp(status.steps[2].state, "done") == 0;

    mdm_status_free(&status);
    return done ? 0 : 1;
}

/* A read-only folder, and a user who may not write: nothing is made, no lock is left. */
static void it_reads_a_folder_that_nobody_can_write(void **state)
{
    static const char *const folders[] = {"inputs", "outputs", "."};

    (void)state;
    issued_put_step3(world);
    assert_int_equal(system("chmod -R a+rX,a-w ."), 0);
    assert_as_user(read_as_user);
    assert_absent("outputs/.lock");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(chmod(folders[i], 0755), 0);
}

static void the_command_can_be_pasted(void **state)
{
    struct mdm_status_options options = options_at(issued_at());
    struct mdm_status status;

    (void)state;
    assert_int_equal(mkdir("plain", 0700), 0);
    options.directory = "plain";
    status = read_with(&options);
    assert_string_equal(status.next.command, "mdmvendor -C plain");
    mdm_status_free(&status);
    assert_int_equal(mkdir("it's $HOME", 0700), 0);
    options.directory = "it's $HOME";
    status = read_with(&options);
    assert_string_equal(status.next.command, "mdmvendor -C 'it'\\''s $HOME'");
    mdm_status_free(&status);
    issued_put_step2(world);
    options.directory = ".";
    options.vendor_key = "pkcs11:token=a;object=b";
    options.vendor_cert = "inputs/mdm.cer";
    options.ca_file = "ca.pem";
    status = read_with(&options);
    assert_string_equal(status.next.command, "mdmvendor --vendor-key 'pkcs11:token=a;object=b' "
                                             "--vendor-cert inputs/mdm.cer --ca-file ca.pem");
    mdm_status_free(&status);
}

static void the_json_has_every_member_of_the_contract(void **state)
{
    static const char *const words[] = {"\"directory\": \"/",
                                        "\"step\": 1,\n      \"name\": \"",
                                        "\"state\": \"waiting\"",
                                        "\"waiting_for\": \"inputs/MDM_Certificate.pem\"",
                                        "\"waiting_for\": null,\n      \"reason\": null",
                                        "\"next\": {\n    \"step\": 3,\n    \"action\": \"await-push-certificate\"",
                                        "\"command\": \"mdmvendor\"\n  }",
                                        "\"role\": \"vendor\",\n      \"path\": \"inputs/mdm.cer\"",
                                        "\"path\": null",
                                        "\"issuer\": \"",
                                        "\"serial\": \"",
                                        "\"sha256\": \"",
                                        "\"not_before\": \"2026-11-23T12:00:00Z\"",
                                        "\"not_after\": \"2027-11-2",
                                        "\"days_left\": 36",
                                        "\"topic\": null\n    }",
                                        "\"topic\": null,\n  \"warnings\": []\n}\n"};
    struct mdm_status status;
    struct mdm_bytes text = {0};

    (void)state;
    issued_put_step2(world);
    status = read_now();
    assert_int_equal(status_json(&status, &text, NULL), 0);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_says((const char *)text.data, words[i]);
    mdm_bytes_free(&text);
    mdm_status_free(&status);
}

static int open_world(void **state)
{
    (void)state;
    world = issued_open();
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    issued_close(&world);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_folder_begins_at_step_1),
        TEST(a_missing_folder_is_an_error),
        TEST(apples_turn_names_the_file),
        TEST(a_finished_folder_lists_certificates_and_topic),
        TEST(other_certificates_in_inputs_are_listed_unused),
        TEST(an_end_within_the_days_is_told_and_an_earlier_one),
        TEST(a_push_certificate_that_ends_calls_for_a_renewal),
        TEST(an_expired_vendor_certificate_sends_back_to_step_1),
        TEST(a_chain_that_is_incomplete_blocks_step_2),
        TEST(an_intermediate_in_inputs_is_used),
        TEST(a_missing_marker_is_a_warning),
        TEST(a_wrong_file_is_told_with_its_sentence),
        TEST(a_certificate_without_any_key_is_told),
        TEST(a_certificate_of_an_archived_key_is_no_mistake),
        TEST(files_that_others_can_read_are_told),
        TEST(several_candidates_are_told),
        TEST(a_csr_that_cannot_be_signed_is_told),
        TEST(another_topic_blocks_step_3),
        TEST(a_renewal_under_way_keeps_watching_the_old_certificate),
        TEST(the_customers_own_key_ends_with_the_request),
        TEST(a_customers_side_alone_has_step_3_only),
        TEST(an_old_scripts_key_is_told),
        TEST(it_works_beside_a_run_that_holds_the_lock),
        TEST(it_reads_a_folder_that_nobody_can_write),
        TEST(the_command_can_be_pasted),
        TEST(the_json_has_every_member_of_the_contract),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
