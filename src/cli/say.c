/* Streams, colours and line widths. */
#include "cli/say.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/tty.h"

#define WIDTH_MIN 59
#define WIDTH_MAX 79 /* fits mails and tickets, too */
#define UNWRAPPED 0
#define HANG_MAX  6 /* later lines are indented under a label up to this wide: "hint: ", a mark */

#define PLAIN  ""
#define BOLD   "\033[1m"
#define RED    "\033[1;31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define CYAN   "\033[36m"
#define RESET  "\033[0m"

static bool is_page; /* results are wrapped */
static bool live_is_shown;
static int stdout_error, stderr_error; /* of the first write that failed; ENOMEM also when memory ran out before it */

static bool terminal_is_able(FILE *stream)
{
    const char *term = getenv("TERM");

    return isatty(fileno(stream)) == 1 && term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

static bool is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *value = NULL;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && (value == NULL || value[0] == '\0'); i++)
        value = getenv(names[i]);
    const char *charset = value != NULL ? strchr(value, '.') : NULL;
    return charset != NULL && (strncasecmp(charset, ".UTF-8", 6) == 0 || strncasecmp(charset, ".UTF8", 5) == 0);
}

/* A closed descriptor would be given to the next file that is opened. /dev/null takes its place, opened so that writing
 * fails and is noticed. */
void say_begin(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static void remember_failure(FILE *stream, int error)
{
    int *first = stream == stdout ? &stdout_error : &stderr_error;

    if (*first == 0)
        *first = error;
}

static void write_bytes(FILE *stream, const void *data, size_t size)
{
    if (size > 0 && fwrite(data, 1, size, stream) != size)
        remember_failure(stream, errno);
}

/* The columns that a line of ours may have. */
static unsigned columns_of(FILE *stream)
{
    struct winsize size;

    return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col - 1u : WIDTH_MAX;
}

/* Text broken between words. */
struct wrap {
    size_t column; /* where the first line begins */
    size_t indent; /* of the later lines */
    size_t width;  /* of the longest line, or UNWRAPPED */
};

/* The width of UTF-8 text: a column for each character. */
static size_t columns_in(const char *text, size_t size)
{
    size_t columns = 0;

    for (size_t i = 0; i < size; i++)
        columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    return columns;
}

/* Appends one line of text. A command in backquotes stays in one piece. */
static void wrap_append(struct mdm_bytes *out, const char *text, struct wrap at, struct mdm_error *err)
{
    for (bool first = true; *text != '\0'; first = false) {
        const size_t gap = strspn(text, " ");
        const char *end = text + gap;

        for (; *end != '\0' && *end != ' '; end++)
            if (*end == '`' && strchr(end + 1, '`') != NULL)
                end = strchr(end + 1, '`');

        const size_t columns = columns_in(text + gap, (size_t)(end - text) - gap);

        if (!first && at.width != UNWRAPPED && at.column + gap + columns > at.width) {
            (void)mdm_bytes_format(out, err, "\n%*s", (int)at.indent, "");
            text += gap;
            at.column = at.indent + columns;
        } else {
            at.column += gap + columns;
        }
        (void)mdm_bytes_append(out, text, (size_t)(end - text), err);
        text = end;
    }
}

/* The indent of a paragraph's later lines: that of its first, and the width of "- " or "1. ". */
static size_t hanging_indent(const char *text)
{
    const size_t indent = strspn(text, " "), digits = strspn(text + indent, "0123456789");

    return strncmp(text + indent + digits, digits > 0 ? ". " : "- ", 2) == 0 ? indent + digits + 2 : indent;
}

static const char *paint(FILE *stream, const char *color)
{
    const char *no_color = getenv("NO_COLOR"); /* https://no-color.org: any value but the empty one */

    if (opt->no_color || (no_color != NULL && no_color[0] != '\0') || !terminal_is_able(stream))
        return PLAIN;
    return color;
}

static const struct {
    char color[8];
    char label[24];
    char plain_label[24]; /* in a locale that is not UTF-8 */
} kinds[SAY_KINDS] = {
    [SAY_PASS] = {GREEN, "\xE2\x9C\x93 ", "ok    "},
    [SAY_FAIL] = {RED, "\xE2\x9C\x97 ", "FAIL  "},
    [SAY_WARN] = {YELLOW, "! ", "warn  "},
    [SAY_SKIP] = {PLAIN, "- ", "-     "},
    [SAY_HEADING] = {BOLD, "", ""},
    [SAY_NEWS] = {CYAN, "mdmvendor: ", "mdmvendor: "},
    [SAY_WARNING] = {YELLOW, "mdmvendor: warning: ", "mdmvendor: warning: "},
    [SAY_ERROR] = {RED, "mdmvendor: error: ", "mdmvendor: error: "},
    [SAY_HINT] = {CYAN, "hint: ", "hint: "},
    [SAY_DEBUG] = {CYAN, "debug: ", "debug: "},
};

/* Where messages are wrapped for a person; they are one line for a program. */
static unsigned width_for(enum say_kind kind, FILE *stream)
{
    const unsigned columns = columns_of(stream);
    const unsigned width = columns < WIDTH_MIN ? WIDTH_MIN : columns > WIDTH_MAX ? WIDTH_MAX : columns;

    if ((is_page && stream == stdout) || kind == SAY_TEXT || (kind > SAY_RESULT && isatty(fileno(stream)) == 1))
        return width;
    return UNWRAPPED;
}

/* Writes text after a coloured label: line by line when it may have more than one. Without a label the text is
 * coloured. When memory ran out, or had before, nothing is written, and remembered. */
static void write_labelled(enum say_kind kind, FILE *stream, const char *label, const char *text, struct mdm_error *err)
{
    const char *color = kinds[kind].color, *shade = paint(stream, color);
    struct wrap at = {.column = columns_in(label, strlen(label))};
    const size_t hang = at.column <= HANG_MAX || stream == stdout ? at.column : 0;
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes out = {0};

    if (label[0] != '\0') {
        (void)mdm_bytes_format(&out, err, "%s%s%s", shade, label, shade[0] != '\0' ? RESET : PLAIN);
        color = PLAIN;
    }
    do {
        const size_t size = kind == SAY_PAGE || kind == SAY_TEXT ? strcspn(text, "\n") : strlen(text);
        /* A command or an address, to be copied in one piece, is indented by four spaces. */
        const bool whole = strncmp(text, "    ", 4) == 0 && text[4] != ' ';
        MDM_OWNED(mdm_free_at) char *line = strndup(text, size);
        MDM_OWNED(mdm_bytes_free) struct mdm_bytes typed = {0};

        typed_append(&typed, line != NULL ? line : "", err);
        MDM_OWNED(mdm_free_at) char *safe = line != NULL ? mdm_text_safe(typed.data, typed.size) : NULL;
        if (safe == NULL) {
            mdm_error_memory(err);
            break;
        }
        at.indent = hang + hanging_indent(safe);
        at.width = whole ? UNWRAPPED : width_for(kind, stream);
        shade = paint(stream, whole ? CYAN : color);
        (void)mdm_bytes_append_text(&out, shade, err);
        wrap_append(&out, safe, at, err);
        (void)mdm_bytes_append_text(&out, shade[0] != '\0' ? RESET "\n" : "\n", err);
        at.column = 0;
        text += size + (text[size] == '\n');
    } while (*text != '\0');
    if (err->code == MDM_OK)
        write_bytes(stream, out.data, out.size);
    else
        remember_failure(stream, ENOMEM);
}

void say_page(void)
{
    is_page = true;
}

void say_result_bytes(const void *data, size_t size)
{
    say_live_end();
    write_bytes(stdout, data, size);
}

void say_result_lost(void)
{
    remember_failure(stdout, ENOMEM);
}

void say(enum say_kind kind, const char *format, ...)
{
    FILE *stream = kind <= SAY_SKIP ? stdout : kind == SAY_REPLY ? fopen("/dev/tty", "w") : stderr;
    const size_t breaks = strspn(format, "\n"); /* those in the arguments are escaped */
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};
    struct mdm_error err = {0};
    va_list arguments;

    if (stream == NULL || (kind >= SAY_NOTE && kind <= SAY_HEADING && opt->quiet))
        return;
    say_live_end();
    write_bytes(stream, "\n", kind == SAY_HEADING);
    write_bytes(stream, format, breaks);
    va_start(arguments, format);
    format += breaks; /* clang takes `format + breaks` for a format of unknown origin */
    (void)mdm_bytes_vformat(&text, &err, format, arguments);
    va_end(arguments);
    if ((kind == SAY_SENTENCE || kind == SAY_REPLY) && text.size > 0) {
        /* It may begin with a name, such as outputs/vendor.key. */
        if (text.data[strspn((const char *)text.data, "abcdefghijklmnopqrstuvwxyz'")] == ' ')
            text.data[0] = (unsigned char)toupper(text.data[0]);
        if (strchr(".?!", text.data[text.size - 1]) == NULL)
            (void)mdm_bytes_append_text(&text, ".", &err);
    }
    write_labelled(kind, stream, is_utf8() ? kinds[kind].label : kinds[kind].plain_label,
                   text.data != NULL ? (const char *)text.data : "", &err);
    if (kind == SAY_REPLY)
        (void)fclose(stream);
}

void say_row(size_t column, const char *left, const char *words)
{
    char label[128];
    const bool fits = strlen(left) + 2 <= column;

    if (!fits)
        say(SAY_RESULT, "%s", left);
    (void)snprintf(label, sizeof label, "%-*s", (int)column, fits ? left : "");
    write_labelled(SAY_RESULT, stdout, label, words, &(struct mdm_error){0});
}

const char *say_hint(const struct mdm_error *err)
{
    if (err->hint[0] != '\0')
        return err->hint;
    if (err->code == MDM_E_USAGE)
        return "`mdmvendor --help` lists the commands and options, `mdmvendor help COMMAND` explains one.";
    if (err->code == MDM_E_PASSWORD)
        return "Check Caps Lock and the keyboard layout. Without its password the file cannot be read.";
    if (err->detail[0] != '\0' && !opt->debug)
        return "The same command with --debug shows the crypto library's own message.";
    return "Correct this, then run the same command again.";
}

int say_error(const struct mdm_error *err)
{
    /* It is Apple's turn, or somebody stopped it: nothing failed. */
    const bool news = err->code == MDM_E_WAITING || err->code == MDM_E_INTERRUPTED;

    say(news ? SAY_NEWS : SAY_ERROR, "%s", err->text[0] != '\0' ? err->text : "unknown error");
    say(SAY_HINT, "%s", say_hint(err));
    if (opt->debug && err->detail[0] != '\0')
        say(SAY_DEBUG, "%s", err->detail);
    return say_status(err);
}

int say_status(const struct mdm_error *err)
{
    if (err->code == MDM_E_INTERRUPTED && signals_caught() != 0)
        return 128 + signals_caught();
    return err->code <= MDM_E_EXPIRED ? (int)err->code : 1;
}

bool say_live(const char *format, ...)
{
    char line[256];
    const size_t columns = columns_of(stderr);
    va_list arguments;

    if (opt->quiet || !terminal_is_able(stderr))
        return false;
    va_start(arguments, format);
    (void)vsnprintf(line, columns < sizeof line ? columns + 1 : sizeof line, format, arguments);
    va_end(arguments);
    if (fprintf(stderr, "\r%s\033[K", line) < 0)
        remember_failure(stderr, errno);
    return live_is_shown = true;
}

void say_live_end(void)
{
    if (live_is_shown)
        write_bytes(stderr, "\r\033[K", strlen("\r\033[K"));
    live_is_shown = false;
}

int say_finish(int status)
{
    struct mdm_error err = {0};

    say_live_end();
    if (fclose(stdout) != 0)
        remember_failure(stdout, errno);
    if (stdout_error == EPIPE) /* the reader has seen enough, as `head` has: no message */
        return status == 0 ? 128 + SIGPIPE : status;
    if (stdout_error == ENOMEM || stderr_error == ENOMEM)
        mdm_error_memory(&err);
    else if (stdout_error != 0)
        mdm_error_system(&err, stdout_error, "cannot write the result to standard output");
    if (err.code != MDM_OK)
        (void)say_error(&err);
    /* A failing stderr cannot be reported, but a message that did not arrive is no success. */
    if (fflush(stderr) != 0 || stderr_error != 0 || err.code != MDM_OK)
        return status == 0 ? 1 : status;
    return status;
}
