/* Ending signals are remembered in a flag; sleeping and reading end when one comes. */
#include "cli/signals.h"

#include <errno.h>
#include <stddef.h>
#include <sys/select.h>
#include <unistd.h>

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define ENDING_COUNT (sizeof ending / sizeof ending[0])

static volatile sig_atomic_t caught;
static void (*volatile rescue_now)(void);

static void on_ending(int number)
{
    if (caught != 0) {
        if (rescue_now != NULL)
            rescue_now();
        _exit(128 + number);
    }
    caught = number;
}

void signals_catch(void)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    struct sigaction old;

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGPIPE, &action, NULL);
    (void)sigaction(SIGXFSZ, &action, NULL);
    action.sa_handler = on_ending;
    /* No SA_RESTART: a read or sleep must end. The rescue must not be called while it runs already. */
    for (size_t i = 0; i < ENDING_COUNT; i++)
        (void)sigaddset(&action.sa_mask, ending[i]);
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        if (sigaction(ending[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            (void)sigaction(ending[i], &action, NULL);
    }
}

void signals_set_rescue(void (*rescue)(void))
{
    rescue_now = rescue;
}

int signals_caught(void)
{
    return caught;
}

int signals_check(struct mdm_error *err)
{
    if (caught == 0)
        return 0;
    (void)mdm_error_set(err, MDM_E_INTERRUPTED, "interrupted");
    if (err != NULL && err->code == MDM_E_INTERRUPTED)
        err->signal = caught;
    (void)mdm_error_hint(err, "Nothing is half-written. The next start goes on from here.");
    return -1;
}

void signals_block(sigset_t *old)
{
    sigset_t set;

    (void)sigemptyset(&set);
    for (size_t i = 0; i < ENDING_COUNT; i++)
        (void)sigaddset(&set, ending[i]);
    (void)sigaddset(&set, SIGTSTP);
    (void)sigaddset(&set, SIGCONT);
    (void)sigprocmask(SIG_BLOCK, &set, old);
}

void signals_unblock(const sigset_t *old)
{
    (void)sigprocmask(SIG_SETMASK, old, NULL);
}

int signals_sleep(long milliseconds, struct mdm_error *err)
{
    const struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
    sigset_t old;

    signals_block(&old);
    if (caught == 0)
        (void)pselect(0, NULL, NULL, NULL, &time, &old);
    signals_unblock(&old);
    return signals_check(err);
}
