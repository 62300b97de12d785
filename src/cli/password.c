/* Where passwords come from: files, standard input, variables or the keyboard; and the rules for new ones. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/say.h"
#include "cli/tty.h"
#include "flow/state.h"
#include "pki/key.h"
#include "store/file.h"

#define OPTION        "--%s-password-file" /* takes mdm_roles[role].whose */
#define NOBODY_TO_ASK " is needed, but there is no terminal (or --no-input was given)"
#define NAME_A_FILE   "Name a file whose first line is the password."
#define LINE_SIZE_MAX (MDM_SECRET_MAX + 2) /* with CR LF */
#define ORIGIN_MAX    MDM_ERROR_TEXT_MAX
#define ATTEMPTS      3 /* a person is asked for a password so often */

static const char *const variables[MDM_ROLES] = {
    [MDM_ROLE_VENDOR] = "MDMVENDOR_VENDOR_PASSWORD",
    [MDM_ROLE_CUSTOMER] = "MDMVENDOR_CUSTOMER_PASSWORD",
};

/* "in 'FILE' (--vendor-password-file)" */
static const char *origin(enum mdm_role role, char out[ORIGIN_MAX])
{
    const char *file = opt->password_file[role];

    if (file == NULL)
        (void)snprintf(out, ORIGIN_MAX, "in %s", variables[role]);
    else if (opt_is_dash(file))
        (void)snprintf(out, ORIGIN_MAX, "on standard input (" OPTION ")", mdm_roles[role].whose);
    else
        (void)snprintf(out, ORIGIN_MAX, "in '%s' (" OPTION ")", file, mdm_roles[role].whose);
    return out;
}

/* Reads a line of standard input byte by byte, as others read what follows it (`sign -` a CSR). */
static int read_line(struct mdm_bytes *line, struct mdm_error *err)
{
    char c = '\0';
    ssize_t n = 1;

    while (n != 0 && c != '\n' && line->size < LINE_SIZE_MAX) {
        n = read(STDIN_FILENO, &c, 1);
        if (n < 0 && (errno != EINTR || signals_check(err) != 0))
            return mdm_error_system(err, errno, "cannot read the password from standard input");
        if (n > 0 && mdm_bytes_append(line, &c, 1, err) != 0)
            return -1;
    }
    mdm_wipe(&c, sizeof c);
    return 0;
}

/* Reads the first line of the role's file, or of standard input, without its end (LF, CR LF or CR) and without a byte
 * order mark. An empty one gives no password. */
static int read_given(struct mdm_session *session, enum mdm_role role, struct mdm_error *err)
{
    const char *name = opt->password_file[role];
    struct given_password *password = &session->passwords[role];
    MDM_OWNED(mdm_bytes_free) struct mdm_bytes text = {0};
    struct mdm_file_info info = {0};

    if ((opt_is_dash(name) ? read_line(&text, err) : mdm_path_read(name, MDM_PATH_ANY, &text, &info, err)) != 0)
        return -1;
    if (!password->loaded && (info.mode & 0044) != 0)
        say(SAY_WARNING, "the password file '%s' can be read by others (mode %04o); run: chmod 600 %s", name,
            (unsigned)info.mode, MDM_QUOTED(name));
    if (mdm_text_is_utf16(text.data, text.size))
        return mdm_error_set(err, MDM_E_FAILED,
                             "the password file is UTF-16 text" MDM_HINT
                             "Save it as UTF-8 (Notepad: \"Save as\", Encoding: UTF-8).");
    const size_t begin = mdm_text_mark(text.data, text.size);
    size_t end = begin;
    while (end < text.size && text.data[end] != '\n' && text.data[end] != '\r')
        end++;
    password->loaded = text.size > 0;
    password->crlf = end < text.size && text.data[end] == '\r';
    if (end > begin)
        password->given = mdm_secret_new((const char *)text.data + begin, end - begin, err);
    return end == begin || password->given != NULL ? 0 : -1;
}

/* Hands out the password that a file or a variable gives: itself where it can be read again, so that it is not kept
 * here, else a copy. NULL without an error: none is given. A terminal as standard input is asked like any terminal,
 * without echo. */
static struct mdm_secret *take_given(struct mdm_session *session, enum mdm_role role, struct mdm_error *err)
{
    const char *const *files = opt->password_file, *whose = mdm_roles[role].whose;
    const bool is_input = opt_is_dash(files[role]);
    struct given_password *password = &session->passwords[role];
    const bool is_read = password->given != NULL || (is_input && password->loaded);
    char where[ORIGIN_MAX];

    say_live_end();
    if (signals_check(err) != 0 ||
        (password->given == NULL && (files[role] == NULL || (is_input && isatty(STDIN_FILENO) == 1))))
        return NULL;
    /* Standard input gives all its passwords at once: the vendor's line is the first, whichever is needed first. */
    for (int each = 0; each < MDM_ROLES && !is_read; each++) {
        if (((int)role == each || (is_input && opt_is_dash(files[each]))) &&
            read_given(session, (enum mdm_role)each, err) != 0) {
            (void)mdm_error_context(err, "option '" OPTION "'", mdm_roles[each].whose);
            mdm_error_hint(err, NAME_A_FILE);
            return NULL;
        }
    }
    if (password->given == NULL && is_input && !password->loaded)
        mdm_error_set(err, MDM_E_UNANSWERED,
                      "standard input ended before the line with the %s key's password (" OPTION ")", whose, whose);
    else if (password->given == NULL)
        mdm_error_set(err, MDM_E_FAILED, "the line for the %s key's password %s is empty" MDM_HINT NAME_A_FILE, whose,
                      origin(role, where));
    else if (!session->callbacks.can_reread[role])
        return mdm_secret_new(password->given->text, strlen(password->given->text), err);
    return mdm_take_at(&password->given);
}

/* What can be done when nobody typed a password. */
static void hint_unanswered(const struct mdm_session *session, enum mdm_role role, struct mdm_error *err)
{
    if (err->code == MDM_E_UNANSWERED)
        mdm_error_hint(err, "Give it with `" OPTION " FILE` (its first line; `-` is standard input), or in %s, or %s.",
                       mdm_roles[role].whose, variables[role],
                       session->can_ask ? "run the same command again and type it"
                                        : "run mdmvendor at a terminal without --no-input");
}

static int check_new(enum mdm_role role, const struct mdm_secret *password, struct mdm_error *err)
{
    const char *whose = mdm_roles[role].whose;
    bool has_control = false, is_ascii = true;
    int characters = 0;

    for (const unsigned char *c = (const unsigned char *)password->text; *c != '\0'; c++) {
        characters += (*c & 0xC0) != 0x80;
        is_ascii = is_ascii && *c >= 0x20 && *c <= 0x7E;
        /* C0, DEL, and C1 in UTF-8: no prompt and no password file can give them. */
        has_control = has_control || *c < 0x20 || *c == 0x7F || (c[0] == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0);
    }
    if (characters < MDM_PASSWORD_MIN)
        return mdm_error_set(err, MDM_E_FAILED,
                             "the new password for the %s key is too short: it needs at least %d characters" MDM_HINT
                             "Choose a longer one: four words or more are easy to remember and hard to guess.",
                             whose, MDM_PASSWORD_MIN);
    if (role == MDM_ROLE_CUSTOMER && !is_ascii)
        return mdm_error_set(err, MDM_E_FAILED,
                             "the new password for the customer key holds a character that is not printable ASCII; the "
                             "pfx gets the same password, and programs differ in how they read others" MDM_HINT
                             "Use English letters, digits, spaces and the signs of a US keyboard.");
    if (has_control)
        return mdm_error_set(
            err, MDM_E_FAILED,
            "the new password for the %s key holds a control character, such as a tab or a line end" MDM_HINT
            "Leave it out. In a variable it is often a line end that was stored with the password.",
            whose);
    return 0;
}

/* Asks for a password and its repetition until both are good. */
static struct mdm_secret *type_new(enum mdm_role role, struct mdm_error *err)
{
    for (;;) {
        MDM_OWNED(mdm_secret_free)
        struct mdm_secret *first = tty_ask(TTY_ECHO_OFF, err, "New password for the %s key: ", mdm_roles[role].whose);
        struct mdm_error bad = {0};

        if (first == NULL)
            return NULL;
        if (check_new(role, first, &bad) == 0) {
            struct mdm_secret *second = tty_ask(TTY_ECHO_OFF, err, "The same password again: ");

            if (second == NULL || strcmp(first->text, second->text) == 0)
                return second;
            mdm_secret_free(&second);
            mdm_error_set(&bad, MDM_E_FAILED, "the passwords do not match; try again");
        }
        say(SAY_REPLY, "%s", bad.text);
    }
}

static struct mdm_secret *password_new(void *ctx, enum mdm_role role, struct mdm_error *err)
{
    static const char *const about[MDM_ROLES] = {
        [MDM_ROLE_VENDOR] = ". Keep it safe: without it the key is lost.",
        [MDM_ROLE_CUSTOMER] = " of plain ASCII, because the pfx has the same one. Keep it safe.",
    };
    struct mdm_session *session = ctx;
    struct mdm_secret *password = take_given(session, role, err);

    if (err->code != MDM_OK)
        return NULL;
    if (password != NULL && check_new(role, password, err) != 0) {
        mdm_secret_free(&password);
        if (opt->command == MDM_COMMAND_IMPORT)
            (void)snprintf(err->hint, sizeof err->hint,
                           "If it opens the imported file as well, run the import at a terminal without this password, "
                           "where it asks for the file's and for a new one, or give the file another password first. "
                           "Else choose another one.");
    } else if (password == NULL && session->can_ask) {
        say(SAY_NOTE, "Choose a password for %s: at least %d characters%s", mdm_roles[role].key_path, MDM_PASSWORD_MIN,
            about[role]);
        password = type_new(role, err);
    } else if (password == NULL) {
        mdm_error_set(err, MDM_E_UNANSWERED, "a new password for the %s key" NOBODY_TO_ASK, mdm_roles[role].whose);
    }
    hint_unanswered(session, role, err);
    return password;
}

static bool password_existing(void *ctx, enum mdm_role role, const char *path, unsigned *attempt,
                              struct mdm_secret **password, struct mdm_error *why)
{
    struct mdm_session *session = ctx;
    /* The imported file may have another password than the one given for the new files. */
    const bool imports = opt->command == MDM_COMMAND_IMPORT;
    char where[ORIGIN_MAX];

    if (why->code != MDM_E_PASSWORD || *attempt == ATTEMPTS)
        return false;
    ++*attempt;
    mdm_error_clear(why);
    mdm_secret_free(password);
    MDM_OWNED(mdm_secret_free) struct mdm_secret *given = take_given(session, role, why);
    if (why->code != MDM_OK)
        return false;
    /* The second time with the CR of the line's end, as openssl takes it. */
    if (given != NULL &&
        (*attempt == 1 || (*attempt == 2 && session->passwords[role].crlf && mdm_secret_push(given, '\r') == 0))) {
        *password = mdm_take_at(&given);
        return true;
    }
    if (given != NULL && !(imports && session->can_ask)) {
        mdm_error_set(why, MDM_E_PASSWORD, "the password %s does not open '%s' (or the file is damaged)",
                      origin(role, where), path);
        if (imports)
            mdm_error_hint(why, "Without a terminal, one password opens the imported file and locks the new ones. Give "
                                "the file's own password, or run mdmvendor at a terminal, where it asks for both.");
        return false;
    }
    if (session->can_ask) {
        mdm_secret_free(&given); /* it is not held over a prompt */
        if (*attempt > 1)
            say(SAY_REPLY, "that password does not open it (check Caps Lock); attempt %u of %d", *attempt, ATTEMPTS);
        *password = tty_ask(TTY_ECHO_OFF, why, "Password of %s: ", path);
    } else {
        mdm_error_set(why, MDM_E_UNANSWERED, "the password of '%s'" NOBODY_TO_ASK, path);
    }
    hint_unanswered(session, role, why);
    return *password != NULL;
}

extern char **environ;

/* Of a variable that is set twice the first counts. Every copy is overwritten in place, which is what /proc shows. */
int passwords_begin(struct mdm_session *session, struct mdm_error *err)
{
    session->callbacks.new_password = password_new;
    session->callbacks.password = password_existing;
    for (int role = 0; role < MDM_ROLES; role++) {
        struct mdm_secret **given = &session->passwords[role].given;
        const char *name = variables[role], *file = opt->password_file[role];
        const size_t size = strlen(name);

        session->callbacks.can_reread[role] =
            file != NULL && !opt_is_dash(file) && mdm_file_stat(NULL, file, NULL) == MDM_FILE_READ;
        for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
            if (strncmp(*entry, name, size) != 0 || (*entry)[size] != '=')
                continue;
            char *const value = *entry + size + 1;
            if (value[0] != '\0' && file == NULL && *given == NULL && err->code == MDM_OK) {
                *given = mdm_secret_new(value, strlen(value), err);
                (void)mdm_error_context(err, "%s", name);
            }
            mdm_wipe(value, strlen(value));
        }
        (void)unsetenv(name);
    }
    return err->code == MDM_OK ? 0 : -1;
}
