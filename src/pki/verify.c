/* Judges a push certificate request as Apple's portal would: the checks, and what they come to. */
#include "pki/request.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pki/cert.h"
#include "pki/ossl.h"
#include "pki/pem.h"

struct judge {
    const struct mdm_bytes *file;
    const struct mdm_trust *trust;
    mdm_time at;
    /* Filled by one check after the other; what a later check needs and does not find, it skips. */
    struct mdm_request_parts parts;
    struct mdm_bytes csr_der;
    struct mdm_csr *csr;
    struct mdm_bytes pem;          /* the chain as text */
    struct mdm_certs certs;        /* as they stand in the request */
    const struct mdm_cert *vendor; /* one of certs */
    struct mdm_certs chain;        /* as it should be: found by issuer and signature */
    bool expired;
    char detail[MDM_ERROR_TEXT_MAX]; /* of the check that runs now */
    char hint[MDM_ERROR_HINT_MAX];   /* the same; empty: what is usually to be done when this check fails */
};

/* Sets the sentence and returns `verdict`. */
static enum mdm_verdict MDM_PRINTF(3, 4) says(struct judge *judge, enum mdm_verdict verdict, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(judge->detail, sizeof judge->detail, format, arguments);
    va_end(arguments);
    return verdict;
}

/* MDM_FAIL with the sentence and the hint of an error. */
static enum mdm_verdict fails(struct judge *judge, const struct mdm_error *err)
{
    (void)snprintf(judge->hint, sizeof judge->hint, "%s", err->hint);
    return says(judge, MDM_FAIL, "%s", err->text);
}

static enum mdm_verdict judge_csr(struct judge *judge)
{
    struct mdm_error why = {0};
    struct mdm_csr *csr;

    if (judge->parts.csr == NULL)
        return says(judge, MDM_SKIPPED, "there is no %s", MDM_REQUEST_CSR);
    if (mdm_parts_csr_der(&judge->parts, &judge->csr_der, &why) != 0)
        return fails(judge, &why);
    csr = mdm_csr_from_bytes(&judge->csr_der, MDM_REQUEST_CSR, &why);
    if (csr == NULL)
        return fails(judge, &why);
    judge->csr = csr; /* freed with the judge */
    if (!mdm_bytes_equal(&mdm_csr_facts(csr)->der, &judge->csr_der))
        return says(judge, MDM_FAIL, "%s holds more than the DER of one CSR", MDM_REQUEST_CSR);
    if (mdm_csr_facts(csr)->version != X509_REQ_VERSION_1)
        return says(judge, MDM_FAIL, "the CSR's version field is %ld, but only 0 is defined",
                    mdm_csr_facts(csr)->version);
    if (!mdm_csr_facts(csr)->attributes_ok)
        return says(judge, MDM_FAIL, "the CSR's attributes cannot be read");
    return says(judge, MDM_PASS, "%s", mdm_csr_facts(csr)->subject);
}

static enum mdm_verdict judge_csr_signature(struct judge *judge)
{
    bool holds;

    if (judge->csr == NULL)
        return says(judge, MDM_SKIPPED, "there is no CSR to check");
    if (mdm_csr_facts(judge->csr)->rsa_bits == 0)
        return says(judge, MDM_SKIPPED, "only RSA signatures are checked");
    holds = mdm_csr_verify(judge->csr);
    ERR_clear_error();
    if (!holds)
        return says(judge, MDM_FAIL,
                    "the CSR's own signature is wrong: the CSR is damaged or was changed (or is not signed with RSA, "
                    "PKCS #1 v1.5)");
    return says(judge, MDM_PASS, "the CSR is signed with its own key");
}

static enum mdm_verdict judge_csr_key(struct judge *judge)
{
    int bits;

    if (judge->csr == NULL)
        return says(judge, MDM_SKIPPED, "there is no CSR to check");
    bits = mdm_csr_facts(judge->csr)->rsa_bits;
    if (bits == 0)
        return says(judge, MDM_FAIL, "the CSR's key is not RSA; the portal accepts only RSA %d", MDM_KEY_BITS);
    if (bits != MDM_KEY_BITS)
        return says(judge, MDM_FAIL, "the CSR's key is RSA %d; the portal accepts only RSA %d", bits, MDM_KEY_BITS);
    return says(judge, MDM_PASS, "RSA %d", MDM_KEY_BITS);
}

/* What a signature is that does not hold: the mistakes that tools and people are known to make. */
static const char *wrong_signature(const struct judge *judge, const struct mdm_bytes *signature)
{
    EVP_PKEY *vendor_key = X509_get0_pubkey(mdm_cert_x509(judge->vendor));
    struct mdm_bytes pem = {0}, base64 = {0};
    const char *words =
        "it does not verify with the vendor certificate: it was made with another key, or over another CSR";

    if (mdm_verify_signature(vendor_key, "SHA1", &judge->csr_der, signature, NULL) == 1)
        words = "it is a SHA-1 signature; Apple now accepts only SHA-256";
    else if (mdm_csr_to_pem(judge->csr, &pem, NULL) == 0 &&
             mdm_verify_signature(vendor_key, "SHA256", &pem, signature, NULL) == 1)
        words = "it was made over the CSR's PEM text, but the DER form is expected";
    else if (mdm_base64_encode(judge->csr_der.data, judge->csr_der.size, &base64, NULL) == 0 &&
             mdm_verify_signature(vendor_key, "SHA256", &base64, signature, NULL) == 1)
        words = "it was made over the CSR's base64 text, but the DER form is expected";
    else if (mdm_verify_signature(mdm_csr_pkey(judge->csr), "SHA256", &judge->csr_der, signature, NULL) == 1)
        words = "it was made with the customer's key, but the vendor's is expected";
    mdm_bytes_free(&pem);
    mdm_bytes_free(&base64);
    return words;
}

static enum mdm_verdict judge_signature(struct judge *judge)
{
    EVP_PKEY *vendor_key;
    struct mdm_bytes signature = {0};
    struct mdm_error why = {0};
    enum mdm_verdict verdict;

    if (judge->parts.signature == NULL)
        return says(judge, MDM_SKIPPED, "there is no %s", MDM_REQUEST_SIGNATURE);
    if (judge->csr == NULL || judge->vendor == NULL)
        return says(judge, MDM_SKIPPED, "there is no %s to check it with",
                    judge->csr == NULL ? "CSR" : "vendor certificate");
    vendor_key = X509_get0_pubkey(mdm_cert_x509(judge->vendor));
    if (mdm_parts_signature(&judge->parts, &signature, &why) != 0)
        verdict = fails(judge, &why);
    else if (mdm_verify_signature(vendor_key, "SHA256", &judge->csr_der, &signature, NULL) == 1)
        verdict = says(judge, MDM_PASS, "SHA-256 over the CSR's DER form, made with the vendor's key");
    else
        verdict = says(judge, MDM_FAIL, "%s", wrong_signature(judge, &signature));
    mdm_bytes_free(&signature);
    return verdict;
}

static enum mdm_verdict judge_keys_differ(struct judge *judge)
{
    if (judge->csr == NULL || judge->vendor == NULL)
        return says(judge, MDM_SKIPPED, "there is no %s to compare", judge->csr == NULL ? "CSR" : "vendor certificate");
    if (mdm_key_id_equal(&mdm_csr_facts(judge->csr)->key_id, &mdm_cert_facts(judge->vendor)->key_id))
        return says(judge, MDM_FAIL,
                    "the CSR holds the vendor's own key: the roles of vendor and customer are mixed up");
    return says(judge, MDM_PASS, "vendor and customer have keys of their own");
}

/* RFC 7468 section 2, and Apple's page: every line but the last has exactly 64 characters. */
#define PEM_COLUMNS 64
/* As much of a line is shown as lets a person find it. */
#define JUNK_SHOWN_MAX 40

static const char *subject_of(const struct mdm_cert *cert)
{
    return mdm_cert_facts(cert)->subject;
}

static bool has(const struct mdm_certs *certs, const struct mdm_cert *cert)
{
    for (size_t i = 0; i < certs->count; i++)
        if (mdm_cert_equal(certs->items[i], cert))
            return true;
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The first line of what stands between `text` and `end`, without the white space around it; its length is 0 when there
 * is nothing else. */
static const char *first_line(const char *text, const char *end, int *length)
{
    *length = 0;
    while (text < end && is_space(*text))
        text++;
    while (text + *length < end && *length < JUNK_SHOWN_MAX && text[*length] != '\n' && text[*length] != '\r')
        ++*length;
    return text;
}

static enum mdm_verdict foreign_block(struct judge *judge, const struct mdm_pem_block *block)
{
    if (mdm_pem_ends(block, "PRIVATE KEY"))
        (void)snprintf(judge->hint, sizeof judge->hint,
                       "Do not upload it or pass it on: whoever has it has the key. Make a new request without the "
                       "key: `mdmvendor sign` does. If it has left this computer already, replace the key.");
    return says(judge, MDM_FAIL, "there is a block \"%.*s\" in the chain; only \"CERTIFICATE\" may be there",
                (int)block->label_size, block->label);
}

/* The chain as text: CERTIFICATE blocks and white space. Readers of PEM pass over all else; Apple's need not. */
static enum mdm_verdict judge_chain_text(struct judge *judge)
{
    const struct mdm_bytes *pem = &judge->pem;
    const char *behind = (const char *)pem->data, *end = behind + pem->size, *junk = behind;
    struct mdm_pem_block block;
    size_t at = 0;
    int length = 0;
    bool more = true;

    while (more && length == 0) {
        more = mdm_pem_next(pem, &at, &block);
        if (more && !mdm_pem_is(&block, "CERTIFICATE"))
            return foreign_block(judge, &block);
        junk = first_line(behind, more ? block.label - strlen("-----BEGIN ") : end, &length);
        behind = (const char *)pem->data + at;
    }
    if (length > 0)
        return says(judge, MDM_FAIL, "the chain holds text that is not a certificate: '%.*s'", length, junk);
    return says(judge, MDM_PASS, "%zu certificate%s", judge->certs.count, judge->certs.count == 1 ? "" : "s");
}

static enum mdm_verdict judge_chain(struct judge *judge)
{
    struct mdm_error why = {0};

    if (judge->parts.chain == NULL)
        return says(judge, MDM_SKIPPED, "there is no %s", MDM_REQUEST_CHAIN);
    if (mdm_bytes_append_text(&judge->pem, judge->parts.chain, &why) != 0 ||
        mdm_certs_from_bytes(&judge->pem, MDM_REQUEST_CHAIN, &judge->certs, &why) != 0)
        return fails(judge, &why);
    /* Wherever it stands: so that the other checks can be made on a chain in any order. */
    judge->vendor = mdm_certs_end_entity(&judge->certs);
    return judge_chain_text(judge);
}

/* Takes the white space off both ends; true when there was a line break in it on both sides. */
static bool trim(const char **start, const char **end)
{
    bool before = false, behind = false;

    for (; *start < *end && is_space(**start); (*start)++)
        before = before || **start == '\n';
    for (; *end > *start && is_space((*end)[-1]); (*end)--)
        behind = behind || (*end)[-1] == '\n';
    return before && behind;
}

/* The length of a line without the white space around it. */
static size_t line_length(const char *line, const char *end)
{
    (void)trim(&line, &end);
    return (size_t)(end - line);
}

/* The number of the first line that is not as it should be, and its length; 0 when all are. */
static size_t first_wrong_line(const char *at, const char *end, size_t *length)
{
    for (size_t line = 1; at < end; line++) {
        const char *next = memchr(at, '\n', (size_t)(end - at));

        *length = line_length(at, next == NULL ? end : next);
        if (next == NULL ? *length > PEM_COLUMNS : *length != PEM_COLUMNS)
            return line;
        if (next == NULL)
            break;
        at = next + 1;
    }
    return 0;
}

/* True when nothing but white space stands behind `text` on its line. */
static bool ends_line(const char *text)
{
    return line_length(text, text + strcspn(text, "\n")) == 0;
}

static enum mdm_verdict judge_pem_lines(struct judge *judge)
{
    const struct mdm_bytes *pem = &judge->pem;
    struct mdm_pem_block block;
    size_t at = 0, length = 0;

    if (judge->certs.count == 0)
        return says(judge, MDM_SKIPPED, "there is no certificate");
    for (size_t number = 1; mdm_pem_next(pem, &at, &block); number++) {
        const char *start = block.body;
        const char *end = block.body + block.body_size;
        bool own_lines = trim(&start, &end) && ends_line((const char *)pem->data + at);
        size_t wrong = first_wrong_line(start, end, &length);

        if (wrong != 0)
            return says(judge, MDM_FAIL,
                        "line %zu of certificate %zu has %zu characters; all but the last must have %d", wrong, number,
                        length, PEM_COLUMNS);
        if (!own_lines)
            return says(judge, MDM_FAIL, "the BEGIN and END marks of certificate %zu must be on lines of their own",
                        number);
    }
    return says(judge, MDM_PASS, "lines of %d characters", PEM_COLUMNS);
}

/* How many certificates from the first on are each issued by the next. */
static size_t links(const struct mdm_certs *certs)
{
    size_t i = 0;

    while (i + 1 < certs->count && !mdm_cert_issued(certs->items[i], certs->items[i]) &&
           mdm_cert_issued(certs->items[i + 1], certs->items[i]))
        i++;
    return i + 1;
}

/* Whether the chain is complete, `chain trust` tells. Its order is another thing: mdmutil writes root, intermediate,
 * vendor, and nobody has seen the portal refuse that. */
static enum mdm_verdict judge_chain_order(struct judge *judge)
{
    const struct mdm_certs *certs = &judge->certs;
    size_t good;

    if (certs->count == 0)
        return says(judge, MDM_SKIPPED, "there is no certificate");
    if (judge->vendor == NULL)
        return says(judge, MDM_FAIL, "there are only CA certificates in the chain, and no vendor certificate");
    if (certs->items[0] != judge->vendor)
        return says(judge, MDM_WARN,
                    "the first certificate is '%s'; the usual order is vendor certificate, intermediate, root",
                    subject_of(certs->items[0]));
    good = links(certs);
    if (good == certs->count)
        return says(judge, MDM_PASS, "each certificate was issued by the next");
    if (mdm_cert_facts(certs->items[good - 1])->kind == MDM_CERT_ROOT)
        return says(judge, MDM_WARN, "'%s' follows the root and does not belong to the chain",
                    subject_of(certs->items[good]));
    /* One that names the next as its issuer and does not verify is no matter of order. */
    return says(judge,
                strcmp(mdm_cert_facts(certs->items[good - 1])->issuer, subject_of(certs->items[good])) == 0 ? MDM_FAIL
                                                                                                            : MDM_WARN,
                "certificate %zu, '%s', was not issued by the next, '%s'", good, subject_of(certs->items[good - 1]),
                subject_of(certs->items[good]));
}

static enum mdm_verdict judge_vendor(struct judge *judge)
{
    const struct mdm_cert_facts *facts;
    const char *fault;

    if (judge->vendor == NULL)
        return says(judge, MDM_SKIPPED, "there is no end certificate in the chain");
    facts = mdm_cert_facts(judge->vendor);
    fault = mdm_cert_not_for_requests(judge->vendor);
    if (fault != NULL)
        return says(judge, MDM_FAIL, "'%s' %s", facts->subject, fault);
    if (!facts->vendor_marker)
        return says(judge, MDM_WARN, "'%s' lacks the marker 1.2.840.113635.100.4.12 of MDM vendor certificates",
                    facts->subject);
    return says(judge, MDM_PASS, "%s", facts->subject);
}

static enum mdm_verdict judge_trust(struct judge *judge)
{
    struct mdm_error why = {0};

    if (judge->vendor == NULL)
        return says(judge, MDM_SKIPPED, "there is no end certificate in the chain");
    /* The portal knows the request's certificates; ours only serve to name what is missing there. */
    if (mdm_trust_path(judge->trust, judge->vendor, &judge->certs, judge->at, &judge->chain, &why) != 0)
        return fails(judge, &why);
    for (size_t i = 1; i < judge->chain.count; i++)
        if (!has(&judge->certs, judge->chain.items[i]))
            return says(judge, MDM_FAIL, "the chain in the request lacks '%s': the portal wants all of it",
                        subject_of(judge->chain.items[i]));
    return says(judge, MDM_PASS, "complete up to '%s'", subject_of(judge->chain.items[judge->chain.count - 1]));
}

/* The end of the first validity period to end. */
static mdm_time first_end(const struct mdm_certs *certs)
{
    mdm_time first = mdm_cert_facts(certs->items[0])->not_after;

    for (size_t i = 1; i < certs->count; i++)
        if (mdm_cert_facts(certs->items[i])->not_after < first)
            first = mdm_cert_facts(certs->items[i])->not_after;
    return first;
}

static enum mdm_verdict judge_dates(struct judge *judge)
{
    /* Certificates that do not belong to the chain may be of any age; without a chain all of them are looked at. */
    const struct mdm_certs *certs = judge->chain.count > 0 ? &judge->chain : &judge->certs;
    struct mdm_error why = {0};
    char day[MDM_TIME_TEXT_MAX];

    if (certs->count == 0)
        return says(judge, MDM_SKIPPED, "there is no certificate");
    if (mdm_certs_check_dates(certs, judge->at, &why) != 0) {
        judge->expired = why.code == MDM_E_EXPIRED;
        return fails(judge, &why);
    }
    mdm_time_format_day(first_end(certs), day);
    return says(judge, MDM_PASS, "all certificates are valid, the first of them until %s", day);
}

static enum mdm_verdict judge_base64(struct judge *judge)
{
    struct mdm_error why = {0};

    if (mdm_parts_decode(judge->file, &judge->parts, &why) != 0)
        return fails(judge, &why);
    return says(judge, MDM_PASS, "%zu bytes of base64", judge->file->size);
}

static enum mdm_verdict judge_plist(struct judge *judge)
{
    struct mdm_error why = {0};

    if (judge->parts.xml.size == 0)
        return says(judge, MDM_SKIPPED, "nothing could be decoded");
    if (mdm_parts_parse(&judge->parts, &why) != 0)
        return fails(judge, &why);
    return says(judge, MDM_PASS, "an XML property list with a dictionary");
}

static enum mdm_verdict judge_keys(struct judge *judge)
{
    struct mdm_error why = {0};

    if (judge->parts.plist == NULL)
        return says(judge, MDM_SKIPPED, "there is no property list");
    if (mdm_parts_pick(&judge->parts, &why) != 0)
        return fails(judge, &why);
    return says(judge, MDM_PASS, "%s, %s and %s are there and are strings", MDM_REQUEST_CSR, MDM_REQUEST_CHAIN,
                MDM_REQUEST_SIGNATURE);
}

#define REMAKE  "Have the request made again: `mdmvendor sign` makes one from the customer's CSR."
#define RESIGN  "Get the CSR again from whoever made it, and have it signed again."
#define NEW_CSR "The customer needs a new RSA 2048 key and CSR: `mdmvendor csr` makes both."
#define REORDER                                                                                                        \
    "Put vendor certificate, intermediate and root there in this order, each as `openssl x509` prints it; "            \
    "`mdmvendor sign` does."

/* Each check needs only what those before it have found. */
static const struct {
    const char *name;
    enum mdm_verdict (*run)(struct judge *judge);
    enum mdm_code when_failed;
    const char *hint;
} checks[] = {
    {"base64", judge_base64, MDM_E_FAILED, "Upload the file as it was made: outputs/plist_encode.txt."},
    {"plist", judge_plist, MDM_E_FAILED, REMAKE},
    {"keys", judge_keys, MDM_E_FAILED, REMAKE},
    {"csr", judge_csr, MDM_E_REFUSED, REMAKE},
    {"csr signature", judge_csr_signature, MDM_E_REFUSED, RESIGN},
    {"csr key", judge_csr_key, MDM_E_REFUSED, NEW_CSR},
    {"chain", judge_chain, MDM_E_REFUSED, REORDER},
    {"pem lines", judge_pem_lines, MDM_E_REFUSED, REORDER},
    {"chain order", judge_chain_order, MDM_E_REFUSED, REORDER},
    {"vendor certificate", judge_vendor, MDM_E_REFUSED,
     "The first certificate must be the one that developer.apple.com issued (certificate type \"MDM CSR\")."},
    {"chain trust", judge_trust, MDM_E_REFUSED,
     "The CA certificates are at https://www.apple.com/certificateauthority/; `mdmvendor sign` puts them in."},
    {"dates", judge_dates, MDM_E_REFUSED,
     "Get a new vendor certificate at developer.apple.com, and have the CSR signed again."},
    {"signature", judge_signature, MDM_E_REFUSED,
     "Have the CSR signed again, with the vendor's key and SHA-256: `mdmvendor sign` does."},
    {"keys differ", judge_keys_differ, MDM_E_REFUSED, NEW_CSR},
};
#define CHECKS (sizeof checks / sizeof checks[0])

/* "Not a request" outweighs "refused", and that outweighs "expired": expiry is the outcome only when nothing else is
 * wrong. */
static enum mdm_code outcome(enum mdm_code sofar, enum mdm_code one)
{
    if (sofar == MDM_E_FAILED || one == MDM_E_FAILED)
        return MDM_E_FAILED;
    if (sofar == MDM_E_REFUSED || one == MDM_E_REFUSED)
        return MDM_E_REFUSED;
    return sofar == MDM_OK ? one : sofar;
}

/* The words of a check that was made. Returns -1 when out of memory. */
static int write_words(const struct judge *judge, const char *usual_hint, struct mdm_check *check)
{
    const char *hint = judge->hint[0] != '\0' ? judge->hint : usual_hint;

    check->detail = mdm_text_safe(judge->detail, strlen(judge->detail));
    if (check->verdict == MDM_FAIL)
        check->hint = mdm_text_safe(hint, strlen(hint));
    return check->detail == NULL || (check->verdict == MDM_FAIL && check->hint == NULL) ? -1 : 0;
}

static int run_checks(struct judge *judge, struct mdm_report *report, struct mdm_error *err)
{
    for (size_t i = 0; i < CHECKS; i++) {
        struct mdm_check *check = &report->items[i];

        check->name = checks[i].name;
        judge->expired = false;
        judge->hint[0] = '\0';
        check->verdict = checks[i].run(judge);
        report->count++;
        if (write_words(judge, checks[i].hint, check) != 0)
            return mdm_error_memory(err);
        if (check->verdict == MDM_FAIL)
            check->code = judge->expired ? MDM_E_EXPIRED : checks[i].when_failed;
        report->code = outcome(report->code, check->code);
    }
    return 0;
}

int mdm_request_verify(const struct mdm_bytes *file, const struct mdm_trust *trust, mdm_time at,
                       struct mdm_report *report, struct mdm_error *err)
{
    struct judge judge = {.file = file, .trust = trust, .at = at};
    int result = -1;

    report->items = calloc(CHECKS, sizeof *report->items);
    if (report->items == NULL)
        (void)mdm_error_memory(err);
    else
        result = run_checks(&judge, report, err);
    mdm_parts_free(&judge.parts);
    mdm_bytes_free(&judge.csr_der);
    mdm_csr_free(&judge.csr);
    mdm_bytes_free(&judge.pem);
    mdm_certs_free(&judge.certs);
    mdm_certs_free(&judge.chain);
    if (result != 0)
        mdm_report_free(report);
    return result;
}

void mdm_report_free(struct mdm_report *report)
{
    if (report == NULL)
        return;
    for (size_t i = 0; report->items != NULL && i < report->count; i++) {
        free(report->items[i].detail);
        free(report->items[i].hint);
    }
    free(report->items);
    *report = (struct mdm_report){0};
}
