/* The stages are reached by the program itself and the practice Apple: see stages.h. */
#include "stages.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "snapshot.h"

static void run(struct bench *bench, int status, const char *const args[])
{
    struct outcome outcome;
    uint32_t next_key = bench->plan->next_key;

    plan_clear(bench->plan);
    bench->plan->next_key = next_key;
    bench_run(bench, args, &outcome);
    if (outcome.status != status)
        die("a stage cannot be built: status %d in place of %d\n%s", outcome.status, status, outcome.err);
}

#define RUN(status, ...) run(bench, status, (const char *const[]){__VA_ARGS__})
#define PLAIN            NULL

static void reach_vendor_cert(struct bench *bench)
{
    RUN(3, PLAIN);
    visit_vendor_portal(bench, "work/outputs/vendor.csr", "work/inputs/mdm.cer", 0);
}

static void reach_push_cert(struct bench *bench)
{
    RUN(3, PLAIN);
    visit_push_portal(bench, "work/outputs/plist_encode.txt", "work/inputs/MDM_Certificate.pem", NULL);
}

static void reach_finished(struct bench *bench)
{
    RUN(0, PLAIN);
}

static void reach_renewing(struct bench *bench)
{
    RUN(3, "renew", NULL);
}

static void reach_renewed(struct bench *bench)
{
    struct mdm_bytes old = get_bytes(bench, "work/inputs/MDM_Certificate.pem");

    put_bytes(bench, "tmp/old.pem", &old);
    RUN(3, "renew", NULL);
    visit_push_portal(bench, "work/outputs/plist_encode.txt", "work/inputs/MDM_Certificate.pem", "tmp/old.pem");
    remove_file(bench, "tmp/old.pem");
    mdm_bytes_free(&old);
}

/* The vendor's certificate is about to end. */
static void reach_vendor_ending(struct bench *bench)
{
    RUN(3, PLAIN);
    visit_vendor_portal(bench, "work/outputs/vendor.csr", "work/inputs/mdm.cer", 20);
    reach_push_cert(bench);
    reach_finished(bench);
}

static void reach_vendor_renewing(struct bench *bench)
{
    RUN(3, "renew", NULL);
    visit_vendor_portal(bench, "work/outputs/vendor.csr", "work/inputs/mdm.cer", 0);
}

static EVP_PKEY *read_key(const struct bench *bench, unsigned number)
{
    char path[PATH_SIZE + 32];
    EVP_PKEY *pkey;
    BIO *in;

    (void)snprintf(path, sizeof path, "%s/keys/%u.pem", bench->top, number);
    in = BIO_new_file(path, "r");
    pkey = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
    BIO_free(in);
    return pkey;
}

/* Keys and CSRs of people elsewhere; only `key` itself signs rightly. */
static void add_csr_signed_by(struct bench *bench, const char *name, unsigned key, unsigned signer)
{
    struct mdm_bytes bytes = {0};
    BIO *out = BIO_new(BIO_s_mem());
    X509_REQ *csr = X509_REQ_new();
    EVP_PKEY *pkey = read_key(bench, key), *signing = read_key(bench, signer);
    char *data;
    long size;

    if (X509_REQ_set_version(csr, 0) != 1 ||
        X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(csr), "CN", MBSTRING_UTF8,
                                   (const unsigned char *)"Customer", -1, -1, 0) != 1 ||
        X509_REQ_set_pubkey(csr, pkey) != 1 || X509_REQ_sign(csr, signing, EVP_sha256()) <= 0 ||
        PEM_write_bio_X509_REQ(out, csr) != 1)
        die("cannot make a CSR");
    size = BIO_get_mem_data(out, &data);
    (void)mdm_bytes_append(&bytes, data, (size_t)size, NULL);
    put_bytes(bench, name, &bytes);
    mdm_bytes_free(&bytes);
    X509_REQ_free(csr);
    EVP_PKEY_free(pkey);
    EVP_PKEY_free(signing);
    BIO_free(out);
}

static void add_csr(struct bench *bench, const char *name, unsigned key)
{
    add_csr_signed_by(bench, name, key, key);
}

static void reach_own_csr(struct bench *bench)
{
    add_csr(bench, "work/inputs/customer.csr", KEYS - 1);
}

static void reach_many_csrs(struct bench *bench)
{
    make_folder(bench, "in");
    add_csr(bench, "in/acme.csr", KEYS - 1);
    add_csr(bench, "in/globex.csr", KEYS - 2);
    add_csr(bench, "in/initech.csr", KEYS - 3);
    add_csr_signed_by(bench, "in/forged.csr", KEYS - 1, KEYS - 2);
    put_text(bench, "in/list", "../in/acme.csr\n../in/globex.csr\n../in/initech.csr\n");
}

static void reach_customer_alone(struct bench *bench)
{
    RUN(0, "csr", NULL);
}

/* The vendor signs elsewhere. */
static void reach_customer_served(struct bench *bench)
{
    struct mdm_bytes csr = get_bytes(bench, "work/outputs/customer.csr");
    struct mdm_bytes request;
    char path[PATH_SIZE + 32];

    stage_enter(bench, "finished");
    put_bytes(bench, "tmp/customer.csr", &csr);
    RUN(0, "sign", "-o", "../tmp/request.txt", "../tmp/customer.csr", NULL);
    request = get_bytes(bench, "tmp/request.txt");
    (void)snprintf(path, sizeof path, "%s/stages/customer alone", bench->top);
    folder_remove(bench->place);
    folder_copy(path, bench->place);
    put_bytes(bench, "tmp/request.txt", &request);
    visit_push_portal(bench, "tmp/request.txt", "work/inputs/MDM_ Acme_Certificate.pem", NULL);
    remove_file(bench, "tmp/request.txt");
    mdm_bytes_free(&csr);
    mdm_bytes_free(&request);
}

/* As vendor_script.sh left it: openssl's traditional form, DES, in the work folder itself. */
static void write_old_key(struct bench *bench, const char *name, const char *from, const char *password)
{
    struct mdm_bytes file = get_bytes(bench, from), bytes = {0};
    BIO *in = BIO_new_mem_buf(file.data, (int)file.size), *out = BIO_new(BIO_s_mem());
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(in, NULL, NULL, as_password(password));
    char *data;
    long size;

    if (pkey == NULL ||
        PEM_write_bio_PrivateKey_traditional(out, pkey, EVP_des_ede3_cbc(), NULL, 0, NULL, as_password(password)) != 1)
        die("cannot make an old key");
    size = BIO_get_mem_data(out, &data);
    (void)mdm_bytes_append(&bytes, data, (size_t)size, NULL);
    put_bytes(bench, name, &bytes);
    mdm_bytes_free(&bytes);
    mdm_bytes_free(&file);
    EVP_PKEY_free(pkey);
    BIO_free(out);
    BIO_free(in);
}

static void move(struct bench *bench, const char *from, const char *to)
{
    struct mdm_bytes bytes = get_bytes(bench, from);

    put_bytes(bench, to, &bytes);
    remove_file(bench, from);
    mdm_bytes_free(&bytes);
}

static void reach_old_script(struct bench *bench)
{
    char outputs[PATH_SIZE + 32];

    write_old_key(bench, "work/vendorPrivateKey.pem", "work/outputs/vendor.key", VENDOR_PASSWORD);
    write_old_key(bench, "work/customerPrivateKey.pem", "work/outputs/customer.key", CUSTOMER_PASSWORD);
    move(bench, "work/outputs/vendor.csr", "work/vendor.csr");
    move(bench, "work/outputs/customer.csr", "work/customer.csr");
    move(bench, "work/outputs/plist_encode", "work/plist_encoded");
    make_folder(bench, "work/output");
    move(bench, "work/outputs/MDM_APNSCert.pfx", "work/output/MDM_APNSCert.pfx");
    (void)snprintf(outputs, sizeof outputs, "%.500s/work/outputs", bench->place);
    folder_remove(outputs);
}

/* Another server has it all. */
static void reach_elsewhere(struct bench *bench)
{
    char work[PATH_SIZE + 32];

    make_folder(bench, "in");
    move(bench, "work/outputs/MDM_APNSCert.pfx", "in/push.pfx");
    (void)snprintf(work, sizeof work, "%.500s/work", bench->place);
    folder_remove(work);
    make_folder(bench, "work");
}

static void reach_imported(struct bench *bench)
{
    RUN(0, "import", "../in/push.pfx", NULL);
}

/* After a redo somebody finds that Apple's certificate of before was the right one. */
static void reach_vendor_key_in_archive(struct bench *bench)
{
    struct mdm_bytes old = get_bytes(bench, "work/inputs/mdm.cer");

    RUN(3, "1", NULL);
    put_bytes(bench, "work/inputs/mdm.cer", &old);
    mdm_bytes_free(&old);
}

static void reach_customer_key_in_archive(struct bench *bench)
{
    struct mdm_bytes old = get_bytes(bench, "work/inputs/MDM_Certificate.pem");

    RUN(3, "2", NULL);
    put_bytes(bench, "work/inputs/MDM_Certificate.pem", &old);
    mdm_bytes_free(&old);
}

static void reach_pfx_gone(struct bench *bench)
{
    remove_file(bench, "work/outputs/MDM_APNSCert.pfx");
}

static const struct stage {
    const char *name;
    const char *from; /* an earlier one */
    void (*reach)(struct bench *bench);
} stages[] = {
    {"vendor certificate came", "empty", reach_vendor_cert},
    {"push certificate came", "vendor certificate came", reach_push_cert},
    {"finished", "push certificate came", reach_finished},
    {"pfx gone", "finished", reach_pfx_gone},
    {"renewing", "finished", reach_renewing},
    {"renewed certificate came", "finished", reach_renewed},
    {"vendor ending", "empty", reach_vendor_ending},
    {"vendor renewing", "vendor ending", reach_vendor_renewing},
    {"own CSR", "vendor certificate came", reach_own_csr},
    {"many CSRs", "finished", reach_many_csrs},
    {"customer alone", "empty", reach_customer_alone},
    {"customer served", "customer alone", reach_customer_served},
    {"old script", "finished", reach_old_script},
    {"elsewhere", "finished", reach_elsewhere},
    {"imported", "elsewhere", reach_imported},
    {"vendor key in archive", "finished", reach_vendor_key_in_archive},
    {"customer key in archive", "push certificate came", reach_customer_key_in_archive},
};

const struct scenario scenarios[] = {
    {.name = "mdmvendor in an empty folder", .stage = "empty", .args = {NULL}, .status = 3},
    {.name = "mdmvendor with the vendor certificate", .stage = "vendor certificate came", .args = {NULL}, .status = 3},
    {.name = "mdmvendor with the push certificate", .stage = "push certificate came", .args = {NULL}, .status = 0},
    {.name = "mdmvendor in a finished folder", .stage = "finished", .args = {NULL}, .status = 0, .makes_again = true},
    {.name = "mdmvendor 1", .stage = "finished", .args = {"1"}, .status = 3},
    {.name = "mdmvendor 1 --keep-key", .stage = "finished", .args = {"1", "--keep-key"}, .soak = true, .status = 0},
    {.name = "mdmvendor 2", .stage = "finished", .args = {"2"}, .status = 3},
    {.name = "mdmvendor 2 --keep-key", .stage = "finished", .args = {"2", "--keep-key"}, .soak = true, .status = 0},
    {.name = "mdmvendor 3", .stage = "finished", .args = {"3"}, .status = 0},
    {.name = "mdmvendor 4", .stage = "own CSR", .args = {"4"}, .status = 0},
    {.name = "mdmvendor with the customer's own CSR", .stage = "own CSR", .args = {NULL}, .soak = true, .status = 0},
    {.name = "mdmvendor renew", .stage = "finished", .args = {"renew"}, .status = 3},
    {.name = "mdmvendor renew --keep-key",
     .stage = "finished",
     .args = {"renew", "--keep-key"},
     .soak = true,
     .status = 3},
    {.name = "mdmvendor after a renewal", .stage = "renewed certificate came", .args = {NULL}, .status = 0},
    {.name = "mdmvendor renew with the vendor ending", .stage = "vendor ending", .args = {"renew"}, .status = 3},
    {.name = "mdmvendor with the vendor renewed", .stage = "vendor renewing", .args = {NULL}, .status = 3},
    {.name = "mdmvendor renew --abandon",
     .stage = "renewing",
     .args = {"renew", "--abandon"},
     .status = 0,
     .again_differs = true},
    {.name = "mdmvendor csr", .stage = "empty", .args = {"csr"}, .status = 0},
    {.name = "mdmvendor for a customer alone", .stage = "customer served", .args = {NULL}, .status = 0},
    {.name = "mdmvendor sign -o FILE",
     .stage = "many CSRs",
     .args = {"sign", "-o", "../out/acme.plist_encode", "../in/acme.csr"},
     .status = 0},
    {.name = "mdmvendor sign --output-dir DIR",
     .stage = "many CSRs",
     .args = {"sign", "-j", "1", "--output-dir", "../out/all", "../in/acme.csr", "../in/globex.csr",
              "../in/initech.csr"},
     .status = 0,
     .batch = true},
    {.name = "mdmvendor export --pem FILE",
     .stage = "finished",
     .args = {"export", "--pem", "../out/push.pem"},
     .soak = true,
     .status = 0,
     .again_differs = true,
     .clear = "out/push.pem"},
    {.name = "mdmvendor export --pkcs1",
     .stage = "finished",
     .args = {"export", "--pkcs1", "--pem", "../out/push.pem"},
     .status = 0,
     .again_differs = true,
     .clear = "out/push.pem"},
    {.name = "mdmvendor import FILE", .stage = "elsewhere", .args = {"import", "../in/push.pfx"}, .status = 0},
    {.name = "mdmvendor undo of an import", .stage = "imported", .args = {"undo"}, .status = 0, .again_differs = true},
    {.name = "mdmvendor where vendor_script.sh was used", .stage = "old script", .args = {NULL}, .status = 0},
    {.name = "mdmvendor brings the vendor's key back", .stage = "vendor key in archive", .args = {NULL}, .status = 0},
    {.name = "mdmvendor brings the customer's key back",
     .stage = "customer key in archive",
     .args = {NULL},
     .status = 0},
    {.name = "mdmvendor sign CSR, to standard output",
     .stage = "many CSRs",
     .args = {"sign", "-o", "-", "../in/acme.csr"},
     .status = 0},
    {.name = "mdmvendor sign --from LIST",
     .stage = "many CSRs",
     .args = {"sign", "-j", "1", "--from", "../in/list", "--output-dir", "../out/all"},
     .soak = true,
     .status = 0,
     .batch = true},
    {.name = "mdmvendor sign CSR whose signature is wrong",
     .stage = "many CSRs",
     .args = {"sign", "-o", "-", "../in/forged.csr"},
     .status = 5},
    {.name = "mdmvendor rehearse",
     .stage = "empty",
     .args = {"rehearse", "../out/rehearsal"},
     .status = 0,
     .again_differs = true,
     .throwaway = true},
    {.name = "mdmvendor status --json", .stage = "finished", .args = {"status", "--json"}, .status = 0, .report = true},
    {.name = "mdmvendor verify --json", .stage = "finished", .args = {"verify", "--json"}, .status = 0},
    {.name = "mdmvendor help", .stage = "empty", .args = {"help", "2"}, .status = 0},
    {.name = "mdmvendor status", .stage = "renewing", .args = {"status"}, .status = 0, .report = true},
    {.name = "mdmvendor verify", .stage = "finished", .args = {"verify"}, .status = 0},
};
const size_t scenario_count = sizeof scenarios / sizeof scenarios[0];

static void keep(struct bench *bench, const char *name)
{
    char path[PATH_SIZE + 64];

    (void)snprintf(path, sizeof path, "%s/stages/%s", bench->top, name);
    folder_copy(bench->place, path);
}

void stage_enter(struct bench *bench, const char *stage)
{
    char path[PATH_SIZE + 64];

    (void)snprintf(path, sizeof path, "%s/stages/%s", bench->top, stage);
    folder_remove(bench->place);
    folder_copy(path, bench->place);
}

void stages_build(struct bench *bench)
{
    char path[PATH_SIZE + 32];

    (void)snprintf(path, sizeof path, "%s/stages", bench->top);
    if (mkdir(path, 0700) != 0 || mkdir(bench->place, 0700) != 0)
        die("cannot make %s", path);
    make_folder(bench, "work");
    make_folder(bench, "out");
    make_folder(bench, "tmp");
    keep(bench, "empty");
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        stage_enter(bench, stages[i].from);
        stages[i].reach(bench);
        keep(bench, stages[i].name);
    }
}
