/* Subjects as people write them: what is taken fits into a name, and is the same when it is taken again. */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "pki/csr.h"
#include "pki/ossl.h"

static void check_again(const struct mdm_subject *subject)
{
    struct mdm_error err = {0};
    struct mdm_subject *again = mdm_subject_new(&err);

    FUZZ_REQUIRE(again != NULL && mdm_subject_count(subject) > 0);
    for (size_t i = 0; i < mdm_subject_count(subject); i++) {
        const char *name = mdm_subject_name(subject, i), *value = mdm_subject_value(subject, i);

        FUZZ_REQUIRE(value[0] != '\0' && mdm_subject_add(again, name, value, &err) == 0);
        FUZZ_REQUIRE(strcmp(mdm_subject_name(again, i), name) == 0);
        FUZZ_REQUIRE(strcmp(mdm_subject_value(again, i), value) == 0);
    }
    mdm_subject_free(&again);
}

/* As a name shows it (RFC 4514), it means the same; unless it shows a type or an escape that only we write so, or was
 * cut. */
static void check_shown(const struct mdm_subject *subject, const char *shown)
{
    size_t size = strlen(shown);
    bool cut = size >= 3 && strcmp(shown + size - 3, "...") == 0;
    struct mdm_subject *again = cut ? NULL : mdm_subject_parse(shown, NULL);

    if (again == NULL)
        return;
    FUZZ_REQUIRE(mdm_subject_count(again) == mdm_subject_count(subject));
    for (size_t i = 0; i < mdm_subject_count(subject); i++)
        FUZZ_REQUIRE(strcmp(mdm_subject_value(again, i), mdm_subject_value(subject, i)) == 0);
    mdm_subject_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mdm_error err = {0};
    char *text = malloc(size + 1);
    struct mdm_subject *subject;

    FUZZ_REQUIRE(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    subject = mdm_subject_parse(text, &err);
    if (subject == NULL) {
        fuzz_check_error(&err);
    } else {
        X509_NAME *name = mdm_subject_to_name(subject, &err);
        char *shown;

        FUZZ_REQUIRE(name != NULL);
        shown = mdm_ossl_name_text(name);
        FUZZ_REQUIRE(fuzz_is_safe(shown));
        check_again(subject);
        check_shown(subject, shown);
        free(shown);
        X509_NAME_free(name);
    }
    mdm_subject_free(&subject);
    free(text);
    FUZZ_REQUIRE(ERR_peek_error() == 0);
    return 0;
}
