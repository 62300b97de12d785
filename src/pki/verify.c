/* Push certificate requests taken apart, whatever tool made them (order of keys and line breaks in base64 do not
 * matter), and checked as Apple's portal would: the checks, and what they come to. */
#include "pki/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pki/ossl.h"

#define LIMIT ((size_t)1 << 20)

void mdm_request_free(struct mdm_request *request)
{
    for (size_t i = 0; i < MDM_PARTS; i++)
        mdm_bytes_free(&request->parts[i]);
}

struct verify_run {
    const struct mdm_bytes *file;
    const struct mdm_trust *trust;
    mdm_time at;
    /* Filled by one check after the other; what a later check needs and does not find, it skips. */
    struct mdm_bytes xml;
    struct mdm_plist *plist;
    const char *texts[MDM_PARTS]; /* the plist's; NULL: it is not there */
    struct mdm_request request;
    struct mdm_csr *csr;
    struct mdm_certs certs;        /* in the order of the request */
    const struct mdm_cert *vendor; /* one of certs */
    struct mdm_certs chain;        /* as it should be: found by issuer and signature */
    struct mdm_error why; /* what the check that runs now says; no hint: what is usually to be done when it fails */
};

/* For MDM_OWNED. */
static void free_run(struct verify_run *run)
{
    mdm_bytes_free(&run->xml);
    mdm_plist_free(&run->plist);
    mdm_request_free(&run->request);
    mdm_csr_free(&run->csr);
    mdm_certs_free(&run->certs);
    mdm_certs_free(&run->chain);
}

/* Only what fails is an error. */
static enum mdm_verdict MDM_PRINTF(3, 4) says(struct verify_run *run, enum mdm_verdict verdict, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)mdm_error_vset(&run->why, MDM_E_FAILED, format, arguments);
    va_end(arguments);
    if (verdict != MDM_FAIL)
        run->why.code = MDM_OK;
    return verdict;
}

/* What to do with a file that is uploaded in place of a request. */
static const char *hint_for(enum mdm_filekind kind)
{
    switch (kind) {
    case MDM_FILEKIND_ENCRYPTED:
        return "Decrypt it first, with the tool and the key that it was requested with: `mdmctl mdmcert.download "
               "-decrypt=FILE`.";
    case MDM_FILEKIND_CSR:
        return "vendor.csr belongs at developer.apple.com (certificate type \"MDM CSR\"); a customer's CSR has to be "
               "signed first: `mdmvendor sign` makes the request, and so do steps 2 and 4.";
    case MDM_FILEKIND_CERTIFICATE:
        return "A certificate is what Apple's portals issue: `mdmvendor status FILE` shows which one it is.";
    case MDM_FILEKIND_PRIVATE_KEY:
    case MDM_FILEKIND_PKCS12:
    case MDM_FILEKIND_JKS:
    case MDM_FILEKIND_JCEKS:
    case MDM_FILEKIND_PUTTY:
    case MDM_FILEKIND_KEYCHAIN:
        return "Never upload it: it holds a private key. The portal takes the request alone, plist_encode.txt.";
    default:
        return "It is another file. The portal takes the request alone, plist_encode.txt, exactly as it was made.";
    }
}

static enum mdm_verdict check_base64(struct verify_run *run)
{
    const struct mdm_bytes *file = run->file;
    const size_t skip = mdm_text_mark(file->data, file->size);

    if (file->size > LIMIT)
        return says(run, MDM_FAIL, "it is larger than 1 MiB; a push certificate request has about 12 KiB");
    /* The digits of an encrypted message are base64, too. */
    if (!mdm_filekind_is_encrypted(file) &&
        (file->size <= skip || mdm_base64_decode(file->data + skip, file->size - skip, &run->xml, &run->why) == 0))
        return run->xml.size > 0 ? says(run, MDM_PASS, "%zu bytes of base64", file->size)
                                 : says(run, MDM_FAIL, "it is empty");
    const enum mdm_filekind kind = mdm_filekind_of(file);
    if (kind == MDM_FILEKIND_UNKNOWN || run->why.code == MDM_E_MEMORY) {
        mdm_error_context(&run->why, "it is not base64");
        return MDM_FAIL;
    }
    mdm_error_clear(&run->why);
    if (kind == MDM_FILEKIND_PLIST)
        return says(run, MDM_FAIL,
                    "it is a plain property list, and the portal accepts only its base64 form" MDM_HINT
                    "Encode it: `openssl base64 -A -in FILE -out plist_encode`.");
    return says(run, MDM_FAIL, "it is %s, not a push certificate request" MDM_HINT "%s", mdm_filekind_words(kind),
                hint_for(kind));
}

static enum mdm_verdict check_plist(struct verify_run *run)
{
    const struct mdm_bytes *xml = &run->xml;

    if (xml->size == 0)
        return says(run, MDM_SKIPPED, "nothing could be decoded");
    if (xml->size >= 6 && memcmp(xml->data, "bplist", 6) == 0)
        return says(run, MDM_FAIL, "it is a binary property list, and the portal accepts only XML");
    run->plist = mdm_plist_read(xml, &run->why);
    if (run->plist != NULL)
        return says(run, MDM_PASS, "an XML property list with a dictionary");
    const enum mdm_filekind kind = mdm_filekind_of(xml);
    if (kind != MDM_FILEKIND_UNKNOWN && kind != MDM_FILEKIND_PLIST)
        mdm_error_context(&run->why, "its base64 text holds %s", mdm_filekind_words(kind));
    return MDM_FAIL;
}

/* Every string is looked for, so that what is there can be checked; the first error stays. */
static enum mdm_verdict check_keys(struct verify_run *run)
{
    if (run->plist == NULL)
        return says(run, MDM_SKIPPED, "there is no property list");
    if (mdm_plist_strings(run->plist, run->texts, &run->why) != 0)
        return MDM_FAIL;
    return says(run, MDM_PASS, "%s, %s and %s are there and are strings", mdm_plist_keys[MDM_PART_CSR],
                mdm_plist_keys[MDM_PART_CHAIN], mdm_plist_keys[MDM_PART_SIGNATURE]);
}

/* Reads what the string says. */
static int read_part(struct verify_run *run, enum mdm_part i)
{
    struct mdm_bytes *part = &run->request.parts[i];
    const char *text = run->texts[i];

    if (i == MDM_PART_CHAIN)
        return mdm_bytes_append_text(part, text, &run->why);
    if (strstr(text, "-----BEGIN ") != NULL)
        return mdm_error_set(&run->why, MDM_E_FAILED, "%s is PEM text, but the base64 of the DER form is expected",
                             mdm_plist_keys[i]);
    if (mdm_base64_decode(text, strlen(text), part, &run->why) != 0)
        return mdm_error_context(&run->why, "%s", mdm_plist_keys[i]);
    return part->size > 0 ? 0 : mdm_error_set(&run->why, MDM_E_FAILED, "%s is empty", mdm_plist_keys[i]);
}

int mdm_request_read(const struct mdm_bytes *file, struct mdm_request *request, struct mdm_error *err)
{
    MDM_OWNED(free_run) struct verify_run run = {.file = file};
    /* The chain is asked for whatever the other two parts are, so it comes first. */
    const bool whole = check_base64(&run) == MDM_PASS && check_plist(&run) == MDM_PASS &&
                       check_keys(&run) == MDM_PASS && read_part(&run, MDM_PART_CHAIN) == 0 &&
                       read_part(&run, MDM_PART_CSR) == 0 && read_part(&run, MDM_PART_SIGNATURE) == 0;

    *request = run.request;
    run.request = (struct mdm_request){0};
    ERR_clear_error();
    return whole ? 0 : mdm_error_copy(err, &run.why);
}

const char *mdm_cert_not_for_requests(const struct mdm_cert *cert)
{
    const struct mdm_cert_facts *facts = &cert->facts;

    if (facts->kind == MDM_CERT_PUSH)
        return "is a push certificate, but the vendor certificate is expected";
    if (mdm_cert_is_ca(cert))
        return "is a CA certificate, but the vendor certificate is expected";
    /* Without purposes it may be one that Apple makes in a new way: the caller warns. */
    if (!facts->vendor_marker && facts->has_purposes)
        return "is a certificate of another type than \"MDM CSR\" (for a web server or for signing code, perhaps)";
    if (EVP_PKEY_is_a(X509_get0_pubkey(cert->x509), "RSA") != 1)
        return "has a key that is not RSA, and Apple accepts only RSA signatures";
    /* All bits are set when there is no such extension. */
    if ((X509_get_key_usage(cert->x509) & KU_DIGITAL_SIGNATURE) == 0)
        return "is not for digital signatures: its key usage says so";
    return NULL;
}

static enum mdm_verdict check_csr(struct verify_run *run)
{
    run->csr = mdm_csr_from_bytes(&run->request.parts[MDM_PART_CSR], mdm_plist_keys[MDM_PART_CSR], &run->why);
    if (run->csr == NULL)
        return MDM_FAIL;
    const struct mdm_csr_facts *facts = &run->csr->facts;
    if (!mdm_bytes_equal(&facts->der, &run->request.parts[MDM_PART_CSR]))
        return says(run, MDM_FAIL, "%s holds more than the DER of one CSR", mdm_plist_keys[MDM_PART_CSR]);
    if (facts->version != X509_REQ_VERSION_1)
        return says(run, MDM_FAIL, "the CSR's version field is %ld, but only 0 is defined", facts->version);
    if (!facts->attributes_ok)
        return says(run, MDM_FAIL, "the CSR's attributes cannot be read");
    return says(run, MDM_PASS, "%s", facts->subject);
}

static enum mdm_verdict check_csr_signature(struct verify_run *run)
{
    if (run->csr->facts.rsa_bits == 0)
        return says(run, MDM_SKIPPED, "only RSA signatures are checked");
    if (mdm_csr_verify(run->csr))
        return says(run, MDM_PASS, "the CSR is signed with its own key");
    return says(
        run, MDM_FAIL,
        "the CSR's own signature is wrong: the CSR is damaged or was changed (or is not signed with RSA, PKCS #1 "
        "v1.5)");
}

static enum mdm_verdict check_csr_key(struct verify_run *run)
{
    if (mdm_ossl_check_rsa(run->csr->pkey, "the key of", mdm_plist_keys[MDM_PART_CSR], &run->why) != 0)
        return MDM_FAIL;
    return says(run, MDM_PASS, "RSA %d", MDM_KEY_BITS);
}

static enum mdm_verdict check_chain(struct verify_run *run)
{
    const int shown_max = 40; /* as much of a line as lets a person find it */
    const struct mdm_bytes *pem = &run->request.parts[MDM_PART_CHAIN];
    struct mdm_pem_block block;
    size_t at = 0;

    if (mdm_certs_from_bytes(pem, mdm_plist_keys[MDM_PART_CHAIN], &run->certs, &run->why) != 0)
        return MDM_FAIL;
    /* The first that is not a CA's, wherever it is: so that the other checks can be made whatever the order. */
    for (size_t i = run->certs.count; i-- > 0;)
        if (!mdm_cert_is_ca(run->certs.items[i]))
            run->vendor = run->certs.items[i];
    /* CERTIFICATE blocks and white space. Readers of PEM pass over all else; Apple's need not. */
    for (bool more = true; more;) {
        const char *text = (const char *)pem->data + at, *next = (const char *)pem->data + pem->size;

        more = mdm_pem_next(pem, &at, &block);
        if (more && mdm_pem_ends(&block, "PRIVATE KEY"))
            (void)snprintf(run->why.hint, sizeof run->why.hint,
                           "Do not upload it or pass it on: whoever has it has the key. Make a new request without "
                           "the key: `mdmvendor sign` does. If it has left this computer already, replace the key.");
        if (more && !mdm_pem_is(&block, "CERTIFICATE"))
            return says(run, MDM_FAIL, "there is a block \"%.*s\" in the chain; only \"CERTIFICATE\" may be there",
                        (int)block.label_size, block.label);
        if (more)
            next = block.label - strlen("-----BEGIN ");
        text += mdm_space(text, (size_t)(next - text));
        if (text < next) {
            const size_t line = strcspn(text, "\r\n");

            return says(run, MDM_FAIL, "the chain holds text that is not a certificate: '%.*s'",
                        line < (size_t)shown_max ? (int)line : shown_max, text);
        }
    }
    return says(run, MDM_PASS, "%zu certificate%s", run->certs.count, run->certs.count == 1 ? "" : "s");
}

/* Leaves out white space at both ends; returns what is left of the size. */
static size_t trim(const char **text, size_t size)
{
    const size_t space = mdm_space(*text, size);

    *text += space;
    size -= space;
    while (size > 0 && mdm_space(*text + size - 1, 1) == 1)
        size--;
    return size;
}

/* RFC 7468 section 2, and Apple's page: every line but the last has exactly 64 characters. */
#define PEM_COLUMNS 64

static enum mdm_verdict check_pem_lines(struct verify_run *run)
{
    const struct mdm_bytes *pem = &run->request.parts[MDM_PART_CHAIN];
    struct mdm_pem_block block;
    size_t at = 0;

    for (size_t number = 1; mdm_pem_next(pem, &at, &block); number++) {
        const char *behind = (const char *)pem->data + at, *text = block.body;
        size_t left = trim(&text, block.body_size), size;
        bool alone = memchr(block.body, '\n', (size_t)(text - block.body)) != NULL;

        for (size_t line = 1; left > 0; line++, text += size, left -= size) {
            const char *newline = memchr(text, '\n', left), *shown = text;

            size = newline != NULL ? (size_t)(newline + 1 - text) : left;
            const size_t length = trim(&shown, size);
            if (newline == NULL ? length > PEM_COLUMNS : length != PEM_COLUMNS)
                return says(run, MDM_FAIL,
                            "line %zu of certificate %zu has %zu characters; all but the last must have %d", line,
                            number, length, PEM_COLUMNS);
        }
        alone = alone && memchr(text, '\n', (size_t)(block.body + block.body_size - text)) != NULL;
        if (!alone || strchr("\n", behind[strspn(behind, " \t\r")]) == NULL)
            return says(run, MDM_FAIL, "the BEGIN and END marks of certificate %zu must be on lines of their own",
                        number);
    }
    return says(run, MDM_PASS, "lines of %d characters", PEM_COLUMNS);
}

/* Whether the chain is complete, `chain trust` tells. Its order is another thing: mdmutil writes root, intermediate,
 * vendor, and nobody has seen the portal refuse that. */
static enum mdm_verdict check_chain_order(struct verify_run *run)
{
    struct mdm_cert *const *certs = run->certs.items;
    const size_t count = run->certs.count;
    size_t good = 1; /* certificates from the first on that are each issued by the next */

    if (run->vendor == NULL)
        return says(run, MDM_FAIL, "there are only CA certificates in the chain, and no vendor certificate");
    if (certs[0] != run->vendor)
        return says(run, MDM_WARN,
                    "the first certificate is '%s'; the usual order is vendor certificate, intermediate, root",
                    certs[0]->facts.subject);
    while (good < count && !mdm_cert_issued(certs[good - 1], certs[good - 1]) &&
           mdm_cert_issued(certs[good], certs[good - 1]))
        good++;
    if (good == count)
        return says(run, MDM_PASS, "each certificate was issued by the next");
    const struct mdm_cert_facts *last = &certs[good - 1]->facts, *next = &certs[good]->facts;
    if (last->kind == MDM_CERT_ROOT)
        return says(run, MDM_WARN, "'%s' follows the root and does not belong to the chain", next->subject);
    /* One that names the next as its issuer and does not verify is no matter of order. */
    return says(run, strcmp(last->issuer, next->subject) == 0 ? MDM_FAIL : MDM_WARN,
                "certificate %zu, '%s', was not issued by the next, '%s'", good, last->subject, next->subject);
}

static enum mdm_verdict check_vendor(struct verify_run *run)
{
    const char *subject = run->vendor->facts.subject, *fault = mdm_cert_not_for_requests(run->vendor);

    if (fault != NULL)
        return says(run, MDM_FAIL, "'%s' %s", subject, fault);
    if (!run->vendor->facts.vendor_marker)
        return says(run, MDM_WARN, "'%s' lacks the marker 1.2.840.113635.100.4.12 of MDM vendor certificates", subject);
    return says(run, MDM_PASS, "%s", subject);
}

static enum mdm_verdict check_trust(struct verify_run *run)
{
    const struct mdm_certs *chain = &run->chain;

    /* The portal knows the request's certificates; ours only serve to name what is missing there. */
    if (mdm_trust_path(run->trust, run->vendor, &run->certs, run->at, &run->chain, &run->why) != 0)
        return MDM_FAIL;
    for (size_t i = 1; i < chain->count; i++)
        if (!mdm_certs_have(&run->certs, chain->items[i]))
            return says(run, MDM_FAIL, "the chain in the request lacks '%s': the portal wants all of it",
                        chain->items[i]->facts.subject);
    return says(run, MDM_PASS, "complete up to '%s'", chain->items[chain->count - 1]->facts.subject);
}

static enum mdm_verdict check_dates(struct verify_run *run)
{
    /* Certificates that do not belong to the chain may be of any age; without a chain all of them are looked at. */
    const struct mdm_certs *certs = run->chain.count > 0 ? &run->chain : &run->certs;
    const struct mdm_cert_facts *first = &certs->items[0]->facts; /* that expires first */

    for (size_t i = 0; i < certs->count; i++) {
        if (mdm_cert_check_dates(certs->items[i], run->at, &run->why) != 0)
            return MDM_FAIL;
        if (certs->items[i]->facts.not_after < first->not_after)
            first = &certs->items[i]->facts;
    }
    return says(run, MDM_PASS, "all certificates are valid; the first one expires on %s", first->last_day);
}

static enum mdm_verdict check_signature(struct verify_run *run)
{
    EVP_PKEY *vendor_key = X509_get0_pubkey(run->vendor->x509);
    const struct mdm_der der = mdm_der_of(&run->request.parts[MDM_PART_CSR]);
    const struct mdm_der signature = mdm_der_of(&run->request.parts[MDM_PART_SIGNATURE]);
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes pem = {0}, base64 = {0};

    if (mdm_ossl_verifies(vendor_key, "SHA256", der, signature))
        return says(run, MDM_PASS, "SHA-256 over the CSR's DER form, made with the vendor's key");
    /* Mistakes that tools and people are known to make. */
    if (mdm_ossl_verifies(vendor_key, "SHA1", der, signature))
        return says(run, MDM_FAIL, "it is a SHA-1 signature; Apple now accepts only SHA-256");
    if (mdm_csr_to_pem(run->csr, &pem, NULL) == 0 &&
        mdm_ossl_verifies(vendor_key, "SHA256", mdm_der_of(&pem), signature))
        return says(run, MDM_FAIL, "it was made over the CSR's PEM text, but the DER form is expected");
    if (mdm_base64_encode(der.data, der.size, &base64, NULL) == 0 &&
        mdm_ossl_verifies(vendor_key, "SHA256", mdm_der_of(&base64), signature))
        return says(run, MDM_FAIL, "it was made over the CSR's base64 text, but the DER form is expected");
    if (run->csr->pkey != NULL && mdm_ossl_verifies(run->csr->pkey, "SHA256", der, signature))
        return says(run, MDM_FAIL, "it was made with the customer's key, but the vendor's is expected");
    return says(run, MDM_FAIL,
                "it does not verify with the vendor certificate: it was made with another key, or over another CSR");
}

static enum mdm_verdict check_keys_differ(struct verify_run *run)
{
    if (mdm_key_id_equal(&run->csr->facts.key_id, &run->vendor->facts.key_id))
        return says(run, MDM_FAIL, "the CSR holds the vendor's own key: the roles of vendor and customer are mixed up");
    return says(run, MDM_PASS, "vendor and customer have keys of their own");
}

#define REMAKE  "Have the request made again: `mdmvendor sign` makes one from the customer's CSR."
#define RESIGN  "Get the CSR again from whoever made it, and have it signed again."
#define NEW_CSR "The customer needs a new RSA 2048 key and CSR: mdmvendor csr, run by the customer, makes both."
#define REORDER                                                                                                        \
    "Put vendor certificate, intermediate and root there in this order, each as `openssl x509` prints it; "            \
    "`mdmvendor sign` does."

/* What several checks cannot do without; those before them have found it. */
enum needs { NOTHING, A_CSR = 1 << 0, A_CERT = 1 << 1, A_VENDOR = 1 << 2 };

static const struct {
    const char *name;
    enum mdm_part part; /* that it is about; MDM_PARTS: none */
    unsigned needs;
    enum mdm_verdict (*check)(struct verify_run *run);
    enum mdm_code when_failed;
    const char *hint;
} checks[MDM_CHECKS] = {
    {"base64", MDM_PARTS, NOTHING, check_base64, MDM_E_FAILED,
     "The portal takes the request alone, plist_encode.txt, exactly as it was made. If it was changed since, have it "
     "made again: `mdmvendor sign` does."},
    {"plist", MDM_PARTS, NOTHING, check_plist, MDM_E_FAILED, REMAKE},
    {"keys", MDM_PARTS, NOTHING, check_keys, MDM_E_FAILED, REMAKE},
    {"csr", MDM_PART_CSR, NOTHING, check_csr, MDM_E_REFUSED, REMAKE},
    {"csr signature", MDM_PARTS, A_CSR, check_csr_signature, MDM_E_REFUSED, RESIGN},
    {"csr key", MDM_PARTS, A_CSR, check_csr_key, MDM_E_REFUSED, NEW_CSR},
    {"chain", MDM_PART_CHAIN, NOTHING, check_chain, MDM_E_REFUSED, REORDER},
    {"pem lines", MDM_PARTS, A_CERT, check_pem_lines, MDM_E_REFUSED, REORDER},
    {"chain order", MDM_PARTS, A_CERT, check_chain_order, MDM_E_REFUSED, REORDER},
    {"vendor certificate", MDM_PARTS, A_VENDOR, check_vendor, MDM_E_REFUSED,
     "The first certificate must be the one that developer.apple.com issued (certificate type \"MDM CSR\")."},
    {"chain trust", MDM_PARTS, A_VENDOR, check_trust, MDM_E_REFUSED,
     "The CA certificates are at https://www.apple.com/certificateauthority/; `mdmvendor sign` puts them in."},
    {"dates", MDM_PARTS, A_CERT, check_dates, MDM_E_REFUSED,
     "Get a new vendor certificate at developer.apple.com, and have the CSR signed again."},
    {"signature", MDM_PART_SIGNATURE, A_CSR | A_VENDOR, check_signature, MDM_E_REFUSED,
     "Have the CSR signed again, with the vendor's key and SHA-256: `mdmvendor sign` does."},
    {"keys differ", MDM_PARTS, A_CSR | A_VENDOR, check_keys_differ, MDM_E_REFUSED, NEW_CSR},
};

static enum mdm_verdict make_check(struct verify_run *run, size_t i)
{
    const enum mdm_part part = checks[i].part;
    const unsigned needs = checks[i].needs;
    const char *lacks = (needs & A_CSR) != 0 && run->csr == NULL         ? "there is no CSR to check"
                        : (needs & A_CERT) != 0 && run->certs.count == 0 ? "there is no certificate"
                        : (needs & A_VENDOR) != 0 && run->vendor == NULL ? "there is no vendor certificate in the chain"
                                                                         : NULL;

    if (lacks != NULL)
        return says(run, MDM_SKIPPED, "%s", lacks);
    if (part != MDM_PARTS && run->texts[part] == NULL)
        return says(run, MDM_SKIPPED, "there is no %s", mdm_plist_keys[part]);
    if (part != MDM_PARTS && read_part(run, part) != 0)
        return MDM_FAIL;
    return checks[i].check(run);
}

int mdm_request_verify(const struct mdm_bytes *file, const struct mdm_trust *trust, mdm_time at,
                       struct mdm_report *report, struct mdm_error *err)
{
    MDM_OWNED(free_run) struct verify_run run = {.file = file, .trust = trust, .at = at};

    for (size_t i = 0; i < MDM_CHECKS; i++) {
        struct mdm_check *check = &report->items[report->count++];

        mdm_error_clear(&run.why);
        check->name = checks[i].name;
        check->verdict = make_check(&run, i);
        ERR_clear_error();
        const char *hint = run.why.hint[0] != '\0' ? run.why.hint : checks[i].hint;
        check->detail = mdm_text_safe(run.why.text, strlen(run.why.text));
        check->hint = check->verdict == MDM_FAIL ? mdm_text_safe(hint, strlen(hint)) : NULL;
        if (run.why.code == MDM_E_MEMORY || check->detail == NULL ||
            (check->verdict == MDM_FAIL && check->hint == NULL)) {
            mdm_report_free(report);
            return mdm_error_memory(err);
        }
        if (check->verdict != MDM_FAIL)
            continue;
        if (report->failed == NULL)
            report->failed = check;
        const enum mdm_code code = run.why.code == MDM_E_EXPIRED ? MDM_E_EXPIRED : checks[i].when_failed;
        /* "Not a request" outweighs "refused", and that outweighs "expired", which is the outcome only when nothing
         * else is wrong: the lower code does. */
        if (report->code == MDM_OK || code < report->code)
            report->code = code;
    }
    report->csr = mdm_take_at(&run.csr);
    return 0;
}

void mdm_report_free(struct mdm_report *report)
{
    if (report == NULL)
        return;
    for (size_t i = 0; i < report->count; i++) {
        free(report->items[i].detail);
        free(report->items[i].hint);
    }
    mdm_csr_free(&report->csr);
    *report = (struct mdm_report){0};
}
