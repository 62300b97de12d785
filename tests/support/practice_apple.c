/* The practice Apple as a command for the shell tests: its state is one PEM file in a folder. See usage(). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "pki/cert.h"
#include "pki/ossl.h"
#include "practice_faults.h"

#define STATE     "practice-apple.pem"
#define PATH_SIZE 4096

static void usage(FILE *out)
{
    fputs(
        "practice-apple init DIR [--at DATE]\n"
        "    makes DIR (when missing) and in it a new Apple: root, wwdrg3, wwdrg4 and aai2\n"
        "practice-apple bundle DIR [OUT]\n"
        "    writes the PEM bundle for --ca-file: root, wwdrg3, wwdrg4\n"
        "practice-apple ca DIR NAME [OUT]\n"
        "    writes one CA certificate as PEM: root, wwdrg3, wwdrg4 (issuer of --fault other-issuer), and those that\n"
        "    are not in the bundle: aai2, wwdrg9 (--fault unknown-issuer), wwdrg1 (--fault ca-expired)\n"
        "practice-apple vendor DIR vendor.csr OUT [--at DATE] [--days N] [--fault NAME]... [--name ACCOUNT]\n"
        "    the developer portal: writes mdm.cer (DER)\n"
        "practice-apple push DIR plist_encode OUT [--at DATE] [--days N] [--fault NAME]... [--renew CERT]\n"
        "               [--uuid UUID] [--upload-name NAME]\n"
        "    the push portal: writes MDM_Certificate.pem; --upload-name: the name that the portal sees\n"
        "    (default: the file's), whose extension it checks\n"
        "DATE is YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ; default: now. OUT and inputs may be \"-\".\n"
        "Exit status: 0 done, 1 refused or failed (the portal's words on stderr), 2 usage.\n"
        "Faults:",
        out);
    for (size_t i = 0; i < PRACTICE_FAULTS; i++)
        fprintf(out, " %s", practice_fault_names[i]);
    fputc('\n', out);
}

static int fail_usage(const char *what, const char *value)
{
    fprintf(stderr, "practice-apple: %s%s%s\n", what, value != NULL ? ": " : "", value != NULL ? value : "");
    fputs("practice-apple: see practice-apple --help\n", stderr);
    return 2;
}

static int report(const struct mdm_error *err)
{
    fprintf(stderr, "practice-apple: %s\n", err->text);
    return 1;
}

static int read_file(const char *path, struct mdm_bytes *out, struct mdm_error *err)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    char block[65536];
    size_t size;
    int result = 0;

    if (file == NULL)
        return mdm_error_system(err, errno, "cannot open %s", path);
    while (result == 0 && (size = fread(block, 1, sizeof block, file)) > 0)
        result = mdm_bytes_append(out, block, size, err);
    if (result == 0 && ferror(file))
        result = mdm_error_set(err, MDM_E_FAILED, "cannot read %s", path);
    if (file != stdin)
        (void)fclose(file);
    return result;
}

static int write_file(const char *path, const struct mdm_bytes *bytes, struct mdm_error *err)
{
    FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
    size_t written;

    if (file == NULL)
        return mdm_error_system(err, errno, "cannot open %s", path);
    written = fwrite(bytes->data, 1, bytes->size, file);
    if ((file == stdout ? fflush(file) : fclose(file)) != 0 || written != bytes->size)
        return mdm_error_set(err, MDM_E_FAILED, "cannot write %s", path);
    return 0;
}

/* Appends certificates and clear (throwaway) keys of all CAs made so far. */
static int encode_state(const struct mdm_practice *practice, struct mdm_bytes *pem, struct mdm_error *err)
{
    BIO *out = BIO_new(BIO_s_mem());
    int result = out != NULL ? 0 : -1;

    for (size_t i = 0; i < MDM_PRACTICE_CA_COUNT && result == 0; i++) {
        const struct mdm_authority *authority = &practice->authorities[i];

        if (authority->cert != NULL && (PEM_write_bio_X509(out, authority->cert->x509) != 1 ||
                                        PEM_write_bio_PrivateKey(out, authority->key, NULL, NULL, 0, NULL, NULL) != 1))
            result = -1;
    }
    if (result == 0)
        result = mdm_ossl_append_bio(pem, out, err);
    else
        (void)mdm_error_set(err, MDM_E_FAILED, "cannot save the practice CAs");
    BIO_free(out);
    return result;
}

/* Which CA a certificate is, by its subject; MDM_PRACTICE_CA_COUNT: none of ours. */
static int find_ca(const X509 *cert)
{
    for (int ca = 0; ca < MDM_PRACTICE_CA_COUNT; ca++) {
        struct mdm_practice_draft draft;
        bool same = mdm_draft_begin(&draft, ca, "", NULL) == 0 &&
                    X509_NAME_cmp(draft.subject, X509_get_subject_name(cert)) == 0;

        X509_NAME_free(draft.subject);
        if (same)
            return ca;
    }
    return MDM_PRACTICE_CA_COUNT;
}

static struct mdm_practice *decode_state(const struct mdm_bytes *pem, mdm_time now, struct mdm_error *err)
{
    struct mdm_practice *practice = mdm_practice_new(now, err);
    BIO *in = BIO_new_mem_buf(pem->data, (int)pem->size);
    X509 *cert;

    while (practice != NULL && (cert = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
        EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
        int ca = find_ca(cert);

        if (key == NULL || ca == MDM_PRACTICE_CA_COUNT || practice->authorities[ca].cert != NULL) {
            (void)mdm_error_set(err, MDM_E_FAILED, "these are not the CAs of a practice Apple");
            mdm_practice_free(&practice);
        } else {
            practice->authorities[ca] = (struct mdm_authority){mdm_cert_wrap(cert, err), key};
        }
    }
    ERR_clear_error(); /* the end of the file */
    BIO_free(in);
    return practice;
}

/* Writes the state unless it is as it was (`before`; NULL: there was none), so that a folder without write permission
 * will do; in one go, so that two of us in one folder do not read half a state. */
static int save_state(const char *dir, const struct mdm_practice *practice, const struct mdm_bytes *before,
                      struct mdm_error *err)
{
    struct mdm_bytes pem = {0};
    char path[PATH_SIZE], temporary[PATH_SIZE];
    int result = -1;

    (void)snprintf(path, sizeof path, "%s/%s", dir, STATE);
    (void)snprintf(temporary, sizeof temporary, "%s/%s.%ld", dir, STATE, (long)getpid());
    if (encode_state(practice, &pem, err) != 0)
        result = -1;
    else if (before != NULL && mdm_bytes_equal(before, &pem))
        result = 0;
    else if (write_file(temporary, &pem, err) == 0)
        result = rename(temporary, path) == 0 ? 0 : mdm_error_system(err, errno, "cannot write %s", path);
    mdm_bytes_free(&pem);
    return result;
}

static int read_state(const char *dir, struct mdm_bytes *pem, struct mdm_error *err)
{
    char path[PATH_SIZE];

    (void)snprintf(path, sizeof path, "%s/%s", dir, STATE);
    return read_file(path, pem, err);
}

/* A parsed command line. */
struct call {
    const char *words[4]; /* command, DIR, and what the command takes */
    int count;
    const char *renew;
    unsigned faults;
    struct mdm_practice_order order;
};

static int parse_option(const char *name, const char *value, struct call *call)
{
    struct mdm_error err = {0};
    unsigned fault;

    if (strcmp(name, "--at") == 0)
        return mdm_time_parse(value, &call->order.at, &err) == 0 ? 0 : fail_usage(err.text, NULL);
    if (strcmp(name, "--days") == 0) {
        call->order.days = (unsigned)strtoul(value, NULL, 10);
        return call->order.days > 0 ? 0 : fail_usage("--days wants a number above 0", value);
    }
    if (strcmp(name, "--fault") == 0) {
        fault = practice_fault_named(value);
        call->faults |= fault;
        return fault != 0 ? 0 : fail_usage("no such fault", value);
    }
    if (strcmp(name, "--name") == 0)
        call->order.account = value;
    else if (strcmp(name, "--renew") == 0)
        call->renew = value;
    else if (strcmp(name, "--uuid") == 0)
        call->order.uuid = value;
    else if (strcmp(name, "--upload-name") == 0)
        call->order.upload_name = value;
    else
        return fail_usage("no such option", name);
    return 0;
}

static int parse(int argc, char **argv, struct call *call)
{
    call->order.at = (mdm_time)time(NULL);
    for (int i = 1; i < argc; i++) {
        int status = 0;

        if (strncmp(argv[i], "--", 2) == 0) {
            if (i + 1 == argc)
                return fail_usage("a value is missing", argv[i]);
            status = parse_option(argv[i], argv[i + 1], call);
            i++;
        } else if (call->count == 4) {
            status = fail_usage("one word too many", argv[i]);
        } else {
            call->words[call->count++] = argv[i];
        }
        if (status != 0)
            return status;
    }
    return 0;
}

static int run_init(const struct call *call, struct mdm_error *err)
{
    struct mdm_practice *practice = NULL;
    int result;

    if (mkdir(call->words[1], 0700) != 0 && errno != EEXIST)
        return mdm_error_system(err, errno, "cannot make %s", call->words[1]);
    practice = mdm_practice_new(call->order.at, err);
    result = practice != NULL ? 0 : -1;
    for (int ca = MDM_PRACTICE_ROOT; result == 0 && ca <= MDM_PRACTICE_PUSH; ca++)
        result = mdm_practice_ca_cert(practice, (enum mdm_practice_ca)ca, err) != NULL ? 0 : -1;
    if (result == 0)
        result = save_state(call->words[1], practice, NULL, err);
    mdm_practice_free(&practice);
    return result;
}

static int run_bundle(struct mdm_practice *practice, const struct call *call, struct mdm_bytes *out,
                      struct mdm_error *err)
{
    (void)call;
    return mdm_practice_bundle(practice, out, err);
}

static int run_ca(struct mdm_practice *practice, const struct call *call, struct mdm_bytes *out, struct mdm_error *err)
{
    static const char *const names[MDM_PRACTICE_CA_COUNT] = {"root", "wwdrg3", "wwdrg4", "aai2", "wwdrg9", "wwdrg1"};
    enum mdm_practice_ca ca = 0;
    const struct mdm_cert *cert;

    while (ca < MDM_PRACTICE_CA_COUNT && strcmp(names[ca], call->words[2]) != 0)
        ca++;
    if (ca == MDM_PRACTICE_CA_COUNT)
        return mdm_error_set(err, MDM_E_USAGE, "there is no CA \"%s\"", call->words[2]);
    cert = mdm_practice_ca_cert(practice, ca, err);
    return cert != NULL ? mdm_cert_append_pem(cert, out, err) : -1;
}

static int run_vendor(struct mdm_practice *practice, const struct call *call, struct mdm_bytes *out,
                      struct mdm_error *err)
{
    struct mdm_bytes upload = {0};
    int result = read_file(call->words[2], &upload, err);

    if (result == 0)
        result = mdm_practice_issue_vendor(practice, &upload, &call->order, out, err);
    if (result == 0 && (call->faults & PRACTICE_BAD_SIGNATURE) != 0)
        practice_spoil_signature(out);
    mdm_bytes_free(&upload);
    return result;
}

static int run_push(struct mdm_practice *practice, const struct call *call, struct mdm_bytes *out,
                    struct mdm_error *err)
{
    struct mdm_practice_order order = call->order;
    struct mdm_bytes upload = {0}, old = {0};
    struct mdm_certs renew = {0};
    int result = read_file(call->words[2], &upload, err);

    if (order.upload_name == NULL && strcmp(call->words[2], "-") != 0)
        order.upload_name = call->words[2];
    if (result == 0 && call->renew != NULL) {
        result = read_file(call->renew, &old, err);
        if (result == 0)
            result = mdm_certs_from_bytes(&old, call->renew, &renew, err);
        if (result == 0 && (call->faults & PRACTICE_TOPIC_OTHER) == 0)
            order.renew = renew.items[0];
    }
    if (result == 0)
        result = mdm_practice_issue_push(practice, &upload, &order, out, err);
    mdm_certs_free(&renew);
    mdm_bytes_free(&old);
    mdm_bytes_free(&upload);
    return result;
}

static const struct command {
    const char *name;
    int least; /* words, the command's own name included */
    int most;
    int (*run)(struct mdm_practice *practice, const struct call *call, struct mdm_bytes *out, struct mdm_error *err);
} commands[] = {
    {"init", 2, 2, NULL},         {"bundle", 2, 3, run_bundle}, {"ca", 3, 4, run_ca},
    {"vendor", 4, 4, run_vendor}, {"push", 4, 4, run_push},
};

/* Loads the state, runs the command, saves the state (CAs may have been made) and then writes the output. */
static int run(const struct command *command, const struct call *call, struct mdm_error *err)
{
    const char *target = call->count == command->most ? call->words[command->most - 1] : "-";
    struct mdm_practice *practice = NULL;
    struct mdm_bytes state = {0}, out = {0};
    int result = -1;

    if (read_state(call->words[1], &state, err) == 0)
        practice = decode_state(&state, call->order.at, err);
    if (practice != NULL && command->run(practice, call, &out, err) == 0 &&
        save_state(call->words[1], practice, &state, err) == 0)
        result = write_file(target, &out, err);
    mdm_bytes_free(&out);
    mdm_bytes_free(&state);
    mdm_practice_free(&practice);
    return result;
}

int main(int argc, char **argv)
{
    struct call call = {0};
    struct mdm_error err = {0};
    const struct command *command = NULL;
    int status;

    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        usage(stdout);
        return 0;
    }
    status = parse(argc, argv, &call);
    if (status != 0)
        return status;
    call.order.alter = practice_alter;
    call.order.alter_ctx = &call.faults;
    for (size_t i = 0; call.count > 0 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, call.words[0]) == 0)
            command = &commands[i];
    if (command == NULL)
        return fail_usage("no such command", call.words[0]);
    if (call.count < command->least || call.count > command->most)
        return fail_usage("wrong number of words for", command->name);
    if ((command->run == NULL ? run_init(&call, &err) : run(command, &call, &err)) == 0)
        return 0;
    return err.code == MDM_E_USAGE ? fail_usage(err.text, NULL) : report(&err);
}
