/* Where passwords come from: see password.h. */
#include "cli/password.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"
#include "cli/tty.h"
#include "flow/state.h"
#include "pki/key.h"
#include "store/file.h"

static const struct {
    const char *option;
    const char *variable;
    const char *about_new; /* after "at least 8 characters" */
} roles[PASSWORD_ROLES] = {
    [MDM_ROLE_VENDOR] = {"vendor-password-file", "MDMVENDOR_VENDOR_PASSWORD",
                         ". Keep it safe: without it the key is lost."},
    [MDM_ROLE_CUSTOMER] = {"customer-password-file", "MDMVENDOR_CUSTOMER_PASSWORD",
                           " of plain ASCII, because the pfx has the same one. Keep it safe."},
};

extern char **environ;

/* Takes a variable, the first where it is set twice. Every copy is overwritten in place, which is what /proc shows. */
static int take_variable(struct password_source *source, const char *name, struct mdm_error *err)
{
    const size_t size = strlen(name);
    int result = 0;

    for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
        char *value = *entry + size + 1;

        if (strncmp(*entry, name, size) != 0 || (*entry)[size] != '=')
            continue;
        if (value[0] != '\0' && source->file == NULL && source->given == NULL && result == 0) {
            source->given = mdm_secret_new(value, strlen(value), err);
            if (source->given == NULL)
                result = mdm_error_context(err, "%s", name);
        }
        mdm_wipe(value, strlen(value));
    }
    (void)unsetenv(name);
    return result;
}

int passwords_begin(struct passwords *passwords, const struct mdm_options *options, bool can_ask, struct mdm_error *err)
{
    int result = 0;

    *passwords = (struct passwords){
        .of = {[MDM_ROLE_VENDOR].file = options->vendor_password_file,
               [MDM_ROLE_CUSTOMER].file = options->customer_password_file},
        .can_ask = can_ask,
        .imports = options->command == MDM_COMMAND_IMPORT,
    };
    for (int role = 0; role < PASSWORD_ROLES; role++)
        if (take_variable(&passwords->of[role], roles[role].variable, err) != 0)
            result = -1;
    return result;
}

void passwords_end(struct passwords *passwords)
{
    for (int role = 0; role < PASSWORD_ROLES; role++)
        mdm_secret_free(&passwords->of[role].given);
}

/* Reads a line of standard input byte by byte, as others read what follows it (`sign -` a CSR). `given` stays NULL,
 * without an error, when there is no more line. */
static int load_line(struct password_source *source, struct mdm_error *err)
{
    struct mdm_secret *line = mdm_secret_empty(err);
    int result = line != NULL ? 0 : -1;
    bool any = false;
    char c = '\0';

    while (result == 0) {
        const ssize_t n = read(STDIN_FILENO, &c, 1);

        if (n < 0 && errno == EINTR && signals_check(err) == 0)
            continue;
        if (n < 0)
            result = mdm_error_system(err, errno, "cannot read the password from standard input");
        any = any || n > 0;
        if (n <= 0 || c == '\n')
            break;
        if (mdm_secret_push(line, c) != 0)
            result = mdm_error_set(err, MDM_E_FAILED, "the password on standard input is longer than %d bytes",
                                   MDM_SECRET_MAX);
    }
    mdm_wipe(&c, sizeof c);
    if (result != 0 || !any)
        mdm_secret_free(&line);
    source->crlf =
        line != NULL && mdm_secret_size(line) > 0 && mdm_secret_text(line)[mdm_secret_size(line) - 1] == '\r';
    if (source->crlf)
        mdm_secret_pop(line);
    source->given = line;
    source->loaded = true;
    return result;
}

/* The first line of a file, without its end (LF, CR LF or CR) and without a byte order mark. */
static struct mdm_secret *first_line(const struct mdm_bytes *file, bool *crlf, struct mdm_error *err)
{
    const char *text = file->data == NULL ? "" : (const char *)file->data;
    const char *const last = text + file->size;
    const char *end;

    if (mdm_text_is_utf16(text, file->size)) {
        mdm_error_set(err, MDM_E_FAILED, "the password file is UTF-16 text");
        mdm_error_hint(err, "Save it as UTF-8 (Notepad: \"Save as\", Encoding: UTF-8).");
        return NULL;
    }
    text += mdm_text_mark(text, file->size);
    for (end = text; end < last && *end != '\n' && *end != '\r';)
        end++;
    *crlf = end < last && *end == '\r';
    return mdm_secret_new(text, (size_t)(end - text), err);
}

static int load_file(struct password_source *source, const char *option, struct mdm_error *err)
{
    const char *name = source->file;
    struct mdm_bytes file = {0};
    struct mdm_file_info info = {0};

    if (mdm_path_read(name, &file, &info, err) == 0) {
        source->loaded = true;
        source->given = first_line(&file, &source->crlf, err);
        if ((info.mode & 0044) != 0)
            say(SAY_WARNING, "the password file '%s' can be read by others (mode %04o); run: chmod 600 '%s'", name,
                (unsigned)info.mode, name);
    }
    mdm_bytes_free(&file);
    if (source->given == NULL)
        mdm_error_context(err, "option '--%s'", option);
    if (source->given != NULL && mdm_secret_size(source->given) > 0)
        return 0;
    mdm_secret_free(&source->given);
    mdm_error_set(err, MDM_E_FAILED, "the first line of the password file '%s' is empty", name);
    return mdm_error_hint(err, "Name a file whose first line is the password.");
}

/* Standard input gives all its passwords at once: the vendor's line is the first, whichever is needed first. */
static int load_lines(struct passwords *passwords, enum mdm_role role, struct mdm_error *err)
{
    struct mdm_secret **given = &passwords->of[role].given;

    for (int each = 0; each < PASSWORD_ROLES; each++)
        if (opt_is_dash(passwords->of[each].file) && load_line(&passwords->of[each], err) != 0)
            return -1;
    if (*given == NULL)
        return mdm_error_set(err, MDM_E_UNANSWERED,
                             "standard input ended before the line with the %s key's password (--%s)",
                             mdm_roles[role].whose, roles[role].option);
    if (mdm_secret_size(*given) > 0)
        return 0;
    mdm_secret_free(given);
    return mdm_error_set(err, MDM_E_FAILED, "the line for the %s key's password on standard input is empty",
                         mdm_roles[role].whose);
}

/* Fills `given` when a file is named for it. A terminal as standard input is asked like any terminal, without echo. */
static int load(struct passwords *passwords, enum mdm_role role, struct mdm_error *err)
{
    struct password_source *source = &passwords->of[role];

    if (source->file == NULL || source->loaded)
        return 0;
    if (!opt_is_dash(source->file))
        return load_file(source, roles[role].option, err);
    return tty_is_there() ? 0 : load_lines(passwords, role, err);
}

static struct mdm_secret *copy(const struct mdm_secret *secret, struct mdm_error *err)
{
    return mdm_secret_new(mdm_secret_text(secret), mdm_secret_size(secret), err);
}

/* Names the option to use when nobody answered. Returns NULL. */
static struct mdm_secret *unanswered(enum mdm_role role, struct mdm_error *err)
{
    if (err != NULL && err->code == MDM_E_UNANSWERED)
        mdm_error_hint(err,
                       "Give it with `--%s FILE` (its first line; `-` is standard input), or in %s, or run "
                       "mdmvendor at a terminal without --no-input.",
                       roles[role].option, roles[role].variable);
    return NULL;
}

#define NOBODY_TO_ASK " is needed, but there is no terminal (or --no-input was given)"

static int check_new(enum mdm_role role, const struct mdm_secret *password, struct mdm_error *err)
{
    const char *words = mdm_roles[role].whose;
    bool has_control = false, is_ascii = true;
    int characters = 0;

    for (const unsigned char *c = (const unsigned char *)mdm_secret_text(password); *c != '\0'; c++) {
        characters += (*c & 0xC0) != 0x80;
        is_ascii = is_ascii && *c >= 0x20 && *c <= 0x7E;
        /* C0, DEL, and C1 in UTF-8: no prompt and no password file can give them. */
        has_control = has_control || *c < 0x20 || *c == 0x7F || (c[0] == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0);
    }
    if (characters < MDM_PASSWORD_MIN) {
        mdm_error_set(err, MDM_E_FAILED,
                      "the new password for the %s key is too short: it needs at least %d characters", words,
                      MDM_PASSWORD_MIN);
        return mdm_error_hint(err, "Choose a longer one: four words or more are easy to remember and hard to guess.");
    }
    if (role == MDM_ROLE_CUSTOMER && !is_ascii) {
        mdm_error_set(err, MDM_E_FAILED,
                      "the new password for the customer key holds a character that is not printable ASCII; the "
                      "pfx gets the same password, and programs differ in how they read others");
        return mdm_error_hint(err, "Use English letters, digits, spaces and the signs of a US keyboard.");
    }
    if (!has_control)
        return 0;
    mdm_error_set(err, MDM_E_FAILED,
                  "the new password for the %s key holds a control character, such as a tab or a line end", words);
    return mdm_error_hint(err, "Leave it out. In a variable it is often a line end that was stored with the password.");
}

/* Asks for a password and its repetition until both are good. */
static struct mdm_secret *type_new(enum mdm_role role, struct mdm_error *err)
{
    for (;;) {
        struct mdm_error bad = {0};
        struct mdm_secret *first = tty_ask(TTY_ECHO_OFF, err, "New password for the %s key: ", mdm_roles[role].whose);
        struct mdm_secret *second = NULL;

        if (first != NULL && check_new(role, first, &bad) == 0) {
            second = tty_ask(TTY_ECHO_OFF, err, "The same password again: ");
            if (second != NULL && !mdm_secret_equal(first, second))
                mdm_error_set(&bad, MDM_E_FAILED, "the passwords do not match; try again");
        }
        if (second == NULL || bad.code != MDM_OK)
            mdm_secret_free(&first);
        mdm_secret_free(&second);
        if (bad.code == MDM_OK)
            return first;
        say_reply(&bad);
    }
}

struct mdm_secret *passwords_new(struct passwords *passwords, enum mdm_role role, struct mdm_error *err)
{
    const struct mdm_secret *given;
    struct mdm_secret *password;

    if (load(passwords, role, err) != 0)
        return NULL;
    given = passwords->of[role].given;
    if (given != NULL)
        return check_new(role, given, err) == 0 ? copy(given, err) : NULL;
    if (!passwords->can_ask) {
        mdm_error_set(err, MDM_E_UNANSWERED, "a new password for the %s key" NOBODY_TO_ASK, mdm_roles[role].whose);
        return unanswered(role, err);
    }
    say(SAY_NOTE, "Choose a password for %s: at least %d characters%s", mdm_roles[role].key_path, MDM_PASSWORD_MIN,
        roles[role].about_new);
    password = type_new(role, err);
    return password != NULL ? password : unanswered(role, err);
}

/* A password that was given does not open the file. */
static struct mdm_secret *wrong_password(const struct passwords *passwords, enum mdm_role role, const char *path,
                                         struct mdm_error *err)
{
    const char *file = passwords->of[role].file;
    char origin[MDM_ERROR_TEXT_MAX];

    if (file == NULL)
        (void)snprintf(origin, sizeof origin, "in %s", roles[role].variable);
    else if (opt_is_dash(file))
        (void)snprintf(origin, sizeof origin, "on standard input (--%s)", roles[role].option);
    else
        (void)snprintf(origin, sizeof origin, "in '%s' (--%s)", file, roles[role].option);
    mdm_error_set(err, MDM_E_PASSWORD, "the password %s does not open '%s' (or the file is damaged)", origin, path);
    if (passwords->imports && !passwords->can_ask)
        mdm_error_hint(err, "Without a terminal, one password opens the imported file and locks the new ones. Give "
                            "the file's own password, or run mdmvendor at a terminal, where it asks for both.");
    return NULL;
}

struct mdm_secret *passwords_existing(struct passwords *passwords, enum mdm_role role, const char *path,
                                      unsigned attempt, struct mdm_error *err)
{
    const struct password_source *source = &passwords->of[role];
    struct mdm_error bad = {0};
    struct mdm_secret *password;

    if (load(passwords, role, err) != 0)
        return NULL;
    if (source->given != NULL && attempt <= (source->crlf ? 2 : 1)) {
        password = copy(source->given, err);
        if (password != NULL && attempt == 2 && mdm_secret_push(password, '\r') != 0)
            mdm_secret_free(&password);
        return password;
    }
    if (source->given != NULL && !(passwords->imports && passwords->can_ask))
        return wrong_password(passwords, role, path, err);
    if (!passwords->can_ask) {
        mdm_error_set(err, MDM_E_UNANSWERED, "the password of '%s'" NOBODY_TO_ASK, path);
        return unanswered(role, err);
    }
    if (attempt > 1) {
        mdm_error_set(&bad, MDM_E_FAILED, "that password does not open it (check Caps Lock); attempt %u of 3", attempt);
        say_reply(&bad);
    }
    password = tty_ask(TTY_ECHO_OFF, err, "Password of %s: ", path);
    return password != NULL ? password : unanswered(role, err);
}
