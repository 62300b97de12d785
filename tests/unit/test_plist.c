/* Property lists of strings, and the base64 and signatures that stand in them. */
#include "testca.h"

#include "pki/pem.h"
#include "pki/plist.h"
#include "pki/request.h"

#define HEAD         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define PLIST(inner) HEAD "<plist version=\"1.0\">" inner "</plist>"

static struct mdm_plist *read_text(const char *text, struct mdm_error *err)
{
    struct mdm_bytes xml = testca_text(text);
    struct mdm_plist *plist = mdm_plist_read(&xml, err);

    mdm_bytes_free(&xml);
    return plist;
}

static void written_strings_keep_order_newlines_and_markup(void **state)
{
    const struct mdm_plist_entry entries[] = {{"Zulu", "a\nb\n"}, {"Alpha", "<&>\"'"}, {"Mike", "+/="}};
    struct mdm_bytes xml = {0};
    struct mdm_plist *plist;
    const char *value, *text;

    (void)state;
    assert_int_equal(mdm_plist_write(entries, 3, &xml, NULL), 0);
    text = (const char *)xml.data;
    assert_true(strstr(text, "Zulu") < strstr(text, "Alpha") && strstr(text, "Alpha") < strstr(text, "Mike"));
    assert_contains(text, "-//Apple");
    plist = mdm_plist_read(&xml, NULL);
    assert_non_null(plist);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(mdm_plist_string(plist, entries[i].key, &value), MDM_PLIST_STRING);
        assert_string_equal(value, entries[i].value);
    }
    mdm_plist_free(&plist);
    mdm_bytes_free(&xml);
}

static void a_value_of_another_type_is_told_from_an_absent_one(void **state)
{
    struct mdm_plist *plist = read_text(
        PLIST(
            "<dict><key>d</key><data>QUJD</data><key>i</key><integer>1</integer><key>e</key><string></string></dict>"),
        NULL);
    const char *value;

    (void)state;
    assert_non_null(plist);
    assert_int_equal(mdm_plist_string(plist, "d", &value), MDM_PLIST_OTHER);
    assert_int_equal(mdm_plist_string(plist, "i", &value), MDM_PLIST_OTHER);
    assert_int_equal(mdm_plist_string(plist, "x", &value), MDM_PLIST_ABSENT);
    assert_null(value);
    assert_int_equal(mdm_plist_string(plist, "e", &value), MDM_PLIST_STRING);
    assert_string_equal(value, "");
    mdm_plist_free(&plist);
    assert_null(plist);
}

static void floods_are_refused(void **state)
{
    struct mdm_bytes start = testca_text(HEAD "<plist>."), arrays = testca_text("<array>."), xml = {0};
    struct mdm_error err = {0};

    (void)state;
    for (int i = 0; i < 14; i++) { /* 2 to the power of 14 of them */
        struct mdm_bytes twice = testca_replace(&arrays, ".", "");

        assert_int_equal(mdm_bytes_append(&twice, arrays.data, arrays.size, NULL), 0);
        mdm_bytes_free(&arrays);
        arrays = twice;
    }
    xml = testca_replace(&start, ".", (const char *)arrays.data);
    mdm_bytes_free(&start);
    mdm_bytes_free(&arrays);
    assert_null(mdm_plist_read(&xml, &err));
    assert_contains(err.text, "too many");
    mdm_bytes_free(&xml);
}

static struct mdm_bytes decode(const char *text, struct mdm_error *err)
{
    struct mdm_bytes out = {0};

    if (mdm_base64_decode(text, strlen(text), &out, err) != 0)
        assert_int_equal(out.size, 0);
    return out;
}

static void base64_of_the_rfc_goes_both_ways(void **state)
{
    /* RFC 4648 section 10 */
    static const char *const vectors[][2] = {{"f", "Zg=="},        {"fo", "Zm8="},        {"foo", "Zm9v"},
                                             {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct mdm_bytes text = {0};
        struct mdm_bytes back = decode(vectors[i][1], NULL);

        assert_int_equal(mdm_base64_encode(vectors[i][0], strlen(vectors[i][0]), &text, NULL), 0);
        assert_string_equal((const char *)text.data, vectors[i][1]);
        assert_string_equal((const char *)back.data, vectors[i][0]);
        mdm_bytes_free(&text);
        mdm_bytes_free(&back);
    }
}

static void base64_is_decoded_in_any_wrapping(void **state)
{
    struct mdm_bytes out = decode(" Zm\r\n9v\tYm\n\nFy \n", NULL);

    (void)state;
    assert_string_equal((const char *)out.data, "foobar");
    mdm_bytes_free(&out);
}

static void broken_base64_is_refused_by_name(void **state)
{
    static const char *const broken[][2] = {
        {"Zm9v-mFy", "'-' at byte 5"},
        {"Zm9\x01", "0x01 at byte 4"},
        {"Zm9vY", "cut off"},
        {"Zm9vYg=", "cut off"},
        {"Zg==Zg==", "'='"},
        {"Z===", "'='"},
        {"Zg===", "'='"},
        {"=", "'='"},
        {"Zg=v", "'='"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct mdm_error err = {0};
        struct mdm_bytes out = decode(broken[i][0], &err);

        assert_int_equal(err.code, MDM_E_FAILED);
        assert_contains(err.text, broken[i][1]);
        mdm_bytes_free(&out);
    }
}

static void signatures_are_told_by_key_digest_and_data(void **state)
{
    EVP_PKEY *key = testca_key();
    EVP_PKEY *other = testca_key();
    struct mdm_bytes data = testca_text("data"), changed = testca_text("Data");
    struct mdm_bytes signature = {0};

    (void)state;
    assert_int_equal(mdm_sign_sha256(key, &data, &signature, NULL), 0);
    assert_int_equal(signature.size, 256);
    assert_int_equal(mdm_verify_signature(key, "SHA256", &data, &signature, NULL), 1);
    assert_int_equal(mdm_verify_signature(key, "SHA1", &data, &signature, NULL), 0);
    assert_int_equal(mdm_verify_signature(key, "SHA256", &changed, &signature, NULL), 0);
    assert_int_equal(mdm_verify_signature(other, "SHA256", &data, &signature, NULL), 0);
    signature.size = 255;
    assert_int_equal(mdm_verify_signature(key, "SHA256", &data, &signature, NULL), 0);
    mdm_bytes_free(&signature);
    mdm_bytes_free(&data);
    mdm_bytes_free(&changed);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_strings_keep_order_newlines_and_markup),
        cmocka_unit_test(a_value_of_another_type_is_told_from_an_absent_one),
        cmocka_unit_test(floods_are_refused),
        cmocka_unit_test(base64_of_the_rfc_goes_both_ways),
        cmocka_unit_test(base64_is_decoded_in_any_wrapping),
        cmocka_unit_test(broken_base64_is_refused_by_name),
        cmocka_unit_test(signatures_are_told_by_key_digest_and_data),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
