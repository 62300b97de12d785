/* See typed.h. */
#include "cli/typed.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/opt.h"

#define NAME      "mdmvendor"
#define NAME_SIZE (sizeof NAME - 1)
/* A path of 4,096 bytes, each of which takes four at most in a shell's quotes. */
#define WORD_MAX 16400

static const char *program = NAME;
static struct mdm_options given;
static bool is_given;

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
    is_given = true;
}

/* The words behind the program's name, as a shell parts them. */
struct words {
    const char *text;
    size_t size;
};

/* Takes the next word off the front; its size, 0 at the end. */
static size_t next_word(struct words *words, const char **word)
{
    bool quoted = false;
    size_t size = 0;

    while (words->size > 0 && words->text[0] == ' ') {
        words->text++;
        words->size--;
    }
    *word = words->text;
    while (size < words->size && (quoted || words->text[size] != ' '))
        quoted = quoted != (words->text[size++] == '\'');
    words->text += size;
    words->size -= size;
    return size;
}

static bool has_option(struct words words, const char *option)
{
    const size_t wanted = strlen(option);
    const char *word;
    size_t size;

    while ((size = next_word(&words, &word)) > 0) {
        if (size >= wanted && strncmp(word, option, wanted) == 0 && (size == wanted || word[wanted] == '='))
            return true;
    }
    return false;
}

static enum mdm_command command_of(struct words words)
{
    enum mdm_command command = MDM_COMMAND_COUNT;
    const char *word;
    size_t size;

    while (command == MDM_COMMAND_COUNT && (size = next_word(&words, &word)) > 0) {
        char name[16] = "";
        int step;

        if (size < sizeof name && word[0] != '-') {
            memcpy(name, word, size);
            command = mdm_options_command(name, &step, NULL);
        }
    }
    return command == MDM_COMMAND_COUNT ? MDM_COMMAND_RUN : command;
}

/* Does `command` use the option of this name? */
static bool is_used(enum mdm_command command, const char *name)
{
    for (size_t i = 0; i < opt_option_count; i++) {
        if (strcmp(opt_options[i].name, name) == 0)
            return (opt_options[i].commands & 1U << command) != 0;
    }
    return false;
}

static int append_word(struct mdm_bytes *out, const char *word, struct mdm_error *err)
{
    char *quoted = malloc(WORD_MAX);
    const char *shown = quoted != NULL && mdm_text_shell_word(word, quoted, WORD_MAX) == 0 ? quoted : word;
    const int result = mdm_bytes_append_text(out, shown, err);

    free(quoted);
    return result;
}

static int append_command(struct mdm_bytes *out, struct words words, struct mdm_error *err)
{
    const struct {
        const char *name;
        const char *option;
        const char *value;
    } repeated[] = {
        /* The folder stands first, as a person would type it. */
        {"directory", "-C", strcmp(given.directory, ".") != 0 ? given.directory : NULL},
        {"vendor-key", "--vendor-key", given.vendor_key},
        {"vendor-cert", "--vendor-cert", given.vendor_cert},
        {"ca-file", "--ca-file", given.ca_file},
        {"pfx", "--pfx", given.pfx == MDM_P12_MODERN ? "modern" : NULL},
    };
    const enum mdm_command command = command_of(words);
    const bool only_shows = has_option(words, "--help") || has_option(words, "--version");

    if (append_word(out, program, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof repeated / sizeof repeated[0]; i++) {
        if (i == 1 && mdm_bytes_append(out, words.text, words.size, err) != 0)
            return -1;
        if (repeated[i].value == NULL || only_shows || !is_used(command, repeated[i].name) ||
            has_option(words, repeated[i].option))
            continue;
        if (mdm_bytes_append_text(out, " ", err) != 0 || mdm_bytes_append_text(out, repeated[i].option, err) != 0 ||
            mdm_bytes_append_text(out, " ", err) != 0 || append_word(out, repeated[i].value, err) != 0)
            return -1;
    }
    return 0;
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

int typed_append(struct mdm_bytes *out, const char *text, struct mdm_error *err)
{
    const char *const begin = text;
    const char *rest = text;
    size_t size;

    while (is_given && *text != '\0') {
        if (!is_command(begin, text, &size)) {
            text++;
            continue;
        }
        if (mdm_bytes_append(out, rest, (size_t)(text - rest), err) != 0 ||
            append_command(out, (struct words){text + NAME_SIZE, size - NAME_SIZE}, err) != 0)
            return -1;
        text += size;
        rest = text;
    }
    return mdm_bytes_append_text(out, rest, err);
}
