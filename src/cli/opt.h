/* The command line: one table of commands, one of options; parsing, help (cmd_help.c) and completions all come from
 * them. */
#ifndef MDM_CLI_OPT_H
#define MDM_CLI_OPT_H

#include "flow/flow.h"

enum mdm_command {
    MDM_COMMAND_RUN,  /* no command word: go on from wherever the files say we are */
    MDM_COMMAND_STEP, /* 1, 2, 3 or 4: see step */
    MDM_COMMAND_CSR,
    MDM_COMMAND_RENEW,
    MDM_COMMAND_UNDO,
    MDM_COMMAND_STATUS,
    MDM_COMMAND_VERIFY,
    MDM_COMMAND_SIGN,
    MDM_COMMAND_IMPORT,
    MDM_COMMAND_EXPORT,
    MDM_COMMAND_REHEARSE,
    MDM_COMMAND_HELP,
    MDM_COMMAND_COUNT,
};

/* How the result is printed; other commands than status: as text or JSON. */
enum mdm_format {
    MDM_FORMAT_TEXT,
    MDM_FORMAT_JSON,
    MDM_FORMAT_NAGIOS,
    MDM_FORMAT_PROMETHEUS,
    MDM_FORMAT_ICS,
    MDM_FORMAT_COUNT,
};

/* The folder of a command line without -C: ".". */
extern const char mdm_here[];

/* Is it "-", which stands for standard input or output? NULL is not. */
bool opt_is_dash(const char *name);

/* What the command line says. Text belongs to argv. */
struct mdm_options {
    const char *program; /* argv[0] */
    enum mdm_command command;
    int step; /* 1-4 with MDM_COMMAND_STEP, else 0 */

    /* The directory is mdm_here when not given, warn_days 30; files are the words after the command; trust and practice
     * are filled in by main. */
    struct mdm_flow_options flow;
    const char *password_file[2]; /* by enum mdm_role; "-" is standard input */
    const char *subject[2];       /* likewise; checked already: mdm_subject_parse takes it */
    const char *ca_file;
    int wait_seconds; /* or one of MDM_WAIT_ */
    int jobs;         /* 0 when not given: as many as there are processors */
    mdm_time at;      /* MDM_TIME_NONE when not given */
    bool no_input;
    bool abandon;
    bool renew; /* rehearse --renew */
    bool pkcs1;
    const char *downloads;  /* --downloads: "" without a folder, NULL when not given */
    const char *output;     /* sign -o */
    const char *output_dir; /* sign --output-dir */
    const char *from;       /* sign --from */
    const char *export_to[MDM_EXPORT_KINDS];
    enum mdm_format format; /* --json, or status --format */
    bool quiet;
    bool no_color;
    bool debug;
    bool help;
    bool version;
    bool table; /* help --table: the tables for scripts */
};
#define MDM_TIME_NONE INT64_MIN

/* The options in force: those of the command line, or of a rehearsal in its folder. */
extern const struct mdm_options *opt;

#define MDM_WAIT_ENDLESS (-1)
#define MDM_WAIT_NEVER   0
#define MDM_WAIT_DEFAULT (-2) /* at a terminal without end, without one never */

/*
 * Reads argv into *options, which it initialises, and moves the operands to the front of argv. Options may stand
 * anywhere, "--" ends them. Errors (MDM_E_USAGE) name the offending word and what was probably meant; what else was
 * read (colour, format, quiet, debug) holds.
 */
int mdm_options_parse(struct mdm_options *options, int argc, char *argv[], struct mdm_error *err);

/* The command of a word ("sign", "1"): enum mdm_command. -1: there is none; the error: "did you mean ...". */
int mdm_options_command(const char *word, struct mdm_error *err);

struct opt_command {
    const char *name;     /* NULL: no word of its own */
    const char *operands; /* for the usage line: "[FILE]", "FILE..." or "" */
    const char *summary;  /* one line */
};

/* The pages of data/help/. One paragraph a line, to be wrapped where it is printed; the pages of the steps have short
 * lines, and are printed as they are. A guide's first line is its heading. */
extern const struct mdm_embedded help_pages[];
extern const size_t help_page_count;

/* Indexed by enum mdm_command. */
extern const struct opt_command opt_commands[MDM_COMMAND_COUNT];

/* Reads an option's value (NULL for none) into its member of struct mdm_options. */
typedef int opt_setter(void *member, const char *value, struct mdm_error *err);

/* A row of the table; what it does is said in data/help/options.txt. */
struct opt_option {
    char letter; /* or 0 */
    const char *name;
    const char *argument; /* NULL: takes none; with '[' in front: may be left out */
    opt_setter *set;
    size_t member;     /* offset in struct mdm_options */
    unsigned commands; /* which use it: bits, 1 << enum mdm_command; OPT_ANYWHERE */
};
/* Accepted, and ignored, by all other commands as well: scripts pass it to each of them. */
#define OPT_ANYWHERE (1U << 31)

extern const struct opt_option opt_options[];
extern const size_t opt_option_count;
/* The option of this long name, or of one letter; or NULL. */
const struct opt_option *opt_find(const char *name, size_t size);

#endif
