/* Tests of work/survey.h: which facts follow from the contents of a work folder. */
#include "issued.h"
#include "practice_faults.h"

#include "flow/survey.h"

#define STEP1   (MDM_FACT_VENDOR_KEY | MDM_FACT_VENDOR_CSR)
#define STEP2   (STEP1 | MDM_FACT_VENDOR_CERT | MDM_FACT_CUSTOMER_CSR | MDM_FACT_CUSTOMER_KEY | MDM_FACT_REQUEST)
#define STEP3   (STEP2 | MDM_FACT_PUSH_CERT | MDM_FACT_PFX)
#define ARCHIVE "outputs/archive/20251123T120000Z/"

static struct issued_world *world;

static struct mdm_survey *look_with(const char *vendor_key, const char *vendor_cert)
{
    struct mdm_error err = {0};
    struct mdm_workspace *workspace = mdm_workspace_open(".", MDM_WORKSPACE_LOOK, &err);
    struct mdm_survey *survey = workspace != NULL ? mdm_survey_take(workspace, vendor_key, vendor_cert, &err) : NULL;

    if (survey == NULL)
        fail_msg("%s", err.text);
    mdm_workspace_close(&workspace);
    return survey;
}

static struct mdm_survey *look(void)
{
    return look_with(NULL, NULL);
}

/* The facts must be exactly these. */
static void assert_facts(unsigned expected)
{
    struct mdm_survey *survey = look();

    for (unsigned bit = 0; bit < MDM_FACT_COUNT; bit++) {
        enum mdm_fact fact = (enum mdm_fact)(1u << bit);

        if ((survey->facts & fact) != (expected & fact))
            fail_msg("\"%s\" is %s", mdm_fact_name(fact), (expected & fact) != 0 ? "not seen" : "seen");
    }
    mdm_survey_free(&survey);
}

static const struct mdm_item *input(const struct mdm_survey *survey, const char *name)
{
    for (size_t i = 0; i < survey->inputs.count; i++) {
        if (strcmp(survey->inputs.items[i].name, name) == 0)
            return &survey->inputs.items[i];
    }
    fail_msg("the survey has no inputs/%s", name);
    return NULL;
}

/* inputs/NAME must be refused for the role with these words. */
static void assert_mistake(enum mdm_role role, const char *name, enum mdm_code code, const char *words)
{
    struct mdm_survey *survey = look();
    struct mdm_error why = {0};

    assert_int_equal(mdm_survey_judge(survey, role, input(survey, name), NULL, &why), MDM_FIT_NO);
    if (strstr(why.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", why.text, words);
    assert_non_null(strstr(why.text, name));
    assert_int_equal(why.code, code);
    assert_string_not_equal(why.hint, "");
    mdm_survey_free(&survey);
}

static void assert_judged(enum mdm_role role, const char *name, enum mdm_fit fit)
{
    struct mdm_survey *survey = look();

    assert_int_equal(mdm_survey_judge(survey, role, input(survey, name), NULL, NULL), fit);
    mdm_survey_free(&survey);
}

static void nothing_follows_from_an_empty_folder(void **state)
{
    (void)state;
    assert_facts(0);
    assert_absent("inputs");
    assert_absent("outputs");
}

static void each_step_leaves_its_facts(void **state)
{
    (void)state;
    issued_put_step1(world);
    assert_facts(STEP1);
    issued_put_step2(world);
    assert_facts(STEP2);
    issued_put_step3(world);
    assert_facts(STEP3);
}

static void a_csr_of_another_key_is_not_the_vendors(void **state)
{
    (void)state;
    issued_put_step1(world);
    issued_put("outputs/vendor.csr", &world->vendor[1].csr_pem, 0644);
    assert_facts(MDM_FACT_VENDOR_KEY);
}

static void a_certificate_where_the_key_is_due_is_no_key(void **state)
{
    (void)state;
    issued_put_step1(world);
    issued_put("outputs/vendor.key", &world->vendor[0].file, 0600);
    assert_facts(MDM_FACT_VENDOR_CSR);
}

/* A clear key of another make tells its public half itself, an encrypted one through its CSR. */
static void keys_of_another_make_are_known(void **state)
{
    struct mdm_bytes clear = {0};
    struct mdm_bytes bare = {0};
    const char *end = strstr((const char *)world->vendor[0].key_pem.data, "-----BEGIN PUBLIC KEY");

    (void)state;
    assert_non_null(end);
    issued_put_step2(world);
    assert_int_equal(mdm_key_to_clear_pem(world->vendor[0].key, MDM_KEY_PKCS1, &clear, NULL), 0);
    issued_put("outputs/vendor.key", &clear, 0600);
    assert_facts(STEP2);
    assert_int_equal(mdm_bytes_append(&bare, world->vendor[0].key_pem.data,
                                      (size_t)(end - (const char *)world->vendor[0].key_pem.data), NULL),
                     0);
    issued_put("outputs/vendor.key", &bare, 0600);
    assert_facts(STEP2);
    mdm_bytes_free(&clear);
    mdm_bytes_free(&bare);
}

/* DER or PEM, CRLF, BOM, any name, other certificates in the same file. */
static void apples_file_is_found_by_content(void **state)
{
    struct mdm_bytes file = {0};

    (void)state;
    issued_put_step1(world);
    issued_put("inputs/MDM_ Acme, Inc._Certificate (1).txt", &world->vendor[0].file, 0644);
    assert_facts(STEP1 | MDM_FACT_VENDOR_CERT);
    assert_int_equal(remove("inputs/MDM_ Acme, Inc._Certificate (1).txt"), 0);
    assert_facts(STEP1);

    assert_int_equal(mdm_bytes_append_text(&file, "\xEF\xBB\xBF", NULL), 0);
    for (int i = 1; i >= 0; i--) { /* another vendor's certificate stands first */
        struct mdm_bytes pem = {0};

        assert_int_equal(mdm_cert_append_pem(world->vendor[i].cert, &pem, NULL), 0);
        for (size_t j = 0; j < pem.size; j++) {
            if (pem.data[j] == '\n')
                assert_int_equal(mdm_bytes_append_text(&file, "\r", NULL), 0);
            assert_int_equal(mdm_bytes_append(&file, &pem.data[j], 1, NULL), 0);
        }
        mdm_bytes_free(&pem);
    }
    issued_put("inputs/bundle", &file, 0644);
    assert_facts(STEP1 | MDM_FACT_VENDOR_CERT);
    mdm_bytes_free(&file);
}

static void a_certificate_for_another_key_is_refused_with_both_keys(void **state)
{
    char found[MDM_KEY_ID_TEXT_MAX];
    char expected[MDM_KEY_ID_TEXT_MAX];

    (void)state;
    issued_put_step1(world);
    issued_put("inputs/mdm.cer", &world->vendor[1].file, 0644);
    assert_facts(STEP1);
    mdm_key_id_format(&mdm_cert_facts(world->vendor[1].cert)->key_id, found);
    mdm_key_id_format(&mdm_cert_facts(world->vendor[0].cert)->key_id, expected);
    assert_mistake(MDM_ROLE_VENDOR, "mdm.cer", MDM_E_REFUSED, found);
    assert_mistake(MDM_ROLE_VENDOR, "mdm.cer", MDM_E_REFUSED, expected);
}

static void what_lies_where_mdm_cer_is_due_is_named(void **state)
{
    struct mdm_bytes cut = {0};

    (void)state;
    issued_put_step1(world);
    issued_put_text("inputs/mdm.cer", "<!DOCTYPE html><html><body>Session expired</body></html>");
    assert_mistake(MDM_ROLE_VENDOR, "mdm.cer", MDM_E_REFUSED, "HTML");
    issued_put("inputs/mdm.cer", &world->vendor[0].csr_pem, 0644);
    assert_mistake(MDM_ROLE_VENDOR, "mdm.cer", MDM_E_REFUSED, "CSR");
    issued_put("inputs/mdm.cer", &world->vendor[0].key_pem, 0644);
    assert_mistake(MDM_ROLE_VENDOR, "mdm.cer", MDM_E_REFUSED, "private key");
    issued_put("inputs/mdm.cer", &world->customer[0].file, 0644);
    assert_mistake(MDM_ROLE_VENDOR, "mdm.cer", MDM_E_REFUSED, "an MDM push certificate");
    issued_put_text("inputs/mdm.cer", "");
    assert_mistake(MDM_ROLE_VENDOR, "mdm.cer", MDM_E_FAILED, "empty");
    assert_int_equal(mdm_bytes_append(&cut, world->vendor[0].file.data, world->vendor[0].file.size - 100, NULL), 0);
    issued_put("inputs/mdm.cer", &cut, 0644);
    assert_mistake(MDM_ROLE_VENDOR, "mdm.cer", MDM_E_FAILED, "cut-off");
    assert_facts(STEP1);
    mdm_bytes_free(&cut);
}

static void the_vendors_certificate_is_no_push_certificate(void **state)
{
    struct mdm_bytes foreign = {0};

    (void)state;
    issued_put_step2(world);
    issued_put("inputs/MDM_Certificate.pem", &world->vendor[0].file, 0644);
    assert_mistake(MDM_ROLE_CUSTOMER, "MDM_Certificate.pem", MDM_E_REFUSED, "an MDM vendor certificate");
    issued_put("inputs/MDM_Certificate.pem", &world->customer[1].file, 0644);
    assert_mistake(MDM_ROLE_CUSTOMER, "MDM_Certificate.pem", MDM_E_REFUSED, "not issued for outputs/customer.key");
    issued_order_push(
        world, &world->request[0],
        (struct mdm_practice_order){.alter = practice_alter, .alter_ctx = &(unsigned){PRACTICE_TOPIC_FOREIGN}},
        &foreign);
    issued_put("inputs/MDM_Certificate.pem", &foreign, 0644);
    assert_mistake(MDM_ROLE_CUSTOMER, "MDM_Certificate.pem", MDM_E_REFUSED, "com.apple.mgmt.");
    assert_facts(STEP2);
    mdm_bytes_free(&foreign);
}

/* Each role's file has its right beside the other's, and so have CA certificates and the customer's own CSR. */
static void files_with_a_right_to_be_there_are_left_alone(void **state)
{
    struct mdm_cert *ca = mdm_practice_ca_cert(world->practice, MDM_PRACTICE_WWDR, NULL);
    struct mdm_bytes pem = {0};

    (void)state;
    assert_int_equal(mdm_cert_append_pem(ca, &pem, NULL), 0);
    issued_put_step3(world);
    issued_put("inputs/wwdr.pem", &pem, 0644);
    issued_put("inputs/customer.csr", &world->customer[0].csr_pem, 0644);
    issued_put_text("inputs/notes.txt", "remember the Apple account");
    issued_put_text("inputs/.gitkeep", "");
    assert_judged(MDM_ROLE_CUSTOMER, "mdm.cer", MDM_FIT_IGNORED);
    assert_judged(MDM_ROLE_VENDOR, "MDM_Certificate.pem", MDM_FIT_IGNORED);
    for (int i = 0; i < 2; i++) {
        enum mdm_role role = i == 0 ? MDM_ROLE_VENDOR : MDM_ROLE_CUSTOMER;

        assert_judged(role, "wwdr.pem", MDM_FIT_IGNORED);
        assert_judged(role, "customer.csr", MDM_FIT_IGNORED);
        assert_judged(role, "notes.txt", MDM_FIT_IGNORED);
        assert_judged(role, ".gitkeep", MDM_FIT_IGNORED);
    }
    mdm_bytes_free(&pem);
    mdm_cert_free(&ca);
}

static void of_two_certificates_the_one_that_ends_last_is_used(void **state)
{
    struct mdm_bytes later = {0};
    struct mdm_survey *survey;

    (void)state;
    issued_order_vendor(world, &world->vendor[0], (struct mdm_practice_order){.days = 500}, &later);
    issued_put_step1(world);
    issued_put("inputs/mdm.cer", &world->vendor[0].file, 0644);
    issued_put("inputs/download.cer", &later, 0644);
    survey = look();
    assert_int_equal(survey->vendor_cert.fitting, 2);
    assert_string_equal(survey->vendor_cert.item->path, "inputs/download.cer");
    mdm_survey_free(&survey);

    /* Of two that end together, the one with the due name. */
    issued_put("inputs/download.cer", &world->vendor[0].file, 0644);
    survey = look();
    assert_string_equal(survey->vendor_cert.item->path, "inputs/mdm.cer");
    mdm_survey_free(&survey);
    mdm_bytes_free(&later);
}

static void a_request_fits_certificate_csr_and_its_copy(void **state)
{
    struct mdm_bytes renewed = {0};

    (void)state;
    issued_put_step2(world);
    issued_put("outputs/plist_encode.txt", &world->request[1], 0644);
    assert_facts(STEP2 & ~(unsigned)MDM_FACT_REQUEST);
    issued_put("outputs/plist_encode", &world->request[1], 0644);
    assert_facts(STEP2 & ~(unsigned)MDM_FACT_REQUEST);
    issued_put_step2(world);
    assert_int_equal(remove("outputs/plist_encode.txt"), 0);
    assert_facts(STEP2 & ~(unsigned)MDM_FACT_REQUEST);

    /* A renewed mdm.cer: step 2 is due again, the customer's key stays. */
    issued_put_step2(world);
    issued_order_vendor(world, &world->vendor[0], (struct mdm_practice_order){.days = 500}, &renewed);
    issued_put("inputs/mdm.cer", &renewed, 0644);
    assert_facts(STEP2 & ~(unsigned)MDM_FACT_REQUEST);
    mdm_bytes_free(&renewed);
}

static void the_pfx_holds_the_push_certificate_of_inputs(void **state)
{
    struct mdm_bytes renewed = {0};

    (void)state;
    issued_put_step3(world);
    issued_put("outputs/MDM_APNSCert.pfx", &world->pfx[1], 0600);
    assert_facts(STEP3 & ~(unsigned)MDM_FACT_PFX);
    issued_put_step3(world);
    issued_order_push(world, &world->request[0],
                      (struct mdm_practice_order){.at = issued_at() + 300 * MDM_DAY, .renew = world->customer[0].cert},
                      &renewed);
    issued_put("inputs/renewed.pem", &renewed, 0644);
    assert_facts(STEP3 & ~(unsigned)MDM_FACT_PFX);
    mdm_bytes_free(&renewed);
}

static void an_archived_vendor_key_that_apple_signed_is_seen(void **state)
{
    struct mdm_archived found = {0};
    struct mdm_survey *survey;

    (void)state;
    issued_put_step1(world);
    issued_put(ARCHIVE "vendor.key", &world->vendor[1].key_pem, 0600);
    issued_put(ARCHIVE "vendor.csr", &world->vendor[1].csr_pem, 0644);
    assert_facts(STEP1);
    issued_put("inputs/mdm.cer", &world->vendor[1].file, 0644);
    assert_facts(STEP1 | MDM_FACT_VENDOR_ARCHIVED);
    survey = look();
    assert_true(mdm_survey_to_bring_back(survey, MDM_ROLE_VENDOR, &found));
    assert_string_equal(found.key->path, ARCHIVE "vendor.key");
    assert_string_equal(found.csr->path, ARCHIVE "vendor.csr");
    assert_null(found.key->bytes.data);
    mdm_survey_free(&survey);

    /* The key in place wins as soon as there is a certificate for it. */
    issued_put("inputs/mine.cer", &world->vendor[0].file, 0644);
    assert_facts(STEP1 | MDM_FACT_VENDOR_CERT);
}

static void an_archived_customer_key_that_apple_signed_is_seen(void **state)
{
    (void)state;
    issued_put_step2(world);
    issued_put(ARCHIVE "customer.key", &world->customer[1].key_pem, 0600);
    issued_put(ARCHIVE "customer.csr", &world->customer[1].csr_pem, 0644);
    issued_put("inputs/MDM_Certificate.pem", &world->customer[1].file, 0644);
    assert_facts(STEP2 | MDM_FACT_CUSTOMER_ARCHIVED);
}

/* A bring-back that ended between key and CSR. */
static void a_csr_in_the_archive_is_seen_when_the_key_lacks_its_own(void **state)
{
    (void)state;
    issued_put_step1(world);
    issued_put("inputs/mdm.cer", &world->vendor[0].file, 0644);
    assert_int_equal(remove("outputs/vendor.csr"), 0);
    assert_facts(MDM_FACT_VENDOR_KEY | MDM_FACT_VENDOR_CERT);
    issued_put(ARCHIVE "vendor.csr", &world->vendor[0].csr_pem, 0644);
    assert_facts(MDM_FACT_VENDOR_KEY | MDM_FACT_VENDOR_CERT | MDM_FACT_VENDOR_ARCHIVED);
}

static void the_customers_own_csr_comes_first(void **state)
{
    (void)state;
    issued_put_step1(world);
    issued_put("inputs/mdm.cer", &world->vendor[0].file, 0644);
    issued_put("inputs/customer.csr", &world->customer[0].csr_pem, 0644);
    assert_facts(STEP1 | MDM_FACT_VENDOR_CERT | MDM_FACT_CUSTOMER_CSR);
    issued_put("outputs/plist_encode", &world->request[0], 0644);
    issued_put("outputs/plist_encode.txt", &world->request[0], 0644);
    assert_facts(STEP1 | MDM_FACT_VENDOR_CERT | MDM_FACT_CUSTOMER_CSR | MDM_FACT_REQUEST);
    issued_put("outputs/customer.key", &world->customer[1].key_pem, 0600);
    issued_put("outputs/customer.csr", &world->customer[1].csr_pem, 0644);
    assert_facts(STEP1 | MDM_FACT_VENDOR_CERT | MDM_FACT_CUSTOMER_CSR | MDM_FACT_REQUEST);
    issued_put("outputs/customer.key", &world->customer[0].key_pem, 0600); /* it is our own */
    assert_facts(STEP2);
}

static void a_customers_side_alone_is_seen(void **state)
{
    const unsigned alone = MDM_FACT_CUSTOMER_ONLY | MDM_FACT_CUSTOMER_CSR | MDM_FACT_CUSTOMER_KEY;

    (void)state;
    issued_put("outputs/customer.key", &world->customer[0].key_pem, 0600);
    issued_put("outputs/customer.csr", &world->customer[0].csr_pem, 0644);
    assert_facts(alone);
    issued_put("inputs/MDM_Certificate.pem", &world->customer[0].file, 0644);
    assert_facts(alone | MDM_FACT_PUSH_CERT);
    issued_put("outputs/vendor.key", &world->vendor[0].key_pem, 0600);
    assert_facts((alone & ~(unsigned)MDM_FACT_CUSTOMER_ONLY) | MDM_FACT_PUSH_CERT | MDM_FACT_VENDOR_KEY);
}

/* Nothing that another user can plant is followed or waited for (the test would hang). */
static void odd_files_are_not_followed(void **state)
{
    (void)state;
    issued_put_step1(world);
    issued_put("elsewhere.cer", &world->vendor[0].file, 0644);
    assert_int_equal(symlink("../elsewhere.cer", "inputs/link.cer"), 0);
    assert_int_equal(mkfifo("inputs/pipe", 0644), 0);
    assert_int_equal(mkdir("inputs/folder", 0700), 0);
    assert_facts(STEP1);
    assert_judged(MDM_ROLE_VENDOR, "link.cer", MDM_FIT_IGNORED);
    assert_judged(MDM_ROLE_VENDOR, "pipe", MDM_FIT_IGNORED);
    assert_judged(MDM_ROLE_VENDOR, "folder", MDM_FIT_IGNORED);
    assert_int_equal(symlink("../elsewhere.cer", "inputs/mdm.cer"), 0);
    assert_mistake(MDM_ROLE_VENDOR, "mdm.cer", MDM_E_FAILED, "link");
}

static void a_file_over_1_mib_is_not_apples(void **state)
{
    struct mdm_bytes large = {0};

    (void)state;
    issued_put_step1(world);
    assert_int_equal(mdm_bytes_append(&large, world->vendor[0].file.data, world->vendor[0].file.size, NULL), 0);
    while (large.size <= MDM_FILE_LIMIT) {
        struct mdm_bytes twice = {0};

        assert_int_equal(mdm_bytes_append(&twice, large.data, large.size, NULL), 0);
        assert_int_equal(mdm_bytes_append(&large, twice.data, twice.size, NULL), 0);
        mdm_bytes_free(&twice);
    }
    issued_put("inputs/mdm.cer", &large, 0644);
    assert_facts(STEP1);
    mdm_bytes_free(&large);
}

static void times_of_files_mean_nothing(void **state)
{
    static const char *const paths[] = {"outputs/vendor.key",   "outputs/vendor.csr",      "inputs/mdm.cer",
                                        "outputs/customer.key", "outputs/plist_encode",    "outputs/plist_encode.txt",
                                        "outputs/customer.csr", "outputs/MDM_APNSCert.pfx"};

    (void)state;
    issued_put_step3(world);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const struct timespec times[2] = {{.tv_sec = (time_t)(1000 * i)}, {.tv_sec = (time_t)(1000000000 - 1000 * i)}};

        assert_int_equal(utimensat(AT_FDCWD, paths[i], times, 0), 0);
    }
    assert_facts(STEP3);
}

/* With --vendor-cert, what lies in inputs/ is not looked at for it. */
static void a_given_certificate_stands_in_for_inputs(void **state)
{
    struct mdm_survey *survey;

    (void)state;
    issued_put_step1(world);
    issued_put("given.cer", &world->vendor[0].file, 0644);
    issued_put("inputs/mdm.cer", &world->vendor[1].file, 0644);
    survey = look_with(NULL, "given.cer");
    assert_int_equal(survey->facts, STEP1 | MDM_FACT_VENDOR_CERT);
    assert_string_equal(survey->vendor_cert.item->path, "given.cer");
    assert_int_equal(mdm_survey_judge(survey, MDM_ROLE_VENDOR, input(survey, "mdm.cer"), NULL, NULL), MDM_FIT_IGNORED);
    mdm_survey_free(&survey);
    survey = look_with("given.key", "given.cer"); /* whose key it is shows when it is unlocked */
    assert_int_equal(survey->facts, STEP1 | MDM_FACT_VENDOR_CERT);
    mdm_survey_free(&survey);
}

static void a_given_certificate_that_is_missing_is_an_error(void **state)
{
    struct mdm_error err = {0};
    struct mdm_workspace *workspace = mdm_workspace_open(".", MDM_WORKSPACE_LOOK, &err);

    (void)state;
    assert_null(mdm_survey_take(workspace, NULL, "absent.cer", &err));
    assert_int_equal(err.code, MDM_E_FAILED);
    assert_non_null(strstr(err.text, "absent.cer"));
    mdm_workspace_close(&workspace);
}

static const char *previous_topic(const struct mdm_survey *survey)
{
    const struct mdm_cert *previous = mdm_survey_previous_push(survey, survey->push_cert.cert);

    return previous != NULL ? mdm_cert_facts(previous)->topic : "none";
}

/* Devices are enrolled with the topic that a pfx was made for, not with one that only lay about. */
static void the_previous_topic_is_that_of_the_last_pfx(void **state)
{
    struct mdm_survey *survey;

    (void)state;
    issued_put_step3(world);
    survey = look();
    assert_string_equal(previous_topic(survey), "none");
    mdm_survey_free(&survey);

    issued_put(ARCHIVE "inputs/MDM_Certificate.pem", &world->customer[1].file, 0644);
    survey = look();
    assert_string_equal(previous_topic(survey), mdm_cert_facts(world->customer[1].cert)->topic);
    mdm_survey_free(&survey);

    /* The certificate in place is new and its pfx not made: the old pfx tells. */
    issued_put("outputs/MDM_APNSCert.pfx", &world->pfx[1], 0600);
    survey = look();
    assert_string_equal(previous_topic(survey), mdm_cert_facts(world->customer[1].cert)->topic);
    mdm_survey_free(&survey);
}

static void strange_names_in_the_archive_are_no_folders_of_it(void **state)
{
    (void)state;
    issued_put_step1(world);
    issued_put("outputs/archive/old/vendor.key", &world->vendor[1].key_pem, 0600);
    issued_put_text("outputs/archive/note", "x");
    issued_put("inputs/mdm.cer", &world->vendor[1].file, 0644);
    assert_facts(STEP1);
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
        TEST(nothing_follows_from_an_empty_folder),
        TEST(each_step_leaves_its_facts),
        TEST(a_csr_of_another_key_is_not_the_vendors),
        TEST(a_certificate_where_the_key_is_due_is_no_key),
        TEST(keys_of_another_make_are_known),
        TEST(apples_file_is_found_by_content),
        TEST(a_certificate_for_another_key_is_refused_with_both_keys),
        TEST(what_lies_where_mdm_cer_is_due_is_named),
        TEST(the_vendors_certificate_is_no_push_certificate),
        TEST(files_with_a_right_to_be_there_are_left_alone),
        TEST(of_two_certificates_the_one_that_ends_last_is_used),
        TEST(a_request_fits_certificate_csr_and_its_copy),
        TEST(the_pfx_holds_the_push_certificate_of_inputs),
        TEST(an_archived_vendor_key_that_apple_signed_is_seen),
        TEST(an_archived_customer_key_that_apple_signed_is_seen),
        TEST(a_csr_in_the_archive_is_seen_when_the_key_lacks_its_own),
        TEST(the_customers_own_csr_comes_first),
        TEST(a_customers_side_alone_is_seen),
        TEST(odd_files_are_not_followed),
        TEST(a_file_over_1_mib_is_not_apples),
        TEST(times_of_files_mean_nothing),
        TEST(a_given_certificate_stands_in_for_inputs),
        TEST(a_given_certificate_that_is_missing_is_an_error),
        TEST(the_previous_topic_is_that_of_the_last_pfx),
        TEST(strange_names_in_the_archive_are_no_folders_of_it),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
