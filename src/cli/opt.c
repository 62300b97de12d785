/* Reads the command line with the tables of opt_table.c, and guesses what a mistyped word was meant to be. */
#include "cli/opt.h"

#include <stdio.h>
#include <string.h>

#define DAYS_DEFAULT 30
#define NAMES_MAX    64
#define WORD_MAX     32

const char mdm_here[] = ".";

const struct mdm_options *opt = &(const struct mdm_options){.flow.directory = mdm_here};

bool opt_is_dash(const char *name)
{
    return name != NULL && strcmp(name, "-") == 0;
}

/* A command line that is being read. */
struct parse {
    struct mdm_options *options;
    char **argv;
    int argc, next;      /* `next`: index of the word after the current one */
    const char *command; /* its word, or NULL */
    bool only_operands;
    bool seen[NAMES_MAX];
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many typing slips (a letter too many, missing or wrong, or two swapped) are between a word and the name that was
 * meant: at most a third of its letters, one more where the name begins with the word; or SIZE_MAX. */
static size_t slips(const char *word, const char *name)
{
    size_t d[WORD_MAX + 1][WORD_MAX + 1];
    const size_t n = strlen(word), m = strlen(name), most = n / 3 > 1 ? n / 3 : 1;

    if (n > WORD_MAX || m > WORD_MAX)
        return SIZE_MAX;
    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            d[i][j] = i + j; /* when one of them is 0 */
            if (i > 0 && j > 0)
                d[i][j] =
                    smaller(d[i - 1][j - 1] + (word[i - 1] != name[j - 1]), smaller(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && word[i - 1] == name[j - 2] && word[i - 2] == name[j - 1])
                d[i][j] = smaller(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    if (d[n][m] <= most)
        return d[n][m];
    return n >= 2 && strncmp(word, name, n) == 0 ? most + 1 : SIZE_MAX;
}

const struct opt_option *opt_find(const char *name, size_t size)
{
    for (size_t i = 0; i < opt_option_count; i++) {
        const struct opt_option *option = &opt_options[i];

        if (size == 1 ? option->letter == name[0]
                      : strncmp(option->name, name, size) == 0 && option->name[size] == '\0')
            return option;
    }
    return NULL;
}

/* U+2010 to U+2015 and U+2212, as word processors and web pages write them. */
static bool has_typographic_dash(const char *word)
{
    const unsigned char *c = (const unsigned char *)word;

    return c[0] == 0xE2 && ((c[1] == 0x80 && c[2] >= 0x90 && c[2] <= 0x95) || (c[1] == 0x88 && c[2] == 0x92));
}

/* The message does not repeat a value after "=": it may be a password. */
static int unknown_option(const char *word, struct mdm_error *err)
{
    const char *dash = word, *meant = NULL;
    size_t fewest = SIZE_MAX;
    char name[WORD_MAX];

    while (has_typographic_dash(dash))
        dash += 3;
    (void)snprintf(name, sizeof name, "%s", dash + strspn(dash, "-"));
    name[strcspn(name, "=")] = '\0';
    mdm_error_set(err, MDM_E_USAGE,
                  dash == word ? "unknown option '%.*s'" : "'%.*s' begins with a typographic dash, not with a hyphen",
                  (int)strcspn(word, "="), word);
    for (size_t i = 0; i < opt_option_count; i++) {
        const size_t count = slips(name, opt_options[i].name);

        if (count < fewest && strcmp(opt_options[i].name, "table") != 0) { /* that one is for scripts */
            fewest = count;
            meant = opt_options[i].name;
        }
    }
    if (strlen(name) == 1 && opt_find(name, 1) != NULL)
        return mdm_error_hint(err, "did you mean '-%s'?", name);
    if (meant != NULL)
        return mdm_error_hint(err, "did you mean '--%s'?", meant);
    return mdm_error_hint(err, "`mdmvendor --help` lists the options.");
}

/* Stores an option. `value`: what is attached to it, or NULL; an option that needs a value then takes the next word. */
static int take(struct parse *parse, const struct opt_option *option, const char *value, struct mdm_error *err)
{
    bool *const seen = &parse->seen[option - opt_options];
    const bool needs_value = option->argument != NULL && option->argument[0] != '[';

    if (option->argument == NULL && value != NULL)
        return mdm_error_set(err, MDM_E_USAGE, "option '--%s' takes no value", option->name);
    if (option->argument != NULL && *seen)
        return mdm_error_set(err, MDM_E_USAGE, "option '--%s' is given twice", option->name);
    *seen = true;
    if (needs_value && value == NULL && parse->next < parse->argc)
        value = parse->argv[parse->next++];
    if (needs_value && value == NULL)
        return mdm_error_set(err, MDM_E_USAGE, "option '--%s' needs a value: %s", option->name, option->argument);
    if (value != NULL && value[0] == '\0')
        return mdm_error_set(err, MDM_E_USAGE, "option '--%s' has an empty value", option->name);
    if (option->set((char *)parse->options + option->member, value, err) != 0)
        return mdm_error_context(err, "option '--%s'", option->name);
    return 0;
}

/* "--name", "--name=value", "-q", "-qV", "-j4", "-j 4"; "-json" lacks a dash. */
static int parse_option(struct parse *parse, const char *word, struct mdm_error *err)
{
    const bool is_long = strncmp(word, "--", 2) == 0;
    const char *name = word + (is_long ? 2 : 1);
    const size_t size = strcspn(name, "=");
    const struct opt_option *option = size > 1 ? opt_find(name, size) : NULL;

    if (is_long && option != NULL)
        return take(parse, option, name[size] == '=' ? name + size + 1 : NULL, err);
    if (is_long || option != NULL || word[0] != '-')
        return unknown_option(word, err);
    for (; *name != '\0'; name++) {
        option = opt_find(name, 1);
        if (option == NULL)
            return unknown_option((const char[]){'-', *name, '\0'}, err);
        if (option->argument != NULL)
            return take(parse, option, name[1] != '\0' ? name + 1 : NULL, err);
        if (take(parse, option, NULL, err) != 0)
            return -1;
    }
    return 0;
}

int mdm_options_command(const char *word, struct mdm_error *err)
{
    const char *meant = NULL;
    size_t fewest = SIZE_MAX;

    if (strspn(word, "1234") == 1 && word[1] == '\0')
        return MDM_COMMAND_STEP;
    for (int i = MDM_COMMAND_STEP + 1; i < MDM_COMMAND_COUNT; i++) {
        const size_t count = slips(word, opt_commands[i].name);

        if (count == 0)
            return i;
        if (count < fewest) {
            fewest = count;
            meant = opt_commands[i].name;
        }
    }
    if (word[0] != '\0' && word[strspn(word, "0123456789")] == '\0')
        return mdm_error_set(err, MDM_E_USAGE,
                             "there is no step %s: the steps are 1, 2, 3 and 4" MDM_HINT
                             "`mdmvendor status` says which step is next.",
                             word);
    mdm_error_set(err, MDM_E_USAGE, "unknown command '%s'", word);
    if (meant != NULL)
        return mdm_error_hint(err, "did you mean '%s'?", meant);
    return mdm_error_hint(err, "`mdmvendor help` lists the commands.");
}

/* The first operand is the command, the others are the command's. */
static int parse_word(struct parse *parse, char *word, struct mdm_error *err)
{
    struct mdm_options *options = parse->options;

    if (!parse->only_operands && ((word[0] == '-' && word[1] != '\0') || has_typographic_dash(word))) {
        parse->only_operands = strcmp(word, "--") == 0;
        return parse->only_operands ? 0 : parse_option(parse, word, err);
    }
    if (parse->command != NULL) {
        parse->argv[options->flow.file_count++] = word;
        return 0;
    }
    parse->command = word;
    const int command = mdm_options_command(word, err);
    if (command < 0)
        return -1;
    options->command = (enum mdm_command)command;
    options->step = command == MDM_COMMAND_STEP ? word[0] - '0' : 0;
    return 0;
}

/* Do the options and operands belong to the command? */
static int check(const struct parse *parse, struct mdm_error *err)
{
    const struct mdm_options *options = parse->options;
    const char *taken = opt_commands[options->command].operands;
    const size_t most = taken[0] != '\0';

    for (size_t i = 0; i < opt_option_count; i++) {
        if (!parse->seen[i] || (opt_options[i].commands & (1U << options->command | OPT_ANYWHERE)) != 0)
            continue;
        if (options->command == MDM_COMMAND_RUN)
            return mdm_error_set(err, MDM_E_USAGE,
                                 "option '--%s' does not go without a command" MDM_HINT
                                 "`mdmvendor --help` lists the commands and their options.",
                                 opt_options[i].name);
        return mdm_error_set(err, MDM_E_USAGE,
                             "option '--%s' does not go with '%s'" MDM_HINT "`mdmvendor help %s` lists its options.",
                             opt_options[i].name, parse->command, parse->command);
    }
    if (options->command == MDM_COMMAND_IMPORT && options->flow.file_count == 0)
        return mdm_error_set(err, MDM_E_USAGE,
                             "import needs the names of the files to bring in" MDM_HINT
                             "`mdmvendor import FILE...`: a PKCS #12 file, or certificate and key in PEM.");
    if (options->flow.file_count <= most || strstr(taken, "...") != NULL)
        return 0;
    return mdm_error_set(err, MDM_E_USAGE,
                         "unexpected argument '%s' after '%s'" MDM_HINT
                         "`mdmvendor help` lists the commands and their arguments.",
                         options->flow.files[most], parse->command);
}

int mdm_options_parse(struct mdm_options *options, int argc, char *argv[], struct mdm_error *err)
{
    struct parse parse = {.options = options, .argc = argc, .argv = argv, .next = 1};
    int result = 0;

    *options = (struct mdm_options){
        .program = argv[0],
        .flow = {.directory = mdm_here, .warn_days = DAYS_DEFAULT, .files = (const char *const *)argv},
        .wait_seconds = MDM_WAIT_DEFAULT,
        .at = MDM_TIME_NONE};
    while (parse.next < argc) {
        char *word = argv[parse.next++];

        /* The first error is reported. Words after it are read: they may say how to report it. */
        if (parse_word(&parse, word, result == 0 ? err : NULL) != 0)
            result = -1;
    }
    if (result != 0 || options->help || options->version)
        return result;
    return check(&parse, err);
}
