/* Questions on the terminal: /dev/tty, without echo for secrets, restored whatever signal comes; and the signals. */
#ifndef MDM_CLI_TTY_H
#define MDM_CLI_TTY_H

#include <signal.h>
#include <time.h>

#include "base/bytes.h"

enum tty_echo {
    TTY_ECHO_ON,
    TTY_ECHO_OFF,
};

/* True when stdin is a terminal: then there is somebody to ask. */
bool tty_is_there(void);

/*
 * Prompts (made safe for a screen here) and reads one line, byte by byte into locked memory. After a stop (Ctrl-Z,
 * SIGSTOP) the question is asked anew, as it is after a line that is too long (MDM_SECRET_MAX) or holds a NUL. What was
 * typed before the question is no answer. NULL: MDM_E_INTERRUPTED, MDM_E_UNANSWERED (no terminal, end of input),
 * MDM_E_FAILED.
 */
struct mdm_secret *tty_ask(enum tty_echo echo, struct mdm_error *err, const char *format, ...) MDM_PRINTF(3, 4);

/* From now on, while nobody is asked and we are in the foreground, what is typed is not shown; until tty_restore, which
 * also drops what was typed unseen. */
void tty_hush(void);
void tty_restore(void);

/* SIGINT, SIGTERM, SIGHUP and SIGQUIT: remembered in a flag, so that work ends between two operations, nothing half
 * done. */

/* Ignores SIGPIPE and SIGXFSZ, so that a write that fails is an error like others. Catches the four from now on (those
 * that are not ignored, as under nohup). The first is remembered; a second one ends the process at once with status 128
 * + n, the terminal restored. */
void signals_catch(void);

/* The signal that came, or 0. */
int signals_caught(void);

/* 0, or -1 with MDM_E_INTERRUPTED when one came. */
int signals_check(struct mdm_error *err);

/* Waits until `fd` (-1: none) can be read, at most that long (NULL: without end); a caught signal ends it, also one
 * that came just before. As pselect(): 1, 0, or -1 with errno. */
int signals_wait(int fd, const struct timespec *most);

/* Sleeps, at most `milliseconds`, likewise. As signals_check. */
int signals_sleep(long milliseconds, struct mdm_error *err);

#endif
