/*
 * Time and memory are bounded for whatever is in a file of up to the largest size that is read: each trap is set for
 * every reader, in a process that may use only so much processor time. The figure is far above what is measured, so
 * that no slow machine trips over it; what grows with the square of the size is above it.
 */
#include "traps.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "flow/status.h"
#include "pki/csr.h"
#include "pki/filekind.h"
#include "pki/p12.h"
#include "pki/pbe.h"
#include "pki/request.h"
#include "pki/subject.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

/* The size of a trap, and the processor seconds that all readers of it may take together: the slowest take 5.
 * Sanitizers make everything slower, so they get less to do. */
#ifdef SANITIZED
#define FULL        (MDM_FILE_LIMIT / 4)
#define SECONDS_MAX 60
#else
#define FULL        MDM_FILE_LIMIT
#define SECONDS_MAX 20
#endif
/* Of the whole process, in which a survey holds five copies of the file. Sanitizers keep what is freed. */
#define MEMORY_MAX_KIB (384 * 1024)
/* A reader that takes longer is named in the test's output. */
#define WORTH_SAYING 0.25

static EVP_PKEY *slow[2];
static struct mdm_trust *apple;

static void say_time(const char *reader, clock_t since)
{
    double seconds = (double)(clock() - since) / CLOCKS_PER_SEC;

    if (seconds > WORTH_SAYING)
        (void)fprintf(stderr, "# %s: %.2f s\n", reader, seconds);
}

static void read_as_certificates(const struct mdm_bytes *file)
{
    struct mdm_certs certs = {0}, chain = {0};

    if (mdm_certs_from_bytes(file, "trap", &certs, NULL) == 0)
        (void)mdm_trust_chain(apple, certs.items[0], &certs, TESTCA_NOW, &chain, NULL);
    mdm_certs_free(&certs);
    mdm_certs_free(&chain);
}

static void read_as_csr(const struct mdm_bytes *file)
{
    struct mdm_csr *csr = mdm_csr_from_bytes(file, "trap", NULL);

    if (csr != NULL)
        (void)mdm_csr_check(csr, "trap", NULL);
    mdm_csr_free(&csr);
}

static void read_as_key(const struct mdm_bytes *file)
{
    struct mdm_secret *password = mdm_secret_new("password", 8, NULL);
    struct mdm_key_facts facts;
    struct mdm_key *key;

    mdm_key_describe(file, &facts);
    key = mdm_key_from_bytes(file, "trap", password, NULL);
    mdm_key_free(&key);
    mdm_secret_free(&password);
}

static void read_as_p12(const struct mdm_bytes *file)
{
    struct mdm_secret *password = mdm_secret_new("password", 8, NULL);
    struct mdm_certs certs = {0};
    struct mdm_key *key = NULL;
    char sha1[41];

    (void)mdm_p12_cert_sha1(file, sha1);
    (void)mdm_p12_open(file, "trap", password, &key, &certs, NULL);
    mdm_key_free(&key);
    mdm_certs_free(&certs);
    mdm_secret_free(&password);
}

static void read_as_request(const struct mdm_bytes *file)
{
    struct mdm_report report = {0};
    struct mdm_csr *csr = mdm_request_csr(file, "trap", NULL);

    (void)mdm_request_verify(file, apple, TESTCA_NOW, &report, NULL);
    mdm_report_free(&report);
    mdm_csr_free(&csr);
}

static void read_kind(const struct mdm_bytes *file)
{
    (void)mdm_filekind_of(file);
}

static void read_as_text(const struct mdm_bytes *file)
{
    free(mdm_text_safe(file->data, file->size));
}

/* The first NUL ends it. */
static void read_as_subject(const struct mdm_bytes *file)
{
    struct mdm_subject *subject = mdm_subject_parse((const char *)file->data, NULL);

    mdm_subject_free(&subject);
}

/* Under the names of five files that a survey looks at in different ways. */
static void read_in_folder(const struct mdm_bytes *file)
{
    static const char *const names[] = {"inputs",
                                        "outputs",
                                        "inputs/mdm.cer",
                                        "inputs/other.pem",
                                        "outputs/vendor.key",
                                        "outputs/customer.csr",
                                        "outputs/plist_encode"};
    const size_t count = sizeof names / sizeof names[0];
    struct mdm_status_options options = {.directory = ".", .trust = apple, .at = TESTCA_NOW, .days = 30};
    struct mdm_status status;
    char folder[] = "/tmp/mdmvendor-test-XXXXXX";

    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        abort();
    for (size_t i = 0; i < count; i++) {
        FILE *out = i < 2 ? NULL : fopen(names[i], "wb");

        if (i < 2 ? mkdir(names[i], 0700) != 0
                  : out == NULL || fwrite(file->data, 1, file->size, out) != file->size || fclose(out) != 0)
            abort();
    }
    if (mdm_status_read(&options, &status, NULL) == 0)
        mdm_status_free(&status);
    for (size_t i = count; i-- > 0;)
        (void)remove(names[i]);
    if (chdir("/") != 0 || rmdir(folder) != 0)
        abort();
}

static const struct {
    const char *name;
    void (*read)(const struct mdm_bytes *file);
} readers[] = {
    {"kind", read_kind},        {"certificates", read_as_certificates},
    {"csr", read_as_csr},       {"key", read_as_key},
    {"pkcs12", read_as_p12},    {"request", read_as_request},
    {"text", read_as_text},     {"subject", read_as_subject},
    {"folder", read_in_folder},
};

static long used_kib(void)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0)
        abort();
#ifdef __APPLE__
    return usage.ru_maxrss / 1024;
#else
    return usage.ru_maxrss;
#endif
}

static void limit_processor_time(void)
{
    struct rlimit limit = {SECONDS_MAX, SECONDS_MAX + 1};
    struct rlimit no_core = {0, 0};

    if (setrlimit(RLIMIT_CPU, &limit) != 0 || setrlimit(RLIMIT_CORE, &no_core) != 0)
        abort();
}

static _Noreturn void read_all(const struct mdm_bytes *file)
{
    long before = used_kib(), after;

    limit_processor_time();
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        clock_t since = clock();

        (void)signal(SIGXCPU, SIG_DFL);
        readers[i].read(file);
        say_time(readers[i].name, since);
    }
    after = used_kib();
    if (after - before > 32 * 1024)
        (void)fprintf(stderr, "# memory: %ld MiB\n", (after - before) / 1024);
#ifndef SANITIZED
    if (after > MEMORY_MAX_KIB)
        _exit(2);
#endif
    _exit(0);
}

/* Takes the trap. */
static void spring(struct trap *trap)
{
    struct mdm_bytes file = {0};
    pid_t child;
    int status = -1;

    assert_true(trap->size > 0 && trap->size <= MDM_FILE_LIMIT);
    assert_int_equal(mdm_bytes_append(&file, trap->data, trap->size, NULL), 0); /* with the NUL of its kind */
    trap_free(trap);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        read_all(&file);
    assert_int_equal(waitpid(child, &status, 0), child);
    mdm_bytes_free(&file);
    if (WIFSIGNALED(status))
        fail_msg("ended by signal %d%s", WTERMSIG(status),
                 WTERMSIG(status) == SIGXCPU ? ": out of processor time" : "");
    if (WEXITSTATUS(status) == 2)
        fail_msg("used more than %d MiB of memory", MEMORY_MAX_KIB / 1024);
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Form: nested as deep as the size allows. */

static void nested_without_lengths(struct trap *trap)
{
    trap_fill(trap, "\x30\x80", 2, FULL);
}

/* Every level with its right length. */
static void nested_with_lengths(struct trap *trap)
{
    for (size_t left = FULL; left >= 5; left -= 5) {
        size_t inside = left - 5;
        unsigned char header[5] = {0x30, 0x83, (unsigned char)(inside >> 16), (unsigned char)(inside >> 8 & 0xff),
                                   (unsigned char)(inside & 0xff)};

        trap_add(trap, header, sizeof header);
    }
}

static void nested_strings(struct trap *trap)
{
    trap_text(trap, "0\x80");
    trap_fill(trap, "\x24\x80", 2, FULL);
}

/* PKCS#7 whose content is PKCS#7 whose content ... */
static void nested_pkcs7(struct trap *trap)
{
    static const unsigned char level[] = {0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
                                          0x07, 0x02, 0xa0, 0x80, 0x30, 0x80, 0x02, 0x01, 0x01, 0x31, 0x00};

    trap_fill(trap, level, sizeof level, FULL);
}

/* PEM. */

static void empty_blocks(struct trap *trap)
{
    static const char block[] = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";

    trap_fill(trap, block, sizeof block - 1, FULL);
}

static void begins_alone(struct trap *trap)
{
    trap_fill(trap, "-----BEGIN CERTIFICATE REQUEST-----", 35, FULL);
}

static void begins_of_keys(struct trap *trap)
{
    trap_fill(trap, "-----BEGIN PRIVATE KEY-----\n", 28, FULL);
}

static void public_keys_that_are_none(struct trap *trap)
{
    static const char block[] = "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n";

    trap_fill(trap, block, sizeof block - 1, FULL);
}

static void begins_without_label(struct trap *trap)
{
    trap_fill(trap, "-----BEGIN ", 11, FULL);
}

static void dashes(struct trap *trap)
{
    trap_fill(trap, "-", 1, FULL);
}

static void wide_dashes(struct trap *trap)
{
    trap_fill(trap, "-\0-\0-\0-\0-\0B\0E\0G\0I\0-", 19, FULL);
}

static void one_long_line(struct trap *trap)
{
    trap_text(trap, "-----BEGIN CERTIFICATE-----\n");
    trap_fill(trap, "QUJD", 4, FULL - 32);
    trap_text(trap, "\n-----END CERTIFICATE-----\n");
}

static void headers_of_a_key(struct trap *trap)
{
    trap_text(trap, "-----BEGIN RSA PRIVATE KEY-----\n");
    trap_fill(trap, "Proc-Type: 4,ENCRYPTED\n", 23, FULL - 64);
    trap_text(trap, "\n\nQUJD\n-----END RSA PRIVATE KEY-----\n");
}

/* Text. */

static void spaces(struct trap *trap)
{
    trap_fill(trap, " ", 1, FULL);
}

static void escapes(struct trap *trap)
{
    trap_fill(trap, "\x1b", 1, FULL);
}

static void subjects(struct trap *trap)
{
    trap_text(trap, "CN=x");
    trap_fill(trap, ",CN=x", 5, FULL);
}

static void long_number_in_oid(struct trap *trap)
{
    trap_text(trap, "1.2.");
    trap_fill(trap, "9", 1, FULL - 2);
    trap_text(trap, "=x");
}

static void page_of_tags(struct trap *trap)
{
    trap_text(trap, "<?xml version=\"1.0\"?>");
    trap_fill(trap, "<plis", 5, FULL);
}

/* Requests: base64 of a property list. */

static void encode(struct trap *trap, struct trap *xml)
{
    trap->room = FULL + 4;
    trap->data = realloc(trap->data, trap->room);
    assert_non_null(trap->data);
    trap->size = (size_t)EVP_EncodeBlock(trap->data, xml->data, (int)xml->size);
    trap_free(xml);
}

#define XML_MAX (FULL / 4 * 3 - 64)

/* A property list with `unit` as often as it fits between `before` and `after`. */
static void plist_of(struct trap *trap, const char *before, const char *unit, const char *after)
{
    struct trap xml = {0};

    trap_text(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict>");
    trap_text(&xml, before);
    trap_fill(&xml, unit, strlen(unit), XML_MAX - strlen(after) - 16);
    trap_text(&xml, after);
    trap_text(&xml, "</dict></plist>");
    encode(trap, &xml);
}

static void entities(struct trap *trap)
{
    plist_of(trap, "<key>PushCertRequestCSR</key><string>", "&amp;", "</string>");
}

static void numbered_entities(struct trap *trap)
{
    plist_of(trap, "<key>PushCertRequestCSR</key><string>", "&#65;", "</string>");
}

static void unknown_entities(struct trap *trap)
{
    plist_of(trap, "<key>PushCertRequestCSR</key><string>", "&", "</string>");
}

static void many_cdata(struct trap *trap)
{
    plist_of(trap, "<key>PushCertRequestCSR</key><string>", "<![CDATA[x]]>", "</string>");
}

static void many_comments(struct trap *trap)
{
    plist_of(trap, "<key>PushCertRequestCSR</key>", "<!---->", "<string/>");
}

static void comments_without_end(struct trap *trap)
{
    plist_of(trap, "<key>PushCertRequestCSR</key>", "<!--", "<string/>");
}

static void instructions(struct trap *trap)
{
    plist_of(trap, "<key>PushCertRequestCSR</key>", "<?x?>", "<string/>");
}

static void open_tags(struct trap *trap)
{
    plist_of(trap, "", "<string>", "");
}

static void many_elements(struct trap *trap)
{
    plist_of(trap, "<key>a</key><array>", "<true/>", "</array>");
}

static void doctype_without_end(struct trap *trap)
{
    struct trap xml = {0};

    trap_text(&xml, "<?xml version=\"1.0\"?><!DOCTYPE plist [");
    trap_fill(&xml, "[<", 2, XML_MAX);
    encode(trap, &xml);
}

static void long_csr(struct trap *trap)
{
    plist_of(trap, "<key>PushCertRequestCSR</key><string>", "MIIB", "</string>");
}

static void long_chain(struct trap *trap)
{
    plist_of(trap, "<key>PushCertCertificateChain</key><string>",
             "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "</string>");
}

/* Certificates: names, numbers, extensions. */

static void make_certificate(struct trap *trap, struct trap_cert cert)
{
    *trap = trap_certificate(cert, NULL);
}

static void long_names(struct trap *trap)
{
    struct trap_cert cert = {0};
    struct trap rdn = trap_rdn("S", 1);

    trap_fill(&cert.subject, rdn.data, rdn.size, FULL - 1024);
    trap_free(&rdn);
    make_certificate(trap, cert);
}

/* One RDN of many values, in the order that costs a sorting most. */
static void wide_rdn(struct trap *trap)
{
    struct trap_cert cert = {0};
    struct trap set = {0};

    for (unsigned i = 0xffff; set.size < FULL - 2048 && i > 0; i--) {
        const char value[] = {(char)('A' + (i >> 12)), (char)('A' + (i >> 8 & 15)), (char)('A' + (i >> 4 & 15)),
                              (char)('A' + (i & 15))};
        struct trap rdn = trap_rdn(value, sizeof value);

        trap_add(&set, rdn.data + 2, rdn.size - 2);
        trap_free(&rdn);
    }
    trap_element(&cert.subject, 0x31, set);
    make_certificate(trap, cert);
}

static void long_value(struct trap *trap)
{
    struct trap_cert cert = {0};
    struct trap value = {0};

    trap_fill(&value, "\\\x1b", 2, FULL - 1024);
    cert.subject = trap_rdn((const char *)value.data, value.size);
    trap_free(&value);
    make_certificate(trap, cert);
}

/* An OID whose last number has two million bits, as the type of a name's value. */
static void long_oid(struct trap *trap)
{
    struct trap_cert cert = {0};
    struct trap oid = trap_of("\x2a", 1), pair = {0}, set = {0};

    trap_fill(&oid, "\xff", 1, FULL - 1024);
    trap_text(&oid, "\x7f");
    trap_element(&pair, 0x06, oid);
    trap_element(&pair, 0x0c, trap_of("x", 1));
    trap_element(&set, 0x30, pair);
    trap_element(&cert.subject, 0x31, set);
    make_certificate(trap, cert);
}

/* OIDs as long as libcrypto still writes them in numbers. */
static void long_oids(struct trap *trap)
{
    struct trap_cert cert = {0};

    while (cert.subject.size < FULL - 2048) {
        struct trap oid = trap_of("\x2a", 1), pair = {0}, set = {0};

        trap_fill(&oid, "\xff", 1, 580);
        trap_text(&oid, "\x7f");
        trap_element(&pair, 0x06, oid);
        trap_element(&pair, 0x0c, trap_of("x", 1));
        trap_element(&set, 0x30, pair);
        trap_element(&cert.subject, 0x31, set);
    }
    make_certificate(trap, cert);
}

static void long_serial(struct trap *trap)
{
    struct trap_cert cert = {0};

    trap_number(&cert.serial, FULL - 1024);
    make_certificate(trap, cert);
}

static void many_extensions(struct trap *trap)
{
    struct trap_cert cert = {0};
    struct trap one = trap_extension("\x06\x03\x2a\x03\x04\x01\x01\xff", 8, trap_of("\x05\x00", 2));

    trap_fill(&cert.extensions, one.data, one.size, FULL - 1024);
    trap_free(&one);
    make_certificate(trap, cert);
}

/* Extension `oid` of a SEQUENCE of many `unit`s. */
static void extension_of_many(struct trap *trap, const char *oid, size_t oid_size, const char *unit, size_t unit_size)
{
    struct trap_cert cert = {0};
    struct trap list = {0}, value = {0};

    trap_fill(&list, unit, unit_size, FULL - 1024);
    trap_element(&value, 0x30, list);
    cert.extensions = trap_extension(oid, oid_size, value);
    make_certificate(trap, cert);
}

static void many_alternative_names(struct trap *trap)
{
    extension_of_many(trap, "\x06\x03\x55\x1d\x11", 5, "\x82\x01\x61", 3);
}

static void many_places_of_issuers(struct trap *trap)
{
    extension_of_many(trap, "\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x01", 10,
                      "\x30\x0d\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x01\x86\x01\x61", 15);
}

static void many_policies(struct trap *trap)
{
    extension_of_many(trap, "\x06\x03\x55\x1d\x20", 5, "\x30\x04\x06\x02\x2a\x03", 6);
}

static void many_purposes(struct trap *trap)
{
    extension_of_many(trap, "\x06\x03\x55\x1d\x25", 5, "\x06\x02\x2a\x03", 4);
}

static void many_address_blocks(struct trap *trap)
{
    extension_of_many(trap, "\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x07", 10, "\x30\x08\x04\x02\x00\x01\x30\x02\x03\x00",
                      10);
}

/* Certificates: many. */

/* CA:TRUE */
static struct trap ca_extension(void)
{
    return trap_extension("\x06\x03\x55\x1d\x13\x01\x01\xff", 8, trap_of("\x30\x03\x01\x01\xff", 5));
}

static void many_certificates(struct trap *trap)
{
    struct trap one = trap_certificate((struct trap_cert){.extensions = ca_extension()}, NULL), pem = {0};

    trap_pem(&pem, "CERTIFICATE", &one);
    trap_fill(trap, pem.data, pem.size, FULL);
    trap_free(&pem);
    trap_free(&one);
}

static void many_certificates_in_pkcs7(struct trap *trap)
{
    static const unsigned char head[] = {0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x0b, 0x06, 0x09,
                                         0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
    static const unsigned char signed_data[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
    struct trap one = trap_certificate((struct trap_cert){.extensions = ca_extension()}, NULL);
    struct trap list = {0}, inner = trap_of(head, sizeof head), content = {0};
    struct trap outer = trap_of(signed_data, sizeof signed_data);

    trap_fill(&list, one.data, one.size, 250 * one.size);
    trap_free(&one);
    trap_element(&inner, 0xa0, list);
    trap_text(&inner, "\x31");
    trap_add(&inner, "\0", 1);
    trap_element(&content, 0x30, inner);
    trap_element(&outer, 0xa0, content);
    trap_element(trap, 0x30, outer);
}

/* Two CAs of one name that issued each other, and copies of one of them under other serial numbers: each is the issuer
 * that is looked for, by name, and every look is a verification that costs milliseconds. */
static void ring_of_slow_issuers(struct trap *trap)
{
    for (size_t i = 0;; i++) {
        struct trap_cert cert = {.spki = trap_spki(slow[i % 2]), .extensions = ca_extension()};
        struct trap one, pem = {0};
        bool full;

        trap_number(&cert.serial, 8 + i / 2 % 8);
        one = trap_certificate(cert, slow[(i + 1) % 2]);
        trap_pem(&pem, "CERTIFICATE", &one);
        full = trap->size + pem.size > FULL;
        if (!full)
            trap_add(trap, pem.data, pem.size);
        trap_free(&pem);
        trap_free(&one);
        if (full)
            return;
    }
}

/* The same in a request's chain. */
static void ring_in_request(struct trap *trap)
{
    struct trap ring = {0}, xml = {0};
    size_t room = XML_MAX - 512;

    ring_of_slow_issuers(&ring);
    while (ring.size > room || memcmp(ring.data + ring.size - 26, "-----END CERTIFICATE-----\n", 26) != 0)
        ring.size--;
    trap_text(&xml, "<plist version=\"1.0\"><dict><key>PushCertCertificateChain</key><string>");
    trap_add(&xml, ring.data, ring.size);
    trap_text(&xml, "</string></dict></plist>");
    trap_free(&ring);
    encode(trap, &xml);
}

static struct trap trap_root_of(EVP_PKEY *key)
{
    return trap_certificate((struct trap_cert){.spki = trap_spki(key), .extensions = ca_extension()}, key);
}

/* Each signed itself, slowly. */
static void many_slow_roots(struct trap *trap)
{
    struct trap one = trap_root_of(slow[0]), pem = {0};

    trap_pem(&pem, "CERTIFICATE", &one);
    trap_fill(trap, pem.data, pem.size, FULL);
    trap_free(&pem);
    trap_free(&one);
}

/* The slowest kind of key that is verified with. */
static void many_roots_of_p521(struct trap *trap)
{
    EVP_PKEY *key = EVP_EC_gen("P-521");
    struct trap one = trap_root_of(key), pem = {0};

    trap_pem(&pem, "CERTIFICATE", &one);
    trap_fill(trap, pem.data, pem.size, 250 * pem.size);
    trap_free(&pem);
    trap_free(&one);
    EVP_PKEY_free(key);
}

/* Keys. */

static const unsigned char rsa_algorithm[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                              0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};

/* RSAPrivateKey with numbers of these many bytes. */
static struct trap rsa_key(const size_t sizes[8])
{
    struct trap numbers = trap_of("\x02\x01\x00", 3), key = {0};

    for (size_t i = 0; i < 8; i++)
        trap_number(&numbers, sizes[i]);
    trap_element(&key, 0x30, numbers);
    return key;
}

static void large_factors(struct trap *trap)
{
    *trap = rsa_key((const size_t[]){2048, 3, 8, 500000, 500000, 8, 8, 8});
}

static void large_exponent(struct trap *trap)
{
    *trap = rsa_key((const size_t[]){2048, 500000, 500000, 1024, 1024, 1024, 1024, 1024});
}

static void large_modulus(struct trap *trap)
{
    *trap = rsa_key((const size_t[]){1000000, 3, 8, 8, 8, 8, 8, 8});
}

static struct trap rsa_spki(size_t modulus, size_t exponent)
{
    struct trap numbers = {0}, bits = trap_of("\0", 1), inner = trap_of(rsa_algorithm, sizeof rsa_algorithm),
                spki = {0};

    trap_number(&numbers, modulus);
    trap_number(&numbers, exponent);
    trap_element(&bits, 0x30, numbers);
    trap_element(&inner, 0x03, bits);
    trap_element(&spki, 0x30, inner);
    return spki;
}

static void certificate_of_large_key(struct trap *trap)
{
    make_certificate(trap, (struct trap_cert){.spki = rsa_spki(500000, 500000), .extensions = ca_extension()});
}

/* As large as libcrypto computes with, and as slow. */
static void certificates_of_16384_bits(struct trap *trap)
{
    struct trap_cert cert = {.spki = rsa_spki(2048, 8), .extensions = ca_extension()};
    struct trap one = trap_certificate(cert, NULL), pem = {0};

    trap_pem(&pem, "CERTIFICATE", &one);
    trap_fill(trap, pem.data, pem.size, FULL);
    trap_free(&pem);
    trap_free(&one);
}

static void csr_of_large_key(struct trap *trap)
{
    struct trap info = trap_of("\x02\x01\x00", 3), spki = rsa_spki(500000, 500000), inner = {0};
    struct trap bits = trap_of("\0", 1);

    trap_element(&info, 0x30, trap_rdn("S", 1));
    trap_add(&info, spki.data, spki.size);
    trap_add(&info, "\xa0\x00", 2);
    trap_free(&spki);
    trap_element(&inner, 0x30, info);
    trap_text(&inner, "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05");
    trap_add(&inner, "\0", 1);
    trap_fill(&bits, "\x55", 1, 257);
    trap_element(&inner, 0x03, bits);
    trap_element(trap, 0x30, inner);
}

/* A private key of DSA or DH (X9.42 and PKCS#3 have other orders of numbers; both are tried by readers): its public
 * half is a power with a million digits. */
static void power_key(struct trap *trap, const char *oid, size_t oid_size)
{
    struct trap parameters = {0}, algorithm = trap_of(oid, oid_size), inner = trap_of("\x02\x01\x00", 3), x = {0};

    for (int i = 0; i < 3; i++)
        trap_number(&parameters, 260000);
    trap_element(&algorithm, 0x30, parameters);
    trap_element(&inner, 0x30, algorithm);
    trap_number(&x, 260000);
    trap_element(&inner, 0x04, x);
    trap_element(trap, 0x30, inner);
}

static void large_dsa_key(struct trap *trap)
{
    power_key(trap, "\x06\x07\x2a\x86\x48\xce\x38\x04\x01", 9);
}

static void large_dh_key(struct trap *trap)
{
    power_key(trap, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01", 11);
}

static void large_dhx_key(struct trap *trap)
{
    power_key(trap, "\x06\x07\x2a\x86\x48\xce\x3e\x02\x01", 9);
}

/* SEC1 with explicit parameters whose numbers are large. */
static void large_ec_key(struct trap *trap)
{
    struct trap field = trap_of("\x06\x07\x2a\x86\x48\xce\x3d\x01\x01", 9), parameters = trap_of("\x02\x01\x01", 3);
    struct trap curve = {0}, base = {0}, inner = trap_of("\x02\x01\x01\x04\x01\x05", 6), tagged = {0};

    trap_number(&field, 200000);
    trap_element(&parameters, 0x30, field);
    trap_element(&curve, 0x04, trap_of("\x01", 1));
    trap_element(&curve, 0x04, trap_of("\x01", 1));
    trap_element(&parameters, 0x30, curve);
    trap_fill(&base, "\x02", 1, 200001);
    trap_element(&parameters, 0x04, base);
    trap_number(&parameters, 200000);
    trap_number(&parameters, 200000);
    trap_element(&tagged, 0x30, parameters);
    trap_element(&inner, 0xa0, tagged);
    trap_element(trap, 0x30, inner);
}

/* PKCS#12 without contents and with a MAC of `rounds` (RFC 7292 section 4). */
static void pkcs12_of_rounds(struct trap *trap, const char *rounds, size_t rounds_size)
{
    static const unsigned char data[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
    static const unsigned char sha512[] = {0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                           0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00};
    struct trap content = trap_of(data, sizeof data), octets = {0}, inner = trap_of("\x02\x01\x03", 3);
    struct trap digest = trap_of(sha512, sizeof sha512), mac = {0}, zeros = {0};

    trap_element(&octets, 0x04, trap_of("\x30\x00", 2));
    trap_element(&content, 0xa0, octets);
    trap_element(&inner, 0x30, content);
    trap_fill(&zeros, "\0", 1, 64);
    trap_element(&digest, 0x04, zeros);
    trap_element(&mac, 0x30, digest);
    trap_element(&mac, 0x04, trap_of("saltsalt", 8));
    trap_element(&mac, 0x02, trap_of(rounds, rounds_size));
    trap_element(&inner, 0x30, mac);
    trap_element(trap, 0x30, inner);
}

/* Ten million: as many as are done. */
static void pkcs12_of_most_rounds(struct trap *trap)
{
    pkcs12_of_rounds(trap, "\x00\x98\x96\x80", 4);
}

static void pkcs12_of_billions_of_rounds(struct trap *trap)
{
    pkcs12_of_rounds(trap, "\x7f\xff\xff\xff", 4);
}

static const struct {
    const char *name;
    void (*make)(struct trap *trap);
} traps[] = {
#define TRAP(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
    TRAP(nested_without_lengths),
    TRAP(nested_with_lengths),
    TRAP(nested_strings),
    TRAP(nested_pkcs7),
    TRAP(empty_blocks),
    TRAP(begins_alone),
    TRAP(begins_of_keys),
    TRAP(public_keys_that_are_none),
    TRAP(begins_without_label),
    TRAP(dashes),
    TRAP(wide_dashes),
    TRAP(one_long_line),
    TRAP(headers_of_a_key),
    TRAP(spaces),
    TRAP(escapes),
    TRAP(subjects),
    TRAP(long_number_in_oid),
    TRAP(page_of_tags),
    TRAP(entities),
    TRAP(numbered_entities),
    TRAP(unknown_entities),
    TRAP(many_cdata),
    TRAP(many_comments),
    TRAP(comments_without_end),
    TRAP(instructions),
    TRAP(open_tags),
    TRAP(many_elements),
    TRAP(doctype_without_end),
    TRAP(long_csr),
    TRAP(long_chain),
    TRAP(long_names),
    TRAP(wide_rdn),
    TRAP(long_value),
    TRAP(long_oid),
    TRAP(long_oids),
    TRAP(long_serial),
    TRAP(many_extensions),
    TRAP(many_alternative_names),
    TRAP(many_places_of_issuers),
    TRAP(many_policies),
    TRAP(many_purposes),
    TRAP(many_address_blocks),
    TRAP(many_certificates),
    TRAP(many_certificates_in_pkcs7),
    TRAP(ring_of_slow_issuers),
    TRAP(ring_in_request),
    TRAP(many_slow_roots),
    TRAP(many_roots_of_p521),
    TRAP(large_factors),
    TRAP(large_exponent),
    TRAP(large_modulus),
    TRAP(certificate_of_large_key),
    TRAP(certificates_of_16384_bits),
    TRAP(csr_of_large_key),
    TRAP(large_dsa_key),
    TRAP(large_dh_key),
    TRAP(large_dhx_key),
    TRAP(large_ec_key),
    TRAP(pkcs12_of_most_rounds),
    TRAP(pkcs12_of_billions_of_rounds),
#undef TRAP
};
#define TRAPS (sizeof traps / sizeof traps[0])

static void is_cheap(void **state)
{
    void (*const *make)(struct trap * trap) = *state;
    struct trap trap = {0};

    (*make)(&trap);
    spring(&trap);
}

static enum mdm_cert_kind kind_of_root(EVP_PKEY *key)
{
    struct trap root = trap_root_of(key);
    struct mdm_bytes file = {root.data, root.size};
    struct mdm_certs certs = {0};
    enum mdm_cert_kind kind;

    assert_int_equal(mdm_certs_from_bytes(&file, "root.cer", &certs, NULL), 0);
    kind = mdm_cert_facts(certs.items[0])->kind;
    mdm_certs_free(&certs);
    trap_free(&root);
    return kind;
}

static void keys_that_verify_slowly_sign_nothing(void **state)
{
    static const char *const curves[] = {"P-256", "P-384", "P-521"};
    EVP_PKEY *binary = EVP_EC_gen("sect571r1"); /* some systems leave these curves out */

    (void)state;
    assert_int_equal(kind_of_root(slow[0]), MDM_CERT_INTERMEDIATE);
    if (binary != NULL)
        assert_int_equal(kind_of_root(binary), MDM_CERT_INTERMEDIATE);
    EVP_PKEY_free(binary);
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        EVP_PKEY *key = EVP_EC_gen(curves[i]);

        assert_int_equal(kind_of_root(key), MDM_CERT_ROOT);
        EVP_PKEY_free(key);
    }
}

/* Or a PKCS#12 of many parts would cost many times what one key does. */
static void rounds_of_one_file_add_up(void **state)
{
    X509_ALGOR *algorithm = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), MDM_PBE_ITERATIONS_MAX / 2 - 1, NULL, 0, NULL, -1);
    int64_t left = MDM_PBE_ITERATIONS_MAX;
    struct mdm_error err = {0};

    (void)state;
    assert_non_null(algorithm);
    assert_int_equal(mdm_pbe_check(algorithm, &left, "x.p12", &err), 0);
    assert_int_equal(mdm_pbe_check(algorithm, &left, "x.p12", &err), 0);
    assert_int_equal(left, 2);
    assert_int_equal(mdm_pbe_check(algorithm, &left, "x.p12", &err), -1);
    assert_int_equal(err.code, MDM_E_FAILED);
    assert_contains(err.text, "more key derivation rounds");
    X509_ALGOR_free(algorithm);
}

static int setup(void **state)
{
    (void)state;
    slow[0] = trap_slow_key();
    slow[1] = trap_slow_key();
    apple = mdm_trust_apple(NULL);
    return apple == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    EVP_PKEY_free(slow[0]);
    EVP_PKEY_free(slow[1]);
    mdm_trust_free(&apple);
    return 0;
}

int main(void)
{
    struct CMUnitTest tests[TRAPS + 2] = {cmocka_unit_test(rounds_of_one_file_add_up),
                                          cmocka_unit_test(keys_that_verify_slowly_sign_nothing)};
    void (*makers[TRAPS])(struct trap * trap);
    const char *preloaded = getenv("LD_PRELOAD");

    if (preloaded != NULL && strstr(preloaded, "vgpreload") != NULL) {
        (void)puts("skip: processor time says nothing under valgrind");
        return 77;
    }
    for (size_t i = 0; i < TRAPS; i++) {
        makers[i] = traps[i].make;
        tests[i + 2] = (struct CMUnitTest){traps[i].name, is_cheap, NULL, NULL, &makers[i]};
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
