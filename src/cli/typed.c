/* Commands as they must be typed here: as this program was called, with the options that affect the result. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/say.h"

#define NAME     "mdmvendor"
#define WORD_MAX 32 /* of a command */

/* `words` are what follows the program's name. */
static void append_command(struct mdm_bytes *out, const char *words, struct mdm_error *err)
{
    const char *program = getenv("MDMVENDOR_CALLED_AS");
    const struct {
        const char *option;
        const char *value; /* NULL: not given */
    } repeated[] = {
        {" -C", strcmp(opt->flow.directory, mdm_here) != 0 ? opt->flow.directory : NULL}, /* before the command */
        {" --vendor-key", opt->flow.vendor_key},
        {" --vendor-cert", opt->flow.vendor_cert},
        {" --ca-file", opt->ca_file},
        {" --pfx", opt->flow.pfx == MDM_P12_MODERN ? "modern" : NULL},
    };
    const bool only_shows = opt->help || opt->command == MDM_COMMAND_HELP || strstr(words, " --help") != NULL;
    int command = -1, size;
    char word[WORD_MAX];

    for (const char *at = words; command < 0 && sscanf(at, "%31s%n", word, &size) == 1; at += size)
        command = mdm_options_command(word, NULL);
    if (program == NULL || program[0] == '\0')
        program = opt->program != NULL && strchr(opt->program, '/') != NULL ? opt->program : NAME;
    (void)mdm_bytes_append_text(out, MDM_QUOTED(program), err);
    for (size_t i = 0; i < sizeof repeated / sizeof repeated[0]; i++) {
        const char *option = repeated[i].option, *name = option + strspn(option, " -");
        const unsigned takes = opt_find(name, strlen(name))->commands;

        if (i == 1)
            (void)mdm_bytes_append_text(out, words, err);
        if (repeated[i].value == NULL || only_shows || strstr(words, option) != NULL ||
            (takes & 1U << (command < 0 ? MDM_COMMAND_RUN : command)) == 0)
            continue;
        (void)mdm_bytes_format(out, err, "%s %s", option, MDM_QUOTED(repeated[i].value));
    }
}

void typed_append(struct mdm_bytes *out, const char *text, struct mdm_error *err)
{
    const char *rest = text;

    for (const char *at = text; (at = strstr(at, NAME)) != NULL;) {
        const bool in_quotes = at > text && at[-1] == '`';
        const bool on_line = at - text == 4 && strncmp(text, "    ", 4) == 0;
        const char *name = at;

        at += strlen(NAME);
        if ((!in_quotes && !on_line) || strchr(" `", *at) == NULL) /* or the end */
            continue;

        MDM_OWNED(mdm_free_at) char *words = strndup(at, strcspn(at, in_quotes ? "`" : ""));

        if (words == NULL) {
            mdm_error_memory(err);
            return;
        }
        (void)mdm_bytes_append(out, rest, (size_t)(name - rest), err);
        append_command(out, words, err);
        rest = at += strlen(words);
    }
    (void)mdm_bytes_append_text(out, rest, err);
}
