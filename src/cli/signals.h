/* SIGINT, SIGTERM, SIGHUP and SIGQUIT: remembered in a flag, so that work ends between two operations, nothing half
 * done. */
#ifndef MDM_CLI_SIGNALS_H
#define MDM_CLI_SIGNALS_H

#include <signal.h>

#include "base/error.h"

/* Ignores SIGPIPE and SIGXFSZ, so that a write that fails is an error like others. Catches the four from now on (those
 * that are not ignored, as under nohup). The first is remembered; a second one ends the process at once with status 128
 * + n, after calling the rescue. */
void signals_catch(void);

/* What a hard end must still do; only async-signal-safe calls. NULL for nothing. */
void signals_set_rescue(void (*rescue)(void));

/* The signal that came, or 0. */
int signals_caught(void);

/* 0, or -1 with MDM_E_INTERRUPTED when one came. */
int signals_check(struct mdm_error *err);

/* Blocks the four and SIGTSTP, SIGCONT; *old receives the mask that lets them through, for pselect(). */
void signals_block(sigset_t *old);
void signals_unblock(const sigset_t *old);

/* Sleeps, at most `milliseconds`; a caught signal ends it, also one that came just before. As signals_check. */
int signals_sleep(long milliseconds, struct mdm_error *err);

#endif
