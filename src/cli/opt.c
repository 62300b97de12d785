/* Reads the command line by the tables of opt_table.c. */
#include "cli/opt.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/opt_table.h"
#include "cli/suggest.h"
#include "pki/subject.h"

#define DAYS_DEFAULT 30
#define NAMES_MAX    64

/* Where parsing stands. */
struct parse {
    struct mdm_options *options;
    int argc;
    char *const *argv;
    int next; /* index of the word after the current one */
    bool seen[NAMES_MAX];
};

/* "--name" is what people are told, also when they wrote the letter. */
static int option_error(struct mdm_error *err, const struct opt_option *option, const char *words)
{
    return mdm_error_set(err, MDM_E_USAGE, "option '--%s' %s", option->name, words);
}

static int unknown_option(const char *name, size_t size, struct mdm_error *err)
{
    const char *names[NAMES_MAX];
    char word[NAMES_MAX];
    const char *nearest = NULL;
    size_t count = 0;

    /* A value behind "=" is not repeated: it may be a password. */
    (void)mdm_error_set(err, MDM_E_USAGE, "unknown option '%.*s'", (int)size + 2, name - 2);
    for (size_t i = 0; i < opt_option_count; i++) {
        if (opt_options[i].help != NULL)
            names[count++] = opt_options[i].name;
    }
    if (size < sizeof word) {
        memcpy(word, name, size);
        word[size] = '\0';
        nearest = suggest_nearest(word, names, count);
    }
    if (nearest != NULL)
        return mdm_error_hint(err, "did you mean '--%s'?", nearest);
    return mdm_error_hint(err, "`mdmvendor --help` lists the options.");
}

static const struct opt_option *find_long(const char *name, size_t size)
{
    for (size_t i = 0; i < opt_option_count; i++) {
        if (strlen(opt_options[i].name) == size && strncmp(opt_options[i].name, name, size) == 0)
            return &opt_options[i];
    }
    return NULL;
}

static const struct opt_option *find_letter(char letter)
{
    for (size_t i = 0; i < opt_option_count; i++) {
        if (opt_options[i].letter == letter && letter != '\0')
            return &opt_options[i];
    }
    return NULL;
}

static int read_number(const struct opt_option *option, const char *text, long *out, struct mdm_error *err)
{
    char *end = NULL;

    errno = 0;
    *out = strtol(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0')
        return mdm_error_set(err, MDM_E_USAGE, "option '--%s' needs a whole number, not '%s'", option->name, text);
    if (errno == ERANGE || *out < option->minimum || *out > option->maximum)
        return mdm_error_set(err, MDM_E_USAGE, "option '--%s' needs a number from %ld to %ld, not %s", option->name,
                             option->minimum, option->maximum, text);
    return 0;
}

static int check_subject(const struct opt_option *option, const char *text, struct mdm_error *err)
{
    struct mdm_subject *subject = mdm_subject_parse(text, err);

    if (subject == NULL)
        return mdm_error_context(err, "option '--%s'", option->name);
    mdm_subject_free(&subject);
    return 0;
}

static int store_date(struct mdm_options *options, const struct opt_option *option, const char *value,
                      struct mdm_error *err)
{
    if (mdm_time_parse(value, &options->at, err) != 0)
        return mdm_error_context(err, "option '--%s'", option->name);
    options->at_given = true;
    return 0;
}

static int store_pfx(struct mdm_options *options, const struct opt_option *option, const char *value,
                     struct mdm_error *err)
{
    if (strcmp(value, "compat") == 0)
        options->pfx = MDM_P12_COMPAT;
    else if (strcmp(value, "modern") == 0)
        options->pfx = MDM_P12_MODERN;
    else
        return mdm_error_set(err, MDM_E_USAGE, "option '--%s' is either compat or modern, not '%s'", option->name,
                             value);
    return 0;
}

static int store_waiting(struct mdm_options *options, const struct opt_option *option, const char *value,
                         struct mdm_error *err)
{
    const enum mdm_waiting waiting = option->kind == OPT_WAIT ? MDM_WAIT_YES : MDM_WAIT_NO;

    if (options->waiting != MDM_WAIT_DEFAULT && options->waiting != waiting)
        return mdm_error_set(err, MDM_E_USAGE, "options '--wait' and '--no-wait' exclude each other");
    options->waiting = waiting;
    return value == NULL ? 0 : read_number(option, value, &options->wait_seconds, err);
}

/* `value` is NULL for an option without one. */
static int store(struct mdm_options *options, const struct opt_option *option, const char *value, struct mdm_error *err)
{
    char *const target = (char *)options + option->target;

    switch (option->kind) {
    case OPT_FLAG:
        memcpy(target, &(const bool){true}, sizeof(bool));
        return 0;
    case OPT_SUBJECT:
        if (check_subject(option, value, err) != 0)
            return -1;
        memcpy(target, &value, sizeof value);
        return 0;
    case OPT_TEXT:
        memcpy(target, &value, sizeof value);
        return 0;
    case OPT_NUMBER: {
        long number;

        if (read_number(option, value, &number, err) != 0)
            return -1;
        memcpy(target, &number, sizeof number);
        return 0;
    }
    case OPT_DATE:
        return store_date(options, option, value, err);
    case OPT_PFX:
        return store_pfx(options, option, value, err);
    case OPT_WAIT:
    case OPT_NO_WAIT:
        return store_waiting(options, option, value, err);
    }
    return -1;
}

/* An option whose value, if any was attached to it, is known: takes the next word when one is due, and stores it. */
static int take(struct parse *parse, const struct opt_option *option, const char *value, struct mdm_error *err)
{
    const size_t index = (size_t)(option - opt_options);
    const bool optional = option->argument != NULL && option->argument[0] == '[';

    if (option->argument == NULL && value != NULL)
        return option_error(err, option, "takes no value");
    if (option->argument != NULL && parse->seen[index])
        return option_error(err, option, "is given twice");
    parse->seen[index] = true;
    if (option->argument != NULL && !optional && value == NULL && parse->next < parse->argc)
        value = parse->argv[parse->next++];
    if (option->argument != NULL && !optional && value == NULL)
        return mdm_error_set(err, MDM_E_USAGE, "option '--%s' needs a value: %s", option->name, option->argument);
    if (value != NULL && value[0] == '\0')
        return option_error(err, option, "has an empty value");
    return store(parse->options, option, value, err);
}

static int parse_long(struct parse *parse, const char *word, struct mdm_error *err)
{
    const char *name = word + 2;
    const size_t size = strcspn(name, "=");
    const struct opt_option *option = find_long(name, size);

    if (option == NULL)
        return unknown_option(name, size, err);
    return take(parse, option, name[size] == '=' ? name + size + 1 : NULL, err);
}

/* "-q", "-qV", "-j4", "-j 4" */
static int parse_letters(struct parse *parse, const char *word, struct mdm_error *err)
{
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        const struct opt_option *option = find_letter(*letter);

        if (option == NULL) {
            (void)mdm_error_set(err, MDM_E_USAGE, "unknown option '-%c'", *letter);
            return mdm_error_hint(err, "`mdmvendor --help` lists the options.");
        }
        if (option->argument != NULL)
            return take(parse, option, letter[1] != '\0' ? letter + 1 : NULL, err);
        if (take(parse, option, NULL, err) != 0)
            return -1;
    }
    return 0;
}

enum mdm_command mdm_options_command(const char *word, int *step)
{
    *step = 0;
    if (word[0] >= '1' && word[0] <= '4' && word[1] == '\0') {
        *step = word[0] - '0';
        return MDM_COMMAND_STEP;
    }
    for (int i = 0; i < MDM_COMMAND_COUNT; i++) {
        if (i != MDM_COMMAND_STEP && opt_commands[i].name != NULL && strcmp(opt_commands[i].name, word) == 0)
            return (enum mdm_command)i;
    }
    return MDM_COMMAND_COUNT;
}

int mdm_options_unknown_command(const char *word, struct mdm_error *err)
{
    const char *names[MDM_COMMAND_COUNT] = {NULL};
    const char *nearest;
    size_t count = 0;

    if (word[0] != '\0' && word[strspn(word, "0123456789")] == '\0') {
        (void)mdm_error_set(err, MDM_E_USAGE, "there is no step %s: the steps are 1, 2, 3 and 4", word);
        return mdm_error_hint(err, "`mdmvendor status` says which step is next.");
    }
    (void)mdm_error_set(err, MDM_E_USAGE, "unknown command '%s'", word);
    for (int i = 0; i < MDM_COMMAND_COUNT; i++) {
        if (i != MDM_COMMAND_STEP && opt_commands[i].name != NULL)
            names[count++] = opt_commands[i].name;
    }
    nearest = suggest_nearest(word, names, count);
    if (nearest != NULL)
        return mdm_error_hint(err, "did you mean '%s'?", nearest);
    return mdm_error_hint(err, "`mdmvendor help` lists the commands.");
}

/* The first operand is the command, the others are the command's. */
static int take_operand(struct mdm_options *options, const char *word, bool *has_command, struct mdm_error *err)
{
    if (*has_command) {
        options->operands[options->operand_count++] = word;
        return 0;
    }
    *has_command = true;
    options->command = mdm_options_command(word, &options->step);
    if (options->command == MDM_COMMAND_COUNT) {
        options->command = MDM_COMMAND_RUN;
        return mdm_options_unknown_command(word, err);
    }
    return 0;
}

/* The name that messages call a command by. */
static const char *command_words(const struct mdm_options *options, char step[2])
{
    if (options->command == MDM_COMMAND_RUN)
        return "a run without a command";
    if (options->command != MDM_COMMAND_STEP)
        return opt_commands[options->command].name;
    step[0] = (char)('0' + options->step);
    step[1] = '\0';
    return step;
}

static int check_allowed(const struct parse *parse, struct mdm_error *err)
{
    const struct mdm_options *options = parse->options;
    const bool bare = options->command == MDM_COMMAND_RUN;
    char step[2];

    for (size_t i = 0; i < opt_option_count; i++) {
        if (!parse->seen[i] || (opt_options[i].commands & 1U << options->command) != 0)
            continue;
        (void)mdm_error_set(err, MDM_E_USAGE,
                            bare ? "option '--%s' does not go with %s" : "option '--%s' does not go with '%s'",
                            opt_options[i].name, command_words(options, step));
        return bare ? mdm_error_hint(err, "`mdmvendor --help` lists the commands and their options.")
                    : mdm_error_hint(err, "`mdmvendor help %s` lists its options.", command_words(options, step));
    }
    return 0;
}

static int check_operands(const struct mdm_options *options, struct mdm_error *err)
{
    const struct opt_command *command = &opt_commands[options->command];
    char step[2];

    if (options->operand_count > command->operands_max) {
        (void)mdm_error_set(err, MDM_E_USAGE, "one word too many behind '%s': '%s'", command_words(options, step),
                            options->operands[command->operands_max]);
        return mdm_error_hint(err, "`mdmvendor help` lists the commands and what goes with them.");
    }
    if (options->command == MDM_COMMAND_SIGN && options->operand_count == 0 && options->from == NULL) {
        (void)mdm_error_set(err, MDM_E_USAGE, "'sign' needs the CSRs to sign");
        return mdm_error_hint(err,
                              "Name the files, or `-` for standard input, or give a list of them with `--from LIST`.");
    }
    if (options->command == MDM_COMMAND_SIGN && options->output != NULL && options->output_dir != NULL)
        return mdm_error_set(err, MDM_E_USAGE, "options '--output' and '--output-dir' exclude each other");
    if (options->command == MDM_COMMAND_EXPORT && options->pem == NULL) {
        (void)mdm_error_set(err, MDM_E_USAGE, "'export' needs the file to write");
        return mdm_error_hint(err, "Name it with `--pem FILE`.");
    }
    return 0;
}

/* A PIN in the URI would be on the command line, where everybody on this machine can read it. */
static int check_vendor_key(const struct mdm_options *options, struct mdm_error *err)
{
    const char *uri = options->vendor_key;

    if (uri == NULL || strncmp(uri, "pkcs11:", 7) != 0 || strstr(uri, "pin-value=") == NULL)
        return 0;
    (void)mdm_error_set(err, MDM_E_USAGE, "option '--vendor-key' takes no PIN (pin-value): others can read it there");
    return mdm_error_hint(err, "Give the PIN to the provider in openssl.cnf, or name a file that holds it: "
                               "pin-source=file:PATH.");
}

static int parse_word(struct parse *parse, const char *word, bool *only_operands, bool *has_command,
                      struct mdm_error *err)
{
    if (*only_operands || word[0] != '-' || word[1] == '\0')
        return take_operand(parse->options, word, has_command, err);
    if (strcmp(word, "--") == 0) {
        *only_operands = true;
        return 0;
    }
    return word[1] == '-' ? parse_long(parse, word, err) : parse_letters(parse, word, err);
}

int mdm_options_parse(struct mdm_options *options, int argc, char *const argv[], struct mdm_error *err)
{
    struct parse parse = {.options = options, .argc = argc, .argv = argv, .next = 1};
    bool only_operands = false;
    bool has_command = false;

    *options = (struct mdm_options){.directory = ".", .wait_seconds = -1, .days = DAYS_DEFAULT};
    options->operands = calloc((size_t)argc + 1, sizeof *options->operands);
    if (options->operands == NULL)
        return mdm_error_set(err, MDM_E_FAILED, "out of memory");
    while (parse.next < argc) {
        const char *word = argv[parse.next++];

        if (parse_word(&parse, word, &only_operands, &has_command, err) != 0)
            return -1;
    }
    if (options->help || options->version)
        return 0;
    if (check_allowed(&parse, err) != 0)
        return -1;
    if (check_operands(options, err) != 0)
        return -1;
    return check_vendor_key(options, err);
}

void mdm_options_free(struct mdm_options *options)
{
    free(options->operands);
    options->operands = NULL;
    options->operand_count = 0;
}
