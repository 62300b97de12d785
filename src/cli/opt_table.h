/* The rows behind opt.h: what commands and options there are. */
#ifndef MDM_CLI_OPT_TABLE_H
#define MDM_CLI_OPT_TABLE_H

#include "cli/opt.h"

struct opt_command {
    const char *name;     /* NULL: no word of its own */
    const char *operands; /* for the usage line, or "" */
    size_t operands_max;
    const char *summary;     /* one line */
    const char *description; /* one paragraph a line */
    const char *example;     /* a command line and what it does */
};

/* Indexed by enum mdm_command. */
extern const struct opt_command opt_commands[MDM_COMMAND_COUNT];

/* Reads an option's value (NULL for none) into its member of struct mdm_options. */
typedef int opt_setter(void *member, const char *value, struct mdm_error *err);

struct opt_option {
    const char *section; /* heading in the help that begins with this row, or NULL */
    char letter;         /* or 0 */
    const char *name;
    const char *argument; /* NULL: takes none; with '[' in front: may be left out */
    opt_setter *set;
    size_t member;     /* offset in struct mdm_options */
    unsigned commands; /* which use it: bits, 1 << enum mdm_command; OPT_ANYWHERE */
    const char *help;  /* NULL: not shown */
};
#define OPT_COMMAND(name) (1U << MDM_COMMAND_##name)
/* Commands that do not use it take it all the same: scripts give it to each of them. */
#define OPT_ANYWHERE (1U << 31)

extern const struct opt_option opt_options[];
extern const size_t opt_option_count;

#endif
