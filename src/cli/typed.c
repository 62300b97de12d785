/* Commands as they must be typed here: as this program was called, with the options that change what comes of them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/say.h"

#define NAME      "mdmvendor"
#define NAME_SIZE (sizeof NAME - 1)
/* A path of 4,096 bytes, each of which takes four at most in a shell's quotes. */
#define WORD_MAX 16400

static const char *program = NAME;
static struct mdm_options given = {.directory = mdm_here};

void typed_program(const char *called)
{
    const char *script = getenv("MDMVENDOR_CALLED_AS");

    if (script != NULL && script[0] != '\0')
        program = script;
    else if (called != NULL && strchr(called, '/') != NULL)
        program = called;
}

void typed_options(const struct mdm_options *options)
{
    given = *options;
}

/* The words behind the program's name, as a shell parts them. */
struct words {
    const char *text;
    size_t size;
};

/* Takes the next word off the front, into `word` as far as "=" and as it has room. False at the end. */
static bool next_word(struct words *words, char *word, size_t room)
{
    size_t gap = 0, size = 0, shown = 0;
    bool quoted = false;

    while (gap < words->size && words->text[gap] == ' ')
        gap++;
    words->text += gap;
    words->size -= gap;
    for (; size < words->size && (quoted || words->text[size] != ' '); size++)
        quoted = quoted != (words->text[size] == '\'');
    while (shown < size && words->text[shown] != '=')
        shown++;
    (void)snprintf(word, room, "%.*s", (int)shown, words->text);
    words->text += size;
    words->size -= size;
    return size > 0;
}

static void append_word(struct mdm_bytes *out, const char *word, struct mdm_error *err)
{
    char quoted[WORD_MAX];

    (void)mdm_bytes_append_text(out, mdm_text_shell_word(word, quoted, sizeof quoted) == 0 ? quoted : word, err);
}

static void append_command(struct mdm_bytes *out, struct words words, struct mdm_error *err)
{
    struct {
        const char *option;
        const char *value; /* NULL: not given, or the command has one of its own */
    } repeated[] = {
        /* The folder stands first, as a person would type it. */
        {"-C", strcmp(given.directory, mdm_here) != 0 ? given.directory : NULL},
        {"--vendor-key", given.vendor_key},
        {"--vendor-cert", given.vendor_cert},
        {"--ca-file", given.ca_file},
        {"--pfx", given.pfx == MDM_P12_MODERN ? "modern" : NULL},
    };
    const size_t count = sizeof repeated / sizeof repeated[0];
    enum mdm_command command = MDM_COMMAND_COUNT;
    struct words rest = words;
    char word[32];
    int step;

    while (next_word(&rest, word, sizeof word)) {
        const bool only_shows = strcmp(word, "--help") == 0 || strcmp(word, "--version") == 0;

        for (size_t i = 0; i < count; i++) {
            if (only_shows || strcmp(word, repeated[i].option) == 0)
                repeated[i].value = NULL;
        }
        if (command == MDM_COMMAND_COUNT && word[0] != '-')
            command = mdm_options_command(word, &step, NULL);
    }
    if (command == MDM_COMMAND_COUNT)
        command = MDM_COMMAND_RUN;
    append_word(out, program, err);
    for (size_t i = 0; i < count; i++) {
        const char *name = repeated[i].option + strspn(repeated[i].option, "-");

        if (i == 1)
            (void)mdm_bytes_append(out, words.text, words.size, err);
        if (repeated[i].value == NULL || (opt_find(name, strlen(name))->commands & 1U << command) == 0)
            continue;
        (void)mdm_bytes_format(out, err, " %s ", repeated[i].option);
        append_word(out, repeated[i].value, err);
    }
}

/* Does a command begin here? *size: up to the closing backquote, or the end of the line. */
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
        append_command(out, (struct words){text + NAME_SIZE, size - NAME_SIZE}, err);
        text += size;
        rest = text;
    }
    (void)mdm_bytes_append_text(out, rest, err);
}
