/* The commands and the options, a row each, and how values are read. */
#include "cli/opt.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "flow/state.h"
#include "pki/csr.h"

#define ON(name)           (1U << MDM_COMMAND_##name)
#define EVERY              ((1U << MDM_COMMAND_COUNT) - 1U)
#define WORK               (STEPS | ON(CSR) | ON(UNDO) | ON(STATUS) | ON(VERIFY) | ON(SIGN) | ON(IMPORT) | ON(EXPORT) | ON(REHEARSE))
#define STEPS              (ON(RUN) | ON(STEP) | ON(RENEW)) /* the commands that go through the steps */
#define INTO(setter, name) setter, offsetof(struct mdm_options, name)

const struct opt_command opt_commands[MDM_COMMAND_COUNT] = {
    [MDM_COMMAND_RUN] = {NULL, "", "go on from where the work folder stands, through step 3"},
    [MDM_COMMAND_STEP] = {"1|2|3|4", "", "redo that step, then go on (4 does not go on)"},
    [MDM_COMMAND_CSR] = {"csr", "", "only a customer's key and CSR, for a vendor to sign"},
    [MDM_COMMAND_RENEW] = {"renew", "", "the yearly renewal, same topic"},
    [MDM_COMMAND_UNDO] = {"undo", "", "put back what the last command replaced"},
    [MDM_COMMAND_STATUS] = {"status", "[FILE...]", "what is here, what is next, what expires when"},
    [MDM_COMMAND_VERIFY] = {"verify", "[FILE...]", "check a request (plist_encode) as Apple's portal would"},
    [MDM_COMMAND_SIGN] = {"sign", "CSR...", "sign customers' CSRs: one, thousands, or \"-\""},
    [MDM_COMMAND_IMPORT] = {"import", "FILE...", "bring in the key and certificate of another tool or server"},
    [MDM_COMMAND_EXPORT] = {"export", "", "certificate and key for servers that do not take the pfx"},
    [MDM_COMMAND_REHEARSE] = {"rehearse", "[DIR]", "practise all three steps with a practice Apple, offline"},
    [MDM_COMMAND_HELP] = {"help", "[TOPIC]", "this text, or help on a command, a step, servers, capability"},
};

static int set_flag(void *member, const char *value, struct mdm_error *err)
{
    (void)err;
    *(bool *)member = value == NULL; /* a flag has none */
    return 0;
}

static int set_text(void *member, const char *value, struct mdm_error *err)
{
    (void)err;
    *(const char **)member = value == NULL ? "" : value;
    return 0;
}

static int set_subject(void *member, const char *value, struct mdm_error *err)
{
    MDM_OWNED(mdm_subject_free) struct mdm_subject *subject = mdm_subject_parse(value, err);

    return subject != NULL ? set_text(member, value, err) : -1;
}

static int set_account(void *member, const char *value, struct mdm_error *err)
{
    return mdm_account_check(value, err) != 0 ? -1 : set_text(member, value, err);
}

/* A PIN in the URI would be on the command line, which everybody on this machine can read. */
static int set_vendor_key(void *member, const char *value, struct mdm_error *err)
{
    if (strncmp(value, "pkcs11:", 7) != 0 || strstr(value, "pin-value=") == NULL)
        return set_text(member, value, err);
    return mdm_error_set(err, MDM_E_USAGE,
                         "a PIN (pin-value) is not accepted here, where others can read it" MDM_HINT
                         "Set the PIN in openssl.cnf, or name a file that holds it: pin-source=file:PATH.");
}

static int set_number(int *member, const char *value, long minimum, long maximum, struct mdm_error *err)
{
    char *end = NULL;
    const long number = strtol(value, &end, 10); /* the greatest one, when it has too many digits */

    if (!isdigit((unsigned char)value[0]) || *end != '\0' || number < minimum || number > maximum)
        return mdm_error_set(err, MDM_E_USAGE, "'%s' is not a whole number from %ld to %ld", value, minimum, maximum);
    *member = (int)number;
    return 0;
}

static int set_days(void *member, const char *value, struct mdm_error *err)
{
    return set_number(member, value, 0, 36500, err);
}

static int set_jobs(void *member, const char *value, struct mdm_error *err)
{
    return set_number(member, value, 1, 1024, err);
}

/* --json is --format json. */
static int set_format(void *member, const char *value, struct mdm_error *err)
{
    static const char *const names[MDM_FORMAT_COUNT] = {"text", "json", "nagios", "prometheus", "ics"};

    for (int i = 0; i < MDM_FORMAT_COUNT; i++)
        if (strcmp(names[i], value != NULL ? value : "json") == 0) {
            *(enum mdm_format *)member = (enum mdm_format)i;
            return 0;
        }
    return mdm_error_set(err, MDM_E_USAGE, "'%s' is not one of text, json, nagios, prometheus and ics", value);
}

static int set_date(void *member, const char *value, struct mdm_error *err)
{
    return mdm_time_parse(value, member, err);
}

static int set_pfx(void *member, const char *value, struct mdm_error *err)
{
    if (strcmp(value, "compat") != 0 && strcmp(value, "modern") != 0)
        return mdm_error_set(err, MDM_E_USAGE, "'%s' is neither compat nor modern", value);
    *(enum mdm_p12_form *)member = value[0] == 'c' ? MDM_P12_COMPAT : MDM_P12_MODERN;
    return 0;
}

static int set_wait(void *member, const char *value, struct mdm_error *err)
{
    *(int *)member = MDM_WAIT_ENDLESS;
    return value == NULL ? 0 : set_number(member, value, 0, INT_MAX, err);
}

static int set_no_wait(void *member, const char *value, struct mdm_error *err)
{
    (void)value;
    (void)err;
    *(int *)member = MDM_WAIT_NEVER;
    return 0;
}

const struct opt_option opt_options[] = {
    {'C', "directory", "DIR", INTO(set_text, flow.directory), WORK | OPT_ANYWHERE},
    {0, "vendor-password-file", "FILE", INTO(set_text, password_file[MDM_ROLE_VENDOR]),
     STEPS | ON(SIGN) | ON(IMPORT) | ON(REHEARSE) | OPT_ANYWHERE},
    {0, "customer-password-file", "FILE", INTO(set_text, password_file[MDM_ROLE_CUSTOMER]),
     STEPS | ON(CSR) | ON(STATUS) | ON(IMPORT) | ON(EXPORT) | ON(REHEARSE) | OPT_ANYWHERE},
    {0, "vendor-subject", "DN", INTO(set_subject, subject[MDM_ROLE_VENDOR]), STEPS | ON(REHEARSE)},
    {0, "customer-subject", "DN", INTO(set_subject, subject[MDM_ROLE_CUSTOMER]), STEPS | ON(CSR) | ON(REHEARSE)},
    {0, "apple-account", "NAME", INTO(set_account, flow.apple_account), STEPS | ON(CSR)},
    {0, "vendor-key", "FILE|URI", INTO(set_vendor_key, flow.vendor_key), STEPS | ON(SIGN) | ON(STATUS)},
    {0, "vendor-cert", "FILE", INTO(set_text, flow.vendor_cert), STEPS | ON(SIGN) | ON(STATUS)},
    {0, "no-input", NULL, INTO(set_flag, no_input),
     STEPS | ON(CSR) | ON(STATUS) | ON(SIGN) | ON(IMPORT) | ON(EXPORT) | ON(REHEARSE) | OPT_ANYWHERE},
    {0, "wait", "[SECONDS]", INTO(set_wait, wait_seconds), STEPS},
    {0, "no-wait", NULL, INTO(set_no_wait, wait_seconds), STEPS},
    {0, "downloads", "[DIR]", INTO(set_text, downloads), STEPS},
    {0, "keep-key", NULL, INTO(set_flag, flow.keep_key), ON(STEP) | ON(RENEW)},
    {0, "pfx", "compat|modern", INTO(set_pfx, flow.pfx), STEPS | ON(IMPORT) | ON(REHEARSE)},
    {0, "accept-new-topic", NULL, INTO(set_flag, flow.accept_new_topic), STEPS},
    {0, "abandon", NULL, INTO(set_flag, abandon), ON(RENEW)},
    {0, "renew", NULL, INTO(set_flag, renew), ON(REHEARSE)},
    {0, "ca-file", "FILE", INTO(set_text, ca_file), STEPS | ON(STATUS) | ON(VERIFY) | ON(SIGN) | OPT_ANYWHERE},
    {0, "at", "DATE", INTO(set_date, at), ON(STATUS) | ON(VERIFY)},
    {0, "days", "N", INTO(set_days, flow.warn_days), STEPS | ON(STATUS)},
    {'o', "output", "FILE", INTO(set_text, output), ON(SIGN)},
    {0, "output-dir", "DIR", INTO(set_text, output_dir), ON(SIGN)},
    {0, "from", "LIST", INTO(set_text, from), ON(SIGN)},
    {'j', "jobs", "N", INTO(set_jobs, jobs), ON(SIGN)},
    {0, "p12", "FILE", INTO(set_text, export_to[MDM_EXPORT_P12]), ON(EXPORT)},
    {0, "pem", "FILE", INTO(set_text, export_to[MDM_EXPORT_PEM]), ON(EXPORT)},
    {0, "key", "FILE", INTO(set_text, export_to[MDM_EXPORT_KEY]), ON(EXPORT)},
    {0, "pkcs1", NULL, INTO(set_flag, pkcs1), ON(EXPORT)},
    {0, "json", NULL, INTO(set_format, format), STEPS | ON(CSR) | ON(STATUS) | ON(VERIFY) | ON(SIGN) | ON(IMPORT)},
    {0, "format", "FORMAT", INTO(set_format, format), ON(STATUS)},
    {'q', "quiet", NULL, INTO(set_flag, quiet), WORK | OPT_ANYWHERE},
    {0, "no-color", NULL, INTO(set_flag, no_color), WORK | OPT_ANYWHERE},
    {0, "debug", NULL, INTO(set_flag, debug), WORK | OPT_ANYWHERE},
    {'h', "help", NULL, INTO(set_flag, help), EVERY},
    {'V', "version", NULL, INTO(set_flag, version), ON(RUN) | OPT_ANYWHERE},
    {0, "table", NULL, INTO(set_flag, table), ON(HELP)},
};

const size_t opt_option_count = sizeof opt_options / sizeof opt_options[0];
