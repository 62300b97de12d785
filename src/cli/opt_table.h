/* The rows behind opt.h: what commands and options there are. */
#ifndef MDM_CLI_OPT_TABLE_H
#define MDM_CLI_OPT_TABLE_H

#include <limits.h>
#include <stddef.h>

#include "cli/opt.h"

struct opt_command {
    const char *name;     /* NULL: no word of its own */
    const char *operands; /* for the usage line, or "" */
    size_t operands_max;
    const char *summary;     /* one line */
    const char *description; /* paragraphs, one a line */
};

/* Indexed by enum mdm_command. */
extern const struct opt_command opt_commands[MDM_COMMAND_COUNT];

/* How the value of an option is read, and into what. */
enum opt_kind {
    OPT_FLAG,    /* bool */
    OPT_TEXT,    /* const char * */
    OPT_SUBJECT, /* const char *, checked by mdm_subject_parse */
    OPT_NUMBER,  /* long, minimum to maximum */
    OPT_DATE,    /* mdm_time, and at_given */
    OPT_PFX,     /* enum mdm_p12_form */
    OPT_WAIT,    /* waiting and wait_seconds */
    OPT_NO_WAIT, /* waiting */
};

struct opt_option {
    const char *section; /* heading in the help that begins with this row, or NULL */
    char letter;         /* or 0 */
    const char *name;
    const char *argument; /* NULL: takes none; with '[' in front: may be left out */
    enum opt_kind kind;
    size_t target; /* offset in struct mdm_options */
    long minimum;
    long maximum;
    unsigned commands; /* bits: 1 << enum mdm_command */
    const char *help;  /* NULL: not shown */
};

extern const struct opt_option opt_options[];
extern const size_t opt_option_count;

#endif
