/* mdmvendor/p12.h: PKCS#12 files made, opened, and asked whose they are. */

#include <openssl/pkcs12.h>

#include "command.h"
#include "pki/cert.h"
#include "pki/ossl.h"

static struct mdm_key *group_key;
static struct mdm_certs group_certs;
static char group_sha1[41];

static int make_pair(void **state)
{
    struct mdm_bytes key, cert, sha1;

    if (scratch_setup(state) != 0)
        return -1;
    run("openssl req -new -x509 -newkey rsa:2048 -nodes -keyout k.pem -subj '/UID=com.apple.mgmt.x/CN=x' -out c.pem");
    run("openssl req -new -x509 -newkey rsa:2048 -nodes -keyout k2.pem -subj /CN=other -out c2.pem");
    run("openssl x509 -in c.pem -outform DER | openssl dgst -sha1 -r | cut -c1-40 | tr -d '\\n' > sha1");
    key = slurp("k.pem");
    cert = slurp("c.pem");
    sha1 = slurp("sha1");
    assert_int_equal(sha1.size, 40);
    memcpy(group_sha1, sha1.data, sizeof group_sha1);
    group_key = mdm_key_from_bytes(&key, "k.pem", NULL, NULL, NULL);
    if (group_key == NULL || mdm_certs_from_bytes(&cert, "c.pem", &group_certs, NULL) != 0)
        return -1;
    mdm_bytes_free(&key);
    mdm_bytes_free(&cert);
    mdm_bytes_free(&sha1);
    return 0;
}

static int free_pair(void **state)
{
    mdm_key_free(&group_key);
    mdm_certs_free(&group_certs);
    return scratch_teardown(state);
}

static struct mdm_bytes make(enum mdm_p12_form form)
{
    struct mdm_secret *typed = secret("right");
    struct mdm_bytes p12 = {0};
    struct mdm_error err = {0};

    if (mdm_p12_make(group_key, group_certs.items[0], typed, form, &p12, &err) != 0)
        fail_msg("%s [%s]", err.text, err.detail);
    mdm_secret_free(&typed);
    return p12;
}

/* Opens a file and checks that it holds the group's key and `count` certificates, the first of them the group's. */
static void assert_opens(const char *path, size_t count)
{
    struct mdm_secret *password = secret("right");
    struct mdm_bytes file = slurp(path);
    struct mdm_key_id id, expected;
    struct mdm_error err = {0};
    struct mdm_p12 p12;

    if (mdm_keys_from_bytes(&file, path, password, &p12, &err) != 0)
        fail_msg("%s [%s]", err.text, err.detail);
    assert_int_equal(p12.keys.count, 1);
    id = *mdm_key_get_id(p12.keys.items[0]);
    expected = *mdm_key_get_id(group_key);
    assert_true(mdm_key_id_equal(&id, &expected));
    assert_int_equal(p12.certs.count, count);
    assert_true(mdm_cert_equal(p12.certs.items[0], group_certs.items[0]));
    assert_int_equal(p12.key_problem.code, MDM_OK);
    assert_int_equal(p12.cert_problem.code, MDM_OK);
    mdm_p12_free(&p12);
    mdm_bytes_free(&file);
    mdm_secret_free(&password);
}

static void assert_locked(const char *path, const char *password, const char *words)
{
    struct mdm_secret *typed = password == NULL ? NULL : secret(password);
    struct mdm_bytes file = slurp(path);
    struct mdm_error err = {0};
    struct mdm_p12 p12;

    if (mdm_keys_from_bytes(&file, path, typed, &p12, &err) == 0 || err.code != MDM_E_PASSWORD ||
        strstr(err.text, words) == NULL)
        fail_msg("%s: code %d \"%s\", expected \"%s\"", path, (int)err.code, err.text, words);
    assert_int_equal(p12.keys.count + p12.certs.count, 0);
    mdm_bytes_free(&file);
    mdm_secret_free(&typed);
}

static void assert_tells(const char *path, const char *expected)
{
    struct mdm_bytes file = slurp(path);
    struct mdm_key_facts facts;

    mdm_key_describe(&file, &facts);
    assert_string_equal(facts.cert_sha1, expected != NULL ? expected : "");
    mdm_bytes_free(&file);
}

/* Of ours and of others; old Keychains and openssl lock the certificate by RC2, for which libcrypto has a module. */
static void files_tell_their_certificate_and_open_with_their_password_alone(void **state)
{
    static const struct {
        const char *path, *command;
        size_t certs;
    } files[] = {
        {"compat.pfx", ":", 1},
        {"modern.pfx", ":", 1},
        {"theirs.pfx", "openssl pkcs12 -export -inkey k.pem -in c.pem -passout pass:right -name me -out theirs.pfx", 1},
        {"chain.pfx",
         "cat c.pem c2.pem > both; openssl pkcs12 -export -inkey k.pem -in both -passout pass:right -out chain.pfx", 2},
        {"legacy.pfx",
         "openssl pkcs12 -export -legacy -inkey k.pem -in c.pem -passout pass:right -out legacy.pfx || "
         "cp theirs.pfx legacy.pfx",
         1},
    };
    struct mdm_bytes compat = make(MDM_P12_COMPAT), modern = make(MDM_P12_MODERN);

    (void)state;
    spit("compat.pfx", &compat);
    spit("modern.pfx", &modern);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        run(files[i].command);
        assert_tells(files[i].path, group_sha1);
        assert_opens(files[i].path, files[i].certs);
        assert_locked(files[i].path, "wrong", "is wrong (or the file is damaged)");
        assert_locked(files[i].path, "", "is wrong (or the file is damaged)");
        assert_locked(files[i].path, NULL, "is encrypted and needs a password");
    }
    mdm_bytes_free(&compat);
    mdm_bytes_free(&modern);
}

/* Without that module the key comes through, and it is said what is missing. */
static void a_certificate_behind_rc2_does_not_hide_the_key(void **state)
{
    struct mdm_secret *password = secret("right");
    struct mdm_bytes file;
    struct mdm_p12 p12;

    (void)state;
    if (!succeeds("openssl pkcs12 -export -legacy -inkey k.pem -in c.pem -passout pass:right -out legacy.pfx"))
        skip();
    file = slurp("legacy.pfx");
    assert_int_equal(setenv("OPENSSL_MODULES", "/nonexistent", 1), 0);
    assert_int_equal(mdm_keys_from_bytes(&file, "legacy.pfx", password, &p12, NULL), 0);
    assert_int_equal(unsetenv("OPENSSL_MODULES"), 0);
    assert_int_equal(p12.keys.count, 1);
    assert_int_equal(p12.certs.count, 0);
    assert_int_equal(p12.cert_problem.code, MDM_E_UNSUPPORTED);
    assert_non_null(strstr(p12.cert_problem.hint, "openssl pkcs12 -legacy -in legacy.pfx "));
    mdm_p12_free(&p12);
    mdm_bytes_free(&file);
    mdm_secret_free(&password);
}

static void what_does_not_tell_is_said_not_to(void **state)
{
    static const char *const paths[] = {"alone.pfx", "certs.pfx", "c.pem", "nothing", "cut.pfx"};

    (void)state;
    run("openssl pkcs12 -export -inkey k.pem -nocerts -passout pass:right -out alone.pfx");
    run("openssl pkcs12 -export -nokeys -in c.pem -passout pass:right -out certs.pfx; : > nothing");
    run("head -c 500 certs.pfx > cut.pfx");
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_tells(paths[i], NULL);
}

static void certificates_without_a_key_are_no_error(void **state)
{
    struct mdm_secret *password = secret("right");
    struct mdm_bytes file;
    struct mdm_p12 p12;

    (void)state;
    run("openssl pkcs12 -export -nokeys -in c.pem -passout pass:right -out certs.pfx");
    file = slurp("certs.pfx");
    assert_int_equal(mdm_keys_from_bytes(&file, "certs.pfx", password, &p12, NULL), 0);
    assert_int_equal(p12.keys.count, 0);
    assert_int_equal(p12.certs.count, 1);
    mdm_p12_free(&p12);
    mdm_bytes_free(&file);
    mdm_secret_free(&password);
}

/* Or a PKCS#12 of many parts would cost many times what one key does. */
static void rounds_of_one_file_add_up(void **state)
{
    X509_ALGOR *algorithm = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), MDM_PBE_ITERATIONS_MAX / 2 - 1, NULL, 0, NULL, -1);
    struct mdm_pbe pbe = {.name = "x.p12", .rounds = MDM_PBE_ITERATIONS_MAX};
    struct mdm_error err = {0};

    (void)state;
    assert_non_null(algorithm);
    assert_int_equal(mdm_pbe_check(&pbe, algorithm, &err), 0);
    assert_int_equal(mdm_pbe_check(&pbe, algorithm, &err), 0);
    assert_int_equal(pbe.rounds, 2);
    assert_int_equal(mdm_pbe_check(&pbe, algorithm, &err), -1);
    assert_int_equal(err.code, MDM_E_FAILED);
    assert_non_null(strstr(err.text, "more key derivation rounds"));
    X509_ALGOR_free(algorithm);
}

/* The MAC covers all but the outermost bytes (version, identifiers): a file that still opens holds the same. */
static void no_changed_byte_gives_another_key_or_certificate(void **state)
{
    struct mdm_bytes p12 = make(MDM_P12_COMPAT);
    struct mdm_secret *password = secret("right");
    struct mdm_key_id id, expected;
    size_t opened = 0;

    (void)state;
    expected = *mdm_key_get_id(group_key);
    for (size_t i = 0; i < p12.size; i += 3) {
        struct mdm_error err = {0};
        struct mdm_p12 read;

        p12.data[i] ^= 0x04;
        if (mdm_keys_from_bytes(&p12, "x.pfx", password, &read, &err) == 0) {
            id = *mdm_key_get_id(read.keys.items[0]);
            assert_true(mdm_key_id_equal(&id, &expected));
            assert_true(mdm_cert_equal(read.certs.items[0], group_certs.items[0]));
            opened++;
        } else {
            assert_true(err.code == MDM_E_PASSWORD || err.code == MDM_E_FAILED || err.code == MDM_E_UNSUPPORTED);
        }
        p12.data[i] ^= 0x04;
        mdm_p12_free(&read);
    }
    assert_true(opened < 10);
    mdm_secret_free(&password);
    mdm_bytes_free(&p12);
}

/* A PKCS#12 of both pairs, as a keychain or Java writes one; libcrypto makes none with two keys by itself. */
static void every_key_comes_with_its_certificate(void **state)
{
    struct mdm_bytes pem = slurp("k2.pem"), cert = slurp("c2.pem"), file = {0};
    struct mdm_key *other = mdm_key_from_bytes(&pem, "k2.pem", NULL, NULL, NULL), *found;
    struct mdm_certs certs = {0};
    struct mdm_secret *password = secret("right");
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    STACK_OF(PKCS7) *parts = NULL;
    struct mdm_key_id id, expected;
    unsigned char *der = NULL;
    struct mdm_p12 read;
    PKCS12 *p12;

    (void)state;
    assert_int_equal(mdm_certs_from_bytes(&cert, "c2.pem", &certs, NULL), 0);
    assert_non_null(PKCS12_add_cert(&bags, certs.items[0]->x509));
    assert_non_null(PKCS12_add_cert(&bags, group_certs.items[0]->x509));
    assert_non_null(PKCS12_add_key(&bags, other->pkey, 0, 2048, NID_aes_256_cbc, "right"));
    assert_non_null(PKCS12_add_key(&bags, group_key->pkey, 0, 2048, NID_aes_256_cbc, "right"));
    assert_int_equal(PKCS12_add_safe(&parts, bags, -1, 0, NULL), 1);
    p12 = PKCS12_add_safes(parts, 0);
    assert_int_equal(PKCS12_set_mac(p12, "right", -1, NULL, 8, 2048, EVP_sha256()), 1);
    file.size = (size_t)i2d_PKCS12(p12, &der);
    file.data = der;
    assert_int_equal(mdm_keys_from_bytes(&file, "two.p12", password, &read, NULL), 0);
    assert_int_equal(read.keys.count, 2);
    assert_int_equal(read.certs.count, 2);
    assert_true(mdm_cert_equal(read.certs.items[0], certs.items[0]));
    assert_true(mdm_cert_equal(read.certs.items[1], group_certs.items[0]));
    mdm_p12_free(&read);
    expected = *mdm_key_get_id(group_key);
    found = mdm_key_from_bytes(&file, "two.p12", password, &expected, NULL);
    id = *mdm_key_get_id(found);
    assert_true(mdm_key_id_equal(&id, &expected));
    mdm_key_free(&found);
    mdm_key_free(&other);
    mdm_certs_free(&certs);
    mdm_secret_free(&password);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    sk_PKCS7_pop_free(parts, PKCS7_free);
    PKCS12_free(p12);
    OPENSSL_free(der);
    mdm_bytes_free(&pem);
    mdm_bytes_free(&cert);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_of_one_file_add_up),
        cmocka_unit_test(files_tell_their_certificate_and_open_with_their_password_alone),
        cmocka_unit_test(a_certificate_behind_rc2_does_not_hide_the_key),
        cmocka_unit_test(what_does_not_tell_is_said_not_to),
        cmocka_unit_test(certificates_without_a_key_are_no_error),
        cmocka_unit_test(no_changed_byte_gives_another_key_or_certificate),
        cmocka_unit_test(every_key_comes_with_its_certificate),
    };

    return cmocka_run_group_tests(tests, make_pair, free_pair);
}
