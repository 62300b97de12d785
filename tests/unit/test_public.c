/* The public interface, include/mdmvendor.h, without its insides: tests/install.sh has it from outside. */
#include "mdmvendor.h"

#include "issued.h"

static struct mdmvendor_view view(const struct mdm_bytes *bytes)
{
    return (struct mdmvendor_view){bytes->data, bytes->size};
}

static struct mdmvendor_view ca_bundle(void)
{
    static struct mdm_bytes bundle;
    const struct mdm_certs *certs = mdm_trust_certs(world->trust);

    if (bundle.size == 0)
        for (size_t i = 0; i < certs->count; i++)
            assert_int_equal(mdm_cert_append_pem(certs->items[i], &bundle, NULL), 0);
    return view(&bundle);
}

static struct mdmvendor_vendor a_vendor(void)
{
    return (struct mdmvendor_vendor){.key = view(&world->vendor[0].key_pem),
                                     .key_password = ISSUED_PASSWORD,
                                     .certificate = view(&world->vendor[0].file),
                                     .ca = ca_bundle(),
                                     .at = issued_at()};
}

struct tally {
    int pass, fail, other;
};

static void count(void *ctx, const struct mdmvendor_check *check)
{
    struct tally *tally = ctx;

    assert_non_null(check->name);
    assert_non_null(check->detail);
    tally->pass += check->verdict == MDMVENDOR_PASS;
    tally->fail += check->verdict == MDMVENDOR_FAIL;
    tally->other += check->verdict != MDMVENDOR_PASS && check->verdict != MDMVENDOR_FAIL;
}

static void what_is_signed_verifies(void **state)
{
    struct mdmvendor_error err = {0};
    struct mdmvendor_vendor vendor = a_vendor();
    struct mdmvendor_signer *signer = mdmvendor_signer_new(&vendor, &err);
    struct mdmvendor_buffer request = {0};
    struct tally tally = {0};

    (void)state;
    assert_string_equal(err.text, "");
    assert_int_equal(mdmvendor_sign(signer, view(&world->customer[0].csr_pem), &request, &err), 0);
    assert_int_equal(mdmvendor_verify((struct mdmvendor_view){request.data, request.size}, ca_bundle(), issued_at(),
                                      count, &tally, &err),
                     0);
    assert_true(tally.pass > 5);
    assert_int_equal(tally.fail + tally.other, 0);
    request.data[request.size / 2] ^= 1;
    assert_int_equal(mdmvendor_verify((struct mdmvendor_view){request.data, request.size}, ca_bundle(), issued_at(),
                                      count, &tally, &err),
                     -1);
    assert_true(tally.fail > 0);
    assert_true(err.code == MDMVENDOR_REFUSED || err.code == MDMVENDOR_FAILED);
    mdmvendor_buffer_free(&request);
    assert_null(request.data);
    assert_int_equal(mdmvendor_sign(signer, view(&world->vendor[0].csr_pem), &request, &err), -1);
    assert_int_equal(err.code, MDMVENDOR_REFUSED);
    assert_null(request.data);
    mdmvendor_signer_free(&signer);
    assert_null(signer);
}

static void a_vendor_that_does_not_do_has_its_code(void **state)
{
    struct mdmvendor_error err = {0};
    struct mdmvendor_vendor vendor = a_vendor();

    (void)state;
    vendor.key_password = "not this one";
    assert_null(mdmvendor_signer_new(&vendor, &err));
    assert_int_equal(err.code, MDMVENDOR_PASSWORD);
    vendor = a_vendor();
    vendor.certificate = view(&world->vendor[1].file);
    assert_null(mdmvendor_signer_new(&vendor, &err));
    assert_int_equal(err.code, MDMVENDOR_REFUSED);
    vendor = a_vendor();
    vendor.ca = (struct mdmvendor_view){NULL, 0}; /* Apple's, who did not issue it */
    assert_null(mdmvendor_signer_new(&vendor, &err));
    assert_int_equal(err.code, MDMVENDOR_REFUSED);
    vendor = a_vendor();
    vendor.at += 10 * 365 * MDM_DAY;
    assert_null(mdmvendor_signer_new(&vendor, &err));
    assert_int_equal(err.code, MDMVENDOR_EXPIRED);
    assert_null(mdmvendor_signer_new(&vendor, NULL));
}

static void a_pfx_has_the_keys_certificate(void **state)
{
    struct mdmvendor_error err = {0};
    struct mdmvendor_buffer pfx = {0};
    struct mdmvendor_pfx of = {.key = view(&world->customer[0].key_pem),
                               .key_password = ISSUED_PASSWORD,
                               .certificate = view(&world->customer[0].file),
                               .password = "pfx password"};
    struct mdm_bytes made;
    struct mdm_key_facts facts;

    (void)state;
    assert_int_equal(mdmvendor_make_pfx(&of, &pfx, &err), 0);
    made = (struct mdm_bytes){.data = pfx.data, .size = pfx.size};
    mdm_key_describe(&made, &facts);
    assert_string_equal(facts.cert_sha1, mdm_cert_facts(world->customer[0].cert)->sha1);
    mdmvendor_buffer_free(&pfx);
    of.certificate = view(&world->customer[1].file);
    assert_int_equal(mdmvendor_make_pfx(&of, &pfx, &err), -1);
    assert_int_equal(err.code, MDMVENDOR_REFUSED);
    assert_non_null(strstr(err.text, mdm_cert_facts(world->customer[1].cert)->subject));
    assert_null(pfx.data);
}

static void a_certificate_says_what_it_is(void **state)
{
    struct mdmvendor_error err = {0};
    struct mdmvendor_certificate *push = mdmvendor_certificate_read(view(&world->customer[0].file), &err);
    struct mdmvendor_certificate *vendor = mdmvendor_certificate_read(view(&world->vendor[0].file), &err);
    struct mdm_bytes two = {0}; /* of which the second is cut off */

    (void)state;
    assert_int_equal(mdm_cert_append_pem(world->vendor[0].cert, &two, NULL), 0);
    assert_int_equal(mdm_bytes_append_text(&two, "-----BEGIN CERTIFICATE-----\nMIIB\n", NULL), 0);
    assert_null(mdmvendor_certificate_read(view(&two), &err));
    mdm_bytes_free(&two);
    assert_int_equal(push->kind, MDMVENDOR_KIND_PUSH);
    assert_string_equal(push->topic, mdm_cert_facts(world->customer[0].cert)->topic);
    assert_true(push->not_before <= issued_at() && issued_at() < push->not_after);
    assert_int_equal(vendor->kind, MDMVENDOR_KIND_VENDOR);
    assert_null(vendor->topic);
    mdmvendor_certificate_free(&push);
    mdmvendor_certificate_free(&vendor);
    assert_null(vendor);
    assert_null(mdmvendor_certificate_read(view(&world->customer[0].csr_pem), &err));
    assert_int_equal(err.code, MDMVENDOR_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_signed_verifies),
        cmocka_unit_test(a_vendor_that_does_not_do_has_its_code),
        cmocka_unit_test(a_pfx_has_the_keys_certificate),
        cmocka_unit_test(a_certificate_says_what_it_is),
    };

    return cmocka_run_group_tests(tests, issued_open, issued_close);
}
