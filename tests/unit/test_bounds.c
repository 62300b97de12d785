/*
 * Time and memory are bounded for whatever is in a file of up to the largest size that is read: files made to cost as
 * much as a file can go through every reader, in a process that may use only so much processor time. The figure is far
 * above what is measured, so that no slow machine trips over it; what grows with the square of the size is above it.
 */
#include <openssl/rsa.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "base/text.h"
#include "flow/status.h"
#include "issued.h"
#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/ossl.h"
#include "pki/request.h"
#include "store/file.h"
#include "testca.h"

/* Processor seconds for all readers of one file together: the slowest takes 5. Memory is that of the whole process, in
 * which the folder holds three copies of the file. */
#define SECONDS_MAX    20
#define MEMORY_MAX_KIB (256 * 1024)
#define WORTH_SAYING   1.0

/*
 * The language of the files below. Spaces mean nothing outside quotes.
 *   6B      a byte               'ab'    text, and \n in it        %      four letters that count down
 *   02{..}  an element of DER    @{..}   base64, in lines          K1     public key 1
 *   [..]    as often as fits     9*[..]  nine times                S1{..} a certificate of that content, signed by key
 * 1
 */
enum { SLOW, SLOW_TOO, P521, KEYS };
static EVP_PKEY *keys[KEYS];

struct text {
    unsigned char *data;
    size_t size, room;
};

static void add(struct text *to, const void *data, size_t size)
{
    if (size > to->room - to->size) { /* mdm_bytes would be copied each time */
        to->room = 2 * to->room + size + 4096;
        to->data = realloc(to->data, to->room);
        assert_non_null(to->data);
    }
    memcpy(to->data + to->size, data, size);
    to->size += size;
}

static void add_element(struct text *to, unsigned char tag, const struct text *content)
{
    const size_t size = content->size;
    const unsigned char lengths[] = {(unsigned char)(size >> 16), (unsigned char)(size >> 8), (unsigned char)size};

    add(to, &tag, 1);
    add(to, size < 0x80 ? &lengths[2] : (const unsigned char *)"\x83", 1);
    add(to, lengths, size < 0x80 ? 0 : 3);
    add(to, content->data, size);
}

static void add_base64(struct text *to, const struct text *content)
{
    unsigned char *lines = malloc(content->size * 3 / 2 + 100);
    EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
    int size = 0, rest = 0;

    EVP_EncodeInit(ctx);
    assert_int_equal(EVP_EncodeUpdate(ctx, lines, &size, content->data, (int)content->size), 1);
    EVP_EncodeFinal(ctx, lines + size, &rest);
    add(to, lines, (size_t)(size + rest));
    EVP_ENCODE_CTX_free(ctx);
    free(lines);
}

static void write_file(struct text *to, const char **program, size_t limit);
static void write_whole(struct text *to, const char *program, size_t limit)
{
    write_file(to, &program, limit);
}

#define RSA_SHA256   "30{06{2A864886F70D01010B} 05{}} "
#define ECDSA_SHA256 "30{06{2A8648CE3D040302}} "

static void add_signed(struct text *to, const struct text *content, EVP_PKEY *key)
{
    unsigned char bits[1 + 512] = {0};
    size_t size = sizeof bits - 1;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    struct text certificate = {0};

    assert_int_equal(EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL), 1);
    assert_int_equal(EVP_DigestSign(ctx, bits + 1, &size, content->data, content->size), 1);
    add(&certificate, content->data, content->size);
    write_whole(&certificate, key == keys[P521] ? ECDSA_SHA256 : RSA_SHA256, 0);
    add_element(&certificate, 0x03, &(struct text){bits, size + 1, 0});
    add_element(to, 0x30, &certificate);
    free(certificate.data);
    EVP_MD_CTX_free(ctx);
}

static void add_public_key(struct text *to, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int size = i2d_PUBKEY(key, &der);

    assert_true(size > 0);
    add(to, der, (size_t)size);
    OPENSSL_free(der);
}

static unsigned counter = 0x10000;

static void add_letters(struct text *to)
{
    const unsigned n = --counter;

    add(to,
        (const char[]){(char)('A' + (n >> 12 & 15)), (char)('A' + (n >> 8 & 15)), (char)('A' + (n >> 4 & 15)),
                       (char)('A' + (n & 15))},
        4);
}

/* `times` or, for 0, as often as fits; *program is behind the bracket. */
static void repeat(struct text *to, const char **program, size_t times, size_t limit)
{
    const char *begin = *program;
    const unsigned before = counter;
    struct text unit = {0};

    write_file(&unit, program, limit);
    for (size_t i = 0; times > 0 ? i < times : to->size + unit.size <= limit; i++) {
        add(to, unit.data, unit.size);
        if (counter != before) { /* no two are the same */
            unit.size = 0;
            write_whole(&unit, begin, limit);
        }
    }
    free(unit.data);
}

/* One of the forms with braces; *program is behind the brace. */
static void write_braces(struct text *to, char form, unsigned number, const char **program, size_t limit)
{
    struct text content = {0};

    write_file(&content, program, form == '@' ? limit / 100 * 72 : limit);
    if (form == '@')
        add_base64(to, &content);
    else if (form == 'S')
        add_signed(to, &content, keys[number]);
    else
        add_element(to, (unsigned char)number, &content);
    free(content.data);
}

/* Up to a closing bracket or brace, or to the end. */
static void write_file(struct text *to, const char **program, size_t limit)
{
    for (const char *p = *program;; *program = p) {
        const char c = *p++;
        unsigned number = 0;
        int used = 0;

        if (c == '\0' || c == ']' || c == '}') {
            *program = p;
            return;
        }
        if (c == '\'') {
            add(to, p, strcspn(p, "'"));
            p += strcspn(p, "'") + 1;
        } else if (c == '%') {
            add_letters(to);
        } else if (c == '[') {
            repeat(to, &p, 0, limit);
        } else if (c == '@') {
            write_braces(to, '@', 0, (p++, &p), limit);
        } else if (c == 'K' || c == 'S') {
            number = (unsigned)(*p++ - '0');
            if (c == 'S')
                write_braces(to, 'S', number, (p++, &p), limit);
            else
                add_public_key(to, keys[number]);
        } else if (c != ' ' && sscanf(p - 1, "%u*[%n", &number, &used) == 1 && used > 0) {
            p += used - 1;
            repeat(to, &p, number, limit);
        } else if (c != ' ') {
            assert_int_equal(sscanf(p - 1, "%2x", &number), 1);
            if (*++p == '{')
                write_braces(to, 'T', number, (p++, &p), limit);
            else
                add(to, &(unsigned char){(unsigned char)number}, 1);
        }
    }
}

/* TBSCertificate (RFC 5280 section 4.1). The usual key is the base point of P-256 (SEC 2, 2.4.2). */
#define NAME   "30{31{30{06{550403} 0C{'S'}}}} "
#define SERIAL "02{8*[6B]} "
#define SPKI                                                                                                           \
    "30{30{06{2A8648CE3D0201} 06{2A8648CE3D030107}} 03{0004"                                                           \
    "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"                                                 \
    "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5}} "
#define CA "30{06{551D13} 01{FF} 04{30{01{FF}}}} "
#define TBS(serial, algorithm, subject, spki, extensions)                                                              \
    "30{A0{02{02}} " serial algorithm NAME "30{17{'200101000000Z'} 17{'401231235959Z'}} " subject spki                 \
    "A3{30{" extensions "}}} "
#define CERT(serial, subject, spki, extensions)                                                                        \
    "30{" TBS(serial, RSA_SHA256, subject, spki, extensions) RSA_SHA256 "03{00 256*[01]}} "
#define PLAIN_CERT                CERT(SERIAL, NAME, SPKI, CA)
#define EXTENSION_OF_MANY(o, one) CERT(SERIAL, NAME, SPKI, "30{06{" o "} 04{30{[" one "]}}} ")
#define OID_OF_NAME(oid)          "31{30{06{2A " oid " 7F} 0C{'x'}}} "
#define NUMBER(size)              "02{" #size "*[6B]} "
#define RSA_SPKI(n, e)            "30{30{06{2A864886F70D010101} 05{}} 03{00 30{" NUMBER(n) NUMBER(e) "}}} "
#define PEM(content)              "'-----BEGIN CERTIFICATE-----\n' @{" content "} '-----END CERTIFICATE-----\n' "
#define PLIST(before, unit, after)                                                                                     \
    "@{'<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict>" before "' ['" unit "'] '" after     \
    "</dict></plist>'}"
#define CSR_STRING "<key>PushCertRequestCSR</key><string>"
/* Of one name, each the other's issuer, under many serial numbers: every look for an issuer is a slow verification. */
#define RING                                                                                                           \
    "[" PEM("S0{" TBS("02{6B %} ", RSA_SHA256, NAME, "K1", CA) "}")                                                    \
        PEM("S1{" TBS("02{6B %} ", RSA_SHA256, NAME, "K0", CA) "}") "] "
/* A private key of DSA or DH, whose public half is a power with a million digits. */
#define POWER_KEY(oid)                                                                                                 \
    "30{02{00} 30{06{" oid "} 30{" NUMBER(260000) NUMBER(260000) NUMBER(260000) "}} 04{" NUMBER(260000) "}}"
/* PKCS#12 without contents and with a MAC of that many rounds (RFC 7292 section 4). */
#define P12_OF_ROUNDS(rounds)                                                                                          \
    "30{02{03} 30{06{2A864886F70D010701} A0{04{30{}}}}"                                                                \
    "30{30{30{06{608648016503040203} 05{}} 04{64*[00]}} 04{'saltsalt'} 02{" rounds "}}}"

static const struct costly {
    const char *name, *program;
} files[] = {
    /* Nested as deep as the size allows. */
    {"nested without lengths", "[3080]"},
    {"nested with lengths", NULL},
    {"nested strings", "3080 [2480]"},
    {"PKCS#7 whose content is PKCS#7", "[3080 06092A864886F70D010702 A080 3080 020101 3100]"},
    /* PEM. */
    {"empty blocks", "['-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n']"},
    {"begins alone", "['-----BEGIN CERTIFICATE REQUEST-----']"},
    {"begins of keys", "['-----BEGIN PRIVATE KEY-----\n']"},
    {"public keys that are none", "['-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n']"},
    {"begins without label", "['-----BEGIN ']"},
    {"dashes", "['--------']"},
    {"wide dashes", "[2D00 2D00 2D00 2D00 2D00 4200 4500 4700 4900 2D]"},
    {"one long line", "'-----BEGIN CERTIFICATE-----\n' ['QUJD'] '\n-----END CERTIFICATE-----\n'"},
    {"headers of a key", "'-----BEGIN RSA PRIVATE KEY-----\n' ['Proc-Type: 4,ENCRYPTED\n'] "
                         "'\n\nQUJD\n-----END RSA PRIVATE KEY-----\n'"},
    /* Text. */
    {"spaces", "['        ']"},
    {"escapes", "[1B1B1B1B1B1B1B1B]"},
    {"subjects", "'CN=x' [',CN=x']"},
    {"long number in an OID", "'1.2.' ['99999999'] '=x'"},
    {"page of tags", "'<?xml version=\"1.0\"?>' ['<plis']"},
    /* Requests: base64 of a property list. */
    {"entities", PLIST(CSR_STRING, "&amp;", "</string>")},
    {"numbered entities", PLIST(CSR_STRING, "&#65;", "</string>")},
    {"unknown entities", PLIST(CSR_STRING, "&", "</string>")},
    {"many CDATA", PLIST(CSR_STRING, "<![CDATA[x]]>", "</string>")},
    {"many comments", PLIST("<key>a</key>", "<!---->", "<string/>")},
    {"comments without end", PLIST("<key>a</key>", "<!--", "<string/>")},
    {"instructions", PLIST("<key>a</key>", "<?x?>", "<string/>")},
    {"open tags", PLIST("", "<string>", "")},
    {"many elements", PLIST("<key>a</key><array>", "<true/>", "</array>")},
    {"doctype without end", "@{'<?xml version=\"1.0\"?><!DOCTYPE plist [' ['[<']}"},
    {"long CSR", PLIST(CSR_STRING, "MIIB", "</string>")},
    {"long chain", PLIST("<key>PushCertCertificateChain</key><string>",
                         "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "</string>")},
    /* Certificates: names, numbers, extensions. */
    {"long names", CERT(SERIAL, "30{[31{30{06{550403} 0C{'S'}}}]} ", SPKI, CA)},
    {"wide RDN, in the order that costs a sorting most", CERT(SERIAL, "30{31{[30{06{550403} 0C{%}}]}} ", SPKI, CA)},
    {"long value", CERT(SERIAL, "30{31{30{06{550403} 0C{[5C1B]}}}} ", SPKI, CA)},
    {"OID of two million bits", CERT(SERIAL, "30{" OID_OF_NAME("[FFFFFFFF]") "} ", SPKI, CA)},
    {"OIDs as long as are written in numbers", CERT(SERIAL, "30{[" OID_OF_NAME("580*[FF]") "]} ", SPKI, CA)},
    {"long serial number", CERT("02{[6B6B6B6B]} ", NAME, SPKI, CA)},
    {"many extensions", CERT(SERIAL, NAME, SPKI, "[30{06{2A0304} 01{FF} 04{05{}}}]")},
    {"many alternative names", EXTENSION_OF_MANY("551D11", "82{'a'}")},
    {"many places of issuers", EXTENSION_OF_MANY("2B06010505070101", "30{06{2B06010505073001} 86{'a'}}")},
    {"many policies", EXTENSION_OF_MANY("551D20", "30{06{2A03}}")},
    {"many purposes", EXTENSION_OF_MANY("551D25", "06{2A03}")},
    {"many address blocks", EXTENSION_OF_MANY("2B06010505070107", "30{04{0001} 30{03{00}}}")},
    /* Many certificates. */
    {"many certificates", "[" PEM(PLAIN_CERT) "]"},
    {"many certificates in PKCS#7", "30{06{2A864886F70D010702} A0{30{02{01} 31{} 30{06{2A864886F70D010701}}"
                                    "A0{250*[" PLAIN_CERT "]} 31{}}}}"},
    {"a ring of slow issuers", RING},
    {"a ring of slow issuers in a request",
     "@{'<plist version=\"1.0\"><dict><key>PushCertCertificateChain</key><string>' " RING
     "'</string></dict></plist>'}"},
    {"many slow roots", "[" PEM("S0{" TBS(SERIAL, RSA_SHA256, NAME, "K0", CA) "}") "]"},
    {"many roots of P-521", "250*[" PEM("S2{" TBS(SERIAL, ECDSA_SHA256, NAME, "K2", CA) "}") "]"},
    {"certificate of a large key", CERT(SERIAL, NAME, RSA_SPKI(500000, 500000), CA)},
    {"certificates of 16384 bits", "[" PEM(CERT(SERIAL, NAME, RSA_SPKI(2048, 8), CA)) "]"},
    /* Keys. */
    {"large factors", "30{02{00}" NUMBER(2048) NUMBER(3) NUMBER(8) NUMBER(500000) NUMBER(500000) "3*[02{8*[6B]}]}"},
    {"large exponent", "30{02{00}" NUMBER(2048) NUMBER(500000) NUMBER(500000) "5*[02{1024*[6B]}]}"},
    {"large modulus", "30{02{00}" NUMBER(1000000) NUMBER(3) "6*[02{8*[6B]}]}"},
    {"CSR of a large key", "30{30{02{00} " NAME RSA_SPKI(500000, 500000) "A0{}} " RSA_SHA256 "03{00 256*[55]}}"},
    {"large DSA key", POWER_KEY("2A8648CE380401")},
    {"large DH key", POWER_KEY("2A864886F70D010301")},
    {"large DHX key", POWER_KEY("2A8648CE3E0201")},
    {"large EC key", "30{02{01} 04{05} A0{30{02{01} 30{06{2A8648CE3D0101}" NUMBER(
                         200000) "} 30{04{01} 04{01}}"
                                 "04{200001*[02]}" NUMBER(200000) NUMBER(200000) "}}}"},
    {"PKCS#12 of as many rounds as are done", P12_OF_ROUNDS("00989680")},
    {"PKCS#12 of billions of rounds", P12_OF_ROUNDS("7FFFFFFF")},
};
#define FILES (sizeof files / sizeof files[0])

static struct mdm_trust *apple;
static void *folder;

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

static void read_as_apples(const struct mdm_bytes *file)
{
    struct mdm_certs certs = {0}, chain = {0};
    struct mdm_report report = {0};
    struct mdm_csr *csr = mdm_csr_from_bytes(file, "x", NULL), *inside = mdm_request_csr(file, "x", NULL);

    if (mdm_certs_from_bytes(file, "x", &certs, NULL) == 0)
        (void)mdm_trust_chain(apple, certs.items[0], &certs, TESTCA_NOW, &chain, NULL);
    if (csr != NULL)
        (void)mdm_csr_check(csr, "x", NULL);
    (void)mdm_request_verify(file, apple, TESTCA_NOW, &report, NULL);
    mdm_report_free(&report);
    mdm_csr_free(&csr);
    mdm_csr_free(&inside);
    mdm_certs_free(&certs);
    mdm_certs_free(&chain);
}

static void read_as_ours(const struct mdm_bytes *file)
{
    struct mdm_secret *password = mdm_secret_new("password", 8, NULL);
    struct mdm_subject *subject = mdm_subject_parse((const char *)file->data, NULL); /* the first NUL ends it */
    struct mdm_key *key = mdm_key_from_bytes(file, "x", password, NULL);
    struct mdm_p12 p12;
    struct mdm_key_facts facts;
    char sha1[41];

    mdm_key_free(&key);
    mdm_key_describe(file, &facts);
    (void)mdm_p12_cert_sha1(file, sha1);
    (void)mdm_p12_read(file, "x", password, &p12, NULL);
    mdm_p12_free(&p12);
    mdm_secret_free(&password);
    mdm_subject_free(&subject);
    free(mdm_text_safe(file->data, file->size));
    (void)mdm_filekind_of(file);
}

/* Under three names that are looked at in different ways. */
static void read_in_folder(const struct mdm_bytes *file)
{
    const struct mdm_status_options options = {.directory = ".", .trust = apple, .at = TESTCA_NOW, .days = 30};
    struct mdm_status status;

    issued_put("inputs/other.pem", file, 0600);
    issued_put("outputs/vendor.key", file, 0600);
    issued_put("outputs/plist_encode", file, 0600);
    if (mdm_status_read(&options, &status, NULL) == 0)
        mdm_status_free(&status);
}

static _Noreturn void read_all(const struct mdm_bytes *file, const char *name)
{
    const struct rlimit limit = {SECONDS_MAX, SECONDS_MAX + 1}, no_core = {0, 0};
    double seconds;

    if (setrlimit(RLIMIT_CPU, &limit) != 0 || setrlimit(RLIMIT_CORE, &no_core) != 0)
        abort();
    read_as_apples(file);
    read_as_ours(file);
    read_in_folder(file);
    seconds = (double)clock() / CLOCKS_PER_SEC;
    if (seconds > WORTH_SAYING)
        (void)fprintf(stderr, "# %s: %.2f s, %ld MiB\n", name, seconds, used_kib() / 1024);
    _exit(used_kib() > MEMORY_MAX_KIB ? 2 : 0);
}

/* Every level with its right length. */
static void nest_with_lengths(struct text *to)
{
    for (size_t left = MDM_FILE_LIMIT; left >= 5; left -= 5) {
        const size_t inside = left - 5;

        add(to,
            (const unsigned char[]){0x30, 0x83, (unsigned char)(inside >> 16), (unsigned char)(inside >> 8),
                                    (unsigned char)inside},
            5);
    }
}

static void is_cheap(void **state)
{
    const struct costly *costly = *state;
    struct text made = {0};
    struct mdm_bytes file = {0};
    pid_t child;
    int status = -1;

    if (costly->program == NULL)
        nest_with_lengths(&made);
    else
        write_whole(&made, costly->program, MDM_FILE_LIMIT - 1024);
    assert_in_range(made.size, 1, MDM_FILE_LIMIT);
    assert_int_equal(mdm_bytes_append(&file, made.data, made.size, NULL), 0); /* with the NUL of its kind */
    free(made.data);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        read_all(&file, costly->name);
    assert_int_equal(waitpid(child, &status, 0), child);
    mdm_bytes_free(&file);
    if (WIFSIGNALED(status))
        fail_msg("ended by signal %d (%d: out of processor time)", WTERMSIG(status), SIGXCPU);
    if (WEXITSTATUS(status) == 2)
        fail_msg("used more than %d MiB of memory", MEMORY_MAX_KIB / 1024);
    assert_int_equal(WEXITSTATUS(status), 0);
}

static enum mdm_cert_kind kind_of_root(EVP_PKEY *key)
{
    const struct testca_spec spec = {.cn = "Root", .ca = true};
    struct mdm_cert *cert = testca_cert(key, &spec, NULL, NULL);
    enum mdm_cert_kind kind = mdm_cert_facts(cert)->kind;

    mdm_cert_free(&cert);
    return kind;
}

static void keys_that_verify_slowly_sign_nothing(void **state)
{
    static const char *const curves[] = {"P-256", "P-384", "P-521"};
    EVP_PKEY *binary = EVP_EC_gen("sect571r1"); /* some systems leave these curves out */

    (void)state;
    assert_int_equal(kind_of_root(keys[SLOW]), MDM_CERT_INTERMEDIATE);
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

/* A key whose public exponent is as long as its modulus, so that a verification costs as much as a signature without
 * its shortcuts: libcrypto allows that up to 3072 bits (OPENSSL_RSA_SMALL_MODULUS_BITS). */
static EVP_PKEY *make_slow_key(void)
{
    EVP_PKEY *usual = EVP_RSA_gen(3072), *slow = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params = NULL;

    assert_int_equal(EVP_PKEY_todata(usual, EVP_PKEY_KEYPAIR, &params), 1);
    for (OSSL_PARAM *p = params; p->key != NULL; p++)
        p->key = strcmp(p->key, "e") == 0 ? "d" : strcmp(p->key, "d") == 0 ? "e" : p->key[0] == 'n' ? "n" : "left out";
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &slow, EVP_PKEY_KEYPAIR, params), 1);
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(usual);
    return slow;
}

static int setup(void **state)
{
    (void)state;
    keys[SLOW] = make_slow_key();
    keys[SLOW_TOO] = make_slow_key();
    keys[P521] = EVP_EC_gen("P-521");
    apple = mdm_trust_apple(NULL);
    if (apple == NULL || scratch_setup(&folder) != 0)
        return -1;
    (void)alarm(0); /* processor time is limited, for each file */
    return 0;
}

static int teardown(void **state)
{
    for (int i = 0; i < KEYS; i++)
        EVP_PKEY_free(keys[i]);
    mdm_trust_free(&apple);
    (void)state;
    return scratch_teardown(&folder);
}

int main(void)
{
    struct CMUnitTest tests[FILES + 2] = {cmocka_unit_test(rounds_of_one_file_add_up),
                                          cmocka_unit_test(keys_that_verify_slowly_sign_nothing)};
    const char *preloaded = getenv("LD_PRELOAD");

    if (preloaded != NULL && strstr(preloaded, "vgpreload") != NULL) {
        (void)puts("skip: processor time says nothing under valgrind");
        return 77;
    }
    for (size_t i = 0; i < FILES; i++)
        tests[i + 2] = (struct CMUnitTest){files[i].name, is_cheap, NULL, NULL, (void *)(uintptr_t)&files[i]};
    return cmocka_run_group_tests(tests, setup, teardown);
}
