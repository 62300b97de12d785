/* Judges a push certificate request as Apple's portal would: the list of checks, and what they come to. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pki/request_judge.h"

enum mdm_verdict mdm_judge_says(struct mdm_judge *judge, enum mdm_verdict verdict, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(judge->detail, sizeof judge->detail, format, arguments);
    va_end(arguments);
    return verdict;
}

enum mdm_verdict mdm_judge_fails(struct mdm_judge *judge, const struct mdm_error *err)
{
    (void)snprintf(judge->hint, sizeof judge->hint, "%s", err->hint);
    return mdm_judge_says(judge, MDM_FAIL, "%s", err->text);
}

static enum mdm_verdict judge_base64(struct mdm_judge *judge)
{
    struct mdm_error why = {0};

    if (mdm_parts_decode(judge->file, &judge->parts, &why) != 0)
        return mdm_judge_fails(judge, &why);
    return mdm_judge_says(judge, MDM_PASS, "%zu bytes of base64", judge->file->size);
}

static enum mdm_verdict judge_plist(struct mdm_judge *judge)
{
    struct mdm_error why = {0};

    if (judge->parts.xml.size == 0)
        return mdm_judge_says(judge, MDM_SKIPPED, "nothing could be decoded");
    if (mdm_parts_parse(&judge->parts, &why) != 0)
        return mdm_judge_fails(judge, &why);
    return mdm_judge_says(judge, MDM_PASS, "an XML property list with a dictionary");
}

static enum mdm_verdict judge_keys(struct mdm_judge *judge)
{
    struct mdm_error why = {0};

    if (judge->parts.plist == NULL)
        return mdm_judge_says(judge, MDM_SKIPPED, "there is no property list");
    if (mdm_parts_pick(&judge->parts, &why) != 0)
        return mdm_judge_fails(judge, &why);
    return mdm_judge_says(judge, MDM_PASS, "%s, %s and %s are there and are strings", MDM_REQUEST_CSR,
                          MDM_REQUEST_CHAIN, MDM_REQUEST_SIGNATURE);
}

#define REMAKE  "Have the request made anew: `mdmvendor sign` makes one of the customer's CSR."
#define RESIGN  "Get the CSR again as its maker has it, and have it signed again."
#define NEW_CSR "The customer needs a new key and CSR, RSA 2048: `mdmvendor csr` makes both."
#define REORDER                                                                                                        \
    "Put vendor certificate, intermediate and root there in this order, each as `openssl x509` prints it; "            \
    "`mdmvendor sign` does."

/* Each check needs only what those before it have found. */
static const struct {
    const char *name;
    enum mdm_verdict (*run)(struct mdm_judge *judge);
    enum mdm_code when_failed;
    const char *hint;
} checks[] = {
    {"base64", judge_base64, MDM_E_FAILED, "Upload the file as it was made: outputs/plist_encode.txt."},
    {"plist", judge_plist, MDM_E_FAILED, REMAKE},
    {"keys", judge_keys, MDM_E_FAILED, REMAKE},
    {"csr", mdm_judge_csr, MDM_E_REFUSED, REMAKE},
    {"csr signature", mdm_judge_csr_signature, MDM_E_REFUSED, RESIGN},
    {"csr key", mdm_judge_csr_key, MDM_E_REFUSED, NEW_CSR},
    {"chain", mdm_judge_chain, MDM_E_REFUSED, REORDER},
    {"pem lines", mdm_judge_pem_lines, MDM_E_REFUSED, REORDER},
    {"chain order", mdm_judge_chain_order, MDM_E_REFUSED, REORDER},
    {"vendor certificate", mdm_judge_vendor, MDM_E_REFUSED,
     "The first certificate must be the one that developer.apple.com issued (certificate type \"MDM CSR\")."},
    {"chain trust", mdm_judge_trust, MDM_E_REFUSED,
     "The CA certificates are at https://www.apple.com/certificateauthority/; `mdmvendor sign` puts them in."},
    {"dates", mdm_judge_dates, MDM_E_REFUSED,
     "Get a new vendor certificate at developer.apple.com, and have the CSR signed again."},
    {"signature", mdm_judge_signature, MDM_E_REFUSED,
     "Have the CSR signed again, with the vendor's key and SHA-256: `mdmvendor sign` does."},
    {"keys differ", mdm_judge_keys_differ, MDM_E_REFUSED, NEW_CSR},
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
static int write_words(const struct mdm_judge *judge, const char *usual_hint, struct mdm_check *check)
{
    const char *hint = judge->hint[0] != '\0' ? judge->hint : usual_hint;

    check->detail = mdm_text_safe(judge->detail, strlen(judge->detail));
    if (check->verdict == MDM_FAIL)
        check->hint = mdm_text_safe(hint, strlen(hint));
    return check->detail == NULL || (check->verdict == MDM_FAIL && check->hint == NULL) ? -1 : 0;
}

static int run_checks(struct mdm_judge *judge, struct mdm_report *report, struct mdm_error *err)
{
    for (size_t i = 0; i < CHECKS; i++) {
        struct mdm_check *check = &report->items[i];

        check->name = checks[i].name;
        judge->expired = false;
        judge->hint[0] = '\0';
        check->verdict = checks[i].run(judge);
        report->count++;
        if (write_words(judge, checks[i].hint, check) != 0)
            return mdm_error_set(err, MDM_E_FAILED, "out of memory");
        if (check->verdict == MDM_FAIL)
            check->code = judge->expired ? MDM_E_EXPIRED : checks[i].when_failed;
        report->code = outcome(report->code, check->code);
    }
    return 0;
}

int mdm_request_verify(const struct mdm_bytes *file, const struct mdm_trust *trust, mdm_time at,
                       struct mdm_report *report, struct mdm_error *err)
{
    struct mdm_judge judge = {.file = file, .trust = trust, .at = at};
    int result = -1;

    report->items = calloc(CHECKS, sizeof *report->items);
    if (report->items == NULL)
        (void)mdm_error_set(err, MDM_E_FAILED, "out of memory");
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
