/* Subjects as people write them: what is taken fits into a name, and is the same when it is taken again. */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "pki/csr.h"
#include "pki/ossl.h"

static int count(const struct mdm_subject *subject)
{
    return X509_NAME_entry_count(subject->name);
}

static const char *value_of(const struct mdm_subject *subject, int i)
{
    return (const char *)ASN1_STRING_get0_data(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject->name, i)));
}

/* The type by its number, which means the same as its name. */
static void type_of(const struct mdm_subject *subject, int i, char oid[300])
{
    FUZZ_REQUIRE(OBJ_obj2txt(oid, 300, X509_NAME_ENTRY_get_object(X509_NAME_get_entry(subject->name, i)), 1) > 0);
}

static void check_again(const struct mdm_subject *subject)
{
    struct mdm_error err = {0};
    struct mdm_subject *again = mdm_subject_new(&err);

    FUZZ_REQUIRE(again != NULL && count(subject) > 0);
    for (int i = 0; i < count(subject); i++) {
        char type[300], type_again[300];

        type_of(subject, i, type);
        FUZZ_REQUIRE(value_of(subject, i)[0] != '\0' && mdm_subject_add(again, type, value_of(subject, i), &err) == 0);
        type_of(again, i, type_again);
        FUZZ_REQUIRE(strcmp(type_again, type) == 0 && strcmp(value_of(again, i), value_of(subject, i)) == 0);
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
    FUZZ_REQUIRE(count(again) == count(subject));
    for (int i = 0; i < count(subject); i++)
        FUZZ_REQUIRE(strcmp(value_of(again, i), value_of(subject, i)) == 0);
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
        char *shown = mdm_ossl_name_text(subject->name);

        FUZZ_REQUIRE(fuzz_is_safe(shown));
        check_again(subject);
        check_shown(subject, shown);
        free(shown);
    }
    mdm_subject_free(&subject);
    free(text);
    FUZZ_REQUIRE(ERR_peek_error() == 0);
    return 0;
}
