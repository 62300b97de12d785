/* pki/csr.h: the subject of a CSR, read, checked and made into a name; and its signature. */
#include "pki/csr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pki/ossl.h"

static void assert_value(const struct mdm_subject *subject, int index, const char *name, const char *value)
{
    const X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject->name, index);

    assert_string_equal(OBJ_nid2sn(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry))), name);
    assert_string_equal((const char *)ASN1_STRING_get0_data(X509_NAME_ENTRY_get_data(entry)), value);
}

static struct mdm_subject *parse(const char *text)
{
    struct mdm_error err = {0};
    struct mdm_subject *subject = mdm_subject_parse(text, &err);

    if (subject == NULL)
        fail_msg("'%s': %s", text, err.text);
    return subject;
}

/* The text that libcrypto's name of a subject comes back as. */
static void assert_name(const char *text, const char *expected)
{
    struct mdm_subject *subject = parse(text);
    X509_NAME *name = subject->name;
    char *shown;

    assert_non_null(name);
    shown = mdm_ossl_name_text(name);
    assert_string_equal(shown, expected);
    free(shown);
    mdm_subject_free(&subject);
}

static void assert_refused(const char *text, const char *words)
{
    struct mdm_error err = {0};

    assert_null(mdm_subject_parse(text, &err));
    assert_int_equal(err.code, MDM_E_USAGE);
    if (strstr(err.text, words) == NULL)
        fail_msg("'%s' gave \"%s\", expected \"%s\"", text, err.text, words);
}

static void parts_are_read_in_their_order(void **state)
{
    struct mdm_subject *subject = parse("C=us, o=Acme Inc,cn = MDM Push ,EMAILADDRESS=a@b.c");

    (void)state;
    assert_int_equal(X509_NAME_entry_count(subject->name), 4);
    assert_value(subject, 0, "C", "US");
    assert_value(subject, 1, "O", "Acme Inc");
    assert_value(subject, 2, "CN", "MDM Push");
    assert_value(subject, 3, "emailAddress", "a@b.c");
    mdm_subject_free(&subject);
    assert_null(subject);
    mdm_subject_free(&subject);
}

static void escapes_are_those_of_rfc4514(void **state)
{
    struct mdm_subject *subject =
        parse("O=Acme\\, Inc.,OU=a\\+b\\\"c\\\"\\\\\\<\\>\\;,CN=\\#x=y,L=\\ x\\ ,street=S\\C3\\B6hne\\20");

    (void)state;
    assert_value(subject, 0, "O", "Acme, Inc.");
    assert_value(subject, 1, "OU", "a+b\"c\"\\<>;");
    assert_value(subject, 2, "CN", "#x=y");
    assert_value(subject, 3, "L", " x ");
    assert_value(subject, 4, "street", "S\xc3\xb6hne ");
    mdm_subject_free(&subject);
}

static void every_name_of_the_contract_is_known(void **state)
{
    static const char text[] = "C=US,ST=a,L=b,O=c,OU=d,CN=e,emailAddress=f@g,UID=h,DC=i,SN=j,GN=k,serialNumber=l,"
                               "title=m,street=n,postalCode=o";

    (void)state;
    assert_name(text, text);
    assert_name("E=a@b,2.5.4.3=by its OID,1.2.3.4.5=unknown", "emailAddress=a@b,CN=by its OID,1.2.3.4.5=unknown");
}

static void a_name_comes_back_as_the_same_text(void **state)
{
    (void)state;
    assert_name("C=de,O=Acme\\, Inc.,CN=S\xc3\xb6hne \\+ Co", "C=DE,O=Acme\\, Inc.,CN=S\xc3\xb6hne \\+ Co");
    assert_name("CN=\\ a\\\\b\\ ", "CN=\\ a\\\\b\\ ");
    assert_name("CN=\\#1", "CN=\\#1");
}

static void string_types_are_what_portals_expect(void **state)
{
    struct mdm_subject *subject = parse("C=US,CN=Acme,emailAddress=a@b.c,UID=x");
    X509_NAME *name = subject->name;
    static const int types[] = {V_ASN1_PRINTABLESTRING, V_ASN1_UTF8STRING, V_ASN1_IA5STRING, V_ASN1_UTF8STRING};

    (void)state;
    assert_int_equal(X509_NAME_entry_count(name), 4);
    for (int i = 0; i < 4; i++) {
        const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i));

        assert_int_equal(ASN1_STRING_type(value), types[i]);
    }
    assert_int_equal(X509_NAME_get_index_by_NID(name, NID_userId, -1), 3);
    mdm_subject_free(&subject);
}

static void values_that_do_not_fit_are_refused(void **state)
{
    char text[80] = "CN=";

    (void)state;
    assert_refused("C=USA", "'USA': expected the two letters");
    assert_refused("C=U1", "two letters");
    assert_refused("C=\xc3\xa4", "two letters");
    assert_refused("C=\xc3\xa4\xc3\xb6", "two letters");
    assert_refused("emailAddress=\xc3\xa4@b.c", "emailAddress does not fit into a subject (illegal characters)");
    assert_refused("serialNumber=a_b", "serialNumber does not fit into a subject (illegal characters)");
    assert_refused("CN=\xff", "CN is not valid UTF-8");
    assert_refused("CN=\\C3", "CN is not valid UTF-8");
    assert_refused("CN=a\x1b[2J", "CN holds a control character");
    assert_refused("CN=a\\0D", "CN holds a control character");
    assert_refused("CN=a\\C2\\85", "CN holds a control character");
    memset(text + 3, 'x', 65);
    assert_refused(text, "CN does not fit into a subject (string too long: maxsize=64)");
}

/* The bound is in characters: 64 of them may be 256 bytes. */
static void bounds_count_characters(void **state)
{
    char text[3 + 64 * 4 + 1] = "CN=";
    struct mdm_subject *subject;
    X509_NAME *name;

    (void)state;
    for (size_t i = 0; i < 64; i++)
        memcpy(text + 3 + 4 * i, "\xf0\x9f\x94\x91", 4);
    subject = parse(text);
    name = subject->name;
    assert_non_null(name);
    mdm_subject_free(&subject);
}

static void added_values_are_taken_as_they_are(void **state)
{
    struct mdm_subject *subject = mdm_subject_new(NULL);
    struct mdm_error err = {0};

    (void)state;
    assert_int_equal(X509_NAME_entry_count(subject->name), 0);
    assert_int_equal(mdm_subject_add(subject, "O", "Acme, \"Inc\" \\ +", NULL), 0);
    assert_int_equal(mdm_subject_add(subject, "c", "fr", NULL), 0);
    assert_int_equal(mdm_subject_add(subject, "CN", "", &err), -1);
    assert_int_equal(err.code, MDM_E_USAGE);
    assert_int_equal(X509_NAME_entry_count(subject->name), 2);
    assert_value(subject, 0, "O", "Acme, \"Inc\" \\ +");
    assert_value(subject, 1, "C", "FR");
    mdm_subject_free(&subject);
}

static void there_is_an_end_to_parts_and_oids(void **state)
{
    struct mdm_error err = {0};
    struct mdm_subject *subject = mdm_subject_new(&err);
    char oid[300] = "1.2.", text[320];

    (void)state;
    for (int i = 0; i < 64; i++)
        assert_int_equal(mdm_subject_add(subject, "OU", "x", &err), 0);
    assert_int_equal(mdm_subject_add(subject, "OU", "x", &err), -1);
    assert_int_equal(err.code, MDM_E_USAGE);
    assert_non_null(strstr(err.text, "more than 64 parts"));
    assert_int_equal(X509_NAME_entry_count(subject->name), 64);
    mdm_subject_free(&subject);

    memset(oid + 4, '1', 256);
    (void)snprintf(text, sizeof text, "%s=x", oid);
    mdm_error_clear(&err);
    assert_null(mdm_subject_parse(text, &err));
    assert_non_null(strstr(err.text, "is not an attribute of a subject"));
}

/* No byte of what is signed, and none of the signature, may change unseen. */
static void every_changed_byte_of_a_csr_breaks_its_signature(void **state)
{
    struct mdm_subject *subject = parse("C=US,O=Acme\\, Inc.,CN=x");
    struct mdm_key *key = mdm_key_generate(NULL);
    struct mdm_csr *made = mdm_csr_make(key, subject, NULL);
    struct mdm_bytes file = {0};
    size_t read = 0;

    (void)state;
    assert_int_equal(mdm_csr_check(made, "made", NULL, NULL), 0);
    assert_int_equal(mdm_bytes_append(&file, mdm_csr_facts(made)->der.data, mdm_csr_facts(made)->der.size, NULL), 0);
    for (size_t i = 0; i < file.size; i++) {
        struct mdm_csr *csr;

        file.data[i] ^= 0x01;
        csr = mdm_csr_from_bytes(&file, "r.der", NULL);
        if (csr != NULL && mdm_csr_check(csr, "r.der", NULL, NULL) == 0)
            fail_msg("byte %zu may change unseen", i);
        read += csr != NULL;
        mdm_csr_free(&csr);
        file.data[i] ^= 0x01;
    }
    assert_true(read > 256); /* most changes leave a CSR, so that the check was what refused it */
    mdm_bytes_free(&file);
    mdm_csr_free(&made);
    mdm_key_free(&key);
    mdm_subject_free(&subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_read_in_their_order),
        cmocka_unit_test(escapes_are_those_of_rfc4514),
        cmocka_unit_test(every_name_of_the_contract_is_known),
        cmocka_unit_test(a_name_comes_back_as_the_same_text),
        cmocka_unit_test(string_types_are_what_portals_expect),
        cmocka_unit_test(values_that_do_not_fit_are_refused),
        cmocka_unit_test(bounds_count_characters),
        cmocka_unit_test(there_is_an_end_to_parts_and_oids),
        cmocka_unit_test(added_values_are_taken_as_they_are),
        cmocka_unit_test(every_changed_byte_of_a_csr_breaks_its_signature),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
