/*
 * Everything is printed here, except questions (tty.h): results to stdout, the rest to stderr. All text is made safe
 * for a screen (mdm_text_safe), and commands in it are written as they must be typed here (typed.c).
 */
#ifndef MDM_CLI_SAY_H
#define MDM_CLI_SAY_H

#include "base/bytes.h"
#include "cli/opt.h"

/* Call it first: makes sure that the three standard descriptors are open. */
void say_begin(void);

/* One line each, but for SAY_PAGE and SAY_TEXT: a line break in it is escaped, except where the format begins. */
enum say_kind {
    SAY_PAGE,   /* lines of result to stdout */
    SAY_RESULT, /* a line of result to stdout */
    SAY_PASS,   /* such a line after a mark: a tick, or "ok" where the locale is not UTF-8 */
    SAY_FAIL,
    SAY_WARN,
    SAY_SKIP,
    /* To stderr, and nothing with -q: */
    SAY_NOTE,     /* a paragraph, wrapped at a terminal */
    SAY_SENTENCE, /* the same of an error's text, with a capital letter and a full stop */
    /* Paragraphs, one a line, each wrapped under its own indent or under the words after "- " or "1. ". A line that
     * begins with exactly four spaces (a command, an address) stays as it is. */
    SAY_TEXT,
    SAY_HEADING, /* an empty line, then a line that stands out */
    /* To stderr, always: */
    SAY_NEWS,    /* "mdmvendor: ..." */
    SAY_WARNING, /* "mdmvendor: warning: ..." */
    SAY_ERROR,   /* "mdmvendor: error: ..." */
    SAY_HINT,    /* "hint: ..." */
    SAY_DEBUG,   /* "debug: ..." */
    SAY_REPLY,   /* to /dev/tty: a sentence about the answer that was typed there */
    SAY_KINDS,
};
/* The newline is added. */
void say(enum say_kind kind, const char *format, ...) MDM_PRINTF(2, 3);
/* From now on results are wrapped wherever they go: people put them into mails and tickets. */
void say_page(void);
/* A row of a page: `left`, then words wrapped from `column` on; on a line of their own where `left` is too long. */
void say_row(size_t column, const char *left, const char *words);
/* Bytes to stdout as they are (JSON, a request). */
void say_result_bytes(const void *data, size_t size);
/* Memory ran out and something was not printed: say_finish reports it. */
void say_result_lost(void);

/* "mdmvendor: error: ...", then "hint: ...", with --debug the detail. Returns the exit status of the error. */
int say_error(const struct mdm_error *err);
/* The program's exit status for an error. */
int say_status(const struct mdm_error *err);

/* The hint of an error, or a general one. */
const char *say_hint(const struct mdm_error *err);

/* Shows a line of ASCII on stderr that the next output replaces. False, and nothing shown: not a terminal that can. */
bool say_live(const char *format, ...) MDM_PRINTF(1, 2);
/* Removes that line. */
void say_live_end(void);

/* Flushes. Returns `status`, or when it was 0 and stdout could not take what was written: 1 (with a message), for a
 * closed pipe 128 + SIGPIPE (without). */
int say_finish(int status);

/*
 * Commands as they must be typed here (typed.c). Appends a line, in which every command (it begins with "mdmvendor",
 * and stands in backquotes or after four spaces at the beginning) is written so that it works when pasted. A script
 * that starts us sets MDMVENDOR_CALLED_AS to its name. Want of memory is left in *err.
 */
void typed_append(struct mdm_bytes *out, const char *text, struct mdm_error *err);

#endif
