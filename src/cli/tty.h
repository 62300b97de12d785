/* Questions on the terminal: /dev/tty, without echo for secrets, restored whatever signal comes. */
#ifndef MDM_CLI_TTY_H
#define MDM_CLI_TTY_H

#include "base/bytes.h"

/* True when stdin is a terminal: then there is somebody to ask. */
bool tty_is_there(void);

/* For those who began at a terminal: raises SIGHUP when it was closed meanwhile. */
void tty_notice_hangup(void);

/*
 * Prompts and reads one line without echo, byte by byte into locked memory. SIGTSTP restores the terminal before it
 * stops; afterwards the prompt is shown again, as it is after a line that is too long (MDM_SECRET_MAX) or holds a NUL.
 * NULL: MDM_E_INTERRUPTED (SIGINT, SIGTERM, SIGHUP, SIGQUIT), MDM_E_UNANSWERED (no terminal, end of input),
 * MDM_E_FAILED.
 */
struct mdm_secret *tty_read_secret(const char *prompt, struct mdm_error *err);

/* Prompts and reads one line with echo. The answer without its newline (may be ""); free() it. Errors as above. */
char *tty_read_line(const char *prompt, struct mdm_error *err);

/* Forgets what was typed before it was asked for. */
void tty_forget_typed(void);

/* The columns of the terminal behind a descriptor; 80 when it is none or does not tell. */
unsigned tty_columns(int fd);

#endif
