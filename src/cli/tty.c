/* Questions on /dev/tty with the semantics of readpassphrase(3): whatever comes, the terminal is left as it was found.
 */
#include "cli/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include "cli/signals.h"

/* The longest answer that is typed with echo. */
#define LINE_MAX_BYTES 4096

/* One open question. */
struct question {
    int fd;
    const char *prompt;
    bool secret;
    sigset_t open_mask; /* the signal mask while waiting for input */
    struct sigaction old_stop;
    struct sigaction old_continue;
};

/* For the handlers and the rescue of signals.h: the terminal whose echo is off now. */
static volatile sig_atomic_t quiet_fd = -1;
static struct termios loud;
static volatile sig_atomic_t stop_asked;
static volatile sig_atomic_t continued;

static void on_stop(int number)
{
    (void)number;
    stop_asked = 1;
}

static void on_continue(int number)
{
    (void)number;
    continued = 1;
}

/* Async-signal-safe (POSIX lists tcsetattr). */
static void echo_on(void)
{
    const int fd = quiet_fd;

    quiet_fd = -1;
    if (fd >= 0)
        (void)tcsetattr(fd, TCSANOW, &loud);
}

static int echo_off(int fd, struct mdm_error *err)
{
    struct termios quiet;
    int result;

    if (quiet_fd < 0 && tcgetattr(fd, &loud) != 0)
        return mdm_error_system(err, errno, "cannot read the state of the terminal");
    quiet = loud;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    quiet.c_lflag |= ICANON | ISIG;
    quiet_fd = fd;
    do
        result = tcsetattr(fd, TCSAFLUSH, &quiet);
    while (result != 0 && errno == EINTR && signals_caught() == 0);
    if (result == 0)
        return 0;
    echo_on();
    return signals_check(err) != 0 ? -1 : mdm_error_system(err, errno, "cannot turn the terminal's echo off");
}

static void put(int fd, const char *text, size_t size)
{
    while (size > 0) {
        const ssize_t n = write(fd, text, size);

        if (n < 0 && errno == EINTR && signals_caught() == 0)
            continue;
        if (n <= 0)
            return;
        text += n;
        size -= (size_t)n;
    }
}

static int show(const struct question *question, struct mdm_error *err)
{
    if (question->secret && echo_off(question->fd, err) != 0)
        return -1;
    put(question->fd, question->prompt, strlen(question->prompt));
    return 0;
}

static int begin(struct question *question, struct mdm_error *err)
{
    struct sigaction action = {0};

    question->fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (question->fd < 0) {
        (void)mdm_error_set(err, MDM_E_UNANSWERED, "there is no terminal to ask at: %s", strerror(errno));
        return -1;
    }
    stop_asked = 0;
    continued = 0;
    signals_set_rescue(echo_on);
    signals_block(&question->open_mask);
    (void)sigemptyset(&action.sa_mask);
    action.sa_handler = on_stop;
    (void)sigaction(SIGTSTP, &action, &question->old_stop);
    if (question->old_stop.sa_handler == SIG_IGN)
        (void)sigaction(SIGTSTP, &question->old_stop, NULL);
    action.sa_handler = on_continue;
    (void)sigaction(SIGCONT, &action, &question->old_continue);
    return 0;
}

static void end(struct question *question, bool answered)
{
    echo_on();
    if (question->secret || !answered) /* no newline was echoed */
        put(question->fd, "\n", 1);
    (void)sigaction(SIGTSTP, &question->old_stop, NULL);
    (void)sigaction(SIGCONT, &question->old_continue, NULL);
    signals_unblock(&question->open_mask);
    signals_set_rescue(NULL);
    (void)close(question->fd);
}

/* Ctrl-Z: lets the shell have its terminal as it was, and stops with the default action of SIGTSTP. */
static void stop(void)
{
    struct sigaction action = {0};
    struct sigaction ours;
    sigset_t set;
    sigset_t old;

    stop_asked = 0;
    echo_on();
    action.sa_handler = SIG_DFL;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTSTP, &action, &ours);
    (void)raise(SIGTSTP);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTSTP);
    (void)sigaddset(&set, SIGCONT);
    (void)sigprocmask(SIG_UNBLOCK, &set, &old); /* stops here, until SIGCONT */
    (void)sigprocmask(SIG_SETMASK, &old, NULL);
    (void)sigaction(SIGTSTP, &ours, NULL);
    continued = 1; /* also when the system does not stop an orphaned process group */
}

enum input {
    INPUT_BYTE,
    INPUT_END,   /* end of input */
    INPUT_AGAIN, /* stopped and continued: the question was shown again, what was typed is void */
    INPUT_ERROR,
};

/* The end of input may be the end of the terminal. pselect() lets no signal through when there is something to read,
 * and SIGHUP goes to the shell first, which may be slower with it than we are here. */
static int check_after_end(const struct question *question, bool failed, struct mdm_error *err)
{
    struct termios state;
    sigset_t blocked;

    if (failed || tcgetattr(question->fd, &state) != 0)
        (void)raise(SIGHUP);
    (void)sigprocmask(SIG_SETMASK, &question->open_mask, &blocked);
    (void)sigprocmask(SIG_SETMASK, &blocked, NULL);
    return signals_check(err);
}

/* Waits for a byte; the signals are open only here, so that none can slip in between the look at the flags and the
 * wait. */
static enum input next_byte(const struct question *question, char *c, struct mdm_error *err)
{
    fd_set set;
    ssize_t n;

    for (;;) {
        if (signals_check(err) != 0)
            return INPUT_ERROR;
        if (stop_asked)
            stop();
        if (continued) {
            continued = 0;
            return show(question, err) == 0 ? INPUT_AGAIN : INPUT_ERROR;
        }
        FD_ZERO(&set);
        FD_SET(question->fd, &set);
        if (pselect(question->fd + 1, &set, NULL, NULL, NULL, &question->open_mask) <= 0) {
            if (errno == EINTR)
                continue;
            (void)mdm_error_system(err, errno, "cannot wait for the terminal");
            return INPUT_ERROR;
        }
        n = read(question->fd, c, 1);
        if (n == 1)
            return INPUT_BYTE;
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (check_after_end(question, n < 0, err) != 0)
            return INPUT_ERROR;
        if (n == 0)
            return INPUT_END;
        (void)mdm_error_set(err, MDM_E_UNANSWERED, "the terminal is gone");
        return INPUT_ERROR;
    }
}

/* Where an answer goes: one of the first two is set. */
struct answer {
    struct mdm_secret *secret;
    char *line;
    size_t size;
    bool unfit; /* too long, or with a NUL in it */
};

static void forget(struct answer *answer)
{
    while (answer->secret != NULL && mdm_secret_size(answer->secret) > 0)
        mdm_secret_pop(answer->secret);
    answer->size = 0;
    answer->unfit = false;
}

static void keep(struct answer *answer, char c)
{
    if (answer->secret != NULL) {
        if (mdm_secret_push(answer->secret, c) != 0)
            answer->unfit = true;
    } else if (c != '\0' && answer->size < LINE_MAX_BYTES) {
        answer->line[answer->size++] = c;
    } else {
        answer->unfit = true;
    }
}

/* Reads to the end of the line, whatever its length, so that the rest of a long one does not answer the next question.
 */
static int read_to_end(const struct question *question, struct answer *answer, struct mdm_error *err)
{
    bool any = false;
    char c = '\0';
    int result = -1;

    for (;;) {
        const enum input input = next_byte(question, &c, err);

        if (input == INPUT_ERROR)
            break;
        if (input == INPUT_AGAIN) {
            forget(answer);
            continue;
        }
        if (input == INPUT_END && !any) {
            (void)mdm_error_set(err, MDM_E_UNANSWERED, "the question was not answered: end of input");
            break;
        }
        if (input == INPUT_END || c == '\n' || c == '\r') {
            result = 0;
            break;
        }
        any = true;
        keep(answer, c);
    }
    mdm_wipe(&c, sizeof c);
    return result;
}

static int read_answer(const struct question *question, struct answer *answer, struct mdm_error *err)
{
    static const char unfit[] = "\nThat is too long for an answer, or no text. Once more.\n";

    for (;;) {
        if (show(question, err) != 0 || read_to_end(question, answer, err) != 0)
            return -1;
        if (!answer->unfit)
            return 0;
        forget(answer);
        put(question->fd, question->secret ? unfit : unfit + 1, strlen(question->secret ? unfit : unfit + 1));
    }
}

bool tty_is_there(void)
{
    return isatty(STDIN_FILENO) == 1;
}

void tty_notice_hangup(void)
{
    if (!tty_is_there())
        (void)raise(SIGHUP);
}

struct mdm_secret *tty_read_secret(const char *prompt, struct mdm_error *err)
{
    struct question question = {.prompt = prompt, .secret = true};
    struct answer answer = {0};

    answer.secret = mdm_secret_empty(err);
    if (answer.secret == NULL)
        return NULL;
    if (begin(&question, err) != 0) {
        mdm_secret_free(&answer.secret);
        return NULL;
    }
    if (read_answer(&question, &answer, err) != 0)
        mdm_secret_free(&answer.secret);
    end(&question, answer.secret != NULL);
    return answer.secret;
}

char *tty_read_line(const char *prompt, struct mdm_error *err)
{
    struct question question = {.prompt = prompt};
    struct answer answer = {0};

    answer.line = calloc(1, LINE_MAX_BYTES + 1);
    if (answer.line == NULL) {
        (void)mdm_error_set(err, MDM_E_FAILED, "out of memory");
        return NULL;
    }
    if (begin(&question, err) != 0) {
        free(answer.line);
        return NULL;
    }
    if (read_answer(&question, &answer, err) != 0) {
        free(answer.line);
        answer.line = NULL;
    } else {
        answer.line[answer.size] = '\0';
    }
    end(&question, answer.line != NULL);
    return answer.line;
}

void tty_forget_typed(void)
{
    const int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        return;
    (void)tcflush(fd, TCIFLUSH);
    (void)close(fd);
}

unsigned tty_columns(int fd)
{
    struct winsize size;

    if (isatty(fd) != 1 || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}
