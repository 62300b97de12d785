/*
 * Files as the three steps and Apple make them, made once for a whole test program: keys cost time. For tests that put
 * work folders together file by file.
 */
#ifndef MDM_TEST_ISSUED_H
#define MDM_TEST_ISSUED_H

#include "pki/cert.h"
#include "pki/request.h"
#include "practice/practice.h"
#include "scratch.h"

/* When all of it is issued. */
static inline mdm_time issued_at(void)
{
    return mdm_time_from_civil(2026, 11, 23, 12, 0, 0);
}

#define ISSUED_PASSWORD "a good password"

/* A key pair, its files, and Apple's certificate for it. */
struct issued {
    struct mdm_key *key;
    struct mdm_csr *csr;
    struct mdm_bytes key_pem; /* encrypted */
    struct mdm_bytes csr_pem;
    struct mdm_bytes file; /* as Apple's portal hands it out */
    struct mdm_cert *cert; /* what is in it */
};

struct issued_world {
    struct mdm_practice *practice;
    struct mdm_trust *trust;
    struct issued vendor[2];
    struct issued customer[2];   /* both signed by vendor[0]; each with a topic of its own */
    struct mdm_bytes request[2]; /* the customers' */
};
static struct issued_world *world;

static inline void issued_expect(int result, const struct mdm_error *err)
{
    if (result != 0)
        fail_msg("%s", err->text);
}

static inline struct mdm_cert *issued_read(const struct mdm_bytes *file)
{
    struct mdm_error err = {0};
    struct mdm_certs certs = {0};
    struct mdm_cert *cert;

    issued_expect(mdm_certs_from_bytes(file, "a certificate", &certs, &err), &err);
    cert = mdm_cert_ref(certs.items[0]);
    mdm_certs_free(&certs);
    return cert;
}

static inline void issued_make(struct issued *made, const char *subject_text)
{
    struct mdm_error err = {0};
    struct mdm_subject *subject = mdm_subject_parse(subject_text, &err);
    struct mdm_secret *password = mdm_secret_new(ISSUED_PASSWORD, strlen(ISSUED_PASSWORD), &err);

    made->key = mdm_key_generate(&err);
    assert_non_null(made->key);
    made->csr = mdm_csr_make(made->key, subject, &err);
    assert_non_null(made->csr);
    issued_expect(mdm_csr_to_pem(made->csr, &made->csr_pem, &err), &err);
    issued_expect(mdm_key_to_pem(made->key, MDM_KEY_PKCS8_ENCRYPTED, password, &made->key_pem, &err), &err);
    mdm_secret_free(&password);
    mdm_subject_free(&subject);
}

/* Appends a vendor certificate for `vendor`'s CSR as ordered. */
static inline void issued_order_vendor(const struct issued *vendor, struct mdm_practice_order order,
                                       struct mdm_bytes *file)
{
    struct mdm_error err = {0};

    if (order.at == 0)
        order.at = issued_at();
    issued_expect(mdm_practice_issue_vendor(world->practice, &vendor->csr_pem, &order, file, &err), &err);
}

/* Appends a push certificate for a request. */
static inline void issued_order_push(const struct mdm_bytes *request, struct mdm_practice_order order,
                                     struct mdm_bytes *file)
{
    struct mdm_error err = {0};

    if (order.at == 0)
        order.at = issued_at();
    issued_expect(mdm_practice_issue_push(world->practice, request, &order, file, &err), &err);
}

static inline void issued_sign(const struct issued *vendor, const struct issued *customer, struct mdm_bytes *request)
{
    struct mdm_error err = {0};
    struct mdm_signer *signer = mdm_signer_new(vendor->key, "vendor.key", vendor->cert, "mdm.cer", world->trust,
                                               &(struct mdm_certs){0}, issued_at(), &err);

    if (signer == NULL)
        fail_msg("%s", err.text);
    issued_expect(mdm_signer_sign(signer, customer->csr, "customer.csr", request, &err), &err);
    mdm_signer_free(&signer);
}

/* Makes the world: everything above, by one Apple. For the group's setup. */
static inline int issued_open(void **state)
{
    static const char *const topics[] = {"11111111-1111-4111-8111-111111111111",
                                         "22222222-2222-4222-8222-222222222222"};
    struct mdm_error err = {0};

    (void)state;
    world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->practice = mdm_practice_new(issued_at(), &err);
    world->trust = mdm_practice_trust(world->practice, &err);
    assert_non_null(world->trust);
    for (int i = 0; i < 2; i++) {
        issued_make(&world->vendor[i], "CN=MDM Vendor");
        issued_order_vendor(&world->vendor[i], (struct mdm_practice_order){0}, &world->vendor[i].file);
        world->vendor[i].cert = issued_read(&world->vendor[i].file);
    }
    for (int i = 0; i < 2; i++) {
        struct issued *customer = &world->customer[i];

        issued_make(customer, "CN=MDM Push");
        issued_sign(&world->vendor[0], customer, &world->request[i]);
        issued_order_push(&world->request[i], (struct mdm_practice_order){.uuid = topics[i]}, &customer->file);
        customer->cert = issued_read(&customer->file);
    }
    return 0;
}

static inline void issued_close_one(struct issued *made)
{
    mdm_key_free(&made->key);
    mdm_csr_free(&made->csr);
    mdm_bytes_free(&made->key_pem);
    mdm_bytes_free(&made->csr_pem);
    mdm_bytes_free(&made->file);
    mdm_cert_free(&made->cert);
}

static inline int issued_close(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        issued_close_one(&world->vendor[i]);
        issued_close_one(&world->customer[i]);
        mdm_bytes_free(&world->request[i]);
    }
    mdm_trust_free(&world->trust);
    mdm_practice_free(&world->practice);
    free(world);
    return 0;
}

#endif
