/* What several commands use. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cmd.h"
#include "cli/json.h"
#include "cli/say.h"
#include "store/file.h"

/* Does the file lie below the folder, wherever links lead? */
static bool is_inside(const char *file, const char *directory)
{
    MDM_OWNED(mdm_free_at) char *folder = realpath(directory, NULL);
    MDM_OWNED(mdm_free_at) char *path = realpath(file, NULL);

    return folder != NULL && path != NULL && strncmp(path, folder, strlen(folder)) == 0 && path[strlen(folder)] == '/';
}

const struct mdm_trust *cmd_trust(struct mdm_session *session, const char *file, struct mdm_error *err)
{
    const char *ca_file = opt->ca_file;
    const bool practice = opt->flow.practice && (file == NULL || is_inside(file, opt->flow.directory));
    struct mdm_trust **trust = &session->trust[practice];
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes bundle = {0};

    if (*trust != NULL)
        return *trust;
    if (ca_file == NULL)
        return *trust = mdm_trust_apple(err);
    if (mdm_path_read(ca_file, MDM_PATH_ANY, &bundle, NULL, err) == 0)
        *trust = mdm_trust_from_bytes(&bundle, ca_file, err);
    if (*trust == NULL) {
        mdm_error_context(err, "option '--ca-file'");
        mdm_error_hint(err, "Name a PEM file of CA certificates, the root among them; without --ca-file, Apple's "
                            "own are trusted.");
    }
    return *trust;
}

int cmd_nagios(int status, const char *sentence, const char *data)
{
    static const char *const names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    char clean[MDM_ERROR_TEXT_MAX];

    (void)snprintf(clean, sizeof clean, "%s", sentence);
    for (char *bar = clean; (bar = strchr(bar, '|')) != NULL;) /* performance data begins at a bar */
        *bar = '/';
    say(SAY_RESULT, "MDM PUSH %s - %s%s", names[status], clean, data);
    return status;
}

void cmd_write_error(struct json *json, const struct mdm_error *err)
{
    json_open(json, "error", "{}");
    json_integer(json, "status", say_status(err));
    json_string(json, "text", err->text);
    json_string(json, "hint", say_hint(err));
    json_close(json);
}

mdm_time cmd_time(void)
{
    return opt->at != MDM_TIME_NONE ? opt->at : (mdm_time)time(NULL);
}

double cmd_seconds(void)
{
    struct timespec time = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

const char *cmd_path(const char *directory, const char *name, char out[CMD_PATH_MAX])
{
    const bool here = strcmp(directory, mdm_here) == 0;

    (void)snprintf(out, CMD_PATH_MAX, "%s%s%s", here ? "" : directory, here ? "" : "/", name);
    return out;
}

const char *cmd_root(void)
{
    static char root[CMD_PATH_MAX];
    MDM_OWNED(mdm_free_at) char *real = realpath(opt->flow.directory, NULL);
    const char *path = real != NULL ? real : opt->flow.directory;
    MDM_OWNED(mdm_free_at) char *safe = mdm_text_safe(path, strlen(path));

    (void)snprintf(root, sizeof root, "%s", safe != NULL ? safe : path);
    return root;
}
