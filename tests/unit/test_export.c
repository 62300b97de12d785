/* Tests of mdmvendor/export.h: certificate and clear key for servers that read no pfx. */
#include "issued.h"

#include "flow/export.h"

static struct issued_world *world;

/* A person who knows one password, and counts. */
struct person {
    const char *password;
    mdm_time at;
    int asked;
    int warned;
};

static mdm_time person_now(void *self)
{
    return ((struct person *)self)->at;
}

static void person_hears(void *self, const struct mdm_event *event)
{
    struct person *person = self;

    if (event->kind == MDM_EVENT_WARNING)
        person->warned++;
}

static struct mdm_secret *person_answers(void *self, enum mdm_role role, const char *path, unsigned attempt,
                                         struct mdm_error *err)
{
    struct person *person = self;

    assert_int_equal(role, MDM_ROLE_CUSTOMER);
    assert_string_equal(path, "outputs/customer.key");
    assert_int_equal(attempt, ++person->asked);
    return mdm_secret_new(person->password, strlen(person->password), err);
}

static int export_as(struct person *person, enum mdm_key_form form, struct mdm_bytes *pem, struct mdm_error *err)
{
    const struct mdm_flow_options options = {.directory = ".", .trust = world->trust, .warn_days = 30};
    const struct mdm_callbacks callbacks = {
        .ctx = person, .now = person_now, .notify = person_hears, .password = person_answers};

    struct mdm_export wanted = {.wanted = {[MDM_EXPORT_PEM] = true}, .form = form};
    const int result = mdm_export_make(&options, &callbacks, &wanted, err);

    *pem = wanted.files[MDM_EXPORT_PEM];
    return result;
}

static struct person knower(void)
{
    return (struct person){.password = ISSUED_PASSWORD, .at = issued_at() + MDM_DAY};
}

/* The certificate first, then the key, nothing glued, and both of one pair. */
static void assert_pair(const struct mdm_bytes *pem, const char *key_line)
{
    const char *text = (const char *)pem->data;
    const char *key = strstr(text, key_line);
    struct mdm_bytes key_part = {0};
    struct mdm_key *read;
    struct mdm_key_id id;
    struct mdm_cert *cert = issued_read(pem);

    assert_ptr_equal(strstr(text, "-----BEGIN CERTIFICATE-----\n"), text);
    assert_non_null(key);
    assert_memory_equal(key - 26, "-----END CERTIFICATE-----\n", 26);
    assert_int_equal(text[pem->size - 1], '\n');
    assert_true(mdm_cert_equal(cert, world->customer[0].cert));
    assert_int_equal(mdm_bytes_append_text(&key_part, key, NULL), 0);
    read = mdm_key_from_bytes(&key_part, "the exported key", NULL, NULL);
    assert_non_null(read);
    assert_int_equal(mdm_key_get_id(read, &id, NULL), 0);
    assert_true(mdm_key_id_equal(&id, &mdm_cert_facts(cert)->key_id));
    mdm_key_free(&read);
    mdm_bytes_free(&key_part);
    mdm_cert_free(&cert);
}

static void certificate_then_key_in_the_form_asked_for(void **state)
{
    struct mdm_error err = {0};

    (void)state;
    issued_put_step3(world);
    for (int i = 0; i < 2; i++) {
        struct person person = knower();
        struct mdm_bytes pem = {0};

        issued_expect(export_as(&person, i == 0 ? MDM_KEY_PKCS8 : MDM_KEY_PKCS1, &pem, &err), &err);
        assert_pair(&pem, i == 0 ? "-----BEGIN PRIVATE KEY-----\n" : "-----BEGIN RSA PRIVATE KEY-----\n");
        assert_int_equal(person.asked, 1);
        assert_int_equal(person.warned, 0);
        mdm_bytes_free(&pem);
    }
    assert_absent("outputs/.lock");
}

static void a_wrong_password_gets_three_tries(void **state)
{
    struct person person = knower();
    struct mdm_bytes pem = {0};
    struct mdm_error err = {0};

    (void)state;
    issued_put_step3(world);
    person.password = "not the password";
    assert_int_equal(export_as(&person, MDM_KEY_PKCS8, &pem, &err), -1);
    assert_int_equal(err.code, MDM_E_PASSWORD);
    assert_int_equal(person.asked, 3);
    assert_int_equal(pem.size, 0);
}

/* Refused before a password is asked for, with these words. */
static void assert_refused(const char *words)
{
    struct person person = knower();
    struct mdm_bytes pem = {0};
    struct mdm_error err = {0};

    assert_int_equal(export_as(&person, MDM_KEY_PKCS8, &pem, &err), -1);
    assert_int_equal(err.code, MDM_E_REFUSED);
    assert_int_equal(mdm_error_status(&err), 5);
    if (strstr(err.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
    assert_string_not_equal(err.hint, "");
    assert_int_equal(person.asked, 0);
    assert_int_equal(pem.size, 0);
}

static void nothing_leaves_a_folder_that_is_not_finished(void **state)
{
    (void)state;
    assert_refused("no push certificate");
    assert_absent("outputs");
    issued_put_step2(world);
    assert_refused("no push certificate");
    issued_put("inputs/MDM_Certificate.pem", &world->customer[0].file, 0644);
    assert_refused("step 3 is not done");
    issued_put("outputs/MDM_APNSCert.pfx", &world->pfx[1], 0600);
    assert_refused("step 3 is not done");
}

static void an_expired_certificate_is_warned_about(void **state)
{
    struct person person = knower();
    struct mdm_bytes pem = {0};
    struct mdm_error err = {0};

    (void)state;
    issued_put_step3(world);
    person.at = mdm_cert_facts(world->customer[0].cert)->not_after + 1;
    issued_expect(export_as(&person, MDM_KEY_PKCS8, &pem, &err), &err);
    assert_int_equal(person.warned, 1);
    mdm_bytes_free(&pem);
}

static void the_file_is_private_and_never_replaced(void **state)
{
    struct mdm_bytes pem = {0};
    struct mdm_error err = {0};

    (void)state;
    assert_int_equal(mdm_bytes_append_text(&pem, "new\n", NULL), 0);
    (void)umask(0);
    issued_expect(mdm_export_write("push.pem", &pem, &err), &err);
    assert_file("push.pem", "new\n");
    assert_mode("push.pem", 0600);
    put_file("taken.pem", "old\n", 0644);
    assert_int_equal(mdm_export_write("taken.pem", &pem, &err), -1);
    assert_int_equal(err.code, MDM_E_FAILED);
    assert_string_not_equal(err.hint, "");
    assert_file("taken.pem", "old\n");
    mdm_bytes_free(&pem);
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
        TEST(nothing_leaves_a_folder_that_is_not_finished),
        TEST(certificate_then_key_in_the_form_asked_for),
        TEST(a_wrong_password_gets_three_tries),
        TEST(an_expired_certificate_is_warned_about),
        TEST(the_file_is_private_and_never_replaced),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
