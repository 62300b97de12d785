/*
 * A whole work folder. Each part of the input is one file: its name is the path below the folder, with "/" behind it
 * for a folder and " -> TARGET" behind it for a symbolic link. The parts "ca" and "at" are the trust and the time.
 */
#include <fcntl.h>
#include <ftw.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "flow/state.h"
#include "flow/status.h"
#include "fuzz.h"

/* Makes the folders on the way to a path below the root; false when one of them is something else, or leads out of it.
 */
static bool make_parents(char *path, size_t root)
{
    struct stat status;

    if (strstr(path + root, "..") != NULL)
        return false;
    for (char *slash = path + root; (slash = strchr(slash + 1, '/')) != NULL; *slash = '/') {
        *slash = '\0';
        (void)mkdir(path, 0700);
        if (lstat(path, &status) != 0 || !S_ISDIR(status.st_mode))
            return false;
    }
    return true;
}

/* Nothing is to be done about a name that cannot be, or stands there twice. */
static void put_part(const char *root, const struct fuzz_part *part)
{
    char path[sizeof part->name + 64], *arrow;
    int fd;

    (void)snprintf(path, sizeof path, "%s/%s", root, part->name);
    arrow = strstr(path, " -> ");
    if (arrow != NULL)
        *arrow = '\0';
    if (!make_parents(path, strlen(root)))
        return;
    if (arrow != NULL) {
        (void)!symlink(arrow + strlen(" -> "), path);
        return;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    for (size_t done = 0; done < part->bytes.size;) {
        ssize_t written = write(fd, part->bytes.data + done, part->bytes.size - done);

        FUZZ_REQUIRE(written > 0);
        done += (size_t)written;
    }
    (void)close(fd);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

/* Makes the folder, in memory where there is such a place. */
static void make_folder(char *path, size_t size)
{
    (void)snprintf(path, size, "%s/mdmvendor-fuzz-XXXXXX", access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
    FUZZ_REQUIRE(mkdtemp(path) != NULL);
}

/* Every file is judged for both roles, and a mistake has a sentence. */
static void judge_all(const char *path)
{
    struct mdm_error err = {0};
    struct mdm_workspace *workspace = mdm_workspace_open(path, MDM_WORKSPACE_LOOK, &err);
    struct mdm_flow_options options = {0};
    struct mdm_state *state = workspace != NULL ? mdm_state_take(workspace, &options, NULL, 0, &err) : NULL;

    if (state == NULL)
        fuzz_check_error(&err);
    for (size_t i = 0; state != NULL && i < state->inputs.count; i++) {
        const struct mdm_file *file = &state->inputs.items[i];

        FUZZ_REQUIRE(fuzz_is_safe(file->path));
        for (int role = 0; role < 2; role++) {
            struct mdm_error why = {0};
            enum mdm_match match = mdm_state_match(state, role == 0 ? MDM_ROLE_VENDOR : MDM_ROLE_CUSTOMER, file, &why);

            if (match >= MDM_MATCH_SPENT)
                fuzz_check_error(&why);
        }
    }
    if (state != NULL)
        mdm_state_free(&state);
    mdm_workspace_close(&workspace);
}

static void read_status(const char *path, const struct fuzz_parts *parts)
{
    const struct mdm_options given = {.flow = {.directory = path, .warn_days = 30}};
    struct mdm_flow_options options = {.directory = path, .trust = fuzz_trust(parts), .warn_days = 30};
    struct mdm_status status = {0};
    struct mdm_error err = {0};
    struct mdm_bytes json = {0};

    opt = &given;
    if (mdm_status_read(&options, fuzz_time(parts), &status, &err) != 0) {
        fuzz_check_error(&err);
    } else {
        for (size_t i = 0; i < status.certificate_count; i++)
            fuzz_check_facts(mdm_cert_facts(status.certificates[i].cert));
        FUZZ_REQUIRE(status_json(&status, NULL, &json, &err) == 0 && json.size > 0);
        for (char *newline = (char *)json.data; (newline = strchr(newline, '\n')) != NULL;)
            *newline = ' '; /* those between its lines */
        FUZZ_REQUIRE(strlen((const char *)json.data) == json.size && fuzz_is_safe((const char *)json.data));
        mdm_bytes_free(&json);
        mdm_status_free(&status);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_parts parts;
    char path[64];

    fuzz_parts_read(data, size, &parts);
    make_folder(path, sizeof path);
    for (size_t i = 0; i < parts.count; i++)
        if (strcmp(parts.items[i].name, "ca") != 0 && strcmp(parts.items[i].name, "at") != 0)
            put_part(path, &parts.items[i]);
    judge_all(path);
    read_status(path, &parts);
    FUZZ_REQUIRE(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
    fuzz_parts_free(&parts);
    ERR_clear_error();
    return 0;
}
