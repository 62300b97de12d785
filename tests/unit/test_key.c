/* mdmvendor/key.h: keys made, written, and read in every form that the openssl command writes. */
#include "pki/key.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "command.h"
#include "pki/ossl.h"

/* Made once for the whole group, in the scratch folder: one key in every form, all with the password "right". */
static const char *const encrypted_forms[][2] = {
    {"des3.pem", "openssl rsa -in k.pem -traditional -des3 -passout pass:right -out des3.pem"},
    {"indented-des3.pem", "openssl rsa -in k.pem -traditional -des3 -passout pass:right | sed 's/^/  /;s/$/ \\r/' "
                          "> indented-des3.pem"},
    {"aes128.pem", "openssl rsa -in k.pem -traditional -aes128 -passout pass:right -out aes128.pem"},
    {"aes256.pem", "openssl rsa -in k.pem -aes256 -passout pass:right -out aes256.pem"},
    {"p8.der", "openssl pkcs8 -topk8 -in k.pem -v2 aes-256-cbc -passout pass:right -outform DER -out p8.der"},
    {"sha1-3des.pem", "openssl pkcs8 -topk8 -in k.pem -v1 PBE-SHA1-3DES -passout pass:right -out sha1-3des.pem"},
    {"sha1-3des.der",
     "openssl pkcs8 -topk8 -in k.pem -v1 PBE-SHA1-3DES -passout pass:right -outform DER -out sha1-3des.der"},
    {"scrypt.pem", "openssl pkcs8 -topk8 -in k.pem -scrypt -passout pass:right -out scrypt.pem"},
    {"sha512.pem", "openssl pkcs8 -topk8 -in k.pem -v2prf hmacWithSHA512 -passout pass:right -out sha512.pem"},
    {"k.p12", "openssl pkcs12 -export -inkey k.pem -in c.pem -passout pass:right -out k.p12"},
    {"key-alone.p12", "openssl pkcs12 -export -inkey k.pem -nocerts -passout pass:right -out key-alone.p12"},
    {"aes128-sha1.pem", "openssl pkcs8 -topk8 -in k.pem -v2 aes-128-cbc -v2prf hmacWithSHA1 -passout pass:right "
                        "-out aes128-sha1.pem"},
    {"legacy.p12", "openssl pkcs12 -export -legacy -inkey k.pem -in c.pem -passout pass:right -out legacy.p12 || "
                   "cp k.p12 legacy.p12"}, /* certificate locked by RC2, where openssl has it */
    {"3des.p12", "openssl pkcs12 -export -inkey k.pem -in c.pem -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES "
                 "-macalg sha1 -passout pass:right -out 3des.p12"},
};
#define ENCRYPTED (sizeof encrypted_forms / sizeof encrypted_forms[0])

static const char *const clear_forms[][2] = {
    {"pkcs1.pem", "cp k.pem pkcs1.pem"},
    {"pkcs1.der", "openssl rsa -in k.pem -traditional -outform DER -out pkcs1.der"},
    {"pkcs8.pem", "openssl pkcs8 -topk8 -nocrypt -in k.pem -out pkcs8.pem"},
    {"pkcs8.der", "openssl pkcs8 -topk8 -nocrypt -in k.pem -outform DER -out pkcs8.der"},
    {"crlf.pem", "sed 's/$/\\r/' pkcs8.pem > crlf.pem"},
    {"bom.pem", "{ printf '\\357\\273\\277'; cat k.pem; } > bom.pem"},
    {"glued.pem", "{ head -c -1 c.pem; cat pkcs8.pem; } > glued.pem"},
    {"no-newline.pem", "head -c -1 k.pem > no-newline.pem"},
    {"text.pem", "openssl rsa -in k.pem -text > text.pem"},
    {"indented.pem", "sed 's/^/    /' k.pem > indented.pem"},
    {"one-line.pem", "tr '\\n' ' ' < k.pem > one-line.pem"},
    {"escaped.pem", "awk '{ printf \"%s\\\\n\", $0 }' k.pem > escaped.pem"},
    {"escaped-crlf.pem", "awk '{ printf \"%s\\\\r\\\\n\", $0 }' k.pem > escaped-crlf.pem"},
    {"old-mac.pem", "tr '\\n' '\\r' < k.pem > old-mac.pem"},
    {"base64", "openssl base64 -in pkcs8.der -out base64"},
    {"no-password.p12", "openssl pkcs12 -export -inkey k.pem -in c.pem -passout pass: -out no-password.p12"},
};
#define CLEAR (sizeof clear_forms / sizeof clear_forms[0])

static struct mdm_key_id expected_id;

static int make_forms(void **state)
{
    struct mdm_bytes digest;
    unsigned char byte;

    /* libcrypto's source of random bytes stays until the end, and is no part of what is counted */
    if (scratch_setup(state) != 0 || RAND_bytes(&byte, 1) != 1 || CRYPTO_secure_malloc_init(65536, 32) == 0)
        return -1;
    run("openssl genrsa -traditional -out k.pem 2048");
    run("openssl req -new -x509 -key k.pem -subj /CN=x -out c.pem");
    run("openssl rsa -in k.pem -pubout -outform DER | openssl dgst -sha256 -binary > id");
    for (size_t i = 0; i < ENCRYPTED; i++)
        run(encrypted_forms[i][1]);
    for (size_t i = 0; i < CLEAR; i++)
        run(clear_forms[i][1]);
    digest = slurp("id");
    assert_int_equal(digest.size, sizeof expected_id.sha256);
    memcpy(expected_id.sha256, digest.data, digest.size);
    mdm_bytes_free(&digest);
    (void)alarm(0);
    return 0;
}

static struct mdm_key *read_key(const char *path, const char *password, struct mdm_error *err)
{
    struct mdm_secret *typed = password == NULL ? NULL : secret(password);
    struct mdm_bytes file = slurp(path);
    struct mdm_key *key = mdm_key_from_bytes(&file, path, typed, NULL, err);

    assert_int_equal(ERR_peek_error(), 0); /* it would be the next caller's reason */
    mdm_bytes_free(&file);
    mdm_secret_free(&typed);
    return key;
}

static void assert_reads(const char *path, const char *password)
{
    struct mdm_error err = {0};
    struct mdm_key *key = read_key(path, password, &err);
    struct mdm_key_id id;

    if (key == NULL)
        fail_msg("%s: %s [%s]", path, err.text, err.detail);
    id = *mdm_key_get_id(key);
    assert_true(mdm_key_id_equal(&id, &expected_id));
    assert_int_equal(mdm_key_check(key, path, &err), 0);
    mdm_key_free(&key);
}

static void assert_fails(const char *path, const char *password, enum mdm_code code, const char *words)
{
    struct mdm_error err = {0};
    struct mdm_key *key = read_key(path, password, &err);

    if (key != NULL || err.code != code || strstr(err.text, words) == NULL)
        fail_msg("%s: code %d \"%s\", expected %d \"%s\"", path, (int)err.code, err.text, (int)code, words);
    mdm_key_free(&key);
}

static void every_encrypted_form_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ENCRYPTED; i++)
        assert_reads(encrypted_forms[i][0], "right");
}

static void every_clear_form_is_read_with_and_without_a_password(void **state)
{
    (void)state;
    for (size_t i = 0; i < CLEAR; i++) {
        assert_reads(clear_forms[i][0], NULL);
        assert_reads(clear_forms[i][0], "not needed");
    }
}

static void a_wrong_password_is_called_so_in_every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < ENCRYPTED; i++) {
        char words[128];

        (void)snprintf(words, sizeof words, "the password for '%s' is wrong (or the file is damaged)",
                       encrypted_forms[i][0]);
        assert_fails(encrypted_forms[i][0], "wrong", MDM_E_PASSWORD, words);
        assert_fails(encrypted_forms[i][0], "", MDM_E_PASSWORD, words);
        assert_fails(encrypted_forms[i][0], "right ", MDM_E_PASSWORD, words);
    }
}

static void a_missing_password_is_called_so_in_every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < ENCRYPTED; i++)
        assert_fails(encrypted_forms[i][0], NULL, MDM_E_PASSWORD, "is encrypted and needs a password");
}

static void a_pkcs12_without_a_password_needs_none(void **state)
{
    (void)state;
    run("openssl pkcs12 -export -inkey k.pem -in c.pem -passout pass: -out empty.p12");
    assert_reads("empty.p12", NULL);
    assert_reads("empty.p12", "");
    run("openssl pkcs12 -export -inkey k.pem -in c.pem -keypbe NONE -certpbe NONE -nomac -passout pass: -out bare.p12");
    assert_reads("bare.p12", NULL);
    run("openssl pkcs12 -export -inkey k.pem -in c.pem -nomac -passout pass:right -out nomac.p12");
    assert_reads("nomac.p12", "right");
    assert_fails("nomac.p12", "wrong", MDM_E_PASSWORD, "is wrong (or");
    assert_fails("nomac.p12", NULL, MDM_E_PASSWORD, "needs a password");
}

/* Single DES, the default of openssl 0.9.8, is in libcrypto's module of old algorithms. */
static void keys_of_old_are_opened_or_the_command_is_named(void **state)
{
    struct mdm_error err = {0};

    (void)state;
    if (!succeeds(
            "openssl pkcs8 -topk8 -v1 PBE-MD5-DES -provider legacy -provider default -in k.pem -passout pass:right "
            "-out des8.pem") ||
        !succeeds("openssl rsa -traditional -des -provider legacy -provider default -in k.pem -passout pass:right "
                  "-out des1.pem"))
        skip();
    assert_reads("des8.pem", "right");
    assert_fails("des8.pem", "wrong", MDM_E_PASSWORD, "is wrong (or");
    assert_null(read_key("des1.pem", "right", &err));
    assert_non_null(strstr(err.hint, "openssl pkey -provider legacy -provider default -in des1.pem "));
    run("openssl pkey -provider legacy -provider default -in des1.pem -passin pass:right -aes256 -passout pass:right "
        "-out new.key");
    assert_reads("new.key", "right");
}

static struct mdm_key *read_expected(const char *path, const struct mdm_key_id *expected, struct mdm_error *err)
{
    struct mdm_secret *password = secret("right");
    struct mdm_bytes file = slurp(path);
    struct mdm_key *key = mdm_key_from_bytes(&file, path, password, expected, err);

    mdm_bytes_free(&file);
    mdm_secret_free(&password);
    return key;
}

static void of_several_keys_the_expected_one_is_read(void **state)
{
    static const char *const paths[] = {"two.pem", "locked.pem", "foreign.pem"};
    struct mdm_key_id id, other = {{0}};
    struct mdm_error err = {0};
    struct mdm_key *key;

    (void)state;
    run("openssl genrsa -out k2.pem 2048; cat k2.pem k.pem > two.pem; cat k2.pem aes256.pem > locked.pem");
    run("{ openssl ecparam -name prime256v1 -genkey -noout; cat k.pem; } > foreign.pem");
    for (size_t i = 0; i < 3; i++) {
        key = read_expected(paths[i], &expected_id, &err);
        if (key == NULL || !mdm_key_id_equal(mdm_key_get_id(key), &expected_id))
            fail_msg("%s: %s", paths[i], err.text);
        mdm_key_free(&key);
    }
    key = read_expected("two.pem", &other, &err); /* none fits: the first, for the caller's words */
    id = *mdm_key_get_id(key);
    assert_false(mdm_key_id_equal(&id, &expected_id));
    mdm_key_free(&key);
    assert_null(read_expected("foreign.pem", &other, &err)); /* it could be the one that cannot be read */
    assert_int_equal(err.code, MDM_E_REFUSED);
}

/* Each could cost as much as a signature, and a file has room for thousands of small ones. */
static void after_64_keys_no_more_are_tried(void **state)
{
    struct mdm_error err = {0};
    struct mdm_key *key;

    (void)state;
    run("for i in $(seq 63); do echo '-----BEGIN PRIVATE KEY-----MAA=-----END PRIVATE KEY-----'; done > bad.pem");
    run("cat bad.pem k.pem > last.pem; head -n 1 bad.pem | cat - last.pem > one-more.pem");
    key = read_expected("last.pem", &expected_id, &err);
    assert_non_null(key);
    mdm_key_free(&key);
    assert_null(read_expected("one-more.pem", &expected_id, &err));
}

/* One changed byte anywhere in the numbers must not give a key that signs. */
static void a_clear_key_with_any_changed_byte_is_refused(void **state)
{
    struct mdm_bytes file = slurp("pkcs1.der");

    (void)state;
    for (size_t i = 0; i < file.size; i++) {
        struct mdm_error err = {0};
        struct mdm_key *key;

        file.data[i] ^= 0x10;
        key = mdm_key_from_bytes(&file, "k", NULL, NULL, &err);
        file.data[i] ^= 0x10;
        if (key != NULL)
            fail_msg("byte %zu may change unseen", i);
        assert_int_equal(err.code, MDM_E_FAILED);
    }
    mdm_bytes_free(&file);
}

static void assert_described(const char *path, bool is_key, bool encrypted, bool id_known)
{
    struct mdm_bytes file = slurp(path);
    struct mdm_key_facts facts;

    mdm_key_describe(&file, &facts);
    mdm_bytes_free(&file);
    if (facts.is_key != is_key || facts.encrypted != encrypted || facts.id_known != id_known)
        fail_msg("%s: %d %d %d", path, facts.is_key, facts.encrypted, facts.id_known);
}

static void files_are_described_by_their_first_key_without_its_password(void **state)
{
    static const char *const none[] = {"c.pem", "cut.pem", "nothing", "r.pem"};

    (void)state;
    run("openssl genrsa -out k2.pem 2048; cat k2.pem aes256.pem k.pem > three.pem");
    run("cat aes256.pem k.pem > locked-first.pem; head -c 300 pkcs8.pem > cut.pem; : > nothing");
    run("openssl req -new -key k.pem -subj /CN=x -out r.pem");
    for (size_t i = 0; i < ENCRYPTED; i++)
        assert_described(encrypted_forms[i][0], true, true, false);
    for (size_t i = 0; i < CLEAR; i++)
        assert_described(clear_forms[i][0], true, false, true);
    for (size_t i = 0; i < 4; i++)
        assert_described(none[i], false, false, false);
    assert_described("three.pem", true, false, true);
    assert_described("locked-first.pem", true, true, false);
}

static void what_we_write_is_salted_and_tells_whose_key_it_is(void **state)
{
    struct mdm_key *key = read_key("k.pem", NULL, NULL);
    struct mdm_secret *password = secret("right");
    struct mdm_bytes one = {0}, other = {0};
    struct mdm_key_facts facts;

    (void)state;
    assert_int_equal(mdm_key_to_pem(key, MDM_KEY_PKCS8_ENCRYPTED, password, &one, NULL), 0);
    assert_int_equal(mdm_key_to_pem(key, MDM_KEY_PKCS8_ENCRYPTED, password, &other, NULL), 0);
    spit("other.pem", &other);
    mdm_key_describe(&one, &facts);
    assert_true(facts.is_key && facts.encrypted && facts.id_known);
    assert_true(mdm_key_id_equal(&facts.id, &expected_id));
    spit("ours.pem", &one);
    assert_reads("ours.pem", "right");
    run("for f in ours other; do openssl asn1parse -in $f.pem | sed -n '/OCTET STRING/{p;q}' > $f; done; ! cmp ours "
        "other");
    mdm_bytes_free(&one);
    mdm_bytes_free(&other);
    mdm_secret_free(&password);
    mdm_key_free(&key);
}

static void ids_are_shown_by_their_first_eight_bytes(void **state)
{
    struct mdm_key_id id = {{0x1a, 0x2b, 0x3c, 0x4d, 0x5e, 0x6f, 0x70, 0x81, 0xff}};

    (void)state;
    assert_string_equal(mdm_key_id_format(&id).text, "1a2b 3c4d 5e6f 7081");
}

/* The arena is as large as the program's, and all of the above came from it. */
static void nothing_is_left_in_the_secure_heap(void **state)
{
    (void)state;
    assert_int_equal(CRYPTO_secure_used(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_encrypted_form_is_read),
        cmocka_unit_test(every_clear_form_is_read_with_and_without_a_password),
        cmocka_unit_test(a_wrong_password_is_called_so_in_every_form),
        cmocka_unit_test(a_missing_password_is_called_so_in_every_form),
        cmocka_unit_test(a_pkcs12_without_a_password_needs_none),
        cmocka_unit_test(keys_of_old_are_opened_or_the_command_is_named),
        cmocka_unit_test(of_several_keys_the_expected_one_is_read),
        cmocka_unit_test(after_64_keys_no_more_are_tried),
        cmocka_unit_test(a_clear_key_with_any_changed_byte_is_refused),
        cmocka_unit_test(files_are_described_by_their_first_key_without_its_password),
        cmocka_unit_test(what_we_write_is_salted_and_tells_whose_key_it_is),
        cmocka_unit_test(ids_are_shown_by_their_first_eight_bytes),
        cmocka_unit_test(nothing_is_left_in_the_secure_heap),
    };

    return cmocka_run_group_tests(tests, make_forms, scratch_teardown);
}
