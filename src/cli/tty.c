/* Questions at /dev/tty with the semantics of readpassphrase(3): the terminal is always left as it was found. */
#include "cli/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"

static sigset_t open_mask; /* the mask at the start */
static sigset_t held;      /* what signals_catch catches: blocked while the terminal is changed */
static volatile sig_atomic_t caught;
static volatile sig_atomic_t continued;

static int terminal = -1;
/* The same terminal for reading, which must not block: Ctrl-C discards the input, also when it comes between the wait
 * for a byte and the read, where signals are blocked. */
static int keyboard = -1;
static struct termios found;          /* the state before we changed it */
static volatile sig_atomic_t changed; /* `found` is to be restored */
static volatile sig_atomic_t hushed;  /* see tty_hush */
static volatile sig_atomic_t asking;  /* the question sets the echo */

/* Async-signal-safe, like all that the handlers call. In the background the terminal is somebody else's, and to set it
 * would stop us. */
static void restore(void)
{
    if (changed && tcgetpgrp(terminal) == getpgrp())
        (void)tcsetattr(terminal, TCSANOW, &found);
    changed = 0;
}

static int set_echo(enum tty_echo echo, int when)
{
    if (!changed && tcgetattr(terminal, &found) != 0)
        return -1;
    changed = 1;
    struct termios state = found;
    state.c_lflag |= ICANON | ISIG;
    if (echo == TTY_ECHO_OFF)
        state.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    return tcsetattr(terminal, when, &state);
}

static void hide_typing(void)
{
    if (hushed && !asking && tcgetpgrp(terminal) == getpgrp())
        (void)set_echo(TTY_ECHO_OFF, TCSANOW);
}

static void on_ending(int number)
{
    if (caught != 0) {
        restore();
        _exit(128 + number);
    }
    caught = number;
}

/* Ctrl-Z gives the shell its terminal back as it was, and stops with the default action of SIGTSTP. Then, as after a
 * SIGSTOP, it goes on. */
static void on_job_control(int number)
{
    const int error = errno;

    if (number == SIGTSTP) {
        struct sigaction action = {.sa_handler = SIG_DFL}, ours;
        sigset_t set;

        restore();
        (void)sigaction(SIGTSTP, &action, &ours);
        (void)raise(SIGTSTP);
        (void)sigemptyset(&set);
        (void)sigaddset(&set, SIGTSTP);
        (void)sigaddset(&set, SIGCONT); /* left for later it would break off the question that is asked again */
        (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
        /* Here it stopped until SIGCONT. An orphaned process group does not stop, and gets none. */
        (void)sigaction(SIGTSTP, &ours, NULL);
    }
    continued = 1;
    hide_typing();
    errno = error;
}

void signals_catch(void)
{
    static const struct {
        int number;
        void (*handler)(int);
    } signals[] = {
        {SIGINT, on_ending},  {SIGTERM, on_ending}, {SIGHUP, on_ending},       {SIGQUIT, on_ending},
        {SIGALRM, on_ending}, {SIGUSR1, on_ending}, {SIGUSR2, on_ending},      {SIGXCPU, on_ending},
        {SIGPIPE, SIG_IGN},   {SIGXFSZ, SIG_IGN},   {SIGTSTP, on_job_control}, {SIGCONT, on_job_control},
    };

    (void)sigprocmask(SIG_BLOCK, NULL, &open_mask);
    (void)sigemptyset(&held);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct sigaction action = {.sa_handler = signals[i].handler}, old;

        if (action.sa_handler != on_ending) /* which must end a read or sleep */
            action.sa_flags = SA_RESTART;
        (void)sigfillset(&action.sa_mask); /* one handler at a time, as they change the terminal */
        if (signals[i].handler != SIG_IGN)
            (void)sigaddset(&held, signals[i].number);
        if (sigaction(signals[i].number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            (void)sigaction(signals[i].number, &action, NULL);
    }
}

int signals_caught(void)
{
    return caught;
}

int signals_check(struct mdm_error *err)
{
    if (caught == 0)
        return 0;
    return mdm_error_set(err, MDM_E_INTERRUPTED,
                         "interrupted" MDM_HINT "Nothing is half-written. The next start goes on from here.");
}

/* The signals are let through during the wait, and blocked before and after: none can slip in between a look at a flag
 * and the wait. */
int signals_wait(int fd, const struct timespec *most)
{
    sigset_t before;
    fd_set set;
    int ready = 0;

    FD_ZERO(&set);
    if (fd >= 0)
        FD_SET(fd, &set);
    (void)sigprocmask(SIG_BLOCK, &held, &before);
    if (caught == 0)
        ready = pselect(fd + 1, &set, NULL, NULL, most, &open_mask);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return ready;
}

int signals_sleep(long milliseconds, struct mdm_error *err)
{
    const struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};

    (void)signals_wait(-1, &time);
    return signals_check(err);
}

/* Waits for a byte. 1: it came; 0: end of input, or we were stopped and `continued`; -1: error. */
static int next_byte(char *c, struct mdm_error *err)
{
    struct termios state;
    ssize_t n;

    do {
        if (signals_check(err) != 0)
            return -1;
        n = signals_wait(keyboard, NULL) > 0 ? read(keyboard, c, 1) : -1;
    } while (!continued && n < 0 && (errno == EINTR || errno == EAGAIN));
    if (continued || n == 1)
        return signals_check(err) == 0 ? n == 1 : -1;
    /* The end of input may be the end of the terminal: then SIGHUP is raised here, as the shell, which gets it first,
     * may be slow to pass it on. Signals are let through, as pselect() does not when there is something to read. */
    const bool gone = n < 0 || tcgetattr(terminal, &state) != 0;
    if (gone)
        (void)raise(SIGHUP);
    (void)sigprocmask(SIG_SETMASK, &open_mask, NULL);
    (void)sigprocmask(SIG_BLOCK, &held, NULL);
    if (signals_check(err) != 0)
        return -1;
    return gone ? mdm_error_set(err, MDM_E_UNANSWERED, "the terminal is gone") : 0;
}

/* The answer, or NULL. */
static struct mdm_secret *ask(const char *prompt, enum tty_echo echo, struct mdm_error *err)
{
    for (;;) {
        MDM_OWNED(mdm_secret_free) struct mdm_secret *answer = mdm_secret_new("", 0, err);
        bool unfit = false; /* too long, or not text */
        char c = '\0';
        int input;

        if (answer == NULL)
            return NULL;
        continued = 0;
        while (set_echo(echo, TCSAFLUSH) != 0) /* drops what was typed before */
            if (signals_check(err) != 0 || errno != EINTR) {
                mdm_error_system(err, errno, "cannot set the terminal's echo"); /* unless it was a signal */
                return NULL;
            }
        (void)dprintf(terminal, "%s", prompt);
        /* To the end of the line, however long, so that its rest does not answer the next question. */
        while ((input = next_byte(&c, err)) == 1 && c != '\n' && c != '\r')
            unfit = mdm_secret_push(answer, c) != 0 || unfit;
        mdm_wipe(&c, sizeof c);
        if (input < 0 || (input == 0 && !continued && !unfit && answer->text[0] == '\0')) {
            mdm_error_set(err, MDM_E_UNANSWERED, "the question was not answered: end of input");
            return NULL;
        }
        if (!continued && !unfit)
            return mdm_take_at(&answer);
        if (unfit) /* without an echo the newline is missing as well */
            (void)dprintf(terminal, "%sThat is too long, or not text. Try again.\n", echo == TTY_ECHO_ON ? "" : "\n");
    }
}

/* Opens the terminal, once. */
static bool open_terminal(void)
{
    if (terminal < 0)
        terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal >= 0 && keyboard < 0)
        keyboard = open("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return keyboard >= 0;
}

struct mdm_secret *tty_ask(enum tty_echo echo, struct mdm_error *err, const char *format, ...)
{
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};
    va_list arguments;

    if (!open_terminal()) {
        mdm_error_set(err, MDM_E_UNANSWERED, "there is no terminal to ask at: %s", strerror(errno));
        return NULL;
    }
    va_start(arguments, format);
    (void)mdm_bytes_vformat(&text, err, format, arguments);
    va_end(arguments);
    MDM_OWNED(mdm_free_at) char *prompt = text.size > 0 ? mdm_text_safe(text.data, text.size) : NULL;
    if (prompt == NULL) {
        mdm_error_memory(err);
        return NULL;
    }
    /* In the background we stop here, before the settings of the shell's own line editor could be taken for those
     * found. A tcflush() would do so, too, but on Linux lose a Ctrl-C that waits behind a long paste. */
    (void)tcdrain(terminal);
    (void)sigprocmask(SIG_BLOCK, &held, NULL);
    asking = 1;
    struct mdm_secret *answer = ask(prompt, echo, err);
    asking = 0;
    if (echo == TTY_ECHO_OFF || answer == NULL) /* no newline was echoed */
        (void)dprintf(terminal, "\n");
    if (!hushed)
        restore();
    hide_typing();
    (void)sigprocmask(SIG_SETMASK, &open_mask, NULL);
    return answer;
}

void tty_hush(void)
{
    if (!open_terminal())
        return;
    (void)sigprocmask(SIG_BLOCK, &held, NULL);
    hushed = 1;
    hide_typing();
    (void)sigprocmask(SIG_SETMASK, &open_mask, NULL);
}

void tty_restore(void)
{
    if (hushed && changed && tcgetpgrp(terminal) == getpgrp())
        (void)tcflush(terminal, TCIFLUSH);
    hushed = 0;
    restore();
}
