/* All commands and all options, each in one row. */
#include "cli/opt_table.h"

#define BIT(name) (1U << MDM_COMMAND_##name)
#define EVERY     ((1U << MDM_COMMAND_COUNT) - 1U)
/* The commands that walk through the steps. */
#define STEPS       (BIT(RUN) | BIT(STEP) | BIT(RENEW))
#define FIELD(name) offsetof(struct mdm_options, name)

const struct opt_command opt_commands[MDM_COMMAND_COUNT] = {
    [MDM_COMMAND_RUN] =
        {
            NULL,
            "",
            0,
            "go on from wherever the files say we are, through step 3",
            "Walks you to an Apple MDM push certificate, in three steps with two visits to Apple's web portals in "
            "between. Every start looks at the files in inputs/ and outputs/, does what can be done, and says what you "
            "do next; stop whenever you like, and run it again to go on.\n",
        },
    [MDM_COMMAND_STEP] =
        {
            "1|2|3|4",
            "",
            0,
            "redo that step, then go on (4 stands alone)",
            "Does a step again although it is done, then goes on through step 3. What it replaces moves to "
            "outputs/archive/; nothing is deleted. With --keep-key the key stays, and only what follows from it is "
            "made "
            "again. `mdmvendor help 2` explains step 2, and so on.\n",
        },
    [MDM_COMMAND_SIGN] =
        {
            "sign",
            "CSR...",
            SIZE_MAX,
            "sign customers' CSRs: one, thousands, or \"-\"",
            "Signs customers' certificate signing requests with the vendor key: one, many, or with - the one on "
            "standard "
            "input, to standard output. Each becomes a push certificate request (plist_encode) that its customer "
            "uploads "
            "at identity.apple.com/pushcert. Requests that are there already are verified and left alone.\n"
            "\n"
            "A bad CSR among many is reported and skipped. The status is 0 when all are signed, 1 when a CSR cannot be "
            "read or a request not be written, else 5 when one is refused: a weak key, say, or a signature that does "
            "not hold.\n",
        },
    [MDM_COMMAND_CSR] =
        {
            "csr",
            "",
            0,
            "a customer's side alone: customer.key + customer.csr",
            "Makes outputs/customer.key and outputs/customer.csr and nothing else; no vendor key is needed. Send "
            "customer.csr to your vendor, who signs it (`mdmvendor sign customer.csr`) and returns the request that "
            "you "
            "upload. The key stays with you.\n",
        },
    [MDM_COMMAND_RENEW] =
        {
            "renew",
            "",
            0,
            "the yearly renewal, same topic",
            "Renews the push certificate: a new customer key, CSR and request, to be uploaded with the button Renew on "
            "the "
            "row of the old certificate, so that the topic stays and no device has to enrol again. The old files move "
            "to "
            "outputs/archive/. With --abandon a renewal that has begun is given up and the old files are put back.\n",
        },
    [MDM_COMMAND_STATUS] =
        {
            "status",
            "",
            0,
            "what is here, what is next, when what expires",
            "Shows the state of the work folder. Reads only, asks nothing, and works while another mdmvendor runs. "
            "Exit "
            "status 6 when a certificate is expired or expires within --days N (30), for cron and monitoring.\n",
        },
    [MDM_COMMAND_VERIFY] =
        {
            "verify",
            "[FILE...]",
            SIZE_MAX,
            "check a plist_encode as Apple's portal would",
            "Checks push certificate requests, made by any tool, as Apple's portal would: encoding, property list, "
            "CSR, "
            "certificate chain, signature, dates. Without FILE: outputs/plist_encode of the work folder.\n",
        },
    [MDM_COMMAND_EXPORT] =
        {
            "export",
            "--pem FILE",
            0,
            "certificate + unencrypted key in one PEM, for nanomdm",
            "Writes the push certificate and its key, NOT encrypted, into one PEM file of mode 0600, for servers that "
            "take "
            "no pfx (NanoMDM). With --pkcs1 the key has the older form \"RSA PRIVATE KEY\" that mdmctl reads.\n",
        },
    [MDM_COMMAND_REHEARSE] =
        {
            "rehearse",
            "[DIR]",
            1,
            "all three steps against a practice Apple on this machine",
            "Walks through all three steps in a folder of its own (default: ./rehearsal), with a practice Apple on "
            "this "
            "machine that issues the certificates. What comes out works nowhere; it shows what will happen.\n",
        },
    [MDM_COMMAND_HELP] =
        {
            "help",
            "[COMMAND|STEP]",
            1,
            "this text, or what a command or step does",
            "Explains a command, or step 1, 2, 3 or 4.\n",
        },
};

const struct opt_option opt_options[] = {
    {"Work folder and answers", 'C', "directory", "DIR", OPT_TEXT, FIELD(directory), 0, 0, EVERY,
     "work folder that holds inputs/ and outputs/ (default: the current one)"},
    {NULL, 0, "vendor-password-file", "FILE", OPT_TEXT, FIELD(vendor_password_file), 0, 0, EVERY,
     "the vendor key's password is the first line of FILE; - is standard input (one line each, the vendor's first)"},
    {NULL, 0, "customer-password-file", "FILE", OPT_TEXT, FIELD(customer_password_file), 0, 0, EVERY,
     "the same for the customer key's, which also locks the pfx"},
    {NULL, 0, "vendor-subject", "DN", OPT_SUBJECT, FIELD(vendor_subject), 0, 0, STEPS | BIT(REHEARSE),
     "subject of vendor.csr, e.g. 'C=US,O=Acme,CN=MDM Vendor' (default: CN=MDM Vendor)"},
    {NULL, 0, "customer-subject", "DN", OPT_SUBJECT, FIELD(customer_subject), 0, 0, STEPS | BIT(CSR) | BIT(REHEARSE),
     "subject of customer.csr (default: CN=MDM Push)"},
    {NULL, 0, "vendor-key", "FILE|URI", OPT_TEXT, FIELD(vendor_key), 0, 0, STEPS | BIT(SIGN) | BIT(STATUS),
     "in place of outputs/vendor.key: a key file, or pkcs11:... for a key in a token"},
    {NULL, 0, "vendor-cert", "FILE", OPT_TEXT, FIELD(vendor_cert), 0, 0, STEPS | BIT(SIGN) | BIT(STATUS),
     "in place of inputs/mdm.cer"},
    {NULL, 0, "no-input", NULL, OPT_FLAG, FIELD(no_input), 0, 0, EVERY, "never ask"},

    {"Steps", 0, "wait", "[SECONDS]", OPT_WAIT, 0, 0, LONG_MAX, STEPS,
     "wait for Apple's file, for ever or so long (default at a terminal)"},
    {NULL, 0, "no-wait", NULL, OPT_NO_WAIT, 0, 0, 0, STEPS, "do not wait (default without a terminal): exit status 3"},
    {NULL, 0, "keep-key", NULL, OPT_FLAG, FIELD(keep_key), 0, 0, BIT(STEP) | BIT(RENEW),
     "with a step number or renew: keep the existing key, remake only what follows from it"},
    {NULL, 0, "pfx", "compat|modern", OPT_PFX, FIELD(pfx), 0, 0, STEPS | BIT(REHEARSE),
     "compat (default): 3DES and SHA-1, the one form that every MDM server reads; modern: AES-256 and SHA-256"},
    {NULL, 0, "accept-new-topic", NULL, OPT_FLAG, FIELD(accept_new_topic), 0, 0, STEPS,
     "let step 3 go on although the topic changed: every enrolled device has to enrol again"},
    {NULL, 0, "abandon", NULL, OPT_FLAG, FIELD(abandon), 0, 0, BIT(RENEW),
     "give up a renewal that has begun and put the old files back"},

    {"Checking", 0, "ca-file", "FILE", OPT_TEXT, FIELD(ca_file), 0, 0, EVERY,
     "trust the CA certificates in this PEM bundle instead of the built-in Apple ones"},
    {NULL, 0, "at", "DATE", OPT_DATE, FIELD(at), 0, 0, BIT(STATUS) | BIT(VERIFY),
     "as of that day: YYYY-MM-DD or RFC 3339"},
    {NULL, 0, "days", "N", OPT_NUMBER, FIELD(days), 0, 36500, STEPS | BIT(STATUS),
     "warn of, renew, or (status) report with exit status 6 certificates that expire within N days (default: 30)"},

    {"Signing and exporting", 'o', "output", "FILE", OPT_TEXT, FIELD(output), 0, 0, BIT(SIGN),
     "write the one request to FILE; - is standard output"},
    {NULL, 0, "output-dir", "DIR", OPT_TEXT, FIELD(output_dir), 0, 0, BIT(SIGN),
     "write each request to DIR, named after its CSR's file: acme.csr gives acme.plist_encode"},
    {NULL, 0, "from", "LIST", OPT_TEXT, FIELD(from), 0, 0, BIT(SIGN),
     "read the CSRs' paths from LIST, one a line or NUL-separated; - is standard input"},
    {NULL, 'j', "jobs", "N", OPT_NUMBER, FIELD(jobs), 1, 1024, BIT(SIGN),
     "sign N at a time (default: as many as there are processors)"},
    {NULL, 0, "pem", "FILE", OPT_TEXT, FIELD(pem), 0, 0, BIT(EXPORT), "the PEM file to write"},
    {NULL, 0, "pkcs1", NULL, OPT_FLAG, FIELD(pkcs1), 0, 0, BIT(EXPORT),
     "write the key as \"RSA PRIVATE KEY\", for mdmctl"},

    {"Everywhere", 0, "json", NULL, OPT_FLAG, FIELD(json), 0, 0, STEPS | BIT(CSR) | BIT(STATUS) | BIT(VERIFY),
     "print one JSON object to standard output"},
    {NULL, 'q', "quiet", NULL, OPT_FLAG, FIELD(quiet), 0, 0, EVERY, "say only results, warnings and errors"},
    {NULL, 0, "no-color", NULL, OPT_FLAG, FIELD(no_color), 0, 0, EVERY,
     "no colours (nor with NO_COLOR set or TERM=dumb)"},
    {NULL, 0, "debug", NULL, OPT_FLAG, FIELD(debug), 0, 0, EVERY, "show the crypto library's own words with errors"},
    {NULL, 'h', "help", NULL, OPT_FLAG, FIELD(help), 0, 0, EVERY, "show this text, or a command's with a command"},
    {NULL, 'V', "version", NULL, OPT_FLAG, FIELD(version), 0, 0, EVERY, "show the versions"},
    {NULL, 0, "table", NULL, OPT_FLAG, FIELD(table), 0, 0, BIT(HELP), NULL},
};

const size_t opt_option_count = sizeof opt_options / sizeof opt_options[0];
