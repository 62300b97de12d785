/* What is said to the person who walks through the steps, mostly administrators who do this once a year. */
#include "cli/words.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/text.h"
#include "cli/say.h"
#include "flow/state.h"

#define PATH_TEXT_MAX 4400

static const char *const step_names[] = {
    NULL,
    "the vendor's key and certificate signing request",
    "the customer's key and the signed push certificate request",
    "the push certificate for the MDM server",
};

/* What each step makes and who is next, for the drawing; under 60 columns with what stands in front. */
static const char *const step_rows[] = {
    NULL,
    "vendor key and CSR        -> developer.apple.com",
    "customer key and request  -> identity.apple.com",
    "key and certificate: pfx  -> your MDM server",
};

/* A path in the work folder as it can be typed from here. */
static const char *path_from_here(const char *directory, const char *path, char out[PATH_TEXT_MAX])
{
    if (strcmp(directory, ".") == 0)
        (void)snprintf(out, PATH_TEXT_MAX, "%s", path);
    else
        (void)snprintf(out, PATH_TEXT_MAX, "%s/%s", directory, path);
    return out;
}

static const char *portal_of(const char *directory, char out[MDM_PORTAL_MAX])
{
    struct mdm_account account;

    mdm_account_of(directory, &account);
    mdm_account_portal(&account, out);
    return out;
}

void words_header(int step, bool drawn)
{
    if (step < 1 || step > 3) {
        say_heading("Step 4: sign a customer's own CSR");
        return;
    }
    say_heading("Step %d of 3: %s", step, step_names[step]);
    for (int i = 1; drawn && i <= 3; i++)
        say_text("    [%c] %d  %s%s", i < step ? 'x' : i == step ? '>' : ' ', i, step_rows[i], i == 3 ? "\n\n" : "");
}

void words_before_step1(void)
{
    say_heading("An MDM push certificate from Apple, in three steps");
    say_text("1. Here: your vendor key and a certificate signing request (CSR). Apple's developer portal turns the CSR "
             "into your vendor certificate, mdm.cer.\n"
             "2. Here: the customer's key, and a request for a push certificate that is signed with the vendor key. "
             "Apple's push certificates portal turns it into the push certificate.\n"
             "3. Here: key and push certificate in one file (pfx) for your MDM server.");
    say_heading("What you need beforehand");
    say_text(
        "- A membership in Apple's developer programme, Enterprise or standard, whose account has the \"MDM CSR\" "
        "capability. The account holder or team agent asks Apple for it (it takes Apple days, so ask now):\n"
        "    https://developer.apple.com/contact/request/mdm-capability\n"
        "- For step 2 an Apple account that belongs to your organisation, not to a person who may leave: only it can "
        "renew the certificate in a year.\n"
        "- Two passwords that you choose and keep, one for each key.");
    say_heading("Good to know");
    say_text(
        "- The vendor certificate and the push certificate are valid for one year each; `mdmvendor renew` walks you "
        "through "
        "the renewal.\n"
        "- Keep this folder, with a backup, and keep it secret: whoever has it and the passwords can act as you, and "
        "without its keys every enrolled device would have to be enrolled again.\n"
        "- You can stop at any point (Ctrl-C). Nothing is lost; the next start goes on from there.\n"
        "- `mdmvendor rehearse` goes through all of it with a practice Apple on this machine.");
}

static void await_vendor_certificate(const char *directory, const struct mdm_wait *what)
{
    char upload[PATH_TEXT_MAX];
    char download[PATH_TEXT_MAX];

    say_heading("Now at Apple's developer portal");
    say_text(
        "1. Sign in as account holder or admin of the team that has the MDM CSR capability:\n"
        "    https://developer.apple.com/account/resources/certificates/list\n"
        "2. Certificates, Identifiers & Profiles -> Certificates -> \"+\" -> under Services: \"MDM CSR\" -> Continue. "
        "(It is not listed? Then the account does not have the capability yet.)\n"
        "3. Upload\n"
        "    %s\n"
        "4. Download the certificate, mdm.cer, and put it at\n"
        "    %s\n"
        "   (Any name will do, as long as it lies in that folder.)",
        path_from_here(directory, what->upload, upload), path_from_here(directory, what->path, download));
}

static void say_first_or_renew(const struct mdm_cert_facts *renew)
{
    char day[MDM_TIME_TEXT_MAX];

    if (renew == NULL) {
        say_text(
            "2. The first time: \"Create a Certificate\". (If devices are enrolled already with a certificate from "
            "this portal, do not create another one: press \"Renew\" on its row. A new certificate has a new topic, "
            "and every device would have to be enrolled again.)");
        return;
    }
    mdm_time_format_day(renew->not_after, day);
    say_text(
        "2. Press \"Renew\" on the row of the certificate that is in use. Do NOT press \"Create a Certificate\": that "
        "gives a new topic, and every device would have to be enrolled again. You know the row by\n"
        "    name (CN)   %s\n"
        "    topic       %s\n"
        "    expires     %s\n"
        "    serial      %s\n"
        "   (The row's (i) button shows the subject. No such row: this is another Apple account.)",
        renew->common_name, renew->topic != NULL ? renew->topic : "-", day, renew->serial);
}

static void await_push_certificate(const char *directory, const struct mdm_wait *what)
{
    char path[PATH_TEXT_MAX];

    if (what->trouble != NULL) { /* nothing is announced for upload that would be refused */
        say_heading("Waiting for Apple's push certificate");
        say_warning("%s", what->trouble->text);
        say_text("If the request is with Apple already, put the certificate into the folder\n"
                 "    %s\n"
                 "If it is not, get a new vendor certificate first: `mdmvendor 1 --keep-key`.",
                 path_from_here(directory, "inputs/", path));
        return;
    }
    if (what->upload == NULL) {
        say_heading("Waiting for the certificate of outputs/customer.key");
        say_text("It is offered for download at\n"
                 "    https://identity.apple.com/pushcert\n"
                 "Put it into the folder\n"
                 "    %s\n"
                 "There is none for this key? `mdmvendor csr` makes a CSR for your vendor to sign.",
                 path_from_here(directory, "inputs/", path));
        return;
    }
    say_heading("Now at Apple's push certificates portal");
    if (what->customer_only)
        say_text("0. Send the CSR to your vendor, who signs it; what you upload is the vendor's answer\n"
                 "    %s",
                 path_from_here(directory, what->upload, path));
    say_text("1. Sign in with %s:\n"
             "    https://identity.apple.com/pushcert",
             what->account[0] != '\0' ? what->account
             : what->renew == NULL
                 ? "an Apple account that belongs to your organisation and will be there in a year, and "
                   "note which one it is"
                 : "the same Apple account as last time");
    say_first_or_renew(what->renew);
    if (what->customer_only)
        say_text("3. Upload the vendor's answer (plist_encode).");
    else
        say_text("3. Upload\n"
                 "    %s",
                 path_from_here(directory, what->upload, path));
    say_text("4. Download the certificate and put it, under the name that Apple gives it, into the folder\n"
             "    %s",
             path_from_here(directory, "inputs/", path));
}

void words_await(const char *directory, const struct mdm_wait *what, enum words_reader reader)
{
    if (reader == WORDS_FOR_SCRIPT) {
        say_text("\nWhen Apple's file is in inputs/, run it again:\n"
                 "    mdmvendor");
        return;
    }
    if (what->step == 2)
        await_vendor_certificate(directory, what);
    else
        await_push_certificate(directory, what);
    say_text("5. If it is still waiting here then, it goes on by itself; if you stopped it, run it again:\n"
             "    mdmvendor");
}

/* A made-up token: Apple's answer tells whether certificate and topic are good, and no device hears of it. */
static void say_proof(const char *directory, const struct mdm_cert_facts *push)
{
    char path[PATH_TEXT_MAX], cert[PATH_TEXT_MAX], key[PATH_TEXT_MAX];

    if (push->topic == NULL ||
        mdm_text_shell_word(path_from_here(directory, "outputs/" MDM_NAME_RECORD, path), cert, sizeof cert) != 0 ||
        mdm_text_shell_word(path_from_here(directory, "outputs/" MDM_NAME_CUSTOMER_KEY, path), key, sizeof key) != 0)
        return;
    say_heading("Does Apple take it?");
    say_text(
        "curl asks Apple, and you for the customer key's password. The answer 400 BadDeviceToken is good: only the "
        "made-up device is unknown. TopicDisallowed is bad.\n"
        "    curl --http2 --cert %s --key %s -H 'apns-topic: %s' -H 'apns-push-type: mdm' -d '{\"mdm\":\"test\"}' "
        "https://api.push.apple.com/3/device/"
        "0000000000000000000000000000000000000000000000000000000000000000",
        cert, key, push->topic);
}

void words_after_step3(const char *directory, const struct mdm_cert_facts *push)
{
    char path[PATH_TEXT_MAX];
    char portal[MDM_PORTAL_MAX];
    char day[MDM_TIME_TEXT_MAX];

    mdm_time_format_day(push->not_after, day);
    say_heading("Done. What your MDM server needs");
    say_text("- The certificate with its key: %s\n"
             "- The password of that file: it is the customer key's password\n"
             "- The topic ID: %s\n"
             "- What other servers load: `mdmvendor help servers`",
             path_from_here(directory, "outputs/" MDM_NAME_PFX, path), push->topic != NULL ? push->topic : "-");
    say_proof(directory, push);
    say_heading("In a year");
    say_text("- The push certificate expires on %s. From then on no device hears from your server: renew it before. "
             "`mdmvendor status` says how many days are left (exit status 6 from 30 days on, for cron).",
             day);
    say_text(
        "- To renew: `mdmvendor renew`, and at %s \"Renew\" on the row '%s', with the same Apple account.\n"
        "- Removing or losing the vendor certificate at developer.apple.com later does no harm to push certificates "
        "that are issued already.\n"
        "- Keep this folder and its passwords, with a backup.",
        portal_of(directory, portal), push->common_name);
}

void words_finished(const char *directory, const struct mdm_cert_facts *push)
{
    char path[PATH_TEXT_MAX];
    char day[MDM_TIME_TEXT_MAX];

    mdm_time_format_day(push->not_after, day);
    say_note("All three steps are done: %s holds the push certificate, which expires on %s.",
             path_from_here(directory, "outputs/" MDM_NAME_PFX, path), day);
    say_note("Before that day run `mdmvendor renew`. What the MDM server needs is in `mdmvendor help 3`.");
}

void words_deliver(const char *directory)
{
    char path[PATH_TEXT_MAX];

    say_heading("Now send the request to the customer");
    say_text(
        "    %s\n"
        "It holds no secret. The customer, who has the key that belongs to it,\n"
        "1. signs in at https://identity.apple.com/pushcert with an Apple account of the customer's organisation,\n"
        "2. presses \"Create a Certificate\" the first time, and \"Renew\" on the old certificate's row ever after,\n"
        "3. uploads the file, downloads the push certificate and installs it with the key. With mdmvendor, the "
        "download goes into inputs/ beside the outputs/ that has the key, and mdmvendor is run again there.",
        path_from_here(directory, "outputs/" MDM_NAME_REQUEST_TXT, path));
}

void words_after_csr(const char *directory)
{
    char path[PATH_TEXT_MAX];
    char portal[MDM_PORTAL_MAX];

    say_heading("Now send the CSR to your MDM vendor");
    say_text("    %s\n"
             "It holds no secret; the key stays here.",
             path_from_here(directory, "outputs/" MDM_NAME_CUSTOMER_CSR, path));
    say_text("1. The vendor signs it and returns a request (plist_encode). `mdmvendor verify FILE` checks it.\n"
             "2. Upload it at https://%s, with an Apple account that belongs to your organisation: "
             "\"Create a Certificate\" the first time, \"Renew\" on the old certificate's row ever after.\n"
             "3. Put the download into\n"
             "    %s\n"
             "4. Make the file for your MDM server: `mdmvendor`",
             portal_of(directory, portal), path_from_here(directory, "inputs/", path));
}

static const char *role_words(enum mdm_role role)
{
    return role == MDM_ROLE_VENDOR ? "vendor" : "customer";
}

static void say_chosen(const struct mdm_event *event)
{
    char day[MDM_TIME_TEXT_MAX] = "";

    if (event->cert != NULL)
        mdm_time_format_day(event->cert->not_after, day);
    say_note("Using %s%s%s: %s", event->path, event->cert != NULL ? ", which expires on " : "", day, event->text);
}

void words_event(const struct mdm_event *event)
{
    char sentence[MDM_ERROR_TEXT_MAX + 2] = "";

    switch (event->kind) {
    case MDM_EVENT_STEP_BEGINS:
    case MDM_EVENT_STEP_DONE:
        break;
    case MDM_EVENT_WROTE:
        say_note("Wrote %s", event->path);
        break;
    case MDM_EVENT_ARCHIVED:
        say_note("Moved the previous files to %s", event->path);
        break;
    case MDM_EVENT_RESTORED:
        say_note("Apple's certificate belongs to an earlier %s key: restored that key from %s.",
                 role_words(event->role), event->path);
        break;
    case MDM_EVENT_IMPORTED:
        say_note("Found the old script's %s: %s", event->path, event->text);
        break;
    case MDM_EVENT_CHOSEN:
        say_chosen(event);
        break;
    case MDM_EVENT_UNFIT:
    case MDM_EVENT_WARNING:
        say_warning("%s", event->text);
        if (event->hint != NULL && event->hint[0] != '\0')
            say_note("hint: %s", event->hint);
        break;
    case MDM_EVENT_WORKING:
        say_sentence(event->text, sentence, sizeof sentence);
        say_note("%.*s ...", (int)strlen(sentence) - 1, sentence);
        break;
    case MDM_EVENT_NOTE:
        say_note("%s", say_sentence(event->text, sentence, sizeof sentence));
        break;
    }
}

void words_topic(const char *topic)
{
    say_result(say_is_quiet() ? "%s" : "Topic ID: %s", topic);
}

void words_capability(const char *organisation)
{
    say_page();
    say_result("The MDM CSR capability lets an Apple developer account issue the MDM vendor certificate (mdm.cer). A "
               "standard membership is enough. Apple takes days, so ask now:");
    say_result("    https://developer.apple.com/contact/request/mdm-capability");
    say_result("Sign in as the Account Holder of the team. If a message is asked for, this says what Apple wants to "
               "know:\n");
    say_result("  %s runs its own MDM server for the Apple devices that it owns. To obtain and to renew the MDM push "
               "certificate we need to create an MDM vendor certificate ourselves. Please enable the \"MDM CSR\" "
               "certificate type (MDM vendor) for our team. The server and its keys stay with us.",
               organisation);
    say_result("\nOnce it is granted, \"MDM CSR\" is listed under Services when you create a certificate at "
               "developer.apple.com. Then run `mdmvendor`.");
}

void words_servers(void)
{
    say_page();
    say_result("Most servers take outputs/MDM_APNSCert.pfx and its password. The others:\n\n"
               "WSO2 IoT Server and other programs in Java: the pfx as it is");
    say_result("NanoMDM: certificate and unencrypted key in one PEM\n"
               "    mdmvendor export --pem push.pem");
    say_result("MicroMDM (mdmctl): outputs/MDM_APNSCert.crt and\n"
               "    mdmvendor export --key push.key --pkcs1");
    say_result("Zentral: outputs/MDM_APNSCert.crt, outputs/customer.key and its password");
    say_result("Fleet: outputs/MDM_APNSCert.crt and\n"
               "    mdmvendor export --key push.key");
    say_result("A server that wants a name ending with .p12:\n"
               "    mdmvendor export --p12 push.p12");
    say_result("\nWhat --pem and --key write is not encrypted: give it to the server and delete it. A server may go "
               "on using the old certificate until it is restarted.");
}

const char *words_step(int step)
{
    switch (step) {
    case 1:
        return "Step 1: the vendor's key and certificate signing request\n"
               "\n"
               "Needs  a new password (at least 8 characters)\n"
               "Makes  outputs/vendor.key  the vendor's private key,\n"
               "                           encrypted\n"
               "       outputs/vendor.csr  for Apple's developer portal\n"
               "Then   developer.apple.com -> Certificates, Identifiers &\n"
               "       Profiles -> Certificates -> \"+\" -> MDM CSR: upload\n"
               "       vendor.csr, download mdm.cer into inputs/\n"
               "\n"
               "Beforehand the account holder or team agent asks Apple for\n"
               "the MDM CSR capability:\n"
               "https://developer.apple.com/contact/request/mdm-capability\n"
               "\n"
               "`mdmvendor 1` does it again with a new key;\n"
               "`mdmvendor 1 --keep-key` makes only a new vendor.csr.\n"
               "What is replaced moves to outputs/archive/.\n";
    case 2:
        return "Step 2: the customer's key and the signed request\n"
               "\n"
               "Needs  outputs/vendor.key and its password,\n"
               "       inputs/mdm.cer, and a new password for the\n"
               "       customer's key (printable ASCII); or\n"
               "       inputs/customer.csr when the customer keeps the key\n"
               "Makes  outputs/customer.key      the customer's private\n"
               "                                 key, encrypted\n"
               "       outputs/customer.csr\n"
               "       outputs/plist_encode      the request\n"
               "       outputs/plist_encode.txt  the same, for the\n"
               "                                 portal's file dialog\n"
               "Then   https://identity.apple.com/pushcert: \"Create a\n"
               "       Certificate\" the first time, \"Renew\" on the old\n"
               "       certificate's row ever after; upload\n"
               "       plist_encode.txt, download the push certificate\n"
               "       into inputs/\n"
               "\n"
               "`mdmvendor 2` does it again with a new key,\n"
               "`mdmvendor 2 --keep-key` with the same one.\n";
    case 3:
        return "Step 3: the push certificate for the MDM server\n"
               "\n"
               "Needs  outputs/customer.key and its password, and the push\n"
               "       certificate that Apple issued\n"
               "       (inputs/MDM_Certificate.pem or any other name)\n"
               "Makes  outputs/MDM_APNSCert.pfx  key and certificate,\n"
               "       locked with the password of customer.key\n"
               "Then   the pfx, its password and the topic ID go into the\n"
               "       MDM server (WSO2 IoT Server: \"iOS IoTS and APNS\n"
               "       Configurations\")\n"
               "\n"
               "Refused when the topic differs from the last push\n"
               "certificate's, because every enrolled device would be\n"
               "lost (--accept-new-topic).\n";
    case 4:
        return "Step 4: sign a customer's own CSR\n"
               "\n"
               "Needs  outputs/vendor.key and its password,\n"
               "       inputs/mdm.cer, and inputs/customer.csr, which the\n"
               "       customer made (`mdmvendor csr`)\n"
               "Makes  outputs/plist_encode, outputs/plist_encode.txt\n"
               "Then   the customer uploads it at\n"
               "       https://identity.apple.com/pushcert\n"
               "\n"
               "No key is made. For many customers: `mdmvendor help sign`.\n";
    default:
        return NULL;
    }
}
