/* Questions at /dev/tty with the semantics of readpassphrase(3): the terminal is always left as it was found. */
#include "cli/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define ENDING_COUNT (sizeof ending / sizeof ending[0])

static sigset_t open_mask; /* the mask from before they were blocked */

static void signals_block(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    for (size_t i = 0; i < ENDING_COUNT; i++)
        (void)sigaddset(&set, ending[i]);
    (void)sigaddset(&set, SIGTSTP);
    (void)sigaddset(&set, SIGCONT);
    (void)sigprocmask(SIG_BLOCK, &set, &open_mask);
}

static void signals_open(void)
{
    (void)sigprocmask(SIG_SETMASK, &open_mask, NULL);
}

/* Waits with the signals let through, and blocked before and after: none can slip in between a look at a flag and the
 * wait. `fd` may be -1. Returns as pselect(). */
static int wait_open(int fd, const struct timespec *most)
{
    fd_set set;

    FD_ZERO(&set);
    if (fd >= 0)
        FD_SET(fd, &set);
    return pselect(fd + 1, &set, NULL, NULL, most, &open_mask);
}

static int terminal = -1;
/* The same terminal for reading, which must not block: Ctrl-C discards the input, also when it comes between the wait
 * for a byte and the read, where signals are blocked. */
static int keyboard = -1;
static struct termios found;          /* the state before we changed it */
static volatile sig_atomic_t changed; /* `found` is to be restored */
static volatile sig_atomic_t hushed;  /* see tty_hush */
static volatile sig_atomic_t continued;

/* Async-signal-safe, like all that the handlers call. */
static void restore(void)
{
    if (changed)
        (void)tcsetattr(terminal, TCSANOW, &found);
    changed = 0;
}

static int set_echo(enum tty_echo echo, int when)
{
    struct termios state;

    if (!changed && tcgetattr(terminal, &found) != 0)
        return -1;
    changed = 1;
    state = found;
    state.c_lflag |= ICANON | ISIG;
    if (echo == TTY_ECHO_OFF)
        state.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    return tcsetattr(terminal, when, &state);
}

static void hide_typing(void)
{
    if (hushed && tcgetpgrp(terminal) == getpgrp())
        (void)set_echo(TTY_ECHO_OFF, TCSANOW);
}

static void on_continue(int number)
{
    const int error = errno;

    (void)number;
    continued = 1;
    hide_typing();
    errno = error;
}

/* Ctrl-Z: gives the shell its terminal back as it was, and stops with the default action of SIGTSTP. */
static void on_stop(int number)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    struct sigaction ours;
    sigset_t set;
    sigset_t old;
    const int error = errno;

    restore();
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, &ours);
    (void)raise(number);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, number);
    (void)sigprocmask(SIG_UNBLOCK, &set, &old); /* stops here, until SIGCONT */
    (void)sigprocmask(SIG_SETMASK, &old, NULL);
    (void)sigaction(number, &ours, NULL);
    on_continue(SIGCONT); /* an orphaned process group does not stop, and gets no SIGCONT */
    errno = error;
}

/* Opens the terminal once, and catches the signals for stopping and continuing. */
static bool open_terminal(void)
{
    struct sigaction action = {.sa_flags = SA_RESTART};
    struct sigaction old;

    if (keyboard >= 0)
        return true;
    if (terminal < 0)
        terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal >= 0)
        keyboard = open("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (keyboard < 0)
        return false;
    (void)sigfillset(&action.sa_mask);
    action.sa_handler = on_continue;
    (void)sigaction(SIGCONT, &action, NULL);
    action.sa_handler = on_stop;
    if (sigaction(SIGTSTP, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        (void)sigaction(SIGTSTP, &action, NULL);
    return true;
}

static void put(const char *text)
{
    size_t size = strlen(text);

    while (size > 0) {
        const ssize_t n = write(terminal, text, size);

        if (n < 0 && errno == EINTR && signals_caught() == 0)
            continue;
        if (n <= 0)
            return;
        text += n;
        size -= (size_t)n;
    }
}

/* The end of input may be the end of the terminal: then SIGHUP is raised here, as the shell, which gets it first, may
 * be slow to pass it on. Signals are let through, as pselect() does not when there is something to read. */
static int end_of_input(bool failed, struct mdm_error *err)
{
    struct termios state;

    if (failed || tcgetattr(terminal, &state) != 0)
        (void)raise(SIGHUP);
    signals_open();
    signals_block();
    if (signals_check(err) != 0)
        return -1;
    return failed ? mdm_error_set(err, MDM_E_UNANSWERED, "the terminal is gone") : 0;
}

/* Waits for a byte. 1: it came; 0: end of input, or we were stopped and `continued`; -1: error. */
static int next_byte(char *c, struct mdm_error *err)
{
    while (!continued) {
        ssize_t n;

        if (signals_check(err) != 0)
            return -1;
        if (wait_open(keyboard, NULL) <= 0) {
            if (errno == EINTR)
                continue;
            return mdm_error_system(err, errno, "cannot wait for the terminal");
        }
        n = read(keyboard, c, 1);
        if (n == 1)
            return 1;
        if (n == 0 || (errno != EINTR && errno != EAGAIN))
            return end_of_input(n < 0, err);
    }
    return signals_check(err);
}

static int ask(const char *prompt, enum tty_echo echo, struct mdm_secret *answer, struct mdm_error *err)
{
    for (;;) {
        bool any = false, unfit = false; /* unfit: too long, or not text */
        char c = '\0';
        int input;

        while (mdm_secret_size(answer) > 0)
            mdm_secret_pop(answer);
        continued = 0;
        while (set_echo(echo, TCSAFLUSH) != 0) { /* drops what was typed before */
            if (signals_check(err) != 0)
                return -1;
            if (errno != EINTR)
                return mdm_error_system(err, errno, "cannot set the terminal's echo");
        }
        put(prompt);
        /* To the end of the line, however long, so that its rest does not answer the next question. */
        while ((input = next_byte(&c, err)) == 1 && c != '\n' && c != '\r') {
            any = true;
            if (mdm_secret_push(answer, c) != 0)
                unfit = true;
        }
        mdm_wipe(&c, sizeof c);
        if (input < 0 || (input == 0 && !continued && !any))
            return mdm_error_set(err, MDM_E_UNANSWERED, "the question was not answered: end of input");
        if (!continued && !unfit)
            return 0;
        if (unfit)
            put(&"\nThat is too long, or not text. Try again.\n"[echo == TTY_ECHO_ON]);
    }
}

struct mdm_secret *tty_ask(enum tty_echo echo, struct mdm_error *err, const char *format, ...)
{
    struct mdm_bytes text = {0};
    struct mdm_secret *answer;
    va_list arguments;
    char *prompt;

    if (!open_terminal()) {
        mdm_error_set(err, MDM_E_UNANSWERED, "there is no terminal to ask at: %s", strerror(errno));
        return NULL;
    }
    va_start(arguments, format);
    (void)mdm_bytes_vformat(&text, err, format, arguments);
    va_end(arguments);
    prompt = text.size > 0 ? mdm_text_safe(text.data, text.size) : NULL;
    if (prompt == NULL)
        mdm_error_memory(err);
    answer = prompt != NULL ? mdm_secret_empty(err) : NULL;
    if (answer != NULL) {
        signals_block();
        if (ask(prompt, echo, answer, err) != 0)
            mdm_secret_free(&answer);
        if (echo == TTY_ECHO_OFF || answer == NULL) /* no newline was echoed */
            put("\n");
        if (!hushed)
            restore();
        hide_typing();
        signals_open();
    }
    free(prompt);
    mdm_bytes_free(&text);
    return answer;
}

void tty_hush(void)
{
    if (hushed || !open_terminal())
        return;
    hushed = 1;
    signals_block();
    hide_typing();
    signals_open();
}

void tty_restore(void)
{
    if (hushed && changed)
        (void)tcflush(terminal, TCIFLUSH);
    hushed = 0;
    restore();
}

bool tty_is_there(void)
{
    return isatty(STDIN_FILENO) == 1;
}

static volatile sig_atomic_t caught;

static void on_ending(int number)
{
    if (caught != 0) {
        restore();
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
    /* No SA_RESTART: a read or sleep must end. One handler at a time, as it restores the terminal. */
    for (size_t i = 0; i < ENDING_COUNT; i++)
        (void)sigaddset(&action.sa_mask, ending[i]);
    for (size_t i = 0; i < ENDING_COUNT; i++)
        if (sigaction(ending[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            (void)sigaction(ending[i], &action, NULL);
}

int signals_caught(void)
{
    return caught;
}

int signals_check(struct mdm_error *err)
{
    if (caught == 0)
        return 0;
    mdm_error_set(err, MDM_E_INTERRUPTED, "interrupted");
    if (err != NULL && err->code == MDM_E_INTERRUPTED)
        err->signal = caught;
    mdm_error_hint(err, "Nothing is half-written. The next start goes on from here.");
    return -1;
}

int signals_wait(int fd, const struct timespec *most)
{
    int ready;

    signals_block();
    ready = caught == 0 ? wait_open(fd, most) : 0;
    signals_open();
    return ready;
}

int signals_sleep(long milliseconds, struct mdm_error *err)
{
    const struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};

    (void)signals_wait(-1, &time);
    return signals_check(err);
}
