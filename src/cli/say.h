/*
 * The only place that prints. Results go to stdout, everything else to stderr; questions are tty.h's. All text is made
 * safe for a screen here (mdm_text_safe), line by line, whatever the caller did about it, and commands in it are
 * written as they must be typed here (typed.c).
 */
#ifndef MDM_CLI_SAY_H
#define MDM_CLI_SAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "cli/opt.h"

/* To be called first: makes sure of the three standard descriptors. Then again with the options that were read: quiet
 * (no notes, no guidance; results, warnings and errors stay), no_color (as do NO_COLOR and TERM=dumb), and debug
 * (errors show the crypto library's own words). */
void say_setup(const struct mdm_options *options);

enum say_kind {
    SAY_RESULT, /* a line of result to stdout */
    SAY_PASS,   /* such a line that a tick or cross precedes ("ok"/"FAIL" where the locale is not UTF-8) */
    SAY_FAIL,
    SAY_WARN,
    SAY_SKIP,
    SAY_NOTE, /* a paragraph to stderr, wrapped to the width of the terminal; nothing with -q */
    /* Several to stderr, one a line, each wrapped: under its own indent, and under the words behind "- " or "1. ". A
     * line that begins with exactly four spaces (a command, an address) stays as it is. Nothing with -q. */
    SAY_TEXT,
    SAY_HEADING, /* a line on stderr that stands out, with an empty line before it; nothing with -q */
    SAY_WARNING, /* "mdmvendor: warning: ..." on stderr */
};
/* The newline is added. */
void say(enum say_kind kind, const char *format, ...) MDM_PRINTF(2, 3);
/* From now on results are wrapped, at 79 columns at most, wherever they go: a page for people, mails and tickets. */
void say_page(void);
unsigned say_page_width(void);
/* A line of a page: `left`, and words wrapped from `column` on, on the next line where the left one is too long. */
void say_row(size_t column, const char *left, const char *words);
/* Bytes to stdout as they are (JSON, a request). */
void say_result_bytes(const void *data, size_t size);
/* A result is lost for want of memory: say_finish says so. */
void say_result_lost(void);

/* What was wrong with an answer, at the terminal where it was typed, before the question is asked again. */
void say_reply(const struct mdm_error *err);

/* `text`, which is worded like an error, as a sentence: a capital in front unless it begins with a name, a full stop at
 * the end. Returns `out`. */
const char *say_sentence(const char *text, char *out, size_t size);

/* "mdmvendor: error: ...", then "hint: ...", with --debug the detail. Returns the exit status of the error. */
int say_error(const struct mdm_error *err);

/* The hint of an error, or what to do next about one whose finder had nothing better to say. */
const char *say_hint(const struct mdm_error *err);

/* A line on stderr that the next call or any other output replaces; only at a terminal that can, else nothing and
 * false. */
bool say_live(const char *format, ...) MDM_PRINTF(1, 2);
/* Takes the live line away (also before tty.h asks). */
void say_live_end(void);

bool say_is_quiet(void);

/* Flushes. Returns `status`, or when it was 0 and stdout could not take what was written: 1 (with a message), for a
 * closed pipe 128 + SIGPIPE (without). */
int say_finish(int status);

/* The columns of UTF-8 text, one for each character. */
size_t say_columns(const char *text, size_t size);

/* Commands as they must be typed here (typed.c). */

/* `called`: argv[0]. MDMVENDOR_CALLED_AS in the environment counts for more: a script that starts us sets it. */
void typed_program(const char *called);
/* The options of this run, whose texts must stay; NULL: none. */
void typed_options(const struct mdm_options *options);
/*
 * Appends `text`, in which every command (it begins with "mdmvendor", and stands in backquotes or on a line indented by
 * four spaces) is written so that it works when pasted. Want of memory is left in *err.
 */
void typed_append(struct mdm_bytes *out, const char *text, struct mdm_error *err);

#endif
