/* What the fuzz targets share: see fuzz.h. */
#include "fuzz.h"

#include <openssl/err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pki/ossl.h"

/* The processor seconds that one input may take when time is up. */
#define PATIENCE 30

/* scripts/fuzz gives each target its time as a limit of CPU seconds, behind which this comes once a second. libFuzzer
 * ends in order on SIGUSR1 alone, between two inputs; one that does not come to an end is a finding. */
static void out_of_time(int number)
{
    static volatile sig_atomic_t seconds;

    (void)number;
    if (++seconds > PATIENCE)
        abort();
    (void)raise(SIGUSR1);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    if (getenv("MDM_FUZZ_GRACEFUL") != NULL)
        (void)signal(SIGXCPU, out_of_time);
    return 0;
}

void fuzz_failed(const char *file, int line, const char *condition)
{
    (void)fprintf(stderr, "%s:%d: required: %s\n", file, line, condition);
    abort();
}

struct mdm_bytes fuzz_bytes(const uint8_t *data, size_t size)
{
    static unsigned char none;
    struct mdm_bytes bytes = {.data = size == 0 ? &none : (unsigned char *)(uintptr_t)data, .size = size};

    if (size == 0)
        bytes.data = NULL;
    return bytes;
}

/* Written apart from mdmvendor/text.h's own tables: the ones that the CVEs of terminals and reviewers are about. */
static bool is_unsafe(unsigned long c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c == 0x00ad || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff;
}

/* The character at p, by the letter of RFC 3629; 0 bytes when there is none. */
static size_t read_utf8(const unsigned char *p, unsigned long *c)
{
    size_t more = p[0] < 0x80 ? 0 : p[0] >= 0xc2 && p[0] <= 0xdf ? 1 : p[0] >= 0xe0 && p[0] <= 0xef ? 2 : 3;

    if ((p[0] >= 0x80 && p[0] < 0xc2) || p[0] > 0xf4)
        return 0;
    *c = more == 0 ? p[0] : p[0] & (0x3fu >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80) /* the NUL at the end is none either */
            return 0;
        *c = *c << 6 | (p[i] & 0x3fu);
    }
    return (more == 2 && *c < 0x800) || (more == 3 && *c < 0x10000) ? 0 : more + 1;
}

bool fuzz_is_safe(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    if (text == NULL)
        return false;
    while (*p != '\0') {
        unsigned long c = 0;
        size_t used = read_utf8(p, &c);

        if (used == 0 || is_unsafe(c))
            return false;
        p += used;
    }
    return true;
}

void fuzz_check_error(const struct mdm_error *err)
{
    FUZZ_REQUIRE(err->code != MDM_OK && err->text[0] != '\0');
    FUZZ_REQUIRE(memchr(err->text, '\0', sizeof err->text) != NULL);
    FUZZ_REQUIRE(memchr(err->hint, '\0', sizeof err->hint) != NULL);
    FUZZ_REQUIRE(memchr(err->detail, '\0', sizeof err->detail) != NULL);
}

void fuzz_check_facts(const struct mdm_cert_facts *facts)
{
    FUZZ_REQUIRE(fuzz_is_safe(facts->subject) && fuzz_is_safe(facts->issuer));
    FUZZ_REQUIRE(fuzz_is_safe(facts->common_name) && fuzz_is_safe(facts->serial));
    FUZZ_REQUIRE(facts->topic == NULL || fuzz_is_safe(facts->topic));
    FUZZ_REQUIRE(strspn(facts->sha256, "0123456789abcdef") == 64 && strlen(facts->sha256) == 64);
    FUZZ_REQUIRE(strspn(facts->sha1, "0123456789abcdef") == 40 && strlen(facts->sha1) == 40);
    FUZZ_REQUIRE((facts->kind == MDM_CERT_PUSH) <= (facts->topic != NULL));
    FUZZ_REQUIRE(facts->topic == NULL || strncmp(facts->topic, "com.apple.mgmt.", 15) == 0);
}

/* What was read, written as PEM and as DER, is the same when it is read again. */
static void check_written(const struct mdm_certs *certs)
{
    struct mdm_bytes pem = {0};
    struct mdm_certs again = {0};
    struct mdm_error err = {0};

    for (size_t i = 0; i < certs->count; i++) {
        struct mdm_bytes der = {0};
        struct mdm_certs one = {0};

        FUZZ_REQUIRE(mdm_cert_append_pem(certs->items[i], &pem, &err) == 0);
        FUZZ_REQUIRE(mdm_ossl_append_der(&der, ASN1_ITEM_rptr(X509), certs->items[i]->x509, &err) == 0);
        FUZZ_REQUIRE(mdm_certs_from_bytes(&der, "again", &one, &err) == 0);
        FUZZ_REQUIRE(one.count == 1 && mdm_cert_equal(one.items[0], certs->items[i]));
        mdm_certs_free(&one);
        mdm_bytes_free(&der);
    }
    FUZZ_REQUIRE(mdm_certs_from_bytes(&pem, "again", &again, &err) == 0);
    FUZZ_REQUIRE(again.count == certs->count);
    for (size_t i = 0; i < certs->count; i++)
        FUZZ_REQUIRE(mdm_cert_equal(again.items[i], certs->items[i]));
    mdm_certs_free(&again);
    mdm_bytes_free(&pem);
}

/* A chain that was found begins with the leaf and ends at a root of the trust. */
static void check_chain(const struct mdm_trust *trust, const struct mdm_certs *certs)
{
    const struct mdm_certs *trusted = mdm_trust_certs(trust);
    struct mdm_certs chain = {0};
    struct mdm_error err = {0};
    bool known = false;

    if (mdm_trust_chain(trust, certs->items[0], certs, mdm_cert_facts(certs->items[0])->not_before, &chain, &err) !=
        0) {
        FUZZ_REQUIRE(chain.count == 0);
        fuzz_check_error(&err);
        return;
    }
    FUZZ_REQUIRE(chain.count > 0 && mdm_cert_equal(chain.items[0], certs->items[0]));
    for (size_t i = 0; i < trusted->count; i++)
        known = known || mdm_cert_equal(trusted->items[i], chain.items[chain.count - 1]);
    FUZZ_REQUIRE(known && mdm_cert_facts(chain.items[chain.count - 1])->kind == MDM_CERT_ROOT);
    mdm_certs_free(&chain);
}

void fuzz_certificates(const struct mdm_bytes *file)
{
    struct mdm_certs certs = {0};
    struct mdm_error err = {0}, trust_err = {0};
    struct mdm_trust *trust;
    bool read = mdm_certs_from_bytes(file, "the input", &certs, &err) == 0;
    enum mdm_filekind kind = mdm_filekind_of(file);

    FUZZ_REQUIRE(kind != MDM_FILEKIND_CERTIFICATE || read);
    FUZZ_REQUIRE(read == (certs.count > 0));
    if (!read)
        fuzz_check_error(&err);
    for (size_t i = 0; i < certs.count; i++)
        fuzz_check_facts(mdm_cert_facts(certs.items[i]));
    if (read)
        check_written(&certs);
    trust = mdm_trust_from_bytes(file, "the input", &trust_err);
    if (trust == NULL)
        fuzz_check_error(&trust_err);
    else
        check_chain(trust, &certs);
    mdm_trust_free(&trust);
    mdm_certs_free(&certs);
    FUZZ_REQUIRE(ERR_peek_error() == 0);
}

#define MARK_BEGIN "==> "
#define MARK_END   " <=="

/* The next line "==> NAME <==" at or behind `at`, which must be the beginning of a line. */
static bool find_mark(const uint8_t *data, size_t size, size_t at, size_t *begin, size_t *end)
{
    const size_t least = strlen(MARK_BEGIN) + 1 + strlen(MARK_END);

    while (at < size) {
        const uint8_t *newline = memchr(data + at, '\n', size - at);
        size_t stop = newline != NULL ? (size_t)(newline - data) : size;

        if (newline != NULL && stop - at >= least && memcmp(data + at, MARK_BEGIN, strlen(MARK_BEGIN)) == 0 &&
            memcmp(data + stop - strlen(MARK_END), MARK_END, strlen(MARK_END)) == 0) {
            *begin = at;
            *end = stop + 1;
            return true;
        }
        at = stop + 1;
    }
    return false;
}

static struct mdm_bytes copy_of(const uint8_t *data, size_t size)
{
    struct mdm_bytes bytes = {.size = size};

    if (size == 0)
        return bytes;
    bytes.data = malloc(size);
    FUZZ_REQUIRE(bytes.data != NULL);
    memcpy(bytes.data, data, size);
    return bytes;
}

void fuzz_parts_read(const uint8_t *data, size_t size, struct fuzz_parts *parts)
{
    size_t begin, end, next, next_end;
    bool more = find_mark(data, size, 0, &begin, &end);

    parts->count = 0;
    while (more && parts->count < FUZZ_PARTS_MAX) {
        struct fuzz_part *part = &parts->items[parts->count++];
        size_t length = end - begin - strlen(MARK_BEGIN) - strlen(MARK_END) - 1;

        more = find_mark(data, size, end, &next, &next_end);
        if (!more)
            next = size;
        (void)snprintf(part->name, sizeof part->name, "%.*s", (int)(length < 255 ? length : 255),
                       (const char *)data + begin + strlen(MARK_BEGIN));
        part->bytes = copy_of(data + end, more && next > end ? next - 1 - end : next - end);
        begin = next;
        end = next_end;
    }
}

const struct mdm_bytes *fuzz_part(const struct fuzz_parts *parts, const char *name)
{
    for (size_t i = 0; i < parts->count; i++)
        if (strcmp(parts->items[i].name, name) == 0)
            return &parts->items[i].bytes;
    return NULL;
}

void fuzz_parts_free(struct fuzz_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        mdm_bytes_free(&parts->items[i].bytes);
    parts->count = 0;
}

/* Reading the trust costs more than most inputs do, and the part "ca" is mostly that of the input before. */
const struct mdm_trust *fuzz_trust(const struct fuzz_parts *parts)
{
    static struct mdm_trust *apple, *last;
    static struct mdm_bytes last_ca;
    const struct mdm_bytes *ca = fuzz_part(parts, "ca");

    if (apple == NULL)
        apple = mdm_trust_apple(NULL);
    FUZZ_REQUIRE(apple != NULL);
    if (ca == NULL)
        return apple;
    if (!mdm_bytes_equal(ca, &last_ca)) {
        mdm_trust_free(&last);
        mdm_bytes_free(&last_ca);
        last = mdm_trust_from_bytes(ca, "ca", NULL);
        FUZZ_REQUIRE(mdm_bytes_append(&last_ca, ca->data, ca->size, NULL) == 0);
    }
    return last != NULL ? last : apple;
}

mdm_time fuzz_time(const struct fuzz_parts *parts)
{
    const struct mdm_bytes *text = fuzz_part(parts, "at");
    mdm_time at = 0;
    char line[64];

    if (text == NULL || text->size == 0)
        return mdm_time_from_civil(2026, 11, 23, 12, 0, 0);
    (void)snprintf(line, sizeof line, "%.*s", (int)(text->size < 63 ? text->size : 63), (const char *)text->data);
    return mdm_time_parse(line, &at, NULL) == 0 ? at : mdm_time_from_civil(2026, 11, 23, 12, 0, 0);
}
