/* Checks of a push certificate request that are about its certificates. */
#include <stdio.h>
#include <string.h>

#include "pki/chain.h"
#include "pki/ossl.h"
#include "pki/pem_scan.h"
#include "pki/request_judge.h"

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

static enum mdm_verdict foreign_block(struct mdm_judge *judge, const struct mdm_pem_block *block)
{
    if (mdm_pem_ends(block, "PRIVATE KEY"))
        (void)snprintf(judge->hint, sizeof judge->hint,
                       "Do not upload it or pass it on: whoever has it has the key. Make a new request without the "
                       "key: `mdmvendor sign` does. If it has left this computer already, replace the key.");
    return mdm_judge_says(judge, MDM_FAIL, "there is a block \"%.*s\" in the chain; only \"CERTIFICATE\" may be there",
                          (int)block->label_size, block->label);
}

/* The chain as text: CERTIFICATE blocks and white space. Readers of PEM pass over all else; Apple's need not. */
static enum mdm_verdict judge_chain_text(struct mdm_judge *judge)
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
        return mdm_judge_says(judge, MDM_FAIL, "the chain holds other text than certificates: '%.*s'", length, junk);
    return mdm_judge_says(judge, MDM_PASS, "%zu certificate%s", judge->certs.count, judge->certs.count == 1 ? "" : "s");
}

enum mdm_verdict mdm_judge_chain(struct mdm_judge *judge)
{
    struct mdm_error why = {0};

    if (judge->parts.chain == NULL)
        return mdm_judge_says(judge, MDM_SKIPPED, "there is no %s", MDM_REQUEST_CHAIN);
    if (mdm_bytes_append_text(&judge->pem, judge->parts.chain, &why) != 0 ||
        mdm_certs_from_bytes(&judge->pem, MDM_REQUEST_CHAIN, &judge->certs, &why) != 0)
        return mdm_judge_fails(judge, &why);
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

enum mdm_verdict mdm_judge_pem_lines(struct mdm_judge *judge)
{
    const struct mdm_bytes *pem = &judge->pem;
    struct mdm_pem_block block;
    size_t at = 0, length = 0;

    if (judge->certs.count == 0)
        return mdm_judge_says(judge, MDM_SKIPPED, "there is no certificate");
    for (size_t number = 1; mdm_pem_next(pem, &at, &block); number++) {
        const char *start = block.body;
        const char *end = block.body + block.body_size;
        bool own_lines = trim(&start, &end) && ends_line((const char *)pem->data + at);
        size_t wrong = first_wrong_line(start, end, &length);

        if (wrong != 0)
            return mdm_judge_says(judge, MDM_FAIL,
                                  "line %zu of certificate %zu has %zu characters; all but the last must have %d",
                                  wrong, number, length, PEM_COLUMNS);
        if (!own_lines)
            return mdm_judge_says(
                judge, MDM_FAIL, "the BEGIN and END marks of certificate %zu must stand on lines of their own", number);
    }
    return mdm_judge_says(judge, MDM_PASS, "lines of %d characters", PEM_COLUMNS);
}

/* How many certificates from the first on are each issued by the next. */
static size_t links(const struct mdm_certs *certs)
{
    size_t i = 0;

    while (i + 1 < certs->count && !mdm_chain_issued(certs->items[i], certs->items[i]) &&
           mdm_chain_issued(certs->items[i + 1], certs->items[i]))
        i++;
    return i + 1;
}

/* Whether the chain is complete, `chain trust` tells. Its order is another thing: mdmutil writes root, intermediate,
 * vendor, and nobody has seen the portal refuse that. */
enum mdm_verdict mdm_judge_chain_order(struct mdm_judge *judge)
{
    const struct mdm_certs *certs = &judge->certs;
    size_t good;

    if (certs->count == 0)
        return mdm_judge_says(judge, MDM_SKIPPED, "there is no certificate");
    if (judge->vendor == NULL)
        return mdm_judge_says(judge, MDM_FAIL,
                              "there are only CA certificates in the chain, and no vendor certificate");
    if (certs->items[0] != judge->vendor)
        return mdm_judge_says(
            judge, MDM_WARN, "the first certificate is '%s'; the usual order is vendor certificate, intermediate, root",
            subject_of(certs->items[0]));
    good = links(certs);
    if (good == certs->count)
        return mdm_judge_says(judge, MDM_PASS, "each certificate was issued by the one behind it");
    if (mdm_cert_facts(certs->items[good - 1])->kind == MDM_CERT_ROOT)
        return mdm_judge_says(judge, MDM_WARN, "'%s' stands behind the root and does not belong to the chain",
                              subject_of(certs->items[good]));
    /* One that names the next as its issuer and does not verify is no matter of order. */
    return mdm_judge_says(judge,
                          strcmp(mdm_cert_facts(certs->items[good - 1])->issuer, subject_of(certs->items[good])) == 0
                              ? MDM_FAIL
                              : MDM_WARN,
                          "certificate %zu, '%s', was not issued by the one behind it, '%s'", good,
                          subject_of(certs->items[good - 1]), subject_of(certs->items[good]));
}

enum mdm_verdict mdm_judge_vendor(struct mdm_judge *judge)
{
    const struct mdm_cert_facts *facts;
    const char *fault;

    if (judge->vendor == NULL)
        return mdm_judge_says(judge, MDM_SKIPPED, "there is no end certificate in the chain");
    facts = mdm_cert_facts(judge->vendor);
    fault = mdm_cert_not_for_requests(judge->vendor);
    if (fault != NULL)
        return mdm_judge_says(judge, MDM_FAIL, "'%s' %s", facts->subject, fault);
    if (!facts->vendor_marker)
        return mdm_judge_says(judge, MDM_WARN,
                              "'%s' lacks the marker 1.2.840.113635.100.4.12 of MDM vendor certificates",
                              facts->subject);
    return mdm_judge_says(judge, MDM_PASS, "%s", facts->subject);
}

enum mdm_verdict mdm_judge_trust(struct mdm_judge *judge)
{
    struct mdm_error why = {0};

    if (judge->vendor == NULL)
        return mdm_judge_says(judge, MDM_SKIPPED, "there is no end certificate in the chain");
    /* The portal knows the request's certificates; ours only serve to name what is missing there. */
    if (mdm_chain_find(judge->trust, judge->vendor, &judge->certs, mdm_trust_certs(judge->trust), judge->at,
                       &judge->chain, &why) != 0)
        return mdm_judge_fails(judge, &why);
    for (size_t i = 1; i < judge->chain.count; i++)
        if (!has(&judge->certs, judge->chain.items[i]))
            return mdm_judge_says(judge, MDM_FAIL, "the chain in the request lacks '%s': the portal wants all of it",
                                  subject_of(judge->chain.items[i]));
    return mdm_judge_says(judge, MDM_PASS, "complete up to '%s'",
                          subject_of(judge->chain.items[judge->chain.count - 1]));
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

enum mdm_verdict mdm_judge_dates(struct mdm_judge *judge)
{
    /* Certificates that do not belong to the chain may be of any age; without a chain all of them are looked at. */
    const struct mdm_certs *certs = judge->chain.count > 0 ? &judge->chain : &judge->certs;
    struct mdm_error why = {0};
    char day[MDM_TIME_TEXT_MAX];

    if (certs->count == 0)
        return mdm_judge_says(judge, MDM_SKIPPED, "there is no certificate");
    if (mdm_chain_dates(certs, judge->at, &why) != 0) {
        judge->expired = why.code == MDM_E_EXPIRED;
        return mdm_judge_fails(judge, &why);
    }
    mdm_time_format_day(first_end(certs), day);
    return mdm_judge_says(judge, MDM_PASS, "all certificates are valid, the first of them until %s", day);
}
