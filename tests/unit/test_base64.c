/* Base64 as it stands in requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pki/pem.h"

static struct mdm_bytes decode(const char *text, struct mdm_error *err)
{
    struct mdm_bytes out = {0};

    if (mdm_base64_decode(text, strlen(text), &out, err) != 0)
        assert_int_equal(out.size, 0);
    return out;
}

static void vectors_of_the_rfc_go_both_ways_in_any_wrapping(void **state)
{
    /* RFC 4648 section 10 */
    static const char *const vectors[][3] = {
        {"f", "Zg==", "Zg\n==\n"},         {"fo", "Zm8=", "\tZm8 ="},
        {"foo", "Zm9v", " Z m 9 v"},       {"foob", "Zm9vYg==", "Zm9vYg=\n="},
        {"fooba", "Zm9vYmE=", "Zm9vYmE="}, {"foobar", "Zm9vYmFy", " Zm\r\n9v\tYm\n\nFy \n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct mdm_bytes text = {0};

        assert_int_equal(mdm_base64_encode(vectors[i][0], strlen(vectors[i][0]), &text, NULL), 0);
        assert_string_equal((const char *)text.data, vectors[i][1]);
        mdm_bytes_free(&text);
        for (size_t form = 1; form < 3; form++) {
            struct mdm_bytes back = decode(vectors[i][form], NULL);

            assert_string_equal((const char *)back.data, vectors[i][0]);
            mdm_bytes_free(&back);
        }
    }
}

static void what_is_broken_is_refused_by_name(void **state)
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
        assert_non_null(strstr(err.text, broken[i][1]));
        mdm_bytes_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_rfc_go_both_ways_in_any_wrapping),
        cmocka_unit_test(what_is_broken_is_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
