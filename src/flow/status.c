/* How a work folder stands, in one look: see status.h. */
#include "flow/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/status_parts.h"

char *mdm_status_format(struct mdm_error *err, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    int size;

    va_start(arguments, format);
    size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size >= 0)
        text = malloc((size_t)size + 1);
    if (text == NULL) {
        mdm_error_set(err, MDM_E_FAILED, "out of memory");
        return NULL;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, (size_t)size + 1, format, arguments);
    va_end(arguments);
    return text;
}

int mdm_texts_add(struct mdm_texts *texts, const char *text, struct mdm_error *err)
{
    char **more = realloc(texts->items, (texts->count + 1) * sizeof *more);

    if (more == NULL)
        return mdm_error_set(err, MDM_E_FAILED, "out of memory");
    texts->items = more;
    more[texts->count] = strdup(text);
    if (more[texts->count] == NULL)
        return mdm_error_set(err, MDM_E_FAILED, "out of memory");
    texts->count++;
    return 0;
}

static void texts_free(struct mdm_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free(texts->items[i]);
    free(texts->items);
}

int mdm_status_read(const struct mdm_status_options *options, struct mdm_status *out, struct mdm_error *err)
{
    struct mdm_looking looking = {.options = options, .out = out};
    struct mdm_workspace *workspace = NULL;
    struct mdm_survey *survey = NULL;
    int result = -1;

    *out = (struct mdm_status){0};
    workspace = mdm_workspace_open(options->directory, MDM_WORKSPACE_LOOK, err);
    if (workspace == NULL)
        goto out;
    survey = mdm_survey_take(workspace, options->vendor_key, options->vendor_cert, err);
    if (survey == NULL)
        goto out;
    looking.workspace = workspace;
    looking.survey = survey;
    out->directory = mdm_status_format(err, "%s", options->directory);
    if (out->directory == NULL || mdm_status_read_certs(&looking, err) != 0 ||
        mdm_status_read_steps(&looking, err) != 0 || mdm_status_read_warnings(&looking, err) != 0)
        goto out;
    result = 0;
out:
    mdm_survey_free(&survey);
    mdm_workspace_close(&workspace);
    if (result != 0)
        mdm_status_free(out);
    return result;
}

void mdm_status_free(struct mdm_status *status)
{
    free(status->directory);
    for (size_t i = 0; i < 3; i++) {
        texts_free(&status->steps[i].files);
        free(status->steps[i].reason);
    }
    free(status->next.command);
    for (size_t i = 0; i < status->certificate_count; i++) {
        free(status->certificates[i].path);
        mdm_cert_free(&status->certificates[i].cert);
    }
    free(status->certificates);
    free(status->topic);
    free(status->row);
    texts_free(&status->warnings);
    *status = (struct mdm_status){0};
}
