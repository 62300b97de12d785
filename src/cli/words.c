/* What is said to the person who walks through the steps, mostly administrators who do this once a year. */
#include "cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/text.h"
#include "cli/say.h"
#include "flow/state.h"

#define PATH_TEXT_MAX (PATH_MAX + 64) /* in a shell's quotes */

/* Whom each step's product is for. */
static const char *const next_stations[] = {NULL, "developer.apple.com", "identity.apple.com", "your MDM server"};

const char *words_path(const char *directory, const char *name, char out[PATH_MAX])
{
    char *root = realpath(directory, NULL);

    (void)snprintf(out, PATH_MAX, "%s%s%s", root != NULL ? root : directory, name[0] != '\0' ? "/" : "", name);
    free(root);
    return out;
}

void words_header(int step, bool drawn)
{
    if (step < 1 || step > 3) {
        say(SAY_HEADING, "Step 4: another customer's CSR");
        return;
    }
    say(SAY_HEADING, "Step %d of 3: %s", step, mdm_step_name(step));
    for (int i = 1; drawn && i <= 3; i++)
        say(SAY_TEXT, "    [%c] %d  %-24s  -> %s%s",
            i < step    ? 'x'
            : i == step ? '>'
                        : ' ',
            i, mdm_step_name(i), next_stations[i], i == 3 ? "\n\n" : "");
}

void words_before_step1(void)
{
    say(SAY_HEADING, "An MDM push certificate from Apple, in three steps. You need");
    say(SAY_TEXT,
        "- membership in the Apple Developer Program with the \"MDM CSR\" capability, which the account holder asks "
        "for and Apple takes days to grant: `mdmvendor help capability`\n"
        "- an Apple account that belongs to your organisation, not to a person who may leave: no other can renew "
        "the certificate next year\n"
        "- two passwords, one for each key\n"
        "Everything is in one folder. Keep it secret, and back it up: next year's renewal begins there.\n"
        "Ctrl-C stops at any point; the next start goes on from there. To try it all with a practice Apple: "
        "`mdmvendor rehearse`");
}

static void await_vendor_certificate(const char *directory, const struct mdm_wait *what)
{
    char upload[PATH_MAX], inputs[PATH_MAX];

    say(SAY_HEADING, "Now at Apple's developer portal");
    say(SAY_TEXT,
        "1. Sign in as account holder or admin of the team that has the MDM CSR capability:\n"
        "    https://developer.apple.com/account/resources/certificates/list\n"
        "2. Press \"+\", choose \"MDM CSR\" under Services, and press Continue. (Not listed? Then the team does not "
        "have the capability yet: `mdmvendor help capability`)\n"
        "3. Upload\n"
        "    %s\n"
        "4. Download the certificate (mdm.cer) and put it, under any name, into the folder\n"
        "    %s",
        words_path(directory, what->upload, upload), words_path(directory, "inputs/", inputs));
}

static void say_first_or_renew(const struct mdm_cert_facts *renew)
{
    char day[MDM_TIME_TEXT_MAX];

    if (renew == NULL) {
        say(SAY_TEXT,
            "2. Press \"Create a Certificate\". (If devices are already enrolled with a certificate from this portal, "
            "press \"Renew\" on its row instead: a new certificate has a new topic, and every device would have to be "
            "enrolled again.)");
        return;
    }
    mdm_time_format_day(renew->not_after, day);
    say(SAY_TEXT,
        "2. Press \"Renew\" on the row of the certificate in use. Do NOT press \"Create a Certificate\": that gives a "
        "new topic, and every device would have to be enrolled again. The row has\n"
        "    name (CN)   %s\n"
        "    topic       %s\n"
        "    expires     %s\n"
        "    serial      %s\n"
        "   (The row's (i) button shows the subject. No such row? Then this is another Apple account.)",
        renew->common_name, renew->topic != NULL ? renew->topic : "-", day, renew->serial);
}

static void await_push_certificate(const char *directory, const struct mdm_wait *what)
{
    char inputs[PATH_MAX], upload[PATH_MAX] = "";

    (void)words_path(directory, "inputs/", inputs);
    if (what->trouble != NULL) { /* nothing is announced for upload that would be refused */
        say(SAY_HEADING, "Waiting for Apple's push certificate");
        say(SAY_WARNING, "%s", what->trouble->text);
        say(SAY_TEXT,
            "If Apple has the request already, put the certificate into the folder\n"
            "    %s\n"
            "If not, get a new vendor certificate first: `mdmvendor 1 --keep-key`",
            inputs);
        return;
    }
    if (what->upload == NULL) {
        say(SAY_HEADING, "Waiting for the certificate of outputs/customer.key");
        say(SAY_TEXT,
            "Download it at\n"
            "    https://identity.apple.com/pushcert\n"
            "and put it into the folder\n"
            "    %s\n"
            "If this key has none, `mdmvendor csr` makes a CSR for your vendor to sign.",
            inputs);
        return;
    }
    (void)words_path(directory, what->upload, upload);
    say(SAY_HEADING, "Now at Apple's push certificates portal");
    if (what->customer_only)
        say(SAY_TEXT,
            "0. Send the CSR to your vendor, who signs it and returns a request (plist_encode)\n"
            "    %s",
            upload);
    say(SAY_TEXT,
        "1. Sign in with %s:\n"
        "    https://identity.apple.com/pushcert",
        what->account[0] != '\0' ? what->account
        : what->renew == NULL    ? "an Apple account that belongs to your organisation, and note which one it is"
                                 : "the same Apple account as last time");
    say_first_or_renew(what->renew);
    if (what->customer_only)
        say(SAY_TEXT, "3. Upload the vendor's request.");
    else
        say(SAY_TEXT,
            "3. Upload\n"
            "    %s",
            upload);
    say(SAY_TEXT,
        "4. Download the certificate and put it, under any name, into the folder\n"
        "    %s",
        inputs);
}

void words_await(const char *directory, const struct mdm_wait *what)
{
    if (what->step == 2)
        await_vendor_certificate(directory, what);
    else
        await_push_certificate(directory, what);
    say(SAY_TEXT, "It goes on by itself as soon as the file is there. If you stop it, run it again:\n"
                  "    mdmvendor");
}

/* A made-up token: Apple's answer tells whether certificate and topic are good, and no device hears of it. */
static void say_proof(const char *directory, const struct mdm_cert_facts *push)
{
    char path[PATH_MAX], cert[PATH_TEXT_MAX], key[PATH_TEXT_MAX];

    if (push->topic == NULL ||
        mdm_text_shell_word(words_path(directory, "outputs/" MDM_NAME_RECORD, path), cert, sizeof cert) != 0 ||
        mdm_text_shell_word(words_path(directory, "outputs/" MDM_NAME_CUSTOMER_KEY, path), key, sizeof key) != 0)
        return;
    say(SAY_HEADING, "Does Apple accept it?");
    say(SAY_TEXT,
        "This asks Apple; curl asks you for the customer key's password. The good answer is BadDeviceToken (only "
        "the made-up device is unknown), the bad one TopicDisallowed.\n"
        "    curl --http2 --cert %s --key %s -H 'apns-topic: %s' -H 'apns-push-type: mdm' -d '{\"mdm\":\"test\"}' "
        "https://api.push.apple.com/3/device/"
        "0000000000000000000000000000000000000000000000000000000000000000",
        cert, key, push->topic);
}

void words_after_step3(const char *directory, const struct mdm_cert_facts *push, const char *portal)
{
    char path[PATH_MAX];
    char day[MDM_TIME_TEXT_MAX];

    mdm_time_format_day(push->not_after, day);
    say(SAY_HEADING, "Next year");
    say(SAY_TEXT,
        "- The push certificate expires on %s. After that no device hears from your server.\n"
        "- Renew it before then: `mdmvendor renew`, and at %s press \"Renew\" on the row '%s'.\n"
        "- `mdmvendor status` says how many days are left (exit status 6 within 30 days, for cron).\n"
        "- Keep this folder and its passwords, with a backup. The vendor certificate is not needed until then.",
        day, portal, push->common_name);
    say_proof(directory, push);
    say(SAY_HEADING, "Done. Now give your MDM server");
    say(SAY_TEXT,
        "    %s\n"
        "with its password, which is the customer key's, and the topic ID. If it wants another form: "
        "`mdmvendor help servers`",
        words_path(directory, "outputs/" MDM_NAME_PFX, path));
}

void words_finished(const char *directory, const struct mdm_cert_facts *push)
{
    char path[PATH_MAX];
    char day[MDM_TIME_TEXT_MAX];

    mdm_time_format_day(push->not_after, day);
    say(SAY_NOTE, "All three steps are done: %s holds the push certificate, which expires on %s.",
        words_path(directory, "outputs/" MDM_NAME_PFX, path), day);
    say(SAY_NOTE, "Renew it before then: `mdmvendor renew`. What your MDM server needs: `mdmvendor help 3`");
}

void words_deliver(const char *directory, const char *request)
{
    char name[64], path[PATH_MAX];

    (void)snprintf(name, sizeof name, MDM_FOLDER_OUTPUTS "/%s", request);
    say(SAY_HEADING, "Now send the request to the customer");
    say(SAY_TEXT,
        "    %s\n"
        "It holds no secret. The customer, who has the key,\n"
        "1. signs in at https://identity.apple.com/pushcert with an Apple account of their organisation,\n"
        "2. presses \"Create a Certificate\" the first time, and \"Renew\" on its row every year after,\n"
        "3. uploads the file, downloads the push certificate and installs it with the key. (With mdmvendor: put "
        "the download into inputs/ of the folder that has the key, and run `mdmvendor` there.)",
        words_path(directory, name, path));
}

void words_after_csr(const char *directory, const char *portal)
{
    char csr[PATH_MAX], inputs[PATH_MAX];

    say(SAY_HEADING, "Now send the CSR to your MDM vendor");
    say(SAY_TEXT,
        "    %s\n"
        "It holds no secret; the key stays here.\n"
        "1. The vendor signs it and returns a request (plist_encode). `mdmvendor verify FILE` checks it.\n"
        "2. Upload it at https://%s, with an Apple account that belongs to your organisation: \"Create a "
        "Certificate\" the first time, \"Renew\" on its row every year after.\n"
        "3. Put the download into the folder\n"
        "    %s\n"
        "4. Make the file for your MDM server:\n"
        "    mdmvendor",
        words_path(directory, "outputs/" MDM_NAME_CUSTOMER_CSR, csr), portal, words_path(directory, "inputs/", inputs));
}

void words_event(const struct mdm_event *event)
{
    char sentence[MDM_ERROR_TEXT_MAX + 2];

    switch (event->kind) {
    case MDM_EVENT_STEP:
        break;
    case MDM_EVENT_WROTE:
        say(SAY_NOTE, "Wrote %s", event->path);
        break;
    case MDM_EVENT_ARCHIVED:
        say(SAY_NOTE, "Moved the previous files to %s", event->path);
        break;
    case MDM_EVENT_DID:
        say(SAY_NOTE, "%s", event->text);
        break;
    case MDM_EVENT_UNFIT:
    case MDM_EVENT_WARNING:
        say(SAY_WARNING, "%s", event->text);
        if (event->hint != NULL && event->hint[0] != '\0')
            say(SAY_NOTE, "hint: %s", event->hint);
        break;
    case MDM_EVENT_NOTE:
        say(SAY_NOTE, "%s", say_sentence(event->text, sentence, sizeof sentence));
        break;
    }
}

void words_topic(const char *topic)
{
    say(SAY_RESULT, say_is_quiet() ? "%s" : "Topic ID: %s", topic);
}

void words_capability(const char *organisation)
{
    say_page();
    say(SAY_RESULT,
        "The MDM CSR capability lets an Apple developer account issue the MDM vendor certificate (mdm.cer). A "
        "standard membership is enough. Apple takes days, so ask now:");
    say(SAY_RESULT, "    https://developer.apple.com/contact/request/mdm-capability");
    say(SAY_RESULT,
        "Sign in as the Account Holder of the team. If a message is asked for, this says what Apple wants to "
        "know:\n");
    say(SAY_RESULT,
        "  %s runs its own MDM server for the Apple devices that it owns. To obtain and to renew the MDM push "
        "certificate we need to create an MDM vendor certificate ourselves. Please enable the \"MDM CSR\" "
        "certificate type (MDM vendor) for our team. The server and its keys stay with us.",
        organisation);
    say(SAY_RESULT, "\nOnce it is granted, \"MDM CSR\" is listed under Services when you create a certificate at "
                    "developer.apple.com. Then begin: `mkdir -m 700 ~/mdm-push`, `mdmvendor -C ~/mdm-push`.");
}

void words_servers(void)
{
    say_page();
    say(SAY_RESULT,
        "A server that takes a PKCS #12 file (.p12, .pfx) gets outputs/MDM_APNSCert.pfx and its password. Tried, "
        "with the loaders' rules where not with the server itself (docs/servers.md):\n\n"
        "WSO2 IoT Server, and Java's own classes: the pfx as it is");
    say(SAY_RESULT, "NanoMDM: certificate and unencrypted key in one PEM\n"
                    "    mdmvendor export --pem push.pem");
    say(SAY_RESULT, "MicroMDM (mdmctl): outputs/MDM_APNSCert.crt and\n"
                    "    mdmvendor export --key push.key --pkcs1");
    say(SAY_RESULT, "Zentral: outputs/MDM_APNSCert.crt, outputs/customer.key and its password");
    say(SAY_RESULT, "Fleet: outputs/MDM_APNSCert.crt and\n"
                    "    mdmvendor export --key push.key --pkcs1");
    say(SAY_RESULT, "A server that wants a name ending in .p12:\n"
                    "    mdmvendor export --p12 push.p12");
    say(SAY_RESULT,
        "\nThe key in what --pem and --key write is not encrypted: give it to the server, then delete it. A "
        "server may go on using the old certificate until it is restarted.");
}

const char *const words_steps[] = {
    NULL,
    "Step 1: vendor key and CSR\n"
    "\n"
    "Needs  a new password (at least 8 characters)\n"
    "Makes  outputs/vendor.key  the vendor's private key,\n"
    "                           encrypted\n"
    "       outputs/vendor.csr  its certificate signing request\n"
    "                           (CSR)\n"
    "Then   at developer.apple.com -> Certificates -> \"+\" ->\n"
    "       MDM CSR: upload vendor.csr, download mdm.cer into\n"
    "       inputs/\n"
    "\n"
    "Ask for the MDM CSR capability first; Apple takes days:\n"
    "`mdmvendor help capability`\n"
    "\n"
    "`mdmvendor 1` redoes it with a new key,\n"
    "`mdmvendor 1 --keep-key` makes only a new vendor.csr.\n"
    "What is replaced moves to outputs/archive/;\n"
    "`mdmvendor undo` puts it back.\n",
    "Step 2: push certificate request\n"
    "\n"
    "Needs  outputs/vendor.key and its password,\n"
    "       inputs/mdm.cer, and a new password for the\n"
    "       customer's key (printable ASCII); or, if the\n"
    "       customer keeps the key, inputs/customer.csr\n"
    "Makes  outputs/customer.key      the customer's private\n"
    "                                 key, encrypted\n"
    "       outputs/customer.csr      its CSR\n"
    "       outputs/plist_encode      the request\n"
    "       outputs/plist_encode.txt  the same, under a name\n"
    "                                 that the portal takes\n"
    "Then   at https://identity.apple.com/pushcert: \"Create a\n"
    "       Certificate\" the first time, \"Renew\" on its row\n"
    "       every year after; upload plist_encode.txt, download\n"
    "       the push certificate into inputs/\n"
    "\n"
    "`mdmvendor 2` redoes it with a new key,\n"
    "`mdmvendor 2 --keep-key` with the same one.\n"
    "What is replaced moves to outputs/archive/;\n"
    "`mdmvendor undo` puts it back.\n",
    "Step 3: pfx for the MDM server\n"
    "\n"
    "Needs  outputs/customer.key and its password, and the push\n"
    "       certificate that Apple issued, in inputs/\n"
    "Makes  outputs/MDM_APNSCert.pfx  key and certificate, a\n"
    "                                 PKCS #12 file with the\n"
    "                                 customer key's password\n"
    "       outputs/MDM_APNSCert.crt  the certificate alone\n"
    "Then   the pfx, its password and the topic ID go into the\n"
    "       MDM server; other forms: `mdmvendor help servers`\n"
    "\n"
    "A certificate with another topic is refused, because every\n"
    "device would have to be enrolled again. To accept it all\n"
    "the same: --accept-new-topic\n",
    "Step 4: another customer's CSR\n"
    "\n"
    "Needs  outputs/vendor.key and its password,\n"
    "       inputs/mdm.cer, and inputs/customer.csr, which the\n"
    "       customer made (`mdmvendor csr`)\n"
    "Makes  outputs/plist_encode and plist_encode.txt; or, in a\n"
    "       folder with a request of its own,\n"
    "       outputs/customer.plist_encode.txt\n"
    "Then   the customer uploads it at\n"
    "       https://identity.apple.com/pushcert\n"
    "\n"
    "No key is made. For many customers: `mdmvendor help sign`\n",
};
