/* `mdmvendor sign`: customers' own CSRs, one or many. */
#include <string.h>

#include "cli/cmd.h"
#include "cli/say.h"
#include "cli/sign_batch.h"
#include "flow/batch.h"
#include "pki/pem.h"
#include "store/file.h"
#include "store/workspace.h"

#define REQUEST_MODE 0644u

static bool is_dash(const char *text)
{
    return strcmp(text, "-") == 0;
}

static bool is_one(const struct mdm_options *options)
{
    return options->output != NULL || (options->operand_count == 1 && is_dash(options->operands[0]));
}

static int refuse_use(struct mdm_error *err, const char *what, const char *hint)
{
    (void)mdm_error_set(err, MDM_E_USAGE, "%s", what);
    return mdm_error_hint(err, "%s", hint);
}

static int check_use(const struct mdm_options *options, struct mdm_error *err)
{
    if (options->operand_count == 0 && options->from == NULL)
        return refuse_use(err, "sign needs a CSR", "Name one or more files, `-` for standard input, or --from LIST.");
    if (options->operand_count > 0 && options->from != NULL)
        return refuse_use(err, "the CSRs are named both on the command line and by --from",
                          "Put all of them into the list, or all on the command line.");
    if (options->output != NULL && options->output_dir != NULL)
        return refuse_use(err, "--output and --output-dir cannot be combined",
                          "Use -o FILE for one request and --output-dir DIR for many.");
    if (options->output != NULL && options->operand_count != 1)
        return refuse_use(err, "-o FILE takes one request, and there is more than one CSR",
                          "Use --output-dir DIR for many.");
    if (options->json && is_one(options) && (options->output == NULL || is_dash(options->output)))
        return refuse_use(err, "the request and the record of --json cannot both go to standard output",
                          "Give -o FILE for the request.");
    for (size_t i = 0; i < options->operand_count; i++)
        if (is_dash(options->operands[i]) && (options->operand_count > 1 || options->output_dir != NULL))
            return refuse_use(err, "the CSR on standard input has no name to name its request after",
                              "Sign it alone: `mdmvendor sign - -o FILE`.");
    return 0;
}

/* One CSR, from its file to its request. */
struct single {
    const struct mdm_options *options;
    const struct mdm_signer *signer;
    const char *shown;
    const char *output;
    struct mdm_csr *csr;
    char csr_sha256[MDM_SHA256_TEXT];
};

static int read_csr(struct single *single, struct mdm_error *err)
{
    const char *path = single->options->operands[0];
    struct mdm_bytes file = {0};
    struct mdm_key_facts key = {0};
    int result;

    if (is_dash(path))
        result = mdm_stdin_read(MDM_FILE_LIMIT, &file, err);
    else
        result = mdm_path_read(path, MDM_FILE_LIMIT, &file, NULL, err);
    if (result == 0)
        result = mdm_sha256_text(file.data, file.size, single->csr_sha256, err);
    if (result == 0)
        single->csr = mdm_csr_from_bytes(&file, single->shown, err);
    if (single->csr != NULL)
        mdm_key_describe(&file, &key);
    if (key.is_key)
        say(SAY_WARNING, MDM_KEY_SENT_ALONG, single->shown);
    mdm_bytes_free(&file);
    return single->csr != NULL ? 0 : -1;
}

/* True when FILE is the request of this CSR already. */
static bool is_there(const struct single *single)
{
    struct mdm_bytes file = {0};
    bool yes = mdm_path_read(single->output, MDM_FILE_LIMIT, &file, NULL, NULL) == 0 &&
               mdm_request_matches(&file, mdm_signer_chain(single->signer)->items[0], single->csr);

    mdm_bytes_free(&file);
    return yes;
}

static int write_request(const struct single *single, const struct mdm_bytes *request, struct mdm_error *err)
{
    if (is_dash(single->output)) {
        say_result_bytes(request->data, request->size);
        return 0;
    }
    if (mdm_path_is_stream(single->output))
        return mdm_path_send(single->output, request, err);
    if (mdm_path_write(single->output, request, REQUEST_MODE, MDM_FILE_NEW, err) != 0)
        return -1;
    say(SAY_NOTE, "the request for '%s' is '%s'", single->shown, single->output);
    return 0;
}

static int make_request(const struct single *single, struct mdm_error *err)
{
    const bool is_file = !is_dash(single->output) && !mdm_path_is_stream(single->output);
    struct mdm_bytes request = {0};
    int result = -1;

    if (is_file)
        mdm_path_sweep_dead(single->output);
    if (is_file && is_there(single)) {
        say(SAY_NOTE, "'%s' is the request for '%s' already: nothing to do", single->output, single->shown);
        return 0;
    }
    if (mdm_signer_sign(single->signer, single->csr, single->shown, &request, err) == 0)
        result = write_request(single, &request, err);
    mdm_bytes_free(&request);
    return result;
}

/* --json. There is nothing to read back from a pipe. */
static void print_record(const struct single *single, const struct mdm_session *session, const struct mdm_error *err)
{
    const bool failed = err->code != MDM_OK;
    const struct sign_record record = {
        .csr = single->options->operands[0],
        .csr_sha256 = single->csr_sha256[0] != '\0' ? single->csr_sha256 : NULL,
        .subject = single->csr != NULL ? mdm_csr_facts(single->csr)->subject : NULL,
        .request = failed || mdm_path_is_stream(single->output) ? NULL : single->output,
        .error = failed ? err : NULL,
    };

    sign_record_print(&record, single->signer, &session->callbacks);
}

static int sign_one(const struct mdm_options *options, struct mdm_session *session, const struct mdm_signer *signer)
{
    struct mdm_error err = {0};
    struct single single = {.options = options,
                            .signer = signer,
                            .shown = is_dash(options->operands[0]) ? "standard input" : options->operands[0],
                            .output = options->output != NULL ? options->output : "-"};
    int result = read_csr(&single, &err);

    if (result == 0)
        result = make_request(&single, &err);
    if (options->json)
        print_record(&single, session, &err);
    mdm_csr_free(&single.csr);
    return result == 0 ? 0 : say_error(&err);
}

/* Into --output-dir, which is made when missing; or into the work folder's outputs/, which is locked meanwhile as for
 * every other run that writes there. */
static int sign_many(const struct mdm_options *options, struct mdm_session *session, const struct mdm_signer *signer)
{
    const char *directory = options->output_dir;
    struct mdm_error err = {0};
    struct mdm_dir *made = NULL;
    struct mdm_workspace *workspace = NULL;
    struct mdm_bytes outputs = {0};
    int status;

    if (directory != NULL) {
        made = mdm_dir_make(directory, &err);
    } else {
        workspace = mdm_workspace_open(options->directory, MDM_WORKSPACE_WORK, &err);
        if (workspace != NULL && mdm_bytes_format(&outputs, &err, "%s/outputs", options->directory) == 0)
            directory = (const char *)outputs.data;
    }
    mdm_dir_close(&made);
    status = err.code == MDM_OK ? sign_batch(options, session, signer, directory) : say_error(&err);
    mdm_bytes_free(&outputs);
    mdm_workspace_close(&workspace);
    return status;
}

/* Without an option for it, requests go into outputs/ where there is one. */
static int check_outputs(const struct mdm_options *options, struct mdm_error *err)
{
    struct mdm_dir *root = mdm_dir_open(options->directory, err);
    struct mdm_dir *outputs = NULL;
    int found = root != NULL ? mdm_dir_sub(root, "outputs", &outputs, err) : -1;

    if (found == 0)
        found = refuse_use(err, "it is not said where the requests go, and there is no outputs/ here",
                           "Give -o FILE (`-o -` for standard output) for one CSR, or --output-dir DIR.");
    mdm_dir_close(&outputs);
    mdm_dir_close(&root);
    return found > 0 ? 0 : -1;
}

int cmd_sign(const struct mdm_options *options, struct mdm_session *session)
{
    struct mdm_error err = {0};
    struct mdm_signer *signer = NULL;
    struct mdm_flow_options flow;
    int status;

    if (check_use(options, &err) == 0 &&
        (is_one(options) || options->output_dir != NULL || check_outputs(options, &err) == 0) &&
        cmd_flow_options(options, session, &flow, &err) == 0)
        signer = mdm_vendor_signer(&flow, &session->callbacks, &err);
    if (signer == NULL)
        status = say_error(&err);
    else
        status = (is_one(options) ? sign_one : sign_many)(options, session, signer);
    mdm_signer_free(&signer);
    return status;
}
