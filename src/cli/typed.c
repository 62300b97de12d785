/* Commands as they must be typed here: as this program was called, with the options that affect the result. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/say.h"

#define NAME      "mdmvendor"
#define NAME_SIZE (sizeof NAME - 1)
/* A path of 4,096 bytes, each at most four in a shell's quotes. */
#define QUOTED_MAX 16400
#define WORD_MAX   32 /* of a command or an option */

static const char *program = NAME;

void typed_program(const char *called)
{
    const char *script = getenv("MDMVENDOR_CALLED_AS");

    if (script != NULL && script[0] != '\0')
        program = script;
    else if (called != NULL && strchr(called, '/') != NULL)
        program = called;
}

/* Takes the next word off a command, as a shell splits words; of an option without its value. False: there is none. */
static bool next_word(const char **at, const char *end, char word[WORD_MAX])
{
    const char *begin = *at;
    bool quoted = false;

    for (; *at < end && (quoted || **at != ' '); (*at)++)
        quoted = quoted != (**at == '\'');
    (void)snprintf(word, WORD_MAX, "%.*s", (int)(*at - begin), begin);
    word[strcspn(word, "=")] = '\0';
    *at += *at < end;
    return begin < end;
}

static bool has_word(const char *text, const char *end, const char *wanted)
{
    char word[WORD_MAX];

    while (next_word(&text, end, word))
        if (strcmp(word, wanted) == 0)
            return true;
    return false;
}

static void append_word(struct mdm_bytes *out, const char *word, struct mdm_error *err)
{
    char quoted[QUOTED_MAX];

    (void)mdm_bytes_append_text(out, mdm_text_shell_word(word, quoted, sizeof quoted) == 0 ? quoted : word, err);
}

/* `text` up to `end` is what follows the program's name. */
static void append_command(struct mdm_bytes *out, const char *text, const char *end, struct mdm_error *err)
{
    const struct mdm_options *given = opt_in_force;
    const struct {
        const char *option;
        const char *value; /* NULL: not given */
    } repeated[] = {
        /* Before the command; the others come after it. */
        {"-C", strcmp(given->flow.directory, mdm_here) != 0 ? given->flow.directory : NULL},
        {"--vendor-key", given->flow.vendor_key},
        {"--vendor-cert", given->flow.vendor_cert},
        {"--ca-file", given->ca_file},
        {"--pfx", given->flow.pfx == MDM_P12_MODERN ? "modern" : NULL},
    };
    const bool only_shows = given->help || given->command == MDM_COMMAND_HELP || has_word(text, end, "--help") ||
                            has_word(text, end, "--version");
    enum mdm_command command = MDM_COMMAND_COUNT;
    char word[WORD_MAX];
    int step;

    for (const char *at = text; command == MDM_COMMAND_COUNT && next_word(&at, end, word);)
        if (word[0] != '-' && word[0] != '\0')
            command = mdm_options_command(word, &step, NULL);
    if (command == MDM_COMMAND_COUNT)
        command = MDM_COMMAND_RUN;
    append_word(out, program, err);
    for (size_t i = 0; i < sizeof repeated / sizeof repeated[0]; i++) {
        const char *name = repeated[i].option + strspn(repeated[i].option, "-");

        if (i == 1)
            (void)mdm_bytes_append(out, text, (size_t)(end - text), err);
        if (repeated[i].value == NULL || only_shows || has_word(text, end, repeated[i].option) ||
            (opt_find(name, strlen(name))->commands & 1U << command) == 0)
            continue;
        (void)mdm_bytes_format(out, err, " %s ", repeated[i].option);
        append_word(out, repeated[i].value, err);
    }
}

/* Does a command begin here? *size: its length. */
static bool is_command(const char *begin, const char *text, size_t *size)
{
    const bool in_quotes = text > begin && text[-1] == '`';
    const bool on_line =
        text - begin >= 4 && strncmp(text - 4, "    ", 4) == 0 && (text - begin == 4 || text[-5] == '\n');

    if ((!in_quotes && !on_line) || strncmp(text, NAME, NAME_SIZE) != 0 || strchr(" `\n", text[NAME_SIZE]) == NULL)
        return false;
    *size = strcspn(text, in_quotes ? "`" : "\n");
    return true;
}

void typed_append(struct mdm_bytes *out, const char *text, struct mdm_error *err)
{
    const char *const begin = text;
    const char *rest = text;
    size_t size;

    while (*text != '\0') {
        if (!is_command(begin, text, &size)) {
            text++;
            continue;
        }
        (void)mdm_bytes_append(out, rest, (size_t)(text - rest), err);
        append_command(out, text + NAME_SIZE, text + size, err);
        text += size;
        rest = text;
    }
    (void)mdm_bytes_append_text(out, rest, err);
}
