/* Questions at /dev/tty, without echo for secrets; the terminal is restored whatever signal comes. And the signals. */
#ifndef MDM_CLI_TTY_H
#define MDM_CLI_TTY_H

#include <signal.h>
#include <time.h>

#include "base/bytes.h"

enum tty_echo {
    TTY_ECHO_ON,
    TTY_ECHO_OFF,
};

/*
 * Prompts and reads one line, byte by byte into locked memory. What was typed before the question is dropped. It is
 * asked again after a stop (Ctrl-Z, SIGSTOP), and after a line that is too long (MDM_SECRET_MAX) or holds a NUL. NULL:
 * MDM_E_INTERRUPTED, MDM_E_UNANSWERED (no terminal, end of input), MDM_E_FAILED.
 */
struct mdm_secret *tty_ask(enum tty_echo echo, struct mdm_error *err, const char *format, ...) MDM_PRINTF(3, 4);

/* Turns echo off between questions, while we are in the foreground, until tty_restore, which drops what was typed. */
void tty_hush(void);
void tty_restore(void);

/*
 * Catches SIGINT, SIGTERM, SIGHUP and SIGQUIT, unless they are ignored (as under nohup). The first one is remembered,
 * so that work ends between two operations; a second one, n, restores the terminal and ends the process at once with
 * status 128 + n. While the process is stopped (SIGTSTP, SIGCONT), the terminal is as it was found. Ignores SIGPIPE and
 * SIGXFSZ, so that a failed write is an ordinary error.
 */
void signals_catch(void);

/* The first signal, or 0. */
int signals_caught(void);

/* 0; -1 with MDM_E_INTERRUPTED after a signal. */
int signals_check(struct mdm_error *err);

/* Waits until `fd` (-1: none) can be read, at most that long (NULL: without limit). A caught signal ends it, also one
 * that came before. Returns as pselect(): 1, 0, or -1 with errno. */
int signals_wait(int fd, const struct timespec *most);

/* Sleeps until then or until a signal. Returns as signals_check. */
int signals_sleep(long milliseconds, struct mdm_error *err);

#endif
